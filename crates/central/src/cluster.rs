//! The private PostgreSQL cluster of a development centre: made, started, and never left running.

use crate::{CentreError, private_file};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

/// The database role that owns everything of a private cluster.
const ROLE: &str = "shanakht";
/// Ports that are tried when another program takes the free one first.
const START_TRIES: u32 = 5;
/// Names the folder of PostgreSQL's programs where they are in no usual place.
const PROGRAMS_VARIABLE: &str = "SHANAKHT_POSTGRES";
/// Characters of PostgreSQL's log that an error repeats.
const LOG_TAIL: usize = 600;

/// What a power cut may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing that was committed.
    Full,
    /// Everything: for tests that do not cut the power; the cluster is deleted when it stops.
    Throwaway,
}

/// A running PostgreSQL cluster that listens on the loopback interface only. It stops when
/// [`Cluster::stop`] is called, when it is dropped, and when this process dies in any other way.
pub struct Cluster {
    home: PathBuf,
    programs: PathBuf,
    account: Option<(u32, u32)>,
    port: u16,
    password: String,
    guard: Mutex<Option<Child>>,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("home", &self.home)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Cluster {
    /// Starts the cluster whose files are in `folder`/postgres, making it first where there is none.
    ///
    /// # Errors
    /// [`CentreError::PostgresMissing`], or what PostgreSQL's programs said.
    pub fn start(folder: &Path, durability: Durability) -> Result<Self, CentreError> {
        let account = server_account()?;
        let home = place(folder, account)?;
        Self::start_at(home, account, durability)
    }

    /// Starts a cluster in the system's temporary folder; its files go when it stops.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub fn throwaway() -> Result<Self, CentreError> {
        let name = format!(
            "shanakht-postgres-{}-{}",
            std::process::id(),
            random_name(8)?
        );
        Self::start_at(
            std::env::temp_dir().join(name),
            server_account()?,
            Durability::Throwaway,
        )
    }

    fn start_at(
        home: PathBuf,
        account: Option<(u32, u32)>,
        durability: Durability,
    ) -> Result<Self, CentreError> {
        let programs = find_programs(&home.join("data"))?;
        make_home(&home, account)?;
        let mut cluster = Self {
            home,
            programs,
            account,
            port: 0,
            password: String::new(),
            guard: Mutex::new(None),
        };
        cluster.initialise(durability)?;
        cluster.stop_left_over();
        cluster.launch(durability)?;
        cluster.watch(durability)?;
        Ok(cluster)
    }

    /// The cluster that another process runs in `folder`, as a connection URL.
    ///
    /// # Errors
    /// [`CentreError::NotRunning`].
    pub fn url_of_running(folder: &Path, database: &str) -> Result<String, CentreError> {
        let absent = || CentreError::NotRunning(folder.to_owned());
        let home = place(folder, server_account()?)?;
        let state = fs::read_to_string(home.join("data/postmaster.pid")).map_err(|_| absent())?;
        let port = state.lines().nth(3).ok_or_else(absent)?;
        let port = port.trim().parse().map_err(|_| absent())?;
        let password = fs::read_to_string(home.join("password")).map_err(|_| absent())?;
        Ok(url(port, &password, database))
    }

