//! What became of a batch: how many portraits make no template, by year, sex and region, and whose.

use super::Batch;
use crate::{CentreError, Store};
use serde::Serialize;
use std::collections::BTreeMap;

/// What became of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Counts {
    /// Rows that were taken or refused.
    pub rows: i64,
    /// With a reference.
    pub imported: i64,
    /// Without one, in words of the fault.
    pub no_reference: i64,
    /// Not taken at all.
    pub refused: i64,
    /// Share of the taken whose portrait makes no template, 0 to 1.
    pub failure: f64,
}

/// Of a batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The batch, by the digest of its list.
    pub list: String,
    /// Rows of the list.
    pub of: u64,
    /// All of them.
    pub all: Counts,
    /// By the year in which the portrait was taken.
    pub by_year: BTreeMap<String, Counts>,
    /// By sex.
    pub by_sex: BTreeMap<String, Counts>,
    /// By region.
    pub by_region: BTreeMap<String, Counts>,
    /// Lines without a usable reference or refused, with the reason: at most 10,000.
    pub listed: Vec<(i32, String)>,
}

/// Counts what became of a batch.
///
/// # Errors
/// [`CentreError`] where the database cannot be read.
pub async fn report(store: &Store, batch: &Batch) -> Result<Report, CentreError> {
    let client = store.client().await?;
    let list = batch.list();
    let rows = client
        .query(
            "select coalesce(year::text, '-'), coalesce(sex, '-'), coalesce(region, '-'), result, count(*)
             from import_row where list = $1 group by 1, 2, 3, 4",
            &[&list.as_bytes().as_slice()],
        )
        .await?;
    let mut report = Report {
        list: list.to_string(),
        of: batch.rows(),
        all: Counts::default(),
        by_year: BTreeMap::new(),
        by_sex: BTreeMap::new(),
        by_region: BTreeMap::new(),
        listed: Vec::new(),
    };
    for row in &rows {
        let (result, count): (&str, i64) = (row.get(3), row.get(4));
        report.all.add(result, count);
        for (by, at) in [
            (&mut report.by_year, 0),
            (&mut report.by_sex, 1),
            (&mut report.by_region, 2),
        ] {
            by.entry(row.get(at)).or_default().add(result, count);
        }
    }
    let listed = client
        .query(
            "select line, result || ':' || coalesce(reason, '-') from import_row
             where list = $1 and result <> 'imported' order by line limit 10000",
            &[&list.as_bytes().as_slice()],
        )
        .await?;
    report.listed = listed.iter().map(|row| (row.get(0), row.get(1))).collect();
    Ok(report)
}

impl Counts {
    fn add(&mut self, result: &str, count: i64) {
        self.rows += count;
        match result {
            "imported" => self.imported += count,
            "no-reference" => self.no_reference += count,
            _ => self.refused += count,
        }
        let taken = self.imported + self.no_reference;
        self.failure = if taken == 0 {
            0.0
        } else {
            self.no_reference as f64 / taken as f64
        };
    }
}
