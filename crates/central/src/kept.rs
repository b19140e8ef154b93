//! What lies beside every packet in the packet store, so that the store alone can bring the database's list of packets back: its public
//! documents, whose it is, and the centre's signature over all of it. Nothing personal: that is in the sealed packet.

use crate::custody::keys::KeyRing;
use crate::upload::Upload;
use crate::{CentreError, Store};
use deadpool_postgres::Transaction;
use domain::{OfficeId, PacketId, StationId, Timestamp};
use envelope::{
    DOCUMENT_LIMIT_BYTES, Decision, Digest, Document, Manifest, PublicKey, Signed, Statement,
};
use futures::StreamExt;
use object_store::ObjectStoreExt;
use serde::{Deserialize, Serialize};
use wire::SignedText;

/// The ending of its name, where a packet's is `.packet`.
const ENDING: &str = "documents";

/// Where the leases lie.
const LEASES: &str = "leases";

/// A packet's documents, as the centre took them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Version of this document.
    format: u16,
    packet: PacketId,
    digest: Digest,
    station: StationId,
    office: OfficeId,
    /// Which activation of the station signed it, with which key, in which chain of counters.
    epoch: i32,
    key: PublicKey,
    chain: i32,
    manifest: SignedText,
    statement: SignedText,
    decision: Option<SignedText>,
    /// Whose connection brought it.
    carrier: Option<StationId>,
    after_revocation: bool,
    at: Timestamp,
}

impl Document for Kept {
    const TYPE: &'static str = "application/vnd.shanakht.kept+cbor";
    const FIELDS: &'static [&'static str] = &[
        "format",
        "packet",
        "digest",
        "station",
        "office",
        "epoch",
        "key",
        "chain",
        "manifest",
        "statement",
        "decision",
        "carrier",
        "after_revocation",
        "at",
    ];
}

/// Where a packet lies in the packet store. The digest is part of the name: bytes are immutable.
pub(crate) fn blob_name(packet: &PacketId, digest: &Digest) -> String {
    format!("{packet}/{digest}.packet")
}

fn documents_name(packet: &PacketId, digest: &Digest) -> String {
    format!("{packet}/{digest}.{ENDING}")
}

/// Keeps the documents of a packet whose bytes are there, before the database knows of it.
pub(crate) async fn keep(
    store: &Store,
    transaction: &Transaction<'_>,
    upload: &Upload,
    signers: &[String],
) -> Result<(), CentreError> {
    let row = transaction
        .query_one(
            "select u.manifest, u.statement, u.decision, u.carrier, s.office, u.epoch, k.key, k.chain,
                    s.revoked_at is not null or k.revoked_at is not null
                       or exists (select from staff where id = any($2) and revoked_at is not null)
             from upload u join station s on s.id = u.station
             join station_key k on k.station = u.station and k.epoch = u.epoch where u.id = $1",
            &[&upload.id, &signers],
        )
        .await?;
    let damaged = || CentreError::Keys("station's row");
    let text = |signed: Signed<Manifest>| SignedText::of(&signed);
    let decision: Option<Vec<u8>> = row.get(2);
    let decision = decision.map(Signed::<Decision>::from_bytes).transpose()?;
    let key: &[u8] = row.get(6);
    let kept = Kept {
        format: envelope::FORMAT,
        packet: upload.packet,
        digest: upload.digest,
        station: StationId::parse(&upload.station).map_err(|_| damaged())?,
        office: OfficeId::parse(row.get(4)).map_err(|_| damaged())?,
        epoch: row.get(5),
        key: PublicKey::from_bytes(key.try_into().map_err(|_| damaged())?),
        chain: row.get(7),
        manifest: text(Signed::from_bytes(row.get(0))?),
        statement: SignedText::of(&Signed::<Statement>::from_bytes(row.get(1))?),
        decision: decision.as_ref().map(SignedText::of),
        carrier: row
            .get::<_, Option<&str>>(3)
            .and_then(|id| StationId::parse(id).ok()),
        after_revocation: row.get(8),
        at: store.clock().now(),
    };
    let signed = Signed::sign(&kept, store.keys().current()?.signer())?;
    let name = documents_name(&upload.packet, &upload.digest);
    store.keep_blob(&name, signed.as_bytes().to_vec()).await
}

