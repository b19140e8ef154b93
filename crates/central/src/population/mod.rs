//! An invented population for development: no real person's number begins its serial with 000.
//! Those for whom there is a picture have its portrait and template; all others have a template
//! that is a random unit vector, kept under a model name of its own, so that it is never compared
//! with a face.

mod faces;

pub use faces::Faces;

use crate::{CentreError, Store, registry};
use face::{ModelId, Template};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The model's name under which invented templates are kept: they are unit vectors without a face.
pub const SYNTHETIC_MODEL: &str = "synthetic";
/// Figures of such a template.
const SYNTHETIC_LENGTH: usize = 512;
/// The most records of one call.
const COUNT_LIMIT: u32 = 9999;

const MEN: [(&str, &str); 10] = [
    ("Muhammad Ali", "محمد علی"),
    ("Ahmed Khan", "احمد خان"),
    ("Bilal Hussain", "بلال حسین"),
    ("Usman Ghani", "عثمان غنی"),
    ("Hamza Tariq", "حمزہ طارق"),
    ("Imran Baloch", "عمران بلوچ"),
    ("Kashif Mehmood", "کاشف محمود"),
    ("Nadeem Akhtar", "ندیم اختر"),
    ("Rashid Soomro", "راشد سومرو"),
    ("Saleem Raza", "سلیم رضا"),
];
const WOMEN: [(&str, &str); 10] = [
    ("Zainab Noor", "زینب نور"),
    ("Fatima Bibi", "فاطمہ بی بی"),
    ("Ayesha Siddiqa", "عائشہ صدیقہ"),
    ("Khadija Begum", "خدیجہ بیگم"),
    ("Maryam Jamil", "مریم جمیل"),
    ("Nasreen Akhtar", "نسرین اختر"),
    ("Rukhsana Parveen", "رخسانہ پروین"),
    ("Sadia Iqbal", "سعدیہ اقبال"),
    ("Saima Rafiq", "صائمہ رفیق"),
    ("Yasmeen Gul", "یاسمین گل"),
];

/// What was added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Added {
    /// Records.
    pub records: u64,
    /// Those of them with a real picture.
    pub with_picture: u64,
}

/// Adds `count` invented records, the first of them with the faces that are given; those that are
/// there already stay as they are.
///
/// # Errors
/// [`CentreError`].
pub async fn load(
    store: &Store,
    count: u32,
    seed: u64,
    faces: &Faces,
) -> Result<Added, CentreError> {
    let mut random = StdRng::seed_from_u64(seed);
    let now = store.clock().now().millis();
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    // Takes its place in the order of everything that takes effect.
    transaction
        .execute("update sequence set receipt = receipt", &[])
        .await?;
    let mut added = Added::default();
    for number in 0..count.min(COUNT_LIMIT) {
        let person = Person::invent(&mut random, number)?;
        let record = transaction
            .query_opt(
                "insert into record (invented, kind, cnic, name_latin, name_urdu, father_latin, father_urdu,
                                     born, gender, address, at, standing)
                 select true, 'new', $1, $2, $3, $4, $5, $6::text::date, $7, $8, $9, 'waiting'
                 where not exists (select from record where cnic = $1) returning id",
                &[
                    &person.cnic,
                    &person.name.0,
                    &person.name.1,
                    &person.father.0,
                    &person.father.1,
                    &person.born,
                    &person.gender,
                    &"مکان 1، گلی 2، ملتان",
                    &now,
                ],
            )
            .await?;
        let Some(record) = record.map(|row| row.get::<_, i64>(0)) else {
            continue;
        };
        let face = faces.get(number);
        let (template, portrait) = face.unwrap_or((&person.template, &[]));
        transaction
            .execute(
                "insert into biometric (record, model, template, synthetic, portrait, taken_at)
                 values ($1, $2, $3, $4, nullif($5, ''::bytea), $6)",
                &[
                    &record,
                    &template.model().as_str(),
                    &template.to_bytes(),
                    &face.is_none(),
                    &portrait,
                    &now,
                ],
            )
            .await?;
        registry::register(store, &transaction, record).await?;
        added.records += 1;
        added.with_picture += u64::from(face.is_some());
    }
    transaction.commit().await?;
    Ok(added)
}

struct Person {
    cnic: String,
    name: (&'static str, &'static str),
    father: (&'static str, &'static str),
    born: String,
    gender: &'static str,
    template: Template,
}

impl Person {
    fn invent(random: &mut StdRng, number: u32) -> Result<Self, CentreError> {
        let man = random.random_bool(0.5);
        let names = if man { MEN } else { WOMEN };
        let mut pick = |list: [(&'static str, &'static str); 10]| {
            list.get(random.random_range(0..list.len()))
                .copied()
                .unwrap_or(("Ali", "علی"))
        };
        let (name, father) = (pick(names), pick(MEN));
        let digit = random.random_range(0..5) * 2 + u32::from(man);
        Ok(Self {
            cnic: format!("{}2202-000{number:04}-{digit}", random.random_range(1..=8)),
            name,
            father,
            born: format!(
                "{}-{:02}-{:02}",
                random.random_range(1945..2006),
                random.random_range(1..=12),
                random.random_range(1..=28)
            ),
            gender: if man { "male" } else { "female" },
            template: synthetic_template(random)?,
        })
    }
}

/// Sums of uniform figures are close to normal ones, so the directions are close to uniform.
fn synthetic_template(random: &mut StdRng) -> Result<Template, CentreError> {
    let figures = (0..SYNTHETIC_LENGTH)
        .map(|_| (0..6).map(|_| random.random_range(-1.0_f32..1.0)).sum())
        .collect();
    ModelId::new(SYNTHETIC_MODEL)
        .and_then(|model| Template::from_raw(model, figures))
        .map_err(|_| CentreError::Ended("inventing a template"))
}
