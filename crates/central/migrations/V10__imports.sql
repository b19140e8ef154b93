-- Records that the authority had before, taken over in batches that two adjudicators have signed; a batch goes on where it stopped.

create table import_row (
    list bytea not null, -- SHA-256 of the batch's list
    line integer not null, -- from 1, without the heading
    result text not null, -- imported, no-reference or refused
    reason text, -- a key
    record bigint references record,
    year smallint, -- in which the portrait was taken
    sex text,
    region text,
    at bigint not null,
    primary key (list, line)
);
