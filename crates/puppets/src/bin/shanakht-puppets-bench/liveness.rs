//! How many generated attacks are accepted, and how many generated people are refused, with the real networks on both cores.
//!
//! No recording of an attack and no real person is in it: it shows that networks and logic work together, not what happens in an office.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use face::liveness::Decision;
use face::verify::Rate;
use face::{Analyser, Picture};
use puppets::{Body, Head, Puppet, Shown, trial};

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
    /// On each of the heads that thresholds were not chosen with.
    heads: Vec<Puppet>,
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
/// ended, `SHANAKHT_EVERY` tells every trial's depth, `SHANAKHT_TUNING` takes the heads that thresholds are chosen with, and `SHANAKHT_KINDS` (numbers in the order of the rows, from 0, with commas) tries some kinds only.
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
    let every = std::env::var_os("SHANAKHT_EVERY").is_some();
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
                let wrong = decision.is_live() == (kind > 0);
                count.wrong.fetch_add(u64::from(wrong), Ordering::Relaxed);
                if wrong || every {
                    eprintln!("{name}: {}, seed {seed}: {}", PEOPLE[who], told(&decision));
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
            Row::share(*name, "trials", &rate)
        })
        .collect())
}

fn person(analyser: &mut Analyser, path: &Path) -> anyhow::Result<Person> {
    let picture = Picture::decode(&std::fs::read(path)?)?;
    let landmarks = analyser.landmarks(&picture)?;
    let body = |body| Puppet::new(&picture, &landmarks, body);
    let heads: Vec<&Head> = if std::env::var_os("SHANAKHT_TUNING").is_some() {
        Head::for_tuning().collect()
    } else {
        Head::for_judging().collect()
    };
    Ok(Person {
        heads: heads
            .into_iter()
            .map(|head| body(Body::Solid(head)))
            .collect(),
        flat: body(Body::Flat),
        bent: body(Body::Bent),
    })
}

/// Outcome and depth of every movement, for whoever chooses thresholds.
fn told(decision: &Decision) -> String {
    let mut told = format!("{:?}", decision.outcome);
    for step in &decision.evidence.steps {
        let (Some(relief), Some(depth)) = (step.relief, &step.depth) else {
            let done = step.done_after_ms.is_some();
            let _ = write!(told, " | {:?} {:.2} {done}", step.action, step.extent);
            continue;
        };
        let _ = write!(
            told,
            " | {:?} {:.0} gain {:.2} wings {:.3} bridge {:.3} ridge {:.3}",
            step.action, step.extent, relief.gain, depth.wings, depth.bridge, depth.ridge
        );
    }
    told
}

fn shown(kind: usize, who: usize, seed: u64, people: &[Person]) -> Option<Shown<'_>> {
    let one = people.get(who)?;
    let other = people.get((who + 1) % people.len())?;
    let head = |person: &'_ Person| seed as usize % person.heads.len().max(1);
    let (own, others) = (one.heads.get(head(one))?, other.heads.get(head(other))?);
    Some(match kind {
        0 => Shown::Follows(own),
        1 if seed.is_multiple_of(2) => Shown::Follows(&one.flat),
        1 => Shown::Follows(&one.bent),
        2 => Shown::Still(&one.flat),
        3 => Shown::OtherOrder(own),
        4 => Shown::Swapped(own, others),
        5 => Shown::Frozen(own),
        _ => Shown::Stranger(others, own),
    })
}
