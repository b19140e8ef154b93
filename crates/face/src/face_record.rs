//! The face image record of ISO/IEC 19794-5:2005: one portrait, its five points, its pose. It is the form that ICAO 9303 puts into DG2 of a passport.

use crate::error::FaceError;
use crate::landmarks::Landmarks;
use crate::portrait::Portrait;
use crate::pose::Pose;

const IDENTIFIER: &[u8; 4] = b"FAC\0";
const VERSION: &[u8; 4] = b"010\0";
const HEADER_BYTES: usize = 14;
const FACE_BYTES: usize = 20;
const POINT_BYTES: usize = 8;
const IMAGE_BYTES: usize = 12;
/// Feature points of MPEG-4: the person's left and right eye, tip of the nose, left and right corner of the mouth.
const POINTS: [u8; 5] = [0xc1, 0xc2, 0x93, 0x83, 0x84];
const MPEG4: u8 = 1;
const FULL_FRONTAL: u8 = 1;
const BASIC: u8 = 0;
const JPEG: u8 = 0;
const SRGB: u8 = 1;
/// A video frame of a digital camera.
const DIGITAL_VIDEO: u8 = 6;

pub(crate) fn of(portrait: &Portrait) -> Result<Vec<u8>, FaceError> {
    let points = portrait.landmarks.as_ref().map(points).unwrap_or_default();
    let face_length = FACE_BYTES + POINT_BYTES * points.len() + IMAGE_BYTES + portrait.jpeg.len();
    let too_long = |_| FaceError::Engine("the portrait is too long for a record".into());
    let length = u32::try_from(HEADER_BYTES + face_length).map_err(too_long)?;
    let mut record = Vec::with_capacity(HEADER_BYTES + face_length);
    record.extend_from_slice(IDENTIFIER);
    record.extend_from_slice(VERSION);
    record.extend_from_slice(&length.to_be_bytes());
    record.extend_from_slice(&1_u16.to_be_bytes());

    record.extend_from_slice(&(length - HEADER_BYTES as u32).to_be_bytes());
    record.extend_from_slice(&(points.len() as u16).to_be_bytes());
    // Sex, colour of eyes and hair, properties and expression: unspecified.
    record.extend_from_slice(&[0; 8]);
    record.extend_from_slice(&pose(portrait.pose));
    // How uncertain the pose is: unspecified.
    record.extend_from_slice(&[0; 3]);
    for (code, x, y) in points {
        record.extend_from_slice(&[MPEG4, code]);
        record.extend_from_slice(&x.to_be_bytes());
        record.extend_from_slice(&y.to_be_bytes());
        record.extend_from_slice(&[0; 2]);
    }
    let kind = if portrait.conforms() {
        FULL_FRONTAL
    } else {
        BASIC
    };
    record.extend_from_slice(&[kind, JPEG]);
    record.extend_from_slice(&(portrait.picture.width() as u16).to_be_bytes());
    record.extend_from_slice(&(portrait.picture.height() as u16).to_be_bytes());
    // Device type and quality: unspecified, as the standard of that year has no measure.
    record.extend_from_slice(&[SRGB, DIGITAL_VIDEO, 0, 0, 0, 0]);
    record.extend_from_slice(&portrait.jpeg);
    Ok(record)
}

fn points(found: &Landmarks) -> Vec<(u8, u16, u16)> {
    let [right_eye, left_eye, nose, right_mouth, left_mouth] = found.five();
    let places = [left_eye, right_eye, nose, left_mouth, right_mouth];
    let pixel = |value: f32| value.round().clamp(0.0, f32::from(u16::MAX)) as u16;
    POINTS
        .into_iter()
        .zip(places)
        .map(|(code, place)| (code, pixel(place.x), pixel(place.y)))
        .collect()
}

/// Each angle in steps of two degrees from 1; negative ones count back from 181. The portrait is levelled.
fn pose(pose: Pose) -> [u8; 3] {
    let step = |degrees: f32| {
        let half = (degrees / 2.0).round().clamp(-89.0, 89.0);
        (if half < 0.0 { 181.0 + half } else { half + 1.0 }) as u8
    };
    [pose.yaw_deg, pose.pitch_deg, 0.0].map(step)
}
