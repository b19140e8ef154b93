//! The centre, as the engine sees it, with what it does wrong.

use super::Dice;
use domain::{Outcome, OutcomeKind, PacketId, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;
use sync::{Failure, Request, Response};
use wire::{PacketReply, PacketState, SignedText};

/// What goes wrong with one packet, each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdeed {
    /// 500 for every request about it.
    Fault,
    /// 500 for its bytes only.
    FaultAtPieces,
    /// An answer that cannot be read.
    Unreadable,
    /// Its offset does not advance.
    Stuck,
    /// Its offset goes back.
    Back,
    /// One byte of each piece is taken.
    Crumbs,
    /// It claims to have what was never sent.
    Ahead,
    /// The connection breaks over its bytes.
    Breaks,
    /// 503 with Retry-After.
    Busy,
    /// 403.
    Refuses,
    /// 409 for its pieces.
    Conflict,
    /// It has all bytes, and says at the end that the upload is gone.
    Gone,
    /// It has all bytes, and says that it is still receiving.
    Receiving,
    /// It never gives a receipt.
    NoReceipt,
    /// The receipt says that it retains it.
    Retains,
    /// 422 at the last byte.
    DigestMismatch,
    /// The receipt is of another packet.
    OtherReceipt,
}

pub const MISDEEDS: [Misdeed; 17] = [
    Misdeed::Fault,
    Misdeed::FaultAtPieces,
    Misdeed::Unreadable,
    Misdeed::Stuck,
    Misdeed::Back,
    Misdeed::Crumbs,
    Misdeed::Ahead,
    Misdeed::Breaks,
    Misdeed::Busy,
    Misdeed::Refuses,
    Misdeed::Conflict,
    Misdeed::Gone,
    Misdeed::Receiving,
    Misdeed::NoReceipt,
    Misdeed::Retains,
    Misdeed::DigestMismatch,
    Misdeed::OtherReceipt,
];

/// One of the questions beside the uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    Lease,
    Outcomes,
    Status,
    Certificate,
}

pub struct Upload {
    pub packet: PacketId,
    pub has: u64,
    pub length: u64,
}

pub struct Centre {
    pub version: u16,
    pub uploads: BTreeMap<String, Upload>,
    /// How often each packet took effect.
    pub effects: BTreeMap<PacketId, u32>,
    pub misdeeds: BTreeMap<PacketId, Misdeed>,
    /// What these questions are answered with.
    pub failing: BTreeMap<Asked, Result<Response, Failure>>,
    pub asked: Vec<(Asked, Duration)>,
    /// Nothing is judged before this.
    pub judges_from: Duration,
    /// A control: a packet that comes twice takes effect twice.
    pub forgetful: bool,
    /// Uploads that were begun.
    pub made: u64,
}

impl Default for Centre {
    fn default() -> Self {
        Self {
            version: 2,
            uploads: BTreeMap::new(),
            effects: BTreeMap::new(),
            misdeeds: BTreeMap::new(),
            failing: BTreeMap::new(),
            asked: Vec::new(),
            judges_from: Duration::ZERO,
            forgetful: false,
            made: 0,
        }
    }
}

fn refused(status: u16) -> Response {
    Response::Refused {
        status,
        key: "made-up".to_owned(),
    }
}

fn packet_of(bytes: &[u8]) -> PacketId {
    PacketId::parse(std::str::from_utf8(bytes).unwrap()).unwrap()
}

impl Centre {
    /// The bytes of an unfinished upload.
    pub fn has(&self, path: &str) -> u64 {
        let unfinished = self.uploads.get(path).filter(|u| u.has < u.length);
        unfinished.map_or(0, |upload| upload.has)
    }

    /// Unfinished uploads are gone, or the end of their bytes is; gives how many bytes were lost.
    pub fn crash(&mut self, dice: &mut Dice) -> u64 {
        let mut lost = 0;
        if dice.one_in(2) {
            // What was whole is kept elsewhere, and need not come again.
            let unfinished = self.uploads.values().filter(|u| u.has < u.length);
            lost = unfinished.map(|upload| upload.has).sum();
            self.uploads.clear();
        }
        for upload in self.uploads.values_mut() {
            if upload.has < upload.length {
                let kept = dice.next() % (upload.has + 1);
                lost += upload.has - kept;
                upload.has = kept;
            }
        }
        lost
    }

