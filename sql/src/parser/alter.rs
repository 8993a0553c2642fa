//! ALTER TABLE and its commands, all of them parsed: whether one is supported is the engine's to say.

use sqlparser::ast::Expr;

use super::command::on_cluster;
use super::create_table::{column, constraint, index, key_expressions, ttl_elements};
use super::cursor::{Cursor, Parse};
use super::expression::{aliased, expression};
use super::statement::*;
use super::{insert, query, settings};

pub(super) use insert::assignment;

pub(super) fn alter(c: &mut Cursor) -> Parse<Statement> {
    c.expect("ALTER")?;
    if c.accept("TEMPORARY") {
        return Err(crate::Error::not_implemented("ALTER TEMPORARY TABLE").into());
    }
    c.expect("TABLE")?;
    let table = c.table_name()?;
    on_cluster(c)?;
    let commands = c.comma_separated(|c| {
        if c.at_symbol("(") {
            return c.in_parentheses(command);
        }
        command(c)
    })?;
    Ok(Statement::Alter(Box::new(Alter { table, commands })))
}

fn command(c: &mut Cursor) -> Parse<AlterCommand> {
    let rule: fn(&mut Cursor) -> Parse<AlterCommand> = match () {
        () if c.accept("ADD") => add,
        () if c.accept("DROP") => drop,
        () if c.accept("CLEAR") => clear,
        () if c.accept("MODIFY") || c.accept("ALTER") => modify,
        () if c.accept("MATERIALIZE") => materialize,
        () if c.accept("RENAME COLUMN") => rename_column,
        () if c.accept("COMMENT COLUMN") => comment_column,
        () if c.accept("REMOVE") => remove,
        () if c.accept("RESET SETTING") => |c| Ok(AlterCommand::ResetSetting(c.comma_separated(Cursor::name)?)),
        () if c.accept("DELETE") => delete,
        () if c.accept("UPDATE") => update,
        () if c.accept("APPLY DELETED MASK") => |c| {
            Ok(AlterCommand::ApplyDeletedMask {
                partition: in_partition(c)?,
            })
        },
        () => partition_command,
    };
    rule(c)
}

/// `PARTITION expr | ID 'x' | ALL`, or `PART 'name'`.
pub(super) fn partition(c: &mut Cursor) -> Parse<PartitionName> {
    if c.accept("PART") {
        return Ok(PartitionName::Part(c.string()?));
    }
    c.expect("PARTITION")?;
    if c.accept("ID") {
        return Ok(PartitionName::Id(c.string()?));
    }
    if c.accept("ALL") {
        return Ok(PartitionName::All);
    }
    let value = expression(c)?;
    match is_literal(&value) {
        true => Ok(PartitionName::Value(value)),
        false => c.expected("literal, tuple, ID or ALL"),
    }
}

/// Whether it is a value or a tuple of some, as PARTITION takes them, and neither an operator nor a function.
fn is_literal(expression: &Expr) -> bool {
    match expression {
        Expr::BinaryOp { .. } | Expr::Identifier(_) | Expr::CompoundIdentifier(_) => false,
        Expr::Function(call) => call.name.to_string() == "tuple",
        _ => true,
    }
}

fn in_partition(c: &mut Cursor) -> Parse<Option<PartitionName>> {
    if c.accept("IN") {
        Ok(Some(partition(c)?))
    } else {
        Ok(None)
    }
}

/// A command that is recognised and left to be refused: up to its end, which is a comma outside brackets.
fn unsupported(c: &mut Cursor, name: &str) -> Parse<AlterCommand> {
    let mut depth = 0usize;
    while !c.at_end() && (depth > 0 || !c.at_symbol(",")) {
        if c.at_symbol("(") {
            depth += 1;
        } else if c.at_symbol(")") && depth == 0 {
            break;
        } else if c.at_symbol(")") {
            depth -= 1;
        }
        c.advance();
    }
    Ok(AlterCommand::Unsupported(name.to_owned()))
}

fn position(c: &mut Cursor) -> Parse<Position> {
    if c.accept("FIRST") {
        return Ok(Position::First);
    }
    if c.accept("AFTER") {
        return Ok(Position::After(column_path(c)?));
    }
    Ok(Position::Last)
}

/// A column's name, of a nested one with its dot.
fn column_path(c: &mut Cursor) -> Parse<String> {
    let parts = c.compound_name()?;
    Ok(parts.into_iter().map(|part| part.value).collect::<Vec<_>>().join("."))
}

fn add(c: &mut Cursor) -> Parse<AlterCommand> {
    if c.accept("COLUMN") {
        let if_not_exists = c.accept("IF NOT EXISTS");
        return Ok(AlterCommand::AddColumn {
            column: column(c)?,
            position: position(c)?,
            if_not_exists,
        });
    }
    if c.accept("INDEX") {
        let if_not_exists = c.accept("IF NOT EXISTS");
        return Ok(AlterCommand::AddIndex {
            index: index(c)?,
            position: position(c)?,
            if_not_exists,
        });
    }
    if c.accept("CONSTRAINT") {
        let if_not_exists = c.accept("IF NOT EXISTS");
        return Ok(AlterCommand::AddConstraint {
            constraint: constraint(c)?,
            if_not_exists,
        });
    }
    if c.at("PROJECTION") {
        return unsupported(c, "ADD PROJECTION");
    }
    if c.at("STATISTICS") {
        return unsupported(c, "ADD STATISTICS");
    }
    c.expected("COLUMN, INDEX, CONSTRAINT, PROJECTION, STATISTICS")
}

