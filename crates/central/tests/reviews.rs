//! Reviews that travel sealed between the stations of one office, and everybody who may not touch them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use domain::{ApplicationKind, DecisionResult, OfficeId, Role, StaffId, StationId};
use envelope::{
    Decision, DecisionKind, Digest, Identity, ReviewCopy, ReviewReturn, Signed, SigningKey, seal,
};
use reqwest::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use support::packet::{Packet, Plan, Who, now};
use support::{Station, TestCentre};
use wire::{
    ActivationRequest, Problem, ReviewList, ReviewOffer, ReviewReport, ReviewResult, ReviewWord,
    ReviewWords, SealedText, SignedText, path,
};

type Bend = Box<dyn Fn(&mut ReviewCopy)>;

/// A packet that waits for review at a station, and its sealed copy.
struct Waiting {
    packet: Packet,
    copy: Vec<u8>,
}

impl Waiting {
    fn at(station: &Station, counter: u64) -> Self {
        let packet = Plan::new(counter, None).make(&station.signers);
        let readers = [
            station.signers.supervisor.public().1,
            station.signers.lease.office_recovery.clone().unwrap(),
        ];
        let copy = seal(b"what a supervisor looks at", &readers).unwrap();
        Self { packet, copy }
    }

    fn digest(&self) -> Digest {
        self.packet.digest()
    }

    fn review(&self, station: &Station) -> ReviewCopy {
        ReviewCopy {
            format: envelope::FORMAT,
            packet: self.packet.id,
            station: station.signers.lease.station.clone(),
            digest: self.digest(),
            statement: self.packet.statement.digest(),
            copy: Digest::of(&self.copy),
            copy_length: self.copy.len() as u64,
            kind: ApplicationKind::New,
            risk: 20,
            replayed: true,
            submitted_at: now(),
            lease: Some(station.signers.lease.serial),
        }
    }

    fn offer(&self, station: &Station) -> ReviewOffer {
        self.offer_bent(station, |_| {})
    }

    fn offer_bent(&self, station: &Station, bend: impl FnOnce(&mut ReviewCopy)) -> ReviewOffer {
        let mut review = self.review(station);
        bend(&mut review);
        self.signed(&review, &station.signers.key)
    }

    fn signed(&self, review: &ReviewCopy, key: &SigningKey) -> ReviewOffer {
        ReviewOffer {
            review: SignedText::of(&Signed::sign(review, key).unwrap()),
            statement: SignedText::of(&self.packet.statement),
            copy: SealedText::of(&self.copy),
        }
    }

    fn decision(&self, station: &Station, bend: impl FnOnce(&mut Decision)) -> Signed<Decision> {
        let mut decision = Decision {
            format: envelope::FORMAT,
            packet: self.packet.id,
            digest: self.digest(),
            supervisor: StaffId::parse("40001").unwrap(),
            kind: DecisionKind::Approve,
            reasons: Vec::new(),
            at: now(),
            lease: Some(station.signers.lease.serial),
            audit_head: Some(Digest::default()),
        };
        bend(&mut decision);
        Signed::sign(&decision, &station.signers.supervisor.signing).unwrap()
    }

    fn returned(&self, station: &Station, draft: &[u8]) -> Signed<ReviewReturn> {
        let returned = ReviewReturn {
            format: envelope::FORMAT,
            packet: self.packet.id,
            digest: self.digest(),
            officer: StaffId::parse("40213").unwrap(),
            kind: ApplicationKind::New,
            supervisor: StaffId::parse("40001").unwrap(),
            reason: "return-name".to_owned(),
            draft: Digest::of(draft),
            at: now(),
            lease: Some(1),
            audit_head: None,
        };
        Signed::sign(&returned, &station.signers.supervisor.signing).unwrap()
    }
}

fn word(decision: &Signed<Decision>) -> ReviewWord {
    ReviewWord::Decision {
        decision: SignedText::of(decision),
    }
}

fn below(digest: Digest, rest: &str) -> String {
    format!("{}/{digest}{rest}", path::REVIEWS)
}

async fn post(
    centre: &TestCentre,
    station: &Station,
    at: &str,
    body: &impl serde::Serialize,
) -> (StatusCode, String) {
    let sent = station.client.post(centre.url(at)).json(body).send().await;
    said(sent.unwrap()).await
}

async fn said(response: reqwest::Response) -> (StatusCode, String) {
    let status = response.status();
    let key = response.json::<Problem>().await;
    (status, key.map(|p| p.key().to_owned()).unwrap_or_default())
}

