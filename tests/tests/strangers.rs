//! Other people's tools against the real centre: nothing of ours is on their side.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "strangers/scissors.rs"]
mod scissors;
#[path = "../../crates/central/tests/support/mod.rs"]
mod support;

use scissors::Scissors;
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use support::packet::{Packet, Plan};
use wire::{PacketState, SignedText, path};

#[tokio::test(flavor = "multi_thread")]
async fn tus_js_client_uploads_a_packet_although_its_connection_is_cut_in_the_middle() {
    let centre = support::centre();
    let station = centre.station().await;
    let packet = Plan::new(1, None).make(&station.signers);
    // Half of the packet's bytes pass, then the connection breaks; what comes after is left alone.
    let scissors = Scissors::start(centre.centre.addr(), packet.sealed.len() / 2);
    let file = centre.folder.path().join("a.packet");
    std::fs::write(&file, &packet.sealed).unwrap();
    let said = script(
        "upload.mjs",
        &json!({
            "endpoint": format!("https://{}{}", scissors.addr(), path::UPLOADS),
            "ca": centre.centre.ca_pem(),
            "cert": station.activation.certificate_pem,
            "key": station.identity_pem,
            "file": file,
            "metadata": {
                "manifest": SignedText::of(&packet.manifest).as_str(),
                "statement": SignedText::of(&packet.statement).as_str(),
                "decision": SignedText::of(packet.decision.as_ref().unwrap()).as_str(),
            },
        }),
    );
    assert_eq!(scissors.cuts(), 1, "the connection was never cut: {said}");
    assert!(said["retries"].as_u64().unwrap() >= 1, "{said}");
    // Resumed, not begun again: less went over the wire than the packet twice.
    let passed = scissors.bytes_to_centre();
    assert!(passed < packet.sealed.len() * 2, "{passed} bytes passed");
    let reply = centre.reply(&station, &packet).await;
    assert_eq!(reply.state, PacketState::Accepted);
    let figures = centre.figures();
    assert_eq!((figures.effects, figures.uploads_open), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_openapi_validator_accepts_the_served_description() {
    let centre = support::centre();
    let served: Value = centre
        .client(None)
        .get(centre.url(path::OPENAPI))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let judged = script("openapi.mjs", &served);
    assert_eq!(
        (&judged["valid"], &judged["version"]),
        (&json!(true), &json!("3.1")),
        "{judged}"
    );
    // The validator itself can say no.
    let mut broken = served;
    broken["paths"][path::LEASE]["get"]["responses"] = json!("none");
    assert_eq!(judge(&broken)["valid"], json!(false));
}

/// Runs a script of tests/tus with its input and gives what it printed.
fn script(name: &str, input: &Value) -> Value {
    let (good, said, complained) = run(name, input);
    assert!(good, "{name}: {complained}{said}");
    serde_json::from_str(&said).unwrap()
}

fn judge(description: &Value) -> Value {
    serde_json::from_str(&run("openapi.mjs", description).1).unwrap()
}

fn run(name: &str, input: &Value) -> (bool, String, String) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tus");
    assert!(
        folder.join("node_modules").is_dir(),
        "tests/tus/node_modules is missing: `cargo xtask setup` installs it (or `npm ci` in tests/tus)"
    );
    let mut child = Command::new("node")
        .arg(name)
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("node is missing: install Debian's package nodejs");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// What it must find nothing of: answers that the description does not have, and requests taken that it forbids.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance,negative_data_rejection,missing_required_header,unsupported_method,\
                      use_after_free,ignored_auth";

/// No long polls; tus asks for 412 where another version is spoken; and a packet's true papers, so that uploads are made, continued and
/// ended, one after the other.
fn settings(packet: &Packet) -> String {
    format!(
        r#"hooks = "hooks"

[parameters]
wait_seconds = 0

[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429]
missing_required_header.expected-statuses = [400, 401, 403, 404, 406, 412, 415, 422]

# With true papers all that can be wrong of it is a header too many, which HTTP passes over.
[[operations]]
include-operation-id = "createUpload"
checks.negative_data_rejection.expected-statuses = [201, 400, 403, 404, 409, 412, 413, 415, 422]
parameters = {{ "Upload-Length" = "{}", "Upload-Metadata" = "{}" }}
"#,
        packet.sealed.len(),
        packet.metadata()
    )
}

const HOOKS: &str = r#"import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
"#;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PyPI's schemathesis; --full installs it, and names it in SHANAKHT_SCHEMATHESIS"]
async fn schemathesis_finds_nothing_that_the_description_does_not_say() {
    let Some(program) = std::env::var_os("SHANAKHT_SCHEMATHESIS") else {
        return; // `--ignored` of everybody runs it too
    };
    let centre = support::centre();
    let station = centre.station().await;
    let packet = Plan::new(1, None).make(&station.signers);
    let place = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(place.path().join(name), text).unwrap();
        place.path().join(name)
    };
    let (ca, own) = (
        file("ca.pem", &centre.centre.ca_pem()),
        file("station.pem", &station.identity_pem),
    );
    file("schemathesis.toml", &settings(&packet));
    file("hooks.py", HOOKS);
    let output = tokio::task::block_in_place(|| {
        Command::new(program)
            .arg("run")
            .arg(centre.url(path::OPENAPI))
            .args(["--phases", "examples,coverage,fuzzing,stateful"])
            .args(["--checks", CHECKS, "--max-examples", "30", "--seed", "1"])
            .args([
                "--request-timeout",
                "90",
                "--continue-on-failure",
                "--header",
            ])
            .arg(format!("{}: {}", wire::VERSION_HEADER, wire::VERSION))
            .arg("--tls-verify")
            .arg(&ca)
            .arg("--request-cert")
            .arg(&own)
            .env("PYTHONPATH", place.path())
            .current_dir(place.path())
            .output()
            .unwrap()
    });
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // It did go from one call to the next.
    let stateful = said.lines().find(|line| line.contains("Stateful"));
    assert!(stateful.is_some_and(|line| line.contains('✅')), "{said}");
    // After all that it is a centre still.
    let (state, _) = centre.settle(&station, &packet).await;
    assert_eq!(state, PacketState::Accepted);
}
