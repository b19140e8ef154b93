//! What a newcomer is searched and compared by: a template under every identity of which there may be references, each with the
//! thresholds of that identity. Scores of two identities are never mixed.

use super::Unsearched;
use crate::CentreError;
use crate::portrait::PortraitCheck;
use face::verify::{Calibration, Identification};
use face::{DecisionPolicy, Template, TemplateModel, compare};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The networks of today, and those of before whose references are not all made anew yet.
#[derive(Debug, Clone)]
pub(crate) struct Probes {
    today: Arc<PortraitCheck>,
    before: Vec<Arc<PortraitCheck>>,
}

/// A template that is searched for.
#[derive(Debug)]
pub(crate) struct Asked {
    pub template: Template,
    decisions: DecisionPolicy,
    calibration: Option<Calibration>,
}

impl Probes {
    pub(crate) fn new(today: Arc<PortraitCheck>, before: Vec<Arc<PortraitCheck>>) -> Self {
        Self { today, before }
    }

    /// The identity that references are made anew under.
    pub(crate) fn today(&self) -> &Arc<PortraitCheck> {
        &self.today
    }

    /// By the template alone: its own identity, and earlier ones whose templates are a part of it.
    pub(crate) fn of(&self, template: &Template) -> Vec<Asked> {
        let today = self.today.templates();
        let known = self.before.iter().map(|before| before.templates());
        let mut asked = Vec::new();
        if let Some(former) = today.former().iter().find(|f| f.id() == template.model()) {
            let decisions = former.decisions().clone();
            let calibration = former.calibration().cloned();
            asked.push(Asked::new(template.clone(), decisions, calibration));
            return asked;
        }
        let own = known
            .into_iter()
            .find(|model| model.id() == template.model());
        asked.push(Asked::under(own.unwrap_or(today), template.clone()));
        if template.model() == today.id() {
            for former in today.former() {
                if let Some(inside) = former.inside(template) {
                    let decisions = former.decisions().clone();
                    asked.push(Asked::new(inside, decisions, former.calibration().cloned()));
                }
            }
        }
        asked
    }

    /// By the portrait too, for those identities of `wanted` that the template says nothing of.
    ///
    /// # Errors
    /// Where a face that has a template gives none under an earlier identity: it can be searched once references are made anew.
    pub(crate) async fn by_portrait(
        &self,
        asked: &mut Vec<Asked>,
        wanted: &BTreeSet<String>,
        portrait: Option<&[u8]>,
    ) -> Result<(), Unsearched> {
        for before in &self.before {
            let id = before.templates().id().as_str();
            let known = asked.iter().any(|one| one.template.model().as_str() == id);
            let (Some(portrait), false, true) = (portrait, known, wanted.contains(id)) else {
                continue;
            };
            let (network, portrait) = (before.clone(), portrait.to_vec());
            let made = tokio::task::spawn_blocking(move || network.template_of(&portrait)).await;
            let made = made.map_err(|_| CentreError::Ended("making a template"))?;
            let template = made.map_err(|_| Unsearched::NotRemade(id.to_owned()))?;
            asked.push(Asked::under(before.templates(), template));
        }
        Ok(())
    }
}

impl Asked {
    fn new(
        template: Template,
        decisions: DecisionPolicy,
        calibration: Option<Calibration>,
    ) -> Self {
        Self {
            template,
            decisions,
            calibration,
        }
    }

    fn under(model: &TemplateModel, template: Template) -> Self {
        let calibration = model.calibrations().first().cloned();
        Self::new(template, model.decisions().clone(), calibration)
    }

    /// The score from which a reference among so many is a candidate: policy's false positive identification rate decides, but nobody is
    /// a candidate whom a 1:1 comparison calls somebody else.
    pub(crate) fn candidate_from(&self, rate: f64, references: u64) -> f32 {
        let by_size = self
            .calibration
            .as_ref()
            .and_then(|calibration| Identification { rate, references }.threshold(calibration));
        let least = self.decisions.non_match_below;
        by_size.map_or(least, |threshold| least.max(threshold.score as f32))
    }
}

/// The score of a newcomer and a reference, and from which score on they are one person's and below which they are two, by the identity by
/// which they can be compared; none where they cannot.
pub(crate) fn compared(asked: &[Asked], reference: &Template) -> Option<(f32, f32, f32)> {
    let one = asked
        .iter()
        .find(|one| one.template.model() == reference.model())?;
    let score = compare(&one.template, reference).ok()?;
    let decisions = &one.decisions;
    Some((
        score.value(),
        decisions.match_from,
        decisions.non_match_below,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use face::ModelId;
    use face::verify::CalibrationPoint;

    /// FMR 10⁻³ from 0.41 and 10⁻⁴ from 0.48 on; below 0.41 a 1:1 comparison says no.
    fn asked() -> Asked {
        let point = |score, fmr| CalibrationPoint {
            score,
            fmr,
            high95: None,
            fnmr: None,
        };
        let points = vec![point(0.41, 1e-3), point(0.48, 1e-4)];
        let table = Calibration::from_points("m", "known", 1_000_000, points).unwrap();
        let template = Template::from_raw(ModelId::new("m").unwrap(), vec![1.0, 0.0]).unwrap();
        let decisions = DecisionPolicy {
            match_from: 0.48,
            non_match_below: 0.41,
            dated: "2026-11-28".to_owned(),
        };
        Asked::new(template, decisions, Some(table))
    }

    #[test]
    fn the_size_of_the_gallery_decides_from_which_score_on_there_are_candidates() {
        let asked = asked();
        let from = |rate, references| asked.candidate_from(rate, references);
        assert!((from(0.01, 0) - 0.41).abs() < 1e-6);
        assert!((from(0.01, 10) - 0.41).abs() < 2e-3);
        assert!((from(0.01, 100) - 0.48).abs() < 2e-3);
        assert!(from(0.01, 1_000_000) > 0.6, "{}", from(0.01, 1_000_000));
        // Who may have a tenth of a case for every search has more of them.
        assert!(from(0.1, 1_000_000) < from(0.01, 1_000_000));
    }
}
