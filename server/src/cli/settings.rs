//! The part of a command line that no fixed list of options describes: `--param_<name>` and every setting as an option.
//!
//! `clap` knows the options of a command; settings are some hundreds and belong to the engine. So this pass runs
//! first, takes what names a setting or a parameter out of the arguments, and leaves the rest to `clap`.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::{ArgAction, Command};
use gristmill_sql::{Code, Error, Result};

/// What the pass took out of a command line, and what it left.
#[derive(Debug, Default, PartialEq)]
pub struct Split {
    /// Arguments for `clap`, the program's and the command's names included.
    pub remaining: Vec<OsString>,
    /// Settings in the order given, names as the engine spells them.
    pub settings: Vec<(String, String)>,
    /// Values of query parameters, by name.
    pub parameters: BTreeMap<String, String>,
}

/// Tells settings from other names; the engine's list outside tests.
pub trait SettingNames {
    /// `None` where no setting has this name, else whether it is a switch, whose value may be left out.
    fn is_switch(&self, name: &str) -> Option<bool>;

    /// Settings that a name which is none may have meant.
    fn near(&self, name: &str) -> Vec<&'static str>;
}

/// Takes settings and parameters out of `arguments`; `command` says which options are its own.
pub fn split(arguments: Vec<OsString>, command: &Command, names: &dyn SettingNames) -> Result<Split> {
    let mut split = Split::default();
    let mut arguments = arguments.into_iter().peekable();
    while let Some(argument) = arguments.next() {
        let Some(long) = argument.to_str().and_then(|text| text.strip_prefix("--")) else {
            let takes_next = short_takes_value(command, &argument);
            split.remaining.push(argument);
            split.remaining.extend(arguments.next_if(|_| takes_next));
            continue;
        };
        if long.is_empty() {
            split.remaining.push(argument);
            split.remaining.extend(arguments);
            break;
        }
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_string())),
            None => (long, None),
        };
        if let Some(own) = own_option(command, name) {
            split.remaining.push(
                value
                    .as_ref()
                    .map_or(format!("--{}", own.name), |v| format!("--{}={v}", own.name))
                    .into(),
            );
            split
                .remaining
                .extend(arguments.next_if(|_| value.is_none() && own.takes_value));
        } else if let Some(parameter) = name.strip_prefix("param_").or_else(|| name.strip_prefix("param-")) {
            let value = value.map_or_else(|| next_value(&mut arguments, name), Ok)?;
            split.parameters.insert(parameter.to_string(), value);
        } else {
            let setting = name.replace('-', "_");
            let Some(is_switch) = names.is_switch(&setting) else {
                return Err(unrecognized(&format!("--{name}"), command, &names.near(&setting)));
            };
            let value = match value {
                Some(value) => value,
                None if is_switch => arguments
                    .next_if(is_switch_value)
                    .map_or("1".into(), |next| next.to_string_lossy().into()),
                None => next_value(&mut arguments, name)?,
            };
            split.settings.push((setting, value));
        }
    }
    Ok(split)
}

/// ClickHouse's error for an option it does not know, with the nearest options it does know.
fn unrecognized(option: &str, command: &Command, settings: &[&str]) -> Error {
    let wanted = option.trim_start_matches('-');
    let own = command
        .get_arguments()
        .filter_map(|argument| argument.get_long())
        .filter(|known| known.starts_with(wanted) || wanted.starts_with(known));
    let near: Vec<String> = own
        .chain(settings.iter().copied())
        .map(|known| format!("'--{known}'"))
        .collect();
    let hint = match near.is_empty() {
        true => String::new(),
        false => format!(". Maybe you meant [{}]", near.join(", ")),
    };
    Error::new(
        Code::UNRECOGNIZED_ARGUMENTS,
        format!("Unrecognized option '{option}'{hint}"),
    )
}

struct OwnOption {
    name: String,
    takes_value: bool,
}

/// `--user_files_path` and `--user-files-path` are one option, as they are for ClickHouse.
fn own_option(command: &Command, name: &str) -> Option<OwnOption> {
    let wanted = name.replace('_', "-");
    if matches!(wanted.as_str(), "help" | "version") {
        return Some(OwnOption {
            name: wanted,
            takes_value: false,
        });
    }
    command.get_arguments().find_map(|argument| {
        let names = argument
            .get_long()
            .into_iter()
            .chain(argument.get_all_aliases().unwrap_or_default());
        let name = names.into_iter().find(|known| *known == wanted)?;
        let optional = argument.get_num_args().is_some_and(|range| range.min_values() == 0);
        Some(OwnOption {
            name: name.to_string(),
            takes_value: takes_value(argument) && !optional,
        })
    })
}

