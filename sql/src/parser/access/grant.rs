//! GRANT, REVOKE, SET ROLE and CHECK GRANT.

use super::entity::{name, subject, subjects};
use super::privilege::{PRIVILEGES, Privileges};
use super::statement::*;
use crate::error::{Code, Error};
use crate::parser::command::on_cluster;
use crate::parser::cursor::{Cursor, Parse};

/// `GRANT …` or `REVOKE …`, from that word on.
pub(super) fn grant(c: &mut Cursor, attach: bool) -> Parse<AccessStatement> {
    let is_revoke = c.accept("REVOKE");
    if !is_revoke {
        c.expect("GRANT")?;
    }
    on_cluster(c)?;
    let mut grant = Grant {
        is_revoke,
        attach,
        ..Grant::default()
    };
    grant.option_for = is_revoke && (c.accept("GRANT OPTION FOR") || c.accept("ADMIN OPTION FOR"));
    grant.current_grants = !is_revoke && c.accept("CURRENT GRANTS");
    match () {
        () if grant.current_grants => current_grants(c, &mut grant)?,
        () if !c.at("ALL EXCEPT") && begins_privilege(c) => grant.elements = elements(c)?,
        () => grant.roles = Some(subjects(c, "ALL")?),
    }
    on_cluster(c)?;
    c.expect(if is_revoke { "FROM" } else { "TO" })?;
    grant.to = subjects(c, "ALL")?;
    while !is_revoke && c.accept("WITH") {
        match () {
            () if c.accept("GRANT OPTION") || c.accept("ADMIN OPTION") => grant.with_option = true,
            () if c.accept("REPLACE OPTION") => grant.replace = true,
            () => return c.expected("GRANT OPTION, ADMIN OPTION, REPLACE OPTION"),
        }
    }
    Ok(AccessStatement::Grant(grant))
}

fn current_grants(c: &mut Cursor, grant: &mut Grant) -> Parse<()> {
    if c.at_symbol("(") {
        grant.elements = c.in_parentheses(elements)?;
        return Ok(());
    }
    c.expect("ON")?;
    grant.elements = vec![GrantElement {
        privileges: Privileges::all(),
        columns: Vec::new(),
        place: place(c)?,
    }];
    Ok(())
}

pub(super) fn check_grant(c: &mut Cursor) -> Parse<AccessStatement> {
    c.expect("CHECK GRANT")?;
    Ok(AccessStatement::CheckGrant(elements(c)?))
}

/// `SET ROLE …`, `SET DEFAULT ROLE … TO …`.
pub(super) fn set_role(c: &mut Cursor) -> Parse<AccessStatement> {
    if c.accept("SET DEFAULT ROLE") {
        let roles = subjects(c, "ALL")?;
        c.expect("TO")?;
        return Ok(AccessStatement::SetDefaultRole(roles, c.comma_separated(subject)?));
    }
    c.expect("SET ROLE")?;
    Ok(AccessStatement::SetRole(match c.accept("DEFAULT") {
        true => RoleChoice::Default,
        false => RoleChoice::These(subjects(c, "ALL")?),
    }))
}

/// The longest privilege whose words stand next, and how many words it has.
fn privilege_here(c: &Cursor) -> Option<(Privileges, usize)> {
    let names = PRIVILEGES.iter().flat_map(|privilege| {
        let aliases = privilege.aliases.iter().copied();
        aliases.chain([privilege.name]).map(|name| (name, privilege.leaves))
    });
    names
        .filter(|(name, _)| c.at(name))
        .map(|(name, leaves)| (leaves, name.split(' ').count()))
        .max_by_key(|(_, words)| *words)
}

fn begins_privilege(c: &Cursor) -> bool {
    privilege_here(c).is_some_and(|(_, words)| {
        let next = |symbol| c.symbol_at(words, symbol);
        next("(") || next(",") || c.word_at(words, "ON")
    })
}

fn elements(c: &mut Cursor) -> Parse<Vec<GrantElement>> {
    let mut all = Vec::new();
    loop {
        let privileges = c.comma_separated(one_privilege)?;
        c.expect("ON")?;
        let place = place(c)?;
        for (privileges, columns) in privileges {
            if !columns.is_empty() && matches!(place.name, NamePart::Any | NamePart::Prefix(_)) {
                return c.expected("end of query");
            }
            let place = place.clone();
            all.push(GrantElement {
                privileges,
                columns,
                place,
            });
        }
        if !c.accept_symbol(",") {
            return Ok(all);
        }
    }
}

fn one_privilege(c: &mut Cursor) -> Parse<(Privileges, Vec<String>)> {
    let Some((privileges, words)) = privilege_here(c) else {
        return c.expected("privilege");
    };
    for _ in 0..words {
        c.advance();
    }
    let columns = match c.at_symbol("(") {
        true => c.in_parentheses(|c| c.comma_separated(Cursor::name))?,
        false => Vec::new(),
    };
    if !columns.is_empty() && !Privileges::at(|level| level == super::Level::Column).contains(privileges) {
        let message = format!(
            "{} cannot be granted on the column level",
            privileges.names().join(", ")
        );
        return Err(Error::new(Code::INVALID_GRANT, message).into());
    }
    Ok((privileges, columns))
}

fn place(c: &mut Cursor) -> Parse<GrantPlace> {
    let first = part(c)?;
    if !c.accept_symbol(".") {
        return Ok(GrantPlace {
            database: None,
            name: first,
        });
    }
    Ok(GrantPlace {
        database: Some(first),
        name: part(c)?,
    })
}

fn part(c: &mut Cursor) -> Parse<NamePart> {
    if c.accept_symbol("*") {
        return Ok(NamePart::Any);
    }
    let name = name(c)?;
    Ok(match c.accept_symbol("*") {
        true => NamePart::Prefix(name),
        false => NamePart::Exact(name),
    })
}
