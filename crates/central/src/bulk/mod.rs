//! Existing records in bulk: batches that two adjudicators have signed, taken row by row; one that was interrupted goes on.

mod portrait_file;
mod report;
mod row;

pub use portrait_file::{PortraitFault, jpeg_in};
pub use report::{Counts, Report, report};

use crate::operators::{self, Kept, Roster};
use crate::{CentreError, Store, audit, policy};
use deadpool_postgres::GenericClient;
use domain::{OperatorId, OperatorRole, Policy};
use envelope::{Digest, ImportBatch, OPERATOR_FORMAT, Signed, SigningKey};
use face::Analyser;
use row::{Face, Row};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The list of a batch in its folder.
const LIST: &str = "records.csv";
/// The folder of the portraits beside it.
const PORTRAITS: &str = "portraits";
/// The longest list: about 100,000 records.
const LIST_LIMIT_BYTES: u64 = 64 << 20;
/// Rows of one transaction.
const STEP: usize = 20;

/// A batch on its medium.
#[derive(Clone)]
pub struct Batch {
    folder: PathBuf,
    list: Digest,
    text: std::sync::Arc<Vec<u8>>,
    rows: u64,
}

impl Batch {
    /// Reads the list of a batch's folder.
    ///
    /// # Errors
    /// [`CentreError::Refused`] for a list that is too long, and [`CentreError::File`].
    pub fn open(folder: &Path) -> Result<Self, CentreError> {
        let path = folder.join(LIST);
        let cannot = |e| CentreError::file(format!("{} could not be read", path.display()), e);
        let length = std::fs::metadata(&path).map_err(cannot)?.len();
        if length > LIST_LIMIT_BYTES {
            return Err(CentreError::Refused(format!(
                "{} is longer than 64 MiB: make several batches of it",
                path.display()
            )));
        }
        let text = std::fs::read(&path).map_err(cannot)?;
        let rows = row::reader(&text).records().count() as u64;
        Ok(Self {
            folder: folder.to_owned(),
            list: Digest::of(&text),
            text: text.into(),
            rows,
        })
    }

    /// Digest of the list, which names every portrait by its own.
    pub fn list(&self) -> Digest {
        self.list
    }

    /// How many records it has.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Batch({}, {} rows)", self.list, self.rows)
    }
}

/// An adjudicator's word that a batch may be taken; says whether two have given theirs now.
///
/// # Errors
/// [`CentreError::Refused`] where the operator may not.
pub async fn sign(
    store: &Store,
    batch: &Batch,
    (operator, key): (&OperatorId, &SigningKey),
) -> Result<bool, CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let counter = operators::signed_so_far(&transaction, operator).await? + 1;
    let word = ImportBatch {
        format: OPERATOR_FORMAT,
        list: batch.list,
        rows: batch.rows,
        operator: operator.clone(),
        counter,
        at: store.clock().now(),
    };
    let signed = Signed::sign(&word, key)?;
    let roster = Roster::read(&transaction, &store.keys().root()).await?;
    if !counts(&roster, &signed, &word) {
        return Err(CentreError::Refused(format!(
            "{operator} may not sign a batch"
        )));
    }
    let kept = Kept {
        kind: "batch",
        operator: Some(operator),
        counter,
        case: None,
    };
    operators::keep(store, &transaction, &signed, &kept).await?;
    let subject = batch.list.to_string();
    audit::note(
        store,
        &transaction,
        operator.as_str(),
        ("import-sign", &subject),
    )
    .await?;
    let signers = signers(&transaction, &roster, &batch.list).await?;
    transaction.commit().await?;
    Ok(signers.len() > 1)
}

fn counts(roster: &Roster, signed: &Signed<ImportBatch>, word: &ImportBatch) -> bool {
    let member = roster.verify(signed, &word.operator, word.counter);
    member.is_some_and(|member| member.role == OperatorRole::Adjudicator)
}

/// Batches of which rows were taken, although fewer than two adjudicators have signed them.
pub(crate) async fn unsigned(
    client: &impl GenericClient,
    roster: &Roster,
) -> Result<Vec<Digest>, CentreError> {
    let mut found = Vec::new();
    for row in client
        .query("select distinct list from import_row", &[])
        .await?
    {
        let list = Digest::from_slice(row.get(0)).unwrap_or_default();
        if signers(client, roster, &list).await?.len() < 2 {
            found.push(list);
        }
    }
    Ok(found)
}

