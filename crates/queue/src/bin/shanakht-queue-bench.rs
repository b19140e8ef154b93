//! Figures of the store beside raw SQLite with the same durability, in one run.
//!
//! `shanakht-queue-bench --json FILE [--second FOLDER]` writes rows `{"name","value","unit","peer","peer_value","ratio","p99",
//! "peer_p99","p99_ratio","samples"}`. The second copy goes to FOLDER, which is on another disk; without it, to the same one, which
//! then does the work of both.

use anyhow::{Context, Result, bail};
use domain::{ApplicationKind, PacketId, StaffId, Timestamp};
use queue::{DraftEntry, SecondDisk, Store, StoreOptions};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
/// Length of a usual packet: portrait, burst, template, details.
const ENVELOPE_BYTES: usize = 350_000;
/// Commits that are timed, each beside one of the peer's.
const COMMITS: u32 = 400;
/// Packets that wait in the store that is opened.
const QUEUED: u32 = 100_000;
/// Length of their envelopes: the time to open must not depend on it, and the disk need not hold 35 GB.
const QUEUED_ENVELOPE_BYTES: usize = 2_000;
/// How often each store is opened.
const OPENINGS: usize = 7;
/// How often it is asked for the next items.
const ASKED: usize = 50;

fn main() -> Result<()> {
    let (json, second) = arguments()?;
    // Beside the rows: the same disk that a station would have, not a temporary one in memory.
    let folder = json
        .parent()
        .context("--json names no file")?
        .join("queue-bench-stores");
    if folder.exists() {
        bail!(
            "{} is left from an earlier run; remove it",
            folder.display()
        );
    }
    let second = second.unwrap_or_else(|| folder.clone()).join("second-copy");
    std::fs::create_dir_all(&folder)?;
    std::fs::create_dir_all(&second)?;
    let measured = measure(&folder, &second);
    clear(&second)?;
    clear(&folder)?;
    std::fs::write(&json, serde_json::to_string_pretty(&measured?)? + "\n")?;
    Ok(())
}

fn arguments() -> Result<(PathBuf, Option<PathBuf>)> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flags: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match flags.as_slice() {
        ["--json", file] => Ok((std::path::absolute(file)?, None)),
        ["--json", file, "--second", folder] => {
            Ok((std::path::absolute(file)?, Some(PathBuf::from(folder))))
        }
        _ => bail!("usage: shanakht-queue-bench --json FILE [--second FOLDER]"),
    }
}

fn measure(folder: &Path, second: &Path) -> Result<Vec<Value>> {
    Ok(vec![
        commit(folder, "commit", None)?,
        commit(folder, "commit-twice", Some(second))?,
        opening(folder)?,
        next(folder, QUEUED / 10)?,
        next(folder, QUEUED - 8)?,
    ])
}

/// One draft is begun with each commit: its row, its audit row and its envelope, on the disk, and on the second one.
fn commit(folder: &Path, name: &str, second: Option<&Path>) -> Result<Value> {
    let options = StoreOptions {
        second: second.map(SecondDisk::at),
        ..StoreOptions::default()
    };
    let mut store = Store::open_with(&folder.join(format!("{name}.db")), &options, NOW)?;
    let raw = raw(&folder.join(format!("{name}-raw.db")))?;
    raw.execute_batch("CREATE TABLE blobs (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")?;
    let officer = StaffId::parse("40213")?;
    let bytes = noise(ENVELOPE_BYTES);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // In turn, so that whatever else the disk does falls on both.
    for n in 0..COMMITS {
        let draft = DraftEntry {
            packet: packet(n),
            officer: officer.clone(),
            kind: ApplicationKind::New,
            step: "details".to_owned(),
            envelope: bytes.clone(),
        };
        ours.push(millis(|| Ok(store.save_draft(&draft, NOW)?))?);
        theirs.push(millis(|| {
            raw.execute("INSERT INTO blobs (bytes) VALUES (?1)", [&bytes])?;
            Ok(())
        })?);
    }
    Ok(row(
        match second {
            None => "commit of a 350 kB envelope",
            Some(_) => "commit of a 350 kB envelope with its second copy",
        },
        &mut ours,
        "raw SQLite, WAL, synchronous=FULL, the same blob",
        &mut theirs,
    ))
}

/// Opening reads and checks every row that is not an envelope, and counts what waits.
fn opening(folder: &Path) -> Result<Value> {
    let path = folder.join("queued.db");
    drop(Store::open(&path, NOW)?);
    fill(&path)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..OPENINGS {
        ours.push(millis(|| {
            let waiting = Store::open(&path, NOW)?.counts()?.outbox;
            all(waiting == u64::from(QUEUED))
        })?);
        theirs.push(millis(|| {
            let raw = raw(&path)?;
            let sql = "SELECT count(*) FROM applications WHERE stage = 'outbox'";
            let waiting: u32 = raw.query_row(sql, [], |row| row.get(0))?;
            all(waiting == QUEUED)
        })?);
    }
    Ok(row(
        "opening a store with 100,000 queued (2 kB envelopes)",
        &mut ours,
        "raw SQLite: open and count",
        &mut theirs,
    ))
}

