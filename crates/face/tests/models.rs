//! A manifest that does not say what its files are never loads under another's name, and one that does is all that an exchange takes.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use face::{Analyser, Decision, ModelError, Models, Picture, Template, compare};
use serde_json::{Value, json};

fn assets(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets")).join(name)
}

/// The shipped folder with another manifest.
fn folder(change: impl FnOnce(&mut Value)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(assets("models")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    let other = "other-layout.onnx";
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    std::fs::copy(data.join(other), folder.path().join(other)).unwrap();
    let manifest = folder.path().join("manifest.json");
    let mut value: Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(&manifest, value.to_string()).unwrap();
    folder
}

/// The same, with golden figures that vouch for the change, as somebody writes them who exchanges a network.
fn vouched(change: impl FnOnce(&mut Value)) -> tempfile::TempDir {
    let folder = folder(change);
    let models = Models::load(folder.path()).unwrap();
    let manifest = models.manifest_with_golden().unwrap();
    std::fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    folder
}

fn line<'m>(manifest: &'m mut Value, name: &str) -> &'m mut Value {
    let models = manifest["models"].as_array_mut().unwrap();
    models.iter_mut().find(|line| line["name"] == name).unwrap()
}

fn only_template(manifest: &mut Value, name: &str) {
    let models = manifest["models"].as_array_mut().unwrap();
    models.retain(|line| line["role"] != "template" || line["name"] == name);
    manifest["template"]["name"] = name.into();
    manifest["template"]["former"] = json!([]);
}

fn open(name: &str) -> Picture {
    Picture::decode(&std::fs::read(assets("pictures").join(name)).unwrap()).unwrap()
}

fn template(analyser: &mut Analyser, name: &str) -> Template {
    let picture = open(name);
    let landmarks = analyser.landmarks(&picture).unwrap();
    analyser.template(&picture, &landmarks).unwrap()
}

#[test]
fn another_normalisation_is_refused_and_where_it_is_vouched_for_has_an_identity_of_its_own() {
    let shipped = Analyser::new(&assets("models")).unwrap();
    for (key, figure) in [("subtract", 0.0), ("subtract", 127.5), ("divide", 127.5)] {
        let change = |manifest: &mut Value| {
            line(manifest, "fr_feature")["input"][key] = json!([figure, figure, figure]);
        };
        let refused = Analyser::new(folder(change).path()).unwrap_err();
        assert!(
            matches!(&refused, ModelError::OtherAnswer { name, .. } if name == "fr_feature"),
            "{key} {figure}: {refused}"
        );
        let other = Analyser::new(vouched(change).path()).unwrap();
        assert_ne!(other.template_model(), shipped.template_model());
    }
}

#[test]
fn another_order_of_colours_is_another_identity() {
    let shipped = Analyser::new(&assets("models")).unwrap();
    let other = vouched(|manifest| {
        line(manifest, "mobilefacenet")["input"]["colours"] = "bgr".into();
    });
    let other = Analyser::new(other.path()).unwrap();
    assert_ne!(other.template_model(), shipped.template_model());
}

#[test]
fn another_landmark_network_is_another_identity_and_another_eye_network_is_not() {
    let shipped = Analyser::new(&assets("models")).unwrap();
    let other = |name: &'static str, figure: f32| {
        let changed = vouched(|manifest| {
            line(manifest, name)["input"]["divide"] = json!([figure]);
        });
        let analyser = Analyser::new(changed.path()).unwrap();
        analyser.template_model().clone()
    };
    assert_ne!(&other("fr_landmark", 250.0), shipped.template_model());
    assert_eq!(&other("fr_eye", 250.0), shipped.template_model());
}

#[test]
fn another_output_length_is_refused_before_the_first_face() {
    let changed = folder(|manifest| {
        let pose = line(manifest, "fr_pose").clone();
        let template = line(manifest, "fr_feature");
        for key in ["file", "sha256", "input"] {
            template[key] = pose[key].clone();
        }
    });
    let refused = Analyser::new(changed.path()).unwrap_err();
    assert!(
        matches!(refused, ModelError::Unloadable { .. }),
        "{refused}"
    );
    let shorter = folder(|manifest| {
        line(manifest, "fr_eye")["outputs"][0]["length"] = 1.into();
    });
    let refused = Analyser::new(shorter.path()).unwrap_err();
    assert!(
        matches!(&refused, ModelError::Unloadable { file, .. } if file == "fr_eye.onnx"),
        "{refused}"
    );
}

#[test]
fn thresholds_outside_what_was_measured_are_refused() {
    for (key, figure) in [("match_from", 0.7), ("non_match_below", 0.2)] {
        let changed = folder(|manifest| {
            manifest["template"]["decisions"][key] = figure.into();
        });
        let refused = Analyser::new(changed.path()).unwrap_err();
        assert!(
            matches!(refused, ModelError::BadManifest { .. }),
            "{key}: {refused}"
        );
    }
    let shipped = Analyser::new(&assets("models")).unwrap();
    let templates = shipped.templates();
    let table = &templates.calibrations()[0];
    assert_eq!(table.model, templates.id().as_str());
    let threshold = f64::from(templates.decisions().match_from);
    assert!((table.threshold(1e-4).unwrap() - threshold).abs() < 1e-6);
}

