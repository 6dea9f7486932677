//! What staff have to look at: purchases that were set aside, reports that found no purchase, prices below the catalogue,
//! and how far notices have come.

use std::path::Path;

use redb::{ReadableDatabase, ReadableTable};

use super::export::ExportError;
use super::{Store, VIEWS};
use crate::domain::desk::Entry;
use crate::domain::notice::Progress;
use crate::domain::time::{Moment, Seconds};
use crate::store::keys::VaultKeys;
use crate::store::object::Address;
use crate::store::parked::{Held, Parked};
use crate::store::record;

/// A report usually finds its purchase within minutes, and processors repeat for three days. One that waits longer will
/// not find it by itself.
const PARKED_QUIETLY: Seconds = Seconds::days(3);

/// What staff have to look at.
#[derive(Debug, Default)]
pub struct Attention {
    /// Paid purchases that nobody may fulfil unseen, the oldest first.
    pub held: Vec<Held>,
    /// Reports that found no purchase for days, the oldest first.
    pub parked: Vec<Parked>,
    /// Reports that wait and may still find it.
    pub parked_lately: usize,
    /// Vaults with a purchase below the catalogue's price, by name.
    pub price_drift: Vec<String>,
    /// Vaults with mails that were given up, by name, and how many.
    pub given_up: Vec<(String, u32)>,
    /// How far each notice has come, by id.
    pub notices: Vec<(String, Progress)>,
}

/// Reads it from the store of a data folder. The server must not run on it meanwhile.
pub fn attention(data: &Path, keys: VaultKeys, now: Moment) -> Result<Attention, ExportError> {
    if !data.join("store.redb").is_file() {
        return Err(ExportError::Missing(data.display().to_string()));
    }
    let store = Store::open(data, keys)?;
    let mut attention = store.attention(now).map_err(|error| ExportError::Read(Box::new(error)))?;
    let desk = Address::Desk.name();
    for row in store.opened()?.into_iter().filter(|row| row.object == desk) {
        attention.add(&row.key, &row.text);
    }
    attention.held.sort_by_key(|held| held.since);
    attention.parked.sort_by_key(|parked| parked.since);
    Ok(attention)
}

impl Attention {
    /// Adds what a row of the desk says.
    fn add(&mut self, key: &str, text: &str) {
        if let Some(notice) = key.strip_prefix("~notice/") {
            self.notices.extend(record::decode(text).ok().map(|progress| (notice.to_owned(), progress)));
        } else if let Ok(entry) = record::decode::<Entry>(text) {
            if entry.price_drift {
                self.price_drift.push(key.to_owned());
            }
            if entry.given_up > 0 {
                self.given_up.push((key.to_owned(), entry.given_up));
            }
        }
    }
}

impl Store {
    fn attention(&self, now: Moment) -> Result<Attention, redb::Error> {
        let mut attention = Attention::default();
        let transaction = self.database.begin_read()?;
        for row in transaction.open_table(VIEWS)?.iter()? {
            let (key, view) = row?;
            let (text, ends_at) = view.value();
            if ends_at <= now.0 {
                continue;
            }
            if key.value().starts_with("held/") {
                attention.held.extend(record::decode::<Held>(text));
            } else if key.value().starts_with("parked/") {
                match record::decode::<Parked>(text) {
                    Ok(parked) if parked.since.after(PARKED_QUIETLY) <= now => attention.parked.push(parked),
                    Ok(_) => attention.parked_lately += 1,
                    Err(_) => {}
                }
            }
        }
        Ok(attention)
    }
}
