//! Faults at the centre, over real processes: several `shanakht-centre` over one database and one packet store are killed, stopped and
//! cut off while stations deliver enrolments with recorded faces.

mod replica;
mod station;

use crate::centre::Admin;
use crate::centre_process::CentreProcess;
use anyhow::{Context, ensure};
use domain::StationId;
use faults::Random;
use replica::Replica;
use serde::Serialize;
use station::{Held, Office, Station};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What to run.
#[derive(Debug, Clone)]
pub struct CentreFaultOptions {
    /// How many runs, each with stations of its own.
    pub runs: u32,
    /// Decides what happens in each.
    pub seed: u64,
    /// A new folder.
    pub data: PathBuf,
    /// Folder of the face models.
    pub models: PathBuf,
}

/// What became of it; the keys are a promise.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CentreFaultReport {
    /// Runs that were made.
    pub runs: u32,
    /// Packets whose last byte the centre acknowledged.
    pub packets: u64,
    /// Packets that took effect.
    pub effects: u64,
    /// Packets without effect, or without a receipt that a station believes.
    pub lost: u64,
    /// Packets that took effect more than once.
    pub duplicated: u64,
    /// Packets in quarantine: all of them are honest.
    pub wrongly_quarantined: u64,
    /// The longest time from a packet's last byte to its receipt.
    pub stalled_seconds_max: f64,
    /// Processes that were killed.
    pub kills: u64,
    /// Processes that were stopped for a while.
    pub stops: u64,
    /// Packets whose bytes were away for a while.
    pub blobs_away: u64,
    /// Times that the database was away.
    pub database_away: u64,
}

impl CentreFaultReport {
    /// Whether every honest packet took effect once.
    pub fn kept_its_promises(&self) -> bool {
        (self.lost, self.duplicated, self.wrongly_quarantined) == (0, 0, 0)
            && self.effects == self.packets
    }

    fn count(&mut self, held: &[Held]) {
        for packet in held {
            self.packets += 1;
            self.lost += u64::from(!packet.durable);
            let waited = packet.waited.as_secs_f64();
            self.stalled_seconds_max = self.stalled_seconds_max.max(waited);
        }
    }
}

/// Replicas over the database.
const REPLICAS: usize = 3;
/// Stations of a run.
const STATIONS: usize = 3;
/// Packets of each.
const PACKETS: u64 = 4;
/// How long a run may take once its faults are over.
const PATIENCE: Duration = Duration::from_mins(5);

/// Runs it.
///
/// # Errors
/// When a part does not start, or a packet gets no receipt in [`PATIENCE`]: the report is then not to be believed.
pub fn run_centre_faults(
    options: &CentreFaultOptions,
    say: &dyn Fn(&str),
) -> anyhow::Result<CentreFaultReport> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut world = World::begin(options, say)?;
    let office = Arc::new(world.office()?);
    let mut report = CentreFaultReport::default();
    for number in 0..options.runs {
        let mut random = Random::of_run(options.seed, u64::from(number));
        runtime.block_on(world.run(&office, number, &mut random, &mut report))?;
        report.runs += 1;
        say(&format!("run {number}: {report:?}"));
    }
    Ok(report)
}

/// The keeper of the database, which receives and judges nothing, and the replicas beside it.
struct World {
    keeper: Option<CentreProcess>,
    data: PathBuf,
    models: PathBuf,
    admin: Admin,
    replicas: Vec<Replica>,
    addresses: Arc<Mutex<Vec<String>>>,
}

impl World {
    fn begin(options: &CentreFaultOptions, say: &dyn Fn(&str)) -> anyhow::Result<Self> {
        say("starting the database and the centre's replicas");
        let data = options.data.join("centre");
        let keeper = keeper(&data, &options.models)?;
        let mut world = Self {
            keeper: Some(keeper),
            admin: Admin::of(&data, None),
            data,
            models: options.models.clone(),
            replicas: Vec::new(),
            addresses: Arc::default(),
        };
        for number in 0..REPLICAS {
            let replica = world.start(number)?;
            world.replicas.push(replica);
        }
        world.tell();
        Ok(world)
    }

    fn start(&self, number: usize) -> anyhow::Result<Replica> {
        let folder = self.data.with_file_name(format!("replica{number}"));
        let passfile = self.data.with_file_name("passfile");
        let named = passfile
            .to_str()
            .context("the folder's name is not readable text")?;
        let database = self.admin.command(&["database"], &["--passfile", named])?;
        Replica::start(&self.data, &folder, database.trim(), &self.models)
    }

    /// Where stations find a centre now.
    fn tell(&self) {
        let now = self
            .replicas
            .iter()
            .map(|replica| replica.url.clone())
            .collect();
        if let Ok(mut addresses) = self.addresses.lock() {
            *addresses = now;
        }
    }

    fn office(&self) -> anyhow::Result<Office> {
        let pem = std::fs::read_to_string(self.data.join("keys/ca.pem"))?;
        Office::begin(&self.admin, pem, &self.models)
    }

