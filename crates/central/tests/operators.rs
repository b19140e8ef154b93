//! Operators have keys of their own, which no centre sees: enrolled with a code on paper, introduced by the policy root or by two others.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::{Clock, operators};
use domain::{OperatorRole, Ruling};
use envelope::WorkFactor;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use support::TestCentre;
use support::operators::{enrolled, introduced, name, only, root_in, ruling, say, two, word};
use support::packet::Plan;

fn run(arguments: &[&str], centre: Option<&TestCentre>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shanakht-centre"));
    command.args(arguments);
    if let Some(centre) = centre {
        command.arg("--data").arg(centre.folder.path());
        command.args(["--database", &centre.named()]);
    }
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone())
        .unwrap()
        .trim()
        .to_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&said(output)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_adjudicators_introduce_a_third_and_one_does_not() {
    let centre = support::centre();
    let [ayesha, bilal] = two(&centre);
    let newcomer = name("chanda");
    let code = {
        let (by, key, newcomer) = (ayesha.name.clone(), ayesha.key.clone(), newcomer.clone());
        centre.act(async move |store| {
            operators::add(&store, (&by, &key), &newcomer, OperatorRole::Adjudicator).await
        })
    };
    let passphrase = "an orchard behind the river".into();
    let world = (Clock::system().now(), WorkFactor::TEST);
    let early = operators::enrol(&newcomer, &code, &passphrase, world).unwrap();
    let taken = centre.act(async move |store| {
        Ok(operators::take_enrolment(&store, &early.enrolment)
            .await
            .is_ok())
    });
    assert!(!taken, "one introduction was enough");
    // The one who introduced confirms nothing.
    for (who, works) in [(&ayesha, false), (&bilal, true)] {
        let (by, key, newcomer) = (who.name.clone(), who.key.clone(), newcomer.clone());
        let confirmed = centre.act(async move |store| {
            Ok(operators::confirm(&store, (&by, &key), &newcomer)
                .await
                .is_ok())
        });
        assert_eq!(confirmed, works, "{}", who.name);
    }
    enrolled(&centre, &newcomer, &code);
    // The code is spent.
    let again = operators::enrol(&newcomer, &code, &passphrase, world).unwrap();
    let taken = centre.act(async move |store| {
        Ok(operators::take_enrolment(&store, &again.enrolment)
            .await
            .is_ok())
    });
    assert!(!taken, "the code was taken twice");
    let roster = centre.act(async |store| operators::roster(&store).await);
    let by = &roster.member(&newcomer).unwrap().introduced_by;
    assert_eq!(by, &[ayesha.name, bilal.name]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_revoked_operator_said_before_counts_and_nothing_more() {
    let centre = support::centre();
    let station = centre.station().await;
    let operators_two = two(&centre);
    let root = root_in(&centre.folder.path().join("keys"));
    let third = introduced(&centre, &root, "chanda", OperatorRole::Adjudicator);
    let first = Plan::new(1, None).make(&station.signers);
    centre.settle(&station, &first).await;
    centre.until(|c| c.figures().jobs_open == 0).await;
    let second = Plan::new(2, Some(first.digest())).make(&station.signers);
    centre.settle(&station, &second).await;
    centre.until(|c| c.figures().jobs_open == 0).await;
    let case = only(&centre, domain::CaseKind::Duplicate);
    let agreed = ruling(&centre, case, Ruling::SamePerson);
    say(&centre, &word(&centre, &operators_two[0], &agreed)).unwrap();
    let (by, key) = (third.name.clone(), third.key.clone());
    let gone = operators_two[0].name.clone();
    centre.act(async move |store| operators::revoke(&store, (&by, &key), &gone).await);
    let more = word(
        &centre,
        &operators_two[0],
        &ruling(&centre, case, Ruling::Different),
    );
    assert!(say(&centre, &more).is_err());
    // What they said before makes the decision with another's word.
    let decided = say(&centre, &word(&centre, &operators_two[1], &agreed)).unwrap();
    assert_eq!(decided, central::cases::Standing::Decided);
    assert_eq!(support::operators::unfounded(&centre), []);
}

fn lines(text: &str) -> Vec<Vec<&str>> {
    text.lines()
        .map(|line| line.split('\t').collect())
        .collect()
}

fn write(folder: &Path, file: &str, text: &str) -> String {
    let path = folder.join(file);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_decided_by_commands_on_paper_and_two_machines() {
    let (data, machine, away) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let at = |file: &str| machine.path().join(file).to_str().unwrap().to_owned();
    let made = run(
        &[
            "init",
            "--data",
            data.path().to_str().unwrap(),
            "--carry-away",
            away.path().to_str().unwrap(),
        ],
        None,
    );
    let made = said(&made);
    let codes: Vec<(String, String)> = lines(&made)
        .iter()
        .filter(|fields| fields.len() == 2)
        .map(|fields| (fields[0].to_owned(), fields[1].to_owned()))
        .collect();
    assert_eq!(codes.len(), 2);
    for entry in std::fs::read_dir(data.path().join("keys")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let kept = |code: &str| text.contains(code) || text.contains(&code.replace('-', ""));
        assert!(!codes.iter().any(|(_, code)| kept(code)), "a code was kept");
    }
    let centre = support::centre_as(data, support::new_database(), |options| {
        options.makes_keys = false;
    });
    let passphrase = write(
        machine.path(),
        "passphrase",
        "an orchard behind the river\n",
    );
    let mut names = codes.iter();
    let (first, code) = names.next().unwrap();
    // On a machine that knows no centre.
    said(&run(
        &[
            "operator",
            "enrol",
            "--code",
            code,
            "--name",
            first,
            "--out",
            &at("one.key"),
            "--passphrase-file",
            &passphrase,
        ],
        None,
    ));
    said(&run(
        &["operator", "take", &at("one.enrolment")],
        Some(&centre),
    ));
    let (second, code) = names.next().unwrap();
    said(&run(
        &[
            "operator",
            "enrol",
            "--code",
            code,
            "--name",
            second,
            "--out",
            &at("two.key"),
            "--passphrase-file",
            &passphrase,
        ],
        Some(&centre),
    ));
    let listed = json(&run(&["operator", "list", "--json"], Some(&centre)));
    assert_eq!(listed.as_array().unwrap().len(), 2);

    let policy = domain::Policy {
        version: 2,
        ..domain::Policy::development()
    };
    centre.act(async move |store| central::enact_policy(&store, &policy).await);
    let station = centre.station().await;
    let mut plan = Plan::new(1, None);
    plan.kind = domain::ItemKind::Unreviewed;
    let packet = plan.make(&station.signers);
    centre.settle(&station, &packet).await;
    let cases = json(&run(&["case", "list", "--json"], Some(&centre)));
    assert_eq!(cases[0]["kind"], "unreviewed");
    let case = cases[0]["case"].to_string();
    let shown = said(&run(
        &["case", "show", "--case", &case, "--json"],
        Some(&centre),
    ));
    let from = write(machine.path(), "case.json", &shown);
    let sign = [
        "case",
        "sign",
        "--from",
        &from,
        "--operator",
        first,
        "--key",
        &at("one.key"),
        "--passphrase-file",
        &passphrase,
        "--ruling",
        "accept",
        "--ground",
        "papers",
        "--out",
        &at("word.cose"),
    ];
    said(&run(&sign, None));
    let taken = json(&run(
        &["case", "decide", "--signed", &at("word.cose"), "--json"],
        Some(&centre),
    ));
    assert_eq!(taken["state"], "waits-for-another");
    // The second says what the first said.
    let decide = [
        "case",
        "decide",
        "--case",
        &case,
        "--operator",
        second,
        "--key",
        &at("two.key"),
        "--passphrase-file",
        &passphrase,
    ];
    assert_eq!(said(&run(&decide, Some(&centre))), "decided");
    centre
        .until(|c| c.figures().jobs_open == 0 && c.figures().effects == 1)
        .await;
    let root =
        std::fs::read_to_string(centre.folder.path().join("keys/policy-root.public")).unwrap();
    assert_eq!(
        said(&run(
            &["case", "verify", "--root", root.trim()],
            Some(&centre)
        )),
        ""
    );
    let another = "7".repeat(64);
    let under_another = run(&["case", "verify", "--root", &another], Some(&centre));
    assert!(!under_another.status.success(), "another root proved it");
    let acts = said(&run(&["acts"], Some(&centre)));
    for act in ["case list", "case show", "case-accept", "operator-enrol"] {
        assert!(acts.contains(act), "{act} is not in the chain: {acts}");
    }
    // A row that says more than the two did.
    centre.sql("update case_file set ruling = 'refuse'").await;
    let found = run(&["case", "verify"], Some(&centre));
    assert!(!found.status.success());
}
