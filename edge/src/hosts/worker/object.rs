//! The Durable Object: one class for vaults, pointers and the desk. It has one thread and one SQLite database, so a
//! command that is computed first and written by one statement either happened or did not.
#![expect(missing_docs, reason = "the platform's macro adds methods without any")]

use std::rc::Rc;

use ::worker::{DurableObject, Env, Request, Response, Result, SqlStorageValue, State, console_error, durable_object};
use serde::{Deserialize, Serialize};

use super::crossing;
use super::world::{World, now};
use crate::app::{self, App};
use crate::domain::desk;
use crate::domain::id::Subject;
use crate::domain::time::{Moment, Seconds};
use crate::domain::vault;
use crate::hosts::random_key;
use crate::json;
use crate::log::Event;
use crate::ports::Unavailable;
use crate::store::keys::VaultKeys;
use crate::store::object::{self, Address, Command, Need, Outcome, Reply, Rows};
use crate::store::record::Corrupt;
use crate::store::seal::{LOCK_ROW, Seal, StoredRow, Writes};

/// A row without a value has been removed; so one statement can store and remove.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID";
const WRITE: &str = "INSERT INTO rows (key, value) SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') \
                     FROM json_each(?) WHERE true ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const SWEEP: &str = "DELETE FROM rows WHERE value IS NULL";
/// The object's own address. Its key sorts behind all others and is no record of the object's.
const ADDRESS_KEY: &str = "~address";
/// Bytes of rows that are written at once. A value of the platform's database has two million at most; no row has half of that.
const PIECE_BYTES: usize = 500_000;
/// Pause after an alarm that failed.
const ALARM_PAUSE: Seconds = Seconds(5);
/// While an alarm is being answered the next one stands this far off: should this one never end, that one is the next try.
/// An object answers one alarm at a time, so a guard that comes due meanwhile rings after it.
const ALARM_GUARD: Seconds = Seconds(10);

/// A storage object.
#[durable_object]
pub struct Vault {
    state: State,
    env: Env,
}

/// What an object is sent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Message {
    /// Which object it is; an object cannot always tell by itself.
    pub(super) address: Address,
    /// What to do.
    pub(super) command: Command,
}

impl DurableObject for Vault {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let Some(message) = json::read::<Message>(&request.bytes().await?) else {
            return Response::error("unreadable message", 400);
        };
        match self.answer(&message.address, message.command).await {
            Ok(reply) => match serde_json::to_vec(&reply) {
                Ok(body) => Response::from_bytes(body),
                Err(_) => Response::error("unwritable reply", 500),
            },
            Err(unavailable) => {
                console_error!("{}", Event::Unavailable { why: unavailable.to_string() });
                Response::error("unavailable", 503)
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        // The platform tries an alarm that fails a few times and forgets it then.
        self.wake(now().after(ALARM_GUARD)).await?;
        let next = match self.drain().await {
            Ok(next) => next,
            Err(unavailable) => {
                console_error!("{}", Event::Unavailable { why: unavailable.to_string() });
                Some(now().after(ALARM_PAUSE))
            }
        };
        // Always set anew: an alarm may ring before its time, and then nothing was due yet.
        match next {
            Some(at) => self.wake(at).await?,
            None => self.state.storage().delete_alarm().await?,
        }
        Response::empty()
    }
}

impl Vault {
    /// Runs a command that came from outside, and sees to it that what it queued will be done.
    async fn answer(&self, address: &Address, command: Command) -> std::result::Result<Reply, Unavailable> {
        // Asked first, so that no `await` parts the write from the alarm and both become durable or neither: who asks for a
        // seat may never ask again, and then nothing would mend what came in between.
        let set = match address {
            Address::Vault(_) => self.state.storage().get_alarm().await.map_err(unavailable)?,
            _ => None,
        };
        let Outcome { reply, alarm, .. } = self.execute(address, command)?;
        let is_later = |at: &Moment| set.is_none_or(|set| set.div_euclid(1_000) > at.0);
        if let Some(at) = alarm.filter(is_later) {
            self.wake(at).await.map_err(unavailable)?;
        }
        Ok(reply)
    }

    /// Runs a command: load, compute, write. There is no `await` between the first read and the last write, so nothing
    /// comes in between, and the runtime holds back the reply until the writes are durable.
    fn execute(&self, address: &Address, command: Command) -> std::result::Result<Outcome, Unavailable> {
        let app = self.app()?;
        let seal = self.seal(&app.config.vault_keys, address)?;
        let stored = self.load(object::needed(&command)).map_err(unavailable)?;
        let rows = seal.read(stored.into_iter()).map_err(locked)?;
        let outcome = object::execute(&rows, command, now()).map_err(unavailable)?;
        let writes = seal.writes(&rows, &outcome, &random_key()?).map_err(locked)?;
        if !writes.is_empty() {
            self.write(address, &writes).map_err(unavailable)?;
        }
        Ok(outcome)
    }

    fn app(&self) -> std::result::Result<Rc<App<World>>, Unavailable> {
        super::app(self.env.clone()).map_err(|_| Unavailable { what: "configuration", why: "incomplete".to_owned() })
    }

