//! Generated attacks. The attacker sees the prompts and does the best that the material allows; the networks are taken to be fooled as far as can be: a tilted
//! picture's tilt is reported as a head's turn, the passive score is that of a person, the similarity that of the person on the picture.

use face::liveness::{Challenge, Decision, Observation, Policy, Prompt, Session};

use super::head::{self, Dice};
use super::person::{Person, Subject};

/// Attack instruments and ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attack {
    PictureMoved,
    PictureTilted,
    PictureBent,
    PictureFolded,
    PictureZoomed,
    PictureWithEyeHoles,
    EyesPaintedClosed,
    ClipInAnotherOrder,
    ClipOfAnotherFace,
    CutToAnotherFace,
    AnotherFaceActs,
    FrozenCamera,
    CameraSwapped,
}

impl Attack {
    pub const ALL: [Self; 13] = [
        Self::PictureMoved,
        Self::PictureTilted,
        Self::PictureBent,
        Self::PictureFolded,
        Self::PictureZoomed,
        Self::PictureWithEyeHoles,
        Self::EyesPaintedClosed,
        Self::ClipInAnotherOrder,
        Self::ClipOfAnotherFace,
        Self::CutToAnotherFace,
        Self::AnotherFaceActs,
        Self::FrozenCamera,
        Self::CameraSwapped,
    ];
}

const LONGEST_MS: f64 = 70_000.0;

/// A run of the real session against whatever gives the next frame.
pub fn play(challenge: Challenge, mut next: impl FnMut(Prompt) -> Option<Observation>) -> Decision {
    let mut session = Session::new(challenge, Policy::default());
    while !session.prompt().is_over() {
        let Some(frame) = next(session.prompt()) else {
            break;
        };
        session.observe(&frame);
    }
    session.finish()
}

/// A generated person does what is asked.
pub fn bona_fide(seed: u64) -> Decision {
    let mut person = Person::new(Dice(seed));
    let challenge = Challenge::draw(person.dice.next());
    let mut now = 0.0;
    play(challenge, |prompt| {
        now += person.step_ms();
        (now < LONGEST_MS).then(|| person.frame(now, prompt))
    })
}

/// One trial of an attack, drawn again until the attack takes place before the session is over.
pub fn trial(attack: Attack, seed: u64) -> Decision {
    let mut dice = Dice(seed ^ ((attack as u64) << 40));
    loop {
        if let Some(decision) = try_once(attack, &mut dice) {
            return decision;
        }
    }
}

fn try_once(attack: Attack, dice: &mut Dice) -> Option<Decision> {
    let challenge = Challenge::draw(dice.next());
    let mut attacker = Person::new(Dice(dice.next()));
    attacker.passive = 0.9;
    attacker.similarity = 0.9;
    match attack {
        Attack::ClipInAnotherOrder => Some(clip_in_another_order(challenge, attacker, dice)),
        Attack::ClipOfAnotherFace | Attack::CutToAnotherFace | Attack::AnotherFaceActs => {
            other_face(attack, challenge, attacker, dice)
        }
        Attack::FrozenCamera | Attack::CameraSwapped => {
            broken_camera(attack, challenge, attacker, dice)
        }
        _ => Some(picture(attack, challenge, attacker, dice)),
    }
}

