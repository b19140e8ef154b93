//! What a station is told of reviews: those of its colleagues, and the state of its own.

use super::RESULT_DAYS;
use super::keep::unknown;
use crate::peer::Caller;
use crate::problem::ApiError;
use crate::{CentreError, Store};
use domain::{DecisionResult, PacketId, StationId};
use envelope::{Digest, Signed};
use tokio_postgres::Row;
use wire::{
    REVIEWS_LIMIT, ReviewLine, ReviewList, ReviewOffer, ReviewResult, ReviewWord, ReviewWords,
    SealedText, SignedText,
};

const DAMAGED: CentreError = CentreError::Keys("review's row");

/// Everything that concerns the station which asks.
pub(super) async fn of(store: &Store, caller: &Caller) -> Result<ReviewList, CentreError> {
    let client = store.client().await?;
    let (station, office) = (caller.station.as_str(), caller.office.as_str());
    let waiting = client
        .query(
            "select r.packet, r.station, r.digest, r.copy_digest
             from review r join station s on s.id = r.station
             where r.office = $1 and r.station <> $2 and r.over_at is null and s.revoked_at is null
             and not exists (select from review_word w where w.review = r.digest and w.result is null)
             and not exists (select from packet p where p.id = r.packet)
             order by r.posted_at, r.digest limit $3",
            &[&office, &station, &(REVIEWS_LIMIT as i64)],
        )
        .await?;
    let own = client
        .query(
            "select packet, station, digest, copy_digest from review
             where station = $1 and over_at is null order by posted_at, digest limit $2",
            &[&station, &(REVIEWS_LIMIT as i64)],
        )
        .await?;
    let decided = client
        .query(
            "select distinct r.digest from review r join review_word w on w.review = r.digest
             where r.station = $1 and r.over_at is null and w.result is null order by r.digest",
            &[&station],
        )
        .await?;
    let since = store.clock().now().plus_days(-RESULT_DAYS).millis();
    let results = client
        .query(
            "select digest, result from review_word where station = $1 and result is not null and result_at >= $2
             order by result_at desc, digest limit $3",
            &[&station, &since, &(REVIEWS_LIMIT as i64)],
        )
        .await?;
    let lines = |rows: &[Row]| rows.iter().map(line).collect::<Result<Vec<_>, _>>();
    Ok(ReviewList {
        waiting: lines(&waiting)?,
        own: lines(&own)?,
        decided: decided
            .iter()
            .map(|row| digest(row, 0))
            .collect::<Result<_, _>>()?,
        results: results.iter().map(result).collect::<Result<_, _>>()?,
    })
}

fn line(row: &Row) -> Result<ReviewLine, CentreError> {
    Ok(ReviewLine {
        packet: PacketId::from_uuid(row.get(0)),
        station: StationId::parse(row.get(1)).map_err(|_| DAMAGED)?,
        digest: digest(row, 2)?,
        copy: digest(row, 3)?,
    })
}

fn result(row: &Row) -> Result<ReviewResult, CentreError> {
    Ok(ReviewResult {
        decision: digest(row, 0)?,
        result: DecisionResult::from(row.get::<_, String>(1)),
    })
}

fn digest(row: &Row, column: usize) -> Result<Digest, CentreError> {
    Digest::from_slice(row.get(column)).ok_or(DAMAGED)
}

/// A copy for another station of the same office.
pub(super) async fn offer(
    store: &Store,
    caller: &Caller,
    review: Digest,
) -> Result<ReviewOffer, ApiError> {
    let row = store
        .client()
        .await?
        .query_opt(
            "select r.document, r.statement, r.copy from review r join station s on s.id = r.station
             where r.digest = $1 and r.office = $2 and r.copy is not null and s.revoked_at is null",
            &[&review.as_bytes().as_slice(), &caller.office.as_str()],
        )
        .await?
        .ok_or_else(unknown)?;
    let document = Signed::<envelope::ReviewCopy>::from_bytes(row.get(0));
    let statement = Signed::<envelope::Statement>::from_bytes(row.get(1));
    Ok(ReviewOffer {
        review: SignedText::of(&document.map_err(CentreError::from)?),
        statement: SignedText::of(&statement.map_err(CentreError::from)?),
        copy: SealedText::of(row.get(2)),
    })
}

/// The first decision about a review of the caller's own that it has not answered.
pub(super) async fn words(
    store: &Store,
    caller: &Caller,
    review: Digest,
) -> Result<ReviewWords, ApiError> {
    let client = store.client().await?;
    let own = client
        .query_opt(
            "select from review where digest = $1 and station = $2",
            &[&review.as_bytes().as_slice(), &caller.station.as_str()],
        )
        .await?;
    own.ok_or_else(unknown)?;
    let rows = client
        .query(
            "select returned, document, draft from review_word where review = $1 and result is null order by number limit 1",
            &[&review.as_bytes().as_slice()],
        )
        .await?;
    let words = rows.iter().map(word).collect::<Result<_, CentreError>>()?;
    Ok(ReviewWords { words })
}

fn word(row: &Row) -> Result<ReviewWord, CentreError> {
    if row.get(0) {
        let returned = Signed::<envelope::ReviewReturn>::from_bytes(row.get(1))?;
        let draft: Option<&[u8]> = row.get(2);
        return Ok(ReviewWord::Return {
            returned: SignedText::of(&returned),
            draft: SealedText::of(draft.ok_or(DAMAGED)?),
        });
    }
    let decision = Signed::<envelope::Decision>::from_bytes(row.get(1))?;
    Ok(ReviewWord::Decision {
        decision: SignedText::of(&decision),
    })
}
