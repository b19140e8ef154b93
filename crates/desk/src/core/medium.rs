//! Removable media: what waits is written to a stick, and the centre's answers are read from one. Nothing leaves the store by it: only a
//! receipt, which the store verifies, lets a packet go.

use super::carry::{CarriedOff, carry_all, write_receipts};
use super::job::{Done, Job};
use super::{Core, Input};
use crate::Notice;
use domain::PacketId;
use envelope::{PublicKey, Receipt, Signed, SigningKey};
use media::{
    AnswersRead, Direction, Disk, Exported, ITEMS_LIMIT, Label, MediaError, Outgoing, Papers,
    Reason, SealedPacket, centre_key, export, find, read_answers, read_receipts,
};
use queue::{ItemDocuments, QueueError, Settled, Store};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;
use sync::StoreReply;

/// How often the desk looks which media are there.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Media that can be chosen.
const MEDIA_LIMIT: usize = 9;
/// Folders of answers that are read from one medium.
const ANSWERS_LIMIT: usize = 64;

/// What the medium's thread asks of the desk's: the next item after this one.
pub(crate) struct NextItem {
    after: Option<PacketId>,
    reply: SyncSender<Option<(PacketId, Outgoing)>>,
}

/// What the medium's thread has done.
pub(crate) enum MediumDone {
    Written {
        exported: Result<Exported, MediaError>,
        /// Receipts of carried packets, for their owners.
        receipts: Result<usize, MediaError>,
    },
    Read(Result<OnMedium, MediaError>),
}

/// What a medium had for this station.
pub(crate) struct OnMedium {
    /// Folders of the centre's.
    answers: Vec<Result<AnswersRead, MediaError>>,
    /// Receipts that another station carried here; the store judges each.
    receipts: Vec<Signed<Receipt>>,
    /// What this station now carries for others.
    carried: CarriedOff,
}

impl Core {
    /// Writes everything that waits to a medium, on a thread of its own: sticks are slow.
    pub(super) fn write_medium(&mut self, medium: PathBuf) {
        let (Some(station), Some(_)) = (&self.station, &self.session) else {
            return;
        };
        let mut random = [0_u8; 4];
        rand::Rng::fill(&mut rand::rng(), &mut random);
        let label = Label {
            station: station.record.station.clone(),
            at: self.believed_now(),
            random,
        };
        let key = station.keys.signing.clone();
        let inbox = self.inbox.clone();
        let carried = self.store.as_ref().map(|s| s.carried_receipts(ITEMS_LIMIT));
        let carried = carried.and_then(Result::ok).unwrap_or_default();
        self.on_medium(move || MediumDone::Written {
            exported: write(&inbox, &medium, &label, &key),
            receipts: write_receipts(&medium, &label, &key, &carried),
        });
    }

    /// Reads the centre's answers for this station from a medium.
    pub(super) fn read_medium(&mut self, medium: PathBuf) {
        let (Some(station), Some(_), Some(store)) = (&self.station, &self.session, &self.store)
        else {
            return;
        };
        let name = station.record.station.clone();
        let keys = store.centre_keys().unwrap_or_default();
        let root = station.record.policy_root;
        let inbox = self.inbox.clone();
        self.on_medium(move || {
            let on_medium = read(&medium, &name, keys, &root).map(|(answers, receipts)| OnMedium {
                answers,
                receipts,
                carried: carry_all(&inbox, &medium),
            });
            MediumDone::Read(on_medium)
        });
    }

    fn on_medium(&mut self, work: impl FnOnce() -> MediumDone + Send + 'static) {
        if self.start(Job::Medium, move || Done::Medium(Box::new(work()))) {
            self.notice = Some(Notice::ok("notice-medium-busy"));
        }
    }

    /// The next item for the medium, whole and checked; one that is damaged is passed over, the link sets it aside.
    pub(super) fn next_for_medium(&self, asked: &NextItem) {
        let mut after = asked.after;
        let found = loop {
            let Some(store) = &self.store else { break None };
            let page = store.outbox_after(after, 1).unwrap_or_default();
            let Some(packet) = page.first().map(|entry| entry.packet) else {
                break None;
            };
            match outgoing(store, packet) {
                Ok(item) => break Some((packet, item)),
                Err(error) => tracing::warn!(%error, %packet, "not written to the medium"),
            }
            after = Some(packet);
        };
        let _ = asked.reply.send(found);
    }

