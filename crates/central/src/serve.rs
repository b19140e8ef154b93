//! A running centre: its runtime on a thread of its own, so that tests, tools and simulations
//! start and stop it with plain calls.

use crate::custody::keys;
use crate::edge::Route;
use crate::edge::metrics::{self, Requests};
use crate::ingest::{self, Ingest};
use crate::limits::Limits;
use crate::matching::{Engine, Exact, Probes, remake};
use crate::peer::PeerAcceptor;
use crate::portrait::PortraitCheck;
use crate::store::{DatabaseChoice, Place, Store};
use crate::supervise::{REST, supervise};
use crate::upload::{self, Locks};
use crate::{CentreError, Clock, Disk, dedup, http, registry, reviews};
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::sync::oneshot;

/// How long requests that are under way may take when the centre stops.
const GRACE: Duration = Duration::from_secs(5);

/// How often expired uploads are looked for.
const TIDY_EVERY: Duration = Duration::from_mins(10);

/// How to start a centre.
#[derive(Debug, Clone)]
pub struct CentreOptions {
    /// Where keys, packets, uploads and a private cluster lie.
    pub place: Place,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where to tell figures in the OpenMetrics format, without a question of who asks; none: nowhere.
    pub metrics: Option<SocketAddr>,
    /// Which PostgreSQL.
    pub database: DatabaseChoice,
    /// Folder of the face models.
    pub models: PathBuf,
    /// Folders of earlier ones, by which references are searched that are not made anew yet.
    pub former_models: Vec<PathBuf>,
    /// Where references are searched.
    pub engine: Arc<dyn Engine>,
    /// The time.
    pub clock: Clock,
    /// The disk of uploads and packets.
    pub disk: Disk,
    /// How packets are worked through.
    pub ingest: Ingest,
    /// Makes the keys of a folder that has none, as for a centre of a test; otherwise `init` does.
    pub makes_keys: bool,
}

impl CentreOptions {
    /// A centre for development: private cluster, keys made where there are none, free port on the loopback interface, system's
    /// clock, networks of `models`.
    pub fn development(data: impl Into<PathBuf>, models: impl Into<PathBuf>) -> Self {
        Self {
            place: Place::of(data),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            metrics: None,
            database: DatabaseChoice::Private(crate::Durability::Full),
            models: models.into(),
            former_models: Vec::new(),
            engine: Arc::new(Exact::new()),
            clock: Clock::system(),
            disk: Disk::system(),
            ingest: Ingest::default(),
            makes_keys: true,
        }
    }
}

/// Starts centres.
#[derive(Debug)]
pub struct Centre;

impl Centre {
    /// Starts a centre and returns once it answers requests. May be called from anywhere; it blocks
    /// for a second or two while PostgreSQL starts.
    ///
    /// # Errors
    /// [`CentreError`].
    pub fn start(options: CentreOptions) -> Result<RunningCentre, CentreError> {
        let (ready, started) = mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("centre".to_owned())
            .spawn(move || run(options, &ready, stopped))
            .map_err(|e| CentreError::file("the centre's thread could not be started", e))?;
        match started.recv() {
            Ok(Ok(up)) => Ok(RunningCentre {
                addr: up.addr,
                metrics: up.metrics,
                routes: up.routes,
                store: Some(up.store),
                runtime: up.runtime,
                stop: Some(stop),
                thread: Some(thread),
            }),
            Ok(Err(error)) => {
                let _ = thread.join();
                Err(error)
            }
            Err(_) => Err(CentreError::Ended("the centre's thread")),
        }
    }
}

/// A centre that runs in this process; stops when dropped.
pub struct RunningCentre {
    addr: SocketAddr,
    metrics: Option<SocketAddr>,
    routes: Vec<Route>,
    store: Option<Store>,
    runtime: tokio::runtime::Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RunningCentre {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where it tells its figures, if it does.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// All routes, each with who may call it.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// `https://…` of it.
    pub fn url(&self) -> String {
        format!("https://{}", self.addr)
    }

    /// The certificate that its TLS certificate comes from: what a station is given before its
    /// activation.
    pub fn ca_pem(&self) -> String {
        self.store
            .as_ref()
            .map(|s| s.ca_pem().to_owned())
            .unwrap_or_default()
    }

    /// Carries out something with the centre's store on the centre's runtime and waits for it.
    ///
    /// # Errors
    /// What `act` gives, or [`CentreError::Ended`] where the centre stops meanwhile.
    pub fn with_store<T, F>(
        &self,
        act: impl FnOnce(Store) -> F + Send + 'static,
    ) -> Result<T, CentreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, CentreError>> + Send,
    {
        let store = self.store.clone().ok_or(CentreError::Ended("the centre"))?;
        let (answer, answered) = mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            let _ = answer.send(act(store).await);
        });
        answered
            .recv()
            .map_err(|_| CentreError::Ended("the centre"))?
    }

    /// Returns once so many jobs are past their deadline that only a new process helps.
    pub async fn until_stuck(&self) {
        let stuck = self.store.as_ref().map(|store| store.stuck().clone());
        match stuck {
            Some(stuck) => stuck.too_many().await,
            None => std::future::pending().await,
        }
    }

    /// Stops it: requests under way end, PostgreSQL too. Everything is kept.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        self.store = None;
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for RunningCentre {
    fn drop(&mut self) {
        self.shut_down();
    }
}

