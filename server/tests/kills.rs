//! kill −9 of a real server under load, again and again: after each start the table is what its clients were told.
//!
//! Each client changes rows of its own, so that it knows what they must be: everything that was acknowledged and, of the
//! one statement that was not, all or nothing. `GRISTMILL_KILLS=1000 cargo test -p gristmill-server --test kills` kills a
//! thousand times.

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use support::Server;

const KILLS_DEFAULT: usize = 24;
const CLIENTS: u64 = 3;
const INSERT_ROWS: u64 = 10;

/// A statement of a client.
#[derive(Clone, Copy, Debug)]
enum Op {
    /// Rows from this id on.
    Insert { first: u64, is_async: bool },
    /// Those whose id leaves this remainder. The word says how.
    Delete(&'static str, u64),
    /// Adds one; waits for it or not.
    Update(u64, bool),
}

/// Ids are told apart by their remainder by this.
const MODULUS: u64 = 5;

/// A client's rows: ids and values.
type Rows = BTreeMap<u64, u64>;

impl Op {
    fn sql(self, client: u64) -> String {
        let mine = |remainder: u64| format!("client = {client} AND id % {MODULUS} = {remainder}");
        match self {
            Op::Insert { first, is_async } => {
                let rows = (first..first + INSERT_ROWS).map(|id| format!("({client}, {id}, 0, [{id}, {client}])"));
                let rows: Vec<String> = rows.collect();
                let how = if is_async { " SETTINGS async_insert = 1" } else { "" };
                format!("INSERT INTO t{how} VALUES {}", rows.join(", "))
            }
            Op::Delete(how, remainder) => format!("{how} WHERE {}", mine(remainder)),
            Op::Update(remainder, waits) => {
                let sync = u8::from(waits);
                format!(
                    "ALTER TABLE t UPDATE v = v + 1 WHERE {} SETTINGS mutations_sync = {sync}",
                    mine(remainder)
                )
            }
        }
    }

    fn apply(self, rows: &mut Rows) {
        match self {
            Op::Insert { first, .. } => rows.extend((first..first + INSERT_ROWS).map(|id| (id, 0))),
            Op::Delete(_, remainder) => rows.retain(|id, _| id % MODULUS != remainder),
            Op::Update(remainder, _) => {
                for (id, value) in rows {
                    *value += u64::from(id % MODULUS == remainder);
                }
            }
        }
    }
}

#[derive(Default)]
struct Client {
    number: u64,
    rows: Rows,
    next_id: u64,
    random: u64,
    acknowledged: usize,
    /// What was sent and not answered.
    pending: Option<Op>,
}

impl Client {
    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    fn next_op(&mut self) -> Op {
        let remainder = self.random(MODULUS);
        match self.random(10) {
            0 => Op::Delete("DELETE FROM t", remainder),
            1 => Op::Delete("ALTER TABLE t DELETE", remainder),
            2 | 3 => Op::Update(remainder, true),
            4 => Op::Update(remainder, false),
            kind => {
                let first = self.next_id;
                self.next_id += INSERT_ROWS;
                let is_async = kind > 7;
                Op::Insert { first, is_async }
            }
        }
    }

    /// Sends statements until the server is gone.
    fn work(&mut self, server: &Server) {
        let mut connection = server.connect();
        loop {
            let op = self.next_op();
            connection.send_request("POST", "/", "", op.sql(self.number).as_bytes());
            match connection.try_answer("POST") {
                Some(answer) if answer.status == 200 => {
                    op.apply(&mut self.rows);
                    self.acknowledged += 1;
                }
                Some(answer) => panic!("{op:?}: {}", answer.text()),
                None => {
                    self.pending = Some(op);
                    return;
                }
            }
        }
    }

