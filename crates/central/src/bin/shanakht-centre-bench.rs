//! Measures ingest: packets go through the real centre (TLS, PostgreSQL, every check, signed
//! receipt) and then, with the same client, into a plain tus server that only stores them.
//!
//! `shanakht-centre-bench [--packets N] [--parallel N] --json FILE`
//! The client is npm `tus-js-client`, the peer npm `@tus/server` (tests/tus).

#[path = "../../tests/support/packet.rs"]
mod packet;

use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use central::{Centre, CentreOptions, RunningCentre, dev};
use clap::Parser;
use domain::{OfficeId, Role, StaffId, StationId};
use envelope::{
    Identity, KeyFile, Lease, PACKET_LIMIT_BYTES, PartKind, Parts, SigningKey, StaffKeys,
    WorkFactor, open,
};
use face::{Analyser, Picture};
use packet::{Packet, Plan, Signers};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use wire::{Activation, ActivationRequest, SignedText, path};

/// Where the strangers' JavaScript lies.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/tus");
const OFFICER: &str = "40213";
const SUPERVISOR: &str = "40001";
/// Packets before those that are measured.
const WARM: usize = 12;
/// What no centre can leave out.
const UNAVOIDABLE: &str =
    "the same packets in memory: opened, three signatures, picture decoded, template made";
/// Bytes of the evidence that a packet carries beside portrait and template.
const BURST_BYTES: usize = 250 << 10;

/// Ingest of packets against a plain tus server.
#[derive(Parser)]
struct Options {
    /// Packets that are sent; a lease is good for 200.
    #[arg(long, default_value_t = 60)]
    packets: u32,
    /// Uploads at a time.
    #[arg(long, default_value_t = 4)]
    parallel: u32,
    /// Where the rows go.
    #[arg(long)]
    json: PathBuf,
}

/// One row of the bench table.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    value: f64,
    unit: &'static str,
    peer: String,
    peer_value: f64,
    ratio: f64,
    samples: usize,
}

/// What the client measured in one pass.
#[derive(Deserialize)]
struct Pass {
    seconds: f64,
    last_byte_ms: Vec<f64>,
}

/// What was measured of one server.
struct Measured {
    /// With several uploads at a time.
    packets_per_second: f64,
    packets: usize,
    /// With one upload at a time: nothing waits behind another packet.
    last_byte_ms: Vec<f64>,
}

/// A third of the packets one after the other, the rest several at a time.
fn measure(client: &mut Value, packets: &[Value], parallel: u32) -> anyhow::Result<Measured> {
    let (alone, together) = packets.split_at(packets.len() / 3);
    let mut pass = |packets: &[Value], parallel: u32| -> anyhow::Result<Pass> {
        client["packets"] = json!(packets);
        client["parallel"] = json!(parallel);
        Ok(serde_json::from_value(node(client)?)?)
    };
    let (alone, together) = (pass(alone, 1)?, pass(together, parallel)?);
    Ok(Measured {
        packets_per_second: together.last_byte_ms.len() as f64 / together.seconds,
        packets: together.last_byte_ms.len(),
        last_byte_ms: alone.last_byte_ms,
    })
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    ensure!(
        (9..=200).contains(&options.packets) && options.parallel > 0,
        "9 to 200 packets, and at least one upload at a time"
    );
    ensure!(
        Path::new(SCRIPTS).join("node_modules").is_dir(),
        "tests/tus/node_modules is missing: `cargo xtask setup` installs it"
    );
    let folder = tempfile::tempdir()?;
    let centre = Centre::start(CentreOptions::development(
        folder.path().join("centre"),
        packet::models(),
    ))
    .map_err(|e| anyhow::anyhow!(central::explain(&e)))?;
    let (mut client, station) = activate(&centre)?;
    let (packets, made) = packets(&station, options.packets, folder.path())?;
    client["endpoint"] = json!(format!("{}{}", centre.url(), path::UPLOADS));
    client["receipts"] = json!(format!("{}{}", centre.url(), path::PACKETS));
    // Every worker has loaded its networks before anything is measured.
    let (first, packets) = packets.split_at(WARM.min(packets.len() / 2));
    measure(&mut client, first, options.parallel)?;
    let before = processor_ms()?;
    let ours = measure(&mut client, packets, options.parallel)?;
    let spent = (processor_ms()? - before) / packets.len() as f64;
    centre.stop();
    let alone = alone(&made, &station, &folder.path().join("centre"))?;
    let mut plain = PlainServer::start(folder.path())?;
    client["ca"] = json!(plain.certificate);
    client["endpoint"] = json!(plain.url);
    client["receipts"] = Value::Null;
    let theirs = measure(&mut client, packets, options.parallel)?;
    plain.stop()?;
    let text = serde_json::to_string_pretty(&rows(ours, theirs, (alone, spent)))?;
    std::fs::write(&options.json, text)
        .with_context(|| format!("writing {}", options.json.display()))
}

