//! A TCP relay that cuts the first connection that carries much: a cable that is pulled in the
//! middle of an upload.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Default)]
struct Counts {
    cuts: AtomicUsize,
    bytes: AtomicUsize,
}

/// The relay; its threads end with the test program.
pub struct Scissors {
    addr: SocketAddr,
    counts: Arc<Counts>,
}

impl Scissors {
    /// Relays to `centre`, and cuts once, after so many bytes of one connection.
    pub fn start(centre: SocketAddr, after: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let counts = Arc::<Counts>::default();
        let shared = counts.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, counts) = (TcpStream::connect(centre).unwrap(), shared.clone());
                let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
                std::thread::spawn(move || relay(client, server, after, &counts));
            }
        });
        Self { addr, counts }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn cuts(&self) -> usize {
        self.counts.cuts.load(Ordering::SeqCst)
    }

    pub fn bytes_to_centre(&self) -> usize {
        self.counts.bytes.load(Ordering::SeqCst)
    }
}

fn relay(mut client: TcpStream, mut server: TcpStream, after: usize, counts: &Counts) {
    let (mut passed, mut buffer) = (0, [0; 4096]);
    while let Ok(read @ 1..) = client.read(&mut buffer) {
        passed += read;
        if passed > after && counts.cuts.swap(1, Ordering::SeqCst) == 0 {
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
            return;
        }
        if server.write_all(&buffer[..read]).is_err() {
            return;
        }
        counts.bytes.fetch_add(read, Ordering::SeqCst);
    }
    let _ = server.shutdown(Shutdown::Write);
}
