-- One form of birth dates.
alter table record alter column born type date
    using case when born like '__/__/____' then to_date(born, 'DD/MM/YYYY') else born::date end;
