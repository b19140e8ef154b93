//! What the centre's HTTP answers say.

use super::{Connection, Received};
use crate::{Failure, Response, ReviewAnswer};
use domain::{Outcome, OutcomeKind};
use reqwest::StatusCode;
use reqwest::header::{ETAG, HeaderMap, LOCATION, RETRY_AFTER};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use wire::{CertificateReply, LeaseReply, PacketReply, Problem, VERSION_HEADER, VoidReply, path};

/// The longest upload path.
const PATH_LIMIT_BYTES: usize = 512;
/// The longest key of a problem, an outcome or its reason.
const KEY_LIMIT_BYTES: usize = 160;

/// What answers a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected {
    Lease,
    Outcomes,
    State,
    Taken,
    Certificate,
    Receipt,
    Created,
    Offset,
    ReviewTaken,
    ReviewList,
    ReviewCopy,
    ReviewWords,
}

impl Expected {
    fn about_reviews(self) -> bool {
        matches!(
            self,
            Self::ReviewTaken | Self::ReviewList | Self::ReviewCopy | Self::ReviewWords
        )
    }
}

/// An answer by its status.
pub(super) enum Reply {
    /// 2xx or 304.
    Good(Head, Vec<u8>),
    /// 4xx.
    Refused(Response),
}

/// Status and headers of a good answer.
pub(super) struct Head {
    status: StatusCode,
    headers: HeaderMap,
}

impl Received {
    /// The version that the centre says it speaks. A good answer that names none comes from the first release; a refusal without one may
    /// come from something in front of the centre, and says nothing.
    pub(super) fn version(&self) -> Option<u16> {
        let named = text(&self.headers, VERSION_HEADER).and_then(|text| text.parse().ok());
        named.or_else(|| self.good().then_some(1))
    }

    fn good(&self) -> bool {
        self.status.is_success() || self.status == StatusCode::NOT_MODIFIED
    }

    pub(super) fn reply(self) -> Result<Reply, Failure> {
        let status = self.status;
        if self.good() {
            let head = Head {
                status,
                headers: self.headers,
            };
            return Ok(Reply::Good(head, self.body));
        }
        let after = text(&self.headers, RETRY_AFTER.as_str())
            .and_then(|value| value.parse().ok())
            .map(Duration::from_secs);
        match status {
            StatusCode::UNAUTHORIZED => Err(Failure::Rejected),
            StatusCode::TOO_MANY_REQUESTS => Err(Failure::Busy { after }),
            StatusCode::SERVICE_UNAVAILABLE if after.is_some() => Err(Failure::Busy { after }),
            _ if status.is_server_error() => Err(Failure::Fault),
            _ if status.is_client_error() => {
                let key = serde_json::from_slice::<Problem>(&self.body)
                    .map(|problem| problem.key().chars().take(KEY_LIMIT_BYTES).collect())
                    .unwrap_or_default();
                Ok(Reply::Refused(Response::Refused {
                    status: status.as_u16(),
                    key,
                }))
            }
            _ => Err(Failure::Unreadable),
        }
    }
}

impl Connection {
    pub(super) fn understand(&self, expected: Expected, reply: Reply) -> Result<Response, Failure> {
        let (head, body) = match reply {
            Reply::Good(head, body) => (head, body),
            Reply::Refused(Response::Refused { status, key }) if expected.about_reviews() => {
                return Ok(Response::Review(ReviewAnswer::Refused { status, key }));
            }
            Reply::Refused(response) => return Ok(response),
        };
        match expected {
            Expected::Lease => lease(&head, &body),
            Expected::Outcomes => outcomes(&body),
            Expected::State => read::<PacketReply>(&body).map(Response::State),
            Expected::Taken => Ok(Response::StatusTaken),
            Expected::Certificate => read::<CertificateReply>(&body)
                .map(|reply| Response::Certificate(reply.certificate_pem)),
            Expected::Receipt => {
                read::<VoidReply>(&body).map(|reply| Response::Receipt(reply.receipt))
            }
            Expected::ReviewTaken => Ok(Response::Review(ReviewAnswer::Taken)),
            Expected::ReviewList => reviews(&head, &body),
            Expected::ReviewCopy => {
                read(&body).map(|offer| Response::Review(ReviewAnswer::Copy(Box::new(offer))))
            }
            Expected::ReviewWords => {
                read(&body).map(|words| Response::Review(ReviewAnswer::Words(words)))
            }
            Expected::Created => {
                let location = text(&head.headers, LOCATION.as_str()).unwrap_or_default();
                let path = self.own_path(location).ok_or(Failure::Unreadable)?;
                Ok(Response::Created { path })
            }
            Expected::Offset => text(&head.headers, "upload-offset")
                .and_then(|value| value.parse().ok())
                .map(Response::Offset)
                .ok_or(Failure::Unreadable),
        }
    }

    /// An upload's path at this centre; an address elsewhere is nobody's business.
    fn own_path(&self, location: &str) -> Option<String> {
        let url = self.base.join(location).ok()?;
        let own = url.origin() == self.base.origin()
            && url.query().is_none()
            && url.path().len() <= PATH_LIMIT_BYTES
            && url.path().starts_with(&format!("{}/", path::UPLOADS));
        own.then(|| url.path().to_owned())
    }
}

