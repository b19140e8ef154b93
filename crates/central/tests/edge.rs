//! Who may call what: every route by every kind of caller. And what the centre tells of itself.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use central::dev;
use central::edge::{CallerType, Route};
use domain::StationId;
use std::collections::BTreeSet;
use std::path::Path;
use support::packet::Plan;
use support::{TestCentre, centre_as, new_database};
use wire::{Problem, path};

/// Keys of the problems by which a gate refuses.
const GATES: [&str; 5] = [
    "certificate-required",
    "certificate-revoked",
    "certificate-expired",
    "certificate-unknown",
    "caller",
];

/// Somebody who calls, and what the gate of a station's route and of a carrier's says.
struct Somebody {
    what: &'static str,
    client: reqwest::Client,
    at_stations: Option<&'static str>,
    at_carriers: Option<&'static str>,
}

async fn everybody(centre: &TestCentre) -> Vec<Somebody> {
    let good = centre.station_named("MUL-03").await;
    let revoked = centre.station_named("MUL-04").await;
    let revoke = |store| async move {
        dev::revoke_station(&store, &StationId::parse("MUL-04").unwrap()).await
    };
    centre.act(revoke);
    let replaced = centre.station_named("MUL-05").await;
    centre.station_named("MUL-05").await;
    let expired = centre.station_named("MUL-06").await;
    let unknown = centre.station_named("MUL-07").await;
    centre
        .sql("update certificate set not_after = 0 where station = 'MUL-06'; delete from certificate where station = 'MUL-07'")
        .await;
    let somebody = |what, client, at_stations, at_carriers| Somebody {
        what,
        client,
        at_stations,
        at_carriers,
    };
    let (required, revoked_word) = (Some("certificate-required"), Some("certificate-revoked"));
    let (expired_word, unknown_word) = (Some("certificate-expired"), Some("certificate-unknown"));
    vec![
        somebody("nobody", centre.client(None), required, required),
        somebody("a station", good.client, None, None),
        somebody("a revoked station", revoked.client, revoked_word, None),
        somebody("a replaced PC", replaced.client, revoked_word, None),
        somebody(
            "an expired certificate",
            expired.client,
            expired_word,
            expired_word,
        ),
        somebody(
            "a forgotten certificate",
            unknown.client,
            unknown_word,
            unknown_word,
        ),
    ]
}

