//! A TCP proxy between station and centre whose cable can be pulled.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Connections that may be open at once.
const LIMIT: usize = 64;

/// How a link is slow; the same in both directions, each on its own.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// What it carries.
    pub bytes_a_second: u32,
    /// How long everything is under way.
    pub one_way: Duration,
}

/// What waits before a slow link, at most: as long as this to carry.
const WAITING: Duration = Duration::from_secs(1);
/// A piece that a slow link carries at once.
const PIECE: usize = 1400;

struct Shared {
    up: AtomicBool,
    /// Of connections that are made from now on.
    shape: Mutex<Option<Shape>>,
    /// Bytes from stations to the centre.
    sent: AtomicU64,
    ended: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

/// Forwards connections to the centre while its cable is in.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(centre: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            up: AtomicBool::new(true),
            shape: Mutex::new(None),
            sent: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            open: Mutex::new(Vec::new()),
        });
        let inside = shared.clone();
        let thread = std::thread::Builder::new()
            .name("proxy".to_owned())
            .spawn(move || accept(&listener, centre, &inside))?;
        Ok(Self {
            address,
            shared,
            thread: Some(thread),
        })
    }

    /// Where a station connects.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Pulls the cable: open connections break, new ones are closed at once.
    pub fn cut(&self) {
        self.shared.up.store(false, Ordering::SeqCst);
        self.break_open();
    }

    /// Breaks what is open; new connections are taken.
    pub fn reset(&self) {
        self.break_open();
    }

    /// Makes the link slow, or fast again; connections that are open break.
    pub fn shape(&self, shape: Option<Shape>) {
        *self
            .shared
            .shape
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = shape;
        self.break_open();
    }

    /// Bytes that went from stations towards the centre so far.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }

    /// Puts the cable back.
    pub fn mend(&self) {
        self.shared.up.store(true, Ordering::SeqCst);
    }

    fn break_open(&self) {
        for stream in self
            .shared
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.break_open();
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, centre: SocketAddr, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.ended.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if !shared.up.load(Ordering::SeqCst) {
            let _ = stream.shutdown(Shutdown::Both);
            continue;
        }
        let Ok(onward) = TcpStream::connect_timeout(&centre, Duration::from_secs(2)) else {
            continue;
        };
        let mut open = shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= LIMIT {
            open.retain(|s| s.take_error().is_ok() && s.peer_addr().is_ok());
        }
        let shape = *shared.shape.lock().unwrap_or_else(PoisonError::into_inner);
        for (from, to, up) in [(&stream, &onward, true), (&onward, &stream, false)] {
            let (Ok(from_copy), Ok(to_copy), Ok(kept)) =
                (from.try_clone(), to.try_clone(), from.try_clone())
            else {
                continue;
            };
            open.push(kept);
            let counted = up.then(|| shared.clone());
            std::thread::spawn(move || match shape {
                None => pump(from_copy, to_copy, counted.as_deref()),
                Some(shape) => pump_slowly(from_copy, to_copy, counted.as_deref(), shape),
            });
        }
    }
}

fn count(shared: Option<&Shared>, bytes: usize) {
    if let Some(shared) = shared {
        shared.sent.fetch_add(bytes as u64, Ordering::SeqCst);
    }
}

/// Every piece goes when the link is free, and arrives as much later as the link is long.
fn pump_slowly(mut from: TcpStream, mut to: TcpStream, shared: Option<&Shared>, shape: Shape) {
    let (tell, pieces) = std::sync::mpsc::channel::<(Instant, Vec<u8>)>();
    let arriving = std::thread::spawn(move || {
        for (due, piece) in pieces {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&piece).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
    let mut buffer = [0_u8; PIECE];
    let mut free = Instant::now();
    while let Ok(n) = from.read(&mut buffer) {
        if n == 0 {
            break;
        }
        count(shared, n);
        let carried = Duration::from_secs_f64(n as f64 / f64::from(shape.bytes_a_second));
        free = free.max(Instant::now()) + carried;
        let piece = buffer.get(..n).unwrap_or_default().to_vec();
        if tell.send((free + shape.one_way, piece)).is_err() {
            break;
        }
        let ahead = free.saturating_duration_since(Instant::now());
        std::thread::sleep(ahead.saturating_sub(WAITING));
    }
    let _ = from.shutdown(Shutdown::Read);
    drop(tell);
    let _ = arriving.join();
}

fn pump(mut from: TcpStream, mut to: TcpStream, shared: Option<&Shared>) {
    let mut buffer = [0_u8; 16 << 10];
    while let Ok(n) = from.read(&mut buffer) {
        count(shared, n);
        if n == 0 || to.write_all(buffer.get(..n).unwrap_or_default()).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
