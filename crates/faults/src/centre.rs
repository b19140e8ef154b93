//! A model of the centre: it verifies, opens and answers as the real one does, keeps apart what it has synced, and crashes.
//!
//! It can be told to break its own promises; the controls do that.

use crate::office::Office;
use crate::recording::{Opened, Recording};
use crate::{FaultError, Random};
use domain::{Outcome, OutcomeKind, PacketId, Timestamp};
use envelope::{Decision, DecisionKind, Digest, Manifest, Signed, Statement, Verified};
use std::collections::BTreeMap;
use sync::{Failure, Request, Response};
use wire::{LeaseReply, PacketReply, PacketState, SignedText};

/// Most outcomes of one answer.
const OUTCOMES_AT_ONCE: usize = 100;

/// Whether the centre keeps its promises; everything but [`Keeping::Promises`] is a control.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keeping {
    /// As the real centre.
    #[default]
    Promises,
    /// It signs `durable` for what a crash will take.
    Nothing,
    /// It often does not know a packet again that it has taken, and takes it as a new one.
    NoIds,
    /// It does not know how far an upload has come, and takes bytes wherever they claim to belong.
    NoOffsets,
}

/// What travels beside a packet: manifest, statement, decision.
#[derive(Debug)]
struct Words(
    Signed<Manifest>,
    Signed<Statement>,
    Option<Signed<Decision>>,
);

#[derive(Debug)]
struct Upload {
    manifest: Verified<Manifest>,
    bytes: Vec<u8>,
    /// So many bytes survive a crash.
    synced: usize,
}

/// A packet that arrived whole.
#[derive(Debug)]
struct Held {
    manifest: Verified<Manifest>,
    bytes: Vec<u8>,
    durable: bool,
    receipt: Option<SignedText>,
}

/// What one packet brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The packet.
    pub packet: PacketId,
    /// Its counter.
    pub counter: u64,
    /// The packet that its manifest says came before.
    pub previous: Option<Digest>,
    /// SHA-256 of the sealed packet.
    pub digest: Digest,
    /// Whose enrolment it holds, by content: portrait decoded, every part compared.
    pub person: Option<usize>,
}

/// The centre of one run.
#[derive(Debug)]
pub struct Centre<'a> {
    office: &'a Office,
    recording: &'a Recording,
    keeping: Keeping,
    uploads: BTreeMap<String, Upload>,
    held: BTreeMap<PacketId, Held>,
    effects: Vec<Effect>,
    outcomes: Vec<Outcome>,
    made: u64,
    sequence: u64,
    lease_serial: u64,
    alarms: u64,
}

impl<'a> Centre<'a> {
    /// A centre that has taken nothing, and has given the first lease.
    pub fn new(office: &'a Office, recording: &'a Recording, keeping: Keeping) -> Self {
        Self {
            office,
            recording,
            keeping,
            uploads: BTreeMap::new(),
            held: BTreeMap::new(),
            effects: Vec::new(),
            outcomes: Vec::new(),
            made: 0,
            sequence: 0,
            lease_serial: 1,
            alarms: 0,
        }
    }

    /// Everything that took effect, in order.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// What the centre still holds in force: a registered packet that a crash took is not among it.
    pub fn holds(&self, packet: PacketId) -> bool {
        self.held.get(&packet).is_some_and(|h| h.receipt.is_some())
    }

    /// Bytes that were not what their manifest says, ids that came with other bytes.
    pub fn alarms(&self) -> u64 {
        self.alarms
    }

    /// The packet whose upload has this path.
    pub fn packet_at(&self, path: &str) -> Option<PacketId> {
        self.uploads.get(path).map(|u| u.manifest.packet)
    }

    /// The centre's machine stops and starts: what it had not synced is gone.
    pub fn crash(&mut self, random: &mut Random) {
        self.held.retain(|_, held| held.durable);
        let mut gone = Vec::new();
        for (path, upload) in &mut self.uploads {
            let unsynced = upload.bytes.len() - upload.synced;
            let kept = upload.synced + random.below(unsynced as u64 + 1) as usize;
            upload.bytes.truncate(kept);
            upload.synced = kept;
            if random.one_in(4) {
                gone.push(path.clone());
            }
        }
        for path in gone {
            self.uploads.remove(&path);
        }
    }

