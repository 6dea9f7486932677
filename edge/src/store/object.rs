//! Storage objects: one writer each, rows of text, a pure step from rows and command to rows and reply.
//!
//! A host does nothing but load the rows, call [`execute`], and store the writes in one block before it answers. On
//! Cloudflare an error after a write does not roll back, so all computing happens before the first write.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::record::{self, Corrupt, Written};
use crate::domain::id::{Reference, Subject, unhex};
use crate::domain::notice::Progress;
use crate::domain::pointer::Owner;
use crate::domain::rights::RequestId;
use crate::domain::time::Moment;
use crate::domain::{pointer, vault};

mod desk;
mod ledger;
mod rows;
mod visit;

pub use rows::prefix;

/// Which object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Address {
    /// A person's vault.
    Vault(Subject),
    /// A pointer.
    Pointer(Reference),
    /// The desk.
    Desk,
    /// The ledger of deletions.
    Ledger,
    /// The counts of visits of a month: `2026-11`.
    Visits(String),
}

impl Address {
    /// Its name among all objects.
    pub fn name(&self) -> String {
        match self {
            Self::Vault(subject) => format!("v/{}", subject.as_str()),
            Self::Pointer(reference) => format!("p/{}", reference.as_str()),
            Self::Desk => "desk".to_owned(),
            Self::Ledger => "ledger".to_owned(),
            Self::Visits(month) => format!("visits/{month}"),
        }
    }
}

impl Address {
    /// The address with this name.
    pub fn parse(name: &str) -> Option<Self> {
        let subject = |digits| unhex(digits).map(Subject::from_bytes);
        let reference = |digits| unhex(digits).map(Reference::from_bytes);
        match name.split_once('/') {
            Some(("v", digits)) => subject(digits).map(Self::Vault),
            Some(("p", digits)) => reference(digits).map(Self::Pointer),
            Some(("visits", month)) => Some(Self::Visits(month.to_owned())),
            _ => [Self::Desk, Self::Ledger].into_iter().find(|address| address.name() == name),
        }
    }
}

/// What an object can be asked.
#[allow(clippy::large_enum_variant, reason = "there is one at a time, moved once; on 32 bits it is small")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Of a vault: all of its rows, for whoever they are about.
    Rows,
    /// Nothing, but for what a host does with each command: a key that is locked by an older one is locked anew.
    Lock,
    /// Of a vault: take in what was in another, whose address was changed to this one's.
    Arrive {
        /// Which one.
        from: Subject,
        /// The request.
        request: RequestId,
        /// Its rows.
        rows: Vec<(String, String)>,
    },
    /// Of a vault.
    Vault(vault::Command),
    /// Of a pointer.
    Pointer(pointer::Command),
    /// Of the desk.
    Desk(crate::domain::desk::Command),
    /// Of the ledger.
    Ledger(crate::domain::ledger::Command),
    /// Of counts of visits.
    Visits(crate::domain::visit::Command),
}

/// What an object answers.
#[allow(clippy::large_enum_variant, reason = "there is one at a time, moved once; on 32 bits it is small")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// From a vault: its rows.
    Rows(Vec<(String, String)>),
    /// From a vault: whether it took in what was in another.
    Arrived(bool),
    /// From a vault.
    Vault(vault::Reply),
    /// From a pointer: where it points.
    Pointer(Option<Subject>),
    /// From the desk: the row is entered.
    Registered,
    /// From the desk: how far a notice has come.
    Progress(Progress),
    /// From the desk: rows of the register.
    Page(Vec<(Subject, crate::domain::desk::Entry)>),
    /// From the desk, to what staff ask.
    Desk(crate::domain::desk::Reply),
    /// From the ledger: its end, and the lines that were asked for.
    Ledger(crate::domain::ledger::Head, Vec<crate::domain::ledger::Line>),
    /// From counts of visits: the counts that were asked for.
    Visits(Vec<crate::domain::visit::Count>),
}

/// The rows of an object by key.
pub type Rows = BTreeMap<String, String>;

/// What a command does to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What to answer once the writes are durable.
    pub reply: Reply,
    /// Rows to store (`Some`) and to remove (`None`), together or not at all.
    pub writes: Vec<(String, Option<Written>)>,
    /// When the object wants to be woken; `None` when it has nothing to do.
    pub alarm: Option<Moment>,
    /// Whether somebody is forgotten with it: what stays gets another key then.
    pub forgets: bool,
}