impl fmt::Debug for RunningCentre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RunningCentre({})", self.addr)
    }
}

/// What a centre that is up gives to whoever started it.
struct Up {
    addr: SocketAddr,
    metrics: Option<SocketAddr>,
    routes: Vec<Route>,
    store: Store,
    runtime: tokio::runtime::Handle,
}

type Started = Result<Up, CentreError>;

/// Figures go to this machine alone, or to where the operator says that only operators are.
async fn listen_for_metrics(
    options: &CentreOptions,
) -> Result<Option<tokio::net::TcpListener>, CentreError> {
    let Some(address) = options.metrics else {
        return Ok(None);
    };
    let listener = tokio::net::TcpListener::bind(address).await;
    listener.map(Some).map_err(|e| in_use_or(address, e))
}

fn measuring(
    listener: tokio::net::TcpListener,
    store: Store,
    requests: Requests,
) -> (Option<SocketAddr>, tokio::task::JoinHandle<()>) {
    let addr = listener.local_addr().ok();
    let router = metrics::router(store, requests);
    let serving = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the figures' listener ended");
        }
    });
    (addr, serving)
}

fn run(options: CentreOptions, ready: &mpsc::SyncSender<Started>, stop: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("centre-worker")
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(e) => {
            let _ = ready.send(Err(CentreError::file("no runtime", e)));
            return;
        }
    };
    runtime.block_on(serve(options, ready, stop));
    // Tasks hold the store, and the store holds the cluster: they end before this thread does.
    runtime.shutdown_timeout(GRACE);
}

async fn serve(
    options: CentreOptions,
    ready: &mpsc::SyncSender<Started>,
    stop: oneshot::Receiver<()>,
) {
    let prepared = match prepare(&options).await {
        Ok(prepared) => listen_for_metrics(&options).await.map(|m| (prepared, m)),
        Err(error) => Err(error),
    };
    let ((server, handle, addr, store, probes), metrics) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    let locks = Locks::default();
    let workers = workers(&store, &locks, &probes, &options);
    let requests = Requests::default();
    let (routes, router) = http::router(store.clone(), locks, requests.clone());
    let serving = tokio::spawn(server.serve(router.into_make_service()));
    let measured = metrics.map(|listener| measuring(listener, store.clone(), requests));
    let _ = ready.send(Ok(Up {
        addr,
        metrics: measured.as_ref().and_then(|(addr, _)| *addr),
        routes,
        store: store.clone(),
        runtime: tokio::runtime::Handle::current(),
    }));
    tracing::info!(%addr, "centre is up");
    let _ = stop.await;
    handle.graceful_shutdown(Some(GRACE));
    let _ = serving.await;
    for worker in workers.into_iter().chain(measured.map(|(_, task)| task)) {
        worker.abort();
        let _ = worker.await;
    }
    store.close();
    tracing::info!("centre is down");
}

fn workers(
    store: &Store,
    locks: &Locks,
    probes: &Probes,
    options: &CentreOptions,
) -> Vec<tokio::task::JoinHandle<()>> {
    let (how, locks) = (options.ingest, locks.clone());
    let (waking, tidying, rotating) = (store.clone(), store.clone(), store.clone());
    let (joining, of_old) = (store.clone(), probes.clone());
    let (remaking, networks) = (store.clone(), probes.clone());
    let matcher = Arc::new(dedup::Matcher {
        store: store.clone(),
        probes: probes.clone(),
        engine: options.engine.clone(),
    });
    let ingesting = (0..how.workers).map(|_| {
        let (store, portraits) = (store.clone(), probes.today().clone());
        come_back(&store.clone(), "ingest", move || {
            ingest::work(store.clone(), portraits.clone(), how.deadline)
        })
    });
    let others = [
        come_back(store, "waking", move || ingest::keep_awake(waking.clone())),
        come_back(store, "de-duplication", move || {
            dedup::work(matcher.clone())
        }),
        come_back(store, "references", move || {
            remake(remaking.clone(), networks.clone())
        }),
        come_back(store, "joining records", move || {
            registry::join_records(joining.clone(), of_old.clone())
        }),
        come_back(store, "tidying", move || {
            tidy(tidying.clone(), locks.clone())
        }),
        come_back(store, "keys", move || follow_keys(rotating.clone())),
    ];
    ingesting.chain(others).collect()
}

