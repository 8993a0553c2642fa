//! Functions of strings. A string is bytes; functions named `…UTF8` take them as UTF-8 and do something sensible with
//! what is not.
//!
//! `texts.rs` reads arguments and builds results; regular expressions and LIKE are compiled in `pattern.rs`.

mod case;
mod concat;
mod encode;
mod length;
mod like;
mod multi_match;
mod pad;
mod pattern;
mod position;
mod prefix;
mod regexp;
mod replace;
mod required;
mod reverse;
mod split;
mod substring;
mod symbols;
mod texts;
mod trim;

pub use required::{RequiredPart, like_parts, regexp_parts};
pub(super) use texts::{Texts, strings};

use super::Function;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    case::LOWER,
    case::UPPER,
    case::LOWER_UTF8,
    case::UPPER_UTF8,
    case::INITCAP,
    concat::CONCAT,
    concat::CONCAT_WITH_SEPARATOR,
    concat::FORMAT,
    concat::ARRAY_STRING_CONCAT,
    encode::HEX,
    encode::UNHEX,
    encode::BIN,
    encode::UNBIN,
    encode::BASE64_ENCODE,
    encode::BASE64_DECODE,
    encode::TRY_BASE64_DECODE,
    length::LENGTH,
    length::LENGTH_UTF8,
    length::EMPTY,
    length::NOT_EMPTY,
    like::LIKE,
    like::NOT_LIKE,
    like::ILIKE,
    like::NOT_ILIKE,
    pad::REPEAT,
    pad::SPACE,
    pad::LEFT_PAD,
    pad::RIGHT_PAD,
    pad::LEFT_PAD_UTF8,
    pad::RIGHT_PAD_UTF8,
    position::POSITION,
    position::POSITION_CASE_INSENSITIVE,
    position::POSITION_UTF8,
    position::POSITION_CASE_INSENSITIVE_UTF8,
    position::LOCATE,
    position::COUNT_SUBSTRINGS,
    position::COUNT_SUBSTRINGS_CASE_INSENSITIVE,
    position::MULTI_SEARCH_ANY,
    position::MULTI_SEARCH_ANY_CASE_INSENSITIVE,
    position::MULTI_SEARCH_FIRST_INDEX,
    position::HAS_TOKEN,
    prefix::STARTS_WITH,
    prefix::ENDS_WITH,
    regexp::MATCH,
    regexp::EXTRACT,
    regexp::EXTRACT_ALL,
    regexp::EXTRACT_GROUPS,
    regexp::EXTRACT_ALL_GROUPS_VERTICAL,
    regexp::COUNT_MATCHES,
    regexp::REPLACE_ONE,
    regexp::REPLACE_ALL,
    regexp::QUOTE_META,
    multi_match::ANY,
    multi_match::ANY_INDEX,
    multi_match::ALL_INDICES,
    replace::REPLACE_ONE,
    replace::REPLACE_ALL,
    replace::TRANSLATE,
    reverse::REVERSE,
    reverse::REVERSE_UTF8,
    split::BY_CHAR,
    split::BY_STRING,
    split::BY_REGEXP,
    split::BY_WHITESPACE,
    split::BY_NON_ALPHA,
    split::ALPHA_TOKENS,
    split::TOKENS,
    split::NGRAMS,
    substring::SUBSTRING,
    substring::SUBSTRING_UTF8,
    substring::LEFT,
    substring::LEFT_UTF8,
    substring::RIGHT,
    substring::RIGHT_UTF8,
    symbols::ASCII,
    symbols::CHAR,
    symbols::IS_VALID_UTF8,
    symbols::TO_VALID_UTF8,
    symbols::LEVENSHTEIN,
    symbols::APPEND_TRAILING,
    trim::BOTH,
    trim::LEFT,
    trim::RIGHT,
];
