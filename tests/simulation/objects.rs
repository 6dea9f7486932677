//! Storage objects in memory: each command loads the rows it says it needs, runs, stores, and sees to it that the object is
//! woken, in one step that nothing can come between.

use std::collections::BTreeMap;
use std::ops::Bound;

use edge::app::Vault;
use edge::domain::desk::PAGE_ROWS_MAX;
use edge::domain::id::Subject;
use edge::domain::license::LicenseId;
use edge::domain::time::Moment;
use edge::domain::vault::{self, Activated};
use edge::ports::{Unavailable, Vaults};
use edge::store::object::{self, Address, Command, Need, Reply, Rows};

use super::mutants::Mutant;
use super::seats::SEATS;
use super::world::{Kind, Shared, World};

/// All storage objects.
#[derive(Default)]
pub(super) struct Objects {
    all: BTreeMap<Address, Object>,
    /// Where each order was first stored.
    placed: BTreeMap<String, Address>,
    /// Up to when each license was known to be paid.
    paid_until: BTreeMap<LicenseId, i64>,
}

/// While an alarm is being answered the next one stands this far off, in seconds.
const ALARM_GUARD: i64 = 10;
/// Pause after an alarm that failed, in seconds.
const ALARM_PAUSE: i64 = 5;

/// Periods of subscriptions here are shorter, years are longer, in seconds.
const A_SEASON: i64 = 90 * 86_400;

/// What a command came to.
#[derive(Debug)]
struct Ran {
    reply: Reply,
    /// When the object wants to be woken.
    alarm: Option<i64>,
}

/// What is kept of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// Nothing.
    Nothing,
    /// What it writes. Who sent it sets the alarm.
    Stored,
    /// The same, and the object is woken for what it has to do.
    Woken,
}

/// One storage object.
#[derive(Debug, Default)]
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

    /// Begins to answer an alarm. Should the answer never end, the guard is the next try: nobody else remembers.
    pub(super) fn begin_alarm(&mut self, address: &Address, now: i64, has_guard: bool) {
        let object = self.get_mut(address);
        (object.alarm, object.is_draining) = (has_guard.then_some(now + ALARM_GUARD), true);
    }

    /// The end of a license that was later before, though no money went back.
    fn shortened(&mut self, reply: &Reply, now: i64) -> Option<(i64, i64)> {
        let Reply::Vault(reply) = reply else { return None };
        let (vault::Reply::Found { state: Some(state) }
        | vault::Reply::Opened { state, .. }
        | vault::Reply::Activated(Activated { state: Some(state), .. })) = reply
        else {
            return None;
        };
        // Until the first invoice says how long it pays for, the checkout stands for a whole year.
        let end = state.expires_at.map(|at| at.0).filter(|end| *end < now + A_SEASON)?;
        let before = self.paid_until.insert(state.id.clone(), end)?;
        (end < before).then_some((before, end))
    }

    /// The earliest alarm.
    pub(super) fn next_alarm(&self) -> Option<i64> {
        self.vaults().filter_map(|(_, object)| object.alarm).min()
    }
}

