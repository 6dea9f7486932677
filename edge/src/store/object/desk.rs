//! What the desk's commands need of its rows, and what they do to them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Need, Outcome, Reply, Rows};
use crate::contract::Stored;
use crate::domain::desk::{
    self, Canned, Command, Entry, LINES_MAX, LISTINGS, LOOKS, Listing, Look, SIGNED_IN, Session, UsedLink,
};
use crate::domain::id::Subject;
use crate::domain::notice::Progress;
use crate::domain::time::Moment;
use crate::store::record::{self, Corrupt, Written};

/// Tickets that the inbox lists; a desk of three people does not see more in two years.
const LISTINGS_MAX: usize = 20_000;
const SESSIONS_MAX: usize = 1_000;

type Writes = Vec<(String, Option<Written>)>;

pub(super) fn needed(command: &Command) -> Need<'_> {
    match command {
        Command::Register { subject, .. } => Need::Row(subject.as_str()),
        Command::Page { after } => Need::Behind(after.as_ref().map(Subject::as_str)),
        Command::Progress { row } | Command::Advance { row, .. } => Need::Row(row),
        Command::Inbox => Need::Under { prefix: LISTINGS, after: None, limit: LISTINGS_MAX },
        Command::SignIn { .. }
        | Command::Attend { .. }
        | Command::SignOut { .. }
        | Command::SignOutEverywhere { .. }
        | Command::SweepSessions => Need::Under { prefix: SIGNED_IN, after: None, limit: SESSIONS_MAX },
        Command::Looks { after } | Command::Reassign { after, .. } => {
            Need::Under { prefix: LOOKS, after: after.as_deref(), limit: LINES_MAX }
        }
        Command::SweepLooks { from } => Need::Under { prefix: LOOKS, after: Some(from), limit: LINES_MAX },
        Command::Note { .. } => Need::Row(LOOKS),
        Command::KeepCanned { .. } | Command::AllCanned => {
            Need::Under { prefix: desk::canned::PREFIX, after: None, limit: desk::canned::REPLIES_MAX }
        }
    }
}

pub(super) fn execute(rows: &Rows, command: Command, now: Moment) -> Result<Outcome, Corrupt> {
    let (reply, writes) = match command {
        Command::Register { subject, entry, tickets } => {
            (Reply::Registered, register(rows, &subject, entry, &tickets)?)
        }
        Command::Progress { row } => (Reply::Progress(one::<Progress>(rows, &row)?.unwrap_or_default()), vec![]),
        Command::Advance { row, progress } => {
            let progress = one::<Progress>(rows, &row)?.unwrap_or_default().furthest(progress);
            let written = record::encode(&progress);
            (Reply::Progress(progress), vec![(row, Some(written))])
        }
        Command::Page { .. } => (Reply::Page(page(rows)?), vec![]),
        Command::Inbox => {
            let tickets = all::<Listing>(rows, LISTINGS)?.into_iter().map(|(_, listing)| listing).collect();
            (Reply::Desk(desk::Reply::Inbox { tickets }), vec![])
        }
        Command::Looks { .. } => {
            let lines = all::<Look>(rows, "")?;
            (Reply::Desk(desk::Reply::Looks { lines }), vec![])
        }
        Command::Reassign { from, to, .. } => {
            let lines = all::<Look>(rows, "")?;
            let theirs = lines.iter().filter(|(_, look)| look.whose.as_ref() == Some(&from));
            let writes = theirs.map(|(key, look)| put(key.clone(), &Look { whose: Some(to.clone()), ..look.clone() }));
            let writes = writes.collect();
            (Reply::Desk(desk::Reply::Looks { lines }), writes)
        }
        Command::Note { chance, look } => done(vec![put(look.key(&chance), &look)]),
        Command::SweepLooks { .. } => done(rows.keys().map(|key| (key.clone(), None)).collect()),
        Command::KeepCanned { id, canned } => {
            let key = format!("{}{id}", desk::canned::PREFIX);
            let has_room = rows.contains_key(&key) || rows.len() < desk::canned::REPLIES_MAX;
            done(if has_room { vec![(key, canned.map(|canned| record::encode(&canned)))] } else { vec![] })
        }
        Command::AllCanned => {
            let replies = all::<Canned>(rows, desk::canned::PREFIX)?;
            (Reply::Desk(desk::Reply::Canned { replies }), vec![])
        }
        sign => self::sign(rows, sign, now)?,
    };
    Ok(Outcome { reply, writes, alarm: None, forgets: false })
}

