//! Passwords: how they are kept and compared.

use std::fmt::Write;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use gristmill_sql::Code;
use gristmill_sql::parser::access::{Method, MethodKind};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::{Error, Result};

/// How much work bcrypt makes of a password: ClickHouse's `bcrypt_workfactor`.
const BCRYPT_COST: u32 = 12;

/// A way to log in, as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredMethod {
    /// NoPassword, PlaintextPassword or a hash.
    pub kind: MethodKind,
    /// The password or its hash in hexadecimal digits or bcrypt's text.
    text: String,
    salt: String,
    /// Seconds since 1970 until which it works; 0 for ever.
    pub valid_until: i64,
}

impl std::fmt::Debug for StoredMethod {
    /// Neither passwords nor hashes are shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredMethod")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl StoredMethod {
    /// Any password fits.
    pub fn no_password() -> Self {
        Self {
            kind: MethodKind::NoPassword,
            text: String::new(),
            salt: String::new(),
            valid_until: 0,
        }
    }

    /// What a statement says, with the password made its hash.
    pub fn new(method: &Method) -> Result<Self> {
        let text = method.text.as_deref().unwrap_or_default();
        let mut stored = Self {
            valid_until: method.valid_until.as_deref().map_or(Ok(0), time)?,
            ..Self::no_password()
        };
        match method.kind {
            MethodKind::NoPassword => {}
            MethodKind::PlaintextPassword => (stored.kind, stored.text) = (method.kind, text.into()),
            MethodKind::Default | MethodKind::Sha256Password => {
                stored.kind = MethodKind::Sha256Hash;
                stored.salt = Uuid::new_v4().simple().to_string() + &Uuid::new_v4().simple().to_string();
                stored.text = sha256(text.as_bytes(), &stored.salt);
            }
            MethodKind::Sha256Hash => {
                stored.kind = method.kind;
                stored.salt = method.salt.clone().unwrap_or_default();
                stored.text = digits(text, 64, "sha256_hash")?;
            }
            MethodKind::DoubleSha1Password => {
                (stored.kind, stored.text) = (MethodKind::DoubleSha1Hash, double_sha1(text.as_bytes()))
            }
            MethodKind::DoubleSha1Hash => {
                (stored.kind, stored.text) = (method.kind, digits(text, 40, "double_sha1_hash")?)
            }
            MethodKind::BcryptPassword => {
                stored.kind = MethodKind::BcryptHash;
                stored.text = bcrypt_hash(text)?;
            }
            MethodKind::BcryptHash => {
                stored.kind = method.kind;
                if text.parse::<bcrypt::HashParts>().is_err() {
                    return Err(Error::new(
                        Code::BAD_ARGUMENTS,
                        "The text of bcrypt_hash is no hash of bcrypt",
                    ));
                }
                stored.text = text.into();
            }
        }
        Ok(stored)
    }

    /// Whether a password fits, and it is not too late.
    pub fn fits(&self, password: &str, now: i64) -> bool {
        if self.valid_until != 0 && now > self.valid_until {
            return false;
        }
        match self.kind {
            MethodKind::NoPassword => true,
            MethodKind::PlaintextPassword => same(self.text.as_bytes(), password.as_bytes()),
            MethodKind::Sha256Hash => same(self.text.as_bytes(), sha256(password.as_bytes(), &self.salt).as_bytes()),
            MethodKind::DoubleSha1Hash => same(self.text.as_bytes(), double_sha1(password.as_bytes()).as_bytes()),
            // Longer ones cannot have been hashed.
            MethodKind::BcryptHash => bcrypt::verify(password, &self.text).unwrap_or(false),
            _ => false,
        }
    }

    /// As a statement; without password and hash where people look.
    pub fn method(&self, with_secret: bool) -> Method {
        let shown = |text: &String| (with_secret && !text.is_empty()).then(|| text.clone());
        let has_text = with_secret && self.kind != MethodKind::NoPassword;
        Method {
            kind: if with_secret { self.kind } else { self.shown_kind() },
            text: has_text.then(|| self.text.clone()),
            salt: shown(&self.salt),
            valid_until: (self.valid_until != 0).then(|| time_text(self.valid_until)),
        }
    }

    /// The kind's name in `system.users`.
    pub fn shown_kind(&self) -> MethodKind {
        match self.kind {
            MethodKind::Sha256Hash => MethodKind::Sha256Password,
            MethodKind::DoubleSha1Hash => MethodKind::DoubleSha1Password,
            MethodKind::BcryptHash => MethodKind::BcryptPassword,
            other => other,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            let _ = write!(out, "{byte:02X}"); // a String takes all
            out
        })
}

