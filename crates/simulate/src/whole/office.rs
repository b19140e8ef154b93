//! One office: its people, its counter, the centre's administrator, and IT with a recovery identity.

use super::ledger::Ledger;
use crate::centre::Admin;
use crate::centre_process::{centre_command, sibling};
use crate::counter::Counter;
use crate::day::{SITTERS, captured};
use crate::people::{Applicant, People};
use crate::proxy::Proxy;
use crate::residue::Markers;
use crate::studio::Studio;
use anyhow::Context;
use desk::{
    Command, EnrolmentAct, OutboxAct, PhotoPhase, ReviewAct, SecretString, SessionAct, Step,
};
use domain::{CaptureReason, PacketId, StaffId};
use faults::{Random, Word};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the centre's next lease may take.
const LEASE: Duration = Duration::from_mins(1);
/// How often the station is told to ask again meanwhile.
const AGAIN: Duration = Duration::from_secs(3);
/// How long everything may take to leave.
const DRAIN: Duration = Duration::from_mins(3);
/// The office's recovery identity in the centre's folder; here it is not carried away.
const RECOVERY: &str = "keys/office-recovery.identity";

/// What somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Officer,
    Supervisor,
}

/// Somebody of the office, by their place in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Who(usize);

/// Those with whom every office begins.
pub(super) const OFFICER: Who = Who(0);
pub(super) const SUPERVISOR: Who = Who(1);

pub(super) struct Member {
    pub(super) id: StaffId,
    pub(super) role: Role,
    pub(super) passphrase: String,
    /// Works here and knows the passphrase.
    pub(super) here: bool,
    name: (&'static str, &'static str),
}

impl Member {
    /// As the centre's program takes it.
    fn line(&self) -> String {
        let role = match self.role {
            Role::Officer => "officer",
            Role::Supervisor => "supervisor",
        };
        let (latin, urdu) = self.name;
        format!("{}:{role}:{latin}:{urdu}", self.id)
    }

    /// As the centre's program reads it.
    fn secret(&self) -> String {
        format!("{}:{}\n", self.id, self.passphrase)
    }
}

const NAMES: [(&str, &str); 4] = [
    ("Sana Tariq", "ثنا طارق"),
    ("Javed Qamar", "جاوید قمر"),
    ("Hina Aslam", "حنا اسلم"),
    ("Omar Latif", "عمر لطیف"),
];

/// Where the centre is, and what is shared by all runs.
pub(super) struct Surroundings<'a> {
    pub(super) admin: Admin,
    /// Where it listens.
    pub(super) centre: SocketAddr,
    pub(super) assets: &'a Path,
    /// An empty folder of this run's.
    pub(super) folder: PathBuf,
    /// No other run at this centre has it.
    pub(super) number: u64,
}

pub(super) struct Office<'a> {
    pub(super) counter: Counter,
    /// The way to the centre, with its cable.
    pub(super) link: Arc<Proxy>,
    pub(super) staff: Vec<Member>,
    pub(super) ledger: Ledger,
    pub(super) markers: Markers,
    pub(super) random: Random,
    pub(super) station: String,
    pub(super) place: Surroundings<'a>,
    /// Some applications are rejected.
    pub(super) strict: bool,
    id: String,
    people: People,
    studio: Studio,
}

impl<'a> Office<'a> {
    /// An officer, a supervisor, and a station that is activated; its store on the disk that SQLite knows by the name `vfs`.
    pub(super) fn open(
        place: Surroundings<'a>,
        mut random: Random,
        vfs: Option<String>,
    ) -> anyhow::Result<Self> {
        let studio = Studio::open(&place.assets.join("pictures"), &SITTERS)?;
        let counter = Counter::open_on(vfs, &place.folder.join("station"), place.assets)?;
        let link = Arc::new(Proxy::start(place.centre)?);
        let number = place.number;
        let mut office = Self {
            counter,
            link,
            staff: Vec::new(),
            ledger: Ledger::default(),
            markers: Markers::people(),
            people: People::new(random.number()),
            random,
            strict: true,
            station: format!("O{number}-1"),
            id: format!("O{number}"),
            place,
            studio,
        };
        office.member(Role::Officer);
        office.member(Role::Supervisor);
        office.activate()?;
        Ok(office)
    }

