//! Packets as a station makes them, and a small tus client.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use super::{Station, TestCentre, station_id};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{
    Address, Application, ApplicationKind, BilingualName, BirthDate, ClockConfidence, Consent,
    Details, Gender, LatinName, LivenessRecord, PacketId, PhotoRecord, Priority, QualityRecord,
    Reading, Source, StaffId, Timestamp, UrduName,
};
use envelope::{
    Decision, DecisionKind, Digest, Lease, Manifest, PartKind, Parts, Receipt, Signed, Statement,
    seal, to_cbor,
};
use wire::{PacketReply, PacketState, SignedText, path};

/// A packet ready for the wire.
#[derive(Clone)]
pub struct Packet {
    pub id: PacketId,
    pub sealed: Vec<u8>,
    pub manifest: Signed<Manifest>,
    pub statement: Signed<Statement>,
    pub decision: Signed<Decision>,
}

/// What a test may bend before the packet is made.
pub struct Plan {
    pub id: PacketId,
    pub counter: u64,
    pub previous: Option<Digest>,
    pub portrait: Vec<u8>,
    pub axis: usize,
    pub supervisor: &'static str,
    pub swap_keys: bool,
    pub eyes_open: u8,
    pub garbage: bool,
    pub priority: Priority,
}

pub fn now() -> Timestamp {
    central::Clock::system().now()
}

pub fn portrait() -> Vec<u8> {
    let picture = image::RgbImage::from_fn(240, 320, |x, y| image::Rgb([x as u8, y as u8, 90]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Jpeg)
        .unwrap();
    bytes.into_inner()
}

impl Plan {
    pub fn new(counter: u64, previous: Option<Digest>) -> Self {
        let mut random = [0; 10];
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut random).unwrap();
        Self {
            id: PacketId::mint(now(), random),
            counter,
            previous,
            portrait: portrait(),
            axis: counter as usize,
            supervisor: "40001",
            swap_keys: false,
            eyes_open: 95,
            garbage: false,
            priority: Priority::Normal,
        }
    }

    fn application(&self) -> Application {
        let name = |latin: &str, urdu: &str| BilingualName {
            latin: LatinName::parse(latin).unwrap(),
            urdu: UrduName::parse(urdu).unwrap(),
        };
        Application {
            kind: ApplicationKind::New,
            details: Details {
                cnic: None,
                name: name("Zainab Noor", "زینب نور"),
                father: name("Noor Ahmed", "نور احمد"),
                born: BirthDate::parse("1970-01-02", now()).unwrap(),
                gender: Gender::Female,
                address: Address::parse("مکان 1، ملتان").unwrap(),
                phone: None,
                guardian: None,
            },
            consent: Consent {
                at: now(),
                text_version: 1,
                by_guardian: false,
            },
            exceptions: Vec::new(),
            photo: PhotoRecord {
                at: now(),
                source: Source::Replayed,
                frame_px: (1280, 720),
                attempt: 1,
                reason: None,
                quality: QualityRecord {
                    readings: vec![Reading {
                        component: "EyesOpen".to_owned(),
                        native: Some(0.3),
                        scalar: Some(self.eyes_open),
                    }],
                },
                liveness: LivenessRecord {
                    frames: 5,
                    passive_median: Some(0.9),
                    flagged: false,
                },
            },
            corrects: None,
        }
    }

    fn template(&self) -> Vec<u8> {
        let mut bytes = b"SHT1\x06test-1".to_vec();
        for n in 0..512 {
            bytes.extend_from_slice(&f32::from(u8::from(n == self.axis)).to_le_bytes());
        }
        bytes
    }

    pub fn make(&self, station: &Station) -> Packet {
        let lease = station
            .activation
            .lease
            .lease
            .read::<Lease>()
            .unwrap()
            .peek()
            .unwrap();
        let mut parts = Parts::default();
        parts
            .put(PartKind::Application, to_cbor(&self.application()).unwrap())
            .unwrap();
        parts
            .put(PartKind::Portrait, self.portrait.clone())
            .unwrap();
        parts.put(PartKind::Template, self.template()).unwrap();
        let sealed = if self.garbage {
            vec![7; 5000]
        } else {
            seal(&parts.to_tar().unwrap(), &lease.ingest).unwrap()
        };
        let (digest, length) = (Digest::of(&sealed), sealed.len() as u64);
        let statement = Statement {
            packet: self.id,
            digest,
            length,
            parts: parts.kinds(),
            officer: StaffId::parse("40213").unwrap(),
            station: station_id(),
            at: now(),
            clock: ClockConfidence::Trusted,
        };
        let statement = Signed::sign(&statement, &station.officer.signing).unwrap();
        let decision = Decision {
            packet: self.id,
            digest,
            supervisor: StaffId::parse(self.supervisor).unwrap(),
            kind: DecisionKind::Approve,
            reasons: Vec::new(),
            at: now(),
        };
        let signer = if self.swap_keys {
            &station.officer
        } else {
            &station.supervisor
        };
        let decision = Signed::sign(&decision, &signer.signing).unwrap();
        let manifest = Manifest {
            format: Manifest::FORMAT,
            packet: self.id,
            station: station_id(),
            counter: self.counter,
            previous: self.previous,
            digest,
            length,
            parts: parts.kinds(),
            statement: statement.digest(),
            decision: decision.digest(),
            priority: self.priority,
            at: now(),
            clock: ClockConfidence::Trusted,
            policy_version: lease.policy.version,
            replayed: true,
            key_protection: "file".to_owned(),
            audit_head: Digest::of(&self.counter.to_le_bytes()),
        };
        Packet {
            id: self.id,
            manifest: Signed::sign(&manifest, &station.key).unwrap(),
            statement,
            decision,
            sealed,
        }
    }
}

