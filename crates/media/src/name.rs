//! Names on a medium: exactly those that this program writes, and nothing else is ever opened.

use crate::{Files, MediaError};
use domain::{PacketId, StationId, Timestamp};
use std::fmt;
use std::path::Path;

/// What a file about a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// The sealed packet.
    Packet,
    /// The officer's word.
    Statement,
    /// The supervisor's word.
    Decision,
    /// The station's word, which names the three before by digest.
    Manifest,
    /// The station's word that the packet was damaged.
    Void,
    /// The centre's receipt.
    Receipt,
    /// A second one: for a packet that was voided and turned up later.
    SecondReceipt,
    /// A sealed answer.
    Answer,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Packet,
        Self::Statement,
        Self::Decision,
        Self::Manifest,
        Self::Void,
        Self::Receipt,
        Self::SecondReceipt,
        Self::Answer,
    ];

    fn ending(self) -> &'static str {
        match self {
            Self::Packet => ".packet",
            Self::Statement => ".statement.cose",
            Self::Decision => ".decision.cose",
            Self::Manifest => ".manifest.cose",
            Self::Void => ".void.cose",
            Self::Receipt => ".receipt.cose",
            Self::SecondReceipt => ".receipt-2.cose",
            Self::Answer => ".answer.age",
        }
    }
}

/// The name of a file on a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileName {
    /// What lies here; written last.
    Custody,
    /// A lease with the certificate of the key that signed it.
    Lease,
    /// Outcomes of the office.
    Outcomes,
    /// A file about a packet.
    Of(PacketId, FileKind),
}

/// The length of a packet id as text.
const ID_LENGTH: usize = 36;
/// What a file is called until it is whole.
const PART: &str = ".part";

impl FileName {
    /// Reads a name; one name has one spelling.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "custody.cose" => return Some(Self::Custody),
            "lease.json" => return Some(Self::Lease),
            "outcomes.json" => return Some(Self::Outcomes),
            _ => {}
        }
        let (id, ending) = text.split_at_checked(ID_LENGTH)?;
        let kind = FileKind::ALL.into_iter().find(|k| k.ending() == ending)?;
        let packet = PacketId::parse(id).ok()?;
        (packet.to_string() == id).then_some(Self::Of(packet, kind))
    }

    /// Reads the name of a file whose writing was broken off.
    pub(crate) fn parse_part(text: &str) -> Option<Self> {
        Self::parse(text.strip_suffix(PART)?)
    }

    /// What it is called until it is whole.
    pub(crate) fn part(self) -> String {
        format!("{self}{PART}")
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Custody => f.write_str("custody.cose"),
            Self::Lease => f.write_str("lease.json"),
            Self::Outcomes => f.write_str("outcomes.json"),
            Self::Of(packet, kind) => write!(f, "{packet}{}", kind.ending()),
        }
    }
}

/// Which way a folder goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Packets of a station.
    Packets,
    /// Answers for a station.
    Answers,
}

impl Direction {
    fn prefix(self) -> &'static str {
        match self {
            Self::Packets => "shanakht-",
            Self::Answers => "answers-",
        }
    }
}

/// What a fresh folder is named by; whoever calls brings the clock and the randomness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The station that writes, or the one that answers are for.
    pub station: StationId,
    /// When, as the writer believes.
    pub at: Timestamp,
    /// Tells two folders of a day apart.
    pub random: [u8; 4],
}

impl Label {
    /// The folder's name: its date is in UTC.
    pub fn folder(&self, direction: Direction) -> FolderName {
        FolderName {
            direction,
            station: self.station.clone(),
            date: self.at.to_date(),
            short: format!("{:08x}", u32::from_be_bytes(self.random)),
        }
    }
}

/// The name of a folder on a medium. It is a help for people; what counts is the custody document inside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FolderName {
    /// Which way it goes.
    pub direction: Direction,
    /// The station that wrote it, or that it is for.
    pub station: StationId,
    /// The UTC date as `2026-11-23`.
    pub date: String,
    /// Eight hexadecimal digits.
    pub short: String,
}

