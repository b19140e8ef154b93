//! What is kept of a review, and how long.

use super::check::{About, Offered, word};
use super::{ARRIVED_DAYS, RESULT_DAYS, REVIEW_DAYS};
use crate::peer::Caller;
use crate::problem::ApiError;
use crate::{CentreError, Store};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{PacketId, StaffId};
use envelope::Digest;
use tokio_postgres::Row;
use wire::{REVIEW_WORDS_LIMIT, REVIEWS_LIMIT, ReviewReport, ReviewWord};

/// Keeps an offer in place of an older copy of the same packet. An older packet of the same application is over.
pub(super) async fn offered(
    store: &Store,
    caller: &Caller,
    offered: &Offered,
) -> Result<(), ApiError> {
    let now = store.clock().now().millis();
    let (digest, packet) = (offered.review.digest, offered.review.packet.uuid());
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    lock_station(&transaction, caller).await?;
    let taken = transaction
        .query_opt(
            "select 1 from packet where id = $1
             union all select 1 from review where digest = $2 and station <> $3",
            &[
                &packet,
                &digest.as_bytes().as_slice(),
                &caller.station.as_str(),
            ],
        )
        .await?;
    if taken.is_some() {
        return Err(over());
    }
    let older = transaction
        .query(
            "select digest from review where packet = $1 and station = $2 and digest <> $3 and over_at is null",
            &[&packet, &caller.station.as_str(), &digest.as_bytes().as_slice()],
        )
        .await?;
    for row in older {
        end(&transaction, row.get(0), now).await?;
    }
    let held: i64 = transaction
        .query_one(
            "select count(*) from review where station = $1 and over_at is null and digest <> $2",
            &[&caller.station.as_str(), &digest.as_bytes().as_slice()],
        )
        .await?
        .get(0);
    if held >= REVIEWS_LIMIT as i64 {
        return Err(ApiError::new(
            409,
            "too-many-reviews",
            "The centre holds as many reviews of this station as it takes.",
            "Nothing was kept. It can be reviewed at its own station.",
        ));
    }
    put(&transaction, caller, offered, now).await?;
    transaction.commit().await?;
    Ok(())
}

async fn put(
    transaction: &Transaction<'_>,
    caller: &Caller,
    offered: &Offered,
    now: i64,
) -> Result<(), CentreError> {
    transaction
        .execute(
            "insert into review (digest, packet, station, office, officer, document, statement, copy, copy_digest, posted_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             on conflict (digest) do update set document = excluded.document, statement = excluded.statement,
                 copy = excluded.copy, copy_digest = excluded.copy_digest, posted_at = excluded.posted_at, over_at = null",
            &[
                &offered.review.digest.as_bytes().as_slice(),
                &offered.review.packet.uuid(),
                &caller.station.as_str(),
                &caller.office.as_str(),
                &offered.officer.as_str(),
                &offered.document.as_bytes(),
                &offered.statement.as_bytes(),
                &offered.copy,
                &offered.review.copy.as_bytes().as_slice(),
                &now,
            ],
        )
        .await?;
    Ok(())
}

/// Two requests of one station about its reviews come one after the other.
async fn lock_station(transaction: &Transaction<'_>, caller: &Caller) -> Result<(), CentreError> {
    transaction
        .execute(
            "select from station where id = $1 for update",
            &[&caller.station.as_str()],
        )
        .await?;
    Ok(())
}

fn over() -> ApiError {
    ApiError::new(
        409,
        "review-over",
        "This review is over.",
        "Nothing was kept.",
    )
}

pub(super) fn unknown() -> ApiError {
    ApiError::new(
        404,
        "no-such-review",
        "The centre holds no such review.",
        "Nothing was changed.",
    )
}

/// A review of the caller's office, whatever station's: its row is held until the transaction ends.
async fn held(
    transaction: &Transaction<'_>,
    caller: &Caller,
    review: &Digest,
) -> Result<Row, ApiError> {
    let row = transaction
        .query_opt(
            "select r.station, r.packet, r.officer, r.over_at is not null or exists (select from packet p where p.id = r.packet)
             from review r where r.digest = $1 and r.office = $2 for update of r",
            &[&review.as_bytes().as_slice(), &caller.office.as_str()],
        )
        .await?;
    row.ok_or_else(unknown)
}

