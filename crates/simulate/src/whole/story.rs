//! What happens to the people of an office, and what those who are left do about it.

use super::office::{OFFICER, Office, Role, SUPERVISOR, Who};
use domain::PacketId;

/// Days without a supervisor after which policy sends an application to the centre unreviewed.
pub(super) const UNREVIEWED_DAYS: u32 = 7;
const DAY_MINUTES: i64 = 24 * 60;

/// One of the ways in which people come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Story {
    OfficerLeaves,
    SupervisorLeaves,
    PassphraseForgotten,
    ComesLate,
    WeekWithoutSupervisor,
    HandsOver,
    ActivatedAgain,
}

impl Story {
    const ALL: [Self; 7] = [
        Self::OfficerLeaves,
        Self::SupervisorLeaves,
        Self::PassphraseForgotten,
        Self::ComesLate,
        Self::WeekWithoutSupervisor,
        Self::HandsOver,
        Self::ActivatedAgain,
    ];

    /// Every run has the next one, so that a few runs have them all.
    pub(super) fn of_run(number: u64) -> Self {
        let place = number.checked_rem(Self::ALL.len() as u64).unwrap_or(0);
        let story = Self::ALL.get(place as usize);
        story.copied().unwrap_or(Self::ActivatedAgain)
    }

    pub(super) fn tell(self, office: &mut Office<'_>) -> anyhow::Result<()> {
        match self {
            Self::OfficerLeaves => officer_leaves(office),
            Self::SupervisorLeaves => supervisor_leaves(office),
            Self::PassphraseForgotten => passphrase_forgotten(office),
            Self::ComesLate => comes_late(office),
            Self::WeekWithoutSupervisor => week_without_supervisor(office),
            Self::HandsOver => hands_over(office),
            Self::ActivatedAgain => activated_again(office),
        }
    }
}

/// Is dismissed in the middle of an application, or with drafts put away; the office's recovery identity gives them to a colleague.
fn officer_leaves(office: &mut Office<'_>) -> anyhow::Result<()> {
    let (gone, supervisor) = (OFFICER, SUPERVISOR);
    let colleague = office.hire(Role::Officer)?;
    office.sign_in(gone)?;
    let submitted = office.random.one_in(2);
    if submitted {
        office.enrol()?;
    }
    let photographed = office.random.one_in(2);
    let draft = office.begin(photographed)?;
    if office.random.one_in(2) {
        office.put_away()?;
        office.counter.sign_out()?;
    }
    // Where it is still open, the next lease signs its officer out and seals it.
    office.dismiss(gone)?;
    office.recover(only(draft, "draft"), colleague)?;
    finish(office, &[colleague], &[supervisor])
}

/// The only supervisor is dismissed while reviews wait. A second one came before that and is sealed to, or comes after it and needs the
/// recovery identity.
fn supervisor_leaves(office: &mut Office<'_>) -> anyhow::Result<()> {
    let (officer, gone) = (OFFICER, SUPERVISOR);
    office.sign_in(officer)?;
    let mut waiting = vec![office.enrol()?];
    if office.random.one_in(2) {
        waiting.push(office.enrol()?);
    }
    office.counter.sign_out()?;
    let next = if office.random.one_in(2) {
        let next = office.hire(Role::Supervisor)?;
        office.stay_a_while(gone)?;
        office.dismiss(gone)?;
        next
    } else {
        office.dismiss(gone)?;
        let next = office.hire(Role::Supervisor)?;
        let unopened = office.review(next)?;
        anyhow::ensure!(
            unopened == waiting.len() as u64,
            "a review opened for a supervisor to whom it was not sealed"
        );
        office.recover(|name| name.ends_with(".review.age"), next)?;
        next
    };
    finish(office, &[officer], &[next])
}

/// The officer or the supervisor has forgotten the passphrase, after some wrong tries: new keys under the same number, and what was sealed
/// to the old ones comes back by the recovery identity.
fn passphrase_forgotten(office: &mut Office<'_>) -> anyhow::Result<()> {
    let (officer, supervisor) = (OFFICER, SUPERVISOR);
    office.sign_in(officer)?;
    office.enrol()?;
    let draft = office.begin(false)?;
    office.put_away()?;
    office.counter.sign_out()?;
    let who = if office.random.one_in(2) {
        officer
    } else {
        supervisor
    };
    if office.random.one_in(2) {
        office.guess_wrong(who)?;
    }
    office.new_keys(who)?;
    if who == officer {
        office.recover(only(draft, "draft"), officer)?;
    } else {
        office.recover(|name| name.ends_with(".review.age"), supervisor)?;
    }
    finish(office, &[officer], &[supervisor])
}

