//! "Maybe you meant": known names that are near to a misspelt one.

/// Names that a message offers at most.
const HINTS_MAX: usize = 2;

/// `. Maybe you meant: ['Name']` with the nearest known names, or nothing if none is near.
pub fn maybe_you_meant(name: &str, known: &[&str]) -> String {
    let mistakes_max = name.len().div_ceil(3);
    let mut near: Vec<(usize, &str)> = known
        .iter()
        .filter_map(|candidate| {
            let difference = name.len().abs_diff(candidate.len());
            if difference > mistakes_max || (difference > 0 && name.len() / difference < 3) {
                return None;
            }
            let distance = edit_distance(name, candidate);
            (distance <= mistakes_max).then_some((distance, *candidate))
        })
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.truncate(HINTS_MAX);
    if near.is_empty() {
        return String::new();
    }
    let quoted: Vec<String> = near.iter().map(|(_, candidate)| format!("'{candidate}'")).collect();
    format!(". Maybe you meant: [{}]", quoted.join(","))
}

/// Levenshtein's distance in bytes; the case of ASCII letters does not count.
pub fn edit_distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(!a.eq_ignore_ascii_case(b));
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_names_within_a_third_of_the_letters() {
        let known = ["UInt8", "Int8", "String", "Array"];
        assert_eq!(maybe_you_meant("uint8", &known), ". Maybe you meant: ['UInt8','Int8']");
        assert_eq!(maybe_you_meant("foo", &known), "");
    }
}
