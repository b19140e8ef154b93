//! How much of a slow link an upload uses, against `curl` through the same proxy: 64 kbit/s, 300 ms there and back.

use crate::centre::Centre;
use crate::counter::Counter;
use crate::day::SITTERS;
use crate::people::People;
use crate::proxy::{Proxy, Shape};
use crate::studio::Studio;
use crate::thread_bench::{SITTING, enrol_unsent};
use anyhow::{Context, ensure};
use desk::{Command, OutboxAct};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// 64 kbit/s, 300 ms there and back.
const SLOW: Shape = Shape {
    bytes_a_second: 8_000,
    one_way: Duration::from_millis(150),
};
/// How often the link breaks in the second part.
const RESET_EVERY: Duration = Duration::from_secs(20);
/// How long one upload may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// A server over TLS that reads what is put there, and nothing else.
const SINK: &str = "
import http.server, ssl, sys
class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_PUT(self):
        left = int(self.headers['Content-Length'])
        if self.headers.get('Expect') == '100-continue':
            self.send_response_only(100); self.end_headers()
        while left > 0:
            left -= len(self.rfile.read(min(left, 65536)))
        self.send_response(200); self.send_header('Content-Length', '0'); self.end_headers()
    def handle_expect_100(self):
        return True
    def log_message(self, *a):
        pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Sink)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
";

/// One upload: bytes of the packet, what went up the link, and how long it took to the receipt.
struct Upload {
    length: u64,
    sent: u64,
    time: Duration,
    resets: u32,
}

/// Uploads two packets, one over a link that holds and one over a link that breaks, and the same bytes by `curl`.
///
/// # Errors
/// When a part does not start or an act does not come to its end.
pub fn bench_link(data: &Path, assets: &Path, say: &dyn Fn(&str)) -> anyhow::Result<Vec<Value>> {
    let studio = Studio::open(&assets.join("pictures"), &SITTERS)?;
    let centre = Centre::open(&data.join("centre"), None, 0, say)?;
    let code = centre.add_station()?;
    let counter = Counter::open(&data.join("station"), assets)?;
    counter.activate(centre.url(), &code)?;
    counter.sit_down(Some(studio.frame(&SITTERS[0], SITTING).context("a frame")?));
    let mut people = People::new(1);
    let mut uploads = Vec::new();
    for every in [None, Some(RESET_EVERY)] {
        counter.send(Command::Outbox(OutboxAct::Pause(true)))?;
        enrol_unsent(&counter, &mut people)?;
        say("a packet waits for the slow link");
        uploads.push(upload(&counter, &centre.proxy, every)?);
    }
    let length = uploads[0].length;
    say("the same number of bytes by curl");
    let by_curl = curl(&data.join("peer"), length)?;
    Ok(rows(&uploads, length as f64 / by_curl.as_secs_f64()))
}

/// From the moment at which the link is opened to the receipt.
fn upload(counter: &Counter, link: &Proxy, every: Option<Duration>) -> anyhow::Result<Upload> {
    let state = counter.wait("the paused outbox", |s| {
        s.link.paused && s.queue.rows.len() == 1
    })?;
    let (length, settled) = (state.queue.rows[0].length, state.queue.settled);
    link.shape(Some(SLOW));
    let before = link.sent();
    let begun = Instant::now();
    let over = AtomicBool::new(false);
    let (done, resets) = std::thread::scope(|scope| {
        let breaking = scope.spawn(|| every.map_or(0, |every| reset(link, every, &over)));
        let sent = counter.send(Command::Outbox(OutboxAct::Pause(false)));
        let done = sent.and_then(|()| {
            counter.wait_long("the receipt", PATIENCE, |s| s.queue.settled > settled)
        });
        let time = begun.elapsed();
        over.store(true, Ordering::SeqCst);
        let resets = breaking.join().unwrap_or_default();
        (done.map(|_| time), resets)
    });
    let upload = Upload {
        length,
        sent: link.sent() - before,
        time: done?,
        resets,
    };
    link.shape(None);
    Ok(upload)
}

/// Breaks what is open, again and again; gives how often.
fn reset(link: &Proxy, every: Duration, over: &AtomicBool) -> u32 {
    let (mut resets, mut next) = (0, Instant::now() + every);
    while !over.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(50));
        if Instant::now() >= next {
            link.reset();
            resets += 1;
            next += every;
        }
    }
    resets
}

struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How long `curl` takes for as many bytes through the same kind of link, with a TLS connection of its own.
fn curl(folder: &Path, length: u64) -> anyhow::Result<Duration> {
    std::fs::create_dir_all(folder)?;
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    let made = std::process::Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ])
        .args(["-nodes", "-days", "1", "-subj", "/CN=localhost", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stderr(Stdio::null())
        .status();
    ensure!(
        made.context("openssl")?.success(),
        "openssl made no certificate"
    );
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let sink = std::process::Command::new("python3")
        .args(["-c", SINK, &port.to_string()])
        .args([&certificate, &key])
        .spawn();
    let _sink = Stopped(sink.context("python3")?);
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let end = Instant::now() + Duration::from_secs(20);
    while std::net::TcpStream::connect(address).is_err() {
        ensure!(Instant::now() < end, "the peer's server did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    let link = Proxy::start(address)?;
    link.shape(Some(SLOW));
    let file = folder.join("packet");
    let noise: Vec<u8> = (0..length).map(|_| rand::random()).collect();
    std::fs::write(&file, noise)?;
    let begun = Instant::now();
    let put = std::process::Command::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--fail",
            "--insecure",
            "--upload-file",
        ])
        .arg(&file)
        .arg(format!(
            "https://127.0.0.1:{}/packet",
            link.address().port()
        ))
        .status();
    ensure!(put.context("curl")?.success(), "curl did not upload");
    Ok(begun.elapsed())
}

fn rows(uploads: &[Upload], by_curl: f64) -> Vec<Value> {
    let mut rows = Vec::new();
    for upload in uploads {
        let speed = upload.length as f64 / upload.time.as_secs_f64();
        let name = if upload.resets == 0 {
            "upload through 64 kbit/s and 300 ms, to the receipt".to_owned()
        } else {
            format!("the same with {} resets, one every 20 s", upload.resets)
        };
        rows.push(json!({ "name": name, "value": speed, "unit": "bytes/s", "peer": "curl, the same number of bytes, no reset", "peer_value": by_curl, "ratio": speed / by_curl, "samples": 1 }));
        let more = upload.sent.saturating_sub(upload.length) as f64;
        rows.push(json!({ "name": format!("{name}: bytes up the link, over the packet's"), "value": upload.sent as f64, "unit": "bytes", "peer": "the packet", "peer_value": upload.length, "ratio": upload.sent as f64 / upload.length as f64, "samples": 1 }));
        if upload.resets > 0 {
            rows.push(json!({ "name": format!("{name}: bytes more, a reset"), "value": more / f64::from(upload.resets), "unit": "bytes", "peer": null, "peer_value": null, "ratio": null, "samples": upload.resets }));
        }
    }
    rows
}
