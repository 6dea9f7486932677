//! Storage as the handlers see it: typed questions to vaults, pointers, the desk and the views. The only caller of
//! [`Kv`] and of [`Vaults`], and the only place that knows storage keys.

use std::collections::BTreeSet;

use crate::contract::Place;
use crate::domain::attachment::FileId;
use crate::domain::id::{Reference, Subject};
use crate::domain::ledger::{self, Head, Line};
use crate::domain::license::LicenseState;
use crate::domain::notice::Progress;
use crate::domain::outbox::VIEW_TTL;
use crate::domain::rights::{Request, RequestId, Stage};
use crate::domain::ticket::Message;
use crate::domain::visit::{self, Visit};
use crate::domain::{desk, pointer, vault};
use crate::ports::{Kv, Unavailable, Vaults};
use object::{Address, Command, Reply};

pub use certificate::{Certificate, certificate, keep_certificate};

mod certificate;
pub mod file;
pub mod keys;
pub mod object;
pub mod parked;
pub mod receipt;
pub mod record;
pub mod seal;

impl From<record::Corrupt> for Unavailable {
    fn from(corrupt: record::Corrupt) -> Self {
        Self { what: "vault", why: corrupt.to_string() }
    }
}

/// Runs a command on a vault.
pub async fn vault(
    ports: &impl Vaults,
    subject: &Subject,
    command: vault::Command,
) -> Result<vault::Reply, Unavailable> {
    match ports.execute(&Address::Vault(subject.clone()), Command::Vault(command)).await? {
        Reply::Vault(vault::Reply::Away {}) => {
            Err(Unavailable { what: "vault", why: "its address is changing".to_owned() })
        }
        Reply::Vault(reply) => Ok(reply),
        _ => Err(out_of_turn("vault")),
    }
}

/// Has a vault take in what was in another; whether it did.
pub async fn arrive(
    ports: &impl Vaults,
    (from, to): (&Subject, &Subject),
    request: &RequestId,
    rows: Vec<(String, String)>,
) -> Result<bool, Unavailable> {
    let command = Command::Arrive { from: from.clone(), request: request.clone(), rows };
    match ports.execute(&Address::Vault(to.clone()), command).await? {
        Reply::Arrived(is_taken) => Ok(is_taken),
        _ => Err(out_of_turn("vault")),
    }
}

/// Turns a reference from one vault to another, unless it points to a third.
pub async fn hand(
    ports: &impl Vaults,
    reference: &Reference,
    (from, to): (&Subject, &Subject),
) -> Result<(), Unavailable> {
    let command = pointer::Command::Hand { from: from.clone(), to: to.clone() };
    match ports.execute(&Address::Pointer(reference.clone()), Command::Pointer(command)).await? {
        Reply::Pointer(_) => Ok(()),
        _ => Err(out_of_turn("pointer")),
    }
}

/// All rows of a vault, as text.
pub async fn rows(ports: &impl Vaults, subject: &Subject) -> Result<Vec<(String, String)>, Unavailable> {
    match ports.execute(&Address::Vault(subject.clone()), Command::Rows).await? {
        Reply::Rows(rows) => Ok(rows),
        _ => Err(out_of_turn("vault")),
    }
}

/// Points a reference to a vault unless it already points to one; answers where it points.
pub async fn claim(ports: &impl Vaults, reference: &Reference, subject: &Subject) -> Result<Subject, Unavailable> {
    let command = pointer::Command::Claim { subject: subject.clone() };
    match ports.execute(&Address::Pointer(reference.clone()), Command::Pointer(command)).await? {
        Reply::Pointer(Some(owner)) => Ok(owner),
        _ => Err(out_of_turn("pointer")),
    }
}

/// Has a reference point nowhere, unless it points to another vault.
pub async fn release(ports: &impl Vaults, reference: &Reference, from: &Subject) -> Result<(), Unavailable> {
    let command = pointer::Command::Release { from: from.clone() };
    match ports.execute(&Address::Pointer(reference.clone()), Command::Pointer(command)).await? {
        Reply::Pointer(_) => Ok(()),
        _ => Err(out_of_turn("pointer")),
    }
}

/// Where a reference points.
pub async fn resolve(ports: &impl Vaults, reference: &Reference) -> Result<Option<Subject>, Unavailable> {
    match ports.execute(&Address::Pointer(reference.clone()), Command::Pointer(pointer::Command::Resolve)).await? {
        Reply::Pointer(owner) => Ok(owner),
        _ => Err(out_of_turn("pointer")),
    }
}

/// Enters or renews a vault's row at the desk.
pub async fn register(
    ports: &impl Vaults,
    subject: &Subject,
    entry: desk::Entry,
    tickets: Vec<desk::Listing>,
) -> Result<(), Unavailable> {
    let command = desk::Command::Register { subject: subject.clone(), entry, tickets };
    match ports.execute(&Address::Desk, Command::Desk(command)).await? {
        Reply::Registered => Ok(()),
        _ => Err(out_of_turn("desk")),
    }
}

