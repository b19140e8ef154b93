//! Files and folders given on the command line, and the folder with the networks.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use face::Picture;

/// Endings of pictures: every file of a folder that has one gets a row, also where its format is refused by name.
const ENDINGS: [&str; 19] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "heic", "heif", "avif", "gif", "bmp", "tif",
    "tiff", "jp2", "jxl", "dng", "cr2", "nef", "arw",
];
/// How deep folders are looked into.
const MOST_DEPTH: u8 = 16;

/// The files named, and the pictures inside the folders named, in order. What else a folder has is counted on standard error.
pub(crate) fn expand(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let (mut files, mut others) = (Vec::new(), 0);
    for path in named {
        if path.is_dir() {
            let before = files.len();
            others += collect(path, 0, &mut files)?;
            if files.len() == before {
                bail!(
                    "{} has no pictures ({})",
                    path.display(),
                    ENDINGS.join(", ")
                );
            }
        } else {
            files.push(path.clone());
        }
    }
    if others > 0 {
        eprintln!("shanakht-face: {others} files or folders that are no pictures were left out");
    }
    Ok(files)
}

/// Gives how many of a folder's entries were left out.
fn collect(folder: &Path, depth: u8, files: &mut Vec<PathBuf>) -> anyhow::Result<usize> {
    let mut others = 0;
    let unreadable = || format!("the folder {} cannot be read", folder.display());
    let mut inside = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        inside.push(entry.with_context(unreadable)?.path());
    }
    inside.sort();
    for path in inside {
        if path.is_dir() && depth < MOST_DEPTH {
            others += collect(&path, depth + 1, files)?;
        } else if is_picture(&path) {
            files.push(path);
        } else {
            others += 1;
        }
    }
    Ok(others)
}

fn is_picture(path: &Path) -> bool {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    ENDINGS
        .iter()
        .any(|known| known.eq_ignore_ascii_case(ending))
}

/// Reads a picture from a file.
pub(crate) fn open(path: &Path) -> anyhow::Result<Picture> {
    let named = || path.display().to_string();
    let length = std::fs::metadata(path).with_context(named)?.len();
    if length > face::MAX_FILE_BYTES as u64 {
        bail!(
            "{}: the file has {length} bytes, more than {}",
            path.display(),
            face::MAX_FILE_BYTES
        );
    }
    let bytes = std::fs::read(path).with_context(named)?;
    Picture::decode(&bytes).with_context(named)
}

/// The folder with `manifest.json`: named, from the environment, or found upwards.
pub(crate) fn models_folder(named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    if let Some(folder) = named.or_else(|| std::env::var_os("SHANAKHT_MODELS").map(PathBuf::from)) {
        return Ok(folder);
    }
    let here = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    for start in [here, program].into_iter().flatten() {
        for folder in start.ancestors() {
            let candidate = folder.join("assets/models");
            if candidate.join("manifest.json").is_file() {
                return Ok(candidate);
            }
        }
    }
    bail!("the networks were not found: name their folder with --models DIR or SHANAKHT_MODELS")
}
