//! The database behind a pooler: Debian's pgbouncer, pooling by session.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::packet::Plan;
use support::{Station, TestCentre};
use wire::PacketState;

/// A pgbouncer before the test program's PostgreSQL.
struct Pooler {
    child: Child,
    port: u16,
}

impl Pooler {
    fn start(folder: &Path, database: &str, mode: &str) -> Self {
        let config: tokio_postgres::Config = database.parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let (user, password) = (config.get_user().unwrap(), config.get_password().unwrap());
        let password = std::str::from_utf8(password).unwrap();
        let server = config.get_ports()[0];
        fs::write(folder.join("users"), format!("\"{user}\" \"{password}\"\n")).unwrap();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = {0}/users\npool_mode = {mode}\n\
             default_pool_size = 20\nmax_client_conn = 200\nlogfile = {0}/log\n",
            folder.display()
        );
        fs::write(folder.join("pgbouncer.ini"), settings).unwrap();
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
        for file in ["users", "pgbouncer.ini"] {
            let readable = fs::Permissions::from_mode(0o644);
            fs::set_permissions(folder.join(file), readable).unwrap();
        }
        let id = Command::new("id").arg("-u").output().unwrap().stdout;
        let mut program = Command::new("pgbouncer");
        if id.trim_ascii() == b"0" {
            program.args(["-u", "postgres"]); // it refuses root
        }
        let child = program
            .arg("-q")
            .arg(folder.join("pgbouncer.ini"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer: Debian's package of that name");
        let end = Instant::now() + Duration::from_mins(1);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < end, "pgbouncer does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, port }
    }

    /// The URL of the same database through it.
    fn url(&self, database: &str) -> String {
        let config: tokio_postgres::Config = database.parse().unwrap();
        let server = format!(":{}/", config.get_ports()[0]);
        database.replace(&server, &format!(":{}/", self.port))
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs pgbouncer, which --full installs"]
async fn behind_a_pooler_by_session_packets_take_effect_and_a_centre_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let database = support::new_database();
    let pooler = Pooler::start(folder.path(), &database, "session");
    let url = pooler.url(&database);
    let centre: TestCentre = support::centre_as(tempfile::tempdir().unwrap(), url, |_| ());
    let station = centre.station().await;
    let mut previous = None;
    for counter in 1..=4 {
        let packet = Plan::new(counter, previous).make(&station.signers);
        let settled = centre.settle(&station, &packet).await;
        assert_eq!(settled, (PacketState::Accepted, None));
        previous = Some(packet.digest());
    }
    centre.until(|c| c.figures().jobs_open == 0).await;
    // A centre that comes back is not kept waiting by what its connections left at the server.
    let centre = centre.restarted(|_| ());
    let station = Station {
        client: centre.client(Some(&station.identity_pem)),
        ..station
    };
    let packet = Plan::new(5, previous).make(&station.signers);
    let settled = centre.settle(&station, &packet).await;
    assert_eq!(settled, (PacketState::Accepted, None));
    centre.until(|c| c.figures().jobs_open == 0).await;
    let figures = centre.figures();
    assert_eq!((figures.effects, figures.outcomes), (5, 5));
    assert_eq!(figures.quarantined, 0);
    drop(centre);
}
