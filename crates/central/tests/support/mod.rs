//! A real centre with real PostgreSQL and TLS, and a station that speaks to it.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

pub mod operators;
pub mod packet;
mod tus;

use base64::Engine;
use central::{
    Centre, CentreError, CentreOptions, Clock, Cluster, DatabaseChoice, Disk, RunningCentre, Store,
    dev,
};
use domain::{OfficeId, Role, StaffId, StationId};
use envelope::{KeyFile, Lease, PublicKey, SigningKey, StaffKeys, WorkFactor};
use packet::{Signers, models};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use wire::{Activation, ActivationRequest, Held, path};

/// One cluster for a test program; its guard takes it down when the program ends.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::throwaway().unwrap())
}

pub struct TestCentre {
    pub centre: RunningCentre,
    pub folder: tempfile::TempDir,
    pub database: String,
    /// What its stations speak; 1 sends no version, as the first release.
    pub version: u16,
}

pub fn centre() -> TestCentre {
    centre_with_clock(Clock::system())
}

pub fn centre_with_clock(clock: Clock) -> TestCentre {
    centre_in(tempfile::tempdir().unwrap(), new_database(), clock)
}

/// A centre that takes packets and judges none.
pub fn receiving() -> TestCentre {
    let folder = tempfile::tempdir().unwrap();
    centre_as(folder, new_database(), |options| options.ingest.workers = 0)
}

