//! Whoever holds every key of a running centre and writes to its database forges no decision.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::cases::{self, Fault};
use central::{Clock, keys, operators};
use domain::{CaseKind, OperatorId, OperatorRole, Policy, Ruling};
use envelope::{
    CaseRuling, CaseWord, Document, OPERATOR_FORMAT, OperatorCode, OperatorIntroduction, Signed,
    SigningKey,
};
use std::path::Path;
use support::operators::{Operator, both, enrolled, open, ruling, say, unfounded, word};
use support::packet::{Packet, Plan, now};
use support::{Station, TestCentre, centre_as, new_database};
use wire::PacketState;

/// An authority's centre, whose root was carried away, and its first two operators.
fn authority() -> (TestCentre, [Operator; 2]) {
    let (folder, away) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let codes = keys::init(
        folder.path(),
        Clock::system().now(),
        Some(away.path()),
        None,
    )
    .unwrap();
    let centre = centre_as(folder, new_database(), |options| options.makes_keys = false);
    let policy = Policy {
        version: 2,
        ..Policy::development()
    };
    centre.act(async move |store| central::enact_policy(&store, &policy).await);
    let two = [0, 1].map(|at: usize| enrolled(&centre, &codes[at].0, &codes[at].1));
    (centre, two)
}

/// Two packets of one face: a suspect.
async fn suspect(
    centre: &TestCentre,
    station: &Station,
    counter: u64,
    before: Option<&Packet>,
) -> Packet {
    let packet = Plan::new(counter, before.map(Packet::digest)).make(&station.signers);
    let (state, reason) = centre.settle(station, &packet).await;
    assert_eq!((state, reason), (PacketState::Accepted, None));
    centre.until(|c| c.figures().jobs_open == 0).await;
    packet
}

/// A key that lies at the centre.
fn online(folder: &Path, file: &str) -> SigningKey {
    let seed = std::fs::read_to_string(folder.join("keys").join(file)).unwrap();
    SigningKey::from_seed(&hex::decode(seed.trim()).unwrap()).unwrap()
}

/// A row, as whoever writes to the database makes one.
async fn plant<T: Document>(
    centre: &TestCentre,
    kind: &str,
    (operator, counter): (&str, u64),
    case: Option<i64>,
    signed: &Signed<T>,
) {
    let case = case.map_or_else(|| "null".to_owned(), |case| case.to_string());
    let operator = if operator.is_empty() {
        "null".to_owned()
    } else {
        format!("'{operator}'")
    };
    let (digest, bytes) = (signed.digest(), hex::encode(signed.as_bytes()));
    centre
        .sql(&format!(
            "insert into operator_document (digest, kind, operator, counter, case_file, document, at)
             values ('\\x{digest}', '{kind}', {operator}, {counter}, {case}, '\\x{bytes}', 0) on conflict do nothing"
        ))
        .await;
}

async fn decided_by_a_row(centre: &TestCentre, case: i64) {
    let row = format!(
        "update case_file set state = 'decided', ruling = 'same-person', ground = 'compared', closed_at = 1 where id = {case}"
    );
    centre.sql(&row).await;
}

