//! From a camera's bytes to RGB. Lengths and sizes are checked before anything is decoded.

use std::sync::Arc;
use std::time::Duration;

use opencv::core::{CV_8UC3, Mat, MatTraitConst, MatTraitConstManual, Vec2b, Vec3b};
use opencv::{imgcodecs, imgproc};

use crate::driver::Fault;
use crate::frame::Shot;

/// More pixels than this are not decoded: no camera of an office has them, and a forged header may claim any number.
pub(crate) const PIXEL_LIMIT: u64 = 50_000_000;

/// Pixel formats that can be read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PixelFormat {
    Yuyv,
    Nv12,
    Rgb,
    Bgr,
    Mjpeg,
}

impl PixelFormat {
    pub(crate) fn of_fourcc(fourcc: [u8; 4]) -> Option<PixelFormat> {
        match &fourcc {
            b"YUYV" => Some(PixelFormat::Yuyv),
            b"NV12" => Some(PixelFormat::Nv12),
            b"RGB3" => Some(PixelFormat::Rgb),
            b"BGR3" => Some(PixelFormat::Bgr),
            b"MJPG" | b"JPEG" => Some(PixelFormat::Mjpeg),
            _ => None,
        }
    }
}

/// Decodes one frame of `width` × `height`. A JPEG may have another size: its own is taken. Bytes past the frame's end are padding.
pub(crate) fn decode(
    format: PixelFormat,
    width: u32,
    height: u32,
    data: &[u8],
) -> Result<Shot, Fault> {
    if format == PixelFormat::Mjpeg {
        return decode_jpeg(data);
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > PIXEL_LIMIT {
        return Err(Fault::Damaged);
    }
    let length = match format {
        PixelFormat::Yuyv => pixels * 2,
        PixelFormat::Nv12 => pixels * 3 / 2,
        _ => pixels * 3,
    };
    let data = data.get(..length as usize).ok_or(Fault::Damaged)?;
    let rgb = match format {
        PixelFormat::Rgb => Ok(Arc::from(data)),
        _ => convert(format, width as i32, height as i32, data),
    };
    Ok(Shot {
        width,
        height,
        rgb: rgb.map_err(|_| Fault::Damaged)?,
        jpeg: None,
        age: Duration::ZERO,
    })
}

fn convert(format: PixelFormat, width: i32, height: i32, data: &[u8]) -> opencv::Result<Arc<[u8]>> {
    let mut rgb = Mat::default();
    match format {
        PixelFormat::Yuyv => {
            let source = Mat::new_rows_cols_with_bytes::<Vec2b>(height, width, data)?;
            imgproc::cvt_color_def(&source, &mut rgb, imgproc::COLOR_YUV2RGB_YUYV)?;
        }
        PixelFormat::Nv12 => {
            let source = Mat::new_rows_cols_with_bytes::<u8>(height * 3 / 2, width, data)?;
            imgproc::cvt_color_def(&source, &mut rgb, imgproc::COLOR_YUV2RGB_NV12)?;
        }
        _ => {
            let source = Mat::new_rows_cols_with_bytes::<Vec3b>(height, width, data)?;
            imgproc::cvt_color_def(&source, &mut rgb, imgproc::COLOR_BGR2RGB)?;
        }
    }
    Ok(Arc::from(rgb.data_bytes()?))
}

/// An OpenCV picture (BGR or grey, 8 bit) as a frame.
pub(crate) fn shot_of_mat(picture: &Mat) -> Result<Shot, Fault> {
    if picture.empty() {
        return Err(Fault::Damaged);
    }
    let mut rgb = Mat::default();
    let code = match picture.typ() {
        CV_8UC3 => imgproc::COLOR_BGR2RGB,
        opencv::core::CV_8UC1 => imgproc::COLOR_GRAY2RGB,
        _ => return Err(Fault::Damaged),
    };
    let converted = imgproc::cvt_color_def(picture, &mut rgb, code);
    let bytes = converted.and_then(|()| rgb.data_bytes().map(Arc::from));
    Ok(Shot {
        width: rgb.cols() as u32,
        height: rgb.rows() as u32,
        rgb: bytes.map_err(|_| Fault::Damaged)?,
        jpeg: None,
        age: Duration::ZERO,
    })
}

fn decode_jpeg(data: &[u8]) -> Result<Shot, Fault> {
    let jpeg = whole_jpeg(data).ok_or(Fault::Damaged)?;
    let picture = decode_picture(jpeg)?;
    let mut shot = shot_of_mat(&picture)?;
    shot.jpeg = Some(Arc::from(jpeg));
    Ok(shot)
}

/// Decodes a JPEG or PNG into BGR, turned as its EXIF orientation says.
pub(crate) fn decode_picture(bytes: &[u8]) -> Result<Mat, Fault> {
    // OpenCV wants a Mat around the bytes; a one-row Mat is that without a copy.
    let source = Mat::from_slice(bytes).map_err(|_| Fault::Damaged)?;
    let picture =
        imgcodecs::imdecode(&source, imgcodecs::IMREAD_COLOR).map_err(|_| Fault::Damaged)?;
    if picture.empty() {
        return Err(Fault::Damaged);
    }
    Ok(picture)
}

/// The JPEG at the start of `data`, up to its end marker: buffers of cameras are longer than their picture. `None` when there is no
/// end, the header is damaged, or the header claims no pixels or more than [`PIXEL_LIMIT`].
pub(crate) fn whole_jpeg(data: &[u8]) -> Option<&[u8]> {
    let mut at = data.starts_with(&[0xff, 0xd8]).then_some(2)?;
    let mut sized = false;
    loop {
        let [0xff, marker] = *data.get(at..at + 2)? else {
            return None;
        };
        // Any number of fill bytes may stand before a marker.
        if marker == 0xff {
            at += 1;
            continue;
        }
        let length = usize::from(u16::from_be_bytes(*data.get(at + 2..)?.first_chunk()?));
        match marker {
            0xc0..=0xc2 => {
                let height = u16::from_be_bytes(*data.get(at + 5..)?.first_chunk()?);
                let width = u16::from_be_bytes(*data.get(at + 7..)?.first_chunk()?);
                let pixels = u64::from(width) * u64::from(height);
                sized = (1..=PIXEL_LIMIT).contains(&pixels);
            }
            0xda => break,
            _ => {}
        }
        at += 2 + length.max(2);
    }
    if !sized {
        return None;
    }
    let end = data
        .get(at..)?
        .windows(2)
        .position(|pair| pair == [0xff, 0xd9])?;
    data.get(..at + end + 2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use opencv::core::{Scalar, Vector, VectorToVec};

    fn jpeg(width: i32, height: i32) -> Vec<u8> {
        let picture = Mat::new_rows_cols_with_default(
            height,
            width,
            CV_8UC3,
            Scalar::new(10.0, 100.0, 200.0, 0.0),
        )
        .unwrap();
        let mut out = Vector::<u8>::new();
        imgcodecs::imencode(".jpg", &picture, &mut out, &Vector::new()).unwrap();
        out.to_vec()
    }

    #[test]
    fn fill_bytes_before_a_marker_are_legal() {
        let bytes = jpeg(33, 17);
        let filled = [&bytes[..2], &[0xff; 3], &bytes[2..]].concat();
        let shot = decode(PixelFormat::Mjpeg, 640, 480, &filled).unwrap();
        assert_eq!((shot.width, shot.height), (33, 17));
        assert_eq!(shot.jpeg.unwrap().as_ref(), filled.as_slice());
    }

    #[test]
    fn a_jpeg_gives_rgb_and_keeps_its_bytes_without_the_buffers_tail() {
        let bytes = jpeg(33, 17);
        let mut buffer = bytes.clone();
        buffer.extend_from_slice(&[0xff, 0xd9, 7, 7, 7]);
        let shot = decode(PixelFormat::Mjpeg, 640, 480, &buffer).unwrap();
        assert_eq!((shot.width, shot.height), (33, 17));
        assert_eq!(shot.jpeg.unwrap().as_ref(), bytes.as_slice());
        let pixel = &shot.rgb[..3];
        assert!(pixel[0] > 190 && pixel[2] < 20, "red first: {pixel:?}");
    }

    #[test]
    fn a_truncated_or_sizeless_jpeg_is_damaged() {
        let bytes = jpeg(64, 64);
        for length in [0, 1, 2, 20, bytes.len() / 2, bytes.len() - 1] {
            assert!(
                decode(PixelFormat::Mjpeg, 64, 64, &bytes[..length]).is_err(),
                "{length}"
            );
        }
        let frame_header = bytes
            .windows(2)
            .position(|pair| pair == [0xff, 0xc0])
            .unwrap();
        let mut sizeless = bytes.clone();
        sizeless[frame_header + 5..frame_header + 9].fill(0);
        assert!(decode(PixelFormat::Mjpeg, 64, 64, &sizeless).is_err());
        let mut huge = bytes;
        huge[frame_header + 5..frame_header + 9].fill(0xff);
        assert!(decode(PixelFormat::Mjpeg, 64, 64, &huge).is_err());
    }

    #[test]
    fn raw_formats_give_the_right_colours_at_odd_sizes() {
        let grey = decode(PixelFormat::Yuyv, 6, 3, &[126, 128].repeat(18)).unwrap();
        assert!(grey.rgb.iter().all(|value| (120..136).contains(value)));
        let red = decode(PixelFormat::Bgr, 5, 3, &[0, 0, 255].repeat(15)).unwrap();
        assert_eq!(&red.rgb[..3], &[255, 0, 0]);
        let same = decode(PixelFormat::Rgb, 5, 3, &[1, 2, 3].repeat(15)).unwrap();
        assert_eq!(&same.rgb[3..6], &[1, 2, 3]);
        let nv12 = decode(
            PixelFormat::Nv12,
            4,
            2,
            &[[235; 8].as_slice(), &[128; 4]].concat(),
        )
        .unwrap();
        assert_eq!(&nv12.rgb[..3], &[255, 255, 255]);
    }

    #[test]
    fn wrong_lengths_and_zero_sizes_are_damaged() {
        for format in [
            PixelFormat::Yuyv,
            PixelFormat::Nv12,
            PixelFormat::Rgb,
            PixelFormat::Bgr,
        ] {
            assert!(decode(format, 8, 8, &[0; 10]).is_err());
            assert!(decode(format, 0, 8, &[0; 200]).is_err());
            assert!(decode(format, 60_000, 60_000, &[0; 200]).is_err());
        }
    }
}
