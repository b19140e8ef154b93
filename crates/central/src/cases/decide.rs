//! An operator's signed word on a case, and the decision that two equal ones make.

use super::list::none;
use super::subject::{self, Matter};
use super::{effect, event};
use crate::operators::{self, Kept, Roster};
use crate::{CentreError, Store, audit};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{CaseKind, OperatorId, PacketId, Ruling, Timestamp};
use envelope::{CaseRuling, CaseWord, Digest, OPERATOR_FORMAT, PublicKey, Signed, SigningKey};

/// Where a case stands after a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It takes effect once another operator says the same.
    Waits,
    /// It took effect.
    Decided,
}

/// An operator's word, signed on their own machine.
///
/// # Errors
/// [`CentreError::Envelope`] where the key is unusable.
pub fn sign(
    ruling: CaseRuling,
    (operator, key): (&OperatorId, &SigningKey),
    counter: u64,
    now: Timestamp,
) -> Result<Signed<CaseWord>, CentreError> {
    let word = CaseWord {
        format: OPERATOR_FORMAT,
        ruling,
        operator: operator.clone(),
        counter,
        at: now,
    };
    Ok(Signed::sign(&word, key)?)
}

/// Takes a word. Where it is the last that a decision needs, the decision takes effect in the same transaction. The same word again
/// changes nothing.
///
/// # Errors
/// [`CentreError::Refused`] says why the word does not count; nothing was changed.
pub async fn decide(store: &Store, word: &Signed<CaseWord>) -> Result<Standing, CentreError> {
    let said = word.peek()?;
    let case = i64::try_from(said.ruling.case).map_err(|_| none(i64::MAX))?;
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    // Before any other row, as everything that takes effect: so nobody waits for each other.
    transaction
        .execute("update sequence set receipt = receipt", &[])
        .await?;
    let matter = subject::read(&transaction, case, true).await?;
    let matter = matter.ok_or_else(|| none(case))?;
    if is_known(&transaction, word).await? {
        return Ok(standing(&matter));
    }
    if matter.state != "open" {
        return refused(format!("case {case} is closed"));
    }
    let roster = Roster::read(&transaction, &store.keys().root()).await?;
    let counter = operators::signed_so_far(&transaction, &said.operator).await? + 1;
    if said.counter != counter {
        return refused(format!("the next place of {} is {counter}", said.operator));
    }
    check(&matter, &roster, word, &said)?;
    let kept = Kept {
        kind: "word",
        operator: Some(&said.operator),
        counter,
        case: Some(case),
    };
    operators::keep(store, &transaction, word, &kept).await?;
    let act = format!("case-{}", said.ruling.ruling.key());
    let by = said.operator.as_str();
    audit::note(store, &transaction, by, (&act, &case.to_string())).await?;
    let line = (
        said.ruling.ruling.key(),
        Some(by),
        Some(said.ruling.ground.key()),
    );
    event(store, &transaction, case, line).await?;
    let words = words(&transaction, case).await?;
    if agreed(&matter, &roster, &words).is_none_or(|agreed| *agreed != said.ruling) {
        transaction.commit().await?;
        return Ok(Standing::Waits);
    }
    close(store, &transaction, &matter, &said.ruling).await?;
    effect::take(store, &transaction, &matter, &said.ruling).await?;
    transaction.commit().await?;
    store.announce();
    store.arrived().notify_one();
    Ok(Standing::Decided)
}

fn refused<T>(why: String) -> Result<T, CentreError> {
    Err(CentreError::Refused(why))
}

fn standing(matter: &Matter) -> Standing {
    match matter.state.as_str() {
        "open" => Standing::Waits,
        _ => Standing::Decided,
    }
}

async fn is_known(
    transaction: &Transaction<'_>,
    word: &Signed<CaseWord>,
) -> Result<bool, CentreError> {
    let digest = word.digest();
    let row = transaction
        .query_opt(
            "select from operator_document where digest = $1",
            &[&digest.as_bytes().as_slice()],
        )
        .await?;
    Ok(row.is_some())
}