/// Keeps a lease as it was signed: packets that were made under it cannot be judged without.
pub(crate) async fn keep_lease(
    store: &Store,
    station: &StationId,
    serial: i64,
    signed: &[u8],
) -> Result<(), CentreError> {
    let name = format!("{LEASES}/{station}/{serial}.lease");
    store.keep_blob(&name, signed.to_vec()).await
}

/// What a rebuild found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// Packets that the database did not have.
    pub added: u64,
    /// Packets that it had.
    pub known: u64,
    /// Leases that it did not have.
    pub leases: u64,
    /// Names that were not taken: what lies there is not what the centre signed, or its bytes are not there.
    pub refused: Vec<String>,
}

/// Puts everything into the database that lies in the packet store and is not there: leases, then packets, which are judged again. What
/// is there stays as it is.
///
/// # Errors
/// [`CentreError`] when the store or the database cannot be reached.
pub async fn rebuild(store: &Store) -> Result<Rebuilt, CentreError> {
    let keys = store.keys();
    let mut rebuilt = Rebuilt::default();
    let mut packets = Vec::new();
    let mut listed = store.blobs().list(None);
    let mut leases = Vec::new();
    while let Some(found) = listed.next().await {
        let location = found?.location;
        match location.extension() {
            Some(ENDING) => packets.push(location),
            Some("lease") => leases.push(location),
            _ => {}
        }
    }
    // Stations and their keys come with their packets; leases need stations.
    let mut taken = Vec::new();
    for location in packets {
        match documents(store, &keys, &location).await? {
            Some(kept) => taken.push(kept),
            None => rebuilt.refused.push(location.to_string()),
        }
    }
    taken.sort_by_key(|kept| (kept.at, kept.packet));
    for kept in &taken {
        station(store, kept).await?;
    }
    for location in leases {
        match lease(store, &keys, &location).await? {
            Some(added) => rebuilt.leases += added,
            None => rebuilt.refused.push(location.to_string()),
        }
    }
    for kept in &taken {
        match packet(store, kept).await? {
            0 => rebuilt.known += 1,
            added => rebuilt.added += added,
        }
    }
    store.arrived().notify_one();
    Ok(rebuilt)
}

async fn signed<T: Document>(
    store: &Store,
    keys: &KeyRing,
    location: &object_store::path::Path,
) -> Result<Option<(T, Signed<T>)>, CentreError> {
    let found = store.blobs().get(location).await?;
    if found.meta.size > DOCUMENT_LIMIT_BYTES as u64 * 4 {
        return Ok(None);
    }
    let Ok(signed) = Signed::<T>::from_bytes(found.bytes().await?.to_vec()) else {
        return Ok(None);
    };
    let verified = || {
        let key = keys.of(signed.key_id().ok()?)?.signer().public();
        Some(signed.verify(&key).ok()?.into_document())
    };
    Ok(verified().map(|document| (document, signed)))
}

