//! Reading the lists of known settings: one a line, fields between tabs.

/// The fields of each line. Panics on a line of another number of fields: the lists are part of the program.
pub fn lines<const N: usize>(list: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    list.lines().map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        fields.try_into().expect("each line of a list has all fields")
    })
}

/// A default without `\t`, `\n` and `\\`. Few have any, and they are needed as long as the process.
pub fn unescaped(text: &'static str) -> &'static str {
    if !text.contains('\\') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (char, char == '\\') {
            (_, true) => match chars.next() {
                Some('t') => out.push('\t'),
                Some('n') => out.push('\n'),
                other => out.extend(other),
            },
            (plain, false) => out.push(plain),
        }
    }
    out.leak()
}
