//! What stations say of themselves: the newest of each, nothing personal.

use crate::problem::ApiError;
use crate::{CentreError, Store};
use domain::StationId;
use wire::StatusReport;

/// Kinds of items that a report may count.
const KINDS_LIMIT: usize = 32;
/// The longest word of a report: a release, a kind.
const WORD_LIMIT_BYTES: usize = 64;

/// Keeps the newest report of a station. Only fields that are known are kept: there is no room for anything else.
pub(crate) async fn keep(
    store: &Store,
    station: &StationId,
    report: &StatusReport,
) -> Result<(), ApiError> {
    let words = report
        .waiting
        .keys()
        .chain([&report.release, &report.key_protection]);
    // A database holds no zero character, whatever is in a document.
    let unfit = |word: &String| word.len() > WORD_LIMIT_BYTES || word.chars().any(char::is_control);
    if report.waiting.len() > KINDS_LIMIT || words.into_iter().any(unfit) {
        return Err(ApiError::bad_request("status"));
    }
    if i64::try_from(report.begun).is_err() {
        return Err(ApiError::bad_request("status"));
    }
    let document =
        serde_json::to_value(report).map_err(|_| CentreError::Ended("writing a status"))?;
    store
        .client()
        .await?
        .execute(
            "insert into station_status (station, report, at) values ($1, $2, $3)
             on conflict (station) do update set report = excluded.report, at = excluded.at",
            &[&station.as_str(), &document, &store.clock().now().millis()],
        )
        .await?;
    Ok(())
}
