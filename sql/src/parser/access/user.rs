//! CREATE and ALTER USER: how they log in and whence.

use super::entity::{name, settings_change, subjects};
use super::statement::*;
use crate::error::Error;
use crate::parser::command::on_cluster;
use crate::parser::cursor::{Cursor, Parse};

/// What stands behind `CREATE | ALTER USER`.
pub(super) fn user(c: &mut Cursor, action: Action) -> Parse<AccessStatement> {
    let mut user = UserStatement {
        action,
        names: c.comma_separated(user_name)?,
        ..UserStatement::default()
    };
    loop {
        on_cluster(c)?;
        match () {
            () if action.is_alter && c.accept("RENAME TO") => user.new_name = Some(user_name(c)?.0),
            () if action.is_alter && c.accept("RESET AUTHENTICATION METHODS TO NEW") => {
                user.methods_change = MethodsChange::ResetToNew;
            }
            () if action.is_alter && c.at("ADD IDENTIFIED") => {
                c.advance();
                user.methods_change = MethodsChange::Add;
                identified(c, &mut user)?;
            }
            () if c.at("IDENTIFIED") || c.at("NOT IDENTIFIED") => identified(c, &mut user)?,
            () if c.accept("VALID UNTIL") => user.valid_until = Some(c.string()?),
            () if c.accept("HOST") => user.hosts = Some(hosts(c)?),
            () if action.is_alter && c.accept("ADD HOST") => user.add_hosts = Some(hosts(c)?),
            () if action.is_alter && c.accept("DROP HOST") => user.drop_hosts = Some(hosts(c)?),
            () if c.accept("DEFAULT ROLE") => user.default_roles = Some(subjects(c, "ALL")?),
            () if c.accept("DEFAULT DATABASE") => {
                user.default_database = Some(match c.accept("NONE") {
                    true => String::new(),
                    false => name(c)?,
                });
            }
            () if c.accept("GRANTEES") => user.grantees = Some(subjects(c, "ANY")?),
            () if settings_change(c, action, &mut user.settings)? => {}
            () => return Ok(AccessStatement::User(Box::new(user))),
        }
    }
}

/// `name[@'host']`; a host that is not `%` is part of the name.
pub(super) fn user_name(c: &mut Cursor) -> Parse<(String, Option<String>)> {
    let user = name(c)?;
    if !c.accept_symbol("@") {
        return Ok((user, None));
    }
    match name(c)? {
        any if any == "%" => Ok((user, None)),
        host => Ok((format!("{user}@{host}"), Some(host))),
    }
}

fn identified(c: &mut Cursor, user: &mut UserStatement) -> Parse<()> {
    if c.accept("NOT IDENTIFIED") {
        user.methods.push(method_of(MethodKind::NoPassword));
        return Ok(());
    }
    c.expect("IDENTIFIED")?;
    let with = c.accept("WITH");
    user.methods.push(method(c, with)?);
    // `HOST` and others may follow a comma nowhere, so what follows is another way to log in.
    while c.accept_symbol(",") {
        user.methods.push(method(c, true)?);
    }
    Ok(())
}

fn method_of(kind: MethodKind) -> Method {
    Method {
        kind,
        text: None,
        salt: None,
        valid_until: None,
    }
}

fn method(c: &mut Cursor, with: bool) -> Parse<Method> {
    let mut method = method_of(MethodKind::Default);
    if with {
        method.kind = kind(c)?;
    }
    if method.kind == MethodKind::NoPassword {
        return valid_until(c, method);
    }
    c.expect("BY")?;
    method.text = Some(c.string()?);
    if method.kind == MethodKind::Sha256Hash && c.accept("SALT") {
        method.salt = Some(c.string()?);
    }
    valid_until(c, method)
}

fn valid_until(c: &mut Cursor, mut method: Method) -> Parse<Method> {
    if c.accept("VALID UNTIL") {
        method.valid_until = Some(c.string()?);
    }
    Ok(method)
}

fn kind(c: &mut Cursor) -> Parse<MethodKind> {
    for (name, kind) in METHODS {
        if c.accept(name) {
            return Ok(*kind);
        }
    }
    for name in [
        "ldap",
        "kerberos",
        "ssl_certificate",
        "ssh_key",
        "http",
        "jwt",
        "scram_sha256_password",
        "scram_sha256_hash",
        "no_authentication",
    ] {
        if c.at(name) {
            return Err(Error::not_implemented(format!("Authentication type {name}")).into());
        }
    }
    match c.at("BY") {
        true => Ok(MethodKind::Default),
        false => c.expected("no_password, plaintext_password, sha256_password, double_sha1_password, bcrypt_password"),
    }
}

fn hosts(c: &mut Cursor) -> Parse<Hosts> {
    let mut hosts = Hosts::default();
    if c.accept("NONE") {
        return Ok(hosts);
    }
    loop {
        match () {
            () if c.accept("ANY") => hosts.any = true,
            () if c.accept("LOCAL") => hosts.local = true,
            () if c.accept("IP") => strings(c, &mut hosts.ips)?,
            () if c.accept("NAME REGEXP") || c.accept("REGEXP") => strings(c, &mut hosts.regexps)?,
            () if c.accept("NAME") => strings(c, &mut hosts.names)?,
            () if c.accept("LIKE") => strings(c, &mut hosts.likes)?,
            () => return c.expected("ANY, NONE, LOCAL, NAME, REGEXP, IP, LIKE"),
        }
        if !c.accept_symbol(",") {
            return Ok(hosts);
        }
    }
}

/// Strings up to the next kind of host.
fn strings(c: &mut Cursor, all: &mut Vec<String>) -> Parse<()> {
    all.push(c.string()?);
    while c.at_symbol(",") && matches!(c.peek_at(1), crate::parser::lexer::Token::Text(_)) {
        c.advance();
        all.push(c.string()?);
    }
    Ok(())
}
