//! What tables are drawn with.

use crate::formats::settings::PrettySettings;

impl PrettySettings {
    /// What tables are drawn with.
    pub fn glyphs(&self) -> &'static Glyphs {
        if self.ascii { &ASCII } else { &UTF8 }
    }
}

/// A family of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Pretty: lines between rows, names in a frame of their own.
    Lines,
    /// PrettyCompact: names inside the upper line.
    Compact,
    /// PrettySpace: no lines.
    Space,
}

/// The characters of lines and marks.
#[derive(Debug)]
pub struct Glyphs {
    /// A piece of a line.
    pub dash: char,
    /// A piece of a line around names.
    pub thick_dash: char,
    /// Between values.
    pub side: char,
    /// Between names.
    pub thick_side: char,
    /// Corners above the names of Pretty.
    pub names_top: [char; 3],
    /// Corners between names and rows.
    pub names_bottom: [char; 3],
    /// Corners between rows.
    pub between: [char; 3],
    /// Corners above the first row of PrettyCompact.
    pub top: [char; 3],
    /// Corners below the last row.
    pub bottom: [char; 3],
    /// Corners between the last row and the names below it.
    pub footer_top: [char; 3],
    /// Corners below the names at the foot.
    pub footer_bottom: [char; 3],
    /// The value goes on in the next line.
    pub continues: char,
    /// The value has begun in an earlier line.
    pub continued: char,
    /// The value goes on and is cut.
    pub cut: char,
    /// No value.
    pub null: &'static str,
}

/// Lines of Unicode.
const UTF8: Glyphs = Glyphs {
    dash: '─',
    thick_dash: '━',
    side: '│',
    thick_side: '┃',
    names_top: ['┏', '┳', '┓'],
    names_bottom: ['┡', '╇', '┩'],
    between: ['├', '┼', '┤'],
    top: ['┌', '┬', '┐'],
    bottom: ['└', '┴', '┘'],
    footer_top: ['┢', '╈', '┪'],
    footer_bottom: ['┗', '┻', '┛'],
    continues: '↴',
    continued: '↳',
    cut: '⋯',
    null: "ᴺᵁᴸᴸ",
};

const CORNERS: [char; 3] = ['+', '+', '+'];

/// Lines of ASCII.
const ASCII: Glyphs = Glyphs {
    dash: '-',
    thick_dash: '-',
    side: '|',
    thick_side: '|',
    names_top: CORNERS,
    names_bottom: CORNERS,
    between: CORNERS,
    top: CORNERS,
    bottom: CORNERS,
    footer_top: CORNERS,
    footer_bottom: CORNERS,
    continues: '\\',
    continued: '>',
    cut: '~',
    null: "NULL",
};
