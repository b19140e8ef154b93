//! A medium in memory. It keeps apart what is seen and what lasts; pulling it loses, tears or garbles whatever was not synced.

use crate::{Files, Listing, NewFile, ReadFault};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A medium in memory. Its root is any path that was not made on it.
#[derive(Debug, Default)]
pub struct Stick {
    state: Mutex<State>,
}

type Names = BTreeMap<PathBuf, Node>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Folder,
    File(usize),
    Link,
    /// A file that claims so many bytes.
    Huge(u64),
}

#[derive(Debug, Clone, Default)]
struct Content {
    seen: Vec<u8>,
    lasts: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    seen: Names,
    lasts: Names,
    /// Names that may differ between the two above.
    changed: BTreeSet<PathBuf>,
    contents: Vec<Content>,
    operations: u64,
    pulled_at: Option<u64>,
    pulled: bool,
    capacity: Option<u64>,
    read_only: bool,
    random: u64,
    bytes_read: u64,
    reads_left: Option<u64>,
}

/// Whether an operation is carried out or is the one at which the stick is pulled.
#[derive(PartialEq, Eq)]
enum Step {
    Whole,
    Cut,
}

impl Stick {
    /// An empty stick without limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// It is pulled at the `n`th operation from now that writes (the first is 0); `seed` decides what became of what was not synced.
    pub fn pull_at(&self, n: u64, seed: u64) {
        let mut state = self.state();
        state.operations = 0;
        state.pulled_at = Some(n);
        state.random = seed;
    }

    /// It is pulled at the `n`th file or folder that is read from now.
    pub fn pull_at_read(&self, n: u64) {
        self.state().reads_left = Some(n);
    }

    /// Pulls it now, if it is not pulled yet, and plugs it in again: only what lasted is there.
    pub fn plug_in_again(&self, seed: u64) {
        let mut state = self.state();
        state.random ^= seed;
        state.forget();
        state.pulled = false;
        state.reads_left = None;
        state.pulled_at = None;
    }

    /// Has room for so many bytes in all.
    pub fn limit(&self, bytes: u64) {
        self.state().capacity = Some(bytes);
    }

    /// Nothing can be written any more.
    pub fn make_read_only(&self) {
        self.state().read_only = true;
    }

    /// Operations that wrote, since the last [`Stick::pull_at`].
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Bytes that were read so far.
    pub fn bytes_read(&self) -> u64 {
        self.state().bytes_read
    }

