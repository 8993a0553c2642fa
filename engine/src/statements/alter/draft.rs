//! The commands of ALTER TABLE that change the definition: all of one statement together, or none.
//!
//! Each changes the [`Draft`]; then the whole is checked as a CREATE statement is, and against what it was.

use std::collections::BTreeSet;

use gristmill_sql::Code;
use gristmill_sql::analyzer::substitute_parameters;
use gristmill_sql::parser::{AlterCommand, ConstraintDefinition, CreateTable, SettingValue, TtlElement};

use super::{columns, indexes, order};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::settings;
use crate::table::{StoredNames, TableDefinition, names_in};

/// Settings of a table that hold for as long as it lives.
const FIXED_SETTINGS: &[&str] = &[
    "index_granularity",
    "index_granularity_bytes",
    "enable_mixed_granularity_parts",
    "add_minmax_index_for_numeric_columns",
    "add_minmax_index_for_string_columns",
    "table_disk",
];

/// A definition on its way from what it was to what it will be.
pub struct Draft<'a> {
    /// What it was.
    pub before: &'a TableDefinition,
    /// The statement so far.
    pub create: CreateTable,
    /// The stored names so far.
    pub stored_names: StoredNames,
    /// Columns that this statement adds.
    pub added: BTreeSet<String>,
    /// Columns whose properties it changes.
    pub modified: BTreeSet<String>,
    /// Names that it gives to columns which had others.
    pub renamed: BTreeSet<String>,
    /// Indexes that go.
    pub dropped_indexes: Vec<String>,
}

impl<'a> Draft<'a> {
    /// Nothing is changed yet.
    pub fn new(before: &'a TableDefinition) -> Self {
        Self {
            before,
            create: before.create.clone(),
            stored_names: before.stored_names.clone(),
            added: BTreeSet::new(),
            modified: BTreeSet::new(),
            renamed: BTreeSet::new(),
            dropped_indexes: Vec::new(),
        }
    }

    /// An index of the table that reads a column which is no longer there.
    pub fn broken_index(&self) -> Option<&str> {
        let is_there = |name: &str| self.create.columns.iter().any(|column| column.name == name);
        let was_there = |name: &str| self.before.column(name).is_some();
        let is_old = |index: &str| self.before.indexes.iter().any(|before| before.name == index);
        let mut indexes = self.create.indexes.iter().filter(|index| is_old(&index.name));
        let broken = indexes.find(|index| {
            let names = names_in(&index.expression);
            names.iter().any(|name| was_there(name) && !is_there(name))
        });
        broken.map(|index| index.name.as_str())
    }

    /// Whether a command changes the definition.
    pub fn takes(command: &AlterCommand) -> bool {
        matches!(
            command,
            AlterCommand::AddColumn { .. }
                | AlterCommand::DropColumn { .. }
                | AlterCommand::RenameColumn { .. }
                | AlterCommand::ModifyColumn { .. }
                | AlterCommand::RemoveColumnProperty { .. }
                | AlterCommand::CommentColumn { .. }
                | AlterCommand::AddIndex { .. }
                | AlterCommand::DropIndex { .. }
                | AlterCommand::AddConstraint { .. }
                | AlterCommand::DropConstraint { .. }
                | AlterCommand::ModifyOrderBy(_)
                | AlterCommand::ModifyTtl(_)
                | AlterCommand::RemoveTtl
                | AlterCommand::ModifySetting(_)
                | AlterCommand::ResetSetting(_)
                | AlterCommand::ModifyComment(_)
        )
    }

