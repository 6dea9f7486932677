//! The embedded store: one `redb` file with the rows of all objects, their alarms, and the key-value views. A commit is
//! on disk when it returns.
#![expect(clippy::disallowed_methods, reason = "the one adapter: it stores what `record::encode` wrote")]

use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, Table, TableDefinition, WriteTransaction};

use crate::domain::desk;
use crate::domain::id::Subject;
use crate::domain::time::Moment;
use crate::hosts::random_key;
use crate::ports::Unavailable;
use crate::store::keys::VaultKeys;
use crate::store::object::{self, Address, Command, Need, Outcome, Reply, Rows};
use crate::store::record::Corrupt;
use crate::store::seal::{LOCK_ROW, Seal, Writes};

pub(super) mod attention;
pub(super) mod export;
pub(super) mod import;

/// Rows of objects: name of the object, NUL, key of the row.
const ROWS: TableDefinition<'_, &str, &str> = TableDefinition::new("rows");
/// Alarms of vaults: subject to seconds since the epoch.
const ALARMS: TableDefinition<'_, &str, i64> = TableDefinition::new("alarms");
/// Views: key to value and the second at which it ends.
const VIEWS: TableDefinition<'_, &str, (&str, i64)> = TableDefinition::new("views");

/// Vaults woken at once.
const DUE_MAX: usize = 100;

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made.
    #[error("cannot make the folder {folder}: {source}")]
    Folder {
        /// Its path.
        folder: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is in use or damaged.
    #[error("cannot open the store {file}: {source} (is another server using this folder?)")]
    Store {
        /// Its path.
        file: String,
        /// Why not.
        source: Box<redb::Error>,
    },
    /// The mail server's address cannot be read.
    #[error("MAIL_TRANSPORT: {0}")]
    Mail(String),
}

/// The embedded store.
#[derive(Debug)]
pub(super) struct Store {
    database: Database,
    keys: VaultKeys,
}

impl Store {
    /// Opens the store of a folder, whose rows are sealed with keys that these lock.
    pub(super) fn open(folder: &Path, keys: VaultKeys) -> Result<Self, OpenError> {
        let shown = folder.display().to_string();
        std::fs::create_dir_all(folder).map_err(|source| OpenError::Folder { folder: shown, source })?;
        let file = folder.join("store.redb");
        let failed =
            |source: redb::Error| OpenError::Store { file: file.display().to_string(), source: Box::new(source) };
        let database = Database::create(&file).map_err(|error| failed(error.into()))?;
        let store = Self { database, keys };
        store.create_tables().map_err(failed)?;
        Ok(store)
    }

    fn create_tables(&self) -> Result<(), redb::Error> {
        let transaction = self.database.begin_write()?;
        transaction.open_table(ROWS)?;
        transaction.open_table(ALARMS)?;
        transaction.open_table(VIEWS)?;
        Ok(transaction.commit()?)
    }

    /// Runs a command on an object in one transaction. Writers take turns, so each object has one at a time.
    pub(super) fn execute(&self, address: &Address, command: Command, now: Moment) -> Result<Reply, Unavailable> {
        let transaction = self.database.begin_write().map_err(unavailable)?;
        let (outcome, writes) = self.run(&transaction, address, command, now)?;
        if writes.is_empty() {
            // Nothing to make durable; the lock is given back without touching the disk.
            transaction.abort().map_err(unavailable)?;
        } else {
            write(&transaction, address, &outcome, &writes).map_err(unavailable)?;
            transaction.commit().map_err(unavailable)?;
        }
        Ok(outcome.reply)
    }

    fn run(
        &self,
        transaction: &WriteTransaction,
        address: &Address,
        command: Command,
        now: Moment,
    ) -> Result<(Outcome, Writes), Unavailable> {
        let lock = lock(transaction, address).map_err(unavailable)?;
        let seal = Seal::of(&self.keys, address, lock.as_deref(), &random_key()?).map_err(locked)?;
        let stored = load(transaction, address, &command).map_err(unavailable)?;
        let rows = seal.read(stored.into_iter()).map_err(locked)?;
        let outcome = object::execute(&rows, command, now).map_err(unavailable)?;
        let writes = seal.writes(&rows, &outcome, &random_key()?).map_err(locked)?;
        Ok((outcome, writes))
    }

    /// Vaults whose alarm is due, longest waiting first.
    pub(super) fn due(&self, now: Moment) -> Result<Vec<Subject>, Unavailable> {
        let mut alarms = self.alarms()?;
        alarms.retain(|(at, _)| *at <= now.0);
        alarms.sort();
        let subject = |name: String| serde_json::from_value(serde_json::Value::String(name)).ok();
        Ok(alarms.into_iter().take(DUE_MAX).filter_map(|(_, name)| subject(name)).collect())
    }

    /// The earliest alarm.
    pub(super) fn next_alarm(&self) -> Result<Option<Moment>, Unavailable> {
        Ok(self.alarms()?.into_iter().map(|(at, _)| Moment(at)).min())
    }

    fn alarms(&self) -> Result<Vec<(i64, String)>, Unavailable> {
        let read = || -> Result<_, redb::Error> {
            let table = self.database.begin_read()?.open_table(ALARMS)?;
            let rows = table.iter()?.map(|row| row.map(|(name, at)| (at.value(), name.value().to_owned())));
            Ok(rows.collect::<Result<_, _>>()?)
        };
        read().map_err(unavailable)
    }

