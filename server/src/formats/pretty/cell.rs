//! Texts on a terminal: how wide they are, where they are cut, what is highlighted.

use gristmill_sql::types::DataType;
use unicode_width::UnicodeWidthChar;

use crate::formats::settings::PrettySettings;

/// Terminals put tabs at multiples of this.
const TAB_WIDTH: usize = 8;

pub const BOLD: &str = "\x1b[1m";
pub const GREY: &str = "\x1b[90m";
pub const PLAIN: &str = "\x1b[0m";
const UNDERLINED: &str = "\x1b[4m";
const RED_UNDERLINED: &str = "\x1b[31m\x1b[4m";

/// Numbers of so many digits are read without help.
const PLAIN_DIGITS_MAX: usize = 4;

/// Digits that belong together.
const GROUP_DIGITS: usize = 3;

/// Numbers and points in time stand at the right.
pub fn aligns_right(data_type: &DataType) -> bool {
    let bare = data_type.bare();
    let is_number = bare.is_number() || bare.is_big_integer();
    is_number || bare.is_date_or_date_time() || bare.is_time() || matches!(bare, DataType::Interval(_))
}

/// The lines of a value, or the value as it is where they are not split.
pub fn lines<'a>(cell: &'a str, settings: &PrettySettings) -> impl Iterator<Item = &'a str> + use<'a> {
    let split = settings.multiline_fields;
    cell.split(move |c| split && c == '\n')
}

/// Columns that a text takes on a terminal when it begins in column `start`.
pub fn width(text: &str, start: usize) -> usize {
    text.chars().fold(0, |width, c| match c {
        '\t' => width + TAB_WIDTH - (start + width) % TAB_WIDTH,
        c => width + c.width().unwrap_or(0),
    })
}

/// The beginning of a text, up to a width.
pub fn cut_to(text: &str, width_max: usize) -> String {
    let mut width = 0;
    let fits = |c: &char| {
        width += c.width().unwrap_or(0);
        width <= width_max
    };
    text.chars().take_while(fits).collect()
}

/// A value with what a terminal makes easier to see: groups of digits, blanks at the end.
pub fn highlighted(text: &str, data_type: &DataType, settings: &PrettySettings) -> String {
    if !settings.color {
        return text.to_string();
    }
    if settings.highlight_digit_groups && (data_type.bare().is_number() || data_type.bare().is_big_integer()) {
        return with_digit_groups(text);
    }
    if settings.highlight_trailing_spaces {
        let kept = text.trim_end_matches([' ', '\t', '\n', '\r']);
        if kept.len() < text.len() {
            return format!("{kept}{RED_UNDERLINED}{}{PLAIN}", &text[kept.len()..]);
        }
    }
    text.to_string()
}

fn with_digit_groups(text: &str) -> String {
    let whole = text.split('.').next().unwrap_or_default();
    let digits = whole.trim_start_matches('-');
    if digits.len() <= PLAIN_DIGITS_MAX || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_string();
    }
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        let behind = whole.len().saturating_sub(at + 1);
        if behind > 0 && behind.is_multiple_of(GROUP_DIGITS) && c != '-' {
            out.push_str(&format!("{UNDERLINED}{c}{PLAIN}"));
        } else {
            out.push(c);
        }
    }
    out
}

/// A tip in grey.
pub fn tip_text(tip: &str, settings: &PrettySettings) -> String {
    match settings.color {
        true => format!("{GREY}{tip}{PLAIN}"),
        false => tip.to_string(),
    }
}
