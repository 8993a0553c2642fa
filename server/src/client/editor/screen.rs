//! [`Screen`]: draws what is being typed over what was drawn before.

use unicode_width::UnicodeWidthChar;

/// Where drawing ended last.
#[derive(Default)]
pub struct Screen {
    /// Rows of the terminal between the first one and the cursor's.
    cursor_row: usize,
}

/// What is drawn.
pub struct Drawing<'a> {
    /// Before the first line.
    pub prompt: &'a str,
    /// Before each other line.
    pub continuation: &'a str,
    /// The text.
    pub text: &'a [char],
    /// The character before which the cursor stands.
    pub cursor: usize,
    /// Columns of the terminal.
    pub width: usize,
}

/// A place on the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Place {
    row: usize,
    column: usize,
}

impl Place {
    fn pass(&mut self, character: char, width: usize) {
        let columns = character.width().unwrap_or(0);
        if self.column + columns > width {
            *self = Place {
                row: self.row + 1,
                column: 0,
            };
        }
        self.column += columns;
    }
}

impl Screen {
    /// The bytes that draw.
    pub fn draw(&mut self, drawing: &Drawing<'_>) -> String {
        let width = drawing.width.max(1);
        let mut out = self.to_start();
        out.push_str("\x1b[J");
        let mut place = Place::default();
        let mut cursor = None;
        let print = |text: &str, place: &mut Place, out: &mut String| {
            text.chars().for_each(|character| place.pass(character, width));
            out.push_str(text);
        };
        print(drawing.prompt, &mut place, &mut out);
        for (at, character) in drawing.text.iter().enumerate() {
            if at == drawing.cursor {
                cursor = Some(place);
            }
            match character {
                '\n' => {
                    out.push_str("\r\n");
                    place = Place {
                        row: place.row + 1,
                        column: 0,
                    };
                    print(drawing.continuation, &mut place, &mut out);
                }
                // Other characters that do something would move the cursor.
                control if control.is_control() => print(" ", &mut place, &mut out),
                character => print(character.encode_utf8(&mut [0; 4]), &mut place, &mut out),
            }
        }
        if place.column == width {
            // The terminal goes to the next row only with the next character.
            out.push_str("\r\n");
            place = Place {
                row: place.row + 1,
                column: 0,
            };
        }
        let mut cursor = cursor.unwrap_or(place);
        if cursor.column == width {
            cursor = Place {
                row: cursor.row + 1,
                column: 0,
            };
        }
        self.cursor_row = cursor.row;
        if place.row > cursor.row {
            out.push_str(&format!("\x1b[{}A", place.row - cursor.row));
        }
        out.push('\r');
        if cursor.column > 0 {
            out.push_str(&format!("\x1b[{}C", cursor.column));
        }
        out
    }

    /// The bytes that go back to where drawing began.
    fn to_start(&self) -> String {
        match self.cursor_row {
            0 => "\r".to_string(),
            rows => format!("\x1b[{rows}A\r"),
        }
    }

    /// What is drawn next begins on a new row.
    pub fn leave(&mut self) {
        self.cursor_row = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(screen: &mut Screen, text: &str, cursor: usize, width: usize) -> String {
        let text: Vec<char> = text.chars().collect();
        screen.draw(&Drawing {
            prompt: "a :) ",
            continuation: ":-] ",
            text: &text,
            cursor,
            width,
        })
    }

    #[test]
    fn the_cursor_ends_where_it_belongs() {
        let mut screen = Screen::default();
        assert_eq!(draw(&mut screen, "abc", 1, 80), "\r\x1b[Ja :) abc\r\x1b[6C");
        assert_eq!(draw(&mut screen, "ab\ncd", 4, 80), "\r\x1b[Ja :) ab\r\n:-] cd\r\x1b[5C");
        assert_eq!(
            draw(&mut screen, "ab\ncd", 0, 80),
            "\x1b[1A\r\x1b[Ja :) ab\r\n:-] cd\x1b[1A\r\x1b[5C"
        );
        assert_eq!(draw(&mut screen, "12345", 5, 10), "\r\x1b[Ja :) 12345\r\n\r");
        assert_eq!(screen.cursor_row, 1);
        assert_eq!(
            draw(&mut screen, "1234日", 5, 10),
            "\x1b[1A\r\x1b[Ja :) 1234日\r\x1b[2C"
        );
        assert_eq!(draw(&mut screen, "x\ty", 3, 10), "\x1b[1A\r\x1b[Ja :) x y\r\x1b[8C");
    }
}
