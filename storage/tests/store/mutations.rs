//! Mutations: what a process that ends anywhere leaves of them, and which parts they are about.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gristmill_index::RowSet;
use gristmill_storage::{
    BoxError, Error, IndexJob, InsertOptions, MergeTree, Mutation, MutationJob, MutationOrder, MutationState,
    MutationStep, Part, PartName, UpdateJob,
};

use crate::fault::{Fault, FaultyDirectory};
use crate::fixture::*;
use crate::merge::merge_all;

/// What is remembered of mutations that are done.
const KEEP: usize = 1;

/// One step of a story.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Thirty rows from this id on, of so many days.
    Insert(u64, u64),
    /// Orders these commands at once.
    Order(&'static [&'static str]),
    /// Does all that was ordered.
    Work,
    /// Does one part of it.
    WorkOnce,
    Merge,
}

/// Commands are `add` (one to each value, and vectors halved), `delete n` and `mark n` (rows below that id), `build` and `clear` (the index).
const STORY: [Step; 13] = [
    Step::Insert(0, 2),
    Step::Order(&["add"]),
    Step::Insert(100, 1),
    Step::Order(&["mark 10", "add", "clear"]),
    Step::WorkOnce,
    Step::Merge,
    Step::Order(&["delete 105", "build"]),
    Step::Work,
    Step::Insert(200, 1),
    Step::Merge,
    Step::Order(&["mark 1000"]),
    Step::Insert(300, 1),
    Step::Work,
];

/// A shorter one, which is told to its end each time.
const SHORT_STORY: [Step; 7] = [
    Step::Insert(0, 2),
    Step::Order(&["mark 10", "add", "clear"]),
    Step::WorkOnce,
    Step::Insert(100, 1),
    Step::Order(&["delete 105", "build"]),
    Step::Work,
    Step::Merge,
];

fn new_rows(first: u64, days: u64) -> Vec<Row> {
    (first..first + 30)
        .map(|id| Row {
            day: (id % days) as u16,
            ..Row::numbered(id)
        })
        .collect()
}

fn below(command: &str) -> u64 {
    command.split_once(' ').expect("a number follows").1.parse().unwrap()
}

fn add(row: &Row) -> Row {
    Row {
        value: row.value + 1.0,
        vec: row.vec.iter().map(|number| number / 2.0).collect(),
        ..row.clone()
    }
}

/// The rows of a part whose id is below a number.
fn rows_below(part: &Arc<Part>, id: u64) -> Result<RowSet, BoxError> {
    let mut found = RowSet::new(part.rows() as u32);
    let mut at = 0;
    for batch in part.read(&COLUMNS, &gristmill_storage::RowRanges::all(part.rows()), 100)? {
        for row in rows(&batch?) {
            if row.id < id {
                found.insert(at);
            }
            at += 1;
        }
    }
    Ok(found)
}

fn apply_first(table: &MergeTree, mutation: &Mutation, part: &PartName) -> Result<(), Error> {
    let commands = &mutation.order.commands;
    type Find<'a> = Box<dyn Fn(&Arc<Part>) -> Result<RowSet, BoxError> + Sync + 'a>;
    let find = |command: &String| -> Find<'_> {
        match command.as_str() {
            "add" | "build" | "clear" => Box::new(|part| rows_below(part, u64::MAX)),
            command => {
                let id = below(command);
                Box::new(move |part| rows_below(part, id))
            }
        }
    };
    let find: Vec<Find<'_>> = commands.iter().map(find).collect();
    let columns = ["value".to_owned(), "vec".to_owned()];
    let all = COLUMNS.map(str::to_owned);
    let change = |before: &arrow::array::RecordBatch| Ok(batch(&rows(before).iter().map(add).collect::<Vec<_>>()));
    let steps: Vec<MutationStep<'_>> = commands
        .iter()
        .zip(&find)
        .map(|(command, rows)| match command.split(' ').next().unwrap() {
            "add" => MutationStep::Update {
                rows,
                job: UpdateJob {
                    columns: &columns,
                    reads: &all,
                    change: &change,
                    threads: 0,
                    stopped: &|| false,
                },
            },
            "build" => MutationStep::BuildIndex("by_vec", IndexJob::new(&["vec"], 0)),
            "clear" => MutationStep::RemoveIndex("by_vec"),
            word => MutationStep::Delete {
                rows,
                rewrite: word == "delete",
            },
        })
        .collect();
    let job = MutationJob {
        steps: &steps,
        threads: 0,
        stopped: &|| false,
        replaced: UNHEARD,
    };
    table.mutate(mutation, part, &job)
}