impl Packet {
    pub fn digest(&self) -> Digest {
        Digest::of(&self.sealed)
    }

    pub fn metadata(&self) -> String {
        let twice = |text: SignedText| STANDARD.encode(text.as_str());
        format!(
            "manifest {},statement {},decision {}",
            twice(SignedText::of(&self.manifest)),
            twice(SignedText::of(&self.statement)),
            twice(SignedText::of(&self.decision))
        )
    }
}

impl TestCentre {
    pub async fn create(&self, station: &Station, packet: &Packet) -> reqwest::Response {
        station
            .client
            .post(self.url(path::UPLOADS))
            .header("tus-resumable", "1.0.0")
            .header("upload-length", packet.sealed.len())
            .header("upload-metadata", packet.metadata())
            .send()
            .await
            .unwrap()
    }

    pub async fn patch(
        &self,
        station: &Station,
        location: &str,
        offset: usize,
        bytes: Vec<u8>,
        checksum: Option<&str>,
    ) -> reqwest::Response {
        let mut request = station
            .client
            .patch(self.url(location))
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", offset)
            .header("content-type", "application/offset+octet-stream");
        if let Some(checksum) = checksum {
            request = request.header("upload-checksum", checksum);
        }
        request.body(bytes).send().await.unwrap()
    }

    pub async fn offset(&self, station: &Station, location: &str) -> usize {
        let response = station
            .client
            .head(self.url(location))
            .header("tus-resumable", "1.0.0")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        response.headers()["upload-offset"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Creates and sends everything; gives the last answer's status.
    pub async fn send(&self, station: &Station, packet: &Packet) -> u16 {
        let created = self.create(station, packet).await;
        if created.status() != 201 {
            return created.status().as_u16();
        }
        let location = created.headers()["location"].to_str().unwrap().to_owned();
        self.patch(station, &location, 0, packet.sealed.clone(), None)
            .await
            .status()
            .as_u16()
    }

    pub async fn reply(&self, station: &Station, packet: &Packet) -> PacketReply {
        let url = self.url(&format!("{}/{}?wait_seconds=20", path::PACKETS, packet.id));
        station
            .client
            .get(url)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// Sends it and waits for the verified receipt: state and reason.
    pub async fn settle(
        &self,
        station: &Station,
        packet: &Packet,
    ) -> (PacketState, Option<String>) {
        assert_eq!(self.send(station, packet).await, 204);
        let reply = self.reply(station, packet).await;
        let receipt = reply.receipt.unwrap().read::<Receipt>().unwrap();
        let key = station
            .activation
            .lease
            .centre_key
            .read::<envelope::KeyCertificate>()
            .unwrap()
            .verify(&station.activation.policy_root)
            .unwrap()
            .key;
        let receipt = receipt.verify(&key).unwrap();
        assert_eq!(
            (receipt.packet, receipt.digest),
            (packet.id, packet.digest())
        );
        (reply.state, receipt.reason.clone())
    }

    pub fn figures(&self) -> central::Figures {
        tokio::task::block_in_place(|| {
            self.centre
                .with_store(async |store| central::Figures::count(&store).await)
        })
        .unwrap()
    }
}
