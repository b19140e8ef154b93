//! How many generated attacks are accepted, and how many generated people are refused, with the real networks on both cores.
//!
//! No recording of an attack and no real person is in it: it shows that networks and logic work together, not what happens in an office.

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use face::puppet::{Body, Puppet, Shown, trial};
use face::verify::Rate;
use face::{Analyser, Picture};

use super::Row;

/// Pictures whose painted lids the eye network calls closed.
const PEOPLE: [&str; 3] = ["obama3.jpg", "biden.jpg", "astronaut.png"];
/// Draws of a challenge for each person and kind, unless `SHANAKHT_SEEDS` says another number.
const SEEDS: u64 = 20;
const KINDS: [&str; 7] = [
    "generated people refused (BPCER)",
    "generated attack accepted (APCER): print, flat or bent, moved as asked, its eyes painted shut in time",
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

/// How often a kind was tried, and how often it went wrong.
#[derive(Default)]
struct Count {
    tried: AtomicU64,
    wrong: AtomicU64,
}

/// As many trials as were asked for, or as are done within `SHANAKHT_MINUTES`: every kind gets as many. `SHANAKHT_FIRST_SEED` goes on where an earlier run
/// ended, and `SHANAKHT_KINDS` (numbers in the order of the rows, from 0, with commas) tries some kinds only.
pub(super) fn rates(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let models = assets.join("models");
    let number = |name: &str| std::env::var(name).ok().map(|said| said.parse::<u64>());
    let seeds = number("SHANAKHT_SEEDS").unwrap_or(Ok(SEEDS))?;
    let first = number("SHANAKHT_FIRST_SEED").unwrap_or(Ok(1))?;
    let minutes = number("SHANAKHT_MINUTES").transpose()?;
    let wanted: Vec<usize> = match std::env::var("SHANAKHT_KINDS") {
        Ok(said) => said.split(',').map(str::parse).collect::<Result<_, _>>()?,
        Err(_) => (0..KINDS.len()).collect(),
    };
    let end = minutes.map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let mut analyser = Analyser::new(&models)?;
    let people = PEOPLE
        .iter()
        .map(|file| person(&mut analyser, &assets.join("pictures").join(file)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let rounds: Vec<(usize, u64)> = (first..first + seeds)
        .flat_map(|seed| (0..people.len()).map(move |who| (who, seed)))
        .collect();
    let next = AtomicUsize::new(0);
    let counts: [Count; KINDS.len()] = std::array::from_fn(|_| Count::default());
    let bar = indicatif::ProgressBar::new((rounds.len() * wanted.len()) as u64);
    let work = || -> anyhow::Result<()> {
        let mut analyser = Analyser::new(&models)?;
        while end.is_none_or(|end| Instant::now() < end)
            && let Some(&(who, seed)) = rounds.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let kinds = KINDS.iter().zip(&counts).enumerate();
            for (kind, (name, count)) in kinds.filter(|(kind, _)| wanted.contains(kind)) {
                let shown = shown(kind, who, seed, &people).context("a kind")?;
                let decision = trial(&mut analyser, shown, seed);
                count.tried.fetch_add(1, Ordering::Relaxed);
                // The first kind is right when it is live, all others when they are not.
                if decision.is_live() == (kind > 0) {
                    count.wrong.fetch_add(1, Ordering::Relaxed);
                    let (person, outcome) = (PEOPLE[who], decision.outcome);
                    bar.println(format!("{name}: {person}, seed {seed}: {outcome:?}"));
                }
                bar.inc(1);
            }
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
    Ok(KINDS
        .iter()
        .zip(counts)
        .enumerate()
        .filter(|(kind, _)| wanted.contains(kind))
        .map(|(_, (name, count))| {
            let rate = Rate::of(count.wrong.into_inner(), count.tried.into_inner());
            Row {
                unit: "trials",
                interval95: Some([rate.low95, rate.high95]),
                ..Row::ms(name, rate.errors as f64, rate.trials as usize)
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

fn shown(kind: usize, who: usize, seed: u64, people: &[Person]) -> Option<Shown<'_>> {
    let one = people.get(who)?;
    let other = people.get((who + 1) % people.len())?;
    Some(match kind {
        0 => Shown::Follows(&one.head),
        1 if seed.is_multiple_of(2) => Shown::Follows(&one.flat),
        1 => Shown::Follows(&one.bent),
        2 => Shown::Still(&one.flat),
        3 => Shown::OtherOrder(&one.head),
        4 => Shown::Swapped(&one.head, &other.head),
        5 => Shown::Frozen(&one.head),
        _ => Shown::Stranger(&other.head, &one.head),
    })
}
