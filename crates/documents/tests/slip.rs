//! The slip as strangers' programs see it: poppler reads and renders it, a QR reader reads its code.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use documents::{SlipContent, slip};
use domain::{ApplicationKind, BilingualName, LatinName, PacketId, StationId, Timestamp, UrduName};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// 2026-11-18 11:06:40 UTC, 16:06 in Pakistan.
const AT: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn content(latin: &str, urdu: &str) -> SlipContent {
    SlipContent {
        packet: PacketId::mint(AT, [0x5A; 10]),
        kind: ApplicationKind::Renewal,
        name: BilingualName {
            latin: LatinName::parse(latin).unwrap(),
            urdu: UrduName::parse(urdu).unwrap(),
        },
        office_latin: "Registration Centre Multan".to_owned(),
        office_urdu: "رجسٹریشن مرکز ملتان".to_owned(),
        station: StationId::parse("MUL-03").unwrap(),
        at: AT,
    }
}

fn written(content: &SlipContent) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slip.pdf");
    std::fs::write(&path, slip(content).unwrap()).unwrap();
    (folder, path)
}

/// What a program of poppler-utils prints (Debian's poppler-utils is part of the set-up).
fn poppler(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .arg(file)
        .arg("-")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; install poppler-utils"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{program}: {said}"
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Letters alone: without spaces, line ends and marks of direction.
fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200E}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
        .collect()
}

fn rendered(file: &Path) -> image::GrayImage {
    let picture = file.with_extension("");
    let done = Command::new("pdftoppm")
        .args(["-png", "-gray", "-singlefile", "-r", "200"])
        .arg(file)
        .arg(&picture)
        .status()
        .unwrap();
    assert!(done.success());
    image::open(picture.with_extension("png"))
        .unwrap()
        .to_luma8()
}

#[test]
fn a_pdf_reader_finds_the_number_and_both_names() {
    let content = content("Zainab Noor", "زینب نور");
    let (_folder, path) = written(&content);
    let text = letters(&poppler("pdftotext", &["-layout"], &path));
    let tracking = content.packet.short();
    // poppler turns the letters of a right-to-left word that stands as one; the words are whole.
    let turned = |word: &str| word.chars().rev().collect::<String>();
    for word in ["زینب", "نور", "تجدید", "ٹریکنگ", "نمبر"] {
        assert!(
            text.contains(word) || text.contains(&turned(word)),
            "{word} is not in {text}"
        );
    }
    for expected in [
        tracking.as_str(),
        "Zainab Noor",
        "Renewal",
        "18-11-2026 16:06",
        "Registration Centre Multan, counter MUL-03",
    ] {
        assert!(
            text.contains(&letters(expected)),
            "{expected} is not in {text}"
        );
    }
    assert_eq!(
        text.matches(&tracking).count(),
        4,
        "number and sentence, in both languages"
    );
}

#[test]
fn the_slip_is_one_tagged_page_that_a_screen_reader_reads_language_by_language() {
    let content = content("Zainab Noor", "زینب نور");
    let (_folder, path) = written(&content);
    let output = Command::new("pdfinfo").arg(&path).output().unwrap();
    let facts = String::from_utf8(output.stdout).unwrap();
    let fact = |name: &str| {
        let line = facts
            .lines()
            .find(|l| l.starts_with(name))
            .unwrap_or_default();
        line.split_once(':')
            .map_or("", |(_, v)| v.trim())
            .to_owned()
    };
    assert_eq!(fact("Tagged"), "yes");
    assert_eq!(fact("Pages"), "1");
    assert!(fact("Page size").starts_with("595.28 x 841.89"), "{facts}");
    assert!(!facts.contains("Zainab"), "a name in the metadata: {facts}");
    let output = Command::new("pdfinfo")
        .arg("-struct-text")
        .arg(&path)
        .output()
        .unwrap();
    let tree = letters(&String::from_utf8_lossy(&output.stdout));
    let place = |text: &str| {
        tree.find(&letters(text))
            .unwrap_or_else(|| panic!("{text}: {tree}"))
    };
    assert!(place("Acknowledgement slip") < place("Zainab Noor"));
    assert!(place("Zainab Noor") < place("What happens next"));
    // poppler shows the glyphs of joined Urdu here and not the words that stand for them
    // (/ActualText), so that only the order of the two sections is looked at.
    assert_eq!(tree.matches("H1").count(), 2);
    assert!(place("What happens next") < tree.rfind("H1").unwrap());
    assert!(tree.matches(&content.packet.short()).count() >= 2, "{tree}");
}

#[test]
fn a_code_reader_reads_the_packet_id_and_nothing_else_from_the_printed_page() {
    let content = content("Zainab Noor", "زینب نور");
    let (_folder, path) = written(&content);
    let picture = rendered(&path);
    let (width, height) = picture.dimensions();
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(width as usize, height as usize, |x, y| {
            picture.get_pixel(x as u32, y as u32).0[0]
        });
    let grids = prepared.detect_grids();
    assert_eq!(grids.len(), 1);
    let (_, read) = grids[0].decode().unwrap();
    assert_eq!(read, content.packet.to_string());
}

#[test]
fn the_longest_names_stay_inside_the_page() {
    let latin = ["Wilhelmina", "Mwammbwe"].join("-").repeat(3);
    let latin: String = latin.chars().take(60).collect();
    let urdu: String = "محمد عبدالرحمٰن پیچیدگی "
        .repeat(4)
        .chars()
        .take(60)
        .collect();
    for (latin, urdu) in [
        (latin.as_str(), urdu.trim()),
        (&"W".repeat(60), &"پ".repeat(60)),
        ("A", "ا"),
    ] {
        let (_folder, path) = written(&content(latin, urdu));
        let picture = rendered(&path);
        let (width, height) = picture.dimensions();
        let edge = 30;
        let ink = picture.enumerate_pixels().filter(|(x, y, p)| {
            p.0[0] < 128 && (*x < edge || *y < edge || *x >= width - edge || *y >= height - edge)
        });
        assert_eq!(ink.count(), 0, "ink at the edge with {latin} and {urdu}");
    }
}

#[test]
fn the_same_content_gives_the_same_bytes_and_every_kind_has_its_words() {
    let mut seen = std::collections::BTreeSet::new();
    for kind in ["new", "renewal", "modification", "replacement", "child"] {
        let mut content = content("Ali", "علی");
        content.kind = ApplicationKind::from_key(kind).unwrap();
        let bytes = slip(&content).unwrap();
        assert_eq!(bytes, slip(&content).unwrap());
        let (_folder, path) = written(&content);
        let text = poppler("pdftotext", &[], &path);
        assert!(!text.contains("slip-") && !text.contains("kind-"), "{text}");
        seen.insert(letters(&text));
    }
    assert_eq!(seen.len(), 5);
}

#[test]
fn an_office_with_an_endless_name_gives_an_error_and_no_half_page() {
    let mut content = content("Ali", "علی");
    content.office_latin = "Office of ".repeat(400);
    assert!(matches!(
        slip(&content),
        Err(documents::DocumentError::DoesNotFit)
    ));
}
