//! Who a connection's requests come from: a user is proved once, then remembered for a moment.
//!
//! Proving a password may take a quarter of a second by design, so it happens on another thread, and requests that follow on
//! the same connection with the same credentials need not wait for it again.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gristmill_engine::{Credentials as Claim, Engine, Login};
use gristmill_sql::{Code, Error, Result};

use tokio::runtime::Handle;

use super::login::Credentials;

/// A changed password, or a user who is gone, is noticed after this long.
const REMEMBERED: Duration = Duration::from_secs(10);

/// The last user of a connection.
#[derive(Clone, Default)]
pub struct LastLogin(Arc<Mutex<Option<Known>>>);

struct Known {
    credentials: Credentials,
    login: Login,
    since: Instant,
}

impl LastLogin {
    /// The user whose credentials these are.
    pub async fn log_in(
        &self,
        engine: &Arc<Engine>,
        runtime: &Handle,
        credentials: Credentials,
        address: Option<IpAddr>,
    ) -> Result<Login> {
        if let Some(login) = self.known(&credentials) {
            return Ok(login);
        }
        let engine = engine.clone();
        let proving = runtime.spawn_blocking(move || {
            let claim = Claim {
                user: &credentials.user,
                password: &credentials.password,
                address,
            };
            engine.authenticate(&claim).map(|login| (credentials, login))
        });
        let proved = proving
            .await
            .map_err(|error| Error::new(Code::LOGICAL_ERROR, format!("The login's thread has ended: {error}")))?;
        let (credentials, login) = proved?;
        *self.0.lock().expect("nothing panics while holding the lock") = Some(Known {
            credentials,
            login: login.clone(),
            since: Instant::now(),
        });
        Ok(login)
    }

    fn known(&self, credentials: &Credentials) -> Option<Login> {
        let known = self.0.lock().expect("nothing panics while holding the lock");
        let known = known.as_ref().filter(|known| known.credentials == *credentials);
        known
            .filter(|known| known.since.elapsed() < REMEMBERED)
            .map(|known| known.login.clone())
    }
}
