//! The whole store as lines of JSON, for whoever has to see all of it: an operator, a move to another machine, and the
//! test that looks for what nobody declared.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use redb::{ReadableDatabase, ReadableTable};
use serde_json::{Value, json};

use super::{ALARMS, OpenError, ROWS, Store, VIEWS};

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
    /// The files cannot be written.
    #[error("cannot write to {folder}: {source}")]
    Write {
        /// The folder.
        folder: String,
        /// Why not.
        source: io::Error,
    },
}

/// Writes the store of `data` into `out`: `rows.jsonl`, `views.jsonl` and `alarms.jsonl`, a record a line, in order of
/// their keys. Answers how many records there are.
pub fn export(data: &Path, out: &Path) -> Result<usize, ExportError> {
    if !data.join("store.redb").is_file() {
        return Err(ExportError::Missing(data.display().to_string()));
    }
    let store = Store::open(data)?;
    let files = [("rows.jsonl", store.rows()), ("views.jsonl", store.views()), ("alarms.jsonl", store.all_alarms())];
    let mut count = 0;
    for (name, lines) in files {
        let lines = lines.map_err(|error| ExportError::Read(Box::new(error)))?;
        count += lines.len();
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

/// A stored text as JSON, which all records are.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

impl Store {
    fn rows(&self) -> Result<Vec<Value>, redb::Error> {
        let table = self.database.begin_read()?.open_table(ROWS)?;
        let line = |name: &str, text: &str| {
            let (object, key) = name.split_once('\0').unwrap_or((name, ""));
            json!({ "object": object, "key": key, "value": value(text) })
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
