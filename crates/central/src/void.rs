//! Voids: a station's signed word that a packet was damaged before it left, so that its counter waits for nobody. Nothing that is here
//! is undone by it, and an undamaged original that turns up later is taken.

use crate::ingest::{Place, next_receipt, station_knows, take_void};
use crate::problem::ApiError;
use crate::upload::{COUNTER_LIMIT, keys};
use crate::{CentreError, Store};
use deadpool_postgres::Transaction;
use domain::Verdict;
use envelope::{Digest, Receipt, Signed, Void};
use wire::{SignedText, VoidReply, VoidRequest};

/// Voids of one packet that are kept: a station signs one, and one more where it has lost it.
const VOIDS_LIMIT: i64 = 8;

/// Answers a void with its receipt: the same one however often it comes.
pub(crate) async fn accept(store: &Store, request: &VoidRequest) -> Result<VoidReply, ApiError> {
    let signed: Signed<Void> = request
        .void
        .read()
        .map_err(|_| ApiError::bad_request("void"))?;
    let receipt = take(store, &signed).await?;
    Ok(VoidReply {
        receipt: SignedText::of(&receipt),
    })
}

/// Takes a void, whoever brings it: its signature is one of its station's keys'.
pub(crate) async fn take(
    store: &Store,
    signed: &Signed<Void>,
) -> Result<Signed<Receipt>, ApiError> {
    let (void, epoch) = verify(store, signed).await?;
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    // Its row orders everything that takes effect, two of the same void too.
    let sequence = next_receipt(&transaction).await?;
    let digest = signed.digest();
    if let Some(receipt) = known(&transaction, &digest).await? {
        return Ok(receipt);
    }
    refuse_many(&transaction, &void).await?;
    let chain: i32 = transaction
        .query_one(
            "select chain from station_key where station = $1 and epoch = $2",
            &[&void.station.as_str(), &epoch],
        )
        .await?
        .get(0);
    let receipt = Receipt {
        format: 1,
        packet: void.packet,
        digest,
        station: void.station.clone(),
        sequence: sequence as u64,
        verdict: Verdict::Durable,
        reason: None,
        audit_head: void.audit_head,
        at: store.clock().now(),
    };
    let keys = store.keys();
    let known = station_knows(&transaction, void.station.as_str(), void.lease).await?;
    let key = keys.known_to(known, receipt.at)?;
    let receipt = Signed::sign(&receipt, key.signer()).map_err(CentreError::from)?;
    insert(
        store,
        &transaction,
        &void,
        chain,
        signed,
        (&receipt, sequence),
    )
    .await?;
    let place = Place {
        station: void.station.as_str(),
        chain,
        counter: void.counter as i64,
        packet: void.packet,
    };
    take_void(store, &transaction, &place).await?;
    transaction.commit().await?;
    tracing::info!(packet = %void.packet, "void taken");
    Ok(receipt)
}

async fn verify(store: &Store, signed: &Signed<Void>) -> Result<(Void, i32), ApiError> {
    let claimed = signed.peek().map_err(|_| ApiError::bad_request("void"))?;
    if claimed.format == 0 || claimed.counter == 0 || claimed.counter > COUNTER_LIMIT {
        return Err(ApiError::bad_request("void"));
    }
    for (epoch, key) in keys(store, &claimed.station).await? {
        if let Ok(void) = signed.verify(&key) {
            return Ok((void.into_document(), epoch));
        }
    }
    Err(ApiError::new(
        403,
        "void-signature",
        "The void is not signed by the station that it names.",
        "Nothing was stored.",
    ))
}

async fn known(
    transaction: &Transaction<'_>,
    digest: &Digest,
) -> Result<Option<Signed<Receipt>>, CentreError> {
    let row = transaction
        .query_opt(
            "select receipt from void where digest = $1",
            &[&digest.as_bytes().as_slice()],
        )
        .await?;
    Ok(row.map(|row| Signed::from_bytes(row.get(0))).transpose()?)
}

async fn refuse_many(transaction: &Transaction<'_>, void: &Void) -> Result<(), ApiError> {
    let row = transaction
        .query_one(
            "select count(*) from void where packet = $1",
            &[&void.packet.uuid()],
        )
        .await?;
    if row.get::<_, i64>(0) < VOIDS_LIMIT {
        return Ok(());
    }
    Err(ApiError::new(
        409,
        "too-many-voids",
        "The centre has several voids of this packet already.",
        "Nothing was changed: the counter is closed.",
    ))
}

async fn insert(
    store: &Store,
    transaction: &Transaction<'_>,
    void: &Void,
    chain: i32,
    signed: &Signed<Void>,
    (receipt, sequence): (&Signed<Receipt>, i64),
) -> Result<(), CentreError> {
    transaction
        .execute(
            "insert into void (digest, packet, station, chain, counter, packet_digest, previous, document,
                               receipt_sequence, receipt, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            &[
                &signed.digest().as_bytes().as_slice(),
                &void.packet.uuid(),
                &void.station.as_str(),
                &chain,
                &(void.counter as i64),
                &void.digest.as_bytes().as_slice(),
                &void.previous.as_ref().map(|d| d.as_bytes().as_slice()),
                &signed.as_bytes(),
                &sequence,
                &receipt.as_bytes(),
                &store.clock().now().millis(),
            ],
        )
        .await?;
    Ok(())
}
