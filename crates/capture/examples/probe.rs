//! Looks at a camera, a folder of pictures or a clip and writes what it saw as JSON: the part of `shanakht camera` that needs no faces.
//!
//! `cargo run -p shanakht-capture --example probe -- [--device D | --pictures DIR | --clip FILE] [--seconds N] [--fps N]
//! [--json FILE] [--save FILE.png]`

use std::path::PathBuf;
use std::time::Duration;

use capture::{CameraOptions, Frame, ProbeOptions, SourceSpec, probe};
use opencv::core::{Mat, Vec3b, Vector};
use opencv::{imgcodecs, imgproc};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut options = ProbeOptions {
        source: SourceSpec::camera("any"),
        time: Duration::from_secs(5),
        camera: CameraOptions::default(),
    };
    let (mut json, mut save) = (None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--device" => options.source = SourceSpec::camera(&value),
            "--pictures" => options.source = SourceSpec::Pictures(value.into()),
            "--clip" => options.source = SourceSpec::Clip(value.into()),
            "--seconds" => options.time = Duration::from_secs_f64(value.parse()?),
            "--json" => json = Some(PathBuf::from(value)),
            "--fps" => options.camera.most_fps = value.parse()?,
            "--save" => save = Some(value),
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    let mut last: Option<Frame> = None;
    let report = probe(&options, |frame| {
        last = Some(frame.clone());
        0
    });
    let text = serde_json::to_string_pretty(&report)?;
    match json {
        Some(path) => std::fs::write(path, text)?,
        #[allow(clippy::print_stdout)]
        None => println!("{text}"),
    }
    if let (Some(path), Some(frame)) = (save, last) {
        let rgb = Mat::new_rows_cols_with_bytes::<Vec3b>(
            frame.height as i32,
            frame.width as i32,
            &frame.rgb,
        )?;
        let mut bgr = Mat::default();
        imgproc::cvt_color_def(&rgb, &mut bgr, imgproc::COLOR_RGB2BGR)?;
        imgcodecs::imwrite(&path, &bgr, &Vector::new())?;
    }
    Ok(())
}
