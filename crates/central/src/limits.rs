//! How many connections this process bears, and for how long: strangers take neither the sockets of stations nor the process's descriptors.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// How long a connection without a certificate lives: an activation takes a second.
const STRANGER_LIFE: Duration = Duration::from_mins(1);
/// How long a station's connection may carry nothing: longer than a long-poll, and than the silence of an upload.
const STATION_IDLE: Duration = Duration::from_mins(2);
/// Descriptors for everything beside connections: database, packets, libraries.
const RESERVED_DESCRIPTORS: usize = 128;
/// The most that is used of the system's limit; a machine with more has other limits first.
const DESCRIPTORS_LIMIT: usize = 16_384;
/// One of so many refused connections is logged.
const LOGGED_EACH: u64 = 100;

/// The places of a centre; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Limits(Arc<Places>);

#[derive(Debug)]
struct Places {
    strangers: Arc<Semaphore>,
    stations: Arc<Semaphore>,
    by_address: Mutex<HashMap<IpAddr, usize>>,
    address_limit: usize,
    times: Times,
    refused: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
struct Times {
    stranger_life: Duration,
    station_idle: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            stranger_life: STRANGER_LIFE,
            station_idle: STATION_IDLE,
        }
    }
}

/// A stranger's place, until its connection ends or shows a certificate.
#[derive(Debug)]
pub(crate) struct Stranger {
    _place: OwnedSemaphorePermit,
    address: IpAddr,
    places: Arc<Places>,
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut held = self
            .places
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

/// What a connection holds while it lasts.
#[derive(Debug)]
enum Place {
    Stranger { _held: Stranger },
    Station { _held: OwnedSemaphorePermit },
}

impl Limits {
    /// As many as the system's limit of descriptors allows: a quarter of it for strangers, and for each station one more for its upload.
    pub(crate) fn of_system() -> Self {
        let usable = descriptors()
            .min(DESCRIPTORS_LIMIT)
            .saturating_sub(RESERVED_DESCRIPTORS)
            .max(32);
        Self::new(usable / 4, usable * 3 / 8, Times::default())
    }

    fn new(strangers: usize, stations: usize, times: Times) -> Self {
        Self(Arc::new(Places {
            strangers: Arc::new(Semaphore::new(strangers)),
            stations: Arc::new(Semaphore::new(stations)),
            by_address: Mutex::default(),
            // One address leaves room for the others; many stations may be behind it.
            address_limit: strangers / 2,
            times,
            refused: AtomicU64::new(0),
        }))
    }

    /// A place for a connection of which nothing is known yet.
    pub(crate) fn admit(&self, address: IpAddr) -> io::Result<Stranger> {
        let place = self.0.strangers.clone().try_acquire_owned();
        let place = place.map_err(|_| self.full("strangers"))?;
        let mut held = self
            .0
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_insert(0);
        if *count >= self.0.address_limit {
            return Err(self.full("one address"));
        }
        *count += 1;
        Ok(Stranger {
            _place: place,
            address,
            places: self.0.clone(),
        })
    }

    /// Guards a connection: a station's where it has shown a certificate.
    pub(crate) fn guard<S>(
        &self,
        stream: S,
        stranger: Stranger,
        is_station: bool,
    ) -> io::Result<Guarded<S>> {
        let times = self.0.times;
        let (place, life, idle) = if is_station {
            let held = self.0.stations.clone().try_acquire_owned();
            let held = held.map_err(|_| self.full("stations"))?;
            (
                Place::Station { _held: held },
                times.station_idle,
                Some(times.station_idle),
            )
        } else {
            (
                Place::Stranger { _held: stranger },
                times.stranger_life,
                None,
            )
        };
        Ok(Guarded {
            stream,
            end: Box::pin(tokio::time::sleep(life)),
            idle,
            _place: place,
        })
    }

    fn full(&self, whose: &'static str) -> io::Error {
        let refused = self.0.refused.fetch_add(1, Ordering::Relaxed);
        if refused.is_multiple_of(LOGGED_EACH) {
            tracing::warn!(whose, refused, "a connection was refused: no place is free");
        }
        io::Error::new(io::ErrorKind::ConnectionRefused, "no place is free")
    }
}

/// The system's limit of descriptors for this process; a cautious one where it does not say.
fn descriptors() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    line.and_then(|line| line.split_whitespace().nth(3)?.parse().ok())
        .unwrap_or(256)
}

/// A connection that ends by itself: a stranger's after a while, a station's when it carries nothing.
#[derive(Debug)]
pub(crate) struct Guarded<S> {
    stream: S,
    end: Pin<Box<Sleep>>,
    idle: Option<Duration>,
    _place: Place,
}

impl<S> Guarded<S> {
    fn in_time(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.end.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }

    fn carried(&mut self, bytes: usize) {
        if let Some(idle) = self.idle.filter(|_| bytes > 0) {
            self.end.as_mut().reset(Instant::now() + idle);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.in_time(context)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.carried(buffer.filled().len() - before);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.in_time(context)?;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &written {
            self.carried(*count);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.in_time(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[tokio::test]
    async fn strangers_take_no_place_of_a_station_and_one_address_not_all() {
        let limits = Limits::new(4, 2, Times::default());
        let held: Vec<_> = (0..2).map(|_| limits.admit(address(1)).unwrap()).collect();
        assert!(limits.admit(address(1)).is_err(), "one address has half");
        let (other, station) = (
            limits.admit(address(2)).unwrap(),
            limits.admit(address(2)).unwrap(),
        );
        assert!(limits.admit(address(3)).is_err(), "all are taken");
        // One of them shows a certificate: it no longer counts among the strangers.
        let station = limits.guard(tokio::io::empty(), station, true).unwrap();
        let stranger = limits.admit(address(3)).unwrap();
        drop((held, other, stranger));
        assert_eq!(limits.0.strangers.available_permits(), 4);
        assert_eq!(limits.0.stations.available_permits(), 1);
        assert!(limits.0.by_address.lock().unwrap().is_empty());
        drop(station);
    }

    #[tokio::test]
    async fn a_connection_ends_by_itself() {
        let times = Times {
            stranger_life: Duration::ZERO,
            station_idle: Duration::ZERO,
        };
        let limits = Limits::new(4, 2, times);
        for is_station in [false, true] {
            let place = limits.admit(address(1)).unwrap();
            let (_far, near) = tokio::io::duplex(64);
            let mut near = limits.guard(near, place, is_station).unwrap();
            // Nothing ever comes.
            let read = near.read_u8().await.unwrap_err();
            assert_eq!(read.kind(), io::ErrorKind::TimedOut);
            assert!(near.write_u8(1).await.is_err());
        }
    }

    #[tokio::test]
    async fn a_station_that_speaks_stays_and_a_stranger_does_not() {
        let limits = Limits::new(4, 2, Times::default());
        for is_station in [false, true] {
            let place = limits.admit(address(1)).unwrap();
            let (mut far, near) = tokio::io::duplex(64);
            let mut near = limits.guard(near, place, is_station).unwrap();
            let first = near.end.deadline();
            far.write_u8(1).await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
            near.read_u8().await.unwrap();
            assert_eq!(near.end.deadline() > first, is_station);
            let second = near.end.deadline();
            tokio::time::sleep(Duration::from_millis(2)).await;
            near.write_u8(1).await.unwrap();
            assert_eq!(near.end.deadline() > second, is_station);
        }
    }
}
