//! A generated head: 68 points in space, seen by a pinhole camera and measured with the errors of real networks. Nothing here is a recording.

use face::{LANDMARK_COUNT, Landmarks, Point};
use puppets::Head;

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

/// Somebody: one of the heads that thresholds were not chosen with, with a nose, a jaw and proportions of their own, in inter-eye distances.
pub fn somebody(dice: &mut Dice) -> Solid {
    let heads: Vec<&Head> = Head::for_judging().collect();
    let head = heads[(dice.next() % heads.len() as u64) as usize].solid();
    let (wide, high, deep) = (
        dice.between(0.93, 1.07),
        dice.between(0.93, 1.07),
        dice.between(0.9, 1.1),
    );
    let own = dice.between(0.85, 1.15);
    let bridge = f64::from(head[27][2]);
    let mut solid = [[0.0; 3]; LANDMARK_COUNT];
    for (nth, (point, place)) in solid.iter_mut().zip(head).enumerate() {
        let [x, y, z] = place.map(f64::from);
        let z = if (28..=35).contains(&nth) {
            bridge + (z - bridge) * own
        } else {
            z
        };
        *point = [
            x * wide + dice.normal(0.02),
            y * high + dice.normal(0.02),
            z * deep + dice.normal(0.02),
        ];
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
