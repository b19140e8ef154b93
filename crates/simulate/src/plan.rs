//! What happens to whom: decided from the seed before the day begins, so that no thread's speed can
//! change it.

use crate::people::{Applicant, People, Sitter};
use domain::Refusal;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

/// What becomes of an applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The applicant refuses before the photograph.
    Refuses(Refusal),
    /// The supervisor approves.
    Approved,
    /// The supervisor sends it back with this reason, and approves what was corrected.
    Returned(&'static str),
    /// The supervisor ends it with this reason.
    Rejected(&'static str),
}

/// One applicant's turn.
#[derive(Debug, Clone)]
pub struct Turn {
    /// Who comes.
    pub applicant: Applicant,
    /// What becomes of it.
    pub fate: Fate,
    /// How the face is shown when the portrait must be taken again.
    pub again: Applicant,
}

/// The turns of a day, always the same for a seed.
pub fn turns(applicants: u32, seed: u64, sitters: &[Sitter]) -> Vec<Turn> {
    let mut people = People::new(seed);
    let mut random = StdRng::seed_from_u64(seed ^ 0x5EED_FA7E);
    let fates = fates(applicants, &mut random);
    let first = random.random_range(0..sitters.len().max(1));
    let turns = fates.into_iter().enumerate().filter_map(|(number, fate)| {
        let sitter = *sitters.get((first + number) % sitters.len())?;
        let applicant = people.applicant(sitter);
        let again = people.applicant(sitter);
        Some(Turn {
            applicant,
            fate,
            again,
        })
    });
    turns.collect()
}

/// Of six applicants one comes back, of twelve one is rejected and one refuses; on a day of eight or
/// more there is at least one of each, and both reasons to send back.
fn fates(applicants: u32, random: &mut StdRng) -> Vec<Fate> {
    let some = |share: u32, from: u32, least: u32| {
        if applicants < from {
            0
        } else {
            (applicants / share).max(least)
        }
    };
    let mut fates = Vec::with_capacity(applicants as usize);
    for n in 0..some(12, 4, 1) {
        let all = Refusal::ALL;
        fates.extend(all.get(n as usize % all.len()).map(|r| Fate::Refuses(*r)));
    }
    for n in 0..some(12, 5, 1) {
        let reasons = desk::REJECT_REASONS;
        fates.extend(
            reasons
                .get((n as usize + 1) % reasons.len())
                .map(|r| Fate::Rejected(r)),
        );
    }
    for n in 0..some(6, 3, 2.min(applicants / 3)) {
        let reason = if n % 2 == 0 {
            "return-portrait"
        } else {
            "return-name"
        };
        fates.push(Fate::Returned(reason));
    }
    fates.resize(applicants as usize, Fate::Approved);
    fates.shuffle(random);
    fates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_eight_has_one_of_everything_and_is_the_same_for_its_seed() {
        let day = |seed| fates(8, &mut StdRng::seed_from_u64(seed));
        let of = |wish: fn(&Fate) -> bool| day(3).iter().filter(|f| wish(f)).count();
        assert_eq!(of(|f| matches!(f, Fate::Refuses(_))), 1);
        assert_eq!(of(|f| matches!(f, Fate::Rejected(_))), 1);
        assert_eq!(of(|f| *f == Fate::Returned("return-portrait")), 1);
        assert_eq!(of(|f| *f == Fate::Returned("return-name")), 1);
        assert_eq!(day(3), day(3));
        assert!((1..40).any(|seed| day(seed) != day(3)));
    }

    #[test]
    fn the_smallest_days_are_days_too() {
        for applicants in 0..8 {
            let fates = fates(applicants, &mut StdRng::seed_from_u64(1));
            assert_eq!(fates.len(), applicants as usize);
        }
    }
}
