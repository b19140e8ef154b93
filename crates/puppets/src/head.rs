//! Heads in space: where the landmarks of a face lie, and how deep the rest of the head is.

use face::{LANDMARK_COUNT, Landmarks};

use crate::heads::HEADS;

/// The landmarks whose places a head states; the second of each is the mirror image of the first.
const PAIRS: [(usize, usize); 39] = [
    (0, 16),
    (1, 15),
    (2, 14),
    (3, 13),
    (4, 12),
    (5, 11),
    (6, 10),
    (7, 9),
    (8, 8),
    (17, 26),
    (18, 25),
    (19, 24),
    (20, 23),
    (21, 22),
    (27, 27),
    (28, 28),
    (29, 29),
    (30, 30),
    (31, 35),
    (32, 34),
    (33, 33),
    (36, 45),
    (37, 44),
    (38, 43),
    (39, 42),
    (40, 47),
    (41, 46),
    (48, 54),
    (49, 53),
    (50, 52),
    (51, 51),
    (59, 55),
    (58, 56),
    (57, 57),
    (60, 64),
    (61, 63),
    (62, 62),
    (67, 65),
    (66, 66),
];
/// Places without a landmark, right and down of the eyes' middle in inter-eye distances, mirrored too: cheek, forehead, temple, hair line,
/// its side, crown, side of the head.
const ELSEWHERE: [[f32; 2]; 7] = [
    [0.72, 0.55],
    [0.0, -0.85],
    [0.6, -0.8],
    [0.0, -1.35],
    [0.8, -1.2],
    [0.0, -1.8],
    [1.3, -0.4],
];
/// Heads that thresholds may be chosen with: places in [`HEADS`]. The others only judge.
const TUNING: [usize; 6] = [0, 3, 4, 7, 8, 11];

/// A head: MakeHuman's mesh of some age, sex and descent, measured by `heads.py`.
pub struct Head {
    /// Which one.
    pub name: &'static str,
    /// Right, down and towards the camera of each of [`PAIRS`], in hundredths of the inter-eye distance from the eyes' middle.
    pub(crate) points: [i16; PAIRS.len() * 3],
    /// Depth of each of [`ELSEWHERE`], likewise.
    pub(crate) others: [i16; ELSEWHERE.len()],
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Head({})", self.name)
    }
}

impl Head {
    /// The heads that thresholds may be chosen with.
    pub fn for_tuning() -> impl Iterator<Item = &'static Self> {
        let chosen = |(place, _): &(usize, &Self)| TUNING.contains(place);
        HEADS
            .iter()
            .enumerate()
            .filter(chosen)
            .map(|(_, head)| head)
    }

    /// The heads that were never looked at when thresholds were chosen.
    pub fn for_judging() -> impl Iterator<Item = &'static Self> {
        let others = |(place, _): &(usize, &Self)| !TUNING.contains(place);
        HEADS
            .iter()
            .enumerate()
            .filter(others)
            .map(|(_, head)| head)
    }

    /// Every landmark in space: right, down, towards the camera, in inter-eye distances from the eyes' middle.
    pub fn solid(&self) -> [[f32; 3]; LANDMARK_COUNT] {
        let mut solid = [[0.0; 3]; LANDMARK_COUNT];
        let places = self.points.as_chunks::<3>().0;
        for ((right, left), place) in PAIRS.iter().zip(places) {
            let [x, y, z] = place.map(|hundredths| f32::from(hundredths) / 100.0);
            solid[*right] = [x, y, z];
            solid[*left] = [-x, y, z];
        }
        solid
    }

    /// The same depths under the landmarks of a picture: places right and down of the eyes' middle in inter-eye distances.
    pub(crate) fn under(&self, landmarks: &Landmarks) -> Vec<([f32; 2], f32)> {
        let (unit, eyes) = (
            landmarks.inter_eye_distance().max(1.0),
            landmarks.between_eyes(),
        );
        let marks = landmarks.points().iter().zip(self.solid());
        let mut places: Vec<_> = marks
            .map(|(p, [_, _, deep])| ([(p.x - eyes.x) / unit, (p.y - eyes.y) / unit], deep))
            .collect();
        for ([x, y], hundredths) in ELSEWHERE.into_iter().zip(self.others) {
            let deep = f32::from(hundredths) / 100.0;
            places.push(([x, y], deep));
            if x > 0.0 {
                places.push(([-x, y], deep));
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_landmark_has_its_place_and_heads_are_judged_by_others_than_they_were_tuned_on() {
        let mut seen = [false; LANDMARK_COUNT];
        for place in PAIRS.iter().flat_map(|(right, left)| [*right, *left]) {
            seen[place] = true;
        }
        assert!(seen.iter().all(|seen| *seen));
        let names = |heads: Vec<&Head>| heads.iter().map(|head| head.name).collect::<Vec<_>>();
        let tuning = names(Head::for_tuning().collect());
        let judging = names(Head::for_judging().collect());
        assert_eq!((tuning.len(), judging.len()), (6, 6));
        assert!(judging.iter().all(|name| !tuning.contains(name)));
    }

    #[test]
    fn a_nose_stands_out_and_the_sides_of_a_head_lie_back() {
        for head in &HEADS {
            let solid = head.solid();
            let (nose, jaw) = (solid[30][2], solid[0][2].max(solid[16][2]));
            assert!((0.3..0.8).contains(&nose) && jaw < -0.5, "{head:?}");
        }
    }
}