/// Sessions, and links that were used.
fn sign(rows: &Rows, command: Command, now: Moment) -> Result<(Reply, Writes), Corrupt> {
    let name = |kind: &str, name: &str| format!("{SIGNED_IN}{kind}/{name}");
    let answer = |staff| Reply::Desk(desk::Reply::Session { staff });
    Ok(match command {
        Command::SignIn { link, session, staff } => {
            let link = name("link", &link);
            if rows.contains_key(&link) {
                return Ok((answer(None), vec![]));
            }
            let writes = vec![
                put(link, &UsedLink { at: now }),
                put(name("session", &session), &Session::begin(staff.clone(), now)),
            ];
            (answer(Some(staff)), writes)
        }
        Command::Attend { session } => {
            let key = name("session", &session);
            let known = one::<Session>(rows, &key)?.filter(|session| !session.is_over(now));
            let used = known.as_ref().and_then(|session| session.used(now));
            let writes = used.map(|session| put(key, &session)).into_iter().collect();
            (answer(known.map(|session| session.staff)), writes)
        }
        Command::SignOut { session } => done(vec![(name("session", &session), None)]),
        Command::SignOutEverywhere { staff } => {
            let sessions = all::<Session>(rows, &name("session", ""))?;
            let theirs = sessions.into_iter().filter(|(_, session)| session.staff == staff);
            done(theirs.map(|(key, _)| (name("session", &key), None)).collect())
        }
        _ => {
            let sessions = all::<Session>(rows, &name("session", ""))?;
            let links = all::<UsedLink>(rows, &name("link", ""))?;
            let sessions = sessions.into_iter().filter(|(_, session)| session.is_over(now));
            let links = links.into_iter().filter(|(_, link)| link.is_over(now));
            let sessions = sessions.map(|(key, _)| (name("session", &key), None));
            done(sessions.chain(links.map(|(key, _)| (name("link", &key), None))).collect())
        }
    })
}

/// The row of a vault and those of its tickets. A report that is older than what is known changes neither.
fn register(rows: &Rows, subject: &Subject, entry: Entry, tickets: &[Listing]) -> Result<Writes, Corrupt> {
    let known: Option<Entry> = one(rows, subject.as_str())?;
    let before = known.as_ref().map(|entry| entry.tickets.clone()).unwrap_or_default();
    let reported = entry.revision;
    let entry = desk::register(known, entry);
    let row = (!entry.is_gone).then(|| record::encode(&entry));
    let mut writes = vec![(subject.as_str().to_owned(), row)];
    if entry.revision == reported {
        let gone = before.iter().filter(|number| !entry.tickets.contains(number));
        writes.extend(gone.map(|number| (Listing::key(number), None)));
        writes.extend(tickets.iter().map(|listing| put(Listing::key(&listing.number), listing)));
    }
    Ok(writes)
}

/// Rows of the register; those of anything else lie behind them.
fn page(rows: &Rows) -> Result<Vec<(Subject, Entry)>, Corrupt> {
    let page = rows.iter().filter(|(key, _)| !key.starts_with('~')).map(|(key, text)| {
        let subject = serde_json::from_value(Value::String(key.clone())).map_err(|_| Corrupt)?;
        Ok((subject, record::decode(text)?))
    });
    page.collect()
}

fn done(writes: Writes) -> (Reply, Writes) {
    (Reply::Desk(desk::Reply::Done), writes)
}

fn put<Record: Serialize + Stored>(key: String, record: &Record) -> (String, Option<Written>) {
    (key, Some(record::encode(record)))
}

fn one<Record: DeserializeOwned>(rows: &Rows, key: &str) -> Result<Option<Record>, Corrupt> {
    rows.get(key).map(|text| record::decode(text)).transpose()
}

/// Records behind a prefix, by what follows it.
fn all<Record: DeserializeOwned>(rows: &Rows, prefix: &str) -> Result<Vec<(String, Record)>, Corrupt> {
    let behind = rows.iter().filter_map(|(key, text)| Some((key.strip_prefix(prefix)?, text)));
    behind.map(|(name, text)| Ok((name.to_owned(), record::decode(text)?))).collect()
}