/// Does one part; false if there is none.
fn work_once(table: &MergeTree) -> Result<bool, Error> {
    let Some((run, part)) = table.next_mutations(u64::MAX, true) else {
        table.settle_mutations(KEEP)?;
        return Ok(false);
    };
    apply_first(table, &run[0], part.name())?;
    table.settle_mutations(KEEP)?;
    Ok(true)
}

fn work(table: &MergeTree) -> Result<(), Error> {
    while work_once(table)? {}
    Ok(())
}

fn apply(table: &MergeTree, step: Step) -> Result<(), Error> {
    match step {
        Step::Insert(first, days) => table
            .insert(batch(&new_rows(first, days)), &InsertOptions::default())
            .map(drop),
        Step::Order(commands) => order(table, commands).map(drop),
        Step::Work => work(table),
        Step::WorkOnce => work_once(table).map(drop),
        Step::Merge => merge_all(table).map(drop),
    }
}

fn order(table: &MergeTree, commands: &[&str]) -> Result<u64, Error> {
    table.order_mutation(MutationOrder {
        commands: commands.iter().map(|command| (*command).to_owned()).collect(),
        ..MutationOrder::default()
    })
}

/// The rows once all that was ordered is done.
fn after(rows: &[Row], step: Step) -> Vec<Row> {
    match step {
        Step::Insert(first, days) => [rows, &new_rows(first, days)].concat(),
        Step::Order(commands) => commands.iter().fold(rows.to_vec(), |rows, command| match *command {
            "add" => rows.iter().map(add).collect(),
            "build" | "clear" => rows,
            command => rows.into_iter().filter(|row| row.id >= below(command)).collect(),
        }),
        Step::Work | Step::WorkOnce | Step::Merge => rows.to_vec(),
    }
}

fn open_in(directory: FaultyDirectory, dir: &Path) -> Result<MergeTree, Error> {
    let keys = Arc::new(Keys::new(&["id"], &["day"]));
    let indexes = vec![index("by_vec", 2)];
    MergeTree::open_in(Arc::new(directory), dir, schema().into(), options(), indexes, keys)
}

/// Tells the story until the process ends at an operation; false if it came to its end.
fn stop_at(stop: usize, lose: bool) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("table");
    let directory = FaultyDirectory::new(Fault::Stop, stop);
    let mut expected: Vec<Row> = Vec::new();
    let mut unfinished = None;
    if let Ok(table) = open_in(directory.clone(), &dir) {
        for step in STORY {
            if let Err(error) = apply(&table, step) {
                assert!(directory.struck(), "stop {stop}: {step:?} failed by itself: {error}");
                unfinished = Some(step);
                break;
            }
            expected = after(&expected, step);
        }
    }
    if lose {
        directory.lose_unsynced();
    }
    let table = open_in(FaultyDirectory::sound(), &dir).unwrap();
    assert!(
        table.broken_parts().is_empty(),
        "stop {stop}: {:?}",
        table.broken_parts()
    );
    // Rows that come now are not meant by what was ordered before.
    insert(&table, &new_rows(900, 1));
    work(&table).unwrap();
    let with_new = |rows: &[Row]| [rows, &new_rows(900, 1)].concat();
    let found = read_all(&table.snapshot());
    let whole = unfinished.map(|step| with_new(&after(&expected, step)));
    assert!(
        found == with_new(&expected) || Some(&found) == whole.as_ref(),
        "stop {stop}, lose {lose}: {} rows",
        found.len()
    );
    let statuses = table.mutations();
    assert!(statuses.len() <= KEEP && statuses.iter().all(|status| status.is_done));
    merge_all(&table).unwrap();
    drop(table);
    let table = open_in(FaultyDirectory::sound(), &dir).unwrap();
    work(&table).unwrap();
    assert_eq!(read_all(&table.snapshot()), found, "stop {stop}: done twice");
    for entry in std::fs::read_dir(&dir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_garbage = name.starts_with("tmp_") && name != "tmp_hidden_parts"; // the next one replaces it
        assert!(!is_garbage && !name.starts_with("delete_"), "{name}");
    }
    directory.struck()
}

