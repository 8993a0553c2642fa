//! The nearest rows of one part by its vector index: by the graph, or by the vectors that it keeps.

use gristmill_index::{Counters, Loaded, Quantization, Scan, SubIndex, VectorQuery};
use gristmill_sql::Code;
use gristmill_storage::Part;

use super::IndexUse;
use super::options::FilterStrategy;
use super::part::{Matching, PartReport, PartSearch};
use super::way::{Costs, Way};
use crate::error::{Error, Result};
use crate::events::Event;
use crate::table::TableIndex;

/// Rows of an index that one task compares.
const SCANNED_ROWS: u32 = 2048;

impl PartSearch<'_> {
    /// The first fitting index that the part was written with, and what is compared of it row by row.
    pub fn index_of(&self, part: &Part) -> Result<Option<(&TableIndex, &Scan)>> {
        let IndexUse::Indexes(indexes) = self.indexes else {
            return Ok(None);
        };
        let mut indexes = indexes.iter().zip(&self.scans);
        let found = indexes.find(|(index, _)| index.is_in(part));
        found
            .map(|(index, scan)| {
                check_reference(index, self.numbers)?;
                Ok((*index, scan))
            })
            .transpose()
    }

    /// None where comparing rows of the column costs less, or is needed.
    pub fn by_index(
        &self,
        index: &TableIndex,
        scan: &Scan,
        rows: Matching<'_>,
        report: &mut PartReport,
    ) -> Result<Option<Vec<(u32, f64, bool)>>> {
        let part = &rows.part.part;
        let mut way = self.way(index, part, rows.count, report.effort, true);
        if way == Way::Column {
            return Ok(None);
        }
        let loaded = self.opened(part, index, report)?;
        // Indexes written by earlier releases have no codes, and those of some rows say nothing.
        if way == Way::Codes && !loaded.iter().all(|(_, index)| index.has_codes()) {
            way = self.way(index, part, rows.count, report.effort, false);
        }
        report.index = Some(index.name.clone());
        match way {
            Way::Column => Ok(None),
            Way::Graph(effort) => {
                report.effort = effort;
                self.by_graph(&loaded, rows, report)
            }
            _ => self.by_vectors(&loaded, scan, rows, way == Way::Codes, report),
        }
    }

    fn way(&self, index: &TableIndex, part: &Part, matching: u64, effort: usize, coded: bool) -> Way {
        // ClickHouse's strategy is about what the graph finds.
        if self.options.strategy == FilterStrategy::Postfilter {
            return Way::Graph(effort);
        }
        let Some(definition) = index.vector() else {
            return Way::Column;
        };
        let rows_of_one = index.granularity.saturating_mul(part.index_granularity()).max(1);
        let costs = Costs {
            index: definition,
            sub_indexes: part.rows().div_ceil(rows_of_one),
            column_bits: self.search.column_bits(),
            rows: part.rows(),
            all_rows: self.all_rows,
            matching,
            effort,
            // A row that its code rules out may be as near as those that are found: ties would not be told.
            coded: coded && definition.has_codes() && !self.ties(),
            wanted: self.fetched(Some(definition.quantization)),
            rescored: self.search.is_rescored(self.options),
        };
        costs.cheapest()
    }

    /// How many rows are asked of an index.
    pub fn fetched(&self, quantization: Option<Quantization>) -> usize {
        let after = self.options.strategy == FilterStrategy::Postfilter && self.search.filter.is_some();
        match after || self.search.is_rescored(self.options) {
            true => self.options.fetched(self.search.rows, quantization),
            false => self.search.rows,
        }
    }

    /// An index of a part, out of the cache.
    fn opened(&self, part: &Part, index: &TableIndex, report: &mut PartReport) -> Result<Loaded> {
        let around = self.around;
        let opened = around.engine.indexes().get(part, index, around.events(), around.stop)?;
        report.source = Some(opened.source);
        report.load = opened.took;
        Ok(opened.loaded)
    }

    /// None if the graph came back short.
    fn by_graph(
        &self,
        loaded: &Loaded,
        rows: Matching<'_>,
        report: &mut PartReport,
    ) -> Result<Option<Vec<(u32, f64, bool)>>> {
        let Matching { part, mask, count } = rows;
        // Rows that were deleted or replaced are never candidates, whatever the strategy.
        let after = self.options.strategy == FilterStrategy::Postfilter && self.search.filter.is_some();
        let inside = if after { part.visible() } else { mask };
        let (narrow, fetched) = (self.narrow(), self.fetched(quantization_of(loaded)));
        let query = VectorQuery {
            vector: &narrow,
            k: fetched,
            effort: report.effort,
            bound: None,
        };
        let mut found = Vec::new();
        let mut covered = 0;
        for (range, index) in loaded.iter() {
            let range = range.start as u32..range.end as u32;
            covered += u64::from(range.end - range.start);
            let allowed = inside.map(|mask| mask.slice(range.clone()));
            let answer = index.search(&query, allowed.as_ref())?;
            report.visited += answer.counters.visited;
            report.computed += answer.counters.computed;
            self.count_walk(answer.counters);
            if answer.hits.len() == fetched {
                self.leave_out(index, answer.hits.last().map(|hit| hit.distance), report);
            }
            found.extend(
                answer
                    .hits
                    .iter()
                    .map(|hit| (range.start + hit.row, f64::from(hit.distance), false)),
            );
        }
        if after {
            // A walk may not find the few rows that are left; how many it finds must not tell of those that are hidden.
            let left = part.visible().map_or(0, |visible| visible.count());
            if found.len() < fetched.min(left as usize) {
                return Ok(None);
            }
            found.retain(|(row, ..)| mask.is_none_or(|mask| mask.contains(*row)));
            return Ok(Some(found));
        }
        let complete = found.len() as u64 >= count.min(self.search.rows as u64) && covered == part.part.rows();
        Ok(complete.then_some(found))
    }

    /// Compares matching rows by the vectors that an index keeps, or those of them that their codes do not rule out. None
    /// if the index does not hold all rows.
    fn by_vectors(
        &self,
        loaded: &Loaded,
        scan: &Scan,
        rows: Matching<'_>,
        by_codes: bool,
        report: &mut PartReport,
    ) -> Result<Option<Vec<(u32, f64, bool)>>> {
        let covered: u64 = loaded.iter().map(|(range, _)| range.end - range.start).sum();
        if covered != rows.part.part.rows() {
            return Ok(None);
        }
        let mut found = Vec::new();
        for (range, index) in loaded.iter() {
            let range = range.start as u32..range.end as u32;
            let allowed = rows.mask.map(|mask| mask.slice(range.clone()));
            let count = range.end - range.start;
            let answers = self.map(count.div_ceil(SCANNED_ROWS) as usize, |task| {
                let first = task as u32 * SCANNED_ROWS;
                let some = first..first.saturating_add(SCANNED_ROWS).min(count);
                Ok(index.scan(scan, some, allowed.as_ref(), by_codes)?)
            })?;
            for answer in answers {
                report.scanned += answer.counters.computed;
                report.coded += answer.counters.coded;
                let hits = answer.hits.iter();
                found.extend(hits.map(|hit| (range.start + hit.row, f64::from(hit.distance), false)));
            }
        }
        let events = self.around.events();
        events.add(Event::USearchSearchCount, loaded.len() as u64);
        events.add(Event::USearchSearchComputedDistances, report.scanned);
        for (_, index) in loaded.iter() {
            self.leave_out(index, scan.left_out(), report);
        }
        Ok(Some(found))
    }

    /// Whether rows that tie with the last one belong to the answer.
    fn ties(&self) -> bool {
        self.search.refill.as_ref().is_some_and(|refill| refill.ties)
    }

    /// Notes how near rows that an index left out may be, behind this key; none if it left out none.
    fn leave_out(&self, index: &SubIndex, key: Option<f32>, report: &mut PartReport) {
        if let Some(key) = key.filter(|_| self.ties()) {
            let least = index.least_key(key, &self.narrow());
            report.rounding_unknown |= !index.notes_rounding();
            report.left_out = Some(report.left_out.map_or(least, |known| known.min(least)));
        }
    }

    pub fn narrow(&self) -> Vec<f32> {
        self.numbers.iter().map(|number| *number as f32).collect()
    }

    fn count_walk(&self, counters: Counters) {
        let events = self.around.events();
        events.add(Event::USearchSearchCount, 1);
        events.add(Event::USearchSearchVisitedMembers, counters.visited);
        events.add(Event::USearchSearchComputedDistances, counters.computed);
    }
}

/// All sub-indexes of an index have the same.
fn quantization_of(loaded: &Loaded) -> Option<Quantization> {
    loaded.first().map(|(_, index)| index.definition().quantization)
}

fn check_reference(index: &TableIndex, numbers: &[f64]) -> Result<()> {
    let dimensions = index.vector().map_or(0, |vector| vector.dimensions);
    if numbers.len() != dimensions {
        let message = format!(
            "The dimension of the reference vector in the query ({}) does not match the dimension in the index \
             ({dimensions}).",
            numbers.len()
        );
        return Err(Error::new(Code::INCORRECT_QUERY, message));
    }
    if !numbers.iter().all(|number| number.is_finite()) {
        let message = "Vector for vector similarity index (reference vector in the SELECT query) must not contain \
                       non-finite values (NaN or Inf).";
        return Err(Error::new(Code::INCORRECT_QUERY, message));
    }
    Ok(())
}
