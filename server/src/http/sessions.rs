//! Sessions that live longer than a request: `session_id` carries SET and USE to the next one.
//!
//! A session is used by one request at a time; a second one is refused, as ClickHouse does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gristmill_sql::{Code, Error, Result};

use super::request::NamedSession;

/// Named sessions kept at once; more are refused.
const SESSIONS_MAX: usize = 10_000;

/// All named sessions of a server. `S` is the engine's session outside tests.
pub struct Sessions<S> {
    slots: Arc<Mutex<HashMap<Key, Slot<S>>>>,
}

/// A user's name and the client's name for the session.
type Key = (String, String);

enum Slot<S> {
    InUse,
    Idle {
        session: S,
        since: Instant,
        timeout: Duration,
    },
}

/// A session taken out for one request; it goes back when dropped.
pub struct Lease<S> {
    session: Option<S>,
    asked: NamedSession,
    slots: Arc<Mutex<HashMap<Key, Slot<S>>>>,
}

impl<S> Default for Sessions<S> {
    fn default() -> Self {
        Sessions { slots: Arc::default() }
    }
}

impl<S> Sessions<S> {
    /// Takes the session asked for, or makes it.
    pub fn take(&self, asked: NamedSession, make: impl FnOnce() -> Result<S>) -> Result<Lease<S>> {
        let mut slots = self.slots.lock().expect("nothing panics while holding the lock");
        slots.retain(|_, slot| !slot.is_over());
        let session = match slots.remove(&asked.key()) {
            Some(Slot::Idle { session, .. }) => session,
            Some(Slot::InUse) => {
                slots.insert(asked.key(), Slot::InUse);
                let message = format!("Session {} is locked by a concurrent client", asked.id);
                return Err(Error::new(Code::SESSION_IS_LOCKED, message));
            }
            None if asked.must_exist => {
                return Err(Error::new(
                    Code::SESSION_NOT_FOUND,
                    format!("Session {} not found", asked.id),
                ));
            }
            None if slots.len() >= SESSIONS_MAX => {
                let message = format!("Too many sessions, maximum: {SESSIONS_MAX}");
                return Err(Error::new(Code::TOO_MANY_SIMULTANEOUS_QUERIES, message));
            }
            None => make()?,
        };
        slots.insert(asked.key(), Slot::InUse);
        Ok(Lease {
            session: Some(session),
            asked,
            slots: self.slots.clone(),
        })
    }
}

impl NamedSession {
    fn key(&self) -> Key {
        (self.user.clone(), self.id.clone())
    }
}

impl<S> Slot<S> {
    fn is_over(&self) -> bool {
        matches!(self, Slot::Idle { since, timeout, .. } if since.elapsed() > *timeout)
    }
}

impl<S> Lease<S> {
    /// The session.
    pub fn session(&mut self) -> &mut S {
        self.session.as_mut().expect("it is there until the lease is dropped")
    }
}

impl<S> Drop for Lease<S> {
    fn drop(&mut self) {
        // A poisoned lock cannot be repaired here; the session is lost with it.
        let Ok(mut slots) = self.slots.lock() else { return };
        match self.session.take() {
            Some(session) if !self.asked.closes => {
                let idle = Slot::Idle {
                    session,
                    since: Instant::now(),
                    timeout: self.asked.timeout,
                };
                slots.insert(self.asked.key(), idle);
            }
            _ => drop(slots.remove(&self.asked.key())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(id: &str) -> NamedSession {
        NamedSession {
            id: id.to_string(),
            timeout: Duration::from_secs(60),
            ..NamedSession::default()
        }
    }

    #[test]
    fn a_session_keeps_its_state() {
        let sessions = Sessions::default();
        *sessions.take(asked("a"), || Ok(1)).unwrap().session() += 1;
        assert_eq!(*sessions.take(asked("a"), || Ok(1)).unwrap().session(), 2);
        assert_eq!(*sessions.take(asked("b"), || Ok(1)).unwrap().session(), 1);
        let of_another = NamedSession {
            user: "ann".into(),
            ..asked("a")
        };
        assert_eq!(*sessions.take(of_another, || Ok(1)).unwrap().session(), 1);
    }

    #[test]
    fn a_session_in_use_is_locked() {
        let sessions = Sessions::default();
        let lease = sessions.take(asked("a"), || Ok(1)).unwrap();
        assert_eq!(
            sessions.take(asked("a"), || Ok(1)).err().unwrap().code,
            Code::SESSION_IS_LOCKED
        );
        drop(lease);
        assert!(sessions.take(asked("a"), || Ok(1)).is_ok());
    }

    #[test]
    fn closed_and_expired_sessions_are_gone() {
        let sessions = Sessions::default();
        drop(
            sessions
                .take(
                    NamedSession {
                        closes: true,
                        ..asked("a")
                    },
                    || Ok(1),
                )
                .unwrap(),
        );
        drop(
            sessions
                .take(
                    NamedSession {
                        timeout: Duration::ZERO,
                        ..asked("b")
                    },
                    || Ok(1),
                )
                .unwrap(),
        );
        std::thread::sleep(Duration::from_millis(2));
        for id in ["a", "b"] {
            let again = sessions.take(
                NamedSession {
                    must_exist: true,
                    ..asked(id)
                },
                || Ok(1),
            );
            assert_eq!(again.err().unwrap().code, Code::SESSION_NOT_FOUND);
        }
    }
}