impl Shared {
    fn execute(&mut self, address: &Address, command: Command, kept: Kept) -> Result<Ran, Unavailable> {
        let now = Moment(self.now);
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
            Need::Under { prefix, after, limit } => {
                let from = after.map_or(Bound::Included(prefix), Bound::Excluded);
                let rows = object.rows.range::<str, _>((from, Bound::Unbounded));
                let under = rows.take_while(|(key, _)| key.starts_with(prefix)).take(limit);
                some = under.map(|(k, v)| (k.clone(), v.clone())).collect();
                &some
            }
        };
        let relocates = matches!(command, Command::Arrive { .. } | Command::Vault(vault::Command::Change { .. }));
        let Ok(outcome) = object::execute(rows, command, now) else {
            self.require(false, || format!("I4 {} holds a row that cannot be read", address.name()));
            return Err(Unavailable { what: "object", why: "corrupt".to_owned() });
        };
        let (alarm, is_gone) = (outcome.alarm.map(|at| at.0), is_money_gone(&object.rows));
        if kept == Kept::Woken && alarm.is_some() {
            object.alarm = object.alarm.into_iter().chain(alarm).min();
        }
        if kept != Kept::Nothing {
            let (mut moved, mut is_about_seats) = (None, false);
            for (key, text) in outcome.writes {
                if key.starts_with("order/") && relocates {
                    placed.remove(&key);
                } else if key.starts_with("order/") {
                    let place = placed.entry(key.clone()).or_insert_with(|| address.clone());
                    if place != address || text.is_none() {
                        moved = Some(key.clone());
                    }
                }
                is_about_seats |= key.starts_with("activation/");
                match text {
                    Some(text) => object.rows.insert(key, text.into()),
                    None => object.rows.remove(&key),
                };
            }
            let is_within = !is_about_seats || are_within_seats(&object.rows);
            self.require(is_within, || format!("I13 {} holds more sites than were sold", address.name()));
            self.require(moved.is_none(), || format!("I8 {moved:?} is stored in a second vault"));
        }
        if !is_gone {
            let shortened = self.objects.shortened(&outcome.reply, self.now);
            self.require(shortened.is_none(), || format!("I15 paid time was shortened: {shortened:?}"));
        }
        Ok(Ran { reply: outcome.reply, alarm })
    }
}

/// Whether money of anything in a vault went back.
fn is_money_gone(rows: &Rows) -> bool {
    let mut payments = rows.iter().filter(|(row, _)| row.starts_with("payment/"));
    payments.any(|(_, text)| text.contains("whole") || text.contains("lost"))
}

