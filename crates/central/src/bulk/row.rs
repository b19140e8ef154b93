//! One record of a batch's list.

use super::jpeg_in;
use crate::{CentreError, Store};
use deadpool_postgres::Transaction;
use domain::{
    Address, BilingualName, BirthDate, Cnic, Gender, LatinName, Policy, Timestamp, UrduName,
};
use envelope::{Digest, Zeroizing};
use face::{Analyser, Picture, Template};
use serde::Deserialize;

/// A row as it stands in the list.
#[derive(Deserialize)]
struct Written {
    number: String,
    name_latin: String,
    name_urdu: String,
    father_latin: String,
    father_urdu: String,
    born: String,
    gender: String,
    address: String,
    region: String,
    taken_year: i16,
    portrait: String,
    sha256: String,
}

/// Whom a row is about.
pub(super) struct Person {
    number: Cnic,
    name: BilingualName,
    father: BilingualName,
    born: BirthDate,
    gender: Gender,
    address: Address,
    pub(super) portrait: String,
    pub(super) digest: Digest,
}

/// A row, or why it is none.
pub(super) struct Row {
    pub(super) person: Result<Person, &'static str>,
    /// Year, sex and region, by which failures are counted; as far as they could be read.
    year: Option<i16>,
    sex: Option<&'static str>,
    region: Option<String>,
}

/// Portrait, template and grade; or why there is none.
pub(super) type Face = Result<(Zeroizing<Vec<u8>>, Template, &'static str), &'static str>;

/// Reads a list with a heading.
pub(super) fn reader(text: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().flexible(true).from_reader(text)
}

/// One row: what cannot be read says why, and stops none of the others.
pub(super) fn read(record: csv::Result<csv::StringRecord>) -> Row {
    let heading = csv::StringRecord::from(vec![
        "number",
        "name_latin",
        "name_urdu",
        "father_latin",
        "father_urdu",
        "born",
        "gender",
        "address",
        "region",
        "taken_year",
        "portrait",
        "sha256",
    ]);
    let written = record.and_then(|record| record.deserialize::<Written>(Some(&heading)));
    let Ok(written) = written else {
        return Row {
            person: Err("columns"),
            year: None,
            sex: None,
            region: None,
        };
    };
    let gender = Gender::from_key(&written.gender);
    // Short and plain: it becomes a column of the report.
    let region = written
        .region
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '-')
        .take(32);
    Row {
        year: Some(written.taken_year),
        sex: gender.map(Gender::key),
        region: Some(region.collect()),
        person: person(written, gender),
    }
}

fn person(written: Written, gender: Option<Gender>) -> Result<Person, &'static str> {
    let number = Cnic::parse(&written.number).map_err(|_| "number")?;
    let gender = gender.ok_or("gender")?;
    if gender != Gender::X && number.gender() != gender {
        return Err("gender-digit");
    }
    let name = |latin: &str, urdu: &str| {
        Some(BilingualName {
            latin: LatinName::parse(latin).ok()?,
            urdu: UrduName::parse(urdu).ok()?,
        })
    };
    let taken = middle_of(written.taken_year).ok_or("taken-year")?;
    Ok(Person {
        number,
        name: name(&written.name_latin, &written.name_urdu).ok_or("name")?,
        father: name(&written.father_latin, &written.father_urdu).ok_or("father")?,
        // Nobody is photographed before they are born.
        born: BirthDate::parse(&written.born, taken.plus_days(184)).map_err(|_| "born")?,
        gender,
        address: Address::parse(&written.address).map_err(|_| "address")?,
        portrait: written.portrait,
        digest: Digest::try_from(written.sha256).map_err(|_| "sha256")?,
    })
}

/// The middle of a year: when exactly a portrait was taken, old registers do not say.
fn middle_of(year: i16) -> Option<Timestamp> {
    let date = jiff::civil::Date::new(year, 7, 1).ok()?;
    let at = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    (1900..=2200)
        .contains(&year)
        .then(|| Timestamp::from_millis(at.timestamp().as_millisecond()))
}

