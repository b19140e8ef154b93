//! Whatever needs a person is a case: opened with its cause, closed by two operators' signed words, and by nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::cases::{self, Standing};
use domain::{CaseKind, ItemKind, OperatorRole, Ruling, Verdict};
use envelope::{Receipt, Signed};
use support::operators::{
    both, introduced, only, open, root_in, ruling, say, two, unfounded, word,
};
use support::packet::{Packet, Plan};
use support::{Station, TestCentre};
use wire::PacketState;

fn told(kind: &str, reason: Option<&str>) -> (String, Option<String>) {
    (kind.to_owned(), reason.map(str::to_owned))
}

async fn verdict(centre: &TestCentre, station: &Station, packet: &Packet) -> Verdict {
    let reply = centre.reply(station, packet).await;
    let signed: Signed<Receipt> = reply.receipt.unwrap().read().unwrap();
    signed.verify(&station.centre_key()).unwrap().verdict
}

fn revoke(centre: &TestCentre) {
    centre.act(async |store| central::dev::revoke_station(&store, &support::station_id()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantined_packet_is_a_case_that_only_success_or_people_close() {
    let centre = support::centre();
    let station = centre.station().await;
    let mut plan = Plan::new(1, None);
    plan.application = Box::new(|a| a.photo.quality.readings[0].scalar = Some(5));
    let poor = plan.make(&station.signers);
    centre.settle(&station, &poor).await;
    let case = only(&centre, CaseKind::Quarantine);
    let asked = centre.act(async move |store| cases::judge_again(&store, case, "it").await);
    assert!(asked);
    centre.until(|c| c.figures().waiting == 0).await;
    assert_eq!(
        only(&centre, CaseKind::Quarantine),
        case,
        "it still does not hold"
    );
    // The rule was wrong: the quality that policy asks for is mended, and the packet holds.
    centre
        .sql("update packet set reason = 'unheard-of'; update case_file set reason = 'unheard-of'; update outcome set reason = 'digest'")
        .await;
    let asked = centre.act(async move |store| cases::judge_again(&store, case, "it").await);
    assert!(asked);
    centre.until(|c| c.figures().waiting == 0).await;
    let shown = centre.act(async move |store| cases::show(&store, case).await);
    assert_eq!(
        shown.case.reason, "quality",
        "the newest reason is the case's"
    );
    // Two people refuse it: it is never judged again.
    let heard = centre.told(&station, &poor).await;
    assert_eq!(
        heard,
        [told("quarantined", Some("quality"))],
        "the newest reason is told"
    );
    both(&centre, &two(&centre), case, Ruling::Refuse);
    let again = centre.act(async move |store| {
        central::judge_again(&store, &central::Which::Packet(poor.id)).await
    });
    assert_eq!(again, 0);
    assert_eq!(unfounded(&centre), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packet_that_holds_when_it_is_judged_again_closes_its_case() {
    let centre = support::centre();
    let station = centre.station().await;
    let packet = Plan::new(1, None).make(&station.signers);
    centre
        .sql("create table lost as select * from lease; delete from lease")
        .await;
    centre.settle(&station, &packet).await;
    // As an earlier release had put it aside.
    centre
        .sql(
            "update packet set state = 'quarantined', reason = 'document';
             insert into case_file (kind, packet, reason, risk, opened_at) select 'quarantine', id, 'document', 50, 0 from packet;
             insert into lease select * from lost",
        )
        .await;
    let case = only(&centre, CaseKind::Quarantine);
    centre.act(async move |store| cases::judge_again(&store, case, "it").await);
    centre.until(|c| c.figures().accepted == 1).await;
    let shown = centre.act(async move |store| cases::show(&store, case).await);
    assert_eq!(shown.case.state, "re-judged");
    assert_eq!(open(&centre, CaseKind::Quarantine), []);
    assert_eq!(unfounded(&centre), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_after_a_revocation_takes_effect_once_two_adjudicators_say_so() {
    let centre = support::centre();
    let station = centre.station().await;
    let carrier = centre.station_named("MUL-04").await;
    let operators = two(&centre);
    let root = root_in(&centre.folder.path().join("keys"));
    let it = introduced(&centre, &root, "imran", OperatorRole::It);
    let packet = Plan::new(1, None).make(&station.signers);
    revoke(&centre);
    centre.settle(&carrier, &packet).await;
    let case = only(&centre, CaseKind::Late);
    let accept = ruling(&centre, case, Ruling::Accept);
    assert!(
        say(&centre, &word(&centre, &it, &accept)).is_err(),
        "IT decides no record"
    );
    let first = word(&centre, &operators[0], &accept);
    for _ in 0..2 {
        assert_eq!(say(&centre, &first).unwrap(), Standing::Waits);
    }
    // The same person once more is still one person.
    let again = word(&centre, &operators[0], &accept);
    assert_eq!(say(&centre, &again).unwrap(), Standing::Waits);
    // Somebody who says something else does not agree.
    let mut other = accept.clone();
    other.ground = domain::RulingGround::Papers;
    let differs = word(&centre, &operators[1], &other);
    assert_eq!(say(&centre, &differs).unwrap(), Standing::Waits);
    assert_eq!(centre.figures().effects, 0);
    let second = word(&centre, &operators[1], &accept);
    assert_eq!(say(&centre, &second).unwrap(), Standing::Decided);
    centre.until(|c| c.figures().jobs_open == 0).await;
    assert_eq!(centre.figures().effects, 1);
    assert_eq!(verdict(&centre, &carrier, &packet).await, Verdict::Durable);
    assert_eq!(
        say(&centre, &second).unwrap(),
        Standing::Decided,
        "the same word again"
    );
    centre.until(|c| c.figures().jobs_open == 0).await;
    assert_eq!(centre.figures().effects, 1);
    let heard = centre.told(&carrier, &packet).await;
    let expected = [
        told("quarantined", Some("arrived-after-revocation")),
        told("registered", None),
    ];
    assert_eq!(heard, expected);
    assert_eq!(unfounded(&centre), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_adjudicators_decide_what_no_supervisor_reviewed() {
    let centre = support::centre();
    let station = centre.station().await;
    let operators = two(&centre);
    let mut previous = None;
    for (counter, what, expected) in [
        (1, Ruling::Accept, Verdict::Durable),
        (2, Ruling::Refuse, Verdict::Quarantined),
    ] {
        let mut plan = Plan::new(counter, previous);
        plan.kind = ItemKind::Unreviewed;
        let packet = plan.make(&station.signers);
        previous = Some(packet.digest());
        centre.settle(&station, &packet).await;
        assert_eq!(verdict(&centre, &station, &packet).await, Verdict::Retain);
        let case = only(&centre, CaseKind::Unreviewed);
        both(&centre, &operators, case, what);
        centre.until(|c| c.figures().jobs_open == 0).await;
        assert_eq!(
            verdict(&centre, &station, &packet).await,
            expected,
            "{what:?}"
        );
        let heard = centre.told(&station, &packet).await;
        let says = match what {
            Ruling::Accept => told("registered", None),
            _ => told("refused", Some("compared")),
        };
        assert_eq!(heard, [says]);
    }
    assert_eq!(centre.figures().effects, 1);
    assert_eq!(unfounded(&centre), []);
}

/// Two packets of one face under no number: the second is a suspect.
async fn suspects(centre: &TestCentre, station: &Station) -> Packet {
    let first = Plan::new(1, None).make(&station.signers);
    centre.settle(station, &first).await;
    centre.until(|c| c.figures().jobs_open == 0).await;
    let second = Plan::new(2, Some(first.digest())).make(&station.signers);
    let (state, _) = centre.settle(station, &second).await;
    assert_eq!(state, PacketState::Accepted);
    centre.until(|c| c.figures().jobs_open == 0).await;
    second
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspects_ruling_takes_effect_once_and_reaches_the_office() {
    for (what, standing, says) in [
        (
            Ruling::SamePerson,
            "joined",
            told("joined", Some("compared")),
        ),
        (Ruling::Different, "registered", told("registered", None)),
        (Ruling::Fraud, "held", told("held", Some("compared"))),
    ] {
        let centre = support::centre();
        let station = centre.station().await;
        let operators = two(&centre);
        let packet = suspects(&centre, &station).await;
        let stands = format!(
            "select count(*) from record where packet = '{}' and standing = ",
            packet.id
        );
        assert_eq!(centre.count(&format!("{stands} 'waiting'")).await, 1);
        let case = only(&centre, CaseKind::Duplicate);
        both(&centre, &operators, case, what);
        assert_eq!(
            centre.count(&format!("{stands} '{standing}'")).await,
            1,
            "{what:?}"
        );
        let heard = centre.told(&station, &packet).await;
        assert_eq!(heard, [told("duplicate_suspected", None), says]);
        // The first release has words for two of these.
        let heard = centre.told_as(1, &station, &packet).await;
        let counts = what == Ruling::Different;
        let also = counts.then(|| told("registered", None));
        let suspected = told("duplicate_suspected", None);
        assert_eq!(
            heard,
            [suspected].into_iter().chain(also).collect::<Vec<_>>()
        );
        let persons = if what == Ruling::Different { 2 } else { 1 };
        assert_eq!(
            centre.count("select count(*) from person").await,
            persons,
            "{what:?}"
        );
        // A case is decided once.
        let late = ruling(&centre, case, Ruling::Different);
        assert!(say(&centre, &word(&centre, &operators[0], &late)).is_err());
        assert_eq!(unfounded(&centre), []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_speak_at_once_decide_once() {
    let centre = support::centre();
    let station = centre.station().await;
    let operators = two(&centre);
    suspects(&centre, &station).await;
    let case = only(&centre, CaseKind::Duplicate);
    let agreed = ruling(&centre, case, Ruling::Different);
    let [one, other] = operators.each_ref().map(|who| word(&centre, who, &agreed));
    let mut stand = centre.act(async move |store| {
        let (one, other) = tokio::join!(cases::decide(&store, &one), cases::decide(&store, &other));
        Ok([one?, other?])
    });
    stand.sort_by_key(|standing| *standing == Standing::Decided);
    assert_eq!(stand, [Standing::Waits, Standing::Decided]);
    assert_eq!(centre.count("select count(*) from person").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_late_and_was_reviewed_by_nobody_is_two_decisions() {
    let centre = support::centre();
    let station = centre.station().await;
    let carrier = centre.station_named("MUL-04").await;
    let operators = two(&centre);
    let mut plan = Plan::new(1, None);
    plan.kind = ItemKind::Unreviewed;
    let packet = plan.make(&station.signers);
    revoke(&centre);
    centre.settle(&carrier, &packet).await;
    both(
        &centre,
        &operators,
        only(&centre, CaseKind::Late),
        Ruling::Accept,
    );
    centre.until(|c| c.figures().waiting == 0).await;
    assert_eq!(centre.figures().effects, 0);
    both(
        &centre,
        &operators,
        only(&centre, CaseKind::Unreviewed),
        Ruling::Accept,
    );
    centre.until(|c| c.figures().jobs_open == 0).await;
    assert_eq!(centre.figures().effects, 1);
    assert_eq!(unfounded(&centre), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adverse_ruling_names_its_notice_and_a_word_counts_for_what_was_shown_only() {
    let centre = support::centre();
    let station = centre.station().await;
    let operators = two(&centre);
    suspects(&centre, &station).await;
    let case = only(&centre, CaseKind::Duplicate);
    let mut without = ruling(&centre, case, Ruling::Fraud);
    without.notice = None;
    assert!(say(&centre, &word(&centre, &operators[0], &without)).is_err());
    let mut elsewhere = ruling(&centre, case, Ruling::SamePerson);
    elsewhere.subject = envelope::Digest::of(b"another pair");
    assert!(say(&centre, &word(&centre, &operators[0], &elsewhere)).is_err());
    let seen = ruling(&centre, case, Ruling::Seen);
    assert!(say(&centre, &word(&centre, &operators[0], &seen)).is_err());
    // Its place among what they sign is taken by nothing else.
    let good = ruling(&centre, case, Ruling::SamePerson);
    let now = support::packet::now();
    let who = (&operators[0].name, &operators[0].key);
    let skipped = cases::sign(good, who, 5, now).unwrap();
    assert!(say(&centre, &skipped).is_err());
    assert_eq!(only(&centre, CaseKind::Duplicate), case);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_for_people_is_a_case_that_one_of_it_may_close() {
    let centre = support::centre();
    let station = centre.station().await;
    let root = root_in(&centre.folder.path().join("keys"));
    let it = introduced(&centre, &root, "imran", OperatorRole::It);
    let packet = Plan::new(1, None).make(&station.signers);
    centre.settle(&station, &packet).await;
    let mut other = Plan::new(2, Some(packet.digest()));
    other.id = packet.id;
    let other = other.make(&station.signers);
    assert_eq!(centre.create(&station, &other).await.status(), 409);
    let case = only(&centre, CaseKind::Alarm);
    let seen = ruling(&centre, case, Ruling::Seen);
    assert_eq!(
        say(&centre, &word(&centre, &it, &seen)).unwrap(),
        Standing::Decided
    );
    assert_eq!(
        centre.act(async |store| central::open_alarms(&store).await),
        []
    );
    assert_eq!(unfounded(&centre), []);
}