/// Who has signed the batch of this list.
async fn signers(
    client: &impl GenericClient,
    roster: &Roster,
    list: &Digest,
) -> Result<BTreeSet<OperatorId>, CentreError> {
    let rows = client
        .query(
            "select document from operator_document where kind = 'batch' order by number",
            &[],
        )
        .await?;
    let said = rows.iter().filter_map(|row| {
        let signed = Signed::<ImportBatch>::from_bytes(row.get(0)).ok()?;
        let word = signed.peek().ok()?;
        (word.list == *list && counts(roster, &signed, &word)).then_some(word.operator)
    });
    Ok(said.collect())
}

/// Takes the rows of a batch that were not taken yet; says how many. Each portrait is graded by the networks of `models`.
///
/// # Errors
/// [`CentreError::Refused`] where fewer than two adjudicators have signed the batch; whatever was taken stays, and the next call goes on.
pub async fn take(
    store: &Store,
    batch: &Batch,
    models: &Path,
    by: &str,
) -> Result<u64, CentreError> {
    let client = store.client().await?;
    let roster = Roster::read(&client, &store.keys().root()).await?;
    if signers(&client, &roster, &batch.list).await?.len() < 2 {
        return Err(CentreError::Refused(
            "two adjudicators must have signed this batch".to_owned(),
        ));
    }
    let policy = policy::genuine(store, &client).await?;
    let done = client
        .query(
            "select line from import_row where list = $1",
            &[&batch.list.as_bytes().as_slice()],
        )
        .await?;
    drop(client);
    let done: BTreeSet<i32> = done.iter().map(|row| row.get(0)).collect();
    audit::note_alone(store, by, "import", &batch.list.to_string()).await?;
    let mut analyser = Analyser::new(models).map_err(|e| CentreError::Models(e.to_string()))?;
    let mut waiting: Vec<(i32, Row)> = Vec::with_capacity(STEP);
    let mut taken = 0;
    let lines = (1_i32..).zip(row::reader(&batch.text).into_records());
    for (line, record) in lines.filter(|(line, _)| !done.contains(line)) {
        waiting.push((line, row::read(record)));
        if waiting.len() == STEP {
            taken += step(store, batch, (&mut analyser, &policy), &mut waiting).await?;
        }
    }
    taken += step(store, batch, (&mut analyser, &policy), &mut waiting).await?;
    Ok(taken)
}

/// Takes some rows in one transaction.
async fn step(
    store: &Store,
    batch: &Batch,
    (analyser, policy): (&mut Analyser, &Policy),
    waiting: &mut Vec<(i32, Row)>,
) -> Result<u64, CentreError> {
    let rows: Vec<(i32, Row, Face)> = tokio::task::block_in_place(|| {
        waiting
            .drain(..)
            .map(|(line, row)| {
                let face = face(batch, analyser, policy, &row);
                (line, row, face)
            })
            .collect()
    });
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    // In the order of everything that takes effect.
    transaction
        .execute("update sequence set receipt = receipt", &[])
        .await?;
    for (line, row, face) in &rows {
        row::store(store, &transaction, (&batch.list, *line), row, face).await?;
    }
    transaction.commit().await?;
    Ok(rows.len() as u64)
}

/// The portrait of a row, its template and grade.
fn face(batch: &Batch, analyser: &mut Analyser, policy: &Policy, row: &Row) -> Face {
    let Ok(person) = &row.person else {
        return Err("row");
    };
    // A name, never a path.
    if person.portrait.is_empty()
        || person.portrait.contains(['/', '\\'])
        || person.portrait.starts_with('.')
    {
        return Err("portrait-name");
    }
    let path = batch.folder.join(PORTRAITS).join(&person.portrait);
    let length = std::fs::metadata(&path)
        .map_err(|_| "portrait-missing")?
        .len();
    if length > face::MAX_FILE_BYTES as u64 {
        return Err("picture-too-large");
    }
    let bytes = std::fs::read(&path).map_err(|_| "portrait-missing")?;
    if Digest::of(&bytes) != person.digest {
        return Err("digest");
    }
    row::graded(&bytes, analyser, policy)
}
