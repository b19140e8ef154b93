//! What the medium surely holds of a file, where something newer was written and not synced.

use super::SECTOR;
use crate::Random;
use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;

#[derive(Debug)]
pub(super) struct Unsynced {
    /// The file's length when it was synced last.
    length: u64,
    /// Its length now is that of the last sync.
    length_is_synced: bool,
    /// Sectors as they were then; shorter at the file's end.
    sectors: BTreeMap<u64, Vec<u8>>,
    /// Sectors whose sync failed: the kernel calls them clean and reads them as they were written, and the medium never gets them
    /// unless they are written again.
    forgotten: BTreeMap<u64, Vec<u8>>,
}

impl Unsynced {
    pub(super) fn new(length: u64) -> Self {
        Self {
            length,
            length_is_synced: false,
            sectors: BTreeMap::new(),
            forgotten: BTreeMap::new(),
        }
    }

    /// A sync succeeded; true where nothing is left to be remembered.
    pub(super) fn synced(&mut self) -> bool {
        self.sectors.clear();
        self.length_is_synced = true;
        self.forgotten.is_empty()
    }

    /// A sync failed.
    pub(super) fn sync_failed(&mut self) {
        self.forgotten.append(&mut self.sectors);
    }

    /// Keeps what stands there before it is written over.
    pub(super) fn remember(
        &mut self,
        file: &File,
        offset: u64,
        length: u64,
    ) -> std::io::Result<()> {
        let size = SECTOR as u64;
        if self.length_is_synced {
            self.length = file.metadata()?.len();
            self.length_is_synced = false;
        }
        let sectors = offset / size..(offset + length).div_ceil(size);
        let mut old = vec![0; (sectors.end - sectors.start) as usize * SECTOR];
        let read = read_up_to(file, &mut old, sectors.start * size)?;
        old.truncate(read);
        for sector in sectors.clone() {
            let from = ((sector - sectors.start) as usize * SECTOR).min(old.len());
            let to = (from + SECTOR).min(old.len());
            let forgotten = self.forgotten.remove(&sector);
            self.sectors.entry(sector).or_insert_with(|| {
                forgotten.unwrap_or_else(|| old.get(from..to).unwrap_or_default().to_vec())
            });
        }
        Ok(())
    }

    /// The file as a power cut may have left it.
    pub(super) fn after_power_cut(self, mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
        if !self.length_is_synced && random.one_in(2) {
            bytes.resize(self.length as usize, 0);
        }
        for (sector, mut old) in self.forgotten {
            let start = sector as usize * SECTOR;
            let length = bytes.len().saturating_sub(start).min(SECTOR);
            old.resize(SECTOR, 0);
            if let Some(new) = bytes.get_mut(start..start + length) {
                new.copy_from_slice(&old[..length]);
            }
        }
        for (sector, mut old) in self.sectors {
            let start = sector as usize * SECTOR;
            let Some(new) = bytes.get_mut(start..) else {
                continue;
            };
            let length = new.len().min(SECTOR);
            let new = &mut new[..length];
            old.resize(SECTOR, 0);
            let torn = (random.below(SECTOR as u64 + 1) as usize).min(length);
            match random.below(5) {
                0 | 1 => {}
                2 => new.copy_from_slice(&old[..length]),
                3 => new[torn..].copy_from_slice(&old[torn..length]),
                _ => new.fill_with(|| random.below(256) as u8),
            }
        }
        bytes
    }
}

fn read_up_to(file: &File, into: &mut [u8], at: u64) -> std::io::Result<usize> {
    let mut read = 0;
    while read < into.len() {
        match file.read_at(&mut into[read..], at + read as u64)? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}
