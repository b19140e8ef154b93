//! Invented applicants. Their CNICs have serials that begin with 000; their faces come from the
//! pictures that `assets/PROVENANCE.md` lists, and variants of these made by light and framing.

use desk::Field;
use domain::ApplicationKind;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// A picture of a real person under a public licence, and where the face is in it.
#[derive(Debug, Clone, Copy)]
pub struct Sitter {
    /// File in `assets/pictures`.
    pub file: &'static str,
    /// Whose face: pictures of one person share it.
    pub person: u8,
    /// Middle of the face and its height from forehead to chin, relative to the picture's width,
    /// height and height.
    pub face: (f32, f32, f32),
}

/// One applicant of the day.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// What is asked for.
    pub kind: ApplicationKind,
    /// The form.
    pub form: Vec<(Field, String)>,
    /// Whose face.
    pub sitter: Sitter,
    /// Brightness and framing of this variant.
    pub variant: Variant,
}

/// How a variant differs from its picture.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    /// Factor on every pixel.
    pub gain: f32,
    /// Shift of the face in the frame, relative to its size.
    pub shift: (f32, f32),
    /// Height of the face relative to the frame.
    pub size: f32,
}

const MEN: [(&str, &str); 8] = [
    ("محمد علی", "Muhammad Ali"),
    ("احمد خان", "Ahmed Khan"),
    ("عمران حیدر", "Imran Haider"),
    ("بلال حسین", "Bilal Hussain"),
    ("فیصل محمود", "Faisal Mehmood"),
    ("طارق جمیل", "Tariq Jameel"),
    ("یاسر شاہ", "Yasir Shah"),
    ("نوید اقبال", "Naveed Iqbal"),
];
const WOMEN: [(&str, &str); 6] = [
    ("زینب نور", "Zainab Noor"),
    ("صائمہ ریاض", "Saima Riaz"),
    ("فاطمہ بی بی", "Fatima Bibi"),
    ("عائشہ صدیقہ", "Ayesha Siddiqa"),
    ("نسرین اختر", "Nasreen Akhtar"),
    ("رخسانہ پروین", "Rukhsana Parveen"),
];
const PLACES: [&str; 5] = [
    "گلی نمبر 4، محلہ شاہ رکنِ عالم، ملتان 60000",
    "مکان نمبر 12، بستی خداداد، ملتان",
    "چک نمبر 9، تحصیل شجاع آباد، ضلع ملتان",
    "وارڈ نمبر 3، گوادر",
    "مکان نمبر 77، پرانا سکھر، سکھر",
];

/// Makes the applicants of a day, always the same for a seed.
pub struct People {
    random: StdRng,
    serial: u32,
}

impl People {
    /// The people of a seed.
    pub fn new(seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            serial: 1000,
        }
    }

    /// The next applicant, with this face.
    pub fn applicant(&mut self, sitter: Sitter) -> Applicant {
        let woman = sitter.person == 2;
        let kind = *[
            ApplicationKind::New,
            ApplicationKind::Renewal,
            ApplicationKind::Modification,
            ApplicationKind::Replacement,
            ApplicationKind::Child,
        ]
        .choose(&mut self.random)
        .unwrap_or(&ApplicationKind::New);
        let (name_urdu, name_latin) = self.name(woman);
        let (father_urdu, father_latin) = self.name(false);
        let child = kind == ApplicationKind::Child;
        let year = if child {
            self.random.random_range(2012..2024)
        } else {
            self.random.random_range(1950..2000)
        };
        let born = format!(
            "{:02}/{:02}/{year}",
            self.random.random_range(1..28),
            self.random.random_range(1..13)
        );
        let place = *PLACES.choose(&mut self.random).unwrap_or(&PLACES[0]);
        let mut form = vec![
            (Field::NameUrdu, name_urdu.to_owned()),
            (Field::NameLatin, name_latin.to_owned()),
            (Field::FatherUrdu, father_urdu.to_owned()),
            (Field::FatherLatin, father_latin.to_owned()),
            (Field::Born, born),
            (
                Field::Gender,
                if woman { "female" } else { "male" }.to_owned(),
            ),
            (Field::Address, place.to_owned()),
        ];
        if kind.needs_cnic() {
            form.push((Field::Cnic, self.cnic(woman)));
        }
        if child {
            form.push((Field::Guardian, self.cnic(false)));
        }
        let variant = Variant {
            gain: self.random.random_range(0.92..1.06),
            shift: (
                self.random.random_range(-0.03..0.03),
                self.random.random_range(-0.02..0.02),
            ),
            size: self.random.random_range(0.40..0.46),
        };
        Applicant {
            kind,
            form,
            sitter,
            variant,
        }
    }

    fn name(&mut self, woman: bool) -> (&'static str, &'static str) {
        let names: &[(&str, &str)] = if woman { &WOMEN } else { &MEN };
        names
            .choose(&mut self.random)
            .copied()
            .unwrap_or(("نوید اقبال", "Naveed Iqbal"))
    }

    fn cnic(&mut self, woman: bool) -> String {
        self.serial += 1;
        let locality = self.random.random_range(36101..36499);
        let last = self.random.random_range(0..4) * 2 + u32::from(!woman);
        format!("{locality}-000{:04}-{last}", self.serial % 10_000)
    }
}
