//! A number belongs to one person: the face of whoever comes under it is compared with its current reference, and the domain's rules are
//! checked again here.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use domain::{ApplicationKind, CaseKind, Cnic, NumberRules, Policy, Ruling, RulingGround};
use support::operators::{both, open, ruling, say, two, unfounded, word};
use support::packet::{Packet, Plan};
use support::{Station, TestCentre};
use wire::PacketState;

const NUMBER: &str = "35202-1234567-8";

fn under(counter: u64, before: Option<&Packet>, kind: ApplicationKind) -> Plan {
    let mut plan = Plan::new(counter, before.map(Packet::digest));
    plan.application = Box::new(move |application| {
        application.kind = kind;
        application.details.cnic = Some(Cnic::parse(NUMBER).unwrap());
    });
    plan
}

/// Takes effect; says how many cases are open once it was searched.
async fn cases(centre: &TestCentre, station: &Station, packet: &Packet) -> i64 {
    let (state, reason) = centre.settle(station, packet).await;
    assert_eq!((state, reason), (PacketState::Accepted, None));
    centre.until(|c| c.figures().jobs_open == 0).await;
    centre.figures().cases
}

/// The packet whose face is the number's current reference.
async fn is_current(centre: &TestCentre, packet: &Packet) -> bool {
    let query = format!(
        "select count(*) from person p join biometric b on b.id = p.current join record r on r.id = b.record
         where p.cnic = '{NUMBER}' and r.packet = '{}'",
        packet.id
    );
    centre.count(&query).await == 1
}