    /// Answers a request that reached it at this time.
    ///
    /// # Errors
    /// [`FaultError`] where signing fails: nothing that a station could bring about.
    pub fn answer(
        &mut self,
        request: Request,
        at: Timestamp,
        random: &mut Random,
    ) -> Result<Result<Response, Failure>, FaultError> {
        self.work(at, random)?;
        Ok(Ok(match request {
            Request::Lease { tag } => self.lease(tag.as_deref(), at)?,
            Request::Outcomes { after } => self.outcomes_after(after),
            Request::Status(_) => Response::StatusTaken,
            // No run makes a void or asks for a certificate.
            Request::Void(_) | Request::Certificate { .. } | Request::Review(_) => refused(404, ""),
            Request::State(_) if self.keeping == Keeping::NoIds && random.one_in(2) => {
                refused(404, "")
            }
            Request::State(packet) => self.state(packet),
            Request::Create {
                length,
                manifest,
                statement,
                decision,
            } => self.create(length, &Words(manifest, statement, decision)),
            Request::Offset { path } => match self.uploads.get(&path) {
                Some(upload) if self.keeping == Keeping::NoOffsets => {
                    Response::Offset(upload.bytes.len() as u64 / 2)
                }
                Some(upload) => Response::Offset(upload.bytes.len() as u64),
                None => refused(404, ""),
            },
            Request::Patch {
                path,
                offset,
                chunk,
            } => self.patch(&path, offset, &chunk),
        }))
    }

    /// From now on the centre has a newer lease.
    pub fn renew_lease(&mut self) {
        self.lease_serial += 1;
    }

    fn lease(&self, tag: Option<&str>, at: Timestamp) -> Result<Response, FaultError> {
        let newest = self.lease_serial.to_string();
        let reply = if tag == Some(newest.as_str()) {
            None
        } else {
            let (lease, key) = self.office.lease(self.lease_serial, at)?;
            Some(Box::new(LeaseReply {
                lease: SignedText::of(&lease),
                centre_key: SignedText::of(&key),
                other_keys: Vec::new(),
            }))
        };
        Ok(Response::Lease {
            reply,
            tag: Some(newest),
        })
    }

    fn outcomes_after(&self, cursor: i64) -> Response {
        let later = self.outcomes.iter().filter(|o| o.cursor > cursor);
        let outcomes: Vec<Outcome> = later.take(OUTCOMES_AT_ONCE).cloned().collect();
        Response::Outcomes {
            cursor: outcomes.last().map(|o| o.cursor),
            outcomes,
        }
    }

    fn create(&mut self, length: u64, documents: &Words) -> Response {
        let Some(manifest) = self.believed(documents) else {
            return refused(422, "document");
        };
        if manifest.length != length {
            return refused(400, "length");
        }
        let other = |held: &Held| held.manifest.digest != manifest.digest;
        if self.held.get(&manifest.packet).is_some_and(other) {
            self.alarms += 1;
            return refused(409, "packet-id-reused");
        }
        self.made += 1;
        let path = format!("/v1/uploads/{}", self.made);
        let upload = Upload {
            manifest,
            bytes: Vec::new(),
            synced: 0,
        };
        self.uploads.insert(path.clone(), upload);
        Response::Created { path }
    }

    /// The three words over one digest, each signed by whom it must be.
    fn believed(&self, documents: &Words) -> Option<Verified<Manifest>> {
        let office = self.office;
        let Words(manifest, statement, decision) = documents;
        let (signed_statement, signed_decision) = (statement.digest(), decision.as_ref()?.digest());
        let manifest = manifest.verify(&office.station_public()).ok()?;
        let statement = statement.verify(&office.officer_public()).ok()?;
        let decision = decision
            .as_ref()?
            .verify(&office.supervisor_public())
            .ok()?;
        let one_packet = [statement.packet, decision.packet] == [manifest.packet; 2];
        let one_digest = [statement.digest, decision.digest] == [manifest.digest; 2];
        let bound =
            manifest.statement == signed_statement && manifest.decision == Some(signed_decision);
        let decided = decision.kind == DecisionKind::Approve
            && decision.supervisor != statement.officer
            && statement.length == manifest.length;
        (one_packet && one_digest && bound && decided).then_some(manifest)
    }