fn rows(mut ours: Measured, mut theirs: Measured, (alone, spent): (Alone, f64)) -> [Row; 4] {
    let samples = ours.last_byte_ms.len();
    let (rate, plain_rate) = (ours.packets_per_second, theirs.packets_per_second);
    let (wait, plain_wait) = (
        median(&mut ours.last_byte_ms),
        median(&mut theirs.last_byte_ms),
    );
    let peer = |what| format!("npm @tus/server 1.10.2 with @tus/file-store 1.5.1, {what}");
    [
        Row {
            name: "centre ingest",
            value: rate,
            unit: "packets/s",
            peer: peer("stored without sync or checks"),
            peer_value: plain_rate,
            ratio: rate / plain_rate,
            samples: ours.packets,
        },
        Row {
            name: "centre ingest, of what its processors can do",
            value: rate,
            unit: "packets/s",
            peer: format!("{UNAVOIDABLE}; every processor, nothing else"),
            peer_value: alone.packets_per_second,
            ratio: rate / alone.packets_per_second,
            samples: ours.packets,
        },
        Row {
            name: "centre ingest, processor time a packet",
            value: spent,
            unit: "ms, PostgreSQL and client left out",
            peer: UNAVOIDABLE.to_owned(),
            peer_value: alone.processor_ms,
            ratio: alone.processor_ms / spent,
            samples: ours.packets + samples,
        },
        Row {
            name: "centre last byte to receipt",
            value: wait,
            unit: "ms median",
            peer: peer("last byte to answer"),
            peer_value: plain_wait,
            ratio: plain_wait / wait,
            samples,
        },
    ]
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A station of the centre, and how the client identifies itself.
fn activate(centre: &RunningCentre) -> anyhow::Result<(Value, Signers)> {
    let station = StationId::parse("BENCH-01")?;
    let office = dev::NewOffice {
        id: OfficeId::parse("BENCH")?,
        name_latin: "Bench".to_owned(),
        name_urdu: "پیمائش".to_owned(),
        staff: vec![
            member(OFFICER, Role::Officer)?,
            member(SUPERVISOR, Role::Supervisor)?,
        ],
        work_factor: WorkFactor::TEST,
    };
    let code = centre.with_store(async move |store| {
        dev::add_office(&store, &office).await?;
        dev::add_station(&store, &office.id, &station).await
    })?;
    let (key, tls) = (SigningKey::generate()?, rcgen::KeyPair::generate()?);
    let request = rcgen::CertificateParams::new(Vec::new())?.serialize_request(&tls)?;
    let request = ActivationRequest {
        code: code.expose(),
        station_key: key.public(),
        csr_pem: request.pem()?,
        held: None,
    };
    let answer = node(&json!({
        "activate": format!("{}{}", centre.url(), path::ACTIVATE),
        "ca": centre.ca_pem(),
        "request": request,
    }))?;
    let activation: Activation = serde_json::from_value(answer)?;
    let signers = Signers {
        lease: activation.lease.lease.read::<Lease>()?.peek()?,
        officer: keys(&activation, OFFICER)?,
        other_officer: None,
        supervisor: keys(&activation, SUPERVISOR)?,
        key,
    };
    let client = json!({
        "ca": centre.ca_pem(), "cert": activation.certificate_pem, "key": tls.serialize_pem(),
    });
    Ok((client, signers))
}

fn member(id: &str, role: Role) -> anyhow::Result<dev::NewStaff> {
    Ok(dev::NewStaff {
        id: StaffId::parse(id)?,
        name_latin: "Zainab Noor".to_owned(),
        name_urdu: "زینب نور".to_owned(),
        role,
        passphrase: id.to_owned().into(),
    })
}

fn keys(activation: &Activation, id: &str) -> anyhow::Result<StaffKeys> {
    let file = activation.key_files.iter().find(|(s, _)| s.as_str() == id);
    let (_, file) = file.context("the centre gave no key file")?;
    Ok(KeyFile::from_bytes(STANDARD.decode(file)?)?.open(&id.to_owned().into())?)
}

/// Packets in files, what the client must say of each, and the packets themselves.
fn packets(
    station: &Signers,
    count: u32,
    folder: &Path,
) -> anyhow::Result<(Vec<Value>, Vec<Packet>)> {
    let (mut list, mut made) = (Vec::new(), Vec::new());
    let mut previous = None;
    for counter in 1..=u64::from(count) {
        let mut plan = Plan::new(counter, previous);
        plan.burst = vec![random_bytes(BURST_BYTES)?];
        let packet = plan.make(station);
        previous = Some(packet.digest());
        let file = folder.join(format!("{counter}.packet"));
        std::fs::write(&file, &packet.sealed)?;
        list.push(json!({"id": packet.id, "file": file, "metadata": metadata(&packet)}));
        made.push(packet);
    }
    Ok((list, made))
}

/// The work that no centre can leave out, alone on every processor.
struct Alone {
    packets_per_second: f64,
    /// Of all processors, for one packet: unlike the rate, it hardly depends on what else the machine does.
    processor_ms: f64,
}

fn alone(packets: &[Packet], station: &Signers, centre: &Path) -> anyhow::Result<Alone> {
    let identity = std::fs::read_to_string(centre.join("keys/ingest.identity"))?;
    let identity = Identity::parse(&identity)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut analysers = (0..threads)
        .map(|_| Analyser::new(&packet::models()))
        .collect::<Result<Vec<_>, _>>()?;
    let next = AtomicUsize::new(0);
    let (start, before) = (Instant::now(), processor_ms()?);
    std::thread::scope(|scope| {
        let working: Vec<_> = analysers
            .iter_mut()
            .map(|analyser| {
                let (next, identity) = (&next, &identity);
                scope.spawn(move || -> anyhow::Result<()> {
                    while let Some(packet) = packets.get(next.fetch_add(1, Ordering::Relaxed)) {
                        unavoidable(packet, station, identity, analyser)?;
                    }
                    Ok(())
                })
            })
            .collect();
        for worker in working {
            let done = worker.join();
            done.map_err(|_| anyhow::anyhow!("a worker panicked"))??;
        }
        anyhow::Ok(())
    })?;
    let count = packets.len() as f64;
    Ok(Alone {
        packets_per_second: count / start.elapsed().as_secs_f64(),
        processor_ms: (processor_ms()? - before) / count,
    })
}

/// Processor time of this process since its start; the kernel counts in hundredths of a second.
fn processor_ms() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.map(str::parse::<u64>).sum::<Result<_, _>>()?;
    Ok(ticks as f64 * 10.0)
}