    fn member(&mut self, role: Role) -> Who {
        let place = self.staff.len();
        let number = self.place.number;
        self.staff.push(Member {
            id: StaffId::parse(&format!("{number}-{place}"))
                .unwrap_or_else(|_| unreachable!("two numbers with a hyphen are a staff number")),
            role,
            passphrase: format!("lantern {place} over multan {number}"),
            here: true,
            name: NAMES.get(place).copied().unwrap_or(NAMES[0]),
        });
        Who(place)
    }

    /// With the office's first two people; again with new keys, its history going on.
    pub(super) fn activate(&self) -> anyhow::Result<()> {
        let lines: Vec<String> = self.staff.iter().take(2).map(Member::line).collect();
        let mut arguments = vec!["--office", &self.id, "--station", &self.station];
        for line in &lines {
            arguments.extend(["--staff", line.as_str()]);
        }
        let secrets: String = self.staff.iter().take(2).map(Member::secret).collect();
        let admin = &self.place.admin;
        let code = admin.command_with(&["station", "add"], &arguments, &secrets)?;
        let url = format!("https://127.0.0.1:{}", self.link.address().port());
        self.counter.activate(url, code.trim())
    }

    fn of(&self, who: Who) -> anyhow::Result<&Member> {
        self.staff.get(who.0).context("nobody of that place")
    }

    /// Somebody new, with the next lease.
    pub(super) fn hire(&mut self, role: Role) -> anyhow::Result<Who> {
        let who = self.member(role);
        let (line, secret) = (self.of(who)?.line(), self.of(who)?.secret());
        let arguments = ["--office", &self.id, "--staff", &line];
        let admin = &self.place.admin;
        admin.command_with(&["staff", "add"], &arguments, &secret)?;
        self.take_lease()?;
        Ok(who)
    }

    /// Somebody leaves and does not come back.
    pub(super) fn dismiss(&mut self, who: Who) -> anyhow::Result<()> {
        let id = self.of(who)?.id.to_string();
        self.place
            .admin
            .command(&["staff", "revoke"], &["--staff", &id])?;
        self.take_lease()?;
        if let Some(member) = self.staff.get_mut(who.0) {
            member.here = false;
        }
        Ok(())
    }

    /// The passphrase is forgotten: a new key file under the same number.
    pub(super) fn new_keys(&mut self, who: Who) -> anyhow::Result<()> {
        if let Some(member) = self.staff.get_mut(who.0) {
            member.passphrase.push_str(" rewritten");
        }
        let (line, secret) = (self.of(who)?.line(), self.of(who)?.secret());
        let admin = &self.place.admin;
        admin.command_with(&["staff", "new-keys"], &["--staff", &line], &secret)?;
        self.take_lease()
    }

    /// The station asks until the lease is another one.
    pub(super) fn take_lease(&self) -> anyhow::Result<()> {
        let expires = |s: &desk::State| s.station.as_ref().map(|station| station.lease_expires);
        let before = expires(&*self.counter.state()?);
        let until = Instant::now() + LEASE;
        while Instant::now() < until {
            self.counter.send(Command::Outbox(OutboxAct::TryNow))?;
            if self.counter.is(AGAIN, |s| expires(s) != before)? {
                return Ok(());
            }
        }
        anyhow::bail!("the next lease did not come")
    }

    pub(super) fn sign_in(&self, who: Who) -> anyhow::Result<()> {
        let member = self.of(who)?;
        self.counter.sign_in_as(&member.id, &member.passphrase)
    }

