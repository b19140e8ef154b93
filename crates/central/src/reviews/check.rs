//! Who says what about which packet.

use super::ENVELOPE_BEGINS;
use crate::lease::public_key;
use crate::peer::Caller;
use crate::problem::ApiError;
use crate::upload::keys;
use crate::{CentreError, Store};
use deadpool_postgres::GenericClient;
use domain::{OfficeId, Role, StaffId, four_eyes};
use envelope::{Decision, Digest, PublicKey, ReviewCopy, ReviewReturn, Signed, Statement};
use wire::{ReviewOffer, ReviewWord};

/// An offer whose every part belongs to the others.
pub(super) struct Offered {
    pub review: ReviewCopy,
    pub officer: StaffId,
    pub document: Signed<ReviewCopy>,
    pub statement: Signed<Statement>,
    pub copy: Vec<u8>,
}

/// A supervisor's word about one review.
pub(super) struct Said {
    pub supervisor: StaffId,
    pub document: Vec<u8>,
    pub digest: Digest,
    pub draft: Option<Vec<u8>>,
}

fn refused(key: &str, title: &str) -> ApiError {
    ApiError::new(403, key, title, "Nothing was kept.")
}

/// A station offers its own reviews only, signed with its newest key; the officer works at its office.
pub(super) async fn offer(
    store: &Store,
    caller: &Caller,
    offer: &ReviewOffer,
) -> Result<Offered, ApiError> {
    let malformed = || ApiError::bad_request("review");
    let document: Signed<ReviewCopy> = offer.review.read().map_err(|_| malformed())?;
    let statement: Signed<Statement> = offer.statement.read().map_err(|_| malformed())?;
    let copy = offer.copy.read().map_err(|_| malformed())?;
    let newest = keys(store, &caller.station).await?.into_iter().next();
    let (_, key) = newest.ok_or(CentreError::Keys("station's row"))?;
    let review = document
        .verify(&key)
        .map_err(|_| refused("review-signature", "The station did not sign this review."))?
        .into_document();
    if review.station != caller.station {
        return Err(refused(
            "not-own-review",
            "A station offers its own reviews only.",
        ));
    }
    let client = store.client().await?;
    let claimed = statement.peek().map_err(|_| malformed())?;
    let (key, _) = member(&client, &caller.office, &claimed.officer).await?;
    let said = statement
        .verify(&key)
        .map_err(|_| {
            refused(
                "statement-signature",
                "The officer did not sign this packet.",
            )
        })?
        .into_document();
    let same = (said.packet, said.digest, &said.station)
        == (review.packet, review.digest, &review.station)
        && review.statement == statement.digest()
        && said.kind.is_none();
    let whole = review.copy == Digest::of(&copy) && review.copy_length == copy.len() as u64;
    if !same || !whole || !copy.starts_with(ENVELOPE_BEGINS) {
        return Err(mismatch());
    }
    Ok(Offered {
        review,
        officer: said.officer,
        document,
        statement,
        copy,
    })
}

fn mismatch() -> ApiError {
    ApiError::new(
        422,
        "review-mismatch",
        "The parts do not belong to each other.",
        "Nothing was kept.",
    )
}

/// What is known of the review that a word is about.
pub(super) struct About<'a> {
    pub digest: Digest,
    pub packet: domain::PacketId,
    pub officer: &'a StaffId,
}

/// A word of a supervisor of the office, who did not take the application, about this packet.
pub(super) async fn word(
    client: &impl GenericClient,
    office: &OfficeId,
    about: &About<'_>,
    word: &ReviewWord,
) -> Result<Said, ApiError> {
    let malformed = || ApiError::bad_request("decision");
    let said = match word {
        ReviewWord::Decision { decision } => {
            let signed: Signed<Decision> = decision.read().map_err(|_| malformed())?;
            let claimed = signed.peek().map_err(|_| malformed())?;
            let key = supervisor(client, office, &claimed.supervisor).await?;
            let decision = signed.verify(&key).map_err(|_| not_signed())?;
            if (decision.packet, decision.digest) != (about.packet, about.digest) {
                return Err(mismatch());
            }
            Said {
                supervisor: decision.supervisor.clone(),
                document: signed.as_bytes().to_vec(),
                digest: signed.digest(),
                draft: None,
            }
        }
        ReviewWord::Return { returned, draft } => {
            let signed: Signed<ReviewReturn> = returned.read().map_err(|_| malformed())?;
            let draft = draft.read().map_err(|_| malformed())?;
            let claimed = signed.peek().map_err(|_| malformed())?;
            let key = supervisor(client, office, &claimed.supervisor).await?;
            let returned = signed.verify(&key).map_err(|_| not_signed())?;
            let named = (returned.packet, returned.digest, returned.draft);
            if named != (about.packet, about.digest, Digest::of(&draft))
                || returned.officer != *about.officer
                || !draft.starts_with(ENVELOPE_BEGINS)
            {
                return Err(mismatch());
            }
            Said {
                supervisor: returned.supervisor.clone(),
                document: signed.as_bytes().to_vec(),
                digest: signed.digest(),
                draft: Some(draft),
            }
        }
    };
    four_eyes(about.officer, &said.supervisor)
        .map_err(|_| refused("four-eyes", "Nobody decides their own work."))?;
    Ok(said)
}

fn not_signed() -> ApiError {
    refused(
        "decision-signature",
        "The supervisor whom it names did not sign this decision.",
    )
}

async fn supervisor(
    client: &impl GenericClient,
    office: &OfficeId,
    id: &StaffId,
) -> Result<PublicKey, ApiError> {
    let (key, role) = member(client, office, id).await?;
    if role == Role::Supervisor {
        return Ok(key);
    }
    Err(refused(
        "not-a-supervisor",
        "Only a supervisor of the office decides.",
    ))
}

async fn member(
    client: &impl GenericClient,
    office: &OfficeId,
    id: &StaffId,
) -> Result<(PublicKey, Role), ApiError> {
    let row = client
        .query_opt(
            "select signing_key, role = 'supervisor' from staff
             where id = $1 and office = $2 and revoked_at is null",
            &[&id.as_str(), &office.as_str()],
        )
        .await?;
    let Some(row) = row else {
        return Err(refused(
            "not-of-this-office",
            "Nobody of this number works at the office.",
        ));
    };
    let key = public_key(row.get(0)).ok_or(CentreError::Keys("staff list"))?;
    let role = if row.get(1) {
        Role::Supervisor
    } else {
        Role::Officer
    };
    Ok((key, role))
}
