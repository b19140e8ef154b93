-- The public sides of the keys that this database was begun with; a mismatch stops a centre's start.
create table centre_key (
    name text primary key,
    public text not null
);
