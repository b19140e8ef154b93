-- A station's history outlives its keys; gaps hold up nobody; items of every kind; what stations say of themselves.

-- The counters of a station belong to its history: an activation that goes on with it keeps the chain, a new PC begins another.
alter table station_key add column chain integer;
update station_key set chain = epoch;
alter table station_key alter column chain set not null;
alter table station_key add column revoked_at bigint;
alter table station_key drop column next_counter;
alter table station_key drop column last_digest;
alter table station_key drop column audit_head;

alter table packet add column chain integer;
update packet set chain = epoch;
alter table packet alter column chain set not null;
alter table packet add column kind text not null default 'enrolment';
alter table packet add column lease_claimed bigint; -- the lease's serial in a manifest of version 2
alter table packet add column next_try_at bigint not null default 0;
alter table packet alter column decision drop not null;
alter table packet drop constraint packet_state_check;
alter table packet add constraint packet_state_check
    check (state in ('received', 'accepted', 'quarantined', 'retained'));
drop index packet_chain;
create index packet_chain on packet (station, chain, counter);

alter table upload add column kind text not null default 'enrolment';
alter table upload add column lease_claimed bigint;
alter table upload alter column decision drop not null;

-- Counters that were missing when a later one came; the alarm is cleared once all of them are here.
create table counter_gap (
    station text not null references station,
    chain integer not null,
    first bigint not null,
    last bigint not null,
    alarm bigint not null references alarm,
    closed_at bigint,
    primary key (station, chain, first)
);

-- The stations' words that packets were damaged before they left.
create table void (
    digest bytea primary key, -- of the signed document
    packet uuid not null,
    station text not null references station,
    chain integer not null,
    counter bigint not null,
    packet_digest bytea not null, -- what the damaged packet should have been
    previous bytea,
    document bytea not null,
    receipt_sequence bigint not null unique,
    receipt bytea not null,
    at bigint not null
);
create index void_chain on void (station, chain, counter);
create index void_packet on void (packet);

alter table certificate add column issued_at bigint not null default 0;
create index certificate_station on certificate (station, issued_at);

alter table staff add column key_version bigint not null default 0;
alter table staff add column key_note bytea; -- the owner's signed note; none for the file that the authority made

create table unlock (
    station text not null references station,
    staff text not null references staff,
    at bigint not null,
    primary key (station, staff)
);

create table station_status (
    station text primary key references station,
    report jsonb not null,
    at bigint not null
);
