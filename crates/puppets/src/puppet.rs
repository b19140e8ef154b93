//! A real frontal picture on one of the [`crate::HEADS`], posed.

use face::{Landmarks, Picture, Point};

use crate::head::Head;
use crate::lids::Lids;
use crate::mesh::{self, Canvas};
use crate::relief::Relief;

/// Grey of the room beyond the picture's edges.
const WALL: u8 = 168;
/// Distance of the camera from the eyes, in inter-eye distances: some 60 cm.
const CAMERA: f32 = 9.5;
/// The head turns on the neck, about so far behind the eyes.
const NECK: f32 = 1.4;
/// Inter-eye distance in the frame, relative to its height, when nobody comes closer.
const EYES_TO_HEIGHT: f32 = 0.165;
/// Where the eyes' middle stands in the frame, relative to its width and height.
const EYES_AT: (f32, f32) = (0.5, 0.43);
/// Side of the mesh's squares, in inter-eye distances.
const STEP: f32 = 0.15;

/// How the head is held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posture {
    /// Degrees to the person's own left.
    pub yaw_deg: f32,
    /// Degrees down.
    pub pitch_deg: f32,
    /// Size relative to the usual distance; more than 1 is closer.
    pub scale: f32,
    /// How far the eyes are closed, 0..1.
    pub closed: f32,
    /// Shift in the frame, in inter-eye distances.
    pub shift: (f32, f32),
}

impl Default for Posture {
    fn default() -> Self {
        Self {
            yaw_deg: 0.0,
            pitch_deg: 0.0,
            scale: 1.0,
            closed: 0.0,
            shift: (0.0, 0.0),
        }
    }
}

/// Whether the head that is shown has depth.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// A head.
    Solid(&'static Head),
    /// A print of the picture, flat, turned as a whole.
    Flat,
    /// A print bent around an upright axis, turned as a whole.
    Bent,
}

/// Somebody who can be posed.
pub struct Puppet {
    picture: Picture,
    body: Body,
    lids: Lids,
    /// The mesh: places in the picture, and the same from the eyes' middle in inter-eye distances with their depth.
    vertices: Vec<Vertex>,
    columns: usize,
}

struct Vertex {
    texture: Point,
    /// Right, down, towards the camera.
    place: [f32; 3],
    /// How much it follows the head: 1 on the face, 0 on the room.
    follows: f32,
}

impl std::fmt::Debug for Puppet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Puppet({:?})", self.body)
    }
}

impl Puppet {
    /// The face of this picture, which should look straight ahead, on a head or on paper.
    pub fn new(picture: &Picture, landmarks: &Landmarks, body: Body) -> Self {
        let unit = landmarks.inter_eye_distance().max(1.0);
        let eyes = landmarks.between_eyes();
        let columns = (picture.width() as f32 / unit / STEP).ceil() as usize + 1;
        let rows = (picture.height() as f32 / unit / STEP).ceil() as usize + 1;
        let relief = match body {
            Body::Solid(head) => Some(Relief::of(head, landmarks)),
            Body::Flat | Body::Bent => None,
        };
        let mut vertices = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                let texture = Point::new(
                    (column as f32 * STEP * unit).min(picture.width() as f32 - 1.0),
                    (row as f32 * STEP * unit).min(picture.height() as f32 - 1.0),
                );
                let (x, y) = ((texture.x - eyes.x) / unit, (texture.y - eyes.y) / unit);
                let (z, follows) = match (&relief, body) {
                    (Some(relief), _) => (relief.depth(x, y), Relief::follows(x, y)),
                    (None, Body::Bent) => (-0.12 * x * x, 1.0),
                    (None, _) => (0.0, 1.0),
                };
                vertices.push(Vertex {
                    texture,
                    place: [x, y, z],
                    follows,
                });
            }
        }
        Self {
            picture: picture.clone(),
            body,
            lids: Lids::of(landmarks),
            vertices,
            columns,
        }
    }

    /// The camera's picture of this posture; equal seeds give equal grain.
    pub fn frame(&self, posture: &Posture, width: u32, height: u32, seed: u64) -> Picture {
        let unit = EYES_TO_HEIGHT * height as f32 * posture.scale;
        let centre = Point::new(
            width as f32 * EYES_AT.0 + posture.shift.0 * unit,
            height as f32 * EYES_AT.1 + posture.shift.1 * unit,
        );
        let turn = Turn::of(posture);
        let seen: Vec<mesh::Corner> = self
            .vertices
            .iter()
            .map(|vertex| {
                let [x, y, near] = turn.seen(vertex);
                mesh::Corner {
                    at: Point::new(centre.x + x * unit, centre.y + y * unit),
                    near,
                    texture: vertex.texture,
                }
            })
            .collect();
        let texture = self.lids.closed(&self.picture, posture.closed);
        let mut canvas = Canvas::new(width, height, WALL);
        canvas.draw(&seen, self.columns, &texture);
        canvas.grain(seed);
        let (width, height, rgb) = canvas.into_parts();
        // The canvas has exactly these pixels.
        Picture::from_rgb(width, height, rgb).unwrap_or_else(|_| self.picture.clone())
    }
}

/// A posture's rotation.
struct Turn {
    yaw: (f32, f32),
    pitch: (f32, f32),
}

impl Turn {
    fn of(posture: &Posture) -> Self {
        Self {
            yaw: posture.yaw_deg.to_radians().sin_cos(),
            pitch: posture.pitch_deg.to_radians().sin_cos(),
        }
    }

    /// Where the camera sees a point (right and down, in inter-eye distances at the eyes' distance) and how near it is.
    fn seen(&self, vertex: &Vertex) -> [f32; 3] {
        let [x, y, z] = vertex.place;
        let ((sin_yaw, cos_yaw), (sin_pitch, cos_pitch)) = (self.yaw, self.pitch);
        // The picture was taken by a camera: straight ahead it must come out as it is.
        let back = (CAMERA - z) / CAMERA;
        let (solid_x, solid_y, solid_z) = (x * back, y * back, z + NECK);
        let (turned_y, deep) = (
            solid_y * cos_pitch + solid_z * sin_pitch,
            solid_z * cos_pitch - solid_y * sin_pitch,
        );
        let (turned_x, deep) = (
            solid_x * cos_yaw + deep * sin_yaw,
            deep * cos_yaw - solid_x * sin_yaw,
        );
        let far = (CAMERA - (deep - NECK)).max(1.0);
        let (moved_x, moved_y) = (turned_x * CAMERA / far, turned_y * CAMERA / far);
        let follow = vertex.follows;
        [
            x + (moved_x - x) * follow,
            y + (moved_y - y) * follow,
            deep * follow + (z + NECK - 3.0) * (1.0 - follow),
        ]
    }
}