    /// What the server has now must be what it has acknowledged, with or without what it has not.
    fn check(&mut self, found: Rows) {
        if let Some(op) = self.pending.take() {
            let mut after = self.rows.clone();
            op.apply(&mut after);
            if found == after {
                self.rows = after;
            }
            assert!(
                found == self.rows,
                "client {}, before {op:?}: {}",
                self.number,
                self.differences(&found)
            );
        }
        assert!(
            found == self.rows,
            "client {}: {}",
            self.number,
            self.differences(&found)
        );
    }

    fn differences(&self, found: &Rows) -> String {
        let ids = self.rows.keys().chain(found.keys());
        let differ = ids.filter(|id| self.rows.get(id) != found.get(id));
        let list = differ.map(|id| format!("{id}: {:?} should be {:?}", found.get(id), self.rows.get(id)));
        list.take(20).collect::<Vec<_>>().join(", ")
    }
}

/// Whatever others do.
fn disturb(server: &Server) {
    let mut connection = server.connect();
    for statement in [
        "OPTIMIZE TABLE t",
        "OPTIMIZE TABLE t FINAL",
        "ALTER TABLE t MATERIALIZE INDEX i",
    ]
    .iter()
    .cycle()
    {
        connection.send_request("POST", "/", "", statement.as_bytes());
        if connection.try_answer("POST").is_none() {
            return;
        }
    }
}

/// The rows of all clients, once all mutations are done.
fn rows(server: &Server) -> Vec<Rows> {
    let begun = Instant::now();
    while server.ask("SELECT count() FROM system.mutations WHERE NOT is_done") != "0\n" {
        assert!(begun.elapsed() < Duration::from_secs(30), "mutations do not end");
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut all = vec![Rows::new(); CLIENTS as usize];
    for line in server.ask("SELECT client, id, v FROM t FORMAT TSV").lines() {
        let fields: Vec<u64> = line.split('\t').map(|field| field.parse().unwrap()).collect();
        let twice = all[fields[0] as usize].insert(fields[1], fields[2]);
        assert_eq!(twice, None, "a row is there twice: {line}");
    }
    all
}

fn check(server: &Server, clients: &mut [Client]) {
    let found = rows(server);
    let count: usize = found.iter().map(Rows::len).sum();
    for (client, found) in clients.iter_mut().zip(found) {
        client.check(found);
    }
    let query = "SELECT count() FROM (SELECT id FROM t ORDER BY L2Distance(vec, [50., 1.]) LIMIT 10)";
    assert_eq!(server.ask(query), format!("{}\n", count.min(10)));
    assert_eq!(server.ask("SELECT count() FROM system.detached_parts"), "0\n");
}

#[test]
fn a_killed_server_keeps_its_word() {
    let kills = std::env::var("GRISTMILL_KILLS").map_or(KILLS_DEFAULT, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    server.ask(
        "CREATE TABLE t (client UInt8, id UInt64, v UInt64, vec Array(Float32), \
         INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) \
         ENGINE = MergeTree PARTITION BY id % 2 ORDER BY (client, id)",
    );
    drop(server);
    let client = |number| Client {
        number,
        random: 0x9e37_79b9_7f4a_7c15 ^ number,
        ..Client::default()
    };
    let mut clients: Vec<Client> = (0..CLIENTS).map(client).collect();
    for round in 0..kills {
        let server = Server::start(folder.path(), &[]);
        check(&server, &mut clients);
        std::thread::scope(|scope| {
            for client in &mut clients {
                scope.spawn(|| client.work(&server));
            }
            scope.spawn(|| disturb(&server));
            std::thread::sleep(Duration::from_millis(100 + (round as u64 * 67) % 500));
            server.signal("KILL");
        });
    }
    let server = Server::start(folder.path(), &[]);
    check(&server, &mut clients);
    let acknowledged: usize = clients.iter().map(|client| client.acknowledged).sum();
    assert!(
        acknowledged > kills * 2,
        "the kills came too early: {acknowledged} statements"
    );
    eprintln!("{kills} kills, {acknowledged} statements acknowledged");
}
