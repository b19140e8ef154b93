//! Packets of other stations on a medium: taken into the store, to leave over this station's link; their receipts go back on a medium.

use super::{Core, Input};
use domain::PacketId;
use envelope::{Manifest, Receipt, Signed, SigningKey};
use media::{Arrived, Direction, Disk, Files, ITEMS_LIMIT, Label, MediaError, read};
use queue::{Carried, ItemDocuments, QueueError, ReceiptsOf};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};

/// Folders of a medium that are looked at.
const FOLDERS_LIMIT: usize = 64;
/// Kept free for this station's own work.
const ROOM_KEPT_BYTES: u64 = 512 << 20;

/// What the medium's thread asks of the desk's: to take this packet into the store.
pub(crate) struct ToCarry {
    documents: ItemDocuments,
    bytes: Vec<u8>,
    reply: SyncSender<Result<Carried, QueueError>>,
}

/// What became of a medium's packets.
#[derive(Debug, Default)]
pub(crate) struct CarriedOff {
    pub(super) taken: u32,
    pub(super) refused: u32,
    /// The end of a message's id, `medium-…`.
    pub(super) why: Option<&'static str>,
}

impl Core {
    pub(super) fn carry(&mut self, asked: &ToCarry) {
        let now = self.options.clock.now();
        let room = Disk.room(&self.options.data).unwrap_or(0);
        let carried = match &mut self.store {
            None => Err(QueueError::NotActivated),
            Some(_) if room < ROOM_KEPT_BYTES + asked.bytes.len() as u64 => {
                Err(QueueError::DiskFull)
            }
            Some(store) => store.carry(&asked.documents, &asked.bytes, now),
        };
        let _ = asked.reply.send(carried);
    }
}

/// Offers every packet of the medium to the store, one in memory at a time: those of its folders and those of a salvaged disk or a second
/// copy, whatever their folder is called.
pub(super) fn carry_all(inbox: &SyncSender<Input>, medium: &Path) -> CarriedOff {
    let mut off = CarriedOff::default();
    for folder in folders(medium) {
        // No key of another station is known here: the packets stand for themselves.
        let Ok(import) = read(&Disk, &folder, &[]) else {
            continue;
        };
        if import.packets.is_empty() && import.voids.is_empty() {
            continue;
        }
        for refusal in &import.refused {
            if let Some(media::FileName::Of(..)) = refusal.file {
                off.refuse(refusal.reason.key());
            }
        }
        let packets = import.packets.iter().map(|arrived| {
            let documents = documents(arrived).ok_or("malformed")?;
            let bytes = arrived.envelope.bytes(&Disk).map_err(media::Reason::key)?;
            Ok((documents, bytes))
        });
        let voids = import.voids.iter().map(|arrived| {
            let void = ItemDocuments::Void(arrived.signed.clone());
            Ok((void, Vec::new()))
        });
        for offered in packets.chain(voids) {
            match offered {
                Ok((documents, bytes)) => {
                    if !off.offer(inbox, documents, bytes) {
                        return off;
                    }
                }
                Err(reason) => off.refuse(reason),
            }
        }
    }
    off
}

impl CarriedOff {
    fn refuse(&mut self, reason: &'static str) {
        self.refused += 1;
        self.why = self.why.or(Some(reason));
    }

    /// False where nothing more can be taken.
    fn offer(
        &mut self,
        inbox: &SyncSender<Input>,
        documents: ItemDocuments,
        bytes: Vec<u8>,
    ) -> bool {
        let (reply, answer) = sync_channel(1);
        let asked = ToCarry {
            documents,
            bytes,
            reply,
        };
        if inbox.send(Input::Carry(Box::new(asked))).is_err() {
            return false;
        }
        match answer.recv() {
            Ok(Ok(Carried::Taken)) => self.taken += 1,
            Ok(Ok(Carried::Known)) => {}
            Ok(Err(QueueError::CarriedFull)) => {
                self.refuse("carried-full");
                return false;
            }
            Ok(Err(QueueError::DiskFull)) => {
                self.refuse("disk-full");
                return false;
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "a packet on the medium is not carried");
                self.refuse("other");
            }
            Err(_) => return false,
        }
        true
    }
}

/// The medium itself and the folders in it that are no answers.
fn folders(medium: &Path) -> Vec<PathBuf> {
    let listing = Disk.list(medium, media::ENTRIES_LIMIT).unwrap_or_default();
    let names = listing.names.iter().filter_map(|name| name.to_str());
    let mut inside: Vec<&str> = names
        .filter(|name| {
            media::FolderName::parse(name).is_none_or(|n| n.direction == Direction::Packets)
        })
        .filter(|name| media::FileName::parse(name).is_none())
        .collect();
    inside.sort_unstable();
    let inside = inside.into_iter().map(|name| medium.join(name));
    // No link is followed.
    let inside = inside.filter(|path| path.symlink_metadata().is_ok_and(|seen| seen.is_dir()));
    std::iter::once(medium.to_owned())
        .chain(inside.take(FOLDERS_LIMIT))
        .collect()
}

fn documents(arrived: &Arrived) -> Option<ItemDocuments> {
    let papers = &arrived.papers;
    let (manifest, statement) = (papers.manifest.clone(), papers.statement.clone());
    let said: &Manifest = &arrived.manifest;
    Some(match (said.item(), &papers.decision) {
        (domain::ItemKind::Enrolment, Some(decision)) => ItemDocuments::Enrolment {
            manifest,
            statement,
            decision: decision.clone(),
        },
        (domain::ItemKind::Unreviewed, None) => ItemDocuments::Unreviewed {
            manifest,
            statement,
        },
        (domain::ItemKind::KeyFile, None) => ItemDocuments::KeyFile {
            manifest,
            statement,
        },
        _ => return None,
    })
}

/// Writes the receipts of carried packets for their owners, a folder each; how many lie there now.
pub(super) fn write_receipts(
    medium: &Path,
    label: &Label,
    key: &SigningKey,
    all: &[ReceiptsOf],
) -> Result<usize, MediaError> {
    let mut written = 0;
    for of in all {
        let to = Label {
            station: of.station.clone(),
            ..label.clone()
        };
        let receipts = first_of_each(&of.receipts);
        media::write_receipts(&Disk, medium, &to, &label.station, key, &receipts)?;
        written += receipts.len();
    }
    Ok(written)
}

/// One receipt a packet, as many as a folder holds.
fn first_of_each(receipts: &[Signed<Receipt>]) -> Vec<Signed<Receipt>> {
    let mut seen: std::collections::BTreeSet<PacketId> = std::collections::BTreeSet::new();
    let fresh = receipts.iter().filter(|signed| {
        signed
            .peek()
            .is_ok_and(|receipt| seen.insert(receipt.packet))
    });
    fresh.take(ITEMS_LIMIT).cloned().collect()
}
