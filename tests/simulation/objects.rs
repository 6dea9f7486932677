//! Storage objects in memory: each command loads the rows it says it needs, runs, and stores, in one step that nothing
//! can come between. An object's alarm is what its last command asked for.

use std::collections::BTreeMap;
use std::ops::Bound;

use edge::app::Vault;
use edge::domain::desk::PAGE_ROWS_MAX;
use edge::domain::id::Subject;
use edge::domain::time::Moment;
use edge::domain::vault;
use edge::ports::{Unavailable, Vaults};
use edge::store::object::{self, Address, Command, Need, Reply, Rows};

use super::mutants::Mutant;
use super::world::{Kind, Shared, World};

/// All storage objects.
#[derive(Default)]
pub(super) struct Objects {
    all: BTreeMap<Address, Object>,
    /// Where each order was first stored.
    placed: BTreeMap<String, Address>,
}

/// One storage object.
#[derive(Default)]
pub(super) struct Object {
    /// What it stores.
    pub(super) rows: Rows,
    /// When it wants to be woken.
    pub(super) alarm: Option<i64>,
    /// Whether its alarm is being answered; the platform never answers one twice at a time.
    pub(super) is_draining: bool,
}

impl Objects {
    pub(super) fn get(&self, address: &Address) -> Option<&Object> {
        self.all.get(address)
    }

    pub(super) fn get_mut(&mut self, address: &Address) -> &mut Object {
        self.get_with_places(address).0
    }

    /// An object, and where orders were first stored.
    fn get_with_places(&mut self, address: &Address) -> (&mut Object, &mut BTreeMap<String, Address>) {
        if !self.all.contains_key(address) {
            self.all.insert(address.clone(), Object::default());
        }
        (self.all.get_mut(address).expect("just inserted"), &mut self.placed)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Address, &Object)> {
        self.all.iter()
    }

    pub(super) fn vaults(&self) -> impl Iterator<Item = (&Address, &Object)> {
        self.all.iter().filter(|(address, _)| matches!(address, Address::Vault(_)))
    }

    /// Vaults whose alarm is due and is not being answered.
    pub(super) fn due(&self, now: i64) -> impl Iterator<Item = &Address> {
        let is_due = move |object: &Object| !object.is_draining && object.alarm.is_some_and(|at| at <= now);
        self.vaults().filter(move |(_, object)| is_due(object)).map(|(address, _)| address)
    }

    /// The earliest alarm.
    pub(super) fn next_alarm(&self) -> Option<i64> {
        self.vaults().filter_map(|(_, object)| object.alarm).min()
    }
}

impl Shared {
    fn execute(&mut self, address: &Address, command: Command, is_stored: bool) -> Result<Reply, Unavailable> {
        let now = Moment(self.now);
        let is_vault = matches!(address, Address::Vault(_));
        let (object, placed) = self.objects.get_with_places(address);
        let some: Rows;
        let rows = match object::needed(&command) {
            Need::All => &object.rows,
            Need::Row(key) => {
                some = object.rows.get_key_value(key).into_iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                &some
            }
            Need::Behind(key) => {
                let from = key.map_or(Bound::Unbounded, Bound::Excluded);
                let rows = object.rows.range::<str, _>((from, Bound::Unbounded));
                some = rows.take(PAGE_ROWS_MAX).map(|(k, v)| (k.clone(), v.clone())).collect();
                &some
            }
        };
        let Ok(outcome) = object::execute(rows, command, now) else {
            self.require(false, || format!("{} holds a row that cannot be read", address.name()));
            return Err(Unavailable { what: "object", why: "corrupt".to_owned() });
        };
        if is_stored {
            let mut moved = None;
            for (key, text) in outcome.writes {
                if key.starts_with("order/") {
                    let place = placed.entry(key.clone()).or_insert_with(|| address.clone());
                    if place != address || text.is_none() {
                        moved = Some(key.clone());
                    }
                }
                match text {
                    Some(text) => object.rows.insert(key, text.into()),
                    None => object.rows.remove(&key),
                };
            }
            if is_vault {
                object.alarm = outcome.alarm.map(|at| at.0);
            }
            self.require(moved.is_none(), || format!("I8 {moved:?} is stored in a second vault"));
        }
        Ok(outcome.reply)
    }
}

impl Vaults for World {
    async fn execute(&self, address: &Address, command: Command) -> Result<Reply, Unavailable> {
        let Some(mutant) = self.mutant() else {
            return self.call(Kind::Storage, what(&command), |shared| shared.execute(address, command, true)).await;
        };
        let (address, command) = self.bend(mutant, address, command);
        let again = command.clone();
        let result = self.call(Kind::Storage, what(&command), |shared| shared.execute(&address, command, true)).await;
        if mutant == Mutant::AnsweredBeforeWritten && result.is_err() {
            return self.shared.borrow_mut().execute(&address, again, false);
        }
        result
    }
}

fn what(command: &Command) -> &'static str {
    match command {
        Command::Vault(vault::Command::Issue { .. }) => "vault issue",
        Command::Vault(vault::Command::Report { .. }) => "vault report",
        Command::Vault(vault::Command::Find { .. }) => "vault find",
        Command::Vault(vault::Command::Due) => "vault due",
        Command::Vault(vault::Command::Settle { .. }) => "vault settle",
        Command::Pointer(_) => "pointer",
        Command::Desk(_) => "desk",
    }
}

/// A vault as its own alarm sees it.
pub(super) struct Alarmed {
    pub(super) world: World,
    pub(super) subject: Subject,
}

impl Vault for Alarmed {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    async fn execute(&self, command: vault::Command) -> Result<vault::Reply, Unavailable> {
        let address = Address::Vault(self.subject.clone());
        match self.world.execute(&address, Command::Vault(command)).await? {
            Reply::Vault(reply) => Ok(reply),
            _ => Err(Unavailable { what: "vault", why: "unexpected reply".to_owned() }),
        }
    }
}
