//! A generated head: 68 points in space, seen by a pinhole camera and measured with the errors of real networks. Nothing here is a recording.

use face::{LANDMARK_COUNT, Landmarks, Point};

/// A seeded generator (splitmix64).
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn chance(&mut self, share: f64) -> bool {
        self.between(0.0, 1.0) < share
    }

    /// Near normal: the sum of four even ones, scaled to one standard deviation.
    pub fn normal(&mut self, deviation: f64) -> f64 {
        let bits = self.next().to_le_bytes();
        let sum: f64 = bits
            .as_chunks::<2>()
            .0
            .iter()
            .map(|two| f64::from(u16::from_le_bytes(*two)) / 65_535.0 - 0.5)
            .sum();
        sum * 3.0_f64.sqrt() * deviation
    }
}

pub type Solid = [[f64; 3]; LANDMARK_COUNT];

/// Half an average adult's face in millimetres: x to the picture's right, y down from the eye line, z towards the camera. The rest mirrors it.
const HALF_HEAD_MM: [(usize, usize, [f64; 3]); 39] = [
    (0, 16, [-72.0, 2.0, -55.0]),
    (1, 15, [-71.0, 18.0, -52.0]),
    (2, 14, [-69.0, 35.0, -48.0]),
    (3, 13, [-65.0, 52.0, -42.0]),
    (4, 12, [-58.0, 68.0, -33.0]),
    (5, 11, [-47.0, 82.0, -20.0]),
    (6, 10, [-33.0, 94.0, -6.0]),
    (7, 9, [-17.0, 103.0, 4.0]),
    (8, 8, [0.0, 106.0, 8.0]),
    (17, 26, [-54.0, -14.0, -2.0]),
    (18, 25, [-47.0, -22.0, 5.0]),
    (19, 24, [-37.0, -25.0, 11.0]),
    (20, 23, [-26.0, -24.0, 15.0]),
    (21, 22, [-14.0, -20.0, 18.0]),
    (27, 27, [0.0, -4.0, 18.0]),
    (28, 28, [0.0, 8.0, 26.0]),
    (29, 29, [0.0, 20.0, 34.0]),
    (30, 30, [0.0, 31.0, 42.0]),
    (31, 35, [-14.0, 42.0, 22.0]),
    (32, 34, [-7.0, 44.0, 27.0]),
    (33, 33, [0.0, 46.0, 30.0]),
    (36, 45, [-45.0, 1.0, -2.0]),
    (37, 44, [-37.0, -4.0, 4.0]),
    (38, 43, [-27.0, -4.0, 5.0]),
    (39, 42, [-18.0, 2.0, 3.0]),
    (40, 47, [-27.0, 5.0, 4.0]),
    (41, 46, [-37.0, 5.0, 3.0]),
    (48, 54, [-26.0, 70.0, 10.0]),
    (49, 53, [-16.0, 65.0, 20.0]),
    (50, 52, [-6.0, 62.0, 25.0]),
    (51, 51, [0.0, 63.0, 26.0]),
    (59, 55, [-16.0, 77.0, 18.0]),
    (58, 56, [-7.0, 80.0, 21.0]),
    (57, 57, [0.0, 81.0, 22.0]),
    (60, 64, [-22.0, 70.0, 12.0]),
    (61, 63, [-7.0, 69.0, 22.0]),
    (62, 62, [0.0, 69.0, 23.0]),
    (67, 65, [-7.0, 72.0, 22.0]),
    (66, 66, [0.0, 72.0, 22.0]),
];
const INTER_EYE_MM: f64 = 63.0;

/// Somebody: the average head with a nose, a jaw and proportions of their own, in inter-eye distances.
pub fn somebody(dice: &mut Dice) -> Solid {
    let (wide, high, deep) = (
        dice.between(0.93, 1.07),
        dice.between(0.93, 1.07),
        dice.between(0.85, 1.15),
    );
    let nose = dice.between(0.72, 1.3);
    let mut solid = [[0.0; 3]; LANDMARK_COUNT];
    for (left, right, [x, y, z]) in HALF_HEAD_MM {
        // The nose stands on the plane of brows and upper lip, some 17 mm before the eyes.
        let z = if (28..=35).contains(&left) {
            17.0 + (z - 17.0) * nose
        } else {
            z
        };
        let own = [dice.normal(1.2), dice.normal(1.2), dice.normal(1.2)];
        let point = [x * wide + own[0], y * high + own[1], z * deep + own[2]];
        solid[left] = point.map(|v| v / INTER_EYE_MM);
        let middle = left == right;
        let mirrored = [if middle { own[0] } else { -point[0] }, point[1], point[2]];
        solid[right] = mirrored.map(|v| v / INTER_EYE_MM);
    }
    solid
}

/// A picture of somebody, printed or on a screen: their points as the photographer's camera saw them, on a sheet.
pub fn picture_of(solid: &Solid, bend: impl Fn(f64, f64) -> f64) -> Solid {
    solid.map(|[x, y, z]| {
        let near = 10.0 / (10.0 - z);
        [x * near, y * near, bend(x * near, y * near)]
    })
}

/// Where a head is and how it is held; radians and inter-eye distances.
#[derive(Debug, Clone, Copy, Default)]
pub struct Held {
    pub yaw: f64,
    pub pitch: f64,
    pub roll: f64,
    pub x: f64,
    pub y: f64,
    pub distance: f64,
}

const FOCAL_PX: f64 = 1100.0;
/// The head turns on the neck, about one and a half eye distances behind the eyes.
const NECK: f64 = 1.4;

/// The camera's picture of a solid, in pixels.
pub fn seen(solid: &Solid, held: &Held) -> [[f64; 2]; LANDMARK_COUNT] {
    let ((sy, cy), (sp, cp), (sr, cr)) = (
        held.yaw.sin_cos(),
        held.pitch.sin_cos(),
        held.roll.sin_cos(),
    );
    solid.map(|[x, y, z]| {
        let z = z + NECK;
        let (y, z) = (y * cp + z * sp, z * cp - y * sp);
        let (x, z) = (x * cy + z * sy, z * cy - x * sy);
        let (x, y) = (x * cr - y * sr, x * sr + y * cr);
        let far = held.distance - (z - NECK);
        [
            640.0 + FOCAL_PX * (x + held.x) / far,
            330.0 + FOCAL_PX * (y + held.y) / far,
        ]
    })
}

/// Landmarks as a network gives them: off by noise, anew in every frame, in inter-eye distances.
pub fn measured(
    points: &[[f64; 2]; LANDMARK_COUNT],
    bias: &[[f64; 2]; LANDMARK_COUNT],
    noise: f64,
    dice: &mut Dice,
) -> Landmarks {
    let unit =
        ((points[45][0] - points[36][0]).hypot(points[45][1] - points[36][1]) / 1.43).max(1.0);
    let mut place = 0;
    Landmarks::from_points(points.map(|[x, y]| {
        let [bias_x, bias_y] = bias[place];
        place += 1;
        Point::new(
            (x + unit * (bias_x + dice.normal(noise))) as f32,
            (y + unit * (bias_y + dice.normal(noise))) as f32,
        )
    }))
}