    /// An application as far as its draft; what was typed is sealed, and the officer was told so.
    pub(super) fn begin(&mut self, photographed: bool) -> anyhow::Result<PacketId> {
        let pick = self.random.below(SITTERS.len() as u64) as usize;
        let applicant = self
            .people
            .applicant(SITTERS.get(pick).copied().unwrap_or(SITTERS[0]));
        let counter = &self.counter;
        counter.send(Command::Enrolment(EnrolmentAct::New))?;
        let state = counter.done()?;
        let work = state.work();
        let packet = work
            .with_context(|| format!("no application was begun: {:?}", state.notice))?
            .packet;
        self.ledger.begin(packet);
        counter.send(Command::Enrolment(EnrolmentAct::SetKind(applicant.kind)))?;
        for (field, text) in &applicant.form {
            counter.send(Command::Enrolment(EnrolmentAct::SetField(
                *field,
                text.as_str().into(),
            )))?;
            if !matches!(field, desk::Field::Gender | desk::Field::Born) {
                self.markers.text(text);
            }
        }
        counter.send(Command::Enrolment(EnrolmentAct::SetConsent(true)))?;
        counter.send(Command::Enrolment(EnrolmentAct::Goto(Step::Consent)))?;
        let state = counter.done()?;
        let saved = state.work().is_some_and(|w| w.saved_at.is_some());
        anyhow::ensure!(saved, "not saved: {:?}", state.notice);
        self.ledger.said(packet, Word::Saved);
        if photographed {
            self.photograph(&applicant)?;
        }
        Ok(packet)
    }

