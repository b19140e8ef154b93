//! The way between a station and the centre: it loses, cuts, repeats, mixes up, stalls and answers in the centre's name.

use crate::centre::Centre;
use crate::{FaultError, Random};
use domain::{PacketId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use sync::{Failure, Request, Response};

/// What a portal or a proxy answers instead of the centre.
const FOREIGN_STATUS: [u16; 8] = [400, 403, 404, 409, 410, 413, 423, 460];
/// How long a stalled request holds before it is given up.
const STALL: Duration = Duration::from_mins(1);

/// How bad the way is: every how many requests something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// One request in so many meets a fault; 0: none does.
    pub fault_one_in: u64,
    /// One request in so many finds the centre crashing; 0: none does.
    pub centre_crash_one_in: u64,
    /// Bytes a second: a slow link gets small pieces, and more of them.
    pub rate: u64,
}

impl Weather {
    /// Nothing goes wrong.
    pub const FAIR: Self = Self {
        fault_one_in: 0,
        centre_crash_one_in: 0,
        rate: 1_000_000,
    };
}

/// The way, with what is still under way on it.
#[derive(Debug)]
pub struct Link {
    /// How bad it is.
    pub weather: Weather,
    /// The packet for which the centre answers 500, whatever is asked.
    pub sick: Option<PacketId>,
    /// No request arrives.
    pub down: bool,
    /// Whoever asks how far an upload has come is told what was true when it was last told: as if an engine trusted its own notes
    /// after a broken link. A control.
    pub offsets_are_stale: bool,
    /// By upload: the offset that the station was told last.
    told: BTreeMap<String, u64>,
    /// Uploads of which the centre has said since the link broke last how far they have come.
    sure: BTreeSet<String>,
    /// Pieces that were sent to others.
    unsure_pieces: u64,
    /// A request that the network held back; it arrives after a later one.
    late: Option<Request>,
}