/// The reason of the one open doubt.
fn doubt(centre: &TestCentre) -> (i64, String) {
    let found = open(centre, CaseKind::Doubt);
    assert_eq!(found.len(), 1, "{found:?}");
    (found[0].case, found[0].reason.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_under_somebody_elses_number_waits_and_changes_no_reference() {
    let centre = support::centre();
    let station = centre.station().await;
    let operators = two(&centre);
    let first = under(1, None, ApplicationKind::New).make(&station.signers);
    assert_eq!(cases(&centre, &station, &first).await, 0);
    let again = under(2, Some(&first), ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(cases(&centre, &station, &again).await, 0, "the same face");
    assert!(is_current(&centre, &again).await);
    let other = under(3, Some(&again), ApplicationKind::Renewal).with_face("biden.jpg");
    let other = other.make(&station.signers);
    assert_eq!(cases(&centre, &station, &other).await, 1);
    let (case, reason) = doubt(&centre);
    assert_eq!(reason, "face-differs");
    // Whom somebody doubts is no reference: the number's own person is not doubted, the other is again.
    let own = under(4, Some(&other), ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(cases(&centre, &station, &own).await, 1);
    both(&centre, &operators, case, Ruling::Different);
    let other_again = under(5, Some(&own), ApplicationKind::Renewal).with_face("biden.jpg");
    let other_again = other_again.make(&station.signers);
    assert_eq!(cases(&centre, &station, &other_again).await, 1);
    assert!(is_current(&centre, &own).await);
    let heard = centre.told(&station, &other).await;
    assert_eq!(
        heard[0],
        ("waiting".to_owned(), Some("face-differs".to_owned()))
    );
    assert_eq!(
        heard[1],
        ("refused".to_owned(), Some("compared".to_owned()))
    );
    let heard = centre.told_as(1, &station, &other).await;
    assert_eq!(heard[0], ("duplicate_suspected".to_owned(), None));
    let apart = ("quarantined".to_owned(), Some("unprocessable".to_owned()));
    assert_eq!(heard[1], apart);
    // People say that it is they after all, as after an accident: theirs is the reference from now on.
    let (case, _) = doubt(&centre);
    both(&centre, &operators, case, Ruling::SamePerson);
    assert!(is_current(&centre, &other_again).await);
    assert_eq!(unfounded(&centre), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_of_a_number_that_nobody_has_waits_for_people() {
    let centre = support::centre();
    let station = centre.station().await;
    let operators = two(&centre);
    let renewal = under(1, None, ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(cases(&centre, &station, &renewal).await, 1);
    assert_eq!(centre.count("select count(*) from person").await, 0);
    let (case, reason) = doubt(&centre);
    assert_eq!(reason, "number-unknown");
    // Nobody takes the number in the meantime.
    let taker = under(2, Some(&renewal), ApplicationKind::New).with_face("biden.jpg");
    let taker = taker.make(&station.signers);
    assert_eq!(cases(&centre, &station, &taker).await, 2);
    assert_eq!(centre.count("select count(*) from person").await, 0);
    both(&centre, &operators, case, Ruling::Accept);
    assert!(is_current(&centre, &renewal).await);
    let (case, reason) = doubt(&centre);
    assert_eq!(reason, "number-claimed");
    both(&centre, &operators, case, Ruling::Different);
    let next = under(3, Some(&taker), ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(cases(&centre, &station, &next).await, 0);
    assert_eq!(unfounded(&centre), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_first_card_on_one_number_waits_for_a_person() {
    let centre = support::centre();
    let station = centre.station().await;
    let first = under(1, None, ApplicationKind::New).make(&station.signers);
    assert_eq!(cases(&centre, &station, &first).await, 0);
    let second = under(2, Some(&first), ApplicationKind::New).make(&station.signers);
    assert_eq!(cases(&centre, &station, &second).await, 1);
    let (case, reason) = doubt(&centre);
    assert_eq!(reason, "second-first-card");
    both(&centre, &two(&centre), case, Ruling::SamePerson);
    let heard = centre.told(&station, &second).await;
    assert_eq!(heard[1].0, "joined");
    assert!(is_current(&centre, &first).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_childs_old_reference_contradicts_nobody() {
    let centre = support::centre();
    let station = centre.station().await;
    let first = under(1, None, ApplicationKind::New).make(&station.signers);
    cases(&centre, &station, &first).await;
    // As if it had been taken at 12, four years ago.
    let young = "update biometric set taken_at = taken_at - 4 * 365 * 86400000::bigint;
                 update record set born = current_date - 16 * 365";
    centre.sql(young).await;
    let grown = under(2, Some(&first), ApplicationKind::Renewal).with_face("biden.jpg");
    let grown = grown.make(&station.signers);
    assert_eq!(cases(&centre, &station, &grown).await, 0);
    assert!(is_current(&centre, &grown).await);
    let how = format!(
        "select count(*) from person_reference f join biometric b on b.id = f.biometric join record r on r.id = b.record
         where r.packet = '{}' and f.how = 'first'",
        grown.id
    );
    assert_eq!(
        centre.count(&how).await,
        1,
        "it is marked as one that nothing confirms"
    );
    // A year after it was taken it would have.
    centre.sql("update biometric set taken_at = taken_at - 365 * 86400000::bigint; update record set born = current_date - 16 * 365").await;
    let other = under(3, Some(&grown), ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(cases(&centre, &station, &other).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bandaged_face_is_a_provisional_reference() {
    let centre = support::centre();
    let station = centre.station().await;
    let mut plan = Plan::new(1, None);
    plan.application =
        Box::new(|application| application.exceptions = vec![domain::Exception::Injury]);
    let packet = plan.make(&station.signers);
    cases(&centre, &station, &packet).await;
    let recalled =
        "select count(*) from biometric where grade = 'provisional' and recall_at > taken_at";
    assert_eq!(centre.count(recalled).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn twins_are_told_apart_once_and_never_decided_by_a_score_again() {
    let centre = support::centre();
    let station = centre.station().await;
    let operators = two(&centre);
    let first = under(1, None, ApplicationKind::New).make(&station.signers);
    cases(&centre, &station, &first).await;
    let mut twin = Plan::new(2, Some(first.digest()));
    twin.application = Box::new(|application| {
        application.details.cnic = Some(Cnic::parse("35202-7654321-8").unwrap());
    });
    let twin = twin.make(&station.signers);
    assert_eq!(cases(&centre, &station, &twin).await, 1);
    let case = support::operators::only(&centre, CaseKind::Duplicate);
    let mut apart = ruling(&centre, case, Ruling::Different);
    apart.ground = RulingGround::Twins;
    for operator in &operators {
        say(&centre, &word(&centre, operator, &apart)).unwrap();
    }
    let renewal = under(3, Some(&twin), ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(cases(&centre, &station, &renewal).await, 1);
    let (case, reason) = doubt(&centre);
    assert_eq!(reason, "reference-not-automatic");
    both(&centre, &operators, case, Ruling::SamePerson);
    assert!(is_current(&centre, &renewal).await);
    let renewal = under(4, Some(&renewal), ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(
        cases(&centre, &station, &renewal).await,
        1,
        "the new picture is no better"
    );
    assert_eq!(unfounded(&centre), []);
}

/// A template whose likeness to another is `score`.
fn like(template: &[u8], score: f32) -> Vec<u8> {
    let template = face::Template::from_bytes(template).unwrap();
    let own = template.vector();
    let length = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
    let mut across: Vec<f32> = (0..own.len())
        .map(|n| if n % 2 == 0 { 1.0 } else { -0.5 })
        .collect();
    let along: f32 = across.iter().zip(own).map(|(a, b)| a * b).sum::<f32>() / length(own).powi(2);
    across
        .iter_mut()
        .zip(own)
        .for_each(|(a, b)| *a -= along * b);
    let (of_own, of_across) = (
        score / length(own),
        (1.0 - score * score).sqrt() / length(&across),
    );
    let mixed = own
        .iter()
        .zip(&across)
        .map(|(o, a)| o * of_own + a * of_across)
        .collect();
    face::Template::from_raw(template.model().clone(), mixed)
        .unwrap()
        .to_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_working_budget_decides_which_doubts_people_look_into() {
    let centre = support::centre();
    let station = centre.station().await;
    let first = under(1, None, ApplicationKind::New).make(&station.signers);
    cases(&centre, &station, &first).await;
    let doubtful = like(&support::packet::face_of("obama.jpg").1, 0.45);
    let weaker = format!(
        "update biometric set template = '\\x{}'",
        hex::encode(&doubtful)
    );
    centre.sql(&weaker).await;
    let looked_into = under(2, Some(&first), ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(cases(&centre, &station, &looked_into).await, 1);
    let (case, reason) = doubt(&centre);
    assert_eq!(reason, "face-undecided");
    both(&centre, &two(&centre), case, Ruling::Different);
    // Nobody has the time any more: what is not plainly another's face counts, and does not become the reference.
    let policy = Policy {
        version: 2,
        numbers: Some(NumberRules {
            adjudicators: 0,
            ..NumberRules::default()
        }),
        ..Policy::development()
    };
    centre.act(async move |store| central::enact_policy(&store, &policy).await);
    let counted = under(3, Some(&looked_into), ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(cases(&centre, &station, &counted).await, 0);
    assert!(is_current(&centre, &first).await);
    assert_eq!(
        centre
            .count("select count(*) from person_reference where how = 'unconfirmed'")
            .await,
        1
    );
    // Another's face is one, whoever has time.
    let other = under(4, Some(&counted), ApplicationKind::Renewal).with_face("biden.jpg");
    let other = other.make(&station.signers);
    assert_eq!(cases(&centre, &station, &other).await, 1);
    assert_eq!(doubt(&centre).1, "face-differs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_persons_face_is_found_no_more() {
    let centre = support::centre();
    let station = centre.station().await;
    let operators = two(&centre);
    let first = under(1, None, ApplicationKind::New).make(&station.signers);
    cases(&centre, &station, &first).await;
    let record = centre.count("select id from record").await;
    let case =
        centre.act(async move |store| central::cases::ask_removal(&store, record, "it").await);
    assert_eq!(
        centre
            .count("select count(*) from biometric where portrait is not null")
            .await,
        1
    );
    both(&centre, &operators, case, Ruling::Remove);
    let kept = "select count(*) from biometric where portrait is not null or length(template) > 0";
    assert_eq!(centre.count(kept).await, 0);
    let newcomer = Plan::new(2, Some(first.digest())).make(&station.signers);
    assert_eq!(
        cases(&centre, &station, &newcomer).await,
        0,
        "nobody to be alike"
    );
    let under_it = under(3, Some(&newcomer), ApplicationKind::Renewal).with_face("biden.jpg");
    let under_it = under_it.make(&station.signers);
    assert_eq!(cases(&centre, &station, &under_it).await, 1);
    assert_eq!(doubt(&centre).1, "number-removed");
    assert_eq!(unfounded(&centre), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_domains_rules_hold_at_the_centre_too() {
    let centre = support::centre();
    let station = centre.station().await;
    let mut renewal = Plan::new(1, None);
    renewal.application = Box::new(|application| application.kind = ApplicationKind::Renewal);
    let renewal = renewal.make(&station.signers);
    let mut child = Plan::new(2, Some(renewal.digest()));
    child.application = Box::new(|application| application.kind = ApplicationKind::Child);
    for packet in [renewal, child.make(&station.signers)] {
        let (state, reason) = centre.settle(&station, &packet).await;
        assert_eq!(
            (state, reason.as_deref()),
            (PacketState::Quarantined, Some("application"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_whose_clock_is_forty_years_back_registers_people_who_were_not_born_then() {
    let centre = support::centre();
    let station = centre.station().await;
    let back = |at: domain::Timestamp| at.plus_days(-40 * 365);
    let mut plan = Plan::new(1, None);
    plan.application =
        Box::new(move |application| application.photo.at = back(application.photo.at));
    plan.manifest = Box::new(move |manifest| manifest.at = back(manifest.at));
    let packet = plan.make(&station.signers);
    let (state, reason) = centre.settle(&station, &packet).await;
    assert_eq!((state, reason), (PacketState::Accepted, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn birth_dates_have_one_form() {
    let centre = support::centre();
    let station = centre.station().await;
    let faces = central::population::Faces::default();
    centre.act(async move |store| central::population::load(&store, 3, 1, &faces).await);
    let packet = Plan::new(1, None).make(&station.signers);
    cases(&centre, &station, &packet).await;
    centre
        .sql(
            "do $$ begin
                if (select count(*) from record where born between date '1900-01-01' and date '2020-01-01') <> 4
                   or not exists (select from record where born = date '1970-01-02' or born = date '1970-02-01') then
                    raise exception 'birth dates';
                end if;
             end $$",
        )
        .await;
}
