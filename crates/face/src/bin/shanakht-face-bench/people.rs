//! `people --set DIR`: who passes the default policy at the first look, and how templates of the same and of different people compare,
//! over a folder of pictures of real people that is never part of this project.
//!
//! The folder has `people.csv` (person, age, sex, ethnicity, `smile_shows`: teeth, little or lips) and for every person
//! `PERSON-neutral.jpg` and `PERSON-smiling.jpg`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, ensure};
use face::verify::Rate;
use face::{Analyser, Decision, Observed, Picture, Template, Thresholds, compare, refusals};
use serde::Deserialize;

use super::Row;

/// Groups of fewer people have counts and no share.
const LEAST_GROUP: u64 = 6;

#[derive(Debug, Deserialize)]
struct Person {
    #[serde(rename = "person")]
    id: String,
    /// None where it was not told.
    #[serde(deserialize_with = "csv::invalid_option")]
    age: Option<f32>,
    sex: String,
    ethnicity: String,
    smile_shows: String,
}

/// What one picture gave.
struct Seen {
    refused_by: Vec<&'static str>,
    template: Option<Template>,
}

struct Measured {
    person: Person,
    neutral: Seen,
    smiling: Seen,
}

pub(super) fn run(assets: &Path, set: &Path) -> anyhow::Result<Vec<Row>> {
    let list = set.join("people.csv");
    let mut reader = csv::Reader::from_path(&list).with_context(|| list.display().to_string())?;
    let mut analyser = Analyser::new(&assets.join("models"))?;
    let thresholds = Thresholds::default();
    let mut measured = Vec::new();
    for person in reader.deserialize::<Person>() {
        let person = person.with_context(|| list.display().to_string())?;
        let mut look = |kind: &str| {
            let path = set.join(format!("{}-{kind}.jpg", person.id));
            seen(&mut analyser, &thresholds, &path)
        };
        let (neutral, smiling) = (look("neutral")?, look("smiling")?);
        measured.push(Measured {
            person,
            neutral,
            smiling,
        });
    }
    ensure!(!measured.is_empty(), "{}: nobody", list.display());
    let mut rows = passes(&measured);
    rows.extend(refusing(&measured));
    rows.extend(comparisons(&measured, &analyser));
    print(&rows);
    Ok(rows)
}

fn seen(analyser: &mut Analyser, thresholds: &Thresholds, path: &Path) -> anyhow::Result<Seen> {
    let named = || path.display().to_string();
    let picture = Picture::decode(&std::fs::read(path).with_context(named)?).with_context(named)?;
    let Ok(assessment) = analyser.assess(&picture) else {
        return Ok(Seen {
            refused_by: vec!["no_face"],
            template: None,
        });
    };
    Ok(Seen {
        refused_by: refusals(&assessment.view(), thresholds),
        template: analyser.template(&picture, &assessment.landmarks).ok(),
    })
}

fn age_band(age: Option<f32>) -> &'static str {
    match age {
        None => "age not told",
        Some(age) if age < 18.0 => "under 18",
        Some(age) if age < 30.0 => "18 to 29",
        Some(age) if age < 45.0 => "30 to 44",
        Some(age) if age < 60.0 => "45 to 59",
        Some(_) => "60 and over",
    }
}

/// First-time passes, neutral by group and smiling by what the smile shows.
fn passes(measured: &[Measured]) -> Vec<Row> {
    let mut groups: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut count = |name: String, seen: &Seen| {
        let (passes, all) = groups.entry(name).or_default();
        *passes += u64::from(seen.refused_by.is_empty());
        *all += 1;
    };
    for each in measured {
        let person = &each.person;
        let told = [&person.sex, &person.ethnicity, age_band(person.age)];
        count("neutral, all".into(), &each.neutral);
        for group in told {
            count(format!("neutral, {group}"), &each.neutral);
        }
        count(format!("smile with {}", person.smile_shows), &each.smiling);
    }
    let counted = groups.into_iter().map(|(name, (passes, all))| {
        let rate = Rate::of(passes, all);
        Row {
            unit: "passes",
            interval95: (all >= LEAST_GROUP).then_some([rate.low95, rate.high95]),
            ..Row::ms(&format!("first look, {name}"), passes as f64, all as usize)
        }
    });
    counted.collect()
}

