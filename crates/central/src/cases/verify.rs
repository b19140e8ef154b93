//! Proves every decision again from the policy root's public key on: what a row says without two operators' words is found.

use super::decide::{agreed, words};
use super::subject;
use crate::operators::Roster;
use crate::{CentreError, Store, audit, bulk};
use envelope::PublicKey;
use serde::Serialize;

/// What does not follow from signed words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Which case, where it is about one.
    pub case: Option<i64>,
    /// What is wrong.
    pub what: String,
}

/// What people alone bring about, and the cases that it must follow from: each row of an answer is one that does not.
const UNFOUNDED: [(&str, &str); 6] = [
    (
        "a packet that came after a revocation or unreviewed took effect",
        "select p.id::text from packet p where p.state = 'accepted' and (p.after_revocation or p.kind = 'unreviewed')
         and not exists (select from case_file c where c.id = p.admitted and c.packet = p.id and c.state = 'decided'
                         and c.ruling = 'accept')",
    ),
    (
        "a record joined another, was refused, held or set apart",
        "select r.id::text from record r where r.standing in ('joined', 'refused', 'held', 'apart')
         and not exists (select from case_file c where c.record = r.id and c.state = 'decided'
                         and c.ruling in ('same-person', 'different', 'refuse', 'fraud'))",
    ),
    (
        "a record counts although its case is open or was decided against it",
        "select r.id::text from record r where r.standing = 'registered'
         and exists (select from case_file c where c.record = r.id and c.kind in ('duplicate', 'doubt')
                     and (c.state = 'open' or c.ruling in ('fraud', 'refuse')
                          or (c.kind = 'doubt' and c.ruling = 'different')))",
    ),
    (
        "a person was removed",
        "select p.id::text from person p where p.removed_at is not null
         and not exists (select from case_file c where c.person = p.id and c.state = 'decided' and c.ruling = 'remove')",
    ),
    (
        "a record came from no packet and from no batch",
        "select r.id::text from record r where r.packet is null and not r.invented
         and not exists (select from import_row i where i.record = r.id)",
    ),
    (
        "an alarm for people was cleared",
        "select a.id::text from alarm a join case_file c on c.alarm = a.id where a.cleared_at is not null and c.state <> 'decided'",
    ),
];

/// Everything that does not follow from signed words under this policy root; empty where all does.
///
/// # Errors
/// [`CentreError`] where the database cannot be read.
pub async fn verify(store: &Store, root: &PublicKey) -> Result<Vec<Fault>, CentreError> {
    let client = store.client().await?;
    let roster = Roster::read(&client, root).await?;
    let mut faults = Vec::new();
    for matter in subject::decided(&client).await? {
        let words = words(&client, matter.case).await?;
        let ruling = agreed(&matter, &roster, &words).map(|said| said.ruling.key());
        if ruling.is_none() || ruling != matter.ruling.as_deref() {
            faults.push(Fault {
                case: Some(matter.case),
                what: "not as many operators have signed this as it needs".to_owned(),
            });
        }
    }
    for (what, query) in UNFOUNDED {
        for row in client.query(query, &[]).await? {
            faults.push(Fault {
                case: None,
                what: format!("{what}: {}", row.get::<_, &str>(0)),
            });
        }
    }
    for list in bulk::unsigned(&client, &roster).await? {
        faults.push(Fault {
            case: None,
            what: format!("a batch was taken that two have not signed: {list}"),
        });
    }
    if let Some(number) = audit::broken(&client).await? {
        faults.push(Fault {
            case: None,
            what: format!("the chain of acts is broken at {number}"),
        });
    }
    Ok(faults)
}