fn drop(c: &mut Cursor) -> Parse<AlterCommand> {
    if c.accept("COLUMN") {
        let if_exists = c.accept("IF EXISTS");
        return Ok(AlterCommand::DropColumn {
            name: column_path(c)?,
            if_exists,
        });
    }
    if c.accept("INDEX") {
        let if_exists = c.accept("IF EXISTS");
        return Ok(AlterCommand::DropIndex {
            name: c.name()?,
            if_exists,
        });
    }
    if c.accept("CONSTRAINT") {
        let if_exists = c.accept("IF EXISTS");
        return Ok(AlterCommand::DropConstraint {
            name: c.name()?,
            if_exists,
        });
    }
    if c.at("PROJECTION") {
        return unsupported(c, "DROP PROJECTION");
    }
    if c.at("STATISTICS") {
        return unsupported(c, "DROP STATISTICS");
    }
    let detached = c.accept("DETACHED");
    if c.at("PARTITION") || c.at("PART") {
        return Ok(AlterCommand::DropPartition {
            partition: partition(c)?,
            detached,
        });
    }
    c.expected("COLUMN, INDEX, CONSTRAINT, PROJECTION, PARTITION, PART, DETACHED")
}

fn clear(c: &mut Cursor) -> Parse<AlterCommand> {
    if c.accept("COLUMN") {
        let if_exists = c.accept("IF EXISTS");
        return Ok(AlterCommand::ClearColumn {
            name: column_path(c)?,
            partition: in_partition(c)?,
            if_exists,
        });
    }
    if c.accept("INDEX") {
        let if_exists = c.accept("IF EXISTS");
        return Ok(AlterCommand::ClearIndex {
            name: c.name()?,
            partition: in_partition(c)?,
            if_exists,
        });
    }
    if c.at("PROJECTION") {
        return unsupported(c, "CLEAR PROJECTION");
    }
    if c.at("STATISTICS") {
        return unsupported(c, "CLEAR STATISTICS");
    }
    c.expected("COLUMN, INDEX, PROJECTION, STATISTICS")
}

fn materialize(c: &mut Cursor) -> Parse<AlterCommand> {
    if c.accept("COLUMN") {
        return Ok(AlterCommand::MaterializeColumn {
            name: column_path(c)?,
            partition: in_partition(c)?,
        });
    }
    if c.accept("INDEX") {
        let if_exists = c.accept("IF EXISTS");
        return Ok(AlterCommand::MaterializeIndex {
            name: c.name()?,
            partition: in_partition(c)?,
            if_exists,
        });
    }
    if c.accept("TTL") {
        return Ok(AlterCommand::MaterializeTtl {
            partition: in_partition(c)?,
        });
    }
    if c.at("PROJECTION") {
        return unsupported(c, "MATERIALIZE PROJECTION");
    }
    if c.at("STATISTICS") {
        return unsupported(c, "MATERIALIZE STATISTICS");
    }
    c.expected("COLUMN, INDEX, TTL, PROJECTION, STATISTICS")
}

fn modify(c: &mut Cursor) -> Parse<AlterCommand> {
    match () {
        () if c.accept("ORDER BY") => return Ok(AlterCommand::ModifyOrderBy(key_expressions(c)?)),
        () if c.accept("SAMPLE BY") => return Ok(AlterCommand::ModifySampleBy(expression(c)?)),
        () if c.accept("TTL") => return Ok(AlterCommand::ModifyTtl(ttl_elements(c)?)),
        () if c.accept("SETTING") => return Ok(AlterCommand::ModifySetting(settings::list(c)?)),
        () if c.accept("COMMENT") => return Ok(AlterCommand::ModifyComment(c.string()?)),
        () if c.accept("QUERY") => return Ok(AlterCommand::ModifyQuery(Box::new(query::query(c)?))),
        () if c.at("REFRESH") => return unsupported(c, "MODIFY REFRESH"),
        () if c.at("SQL SECURITY") || c.at("DEFINER") => return unsupported(c, "MODIFY SQL SECURITY"),
        () if c.at("STATISTICS") => return unsupported(c, "MODIFY STATISTICS"),
        () => {}
    }
    c.expect("COLUMN")?;
    let if_exists = c.accept("IF EXISTS");
    let mark = c.mark();
    let name = column_path(c)?;
    if c.accept("REMOVE") {
        let property = remove_property(c)?;
        return Ok(AlterCommand::RemoveColumnProperty {
            name,
            property,
            if_exists,
        });
    }
    if c.at("MODIFY SETTING") || c.at("RESET SETTING") {
        return unsupported(c, "MODIFY COLUMN … MODIFY SETTING");
    }
    c.rewind(mark);
    // the type may be left out here, and ALTER COLUMN has the word TYPE before it
    let column = super::create_table::modified_column(c)?;
    Ok(AlterCommand::ModifyColumn {
        column,
        position: position(c)?,
        if_exists,
    })
}

