//! Packets on their way out. Nothing at the station is changed by it: only a receipt lets a packet go.

use crate::folder::{FolderWriter, fits};
use crate::packet::paper;
use crate::{
    Direction, FileKind, FileName, Files, ITEMS_LIMIT, Label, MediaError, Reason, SealedPacket,
};
use domain::PacketId;
use envelope::{Custody, Signed, SigningKey, Void};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What leaves a station.
#[derive(Debug, Clone)]
pub enum Outgoing {
    /// A sealed packet, of this station or of another one.
    Packet(SealedPacket),
    /// The station's word that a packet was damaged.
    Void(Signed<Void>),
}

/// Why an export ended before its items did; what it wrote is a whole folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The next item does not fit on the medium.
    Full,
    /// The folder has [`ITEMS_LIMIT`] items; the rest goes into another one.
    Limit,
}

/// A folder that was written to its end.
#[derive(Debug, Clone)]
pub struct Exported {
    /// Where it is.
    pub folder: PathBuf,
    /// The packets in it.
    pub packets: Vec<PacketId>,
    /// The voids in it.
    pub voids: Vec<PacketId>,
    /// Items that do not verify by themselves and were not written.
    pub refused: Vec<(Option<PacketId>, Reason)>,
    /// Why there is no more in it.
    pub stopped: Option<Stopped>,
    /// What lies there, as the writer signed it.
    pub custody: Signed<Custody>,
}

/// Writes items into a fresh folder of the medium, one after the other; at most one is in memory. Whoever calls sees the progress in
/// its iterator and may end it early: what was written is then a whole folder.
///
/// # Errors
/// [`MediaError`]; a folder without custody is then left, whose whole packets are still read.
pub fn export(
    files: &dyn Files,
    medium: &Path,
    label: &Label,
    key: &SigningKey,
    items: impl IntoIterator<Item = Outgoing>,
) -> Result<Exported, MediaError> {
    let mut export = Export {
        files,
        medium,
        label,
        folder: None,
        written: BTreeSet::new(),
        refused: Vec::new(),
    };
    let mut items = items.into_iter().peekable();
    let mut stopped = None;
    while stopped.is_none() && items.peek().is_some() {
        if export.written.len() == ITEMS_LIMIT {
            stopped = Some(Stopped::Limit);
        } else if let Some(item) = items.next() {
            stopped = export.take(&item)?;
        }
    }
    export.finish(key, stopped)
}

/// An export that is under way. Its folder is made with the first item that is written.
struct Export<'a> {
    files: &'a dyn Files,
    medium: &'a Path,
    label: &'a Label,
    folder: Option<FolderWriter<'a>>,
    written: BTreeSet<(PacketId, FileKind)>,
    refused: Vec<(Option<PacketId>, Reason)>,
}

impl Export<'_> {
    fn take(&mut self, item: &Outgoing) -> Result<Option<Stopped>, MediaError> {
        let (packet, kind) = match item.check() {
            Ok(checked) => checked,
            Err(refused) => {
                self.refused.push(refused);
                return Ok(None);
            }
        };
        if self.written.contains(&(packet, kind)) {
            self.refused.push((Some(packet), Reason::Twice));
            return Ok(None);
        }
        if !fits(self.files, self.medium, item.length())? {
            return Ok(Some(Stopped::Full));
        }
        let folder = match &mut self.folder {
            Some(folder) => folder,
            none => none.insert(FolderWriter::begin(
                self.files,
                self.medium,
                self.label,
                Direction::Packets,
            )?),
        };
        item.put(packet, folder)?;
        self.written.insert((packet, kind));
        Ok(None)
    }

    fn finish(self, key: &SigningKey, stopped: Option<Stopped>) -> Result<Exported, MediaError> {
        let Some(folder) = self.folder else {
            return Err(match (stopped, self.refused.first()) {
                (Some(_), _) => MediaError::Full,
                (None, Some((_, reason))) => MediaError::Refused(*reason),
                (None, None) => MediaError::Nothing,
            });
        };
        let by = self.label.station.as_str();
        let (folder, custody) = folder.finish(by, None, self.label.at, key)?;
        let of = |wanted| {
            let written = self.written.iter().filter(move |(_, kind)| *kind == wanted);
            written.map(|(packet, _)| *packet).collect()
        };
        Ok(Exported {
            folder,
            packets: of(FileKind::Packet),
            voids: of(FileKind::Void),
            refused: self.refused,
            stopped,
            custody,
        })
    }
}

impl Outgoing {
    /// The packet it is about, where it is what it says.
    fn check(&self) -> Result<(PacketId, FileKind), (Option<PacketId>, Reason)> {
        match self {
            Self::Packet(sealed) => match sealed.check() {
                Ok(manifest) => Ok((manifest.packet, FileKind::Packet)),
                Err(reason) => Err((sealed.papers.manifest.peek().ok().map(|m| m.packet), reason)),
            },
            Self::Void(void) => match paper(void) {
                Ok(void) => Ok((void.packet, FileKind::Void)),
                Err(reason) => Err((None, reason)),
            },
        }
    }

    fn length(&self) -> u64 {
        match self {
            Self::Packet(sealed) => sealed.bytes.len() as u64 + 3 * crate::PAPER_LIMIT_BYTES,
            Self::Void(void) => void.as_bytes().len() as u64,
        }
    }

    /// Its names are made to last together; until then it is not whole, whichever of its files are there.
    fn put(&self, packet: PacketId, folder: &mut FolderWriter<'_>) -> Result<(), MediaError> {
        let mut put = |kind, bytes: &[u8]| folder.put(FileName::Of(packet, kind), bytes);
        match self {
            Self::Packet(sealed) => {
                let papers = &sealed.papers;
                put(FileKind::Packet, &sealed.bytes)?;
                put(FileKind::Statement, papers.statement.as_bytes())?;
                if let Some(decision) = &papers.decision {
                    put(FileKind::Decision, decision.as_bytes())?;
                }
                put(FileKind::Manifest, papers.manifest.as_bytes())?;
            }
            Self::Void(void) => put(FileKind::Void, void.as_bytes())?,
        }
        folder.settle()
    }
}