fn come_back<F>(
    store: &Store,
    name: &'static str,
    task: impl Fn() -> F + Send + Sync + 'static,
) -> tokio::task::JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let restarts = store.restarts().clone();
    tokio::spawn(supervise(name, restarts, REST, task))
}

/// Finishes what a crash left, then forgets expired uploads from time to time.
async fn tidy(store: Store, locks: Locks) {
    loop {
        let done = match upload::complete_left_over(&store, &locks).await {
            Ok(()) => upload::expire(&store, &locks).await,
            failed => failed,
        };
        if let Err(error) = done {
            tracing::error!(%error, "uploads could not be tidied");
        }
        if let Err(error) = reviews::tidy(&store).await {
            tracing::error!(%error, "reviews could not be tidied");
        }
        tokio::time::sleep(TIDY_EVERY).await;
    }
}

/// How often a running centre looks whether its keys were rotated.
const KEYS_ROUND: Duration = Duration::from_secs(3);

async fn follow_keys(store: Store) {
    loop {
        tokio::time::sleep(KEYS_ROUND).await;
        if let Err(error) = store.refresh_keys().await {
            tracing::error!(%error, "the keys could not be read again");
        }
    }
}

/// Requests of one connection at a time.
const STREAMS_LIMIT: u32 = 32;

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

fn bind(address: SocketAddr) -> Result<TcpSocket, CentreError> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    };
    // Connections of a centre that ended a moment ago do not keep the port.
    let bound = socket.and_then(|socket| {
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(socket)
    });
    bound.map_err(|e| in_use_or(address, e))
}

fn in_use_or(address: SocketAddr, error: std::io::Error) -> CentreError {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => CentreError::PortInUse(address),
        _ => CentreError::Listen(address, error),
    }
}

type Server = axum_server::Server<SocketAddr, PeerAcceptor>;
type Prepared = (Server, Handle<SocketAddr>, SocketAddr, Store, Probes);

async fn prepare(options: &CentreOptions) -> Result<Prepared, CentreError> {
    // The port first: it is the quickest to fail. It is taken now and listened on once everything
    // else is ready, so that whoever can connect is answered.
    let socket = bind(options.listen)?;
    let cannot = |e| CentreError::Listen(options.listen, e);
    let addr = socket.local_addr().map_err(cannot)?;
    let (models, former) = (options.models.clone(), options.former_models.clone());
    let loading = move || {
        let load = |folder: &PathBuf| PortraitCheck::load(folder).map(Arc::new);
        let former = former
            .iter()
            .map(load)
            .collect::<Result<_, CentreError>>()?;
        Ok::<_, CentreError>(Probes::new(load(&models)?, former))
    };
    let probes = tokio::task::spawn_blocking(loading)
        .await
        .map_err(|_| CentreError::Ended("loading the face models"))??;
    if options.makes_keys {
        keys::make_where_none(&options.place.folder, options.clock.now())?;
    }
    let world = (options.clock.clone(), options.disk.clone());
    let store = Store::open(&options.place, &options.database, world).await?;
    if store.keys().current()?.not_after < store.clock().now() {
        return Err(CentreError::Keys("key certificate"));
    }
    ingest::again_at_start(&store).await?;
    let config = store.authority().server_config(addr, store.clock().now())?;
    let tls = RustlsAcceptor::new(RustlsConfig::from_config(Arc::new(config)));
    let handle = Handle::new();
    let listener = socket
        .listen(BACKLOG)
        .and_then(tokio::net::TcpListener::into_std)
        .map_err(|e| in_use_or(options.listen, e))?;
    let mut server = axum_server::from_tcp(listener)
        .map_err(cannot)?
        .acceptor(PeerAcceptor {
            tls,
            limits: Limits::of_system(),
        })
        .handle(handle.clone());
    // A peer that opens a connection and says nothing is let go, and one that has gone without a word is noticed.
    let timer = hyper_util::rt::TokioTimer::new();
    let mut http = server.http_builder().http1();
    http.timer(timer.clone())
        .header_read_timeout(Duration::from_secs(30));
    http.http2()
        .timer(timer)
        .keep_alive_interval(Duration::from_secs(40))
        .keep_alive_timeout(Duration::from_secs(20))
        .max_concurrent_streams(STREAMS_LIMIT);
    Ok((server, handle, addr, store, probes))
}
