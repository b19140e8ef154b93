//! Packets and voids that came in a folder instead of over the network: from a stick, or from the disk of a station that is dead. Each
//! takes the ordinary way; whichever road is first counts once.

use crate::folder::{Folder, Refusal};
use crate::problem::ApiError;
use crate::upload::{Claim, UPLOAD_LIMIT_BYTES, bring};
use crate::{CentreError, Store, packet, void};
use domain::PacketId;
use envelope::{DOCUMENT_LIMIT_BYTES, Digest, Document, Receipt, Signed, Void};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

const PACKET: &str = ".packet";
const MANIFEST: &str = ".manifest.cose";
const STATEMENT: &str = ".statement.cose";
const DECISION: &str = ".decision.cose";
const VOID: &str = ".void.cose";
const RECEIPT: &str = ".receipt.cose";
/// How often the centre that runs beside is asked for a receipt.
const ROUND: Duration = Duration::from_millis(200);

/// What became of one packet or void of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The files' common name.
    pub name: String,
    /// What became of it.
    pub fate: Fate,
    /// Whether its receipt lies beside it now.
    pub receipt: bool,
}

/// Whether the centre has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was taken.
    Taken,
    /// It was here already.
    Known,
    /// It was not taken, and why, as a key. Its files were not touched.
    Refused(String),
}

/// Takes everything of a folder, then waits up to `patience` for receipts and writes them beside. What is refused stops none of the others.
///
/// # Errors
/// [`CentreError`] where the folder cannot be read, a receipt cannot be written, or the centre fails.
pub async fn import(
    store: &Store,
    folder: &Path,
    patience: Duration,
) -> Result<Vec<Imported>, CentreError> {
    let folder = Folder::at(folder);
    let names = folder.names()?;
    let deadline = tokio::time::Instant::now() + patience;
    let mut done = Vec::new();
    let mut waiting = Vec::new();
    for stem in stems(&names, &[PACKET, MANIFEST]) {
        match take_packet(store, &folder, stem).await {
            Ok((id, digest, fate)) => {
                waiting.push((done.len(), id, digest));
                done.push(imported(stem, fate));
            }
            Err(reason) => done.push(imported(stem, Fate::Refused(reason))),
        }
    }
    for stem in stems(&names, &[VOID]) {
        match take_void(store, &folder, stem).await {
            Ok(receipt) => {
                // A receipt of the packet itself has the name where both lie here.
                let free = !names.contains(&format!("{stem}{MANIFEST}"));
                if free {
                    folder.write(&format!("{stem}{RECEIPT}"), receipt.as_bytes())?;
                }
                done.push(Imported {
                    receipt: free,
                    ..imported(stem, Fate::Taken)
                });
            }
            Err(reason) => done.push(imported(stem, Fate::Refused(reason))),
        }
    }
    for (at, id, digest) in waiting {
        let Some(receipt) = receipt_of(store, &id, &digest, deadline).await? else {
            continue;
        };
        if let Some(line) = done.get_mut(at) {
            folder.write(&format!("{}{RECEIPT}", line.name), receipt.as_bytes())?;
            line.receipt = true;
        }
    }
    Ok(done)
}

fn imported(stem: &str, fate: Fate) -> Imported {
    Imported {
        name: stem.to_owned(),
        fate,
        receipt: false,
    }
}

/// What names have before one of these endings, each once.
fn stems<'n>(names: &'n [String], endings: &[&str]) -> BTreeSet<&'n str> {
    let stem = |name: &'n String| endings.iter().find_map(|ending| name.strip_suffix(ending));
    names.iter().filter_map(stem).collect()
}

async fn take_packet(
    store: &Store,
    folder: &Folder,
    stem: &str,
) -> Result<(PacketId, Digest, Fate), String> {
    let manifest = document(folder, stem, MANIFEST)?;
    let statement = document(folder, stem, STATEMENT)?;
    let decision = match document(folder, stem, DECISION) {
        Ok(decision) => Some(decision),
        Err("missing") => None,
        Err(reason) => return Err(reason.to_owned()),
    };
    let limit = usize::try_from(UPLOAD_LIMIT_BYTES).unwrap_or(0);
    let bytes = folder.read(&format!("{stem}{PACKET}"), limit)?;
    let claim = Claim::of(store, manifest, statement, decision, bytes.len() as u64)
        .await
        .map_err(reason)?;
    let (id, digest) = (claim.manifest.packet, claim.manifest.digest);
    if id.to_string() != stem {
        return Err("other-name".to_owned());
    }
    // Before anything is stored: a damaged file is the medium's fault, and no alarm.
    if Digest::of(&bytes) != digest {
        return Err("damaged".to_owned());
    }
    packet::refuse_other_digest(store, &id, &digest, None)
        .await
        .map_err(reason)?;
    if packet::is_here(store, &id)
        .await
        .map_err(|e| reason(e.into()))?
    {
        return Ok((id, digest, Fate::Known));
    }
    bring(store, &claim, bytes).await.map_err(reason)?;
    Ok((id, digest, Fate::Taken))
}

async fn take_void(store: &Store, folder: &Folder, stem: &str) -> Result<Signed<Receipt>, String> {
    let signed: Signed<Void> = document(folder, stem, VOID)?;
    let claimed = signed.peek().map_err(|_| "damaged")?;
    if claimed.packet.to_string() != stem {
        return Err("other-name".to_owned());
    }
    void::take(store, &signed).await.map_err(reason)
}

#[allow(clippy::needless_pass_by_value, reason = "maps errors")]
fn reason(error: ApiError) -> String {
    error.key().to_owned()
}

fn document<T: Document>(folder: &Folder, stem: &str, ending: &str) -> Result<Signed<T>, Refusal> {
    let bytes = folder.read(&format!("{stem}{ending}"), DOCUMENT_LIMIT_BYTES)?;
    Signed::from_bytes(bytes).map_err(|_| "damaged")
}

/// The packet's receipt, once there is one.
async fn receipt_of(
    store: &Store,
    id: &PacketId,
    digest: &Digest,
    deadline: tokio::time::Instant,
) -> Result<Option<Signed<Receipt>>, CentreError> {
    loop {
        if let Some(receipt) = packet::receipt(store, id, digest).await? {
            return Ok(Some(receipt));
        }
        if tokio::time::Instant::now() >= deadline {
            return Ok(None);
        }
        tokio::time::sleep(ROUND).await;
    }
}
