//! What the file formats allow is read rightly, or refused by name: compared with libjpeg-turbo, which reads the cameras' frames.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use face::{Picture, PictureError};
use opencv::core::{Mat, MatTraitConst, MatTraitConstManual, Vector, VectorToVec};
use opencv::{imgcodecs, imgproc};

/// The mean difference of levels that two right decoders may have (their inverse cosine transforms and enlarged chroma differ).
const MOST_DIFFERENCE: f64 = 1.5;

fn by_libjpeg(file: &[u8]) -> Option<(u32, u32, Vec<u8>)> {
    let bgr = imgcodecs::imdecode(&Vector::from_slice(file), imgcodecs::IMREAD_COLOR).unwrap();
    if bgr.empty() {
        return None;
    }
    let mut rgb = Mat::default();
    imgproc::cvt_color_def(&bgr, &mut rgb, imgproc::COLOR_BGR2RGB).unwrap();
    let bytes = rgb.data_bytes().unwrap().to_vec();
    Some((rgb.cols() as u32, rgb.rows() as u32, bytes))
}

fn difference(left: &[u8], right: &[u8]) -> f64 {
    let sum: u64 = left
        .iter()
        .zip(right)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / left.len().max(1) as f64
}

/// A soft picture with colour in it, of odd sides too.
fn drawn(width: u32, height: u32) -> Picture {
    let mut rgb = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let wave = ((x as f32 / 9.0).sin() + (y as f32 / 7.0).cos()) * 50.0;
            rgb.extend([128.0 + wave, 110.0 - wave, 90.0 + wave / 2.0].map(|v: f32| v as u8));
        }
    }
    Picture::from_rgb(width, height, rgb).unwrap()
}

/// The segments of a JPEG file up to its first scan, each with its marker, and the rest.
fn segments(file: &[u8]) -> (Vec<(u8, Vec<u8>)>, Vec<u8>) {
    let (mut at, mut found) = (2, Vec::new());
    loop {
        let marker = file[at + 1];
        if marker == 0xDA {
            return (found, file[at..].to_vec());
        }
        let length = usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
        found.push((marker, file[at..at + 2 + length].to_vec()));
        at += 2 + length;
    }
}

/// The same file without Huffman tables, as cameras send it, or with fill bytes before every marker.
fn rewritten(file: &[u8], tables: bool, fill: bool) -> Vec<u8> {
    let (segments, rest) = segments(file);
    let mut out = vec![0xFF, 0xD8];
    for (marker, segment) in segments {
        if tables || marker != 0xC4 {
            out.extend(std::iter::repeat_n(0xFF, if fill { 3 } else { 0 }));
            out.extend(segment);
        }
    }
    out.extend(rest);
    out
}

#[test]
fn sizes_restarts_scans_tables_and_fill_bytes_change_nothing() {
    let sides = [
        (8, 8),
        (16, 16),
        (17, 9),
        (33, 47),
        (64, 48),
        (1, 1),
        (7, 40),
    ];
    let mut compared = 0;
    for (width, height) in sides {
        let picture = drawn(width, height);
        let mut rgb = picture.as_rgb().to_vec();
        rgb.chunks_exact_mut(3).for_each(<[u8]>::reverse);
        let bgr =
            Mat::new_rows_cols_with_bytes::<opencv::core::Vec3b>(height as i32, width as i32, &rgb)
                .unwrap();
        for progressive in [0, 1] {
            for optimised in [0, 1] {
                for restart in [0, 1, 2, 5] {
                    for quality in [40, 75, 95] {
                        let options = Vector::from_slice(&[
                            imgcodecs::IMWRITE_JPEG_PROGRESSIVE,
                            progressive,
                            imgcodecs::IMWRITE_JPEG_OPTIMIZE,
                            optimised,
                            imgcodecs::IMWRITE_JPEG_RST_INTERVAL,
                            restart,
                            imgcodecs::IMWRITE_JPEG_QUALITY,
                            quality,
                        ]);
                        let mut file = Vector::new();
                        imgcodecs::imencode(".jpg", &bgr, &mut file, &options).unwrap();
                        let file = file.to_vec();
                        let usual_tables = progressive == 0 && optimised == 0;
                        let mut files = vec![file.clone(), rewritten(&file, true, true)];
                        if usual_tables {
                            files.push(rewritten(&file, false, false));
                        }
                        for file in files {
                            let (columns, rows, wanted) = by_libjpeg(&file).unwrap();
                            let found = Picture::decode(&file).unwrap();
                            let what = format!(
                                "{width}x{height} {progressive} {optimised} {restart} {quality}"
                            );
                            assert_eq!((found.width(), found.height()), (columns, rows), "{what}");
                            let off = difference(found.as_rgb(), &wanted);
                            assert!(off <= MOST_DIFFERENCE, "{what}: {off}");
                            compared += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(compared >= 500, "{compared}");
}

#[test]
fn a_scan_for_each_component_is_read_as_libjpeg_reads_it() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let read = |name: &str| std::fs::read(data.join(name)).unwrap();
    let file = read("non-interleaved-420.jpg");
    let found = Picture::decode(&file).unwrap();
    let wanted = Picture::decode(&read("non-interleaved-420.png")).unwrap();
    let off = difference(found.as_rgb(), wanted.as_rgb());
    assert!(off <= MOST_DIFFERENCE, "{off}");
    let cut = Picture::decode(&file[..file.len() - 40]);
    assert!(matches!(cut, Err(PictureError::Truncated)));
}

#[test]
fn a_colour_profile_is_converted_and_one_that_is_srgb_or_none_changes_nothing() {
    let with = |profile: Option<&moxcms::ColorProfile>| {
        let mut file = Vec::new();
        let mut info = png::Info::with_size(2, 1);
        info.color_type = png::ColorType::Rgb;
        info.bit_depth = png::BitDepth::Eight;
        info.icc_profile = profile.map(|profile| profile.encode().unwrap().into());
        let mut writer = png::Encoder::with_info(&mut file, info)
            .unwrap()
            .write_header()
            .unwrap();
        writer
            .write_image_data(&[200, 120, 90, 60, 140, 90])
            .unwrap();
        writer.finish().unwrap();
        Picture::decode(&file).unwrap().as_rgb().to_vec()
    };
    let plain = with(None);
    assert_eq!(plain, [200, 120, 90, 60, 140, 90]);
    assert_eq!(with(Some(&moxcms::ColorProfile::new_srgb())), plain);
    let wide = with(Some(&moxcms::ColorProfile::new_display_p3()));
    // Display P3's red is redder than sRGB's: the same figures mean a stronger colour.
    assert!(wide[0] > 205 && wide[1] < 120, "{wide:?}");
}
