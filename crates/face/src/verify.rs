//! Verification statistics: what a comparison score is worth, always with its sample sizes.
//!
//! A run reads rows `a,b,same`, makes one template a picture, compares the pairs and reports FMR and FNMR at thresholds, the failure-to-enrol rate, the
//! detection error trade-off and the threshold at wanted false match rates. Every rate carries its counts and an exact (Clopper-Pearson) 95 % interval.
//! The interval takes comparisons as independent; pairs that share a person or a picture are not, so the true uncertainty is larger than printed.
//!
//! A pair matches when its score is equal to or above the threshold.

mod calibration;
mod det;
mod identification;
mod interval;
mod pairs;
mod rates;
mod run;

pub use calibration::{Calibration, CalibrationError, CalibrationPoint, FalseMatch};
pub use det::{det_csv, det_svg};
pub use identification::{Identification, SizedThreshold};
pub use interval::Rate;
pub use pairs::{MAX_PAIRS, Pair, PairError, PairList};
pub use rates::{DetPoint, OperatingPoint, Report, ThresholdRow};
pub use run::{
    Compared, EnrolFailure, Progress, ScoredPair, TemplateSource, VerifyError, compare_pairs,
};
