//! The application's details as they are typed, and what is not yet right about them.

use domain::{
    Address, ApplicationKind, BilingualName, BirthDate, Cnic, CnicError, DateError, Details, Gap,
    Gender, LatinName, Phone, TextError, Timestamp, UrduName,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroize;

/// Text from a keyboard: personal until proven otherwise, wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Typed(String);

impl Typed {
    /// The longest text that a field takes in, in characters; every parser's limit is below it.
    pub const LIMIT: usize = 256;

    /// Takes at most [`Typed::LIMIT`] characters.
    pub fn new(text: &str) -> Self {
        Self(text.chars().take(Self::LIMIT).collect())
    }

    /// The text: for the field that shows it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Typed {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(..)")
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The fields of the details step, in reading order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Name in Urdu.
    NameUrdu,
    /// Name in Latin letters.
    NameLatin,
    /// Father's name in Urdu.
    FatherUrdu,
    /// Father's name in Latin letters.
    FatherLatin,
    /// The applicant's own number.
    Cnic,
    /// Date of birth, day/month/year.
    Born,
    /// `female`, `male` or `x`.
    Gender,
    /// Mobile number; may stay empty.
    Phone,
    /// The guardian's number, for a child.
    Guardian,
    /// Address in Urdu.
    Address,
}

impl Field {
    /// Every field, in reading order.
    pub const ALL: [Self; 10] = [
        Self::NameUrdu,
        Self::NameLatin,
        Self::FatherUrdu,
        Self::FatherLatin,
        Self::Cnic,
        Self::Born,
        Self::Gender,
        Self::Phone,
        Self::Guardian,
        Self::Address,
    ];

    /// Key of its label: `field-…`.
    pub fn key(self) -> &'static str {
        match self {
            Self::NameUrdu => "field-name-urdu",
            Self::NameLatin => "field-name-latin",
            Self::FatherUrdu => "field-father-urdu",
            Self::FatherLatin => "field-father-latin",
            Self::Cnic => "field-cnic",
            Self::Born => "field-born",
            Self::Gender => "field-gender",
            Self::Phone => "field-phone",
            Self::Guardian => "field-guardian",
            Self::Address => "field-address",
        }
    }

    /// Whether it is typed from right to left.
    pub fn rtl(self) -> bool {
        matches!(self, Self::NameUrdu | Self::FatherUrdu | Self::Address)
    }

    /// Whether this kind of application shows it.
    pub fn shown(self, kind: ApplicationKind) -> bool {
        match self {
            Self::Cnic => kind.needs_cnic(),
            Self::Guardian => kind == ApplicationKind::Child,
            _ => true,
        }
    }

    /// Whether it may stay empty.
    pub fn optional(self) -> bool {
        self == Self::Phone
    }
}

/// The form: what is typed, field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form(BTreeMap<Field, Typed>);

/// The form's fields that are right, and keys of messages (`error-…`) for those that are not.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// All of it, once every field is right.
    pub details: Option<Details>,
    /// What to say under a field; empty fields say nothing yet.
    pub errors: Vec<(Field, &'static str)>,
    /// Fields that are still empty.
    pub empty: Vec<Field>,
    /// What does not fit together.
    pub gaps: Vec<Gap>,
}

impl Form {
    /// What stands in a field.
    pub fn get(&self, field: Field) -> &str {
        self.0.get(&field).map_or("", Typed::expose)
    }

    /// Types into a field.
    pub fn set(&mut self, field: Field, value: Typed) {
        self.0.insert(field, value);
    }

    /// A form that holds these details again, for correction.
    pub fn of(details: &Details) -> Self {
        let mut form = Self::default();
        let mut put = |field, text: &str| form.set(field, Typed::new(text));
        put(Field::NameUrdu, details.name.urdu.expose());
        put(Field::NameLatin, details.name.latin.expose());
        put(Field::FatherUrdu, details.father.urdu.expose());
        put(Field::FatherLatin, details.father.latin.expose());
        if let Some(cnic) = details.cnic {
            put(Field::Cnic, &cnic.expose());
        }
        put(Field::Born, &details.born.expose());
        put(Field::Gender, details.gender.key());
        if let Some(phone) = &details.phone {
            put(Field::Phone, phone.expose());
        }
        if let Some(guardian) = details.guardian {
            put(Field::Guardian, &guardian.expose());
        }
        put(Field::Address, details.address.expose());
        form
    }

