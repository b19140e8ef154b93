//! tus 1.0.0, case by case: what public servers' own tests ask of a server, and what went wrong before.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use reqwest::{Method, RequestBuilder, Response};
use support::packet::{Packet, Plan};
use support::{Station, TestCentre};
use wire::{PacketState, path, tus};

async fn start() -> (TestCentre, Station, Packet) {
    let centre = support::centre();
    let station = centre.station().await;
    let packet = Plan::new(1, None).make(&station.signers);
    (centre, station, packet)
}

fn ask(centre: &TestCentre, station: &Station, method: &str, place: &str) -> RequestBuilder {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = station.client.request(method, centre.url(place));
    request.header("tus-resumable", "1.0.0")
}

async fn created(centre: &TestCentre, station: &Station, packet: &Packet) -> String {
    let answer = centre.create(station, packet).await;
    assert_eq!(answer.status(), 201);
    header(&answer, "location")
}

fn header(answer: &Response, name: &str) -> String {
    let value = answer.headers().get(name);
    value
        .unwrap_or_else(|| panic!("no {name}"))
        .to_str()
        .unwrap()
        .to_owned()
}

fn creation(
    centre: &TestCentre,
    station: &Station,
    packet: &Packet,
    length: &str,
) -> RequestBuilder {
    ask(centre, station, "POST", path::UPLOADS)
        .header("upload-length", length)
        .header("upload-metadata", packet.metadata())
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn options_tell_versions_and_extensions_to_whoever_asks() {
    let (centre, _station, _packet) = start().await;
    let nobody = centre.client(None);
    for place in [path::UPLOADS.to_owned(), format!("{}/a", path::UPLOADS)] {
        let answer = nobody
            .request(Method::OPTIONS, centre.url(&place))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 204);
        for (name, value) in [
            ("tus-version", "1.0.0"),
            ("tus-resumable", "1.0.0"),
            ("tus-extension", tus::EXTENSIONS),
            ("tus-checksum-algorithm", tus::CHECKSUMS),
        ] {
            assert_eq!(header(&answer, name), value);
        }
        assert!(header(&answer, "tus-max-size").parse::<u64>().unwrap() > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_of_tus_is_refused_with_ours() {
    let (centre, station, packet) = start().await;
    let location = created(&centre, &station, &packet).await;
    for version in [None, Some("0.2.2"), Some("1.0.1"), Some("")] {
        let mut request = station.client.head(centre.url(&location));
        if let Some(version) = version {
            request = request.header("tus-resumable", version);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "tus-version")),
            (412, "1.0.0".to_owned())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_wants_a_length_that_is_a_number_and_fits() {
    let (centre, station, packet) = start().await;
    let bare = || {
        ask(&centre, &station, "POST", path::UPLOADS).header("upload-metadata", packet.metadata())
    };
    assert_eq!(status(bare()).await, 400);
    // An extension that is not offered.
    assert_eq!(status(bare().header("upload-defer-length", "1")).await, 400);
    for length in [
        "-1",
        "+5",
        "1e3",
        "0x10",
        "",
        " ",
        "٥",
        "hello",
        "18446744073709551616",
    ] {
        let answer = bare()
            .header("upload-length", length.as_bytes())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 400, "{length:?}");
    }
    assert_eq!(
        status(creation(&centre, &station, &packet, "9000000000")).await,
        413
    );
    // Another one than the packet's.
    let other = (packet.sealed.len() + 1).to_string();
    assert_eq!(
        status(creation(&centre, &station, &packet, &other)).await,
        422
    );
    for metadata in [
        "",
        "manifest",
        "manifest ,statement",
        "manifest %%%",
        "manifest YQ==,manifest YQ==",
    ] {
        let length = packet.sealed.len();
        let request = ask(&centre, &station, "POST", path::UPLOADS).header("upload-length", length);
        assert_eq!(
            status(request.header("upload-metadata", metadata)).await,
            400,
            "{metadata:?}"
        );
    }
    assert_eq!(centre.figures().uploads_open, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_tells_the_offset_and_is_never_cached() {
    let (centre, station, packet) = start().await;
    let location = created(&centre, &station, &packet).await;
    let piece = packet.sealed[..1000].to_vec();
    centre.patch(&station, &location, 0, piece, None).await;
    let answer = ask(&centre, &station, "HEAD", &location)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "upload-offset"), "1000");
    assert_eq!(
        header(&answer, "upload-length"),
        packet.sealed.len().to_string()
    );
    assert_eq!(header(&answer, "cache-control"), "no-store");
    assert_eq!(header(&answer, "tus-resumable"), "1.0.0");
    let nowhere = format!("{}/0123456789abcdef", path::UPLOADS);
    for method in ["HEAD", "DELETE"] {
        assert_eq!(
            status(ask(&centre, &station, method, &nowhere)).await,
            404,
            "{method}"
        );
    }
    // Somebody else's upload is none.
    let stranger = centre.station_named("MUL-09").await;
    for method in ["HEAD", "DELETE"] {
        assert_eq!(
            status(ask(&centre, &stranger, method, &location)).await,
            404,
            "{method}"
        );
    }
}

fn piece(centre: &TestCentre, station: &Station, location: &str, bytes: &[u8]) -> RequestBuilder {
    ask(centre, station, "PATCH", location)
        .header("content-type", tus::CONTENT_TYPE)
        .body(bytes.to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_wants_its_place_and_its_type_and_no_more_bytes_than_there_are() {
    let (centre, station, packet) = start().await;
    let location = created(&centre, &station, &packet).await;
    let bytes = &packet.sealed[..1000];
    let send = || piece(&centre, &station, &location, bytes);
    assert_eq!(status(send()).await, 400);
    for offset in ["-1", "x", "0x0", "1.0"] {
        assert_eq!(
            status(send().header("upload-offset", offset)).await,
            400,
            "{offset}"
        );
    }
    for offset in ["1", "1000", "999999"] {
        let answer = send().header("upload-offset", offset).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "upload-offset")),
            (409, "0".to_owned())
        );
    }
    for kind in [
        "application/octet-stream",
        "text/plain",
        "",
        "application/offset+octet-streams",
    ] {
        let request = ask(&centre, &station, "PATCH", &location).header("upload-offset", "0");
        let request = request.header("content-type", kind).body(bytes.to_vec());
        assert_eq!(status(request).await, 415, "{kind:?}");
    }
    assert_eq!(centre.offset(&station, &location).await, 0);
    let long = [packet.sealed.clone(), vec![0; 10]].concat();
    let answer = piece(&centre, &station, &location, &long).header("upload-offset", "0");
    assert_eq!(status(answer).await, 413);
    // Where it stands afterwards is known, and it can be finished from there.
    let offset = centre.offset(&station, &location).await;
    let rest = packet.sealed[offset..].to_vec();
    let done = centre.patch(&station, &location, offset, rest, None).await;
    assert_eq!(done.status(), 204);
    assert_eq!(
        centre.reply(&station, &packet).await.state,
        PacketState::Accepted
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminated_upload_is_gone_and_can_be_begun_again() {
    let (centre, station, packet) = start().await;
    let location = created(&centre, &station, &packet).await;
    assert_eq!(
        status(ask(&centre, &station, "DELETE", &location)).await,
        204
    );
    for method in ["HEAD", "DELETE"] {
        let status = status(ask(&centre, &station, method, &location)).await;
        assert!([404, 410].contains(&status), "{method} {status}");
    }
    let again = created(&centre, &station, &packet).await;
    assert_ne!(again, location);
    assert_eq!(
        centre
            .patch(&station, &again, 0, packet.sealed.clone(), None)
            .await
            .status(),
        204
    );
}

/// The real method means nothing where another is named.
#[tokio::test(flavor = "multi_thread")]
async fn the_method_that_is_named_counts_on_any_method_and_in_any_case() {
    let (centre, station, packet) = start().await;
    let bytes = &packet.sealed;
    let mut location = String::new();
    for (number, real) in ["POST", "PUT", "PATCH", "GET"].into_iter().enumerate() {
        let named = ["patch", "Patch", "PATCH", "pAtCh"][number];
        let create = creation(&centre, &station, &packet, &bytes.len().to_string());
        let answer = create
            .header("x-http-method-override", "post")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
        location = header(&answer, "location");
        let offset = centre.offset(&station, &location).await;
        let request = ask(&centre, &station, real, &location)
            .header("x-http-method-override", named)
            .header("content-type", tus::CONTENT_TYPE)
            .header("upload-offset", offset)
            .body(bytes[offset..offset + 100].to_vec());
        assert_eq!(status(request).await, 204, "{named} by {real}");
    }
    for real in ["POST", "GET", "DELETE"] {
        let request =
            ask(&centre, &station, real, &location).header("x-http-method-override", "Head");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{real}");
        assert_eq!(header(&answer, "upload-length"), bytes.len().to_string());
    }
    let request =
        ask(&centre, &station, "POST", &location).header("x-http-method-override", "BREW");
    assert_eq!(status(request).await, 405);
    let request = ask(&centre, &station, "POST", &location).header("x-http-method-override", "a b");
    assert_eq!(status(request).await, 400);
    let request =
        ask(&centre, &station, "HEAD", &location).header("x-http-method-override", "delete");
    assert_eq!(status(request).await, 204);
    // Elsewhere the header means nothing.
    let request =
        ask(&centre, &station, "GET", path::LEASE).header("x-http-method-override", "post");
    assert_eq!(status(request).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_media_type_has_no_case_and_may_have_parameters() {
    let (centre, station, packet) = start().await;
    let location = created(&centre, &station, &packet).await;
    let types = [
        "Application/Offset+Octet-Stream",
        "APPLICATION/OFFSET+OCTET-STREAM",
        "application/offset+octet-stream; charset=binary",
        "application/offset+octet-stream ;x=y",
    ];
    for (number, kind) in types.into_iter().enumerate() {
        let request = ask(&centre, &station, "PATCH", &location)
            .header("content-type", kind)
            .header("upload-offset", number * 100)
            .body(packet.sealed[number * 100..][..100].to_vec());
        assert_eq!(status(request).await, 204, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_may_come_with_the_creation() {
    let (centre, station, packet) = start().await;
    let request = creation(&centre, &station, &packet, &packet.sealed.len().to_string());
    let request = request
        .header("content-type", tus::CONTENT_TYPE)
        .body(packet.sealed.clone());
    let answer = request.send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), header(&answer, "upload-offset")),
        (201, packet.sealed.len().to_string())
    );
    assert_eq!(
        centre.reply(&station, &packet).await.state,
        PacketState::Accepted
    );
}
