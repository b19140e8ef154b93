//! The centre behind a link whose cable can be pulled.

use crate::centre_process::{CentreProcess, centre_command};
use crate::counter::{OFFICER, OFFICER_PASSPHRASE, SUPERVISOR, SUPERVISOR_PASSPHRASE};
use crate::proxy::Proxy;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What an administrator does: the commands of the centre's program, beside the centre that runs.
#[derive(Debug, Clone)]
pub struct Admin {
    data: PathBuf,
    database: Option<String>,
}

impl Admin {
    /// Of the centre in the folder `data`.
    pub fn of(data: &Path, database: Option<&str>) -> Self {
        Self {
            data: data.to_owned(),
            database: database.map(str::to_owned),
        }
    }

    /// The centre's folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Carries out a verb; gives what it printed.
    ///
    /// # Errors
    /// When the command fails.
    pub fn command(&self, verb: &[&str], arguments: &[&str]) -> anyhow::Result<String> {
        self.command_with(verb, arguments, "")
    }

    /// The same with passphrases of staff, as lines NUMBER:PASSPHRASE.
    ///
    /// # Errors
    /// When the command fails.
    pub fn command_with(
        &self,
        verb: &[&str],
        arguments: &[&str],
        passphrases: &str,
    ) -> anyhow::Result<String> {
        let data = self
            .data
            .to_str()
            .context("the folder's name is not readable text")?;
        let mut all = verb.to_vec();
        all.extend(["--data", data]);
        if let Some(url) = &self.database {
            all.extend(["--database", url]);
        }
        all.extend(arguments);
        if !passphrases.is_empty() {
            all.extend(["--passphrases", "-"]);
        }
        centre_command(&all, passphrases)
    }
}

/// A centre, its invented population, and the way to it.
pub struct Centre {
    /// The link.
    pub proxy: Proxy,
    /// Its commands.
    pub admin: Admin,
    /// The process that can be killed.
    pub process: CentreProcess,
}

impl Centre {
    /// Starts the centre in the folder `data`, with so many invented records.
    ///
    /// # Errors
    /// When a part does not start; the message says which.
    pub fn open(
        data: &Path,
        database: Option<&str>,
        population: u32,
        say: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        say("starting the centre and its database");
        let process = CentreProcess::start(data, database)?;
        let centre = Self {
            proxy: Proxy::start(process.address())?,
            admin: Admin::of(data, database),
            process,
        };
        if population > 0 {
            say(&format!("loading an invented population of {population}"));
            // Invented faces only: whoever of the day resembles somebody came twice.
            centre
                .admin
                .command(&["population"], &["--count", &population.to_string()])?;
        }
        Ok(centre)
    }

    /// Where a station connects.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.proxy.address().port())
    }

    /// An office with its two people and one station; gives the station's one-time code.
    ///
    /// # Errors
    /// When the centre refuses.
    pub fn add_station(&self) -> anyhow::Result<String> {
        let officer = format!("{OFFICER}:officer:Sana Tariq:ثنا طارق");
        let supervisor = format!("{SUPERVISOR}:supervisor:Javed Qamar:جاوید قمر");
        let passphrases =
            format!("{OFFICER}:{OFFICER_PASSPHRASE}\n{SUPERVISOR}:{SUPERVISOR_PASSPHRASE}\n");
        let code = self.admin.command_with(
            &["station", "add"],
            &[
                "--office",
                "MUL",
                "--station",
                "MUL-03",
                "--staff",
                &officer,
                "--staff",
                &supervisor,
            ],
            &passphrases,
        )?;
        Ok(code.trim().to_owned())
    }

    /// What the centre counts.
    ///
    /// # Errors
    /// When the centre's command fails.
    pub fn figures(&self) -> anyhow::Result<serde_json::Value> {
        let text = self.admin.command(&["figures"], &[])?;
        Ok(serde_json::from_str(text.trim())?)
    }

    /// The same once no packet waits for its checks or for its search among all others.
    ///
    /// # Errors
    /// When the centre does not come to rest within `limit`.
    pub fn resting_figures(&self, limit: Duration) -> anyhow::Result<serde_json::Value> {
        let until = Instant::now() + limit;
        loop {
            let figures = self.figures()?;
            if figures.get("jobs_open").and_then(serde_json::Value::as_u64) == Some(0) {
                return Ok(figures);
            }
            anyhow::ensure!(
                Instant::now() < until,
                "the centre did not come to rest: {figures}"
            );
            std::thread::sleep(Duration::from_millis(300));
        }
    }
}
