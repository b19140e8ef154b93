//! The workstation: its window, and the commands that auditors, IT staff and developers need without it.

use anyhow::{Context, Result, anyhow};
use capture::{CameraOptions, SourceSpec};
use clap::{Parser, Subcommand};
use desk::{Clock, Command, Desk, DeskOptions, Lang, StationAct, SystemClock};
use eframe::egui;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use workstation::{Look, Window, audit, bench_ui, camera, models, packet, screenshots, store};

/// Registers people by face, with or without a network.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    act: Option<Act>,
    #[command(flatten)]
    window: WindowArguments,
}

#[derive(clap::Args)]
struct WindowArguments {
    /// The folder of the station's store and keys.
    #[arg(long, default_value = "/var/lib/shanakht")]
    data: PathBuf,
    /// The screens' language at the start: en or ur.
    #[arg(long, default_value = "en", value_parser = lang)]
    lang: Lang,
    /// The look: system, light, dark, contrast-light, contrast-dark.
    #[arg(long, default_value = "system", value_parser = look)]
    look: Look,
    /// Activates the station at this centre, with --code.
    #[arg(long, requires = "code")]
    activate: Option<String>,
    /// The one-time code.
    #[arg(long, requires = "activate")]
    code: Option<String>,
    /// The folder of the networks.
    #[arg(long)]
    models: Option<PathBuf>,
    /// A folder of pictures instead of a camera; named as replayed in every manifest.
    #[arg(long)]
    replay: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Act {
    /// Every screen in both languages, light and dark, as PNG, with invented people.
    Screenshots {
        /// Where the pictures go.
        folder: PathBuf,
        /// The folder of the networks.
        #[arg(long)]
        models: Option<PathBuf>,
        /// The folder of the demonstration's pictures.
        #[arg(long)]
        pictures: Option<PathBuf>,
    },
    /// The audit log.
    #[command(subcommand)]
    Audit(Audit),
    /// Sealed packets.
    #[command(subcommand)]
    Packet(Packet),
    /// The station's store, while its window is closed.
    #[command(subcommand)]
    Store(StoreAct),
    /// A look at a camera, without a window.
    Camera {
        /// A number, a node such as /dev/video0, or any.
        #[arg(long, default_value = "any", conflicts_with = "replay")]
        device: String,
        /// A folder of pictures instead of a camera.
        #[arg(long)]
        replay: Option<PathBuf>,
        /// For how long.
        #[arg(long, default_value_t = 5.0)]
        seconds: f64,
        /// Where the report goes.
        #[arg(long)]
        json: PathBuf,
        /// The folder of the networks.
        #[arg(long)]
        models: Option<PathBuf>,
    },
    /// Work of a frame and time to sign-in.
    BenchUi {
        /// Where the rows go.
        #[arg(long)]
        json: PathBuf,
        /// The folder of the networks.
        #[arg(long)]
        models: Option<PathBuf>,
        /// The folder of pictures that the camera shows.
        #[arg(long)]
        pictures: Option<PathBuf>,
        /// Measures the peer instead: egui's own widgets.
        #[arg(long, hide = true)]
        plain: bool,
    },
}

#[derive(Subcommand)]
enum Audit {
    /// Computes the chain again.
    Verify {
        /// The folder of the station's store.
        #[arg(long)]
        data: PathBuf,
    },
    /// Writes every act as a line of JSON.
    Export {
        /// The folder of the station's store.
        #[arg(long)]
        data: PathBuf,
    },
}

#[derive(Subcommand)]
enum StoreAct {
    /// Reads what is readable of a damaged store into a new one; the old file is kept.
    Rescue {
        /// The folder of the station's store.
        #[arg(long)]
        data: PathBuf,
    },
    /// Writes every whole envelope with its documents into a folder: of a dead PC's disk, too.
    Salvage {
        /// The folder of the station's store.
        #[arg(long)]
        data: PathBuf,
        /// Where the envelopes go.
        folder: PathBuf,
    },
    /// Takes drafts and review copies back that `shanakht-centre recover` sealed to a colleague.
    TakeBack {
        /// The folder of the station's store.
        #[arg(long)]
        data: PathBuf,
        /// The folder `resealed`.
        folder: PathBuf,
        /// The colleague's staff number.
        #[arg(long)]
        to: String,
    },
    /// Puts the store back to the form of the first release, while nothing in it needs the new one.
    Downgrade {
        /// The folder of the station's store.
        #[arg(long)]
        data: PathBuf,
    },
}

#[derive(Subcommand)]
enum Packet {
    /// What a file says on its outside: manifest and header, never content.
    Inspect {
        /// An envelope, a manifest or a receipt.
        file: PathBuf,
    },
}

fn lang(code: &str) -> Result<Lang, String> {
    Lang::from_code(code).ok_or_else(|| "en or ur".to_owned())
}

fn look(name: &str) -> Result<Look, String> {
    Look::from_name(name)
        .ok_or_else(|| "system, light, dark, contrast-light or contrast-dark".to_owned())
}

fn main() -> Result<()> {
    let started = Instant::now();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .init();
    let arguments = Arguments::parse();
    let networks =
        |given: Option<PathBuf>| given.unwrap_or_else(|| models::beside_program("models"));
    let now = || SystemClock::default().now();
    match arguments.act {
        None => window(arguments.window),
        Some(Act::Screenshots {
            folder,
            models,
            pictures,
        }) => {
            let pictures = pictures.unwrap_or_else(|| models::beside_program("pictures"));
            screenshots::take(&folder, &networks(models), &pictures)
        }
        Some(Act::Audit(Audit::Verify { data })) => {
            audit::verify(&data, now(), &mut std::io::stdout())
        }
        Some(Act::Audit(Audit::Export { data })) => {
            audit::export(&data, now(), &mut std::io::stdout())
        }
        Some(Act::Packet(Packet::Inspect { file })) => {
            #[allow(clippy::print_stdout)]
            {
                println!("{:#}", packet::inspect(&file)?);
            }
            Ok(())
        }
        Some(Act::Store(act)) => {
            let out = &mut std::io::stdout();
            match act {
                StoreAct::Rescue { data } => store::rescue(&data, now(), out),
                StoreAct::Salvage { data, folder } => store::salvage(&data, &folder, out),
                StoreAct::TakeBack { data, folder, to } => {
                    let to = domain::StaffId::parse(&to)?;
                    store::take_back(&data, &folder, &to, now(), out)
                }
                StoreAct::Downgrade { data } => store::downgrade(&data, now(), out),
            }
        }
        Some(Act::Camera {
            device,
            replay,
            seconds,
            json,
            models,
        }) => {
            let source = replay.map_or_else(|| SourceSpec::camera(&device), SourceSpec::Pictures);
            let time = Duration::try_from_secs_f64(seconds).context("--seconds")?;
            camera::report(
                camera::Look {
                    source,
                    time,
                    models: networks(models),
                },
                &json,
            )
        }
        Some(Act::BenchUi {
            json,
            models,
            pictures,
            plain,
        }) => {
            if plain {
                return bench_ui::run_plain(&json, started);
            }
            let pictures = pictures.unwrap_or_else(|| models::beside_program("pictures"));
            bench_ui::run(&json, &networks(models), &pictures, started)
        }
    }
}

fn window(arguments: WindowArguments) -> Result<()> {
    let models = arguments
        .models
        .unwrap_or_else(|| models::beside_program("models"));
    let source = arguments
        .replay
        .map_or_else(|| SourceSpec::camera("any"), SourceSpec::Pictures);
    let activation = arguments.activate.zip(arguments.code);
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Shanakht")
            .with_app_id("shanakht")
            .with_inner_size([1280.0, 720.0])
            .with_min_inner_size([1024.0, 640.0]),
        ..eframe::NativeOptions::default()
    };
    let creator: eframe::AppCreator<'_> = Box::new(move |cc| {
        let ctx = cc.egui_ctx.clone();
        let desk = Desk::start(DeskOptions {
            data: arguments.data,
            models,
            source,
            camera: CameraOptions::default(),
            clock: Arc::new(SystemClock::default()),
            vfs: None,
            wake: Arc::new(move || ctx.request_repaint()),
        })?;
        if let Some((url, code)) = activation {
            let code = code.as_str().into();
            desk.send(Command::Station(StationAct::Activate { url, code }));
        }
        Ok(Box::new(Window::new(
            Arc::new(desk),
            arguments.lang,
            arguments.look,
        )?))
    });
    eframe::run_native("shanakht", options, creator)
        .map_err(|error| anyhow!("the window could not be opened: {error}"))
}
