//! Reviews of the office's other stations, as far as they are here: sealed copies for a supervisor to open, and decisions on their way
//! to the station that holds the packet. Nothing here is an application of this station.

use crate::application;
use crate::audit::{self, Act};
use crate::envelopes::{ENVELOPE_LIMIT_BYTES, PAD_BYTES, envelope_of};
use crate::offers::Word;
use crate::{QueueError, Store};
use domain::{ApplicationKind, DecisionResult, PacketId, StaffId, StationId, Timestamp, four_eyes};
use envelope::{Digest, ReviewCopy, Signed, Statement};
use rusqlite::{OptionalExtension, Row, Transaction};

/// The tables of what is offered to other stations and of what is here for them: version 3 has them, version 2 has not.
pub(crate) const TABLES: &str = "
CREATE TABLE offers (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    packet BLOB NOT NULL CHECK (length(packet) = 16),
    copy   BLOB NOT NULL CHECK (length(copy) = 32)
) STRICT;

CREATE TABLE offer_results (
    decision BLOB PRIMARY KEY CHECK (length(decision) = 32),
    review   BLOB NOT NULL CHECK (length(review) = 32),
    result   TEXT NOT NULL CHECK (result IN ('taken', 'late', 'refused', 'unknown'))
) STRICT;

CREATE TABLE visits (
    digest       BLOB PRIMARY KEY CHECK (length(digest) = 32),
    packet       BLOB NOT NULL CHECK (length(packet) = 16),
    station      TEXT NOT NULL,
    officer      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    risk         INTEGER NOT NULL,
    replayed     INTEGER NOT NULL,
    submitted_at INTEGER NOT NULL,
    copy         BLOB NOT NULL CHECK (length(copy) = 32),
    since        INTEGER NOT NULL,
    word         TEXT CHECK (word IN ('decision', 'return')),
    document     BLOB,
    decision     BLOB CHECK (decision IS NULL OR length(decision) = 32),
    supervisor   TEXT,
    sent         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX visits_by_decision ON visits (decision);

CREATE TABLE visit_envelopes (
    id     INTEGER PRIMARY KEY,
    review BLOB NOT NULL REFERENCES visits (digest),
    role   TEXT NOT NULL CHECK (role IN ('review', 'draft')),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    length INTEGER NOT NULL,
    bytes  BLOB NOT NULL,
    UNIQUE (review, role)
) STRICT;
";

/// Their names, in an order in which rows may be put in.
pub(crate) const NAMES: [&str; 4] = ["offers", "offer_results", "visits", "visit_envelopes"];

/// Those that are checked page by page at every start.
pub(crate) const CHECKED_AT_START: [&str; 3] = ["offers", "offer_results", "visits"];

/// A review of another station as it came.
#[derive(Clone)]
pub struct Visit {
    /// Its station's word.
    pub review: Signed<ReviewCopy>,
    /// The officer's word.
    pub statement: Signed<Statement>,
    /// The copy, sealed to the office's supervisors.
    pub copy: Vec<u8>,
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Visit({} bytes)", self.copy.len())
    }
}

/// A review of another station that may be decided here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRow {
    /// The application.
    pub packet: PacketId,
    /// SHA-256 of its packet: what a decision must name.
    pub digest: Digest,
    /// SHA-256 of the sealed copy.
    pub copy: Digest,
    /// Where it waits.
    pub station: StationId,
    /// Who took it: not who reviews it.
    pub officer: StaffId,
    /// What is asked for.
    pub kind: ApplicationKind,
    /// 0 to 100.
    pub risk: u8,
    /// Pictures came from a file.
    pub replayed: bool,
    /// When the officer submitted it.
    pub submitted_at: Timestamp,
}

/// What became of a decision that was made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordResult {
    /// The application.
    pub packet: PacketId,
    /// Where it waits, or waited.
    pub station: StationId,
    /// Who decided.
    pub supervisor: StaffId,
    /// What became of it there.
    pub result: DecisionResult,
}

const REVIEW: &str = "review";
const DRAFT: &str = "draft";

