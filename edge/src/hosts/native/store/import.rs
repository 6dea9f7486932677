//! Going back to a copy of the store. A copy knows nothing of deletions that came after it, so it is not used before they are done
//! again: the newest ledger says which they were, by a code that each vault of the copy is held against.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{ALARMS, OpenError, ROWS, Store, VIEWS};
use crate::domain::id::{Secret, Subject};
use crate::domain::ledger::{self, Head, Line, Stage};
use crate::domain::time::Moment;
use crate::domain::vault;
use crate::store::keys::VaultKeys;
use crate::store::object::{Address, Command, Reply};
use crate::store::record;

/// The store cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is a store already.
    #[error("there is a store in {0} already; import into an empty folder")]
    Taken(String),
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A file cannot be read.
    #[error("cannot read {file}: {why}")]
    Read {
        /// Which.
        file: String,
        /// Why not.
        why: String,
    },
    /// The ledger is not one.
    #[error("the ledger {0}")]
    Ledger(&'static str),
    /// The store cannot be written.
    #[error("the store cannot be written: {0}")]
    Write(String),
}

/// What was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// Records.
    pub records: usize,
    /// People who were deleted again.
    pub erased: usize,
}

#[derive(Deserialize)]
struct RowLine {
    object: String,
    key: String,
    value: Value,
}

#[derive(Deserialize)]
struct ViewLine {
    key: String,
    value: Value,
    ends_at: i64,
}

#[derive(Deserialize)]
struct AlarmLine {
    vault: String,
    at: i64,
}

/// Makes the store of `data` from the copy in `from`, and deletes again whoever the ledger says was deleted. The store has its
/// name only once that is done.
pub fn import(
    from: &Path,
    ledger: &Path,
    data: &Path,
    (pepper, keys): (&Secret, VaultKeys),
    now: Moment,
) -> Result<Imported, ImportError> {
    if data.join("store.redb").exists() {
        return Err(ImportError::Taken(data.display().to_string()));
    }
    let rows: Vec<RowLine> = read(&from.join("rows.jsonl"))?;
    let newest: Vec<RowLine> = read(ledger)?;
    let lines = check(&rows, &newest)?;
    let half = data.join("import");
    let _ = fs::remove_dir_all(&half);
    let store = Store::open(&half, keys)?;
    let views: Vec<ViewLine> = read(&from.join("views.jsonl"))?;
    let alarms: Vec<AlarmLine> = read(&from.join("alarms.jsonl"))?;
    let records = rows.len() + views.len() + alarms.len();
    let without_ledger = rows.into_iter().filter(|row| row.object != Address::Ledger.name());
    let rows: Vec<RowLine> = without_ledger.chain(newest).collect();
    store.fill(&rows, &views, &alarms).map_err(|error| ImportError::Write(error.to_string()))?;
    let erased = replay(&store, &rows, &lines, pepper, now)?;
    drop(store);
    let moved = fs::rename(half.join("store.redb"), data.join("store.redb"));
    moved.and_then(|()| fs::remove_dir_all(&half)).map_err(|error| ImportError::Write(error.to_string()))?;
    Ok(Imported { records, erased })
}

fn read<Record: for<'de> Deserialize<'de>>(file: &Path) -> Result<Vec<Record>, ImportError> {
    let unreadable = |why: String| ImportError::Read { file: file.display().to_string(), why };
    let text = fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
    let line = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| unreadable(format!("line {}: {error}", at + 1)))
    };
    text.lines().enumerate().map(line).collect()
}

/// What was entered after the copy was made, if the newest ledger is whole and goes on from that of the copy.
fn check(copy: &[RowLine], newest: &[RowLine]) -> Result<Vec<Line>, ImportError> {
    let (copied_head, _) = chain(copy)?;
    let (head, lines) = chain(newest)?;
    if !ledger::is_chain(&lines, &head) {
        return Err(ImportError::Ledger("was changed: its lines are no chain"));
    }
    let known = lines.iter().find(|line| line.number == copied_head.number);
    if head.number < copied_head.number || known.is_some_and(|line| line.hash != copied_head.hash) {
        return Err(ImportError::Ledger("does not go on from that of the copy; give the newest one"));
    }
    Ok(lines.into_iter().filter(|line| line.number > copied_head.number).collect())
}

fn chain(rows: &[RowLine]) -> Result<(Head, Vec<Line>), ImportError> {
    let rows = || rows.iter().filter(|row| row.object == Address::Ledger.name());
    let text = |row: &RowLine| row.value.to_string();
    let unreadable = |_| ImportError::Ledger("has a line that cannot be read");
    let head = rows().find(|row| row.key == "head").map(|row| record::decode(&text(row))).transpose();
    let lines = rows().filter(|row| row.key != "head").map(|row| record::decode(&text(row)));
    let lines: Result<Vec<Line>, _> = lines.collect();
    Ok((head.map_err(unreadable)?.unwrap_or_else(Head::none), lines.map_err(unreadable)?))
}

/// Deletes again whoever was deleted after the copy was made.
fn replay(store: &Store, rows: &[RowLine], lines: &[Line], pepper: &Secret, now: Moment) -> Result<usize, ImportError> {
    let mut vaults: Vec<Subject> = rows
        .iter()
        .filter_map(|row| match Address::parse(&row.object) {
            Some(Address::Vault(subject)) => Some(subject),
            _ => None,
        })
        .collect();
    vaults.sort();
    vaults.dedup();
    let mut erased = 0;
    for subject in vaults {
        if let Some(line) = deletion(lines, ledger::code(pepper, &subject)) {
            let command = vault::Command::EraseAgain { end_licenses: line.end_licenses, at: line.at };
            let reply = store.execute(&Address::Vault(subject), Command::Vault(command), now);
            match reply.map_err(|error| ImportError::Write(error.to_string()))? {
                Reply::Vault(vault::Reply::ErasedAgain { is_new }) => erased += usize::from(is_new),
                _ => return Err(ImportError::Write("a vault does not answer".to_owned())),
            }
        }
    }
    Ok(erased)
}

/// The last line that says that somebody was deleted, whichever address they had by then.
fn deletion(lines: &[Line], mut who: String) -> Option<&Line> {
    let mut last = None;
    for line in lines {
        match (&line.stage, &line.to) {
            _ if line.who != who => {}
            (Stage::Moved, Some(to)) => who.clone_from(to),
            (Stage::Moved, None) => {}
            (Stage::Ordered | Stage::Done, _) => last = Some(line),
        }
    }
    last
}

impl Store {
    fn fill(&self, rows: &[RowLine], views: &[ViewLine], alarms: &[AlarmLine]) -> Result<(), redb::Error> {
        // What is sealed is a text, everything else a record.
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let transaction = self.database.begin_write()?;
        {
            let mut table = transaction.open_table(ROWS)?;
            for row in rows {
                table.insert(format!("{}\0{}", row.object, row.key).as_str(), text(&row.value).as_str())?;
            }
            let mut table = transaction.open_table(VIEWS)?;
            for view in views {
                table.insert(view.key.as_str(), (text(&view.value).as_str(), view.ends_at))?;
            }
            let mut table = transaction.open_table(ALARMS)?;
            for alarm in alarms {
                table.insert(alarm.vault.as_str(), alarm.at)?;
            }
        }
        Ok(transaction.commit()?)
    }
}
