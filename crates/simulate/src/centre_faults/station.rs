//! A station without a desk: keys, a lease, enrolments with recorded faces, and a client that tries again for as long as it takes.

use crate::centre::Admin;
use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{
    Application, ApplicationKind, ClockConfidence, PacketId, Priority, Role, StaffId, StationId,
    Timestamp, Verdict,
};
use envelope::{
    Decision, DecisionKind, Digest, FORMAT, Identity, KeyCertificate, KeyFile, Lease, Manifest,
    PACKET_LIMIT_BYTES, PartKind, Parts, PublicKey, Receipt, Signed, SigningKey, StaffKeys,
    Statement, from_cbor, open, seal, to_cbor,
};
use faults::Random;
use reqwest::Client;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wire::{Activation, ActivationRequest, PacketReply, SignedText, path, tus};

/// A recorded enrolment, whose application is everybody's, and what opens it.
const RECORDED: &[u8] = include_bytes!("../../../faults/recordings/0.packet");
const RECORDED_KEY: &str = include_str!("../../../faults/recordings/ingest.key");
/// Whose faces are enrolled (`assets/pictures`).
const PICTURES: [&str; 3] = ["obama.jpg", "biden.jpg", "astronaut.png"];

const OFFICER: &str = "40213";
const SUPERVISOR: &str = "40001";
/// How soon it tries again.
const AGAIN: Duration = Duration::from_millis(300);

/// What the stations have in common: staff, and the authority that they believe.
pub(super) struct Office {
    ca_pem: String,
    keys: Mutex<Option<(StaffKeys, StaffKeys)>>,
    people: Vec<Parts>,
}

impl Office {
    pub(super) fn begin(admin: &Admin, ca_pem: String, models: &Path) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = Identity::parse(RECORDED_KEY)?;
        let recorded = Parts::from_tar(&open(RECORDED, &key, PACKET_LIMIT_BYTES)?)?;
        let mut analyser = face::Analyser::new(models)?;
        let people = PICTURES.iter().map(|file| {
            let picture = models.with_file_name("pictures").join(file);
            enrolled(&recorded, &mut analyser, &picture)
        });
        let office = Self {
            ca_pem,
            keys: Mutex::new(None),
            people: people.collect::<anyhow::Result<_>>()?,
        };
        // Its people, before its stations.
        let id = StationId::parse("MUL-99")
            .ok()
            .context("a station's name")?;
        add(admin, &id)?;
        Ok(office)
    }

    /// Opened once: each costs half a second on purpose.
    fn keys(&self, activation: &Activation) -> anyhow::Result<(StaffKeys, StaffKeys)> {
        let mut keys = self.keys.lock().ok().context("somebody failed before")?;
        if keys.is_none() {
            let file = |id: &str| {
                let mut files = activation.key_files.iter();
                let found = files.find(|(staff, _)| staff.as_str() == id);
                let bytes = STANDARD.decode(&found.context("a key file")?.1)?;
                anyhow::Ok(KeyFile::from_bytes(bytes)?.open(&passphrase(id).into())?)
            };
            *keys = Some((file(OFFICER)?, file(SUPERVISOR)?));
        }
        let (officer, supervisor) = keys.as_ref().context("keys")?;
        Ok((officer.clone(), supervisor.clone()))
    }
}

/// What a station makes of somebody's picture. Without a number of their own, so that nobody is compared with an earlier self.
fn enrolled(
    recorded: &Parts,
    analyser: &mut face::Analyser,
    picture: &Path,
) -> anyhow::Result<Parts> {
    let bytes = std::fs::read(picture).with_context(|| format!("{}", picture.display()))?;
    let picture = face::Picture::decode(&bytes)?;
    let landmarks = analyser.landmarks(&picture)?;
    let application = recorded.get(PartKind::Application);
    let mut application: Application = from_cbor(application.context("an application")?)?;
    application.kind = ApplicationKind::New;
    application.details.cnic = None;
    let mut made = Parts::default();
    made.put(PartKind::Application, to_cbor(&application)?)?;
    made.put(
        PartKind::Portrait,
        analyser.portrait(&picture, &landmarks)?.jpeg,
    )?;
    made.put(
        PartKind::Template,
        analyser.template(&picture, &landmarks)?.to_bytes(),
    )?;
    Ok(made)
}

fn passphrase(id: &str) -> String {
    format!("lantern over multan {id}")
}

