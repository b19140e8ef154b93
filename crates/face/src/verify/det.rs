//! The detection error trade-off as CSV and as a picture.

use std::fmt::Write as _;

use super::rates::DetPoint;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 560.0;
const LEFT: f64 = 80.0;
const TOP: f64 = 40.0;
const SIDE: f64 = 440.0;
/// The lowest rate drawn; rates of nought lie on this edge.
const LOWEST_EXPONENT: i32 = -6;

/// Rows `threshold,fmr,fmr_low95,fmr_high95,nonmated,fnmr,fnmr_low95,fnmr_high95,mated`, by rising threshold.
#[must_use]
pub fn det_csv(points: &[DetPoint]) -> String {
    let mut text = String::from(
        "threshold,fmr,fmr_low95,fmr_high95,nonmated,fnmr,fnmr_low95,fnmr_high95,mated\n",
    );
    for p in points {
        let value = |rate: Option<f64>| rate.map_or_else(String::new, |v| format!("{v:.9}"));
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "{:.6},{},{:.9},{:.9},{},{},{:.9},{:.9},{}",
            p.threshold,
            value(p.fmr.value),
            p.fmr.low95,
            p.fmr.high95,
            p.fmr.trials,
            value(p.fnmr.value),
            p.fnmr.low95,
            p.fnmr.high95,
            p.fnmr.trials
        );
    }
    text
}

/// The trade-off as an SVG: both axes logarithmic from 1e-6 to 1, the 95 % bounds as a band, sample sizes in the caption.
#[must_use]
pub fn det_svg(points: &[DetPoint], title: &str) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{LEFT}\" y=\"24\" font-size=\"15\">{}</text>\n",
        escape(title)
    );
    draw_grid(&mut svg);
    let drawable: Vec<&DetPoint> = points
        .iter()
        .filter(|p| p.fmr.trials > 0 && p.fnmr.trials > 0)
        .collect();
    let low = drawable.iter().map(|p| (p.fmr.low95, p.fnmr.low95));
    let high = drawable.iter().rev().map(|p| (p.fmr.high95, p.fnmr.high95));
    let _ = writeln!(
        svg,
        "<polygon points=\"{}\" fill=\"#0b6e4f\" fill-opacity=\"0.15\"/>",
        coordinates(low.chain(high))
    );
    let middle = drawable
        .iter()
        .map(|p| (p.fmr.value.unwrap_or(0.0), p.fnmr.value.unwrap_or(0.0)));
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#0b6e4f\" stroke-width=\"2\"/>",
        coordinates(middle)
    );
    let (nonmated, mated) = drawable
        .first()
        .map_or((0, 0), |p| (p.fmr.trials, p.fnmr.trials));
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">false match rate ({nonmated} non-mated comparisons)</text>",
        LEFT + SIDE / 2.0,
        TOP + SIDE + 42.0
    );
    let _ = writeln!(
        svg,
        "<text transform=\"translate(22 {}) rotate(-90)\" text-anchor=\"middle\">false non-match rate ({mated} mated)</text>",
        TOP + SIDE / 2.0
    );
    let _ = writeln!(
        svg,
        "<text x=\"{LEFT}\" y=\"{}\" font-size=\"11\">Band: Clopper-Pearson 95 %. Rates of nought lie on the edge.</text>\n</svg>",
        TOP + SIDE + 66.0
    );
    svg
}

fn draw_grid(svg: &mut String) {
    for exponent in LOWEST_EXPONENT..=0 {
        let along = place(10_f64.powi(exponent)) * SIDE;
        let (x, y) = (LEFT + along, TOP + SIDE - along);
        let (right, bottom) = (LEFT + SIDE, TOP + SIDE);
        let _ = writeln!(
            svg,
            "<path d=\"M{x} {TOP}V{bottom}M{LEFT} {y}H{right}\" stroke=\"#ccc\"/>\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">1e{exponent}</text><text x=\"{}\" y=\"{}\" text-anchor=\"end\">1e{exponent}</text>",
            bottom + 18.0,
            LEFT - 6.0,
            y + 4.0
        );
    }
}

/// Where a rate lies on an axis, 0..=1.
fn place(rate: f64) -> f64 {
    let lowest = f64::from(LOWEST_EXPONENT);
    (rate.max(1e-300).log10().clamp(lowest, 0.0) - lowest) / -lowest
}

fn coordinates(rates: impl Iterator<Item = (f64, f64)>) -> String {
    let mut text = String::new();
    for (fmr, fnmr) in rates {
        let _ = write!(
            text,
            "{:.1},{:.1} ",
            LEFT + place(fmr) * SIDE,
            TOP + SIDE - place(fnmr) * SIDE
        );
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::{Report, ScoredPair};

    fn report() -> Report {
        let pairs: Vec<ScoredPair> = (0..1000)
            .map(|i| ScoredPair {
                a: i,
                b: i,
                same: i % 2 == 0,
                score: Some(if i % 2 == 0 { 0.9 } else { 0.0 } - i as f32 / 2000.0),
            })
            .collect();
        Report::of(&pairs, 1000, 0)
    }

    #[test]
    fn the_csv_has_one_row_a_point_and_every_count() {
        let report = report();
        let text = det_csv(&report.det);
        assert_eq!(text.lines().count(), report.det.len() + 1);
        assert!(
            text.lines()
                .nth(1)
                .is_some_and(|row| row.split(',').count() == 9)
        );
    }

    #[test]
    fn the_plot_is_one_well_formed_picture_with_sample_sizes() {
        let svg = det_svg(&report().det, "a < b & c");
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(
            svg.contains("a &lt; b &amp; c")
                && svg.contains("500 non-mated")
                && !svg.contains("NaN")
        );
        assert!(det_svg(&[], "empty").contains("0 non-mated"));
    }
}
