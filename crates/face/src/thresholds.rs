//! The least scalars that a photograph must reach. They come from the signed policy.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::measure::{Code, Component, Measures};

/// Least scalar by component. A scalar equal to its threshold passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Thresholds {
    least: BTreeMap<Component, u8>,
}

impl Default for Thresholds {
    /// What stations get where the authority has signed nothing else: [`domain::Policy::default`].
    fn default() -> Self {
        Self::of(&domain::Policy::default())
    }
}

impl Thresholds {
    /// The demands of a policy; names that this build does not know are left out.
    pub fn of(policy: &domain::Policy) -> Self {
        let known = policy.quality.iter().filter_map(|(name, least)| {
            let component = name.parse::<Component>().ok()?;
            Some((component, (*least).min(100)))
        });
        Self {
            least: known.collect(),
        }
    }

    /// No demands.
    pub fn none() -> Self {
        Self {
            least: BTreeMap::new(),
        }
    }

    /// The same with another least scalar for a component.
    #[must_use]
    pub fn with(mut self, component: Component, least: u8) -> Self {
        self.least.insert(component, least.min(100));
        self
    }

    /// The same without a demand on a component.
    #[must_use]
    pub fn without(mut self, component: Component) -> Self {
        self.least.remove(&component);
        self
    }

    /// The least scalar of a component, where one is asked for.
    pub fn least(&self, component: Component) -> Option<u8> {
        self.least.get(&component).copied()
    }

    /// All demands.
    pub fn iter(&self) -> impl Iterator<Item = (Component, u8)> + '_ {
        self.least
            .iter()
            .map(|(component, least)| (*component, *least))
    }

    /// Whether one component's demand is met. What was not assessed is not held against the person; what was tried in vain is.
    pub fn met(&self, component: Component, measures: &Measures) -> bool {
        let Some(least) = self.least(component) else {
            return true;
        };
        let measure = measures.get(component);
        match measure.code {
            Code::Ok => measure.scalar.is_some_and(|scalar| scalar >= least),
            Code::NotAssessed => true,
            Code::FailureToAssess => false,
        }
    }

    /// The components whose demand is not met.
    pub fn unmet<'a>(&'a self, measures: &'a Measures) -> impl Iterator<Item = Component> + 'a {
        self.least
            .keys()
            .copied()
            .filter(|component| !self.met(*component, measures))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Measure;

    #[test]
    fn every_demand_of_the_default_policy_is_one_that_this_build_measures() {
        let policy = domain::Policy::default();
        assert_eq!(Thresholds::default().iter().count(), policy.quality.len());
    }

    #[test]
    fn a_scalar_equal_to_its_threshold_passes() {
        let thresholds = Thresholds::none().with(Component::EyesVisible, 70);
        let mut measures = Measures::default();
        measures.set(Measure::of(Component::EyesVisible, 0.30));
        assert_eq!(measures.scalar(Component::EyesVisible), Some(70));
        assert!(thresholds.met(Component::EyesVisible, &measures));
        measures.set(Measure::of(Component::EyesVisible, 0.31));
        assert!(!thresholds.met(Component::EyesVisible, &measures));
    }

    #[test]
    fn what_was_not_assessed_is_not_held_against_the_person_and_a_failed_attempt_is() {
        let thresholds = Thresholds::none().with(Component::Sharpness, 50);
        let mut measures = Measures::default();
        assert!(thresholds.met(Component::Sharpness, &measures));
        measures.set(Measure::failed(Component::Sharpness));
        assert_eq!(
            thresholds.unmet(&measures).collect::<Vec<_>>(),
            [Component::Sharpness]
        );
    }
}