fn sha256(password: &[u8], salt: &str) -> String {
    hex(&Sha256::new().chain_update(password).chain_update(salt).finalize())
}

fn double_sha1(password: &[u8]) -> String {
    hex(&Sha1::digest(Sha1::digest(password)))
}

fn bcrypt_hash(password: &str) -> Result<String> {
    // bcrypt looks at no more; ClickHouse cuts there silently.
    if password.len() > 72 || password.contains('\0') {
        let message = "Passwords for bcrypt_password have at most 72 bytes, none of them zero";
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    let salt = *Uuid::new_v4().as_bytes();
    let parts = bcrypt::hash_with_salt(password, BCRYPT_COST, salt);
    let parts = parts.map_err(|error| Error::new(Code::BAD_ARGUMENTS, format!("bcrypt failed: {error}")))?;
    Ok(parts.format_for_version(bcrypt::Version::TwoA))
}

/// Hexadecimal digits of a hash, in upper case.
fn digits(text: &str, length: usize, what: &str) -> Result<String> {
    match text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(text.to_ascii_uppercase()),
        false => {
            let message = format!("The text of {what} has to be {length} hexadecimal digits");
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
    }
}

/// Compares without telling by time where the difference is.
fn same(left: &[u8], right: &[u8]) -> bool {
    let differences = left
        .iter()
        .zip(right)
        .fold(0, |all, (left, right)| all | (left ^ right));
    left.len() == right.len() && differences == 0
}

/// The time of VALID UNTIL as seconds since 1970.
pub fn time(text: &str) -> Result<i64> {
    if text.eq_ignore_ascii_case("infinity") {
        return Ok(0);
    }
    let day = |text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let parsed = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok();
    let parsed = parsed.or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok());
    match parsed.or_else(|| day(text)) {
        Some(time) => Ok(time.and_utc().timestamp().max(1)),
        None => Err(Error::new(
            Code::CANNOT_PARSE_DATETIME,
            format!("Cannot parse the time '{text}' of VALID UNTIL"),
        )),
    }
}

/// Such a time as text.
pub fn time_text(seconds: i64) -> String {
    let time = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(kind: MethodKind, text: &str) -> Result<StoredMethod> {
        StoredMethod::new(&Method {
            kind,
            text: Some(text.into()),
            salt: None,
            valid_until: None,
        })
    }

    #[test]
    fn each_kind_knows_its_password() {
        let hash = |text: &str| {
            bcrypt::hash_with_salt(text, 4, [7; 16])
                .unwrap()
                .format_for_version(bcrypt::Version::TwoY)
        };
        for (kind, text) in [
            (MethodKind::Default, "secret"),
            (MethodKind::PlaintextPassword, "secret"),
            (MethodKind::Sha256Password, "secret"),
            // echo -n secret | sha256sum, and the same of SHA-1 twice
            (
                MethodKind::Sha256Hash,
                "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
            ),
            (MethodKind::DoubleSha1Password, "secret"),
            (MethodKind::DoubleSha1Hash, "14E65567ABDB5135D0CFD9A70B3032C179A49EE7"),
            (MethodKind::BcryptHash, &hash("secret")),
        ] {
            let method = stored(kind, text).unwrap();
            assert!(method.fits("secret", 1), "{kind:?}");
            assert!(!method.fits("Secret", 1) && !method.fits("", 1), "{kind:?}");
            let shown = format!("{method:?}{:?}", method.method(false));
            assert!(
                !shown.contains("secret") && method.method(false).text.is_none(),
                "{shown}"
            );
            assert!(StoredMethod::new(&method.method(true)).unwrap() == method, "{kind:?}");
        }
        assert!(StoredMethod::no_password().fits("anything", 1));
        assert!(stored(MethodKind::Sha256Hash, "abc").is_err() && stored(MethodKind::BcryptHash, "abc").is_err());
    }

    #[test]
    fn a_password_ends() {
        let mut method = stored(MethodKind::PlaintextPassword, "x").unwrap();
        method.valid_until = time("2030-01-01").unwrap();
        assert_eq!(time_text(method.valid_until), "2030-01-01 00:00:00");
        assert!(method.fits("x", method.valid_until) && !method.fits("x", method.valid_until + 1));
        assert!(time("tomorrow").is_err() && time("infinity").is_ok_and(|seconds| seconds == 0));
    }
}
