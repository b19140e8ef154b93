//! Figures in the OpenMetrics text format, on a listener of their own: for the authority's monitoring, on this machine or behind its own
//! network. No name, no number, no station's place.

use crate::{CentreError, Store};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The bounds of the histogram of answers, in seconds.
const BOUNDS: [f64; 9] = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// What OpenMetrics calls itself.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Requests of this process by route and status; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests(Arc<Mutex<BTreeMap<(String, u16), Answers>>>);

#[derive(Debug, Clone, Default)]
struct Answers {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

impl Requests {
    fn note(&self, route: String, status: u16, took: Duration) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = all.entry((route, status)).or_default();
        let seconds = took.as_secs_f64();
        for (bound, bucket) in BOUNDS.iter().zip(&mut answers.buckets) {
            *bucket += u64::from(seconds <= *bound);
        }
        answers.count += 1;
        answers.seconds += seconds;
    }
}

/// Counts what a route answers. Whatever is no route counts as one.
pub(crate) async fn count(
    State(requests): State<Requests>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("none", MatchedPath::as_str);
    let route = format!("{} {path}", known(request.method().as_str()));
    let begun = Instant::now();
    let response = next.run(request).await;
    requests.note(route, response.status().as_u16(), begun.elapsed());
    response
}

/// A stranger's methods do not fill the memory.
fn known(method: &str) -> &str {
    let methods = ["GET", "POST", "PATCH", "HEAD", "DELETE", "OPTIONS", "PUT"];
    methods
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

/// The listener's only page.
pub(crate) fn router(store: Store, requests: Requests) -> Router {
    Router::new()
        .route("/metrics", get(page))
        .with_state((store, requests))
}

async fn page(State((store, requests)): State<(Store, Requests)>) -> Response {
    match text(&store, &requests).await {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => crate::problem::ApiError::from(error).into_response(),
    }
}

async fn text(store: &Store, requests: &Requests) -> Result<String, CentreError> {
    let mut text = String::new();
    of_requests(&mut text, requests);
    of_queues(&mut text, store).await?;
    of_settled(&mut text, store).await?;
    of_keys(&mut text, store)?;
    of_process(&mut text, store);
    text.push_str("# EOF\n");
    Ok(text)
}

/// A family's head.
fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = write!(text, "# TYPE {name} {kind}\n# HELP {name} {help}\n");
}

fn of_requests(text: &mut String, requests: &Requests) {
    let name = "shanakht_request_seconds";
    family(
        text,
        name,
        "histogram",
        "Answers of this process by route and status.",
    );
    let all = requests.0.lock().unwrap_or_else(PoisonError::into_inner);
    for ((route, status), answers) in all.iter() {
        let labels = format!("route=\"{route}\",status=\"{status}\"");
        for (bound, bucket) in BOUNDS.iter().zip(&answers.buckets) {
            let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{bound:?}\"}} {bucket}");
        }
        let _ = writeln!(
            text,
            "{name}_bucket{{{labels},le=\"+Inf\"}} {}",
            answers.count
        );
        let _ = writeln!(text, "{name}_count{{{labels}}} {}", answers.count);
        let _ = writeln!(text, "{name}_sum{{{labels}}} {}", answers.seconds);
    }
}