/// How often each demand refused.
fn refusing(measured: &[Measured]) -> Vec<Row> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for each in measured {
        for (kind, seen) in [("neutral", &each.neutral), ("smiling", &each.smiling)] {
            for name in &seen.refused_by {
                *counts.entry((kind, name)).or_default() += 1;
            }
        }
    }
    let counted = counts.into_iter().map(|((kind, name), count)| Row {
        unit: "pictures",
        ..Row::ms(
            &format!("refused by {name}, {kind}"),
            count as f64,
            measured.len(),
        )
    });
    counted.collect()
}

/// Neutral against smiling of the same person, and against everybody else's of the same sex.
fn comparisons(measured: &[Measured], analyser: &Analyser) -> Vec<Row> {
    let decisions = analyser.templates().decisions();
    let mut genuine = Vec::new();
    let mut impostors = Vec::new();
    for (nth, left) in measured.iter().enumerate() {
        for (mth, right) in measured.iter().enumerate() {
            let (Some(a), Some(b)) = (&left.neutral.template, &right.smiling.template) else {
                continue;
            };
            let Ok(score) = compare(a, b) else { continue };
            if nth == mth {
                genuine.push(score);
            } else if left.person.sex == right.person.sex {
                impostors.push(score);
            }
        }
    }
    let against_means = against_means(measured);
    let row = |name: &str, scores: &[face::Score], decision: Decision| {
        let count = scores.iter().filter(|s| decisions.decide(**s) == decision);
        let rate = Rate::of(count.count() as u64, scores.len() as u64);
        Row {
            unit: "comparisons",
            interval95: Some([rate.low95, rate.high95]),
            ..Row::ms(name, rate.errors as f64, scores.len())
        }
    };
    vec![
        row("same person, a match", &genuine, Decision::Match),
        row(
            "same person, a person settles it",
            &genuine,
            Decision::Undecided,
        ),
        row("same person, no match", &genuine, Decision::NonMatch),
        row(
            "others of the same sex, a match",
            &impostors,
            Decision::Match,
        ),
        row(
            "others of the same sex, a person settles it",
            &impostors,
            Decision::Undecided,
        ),
        row(
            "others of the same sex against the mean of two pictures, a match",
            &against_means,
            Decision::Match,
        ),
        row(
            "others of the same sex against the mean of two pictures, a person settles it",
            &against_means,
            Decision::Undecided,
        ),
    ]
}

/// Everybody's two pictures as one reference, against the neutral picture of all others of the same sex: what a reference of several does to false matches at the
/// thresholds of one. With two pictures a person nothing is left to measure its false non-matches with.
fn against_means(measured: &[Measured]) -> Vec<face::Score> {
    let mut scores = Vec::new();
    for (nth, one) in measured.iter().enumerate() {
        let both = [&one.neutral.template, &one.smiling.template];
        let both: Vec<Template> = both.into_iter().flatten().cloned().collect();
        let Ok(reference) = Template::average(&both) else {
            continue;
        };
        for (mth, other) in measured.iter().enumerate() {
            let same_sex = one.person.sex == other.person.sex;
            if let Some(probe) = &other.neutral.template
                && nth != mth
                && same_sex
                && let Ok(score) = compare(&reference, probe)
            {
                scores.push(score);
            }
        }
    }
    scores
}

/// The model card's table.
#[allow(clippy::print_stdout)] // the bench's answer
fn print(rows: &[Row]) {
    println!("| what | count | of | 95 % of the share |\n|---|---|---|---|");
    for row in rows {
        let interval = row.interval95.map_or_else(
            || "-".to_owned(),
            |[low, high]| format!("{:.1} to {:.1} %", low * 100.0, high * 100.0),
        );
        println!(
            "| {} | {} | {} | {interval} |",
            row.name, row.value, row.samples
        );
    }
}