    pub fn answer(&mut self, now: Duration, request: Request) -> Result<Response, Failure> {
        match request {
            Request::Lease { .. } => self.beside(now, Asked::Lease),
            Request::Outcomes { .. } => self.beside(now, Asked::Outcomes),
            Request::Status(_) => self.beside(now, Asked::Status),
            Request::Certificate { .. } => self.beside(now, Asked::Certificate),
            Request::Review(ask) => panic!("{ask:?}: the station is the office's only one"),
            Request::Void(void) => {
                let packet = packet_of(void.as_bytes());
                self.misdeed(packet, false)?;
                self.takes_effect(packet);
                Ok(Response::Receipt(SignedText::from_text(
                    &packet.to_string(),
                )))
            }
            Request::State(packet) => self.state(now, packet),
            Request::Create {
                length, manifest, ..
            } => {
                let packet = packet_of(manifest.as_bytes());
                self.misdeed(packet, false)?;
                if self.misdeeds.get(&packet) == Some(&Misdeed::Refuses) {
                    return Ok(refused(403));
                }
                self.made += 1;
                let path = format!("/v1/uploads/{}", self.made);
                let upload = Upload {
                    packet,
                    has: 0,
                    length,
                };
                self.uploads.insert(path.clone(), upload);
                Ok(Response::Created { path })
            }
            Request::Offset { path } => match self.uploads.get(&path) {
                Some(upload) => {
                    let has = upload.has;
                    self.misdeed(upload.packet, false)?;
                    Ok(Response::Offset(has))
                }
                None => Ok(refused(404)),
            },
            Request::Patch {
                path,
                offset,
                chunk,
            } => self.piece(&path, offset, chunk.len() as u64),
        }
    }

    fn beside(&mut self, now: Duration, asked: Asked) -> Result<Response, Failure> {
        self.asked.push((asked, now));
        if let Some(failing) = self.failing.get(&asked) {
            return failing.clone();
        }
        Ok(match asked {
            Asked::Lease => Response::Lease {
                reply: None,
                tag: None,
            },
            Asked::Outcomes => Response::Outcomes {
                outcomes: Vec::new(),
                cursor: None,
            },
            Asked::Status => Response::StatusTaken,
            Asked::Certificate => Response::Certificate("pem".to_owned()),
        })
    }

    /// What fails whatever is asked about a packet.
    fn misdeed(&self, packet: PacketId, piece: bool) -> Result<(), Failure> {
        match self.misdeeds.get(&packet) {
            Some(Misdeed::Fault) => Err(Failure::Fault),
            Some(Misdeed::Unreadable) => Err(Failure::Unreadable),
            Some(Misdeed::Busy) => Err(Failure::Busy {
                after: Some(Duration::from_secs(10)),
            }),
            Some(Misdeed::FaultAtPieces) if piece => Err(Failure::Fault),
            Some(Misdeed::Breaks) if piece => Err(Failure::NoAnswer),
            _ => Ok(()),
        }
    }

    fn piece(&mut self, path: &str, offset: u64, bytes: u64) -> Result<Response, Failure> {
        let Some(upload) = self.uploads.get(path) else {
            return Ok(refused(404));
        };
        let packet = upload.packet;
        self.misdeed(packet, true)?;
        let misdeed = self.misdeeds.get(&packet).copied();
        let upload = self.uploads.get_mut(path).unwrap();
        if upload.has != offset {
            return Ok(refused(409));
        }
        let last = offset + bytes >= upload.length;
        let taken = match misdeed {
            Some(Misdeed::Stuck) => return Ok(Response::Offset(offset)),
            Some(Misdeed::Back) if offset > 0 => return Ok(Response::Offset(offset / 2)),
            Some(Misdeed::Ahead) => return Ok(Response::Offset(upload.length)),
            Some(Misdeed::Conflict) => return Ok(refused(409)),
            Some(Misdeed::Crumbs) => 1,
            Some(Misdeed::Gone) if last => {
                self.uploads.remove(path);
                return Ok(refused(404));
            }
            Some(Misdeed::DigestMismatch) if last => {
                self.uploads.remove(path);
                return Ok(refused(422));
            }
            _ => bytes,
        };
        upload.has += taken;
        let (has, whole) = (upload.has, upload.has == upload.length);
        if whole && misdeed != Some(Misdeed::Receiving) {
            self.takes_effect(packet);
        }
        Ok(Response::Offset(has))
    }

    fn takes_effect(&mut self, packet: PacketId) {
        let times = self.effects.entry(packet).or_default();
        if *times == 0 || self.forgetful {
            *times += 1;
        }
    }

    fn state(&mut self, now: Duration, packet: PacketId) -> Result<Response, Failure> {
        self.misdeed(packet, false)?;
        let misdeed = self.misdeeds.get(&packet).copied();
        let whole = self.effects.contains_key(&packet);
        let receiving = self.uploads.values().any(|upload| upload.packet == packet);
        if !whole && !receiving {
            return Ok(refused(404));
        }
        let judged = whole && now >= self.judges_from && misdeed != Some(Misdeed::NoReceipt);
        let receipt = judged.then(|| match misdeed {
            Some(Misdeed::Retains) => format!("retain {packet}"),
            Some(Misdeed::OtherReceipt) => "another".to_owned(),
            _ => packet.to_string(),
        });
        let state = if judged {
            PacketState::Accepted
        } else if whole {
            // What a later centre says is no end either.
            PacketState::Other
        } else {
            PacketState::Receiving
        };
        Ok(Response::State(PacketReply {
            packet,
            state,
            receipt: receipt.map(|text| SignedText::from_text(&text)),
        }))
    }
}

pub fn outcome(cursor: i64) -> Outcome {
    Outcome {
        cursor,
        packet: super::packet(1),
        kind: OutcomeKind::Registered,
        reason: None,
        at: Timestamp::from_millis(1_795_000_000_000),
    }
}