/// A supervisor, or a second officer, comes after statements were made under an older lease. The first supervisor signs in once, and the
/// new one decides everything.
fn comes_late(office: &mut Office<'_>) -> anyhow::Result<()> {
    let (officer, first) = (OFFICER, SUPERVISOR);
    office.sign_in(officer)?;
    office.enrol()?;
    let draft = office.begin(true)?;
    office.put_away()?;
    office.counter.sign_out()?;
    let late = office.hire(Role::Supervisor)?;
    office.stay_a_while(first)?;
    if office.random.one_in(2) {
        let other = office.hire(Role::Officer)?;
        office.sign_in(officer)?;
        office.open_draft(draft)?;
        office.hand_over(other)?;
        office.counter.sign_out()?;
        return finish(office, &[other, officer], &[late]);
    }
    finish(office, &[officer], &[late])
}

/// Nobody decides for more than a week: what waits goes to the centre without a decision, and waits there for a person.
fn week_without_supervisor(office: &mut Office<'_>) -> anyhow::Result<()> {
    let officer = OFFICER;
    office.sign_in(officer)?;
    office.enrol()?;
    let draft = office.random.one_in(2);
    if draft {
        office.begin(false)?;
        office.put_away()?;
    }
    office.counter.sign_out()?;
    let waiting = office.counter.state()?.queue.in_review;
    let days = i64::from(UNREVIEWED_DAYS) + 1 + office.random.below(4) as i64;
    office.counter.clock.pass_minutes(days * DAY_MINUTES);
    office
        .counter
        .wait("what goes to the centre unreviewed", |s| {
            s.queue.in_review == 0
        })?;
    office.drain(waiting)?;
    // The draft was begun in time: it may always be submitted, and somebody comes back who decides it.
    if draft {
        let unopened = office.finish_drafts(officer)?;
        anyhow::ensure!(unopened == 0, "a draft does not open for its officer");
        let supervisor = SUPERVISOR;
        office.review(supervisor)?;
    }
    office.drain(waiting)
}

/// The end of a shift: a draft changes hands, a review comes back to be corrected.
fn hands_over(office: &mut Office<'_>) -> anyhow::Result<()> {
    let (officer, supervisor) = (OFFICER, SUPERVISOR);
    let colleague = office.hire(Role::Officer)?;
    office.sign_in(officer)?;
    office.enrol()?;
    let photographed = office.random.one_in(2);
    office.begin(photographed)?;
    office.hand_over(colleague)?;
    office.counter.sign_out()?;
    if office.random.one_in(2) {
        office.send_back(supervisor)?;
    }
    if office.random.one_in(2) {
        office.finish_drafts(officer)?;
        office.dismiss(officer)?;
        return finish(office, &[colleague], &[supervisor]);
    }
    finish(office, &[officer, colleague], &[supervisor])
}

/// New keys for the station while something waits at every stage.
fn activated_again(office: &mut Office<'_>) -> anyhow::Result<()> {
    let (officer, supervisor) = (OFFICER, SUPERVISOR);
    office.sign_in(officer)?;
    office.enrol()?;
    office.counter.sign_out()?;
    office.review(supervisor)?;
    office.sign_in(officer)?;
    office.enrol()?;
    office.begin(false)?;
    office.put_away()?;
    office.counter.sign_out()?;
    office.activate()?;
    if office.random.one_in(2) {
        office.activate()?;
    }
    finish(office, &[officer], &[supervisor])
}

/// Those who are left finish everything, and it leaves.
pub(super) fn finish(
    office: &mut Office<'_>,
    officers: &[Who],
    supervisors: &[Who],
) -> anyhow::Result<()> {
    for who in officers {
        let unopened = office.finish_drafts(*who)?;
        anyhow::ensure!(
            unopened == 0,
            "{unopened} drafts do not open for their officer"
        );
    }
    for who in supervisors {
        let unopened = office.review(*who)?;
        anyhow::ensure!(
            unopened == 0,
            "{unopened} reviews do not open for a supervisor"
        );
    }
    office.drain(0)
}

fn only(packet: PacketId, role: &str) -> impl Fn(&str) -> bool {
    let wanted = format!("{packet}.{role}.age");
    move |name| name == wanted
}