/// Keeps a decision for the station that holds the packet: the same one however often it comes.
pub(super) async fn said(
    store: &Store,
    caller: &Caller,
    review: Digest,
    brought: &ReviewWord,
) -> Result<(), ApiError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let row = held(&transaction, caller, &review).await?;
    if row.get::<_, &str>(0) == caller.station.as_str() {
        return Err(ApiError::new(
            403,
            "own-review",
            "A station decides its own reviews itself.",
            "Nothing was kept.",
        ));
    }
    let officer = StaffId::parse(row.get(2)).map_err(|_| CentreError::Keys("review's row"))?;
    let about = About {
        digest: review,
        packet: PacketId::from_uuid(row.get(1)),
        officer: &officer,
    };
    let said = word(&transaction, &caller.office, &about, brought).await?;
    let here = transaction
        .query(
            "select digest from review_word where review = $1",
            &[&review.as_bytes().as_slice()],
        )
        .await?;
    if here
        .iter()
        .any(|row| row.get::<_, &[u8]>(0) == said.digest.as_bytes())
    {
        return Ok(());
    }
    if row.get(3) {
        return Err(over());
    }
    if here.len() >= REVIEW_WORDS_LIMIT {
        return Err(ApiError::new(
            409,
            "too-many-decisions",
            "The centre holds several decisions about this review already.",
            "Nothing was kept: one of them will be in force.",
        ));
    }
    transaction
        .execute(
            "insert into review_word (digest, review, station, supervisor, document, draft, returned, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                &said.digest.as_bytes().as_slice(),
                &review.as_bytes().as_slice(),
                &caller.station.as_str(),
                &said.supervisor.as_str(),
                &said.document,
                &said.draft,
                &said.draft.is_some(),
                &store.clock().now().millis(),
            ],
        )
        .await?;
    transaction.commit().await?;
    Ok(())
}

/// What the station that holds the packet made of the decisions.
pub(super) async fn reported(
    store: &Store,
    caller: &Caller,
    review: Digest,
    report: &ReviewReport,
) -> Result<(), ApiError> {
    let now = store.clock().now().millis();
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let row = held(&transaction, caller, &review).await?;
    if row.get::<_, &str>(0) != caller.station.as_str() {
        return Err(ApiError::new(
            403,
            "not-own-review",
            "Only the station that holds the packet says what became of it.",
            "Nothing was changed.",
        ));
    }
    for result in &report.results {
        transaction
            .execute(
                "update review_word set result = $3, result_at = $4, draft = null
                 where review = $1 and digest = $2 and result is null",
                &[
                    &review.as_bytes().as_slice(),
                    &result.decision.as_bytes().as_slice(),
                    &result.result.as_str(),
                    &now,
                ],
            )
            .await?;
    }
    if report.over {
        end(&transaction, review.as_bytes().as_slice(), now).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// A review is over: nothing sealed stays, and whatever was not answered came late.
async fn end(client: &impl GenericClient, review: &[u8], now: i64) -> Result<(), CentreError> {
    client
        .execute(
            "update review set over_at = coalesce(over_at, $2), copy = null where digest = $1",
            &[&review, &now],
        )
        .await?;
    client
        .execute(
            "update review_word set draft = null, result = coalesce(result, 'late'), result_at = coalesce(result_at, $2)
             where review = $1",
            &[&review, &now],
        )
        .await?;
    Ok(())
}

/// Lets go of reviews whose packet has arrived, of those that their station offers no longer, and of what was told long enough.
///
/// # Errors
/// [`CentreError::Database`].
pub async fn tidy(store: &Store) -> Result<(), CentreError> {
    let now = store.clock().now();
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let ended = transaction
        .query(
            "select digest from review r where over_at is null
             and (posted_at < $1 or exists (select from packet p where p.id = r.packet and p.received_at < $2)) for update",
            &[
                &now.plus_days(-REVIEW_DAYS).millis(),
                &now.plus_days(-ARRIVED_DAYS).millis(),
            ],
        )
        .await?;
    for row in &ended {
        end(&transaction, row.get(0), now.millis()).await?;
    }
    transaction
        .execute(
            "delete from review where over_at < $1",
            &[&now.plus_days(-RESULT_DAYS).millis()],
        )
        .await?;
    transaction.commit().await?;
    Ok(())
}
