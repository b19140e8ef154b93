-- The centre's word about each version of the policy; none of those from before.
alter table policy add column signed bytea;
alter table policy add column by_whom text;