async fn get(centre: &TestCentre, station: &Station, at: &str) -> (StatusCode, String) {
    said(station.client.get(centre.url(at)).send().await.unwrap()).await
}

async fn list(centre: &TestCentre, station: &Station) -> ReviewList {
    let sent = station.client.get(centre.url(path::REVIEWS)).send().await;
    sent.unwrap().json().await.unwrap()
}

async fn offered(centre: &TestCentre, station: &Station, waiting: &Waiting) {
    let (status, key) = post(centre, station, path::REVIEWS, &waiting.offer(station)).await;
    assert_eq!((status, key.as_str()), (StatusCode::NO_CONTENT, ""));
}

const TAKEN: StatusCode = StatusCode::NO_CONTENT;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;

/// A station of another office, with people of its own.
async fn stranger(centre: &TestCentre) -> Station {
    let code = centre.act(async |store| {
        let office = central::dev::NewOffice {
            id: OfficeId::parse("LHE").unwrap(),
            name_latin: "Lahore".to_owned(),
            name_urdu: "لاہور".to_owned(),
            staff: vec![
                support::staff("50213", Role::Officer),
                support::staff("50001", Role::Supervisor),
            ],
            work_factor: envelope::WorkFactor::TEST,
        };
        central::dev::add_office(&store, &office).await?;
        let station = StationId::parse("LHE-01").unwrap();
        central::dev::add_station(&store, &office.id, &station).await
    });
    let (key, tls) = (
        SigningKey::generate().unwrap(),
        rcgen::KeyPair::generate().unwrap(),
    );
    let request = ActivationRequest {
        code: code.expose(),
        station_key: key.public(),
        csr_pem: support::csr(&tls),
        held: None,
    };
    let activation = centre.ask_activation(&request).await.unwrap();
    let pem = format!("{}{}", activation.certificate_pem, tls.serialize_pem());
    let keys = |id: &str| support::open_key_file(&activation, id, &format!("correct horse {id}"));
    let lease = activation.lease.lease.read::<envelope::Lease>().unwrap();
    Station {
        client: centre.client(Some(&pem)),
        signers: support::packet::Signers {
            lease: lease.peek().unwrap(),
            officer: keys("50213"),
            other_officer: None,
            supervisor: keys("50001"),
            key,
        },
        identity_pem: pem,
        activation,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_goes_to_a_colleagues_station_and_its_decision_comes_back_to_its_own() {
    let centre = support::centre();
    let first = centre.station().await;
    assert!(first.lease(&centre).await.stations.is_empty());
    let second = centre.station_named("MUL-04").await;
    let third = centre.station_named("MUL-05").await;
    // Each knows the others with the lease.
    let named = first.lease(&centre).await.stations;
    let keys = [&second, &third].map(|s| {
        (
            s.signers.lease.station.clone(),
            vec![s.signers.key.public()],
        )
    });
    let named: Vec<_> = named.into_iter().map(|s| (s.id, s.keys)).collect();
    assert_eq!(named, keys);

    let waiting = Waiting::at(&first, 1);
    offered(&centre, &first, &waiting).await;
    offered(&centre, &first, &waiting).await;
    assert_eq!(list(&centre, &first).await.own.len(), 1);
    let lines = list(&centre, &second).await.waiting;
    assert_eq!((lines.len(), lines[0].digest), (1, waiting.digest()));
    // An unchanged list costs nothing.
    let answer = second.client.get(centre.url(path::REVIEWS)).send().await;
    let tag = answer.unwrap().headers()["etag"].clone();
    let request = second.client.get(centre.url(path::REVIEWS));
    let answer = request.header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);

    // What comes out is what went in, and only a supervisor or office recovery opens it.
    let one = second.client.get(centre.url(&below(waiting.digest(), "")));
    let got: ReviewOffer = one.send().await.unwrap().json().await.unwrap();
    assert_eq!(got, waiting.offer_like(&got));
    let copy = got.copy.read().unwrap();
    let opened = envelope::open(&copy, &first.signers.supervisor.identity, 1000).unwrap();
    assert_eq!(opened.as_slice(), b"what a supervisor looks at");
    for other in [&Identity::generate(), &first.signers.officer.identity] {
        assert!(envelope::open(&copy, other, 1000).is_err());
    }

    // Decided at the second; it waits for its own station and is no longer offered to the third.
    let decision = waiting.decision(&second, |_| {});
    let words = below(waiting.digest(), "/words");
    for _ in 0..2 {
        assert_eq!(
            post(&centre, &second, &words, &word(&decision)).await.0,
            TAKEN
        );
    }
    assert!(list(&centre, &third).await.waiting.is_empty());
    let own = list(&centre, &first).await;
    assert_eq!(own.decided, [waiting.digest()]);
    let sent = first.client.get(centre.url(&words)).send().await;
    let held: ReviewWords = sent.unwrap().json().await.unwrap();
    assert_eq!(held.words, [word(&decision)]);
    // The third decided at the same moment.
    let late = waiting.decision(&third, |d| d.kind = DecisionKind::Reject);
    assert_eq!(post(&centre, &third, &words, &word(&late)).await.0, TAKEN);

    let report = ReviewReport {
        over: true,
        results: vec![ReviewResult {
            decision: decision.digest(),
            result: DecisionResult::Taken,
        }],
    };
    let results = below(waiting.digest(), "/results");
    assert_eq!(post(&centre, &first, &results, &report).await.0, TAKEN);
    let results = |list: ReviewList| -> Vec<_> {
        list.results
            .into_iter()
            .map(|r| (r.decision, r.result))
            .collect()
    };
    let told = results(list(&centre, &second).await);
    assert_eq!(told, [(decision.digest(), DecisionResult::Taken)]);
    let told = results(list(&centre, &third).await);
    assert_eq!(told, [(late.digest(), DecisionResult::Late)]);
    // Over: nothing sealed is left, and nothing more is taken.
    let gone = get(&centre, &second, &below(waiting.digest(), "")).await;
    assert_eq!(gone.0, StatusCode::NOT_FOUND);
    assert_eq!(sealed_rows(&centre).await, 0);
    let another = waiting.decision(&second, |d| d.reasons.push("later".to_owned()));
    let refused = post(&centre, &second, &words, &word(&another)).await;
    assert_eq!(refused, (StatusCode::CONFLICT, "review-over".to_owned()));
}

impl Waiting {
    /// The same offer with the signature that came, which names a time of its own.
    fn offer_like(&self, got: &ReviewOffer) -> ReviewOffer {
        ReviewOffer {
            review: got.review.clone(),
            statement: SignedText::of(&self.packet.statement),
            copy: SealedText::of(&self.copy),
        }
    }
}

/// What a query of one number says.
async fn count(centre: &TestCentre, sql: &str) -> i64 {
    let (client, connection) = tokio_postgres::connect(&centre.database, tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let number = client.query_one(sql, &[]).await.unwrap().get(0);
    drop(client);
    connection.await.unwrap().unwrap();
    number
}

/// Rows in which something sealed stands.
async fn sealed_rows(centre: &TestCentre) -> i64 {
    count(centre, "select (select count(*) from review where copy is not null) + (select count(*) from review_word where draft is not null)").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_is_not_the_stations_own_or_does_not_hold_together_is_refused() {
    let centre = support::centre();
    let (first, second) = (centre.station().await, centre.station_named("MUL-04").await);
    let stranger = stranger(&centre).await;
    let waiting = Waiting::at(&first, 1);
    let reviewed = async |station: &Station, offer: &ReviewOffer| {
        let (status, key) = post(&centre, station, path::REVIEWS, offer).await;
        assert!(status.is_client_error(), "{status} {key}");
        key
    };
    // Another station's, of the office or of none.
    for other in [&second, &stranger] {
        assert_eq!(
            reviewed(other, &waiting.offer(&first)).await,
            "review-signature"
        );
    }
    let theirs = waiting.signed(&waiting.review(&first), &second.signers.key);
    assert_eq!(reviewed(&second, &theirs).await, "not-own-review");
    // Somebody of another office took it.
    let foreign = Waiting::at(&stranger, 1);
    let mut review = foreign.review(&first);
    review.station = first.signers.lease.station.clone();
    let offer = foreign.signed(&review, &first.signers.key);
    assert_eq!(reviewed(&first, &offer).await, "statement-signature");
    // Parts of other packets.
    let bends: [Bend; 5] = [
        Box::new(|r| r.digest = Digest::of(b"another packet")),
        Box::new(|r| r.packet = domain::PacketId::mint(now(), [9; 10])),
        Box::new(|r| r.statement = Digest::of(b"another statement")),
        Box::new(|r| r.copy = Digest::of(b"another copy")),
        Box::new(|r| r.copy_length += 1),
    ];
    for bend in bends {
        assert_eq!(
            reviewed(&first, &waiting.offer_bent(&first, bend)).await,
            "review-mismatch"
        );
    }
    // What is not sealed is not kept, whatever it says of itself.
    let open = Waiting {
        packet: waiting.packet.clone(),
        copy: b"a portrait".to_vec(),
    };
    assert_eq!(
        reviewed(&first, &open.offer(&first)).await,
        "review-mismatch"
    );
    // Nor what is larger than the limit.
    let mut large = Waiting::at(&first, 1);
    large.copy.resize(wire::REVIEW_LIMIT_BYTES + 1, 7);
    assert_eq!(reviewed(&first, &large.offer(&first)).await, "malformed");
    assert_eq!(count(&centre, "select count(*) from review").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_taken_from_a_supervisor_of_the_office_about_this_packet_only() {
    let centre = support::centre();
    let (first, second) = (centre.station().await, centre.station_named("MUL-04").await);
    let stranger = stranger(&centre).await;
    let waiting = Waiting::at(&first, 1);
    offered(&centre, &first, &waiting).await;
    let words = below(waiting.digest(), "/words");
    let refused = async |station: &Station, body: &ReviewWord| {
        let (status, key) = post(&centre, station, &words, body).await;
        assert!(status.is_client_error(), "{status} {key}");
        key
    };
    let good = waiting.decision(&second, |_| {});
    // Its own station decides itself; another office's station finds nothing to decide, to read or to report.
    assert_eq!(refused(&first, &word(&good)).await, "own-review");
    assert_eq!(refused(&stranger, &word(&good)).await, "no-such-review");
    for rest in ["", "/words"] {
        let (status, _) = get(&centre, &stranger, &below(waiting.digest(), rest)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{rest}");
    }
    assert!(list(&centre, &stranger).await.waiting.is_empty());
    // Not even a colleague's station reads the decisions, or says what became of them.
    let (status, _) = get(&centre, &second, &words).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let report = ReviewReport {
        over: true,
        results: Vec::new(),
    };
    let results = below(waiting.digest(), "/results");
    assert_eq!(post(&centre, &second, &results, &report).await.0, FORBIDDEN);
    // Whoever took it, an officer, somebody of another office, somebody unknown, a forged signature.
    let signed = |id: &str, keys: &envelope::StaffKeys| {
        let mut decision = waiting.decision(&second, |_| {}).peek().unwrap();
        decision.supervisor = StaffId::parse(id).unwrap();
        word(&Signed::sign(&decision, &keys.signing).unwrap())
    };
    let people = &second.signers;
    let officer = signed("40213", &people.officer);
    assert_eq!(refused(&second, &officer).await, "not-a-supervisor");
    let theirs = signed("50001", &stranger.signers.supervisor);
    assert_eq!(refused(&second, &theirs).await, "not-of-this-office");
    let nobody = signed("49999", &people.officer);
    assert_eq!(refused(&second, &nobody).await, "not-of-this-office");
    let forged = signed("40001", &people.officer);
    assert_eq!(refused(&second, &forged).await, "decision-signature");
    // About another packet, or other bytes of this one.
    let other = waiting.decision(&second, |d| d.digest = Digest::of(b"other"));
    assert_eq!(refused(&second, &word(&other)).await, "review-mismatch");
    let other = waiting.decision(&second, |d| {
        d.packet = domain::PacketId::mint(now(), [9; 10]);
    });
    assert_eq!(refused(&second, &word(&other)).await, "review-mismatch");
    // A return brings exactly the draft that it names, sealed.
    let draft = seal(b"draft", &[people.officer.public().1]).unwrap();
    let returned = SignedText::of(&waiting.returned(&second, &draft));
    let with = |draft: &[u8]| ReviewWord::Return {
        returned: returned.clone(),
        draft: SealedText::of(draft),
    };
    let swapped = seal(b"other", &[people.officer.public().1]).unwrap();
    assert_eq!(refused(&second, &with(&swapped)).await, "review-mismatch");
    let open = SignedText::of(&waiting.returned(&second, b"open"));
    let open = ReviewWord::Return {
        returned: open,
        draft: SealedText::of(b"open"),
    };
    assert_eq!(refused(&second, &open).await, "review-mismatch");
    assert_eq!(count(&centre, "select count(*) from review_word").await, 0);
    assert_eq!(post(&centre, &second, &words, &with(&draft)).await.0, TAKEN);
    // Somebody who was dismissed meanwhile decides nothing any more.
    let id = StaffId::parse("40001").unwrap();
    centre.act(async move |store| central::dev::revoke_staff(&store, &id).await);
    assert_eq!(refused(&second, &word(&good)).await, "not-of-this-office");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_what_they_took_themselves() {
    let centre = support::centre();
    let (first, second) = (centre.station().await, centre.station_named("MUL-04").await);
    // A supervisor took it, as supervisors may.
    let mut own = Waiting::at(&first, 1);
    let mut statement = own.packet.statement.peek().unwrap();
    statement.officer = StaffId::parse("40001").unwrap();
    own.packet.statement = Signed::sign(&statement, &first.signers.supervisor.signing).unwrap();
    offered(&centre, &first, &own).await;
    let decision = own.decision(&second, |_| {});
    let words = below(own.digest(), "/words");
    let refused = post(&centre, &second, &words, &word(&decision)).await;
    assert_eq!(refused, (FORBIDDEN, "four-eyes".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_station_a_stranger_and_the_first_release_get_nothing_of_it() {
    let mut centre = support::centre();
    let (first, second) = (centre.station().await, centre.station_named("MUL-04").await);
    let waiting = Waiting::at(&first, 1);
    offered(&centre, &first, &waiting).await;
    let one = below(waiting.digest(), "");
    let words = below(waiting.digest(), "/words");
    let report = ReviewReport::default();
    let decision = word(&waiting.decision(&second, |_| {}));
    let everything = async |station: &Station, expected: StatusCode| {
        for at in [path::REVIEWS, &one, &words] {
            assert_eq!(get(&centre, station, at).await.0, expected, "{at}");
        }
        let offer = waiting.offer(&first);
        assert_eq!(
            post(&centre, station, path::REVIEWS, &offer).await.0,
            expected
        );
        assert_eq!(post(&centre, station, &words, &decision).await.0, expected);
        let results = below(waiting.digest(), "/results");
        assert_eq!(post(&centre, station, &results, &report).await.0, expected);
    };
    let mut nobody = centre.station_named("MUL-05").await;
    let known = std::mem::replace(&mut nobody.client, centre.client(None));
    everything(&nobody, StatusCode::UNAUTHORIZED).await;
    nobody.client = known;
    let id = StationId::parse("MUL-05").unwrap();
    centre.act(async move |store| central::dev::revoke_station(&store, &id).await);
    everything(&nobody, FORBIDDEN).await;
    // A station of the first release finds no such resource, and its lease names no colleagues.
    let pem = second.identity_pem.clone();
    centre.version = 1;
    let mut old = second;
    old.client = centre.client(Some(&pem));
    let answer = old.client.get(centre.url(path::REVIEWS)).send().await;
    assert_eq!(said(answer.unwrap()).await.1, "no-such-resource");
    assert!(old.lease(&centre).await.stations.is_empty());
    // A review of a station that was revoked is offered to nobody.
    centre.version = wire::VERSION;
    old.client = centre.client(Some(&pem));
    assert_eq!(list(&centre, &old).await.waiting.len(), 1);
    centre.act(async |store| central::dev::revoke_station(&store, &support::station_id()).await);
    assert!(list(&centre, &old).await.waiting.is_empty());
    assert_eq!(get(&centre, &old, &one).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_offered_or_has_arrived_is_dropped_and_told() {
    let ahead = Arc::new(AtomicI64::new(0));
    let (shared, system) = (ahead.clone(), central::Clock::system());
    let clock =
        central::Clock::from_fn(move || system.now().plus_millis(shared.load(Ordering::SeqCst)));
    let day = 24 * 60 * 60_000;
    let centre = support::centre_with_clock(clock);
    let (first, second) = (centre.station().await, centre.station_named("MUL-04").await);
    let waiting = [Waiting::at(&first, 1), Waiting::at(&first, 2)];
    for one in &waiting {
        offered(&centre, &first, one).await;
    }
    // The first one leaves without its station saying what it made of the decision.
    let decision = waiting[0].decision(&second, |_| {});
    let words = below(waiting[0].digest(), "/words");
    assert_eq!(
        post(&centre, &second, &words, &word(&decision)).await.0,
        TAKEN
    );
    centre.settle(&first, &waiting[0].packet).await;
    let left: Vec<_> = list(&centre, &second)
        .await
        .waiting
        .iter()
        .map(|l| l.digest)
        .collect();
    assert_eq!(left, [waiting[1].digest()]);
    let tidy = || centre.act(async |store| central::reviews::tidy(&store).await);
    tidy();
    assert_eq!(
        sealed_rows(&centre).await,
        2,
        "its station has a day to say more"
    );
    ahead.store(2 * day, Ordering::SeqCst);
    tidy();
    assert_eq!(sealed_rows(&centre).await, 1);
    let told = list(&centre, &second).await.results;
    assert_eq!(told[0].result, DecisionResult::Late);
    // Nobody offers the second one again: after a month its copy goes, after another its row.
    ahead.store(31 * day, Ordering::SeqCst);
    tidy();
    assert_eq!(sealed_rows(&centre).await, 0);
    assert_eq!(count(&centre, "select count(*) from review").await, 2);
    // Its station is there after all: what waits is offered again.
    offered(&centre, &first, &waiting[1]).await;
    assert_eq!(sealed_rows(&centre).await, 1);
    ahead.store(95 * day, Ordering::SeqCst);
    tidy();
    tidy();
    ahead.store(126 * day, Ordering::SeqCst);
    tidy();
    assert_eq!(count(&centre, "select count(*) from review").await, 0);
    assert_eq!(count(&centre, "select count(*) from review_word").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_fills_no_more_than_its_share() {
    let centre = support::centre();
    let (first, second) = (centre.station().await, centre.station_named("MUL-04").await);
    let waiting = Waiting::at(&first, 1);
    offered(&centre, &first, &waiting).await;
    // Many others of the same station, as rows.
    count(&centre,
        "with more as (insert into review select sha256(n::text::bytea), gen_random_uuid(), station, office, officer,
             document, statement, copy, copy_digest, posted_at from review, generate_series(1, 199) n returning 1)
         select count(*) from more",
    ).await;
    let another = Waiting::at(&first, 2);
    let refused = post(&centre, &first, path::REVIEWS, &another.offer(&first)).await;
    assert_eq!(refused.1, "too-many-reviews");
    // One that is there may be sealed anew.
    offered(&centre, &first, &waiting).await;
    // A corrected application takes the place of the packet before.
    let decision = waiting.decision(&second, |_| {});
    let words = below(waiting.digest(), "/words");
    assert_eq!(
        post(&centre, &second, &words, &word(&decision)).await.0,
        TAKEN
    );
    let mut plan = Plan::new(1, None);
    plan.id = waiting.packet.id;
    plan.decider = Who::Supervisor;
    let corrected = Waiting {
        packet: plan.make(&first.signers),
        copy: waiting.copy.clone(),
    };
    offered(&centre, &first, &corrected).await;
    let told = list(&centre, &second).await;
    assert_eq!(told.results[0].result, DecisionResult::Late);
    let about: Vec<_> = told
        .waiting
        .iter()
        .filter(|l| l.packet == corrected.packet.id)
        .map(|l| l.digest)
        .collect();
    assert_eq!(about, [corrected.digest()]);
    // Decisions about one review are counted too.
    for number in 0..=wire::REVIEW_WORDS_LIMIT {
        let decision = corrected.decision(&second, |d| d.reasons.push(number.to_string()));
        let words = below(corrected.digest(), "/words");
        let (status, key) = post(&centre, &second, &words, &word(&decision)).await;
        assert_eq!(status == TAKEN, number < wire::REVIEW_WORDS_LIMIT, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_transferred_is_in_the_new_offices_leases_with_their_key_file_and_in_no_old_one()
{
    let centre = support::centre();
    let (old, new) = (centre.station().await, stranger(&centre).await);
    let id = StaffId::parse("40214").unwrap();
    let file = |lease: &envelope::Lease| {
        let file = lease.key_files.iter().find(|file| file.staff == id);
        file.map(|file| file.file.clone())
    };
    let before = file(&old.lease(&centre).await).unwrap();
    let (staff, office) = (id.clone(), OfficeId::parse("LHE").unwrap());
    centre.act(async move |store| central::dev::move_staff(&store, &staff, &office).await);
    let (there, here) = (old.lease(&centre).await, new.lease(&centre).await);
    assert!(there.member(&id).is_none() && file(&there).is_none());
    assert!(here.member(&id).is_some());
    assert_eq!(file(&here), Some(before));
    // Nobody is moved to where nothing is.
    let nowhere = OfficeId::parse("XXX").unwrap();
    let (staff, refused) = (id.clone(), async move |store: central::Store| {
        Ok(central::dev::move_staff(&store, &id, &nowhere)
            .await
            .is_err())
    });
    assert!(centre.act(refused));
    assert!(new.lease(&centre).await.member(&staff).is_some());
}
