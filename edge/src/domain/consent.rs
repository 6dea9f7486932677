//! What somebody decided about the optional categories, and what that means for a page.
//!
//! The decision lies in one cookie that no script can read or write. It is read strictly: whatever is odd counts as
//! undecided, never as allowed. A decision holds for what it was made about: each category has a fingerprint in the policy
//! in force, and where that is another one, the category is undecided again.

use std::collections::{BTreeMap, BTreeSet};

use super::id::unhex;
use super::time::{Moment, Seconds};
use crate::contract::CookieCategory;
use crate::site::PolicyVersion;

mod receipt;

pub use receipt::{FormUsed, KEPT_MONTHS, Receipt, ReceiptId};

/// Categories that somebody can allow, in the order of the cookie.
pub const OPTIONAL: [CookieCategory; 2] = [CookieCategory::Preferences, CookieCategory::Analytics];
/// How long a decision lasts (CNIL 2020-092 suggests six months). A visit does not renew it.
pub const LASTS: Seconds = Seconds::days(180);
/// Hexadecimal digits of a fingerprint.
pub const FINGERPRINT_LEN: usize = 8;
/// Stands in the cookie for the fingerprint of a category that nothing was decided about.
const NO_FINGERPRINT: &str = "00000000";
/// The version of the cookie.
const VERSION: &str = "1";

/// What was decided about a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What.
    pub verdict: Verdict,
    /// The fingerprint of what it was about.
    pub fingerprint: String,
}

/// Allowed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not allowed.
    Refused,
    /// Allowed, by a browser that sent no privacy signal.
    Allowed,
    /// Allowed by a browser that sent a privacy signal all the same.
    AllowedDespiteSignal,
}

/// What the cookie holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The policy version in force at the last decision.
    pub policy: String,
    /// What was decided, by category.
    pub decisions: BTreeMap<CookieCategory, Decision>,
    /// When.
    pub at: Moment,
    /// The receipt of it; a refusal has none.
    pub receipt: Option<ReceiptId>,
}

impl Held {
    /// Reads the value of the cookie: `1.<policy>.<fingerprints>.<choices>.<seconds>.<receipt>`. None for anything that
    /// [`Held::written`] would not have written, for what is older than it may be, and for what comes from the future.
    pub fn parse(text: &str, now: Moment) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let [VERSION, policy, fingerprints, choices, at, receipt] = parts.as_slice() else { return None };
        if fingerprints.len() != OPTIONAL.len() * FINGERPRINT_LEN || choices.len() != OPTIONAL.len() {
            return None;
        }
        let mut decisions = BTreeMap::new();
        for (at, (category, choice)) in OPTIONAL.into_iter().zip(choices.chars()).enumerate() {
            let fingerprint = fingerprints.get(at * FINGERPRINT_LEN..(at + 1) * FINGERPRINT_LEN)?;
            unhex::<4>(fingerprint)?;
            let verdict = match choice {
                'n' => Verdict::Refused,
                'y' => Verdict::Allowed,
                's' => Verdict::AllowedDespiteSignal,
                '-' => continue,
                _ => return None,
            };
            decisions.insert(category, Decision { verdict, fingerprint: fingerprint.to_owned() });
        }
        let receipt = if *receipt == "-" { None } else { Some(ReceiptId::parse(receipt)?) };
        let held = Self { policy: (*policy).to_owned(), decisions, at: Moment(at.parse().ok()?), receipt };
        let is_timely = held.at <= now && now < held.at.after(LASTS);
        (super::time::is_day(policy) && is_timely && held.written() == text).then_some(held)
    }

    /// The value of the cookie, at most 120 bytes.
    pub fn written(&self) -> String {
        let decision = |category: &CookieCategory| self.decisions.get(category);
        let fingerprints: String =
            OPTIONAL.iter().map(|category| decision(category).map_or(NO_FINGERPRINT, |one| &one.fingerprint)).collect();
        let letter = |decision: Option<&Decision>| match decision.map(|decision| decision.verdict) {
            None => '-',
            Some(Verdict::Refused) => 'n',
            Some(Verdict::Allowed) => 'y',
            Some(Verdict::AllowedDespiteSignal) => 's',
        };
        let choices: String = OPTIONAL.iter().map(|category| letter(decision(category))).collect();
        let receipt = self.receipt.as_ref().map_or("-", ReceiptId::as_str);
        format!("{VERSION}.{}.{fingerprints}.{choices}.{}.{receipt}", self.policy, self.at.0)
    }

    /// Whether this category was allowed, whatever holds by now.
    pub fn allows(&self, category: CookieCategory) -> bool {
        self.decisions.get(&category).is_some_and(|decision| decision.verdict != Verdict::Refused)
    }
}

