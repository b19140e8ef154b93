//! Makes the recording: real pictures, cut and encoded, put into parts as the desk puts them, and sealed once.
//!
//! Run by hand when the form of a packet changes: `shanakht-faults record --pictures assets/pictures --to crates/faults/recordings`.
//! The keys are made anew each time and open nothing else.

use crate::recording::{Enrolled, PEOPLE};
use crate::{FaultError, office};
use domain::{
    Address, Application, ApplicationKind, BilingualName, BirthDate, Cnic, Consent, Details,
    Gender, LatinName, LivenessRecord, PhotoRecord, QualityRecord, Reading, Source, Timestamp,
    UrduName,
};
use envelope::{Digest, Identity, PartKind, Parts, seal, to_cbor};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageReader};
use serde::Serialize;
use std::fs;
use std::path::Path;

/// The portrait's width and height, and a burst frame's.
const PORTRAIT_PX: (u32, u32) = (320, 400);
const FRAME_PX: (u32, u32) = (400, 500);
const PORTRAIT_QUALITY: u8 = 70;
const FRAME_QUALITY: u8 = 65;
/// A template has 512 figures of four bytes and a name.
const TEMPLATE_BYTES: usize = 2_080;

/// A person of the recording: the picture, the part of it that a portrait shows, and invented details.
struct Sitter {
    picture: &'static str,
    /// Left, top, width and height of the head and shoulders in the picture.
    cut: [u32; 4],
    /// Frames of the burst: packets of one piece and of several.
    frames: u8,
    name: [&'static str; 2],
    father: [&'static str; 2],
    cnic: &'static str,
}

const SITTERS: [Sitter; PEOPLE] = [
    Sitter {
        picture: "astronaut.png",
        cut: [148, 8, 156, 195],
        frames: 0,
        name: ["Zainab Noor", "زینب نور"],
        father: ["Noor Ahmed", "نور احمد"],
        cnic: "36302-0004512-4",
    },
    Sitter {
        picture: "biden.jpg",
        cut: [350, 30, 440, 550],
        frames: 1,
        name: ["Bilal Hussain", "بلال حسین"],
        father: ["Hussain Bakhsh", "حسین بخش"],
        cnic: "36302-1187623-5",
    },
    Sitter {
        picture: "obama.jpg",
        cut: [263, 5, 440, 550],
        frames: 2,
        name: ["Tariq Mehmood", "طارق محمود"],
        father: ["Mehmood Khan", "محمود خان"],
        cnic: "35202-2298734-7",
    },
    Sitter {
        picture: "obama2.jpg",
        cut: [156, 130, 432, 540],
        frames: 4,
        name: ["Imran Qureshi", "عمران قریشی"],
        father: ["Aslam Qureshi", "اسلم قریشی"],
        cnic: "42101-3309845-9",
    },
    Sitter {
        picture: "obama3.jpg",
        cut: [540, 170, 460, 575],
        frames: 3,
        name: ["Danish Rafiq", "دانش رفیق"],
        father: ["Rafiq Masih", "رفیق مسیح"],
        cnic: "31303-4410956-1",
    },
];

#[derive(Serialize)]
struct LivenessEvidence {
    record: LivenessRecord,
    challenge: Option<()>,
}

/// Records everybody from the pictures in `pictures` into `to`.
///
/// # Errors
/// [`FaultError::Recorder`] where a picture is missing or cannot be cut, or a file cannot be written.
pub fn record(pictures: &Path, to: &Path) -> Result<(), FaultError> {
    let (ingest, staff) = (Identity::generate(), Identity::generate());
    let mut enrolled = Vec::new();
    for (n, sitter) in SITTERS.iter().enumerate() {
        let (parts, of_draft) = sitter.parts(pictures)?;
        let write = |role: &str, parts: &Parts, reader: &Identity| {
            let sealed = seal(&parts.to_tar()?, &[reader.recipient()])?;
            fs::write(to.join(format!("{n}.{role}")), sealed).map_err(FaultError::recorder)
        };
        write("packet", &parts, &ingest)?;
        write("draft", &of_draft, &staff)?;
        write("review", &of_draft, &staff)?;
        let digests = parts.kinds().into_iter().filter_map(|kind| {
            let digest = Digest::of(parts.get(kind)?);
            Some((kind.file_name(), digest))
        });
        enrolled.push(Enrolled {
            picture: sitter.picture.to_owned(),
            portrait_px: PORTRAIT_PX,
            parts: digests.collect(),
        });
    }
    let text = serde_json::to_string_pretty(&enrolled).map_err(FaultError::recorder)?;
    for (name, text) in [
        ("enrolled.json", format!("{text}\n")),
        ("ingest.key", format!("{}\n", *ingest.to_secret())),
        ("staff.key", format!("{}\n", *staff.to_secret())),
    ] {
        fs::write(to.join(name), text).map_err(FaultError::recorder)?;
    }
    Ok(())
}

impl Sitter {
    /// All parts of the packet, and those that a draft and a review copy have.
    fn parts(&self, pictures: &Path) -> Result<(Parts, Parts), FaultError> {
        let picture = ImageReader::open(pictures.join(self.picture))
            .map_err(FaultError::recorder)?
            .decode()
            .map_err(FaultError::recorder)?;
        let application = self.application()?;
        let mut parts = Parts::default();
        parts.put(PartKind::Application, to_cbor(&application)?)?;
        parts.put(
            PartKind::Portrait,
            self.jpeg(&picture, 0, PORTRAIT_PX, PORTRAIT_QUALITY)?,
        )?;
        let of_draft = parts.clone();
        for n in 0..self.frames {
            let jpeg = self.jpeg(&picture, u32::from(n) + 1, FRAME_PX, FRAME_QUALITY)?;
            parts.put(PartKind::Burst(n), jpeg)?;
        }
        let evidence = LivenessEvidence {
            record: application.photo.liveness.clone(),
            challenge: None,
        };
        parts.put(PartKind::Liveness, to_cbor(&evidence)?)?;
        parts.put(PartKind::Consent, to_cbor(&application.consent)?)?;
        parts.put(PartKind::Template, self.template())?;
        Ok((parts, of_draft))
    }

    /// The head and shoulders; each frame is moved by a few pixels, as people move.
    fn jpeg(
        &self,
        picture: &DynamicImage,
        moved: u32,
        size: (u32, u32),
        quality: u8,
    ) -> Result<Vec<u8>, FaultError> {
        let [left, top, width, height] = self.cut;
        let cut = picture.crop_imm(left + moved, top + 2 * moved, width, height);
        let shown = cut.resize_exact(size.0, size.1, FilterType::Lanczos3);
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, quality)
            .encode_image(&shown.to_rgb8())
            .map_err(FaultError::recorder)?;
        Ok(jpeg)
    }

    /// As large as a template and as random; nothing here compares it.
    fn template(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut last = Digest::of(self.picture.as_bytes());
        while bytes.len() < TEMPLATE_BYTES {
            bytes.extend_from_slice(last.as_bytes());
            last = Digest::of(last.as_bytes());
        }
        bytes.truncate(TEMPLATE_BYTES);
        bytes
    }

    fn application(&self) -> Result<Application, FaultError> {
        let at: Timestamp = office::BEGINNING;
        let wrong = |_| FaultError::Setup("an invented name");
        let name = |[latin, urdu]: [&str; 2]| {
            Ok::<_, FaultError>(BilingualName {
                latin: LatinName::parse(latin).map_err(wrong)?,
                urdu: UrduName::parse(urdu).map_err(wrong)?,
            })
        };
        Ok(Application {
            kind: ApplicationKind::Renewal,
            details: Details {
                cnic: Some(
                    Cnic::parse(self.cnic).map_err(|_| FaultError::Setup("an invented number"))?,
                ),
                name: name(self.name)?,
                father: name(self.father)?,
                born: BirthDate::parse("02/01/1970", at)
                    .map_err(|_| FaultError::Setup("an invented date"))?,
                gender: Gender::Female,
                address: Address::parse("مکان 1، ملتان").map_err(wrong)?,
                phone: None,
                guardian: None,
            },
            consent: Consent {
                at,
                text_version: 1,
                by_guardian: false,
            },
            exceptions: Vec::new(),
            photo: PhotoRecord {
                at,
                source: Source::Replayed,
                frame_px: FRAME_PX,
                attempt: 1,
                reason: None,
                quality: QualityRecord {
                    readings: vec![Reading {
                        component: "EyesOpen".to_owned(),
                        native: Some(0.3),
                        scalar: Some(95),
                    }],
                },
                liveness: LivenessRecord {
                    challenge: None,
                    frames: 5,
                    passive_median: Some(0.9),
                    flagged: false,
                },
            },
            corrects: None,
        })
    }
}