    /// The URL of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        url(self.port, &self.password, database)
    }

    /// Stops PostgreSQL and waits for it.
    pub fn stop(self) {
        drop(self);
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// A program of PostgreSQL, as the user it wants to be.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        as_account(&mut command, self.account);
        command.env("LC_ALL", "C").stdin(Stdio::null());
        command
    }

    fn initialise(&mut self, durability: Durability) -> Result<(), CentreError> {
        let (ready, password_file) = (self.home.join("ready"), self.home.join("password"));
        if ready.exists() {
            let password = private_file::read(&password_file)?
                .ok_or(CentreError::Keys("database password"))?;
            String::from_utf8_lossy(&password)
                .trim()
                .clone_into(&mut self.password);
            return Ok(());
        }
        // An initdb that was cut short is made again; nothing was ever stored in it.
        let _ = fs::remove_dir_all(self.data());
        self.password = random_name(32)?;
        private_file::write(&password_file, self.password.as_bytes())?;
        give(&password_file, self.account)?;
        let mut initdb = self.program("initdb");
        initdb
            .arg("-D")
            .arg(self.data())
            .args([
                "-U",
                ROLE,
                "--auth=scram-sha-256",
                "-E",
                "UTF8",
                "--locale=C",
            ])
            .arg(format!("--pwfile={}", password_file.display()));
        if durability == Durability::Throwaway {
            initdb.arg("--no-sync");
        }
        let output = initdb
            .output()
            .map_err(|e| CentreError::file("initdb could not be run", e))?;
        if !output.status.success() {
            return Err(CentreError::PostgresFailed {
                program: "initdb",
                log: tail(&String::from_utf8_lossy(&output.stderr)),
            });
        }
        private_file::write(&ready, b"1\n")
    }

    /// A cluster whose centre was killed may still run, or be stopping: take it down first.
    fn stop_left_over(&self) {
        if self.data().join("postmaster.pid").exists() {
            let _ = self.control("stop", &["-m", "fast", "-w", "-t", "60"]);
        }
    }

    fn control(&self, verb: &str, options: &[&str]) -> std::io::Result<bool> {
        self.program("pg_ctl")
            .arg(verb)
            .arg("-D")
            .arg(self.data())
            .args(options)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map(|s| s.success())
    }

    fn launch(&mut self, durability: Durability) -> Result<(), CentreError> {
        let log = self.home.join("log");
        for _ in 0..START_TRIES {
            self.port = free_port()?;
            let settings = settings(self.port, durability);
            let log_text = log.display().to_string();
            let started = self
                .control(
                    "start",
                    &["-w", "-t", "60", "-l", &log_text, "-o", &settings],
                )
                .map_err(|e| CentreError::file("pg_ctl could not be run", e))?;
            if started {
                return Ok(());
            }
        }
        let said = fs::read_to_string(&log).unwrap_or_default();
        Err(CentreError::PostgresFailed {
            program: "postgres",
            log: format!("{}: {}", log.display(), tail(&said)),
        })
    }

    /// A shell that waits for the end of this process's pipe and then stops the cluster: whatever
    /// ends this process, a kill included, leaves no PostgreSQL behind.
    fn watch(&mut self, durability: Durability) -> Result<(), CentreError> {
        const SCRIPT: &str = r#"read -r _; "$0" stop -D "$1" -m "$2" -s -w -t 60 >/dev/null 2>&1; [ -z "$3" ] || rm -rf "$3""#;
        let (mode, remove) = match durability {
            Durability::Full => ("fast", PathBuf::new()),
            Durability::Throwaway => ("immediate", self.home.clone()),
        };
        let mut shell = Command::new("/bin/sh");
        as_account(&mut shell, self.account);
        shell
            .args(["-c", SCRIPT])
            .arg(self.programs.join("pg_ctl"))
            .arg(self.data())
            .arg(mode)
            .arg(remove)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0); // a Ctrl-C in the terminal is for the centre, which stops in order
        let child = shell
            .spawn()
            .map_err(|e| CentreError::file("the cluster's guard could not be started", e))?;
        self.guard = Mutex::new(Some(child));
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let guard = self.guard.lock().ok().and_then(|mut g| g.take());
        if let Some(mut guard) = guard {
            drop(guard.stdin.take()); // the end of the pipe: the guard stops the cluster
            let _ = guard.wait();
        }
    }
}

fn url(port: u16, password: &str, database: &str) -> String {
    format!("postgresql://{ROLE}:{password}@127.0.0.1:{port}/{database}")
}

fn settings(port: u16, durability: Durability) -> String {
    let mut text = format!(
        "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=100 -c log_statement=none -c log_min_messages=fatal -c log_min_error_statement=panic"
    );
    if durability == Durability::Throwaway {
        text.push_str(" -c fsync=off -c full_page_writes=off -c synchronous_commit=off");
    } else {
        text.push_str(" -c fsync=on -c full_page_writes=on -c synchronous_commit=on");
    }
    text
}

/// `postgres` for root, because initdb refuses root; else none: the process's own user.
fn server_account() -> Result<Option<(u32, u32)>, CentreError> {
    if id_of(&["-u"])? != 0 {
        return Ok(None);
    }
    let user = id_of(&["-u", "postgres"]).map_err(|_| CentreError::PostgresMissing)?;
    let group = id_of(&["-g", "postgres"]).map_err(|_| CentreError::PostgresMissing)?;
    Ok(Some((user, group)))
}

