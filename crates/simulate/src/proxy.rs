//! A TCP proxy between station and centre whose cable can be pulled.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Connections that may be open at once.
const LIMIT: usize = 64;

struct Shared {
    up: AtomicBool,
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
        for (from, to) in [(&stream, &onward), (&onward, &stream)] {
            let (Ok(from_copy), Ok(to_copy), Ok(kept)) =
                (from.try_clone(), to.try_clone(), from.try_clone())
            else {
                continue;
            };
            open.push(kept);
            std::thread::spawn(move || pump(from_copy, to_copy));
        }
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0_u8; 16 << 10];
    while let Ok(n) = from.read(&mut buffer) {
        if n == 0 || to.write_all(buffer.get(..n).unwrap_or_default()).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
