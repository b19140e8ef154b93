//! How many generated attacks are accepted, and how many generated people are refused, with the real networks on both cores.
//!
//! No recording of an attack and no real person is in it: it shows that networks and logic work together, not what happens in an office.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, anyhow};
use face::puppet::{Body, Puppet, Shown, trial};
use face::verify::Rate;
use face::{Analyser, Picture};

use super::Row;

/// Pictures whose painted lids the eye network calls closed.
const PEOPLE: [&str; 3] = ["obama3.jpg", "biden.jpg", "astronaut.png"];
/// Draws of a challenge for each person and kind, unless `SHANAKHT_SEEDS` says another number.
const SEEDS: u64 = 20;
const KINDS: [&str; 8] = [
    "generated people refused (BPCER)",
    "generated attack accepted (APCER): flat print that is moved as asked",
    "generated attack accepted (APCER): bent print that is moved as asked",
    "generated attack accepted (APCER): still picture",
    "generated attack accepted (APCER): clip in another order",
    "generated attack accepted (APCER): another face takes over",
    "generated attack accepted (APCER): frozen camera",
    "generated attack accepted (APCER): another face follows, compared with the portrait",
];

struct Person {
    head: Puppet,
    flat: Puppet,
    bent: Puppet,
}

pub(super) fn rates(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let models = assets.join("models");
    let said = std::env::var("SHANAKHT_SEEDS").ok();
    let seeds = said.map_or(Ok(SEEDS), |number| number.parse())?;
    let mut analyser = Analyser::new(&models)?;
    let people = PEOPLE
        .iter()
        .map(|file| person(&mut analyser, &assets.join("pictures").join(file)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let trials: Vec<(usize, usize, u64)> = (0..KINDS.len())
        .flat_map(|kind| {
            (0..people.len()).flat_map(move |who| (1..=seeds).map(move |seed| (kind, who, seed)))
        })
        .collect();
    let next = AtomicUsize::new(0);
    let errors: [AtomicUsize; KINDS.len()] = std::array::from_fn(|_| AtomicUsize::new(0));
    let bar = indicatif::ProgressBar::new(trials.len() as u64);
    let work = || -> anyhow::Result<()> {
        let mut analyser = Analyser::new(&models)?;
        while let Some(&(kind, who, seed)) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
            let shown = shown(kind, who, &people).context("a kind")?;
            let decision = trial(&mut analyser, shown, seed);
            let live = decision.is_live();
            // The first kind is right when it is live, all others when they are not.
            if live == (kind > 0) {
                errors[kind].fetch_add(1, Ordering::Relaxed);
                bar.println(format!(
                    "{}: {}, seed {seed}: {:?}",
                    KINDS[kind], PEOPLE[who], decision.outcome
                ));
            }
            bar.inc(1);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|thread| {
            thread
                .join()
                .map_err(|_| anyhow!("a thread of the bench ended early"))?
        })
    })?;
    bar.finish_and_clear();
    let samples = people.len() * seeds as usize;
    Ok(KINDS
        .iter()
        .zip(&errors)
        .map(|(name, count)| {
            let rate = Rate::of(count.load(Ordering::Relaxed) as u64, samples as u64);
            Row {
                unit: "trials",
                interval95: Some([rate.low95, rate.high95]),
                ..Row::ms(name, rate.errors as f64, samples)
            }
        })
        .collect())
}

fn person(analyser: &mut Analyser, path: &Path) -> anyhow::Result<Person> {
    let picture = Picture::decode(&std::fs::read(path)?)?;
    let landmarks = analyser.landmarks(&picture)?;
    let body = |body| Puppet::with_body(&picture, &landmarks, body);
    Ok(Person {
        head: body(Body::Solid),
        flat: body(Body::Flat),
        bent: body(Body::Bent),
    })
}

fn shown(kind: usize, who: usize, people: &[Person]) -> Option<Shown<'_>> {
    let one = people.get(who)?;
    let other = people.get((who + 1) % people.len())?;
    Some(match kind {
        0 => Shown::Follows(&one.head),
        1 => Shown::Follows(&one.flat),
        2 => Shown::Follows(&one.bent),
        3 => Shown::Still(&one.flat),
        4 => Shown::OtherOrder(&one.head),
        5 => Shown::Swapped(&one.head, &other.head),
        6 => Shown::Frozen(&one.head),
        _ => Shown::Stranger(&other.head, &one.head),
    })
}
