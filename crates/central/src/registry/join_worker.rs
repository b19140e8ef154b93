//! Records of one number from before numbers were compared: each is compared once with its person's current reference, in the background;
//! what does not match is a case.

use crate::cases::{self, OfRecord};
use crate::matching::{Probes, compared};
use crate::{CentreError, Store};
use domain::CaseKind;
use face::Template;
use std::time::Duration;

/// Records of one transaction.
const STEP: i64 = 200;
/// How long a failure rests.
const REST: Duration = Duration::from_secs(10);

/// Works until nothing is left, and then rests for ever: new records are compared when they come.
pub(crate) async fn work(store: Store, probes: Probes) {
    loop {
        match step(&store, &probes).await {
            Ok(0) => std::future::pending().await,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "records of one number could not be compared, will try again");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

/// Compares some; says how many.
async fn step(store: &Store, probes: &Probes) -> Result<usize, CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let rows = transaction
        .query(
            "select j.biometric, b.record, b.template, c.record, c.template
             from join_job j join biometric b on b.id = j.biometric join record r on r.id = b.record
             left join person p on p.id = r.person left join biometric c on c.id = p.current and c.id <> b.id
             order by j.biometric limit $1 for update of j skip locked",
            &[&STEP],
        )
        .await?;
    for row in &rows {
        let templates_of = Template::from_bytes(row.get(2)).ok().zip(
            row.get::<_, Option<&[u8]>>(4)
                .and_then(|bytes| Template::from_bytes(bytes).ok()),
        );
        let score = templates_of.and_then(|(mine, current)| {
            compared(&probes.of(&mine), &current).or_else(|| compared(&probes.of(&current), &mine))
        });
        if let Some((score, match_from, _)) = score
            && score < match_from
        {
            let case = OfRecord {
                kind: CaseKind::History,
                record: row.get(1),
                other: row.get(3),
                reason: "face-differs",
                score: Some(score),
            };
            cases::open_of_record(store, &transaction, &case).await?;
        }
        let biometric: i64 = row.get(0);
        transaction
            .execute("delete from join_job where biometric = $1", &[&biometric])
            .await?;
    }
    transaction.commit().await?;
    Ok(rows.len())
}
