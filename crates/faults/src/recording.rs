//! Envelopes recorded from enrolments with faces: sealed once from real pictures and committed, with the invented keys that open them
//! beside them. Runs send these, so that "nothing twice" speaks of people who were photographed.

use crate::FaultError;
use crate::office::Readers;
use domain::Application;
use envelope::{Digest, Identity, PACKET_LIMIT_BYTES, PartKind, Parts, Zeroizing, from_cbor, open};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// How many people were recorded.
pub const PEOPLE: usize = 5;

/// Draft, review copy and packet of each person, as they were sealed.
const SEALED: [[&[u8]; 3]; PEOPLE] = [
    [
        include_bytes!("../recordings/0.draft"),
        include_bytes!("../recordings/0.review"),
        include_bytes!("../recordings/0.packet"),
    ],
    [
        include_bytes!("../recordings/1.draft"),
        include_bytes!("../recordings/1.review"),
        include_bytes!("../recordings/1.packet"),
    ],
    [
        include_bytes!("../recordings/2.draft"),
        include_bytes!("../recordings/2.review"),
        include_bytes!("../recordings/2.packet"),
    ],
    [
        include_bytes!("../recordings/3.draft"),
        include_bytes!("../recordings/3.review"),
        include_bytes!("../recordings/3.packet"),
    ],
    [
        include_bytes!("../recordings/4.draft"),
        include_bytes!("../recordings/4.review"),
        include_bytes!("../recordings/4.packet"),
    ],
];
const ENROLLED: &str = include_str!("../recordings/enrolled.json");
const INGEST_KEY: &str = include_str!("../recordings/ingest.key");
const STAFF_KEY: &str = include_str!("../recordings/staff.key");

/// What was enrolled of a person, as the recorder knew it before it sealed: a packet that opens must hold exactly this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// The picture that it was made from.
    pub picture: String,
    /// Width and height of the portrait.
    pub portrait_px: (u32, u32),
    /// SHA-256 of each part, by its file name.
    pub parts: Vec<(String, Digest)>,
}

/// A person whose enrolment was recorded.
#[derive(Debug)]
pub struct Person {
    /// Sealed to the officer.
    pub draft: &'static [u8],
    /// Sealed to the supervisors.
    pub review: &'static [u8],
    /// Sealed to the centre.
    pub packet: &'static [u8],
    /// What is inside.
    pub enrolled: Enrolled,
    /// Kinds of the packet's parts.
    pub parts: Vec<PartKind>,
    /// What must never stand on a disk.
    pub(crate) secrets: Vec<Vec<u8>>,
}

/// Everybody, and the keys.
#[derive(Debug)]
pub struct Recording {
    /// Who was enrolled.
    pub people: Vec<Person>,
    /// What opens it.
    pub readers: Readers,
}

impl Recording {
    /// The committed recording, read and opened once a process.
    ///
    /// # Errors
    /// [`FaultError::Recording`] where what opens is not what was enrolled.
    pub fn committed() -> Result<&'static Self, FaultError> {
        static READ: OnceLock<Result<Recording, FaultError>> = OnceLock::new();
        READ.get_or_init(Self::read).as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, FaultError> {
        let readers = Readers {
            ingest: Identity::parse(INGEST_KEY)?,
            staff: Identity::parse(STAFF_KEY)?,
        };
        let enrolled: Vec<Enrolled> = serde_json::from_str(ENROLLED)
            .map_err(|_| FaultError::Recording("the list of who was enrolled"))?;
        if enrolled.len() != PEOPLE {
            return Err(FaultError::Recording("the number of people"));
        }
        let people = enrolled
            .into_iter()
            .zip(SEALED)
            .map(|(enrolled, [draft, review, packet])| {
                let opened = Opened::of(packet, &readers.ingest)?;
                if !opened.is(&enrolled) {
                    return Err(FaultError::Recording("a packet's content"));
                }
                for copy in [draft, review] {
                    if !Opened::of(copy, &readers.staff)?.shows_the_same_as(&opened) {
                        return Err(FaultError::Recording("a draft or review copy"));
                    }
                }
                let secrets = opened.secrets()?;
                Ok(Person {
                    draft,
                    review,
                    packet,
                    enrolled,
                    parts: opened.0.kinds(),
                    secrets,
                })
            })
            .collect::<Result<_, FaultError>>()?;
        Ok(Self { people, readers })
    }

    /// Whose packet has this content, if anybody's.
    pub fn whose(&self, opened: &Opened) -> Option<usize> {
        self.people.iter().position(|p| opened.is(&p.enrolled))
    }
}

/// A packet that was opened.
#[derive(Debug)]
pub struct Opened(Parts);

impl Opened {
    /// Opens a sealed packet.
    ///
    /// # Errors
    /// [`FaultError::Envelope`] where the key does not fit or the content is none of a packet.
    pub fn of(sealed: &[u8], identity: &Identity) -> Result<Self, FaultError> {
        let tar: Zeroizing<Vec<u8>> = open(sealed, identity, PACKET_LIMIT_BYTES)?;
        Ok(Self(Parts::from_tar(&tar)?))
    }

    /// Whether it holds a portrait that decodes with the right size, and exactly the parts that were enrolled.
    pub fn is(&self, enrolled: &Enrolled) -> bool {
        let found: Vec<(String, Digest)> = self
            .0
            .kinds()
            .into_iter()
            .filter_map(|kind| Some((kind.file_name(), Digest::of(self.0.get(kind)?))))
            .collect();
        found == enrolled.parts && self.portrait_px() == Some(enrolled.portrait_px)
    }

    fn shows_the_same_as(&self, packet: &Self) -> bool {
        let portrait = self.0.get(PartKind::Portrait);
        portrait.is_some() && portrait == packet.0.get(PartKind::Portrait)
    }

    /// Width and height of the portrait, decoded whole.
    pub fn portrait_px(&self) -> Option<(u32, u32)> {
        let jpeg = self.0.get(PartKind::Portrait)?;
        let decoded = image::load_from_memory_with_format(jpeg, image::ImageFormat::Jpeg).ok()?;
        Some((decoded.width(), decoded.height()))
    }

    /// Names, numbers and pieces of pictures and template.
    fn secrets(&self) -> Result<Vec<Vec<u8>>, FaultError> {
        let missing = || FaultError::Recording("an application");
        let application = self.0.get(PartKind::Application).ok_or_else(missing)?;
        let application: Application = from_cbor(application)?;
        let details = &application.details;
        let cnic = details.cnic.as_ref().ok_or_else(missing)?;
        let number = cnic.expose();
        let mut secrets: Vec<Vec<u8>> = [
            details.name.latin.expose(),
            details.name.urdu.expose(),
            details.father.latin.expose(),
            &number,
            &number.replace('-', ""),
        ]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect();
        for kind in self.0.kinds() {
            let bytes = self.0.get(kind).unwrap_or_default();
            if matches!(
                kind,
                PartKind::Portrait | PartKind::Burst(_) | PartKind::Template
            ) {
                let middle = bytes.len() / 2;
                secrets.push(bytes.get(middle..middle + 24).unwrap_or_default().to_vec());
            }
        }
        secrets.retain(|s| s.len() >= 8);
        Ok(secrets)
    }
}
