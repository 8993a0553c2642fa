//! Who somebody is: a name, a password and an address.

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use gristmill_sql::Code;
use gristmill_sql::parser::access::EntityKind;
use uuid::Uuid;

use super::configured::DEFAULT_USER;
use super::control::AccessControl;
use super::entity::Entity;
use super::hosts;
use crate::error::{Error, Result};

/// What a client says of who it is.
#[derive(Clone, Copy, Default)]
pub struct Credentials<'a> {
    /// The user; empty means `default`.
    pub user: &'a str,
    /// The password; empty if there is none.
    pub password: &'a str,
    /// Where the client is; none: in this process.
    pub address: Option<IpAddr>,
}

/// A user who has proved that he is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub(crate) id: Uuid,
    name: String,
    pub(crate) address: Option<IpAddr>,
}

impl Login {
    /// The user's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl AccessControl {
    /// The user, if name, password and address fit; else AUTHENTICATION_FAILED, which does not tell what was wrong. Takes
    /// as long as the password's kind makes it: a quarter of a second where it is kept by bcrypt.
    pub fn authenticate(&self, credentials: &Credentials<'_>) -> Result<Login> {
        let name = match credentials.user {
            "" => DEFAULT_USER,
            name => name,
        };
        let entities = self.entities();
        let stored = entities.find(EntityKind::User, name);
        let Some((Entity::User(user), id)) = stored.map(|stored| (&stored.entity, stored.id)) else {
            return Err(failed(name));
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_secs() as i64);
        let fits = user.methods.iter().any(|method| method.fits(credentials.password, now));
        if !fits || !hosts::allow(&user.hosts, credentials.address) {
            return Err(failed(name));
        }
        Ok(Login {
            id,
            name: name.into(),
            address: credentials.address,
        })
    }
}

fn failed(user: &str) -> Error {
    let message = format!("{user}: Authentication failed: password is incorrect, or there is no user with such name");
    Error::new(Code::AUTHENTICATION_FAILED, message)
}
