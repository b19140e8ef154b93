-- A number belongs to one person, who has one current reference and a history.

create table person (
    id bigserial primary key,
    cnic text unique, -- none before the first card
    current bigint references biometric,
    begun_by bigint references record,
    removed_at bigint
);

alter table record add column person bigint references person;
create index record_person on record (person);

alter table biometric add column taken_at bigint; -- milliseconds since the epoch, as the centre believes
alter table biometric add column grade text not null default 'good'
    check (grade in ('good', 'provisional', 'not-for-automatic-decision'));
alter table biometric add column recall_at bigint; -- when a provisional one is to be renewed
alter table biometric add column removed_at bigint; -- its template and portrait are destroyed
update biometric set taken_at = r.at from record r where r.id = biometric.record;
alter table biometric alter column taken_at set not null;
create index biometric_removed on biometric (removed_at) where removed_at is not null;

-- The references that a person has had, in their order.
create table person_reference (
    biometric bigint primary key references biometric,
    person bigint not null references person,
    since bigint not null,
    how text not null check (how in ('first', 'matched', 'decided', 'unconfirmed', 'migrated', 'imported'))
);
create index reference_person on person_reference (person, since);

-- Scores against a number's own reference: what the working budget is measured with.
create table comparison (
    biometric bigint primary key references biometric,
    reference bigint not null references biometric,
    score real not null,
    class smallint not null, -- by the ages of reference and person
    confirmed boolean not null, -- whether it may be the person's next reference
    at bigint not null
);
create index comparison_recent on comparison (class, at, score);

insert into person (cnic, begun_by)
select cnic, min(id) from record where cnic is not null and standing = 'registered' group by cnic order by min(id);
insert into person (begun_by)
select id from record where cnic is null and standing = 'registered' order by id;
update record set person = p.id from person p
where standing = 'registered' and (p.cnic = record.cnic or (record.cnic is null and p.begun_by = record.id));
update person set current =
    (select b.id from biometric b join record r on r.id = b.record where r.person = person.id order by b.id desc limit 1);
insert into person_reference (biometric, person, since, how)
select b.id, r.person, b.taken_at, 'migrated' from biometric b join record r on r.id = b.record
where r.person is not null order by b.id;

-- References of one number from before numbers were compared: each is compared with the current one once, in the background.
create table join_job (biometric bigint primary key references biometric);
insert into join_job (biometric)
select b.id from biometric b join record r on r.id = b.record join person p on p.id = r.person
where p.current <> b.id order by b.id;
