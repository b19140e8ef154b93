//! A removal that is asked for: it takes effect when two adjudicators say so.

use crate::{CentreError, Store, audit};
use domain::CaseKind;

/// Opens the case of a person's removal, found by any of their records; gives its number.
///
/// # Errors
/// [`CentreError::Refused`] where the record is nobody's, or the person's removal is asked for already.
pub async fn ask_removal(store: &Store, record: i64, by: &str) -> Result<i64, CentreError> {
    let refused = |why: &str| CentreError::Refused(format!("record {record}: {why}"));
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    // Before any person's row, as everything that takes effect.
    transaction
        .execute("update sequence set receipt = receipt", &[])
        .await?;
    let person = transaction
        .query_opt(
            "select p.id from record r join person p on p.id = r.person where r.id = $1 and p.removed_at is null for update of p",
            &[&record],
        )
        .await?
        .ok_or_else(|| refused("there is no person of it"))?;
    let kind = CaseKind::Removal;
    let row = transaction
        .query_opt(
            "with opened as (
                insert into case_file (kind, person, record, reason, risk, opened_at) values ($1, $2, $3, 'asked-for', $4, $5)
                on conflict do nothing returning id)
             insert into case_event (case_file, act, detail, at) select id, 'opened', 'asked-for', $5 from opened
             returning case_file",
            &[
                &kind.key(),
                &person.get::<_, i64>(0),
                &record,
                &super::risk(kind, "asked-for"),
                &store.clock().now().millis(),
            ],
        )
        .await?
        .ok_or_else(|| refused("the removal is asked for already"))?;
    let case: i64 = row.get(0);
    let act = ("person-removal-asked", case.to_string());
    audit::note(store, &transaction, by, (act.0, &act.1)).await?;
    transaction.commit().await?;
    Ok(case)
}
