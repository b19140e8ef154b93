-- Reviews of one station that may be decided at another of its office. The centre can open neither copies nor drafts.

create table review (
    digest bytea primary key, -- of the packet that the station holds
    packet uuid not null,
    station text not null references station,
    office text not null references office,
    officer text not null, -- who took it: never who decides it
    document bytea not null,
    statement bytea not null,
    copy bytea, -- sealed to the office's supervisors; none once the review is over
    copy_digest bytea not null,
    posted_at bigint not null,
    over_at bigint
);
create index review_office on review (office, posted_at) where over_at is null;
create index review_station on review (station) where over_at is null;
create index review_packet on review (packet);

create table review_word (
    digest bytea primary key, -- of the signed document
    review bytea not null references review on delete cascade,
    number bigserial,
    station text not null references station, -- where it was made
    supervisor text not null,
    document bytea not null,
    draft bytea, -- of a return: sealed to the officer; none once it was answered
    returned boolean not null,
    at bigint not null,
    result text check (result in ('taken', 'late', 'refused', 'unknown')),
    result_at bigint
);
create index review_word_open on review_word (review) where result is null;
create index review_word_station on review_word (station, result_at) where result is not null;