/// What the engine asks after each item, in the store that [`opening`] has filled, with so many of the oldest put off.
fn next(folder: &Path, put_off: u32) -> Result<Value> {
    let path = folder.join("queued.db");
    let late = NOW.plus_millis(3_600_000).millis();
    raw(&path)?.execute(
        "UPDATE items SET not_before = iif(counter <= ?1, ?2, 0)",
        rusqlite::params![put_off, late],
    )?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    {
        let store = Store::open(&path, NOW)?;
        for _ in 0..ASKED {
            ours.push(millis(|| {
                let next = store.next_items(None, 8, NOW)?;
                all(next.len() == 8 && next.iter().all(|e| e.counter > u64::from(put_off)))
            })?);
        }
    }
    let raw = raw(&path)?;
    let sql = "SELECT packet FROM items WHERE paused = 0 AND not_before <= ?1 ORDER BY priority, counter LIMIT 8";
    for _ in 0..ASKED {
        theirs.push(millis(|| {
            let mut statement = raw.prepare_cached(sql)?;
            let rows = statement.query_map([NOW.millis()], |row| row.get::<_, Vec<u8>>(0))?;
            all(rows.count() == 8)
        })?);
    }
    Ok(row(
        &format!("next to send of 100,000 queued ({put_off} put off)"),
        &mut ours,
        "raw SQLite: the same rows by its own plan",
        &mut theirs,
    ))
}

fn all(there: bool) -> Result<()> {
    if there {
        Ok(())
    } else {
        bail!("not every packet is there")
    }
}

/// Rows as approved packets leave them, without their signatures.
fn fill(path: &Path) -> Result<()> {
    let mut connection = raw(path)?;
    let bytes = noise(QUEUED_ENVELOPE_BYTES);
    let document = noise(700);
    let transaction = connection.transaction()?;
    for n in 0..QUEUED {
        let packet = packet(n);
        let packet = packet.as_bytes().as_slice();
        transaction
            .prepare_cached(
                "INSERT INTO applications (packet, stage, officer, kind, digest, length, counter, created_at, changed_at)
                 VALUES (?1, 'outbox', '40213', 'new', zeroblob(32), ?2, ?3, ?4, ?4)",
            )?
            .execute(rusqlite::params![packet, QUEUED_ENVELOPE_BYTES as i64, n + 1, NOW.millis()])?;
        transaction
            .prepare_cached(
                "INSERT INTO envelopes (packet, role, digest, bytes) VALUES (?1, 'packet', zeroblob(32), ?2)",
            )?
            .execute(rusqlite::params![packet, bytes])?;
        transaction
            .prepare_cached(
                "INSERT INTO items (packet, kind, priority, counter, digest, length, since)
                 VALUES (?1, 'enrolment', 2, ?2, zeroblob(32), ?3, ?4)",
            )?
            .execute(rusqlite::params![
                packet,
                n + 1,
                QUEUED_ENVELOPE_BYTES as i64,
                NOW.millis()
            ])?;
        for kind in ["statement", "decision", "manifest"] {
            transaction
                .prepare_cached("INSERT INTO documents (packet, kind, bytes) VALUES (?1, ?2, ?3)")?
                .execute(rusqlite::params![packet, kind, document])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

fn raw(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 8192;
         PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
    )?;
    Ok(connection)
}

fn packet(n: u32) -> PacketId {
    let mut random = [3; 10];
    random[6..].copy_from_slice(&n.to_be_bytes());
    PacketId::mint(NOW.plus_millis(i64::from(n)), random)
}

/// Bytes that no file system can make smaller.
fn noise(length: usize) -> Vec<u8> {
    (0..length as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

fn millis(act: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    act()?;
    Ok(start.elapsed().as_secs_f64() * 1000.0)
}

fn row(name: &str, ours: &mut [f64], peer: &str, theirs: &mut [f64]) -> Value {
    let (value, peer_value) = (part(ours, 0.5), part(theirs, 0.5));
    let (p99, peer_p99) = (part(ours, 0.99), part(theirs, 0.99));
    json!({
        "name": name,
        "value": value,
        "unit": "ms median",
        "peer": peer,
        "peer_value": peer_value,
        "ratio": value / peer_value,
        "p99": p99,
        "peer_p99": peer_p99,
        "p99_ratio": p99 / peer_p99,
        "samples": ours.len(),
    })
}

/// The sample below which such a part of them lies.
fn part(samples: &mut [f64], part: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let place = (samples.len() as f64 * part) as usize;
    samples.get(place).copied().unwrap_or(f64::NAN)
}

fn clear(folder: &Path) -> Result<()> {
    std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}
