-- Work is claimed for a time, by the database's own clock: replicas' clocks differ. A crash counts, a claim does not.

alter table packet drop column attempts;
alter table packet drop column next_try_at;
alter table packet add column turn bigint not null default 0; -- stations take turns: the packet's place among all that wait
alter table packet add column claim bigint not null default 0; -- rises with every claim
alter table packet add column claimed_until timestamptz; -- whose claim has lapsed has crashed
alter table packet add column next_try_at timestamptz; -- none where it may be claimed at once
alter table packet add column crashes integer not null default 0;
alter table packet add column waits integer not null default 0; -- how often the centre was not able to judge it

-- Order, not time, says whether something came after a revocation.
alter table packet add column after_revocation boolean not null default false;
update packet p set after_revocation = true where state = 'received'
    and (exists (select from station s where s.id = p.station and s.revoked_at <= p.received_at)
      or exists (select from station_key k where k.station = p.station and k.epoch = p.epoch and k.revoked_at <= p.received_at));
alter table packet add column carrier text references station; -- whose connection brought it; none where a folder did
alter table upload add column carrier_revoked boolean not null default false;
create index packet_carried on packet (carrier, received_at);
alter table alarm add column carrier text;

drop index packet_waiting;
create index packet_ready on packet (priority, turn, received_at)
    where state = 'received' and claimed_until is null and next_try_at is null;
create index packet_claimed on packet (claimed_until) where state = 'received' and claimed_until is not null;
create index packet_put_off on packet (next_try_at) where state = 'received' and next_try_at is not null;
create index packet_oldest on packet (received_at) where state = 'received';
create index packet_retained on packet (reason) where state = 'retained';

alter table station add column turn bigint not null default 0; -- of its last packet
create table ingest_turn (single boolean primary key default true check (single), turn bigint not null);
insert into ingest_turn (turn) values (0);

alter table dedup_job drop column attempts;
alter table dedup_job add column failures integer not null default 0;
alter table dedup_job add column next_try_at timestamptz;
drop index dedup_open;
create index dedup_ready on dedup_job (biometric) where state = 'open' and next_try_at is null;
create index dedup_oldest on dedup_job (at) where state = 'open';
create index dedup_put_off on dedup_job (next_try_at) where state = 'open' and next_try_at is not null;
