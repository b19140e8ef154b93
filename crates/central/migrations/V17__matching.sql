-- References change in one order, so that a gallery can say how far it is. Whoever writes one takes its place in that order, whatever room
-- it writes from: the row `sequence` is what everything that takes effect waits for, so numbers become visible in their order.

alter table sequence add column reference bigint not null default 0;
alter table biometric add column change bigint;
update biometric set change = id;
update sequence set reference = coalesce((select max(id) from biometric), 0);
alter table biometric alter column change set not null;
create unique index biometric_change on biometric (change);

-- References that were removed: galleries forget them. No word of whom.
create table reference_gone (
    change bigint primary key,
    biometric bigint not null
);

create function reference_changes() returns trigger language plpgsql as $$
declare next bigint;
begin
    update sequence set reference = reference + 1 returning reference into next;
    if tg_op = 'DELETE' then
        insert into reference_gone (change, biometric) values (next, old.id);
        return old;
    end if;
    new.change := next;
    return new;
end $$;
create trigger reference_kept before insert or update of template on biometric
    for each row execute function reference_changes();
create trigger reference_removed before delete on biometric
    for each row execute function reference_changes();

-- References are made anew from their portraits when the model changes.
alter table biometric add column remake_until timestamptz; -- claimed until then
alter table biometric add column remake_failed text; -- the model that gave no template of this portrait
create index biometric_model on biometric (model, id);

-- First the comparison with the number's own reference, then the search among all: the second may wait for its engine.
alter table dedup_job add column compared boolean not null default false;
alter table dedup_job add column claimed_until timestamptz;
alter table dedup_job alter column biometric drop not null;
alter table dedup_job drop constraint dedup_job_biometric_fkey;
alter table dedup_job add constraint dedup_job_biometric_fkey
    foreign key (biometric) references biometric on delete set null;
drop index dedup_ready;
create index dedup_ready on dedup_job (compared, biometric) where state = 'open' and next_try_at is null;

-- Whoever brings an engine that several centres share up to date holds this row.
create table matching_turn (single boolean primary key default true check (single));
insert into matching_turn default values;