    /// Applies a command that [`Draft::takes`].
    pub fn apply(&mut self, command: AlterCommand, environment: &Environment) -> Result<()> {
        match command {
            AlterCommand::AddColumn {
                column,
                position,
                if_not_exists,
            } => columns::add(self, column, &position, if_not_exists, environment),
            AlterCommand::DropColumn { name, if_exists } => columns::drop_one(self, &name, if_exists),
            AlterCommand::RenameColumn { from, to, if_exists } => columns::rename(self, &from, &to, if_exists),
            AlterCommand::ModifyColumn {
                column,
                position,
                if_exists,
            } => columns::modify(self, column, &position, if_exists, environment),
            AlterCommand::RemoveColumnProperty {
                name,
                property,
                if_exists,
            } => columns::remove_property(self, &name, &property, if_exists),
            AlterCommand::CommentColumn {
                name,
                comment,
                if_exists,
            } => columns::comment(self, &name, comment, if_exists),
            AlterCommand::AddIndex {
                index,
                position,
                if_not_exists,
            } => indexes::add(self, index, &position, if_not_exists, environment),
            AlterCommand::DropIndex { name, if_exists } => indexes::drop_one(self, &name, if_exists),
            AlterCommand::AddConstraint {
                constraint,
                if_not_exists,
            } => self.add_constraint(constraint, if_not_exists, environment),
            AlterCommand::DropConstraint { name, if_exists } => self.drop_constraint(&name, if_exists),
            AlterCommand::ModifyOrderBy(keys) => order::modify(self, keys),
            AlterCommand::ModifyTtl(ttl) => self.modify_ttl(ttl, environment),
            AlterCommand::RemoveTtl => self.remove_ttl(),
            AlterCommand::ModifySetting(given) => self.modify_settings(given),
            AlterCommand::ResetSetting(names) => self.reset_settings(&names),
            AlterCommand::ModifyComment(comment) => {
                self.create.comment = Some(comment).filter(|comment| !comment.is_empty());
                Ok(())
            }
            _ => unreachable!("the caller asks whether the draft takes the command"),
        }
    }

    fn modify_ttl(&mut self, mut ttl: Vec<TtlElement>, environment: &Environment) -> Result<()> {
        for element in &mut ttl {
            for expression in std::iter::once(&mut element.expression).chain(&mut element.condition) {
                substitute_parameters(expression, &environment.context())?;
            }
        }
        self.create.ttl = ttl;
        Ok(())
    }

    fn remove_ttl(&mut self) -> Result<()> {
        match std::mem::take(&mut self.create.ttl).is_empty() {
            false => Ok(()),
            true => {
                let message = "Table doesn't have any table TTL expression, cannot remove.";
                Err(Error::new(Code::BAD_ARGUMENTS, message))
            }
        }
    }

    fn add_constraint(
        &mut self,
        mut constraint: ConstraintDefinition,
        if_not_exists: bool,
        environment: &Environment,
    ) -> Result<()> {
        substitute_parameters(&mut constraint.expression, &environment.context())?;
        let name = &constraint.name;
        if self.create.constraints.iter().any(|other| other.name == *name) {
            let message = format!("Cannot add constraint {name}: constraint with this name already exists.");
            return match if_not_exists {
                true => Ok(()),
                false => Err(Error::new(Code::ILLEGAL_COLUMN, message)),
            };
        }
        self.create.constraints.push(constraint);
        Ok(())
    }

    fn drop_constraint(&mut self, name: &str, if_exists: bool) -> Result<()> {
        let before = self.create.constraints.len();
        self.create.constraints.retain(|constraint| constraint.name != name);
        match if_exists || self.create.constraints.len() < before {
            true => Ok(()),
            false => {
                let message = format!("Wrong constraint name. Cannot find constraint `{name}` to drop.");
                Err(Error::new(Code::BAD_ARGUMENTS, message))
            }
        }
    }

    fn modify_settings(&mut self, given: Vec<(String, SettingValue)>) -> Result<()> {
        for (name, value) in given {
            settings::check_merge_tree(&name, &value.text())?;
            check_not_fixed(&name)?;
            settings::check_given_to_table(&name, &value.text())?;
            match self.create.settings.iter_mut().find(|(known, _)| *known == name) {
                Some(known) => known.1 = value,
                None => self.create.settings.push((name, value)),
            }
        }
        Ok(())
    }

    fn reset_settings(&mut self, names: &[String]) -> Result<()> {
        for name in names {
            if !settings::is_merge_tree(name) {
                let message =
                    format!("Cannot reset setting '{name}' because it doesn't exist for MergeTree engines family.");
                return Err(Error::new(Code::BAD_ARGUMENTS, message));
            }
            check_not_fixed(name)?;
            self.create.settings.retain(|(known, _)| known != name);
        }
        Ok(())
    }
}

fn check_not_fixed(setting: &str) -> Result<()> {
    if !FIXED_SETTINGS.contains(&setting) {
        return Ok(());
    }
    let message = format!("Setting '{setting}' is readonly for storage 'MergeTree'.");
    Err(Error::new(Code::READONLY_SETTING, message))
}