#[test]
fn a_process_that_ends_anywhere_does_each_mutation_once() {
    for lose in [false, true] {
        let stops = (1..).take_while(|stop| stop_at(*stop, lose)).count();
        assert!(stops > 150, "the story has only {stops} operations");
    }
}

#[test]
fn an_entry_that_was_not_written_does_not_count() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("table");
    let mut fails = 0;
    for stop in 1.. {
        std::fs::remove_dir_all(&dir).ok();
        let directory = FaultyDirectory::new(Fault::DiskFull, stop);
        let Ok(table) = open_in(directory.clone(), &dir) else {
            continue;
        };
        let inserted = apply(&table, Step::Insert(0, 1));
        if inserted.is_err() {
            continue;
        }
        match order(&table, &["add"]) {
            Ok(_) => break,
            Err(error) => assert!(matches!(error, Error::Full(_)), "{error}"),
        }
        fails += 1;
        assert!(table.mutations().is_empty());
        order(&table, &["mark 5"]).unwrap();
        work(&table).unwrap();
        assert_eq!(read_all(&table.snapshot()), &new_rows(0, 1)[5..]);
    }
    assert!(fails >= 3, "{fails} operations write an entry");
}

#[test]
fn parts_are_changed_in_order_and_once() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
    insert(&table, &new_rows(0, 1));
    let first = order(&table, &["mark 5"]).unwrap();
    insert(&table, &new_rows(100, 1));
    let second = order(&table, &["delete 110"]).unwrap();
    let next = |last: u64| {
        let found = table.next_mutations(last, true);
        found.map(|(run, part)| (run[0].version, part.name().to_string()))
    };
    assert_eq!(next(first), Some((first, "all_1_1_0".into())));
    assert_eq!(table.open_mutations(), 2);
    // A merge would mix rows that the first one is about with others.
    let names: Vec<PartName> = table
        .snapshot()
        .parts()
        .iter()
        .map(|part| part.name().clone())
        .collect();
    let error = table.merge(&names, &crate::merge::options(&|| false)).unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error}");
    work(&table).unwrap();
    let names: Vec<String> = table
        .snapshot()
        .parts()
        .iter()
        .map(|part| part.name().to_string())
        .collect();
    assert_eq!(names, [format!("all_3_3_0_{second}")]);
    assert_eq!(read_all(&table.snapshot()), &new_rows(100, 1)[10..]);
    assert_eq!(next(u64::MAX), None);
}

#[test]
fn a_killed_one_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &[]);
    let table = open(dir.path(), &keys, vec![]);
    insert(&table, &new_rows(0, 1));
    let version = order(&table, &["delete 5"]).unwrap();
    assert!(table.kill_mutation(version).unwrap() && !table.kill_mutation(version).unwrap());
    assert!(table.mutation_state(version) == MutationState::Killed && table.open_mutations() == 0);
    drop(table);
    let table = open(dir.path(), &keys, vec![]);
    work(&table).unwrap();
    assert!(table.mutations().is_empty());
    assert_eq!(read_all(&table.snapshot()), new_rows(0, 1));
}

