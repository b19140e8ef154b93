//! Packets on their way in, at the centre or at another station.

use crate::packet::paper;
use crate::walk::{Walk, of_packets};
use crate::{
    CustodySeen, FileKind, FileName, Files, MediaError, Papers, Reason, Refusal, SealedPacket,
    StoredFile,
};
use domain::PacketId;
use envelope::{Manifest, PublicKey, Signed, Void};
use std::collections::BTreeSet;
use std::path::Path;

/// What was found in a folder of packets.
#[derive(Debug, Clone)]
pub struct Import {
    /// What the writer says lies here.
    pub custody: CustodySeen,
    /// Whole packets, by station and counter.
    pub packets: Vec<Arrived>,
    /// Voids.
    pub voids: Vec<ArrivedVoid>,
    /// What was not taken, and why.
    pub refused: Vec<Refusal>,
}

impl Import {
    /// Everything that the writer put here arrived.
    pub fn is_whole(&self) -> bool {
        matches!(self.custody, CustodySeen::Verified(_)) && self.refused.is_empty()
    }
}

/// A packet whose papers belong together and whose bytes are those that its manifest names. Nobody's signature was judged yet.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// What its manifest says, unverified.
    pub manifest: Manifest,
    /// The signed documents.
    pub papers: Papers,
    /// The age file, which is not in memory.
    pub envelope: StoredFile,
}

impl Arrived {
    /// The packet with its bytes, to be carried on.
    ///
    /// # Errors
    /// As [`StoredFile::bytes`].
    pub fn packet(&self, files: &dyn Files) -> Result<SealedPacket, Reason> {
        Ok(SealedPacket {
            bytes: self.envelope.bytes(files)?,
            papers: self.papers.clone(),
        })
    }
}

/// A void that parses and names the packet of its file.
#[derive(Debug, Clone)]
pub struct ArrivedVoid {
    /// What it says, unverified.
    pub void: Void,
    /// As it was signed.
    pub signed: Signed<Void>,
}

/// Reads a folder of packets. `keys` are those that may have signed its custody; a folder whose custody is missing or not believed is
/// still read, and the result says so. A packet that custody does not name is taken as well, since it verifies by itself.
///
/// One packet at a time is in memory.
///
/// # Errors
/// [`MediaError`] when the folder cannot be listed or holds answers.
pub fn read(files: &dyn Files, folder: &Path, keys: &[PublicKey]) -> Result<Import, MediaError> {
    let mut walk = Walk::open(files, folder, of_packets)?;
    let custody = walk.custody(keys);
    if let CustodySeen::Verified(custody) = &custody
        && custody.to.is_some()
    {
        return Err(MediaError::Refused(Reason::NotPackets));
    }
    let (mut packets, mut voids) = (Vec::new(), Vec::new());
    for packet in packets_with(&walk, |kind| kind != FileKind::Void) {
        match arrive(&mut walk, packet) {
            Ok(arrived) => packets.push(arrived),
            Err((kind, reason)) => walk.refuse(FileName::Of(packet, kind), reason),
        }
    }
    for packet in packets_with(&walk, |kind| kind == FileKind::Void) {
        match arrive_void(&mut walk, packet) {
            Ok(void) => voids.push(void),
            Err(reason) => walk.refuse(FileName::Of(packet, FileKind::Void), reason),
        }
    }
    packets.sort_by(|a, b| {
        let place = |m: &Manifest| (m.station.clone(), m.counter);
        place(&a.manifest).cmp(&place(&b.manifest))
    });
    Ok(Import {
        custody,
        packets,
        voids,
        refused: walk.finish(),
    })
}

fn packets_with(walk: &Walk<'_>, wanted: fn(FileKind) -> bool) -> BTreeSet<PacketId> {
    let names = walk.names().into_iter();
    names
        .filter_map(|name| match name {
            FileName::Of(packet, kind) if wanted(kind) => Some(packet),
            _ => None,
        })
        .collect()
}

/// The smallest files first: what they say decides whether the large one is read at all.
fn arrive(walk: &mut Walk<'_>, packet: PacketId) -> Result<Arrived, (FileKind, Reason)> {
    use FileKind as Kind;
    let of = |kind| move |reason| (kind, reason);
    let name = |kind| FileName::Of(packet, kind);
    let manifest = walk
        .paper(name(Kind::Manifest))
        .map_err(of(Kind::Manifest))?;
    let statement = walk
        .paper(name(Kind::Statement))
        .map_err(of(Kind::Statement))?;
    let named = paper::<Manifest>(&manifest).map_err(of(Kind::Manifest))?;
    if named.packet != packet {
        return Err((Kind::Manifest, Reason::OtherPacket));
    }
    let decided = walk.has(name(Kind::Decision)) || named.decision.is_some();
    let decision = decided.then(|| walk.paper(name(Kind::Decision)));
    let decision = decision.transpose().map_err(of(Kind::Decision))?;
    let papers = Papers {
        manifest,
        statement,
        decision,
    };
    let manifest = papers.check().map_err(|reason| match reason {
        Reason::Decision => (Kind::Decision, reason),
        reason => (Kind::Statement, reason),
    })?;
    let envelope = walk
        .envelope(name(Kind::Packet))
        .map_err(of(Kind::Packet))?;
    if (envelope.digest(), envelope.length()) != (manifest.digest, manifest.length) {
        return Err((Kind::Packet, Reason::Digest));
    }
    Ok(Arrived {
        manifest,
        papers,
        envelope,
    })
}

fn arrive_void(walk: &mut Walk<'_>, packet: PacketId) -> Result<ArrivedVoid, Reason> {
    let signed = walk.paper(FileName::Of(packet, FileKind::Void))?;
    let void: Void = signed.peek()?;
    if void.packet != packet {
        return Err(Reason::OtherPacket);
    }
    Ok(ArrivedVoid { void, signed })
}
