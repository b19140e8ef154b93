//! Requests as they arrive at a centre: TLS by the pinned authority and the time that is believed, versions, and bodies.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request as HttpRequest, State};
use axum::http::{Method, Response as HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{ItemKind, PacketId, StationId, Timestamp};
use envelope::{AuthorityPin, Digest, Signed, SigningKey};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use sync::{
    ActivationError, Candidates, Connection, Documents, Ended, NewStation, Order, StoreAct,
    StorePort, StoreReply, Time, Waiting,
};
use wire::{Held, StatusReport, path};

/// The only year in which the test centre's certificate is valid.
const YEAR: i32 = 2040;
const THEN: Timestamp = Timestamp::from_millis(2_224_000_000_000);

fn at(time: Timestamp) -> Time {
    Arc::new(move || time)
}

#[derive(Debug, Clone)]
struct Seen {
    call: String,
    version: Option<String>,
    metadata: String,
    body: Vec<u8>,
}

type Log = Arc<Mutex<Vec<Seen>>>;

/// A centre that answers by the book, of either version.
struct Centre {
    address: SocketAddr,
    ca_pem: String,
    pin: AuthorityPin,
    certificate_pem: String,
    key_pem: String,
    log: Log,
    handle: axum_server::Handle<SocketAddr>,
}

impl Drop for Centre {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

impl Centre {
    fn start(version: u16) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let issue = |names: Vec<String>, usage| {
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new(names).unwrap();
            params.distinguished_name.push(DnType::CommonName, "test");
            params.extended_key_usages = vec![usage];
            params.not_before = date_time_ymd(YEAR, 1, 1);
            params.not_after = date_time_ymd(YEAR + 1, 1, 1);
            (params.signed_by(&key, &ca).unwrap(), key)
        };
        let (own, key) = issue(
            vec!["localhost".to_owned()],
            ExtendedKeyUsagePurpose::ServerAuth,
        );
        let (station, station_key) = issue(Vec::new(), ExtendedKeyUsagePurpose::ClientAuth);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![own.der().clone(), ca.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let log = Log::default();
        let app = Router::new()
            .fallback(answer)
            .with_state((version, ca.pem(), log.clone()));
        let config = axum_server::tls_rustls::RustlsConfig::from_config(Arc::new(config));
        let handle = axum_server::Handle::new();
        let server = axum_server::from_tcp_rustls(listener, config)
            .unwrap()
            .handle(handle.clone());
        tokio::spawn(server.serve(app.into_make_service()));
        Self {
            address,
            pin: AuthorityPin::of(ca.der()),
            ca_pem: ca.pem(),
            certificate_pem: station.pem(),
            key_pem: station_key.serialize_pem(),
            log,
            handle,
        }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    fn seen(&self) -> Vec<Seen> {
        self.log.lock().unwrap().clone()
    }

    fn station(&self) -> NewStation {
        NewStation {
            url: self.url(),
            code: format!("ABCDEFGHJKMNPQRSTVW0{}", self.pin),
            station_key: SigningKey::generate().unwrap().public(),
            held: Some(Held {
                station: StationId::parse("MUL-03").unwrap(),
                counter: 41,
                previous: Some(Digest::of(b"41")),
            }),
        }
    }
}

type Answering = (u16, String, Log);

async fn answer(
    State((version, ca_pem, log)): State<Answering>,
    request: HttpRequest,
) -> HttpResponse<Body> {
    let (head, body) = request.into_parts();
    let text = |name: &str| {
        let value = head.headers.get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let call = format!("{} {}", head.method, head.uri.path());
    let body = to_bytes(body, 1 << 20).await.unwrap().to_vec();
    log.lock().unwrap().push(Seen {
        call,
        version: text(wire::VERSION_HEADER),
        metadata: text("upload-metadata").unwrap_or_default(),
        body: body.clone(),
    });
    let mut builder = HttpResponse::builder();
    if version > 1 {
        builder = builder.header(wire::VERSION_HEADER, version);
    }
    let json = |value: Value| Body::from(value.to_string());
    let signed = STANDARD.encode("signed");
    let target = head.uri.path();
    let answer = match target {
        path::HEALTH => json(json!({"status": "ok"})),
        path::ACTIVATE => {
            let root = SigningKey::generate().unwrap().public();
            json(
                json!({"station": "MUL-03", "certificate_pem": "pem", "ca_pem": ca_pem,
                "policy_root": root, "lease": {"lease": signed, "centre_key": signed}, "key_files": []}),
            )
        }
        path::OUTCOMES => json(json!({"outcomes": [{"cursor": 7}]})),
        path::VOIDS => json(json!({"receipt": STANDARD.encode("void")})),
        path::CERTIFICATE => json(json!({"certificate_pem": "renewed"})),
        path::UPLOADS => {
            builder = builder.status(201).header("location", "/v1/uploads/1");
            Body::empty()
        }
        _ if target.starts_with(path::UPLOADS) => {
            let offset = if head.method == Method::HEAD {
                0
            } else {
                body.len()
            };
            builder = builder.header("upload-offset", offset);
            Body::empty()
        }
        _ if target.starts_with(path::PACKETS) => {
            let packet = target.rsplit('/').next().unwrap();
            let receipt = STANDARD.encode("packet");
            json(json!({"packet": packet, "state": "later-word", "receipt": receipt}))
        }
        path::LEASE => {
            builder = builder.status(304);
            Body::empty()
        }
        _ => Body::empty(),
    };
    builder.body(answer).unwrap()
}

#[tokio::test]
async fn what_a_station_holds_goes_to_a_centre_that_takes_it_and_to_no_other() {
    for version in [1, 2] {
        let centre = Centre::start(version);
        let activated = sync::activate(centre.station(), at(THEN)).await.unwrap();
        assert_eq!(activated.centre_version, version);
        let seen = centre.seen();
        assert_eq!(seen[0].call, format!("GET {}", path::HEALTH));
        assert_eq!(seen[1].call, format!("POST {}", path::ACTIVATE));
        let body: Value = serde_json::from_slice(&seen[1].body).unwrap();
        let counter = body.pointer("/held/counter").and_then(Value::as_u64);
        assert_eq!(counter, (version == 2).then_some(41));
        assert_eq!(
            body.as_object().unwrap().len(),
            if version == 1 { 3 } else { 4 }
        );
    }
}

#[tokio::test]
async fn an_activation_with_a_wrong_clock_says_that_the_clock_is_wrong() {
    let centre = Centre::start(2);
    for years in [-10, 10] {
        let time = at(THEN.plus_days(years * 365));
        let failed = sync::activate(centre.station(), time).await.unwrap_err();
        assert_eq!(failed, ActivationError::Clock, "{years} years");
    }
    assert!(centre.seen().is_empty(), "no code left the station");
}

#[tokio::test]
async fn another_authority_is_never_called_a_wrong_clock() {
    let centre = Centre::start(2);
    let mut station = centre.station();
    station.code = format!("ABCDEFGHJKMNPQRSTVW0{}", AuthorityPin::of(b"another"));
    for time in [THEN, THEN.plus_days(3650)] {
        let failed = sync::activate(station.clone(), at(time)).await.unwrap_err();
        assert_eq!(failed, ActivationError::Foreign);
    }
    assert!(centre.seen().is_empty());
}

/// A store with a void, and a packet without a decision; it is gone once both are settled and everything beside was asked for.
struct Store(Mutex<Shelf>);

struct Shelf {
    waiting: Vec<Waiting>,
    certificate: Option<String>,
    receipts: Vec<String>,
    cursor: i64,
}

fn packet(n: u8) -> PacketId {
    PacketId::mint(
        Timestamp::from_millis(1_795_000_000_000 + i64::from(n)),
        [n; 10],
    )
}

impl Shelf {
    fn act(&mut self, act: StoreAct) -> Option<StoreReply> {
        let any = || b"signed".to_vec();
        Some(match act {
            StoreAct::Candidates { .. } => {
                if self.waiting.is_empty() && self.certificate.is_some() {
                    return None;
                }
                StoreReply::Candidates(Candidates {
                    waiting: self.waiting.clone(),
                    outcomes_cursor: self.cursor,
                    lease_wanted: true,
                    certificate_due: self.certificate.is_none(),
                    ..Candidates::default()
                })
            }
            StoreAct::Documents(id) if id == packet(1) => StoreReply::Documents(Box::new(
                Documents::Void(Signed::from_bytes(any()).unwrap()),
            )),
            StoreAct::Documents(_) => StoreReply::Documents(Box::new(Documents::Packet {
                manifest: Signed::from_bytes(any()).unwrap(),
                statement: Signed::from_bytes(any()).unwrap(),
                decision: None,
            })),
            StoreAct::Chunk { .. } => StoreReply::Chunk(vec![7; 100]),
            StoreAct::NoteUpload { packet, point } => {
                let item = self.waiting.iter_mut().find(|item| item.packet == packet);
                item.unwrap().upload = point;
                StoreReply::Done
            }
            StoreAct::Settle { packet, receipt } => {
                self.waiting.retain(|item| item.packet != packet);
                self.receipts.push(receipt.as_str().to_owned());
                StoreReply::Done
            }
            StoreAct::Status => StoreReply::Status(StatusReport {
                begun: 140,
                ..StatusReport::default()
            }),
            StoreAct::NewCertificateRequest => {
                let (key, request) = sync::certificate_request().unwrap();
                assert!(key.contains("PRIVATE KEY"));
                StoreReply::CertificateRequest(request)
            }
            StoreAct::PutCertificate(pem) => {
                self.certificate = Some(pem);
                StoreReply::Done
            }
            StoreAct::PutOutcomes { outcomes, cursor } => {
                assert!(outcomes.is_empty(), "it could not be read");
                self.cursor = cursor;
                StoreReply::Done
            }
            other => panic!("{other:?}"),
        })
    }
}

impl StorePort for &Store {
    async fn act(&self, act: StoreAct) -> Option<StoreReply> {
        self.0.lock().unwrap().act(act)
    }
}

#[tokio::test]
async fn everything_that_leaves_a_station_arrives_as_the_api_says() {
    let centre = Centre::start(2);
    // The wall clock is years away from this; the certificates are judged by what is believed.
    let connection = Connection::new(
        &centre.url(),
        &centre.ca_pem,
        &centre.certificate_pem,
        &centre.key_pem,
        at(THEN),
    )
    .unwrap();
    let waiting = |n, kind, length| Waiting {
        packet: packet(n),
        kind,
        length,
        upload: None,
        attempts: 0,
    };
    let store = Store(Mutex::new(Shelf {
        waiting: vec![
            waiting(1, ItemKind::Void, 0),
            waiting(2, ItemKind::Unreviewed, 100),
        ],
        certificate: None,
        receipts: Vec::new(),
        cursor: 0,
    }));
    let (_orders, taken) = tokio::sync::mpsc::channel::<Order>(1);
    let mut version = None;
    let running = sync::run(connection, &store, taken, 1, |report| {
        version = report.centre_version;
    });
    let ended = tokio::time::timeout(Duration::from_mins(1), running).await;
    assert_eq!(ended.unwrap(), Ended::StoreGone);
    assert_eq!(version, Some(2));

    let shelf = store.0.into_inner().unwrap();
    assert_eq!(shelf.certificate.as_deref(), Some("renewed"));
    let receipts = [STANDARD.encode("void"), STANDARD.encode("packet")];
    assert_eq!(shelf.receipts, receipts);
    assert_eq!(shelf.cursor, 7, "past what could not be read");

    let seen = centre.seen();
    assert!(
        seen.iter()
            .all(|request| request.version.as_deref() == Some("2"))
    );
    let place = |call: &str| seen.iter().position(|s| s.call == call).expect(call);
    let (status, lease) = (place("POST /v1/status"), place("GET /v1/lease"));
    assert!(status < lease, "the centre knows how much is used");
    let report: StatusReport = serde_json::from_slice(&seen[status].body).unwrap();
    assert_eq!(report.begun, 140);
    let metadata = &seen[place("POST /v1/uploads")].metadata;
    assert!(metadata.starts_with("manifest ") && metadata.contains(",statement "));
    assert!(!metadata.contains("decision"), "{metadata}");
    let void: wire::VoidRequest = serde_json::from_slice(&seen[place("POST /v1/voids")].body)
        .expect("a void is all that is sent of a void");
    assert_eq!(void.void.as_str(), STANDARD.encode("signed"));
    assert_eq!(seen[place("PATCH /v1/uploads/1")].body.len(), 100);
    place("POST /v1/stations/certificate");
}

#[tokio::test]
async fn a_link_whose_orders_end_says_so() {
    let centre = Centre::start(2);
    let connection = Connection::new(
        &centre.url(),
        &centre.ca_pem,
        &centre.certificate_pem,
        &centre.key_pem,
        at(THEN),
    )
    .unwrap();
    let store = Store(Mutex::new(Shelf {
        waiting: Vec::new(),
        certificate: None,
        receipts: Vec::new(),
        cursor: 0,
    }));
    let (orders, taken) = tokio::sync::mpsc::channel::<Order>(1);
    drop(orders);
    let ended = sync::run(connection, &store, taken, 1, |_| {}).await;
    assert_eq!(ended, Ended::OrdersGone);
}