/// A flipped bit in an entry must not change other rows than those that somebody meant.
#[test]
fn a_broken_entry_keeps_the_table_closed() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &[]);
    let table = open(dir.path(), &keys, vec![]);
    insert(&table, &new_rows(0, 1));
    let version = order(&table, &["delete 5"]).unwrap();
    drop(table);
    let path = dir.path().join(format!("mutation_{version}.txt"));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("delete 5", "delete 7")).unwrap();
    let opened = MergeTree::open(dir.path(), schema().into(), options(), vec![], Arc::new(keys));
    let error = opened.err().expect("the entry is broken");
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
}

/// Once somebody has been told that a mutation is killed, it changes nothing more.
#[test]
fn one_that_is_killed_at_the_last_moment_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &[]);
    let table = open(dir.path(), &keys, vec![]);
    insert(&table, &new_rows(0, 1));
    let version = order(&table, &["delete 5"]).unwrap();
    let (run, part) = table.next_mutations(u64::MAX, true).unwrap();
    let found = AtomicBool::new(false);
    let rows = |part: &Arc<Part>| {
        found.store(true, Ordering::Relaxed);
        rows_below(part, 5)
    };
    // Asked for the last time, it is not stopped yet; but what it makes is not committed yet either.
    let stopped = || {
        let is_last = found.load(Ordering::Relaxed);
        assert!(!is_last || table.kill_mutation(version).unwrap());
        false
    };
    let job = MutationJob {
        steps: &[MutationStep::Delete {
            rows: &rows,
            rewrite: false,
        }],
        threads: 0,
        stopped: &stopped,
        replaced: UNHEARD,
    };
    let done = table.mutate(&run[0], part.name(), &job);
    assert!(matches!(done, Err(Error::Stopped)), "{done:?}");
    assert_eq!(read_all(&table.snapshot()), new_rows(0, 1));
}

#[test]
fn an_order_that_failed_is_not_found_at_the_next_start() {
    let mut failed = 0;
    for operations in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let directory = FaultyDirectory::new(Fault::DiskFull, operations);
        let Ok(table) = open_in(directory.clone(), dir.path()) else {
            continue;
        };
        if directory.struck() {
            continue;
        }
        if order(&table, &["delete 5"]).is_ok() {
            break;
        }
        failed += 1;
        order(&table, &["mark 5"]).unwrap();
        drop(table);
        let table = open_in(FaultyDirectory::sound(), dir.path()).unwrap();
        let known: Vec<String> = table
            .mutations()
            .iter()
            .map(|status| status.mutation.order.commands.concat())
            .collect();
        assert_eq!(known, ["mark 5"], "operation {operations}");
    }
    assert!(failed > 3, "{failed}");
}

/// Tells the short story with a disk that is full at one operation only; false if it came to its end before.
fn full_at(stop: usize) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("table");
    let directory = FaultyDirectory::new(Fault::DiskFull, stop);
    let Ok(mut table) = open_in(directory.clone(), &dir) else {
        return true;
    };
    let mut expected: Vec<Row> = Vec::new();
    for step in SHORT_STORY {
        if let Err(error) = apply(&table, step) {
            assert!(matches!(error, Error::Full(_)), "stop {stop}: {step:?}: {error}");
            if let Err(Error::Invalid(_)) = apply(&table, step) {
                // Not known what is on disk: the table must be opened again, and is whole then.
                table = open_in(directory.clone(), &dir).unwrap();
                let happened = match step {
                    Step::Insert(first, _) => read_all(&table.snapshot()).iter().any(|row| row.id == first),
                    Step::Order(commands) => {
                        let statuses = table.mutations();
                        let mut open = statuses.iter().filter(|status| !status.is_done);
                        open.any(|status| status.mutation.order.commands == commands)
                    }
                    Step::Work | Step::WorkOnce | Step::Merge => false,
                };
                if !happened {
                    apply(&table, step).unwrap();
                }
            }
        }
        expected = after(&expected, step);
    }
    work(&table).unwrap();
    assert_eq!(read_all(&table.snapshot()), expected, "stop {stop}");
    drop(table);
    let table = open_in(FaultyDirectory::sound(), &dir).unwrap();
    work(&table).unwrap();
    assert_eq!(read_all(&table.snapshot()), expected, "stop {stop}");
    directory.struck()
}

