//! What a case is about, as one digest: an operator's word counts for that and for nothing that a row could be changed into later.

use crate::CentreError;
use deadpool_postgres::GenericClient;
use domain::{CaseKind, PacketId};
use envelope::{Digest, to_cbor};
use serde::Serialize;
use tokio_postgres::Row;

/// What is signed for. Packets stand for their content by the digests that their stations signed.
#[derive(Serialize)]
struct Subject<'a> {
    version: u8,
    case: i64,
    kind: &'static str,
    reason: &'a str,
    packet: Option<(PacketId, Digest)>,
    record: Option<i64>,
    other: Option<(i64, Option<Digest>)>,
    person: Option<i64>,
    alarm: Option<(&'a str, Option<&'a str>)>,
}

/// A case as its ruling needs it.
pub(super) struct Matter {
    pub case: i64,
    pub kind: CaseKind,
    pub state: String,
    pub packet: Option<PacketId>,
    pub record: Option<i64>,
    pub other: Option<i64>,
    pub person: Option<i64>,
    pub alarm: Option<i64>,
    pub office: Option<String>,
    pub reason: String,
    pub ruling: Option<String>,
    pub subject: Digest,
}

const READ: &str = "select c.id, c.kind, c.state, c.packet, c.record, c.other, c.person, c.alarm, c.office, c.reason,
        p.digest, q.digest, a.kind, a.detail, c.ruling
 from case_file c left join packet p on p.id = c.packet
 left join record o on o.id = c.other left join packet q on q.id = o.packet
 left join alarm a on a.id = c.alarm";

/// The case of that number, locked until the transaction ends where `lock` says so.
pub(super) async fn read(
    client: &impl GenericClient,
    case: i64,
    lock: bool,
) -> Result<Option<Matter>, CentreError> {
    let text = format!(
        "{READ} where c.id = $1{}",
        if lock { " for update of c" } else { "" }
    );
    let row = client.query_opt(&text, &[&case]).await?;
    row.as_ref().map(from_row).transpose()
}

/// All cases of which a word was said or that are decided.
pub(super) async fn decided(client: &impl GenericClient) -> Result<Vec<Matter>, CentreError> {
    let text = format!("{READ} where c.state = 'decided' order by c.id");
    let rows = client.query(&text, &[]).await?;
    rows.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<Matter, CentreError> {
    let kind = CaseKind::from_key(row.get(1)).ok_or(CentreError::Keys("case's row"))?;
    let digest = |at| row.get::<_, Option<&[u8]>>(at).and_then(Digest::from_slice);
    let packet = row.get::<_, Option<_>>(3).map(PacketId::from_uuid);
    let (case, reason): (i64, &str) = (row.get(0), row.get(9));
    let subject = Subject {
        version: 1,
        case,
        kind: kind.key(),
        reason,
        packet: packet.zip(digest(10)),
        record: row.get(4),
        other: row
            .get::<_, Option<i64>>(5)
            .map(|other| (other, digest(11))),
        person: row.get(6),
        alarm: row
            .get::<_, Option<&str>>(12)
            .map(|kind| (kind, row.get(13))),
    };
    Ok(Matter {
        case,
        kind,
        state: row.get(2),
        packet,
        record: row.get(4),
        other: row.get(5),
        person: row.get(6),
        alarm: row.get(7),
        office: row.get(8),
        reason: reason.to_owned(),
        ruling: row.get(14),
        subject: Digest::of(&to_cbor(&subject)?),
    })
}