fn picture(
    attack: Attack,
    challenge: Challenge,
    mut attacker: Person,
    dice: &mut Dice,
) -> Decision {
    let bend = dice.between(0.05, 0.5);
    let (slant_x, slant_y) = dice.between(0.0, std::f64::consts::PI).sin_cos();
    attacker.subject = match attack {
        Attack::PictureMoved | Attack::PictureZoomed => Subject::PictureInPlane,
        Attack::PictureWithEyeHoles => Subject::PictureWithHoles,
        _ => Subject::Picture,
    };
    let bent = matches!(attack, Attack::PictureBent)
        || (attack == Attack::PictureWithEyeHoles && dice.chance(0.5));
    let solid = attacker.solid;
    attacker.solid = match attack {
        Attack::PictureFolded => head::picture_of(&solid, |x, _| -bend * x.abs()),
        _ if bent => head::picture_of(&solid, |x, y| {
            -bend * (slant_x * x + slant_y * (y - 0.5)).powi(2)
        }),
        _ => head::picture_of(&solid, |_, _| 0.0),
    };
    // A second picture with painted lids is held over the first: in half of the trials in perfect register, else some frames beside it.
    let painted = attack == Attack::EyesPaintedClosed;
    let in_register = dice.chance(0.5);
    let (mut now, mut blink): (f64, Option<(f64, f64)>) = (0.0, None);
    let mut asked = None;
    let mut dice = dice.clone();
    play(challenge, |prompt| {
        now += attacker.step_ms();
        let mut frame = attacker.frame(now, prompt);
        if painted && asked != Some(prompt) {
            asked = Some(prompt);
            if prompt == Prompt::Act(face::liveness::Action::Blink) {
                let start = now + dice.between(300.0, 1200.0);
                blink = Some((start, start + dice.between(400.0, 1200.0)));
            }
        }
        if let (Some((from, to)), Some(face)) = (blink, frame.face.as_mut())
            && now >= from
            && now < to
        {
            (face.eyes.right_open, face.eyes.left_open) = (0.1, 0.1);
            if !in_register && (now - from < 120.0 || to - now < 120.0) {
                frame.face = None;
            }
        }
        if attack == Attack::PictureZoomed && now > 2000.0 && dice.chance(0.02) {
            attacker.begin(face::liveness::Action::ComeCloser, now);
        }
        (now < LONGEST_MS).then_some(frame)
    })
}

/// The person's own recording of another challenge, from a screen, over and over.
fn clip_in_another_order(challenge: Challenge, mut person: Person, dice: &mut Dice) -> Decision {
    let recorded = loop {
        let other = Challenge::draw(dice.next());
        if other.actions() != challenge.actions() {
            break other;
        }
    };
    let start = dice.between(1200.0, 3000.0);
    let mut at = start;
    let mut script = Vec::new();
    for action in recorded.actions() {
        script.push((at, action));
        at += dice.between(2500.0, 4500.0);
    }
    // Played once and then standing at its last pose, or over and over. A repeat that begins anew in another place of the order would be another order.
    let again = dice.chance(0.5);
    let (mut now, mut begun) = (0.0, 0);
    play(challenge, |_| {
        now += person.step_ms();
        if let Some(&(at, action)) = script.get(begun)
            && now >= at
        {
            person.begin(action, at);
            begun += 1;
        } else if again && begun == script.len() && now > at {
            let length = at - start + 1500.0;
            for step in &mut script {
                step.0 += length;
            }
            (at, begun) = (at + length, 0);
        }
        (now < LONGEST_MS).then(|| person.frame(now, Prompt::LookAhead))
    })
}

fn other_face(
    attack: Attack,
    challenge: Challenge,
    mut person: Person,
    dice: &mut Dice,
) -> Option<Decision> {
    let other = head::somebody(dice);
    let similarity_of_other = dice.normal(0.1);
    let cut_ms = dice.between(300.0, 9000.0);
    let own = (person.solid, person.similarity);
    let (mut now, mut other_seen) = (0.0, false);
    let decision = play(challenge, |prompt| {
        now += person.step_ms();
        let is_other = match attack {
            Attack::ClipOfAnotherFace => true,
            Attack::CutToAnotherFace => now >= cut_ms,
            _ => matches!(prompt, Prompt::Act(_)),
        };
        // In perfect register: the other face takes over in the same place, size and turn.
        (person.solid, person.similarity) = if is_other {
            (other, similarity_of_other)
        } else {
            own
        };
        other_seen |= is_other;
        (now < LONGEST_MS).then(|| person.frame(now, prompt))
    });
    // Over before the cut: that was one face throughout and no attack.
    other_seen.then_some(decision)
}

fn broken_camera(
    attack: Attack,
    challenge: Challenge,
    mut person: Person,
    dice: &mut Dice,
) -> Option<Decision> {
    let at_ms = dice.between(200.0, 6000.0);
    let encoded_anew = dice.chance(0.5);
    let (mut now, mut stuck): (f64, Option<Observation>) = (0.0, None);
    let mut broken = false;
    let decision = play(challenge, |prompt| {
        now += person.step_ms();
        let mut frame = person.frame(now, prompt);
        if now >= at_ms {
            broken = true;
            if attack == Attack::CameraSwapped {
                frame.camera = face::liveness::CameraId(8);
            } else {
                let digest = frame.digest;
                frame = stuck.get_or_insert(frame).clone();
                frame.at_ms = now as u64;
                if encoded_anew {
                    frame.digest = digest;
                }
            }
        }
        (now < LONGEST_MS).then_some(frame)
    });
    broken.then_some(decision)
}