impl FolderName {
    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        let (direction, rest) = [Direction::Packets, Direction::Answers]
            .into_iter()
            .find_map(|d| Some((d, text.strip_prefix(d.prefix())?)))?;
        let (rest, short) = rest.rsplit_once('-')?;
        let (station, date) = rest.split_at_checked(rest.len().checked_sub(10)?)?;
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let dated = date.bytes().enumerate().all(|(at, b)| match at {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
        if short.len() != 8 || !short.bytes().all(is_digit) || !dated {
            return None;
        }
        Some(Self {
            direction,
            station: StationId::parse(station.strip_suffix('-')?).ok()?,
            date: date.to_owned(),
            short: short.to_owned(),
        })
    }
}

impl fmt::Display for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.direction.prefix();
        write!(f, "{prefix}{}-{}-{}", self.station, self.date, self.short)
    }
}

/// The folders of this program on a medium, packets first, by station and date. Only the first [`crate::ENTRIES_LIMIT`] names of the
/// medium are looked at.
///
/// # Errors
/// [`MediaError`] when the medium cannot be listed.
pub fn find(files: &dyn Files, medium: &Path) -> Result<Vec<FolderName>, MediaError> {
    let listing = files.list(medium, crate::ENTRIES_LIMIT)?;
    let names = listing.names.iter().filter_map(|name| name.to_str());
    let mut found: Vec<FolderName> = names.filter_map(FolderName::parse).collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn packet() -> PacketId {
        PacketId::mint(Timestamp::from_millis(1_795_000_000_000), [0xab; 10])
    }

    #[test]
    fn every_name_is_read_back_and_has_one_spelling() {
        let mut names = vec![FileName::Custody, FileName::Lease, FileName::Outcomes];
        names.extend(FileKind::ALL.map(|kind| FileName::Of(packet(), kind)));
        for name in names {
            let text = name.to_string();
            assert_eq!(FileName::parse(&text), Some(name));
            assert_eq!(FileName::parse_part(&name.part()), Some(name));
            for odd in [
                text.to_uppercase(),
                format!("{text} "),
                format!("./{text}"),
                format!("../{text}"),
                format!("{text}\0"),
                format!("{text}.part"),
                text.replace('.', "\u{2024}"),
                text.replace('0', "\u{0660}"),
                text.replacen('-', "", 1),
            ] {
                assert!(odd == text || FileName::parse(&odd).is_none(), "{odd:?}");
            }
        }
    }

    #[test]
    fn a_folder_name_is_read_back_and_no_other_is() {
        for direction in [Direction::Packets, Direction::Answers] {
            let label = Label {
                station: StationId::parse("MUL-03").unwrap(),
                at: Timestamp::from_millis(1_795_000_000_000),
                random: [0, 1, 0xab, 0xff],
            };
            let name = label.folder(direction);
            assert!(name.to_string().ends_with("MUL-03-2026-11-18-0001abff"));
            assert_eq!(FolderName::parse(&name.to_string()), Some(name));
        }
        for odd in [
            "",
            "shanakht-",
            "shanakht--2026-11-18-0001abff",
            "shanakht-2026-11-18-0001abff",
            "shanakht-MUL-03-2026-11-18-0001abf",
            "shanakht-MUL-03-2026-11-18-0001ABFF",
            "shanakht-MUL/03-2026-11-18-0001abff",
            "shanakht-../../a-2026-11-18-0001abff",
            "shanakht-MUL-03-2026.11.18-0001abff",
            "answers-ملتان-2026-11-18-0001abff",
        ] {
            assert_eq!(FolderName::parse(odd), None, "{odd}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_name_panic(text in ".*") {
            let _ = (FileName::parse(&text), FileName::parse_part(&text), FolderName::parse(&text));
        }
    }
}