/// Rows of the desk's register behind `after`, at most [`desk::PAGE_ROWS_MAX`].
pub async fn registered(
    ports: &impl Vaults,
    after: Option<Subject>,
) -> Result<Vec<(Subject, desk::Entry)>, Unavailable> {
    match ports.execute(&Address::Desk, Command::Desk(desk::Command::Page { after })).await? {
        Reply::Page(rows) => Ok(rows),
        _ => Err(out_of_turn("desk")),
    }
}

/// Asks the desk what staff ask it.
pub async fn desk(ports: &impl Vaults, command: desk::Command) -> Result<desk::Reply, Unavailable> {
    match ports.execute(&Address::Desk, Command::Desk(command)).await? {
        Reply::Desk(reply) => Ok(reply),
        _ => Err(out_of_turn("desk")),
    }
}

/// How far a round has come, by its row at the desk.
pub async fn progress(ports: &impl Vaults, row: String) -> Result<Progress, Unavailable> {
    desk_progress(ports, desk::Command::Progress { row }).await
}

/// Takes note of how far it has come; how far it is.
pub async fn advance(ports: &impl Vaults, row: String, progress: Progress) -> Result<Progress, Unavailable> {
    desk_progress(ports, desk::Command::Advance { row, progress }).await
}

/// Has the key of a vault locked by the newest key of the configuration.
pub async fn lock(ports: &impl Vaults, subject: &Subject) -> Result<(), Unavailable> {
    match ports.execute(&Address::Vault(subject.clone()), Command::Lock).await? {
        Reply::Registered => Ok(()),
        _ => Err(out_of_turn("vault")),
    }
}

/// The files that are listed in a vault, and whether all else of it is at another address now.
pub async fn files(ports: &impl Vaults, subject: &Subject) -> Result<(BTreeSet<FileId>, bool), Unavailable> {
    let (mut files, mut has_left) = (BTreeSet::new(), false);
    for (key, text) in rows(ports, subject).await? {
        let is_of = |place| object::prefix(place).is_some_and(|prefix| key.starts_with(prefix));
        if is_of(Place::VaultMessage) {
            let message: Message = record::decode(&text)?;
            files.extend(message.files.into_iter().map(|file| file.id));
        } else if is_of(Place::VaultRequest) {
            let request: Request = record::decode(&text)?;
            has_left |= request.change.is_some_and(|change| matches!(change.stage, Stage::Left { .. }));
        }
    }
    Ok((files, has_left))
}

/// Asks the ledger; the end of its chain, and the lines that were asked for.
pub async fn ledger(ports: &impl Vaults, command: ledger::Command) -> Result<(Head, Vec<Line>), Unavailable> {
    match ports.execute(&Address::Ledger, Command::Ledger(command)).await? {
        Reply::Ledger(head, lines) => Ok((head, lines)),
        _ => Err(out_of_turn("ledger")),
    }
}

/// Takes away the view of a license.
pub async fn withdraw_license_view(kv: &impl Kv, key: &Reference) -> Result<(), Unavailable> {
    kv.delete(&license_view_key(key)).await
}

/// Counts a visit.
pub async fn visits(ports: &impl Vaults, visit: Visit) -> Result<(), Unavailable> {
    let month = visit::month(&visit.day).to_owned();
    let prefix = visit.prefix();
    ask_visits(ports, &month, visit::Command::Count { prefix, visit }).await.map(drop)
}

/// Forgets the counts of a month that are from before a day.
pub async fn forget_visits(ports: &impl Vaults, month: &str, before: String) -> Result<(), Unavailable> {
    ask_visits(ports, month, visit::Command::Forget { before }).await.map(drop)
}

/// Asks the counts of a month.
pub async fn ask_visits(
    ports: &impl Vaults,
    month: &str,
    command: visit::Command,
) -> Result<Vec<visit::Count>, Unavailable> {
    match ports.execute(&Address::Visits(month.to_owned()), Command::Visits(command)).await? {
        Reply::Visits(counts) => Ok(counts),
        _ => Err(out_of_turn("visits")),
    }
}

async fn desk_progress(ports: &impl Vaults, command: desk::Command) -> Result<Progress, Unavailable> {
    match ports.execute(&Address::Desk, Command::Desk(command)).await? {
        Reply::Progress(progress) => Ok(progress),
        _ => Err(out_of_turn("desk")),
    }
}

/// The published view of a license, which may be a minute old.
pub async fn license_view(kv: &impl Kv, key: &Reference) -> Result<Option<LicenseState>, Unavailable> {
    let text = kv.get(&license_view_key(key)).await?;
    // A view that cannot be read is as good as none: the vault knows better.
    Ok(text.and_then(|text| record::decode(&text).ok()))
}

/// Publishes the view of a license.
pub async fn publish_license_view(kv: &impl Kv, key: &Reference, state: &LicenseState) -> Result<(), Unavailable> {
    kv.put(&license_view_key(key), &record::encode(state), VIEW_TTL).await
}

fn license_view_key(key: &Reference) -> String {
    format!("license/{}", key.as_str())
}

/// An object answered a question that was not asked; the host is at fault.
fn out_of_turn(what: &'static str) -> Unavailable {
    Unavailable { what, why: "unexpected reply".to_owned() }
}