fn unavoidable(
    packet: &Packet,
    station: &Signers,
    identity: &Identity,
    analyser: &mut Analyser,
) -> anyhow::Result<()> {
    packet.manifest.verify(&station.key.public())?;
    packet.statement.verify(&station.officer.signing.public())?;
    if let Some(decision) = &packet.decision {
        decision.verify(&station.supervisor.signing.public())?;
    }
    let parts = Parts::from_tar(&open(&packet.sealed, identity, PACKET_LIMIT_BYTES)?)?;
    let portrait = parts.get(PartKind::Portrait).context("no portrait")?;
    let picture = Picture::decode(portrait)?;
    let landmarks = analyser.landmarks(&picture)?;
    analyser.template(&picture, &landmarks)?;
    Ok(())
}

fn metadata(packet: &Packet) -> Value {
    json!({
        "manifest": SignedText::of(&packet.manifest).as_str(),
        "statement": SignedText::of(&packet.statement).as_str(),
        "decision": packet.decision.as_ref().map(|d| SignedText::of(d).as_str().to_owned()),
    })
}

fn random_bytes(count: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
        .map_err(|_| anyhow::anyhow!("the system gives no randomness"))?;
    Ok(bytes)
}

/// Runs the client with its input and gives what it printed.
fn node(input: &Value) -> anyhow::Result<Value> {
    let mut child = Command::new("node")
        .arg("bench.mjs")
        .current_dir(SCRIPTS)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("node is missing: install Debian's package nodejs")?;
    let mut stdin = child.stdin.take().context("node has no standard input")?;
    stdin.write_all(input.to_string().as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "the client ended with {}; its words are above",
            output.status
        );
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The peer.
struct PlainServer {
    child: Child,
    certificate: String,
    url: String,
}

impl PlainServer {
    fn start(folder: &Path) -> anyhow::Result<Self> {
        let key = rcgen::KeyPair::generate()?;
        let names = vec!["127.0.0.1".to_owned()];
        let certificate = rcgen::CertificateParams::new(names)?
            .self_signed(&key)?
            .pem();
        let (cert_file, key_file) = (folder.join("plain.pem"), folder.join("plain.key.pem"));
        std::fs::write(&cert_file, &certificate)?;
        std::fs::write(&key_file, key.serialize_pem())?;
        let files = folder.join("plain");
        std::fs::create_dir_all(&files)?;
        let mut child = Command::new("node")
            .arg("plain-server.mjs")
            .args([&files, &cert_file, &key_file])
            .current_dir(SCRIPTS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("node is missing: install Debian's package nodejs")?;
        let said = child.stdout.take().context("the peer says nothing")?;
        let mut port = String::new();
        BufReader::new(said).read_line(&mut port)?;
        let url = format!("https://127.0.0.1:{}/files", port.trim());
        Ok(Self {
            child,
            certificate,
            url,
        })
    }

    /// Its standard input ends, and so does it.
    fn stop(&mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        self.child.wait()?;
        Ok(())
    }
}