async fn of_queues(text: &mut String, store: &Store) -> Result<(), CentreError> {
    let row = store
        .client()
        .await?
        .query_one(
            "select (select count(*) from packet where state = 'received'),
                    (select min(received_at) from packet where state = 'received'),
                    (select count(*) from packet where state = 'retained'),
                    (select min(received_at) from packet where state = 'retained'),
                    (select count(*) from packet where state = 'quarantined'),
                    (select min(received_at) from packet where state = 'quarantined'),
                    (select count(*) from dedup_job where state = 'open'),
                    (select min(at) from dedup_job where state = 'open'),
                    (select count(*) from case_file where state = 'open'),
                    (select min(opened_at) from case_file where state = 'open'),
                    (select count(*) from alarm where cleared_at is null),
                    (select min(at) from alarm where cleared_at is null),
                    (select count(*) from upload where not completed),
                    (select min(touched_at) from upload where not completed)",
            &[],
        )
        .await?;
    let queues = [
        "ingest",
        "retained",
        "quarantined",
        "de-duplication",
        "cases",
        "alarm",
        "upload",
    ];
    let now = store.clock().now();
    let age = |at: Option<i64>| {
        at.map_or(0, |at| {
            now.millis_since(Timestamp::from_millis(at)).max(0) / 1000
        })
    };
    let places = queues.iter().enumerate();
    family(
        text,
        "shanakht_waiting",
        "gauge",
        "Things that wait, by queue.",
    );
    for (place, queue) in places.clone() {
        let count: i64 = row.get(2 * place);
        let _ = writeln!(text, "shanakht_waiting{{queue=\"{queue}\"}} {count}");
    }
    let name = "shanakht_oldest_seconds";
    family(
        text,
        name,
        "gauge",
        "Age of the oldest that waits, by queue; 0 where none does.",
    );
    for (place, queue) in places {
        let seconds = age(row.get(2 * place + 1));
        let _ = writeln!(text, "{name}{{queue=\"{queue}\"}} {seconds}");
    }
    Ok(())
}

async fn of_settled(text: &mut String, store: &Store) -> Result<(), CentreError> {
    let client = store.client().await?;
    let states = "select state, count(*) from packet where receipt is not null group by state order by state";
    family(
        text,
        "shanakht_receipts",
        "gauge",
        "Packets with a receipt, by what became of them.",
    );
    for row in client.query(states, &[]).await? {
        let (state, count): (String, i64) = (row.get(0), row.get(1));
        let _ = writeln!(text, "shanakht_receipts{{state=\"{state}\"}} {count}");
    }
    let reasons = "select reason, count(*) from packet where reason is not null group by reason order by reason";
    family(
        text,
        "shanakht_not_accepted",
        "gauge",
        "Packets that took no effect, by reason.",
    );
    for row in client.query(reasons, &[]).await? {
        let (reason, count): (String, i64) = (row.get(0), row.get(1));
        let _ = writeln!(text, "shanakht_not_accepted{{reason=\"{reason}\"}} {count}");
    }
    let alarms =
        "select kind, count(*) from alarm where cleared_at is null group by kind order by kind";
    family(
        text,
        "shanakht_alarms",
        "gauge",
        "Alarms that nobody has cleared, by kind.",
    );
    for row in client.query(alarms, &[]).await? {
        let (kind, count): (String, i64) = (row.get(0), row.get(1));
        let _ = writeln!(text, "shanakht_alarms{{kind=\"{kind}\"}} {count}");
    }
    Ok(())
}

fn of_keys(text: &mut String, store: &Store) -> Result<(), CentreError> {
    let keys = store.keys();
    let left = keys.current()?.not_after.millis_since(store.clock().now()) / 1000;
    let name = "shanakht_receipt_key_seconds";
    family(
        text,
        name,
        "gauge",
        "Seconds until the root's word about the receipt key ends.",
    );
    let _ = writeln!(text, "{name} {left}");
    let name = "shanakht_keys_missing";
    family(
        text,
        name,
        "gauge",
        "1 where custody lacks a key that is in force.",
    );
    let _ = writeln!(text, "{name} {}", u8::from(keys.is_lacking()));
    Ok(())
}

fn of_process(text: &mut String, store: &Store) {
    let name = "shanakht_task_restarts";
    family(
        text,
        name,
        "counter",
        "Tasks of this process that came back after a panic.",
    );
    let _ = writeln!(text, "{name}_total {}", store.restarts().count());
    let name = "shanakht_jobs_stuck";
    family(
        text,
        name,
        "gauge",
        "Jobs of this process that are past their deadline.",
    );
    let _ = writeln!(text, "{name} {}", store.stuck().count());
}
