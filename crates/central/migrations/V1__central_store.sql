-- The central store. Times are milliseconds since the epoch, digests are SHA-256.

create table office (
    id text primary key,
    name_latin text not null,
    name_urdu text not null
);

create table policy (
    version integer primary key,
    document jsonb not null,
    since bigint not null
);

create table station (
    id text primary key,
    office text not null references office,
    lease_serial bigint not null default 0,
    lease_seen bigint not null default 0, -- the newest lease that the station said it has
    lease_seen_at bigint,
    epoch integer not null default 0, -- rises with every activation
    revoked_at bigint
);

-- One row for each activation: packets signed with an older key keep their own chain.
create table station_key (
    station text not null references station,
    epoch integer not null,
    key bytea not null,
    since bigint not null,
    next_counter bigint not null default 1,
    last_digest bytea,
    audit_head bytea,
    primary key (station, epoch)
);

create table certificate (
    fingerprint bytea primary key,
    station text not null references station,
    not_after bigint not null,
    revoked_at bigint
);

create table activation_code (
    tag bytea primary key, -- HMAC of the code, never the code
    station text not null references station,
    expires_at bigint not null,
    used_at bigint
);

create table staff (
    id text primary key,
    office text not null references office,
    name_latin text not null,
    name_urdu text not null,
    role text not null check (role in ('officer', 'supervisor')),
    signing_key bytea not null,
    recipient text not null,
    key_file bytea not null, -- sealed under the member's passphrase
    revoked_at bigint
);

create table lease (
    station text not null references station,
    serial bigint not null,
    document bytea not null,
    content bytea not null, -- digest of what it says, without serial and times
    policy_version integer not null,
    issued_at bigint not null,
    expires_at bigint not null,
    primary key (station, serial)
);

create table upload (
    id text primary key,
    carrier text not null references station,
    packet uuid not null,
    station text not null references station,
    epoch integer not null,
    counter bigint not null,
    priority smallint not null,
    digest bytea not null,
    length bigint not null,
    received bigint not null default 0, -- bytes that are on the disk for good
    manifest bytea not null,
    statement bytea not null,
    decision bytea not null,
    completed boolean not null default false,
    touched_at bigint not null,
    expires_at bigint not null
);
create index upload_packet on upload (packet);
create index upload_carrier on upload (carrier, touched_at);

-- The one row that orders everything that takes effect.
create table sequence (
    single boolean primary key default true check (single),
    receipt bigint not null default 0,
    outcome bigint not null default 0
);
insert into sequence default values;

create table packet (
    id uuid primary key,
    station text not null references station,
    epoch integer not null,
    office text not null references office,
    counter bigint not null,
    priority smallint not null,
    digest bytea not null,
    length bigint not null,
    manifest bytea not null,
    statement bytea not null,
    decision bytea not null,
    audit_head bytea not null,
    blob text not null,
    state text not null check (state in ('received', 'accepted', 'quarantined')),
    reason text,
    attempts integer not null default 0,
    received_at bigint not null,
    lease_serial bigint,
    receipt_sequence bigint unique,
    receipt bytea
);
create index packet_waiting on packet (priority, received_at) where state = 'received';
create index packet_chain on packet (station, epoch, counter);

-- The population registry. A record comes from an enrolment, or is invented for development.
create table record (
    id bigserial primary key,
    packet uuid unique references packet,
    invented boolean not null default false,
    kind text not null,
    cnic text,
    guardian_cnic text,
    name_latin text not null,
    name_urdu text not null,
    father_latin text not null,
    father_urdu text not null,
    born text not null,
    gender text not null,
    address text not null,
    phone text,
    corrects uuid,
    at bigint not null
);
create index record_cnic on record (cnic);

-- Biometric references, in the order in which they took effect.
create table biometric (
    id bigserial primary key,
    record bigint not null unique references record,
    model text not null,
    template bytea not null,
    synthetic boolean not null default false,
    portrait bytea
);

create table dedup_job (
    packet uuid primary key references packet,
    record bigint not null references record,
    biometric bigint not null references biometric,
    state text not null default 'open' check (state in ('open', 'done')),
    attempts integer not null default 0,
    at bigint not null
);
create index dedup_open on dedup_job (biometric) where state = 'open';

create table adjudication (
    id bigserial primary key,
    packet uuid not null references packet,
    office text not null references office,
    record bigint not null references record,
    other bigint not null references record,
    score real not null,
    state text not null default 'open' check (state in ('open', 'duplicate', 'distinct')),
    at bigint not null
);
create unique index adjudication_pair on adjudication (least(record, other), greatest(record, other));

create table outcome (
    cursor bigint primary key,
    office text not null references office,
    packet uuid not null references packet,
    kind text not null,
    reason text,
    at bigint not null,
    unique (packet, kind)
);
create index outcome_office on outcome (office, cursor);

create table alarm (
    id bigserial primary key,
    station text,
    packet uuid,
    kind text not null,
    detail text,
    at bigint not null,
    cleared_at bigint
);
create index alarm_kind on alarm (kind);