impl Store {
    /// Keeps a sealed copy of another station's review, in place of an older copy of the same packet. One that was decided here already
    /// is left as it is.
    ///
    /// # Errors
    /// [`QueueError::Untrusted`] where no other station of the lease, or no officer of it, signed; [`QueueError::Mismatch`] where the
    /// parts do not belong to each other; [`QueueError::TooLarge`], [`QueueError::DiskFull`].
    pub fn put_visit(&mut self, visit: &Visit, now: Timestamp) -> Result<(), QueueError> {
        let (review, officer) = self.believed_visit(visit)?;
        self.write(|tx| {
            let decided: Option<bool> = tx
                .query_row(
                    "SELECT document IS NOT NULL FROM visits WHERE digest = ?1",
                    [review.digest.as_bytes().as_slice()],
                    |row| row.get(0),
                )
                .optional()?;
            if decided == Some(true) {
                return Ok(());
            }
            drop_visit(tx, &review.digest)?;
            tx.execute(
                "INSERT INTO visits (digest, packet, station, officer, kind, risk, replayed, submitted_at, copy, since)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                rusqlite::params![
                    review.digest.as_bytes().as_slice(),
                    review.packet.as_bytes().as_slice(),
                    review.station.as_str(),
                    officer.as_str(),
                    review.kind.key(),
                    review.risk.min(100),
                    review.replayed,
                    review.submitted_at.millis(),
                    review.copy.as_bytes().as_slice(),
                    now.millis()
                ],
            )?;
            put_envelope(tx, &review.digest, REVIEW, &visit.copy)
        })
    }

    /// Verified against the lease, as the centre did before it.
    fn believed_visit(&self, visit: &Visit) -> Result<(ReviewCopy, StaffId), QueueError> {
        let held = self.lease()?.ok_or(QueueError::NotActivated)?;
        let claimed = visit.review.peek()?;
        let station = held
            .lease
            .colleague(&claimed.station)
            .ok_or(QueueError::Untrusted("review"))?;
        let verified = |key| visit.review.verify(key).ok();
        let review = station
            .keys
            .iter()
            .find_map(verified)
            .ok_or(QueueError::Untrusted("review"))?
            .into_document();
        let claimed = visit.statement.peek()?;
        let statement = self.believed_statement(&visit.statement, &claimed.officer)?;
        let same = (statement.packet, statement.digest, &statement.station)
            == (review.packet, review.digest, &review.station)
            && review.statement == visit.statement.digest()
            && review.copy == Digest::of(&visit.copy);
        if same {
            Ok((review, statement.officer))
        } else {
            Err(QueueError::Mismatch("review"))
        }
    }

    /// Reviews of other stations that may be decided here: the highest risk first, then the oldest.
    ///
    /// # Errors
    /// As reading fails.
    pub fn visits(&self) -> Result<Vec<VisitRow>, QueueError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT packet, digest, copy, station, officer, kind, risk, replayed, submitted_at
             FROM visits WHERE document IS NULL ORDER BY risk DESC, submitted_at, packet",
        )?;
        let rows = statement.query_map([], visit_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether this copy is here, or a decision about its packet.
    ///
    /// # Errors
    /// As reading fails.
    pub fn knows_visit(&self, review: Digest, copy: Digest) -> Result<bool, QueueError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM visits WHERE digest = ?1 AND (copy = ?2 OR document IS NOT NULL))",
            )?
            .query_row(
                [review.as_bytes().as_slice(), copy.as_bytes().as_slice()],
                |row| row.get(0),
            )?)
    }

    /// The sealed copy, checked against the digest that its station signed.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], or [`QueueError::Damaged`] for this envelope.
    pub fn visit_copy(&self, review: Digest) -> Result<Vec<u8>, QueueError> {
        self.visit_envelope(review, REVIEW)
    }

    fn visit_envelope(&self, review: Digest, role: &str) -> Result<Vec<u8>, QueueError> {
        let (digest, bytes): (Digest, Vec<u8>) = self
            .connection
            .prepare_cached(
                "SELECT digest, bytes FROM visit_envelopes WHERE review = ?1 AND role = ?2",
            )?
            .query_row(
                rusqlite::params![review.as_bytes().as_slice(), role],
                |row| Ok((application::some_digest(row, 0)?, row.get(1)?)),
            )?;
        let envelope = envelope_of(&bytes);
        if Digest::of(envelope) == digest {
            Ok(envelope.to_vec())
        } else {
            Err(QueueError::Damaged("an envelope"))
        }
    }

    /// Keeps a supervisor's decision for the station that holds the packet, and destroys the copy, in one transaction.
    ///
    /// # Errors
    /// [`QueueError::Untrusted`], [`QueueError::FourEyes`], [`QueueError::Mismatch`] for a decision about something else,
    /// [`QueueError::NotFound`] where it does not wait here any more, [`QueueError::DiskFull`].
    pub fn decide_visit(&mut self, word: &Word, now: Timestamp) -> Result<(), QueueError> {
        let (review, packet, supervisor) = match word {
            Word::Decision(decision) => {
                let said = self.believed_decision(decision)?;
                (said.digest, said.packet, said.supervisor)
            }
            Word::Return { returned, draft } => {
                let said = self.believed_return(returned)?;
                if said.draft != Digest::of(draft) {
                    return Err(QueueError::Mismatch("return"));
                }
                (said.digest, said.packet, said.supervisor)
            }
        };
        self.write(|tx| {
            let (held, officer, station) = tx.query_row(
                "SELECT packet, officer, station FROM visits WHERE digest = ?1 AND document IS NULL",
                [review.as_bytes().as_slice()],
                |row| {
                    Ok((
                        application::packet(row, 0)?,
                        application::staff(row, 1)?,
                        row.get::<_, String>(2)?,
                    ))
                },
            )?;
            if held != packet {
                return Err(QueueError::Mismatch("decision"));
            }
            four_eyes(&officer, &supervisor)?;
            let (kind, document) = match word {
                Word::Decision(decision) => ("decision", decision.as_bytes()),
                Word::Return { returned, .. } => ("return", returned.as_bytes()),
            };
            tx.execute(
                "UPDATE visits SET word = ?2, document = ?3, decision = ?4, supervisor = ?5, since = ?6 WHERE digest = ?1",
                rusqlite::params![
                    review.as_bytes().as_slice(),
                    kind,
                    document,
                    word.digest().as_bytes().as_slice(),
                    supervisor.as_str(),
                    now.millis()
                ],
            )?;
            drop_envelopes(tx, &review)?;
            if let Word::Return { draft, .. } = word {
                put_envelope(tx, &review, DRAFT, draft)?;
            }
            let detail = format!("{kind}:station={station}");
            let act = Act::new("decided-elsewhere").staff(&supervisor).packet(packet);
            audit::append(tx, &act.detail(&detail)?, now)
        })
    }

    /// The next decision for another station that the centre does not have yet; none of `except`.
    ///
    /// # Errors
    /// As reading fails; [`QueueError::Envelope`] for a document that cannot be read.
    pub fn next_word(&self, except: &[Digest]) -> Result<Option<(Digest, Word)>, QueueError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT digest, word, document FROM visits WHERE document IS NOT NULL AND sent = 0 ORDER BY since, digest",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((
                application::some_digest(row, 0)?,
                row.get::<_, String>(1)?,
                row.get::<_, Vec<u8>>(2)?,
            ))
        })?;
        for row in rows {
            let (review, word, document) = row?;
            if except.contains(&review) {
                continue;
            }
            let word = if word == "return" {
                Word::Return {
                    returned: Signed::from_bytes(document)?,
                    draft: self.visit_envelope(review, DRAFT)?,
                }
            } else {
                Word::Decision(Signed::from_bytes(document)?)
            };
            return Ok(Some((review, word)));
        }
        Ok(None)
    }

    /// The centre has the decision: a draft of it is destroyed, and what becomes of it is awaited.
    ///
    /// # Errors
    /// As writing fails.
    pub fn note_word_sent(&mut self, review: Digest) -> Result<(), QueueError> {
        self.write_freeing(|tx| {
            tx.execute(
                "UPDATE visits SET sent = 1 WHERE digest = ?1 AND document IS NOT NULL",
                [review.as_bytes().as_slice()],
            )?;
            drop_envelopes(tx, &review)
        })
    }

    /// What became of decisions that were made here; those of others, and those that were told before, are passed over. That a decision
    /// came late is told to whoever made it, and waits until `signed_in` is that person.
    ///
    /// # Errors
    /// As writing fails.
    pub fn put_results(
        &mut self,
        results: &[(Digest, DecisionResult)],
        signed_in: Option<&StaffId>,
        now: Timestamp,
    ) -> Result<Vec<WordResult>, QueueError> {
        let mut told = Vec::new();
        for (decision, result) in results {
            let known: Option<(Digest, StaffId)> = self
                .connection
                .prepare_cached("SELECT digest, supervisor FROM visits WHERE decision = ?1")?
                .query_row([decision.as_bytes().as_slice()], |row| {
                    Ok((
                        application::some_digest(row, 0)?,
                        application::staff(row, 1)?,
                    ))
                })
                .optional()?;
            let Some((review, supervisor)) = known else {
                continue;
            };
            if *result != DecisionResult::Late || signed_in == Some(&supervisor) {
                told.extend(self.end_word(review, *result, now)?);
            }
        }
        Ok(told)
    }

    /// A decision that was made here has its end: audited, and gone.
    ///
    /// # Errors
    /// As writing fails.
    pub fn end_word(
        &mut self,
        review: Digest,
        result: DecisionResult,
        now: Timestamp,
    ) -> Result<Option<WordResult>, QueueError> {
        self.write_freeing(|tx| {
            let told = tx
                .query_row(
                    "SELECT packet, station, supervisor FROM visits WHERE digest = ?1 AND document IS NOT NULL",
                    [review.as_bytes().as_slice()],
                    |row| {
                        Ok(WordResult {
                            packet: application::packet(row, 0)?,
                            station: station(row, 1)?,
                            supervisor: application::staff(row, 2)?,
                            result,
                        })
                    },
                )
                .optional()?;
            let Some(told) = told else { return Ok(None) };
            drop_visit(tx, &review)?;
            let act = Act::new("decision-told")
                .staff(&told.supervisor)
                .packet(told.packet);
            audit::append(tx, &act.detail(result.as_str())?, now)?;
            Ok(Some(told))
        })
    }

    /// Destroys the copies of everything but `waiting`: it was decided, withdrawn, or is too old. Decisions stay until their end is told.
    /// Returns the digests of the packets whose copies went.
    ///
    /// # Errors
    /// As writing fails.
    pub fn keep_visits(&mut self, waiting: &[Digest]) -> Result<Vec<Digest>, QueueError> {
        let held = self.visits()?.into_iter().map(|row| row.digest);
        self.end_visits(held.filter(|digest| !waiting.contains(digest)).collect())
    }

    /// Destroys copies that came before `before` and that nobody has decided.
    ///
    /// # Errors
    /// As writing fails.
    pub fn end_visits_before(&mut self, before: Timestamp) -> Result<Vec<Digest>, QueueError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT digest FROM visits WHERE document IS NULL AND since < ?1 ORDER BY digest",
        )?;
        let rows =
            statement.query_map([before.millis()], |row| application::some_digest(row, 0))?;
        let old = rows.collect::<Result<Vec<_>, _>>()?;
        drop(statement);
        self.end_visits(old)
    }

    fn end_visits(&mut self, gone: Vec<Digest>) -> Result<Vec<Digest>, QueueError> {
        if !gone.is_empty() {
            self.write_freeing(|tx| gone.iter().try_for_each(|digest| drop_visit(tx, digest)))?;
        }
        Ok(gone)
    }
}