#[test]
fn a_full_disk_makes_one_step_wait_and_nothing_else() {
    let stops = (1..).take_while(|stop| full_at(*stop)).count();
    assert!(stops > 100, "the story has only {stops} operations");
}

/// A run of mutations with the steps of each.
fn run_of<'a>(run: &'a [Arc<Mutation>], steps: &'a [Vec<MutationStep<'a>>]) -> Vec<(&'a Mutation, MutationJob<'a>)> {
    let job = |(mutation, steps): (&'a Arc<Mutation>, &'a Vec<MutationStep<'a>>)| {
        let job = MutationJob {
            steps,
            threads: 0,
            stopped: &|| false,
            replaced: UNHEARD,
        };
        (&**mutation, job)
    };
    run.iter().zip(steps).map(job).collect()
}

fn marks<'a>(rows: gristmill_storage::FindRows<'a>) -> Vec<MutationStep<'a>> {
    vec![MutationStep::Delete { rows, rewrite: false }]
}

/// Those that wait for a part are done on it at once: it is replaced once, and called by the last one.
#[test]
fn mutations_that_wait_for_a_part_are_done_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
    insert(&table, &new_rows(0, 1));
    let orders = ["mark 2", "mark 1", "mark 5"].map(|command| order(&table, &[command]).unwrap());
    let (run, part) = table.next_mutations(u64::MAX, true).unwrap();
    let versions: Vec<u64> = run.iter().map(|mutation| mutation.version).collect();
    assert_eq!(versions, orders);
    let rows = [2, 1, 5].map(|id| move |part: &Arc<Part>| rows_below(part, id));
    let steps: Vec<_> = rows.iter().map(|rows| marks(rows)).collect();
    table.mutate_run(part.name(), &run_of(&run, &steps)).unwrap();
    let parts: Vec<String> = table
        .snapshot()
        .parts()
        .iter()
        .map(|part| part.name().to_string())
        .collect();
    assert_eq!(parts, [format!("all_1_1_0_{}", orders[2])]);
    assert_eq!(read_all(&table.snapshot()), new_rows(0, 1)[5..]);
    assert!(table.settle_mutations(KEEP).unwrap());
    assert_eq!(table.open_mutations(), 0);
}

/// Those before one that fails are done, and the part is called by the last of them that changed it.
#[test]
fn one_that_fails_ends_a_run() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
    insert(&table, &new_rows(0, 1));
    let orders = ["mark 2", "mark 0", "fail", "mark 5"].map(|command| order(&table, &[command]).unwrap());
    let (run, part) = table.next_mutations(u64::MAX, true).unwrap();
    let fails = |_: &Arc<Part>| -> Result<RowSet, BoxError> { Err("it fails".into()) };
    let rows = [2, 0, 5].map(|id| move |part: &Arc<Part>| rows_below(part, id));
    let steps = [marks(&rows[0]), marks(&rows[1]), marks(&fails), marks(&rows[2])];
    let failure = table.mutate_run(part.name(), &run_of(&run, &steps)).unwrap_err();
    assert_eq!(failure.position, 2);
    assert!(matches!(failure.error, Error::Evaluate(_)), "{failure:?}");
    assert_eq!(failure.part.to_string(), format!("all_1_1_0_{}", orders[1]));
    assert!(table.snapshot().get(&failure.part).is_some());
    assert_eq!(read_all(&table.snapshot()), new_rows(0, 1)[2..]);
    let (run, _) = table.next_mutations(u64::MAX, true).unwrap();
    assert_eq!(run[0].version, orders[2]);
    assert!(table.settle_mutations(KEEP).unwrap());
    assert_eq!(table.open_mutations(), 2);
    assert!(table.running_mutations().is_empty());
}