/// Whether no license of a vault is active on more sites than it has seats, whatever was asked at once.
fn are_within_seats(rows: &Rows) -> bool {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let counted = rows.iter().filter(|(_, text)| text.contains(r#""exempt":false"#));
    for license in counted.filter_map(|(row, _)| row.strip_prefix("activation/")?.split('/').next()) {
        *counts.entry(license).or_default() += 1;
    }
    counts.values().all(|count| *count <= SEATS)
}

impl World {
    async fn run(&self, address: &Address, command: Command, kept: Kept) -> Result<Ran, Unavailable> {
        let Some(mutant) = self.mutant() else {
            return self.call(Kind::Storage, what(&command), |shared| shared.execute(address, command, kept)).await;
        };
        let (address, command) = self.bend(mutant, address, command);
        let again = command.clone();
        let result = self.call(Kind::Storage, what(&command), |shared| shared.execute(&address, command, kept)).await;
        if mutant == Mutant::AnsweredBeforeWritten && result.is_err() {
            let ran = self.shared.borrow_mut().execute(&address, again, Kept::Nothing)?;
            return Ok(Ran { alarm: None, ..ran });
        }
        result
    }

    /// Sets an alarm, unless it rings by then anyway.
    async fn wake_by(&self, address: &Address, at: i64) -> Result<(), Unavailable> {
        let set = self.shared.borrow().objects.get(address).and_then(|object| object.alarm);
        if set.is_some_and(|set| set <= at) {
            return Ok(());
        }
        let set = |shared: &mut Shared| {
            shared.objects.get_mut(address).alarm = Some(at);
            Ok(())
        };
        self.call(Kind::Alarm, "set alarm", set).await
    }
}

impl Vaults for World {
    async fn execute(&self, address: &Address, command: Command) -> Result<Reply, Unavailable> {
        let is_woken_later = self.mutant() == Some(Mutant::AlarmAfterWrite);
        let kept = if is_woken_later { Kept::Stored } else { Kept::Woken };
        let Ran { reply, alarm } = self.run(address, command, kept).await?;
        if let Some(at) = alarm.filter(|_| is_woken_later) {
            self.wake_by(address, at).await?;
        }
        Ok(reply)
    }
}

fn what(command: &Command) -> &'static str {
    match command {
        Command::Vault(command) => match command {
            vault::Command::Open { .. } => "vault open",
            vault::Command::Report { .. } => "vault report",
            vault::Command::Find { .. } => "vault find",
            vault::Command::Activate { .. } => "vault activate",
            vault::Command::Deactivate { .. } => "vault deactivate",
            vault::Command::IsActive { .. } => "vault is active",
            vault::Command::Seen { .. } => "vault seen",
            vault::Command::Resend => "vault resend",
            vault::Command::Overview => "vault overview",
            vault::Command::Notify { .. } => "vault notify",
            vault::Command::OpenTicket { .. } => "vault open ticket",
            vault::Command::ReadTicket { .. } => "vault read ticket",
            vault::Command::WriteIn { .. } => "vault write in",
            vault::Command::FileTicket { .. } => "vault file ticket",
            vault::Command::Rule { .. } => "vault rule",
            vault::Command::Survey => "vault survey",
            vault::Command::MoveTicket { .. } => "vault move ticket",
            vault::Command::Due => "vault due",
            vault::Command::Settle { .. } => "vault settle",
            vault::Command::Retry { .. } => "vault retry",
            vault::Command::Bounced { .. } => "vault bounced",
            vault::Command::AskRight { .. } => "vault ask right",
            vault::Command::ConfirmRight { .. } => "vault confirm right",
            vault::Command::AnswerRight { .. } => "vault answer right",
            vault::Command::ExtendRight { .. } => "vault extend right",
            vault::Command::PreviewErasure { .. } => "vault preview erasure",
            vault::Command::OrderErasure { .. } => "vault order erasure",
            vault::Command::Erase { .. } => "vault erase",
            vault::Command::ProcessorDone { .. } => "vault processor done",
            vault::Command::Correct { .. } => "vault correct",
            vault::Command::Change { .. } => "vault change",
            vault::Command::Expire { .. } => "vault expire",
            vault::Command::EraseAgain { .. } => "vault erase again",
        },
        Command::Pointer(_) => "pointer",
        Command::Desk(_) => "desk",
        Command::Visits(_) => "visits",
        Command::Rows => "rows",
        Command::Lock => "vault lock",
        Command::Arrive { .. } => "vault arrive",
        Command::Ledger(_) => "ledger",
    }
}

/// A vault as its own alarm sees it.
pub(super) struct Alarmed {
    pub(super) world: World,
    pub(super) subject: Subject,
}

impl Alarmed {
    /// Ends the answer to an alarm: the next one is set by what is left, and nothing comes between look and setting.
    pub(super) async fn end(&self, went_well: bool) -> Result<(), Unavailable> {
        let address = Address::Vault(self.subject.clone());
        let set = |shared: &mut Shared| {
            let now = shared.now;
            let object = shared.objects.get_mut(&address);
            let left = object::alarm(&object.rows).ok().flatten().map(|at| at.0);
            object.alarm = if went_well { left } else { Some(now + ALARM_PAUSE) };
            Ok(())
        };
        self.world.call(Kind::Alarm, "set alarm", set).await
    }
}

impl Vault for Alarmed {
    fn subject(&self) -> &Subject {
        &self.subject
    }

    async fn rows(&self) -> Result<Vec<(String, String)>, Unavailable> {
        let address = Address::Vault(self.subject.clone());
        match self.world.run(&address, Command::Rows, Kept::Stored).await?.reply {
            Reply::Rows(rows) => Ok(rows),
            _ => Err(Unavailable { what: "vault", why: "unexpected reply".to_owned() }),
        }
    }

    async fn execute(&self, command: vault::Command) -> Result<vault::Reply, Unavailable> {
        let address = Address::Vault(self.subject.clone());
        match self.world.run(&address, Command::Vault(command), Kept::Stored).await?.reply {
            Reply::Vault(reply) => Ok(reply),
            _ => Err(Unavailable { what: "vault", why: "unexpected reply".to_owned() }),
        }
    }
}
