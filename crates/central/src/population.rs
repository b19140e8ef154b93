//! An invented population for development: no real person's number begins its serial with 000.

use crate::{CentreError, Store};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// The model's name under which invented templates are kept: they are unit vectors without a face.
pub const SYNTHETIC_MODEL: &str = "synthetic";
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

/// Adds `count` invented records; those that are there already stay as they are. Gives how many
/// were added. Their templates are synthetic and are never compared with templates of faces.
///
/// # Errors
/// [`CentreError`].
pub async fn load(store: &Store, count: u32, seed: u64) -> Result<u64, CentreError> {
    let mut random = StdRng::seed_from_u64(seed);
    let now = store.clock().now().millis();
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    // Takes its place in the order of everything that takes effect.
    transaction
        .execute("update sequence set receipt = receipt", &[])
        .await?;
    let mut added = 0;
    for number in 0..count.min(COUNT_LIMIT) {
        let person = Person::invent(&mut random, number);
        let record = transaction
            .query_opt(
                "insert into record (invented, kind, cnic, name_latin, name_urdu, father_latin, father_urdu,
                                     born, gender, address, at)
                 select true, 'new', $1, $2, $3, $4, $5, $6, $7, $8, $9
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
        let Some(record) = record else { continue };
        transaction
            .execute(
                "insert into biometric (record, model, template, synthetic) values ($1, $2, $3, true)",
                &[&record.get::<_, i64>(0), &SYNTHETIC_MODEL, &person.template],
            )
            .await?;
        added += 1;
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
    template: Vec<u8>,
}

impl Person {
    fn invent(random: &mut StdRng, number: u32) -> Self {
        let man = random.random_bool(0.5);
        let names = if man { MEN } else { WOMEN };
        let mut pick = |list: [(&'static str, &'static str); 10]| {
            list.get(random.random_range(0..list.len()))
                .copied()
                .unwrap_or(("Ali", "علی"))
        };
        let (name, father) = (pick(names), pick(MEN));
        let digit = random.random_range(0..5) * 2 + u32::from(man);
        Self {
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
            template: synthetic_template(random),
        }
    }
}

fn synthetic_template(random: &mut StdRng) -> Vec<u8> {
    let figures: Vec<f32> = (0..face::gallery::DIMENSIONS)
        .map(|_| (0..6).map(|_| random.random_range(-1.0_f32..1.0)).sum())
        .collect();
    let length = figures.iter().map(|v| v * v).sum::<f32>().sqrt();
    let mut bytes = b"SHT1".to_vec();
    bytes.push(SYNTHETIC_MODEL.len() as u8);
    bytes.extend_from_slice(SYNTHETIC_MODEL.as_bytes());
    for figure in figures {
        bytes.extend_from_slice(&(figure / length).to_le_bytes());
    }
    bytes
}
