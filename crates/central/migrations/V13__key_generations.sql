-- The generations of the centre's two keys: a rotation adds one of each. What the database was begun with is the first.

create table key_generation (
    purpose text not null check (purpose in ('centre', 'ingest')),
    number integer not null,
    public text not null unique,
    certificate bytea, -- the policy root's word about a key that signs receipts
    since bigint not null,
    primary key (purpose, number)
);
insert into key_generation (purpose, number, public, since)
    select name, 1, public, 0 from centre_key where name in ('centre', 'ingest');
delete from centre_key where name in ('centre', 'ingest');

alter table lease add column signed_by integer not null default 1; -- which generation: whoever has the lease knows that key