fn id_of(arguments: &[&str]) -> Result<u32, CentreError> {
    let output = Command::new("id")
        .args(arguments)
        .output()
        .map_err(|e| CentreError::file("the command id could not be run", e))?;
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .map_err(|_| CentreError::PostgresMissing)
}

fn as_account(command: &mut Command, account: Option<(u32, u32)>) {
    command.current_dir("/");
    if let Some((user, group)) = account {
        command.uid(user).gid(group);
    }
}

/// Where the cluster lies: in the centre's folder, or, where user `postgres` cannot reach that
/// (root's home, for one), in that user's own home, named after the folder.
fn place(folder: &Path, account: Option<(u32, u32)>) -> Result<PathBuf, CentreError> {
    let Some(account) = account else {
        return Ok(folder.join("postgres"));
    };
    private_file::make_folder(folder)?;
    let folder = folder
        .canonicalize()
        .map_err(|e| CentreError::file("the centre's folder cannot be reached", e))?;
    // The folder itself may be passed through, not read: keys lie in a folder of their own.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o711))
        .map_err(|e| CentreError::file("the centre's folder cannot be opened", e))?;
    let mut probe = Command::new("/bin/sh");
    as_account(&mut probe, Some(account));
    let reached = probe
        .args(["-c", "test -x \"$0\""])
        .arg(&folder)
        .status()
        .map_err(|e| CentreError::file("/bin/sh could not be run", e))?;
    if reached.success() {
        return Ok(folder.join("postgres"));
    }
    let name = envelope::Digest::of(folder.as_os_str().as_encoded_bytes()).to_string();
    let short: String = name.chars().take(16).collect();
    Ok(Path::new("/var/lib/postgresql").join(format!("shanakht-{short}")))
}

fn make_home(home: &Path, account: Option<(u32, u32)>) -> Result<(), CentreError> {
    private_file::make_folder(home)?;
    give(home, account)
}

fn give(path: &Path, account: Option<(u32, u32)>) -> Result<(), CentreError> {
    let Some((user, group)) = account else {
        return Ok(());
    };
    chown(path, Some(user), Some(group))
        .map_err(|e| CentreError::file(format!("{} could not be handed over", path.display()), e))
}

/// Debian's place, the PATH, `pg_config`, and usual places of other systems; the version that
/// made an existing cluster comes first, then the newest.
fn find_programs(data: &Path) -> Result<PathBuf, CentreError> {
    let whole = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|p| folder.join(p).is_file())
    };
    // Whoever names a folder means that one and no other.
    if let Some(named) = std::env::var_os(PROGRAMS_VARIABLE).map(PathBuf::from) {
        return Some(named)
            .filter(whole)
            .ok_or(CentreError::PostgresMissing);
    }
    let wanted = fs::read_to_string(data.join("PG_VERSION")).unwrap_or_default();
    let mut folders = Vec::new();
    for root in [
        "/usr/lib/postgresql",
        "/opt/postgresql",
        "/usr/local/lib/postgresql",
    ] {
        let mut versions: Vec<_> = fs::read_dir(root)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        versions.sort_by_key(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            std::cmp::Reverse((name == wanted.trim(), name.parse::<u32>().unwrap_or(0)))
        });
        folders.extend(versions.into_iter().map(|path| path.join("bin")));
    }
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim(),
        ));
    }
    folders.extend(["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/pgsql/bin"].map(PathBuf::from));
    folders
        .into_iter()
        .find(whole)
        .ok_or(CentreError::PostgresMissing)
}

fn free_port() -> Result<u16, CentreError> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|e| CentreError::file("no free port on the loopback interface", e))
}

/// So many hexadecimal digits from the system's randomness.
pub(crate) fn random_name(digits: usize) -> Result<String, CentreError> {
    let mut bytes = vec![0; digits.div_ceil(2)];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
        .map_err(|_| CentreError::Ended("the system's randomness"))?;
    let mut text = hex::encode(bytes);
    text.truncate(digits);
    Ok(text)
}

fn tail(text: &str) -> String {
    let skip = text.chars().count().saturating_sub(LOG_TAIL);
    text.chars().skip(skip).collect()
}
