//! The peer of the window's bench: a form of egui's own widgets, in Latin letters, without a desk behind it.

use anyhow::{Result, anyhow};
use eframe::egui::{self, vec2};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// As many of each as the screen with an application's details has, or more.
const FIELDS: usize = 12;
const BUTTONS: usize = 8;
const LABELS: usize = 40;

/// What the peer took, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain {
    pub(super) first_frame: f64,
    pub(super) median: f64,
    pub(super) p99: f64,
}

/// Runs this program once more, as the peer.
pub(super) fn measured(scratch: &Path) -> Result<Plain> {
    let json = scratch.join("plain.json");
    let status = Command::new(std::env::current_exe()?)
        .args(["bench-ui", "--plain", "--json"])
        .arg(&json)
        .status()?;
    anyhow::ensure!(status.success(), "the peer ended with {status}");
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(&json)?)?;
    let of = |key: &str| {
        value[key]
            .as_f64()
            .ok_or_else(|| anyhow!("the peer gave no {key}"))
    };
    Ok(Plain {
        first_frame: of("first_frame")?,
        median: of("median")?,
        p99: of("p99")?,
    })
}

/// The peer itself: writes its times and ends.
pub(super) fn run(json: &Path, started: Instant) -> Result<()> {
    let times: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let first: Arc<Mutex<Option<Duration>>> = Arc::default();
    let form = Form {
        texts: vec!["Muhammad Ali".to_owned(); FIELDS],
        started,
        first: first.clone(),
        times: times.clone(),
    };
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size(vec2(1280.0, 720.0)),
        ..eframe::NativeOptions::default()
    };
    let creator: eframe::AppCreator<'_> = Box::new(|cc| {
        cc.egui_ctx.set_fonts(fonts()?);
        Ok(Box::new(form))
    });
    eframe::run_native("plain", options, creator)
        .map_err(|e| anyhow!("the window could not be opened: {e}"))?;
    let mut times = times.lock().unwrap_or_else(PoisonError::into_inner).clone();
    times.sort_unstable();
    let first = first
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .unwrap_or_default();
    let value = json!({
        "first_frame": first.as_secs_f64() * 1000.0,
        "median": super::quantile(&times, 0.5),
        "p99": super::quantile(&times, 0.99),
    });
    std::fs::write(json, value.to_string())?;
    Ok(())
}

/// The same Latin font that our screens use.
fn fonts() -> Result<egui::FontDefinitions> {
    let file = crate::models::beside_program("fonts").join("NotoSans-Regular.ttf");
    let font = egui::FontData::from_owned(std::fs::read(file)?);
    let name = "sans".to_owned();
    let families = [egui::FontFamily::Proportional, egui::FontFamily::Monospace];
    Ok(egui::FontDefinitions {
        font_data: [(name.clone(), Arc::new(font))].into(),
        families: families.map(|family| (family, vec![name.clone()])).into(),
    })
}

struct Form {
    texts: Vec<String>,
    started: Instant,
    first: Arc<Mutex<Option<Duration>>>,
    times: Arc<Mutex<Vec<Duration>>>,
}

impl eframe::App for Form {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let begun = Instant::now();
        egui::Grid::new("form").show(ui, |ui| {
            for (at, text) in self.texts.iter_mut().enumerate() {
                ui.label(format!("Field {at}"));
                ui.text_edit_singleline(text);
                ui.end_row();
            }
        });
        ui.horizontal(|ui| {
            for at in 0..BUTTONS {
                let _ = ui.button(format!("Button {at}"));
            }
        });
        for at in 0..LABELS {
            ui.label(format!("A line of text, as long as most, number {at}"));
        }
        // The first frame is drawn when the second begins.
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() == 1 {
            *self.first.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(self.started.elapsed());
        }
        times.push(begun.elapsed());
        if times.len() > super::FRAMES {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
        ui.ctx().request_repaint();
    }
}