/// The URL of a database that does not exist yet.
pub fn new_database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    database(&format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// The URL of a database of the test program's cluster.
pub fn database(name: &str) -> String {
    cluster().url(name)
}

/// A centre with keys and a database that may be there already.
pub fn centre_in(folder: tempfile::TempDir, database: String, clock: Clock) -> TestCentre {
    centre_on(Disk::system(), folder, database, clock)
}

/// The same on a disk of the test's.
pub fn centre_on(
    disk: Disk,
    folder: tempfile::TempDir,
    database: String,
    clock: Clock,
) -> TestCentre {
    centre_as(folder, database, |options| {
        options.clock = clock;
        options.disk = disk;
    })
}

/// The same with whatever a test wants otherwise.
pub fn centre_as(
    folder: tempfile::TempDir,
    database: String,
    bend: impl FnOnce(&mut CentreOptions),
) -> TestCentre {
    // A test that fails shows what the centre logged.
    let _ = tracing_subscriber::fmt()
        .with_env_filter("info,refinery_core=warn,tokio_postgres=warn")
        .with_test_writer()
        .try_init();
    let mut options = CentreOptions {
        database: DatabaseChoice::Url(database.clone()),
        ..CentreOptions::development(folder.path(), models())
    };
    bend(&mut options);
    TestCentre {
        centre: Centre::start(options).unwrap(),
        folder,
        database,
        version: wire::VERSION,
    }
}

pub fn staff(id: &str, role: Role) -> dev::NewStaff {
    dev::NewStaff {
        id: StaffId::parse(id).unwrap(),
        name_latin: "Zainab Noor".to_owned(),
        name_urdu: "زینب نور".to_owned(),
        role,
        passphrase: format!("correct horse {id}").into(),
    }
}

pub fn station_id() -> StationId {
    StationId::parse("MUL-03").unwrap()
}

impl TestCentre {
    /// Stops it and starts another over the same folder and database.
    pub fn restarted(self, bend: impl FnOnce(&mut CentreOptions)) -> Self {
        let (folder, database) = self.stopped();
        centre_as(folder, database, bend)
    }

    /// Stops it; everything is kept.
    pub fn stopped(self) -> (tempfile::TempDir, String) {
        tokio::task::block_in_place(|| self.centre.stop());
        (self.folder, self.database)
    }

    /// The database as a command names it: the password lies in a file, not in the arguments.
    pub fn named(&self) -> String {
        let (user, server) = self.database.split_once('@').unwrap();
        let (user, password) = user.rsplit_once(':').unwrap();
        let file = self.folder.path().join("passfile");
        std::fs::write(&file, format!("*:*:*:*:{password}\n")).unwrap();
        let own = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&file, own).unwrap();
        format!("{user}@{server}?passfile={}", file.display())
    }

    /// Something that no station and no command can do.
    pub async fn sql(&self, text: &str) {
        sql(&self.database, text).await;
    }

    /// One figure of the database's.
    pub async fn count(&self, query: &str) -> i64 {
        let (client, connection) = tokio_postgres::connect(&self.database, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client.query_one(query, &[]).await.unwrap().get(0)
    }

    /// What the office was told of a packet, oldest first.
    pub async fn told(
        &self,
        station: &Station,
        packet: &packet::Packet,
    ) -> Vec<(String, Option<String>)> {
        self.told_as(wire::VERSION, station, packet).await
    }

    /// The same as a station of another version is told.
    pub async fn told_as(
        &self,
        version: u16,
        station: &Station,
        packet: &packet::Packet,
    ) -> Vec<(String, Option<String>)> {
        let url = self.url(&format!("{}?after=0", path::OUTCOMES));
        let get = station
            .client
            .get(url)
            .header(wire::VERSION_HEADER, version);
        let list = get.send().await.unwrap();
        let list: wire::OutcomeList = list.json().await.unwrap();
        let of_it = list.outcomes.into_iter().filter(|o| o.packet == packet.id);
        of_it
            .map(|o| (o.kind.as_str().to_owned(), o.reason))
            .collect()
    }

    /// What health says.
    pub async fn health(&self) -> serde_json::Value {
        let get = self.client(None).get(self.url(path::HEALTH));
        get.send().await.unwrap().json().await.unwrap()
    }

    /// Returns once something holds.
    pub async fn until(&self, mut holds: impl FnMut(&Self) -> bool) {
        let end = tokio::time::Instant::now() + std::time::Duration::from_mins(2);
        while !holds(self) {
            assert!(tokio::time::Instant::now() < end, "it never came to it");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Makes office MUL with three staff and station MUL-03; gives the code.
    pub fn code(&self) -> String {
        self.code_for(&station_id())
    }

    pub fn code_for(&self, station: &StationId) -> String {
        let station = station.clone();
        let code = self.act(async move |store| {
            let office = dev::NewOffice {
                id: OfficeId::parse("MUL").unwrap(),
                name_latin: "Multan".to_owned(),
                name_urdu: "ملتان".to_owned(),
                staff: vec![
                    staff("40213", Role::Officer),
                    staff("40214", Role::Officer),
                    staff("40001", Role::Supervisor),
                ],
                work_factor: WorkFactor::TEST,
            };
            dev::add_office(&store, &office).await?;
            dev::add_station(&store, &office.id, &station).await
        });
        code.expose()
    }

    /// Does something with the centre's store.
    pub fn act<T, F>(&self, act: impl FnOnce(Store) -> F + Send + 'static) -> T
    where
        T: Send + 'static,
        F: Future<Output = Result<T, CentreError>> + Send,
    {
        tokio::task::block_in_place(|| self.centre.with_store(act)).unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.centre.url())
    }

    /// A client that trusts the centre's CA, with a certificate where `identity` gives one.
    pub fn client(&self, identity: Option<&str>) -> reqwest::Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let ca = reqwest::Certificate::from_pem(self.centre.ca_pem().as_bytes()).unwrap();
        let mut builder = reqwest::Client::builder()
            .tls_certs_only([ca])
            .pool_max_idle_per_host(2);
        if self.version > 1 {
            let mut headers = reqwest::header::HeaderMap::new();
            headers.insert(wire::VERSION_HEADER, self.version.into());
            builder = builder.default_headers(headers);
        }
        if let Some(pem) = identity {
            builder = builder.identity(reqwest::Identity::from_pem(pem.as_bytes()).unwrap());
        }
        builder.build().unwrap()
    }

    pub async fn try_activate(
        &self,
        code: &str,
        key: PublicKey,
        tls: &rcgen::KeyPair,
    ) -> Result<Activation, wire::Problem> {
        let request = ActivationRequest {
            code: code.to_owned(),
            station_key: key,
            csr_pem: csr(tls),
            held: None,
        };
        self.ask_activation(&request).await
    }

    pub async fn ask_activation(
        &self,
        request: &ActivationRequest,
    ) -> Result<Activation, wire::Problem> {
        let response = self
            .client(None)
            .post(self.url(path::ACTIVATE))
            .json(request)
            .send()
            .await
            .unwrap();
        if response.status() == 200 {
            Ok(response.json().await.unwrap())
        } else {
            Err(response.json().await.unwrap())
        }
    }

    /// An activated station.
    pub async fn station(&self) -> Station {
        self.station_named("MUL-03").await
    }

    pub async fn station_named(&self, id: &str) -> Station {
        self.activated(id, None).await
    }

    /// The same PC with new keys, going on with what it holds.
    pub async fn activated_again(&self, held: Held) -> Station {
        let id = held.station.clone();
        self.activated(id.as_str(), Some(held)).await
    }

    async fn activated(&self, id: &str, held: Option<Held>) -> Station {
        let code = self.code_for(&StationId::parse(id).unwrap());
        let (key, tls) = (
            SigningKey::generate().unwrap(),
            rcgen::KeyPair::generate().unwrap(),
        );
        let request = ActivationRequest {
            code,
            station_key: key.public(),
            csr_pem: csr(&tls),
            held,
        };
        let activation = self.ask_activation(&request).await.unwrap();
        let pem = format!("{}{}", activation.certificate_pem, tls.serialize_pem());
        let keys = |id: &str| open_key_file(&activation, id, &format!("correct horse {id}"));
        let lease = activation.lease.lease.read::<Lease>().unwrap();
        Station {
            client: self.client(Some(&pem)),
            signers: Signers {
                lease: lease.peek().unwrap(),
                officer: keys("40213"),
                other_officer: Some(keys("40214")),
                supervisor: keys("40001"),
                key,
            },
            identity_pem: pem,
            activation,
        }
    }
}

/// Statements on a database, past every centre.
pub async fn sql(database: &str, text: &str) {
    let (client, connection) = tokio_postgres::connect(database, tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(text).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}

/// A request for a TLS certificate.
pub fn csr(tls: &rcgen::KeyPair) -> String {
    let request = rcgen::CertificateParams::new(Vec::new()).unwrap();
    request.serialize_request(tls).unwrap().pem().unwrap()
}

/// Somebody's keys, from the file that the activation brought.
pub fn open_key_file(activation: &Activation, id: &str, passphrase: &str) -> StaffKeys {
    let (_, file) = activation
        .key_files
        .iter()
        .find(|(staff, _)| staff.as_str() == id)
        .unwrap();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(file)
        .unwrap();
    KeyFile::from_bytes(bytes)
        .unwrap()
        .open(&passphrase.to_owned().into())
        .unwrap()
}

impl Station {
    /// The verified lease that the centre gives now.
    pub async fn lease(&self, centre: &TestCentre) -> Lease {
        let reply = self.client.get(centre.url(path::LEASE)).send().await;
        let reply: wire::LeaseReply = reply.unwrap().json().await.unwrap();
        let signed = reply.lease.read::<Lease>().unwrap();
        signed.verify(&self.centre_key()).unwrap().into_document()
    }

    /// What signs receipts and leases, verified up to the root.
    pub fn centre_key(&self) -> PublicKey {
        let certificate = self.activation.lease.centre_key.read().unwrap();
        let root = &self.activation.policy_root;
        let verified: envelope::Verified<envelope::KeyCertificate> =
            certificate.verify(root).unwrap();
        verified.key
    }

    /// What this station holds after a packet, for its next activation.
    pub fn held(&self, counter: u64, previous: Option<envelope::Digest>) -> Held {
        Held {
            station: self.signers.lease.station.clone(),
            counter,
            previous,
        }
    }
}

pub struct Station {
    pub client: reqwest::Client,
    pub identity_pem: String,
    pub activation: Activation,
    pub signers: Signers,
}