    /// Checks every field that this kind shows.
    pub fn check(&self, kind: ApplicationKind, now: Timestamp) -> Checked {
        let mut reader = Reader {
            form: self,
            kind,
            errors: Vec::new(),
            empty: Vec::new(),
        };
        let name_urdu = reader.read(Field::NameUrdu, |t| UrduName::parse(t).map_err(text_key));
        let name_latin = reader.read(Field::NameLatin, |t| LatinName::parse(t).map_err(text_key));
        let father_urdu = reader.read(Field::FatherUrdu, |t| UrduName::parse(t).map_err(text_key));
        let father_latin = reader.read(Field::FatherLatin, |t| {
            LatinName::parse(t).map_err(text_key)
        });
        let cnic = reader.read(Field::Cnic, |t| Cnic::parse(t).map_err(cnic_key));
        let born = reader.read(Field::Born, |t| BirthDate::parse(t, now).map_err(date_key));
        let gender = reader.read(Field::Gender, |t| Gender::from_key(t).ok_or("error-gender"));
        let phone = reader.read(Field::Phone, |t| {
            Phone::parse_loose(t).map_err(|_| "error-phone")
        });
        let guardian = reader.read(Field::Guardian, |t| Cnic::parse(t).map_err(cnic_key));
        let address = reader.read(Field::Address, |t| Address::parse(t).map_err(text_key));
        let Reader { errors, empty, .. } = reader;
        let details = (|| {
            Some(Details {
                cnic,
                name: BilingualName {
                    urdu: name_urdu?,
                    latin: name_latin?,
                },
                father: BilingualName {
                    urdu: father_urdu?,
                    latin: father_latin?,
                },
                born: born?,
                gender: gender?,
                address: address?,
                phone,
                guardian,
            })
        })()
        .filter(|_| errors.is_empty());
        let gaps = match &details {
            Some(details) => details.gaps(kind, now),
            None => vec![Gap::Details],
        };
        Checked {
            details,
            errors,
            empty,
            gaps,
        }
    }
}

struct Reader<'a> {
    form: &'a Form,
    kind: ApplicationKind,
    errors: Vec<(Field, &'static str)>,
    empty: Vec<Field>,
}

impl Reader<'_> {
    fn read<T>(
        &mut self,
        field: Field,
        parse: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        if !field.shown(self.kind) {
            return None;
        }
        let text = self.form.get(field);
        if text.trim().is_empty() {
            if !field.optional() {
                self.empty.push(field);
            }
            return None;
        }
        match parse(text) {
            Ok(value) => Some(value),
            Err(key) => {
                self.errors.push((field, key));
                None
            }
        }
    }
}

fn text_key(error: TextError) -> &'static str {
    match error {
        TextError::Empty => "error-empty",
        TextError::TooLong { .. } => "error-too-long",
        TextError::Hidden => "error-hidden",
        TextError::Script => "error-script",
        TextError::Character => "error-character",
    }
}

fn cnic_key(error: CnicError) -> &'static str {
    match error {
        CnicError::NotADigit => "error-cnic-digit",
        CnicError::Length { .. } => "error-cnic-length",
        CnicError::Province(_) => "error-cnic-province",
    }
}

fn date_key(error: DateError) -> &'static str {
    match error {
        DateError::Form => "error-date-form",
        DateError::NoSuchDay => "error-date-no-such-day",
        DateError::TooEarly => "error-date-too-early",
        DateError::Future => "error-date-future",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn filled() -> Form {
        let mut form = Form::default();
        for (field, text) in [
            (Field::NameUrdu, "زینب نور"),
            (Field::NameLatin, "Zainab Noor"),
            (Field::FatherUrdu, "احمد خان"),
            (Field::FatherLatin, "Ahmed Khan"),
            (Field::Cnic, "36302-0004512-4"),
            (Field::Born, "13/02/1984"),
            (Field::Gender, "female"),
            (Field::Address, "مکان نمبر 12، ملتان"),
        ] {
            form.set(field, text.into());
        }
        form
    }

    #[test]
    fn a_filled_form_becomes_details_and_back() {
        let checked = filled().check(ApplicationKind::Renewal, NOW);
        assert_eq!(
            (
                checked.errors.len(),
                checked.empty.len(),
                checked.gaps.len()
            ),
            (0, 0, 0)
        );
        let again = checked.details.map(|d| Form::of(&d));
        assert_eq!(again, Some(filled()));
    }

    #[test]
    fn wrong_fields_are_named_and_empty_ones_are_only_listed() {
        let mut form = filled();
        form.set(Field::Born, "31/02/1984".into());
        form.set(Field::Cnic, "36302-4512-4".into());
        form.set(Field::NameLatin, "".into());
        let checked = form.check(ApplicationKind::Renewal, NOW);
        assert_eq!(
            checked.errors,
            [
                (Field::Cnic, "error-cnic-length"),
                (Field::Born, "error-date-no-such-day")
            ]
        );
        assert_eq!(checked.empty, [Field::NameLatin]);
        assert!(checked.details.is_none());
    }

    #[test]
    fn ten_thousand_letters_are_cut_before_they_are_kept() {
        let typed = Typed::new(&"م".repeat(10_000));
        assert_eq!(typed.expose().chars().count(), Typed::LIMIT);
        let mut form = filled();
        form.set(Field::NameUrdu, typed);
        assert_eq!(
            form.check(ApplicationKind::Renewal, NOW).errors,
            [(Field::NameUrdu, "error-too-long")]
        );
    }
}
