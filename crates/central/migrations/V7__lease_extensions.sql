-- Codes that were given out to extend a lease: one lease, one code, however often it is asked for.
create table lease_extension (
    station text not null,
    serial bigint not null,
    given_at bigint not null, -- first
    given_by text not null, -- who of IT said so
    times integer not null default 1,
    last_at bigint not null,
    primary key (station, serial),
    foreign key (station, serial) references lease (station, serial)
);