    /// What opens and seals the rows of this object.
    fn seal<'keys>(&self, keys: &'keys VaultKeys, address: &Address) -> std::result::Result<Seal<'keys>, Unavailable> {
        let lock = self.load(Need::Row(LOCK_ROW)).map_err(unavailable)?;
        Seal::of(keys, address, lock.get(LOCK_ROW).map(String::as_str), &random_key()?).map_err(locked)
    }

    fn load(&self, need: Need<'_>) -> Result<Rows> {
        let sql = self.state.storage().sql();
        sql.exec(CREATE, None)?;
        let (condition, parameters) = match need {
            Need::All => ("key < '~'".to_owned(), vec![]),
            Need::Row(key) => ("key = ?".to_owned(), vec![key]),
            // What begins with a prefix lies before what ends higher than any key of ours.
            Need::Under { prefix, after, limit } => (
                format!("key > ? AND key < ? || '~' ORDER BY key LIMIT {limit}"),
                vec![after.unwrap_or(prefix), prefix],
            ),
            Need::Behind(after) => {
                (format!("key > ? AND key < '~' ORDER BY key LIMIT {}", desk::PAGE_ROWS_MAX), vec![after.unwrap_or("")])
            }
        };
        let query = format!("SELECT key, value FROM rows WHERE value IS NOT NULL AND {condition}");
        let parameters = parameters.into_iter().map(str::to_owned).collect();
        let lines = String::from_utf8(crossing::rows(sql.as_ref(), &query, parameters)?)
            .map_err(|_| "rows that are no text")?;
        let mut lines = lines.split_terminator('\n').map(str::to_owned);
        Ok(std::iter::from_fn(|| lines.next().zip(lines.next())).collect())
    }

    fn write(&self, address: &Address, writes: &Writes) -> Result<()> {
        let sql = self.state.storage().sql();
        let own = (ADDRESS_KEY, serde_json::to_string(address).ok());
        let is_less = writes.iter().any(|(_, text)| text.is_none());
        let writes = writes.iter().map(|(key, text)| (key.as_str(), text.as_ref().map(StoredRow::as_str)));
        let writes: Vec<(&str, Option<&str>)> = writes.chain([(own.0, own.1.as_deref())]).collect();
        // A whole vault that comes from another address may be longer than one value can be. Nothing is awaited between the
        // pieces, so the platform makes one write of them.
        let (mut piece, mut length) = (vec![], 0);
        for write in writes {
            length += write.0.len() + write.1.map_or(0, str::len);
            piece.push(write);
            if length > PIECE_BYTES {
                sql.exec(WRITE, Some(vec![SqlStorageValue::from(serde_json::to_string(&piece)?)]))?;
                (piece, length) = (vec![], 0);
            }
        }
        sql.exec(WRITE, Some(vec![SqlStorageValue::from(serde_json::to_string(&piece)?)]))?;
        if is_less {
            sql.exec(SWEEP, None)?;
        }
        Ok(())
    }

    /// Sets the alarm.
    async fn wake(&self, at: Moment) -> Result<()> {
        let milliseconds = at.0.saturating_sub(now().0).clamp(0, 366 * 86_400).saturating_mul(1_000);
        self.state.storage().set_alarm(milliseconds).await
    }

    /// Does what is due and says when to be woken next.
    async fn drain(&self) -> std::result::Result<Option<Moment>, Unavailable> {
        let Some(subject) = self.subject().map_err(unavailable)? else { return Ok(None) };
        let (app, address) = (self.app()?, Address::Vault(subject.clone()));
        app.drain(&Own { object: self, subject }).await?;
        let seal = self.seal(&app.config.vault_keys, &address)?;
        let stored = self.load(Need::All).map_err(unavailable)?;
        object::alarm(&seal.read(stored.into_iter()).map_err(locked)?).map_err(unavailable)
    }

    /// Whose vault this is; `None` for a pointer and for the desk.
    fn subject(&self) -> Result<Option<Subject>> {
        let rows = self.load(Need::Row(ADDRESS_KEY))?;
        Ok(rows.get(ADDRESS_KEY).and_then(|text| match json::read(text.as_bytes()) {
            Some(Address::Vault(subject)) => Some(subject),
            _ => None,
        }))
    }
}

/// The vault as its own alarm sees it.
struct Own<'object> {
    object: &'object Vault,
    subject: Subject,
}

impl app::Vault for Own<'_> {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    async fn rows(&self) -> std::result::Result<Vec<(String, String)>, Unavailable> {
        match self.object.execute(&Address::Vault(self.subject.clone()), Command::Rows)?.reply {
            Reply::Rows(rows) => Ok(rows),
            _ => Err(Unavailable { what: "vault", why: "unexpected reply".to_owned() }),
        }
    }

    /// The alarm is set at the end of the run, by what is left then.
    async fn execute(&self, command: vault::Command) -> std::result::Result<vault::Reply, Unavailable> {
        match self.object.execute(&Address::Vault(self.subject.clone()), Command::Vault(command))?.reply {
            Reply::Vault(reply) => Ok(reply),
            _ => Err(Unavailable { what: "vault", why: "unexpected reply".to_owned() }),
        }
    }
}

/// Whoever reads this has other keys than whoever wrote it.
fn locked(Corrupt: Corrupt) -> Unavailable {
    unavailable("what is stored cannot be opened with VAULT_KEYS")
}

fn unavailable(error: impl std::fmt::Display) -> Unavailable {
    Unavailable { what: "object", why: error.to_string() }
}
