//! `shanakht audit`: what an auditor asks of a station's log, without the window.

use anyhow::{Context, Result, anyhow};
use domain::Timestamp;
use queue::{QueueError, Store};
use std::io::Write;
use std::path::Path;

/// Computes the chain again and writes one line about it.
///
/// # Errors
/// What is wrong with the log, or why it cannot be read.
pub fn verify(data: &Path, now: Timestamp, out: &mut impl Write) -> Result<()> {
    let store = open(data, now)?;
    let summary = store
        .verify_audit()
        .map_err(|fault| anyhow!("the audit log does not hold: {fault}"))?;
    writeln!(
        out,
        "the audit log holds: {} acts, {} receipts, head {}",
        summary.rows, summary.receipts, summary.head
    )?;
    Ok(())
}

/// Writes the log as one JSON object a line.
///
/// # Errors
/// Why the log cannot be read or the output not be written.
pub fn export(data: &Path, now: Timestamp, out: &mut impl Write) -> Result<()> {
    let store = open(data, now)?;
    for row in store.export_audit() {
        let row = row?;
        let line = serde_json::json!({
            "number": row.number,
            "at": row.at.to_rfc3339(),
            "act": row.act,
            "staff": row.staff.as_ref().map(domain::StaffId::as_str),
            "packet": row.packet.map(|p| p.uuid().to_string()),
            "detail": row.detail,
            "hash": row.hash.to_string(),
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Opens the store of a folder that has one: looking at a log never makes a new store.
fn open(data: &Path, now: Timestamp) -> Result<Store> {
    let path = data.join(desk::STORE_FILE);
    if !path.exists() {
        return Err(anyhow!("{} has no station's store", data.display()));
    }
    Store::open(&path, now)
        .map_err(|error| match error {
            QueueError::InUse => {
                anyhow!("the station's window is open: close it first, or check there (F8)")
            }
            other => other.into(),
        })
        .with_context(|| format!("{} cannot be opened", path.display()))
}
