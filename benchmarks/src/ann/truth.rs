//! The exact answers of filtered searches: every query's order of all rows.

use super::data::DataSet;

/// For each query the rows by cosine distance, nearest first.
pub struct Truth {
    order: Vec<Vec<u32>>,
    ids: Vec<u32>,
}

impl Truth {
    /// Compares every query with every row.
    pub fn of(data: &DataSet) -> Truth {
        let length = |vector: &[f32]| vector.iter().map(|it| it * it).sum::<f32>().sqrt();
        let lengths: Vec<f32> = (0..data.base.rows()).map(|row| length(data.base.row(row))).collect();
        let order = |query: usize| {
            let query = data.queries.row(query);
            let cosine = |row: usize| {
                let product: f32 = query
                    .iter()
                    .zip(data.base.row(row))
                    .map(|(left, right)| left * right)
                    .sum();
                product / lengths[row]
            };
            let mut rows: Vec<(f32, u32)> = (0..data.base.rows()).map(|row| (-cosine(row), row as u32)).collect();
            rows.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
            rows.into_iter().map(|(_, row)| row).collect()
        };
        Truth {
            order: (0..data.queries.rows()).map(order).collect(),
            ids: data.ids.clone(),
        }
    }

    /// Recall of the nearest `k` rows that match, or of all if there are fewer, and how many answers hold too few.
    pub fn judge(&self, matches: &[bool], answers: &[Vec<u32>], k: usize) -> (f64, usize) {
        let (mut found, mut wanted, mut short) = (0, 0, 0);
        for (order, answer) in self.order.iter().zip(answers) {
            let matching = order.iter().filter(|row| matches[**row as usize]);
            let want: Vec<u32> = matching.take(k).map(|row| self.ids[*row as usize]).collect();
            found += want.iter().filter(|id| answer.contains(id)).count();
            wanted += want.len();
            short += usize::from(answer.len() < want.len());
        }
        (found as f64 / wanted.max(1) as f64, short)
    }
}
