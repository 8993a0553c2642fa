//! What tells this server from others: its name, the database's UUID, open ports.

use std::path::Path;

use parking_lot::Mutex;
use uuid::Uuid;

/// File in the database's folder that has its UUID as text, as ClickHouse's.
const UUID_FILE: &str = "uuid";
/// The name of a machine that does not say it.
const HOST_NAME_UNKNOWN: &str = "localhost";

/// Name, UUID, ports.
#[derive(Debug)]
pub struct Identity {
    /// `hostName()`.
    pub host_name: String,
    /// `serverUUID()`.
    pub server_uuid: Uuid,
    ports: Mutex<Vec<(String, u16)>>,
}

impl Identity {
    /// Reads the UUID of the database in this folder. One that has none yet gets one; where it cannot be written,
    /// it is another one after the next start.
    pub fn of(path: &Path) -> Self {
        let file = path.join(UUID_FILE);
        let known = std::fs::read_to_string(&file).ok();
        let server_uuid = known.and_then(|text| text.trim().parse().ok()).unwrap_or_else(|| {
            let uuid = Uuid::new_v4();
            if let Err(error) = std::fs::write(&file, uuid.to_string()) {
                tracing::debug!("{} cannot be written: {error}", file.display());
            }
            uuid
        });
        Self {
            host_name: host_name(),
            server_uuid,
            ports: Mutex::default(),
        }
    }

    /// Notes an open port by its name in the configuration.
    pub fn set_port(&self, name: &str, port: u16) {
        self.ports.lock().push((name.into(), port));
    }

    /// Open ports.
    pub fn ports(&self) -> Vec<(String, u16)> {
        self.ports.lock().clone()
    }
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    match name.trim() {
        "" => HOST_NAME_UNKNOWN.into(),
        name => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_keeps_its_uuid() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let uuid = Identity::of(first.path()).server_uuid;
        assert_eq!(Identity::of(first.path()).server_uuid, uuid);
        assert_ne!(Identity::of(second.path()).server_uuid, uuid);
    }
}
