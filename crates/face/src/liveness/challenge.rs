//! What the person is asked to do, in which order, with what pauses: drawn anew for every session.

use serde::{Deserialize, Serialize};

/// How many actions a challenge has.
pub(super) const STEPS: usize = 3;
/// The longest pause that is added before a prompt, so that its moment cannot be foreseen.
const LONGEST_PAUSE_MS: u64 = 900;

/// One thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Close both eyes for a moment, then open them. Longer than an involuntary blink, so that it shows at ten frames a second and does not come by chance.
    Blink,
    /// Turn the head to one's own left, then look ahead again.
    TurnLeft,
    /// Turn the head to one's own right, then look ahead again.
    TurnRight,
    /// Lower or lift the chin, then look ahead again.
    Nod,
    /// Come closer to the camera.
    ComeCloser,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Blink,
        Self::TurnLeft,
        Self::TurnRight,
        Self::Nod,
        Self::ComeCloser,
    ];

    /// The message's key in the language files.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Blink => "challenge-blink",
            Self::TurnLeft => "challenge-turn-left",
            Self::TurnRight => "challenge-turn-right",
            Self::Nod => "challenge-nod",
            Self::ComeCloser => "challenge-come-closer",
        }
    }

    /// True for the actions that show whether the head is solid.
    pub(super) const fn moves_the_head(self) -> bool {
        matches!(self, Self::TurnLeft | Self::TurnRight | Self::Nod)
    }
}

/// Three actions in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    actions: [Action; STEPS],
    pauses_ms: [u64; STEPS],
    left_out: Vec<Action>,
}

impl Challenge {
    /// Draws one of the 60 challenges. The seed must come from the system's randomness, anew for every session; equal seeds give equal challenges.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        // Five actions are always enough.
        Self::draw_among(seed, Action::ALL.to_vec(), Vec::new())
    }

    /// Draws a challenge without the actions that a person cannot do. `None` where fewer than three are left, or none that moves the head: then an officer's
    /// recorded alternative is the way.
    #[must_use]
    pub fn draw_without(seed: u64, cannot: &[Action]) -> Option<Self> {
        let (left_out, left): (Vec<_>, Vec<_>) = Action::ALL
            .into_iter()
            .partition(|action| cannot.contains(action));
        let head_moves = left.iter().filter(|action| action.moves_the_head()).count();
        // Two that do not move the head leave one place of three: so at least one always does.
        (left.len() >= STEPS && head_moves >= 1).then(|| Self::draw_among(seed, left, left_out))
    }

    fn draw_among(seed: u64, mut actions: Vec<Action>, left_out: Vec<Action>) -> Self {
        let mut draw = Draw(seed);
        // Fisher-Yates, as far as it is needed.
        for place in 0..STEPS {
            let other = place + draw.below((actions.len() - place) as u64) as usize;
            actions.swap(place, other);
        }
        let mut drawn = actions.into_iter();
        let chosen = std::array::from_fn(|_| drawn.next().unwrap_or(Action::TurnLeft));
        Self {
            actions: chosen,
            pauses_ms: std::array::from_fn(|_| draw.below(LONGEST_PAUSE_MS)),
            left_out,
        }
    }

    /// A challenge with a given order, for recorded clips and tests.
    #[must_use]
    pub fn fixed(actions: [Action; STEPS]) -> Self {
        Self {
            actions,
            pauses_ms: [0; STEPS],
            left_out: Vec::new(),
        }
    }

    /// The actions in order.
    #[must_use]
    pub fn actions(&self) -> [Action; STEPS] {
        self.actions
    }

    /// Actions that were left out because the person cannot do them.
    #[must_use]
    pub fn left_out(&self) -> &[Action] {
        &self.left_out
    }

    /// One in so many challenges is this one: what a recording in some order has for a chance.
    #[must_use]
    pub fn one_in(&self) -> u64 {
        let left = (Action::ALL.len() - self.left_out.len()) as u64;
        left * left.saturating_sub(1) * left.saturating_sub(2)
    }

    pub(super) fn action(&self, step: usize) -> Option<Action> {
        self.actions.get(step).copied()
    }

    pub(super) fn pause_ms(&self, step: usize) -> u64 {
        self.pauses_ms.get(step).copied().unwrap_or(0)
    }
}

/// splitmix64: spreads the seed's randomness; it adds none.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Even among 0..bound (a bound of a few hundreds leaves a bias below 1e-16).
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn all_sixty_orders_come_up_evenly() {
        let mut seen: HashMap<[Action; STEPS], u32> = HashMap::new();
        for seed in 0..60_000 {
            let challenge = Challenge::draw(seed);
            *seen.entry(challenge.actions()).or_default() += 1;
            let [a, b, c] = challenge.actions();
            assert!(
                a != b
                    && b != c
                    && a != c
                    && challenge.actions().iter().any(|x| x.moves_the_head())
            );
        }
        assert_eq!((seen.len(), Challenge::draw(1).one_in()), (60, 60));
        assert!(seen.values().all(|&n| (850..1150).contains(&n)), "{seen:?}");
        assert_eq!(Challenge::draw(9), Challenge::draw(9));
    }

    #[test]
    fn a_person_who_cannot_do_something_is_not_asked_to_and_it_is_recorded() {
        for seed in 0..200 {
            let challenge =
                Challenge::draw_without(seed, &[Action::Blink, Action::ComeCloser]).unwrap();
            assert!(!challenge.actions().contains(&Action::Blink));
            assert_eq!(
                (challenge.left_out(), challenge.one_in()),
                ([Action::Blink, Action::ComeCloser].as_slice(), 6)
            );
        }
        assert!(
            Challenge::draw_without(1, &[Action::TurnLeft, Action::TurnRight, Action::Nod])
                .is_none()
        );
    }
}