    /// A view, unless it has ended.
    pub(super) fn view(&self, key: &str, now: Moment) -> Result<Option<String>, Unavailable> {
        let read = || -> Result<_, redb::Error> {
            let table = self.database.begin_read()?.open_table(VIEWS)?;
            let row = table.get(key)?;
            Ok(row.and_then(|row| {
                let (value, end) = row.value();
                (end > now.0).then(|| value.to_owned())
            }))
        };
        read().map_err(unavailable)
    }

    /// Keys of views that begin with `prefix`, behind `after`, without those that have ended.
    pub(super) fn view_keys(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
        now: Moment,
    ) -> Result<Vec<String>, Unavailable> {
        let read = || -> Result<_, redb::Error> {
            let table = self.database.begin_read()?.open_table(VIEWS)?;
            let start = after.filter(|after| *after > prefix).unwrap_or(prefix);
            let mut keys = vec![];
            for row in table.range(start..)? {
                let (key, view) = row?;
                let (key, (_, end)) = (key.value().to_owned(), view.value());
                if !key.starts_with(prefix) || keys.len() == limit {
                    break;
                }
                if after != Some(key.as_str()) && end > now.0 {
                    keys.push(key);
                }
            }
            Ok(keys)
        };
        read().map_err(unavailable)
    }

    /// Removes the views that have ended; how many there were.
    pub(super) fn sweep(&self, now: Moment) -> Result<usize, Unavailable> {
        let write = || -> Result<usize, redb::Error> {
            let transaction = self.database.begin_write()?;
            let ended = {
                let mut table = transaction.open_table(VIEWS)?;
                let mut ended = 0;
                table.retain(|_, (_, end)| {
                    ended += usize::from(end <= now.0);
                    end > now.0
                })?;
                ended
            };
            // Nothing to make durable; the lock is given back without touching the disk.
            if ended == 0 {
                transaction.abort()?;
            } else {
                transaction.commit()?;
            }
            Ok(ended)
        };
        write().map_err(unavailable)
    }

    /// Stores a view (`Some` value and end) or removes it.
    pub(super) fn set_view(&self, key: &str, value: Option<(&str, Moment)>) -> Result<(), Unavailable> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                let mut table = transaction.open_table(VIEWS)?;
                match value {
                    Some((value, end)) => table.insert(key, (value, end.0))?,
                    None => table.remove(key)?,
                };
            }
            Ok(transaction.commit()?)
        };
        write().map_err(unavailable)
    }
}

fn unavailable(error: impl std::fmt::Display) -> Unavailable {
    Unavailable { what: "store", why: error.to_string() }
}

/// Whoever reads this has other keys than whoever wrote it.
fn locked(Corrupt: Corrupt) -> Unavailable {
    unavailable("what is stored cannot be opened with VAULT_KEYS")
}

fn lock(transaction: &WriteTransaction, address: &Address) -> Result<Option<String>, redb::Error> {
    let table = transaction.open_table(ROWS)?;
    let row = table.get(row_name(address, LOCK_ROW).as_str())?;
    Ok(row.map(|row| row.value().to_owned()))
}

fn row_name(address: &Address, key: &str) -> String {
    format!("{}\0{key}", address.name())
}

fn load(transaction: &WriteTransaction, address: &Address, command: &Command) -> Result<Rows, redb::Error> {
    let table = transaction.open_table(ROWS)?;
    match object::needed(command) {
        Need::All => range(&table, address, "", usize::MAX),
        Need::Behind(after) => {
            // A NUL behind the last key begins just after it.
            let start = after.map(|after| format!("{after}\0")).unwrap_or_default();
            range(&table, address, &start, desk::PAGE_ROWS_MAX)
        }
        Need::Under { prefix, after, limit } => {
            let start = after.map_or_else(|| prefix.to_owned(), |after| format!("{after}\0"));
            let mut rows = range(&table, address, &start, limit)?;
            rows.retain(|key, _| key.starts_with(prefix));
            Ok(rows)
        }
        Need::Row(key) => {
            let row = table.get(row_name(address, key).as_str())?;
            Ok(row.map(|row| (key.to_owned(), row.value().to_owned())).into_iter().collect())
        }
    }
}

fn range(table: &Table<'_, &str, &str>, address: &Address, start: &str, limit: usize) -> Result<Rows, redb::Error> {
    let prefix = row_name(address, "");
    let mut rows = Rows::new();
    for row in table.range(row_name(address, start).as_str()..)?.take(limit) {
        let (name, text) = row?;
        let Some(key) = name.value().strip_prefix(&prefix) else { break };
        if key != LOCK_ROW {
            rows.insert(key.to_owned(), text.value().to_owned());
        }
    }
    Ok(rows)
}

fn write(
    transaction: &WriteTransaction,
    address: &Address,
    outcome: &Outcome,
    writes: &Writes,
) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(ROWS)?;
    for (key, text) in writes {
        let name = row_name(address, key);
        match text {
            Some(text) => table.insert(name.as_str(), text.as_str())?,
            None => table.remove(name.as_str())?,
        };
    }
    // A command that changes nothing says nothing of the alarm either.
    if let Address::Vault(subject) = address
        && !outcome.writes.is_empty()
    {
        let mut alarms = transaction.open_table(ALARMS)?;
        match outcome.alarm {
            Some(at) => alarms.insert(subject.as_str(), at.0)?,
            None => alarms.remove(subject.as_str())?,
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests;