fn takes_value(argument: &clap::Arg) -> bool {
    matches!(argument.get_action(), ArgAction::Set | ArgAction::Append)
}

/// `-q QUERY`: the word after it is a value even where it looks like an option (`-- a comment`).
fn short_takes_value(command: &Command, argument: &OsString) -> bool {
    let Some(short) = argument.to_str().and_then(|text| text.strip_prefix('-')) else {
        return false;
    };
    command
        .get_arguments()
        .any(|known| takes_value(known) && known.get_short().is_some_and(|letter| short.chars().eq([letter])))
}

fn is_switch_value(argument: &OsString) -> bool {
    matches!(argument.to_str(), Some("0" | "1" | "true" | "false"))
}

fn next_value(arguments: &mut impl Iterator<Item = OsString>, name: &str) -> Result<String> {
    let value = arguments.next().ok_or_else(|| {
        Error::new(
            Code::BAD_ARGUMENTS,
            format!("The required argument for option '--{name}' is missing"),
        )
    })?;
    value.into_string().map_err(|_| {
        Error::new(
            Code::BAD_ARGUMENTS,
            format!("The value of option '--{name}' is not valid UTF-8"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Arg;

    struct Names;
    impl SettingNames for Names {
        fn is_switch(&self, name: &str) -> Option<bool> {
            match name {
                "use_skip_indexes" => Some(true),
                "max_threads" => Some(false),
                _ => None,
            }
        }

        fn near(&self, name: &str) -> Vec<&'static str> {
            match name {
                "max_thread" => vec!["max_threads"],
                _ => Vec::new(),
            }
        }
    }

    fn command() -> Command {
        Command::new("local")
            .arg(Arg::new("query").short('q').long("query").action(ArgAction::Append))
            .arg(
                Arg::new("user-files-path")
                    .long("user-files-path")
                    .action(ArgAction::Set),
            )
            .arg(Arg::new("echo").long("echo").action(ArgAction::SetTrue))
    }

    #[track_caller]
    fn check(line: &[&str], remaining: &[&str], settings: &[(&str, &str)], parameters: &[(&str, &str)]) {
        let split = split(line.iter().map(Into::into).collect(), &command(), &Names).unwrap();
        assert_eq!(split.remaining, remaining);
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
        };
        assert_eq!(split.settings, owned(settings));
        assert_eq!(split.parameters.into_iter().collect::<Vec<_>>(), owned(parameters));
    }

    #[test]
    fn settings_take_both_spellings() {
        check(
            &["--max_threads=2", "--max-threads", "3"],
            &[],
            &[("max_threads", "2"), ("max_threads", "3")],
            &[],
        );
    }

    #[test]
    fn a_switch_needs_no_value() {
        check(
            &["--use_skip_indexes", "--echo"],
            &["--echo"],
            &[("use_skip_indexes", "1")],
            &[],
        );
        check(&["--use_skip_indexes", "0"], &[], &[("use_skip_indexes", "0")], &[]);
    }

    #[test]
    fn parameters_keep_their_text() {
        check(
            &["--param_v=[1,2]", "--param_s", "--x"],
            &[],
            &[],
            &[("s", "--x"), ("v", "[1,2]")],
        );
    }

    #[test]
    fn own_options_stay() {
        check(&["--user_files_path=/a"], &["--user-files-path=/a"], &[], &[]);
        check(
            &["-q", "--max_threads", "--query", "-- SELECT"],
            &["-q", "--max_threads", "--query", "-- SELECT"],
            &[],
            &[],
        );
    }

    #[test]
    fn unknown_options_are_named() {
        let error = split(vec!["--max_thread=2".into()], &command(), &Names).unwrap_err();
        assert_eq!(error.code, Code::UNRECOGNIZED_ARGUMENTS);
        assert_eq!(
            error.message,
            "Unrecognized option '--max_thread'. Maybe you meant ['--max_threads']"
        );
    }
}