    fn photograph(&mut self, applicant: &Applicant) -> anyhow::Result<()> {
        let frame = self
            .studio
            .frame(&applicant.sitter, applicant.variant)
            .context("a frame")?;
        let counter = &self.counter;
        counter.sit_down(Some(frame));
        counter.wait("a live camera", |s| s.camera.live())?;
        counter.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)))?;
        counter.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
            CaptureReason::Condition,
        ))))?;
        let state = counter.wait("the photograph", captured)?;
        if let Some(PhotoPhase::Captured(shot)) = state.work().map(|w| &w.photo.phase) {
            anyhow::ensure!(!shot.checks.is_empty(), "nobody was seen in the picture");
            self.markers.pixels(&shot.portrait.rgb);
        }
        counter.send(Command::Enrolment(EnrolmentAct::KeepPhoto))?;
        let state = counter.done()?;
        let work = state.work();
        let kept = work.is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Kept(_)));
        anyhow::ensure!(kept, "not kept: {:?}", state.notice);
        counter.sit_down(None);
        Ok(())
    }

    /// Opens one's own draft.
    pub(super) fn open_draft(&self, packet: PacketId) -> anyhow::Result<()> {
        self.counter
            .send(Command::Enrolment(EnrolmentAct::Open(packet)))?;
        self.counter.wait("the open draft", |s| {
            s.work().is_some_and(|w| w.packet == packet)
        })?;
        Ok(())
    }

    /// A wrong passphrase, once; the desk then asks for a pause, which is let pass.
    pub(super) fn guess_wrong(&self, who: Who) -> anyhow::Result<()> {
        self.counter.send(Command::Session(SessionAct::SignIn {
            staff: self.of(who)?.id.clone(),
            passphrase: SecretString::from("something that it never was"),
        }))?;
        self.counter
            .wait("the refusal", |s| s.sign_in.error.is_some())?;
        self.counter.clock.pass_minutes(60);
        Ok(())
    }

    pub(super) fn put_away(&self) -> anyhow::Result<()> {
        self.counter.send(Command::Enrolment(EnrolmentAct::Close))?;
        let state = self.counter.done()?;
        anyhow::ensure!(state.work().is_none(), "not put away: {:?}", state.notice);
        Ok(())
    }

    /// Signs the open application and hands it over; the applicant goes home with a slip.
    pub(super) fn submit(&mut self, packet: PacketId) -> anyhow::Result<()> {
        let counter = &self.counter;
        counter.send(Command::Enrolment(EnrolmentAct::Goto(Step::Check)))?;
        counter.wait("nothing missing", |s| {
            s.work().is_some_and(|w| w.gaps.is_empty())
        })?;
        counter.send(Command::Enrolment(EnrolmentAct::Submit))?;
        let state = counter.done()?;
        anyhow::ensure!(
            state.work().is_none() && says(&state, "notice-submitted"),
            "not submitted: {:?}",
            state.notice
        );
        let slip = state.slip == Some(packet);
        self.ledger.said(packet, Word::Submitted);
        if slip {
            self.ledger.said(packet, Word::Slip);
        }
        Ok(())
    }

    /// An application from sitting down to the slip.
    pub(super) fn enrol(&mut self) -> anyhow::Result<PacketId> {
        let packet = self.begin(true)?;
        self.submit(packet)?;
        Ok(packet)
    }

    /// Gives the open draft to a colleague.
    pub(super) fn hand_over(&self, to: Who) -> anyhow::Result<()> {
        let id = self.of(to)?.id.clone();
        self.counter
            .send(Command::Enrolment(EnrolmentAct::HandOver(id)))?;
        let state = self.counter.done()?;
        anyhow::ensure!(
            says(&state, "notice-handed-over"),
            "not handed over: {:?}",
            state.notice
        );
        Ok(())
    }

    /// Completes and submits every draft that this officer can open; gives how many could not be opened.
    pub(super) fn finish_drafts(&mut self, who: Who) -> anyhow::Result<u64> {
        self.sign_in(who)?;
        let mut closed = 0;
        let drafts = self.counter.done()?.drafts.clone();
        for packet in drafts.iter().map(|draft| draft.packet) {
            self.counter
                .send(Command::Enrolment(EnrolmentAct::Open(packet)))?;
            let state = self.counter.done()?;
            let Some(work) = state.work() else {
                closed += 1;
                continue;
            };
            if !work.complete(Step::Photograph) {
                let applicant = self.people.applicant(SITTERS[0]);
                self.photograph(&applicant)?;
            }
            self.submit(packet)?;
        }
        self.counter.sign_out()?;
        Ok(closed)
    }

    /// Decides every review that this supervisor can open, most with approval; gives how many could not be opened.
    pub(super) fn review(&mut self, who: Who) -> anyhow::Result<u64> {
        self.sign_in(who)?;
        let mut closed = 0;
        let reviews = self.counter.done()?.reviews.clone();
        for packet in reviews.iter().map(|row| row.packet) {
            self.counter
                .send(Command::Review(ReviewAct::Open(packet)))?;
            let state = self.counter.done()?;
            if state.review().is_none() {
                closed += 1;
                continue;
            }
            if self.strict && self.random.one_in(12) {
                self.counter.send(Command::Review(ReviewAct::Reject(
                    "reject-documents".to_owned(),
                )))?;
                self.told("notice-rejected")?;
                self.ledger.ended(packet);
            } else {
                self.counter.send(Command::Review(ReviewAct::Approve))?;
                self.told("notice-approved")?;
                self.ledger.said(packet, Word::Approved);
            }
        }
        self.counter.sign_out()?;
        Ok(closed)
    }

    /// Sends the first review back to its officer.
    pub(super) fn send_back(&mut self, who: Who) -> anyhow::Result<()> {
        self.sign_in(who)?;
        let first = self.counter.done()?.reviews.first().map(|row| row.packet);
        if let Some(packet) = first {
            self.counter
                .send(Command::Review(ReviewAct::Open(packet)))?;
            self.counter.send(Command::Review(ReviewAct::Return(
                "return-details".to_owned(),
            )))?;
            self.told("notice-returned")?;
            self.ledger.returned(packet);
        }
        self.counter.sign_out()
    }

    /// Signs in and stays until what others may read too has been sealed to them.
    pub(super) fn stay_a_while(&self, who: Who) -> anyhow::Result<()> {
        self.sign_in(who)?;
        let state = self.counter.done()?;
        // Every round of the desk's thread seals two envelopes and counts its revision on.
        let rounds = state.revision + 3 + state.queue.in_review + state.queue.drafts;
        self.counter
            .wait("some rounds of the desk", |s| s.revision > rounds)?;
        self.counter.sign_out()
    }

    fn told(&self, key: &str) -> anyhow::Result<()> {
        let state = self.counter.done()?;
        anyhow::ensure!(says(&state, key), "{key}: {:?}", state.notice);
        Ok(())
    }

    /// IT takes drafts of somebody who cannot open them, or the review copies, to the office's recovery identity and back to a colleague.
    pub(super) fn recover(&mut self, wanted: impl Fn(&str) -> bool, to: Who) -> anyhow::Result<()> {
        let to = self.of(to)?.id.to_string();
        self.counter.close_desk();
        let taken = self.salvage("salvaged")?;
        let chosen = self.place.folder.join("chosen");
        std::fs::create_dir_all(&chosen)?;
        for entry in std::fs::read_dir(&taken)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if wanted(&name) {
                std::fs::rename(entry.path(), chosen.join(name))?;
            }
        }
        let identity = self.place.admin.data().join(RECOVERY);
        let text = |path: &Path| path.to_string_lossy().into_owned();
        centre_command(
            &[
                "recover",
                "--identity",
                &text(&identity),
                &text(&chosen),
                "--to",
                &to,
                "--data",
                &text(self.place.admin.data()),
            ],
            "",
        )?;
        let resealed = text(&chosen.join("resealed"));
        let station = text(self.counter.station_data());
        store_command(&["take-back", "--data", &station, &resealed, "--to", &to])?;
        self.counter.open_desk()
    }

    /// Every envelope of the closed store, in a new folder.
    pub(super) fn salvage(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.place.folder.join(name);
        let station = self.counter.station_data().to_string_lossy().into_owned();
        store_command(&["salvage", "--data", &station, &folder.to_string_lossy()])?;
        Ok(folder)
    }

    /// Everything that waits has arrived at the centre, and all but `kept` has left the station: these wait for a person at the centre.
    pub(super) fn drain(&self, kept: u64) -> anyhow::Result<()> {
        let until = Instant::now() + DRAIN;
        loop {
            self.counter.send(Command::Outbox(OutboxAct::TryNow))?;
            if self.counter.is(AGAIN, |s| s.queue.outbox <= kept)?
                && (kept == 0
                    || self.arrived()?.iter().filter(|a| a.waits()).count() as u64 >= kept)
            {
                return Ok(());
            }
            let waiting = self.counter.state()?.queue.outbox;
            anyhow::ensure!(
                Instant::now() < until,
                "{waiting} still wait for the centre"
            );
        }
    }

    /// What the centre holds of this station.
    pub(super) fn arrived(&self) -> anyhow::Result<Vec<Arrived>> {
        let lines = self
            .place
            .admin
            .command(&["packets"], &["--station", &self.station])?;
        lines
            .lines()
            .map(|line| {
                let mut parts = line.split('\t');
                let mut next = || parts.next().context("the centre's list of packets");
                Ok(Arrived {
                    packet: PacketId::parse(next()?)?,
                    state: next()?.to_owned(),
                    reason: next()?.to_owned(),
                    records: next()?.parse()?,
                })
            })
            .collect()
    }
}

/// A packet at the centre.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) packet: PacketId,
    pub(super) state: String,
    pub(super) reason: String,
    pub(super) records: u64,
}

impl Arrived {
    /// It was signed by somebody who left, and nothing at a station proves when: the centre keeps it for a person to look at.
    pub(super) fn of_somebody_who_left(&self) -> bool {
        self.state == "quarantined" && self.reason == "arrived-after-revocation"
    }

    /// It waits for a person there.
    pub(super) fn waits(&self) -> bool {
        self.state == "retained"
    }
}

fn says(state: &desk::State, key: &str) -> bool {
    state
        .notice
        .as_ref()
        .is_some_and(|notice| notice.key == key)
}

/// `shanakht store …`, as IT types it.
fn store_command(arguments: &[&str]) -> anyhow::Result<()> {
    let output = std::process::Command::new(sibling("shanakht")?)
        .arg("store")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("shanakht store does not start")?;
    anyhow::ensure!(
        output.status.success(),
        "shanakht store {arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