impl Default for Link {
    fn default() -> Self {
        Self {
            weather: Weather::FAIR,
            sick: None,
            down: false,
            offsets_are_stale: false,
            told: BTreeMap::new(),
            sure: BTreeSet::new(),
            unsure_pieces: 0,
            late: None,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Trouble {
    RequestLost,
    AnswerLost,
    Cut,
    Twice,
    Late,
    Stall,
    Portal,
    Unreadable,
    Refused,
    Busy,
    Fault,
}

const TROUBLES: [Trouble; 11] = [
    Trouble::RequestLost,
    Trouble::AnswerLost,
    Trouble::Cut,
    Trouble::Twice,
    Trouble::Late,
    Trouble::Stall,
    Trouble::Portal,
    Trouble::Unreadable,
    Trouble::Refused,
    Trouble::Busy,
    Trouble::Fault,
];

/// What came back, and how long it took.
pub type Carried = (Result<Response, Failure>, Duration);

impl Link {
    /// Carries a request there and its answer back.
    ///
    /// # Errors
    /// As [`Centre::answer`].
    pub fn carry(
        &mut self,
        request: Request,
        centre: &mut Centre<'_>,
        at: Timestamp,
        random: &mut Random,
    ) -> Result<Carried, FaultError> {
        let bytes = piece_bytes(&request);
        let took =
            Duration::from_millis(20 + random.below(200) + bytes * 1_000 / self.weather.rate);
        if self.down {
            return Ok((Err(Failure::NoAnswer), took));
        }
        let upload = upload_of(&request);
        if let Request::Patch { path, .. } = &request {
            self.unsure_pieces += u64::from(!self.sure.contains(path));
        }
        if let (true, Request::Offset { path }) = (self.offsets_are_stale, &request) {
            let told = self.told.get(path).copied().unwrap_or(0);
            return Ok((Ok(Response::Offset(told)), took));
        }
        let (answer, took) = self.try_to_carry(request, took, centre, at, random)?;
        self.learn(upload, &answer);
        Ok((answer, took))
    }

    /// Pieces that were sent at an offset which the centre had not confirmed since the link broke.
    pub fn unsure_pieces(&self) -> u64 {
        self.unsure_pieces
    }

    fn learn(&mut self, upload: Option<String>, answer: &Result<Response, Failure>) {
        match (upload, answer) {
            (_, Err(_)) => self.sure.clear(),
            (_, Ok(Response::Created { path })) => {
                self.sure.insert(path.clone());
            }
            (Some(path), Ok(Response::Offset(offset))) => {
                self.sure.insert(path.clone());
                self.told.insert(path, *offset);
            }
            _ => {}
        }
    }

    fn try_to_carry(
        &mut self,
        request: Request,
        took: Duration,
        centre: &mut Centre<'_>,
        at: Timestamp,
        random: &mut Random,
    ) -> Result<Carried, FaultError> {
        if self.weather.centre_crash_one_in > 0 && random.one_in(self.weather.centre_crash_one_in) {
            let half = cut(request);
            let _ = centre.answer(half, at, random)?;
            centre.crash(random);
            return Ok((Err(Failure::NoAnswer), took));
        }
        if self.sick.is_some() && self.sick == subject(&request, centre)? {
            return Ok((Err(Failure::Fault), took));
        }
        if self.weather.fault_one_in == 0 || !random.one_in(self.weather.fault_one_in) {
            return Ok((self.deliver(request, centre, at, random)?, took));
        }
        let trouble = random.pick(&TROUBLES, Trouble::RequestLost);
        let answer = self.troubled(trouble, request, centre, at, random)?;
        let stalled = matches!(trouble, Trouble::Stall);
        Ok((answer, if stalled { STALL } else { took }))
    }

    /// What was held back arrives behind what was sent after it.
    fn deliver(
        &mut self,
        request: Request,
        centre: &mut Centre<'_>,
        at: Timestamp,
        random: &mut Random,
    ) -> Result<Result<Response, Failure>, FaultError> {
        let answer = centre.answer(request, at, random)?;
        if let Some(late) = self.late.take() {
            let _ = centre.answer(late, at, random)?;
        }
        Ok(answer)
    }

    fn troubled(
        &mut self,
        trouble: Trouble,
        request: Request,
        centre: &mut Centre<'_>,
        at: Timestamp,
        random: &mut Random,
    ) -> Result<Result<Response, Failure>, FaultError> {
        let lost = Err(Failure::NoAnswer);
        Ok(match trouble {
            Trouble::RequestLost | Trouble::Stall => lost,
            Trouble::AnswerLost => {
                let _ = self.deliver(request, centre, at, random)?;
                lost
            }
            Trouble::Cut => {
                let _ = self.deliver(cut(request), centre, at, random)?;
                lost
            }
            Trouble::Twice => {
                let first = centre.answer(request.clone(), at, random)?;
                let second = centre.answer(request, at, random)?;
                if random.one_in(2) { first } else { second }
            }
            Trouble::Late => {
                self.late = Some(request);
                lost
            }
            Trouble::Portal => Err(Failure::Foreign),
            Trouble::Unreadable => Err(Failure::Unreadable),
            Trouble::Refused => Ok(Response::Refused {
                status: random.pick(&FOREIGN_STATUS, 403),
                key: String::new(),
            }),
            Trouble::Fault => Err(Failure::Fault),
            Trouble::Busy => Err(Failure::Busy {
                after: random.one_in(2).then_some(Duration::from_secs(3)),
            }),
        })
    }
}

fn piece_bytes(request: &Request) -> u64 {
    match request {
        Request::Patch { chunk, .. } => chunk.len() as u64,
        _ => 0,
    }
}

fn upload_of(request: &Request) -> Option<String> {
    match request {
        Request::Patch { path, .. } | Request::Offset { path } => Some(path.clone()),
        _ => None,
    }
}

/// Half of a piece arrives.
fn cut(request: Request) -> Request {
    match request {
        Request::Patch {
            path,
            offset,
            mut chunk,
        } => {
            chunk.truncate(chunk.len() / 2);
            Request::Patch {
                path,
                offset,
                chunk,
            }
        }
        other => other,
    }
}

/// The packet that a request is about.
fn subject(request: &Request, centre: &Centre<'_>) -> Result<Option<PacketId>, FaultError> {
    Ok(match request {
        Request::State(packet) => Some(*packet),
        Request::Create { manifest, .. } => Some(manifest.peek()?.packet),
        Request::Offset { path } | Request::Patch { path, .. } => centre.packet_at(path),
        Request::Void(void) => Some(void.peek()?.packet),
        Request::Lease { .. }
        | Request::Outcomes { .. }
        | Request::Status(_)
        | Request::Certificate { .. }
        | Request::Review(_) => None,
    })
}
