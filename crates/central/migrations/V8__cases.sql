-- Whatever needs a person is a case: opened by software with its cause, closed by people's signed words.

create table case_file (
    id bigserial primary key,
    kind text not null check (kind in
        ('quarantine', 'late', 'unreviewed', 'duplicate', 'doubt', 'history', 'alarm', 'removal')),
    packet uuid references packet,
    record bigint references record,
    other bigint references record, -- of a pair: the one that was there
    person bigint, -- of a removal
    alarm bigint references alarm,
    office text,
    station text,
    reason text not null, -- a key
    score real,
    risk smallint not null, -- the higher, the sooner somebody looks
    state text not null default 'open' check (state in ('open', 'decided', 're-judged')),
    ruling text,
    ground text,
    opened_at bigint not null,
    closed_at bigint
);
create index case_open on case_file (risk desc, id) where state = 'open';
create unique index case_of_packet on case_file (packet, kind) where kind in ('quarantine', 'late', 'unreviewed');
create unique index case_of_pair on case_file (least(record, other), greatest(record, other)) where other is not null;
create unique index case_of_record on case_file (record) where kind = 'doubt' and other is null;
create unique index case_of_alarm on case_file (alarm) where alarm is not null;
create unique index case_of_person on case_file (person) where kind = 'removal' and state = 'open';
create index case_record on case_file (record);
create index case_other on case_file (other);
create index case_office on case_file (office, id);

create table case_event (
    id bigserial primary key,
    case_file bigint not null references case_file,
    act text not null,
    operator text, -- none where software did it
    detail text,
    at bigint not null
);
create index case_events on case_event (case_file, id);

-- Everything that makes operators and that they sign. It proves itself up to the policy root; the rows only find it.
create table operator_document (
    digest bytea primary key,
    number bigserial,
    kind text not null check (kind in ('introduction', 'enrolment', 'revocation', 'word', 'batch')),
    operator text, -- who signed, or who enrols; none where the policy root signed
    counter bigint not null,
    case_file bigint references case_file,
    document bytea not null,
    at bigint not null
);
create unique index operator_counter on operator_document (operator, counter) where counter > 0;
create index operator_words on operator_document (case_file, number) where kind = 'word';

-- What people did by commands; each row's hash covers the one before.
create table act (
    number bigint primary key,
    at bigint not null,
    by text not null,
    act text not null,
    subject text not null,
    hash bytea not null
);

-- Two operators let this packet be judged although a rule keeps it out.
alter table packet add column admitted bigint references case_file;

alter table record add column standing text not null default 'registered'
    check (standing in ('waiting', 'registered', 'joined', 'refused', 'held', 'apart'));

-- What waited for a person before there were cases.
insert into case_file (kind, packet, office, station, reason, risk, opened_at)
select case when reason = 'arrived-after-revocation' then 'late' else 'quarantine' end,
       id, office, station, coalesce(reason, 'document'),
       case when reason = 'arrived-after-revocation' then 80 else 50 end, received_at
from packet where state = 'quarantined' order by received_at, id;

insert into case_file (kind, packet, office, station, reason, risk, opened_at)
select 'unreviewed', id, office, station, 'unreviewed', 30, received_at
from packet where state = 'retained' and kind = 'unreviewed' and reason is null order by received_at, id;

insert into case_file (kind, packet, record, other, office, station, reason, score, risk, state, ruling, opened_at, closed_at)
select case when mine.cnic = other.cnic then 'doubt' else 'duplicate' end,
       a.packet, a.record, a.other, a.office, p.station,
       case when mine.cnic = other.cnic then 'face-differs' else 'face-alike' end, a.score,
       case when mine.cnic = other.cnic then 85 else 60 end,
       case a.state when 'open' then 'open' else 'decided' end,
       case a.state when 'duplicate' then 'same-person' when 'distinct' then 'different' end,
       a.at, case when a.state <> 'open' then a.at end
from adjudication a join packet p on p.id = a.packet
join record mine on mine.id = a.record join record other on other.id = a.other order by a.id;

update record set standing = 'waiting'
where id in (select record from case_file where record is not null and state = 'open')
   or id in (select record from dedup_job where state = 'open');

insert into case_file (kind, packet, alarm, station, office, reason, risk, opened_at)
select 'alarm', a.packet, a.id, a.station, s.office, a.kind, 70, a.at
from alarm a left join station s on s.id = a.station
left join packet p on p.id = a.packet
where a.cleared_at is null and a.kind in
    ('audit-regression', 'carrier-revoked', 'history-forked', 'lease-regression', 'packet-id-reused')
order by a.id;

insert into case_event (case_file, act, at) select id, 'migrated', opened_at from case_file order by id;

drop table adjudication;