/// The documents of a packet whose bytes are there and are those that were signed for.
async fn documents(
    store: &Store,
    keys: &KeyRing,
    location: &object_store::path::Path,
) -> Result<Option<Kept>, CentreError> {
    let Some((kept, _)) = signed::<Kept>(store, keys, location).await? else {
        return Ok(None);
    };
    if location.as_ref() != documents_name(&kept.packet, &kept.digest) {
        return Ok(None);
    }
    let blob = blob_name(&kept.packet, &kept.digest);
    let bytes = match store.blobs().get(&blob.into()).await {
        Ok(found) => found.bytes().await?,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok((Digest::of(&bytes) == kept.digest).then_some(kept))
}

/// Office, station and key, where the database lost them too. Their names are IT's to give again.
async fn station(store: &Store, kept: &Kept) -> Result<(), CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let (office, station) = (kept.office.as_str(), kept.station.as_str());
    transaction
        .execute(
            "insert into office (id, name_latin, name_urdu) values ($1, $1, $1) on conflict do nothing",
            &[&office],
        )
        .await?;
    for named in [Some(&kept.station), kept.carrier.as_ref()]
        .into_iter()
        .flatten()
    {
        transaction
            .execute(
                "insert into station (id, office) values ($1, $2) on conflict do nothing",
                &[&named.as_str(), &office],
            )
            .await?;
    }
    transaction
        .execute(
            "insert into station_key (station, epoch, chain, key, since) values ($1, $2, $3, $4, $5) on conflict do nothing",
            &[
                &station,
                &kept.epoch,
                &kept.chain,
                &kept.key.as_bytes().as_slice(),
                &kept.at.millis(),
            ],
        )
        .await?;
    transaction
        .execute(
            "update station set epoch = greatest(epoch, $2) where id = $1",
            &[&station, &kept.epoch],
        )
        .await?;
    transaction.commit().await?;
    Ok(())
}

async fn lease(
    store: &Store,
    keys: &KeyRing,
    location: &object_store::path::Path,
) -> Result<Option<u64>, CentreError> {
    let Some((lease, signed)) = signed::<envelope::Lease>(store, keys, location).await? else {
        return Ok(None);
    };
    let signer = keys.of(signed.key_id()?).map_or(1, |key| key.number);
    let client = store.client().await?;
    let (station, serial) = (lease.station.as_str(), lease.serial as i64);
    let added = client
        .execute(
            "insert into lease (station, serial, document, content, policy_version, issued_at, expires_at, signed_by)
             select id, $2, $3, ''::bytea, $4, $5, $6, $7 from station where id = $1 on conflict do nothing",
            &[
                &station,
                &serial,
                &signed.as_bytes(),
                &(lease.policy.version as i32),
                &lease.issued_at.millis(),
                &lease.expires_at.millis(),
                &signer,
            ],
        )
        .await?;
    // The next one has a serial of its own.
    client
        .execute(
            "update station set lease_serial = greatest(lease_serial, $2) where id = $1",
            &[&station, &serial],
        )
        .await?;
    Ok(Some(added))
}

async fn packet(store: &Store, kept: &Kept) -> Result<u64, CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let manifest: Signed<Manifest> = kept.manifest.read()?;
    let said = manifest.peek()?;
    let statement: Signed<Statement> = kept.statement.read()?;
    let decision: Option<Signed<Decision>> = match &kept.decision {
        Some(text) => Some(text.read()?),
        None => None,
    };
    let added = transaction
        .execute(
            "insert into packet (id, station, epoch, chain, office, counter, priority, digest, length, manifest,
                                 statement, decision, audit_head, blob, state, received_at, kind, lease_claimed,
                                 carrier, after_revocation)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, ''::bytea, $13, 'received', $14, $15, $16, $17, $18)
             on conflict (id) do nothing",
            &[
                &kept.packet.uuid(),
                &kept.station.as_str(),
                &kept.epoch,
                &kept.chain,
                &kept.office.as_str(),
                &(said.counter as i64),
                &(said.priority.rank() as i16),
                &kept.digest.as_bytes().as_slice(),
                &(said.length as i64),
                &manifest.as_bytes(),
                &statement.as_bytes(),
                &decision.as_ref().map(Signed::as_bytes),
                &blob_name(&kept.packet, &kept.digest),
                &kept.at.millis(),
                &said.item().key(),
                &said.lease.map(|serial| serial as i64),
                &kept.carrier.as_ref().map(StationId::as_str),
                &kept.after_revocation,
            ],
        )
        .await?;
    transaction.commit().await?;
    Ok(added)
}
