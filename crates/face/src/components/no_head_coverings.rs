//! NoHeadCoverings: share of cloth and hat in the upper head. It needs face parsing, which is not shipped, so only the mapping is
//! here. A head covering is allowed anyway where the face shows from chin to forehead.

use super::sigmoid::sigmoid;

const NOTHING_ABOVE: f64 = 0.95;

pub(super) fn quality(native: f64) -> f64 {
    if native <= 0.0 {
        return 100.0;
    }
    if native >= NOTHING_ABOVE {
        return 0.0;
    }
    let at = |x| sigmoid(x, 0.02, 0.1);
    let (none, all) = (at(0.0), at(NOTHING_ABOVE));
    100.0 * (all - at(native)) / (all - none)
}
