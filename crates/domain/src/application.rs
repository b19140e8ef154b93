//! An application: what is asked for, for whom, with which consent, and what is still missing.

use crate::exception::keyed;
use crate::{
    Address, BilingualName, BirthDate, CaptureReason, Cnic, Exception, LivenessRecord, Phone,
    QualityRecord, Timestamp,
};
use serde::{Deserialize, Serialize};

keyed!(
    /// What the applicant asks for.
    ApplicationKind {
        /// A first card.
        New = "new",
        /// The card expired or will.
        Renewal = "renewal",
        /// Details change.
        Modification = "modification",
        /// Lost, stolen or damaged.
        Replacement = "replacement",
        /// Registration of a child, with a guardian.
        Child = "child",
    }
);

impl ApplicationKind {
    /// Whether the applicant already has a number.
    pub fn needs_cnic(self) -> bool {
        matches!(self, Self::Renewal | Self::Modification | Self::Replacement)
    }
}

keyed!(
    /// As on the card.
    Gender {
        /// Female.
        Female = "female",
        /// Male.
        Male = "male",
        /// The third gender category of the card.
        X = "x",
    }
);

keyed!(
    /// Why an application ended without a photograph; counted, never a dead end.
    Refusal {
        /// The applicant is not present.
        NotPresent = "not-present",
        /// Privacy.
        Privacy = "privacy",
        /// Religious grounds.
        Religion = "religion",
        /// Too young or too frail.
        Age = "age",
        /// Another reason.
        Other = "other",
    }
);

/// Where the pictures came from; a replay is never passed off as a camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// A device on a real bus.
    Camera {
        /// The driver's name of it, at most 64 characters.
        name: String,
        /// USB vendor and product.
        vendor_product: Option<(u16, u16)>,
        /// On a real bus and as pinned by policy.
        trusted: bool,
    },
    /// Pictures or a clip from a file: always named as replayed.
    Replayed,
}

/// The applicant's details. Fields that are not yet valid are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The applicant's own number; none before a first card.
    pub cnic: Option<Cnic>,
    /// The applicant.
    pub name: BilingualName,
    /// The father.
    pub father: BilingualName,
    /// Date of birth.
    pub born: BirthDate,
    /// As on the card.
    pub gender: Gender,
    /// Where the card goes.
    pub address: Address,
    /// Where to call.
    pub phone: Option<Phone>,
    /// For a child: the guardian who consents.
    pub guardian: Option<Cnic>,
}

impl Details {
    /// Checks that need more than one field.
    pub fn gaps(&self, kind: ApplicationKind, now: Timestamp) -> Vec<Gap> {
        let mut gaps = Vec::new();
        if kind.needs_cnic() && self.cnic.is_none() {
            gaps.push(Gap::Cnic);
        }
        if let Some(cnic) = self.cnic
            && self.gender != Gender::X
            && cnic.gender() != self.gender
        {
            gaps.push(Gap::GenderDigit);
        }
        let age = self.born.age_years(now);
        if kind == ApplicationKind::Child {
            if self.guardian.is_none() {
                gaps.push(Gap::Guardian);
            }
            if age >= 18 {
                gaps.push(Gap::TooOld);
            }
        } else if age < 18 {
            gaps.push(Gap::TooYoung);
        }
        gaps
    }
}

keyed!(
    /// What stands between a draft and its submission.
    Gap {
        /// A field of the details is missing or not valid.
        Details = "details",
        /// This kind needs the number.
        Cnic = "cnic",
        /// The number's last digit says another gender.
        GenderDigit = "gender-digit",
        /// A child needs a guardian.
        Guardian = "guardian",
        /// Under 18: register as a child.
        TooYoung = "too-young",
        /// 18 or older: not a child.
        TooOld = "too-old",
        /// Consent is not recorded.
        Consent = "consent",
        /// No photograph is kept.
        Photograph = "photograph",
    }
);

/// The applicant's (or guardian's) consent, as told to the officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// When it was given.
    pub at: Timestamp,
    /// The version of the text that was read out.
    pub text_version: u32,
    /// Given by a guardian.
    pub by_guardian: bool,
}

/// How the kept photograph was taken; the pictures themselves are parts of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoRecord {
    /// When the burst was taken.
    pub at: Timestamp,
    /// Where the frames came from.
    pub source: Source,
    /// Size of the frame in pixels.
    pub frame_px: (u32, u32),
    /// The try that was kept, from 1.
    pub attempt: u32,
    /// Set when a check did not hold and the officer took the picture with a reason.
    pub reason: Option<CaptureReason>,
    /// The quality components of the kept frame.
    pub quality: QualityRecord,
    /// Evidence of liveness over the session.
    pub liveness: LivenessRecord,
}

/// What the packet's `application.cbor` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Application {
    /// What is asked for.
    pub kind: ApplicationKind,
    /// For whom.
    pub details: Details,
    /// With whose consent.
    pub consent: Consent,
    /// What the capture had to allow for.
    pub exceptions: Vec<Exception>,
    /// How the photograph was taken.
    pub photo: PhotoRecord,
    /// The packet that this one corrects, if any.
    pub corrects: Option<crate::PacketId>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{LatinName, UrduName};

    fn details() -> Details {
        let name = BilingualName {
            urdu: UrduName::parse("زینب نور").unwrap(),
            latin: LatinName::parse("Zainab Noor").unwrap(),
        };
        Details {
            cnic: Some(Cnic::parse("36302-0004512-4").unwrap()),
            name: name.clone(),
            father: name,
            born: BirthDate::parse("13/02/1984", Timestamp::from_millis(1_795_000_000_000))
                .unwrap(),
            gender: Gender::Female,
            address: Address::parse("مکان نمبر 12، ملتان").unwrap(),
            phone: None,
            guardian: None,
        }
    }

    #[test]
    fn what_does_not_fit_together_is_listed() {
        let now = Timestamp::from_millis(1_795_000_000_000);
        assert!(details().gaps(ApplicationKind::Renewal, now).is_empty());
        let mut other = details();
        other.gender = Gender::Male;
        assert_eq!(
            other.gaps(ApplicationKind::Renewal, now),
            [Gap::GenderDigit]
        );
        let mut none = details();
        none.cnic = None;
        assert_eq!(none.gaps(ApplicationKind::Renewal, now), [Gap::Cnic]);
        assert_eq!(
            none.gaps(ApplicationKind::Child, now),
            [Gap::Guardian, Gap::TooOld]
        );
    }

    #[test]
    fn debug_output_of_details_holds_nothing_personal() {
        let text = format!("{:?}", details());
        for secret in ["36302", "Zainab", "زینب", "1984", "ملتان"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
