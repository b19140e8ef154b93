//! A number belongs to one person: the face of whoever comes under it is compared with its current reference, and the domain's rules are
//! checked again here.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use domain::{ApplicationKind, Cnic};
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

/// Takes effect; says how many pairs wait for a person once it was searched.
async fn doubts(centre: &TestCentre, station: &Station, packet: &Packet) -> i64 {
    let (state, reason) = centre.settle(station, packet).await;
    assert_eq!((state, reason), (PacketState::Accepted, None));
    centre.until(|c| c.figures().jobs_open == 0).await;
    centre.figures().adjudications
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_under_somebody_elses_number_waits_for_a_person() {
    let centre = support::centre();
    let station = centre.station().await;
    let first = under(1, None, ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(doubts(&centre, &station, &first).await, 0);
    let again = under(2, Some(&first), ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(doubts(&centre, &station, &again).await, 0, "the same face");
    let other = under(3, Some(&again), ApplicationKind::Renewal).with_face("biden.jpg");
    let other = other.make(&station.signers);
    assert_eq!(doubts(&centre, &station, &other).await, 1);
    // Whom somebody doubts is no reference: the number's own person is not doubted, the other is again.
    let own = under(4, Some(&other), ApplicationKind::Renewal).make(&station.signers);
    assert_eq!(doubts(&centre, &station, &own).await, 1);
    let other = under(5, Some(&own), ApplicationKind::Renewal).with_face("biden.jpg");
    let other = other.make(&station.signers);
    assert_eq!(doubts(&centre, &station, &other).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_first_card_on_one_number_waits_for_a_person() {
    let centre = support::centre();
    let station = centre.station().await;
    let first = under(1, None, ApplicationKind::New).make(&station.signers);
    assert_eq!(doubts(&centre, &station, &first).await, 0);
    let second = under(2, Some(&first), ApplicationKind::New).make(&station.signers);
    assert_eq!(doubts(&centre, &station, &second).await, 1);
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
    doubts(&centre, &station, &packet).await;
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
