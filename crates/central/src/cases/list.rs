//! Cases as operators see them: nothing personal, numbers by which the rest is found.

use super::subject;
use crate::{CentreError, Store};
use domain::{CaseKind, PacketId, Timestamp};
use envelope::{CaseRuling, CaseWord, Digest, Signed};
use serde::Serialize;
use tokio_postgres::Row;

/// A case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// Its number.
    pub case: i64,
    /// What it is about.
    pub kind: CaseKind,
    /// `open`, `decided` or `re-judged`.
    pub state: String,
    /// Why it was opened, as a key.
    pub reason: String,
    /// 0 to 100: the order in which people look.
    pub risk: i16,
    /// The packet, where it is about one.
    pub packet: Option<PacketId>,
    /// The record, where it is about one.
    pub record: Option<i64>,
    /// The record that it resembles, or should and does not.
    pub other: Option<i64>,
    /// The person whose removal is asked for.
    pub person: Option<i64>,
    /// Whose packet it is.
    pub office: Option<String>,
    /// From which station.
    pub station: Option<String>,
    /// Comparison score (cosine), where two faces were compared.
    pub score: Option<f32>,
    /// What was decided.
    pub ruling: Option<String>,
    /// On what ground.
    pub ground: Option<String>,
    /// Since when.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// A line of a case's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// What happened, as a key.
    pub act: String,
    /// Which operator did it; none for software.
    pub operator: Option<String>,
    /// What beside, as a key.
    pub detail: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A case with what an operator needs to sign a word on it, on their own machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Said {
    /// The case.
    #[serde(flatten)]
    pub case: Case,
    /// Digest of what it is about: what a word names.
    pub subject: Digest,
    /// What may be ruled.
    pub rulings: Vec<&'static str>,
    /// What operators have said, oldest first.
    pub words: Vec<CaseRuling>,
    /// The next place among what each operator signs.
    pub counters: Vec<(String, i64)>,
    /// What happened, oldest first.
    pub history: Vec<Event>,
}

/// Which cases.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Closed ones too.
    pub all: bool,
    /// Of one kind.
    pub kind: Option<CaseKind>,
    /// Of one packet.
    pub packet: Option<PacketId>,
}

const COLUMNS: &str = "id, kind, state, reason, risk, packet, record, other, person, office, station, score, ruling, ground,
    opened_at, closed_at";

/// The cases, those that matter most first, at most 1,000.
///
/// # Errors
/// [`CentreError`] where the database cannot be read.
pub async fn list(store: &Store, filter: &Filter) -> Result<Vec<Case>, CentreError> {
    let text = format!(
        "select {COLUMNS} from case_file
         where ($1 or state = 'open') and ($2::text is null or kind = $2) and ($3::uuid is null or packet = $3)
         order by state = 'open' desc, risk desc, id limit 1000"
    );
    let (kind, packet) = (
        filter.kind.map(CaseKind::key),
        filter.packet.map(|packet| packet.uuid()),
    );
    let client = store.client().await?;
    let rows = client.query(&text, &[&filter.all, &kind, &packet]).await?;
    rows.iter().map(from_row).collect()
}

pub(super) async fn find(store: &Store, case: i64) -> Result<Case, CentreError> {
    let text = format!("select {COLUMNS} from case_file where id = $1");
    let client = store.client().await?;
    let row = client.query_opt(&text, &[&case]).await?;
    from_row(&row.ok_or_else(|| none(case))?)
}

pub(super) fn none(case: i64) -> CentreError {
    CentreError::Refused(format!("there is no case {case}"))
}

/// One case with its history. Who looked at it stands in the chain of acts.
///
/// # Errors
/// [`CentreError::Refused`] where there is none of that number.
pub async fn show(store: &Store, case: i64) -> Result<Said, CentreError> {
    let found = find(store, case).await?;
    let client = store.client().await?;
    let matter = subject::read(&client, case, false).await?;
    let matter = matter.ok_or_else(|| none(case))?;
    let rulings = matter.kind.rulings(matter.other.is_some());
    let words = client
        .query(
            "select document from operator_document where case_file = $1 and kind = 'word' order by number",
            &[&case],
        )
        .await?;
    let words = words.iter().filter_map(|row| {
        let word = Signed::<CaseWord>::from_bytes(row.get(0))
            .ok()?
            .peek()
            .ok()?;
        Some(word.ruling)
    });
    let counters = client
        .query(
            "select e.operator, 1 + coalesce((select max(counter) from operator_document d where d.operator = e.operator), 0)
             from operator_document e where e.kind = 'enrolment' order by e.operator",
            &[],
        )
        .await?;
    let history = client
        .query(
            "select act, operator, detail, at from case_event where case_file = $1 order by id",
            &[&case],
        )
        .await?;
    Ok(Said {
        case: found,
        subject: matter.subject,
        rulings: rulings.iter().map(|ruling| ruling.key()).collect(),
        words: words.collect(),
        counters: counters
            .iter()
            .map(|row| (row.get(0), row.get(1)))
            .collect(),
        history: history
            .iter()
            .map(|row| Event {
                act: row.get(0),
                operator: row.get(1),
                detail: row.get(2),
                at: Timestamp::from_millis(row.get(3)),
            })
            .collect(),
    })
}

fn from_row(row: &Row) -> Result<Case, CentreError> {
    Ok(Case {
        case: row.get(0),
        kind: CaseKind::from_key(row.get(1)).ok_or(CentreError::Keys("case's row"))?,
        state: row.get(2),
        reason: row.get(3),
        risk: row.get(4),
        packet: row.get::<_, Option<_>>(5).map(PacketId::from_uuid),
        record: row.get(6),
        other: row.get(7),
        person: row.get(8),
        office: row.get(9),
        station: row.get(10),
        score: row.get(11),
        ruling: row.get(12),
        ground: row.get(13),
        opened_at: Timestamp::from_millis(row.get(14)),
        closed_at: row.get::<_, Option<i64>>(15).map(Timestamp::from_millis),
    })
}
