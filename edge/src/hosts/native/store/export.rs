//! The whole store as lines of JSON, for whoever has to see all of it: an operator, a move to another machine, and the
//! test that looks for what nobody declared.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use redb::{ReadableDatabase, ReadableTable};
use serde_json::{Value, json};

use super::{ALARMS, OpenError, ROWS, Store, VIEWS};
use crate::store::keys::VaultKeys;
use crate::store::object::Address;
use crate::store::seal::{LOCK_ROW, Seal};

/// The ledger by itself: it is kept apart, and whoever goes back to an older copy needs the newest.
const LEDGER: &str = "ledger.jsonl";

/// The store cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// There is none in this folder.
    #[error("there is no store in {0}")]
    Missing(String),
    /// It cannot be read.
    #[error("the store cannot be read: {0}")]
    Read(Box<redb::Error>),
    /// An object cannot be opened.
    #[error(
        "{0} cannot be opened with these VAULT_KEYS; give those it was written with, in the environment or in secrets.env"
    )]
    Locked(String),
    /// The files cannot be written.
    #[error("cannot write to {folder}: {source}")]
    Write {
        /// The folder.
        folder: String,
        /// Why not.
        source: io::Error,
    },
}

/// Writes the store of `data` into `out`: `rows.jsonl`, `views.jsonl`, `alarms.jsonl` and `ledger.jsonl`, a record a line, in
/// order of their keys. Rows stay sealed, as a copy to go back to; with keys they are opened, to look into. Answers how many
/// records there are.
pub fn export(data: &Path, out: &Path, keys: Option<VaultKeys>) -> Result<usize, ExportError> {
    if !data.join("store.redb").is_file() {
        return Err(ExportError::Missing(data.display().to_string()));
    }
    let opens = keys.is_some();
    let store = Store::open(data, keys.unwrap_or_else(VaultKeys::of_none))?;
    let rows = store.rows().map_err(|error| ExportError::Read(Box::new(error)))?;
    let ledger = rows.iter().filter(|row| row.object == Address::Ledger.name()).map(Row::line).collect();
    let rows = if opens { opened(&store.keys, rows)? } else { rows };
    let rows = rows.iter().map(Row::line).collect();
    let files = [
        ("rows.jsonl", Ok(rows)),
        ("views.jsonl", store.views()),
        ("alarms.jsonl", store.all_alarms()),
        (LEDGER, Ok(ledger)),
    ];
    let mut count = 0;
    for (name, lines) in files {
        let lines = lines.map_err(|error| ExportError::Read(Box::new(error)))?;
        // The ledger is among the rows already.
        count += if name == LEDGER { 0 } else { lines.len() };
        let failed = |source| ExportError::Write { folder: out.display().to_string(), source };
        write(out, name, &lines).map_err(failed)?;
    }
    Ok(count)
}

fn write(folder: &Path, name: &str, lines: &[Value]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let (half, whole) = (folder.join(format!(".{name}")), folder.join(name));
    let mut file = io::BufWriter::new(fs::File::create(&half)?);
    for line in lines {
        writeln!(file, "{line}")?;
    }
    file.into_inner()?.sync_all()?;
    fs::rename(half, whole)
}

/// A row of an object.
#[derive(Debug)]
pub(super) struct Row {
    /// Name of the object.
    pub(super) object: String,
    /// Its key within the object.
    pub(super) key: String,
    /// What is stored.
    pub(super) text: String,
}

impl Row {
    fn line(&self) -> Value {
        json!({ "object": self.object, "key": self.key, "value": value(&self.text) })
    }
}

/// The same rows, opened; without those of their keys.
fn opened(keys: &VaultKeys, rows: Vec<Row>) -> Result<Vec<Row>, ExportError> {
    let mut objects: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for Row { object, key, text } in rows {
        objects.entry(object).or_default().push((key, text));
    }
    let mut all = vec![];
    for (object, rows) in objects {
        let locked = || ExportError::Locked(object.clone());
        let address = Address::parse(&object).ok_or_else(locked)?;
        let (locks, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(key, _)| key == LOCK_ROW);
        let lock = locks.first().map(|(_, text)| text.as_str());
        // Whatever is sealed has a key beside it; this one is for nothing.
        let seal = Seal::of(keys, &address, lock, &[0; 32]).map_err(|_| locked())?;
        let rows = seal.read(rows.into_iter()).map_err(|_| locked())?;
        all.extend(rows.into_iter().map(|(key, text)| Row { object: object.clone(), key, text }));
    }
    Ok(all)
}

/// A stored text as JSON, which all records are once they are opened.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

impl Store {
    /// All rows, opened.
    pub(super) fn opened(&self) -> Result<Vec<Row>, ExportError> {
        opened(&self.keys, self.rows().map_err(|error| ExportError::Read(Box::new(error)))?)
    }

    fn rows(&self) -> Result<Vec<Row>, redb::Error> {
        let table = self.database.begin_read()?.open_table(ROWS)?;
        let line = |name: &str, text: &str| {
            let (object, key) = name.split_once('\0').unwrap_or((name, ""));
            Row { object: object.to_owned(), key: key.to_owned(), text: text.to_owned() }
        };
        let rows = table.iter()?.map(|row| row.map(|(name, text)| line(name.value(), text.value())));
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn views(&self) -> Result<Vec<Value>, redb::Error> {
        let table = self.database.begin_read()?.open_table(VIEWS)?;
        let rows = table.iter()?.map(|row| {
            row.map(|(key, view)| {
                let (text, ends_at) = view.value();
                json!({ "key": key.value(), "value": value(text), "ends_at": ends_at })
            })
        });
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn all_alarms(&self) -> Result<Vec<Value>, redb::Error> {
        let table = self.database.begin_read()?.open_table(ALARMS)?;
        let rows = table.iter()?.map(|row| row.map(|(name, at)| json!({ "vault": name.value(), "at": at.value() })));
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
