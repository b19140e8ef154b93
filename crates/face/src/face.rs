//! A face that the detector found, and the few of them that one picture is allowed to have.

use serde::Serialize;

use crate::geometry::Bounds;

/// A face's place and the detector's confidence.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Face {
    /// From the forehead to the chin, ear to ear.
    pub bounds: Bounds,
    /// 0..1.
    pub score: f32,
}

/// The most faces that one picture reports.
pub const MAX_FACES: usize = 16;

/// The faces of one picture, largest first. It lives without the heap.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FaceList {
    faces: [Face; MAX_FACES],
    count: usize,
}

impl FaceList {
    /// How many.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The faces, largest first.
    pub fn as_slice(&self) -> &[Face] {
        self.faces.get(..self.count).unwrap_or_default()
    }

    /// The faces, largest first.
    pub fn iter(&self) -> std::slice::Iter<'_, Face> {
        self.as_slice().iter()
    }

    /// The largest.
    pub fn largest(&self) -> Option<Face> {
        self.as_slice().first().copied()
    }

    /// Adds a face at the place that its size gives it; past [`MAX_FACES`] the smallest is forgotten.
    pub(crate) fn insert(&mut self, face: Face) {
        let area = face.bounds.area();
        let place = self
            .as_slice()
            .iter()
            .position(|other| other.bounds.area() < area)
            .unwrap_or(self.count);
        if place >= MAX_FACES {
            return;
        }
        self.count = (self.count + 1).min(MAX_FACES);
        if let Some(tail) = self.faces.get_mut(place..self.count) {
            tail.rotate_right(1);
            tail[0] = face;
        }
    }

    /// Puts another box in the place of the largest.
    pub(crate) fn replace_largest(&mut self, face: Face) {
        self.faces[0] = face;
        self.count = self.count.max(1);
    }
}

impl<'a> IntoIterator for &'a FaceList {
    type Item = &'a Face;
    type IntoIter = std::slice::Iter<'a, Face>;

    fn into_iter(self) -> Self::IntoIter {
        self.as_slice().iter()
    }
}

impl Serialize for FaceList {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faces_stand_largest_first_and_the_smallest_is_forgotten_when_there_are_too_many() {
        let mut list = FaceList::default();
        for side in [3.0_f32, 9.0, 1.0, 5.0]
            .into_iter()
            .chain((0..30).map(|n| 10.0 + n as f32))
        {
            let bounds = Bounds {
                width: side,
                height: side,
                ..Bounds::default()
            };
            list.insert(Face { bounds, score: 1.0 });
        }
        assert_eq!(list.len(), MAX_FACES);
        assert!(
            list.as_slice()
                .is_sorted_by(|a, b| a.bounds.area() >= b.bounds.area())
        );
        assert!((list.largest().unwrap_or_default().bounds.width - 39.0).abs() < f32::EPSILON);
    }
}