fn is_found(centre: &TestCentre, case: i64) {
    let faults = unfounded(centre);
    let of_it = |fault: &Fault| fault.case == Some(case);
    assert!(faults.iter().any(of_it), "{case} passed: {faults:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_online_key_and_the_database_forge_no_decision() {
    let (centre, two) = authority();
    let station = centre.station().await;
    let first = suspect(&centre, &station, 1, None).await;
    let second = suspect(&centre, &station, 2, Some(&first)).await;
    suspect(&centre, &station, 3, Some(&second)).await;
    let open = open(&centre, CaseKind::Duplicate);
    let (genuine, forged) = (open[0].case, open[1].case);
    assert_eq!(unfounded(&centre), []);

    // The row alone.
    decided_by_a_row(&centre, forged).await;
    is_found(&centre, forged);
    let reopen = format!("update case_file set state = 'open', ruling = null where id = {forged}");
    centre.sql(&reopen).await;
    assert_eq!(unfounded(&centre), []);

    // Operators of the thief's own, introduced with each key that lies at the centre.
    let folder = centre.folder.path().to_owned();
    let stolen = online(&folder, "centre.seed");
    let thieves = ["mallory", "oscar"].map(|name| made_up(name, &stolen));
    for (operator, introduction, enrolment) in &thieves {
        plant(&centre, "introduction", ("", 0), None, introduction).await;
        plant(
            &centre,
            "enrolment",
            (operator.name.as_str(), 0),
            None,
            enrolment,
        )
        .await;
    }
    let roster = centre.act(async |store| operators::roster(&store).await);
    assert_eq!(roster.members().count(), 2);
    let wish = ruling(&centre, forged, Ruling::SamePerson);
    for (operator, ..) in &thieves {
        let word = signed_word(operator, &wish, 1);
        assert!(say(&centre, &word).is_err(), "the centre took it");
        plant(
            &centre,
            "word",
            (operator.name.as_str(), 1),
            Some(forged),
            &word,
        )
        .await;
    }
    decided_by_a_row(&centre, forged).await;
    is_found(&centre, forged);
    centre.sql(&reopen).await;

    // The operators' names with the thief's keys.
    for operator in &two {
        let as_them = Operator {
            name: operator.name.clone(),
            key: SigningKey::generate().unwrap(),
        };
        let word = signed_word(&as_them, &wish, 1);
        assert!(say(&centre, &word).is_err());
        plant(&centre, "word", ("", 0), Some(forged), &word).await;
    }
    decided_by_a_row(&centre, forged).await;
    is_found(&centre, forged);
    centre.sql(&reopen).await;

    // What they really said, of another case; and one of them twice.
    both(&centre, &two, genuine, Ruling::SamePerson);
    assert_eq!(unfounded(&centre), []);
    let alone = word(&centre, &two[0], &wish);
    say(&centre, &alone).unwrap();
    let moved =
        format!("update operator_document set case_file = {forged} where case_file = {genuine}");
    centre.sql(&moved).await;
    decided_by_a_row(&centre, forged).await;
    is_found(&centre, forged);
    is_found(&centre, genuine);
    // One of them has really spoken of it: what the other said was of the other case.
    let back = format!(
        "update operator_document set case_file = {genuine} where case_file = {forged} and document <> '\\x{}'",
        hex::encode(alone.as_bytes())
    );
    centre.sql(&back).await;
    let own = format!(
        "update operator_document set case_file = {forged} where document = '\\x{}'",
        hex::encode(alone.as_bytes())
    );
    centre.sql(&own).await;
    is_found(&centre, forged);
    centre.sql(&reopen).await;
    assert_eq!(unfounded(&centre), []);

    // A genuine decision, put to another pair.
    centre
        .sql(&format!("alter table case_file add column was bigint; update case_file set was = other, other = record, record = other where id = {genuine}"))
        .await;
    is_found(&centre, genuine);
}

/// Somebody whom a key of the centre introduces.
fn made_up(
    name: &str,
    key: &SigningKey,
) -> (
    Operator,
    Signed<OperatorIntroduction>,
    Signed<envelope::OperatorEnrolment>,
) {
    let name = OperatorId::parse(name).unwrap();
    let code = OperatorCode::generate().unwrap();
    let introduction =
        operators::introduce_by_root(key, &name, OperatorRole::Adjudicator, &code, now()).unwrap();
    let own = SigningKey::generate().unwrap();
    let enrolment = envelope::OperatorEnrolment {
        format: OPERATOR_FORMAT,
        operator: name.clone(),
        key: own.public(),
        at: now(),
    };
    let enrolment = Signed::sign(&enrolment, &code.key().unwrap()).unwrap();
    (Operator { name, key: own }, introduction, enrolment)
}

fn signed_word(who: &Operator, ruling: &CaseRuling, counter: u64) -> Signed<CaseWord> {
    cases::sign(ruling.clone(), (&who.name, &who.key), counter, now()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_lets_no_late_packet_in() {
    let (centre, two) = authority();
    let station = centre.station().await;
    let carrier = centre.station_named("MUL-04").await;
    let packet = Plan::new(1, None).make(&station.signers);
    centre.act(async |store| central::dev::revoke_station(&store, &support::station_id()).await);
    centre.settle(&carrier, &packet).await;
    let case = open(&centre, CaseKind::Late)[0].case;
    // One of the two has said so, and a row says the rest.
    let accept = ruling(&centre, case, Ruling::Accept);
    say(&centre, &word(&centre, &two[0], &accept)).unwrap();
    centre
        .sql(&format!(
            "update case_file set state = 'decided', ruling = 'accept', closed_at = 1 where id = {case};
             update packet set admitted = {case}, state = 'received', claimed_until = null"
        ))
        .await;
    centre.until(|c| c.figures().waiting == 0).await;
    let figures = centre.figures();
    assert_eq!((figures.effects, figures.quarantined), (0, 1));
    is_found(&centre, case);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_alone_bring_about_is_found_where_no_case_says_so() {
    let (centre, _) = authority();
    let station = centre.station().await;
    let first = suspect(&centre, &station, 1, None).await;
    suspect(&centre, &station, 2, Some(&first)).await;
    assert_eq!(unfounded(&centre), []);
    for (done, undone) in [
        (
            "update record set standing = 'registered' where standing = 'waiting'",
            "update record set standing = 'waiting' where id = (select max(id) from record)",
        ),
        (
            "update record set standing = 'held' where id = (select min(id) from record)",
            "update record set standing = 'registered' where id = (select min(id) from record)",
        ),
        (
            "update person set removed_at = 1",
            "update person set removed_at = null",
        ),
        (
            "update packet set after_revocation = true",
            "update packet set after_revocation = false",
        ),
        (
            "update act set by = 'somebody' where number = (select max(number) from act)",
            "delete from act",
        ),
    ] {
        centre.sql(done).await;
        assert!(!unfounded(&centre).is_empty(), "{done}");
        centre.sql(undone).await;
        assert_eq!(unfounded(&centre), [], "{undone}");
    }
}
