//! The verbs of IT: what they answer, and that each is written down.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::policy;
use domain::Policy;
use serde_json::Value;
use std::process::{Command, Output};
use support::TestCentre;
use support::packet::Plan;
use wire::path;

fn run(centre: &TestCentre, words: &[&str]) -> Output {
    tokio::task::block_in_place(|| {
        Command::new(env!("CARGO_BIN_EXE_shanakht-centre"))
            .args(words)
            .arg("--data")
            .arg(centre.folder.path())
            .args(["--database", &centre.named()])
            .env("SUDO_USER", "bilal")
            .output()
            .unwrap()
    })
}

fn json(centre: &TestCentre, words: &[&str]) -> Value {
    let output = run(centre, &[words, &["--json"]].concat());
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_are_listed_and_cleared_by_their_number() {
    let centre = support::centre();
    let station = centre.station().await;
    let mut plan = Plan::new(1, None);
    plan.garbage = true;
    let packet = plan.make(&station.signers);
    centre.settle(&station, &packet).await;
    let open = json(&centre, &["alarm", "list"]);
    let alarm = &open.as_array().unwrap()[0];
    assert_eq!(alarm["packet"], packet.id.to_string());
    assert_eq!(
        (&alarm["station"], &alarm["kind"]),
        (&"MUL-03".into(), &"not-openable".into())
    );
    let number = alarm["id"].to_string();
    let cleared = json(&centre, &["alarm", "clear", "--id", &number]);
    assert_eq!(cleared["cleared"], 1);
    assert_eq!(
        json(&centre, &["alarm", "clear", "--id", &number])["cleared"],
        0
    );
    assert_eq!(json(&centre, &["alarm", "list"]), Value::Array(Vec::new()));
    // The packet waits for what it waited for.
    assert_eq!(centre.figures().quarantined, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_pc_is_let_in_nowhere_and_the_new_one_is() {
    let centre = support::centre();
    let old = centre.station().await;
    let lines = json(&centre, &["station", "list"]);
    assert_eq!(
        (&lines[0]["station"], &lines[0]["activations"]),
        (&"MUL-03".into(), &1.into())
    );
    let answer = json(&centre, &["station", "replace", "--station", "MUL-03"]);
    let lease = || old.client.get(centre.url(path::LEASE));
    assert_eq!(lease().send().await.unwrap().status(), 403);
    // What it holds is taken, for a person to judge.
    let packet = Plan::new(1, None).make(&old.signers);
    let (_, reason) = centre.settle(&old, &packet).await;
    assert_eq!(reason.as_deref(), Some("arrived-after-revocation"));
    let tls = rcgen::KeyPair::generate().unwrap();
    let key = envelope::SigningKey::generate().unwrap();
    let code = answer["code"].as_str().unwrap();
    centre.try_activate(code, key.public(), &tls).await.unwrap();
    assert_eq!(json(&centre, &["station", "list"])[0]["activations"], 2);
    let output = run(&centre, &["station", "replace", "--station", "MUL-99"]);
    assert!(!output.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_of_the_policy_is_signed_and_an_altered_one_is_in_no_lease() {
    let centre = support::centre();
    let station = centre.station().await;
    let first = json(&centre, &["policy", "show"]);
    let file = centre.folder.path().join("policy.json");
    let mut second: Policy = serde_json::from_value(first.clone()).unwrap();
    (second.version, second.capture_tries) = (2, 7);
    std::fs::write(&file, serde_json::to_string(&second).unwrap()).unwrap();
    let set = ["policy", "set", "--file", file.to_str().unwrap()];
    assert_eq!(json(&centre, &set)["version"], 2);
    assert!(
        !run(&centre, &set).status.success(),
        "the same version twice"
    );
    let history = json(&centre, &["policy", "history"]);
    let told = |place: usize, what: &str| history[place][what].clone();
    assert_eq!(
        (told(0, "by"), told(0, "genuine")),
        ("bilal".into(), "signed".into())
    );
    assert_eq!(
        (told(1, "by"), told(1, "genuine")),
        ("init".into(), "signed".into())
    );
    let parsed = |value| serde_json::from_value::<Policy>(value).unwrap();
    assert_eq!(parsed(told(1, "policy")), parsed(first));
    assert_eq!(station.lease(&centre).await.policy.capture_tries, 7);
    // Somebody at the database thinks that a lower threshold will do.
    centre.sql("update policy set document = jsonb_set(document, '{capture_tries}', '99') where version = 2").await;
    let lease = station
        .client
        .get(centre.url(path::LEASE))
        .send()
        .await
        .unwrap();
    assert_eq!(lease.status(), 503);
    assert_eq!(
        json(&centre, &["policy", "history"])[0]["genuine"],
        "altered"
    );
    let why = run(&centre, &["policy", "show"]);
    assert!(!why.status.success());
    // A version that was taken out, or an older word put in the place of a newer one.
    centre.sql("update policy set document = jsonb_set(document, '{capture_tries}', '7') where version = 2").await;
    assert_eq!(station.lease(&centre).await.policy.capture_tries, 7);
    centre.sql("delete from policy where version = 1").await;
    assert_eq!(
        json(&centre, &["policy", "history"])[0]["genuine"],
        "altered"
    );
    let third = Policy {
        version: 3,
        ..second
    };
    centre.act(async move |store| policy::enact(&store, &third).await);
    assert_eq!(
        json(&centre, &["policy", "history"])[0]["genuine"],
        "signed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_written_down_with_who_gave_it_and_how_it_ended() {
    let centre = support::centre();
    centre.station().await;
    run(&centre, &["station", "revoke", "--station", "MUL-03"]);
    run(&centre, &["station", "revoke", "--station", "MUL-99"]);
    let acts = json(&centre, &["acts"]);
    let told: Vec<_> = acts
        .as_array()
        .unwrap()
        .iter()
        .map(|act| ["by", "act", "subject"].map(|name| act[name].as_str().unwrap().to_owned()))
        .collect();
    let act = |act: &str, subject: &str| ["bilal", act, subject].map(str::to_owned);
    assert_eq!(
        told,
        [
            act("acts", "--json"),
            act("failed", "3"),
            act("station revoke", "--station MUL-99"),
            act("done", "1"),
            act("station revoke", "--station MUL-03"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_people_judge_is_not_cleared_by_a_command() {
    let centre = support::centre();
    centre.station().await;
    centre
        .sql("insert into alarm (station, kind, at) values ('MUL-03', 'history-forked', 1)")
        .await;
    centre
        .sql(
            "insert into case_file (kind, alarm, station, reason, risk, opened_at)
             select 'alarm', id, station, kind, 70, 1 from alarm",
        )
        .await;
    let refused = run(&centre, &["alarm", "clear", "--kind", "history-forked"]);
    assert!(!refused.status.success());
    let open = json(&centre, &["alarm", "list"]);
    assert_eq!(open.as_array().unwrap().len(), 1);
}