#[test]
fn a_template_of_today_has_the_earlier_ones_figures_in_it() {
    let alone = vouched(|manifest| only_template(manifest, "fr_feature"));
    let mut alone = Analyser::new(alone.path()).unwrap();
    let mut both = Analyser::new(&assets("models")).unwrap();
    let former = both.templates().former()[0].clone();
    assert_eq!(former.id().as_str(), "fr_feature-0.0.1@87aacdfe");
    let burst = ["obama.jpg", "obama2.jpg"].map(|name| template(&mut both, name));
    let averaged = former.inside(&Template::average(&burst).unwrap()).unwrap();
    let inside = former.inside(&burst[0]).unwrap();
    let earlier = template(&mut alone, "obama.jpg");
    assert_eq!(inside.vector().len(), 512);
    let furthest = inside.vector().iter().zip(earlier.vector());
    let furthest = furthest.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(furthest < 1e-6, "{furthest}");
    let score = compare(&averaged, &inside).unwrap();
    assert_eq!(former.decisions().decide(score), Decision::Match);
    // Templates of two identities never compare, whatever their figures.
    assert!(compare(&inside, &burst[0]).is_err() && compare(&inside, &earlier).is_err());
}

/// Every role answers for real pictures as its users rely on.
fn every_role_answers(models: &Path, figures: usize) {
    let mut analyser = Analyser::new(models).unwrap();
    assert_eq!(analyser.templates().length(), figures);
    for name in ["biden.jpg", "obama.jpg", "obama2.jpg", "astronaut.png"] {
        let picture = open(name);
        let found = analyser.assess(&picture).unwrap();
        assert_eq!(found.faces.len(), 1, "{name}");
        assert!(found.eyes.least_open() > 0.9, "{name}");
        let live = analyser.passive_liveness(&picture, &found.landmarks);
        assert!((0.0..=1.0).contains(&live.unwrap()), "{name}");
        let portrait = analyser.portrait(&picture, &found.landmarks).unwrap();
        assert_eq!(portrait.picture.width() * 9, portrait.picture.height() * 7);
        match name {
            "biden.jpg" => assert!(found.pose.yaw_deg > 5.0, "{:?}", found.pose),
            "obama2.jpg" => assert!(found.pose.yaw_deg < -8.0, "{:?}", found.pose),
            _ => {}
        }
    }
    let decisions = analyser.templates().decisions().clone();
    let obama = template(&mut analyser, "obama.jpg");
    assert_eq!(obama.vector().len(), figures);
    assert_eq!(Template::from_bytes(&obama.to_bytes()).unwrap(), obama);
    let mut decide = |name| {
        let other = template(&mut analyser, name);
        decisions.decide(compare(&obama, &other).unwrap())
    };
    assert_eq!(decide("obama3.jpg"), Decision::Match);
    assert_eq!(decide("biden.jpg"), Decision::NonMatch);
    let mut gallery = face::gallery::Gallery::new(obama.model().as_str(), figures);
    gallery.insert(7, &obama).unwrap();
    assert_eq!(gallery.search(&obama, 1).unwrap()[0].id, 7);
}

#[test]
fn the_shipped_networks_answer_in_every_role() {
    every_role_answers(&assets("models"), 704);
}

/// Another number of networks for a template, another dimension, normalisation, size, order of colours, layout and batch: lines of a
/// manifest, no code.
#[test]
fn a_second_manifest_answers_in_every_role() {
    let alone = vouched(|manifest| only_template(manifest, "mobilefacenet"));
    every_role_answers(alone.path(), 192);
    let joined = vouched(|manifest| {
        let file = std::fs::read(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/other-layout.onnx"),
        );
        let sha256 = ring::digest::digest(&ring::digest::SHA256, &file.unwrap());
        let mut third = line(manifest, "mobilefacenet").clone();
        third["name"] = "other-layout".into();
        third["file"] = "other-layout.onnx".into();
        third["sha256"] = hex::encode(sha256).into();
        third["input"] = json!({
            "width": 64, "height": 48, "colours": "bgr", "layout": "pixels", "batch": 2,
            "subtract": [104.0, 117.0, 123.0], "divide": [60.0, 60.0, 60.0],
        });
        third["outputs"] = json!([{ "name": "values", "length": 7, "golden": [0.0] }]);
        only_template(manifest, "fr_feature");
        let models = manifest["models"].as_array_mut().unwrap();
        models.insert(0, third);
        // Seven random values say the same of everybody.
        manifest["template"]["calibrations"] = json!([{
            "data": "none: for a test", "nonmated": 10,
            "points": [{"score": 0.1, "fmr": 0.5}, {"score": 0.9, "fmr": 0.1}],
        }]);
        manifest["template"]["decisions"] =
            json!({"match_from": 0.7, "non_match_below": 0.65, "dated": "2026-11-28"});
    });
    every_role_answers(joined.path(), 519);
}
