//! Whoever comes under a number is compared with the number's own reference.

use super::Searched;
use super::reference::{class, only_supports};
use crate::cases::{self, OfRecord};
use crate::matching::{self, Asked};
use crate::{CentreError, Store};
use deadpool_postgres::{GenericClient, Transaction};
use domain::{ApplicationKind, CaseKind, NumberRules};
use face::Template;

/// Days whose comparisons say how much doubt there is.
const WINDOW_DAYS: i64 = 7;
const DAY_MILLIS: i64 = 86_400_000;
const YEAR_DAYS: f64 = 365.25;

/// What a record's number says of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Claim {
    verdict: Verdict,
}

impl Claim {
    /// Whether the face is, as far as anybody can say, that of the number's own person.
    pub(super) fn is_its_own(&self) -> bool {
        match self.verdict {
            Verdict::Same { .. } => true,
            Verdict::Doubt { reason, .. } => reason == "reference-not-automatic",
            Verdict::Free => false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    /// It comes under no number, or it is the first under its number, or there is nothing to compare it with.
    Free,
    /// The face of the number's own person.
    Same { compared: Compared },
    /// People look at it.
    Doubt {
        reason: &'static str,
        other: Option<i64>,
        compared: Option<Compared>,
    },
}

/// A comparison with the number's own reference.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Compared {
    reference: i64,
    score: f32,
    class: i16,
    /// Whether it is so good that the picture may be the next reference.
    confirmed: bool,
}

/// The number's own reference.
struct Reference {
    biometric: i64,
    record: i64,
    template: Vec<u8>,
    grade: String,
    years_when_taken: f64,
    days_since: f64,
}

/// Compares a record's face with its number's own reference.
pub(crate) async fn judge(
    store: &Store,
    transaction: &Transaction<'_>,
    record: i64,
    asked: &[Asked],
) -> Result<Claim, CentreError> {
    let verdict = verdict(store, transaction, record, asked).await?;
    Ok(Claim { verdict })
}

async fn verdict(
    store: &Store,
    transaction: &Transaction<'_>,
    record: i64,
    asked: &[Asked],
) -> Result<Verdict, CentreError> {
    let now = store.clock().now().millis();
    let row = transaction
        .query_one(
            "select r.kind, r.cnic is not null, p.id, p.removed_at is not null,
                    exists (select from record a where a.person = p.id and a.kind <> 'child' and not a.invented),
                    (select max(w.id) from record w where w.cnic = r.cnic and w.id < r.id and w.standing in ('waiting', 'held'))
             from record r left join person p on p.cnic = r.cnic where r.id = $1",
            &[&record],
        )
        .await?;
    let kind = ApplicationKind::from_key(row.get(0));
    let doubt = |reason| Verdict::Doubt {
        reason,
        other: None,
        compared: None,
    };
    let Some(person) = row.get::<_, Option<i64>>(2) else {
        if let Some(other) = row.get(5) {
            // Whoever came under it before still waits for people.
            return Ok(Verdict::Doubt {
                reason: "number-claimed",
                other: Some(other),
                compared: None,
            });
        }
        let must_be_known = row.get(1) && kind.is_some_and(ApplicationKind::needs_cnic);
        return Ok(if must_be_known {
            doubt("number-unknown")
        } else {
            Verdict::Free
        });
    };
    if row.get(3) {
        return Ok(doubt("number-removed"));
    }
    let second = kind == Some(ApplicationKind::New) && row.get::<_, bool>(4);
    let rules = crate::policy::genuine(store, transaction)
        .await?
        .numbers
        .unwrap_or_default();
    let reference = current(transaction, person, now).await?;
    let judged = match &reference {
        Some(reference) => against(transaction, reference, asked, &rules, now).await?,
        None => None,
    };
    if second {
        return Ok(Verdict::Doubt {
            reason: "second-first-card",
            other: reference.map(|reference| reference.record),
            compared: judged.and_then(|verdict| match verdict {
                Verdict::Same { compared } => Some(compared),
                Verdict::Doubt { compared, .. } => compared,
                Verdict::Free => None,
            }),
        });
    }
    Ok(judged.unwrap_or(Verdict::Free))
}

async fn current(
    transaction: &Transaction<'_>,
    person: i64,
    now: i64,
) -> Result<Option<Reference>, CentreError> {
    let row = transaction
        .query_opt(
            "select b.id, b.record, b.template, b.grade,
                    extract(epoch from to_timestamp(b.taken_at / 1000.0) - r.born::timestamptz)::float8 / 86400,
                    ($2::bigint - b.taken_at)::float8 / 86400000
             from person p join biometric b on b.id = p.current join record r on r.id = b.record
             where p.id = $1 and b.removed_at is null",
            &[&person, &now],
        )
        .await?;
    Ok(row.map(|row| Reference {
        biometric: row.get(0),
        record: row.get(1),
        template: row.get(2),
        grade: row.get(3),
        years_when_taken: row.get::<_, f64>(4) / YEAR_DAYS,
        days_since: row.get(5),
    }))
}

/// What the reference says; nothing where it cannot be compared, or only supports and does not.
async fn against(
    transaction: &Transaction<'_>,
    reference: &Reference,
    asked: &[Asked],
    rules: &NumberRules,
    now: i64,
) -> Result<Option<Verdict>, CentreError> {
    let Some(found) = Template::from_bytes(&reference.template)
        .ok()
        .and_then(|known| matching::compared(asked, &known))
    else {
        return Ok(None);
    };
    let (score, match_from, non_match_below) = found;
    let years_since = reference.days_since / YEAR_DAYS;
    let class = class(reference.years_when_taken, years_since);
    let least = threshold(
        transaction,
        class,
        rules,
        (non_match_below, match_from),
        now,
    )
    .await?;
    let compared = Compared {
        reference: reference.biometric,
        score,
        class,
        confirmed: score >= match_from,
    };
    let about = |reason| Verdict::Doubt {
        reason,
        other: Some(reference.record),
        compared: Some(compared),
    };
    if reference.grade == "not-for-automatic-decision" {
        return Ok(Some(about("reference-not-automatic")));
    }
    if score >= least {
        return Ok(Some(Verdict::Same { compared }));
    }
    if only_supports(reference.years_when_taken, years_since * 12.0, rules) {
        return Ok(None);
    }
    Ok(Some(about(if score < non_match_below {
        "face-differs"
    } else {
        "face-undecided"
    })))
}

/// The score that passes: as many of the week's comparisons lie below it as people can look into, shared among the classes by what comes.
/// Never above what the model calls a match, never below what it calls two people.
async fn threshold(
    client: &impl GenericClient,
    class: i16,
    rules: &NumberRules,
    (least, most): (f32, f32),
    now: i64,
) -> Result<f32, CentreError> {
    let since = now - WINDOW_DAYS * DAY_MILLIS;
    let budget = i64::from(rules.budget()) * WINDOW_DAYS;
    let row = client
        .query_opt(
            "with recent as (select class, score from comparison where at > $1),
              mine as (select count(*) as n, (select count(*) from recent) as total from recent where class = $2)
             select score from recent, mine where class = $2 and mine.total > $3
             order by score offset (select n * $3 / greatest(total, 1) from mine) limit 1",
            &[&since, &class, &budget],
        )
        .await?;
    // With less than people can look into, every doubt is a case.
    Ok(row.map_or(most, |row| row.get::<_, f32>(0).clamp(least, most)))
}

/// Keeps the comparison, and opens the case where there is a doubt: its reason.
pub(super) async fn open_doubt(
    store: &Store,
    transaction: &Transaction<'_>,
    found: &Searched<'_>,
) -> Result<Option<&'static str>, CentreError> {
    let (reason, other, compared) = match found.claim.verdict {
        Verdict::Free => return Ok(None),
        Verdict::Same { compared } => {
            keep(store, transaction, found, &compared).await?;
            return Ok(None);
        }
        Verdict::Doubt {
            reason,
            other,
            compared,
        } => (reason, other, compared),
    };
    if let Some(compared) = &compared {
        keep(store, transaction, found, compared).await?;
    }
    let case = OfRecord {
        kind: CaseKind::Doubt,
        record: found.record,
        other,
        reason,
        score: compared.map(|compared| compared.score),
    };
    cases::open_of_record(store, transaction, &case).await?;
    Ok(Some(reason))
}

async fn keep(
    store: &Store,
    transaction: &Transaction<'_>,
    found: &Searched<'_>,
    compared: &Compared,
) -> Result<(), CentreError> {
    transaction
        .execute(
            "insert into comparison (biometric, reference, score, class, confirmed, at) values ($1, $2, $3, $4, $5, $6)
             on conflict do nothing",
            &[
                &found.biometric,
                &compared.reference,
                &compared.score,
                &compared.class,
                &compared.confirmed,
                &store.clock().now().millis(),
            ],
        )
        .await?;
    Ok(())
}