/// Whether a word counts on this case.
fn check(
    matter: &Matter,
    roster: &Roster,
    word: &Signed<CaseWord>,
    said: &CaseWord,
) -> Result<(), CentreError> {
    let Some(member) = roster.verify(word, &said.operator, said.counter) else {
        return refused(format!(
            "{} is no operator who may sign this",
            said.operator
        ));
    };
    if !member.role.may_rule(said.ruling.ruling) {
        return refused(format!("{} may not rule this", said.operator));
    }
    is_about(matter, &said.ruling).map_err(|why| CentreError::Refused(why.to_owned()))
}

/// Whether a ruling is one of this case as it stands.
pub(super) fn is_about(matter: &Matter, ruling: &CaseRuling) -> Result<(), &'static str> {
    if ruling.kind != matter.kind || ruling.subject != matter.subject {
        return Err("the case is about something else than what was signed: look at it again");
    }
    if !matter
        .kind
        .rulings(matter.other.is_some())
        .contains(&ruling.ruling)
    {
        return Err("a case of this kind is not decided so");
    }
    if ruling.ruling.is_adverse(matter.kind) && matter.kind != CaseKind::Quarantine {
        let notice = ruling.notice.as_ref();
        let whole = notice.is_some_and(|notice| {
            !notice.number.is_empty()
                && notice.number.len() <= 64
                && ["en", "ur"].contains(&notice.language.as_str())
                && notice.appeal_until > notice.at
        });
        if !whole {
            return Err(
                "an adverse decision names its notice: number, date, language, end of the appeal",
            );
        }
    }
    Ok(())
}

/// A word that is kept, as it says itself.
pub(super) type Word = (Signed<CaseWord>, CaseWord);

/// All words on a case, oldest first.
pub(super) async fn words(
    client: &impl GenericClient,
    case: i64,
) -> Result<Vec<Word>, CentreError> {
    let rows = client
        .query(
            "select document from operator_document where case_file = $1 and kind = 'word' order by counter, number",
            &[&case],
        )
        .await?;
    let parsed = rows.iter().filter_map(|row| {
        let word = Signed::<CaseWord>::from_bytes(row.get(0)).ok()?;
        let said = word.peek().ok()?;
        Some((word, said))
    });
    Ok(parsed.collect())
}

/// The ruling that as many operators as it needs have said last, each by a word that counts.
pub(super) fn agreed<'w>(
    matter: &Matter,
    roster: &Roster,
    words: &'w [Word],
) -> Option<&'w CaseRuling> {
    let mut last: Vec<&CaseWord> = Vec::new();
    for (word, said) in words {
        if check(matter, roster, word, said).is_err() {
            continue;
        }
        // Somebody who changed their mind has said the newest.
        match last
            .iter_mut()
            .find(|other| other.operator == said.operator)
        {
            Some(other) if other.counter < said.counter => *other = said,
            Some(_) => {}
            None => last.push(said),
        }
    }
    let says = |ruling: &CaseRuling| last.iter().filter(|said| said.ruling == *ruling).count();
    last.iter()
        .map(|said| &said.ruling)
        .find(|ruling| says(ruling) >= ruling.ruling.operators())
}

async fn close(
    store: &Store,
    transaction: &Transaction<'_>,
    matter: &Matter,
    ruling: &CaseRuling,
) -> Result<(), CentreError> {
    transaction
        .execute(
            "update case_file set state = 'decided', ruling = $2, ground = $3, closed_at = $4 where id = $1",
            &[
                &matter.case,
                &ruling.ruling.key(),
                &ruling.ground.key(),
                &store.clock().now().millis(),
            ],
        )
        .await?;
    event(store, transaction, matter.case, ("decided", None, None)).await
}

/// As what two operators' words, and no row alone, let a packet be judged although a rule keeps it out.
pub(crate) async fn admission(
    client: &impl GenericClient,
    root: &PublicKey,
    packet: &PacketId,
    digest: &Digest,
) -> Result<Option<CaseKind>, CentreError> {
    let row = client
        .query_opt(
            "select admitted from packet where id = $1 and digest = $2 and admitted is not null",
            &[&packet.uuid(), &digest.as_bytes().as_slice()],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let Some(matter) = subject::read(client, row.get(0), false).await? else {
        return Ok(None);
    };
    let roster = Roster::read(client, root).await?;
    let words = words(client, matter.case).await?;
    let accepted =
        agreed(&matter, &roster, &words).is_some_and(|said| said.ruling == Ruling::Accept);
    Ok((accepted && matter.packet == Some(*packet)).then_some(matter.kind))
}