    /// Every file, by its path.
    pub fn paths(&self) -> Vec<PathBuf> {
        let state = self.state();
        let files = state.seen.iter();
        files
            .filter(|(_, node)| matches!(node, Node::File(_)))
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// The bytes of a file.
    pub fn bytes(&self, file: &Path) -> Vec<u8> {
        let state = self.state();
        match state.seen.get(file) {
            Some(Node::File(at)) => state.contents[*at].seen.clone(),
            _ => Vec::new(),
        }
    }

    /// Puts a file there, as somebody else would.
    pub fn put(&self, file: &Path, bytes: &[u8]) {
        let mut state = self.state();
        let at = state.contents.len();
        let (seen, lasts) = (bytes.to_vec(), bytes.to_vec());
        state.contents.push(Content { seen, lasts });
        state.place(file, Node::File(at));
    }

    /// Puts a folder there.
    pub fn put_folder(&self, folder: &Path) {
        self.state().place(folder, Node::Folder);
    }

    /// Puts a link there.
    pub fn put_link(&self, file: &Path) {
        self.state().place(file, Node::Link);
    }

    /// Puts a file there that claims so many bytes.
    pub fn put_huge(&self, file: &Path, length: u64) {
        self.state().place(file, Node::Huge(length));
    }

    /// Takes a file away.
    pub fn take_away(&self, file: &Path) {
        let mut state = self.state();
        state.seen.remove(file);
        state.lasts.remove(file);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn place(&mut self, path: &Path, node: Node) {
        self.seen.insert(path.to_owned(), node.clone());
        self.lasts.insert(path.to_owned(), node);
    }

    fn step(&mut self) -> io::Result<Step> {
        if self.pulled {
            return Err(pulled());
        }
        if self.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let now = self.operations;
        self.operations += 1;
        if self.pulled_at == Some(now) {
            self.pulled = true;
            return Ok(Step::Cut);
        }
        Ok(Step::Whole)
    }

    fn read_step(&mut self) -> io::Result<()> {
        match &mut self.reads_left {
            Some(0) => self.pulled = true,
            Some(left) => *left -= 1,
            None => {}
        }
        if self.pulled { Err(pulled()) } else { Ok(()) }
    }

    /// What a half-done operation comes to: seen, but the caller is told that it failed.
    fn happens(&mut self, step: &Step) -> bool {
        *step == Step::Whole || self.below(2) == 0
    }

    fn names_last(&mut self, folder: &Path) {
        let all = std::mem::take(&mut self.changed);
        let (inside, rest): (BTreeSet<_>, _) =
            all.into_iter().partition(|p| p.parent() == Some(folder));
        self.changed = rest;
        for path in inside {
            match self.seen.get(&path) {
                Some(node) => self.lasts.insert(path, node.clone()),
                None => self.lasts.remove(&path),
            };
        }
    }

    /// How much is free.
    fn room(&self) -> u64 {
        match self.capacity {
            Some(capacity) => capacity.saturating_sub(self.used()),
            None => u64::MAX,
        }
    }

    fn used(&self) -> u64 {
        let files = self.seen.values();
        files
            .map(|node| match node {
                Node::File(at) => self.contents[*at].seen.len() as u64,
                _ => 0,
            })
            .sum()
    }

    /// Every name and every file that was not synced is, by chance, as it was, as it was meant, or something between.
    fn forget(&mut self) {
        let paths: BTreeSet<PathBuf> = self.seen.keys().chain(self.lasts.keys()).cloned().collect();
        let mut kept = Names::new();
        for path in paths {
            let node = match self.below(2) {
                0 => self.seen.get(&path),
                _ => self.lasts.get(&path),
            };
            let orphan = path.parent().is_some_and(|folder| {
                let known = self.seen.contains_key(folder) || self.lasts.contains_key(folder);
                known && !kept.contains_key(folder)
            });
            if let Some(node) = node.filter(|_| !orphan) {
                kept.insert(path, node.clone());
            }
        }
        self.seen.clone_from(&kept);
        self.lasts = kept;
        self.changed.clear();
        for at in 0..self.contents.len() {
            let content = std::mem::take(&mut self.contents[at]);
            let bytes = self.torn(content);
            self.contents[at] = Content {
                seen: bytes.clone(),
                lasts: bytes,
            };
        }
    }

    fn torn(&mut self, content: Content) -> Vec<u8> {
        if content.seen == content.lasts {
            return content.lasts;
        }
        let length = content.seen.len();
        match self.below(4) {
            0 => content.lasts,
            1 => content.seen,
            2 => content.seen[..self.below(length + 1)].to_vec(),
            _ => vec![0; length],
        }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    fn below(&mut self, limit: usize) -> usize {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

fn pulled() -> io::Error {
    io::ErrorKind::NotConnected.into()
}

fn result(step: &Step) -> io::Result<()> {
    match step {
        Step::Whole => Ok(()),
        Step::Cut => Err(pulled()),
    }
}

impl Files for Stick {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        let step = state.step()?;
        if state.seen.contains_key(folder) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if state.happens(&step) {
            state.changed.insert(folder.to_owned());
            state.seen.insert(folder.to_owned(), Node::Folder);
        }
        result(&step)
    }

    fn create(&self, file: &Path) -> io::Result<Box<dyn NewFile + '_>> {
        let mut state = self.state();
        let step = state.step()?;
        if state.seen.contains_key(file) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let at = state.contents.len();
        state.contents.push(Content::default());
        if state.happens(&step) {
            state.changed.insert(file.to_owned());
            state.seen.insert(file.to_owned(), Node::File(at));
        }
        result(&step)?;
        Ok(Box::new(OnStick { stick: self, at }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        let step = state.step()?;
        if state.happens(&step) {
            let node = state.seen.remove(from).ok_or(io::ErrorKind::NotFound)?;
            state.seen.insert(to.to_owned(), node);
            state.changed.extend([from.to_owned(), to.to_owned()]);
        }
        result(&step)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        let step = state.step()?;
        if state.happens(&step) {
            state.names_last(folder);
        }
        result(&step)
    }

    fn room(&self, _: &Path) -> io::Result<u64> {
        let state = self.state();
        if state.pulled {
            return Err(pulled());
        }
        Ok(state.room())
    }

    fn list(&self, folder: &Path, limit: usize) -> Result<Listing, ReadFault> {
        let mut state = self.state();
        state.read_step()?;
        match state.seen.get(folder) {
            Some(Node::Folder) | None => {}
            Some(Node::Link) => return Err(ReadFault::Link),
            Some(_) => return Err(ReadFault::OtherKind),
        }
        let inside = state.seen.keys().filter(|p| p.parent() == Some(folder));
        let mut names = inside.filter_map(|path| path.file_name());
        let first = names.by_ref().take(limit).map(ToOwned::to_owned);
        Ok(Listing {
            names: first.collect(),
            more: names.next().is_some(),
        })
    }

    fn read(&self, file: &Path, limit: u64) -> Result<Vec<u8>, ReadFault> {
        let mut state = self.state();
        state.read_step()?;
        let at = match state.seen.get(file) {
            None => return Err(ReadFault::Missing),
            Some(Node::Link) => return Err(ReadFault::Link),
            Some(Node::Folder) => return Err(ReadFault::OtherKind),
            Some(Node::Huge(length)) if *length > limit => return Err(ReadFault::TooLarge),
            Some(Node::Huge(length)) => {
                let length = *length;
                state.bytes_read += length;
                return Ok(vec![0; length as usize]);
            }
            Some(Node::File(at)) => *at,
        };
        let bytes = state.contents[at].seen.clone();
        if bytes.len() as u64 > limit {
            return Err(ReadFault::TooLarge);
        }
        state.bytes_read += bytes.len() as u64;
        Ok(bytes)
    }
}

/// A file that is being written.
struct OnStick<'a> {
    stick: &'a Stick,
    at: usize,
}

impl NewFile for OnStick<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.stick.state();
        let step = state.step()?;
        let room = state.room();
        let fit = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let written = match step {
            Step::Whole => fit,
            Step::Cut => state.below(fit + 1),
        };
        let content = &mut state.contents[self.at];
        content.seen.extend_from_slice(&bytes[..written]);
        if step == Step::Whole && fit < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        result(&step)
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.stick.state();
        let step = state.step()?;
        if state.happens(&step) {
            let content = &mut state.contents[self.at];
            content.lasts.clone_from(&content.seen);
        }
        result(&step)
    }
}