fn visit_row(row: &Row<'_>) -> rusqlite::Result<VisitRow> {
    Ok(VisitRow {
        packet: application::packet(row, 0)?,
        digest: application::some_digest(row, 1)?,
        copy: application::some_digest(row, 2)?,
        station: station(row, 3)?,
        officer: application::staff(row, 4)?,
        kind: application::kind(row, 5)?,
        risk: row.get(6)?,
        replayed: row.get(7)?,
        submitted_at: application::time(row, 8)?,
    })
}

fn station(row: &Row<'_>, column: usize) -> rusqlite::Result<StationId> {
    StationId::parse(&row.get::<_, String>(column)?)
        .map_err(|_| application::damaged(column, rusqlite::types::Type::Text))
}

/// In a row that lies in overflow pages, which are overwritten when it is deleted.
fn put_envelope(
    tx: &Transaction<'_>,
    review: &Digest,
    role: &str,
    bytes: &[u8],
) -> Result<(), QueueError> {
    if bytes.len() > ENVELOPE_LIMIT_BYTES {
        return Err(QueueError::TooLarge {
            limit: ENVELOPE_LIMIT_BYTES,
        });
    }
    tx.prepare_cached(
        "INSERT INTO visit_envelopes (review, role, digest, length, bytes) VALUES (?1, ?2, ?3, ?4, zeroblob(?5))",
    )?
    .execute(rusqlite::params![
        review.as_bytes().as_slice(),
        role,
        Digest::of(bytes).as_bytes().as_slice(),
        bytes.len() as i64,
        (PAD_BYTES + bytes.len()) as i64
    ])?;
    let id = tx.last_insert_rowid();
    tx.blob_open("main", "visit_envelopes", "bytes", id, false)?
        .write_all_at(bytes, PAD_BYTES)?;
    Ok(())
}

fn drop_envelopes(tx: &Transaction<'_>, review: &Digest) -> Result<(), QueueError> {
    tx.prepare_cached("DELETE FROM visit_envelopes WHERE review = ?1")?
        .execute([review.as_bytes().as_slice()])?;
    Ok(())
}

fn drop_visit(tx: &Transaction<'_>, review: &Digest) -> Result<(), QueueError> {
    drop_envelopes(tx, review)?;
    tx.prepare_cached("DELETE FROM visits WHERE digest = ?1")?
        .execute([review.as_bytes().as_slice()])?;
    Ok(())
}