/// Where a category stands for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody decided yet, or about something else: it is off, and somebody should be asked.
    Undecided,
    /// It is off.
    Denied,
    /// It is on.
    Granted,
}

/// What holds for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Whether the browser sends a privacy signal: Global Privacy Control or Do Not Track.
    pub signal: bool,
    /// The categories that the policy in force knows, and where each stands.
    pub standings: BTreeMap<CookieCategory, Standing>,
}

impl State {
    /// What a policy, a cookie and a signal come to. While a signal is sent, only what was allowed despite one is on, and
    /// nobody is asked.
    pub fn of(policy: Option<&PolicyVersion>, held: Option<&Held>, signal: bool) -> Self {
        let offered = policy.into_iter().flat_map(|policy| &policy.asks);
        let standings = offered.filter(|(category, _)| OPTIONAL.contains(category)).map(|(category, fingerprint)| {
            let decision = held.and_then(|held| held.decisions.get(category));
            let decision = decision.filter(|decision| decision.fingerprint == *fingerprint);
            let standing = match decision.map(|decision| decision.verdict) {
                Some(Verdict::AllowedDespiteSignal) => Standing::Granted,
                Some(Verdict::Allowed) if !signal => Standing::Granted,
                None if !signal => Standing::Undecided,
                _ => Standing::Denied,
            };
            (*category, standing)
        });
        Self { signal, standings: standings.collect() }
    }

    /// Categories that somebody should be asked about.
    pub fn asks(&self) -> Vec<CookieCategory> {
        let undecided = self.standings.iter().filter(|(_, standing)| **standing == Standing::Undecided);
        undecided.map(|(category, _)| *category).collect()
    }

    /// Whether a category is on.
    pub fn grants(&self, category: CookieCategory) -> bool {
        self.standings.get(&category) == Some(&Standing::Granted)
    }
}

/// What somebody sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// All that is asked.
    Accept,
    /// Nothing of it.
    Reject,
    /// These.
    Save(BTreeSet<CookieCategory>),
}

/// What a choice comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What the cookie holds from now on; without the id of a receipt yet.
    pub held: Held,
    /// What was asked.
    pub asked: Vec<CookieCategory>,
    /// Whether something is allowed that was not before.
    pub grants: bool,
    /// What was allowed before and is no more.
    pub withdrawn: Vec<CookieCategory>,
}

/// Takes a choice. The banner asks about what is undecided and leaves the rest as it is; the cookie page is about all.
pub fn decide(
    policy: &PolicyVersion,
    held: Option<&Held>,
    signal: bool,
    (form, choice): (FormUsed, &Choice),
    now: Moment,
) -> Outcome {
    let state = State::of(Some(policy), held, false);
    let asked = match state.asks() {
        asked if form == FormUsed::Banner && !asked.is_empty() => asked,
        _ => state.standings.keys().copied().collect(),
    };
    let mut decisions = held.map(|held| held.decisions.clone()).unwrap_or_default();
    let mut grants = false;
    for (category, fingerprint) in policy.asks.iter().filter(|(category, _)| asked.contains(category)) {
        let verdict = match choice {
            Choice::Reject => Verdict::Refused,
            Choice::Save(allowed) if !allowed.contains(category) => Verdict::Refused,
            _ if signal => Verdict::AllowedDespiteSignal,
            _ => Verdict::Allowed,
        };
        let decision = Decision { verdict, fingerprint: fingerprint.clone() };
        grants |= verdict != Verdict::Refused && decisions.get(category) != Some(&decision);
        decisions.insert(*category, decision);
    }
    let receipt = held.and_then(|held| held.receipt.clone());
    let after = Held { policy: policy.id.clone(), decisions, at: now, receipt };
    let was = |category: &CookieCategory| held.is_some_and(|held| held.allows(*category));
    let withdrawn = OPTIONAL.into_iter().filter(|category| was(category) && !after.allows(*category)).collect();
    Outcome { held: after, asked, grants, withdrawn }
}

/// Whether a text is the address of a place on this site: a path that no browser takes for another host.
pub fn is_local(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let leads_out = ["//", "/%2f", "/%5c"].iter().any(|start| lower.starts_with(start));
    path.starts_with('/')
        && path.len() <= 1_000
        && !leads_out
        && path.chars().all(|c| ('!'..='~').contains(&c) && c != '\\')
}

#[cfg(test)]
mod tests;