fn lease(head: &Head, body: &[u8]) -> Result<Response, Failure> {
    if head.status == StatusCode::NOT_MODIFIED {
        return Ok(Response::Lease {
            reply: None,
            tag: None,
        });
    }
    Ok(Response::Lease {
        reply: Some(Box::new(read::<LeaseReply>(body)?)),
        tag: text(&head.headers, ETAG.as_str()).map(str::to_owned),
    })
}

fn reviews(head: &Head, body: &[u8]) -> Result<Response, Failure> {
    let list = match head.status {
        StatusCode::NOT_MODIFIED => None,
        _ => Some(read(body)?),
    };
    let tag = text(&head.headers, ETAG.as_str()).map(str::to_owned);
    Ok(Response::Review(ReviewAnswer::List { list, tag }))
}

/// A list whose lines are read one by one, so that one that a later centre wrote hides no other.
#[derive(Deserialize)]
struct Lines {
    outcomes: Vec<Value>,
}

fn outcomes(body: &[u8]) -> Result<Response, Failure> {
    let lines = read::<Lines>(body)?.outcomes;
    let cursor = lines
        .iter()
        .filter_map(|line| line.get("cursor")?.as_i64())
        .max();
    if cursor.is_none() && !lines.is_empty() {
        return Err(Failure::Unreadable); // nothing tells where it would go on
    }
    let outcomes = lines
        .into_iter()
        .filter_map(|line| serde_json::from_value::<Outcome>(line).ok())
        .filter_map(plain)
        .collect();
    Ok(Response::Outcomes { outcomes, cursor })
}

/// Names and reasons are keys; free text could not be kept, and would keep the others out.
fn plain(mut outcome: Outcome) -> Option<Outcome> {
    let key = |text: &str| {
        text.len() <= KEY_LIMIT_BYTES
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.:=,".contains(&b))
    };
    outcome.reason = outcome.reason.filter(|reason| key(reason));
    match &outcome.kind {
        OutcomeKind::Other(name) if name.is_empty() || !key(name) => None,
        _ => Some(outcome),
    }
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|_| Failure::Unreadable)
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(cursor: i64, kind: &str) -> Value {
        json!({"cursor": cursor, "packet": "01a2b3c4-d5e6-7f80-9123-456789abcdef", "kind": kind,
            "reason": null, "at": 1_795_000_000_000_i64})
    }

    fn read_lines(lines: &[Value]) -> Result<(Vec<i64>, Option<i64>), Failure> {
        match outcomes(&serde_json::to_vec(&json!({"outcomes": lines})).unwrap())? {
            Response::Outcomes { outcomes, cursor } => {
                Ok((outcomes.iter().map(|o| o.cursor).collect(), cursor))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_hides_no_other() {
        let odd = json!({"cursor": 9, "surprise": [1, 2]});
        let lines = [
            line(7, "registered"),
            odd,
            line(8, "handed_over"),
            json!("what?"),
        ];
        assert_eq!(read_lines(&lines), Ok((vec![7, 8], Some(9))));
    }

    #[test]
    fn an_unknown_kind_is_kept_only_under_a_name_that_can_be_kept() {
        let lines = [line(1, "Ünlucky 35202-1234567-1"), line(2, "later-kind")];
        assert_eq!(read_lines(&lines), Ok((vec![2], Some(2))));
    }

    #[test]
    fn a_list_that_does_not_say_where_to_go_on_is_unreadable() {
        assert_eq!(read_lines(&[json!({"kind": 1})]), Err(Failure::Unreadable));
        assert_eq!(read_lines(&[]), Ok((vec![], None)));
    }

    fn received(status: u16, headers: &[(&'static str, &str)]) -> Received {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let name = reqwest::header::HeaderName::from_static(name);
                (name, value.parse().unwrap())
            })
            .collect();
        Received {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Vec::new(),
        }
    }

    #[test]
    fn only_a_failure_that_speaks_of_the_link_counts_for_it() {
        let failure = |status, headers: &[(&'static str, &str)]| {
            received(status, headers).reply().err().unwrap()
        };
        let later = Some(Duration::from_secs(7));
        assert_eq!(failure(500, &[("retry-after", "7")]), Failure::Fault);
        assert_eq!(failure(502, &[]), Failure::Fault);
        assert_eq!(failure(503, &[]), Failure::Fault);
        assert_eq!(
            failure(503, &[("retry-after", "7")]),
            Failure::Busy { after: later }
        );
        assert_eq!(failure(429, &[]), Failure::Busy { after: None });
        assert_eq!(failure(401, &[]), Failure::Rejected);
        assert_eq!(failure(302, &[]), Failure::Unreadable);
    }

    #[test]
    fn a_good_answer_without_a_version_is_of_the_first_release_and_a_bad_one_says_nothing() {
        assert_eq!(received(200, &[]).version(), Some(1));
        assert_eq!(received(304, &[]).version(), Some(1));
        assert_eq!(received(502, &[]).version(), None);
        assert_eq!(received(404, &[]).version(), None);
        assert_eq!(received(404, &[(VERSION_HEADER, "2")]).version(), Some(2));
        assert_eq!(received(200, &[(VERSION_HEADER, "3")]).version(), Some(3));
    }
}