/// The station's one-time code.
fn add(admin: &Admin, id: &StationId) -> anyhow::Result<String> {
    let member = |id: &str, role: Role| format!("{id}:{}:Sana Tariq:ثنا طارق", role_word(role));
    let (officer, supervisor) = (
        member(OFFICER, Role::Officer),
        member(SUPERVISOR, Role::Supervisor),
    );
    let line = |id: &str| format!("{id}:{}", passphrase(id));
    let secrets = [line(OFFICER), line(SUPERVISOR)].join("\n");
    let arguments = [
        "--office",
        "MUL",
        "--station",
        id.as_str(),
        "--staff",
        &officer,
        "--staff",
        &supervisor,
    ];
    let code = admin.command_with(&["station", "add"], &arguments, &secrets)?;
    Ok(code.trim().to_owned())
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Officer => "officer",
        Role::Supervisor => "supervisor",
    }
}

/// What became of a packet that the centre acknowledged whole.
pub(super) struct Held {
    /// A believed receipt says that it is there for good.
    pub durable: bool,
    /// From its last byte to that receipt.
    pub waited: Duration,
}

/// A station with what it needs to deliver.
pub(super) struct Station {
    office: Arc<Office>,
    client: Client,
    addresses: Arc<Mutex<Vec<String>>>,
    key: SigningKey,
    officer: StaffKeys,
    supervisor: StaffKeys,
    lease: Lease,
    centre: PublicKey,
}

struct Packet {
    id: PacketId,
    sealed: Vec<u8>,
    manifest: Signed<Manifest>,
    statement: Signed<Statement>,
    decision: Signed<Decision>,
}

impl Station {
    pub(super) async fn activate(
        office: &Arc<Office>,
        admin: &Admin,
        id: &StationId,
        addresses: &Arc<Mutex<Vec<String>>>,
    ) -> anyhow::Result<Self> {
        let (key, tls) = (SigningKey::generate()?, rcgen::KeyPair::generate()?);
        let request = rcgen::CertificateParams::new(Vec::new())?;
        let request = ActivationRequest {
            code: add(admin, id)?,
            station_key: key.public(),
            csr_pem: request.serialize_request(&tls)?.pem()?,
            held: None,
        };
        let stranger = client(&office.ca_pem, None)?;
        let activation = activation(&stranger, &request, addresses).await?;
        let (officer, supervisor) = office.keys(&activation)?;
        let certificate: Signed<KeyCertificate> = activation.lease.centre_key.read()?;
        let centre = certificate.verify(&activation.policy_root)?.key;
        let lease: Signed<Lease> = activation.lease.lease.read()?;
        let identity = format!("{}{}", activation.certificate_pem, tls.serialize_pem());
        Ok(Self {
            office: office.clone(),
            client: client(&office.ca_pem, Some(&identity))?,
            addresses: addresses.clone(),
            key,
            officer,
            supervisor,
            lease: lease.verify(&centre)?.into_document(),
            centre,
        })
    }

    /// Sends so many packets one after the other and waits for their receipts.
    pub(super) async fn deliver(self, count: u64, mut random: Random) -> anyhow::Result<Vec<Held>> {
        let mut sent = Vec::new();
        let mut previous = None;
        for counter in 1..=count {
            let packet = self.packet(counter, previous, &mut random)?;
            previous = Some(Digest::of(&packet.sealed));
            self.send(&packet, &mut random).await;
            sent.push((packet, Instant::now()));
        }
        let mut held = Vec::new();
        for (packet, arrived) in sent {
            let durable = self.receipt(&packet, &mut random).await?;
            held.push(Held {
                durable,
                waited: arrived.elapsed(),
            });
        }
        Ok(held)
    }

    fn packet(
        &self,
        counter: u64,
        previous: Option<Digest>,
        random: &mut Random,
    ) -> anyhow::Result<Packet> {
        let person = random.below(self.office.people.len() as u64) as usize;
        let parts = self.office.people.get(person).context("a person")?;
        let sealed = seal(&parts.to_tar()?, &self.lease.ingest)?;
        let (digest, length) = (Digest::of(&sealed), sealed.len() as u64);
        let at = now()?;
        let id = PacketId::mint(at, rand::random());
        let (lease, head) = (Some(self.lease.serial), Digest::of(&counter.to_le_bytes()));
        let staff = |number: &str| StaffId::parse(number).ok().context("a staff number");
        let statement = Statement {
            format: FORMAT,
            packet: id,
            digest,
            length,
            parts: parts.kinds(),
            officer: staff(OFFICER)?,
            station: self.lease.station.clone(),
            at,
            clock: ClockConfidence::Trusted,
            lease,
            audit_head: Some(head),
            kind: None,
        };
        let statement = Signed::sign(&statement, &self.officer.signing)?;
        let decision = Decision {
            format: FORMAT,
            packet: id,
            digest,
            supervisor: staff(SUPERVISOR)?,
            kind: DecisionKind::Approve,
            reasons: Vec::new(),
            at,
            lease,
            audit_head: Some(head),
        };
        let decision = Signed::sign(&decision, &self.supervisor.signing)?;
        let manifest = Manifest {
            format: FORMAT,
            packet: id,
            station: self.lease.station.clone(),
            counter,
            previous,
            digest,
            length,
            parts: parts.kinds(),
            statement: statement.digest(),
            decision: Some(decision.digest()),
            priority: Priority::Normal,
            at,
            clock: ClockConfidence::Trusted,
            policy_version: self.lease.policy.version,
            replayed: true,
            key_protection: "file".to_owned(),
            audit_head: head,
            kind: None,
            lease,
        };
        let manifest = Signed::sign(&manifest, &self.key)?;
        Ok(Packet {
            id,
            sealed,
            manifest,
            statement,
            decision,
        })
    }