/// The portrait's template, and `good` where it has the quality that policy asks of photographs, else `provisional`.
pub(super) fn graded(bytes: &[u8], analyser: &mut Analyser, policy: &Policy) -> Face {
    let jpeg = jpeg_in(bytes).map_err(super::PortraitFault::key)?;
    let picture = Picture::decode(jpeg).map_err(|_| "picture")?;
    let assessed = analyser.assess(&picture).map_err(|_| "portrait-face")?;
    let template = analyser
        .template(&picture, &assessed.landmarks)
        .map_err(|_| "template")?;
    let poor = assessed.measures.iter().any(|measure| {
        let least = policy.quality.get(measure.component.name());
        measure
            .scalar
            .zip(least)
            .is_some_and(|(value, least)| value < *least)
    });
    let grade = if poor { "provisional" } else { "good" };
    Ok((Zeroizing::new(jpeg.to_vec()), template, grade))
}

/// Stores a row's person, record and reference, or why not.
pub(super) async fn store(
    store: &Store,
    transaction: &Transaction<'_>,
    (list, line): (&Digest, i32),
    row: &Row,
    face: &Face,
) -> Result<(), CentreError> {
    let now = store.clock().now().millis();
    let (result, reason, record) = match &row.person {
        Err(reason) => ("refused", Some(*reason), None),
        Ok(person) => match insert(transaction, person, now).await? {
            None => ("refused", Some("number-known"), None),
            Some(record) => match face {
                Ok(face) => {
                    reference(transaction, record, face, row.year, now).await?;
                    ("imported", None, Some(record))
                }
                Err(reason) => ("no-reference", Some(*reason), Some(record)),
            },
        },
    };
    transaction
        .execute(
            "insert into import_row (list, line, result, reason, record, year, sex, region, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
            &[
                &list.as_bytes().as_slice(),
                &line,
                &result,
                &reason,
                &record,
                &row.year,
                &row.sex,
                &row.region,
                &now,
            ],
        )
        .await?;
    Ok(())
}

/// The person of a number that nobody has, with their record.
async fn insert(
    transaction: &Transaction<'_>,
    person: &Person,
    now: i64,
) -> Result<Option<i64>, CentreError> {
    let row = transaction
        .query_opt(
            "with made as (
                insert into person (cnic) values ($1) on conflict (cnic) do nothing returning id)
             insert into record (kind, cnic, name_latin, name_urdu, father_latin, father_urdu, born, gender, address, at,
                                 standing, person)
             select 'renewal', $1, $2, $3, $4, $5, to_date($6, 'DD/MM/YYYY'), $7, $8, $9, 'registered', made.id from made
             returning id",
            &[
                &person.number.expose(),
                &person.name.latin.expose(),
                &person.name.urdu.expose(),
                &person.father.latin.expose(),
                &person.father.urdu.expose(),
                &person.born.expose(),
                &person.gender.key(),
                &person.address.expose(),
                &now,
            ],
        )
        .await?;
    Ok(row.map(|row| row.get(0)))
}

async fn reference(
    transaction: &Transaction<'_>,
    record: i64,
    (portrait, template, grade): &(Zeroizing<Vec<u8>>, Template, &'static str),
    year: Option<i16>,
    now: i64,
) -> Result<(), CentreError> {
    let taken = year.and_then(middle_of).map_or(now, Timestamp::millis);
    transaction
        .execute(
            "with taken as (
                insert into biometric (record, model, template, portrait, taken_at, grade) values ($1, $2, $3, $4, $5, $6)
                returning id),
             known as (
                insert into person_reference (biometric, person, since, how)
                select taken.id, r.person, $7, 'imported' from taken, record r where r.id = $1)
             update person set current = taken.id from taken, record r where r.id = $1 and person.id = r.person",
            &[
                &record,
                &template.model().as_str(),
                &Zeroizing::new(template.to_bytes()).as_slice(),
                &portrait.as_slice(),
                &taken,
                grade,
                &now,
            ],
        )
        .await?;
    Ok(())
}
