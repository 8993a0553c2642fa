//! What `system.functions` shows.

use super::{FOLDERS, aggregates, arrays};

/// A row of `system.functions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// A function's name or one of its aliases.
    pub name: String,
    /// Whether it aggregates.
    pub is_aggregate: bool,
    /// Whether letter case does not matter.
    pub case_insensitive: bool,
    /// The function that this is another name of; empty for the function itself.
    pub alias_to: String,
    /// One line.
    pub description: String,
}

/// Every function and alias.
pub fn list() -> Vec<Listed> {
    let mut rows = Vec::new();
    for function in FOLDERS.iter().flat_map(|folder| folder.iter()) {
        let insensitive: Vec<&str> = function.case_insensitive_names().collect();
        for name in function.names() {
            rows.push(listed(
                name,
                function.name,
                false,
                insensitive.contains(&name),
                function.description,
            ));
        }
    }
    for function in arrays::higher_order::FUNCTIONS {
        if !rows.iter().any(|row| row.name == function.name) {
            rows.push(listed(function.name, function.name, false, false, function.description));
        }
    }
    for function in aggregates::all() {
        rows.push(listed(
            function.name,
            function.name,
            true,
            function.case_insensitive,
            function.description,
        ));
        for alias in function.aliases {
            rows.push(listed(
                alias,
                function.name,
                true,
                function.case_insensitive,
                function.description,
            ));
        }
    }
    rows.sort_by(|left, right| left.name.cmp(&right.name));
    rows
}

fn listed(name: &str, function: &str, is_aggregate: bool, case_insensitive: bool, description: &str) -> Listed {
    let alias_to = if name == function {
        String::new()
    } else {
        function.to_string()
    };
    Listed {
        name: name.to_string(),
        is_aggregate,
        case_insensitive,
        alias_to,
        description: description.to_string(),
    }
}