    pub(super) fn medium_done(&mut self, done: MediumDone) {
        match done {
            MediumDone::Written {
                exported: Ok(exported),
                receipts,
            } => {
                self.written(&exported);
                self.receipts_written(receipts);
            }
            MediumDone::Written {
                exported: Err(MediaError::Nothing),
                receipts,
            } => {
                self.notice = Some(Notice::ok("notice-medium-nothing"));
                self.receipts_written(receipts);
            }
            MediumDone::Read(Ok(on_medium)) => self.take_medium(on_medium),
            MediumDone::Written {
                exported: Err(error),
                ..
            }
            | MediumDone::Read(Err(error)) => {
                self.notice = Some(failed(&error));
            }
        }
    }

    /// Receipts that this station carries back to the owners of packets.
    fn receipts_written(&mut self, receipts: Result<usize, MediaError>) {
        match receipts {
            Ok(0) => {}
            Ok(count) => {
                self.audit("receipts-written", None, &format!("receipts={count}"));
                let notice = Notice::ok("notice-medium-receipts-written");
                self.notice = Some(notice.with("count", count.to_string()));
            }
            Err(error) => self.notice = Some(failed(&error)),
        }
    }

    fn written(&mut self, exported: &Exported) {
        let count = exported.packets.len() + exported.voids.len();
        self.audit("medium-written", None, &format!("items={count}"));
        let whole = exported.stopped.is_none() && exported.refused.is_empty();
        let key = if whole {
            "notice-medium-written"
        } else {
            "notice-medium-written-in-part"
        };
        let folder = exported.folder.file_name().unwrap_or_default();
        self.notice = Some(
            Notice::ok(key)
                .with("count", count.to_string())
                .with("folder", folder.to_string_lossy().into_owned()),
        );
    }

    /// Receipts first, then lease and outcomes: each is verified by the store as if it had come over the link.
    fn take_medium(&mut self, on_medium: OnMedium) {
        let carried = on_medium.carried;
        let nothing = on_medium.answers.is_empty() && on_medium.receipts.is_empty();
        if nothing && carried.taken == 0 && carried.refused == 0 {
            self.notice = Some(Notice::attention("notice-medium-no-answers"));
            return;
        }
        let (mut settled, mut refused) = (0_u32, 0_usize);
        let mut why = None;
        for receipt in &on_medium.receipts {
            match self.settle_by_medium(receipt) {
                Ok(true) => settled += 1,
                Ok(false) => {}
                Err(error) => {
                    refused += 1;
                    why = Some(error.key());
                }
            }
        }
        for folder in on_medium.answers {
            let folder = match folder {
                Ok(folder) => folder,
                Err(error) => {
                    refused += 1;
                    why = Some(error.key());
                    continue;
                }
            };
            refused += folder.refused.len();
            why = folder.refused.first().map(|r| r.reason.key()).or(why);
            for receipt in &folder.answers.receipts {
                match self.settle_by_medium(receipt) {
                    Ok(true) => settled += 1,
                    Ok(false) => {}
                    Err(error) => {
                        refused += 1;
                        why = Some(error.key());
                    }
                }
            }
            if let Some(lease) = &folder.answers.lease
                && self.put_lease(lease) != StoreReply::Done
            {
                refused += 1;
            }
            let outcomes = folder.answers.outcomes.map(|list| list.outcomes);
            let outcomes = outcomes.unwrap_or_default();
            let cursor = outcomes.iter().map(|o| o.cursor).max();
            if let (Some(cursor), Some(store)) = (cursor, &mut self.store) {
                let kept = store.put_outcomes(&outcomes, cursor);
                self.told(kept);
            }
        }
        if settled > 0 {
            let purged = self.store.as_mut().map(Store::purge);
            if let Some(purged) = purged {
                self.told(purged);
            }
        }
        self.load_time();
        self.audit(
            "medium-read",
            None,
            &format!(
                "settled={settled} refused={refused} carried={}",
                carried.taken
            ),
        );
        if carried.taken > 0 || carried.refused > 0 {
            self.wake_link();
            self.notice = Some(carried_notice(&carried, settled));
            return;
        }
        self.notice = Some(match why {
            None => Notice::ok("notice-medium-read").with("count", settled.to_string()),
            Some(reason) => Notice::attention("notice-medium-read-in-part")
                .with("count", settled.to_string())
                .with("refused", refused.to_string())
                .with("reason", format!("medium-{reason}")),
        });
    }

    fn settle_by_medium(&mut self, receipt: &Signed<Receipt>) -> Result<bool, QueueError> {
        let now = self.options.clock.now();
        let Some(store) = &mut self.store else {
            return Err(QueueError::NotActivated);
        };
        let settled = store.settle(receipt, now)?;
        Ok(matches!(settled, Settled::Destroyed(_)))
    }

