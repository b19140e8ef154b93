//! Receiving bytes: written, synced, then confirmed; a whole packet is handed over to ingest.

use super::checksum::Checksum;
use super::claim::Claim;
use super::lock::{Held, Locks};
use super::part_file::{self, PartFile};
use super::row::Upload;
use crate::peer::Carrier;
use crate::problem::ApiError;
use crate::{CentreError, Store, alarm, packet};
use axum::body::Body;
use envelope::Digest;
use futures::StreamExt;
use std::time::Duration;

/// How long the next bytes of a request may take; a link of 64 kbit/s brings some every second.
const SILENCE: Duration = Duration::from_mins(1);

/// How the bytes of one request ended.
enum End {
    Whole,
    Cut,
    TooLong,
}

/// What a request brings.
pub(crate) struct Chunk {
    /// Its length, where the request says it.
    pub announced: Option<u64>,
    /// What it must add up to.
    pub checksum: Option<Checksum>,
    /// The bytes.
    pub body: Body,
}

fn too_long() -> ApiError {
    ApiError::new(
        413,
        "too-long",
        "More bytes came than the upload's length.",
        "The bytes of this request were not kept.",
    )
}

/// Takes a whole packet that came another way than by requests.
pub(crate) async fn bring(store: &Store, claim: &Claim, bytes: Vec<u8>) -> Result<(), ApiError> {
    let locks = Locks::default();
    let carrier = Carrier {
        station: claim.manifest.station.clone(),
        revoked: false,
    };
    let mut upload = Upload::create(store, &locks, claim, &carrier).await?;
    let Some(mut held) = locks.try_hold(&upload.id) else {
        return Err(CentreError::Ended("taking a packet").into());
    };
    let chunk = Chunk {
        announced: Some(bytes.len() as u64),
        checksum: None,
        body: Body::from(bytes),
    };
    append(store, &mut held, &mut upload, chunk).await
}

/// Appends a request's body to an upload, which the caller holds.
pub(crate) async fn append(
    store: &Store,
    held: &mut Held,
    upload: &mut Upload,
    chunk: Chunk,
) -> Result<(), ApiError> {
    let Chunk {
        announced,
        mut checksum,
        body,
    } = chunk;
    let room = upload.length.saturating_sub(upload.received);
    // What says beforehand that it is too long is refused without reading it.
    if announced.is_some_and(|length| length > room) {
        return Err(too_long());
    }
    let mut file = PartFile::open(store, &upload.id, upload.received).await?;
    let (written, end) = copy(&mut file, held, &mut checksum, body, room).await?;
    let kept = match (end, checksum) {
        (End::TooLong, _) => return Err(too_long()),
        // Nothing can be said of half a chunk with a checksum.
        (End::Cut, Some(_)) => 0,
        (End::Whole, Some(checksum)) if !checksum.holds() => {
            return Err(ApiError::new(
                wire::tus::CHECKSUM_MISMATCH,
                "checksum-mismatch",
                "The bytes were damaged on the way.",
                "The bytes of this request were not kept. Send them again.",
            ));
        }
        (End::Cut, None) | (End::Whole, _) => written,
    };
    if kept > 0 {
        file.sync(store).await?;
        upload.confirm(store, upload.received + kept).await?;
    }
    if upload.received == upload.length {
        complete(store, upload, file).await?;
    }
    Ok(())
}

async fn copy(
    file: &mut PartFile,
    held: &mut Held,
    checksum: &mut Option<Checksum>,
    body: Body,
    room: u64,
) -> Result<(u64, End), CentreError> {
    let mut stream = body.into_data_stream();
    let mut written = 0_u64;
    loop {
        let next = tokio::select! {
            next = tokio::time::timeout(SILENCE, stream.next()) => next,
            () = held.wanted_by_another() => return Ok((written, End::Cut)),
        };
        match next {
            Ok(Some(Ok(bytes))) => {
                if written + bytes.len() as u64 > room {
                    return Ok((written, End::TooLong));
                }
                if let Some(checksum) = checksum {
                    checksum.update(&bytes);
                }
                file.append(&bytes).await?;
                written += bytes.len() as u64;
            }
            Ok(None) => return Ok((written, End::Whole)),
            Ok(Some(Err(_))) | Err(_) => return Ok((written, End::Cut)),
        }
    }
}

/// Hands a whole packet over: digest, packet store, row, ingest.
async fn complete(store: &Store, upload: &mut Upload, file: PartFile) -> Result<(), ApiError> {
    if upload.completed {
        return Ok(());
    }
    let bytes = file.read_all(upload.length).await?;
    if bytes.len() as u64 != upload.length || Digest::of(&bytes) != upload.digest {
        let client = store.client().await?;
        let stations = (upload.station.as_str(), Some(upload.carrier.as_str()));
        alarm::raise_carried(store, &client, stations, &upload.packet, "digest").await?;
        drop(client);
        upload.forget(store).await?;
        return Err(ApiError::new(
            422,
            "digest-mismatch",
            "The bytes are not those that the manifest names.",
            "Nothing was stored, and an alarm was raised. Begin the upload again: the packet is on the station.",
        ));
    }
    packet::take_over(store, upload, bytes).await?;
    upload.completed = true;
    part_file::delete(store, &upload.id).await?;
    Ok(())
}

/// Finishes what a crash left between the last byte and the hand-over.
pub(crate) async fn complete_left_over(store: &Store, locks: &Locks) -> Result<(), CentreError> {
    for mut upload in Upload::left_over(store).await? {
        let Some(_held) = locks.try_hold(&upload.id) else {
            continue;
        };
        let file = PartFile::open(store, &upload.id, upload.received).await?;
        // A refusal is for the station, which asks again.
        let _ = complete(store, &mut upload, file).await;
    }
    Ok(())
}

/// Forgets uploads whose time is over.
pub(crate) async fn expire(store: &Store, locks: &Locks) -> Result<(), CentreError> {
    for upload in Upload::expired(store).await? {
        if let Some(_held) = locks.try_hold(&upload.id) {
            upload.forget(store).await?;
        }
    }
    Ok(())
}
