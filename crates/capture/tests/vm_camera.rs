//! T16: what real programs meet on a real V4L2 driver. A small virtual machine boots a kernel with the `vivid` camera driver, plays the
//! scenes of `tests/tools/camera-scenes` to a program that watches the camera, and the program's reports are judged here.
//!
//! Runs when it is asked for, because it needs root, qemu and about five minutes:
//!
//! ```text
//! apt-get install qemu-system-x86 busybox-static cpio kmod v4l-utils ffmpeg
//! SHANAKHT_VM_CAMERA=tests/tools/vm-camera cargo test -p shanakht-capture --test vm_camera -- --ignored
//! ```
//!
//! `SHANAKHT_CAMERA_COMMAND` names another program to judge: `…/shanakht camera`. It is then also held to see the face.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const FACE: &str = "assets/pictures/obama.jpg";
const SECONDS: &str = "900";

#[test]
#[ignore = "needs root, qemu and five minutes; run by name with SHANAKHT_VM_CAMERA"]
fn a_real_driver_is_watched_through_every_scene() {
    let Some(machine) = std::env::var_os("SHANAKHT_VM_CAMERA") else {
        return;
    };
    let repository = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
    let machine = fs::canonicalize(repository.join(machine)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let program = program(out);
    fs::copy(
        repository.join("tests/tools/camera-scenes"),
        out.join("camera-scenes"),
    )
    .unwrap();
    raw_picture(&repository.join(FACE), &out.join("face.yuyv"));
    copy_files(
        &repository.join("assets/models"),
        &out.join("assets/models"),
    );
    let status = Command::new(machine)
        .current_dir("/")
        .args(["--seconds", SECONDS, "--out"])
        .arg(out)
        .args(["--", "bash", "/out/camera-scenes", "/out", "/out/face.yuyv"])
        .args(&program)
        .status()
        .unwrap();
    assert!(status.success(), "the machine: {status}");
    judge(out, std::env::var_os("SHANAKHT_CAMERA_COMMAND").is_some());
}

/// The program that watches, copied to where the machine can read it.
fn program(out: &Path) -> Vec<String> {
    let named = std::env::var("SHANAKHT_CAMERA_COMMAND").unwrap_or_else(|_| {
        let tests = std::env::current_exe().unwrap();
        let built = tests
            .parent()
            .unwrap()
            .parent()
            .unwrap()
            .join("examples/probe");
        built.to_str().unwrap().to_owned()
    });
    let mut words = named.split_whitespace();
    let path = PathBuf::from(words.next().unwrap());
    fs::copy(path, out.join("program")).unwrap();
    std::iter::once("/out/program".to_owned())
        .chain(words.map(str::to_owned))
        .collect()
}

/// The networks beside the program, where it looks for them.
fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

fn raw_picture(picture: &Path, raw: &Path) {
    let fit =
        "scale=1280:720:force_original_aspect_ratio=decrease,pad=1280:720:(ow-iw)/2:(oh-ih)/2";
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-i"])
        .arg(picture)
        .args([
            "-vf",
            fit,
            "-pix_fmt",
            "yuyv422",
            "-f",
            "rawvideo",
            "-frames:v",
            "1",
        ])
        .arg(raw)
        .status()
        .unwrap();
    assert!(status.success(), "ffmpeg");
}

/// One scene's report.
struct Scene {
    name: &'static str,
    report: Value,
}

impl Scene {
    fn read(out: &Path, name: &'static str) -> Scene {
        let text = fs::read_to_string(out.join(format!("{name}.json"))).unwrap_or_default();
        let said = fs::read_to_string(out.join(format!("{name}.log"))).unwrap_or_default();
        let report = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{name}: {error}; it said: {said}"));
        let scene = Scene { name, report };
        let oldest = scene
            .report
            .pointer("/age_when_given_ms/most")
            .and_then(Value::as_f64);
        assert!(
            oldest.unwrap_or_default() <= 500.0,
            "{name}: a frame of {oldest:?} ms was given as live"
        );
        scene
    }

    fn number(&self, key: &str) -> u64 {
        self.report[key]
            .as_u64()
            .unwrap_or_else(|| panic!("{}: no {key}", self.name))
    }

    fn statuses(&self) -> Vec<&str> {
        let changes = self.report["statuses"].as_array().unwrap();
        changes
            .iter()
            .map(|change| change["status"].as_str().unwrap())
            .collect()
    }

    /// The statuses contain these, in this order.
    fn went_through(&self, wanted: &[&str]) {
        let statuses = self.statuses();
        let mut rest = statuses.iter();
        let all = wanted.iter().all(|status| rest.any(|seen| seen == status));
        assert!(all, "{}: {wanted:?} is not in {statuses:?}", self.name);
    }

    /// Live at the end, at 720p, and back as often as it was away.
    fn ended_live(&self) {
        assert_eq!(
            self.statuses().last(),
            Some(&"camera-live"),
            "{}: {:?}",
            self.name,
            self.statuses()
        );
        assert_eq!(
            (self.number("width"), self.number("height")),
            (1280, 720),
            "{}",
            self.name
        );
        assert!(
            self.number("frames") > 5,
            "{}: {} frames",
            self.name,
            self.number("frames")
        );
    }

    fn recovered_from(&self, fault: &str) {
        self.went_through(&[fault, "camera-live"]);
        self.ended_live();
        assert!(
            self.number("recoveries") > 0 && self.number("errors") > 0,
            "{}",
            self.name
        );
    }
}

fn judge(out: &Path, has_faces: bool) {
    let scene = |name| Scene::read(out, name);
    scene("missing").went_through(&["camera-missing"]);

    let plain = scene("plain");
    plain.ended_live();
    let devices = plain.report["devices"].as_array().unwrap();
    assert_eq!(
        devices.len(),
        1,
        "output and metadata nodes are no cameras: {devices:?}"
    );
    assert_eq!(devices[0]["trust"], "virtual");

    let face = scene("face");
    face.went_through(&["camera-live"]);
    assert!(face.number("frames") > 5);
    if has_faces {
        assert_eq!(face.report["faces_counted"], true, "without its networks");
        assert!(face.number("faces") > 0, "the picture's face was not seen");
        assert_eq!(face.number("most_faces"), 1);
    }

    scene("cable").recovered_from("camera-unplugged");
    scene("late").recovered_from("camera-missing");
    scene("busy").recovered_from("camera-busy");
    scene("dropped").recovered_from("camera-no-frames");
    scene("hang").recovered_from("camera-no-frames");
    let damaged = scene("damaged");
    damaged.ended_live();
    assert!(
        damaged.number("errors") >= 5,
        "damaged buffers were taken as good"
    );
    let fatal = scene("fatal");
    fatal.ended_live();
    assert!(fatal.number("recoveries") > 0);
    scene("refused").ended_live();
    scene("clock").ended_live();
}
