//! A TCP relay that can be pointed at another server, or at nobody.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Inside {
    target: Option<SocketAddr>,
    open: Vec<TcpStream>,
}

/// The relay; its threads end with the test program.
pub struct Relay {
    addr: SocketAddr,
    inside: Arc<Mutex<Inside>>,
}

impl Relay {
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let inside = Arc::new(Mutex::new(Inside {
            target: Some(target),
            open: Vec::new(),
        }));
        let shared = inside.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let mut inside = shared.lock().unwrap();
                let Some(target) = inside.target else {
                    continue;
                };
                let server = TcpStream::connect(target).unwrap();
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    inside.open.push(from.try_clone().unwrap());
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        Self { addr, inside }
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.addr)
    }

    /// Breaks what is open; new connections go to `target`, or are closed at once.
    pub fn point_at(&self, target: Option<SocketAddr>) {
        let mut inside = self.inside.lock().unwrap();
        inside.target = target;
        for stream in inside.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
