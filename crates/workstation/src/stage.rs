//! The window driven by a script instead of a person: for the pictures of the screens and the bench.
//!
//! The script runs on a thread of its own and waits; the window draws and never waits.

use crate::Window;
use anyhow::{Context as _, Result, anyhow};
use eframe::egui::{self, ColorImage, ViewportCommand};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Frames after an act until everything on the screen has settled: sizes known from the frame before, textures uploaded.
const SETTLE: u32 = 4;
/// A screen that does not answer within this is broken.
const PATIENCE: Duration = Duration::from_secs(30);

type Act = Box<dyn FnOnce(&mut Window) + Send>;

enum Request {
    Act(Act, SyncSender<()>),
    Shot(SyncSender<Arc<ColorImage>>),
    Time(usize, SyncSender<Vec<Duration>>),
}

/// The script's end.
pub struct Stage {
    requests: SyncSender<Request>,
    ctx: egui::Context,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stage(..)")
    }
}

impl Stage {
    /// Does something to the window, and waits until it is drawn.
    ///
    /// # Errors
    /// When the window is gone.
    pub fn act(&self, act: impl FnOnce(&mut Window) + Send + 'static) -> Result<()> {
        let (done, wait) = sync_channel(1);
        self.ask(Request::Act(Box::new(act), done))?;
        wait.recv_timeout(PATIENCE)
            .context("the window did not draw")
    }

    /// The window as it is drawn now.
    ///
    /// # Errors
    /// When the window is gone.
    pub fn shot(&self) -> Result<Arc<ColorImage>> {
        let (done, wait) = sync_channel(1);
        self.ask(Request::Shot(done))?;
        wait.recv_timeout(PATIENCE)
            .context("the window gave no picture")
    }

    /// How long the window worked on each of so many frames, drawn one after the other.
    ///
    /// # Errors
    /// When the window is gone.
    pub fn frame_times(&self, frames: usize) -> Result<Vec<Duration>> {
        let (done, wait) = sync_channel(1);
        self.ask(Request::Time(frames, done))?;
        wait.recv_timeout(PATIENCE)
            .context("the window did not draw")
    }

    fn ask(&self, request: Request) -> Result<()> {
        self.requests
            .send(request)
            .map_err(|_| anyhow!("the window is closed"))?;
        self.ctx.request_repaint();
        Ok(())
    }
}

struct Staged {
    window: Window,
    requests: Receiver<Request>,
    settling: Option<(u32, SyncSender<()>)>,
    timing: Option<(usize, Vec<Duration>, SyncSender<Vec<Duration>>)>,
}

impl eframe::App for Staged {
    /// The pointer of whoever watches is not part of the script.
    fn raw_input_hook(&mut self, _ctx: &egui::Context, input: &mut egui::RawInput) {
        input.events.retain(|e| {
            !matches!(
                e,
                egui::Event::PointerMoved(_)
                    | egui::Event::PointerButton { .. }
                    | egui::Event::MouseMoved(_)
            )
        });
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        match self.settling.take() {
            Some((0, done)) => {
                let _ = done.send(());
            }
            Some((frames, done)) => self.settling = Some((frames - 1, done)),
            None => match self.requests.try_recv() {
                Ok(Request::Act(act, done)) => {
                    act(&mut self.window);
                    self.settling = Some((SETTLE, done));
                }
                Ok(Request::Shot(done)) => ui.ctx().request_screenshot(move |image| {
                    let _ = done.send(image);
                }),
                Ok(Request::Time(frames, done)) => {
                    self.timing = Some((frames, Vec::with_capacity(frames), done));
                }
                Err(_) => {}
            },
        }
        let begun = Instant::now();
        self.window.frame_ui(ui);
        if let Some((frames, times, done)) = &mut self.timing {
            times.push(begun.elapsed());
            if times.len() == *frames {
                let _ = done.send(std::mem::take(times));
                self.timing = None;
            }
        }
        if self.settling.is_some() || self.timing.is_some() {
            ui.ctx().request_repaint();
        }
    }
}

/// Opens the window, plays the script and closes it.
///
/// # Errors
/// What made the window or the script fail.
pub fn play(
    size: egui::Vec2,
    make: impl FnOnce(&egui::Context) -> Result<Window> + 'static,
    script: impl FnOnce(&Stage) -> Result<()> + Send + 'static,
) -> Result<()> {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_inner_size(size)
            .with_title("Shanakht"),
        ..eframe::NativeOptions::default()
    };
    let (result, outcome) = sync_channel(1);
    let creator: eframe::AppCreator<'_> = Box::new(move |cc| {
        let window = make(&cc.egui_ctx)?;
        let (requests, inbox) = sync_channel(1);
        let stage = Stage {
            requests,
            ctx: cc.egui_ctx.clone(),
        };
        std::thread::Builder::new()
            .name("script".to_owned())
            .spawn(move || {
                let _ = result.send(script(&stage));
                stage.ctx.send_viewport_cmd(ViewportCommand::Close);
                stage.ctx.request_repaint();
            })?;
        Ok(Box::new(Staged {
            window,
            requests: inbox,
            settling: None,
            timing: None,
        }))
    });
    eframe::run_native("shanakht", options, creator)
        .map_err(|e| anyhow!("the window could not be opened: {e}"))?;
    outcome.recv().context("the script ended without a word")?
}