/// The rows that a command needs, as a key or the beginning of keys; `None` means all.
///
/// Only the desk and the counts grow without bound, so only their commands name what they need.
pub fn needed(command: &Command) -> Need<'_> {
    match command {
        Command::Desk(command) => self::desk::needed(command),
        Command::Visits(command) => self::visit::needed(command),
        Command::Rows
        | Command::Lock
        | Command::Arrive { .. }
        | Command::Vault(_)
        | Command::Pointer(_)
        | Command::Ledger(_) => Need::All,
    }
}

/// Which rows to load for a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need<'key> {
    /// All of them.
    All,
    /// One row.
    Row(&'key str),
    /// At most [`crate::domain::desk::PAGE_ROWS_MAX`] rows in order of their keys, behind this one.
    Behind(Option<&'key str>),
    /// Rows whose keys begin alike, in their order.
    Under {
        /// How they begin.
        prefix: &'key str,
        /// Only those behind this key, which need not be there.
        after: Option<&'key str>,
        /// At most so many.
        limit: usize,
    },
}

/// Runs a command on the rows it needs.
pub fn execute(rows: &Rows, command: Command, now: Moment) -> Result<Outcome, Corrupt> {
    match command {
        Command::Rows => {
            let rows = rows.iter().map(|(key, text)| (key.clone(), text.clone())).collect();
            Ok(Outcome { reply: Reply::Rows(rows), writes: vec![], alarm: None, forgets: false })
        }
        Command::Lock => Ok(Outcome { reply: Reply::Registered, writes: vec![], alarm: None, forgets: false }),
        Command::Arrive { from, request, rows: parts } => {
            let parts = rows::load(&parts.into_iter().collect())?;
            let (after, is_taken) = vault::arrive(rows::load(rows)?, parts, from, &request, now);
            let alarm = after.alarm();
            Ok(Outcome {
                reply: Reply::Arrived(is_taken),
                writes: changes(rows, rows::store(&after)),
                alarm,
                forgets: false,
            })
        }
        Command::Vault(command) => {
            let (forgets, is_time) = (command.forgets(), command == vault::Command::Due);
            let before = rows::load(rows)?;
            let (after, reply) = vault::apply(before, command, now);
            let alarm = after.alarm();
            let writes = changes(rows, rows::store(&after));
            // What time has ended is forgotten for good, too.
            let ends = |(key, text): &(String, Option<Written>)| text.is_none() && !key.starts_with("outbox/");
            let forgets = forgets || (is_time && writes.iter().any(ends));
            Ok(Outcome { reply: Reply::Vault(reply), writes, alarm, forgets })
        }
        Command::Pointer(command) => {
            let owner: Option<Owner> = rows.get("owner").map(|text| record::decode(text)).transpose()?;
            let owner = pointer::apply(owner.map(|owner| owner.subject), command);
            let row = owner.clone().map(|subject| ("owner".to_owned(), record::encode(&Owner { subject })));
            let mut after = BTreeMap::new();
            after.extend(row);
            Ok(Outcome { reply: Reply::Pointer(owner), writes: changes(rows, after), alarm: None, forgets: false })
        }
        Command::Desk(command) => self::desk::execute(rows, command, now),
        Command::Ledger(command) => self::ledger::execute(rows, command, now),
        Command::Visits(command) => self::visit::execute(rows, command),
    }
}

/// When a vault with these rows wants to be woken. An alarm that rang early is set again by it.
pub fn alarm(rows: &Rows) -> Result<Option<Moment>, Corrupt> {
    Ok(rows::load(rows)?.alarm())
}

/// What has to be written for the rows to become `after`.
fn changes(before: &Rows, after: BTreeMap<String, Written>) -> Vec<(String, Option<Written>)> {
    let gone: Vec<_> = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), None)).collect();
    let new = after.into_iter().filter(|(key, text)| before.get(key).map(String::as_str) != Some(text.as_str()));
    gone.into_iter().chain(new.map(|(key, text)| (key, Some(text)))).collect()
}

#[cfg(test)]
mod tests;