    async fn run(
        &mut self,
        office: &Arc<Office>,
        number: u32,
        random: &mut Random,
        report: &mut CentreFaultReport,
    ) -> anyhow::Result<()> {
        let mut working: JoinSet<anyhow::Result<Vec<Held>>> = JoinSet::new();
        let mut names = Vec::new();
        for place in 0..STATIONS {
            let id = StationId::parse(&format!("MUL-{}", 100 + number as usize * STATIONS + place))
                .ok()
                .context("a station's name")?;
            let station = Station::activate(office, &self.admin, &id, &self.addresses).await?;
            let dice = Random::of_run(random.number(), place as u64);
            names.push(id);
            working.spawn(async move { station.deliver(PACKETS, dice).await });
        }
        self.trouble(random, report).await?;
        let deadline = tokio::time::sleep(PATIENCE);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                ended = working.join_next() => match ended {
                    None => break,
                    Some(held) => report.count(&held??),
                },
                () = &mut deadline => anyhow::bail!("a packet has no receipt after {PATIENCE:?}"),
            }
        }
        for id in names {
            self.effects(&id, report)?;
        }
        Ok(())
    }

    /// What the database has of a station's packets, by the centre's own word.
    fn effects(&self, station: &StationId, report: &mut CentreFaultReport) -> anyhow::Result<()> {
        let lines = self
            .admin
            .command(&["packets"], &["--station", station.as_str()])?;
        let mut seen = 0;
        for line in lines.lines() {
            let mut fields = line.split('\t');
            let (state, records) = (fields.nth(1), fields.nth(1));
            let records: u64 = records.context("a line of packets")?.parse()?;
            report.effects += records.min(1);
            report.duplicated += u64::from(records > 1);
            report.wrongly_quarantined += u64::from(state == Some("quarantined"));
            report.lost += u64::from(records == 0);
            seen += 1;
        }
        report.lost += PACKETS.saturating_sub(seen);
        Ok(())
    }

    /// Some seconds in which things go wrong, as the seed says.
    async fn trouble(
        &mut self,
        random: &mut Random,
        report: &mut CentreFaultReport,
    ) -> anyhow::Result<()> {
        for _ in 0..4 {
            let wait = Duration::from_millis(200 + random.below(1500));
            tokio::time::sleep(wait).await;
            let victim = random.below(REPLICAS as u64) as usize;
            match random.below(8) {
                0..=3 => {
                    self.kill(victim)?;
                    report.kills += 1;
                }
                4 | 5 => {
                    let stopped = self.replicas.get(victim).context("a replica")?;
                    stopped.signal("STOP")?;
                    tokio::time::sleep(Duration::from_millis(500 + random.below(3000))).await;
                    stopped.signal("CONT")?;
                    report.stops += 1;
                }
                6 => report.blobs_away += u64::from(self.hide_a_blob(random).await?),
                _ => {
                    self.lose_the_database(random).await?;
                    report.database_away += 1;
                }
            }
        }
        Ok(())
    }

    fn kill(&mut self, victim: usize) -> anyhow::Result<()> {
        if let Some(replica) = self.replicas.get_mut(victim) {
            replica.kill();
        }
        let again = self.start(victim)?;
        if let Some(place) = self.replicas.get_mut(victim) {
            *place = again;
        }
        self.tell();
        Ok(())
    }

    /// The newest packet's bytes are away for a moment, as where a disk is not mounted.
    async fn hide_a_blob(&self, random: &mut Random) -> anyhow::Result<bool> {
        let Some(file) = newest_packet(&self.data.join("packets"))? else {
            return Ok(false);
        };
        let aside = self.data.with_file_name("aside");
        std::fs::rename(&file, &aside)?;
        tokio::time::sleep(Duration::from_millis(500 + random.below(2000))).await;
        std::fs::rename(&aside, &file)?;
        Ok(true)
    }

    /// PostgreSQL stops and comes back, at another port: replicas are started again beside it.
    async fn lose_the_database(&mut self, random: &mut Random) -> anyhow::Result<()> {
        self.keeper = None;
        tokio::time::sleep(Duration::from_millis(random.below(3000))).await;
        self.keeper = Some(keeper(&self.data, &self.models)?);
        for victim in 0..REPLICAS {
            self.kill(victim)?;
        }
        Ok(())
    }
}

/// A centre that has the database in its folder, receives and judges nothing.
fn keeper(data: &Path, models: &Path) -> anyhow::Result<CentreProcess> {
    let models = models.to_str();
    let models = models.context("the folder's name is not readable text")?;
    CentreProcess::start_with(data, None, &["--workers", "0", "--models", models])
}

fn newest_packet(folder: &Path) -> anyhow::Result<Option<PathBuf>> {
    let mut newest: Option<(std::time::SystemTime, PathBuf)> = None;
    for entry in std::fs::read_dir(folder)? {
        let inside = entry?.path();
        if !inside.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(inside)? {
            let path = file?.path();
            // Whoever writes it may rename it just now.
            let Ok(at) = std::fs::metadata(&path).and_then(|data| data.modified()) else {
                continue;
            };
            let is_packet = path.extension().is_some_and(|ending| ending == "packet");
            if is_packet && newest.as_ref().is_none_or(|(before, _)| *before < at) {
                newest = Some((at, path));
            }
        }
    }
    Ok(newest.map(|(_, path)| path))
}

/// Waits until a process answers.
fn answers(url: &str, child: &mut std::process::Child) -> anyhow::Result<()> {
    let address: std::net::SocketAddr = url.trim_start_matches("https://").parse()?;
    let until = Instant::now() + Duration::from_mins(2);
    while std::net::TcpStream::connect_timeout(&address, Duration::from_millis(300)).is_err() {
        ensure!(child.try_wait()?.is_none(), "a replica ended");
        ensure!(Instant::now() < until, "a replica does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
