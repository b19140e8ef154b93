//! The lens: shows whoever has sat down, at a cheap camera's rate.

use crate::studio::FRAME;
use capture::MemoryFeed;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The time between two frames.
const FRAME_TIME: Duration = Duration::from_millis(80);
/// The grey of an empty room.
const WALL: u8 = 150;

/// Shows the same frame until another person sits down.
pub struct Feeder {
    frame: Arc<Mutex<Arc<Vec<u8>>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Feeder {
    /// Starts to feed an empty room.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(feed: MemoryFeed) -> std::io::Result<Self> {
        let frame = Arc::new(Mutex::new(empty_room()));
        let ended = Arc::new(AtomicBool::new(false));
        let (shown, over) = (frame.clone(), ended.clone());
        let thread = std::thread::Builder::new()
            .name("feeder".to_owned())
            .spawn(move || {
                while !over.load(Ordering::SeqCst) {
                    let current = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    feed.push(FRAME.0, FRAME.1, current.to_vec());
                    std::thread::sleep(FRAME_TIME);
                }
            })?;
        Ok(Self {
            frame,
            ended,
            thread: Some(thread),
        })
    }

    /// Somebody sits down, or the chair is empty.
    pub fn show(&self, rgb: Option<Vec<u8>>) {
        let frame = rgb.map_or_else(empty_room, Arc::new);
        *self.frame.lock().unwrap_or_else(PoisonError::into_inner) = frame;
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn empty_room() -> Arc<Vec<u8>> {
    Arc::new(vec![WALL; FRAME.0 as usize * FRAME.1 as usize * 3])
}