    /// Looks which media are there, from time to time while somebody could choose one.
    pub(super) fn look_for_media(&mut self) {
        let elapsed = self.options.clock.elapsed();
        let rested = self
            .media_seen
            .is_none_or(|last| elapsed.saturating_sub(last) >= LOOK_EVERY);
        if self.session.is_some() && rested {
            self.media_seen = Some(elapsed);
            self.media = mounted(&std::fs::read_to_string("/proc/mounts").unwrap_or_default());
        }
    }
}

/// Whatever is mounted where desktops and administrators mount sticks, at most [`MEDIA_LIMIT`].
fn mounted(mounts: &str) -> Vec<PathBuf> {
    let places = ["/media/", "/run/media/", "/mnt/"];
    let mut found: Vec<PathBuf> = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .filter(|place| places.iter().any(|under| place.starts_with(under)))
        // The kernel writes a space as \040.
        .map(|place| PathBuf::from(place.replace("\\040", " ")))
        .collect();
    found.sort();
    found.truncate(MEDIA_LIMIT);
    found
}

fn failed(error: &MediaError) -> Notice {
    Notice::attention("notice-medium-failed").with("reason", format!("medium-{}", error.key()))
}

fn outgoing(store: &Store, packet: PacketId) -> Result<Outgoing, QueueError> {
    let row = store.outbox_row(packet)?;
    let (manifest, statement, decision) = match row.documents {
        ItemDocuments::Void(void) => return Ok(Outgoing::Void(void)),
        ItemDocuments::Enrolment {
            manifest,
            statement,
            decision,
        } => (manifest, statement, Some(decision)),
        ItemDocuments::Unreviewed {
            manifest,
            statement,
        }
        | ItemDocuments::KeyFile {
            manifest,
            statement,
        } => (manifest, statement, None),
    };
    Ok(Outgoing::Packet(SealedPacket {
        bytes: store.packet_envelope(packet)?,
        papers: Papers {
            manifest,
            statement,
            decision,
        },
    }))
}

/// One item after the other comes from the desk's thread, which owns the store.
fn write(
    inbox: &SyncSender<Input>,
    medium: &Path,
    label: &Label,
    key: &SigningKey,
) -> Result<Exported, MediaError> {
    let mut last = None;
    let items = std::iter::from_fn(|| {
        let (reply, answer) = sync_channel(1);
        let asked = NextItem { after: last, reply };
        inbox.send(Input::NextForMedium(asked)).ok()?;
        let (packet, item) = answer.recv().ok()??;
        last = Some(packet);
        Some(item)
    });
    export(&Disk, medium, label, key, items)
}

type Read = (Vec<Result<AnswersRead, MediaError>>, Vec<Signed<Receipt>>);

/// Answers of the centre, and receipts that another station brings: those have no custody of the centre's, and need none.
fn read(
    medium: &Path,
    station: &domain::StationId,
    mut keys: Vec<PublicKey>,
    root: &PublicKey,
) -> Result<Read, MediaError> {
    let folders = find(&Disk, medium)?;
    let folders = folders
        .iter()
        .filter(|name| name.direction == Direction::Answers && name.station == *station)
        .take(ANSWERS_LIMIT);
    let (mut answers, mut receipts) = (Vec::new(), Vec::new());
    for name in folders {
        let folder = medium.join(name.to_string());
        // A key of the centre's that this station has not seen yet: the pinned root has certified it.
        let certified = centre_key(&Disk, &folder).and_then(|signed| Ok(signed.verify(root)?));
        if let Ok(certificate) = certified
            && !keys.contains(&certificate.key)
        {
            keys.push(certificate.key);
        }
        let read = read_answers(&Disk, &folder, station, &keys);
        if let Err(MediaError::Refused(Reason::CustodyMissing | Reason::CustodyUnverified)) = read {
            let (brought, _) = read_receipts(&Disk, &folder, station)?;
            if !brought.is_empty() {
                receipts.extend(brought);
                continue;
            }
        }
        answers.push(read);
    }
    Ok((answers, receipts))
}

fn carried_notice(carried: &CarriedOff, settled: u32) -> Notice {
    match carried.why {
        None => Notice::ok("notice-medium-carried"),
        Some(why) => Notice::attention("notice-medium-carried-in-part")
            .with("refused", carried.refused.to_string())
            .with("reason", format!("medium-{why}")),
    }
    .with("count", carried.taken.to_string())
    .with("settled", settled.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sticks_are_found_where_desktops_mount_them_and_nothing_else_is() {
        let mounts = "/dev/sda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\n\
            /dev/sdb1 /media/officer/USB\\040STICK vfat rw 0 0\n/dev/sdc1 /run/media/x/A vfat rw 0 0\n";
        assert_eq!(
            mounted(mounts),
            [
                PathBuf::from("/media/officer/USB STICK"),
                PathBuf::from("/run/media/x/A")
            ]
        );
    }
}