    fn patch(&mut self, path: &str, offset: u64, chunk: &[u8]) -> Response {
        let Some(upload) = self.uploads.get_mut(path) else {
            return refused(404, "");
        };
        if offset != upload.bytes.len() as u64 && self.keeping != Keeping::NoOffsets {
            return refused(409, "");
        }
        if upload.bytes.len() + chunk.len() > upload.manifest.length as usize {
            return refused(413, "");
        }
        upload.bytes.extend_from_slice(chunk);
        let arrived = upload.bytes.len();
        if arrived as u64 == upload.manifest.length && !self.whole(path) {
            return refused(422, "digest");
        }
        Response::Offset(arrived as u64)
    }

    /// All bytes are here: they must be what the station signed.
    fn whole(&mut self, path: &str) -> bool {
        let Some(upload) = self.uploads.remove(path) else {
            return false;
        };
        if Digest::of(&upload.bytes) != upload.manifest.digest {
            self.alarms += 1;
            return false;
        }
        let again = self.held.contains_key(&upload.manifest.packet);
        if !again || self.keeping == Keeping::NoIds {
            let held = Held {
                manifest: upload.manifest,
                bytes: upload.bytes,
                durable: false,
                receipt: None,
            };
            self.held.insert(held.manifest.packet, held);
        }
        true
    }

    fn state(&self, packet: PacketId) -> Response {
        match self.held.get(&packet) {
            Some(held) => {
                let receipt = held.receipt.clone();
                let state = match receipt {
                    Some(_) => PacketState::Accepted,
                    None => PacketState::Received,
                };
                reply(packet, state, receipt)
            }
            None if self.uploads.values().any(|u| u.manifest.packet == packet) => {
                reply(packet, PacketState::Receiving, None)
            }
            None => refused(404, ""),
        }
    }

    /// The centre's own jobs go on between requests: what arrived is checked, registered and signed for, sooner or later.
    fn work(&mut self, at: Timestamp, random: &mut Random) -> Result<(), FaultError> {
        let unsigned = self.held.iter().filter(|(_, h)| h.receipt.is_none());
        let unsigned: Vec<PacketId> = unsigned.map(|(packet, _)| *packet).collect();
        for packet in unsigned {
            if random.one_in(2) {
                self.register(packet, at)?;
            }
        }
        Ok(())
    }

    fn register(&mut self, packet: PacketId, at: Timestamp) -> Result<(), FaultError> {
        let Some(held) = self.held.get_mut(&packet) else {
            return Ok(());
        };
        let opened = Opened::of(&held.bytes, &self.recording.readers.ingest)?;
        self.effects.push(Effect {
            packet,
            counter: held.manifest.counter,
            previous: held.manifest.previous,
            digest: held.manifest.digest,
            person: self.recording.whose(&opened),
        });
        self.sequence += 1;
        held.durable = self.keeping != Keeping::Nothing;
        let (digest, head) = (held.manifest.digest, held.manifest.audit_head);
        let receipt = self
            .office
            .receipt(packet, digest, self.sequence, head, at)?;
        held.receipt = Some(SignedText::of(&receipt));
        self.outcomes.push(Outcome {
            cursor: self.outcomes.len() as i64 + 1,
            packet,
            kind: OutcomeKind::Registered,
            reason: None,
            at,
        });
        Ok(())
    }
}

fn refused(status: u16, key: &str) -> Response {
    Response::Refused {
        status,
        key: key.to_owned(),
    }
}

fn reply(packet: PacketId, state: PacketState, receipt: Option<SignedText>) -> Response {
    Response::State(PacketReply {
        packet,
        state,
        receipt,
    })
}
