//! Pages that no writer writes.

use super::super::lists::{Definition, Lists};
use super::super::page::DataPage;
use super::super::runs::Runs;
use super::super::values::Values;
use super::*;

/// Levels are runs of a length and a level. The page says that it has as many levels as those of repetition.
#[track_caller]
fn check(repetition: &[(u8, u8)], definition: &[(u8, u8)], values: Values, expected: &str) {
    let encoded = |levels: &[(u8, u8)]| {
        let bytes: Vec<u8> = levels.iter().flat_map(|(count, level)| [count << 1, *level]).collect();
        Bytes::from(bytes)
    };
    let mut page = DataPage {
        left: repetition.iter().map(|(count, _)| usize::from(*count)).sum(),
        repetition: Runs::new(encoded(repetition), 1),
        definition: Runs::new(encoded(definition), 2),
        values,
    };
    let mut lists = Lists::new(Definition { item: 2, value: 2 }, 4, 0);
    let error = lists.take(&mut page, 1000).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

fn numbers(count: usize) -> Values {
    Values::Plain(vec![0; 4 * count].into())
}

fn indices(bytes: &'static [u8], dictionary: usize) -> Values {
    Values::indices(&bytes.into(), vec![0; 4 * dictionary].into()).unwrap()
}

#[test]
fn a_list_must_begin_before_it_goes_on() {
    check(&[(1, 1)], &[(1, 2)], numbers(1), "has not begun");
    check(&[(60, 1)], &[(60, 2)], numbers(60), "has not begun");
    check(&[(1, 1), (1, 0)], &[(1, 1), (1, 2)], numbers(1), "has not begun");
}

#[test]
fn levels_have_maxima() {
    check(&[(1, 0)], &[(1, 3)], numbers(1), "level 3 is above");
    check(&[(1, 0), (60, 1)], &[(1, 2), (60, 3)], numbers(61), "level 3 is above");
    check(&[(1, 0)], &[(1, 255)], numbers(1), "level 255 is above");
    check(&[(1, 2)], &[(1, 2)], numbers(1), "repetition level is above");
}

#[test]
fn levels_and_values_must_suffice() {
    check(&[(1, 0), (9, 1)], &[(9, 2)], numbers(10), "fewer levels or values");
    check(&[(1, 0), (9, 1)], &[(10, 2)], numbers(9), "fewer values");
    check(
        &[(1, 0), (9, 1)],
        &[(10, 2)],
        indices(&[1, 9 << 1, 0], 1),
        "fewer levels or values",
    );
    check(&[(1, 0)], &[(1, 2)], indices(&[], 1), "fewer levels or values");
}

#[test]
fn indices_are_inside_of_the_dictionary() {
    check(
        &[(1, 0)],
        &[(1, 2)],
        indices(&[1, 2, 1], 1),
        "outside of its dictionary",
    );
    check(
        &[(1, 0)],
        &[(1, 2)],
        indices(&[8, 0b11, 7, 0, 0, 0, 0, 0, 0, 0], 7),
        "outside of its dictionary",
    );
    assert!(Values::indices(&Bytes::from_static(&[33, 0]), Bytes::new()).is_err());
}