/// The status of a call, and the key of its problem, if that is what it is.
async fn call(centre: &TestCentre, client: &reqwest::Client, route: &Route) -> (u16, String) {
    let place = route
        .path
        .replace("{id}", "0190a0f2-0000-7000-8000-000000000000");
    let method = reqwest::Method::from_bytes(route.method.as_bytes()).unwrap();
    let mut request = client
        .request(method, centre.url(&place))
        .header("tus-resumable", "1.0.0");
    if route.method == "POST" {
        request = request
            .header("content-type", "application/json")
            .body("{}");
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    // HEAD has no body: the gate's status is all there is.
    let key = answer
        .json::<Problem>()
        .await
        .map(|problem| problem.key().to_owned());
    (status, key.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_lets_in_whom_it_names_and_nobody_else() {
    let centre = support::receiving();
    let everybody = everybody(&centre).await;
    let routes = centre.centre.routes().to_vec();
    let mut untested: BTreeSet<String> = routes.iter().map(named).collect();
    for route in &routes {
        for somebody in &everybody {
            let (status, key) = call(&centre, &somebody.client, route).await;
            let expected = match route.caller {
                CallerType::Anyone => None,
                CallerType::Station => somebody.at_stations,
                CallerType::Carrier => somebody.at_carriers,
            };
            let what = format!("{} by {}: {status} {key}", named(route), somebody.what);
            match expected {
                None if route.method == "HEAD" => assert!(![401, 403].contains(&status), "{what}"),
                None => assert!(!GATES.contains(&key.as_str()), "{what}"),
                Some(_) if route.method == "HEAD" => {
                    assert!([401, 403].contains(&status), "{what}");
                }
                Some(refusal) => assert_eq!(key, refusal, "{what}"),
            }
        }
        untested.remove(&named(route));
    }
    golden("routes.txt", &routes.iter().map(named).collect());
    golden("routes-without-authorisation-test.txt", &untested);
}

fn named(route: &Route) -> String {
    let caller = serde_json::to_value(route.caller).unwrap();
    format!(
        "{} {} {}",
        route.method,
        route.path,
        caller.as_str().unwrap()
    )
}

/// What a file under review says; with `SHANAKHT_GOLDEN` set it is written anew.
fn golden(file: &str, lines: &BTreeSet<String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file);
    let mut text = lines.iter().cloned().collect::<Vec<_>>().join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    if std::env::var_os("SHANAKHT_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_authority_makes_no_connection() {
    let (centre, other) = (support::receiving(), support::receiving());
    let stranger = other.station().await;
    let client = centre.client(Some(&stranger.identity_pem));
    assert!(client.get(centre.url(path::HEALTH)).send().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_names_every_route_and_no_other() {
    let centre = support::receiving();
    let get = centre.client(None).get(centre.url(path::OPENAPI));
    let described: serde_json::Value = get.send().await.unwrap().json().await.unwrap();
    let mut there = BTreeSet::new();
    for (place, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if method == "parameters" {
                continue;
            }
            let open = operation["security"].as_array().is_some_and(Vec::is_empty);
            there.insert((method.to_uppercase(), place.clone(), open));
        }
    }
    let routes = centre.centre.routes().iter();
    let routes = routes.map(|route| {
        let open = route.caller == CallerType::Anyone;
        (route.method.to_owned(), route.path.clone(), open)
    });
    assert_eq!(there, routes.collect());
}

async fn figures(centre: &TestCentre) -> String {
    let url = format!("http://{}/metrics", centre.centre.metrics().unwrap());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        kind.starts_with("application/openmetrics-text; version=1.0.0"),
        "{kind}"
    );
    answer.text().await.unwrap()
}

fn figure(text: &str, name: &str) -> i64 {
    let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    let found = lines.find_map(|(found, value)| (found == name).then_some(value));
    let value = found.unwrap_or_else(|| panic!("no {name} in\n{text}"));
    value.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_tell_what_waits_how_long_and_what_became_of_packets() {
    let loopback = Some(([127, 0, 0, 1], 0).into());
    let folder = tempfile::tempdir().unwrap();
    let centre = centre_as(folder, new_database(), |options| {
        (options.metrics, options.ingest.workers) = (loopback, 0);
    });
    let station = centre.station().await;
    let before = figures(&centre).await;
    assert_eq!(figure(&before, "shanakht_waiting{queue=\"ingest\"}"), 0);
    let packet = Plan::new(1, None).make(&station.signers);
    assert_eq!(centre.send(&station, &packet).await, 204);
    centre
        .sql("update packet set received_at = received_at - 100000")
        .await;
    let waiting = figures(&centre).await;
    assert_eq!(figure(&waiting, "shanakht_waiting{queue=\"ingest\"}"), 1);
    let age = figure(&waiting, "shanakht_oldest_seconds{queue=\"ingest\"}");
    assert!((100..160).contains(&age), "{age}");
    let sent = "shanakht_request_seconds_count{route=\"PATCH /v1/uploads/{id}\",status=\"204\"}";
    assert_eq!(figure(&waiting, sent), 1);
    // A stranger's paths and methods make no new lines.
    let stranger = centre.client(None);
    for place in ["/a", "/b", "/v1/uploads/../c"] {
        stranger.get(centre.url(place)).send().await.unwrap();
    }
    let odd = reqwest::Method::from_bytes(b"BREW").unwrap();
    stranger
        .request(odd, centre.url(path::LEASE))
        .send()
        .await
        .unwrap();
    let after = figures(&centre).await;
    let unknown = "shanakht_request_seconds_count{route=\"GET none\",status=\"404\"}";
    assert_eq!(figure(&after, unknown), 3);
    assert!(
        !after.contains("BREW") && after.contains("route=\"other "),
        "{after}"
    );
    assert!(after.ends_with("# EOF\n"));
    // Nothing of a person or a station is in it.
    for word in ["MUL", "40213", "Zainab", &packet.id.to_string()] {
        assert!(!after.contains(word), "{word}");
    }
    assert!(figure(&after, "shanakht_receipt_key_seconds") > 400 * 86_400);
    let centre = centre.restarted(|options| options.metrics = loopback);
    centre.until(|c| c.figures().accepted == 1).await;
    let settled = figures(&centre).await;
    assert_eq!(figure(&settled, "shanakht_receipts{state=\"accepted\"}"), 1);
    // Nobody asks: nobody is told.
    let silent = centre.restarted(|_| ());
    assert_eq!(silent.centre.metrics(), None);
}