const COLUMN_PROPERTIES: &[&str] = &[
    "DEFAULT",
    "MATERIALIZED",
    "ALIAS",
    "COMMENT",
    "CODEC",
    "TTL",
    "SETTINGS",
];

fn remove_property(c: &mut Cursor) -> Parse<String> {
    match COLUMN_PROPERTIES.iter().find(|property| c.accept(property)) {
        Some(property) => Ok((*property).to_owned()),
        None => c.expected(&COLUMN_PROPERTIES.join(", ")),
    }
}

fn remove(c: &mut Cursor) -> Parse<AlterCommand> {
    match () {
        () if c.accept("TTL") => Ok(AlterCommand::RemoveTtl),
        () if c.accept("SAMPLE BY") => Ok(AlterCommand::RemoveSampleBy),
        () => c.expected("TTL, SAMPLE BY"),
    }
}

fn rename_column(c: &mut Cursor) -> Parse<AlterCommand> {
    let if_exists = c.accept("IF EXISTS");
    let from = column_path(c)?;
    c.expect("TO")?;
    Ok(AlterCommand::RenameColumn {
        from,
        to: column_path(c)?,
        if_exists,
    })
}

fn comment_column(c: &mut Cursor) -> Parse<AlterCommand> {
    let if_exists = c.accept("IF EXISTS");
    Ok(AlterCommand::CommentColumn {
        name: column_path(c)?,
        comment: c.string()?,
        if_exists,
    })
}

fn delete(c: &mut Cursor) -> Parse<AlterCommand> {
    let partition = in_partition(c)?;
    c.expect("WHERE")?;
    Ok(AlterCommand::Delete {
        partition,
        condition: aliased(c)?,
    })
}

fn update(c: &mut Cursor) -> Parse<AlterCommand> {
    let assignments: Vec<(String, Expr)> = c.comma_separated(assignment)?;
    let partition = in_partition(c)?;
    c.expect("WHERE")?;
    Ok(AlterCommand::Update {
        assignments,
        partition,
        condition: aliased(c)?,
    })
}

/// DETACH, ATTACH, REPLACE, MOVE, FREEZE, UNFREEZE, FETCH.
fn partition_command(c: &mut Cursor) -> Parse<AlterCommand> {
    if c.accept("DETACH") {
        return Ok(AlterCommand::DetachPartition(partition(c)?));
    }
    if c.accept("ATTACH") {
        let partition = partition(c)?;
        let from = if c.accept("FROM") { Some(c.table_name()?) } else { None };
        return Ok(AlterCommand::AttachPartition { partition, from });
    }
    if c.accept("REPLACE") {
        let partition = partition(c)?;
        c.expect("FROM")?;
        return Ok(AlterCommand::ReplacePartition {
            partition,
            from: c.table_name()?,
        });
    }
    if c.accept("MOVE") {
        let partition = partition(c)?;
        c.expect("TO")?;
        return Ok(AlterCommand::MovePartition {
            partition,
            to: move_target(c)?,
        });
    }
    if c.accept("FREEZE") {
        let partition = if c.at("PARTITION") { Some(partition(c)?) } else { None };
        let name = if c.accept("WITH NAME") { Some(c.string()?) } else { None };
        return Ok(AlterCommand::FreezePartition { partition, name });
    }
    if c.accept("UNFREEZE") {
        let partition = if c.at("PARTITION") { Some(partition(c)?) } else { None };
        c.expect("WITH NAME")?;
        return Ok(AlterCommand::UnfreezePartition {
            partition,
            name: c.string()?,
        });
    }
    for (word, name) in [
        ("FETCH", "FETCH PARTITION"),
        ("FORGET", "FORGET PARTITION"),
        ("REWRITE", "REWRITE PARTS"),
    ] {
        if c.accept(word) {
            return unsupported(c, name);
        }
    }
    c.expected(
        "ADD, DROP, CLEAR, MODIFY, MATERIALIZE, RENAME COLUMN, COMMENT COLUMN, REMOVE, RESET SETTING, DELETE, UPDATE, \
         DETACH, ATTACH, REPLACE, MOVE, FREEZE, UNFREEZE",
    )
}

fn move_target(c: &mut Cursor) -> Parse<MoveTarget> {
    match () {
        () if c.accept("TABLE") => Ok(MoveTarget::Table(c.table_name()?)),
        () if c.accept("DISK") => Ok(MoveTarget::Disk(c.string()?)),
        () if c.accept("VOLUME") => Ok(MoveTarget::Volume(c.string()?)),
        () => c.expected("TABLE, DISK, VOLUME"),
    }
}
