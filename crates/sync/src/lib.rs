//! The upload engine as a sans-IO state machine, its reqwest driver, and outcome and policy pulls.