    /// Until some replica says that all of it is there.
    async fn send(&self, packet: &Packet, random: &mut Random) {
        while self.try_to_send(packet, random).await.is_err() {
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn try_to_send(&self, packet: &Packet, random: &mut Random) -> anyhow::Result<()> {
        let base = somewhere(&self.addresses, random)?;
        let twice = |text: SignedText| STANDARD.encode(text.as_str());
        let metadata = format!(
            "manifest {},statement {},decision {}",
            twice(SignedText::of(&packet.manifest)),
            twice(SignedText::of(&packet.statement)),
            twice(SignedText::of(&packet.decision))
        );
        let created = self
            .client
            .post(format!("{base}{}", path::UPLOADS))
            .header("tus-resumable", tus::VERSION)
            .header("upload-length", packet.sealed.len())
            .header("upload-metadata", metadata)
            .send()
            .await?
            .error_for_status()?;
        let location = created.headers().get("location").context("a location")?;
        let location = format!("{base}{}", location.to_str()?);
        self.client
            .patch(location)
            .header("tus-resumable", tus::VERSION)
            .header("upload-offset", 0)
            .header("content-type", tus::CONTENT_TYPE)
            .body(packet.sealed.clone())
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// Until there is a receipt that settles it; whether that says durable. What the centre only retains is waited for.
    async fn receipt(&self, packet: &Packet, random: &mut Random) -> anyhow::Result<bool> {
        loop {
            let reply = self.ask(packet, random).await;
            let text = reply.ok().and_then(|reply| reply.receipt);
            if let Some(text) = text {
                let signed: Signed<Receipt> = text.read()?;
                let receipt = signed.verify(&self.centre)?;
                if receipt.digest != Digest::of(&packet.sealed) {
                    bail!("a receipt for other bytes");
                }
                match receipt.verdict {
                    Verdict::Durable => return Ok(true),
                    Verdict::Quarantined => return Ok(false),
                    Verdict::Retain => {}
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn ask(&self, packet: &Packet, random: &mut Random) -> anyhow::Result<PacketReply> {
        let base = somewhere(&self.addresses, random)?;
        let url = format!("{base}{}/{}?wait_seconds=2", path::PACKETS, packet.id);
        let answer = self.client.get(url).send().await?.error_for_status()?;
        Ok(answer.json().await?)
    }
}

/// A replica, by chance.
fn somewhere(addresses: &Mutex<Vec<String>>, random: &mut Random) -> anyhow::Result<String> {
    let addresses = addresses.lock().ok().context("somebody failed before")?;
    let place = random.below(addresses.len() as u64) as usize;
    addresses.get(place).cloned().context("no replica")
}

fn client(ca_pem: &str, identity: Option<&str>) -> anyhow::Result<Client> {
    let ca = reqwest::Certificate::from_pem(ca_pem.as_bytes())?;
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert(wire::VERSION_HEADER, wire::VERSION.into());
    let mut builder = Client::builder()
        .tls_certs_only([ca])
        .default_headers(headers)
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(20));
    if let Some(pem) = identity {
        builder = builder.identity(reqwest::Identity::from_pem(pem.as_bytes())?);
    }
    Ok(builder.build()?)
}

async fn activation(
    client: &Client,
    request: &ActivationRequest,
    addresses: &Mutex<Vec<String>>,
) -> anyhow::Result<Activation> {
    let base = somewhere(addresses, &mut Random::of_run(0, 0))?;
    let answer = client
        .post(format!("{base}{}", path::ACTIVATE))
        .json(request)
        .send()
        .await?;
    if !answer.status().is_success() {
        let problem: BTreeMap<String, serde_json::Value> = answer.json().await?;
        bail!("an activation was refused: {problem:?}");
    }
    Ok(answer.json().await?)
}

fn now() -> anyhow::Result<Timestamp> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_millis(i64::try_from(since.as_millis())?))
}
