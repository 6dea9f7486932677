//! The ledger of deletions: a line before anything is deleted and one after, and one for each change of address, each chained to the line before it by a hash. A line
//! names a keyed code in the place of a person, so that it can be shown and checked without saying whose it was; whoever asks
//! again can be found in it, and so can whoever an old backup brings back.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::id::{Secret, Subject, hex};
use super::rights::{Class, RequestId};
use super::time::{Moment, Seconds};
use crate::contract::{Context, Datum, Erasure, Export, Ground, Keeping, Period, Place, Retention, Stored, Unit};
use crate::declare;

const YEARS: u32 = 3;
const PERIOD: Period = Period { count: YEARS, unit: Unit::Years };
/// A line is kept for so long.
pub const KEPT: Seconds = Seconds::days(YEARS * 365);
/// Stands for the line before the first.
pub const NO_LINE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a line says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A deletion was ordered; nothing is deleted yet.
    Ordered,
    /// It is done.
    Done,
    /// Nothing is deleted: somebody has another address, and so another code.
    Moved,
}

impl Datum for Stage {}

/// What is to be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The request.
    pub request: RequestId,
    /// What happened.
    pub stage: Stage,
    /// A keyed code for whose it was.
    pub who: String,
    /// The code that they have from then on, where it is another.
    pub to: Option<String>,
    /// When the request came in.
    pub received: Moment,
    /// When its link was used.
    pub confirmed: Moment,
    /// Whether licenses in use end with it.
    pub end_licenses: bool,
    /// What was deleted and what stayed; empty before that.
    pub classes: Vec<Class>,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number, from 1.
    pub number: u64,
    /// When it was written.
    pub at: Moment,
    /// The request.
    pub request: RequestId,
    /// What happened.
    pub stage: Stage,
    /// A keyed code for whose it was.
    pub who: String,
    /// The code that they have from then on, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// When the request came in.
    pub received: Moment,
    /// When its link was used.
    pub confirmed: Moment,
    /// Whether licenses in use end with it.
    pub end_licenses: bool,
    /// What was deleted and what stayed.
    pub classes: Vec<Class>,
    /// The hash of the line before.
    pub before: String,
    /// SHA-256 of all that, as JSON.
    pub hash: String,
}

declare! {
    Line {
        number: [RightsRequest] for [Rights] if declared;
        at: [RightsRequest] for [Rights] if declared;
        request: [RightsRequest] for [Rights] if declared;
        stage: [RightsRequest] for [Rights] if declared;
        who: [RightsRequest] for [Rights] if declared;
        to: [RightsRequest] for [Rights] if declared;
        received: [RightsRequest] for [Rights] if declared;
        confirmed: [RightsRequest] for [Rights] if declared;
        end_licenses: [RightsRequest] for [Rights] if declared;
        classes: Class;
        before: [RightsRequest] for [Rights] if declared;
        hash: [RightsRequest] for [Rights] if declared;
    }
}

impl Stored for Line {
    const KEEPING: Keeping = Keeping {
        place: Place::LedgerLine,
        context: Context::Rights,
        retention: Retention::For { period: PERIOD },
        erasure: Erasure::Keep { ground: Ground::NotPersonal, until: PERIOD },
        export: Export::Withheld {
            why: "it shows that a deletion was done, and names a code in the place of the person",
        },
    };
}

/// The end of the chain, which stays when lines go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the last line.
    pub number: u64,
    /// Its hash.
    pub hash: String,
}

declare! {
    Head {
        number: [NotPersonal] for [Rights];
        hash: [NotPersonal] for [Rights];
    }
}

impl Stored for Head {
    const KEEPING: Keeping = Keeping {
        place: Place::LedgerHead,
        context: Context::Rights,
        retention: Retention::NoEnd,
        erasure: Erasure::Keep { ground: Ground::NotPersonal, until: PERIOD },
        export: Export::Withheld { why: "it is a hash over the ledger" },
    };
}

impl Head {
    /// The end of an empty chain.
    pub fn none() -> Self {
        Self { number: 0, hash: NO_LINE.to_owned() }
    }
}

/// What the ledger can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Enter something, once: a request has one line of each stage.
    Enter {
        /// What.
        entry: Entry,
    },
    /// Say all lines.
    Tell,
    /// Take away lines that are old enough.
    Sweep,
}

/// What stands for somebody in the ledger.
pub fn code(pepper: &Secret, subject: &Subject) -> String {
    hex(&pepper.tag(&["ledger", subject.as_str()]))
}

impl Line {
    /// The line of an entry behind the end of the chain.
    pub fn new(entry: Entry, head: &Head, now: Moment) -> Self {
        let Entry { request, stage, who, to, received, confirmed, end_licenses, classes } = entry;
        let (number, before) = (head.number.saturating_add(1), head.hash.clone());
        let line = Self {
            number,
            at: now,
            request,
            stage,
            who,
            to,
            received,
            confirmed,
            end_licenses,
            classes,
            before,
            hash: String::new(),
        };
        let hash = line.digest();
        Self { hash, ..line }
    }

    /// The hash that it should have.
    fn digest(&self) -> String {
        let bare = Self { hash: String::new(), ..self.clone() };
        hex(&Sha256::digest(serde_json::to_vec(&bare).unwrap_or_default()))
    }

    /// Whether nothing of it was changed.
    pub fn is_whole(&self) -> bool {
        self.hash == self.digest()
    }
}

/// Whether lines, in the order of their numbers, are a piece of one chain that ends at its head.
pub fn is_chain(lines: &[Line], head: &Head) -> bool {
    let linked = lines.windows(2).all(|pair| match pair {
        [one, next] => next.before == one.hash && next.number == one.number + 1,
        _ => true,
    });
    let ends = lines.last().is_none_or(|last| last.hash == head.hash && last.number == head.number);
    linked && ends && lines.iter().all(Line::is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> (Vec<Line>, Head) {
        let mut head = Head::none();
        let lines = (0..3_u8).map(|byte| {
            let entry = Entry {
                request: RequestId::from_bytes([byte; 16]),
                stage: Stage::Ordered,
                who: "code".to_owned(),
                to: None,
                received: Moment(1),
                confirmed: Moment(2),
                end_licenses: false,
                classes: vec![],
            };
            let line = Line::new(entry, &head, Moment(3));
            head = Head { number: line.number, hash: line.hash.clone() };
            line
        });
        (lines.collect(), head)
    }

    #[test]
    fn a_chain_shows_what_was_changed_taken_out_or_cut_off() {
        let (whole, head) = lines();
        assert!(is_chain(&whole, &head));
        assert!(is_chain(&whole[1..], &head), "old lines may go");
        let mut changed = whole.clone();
        changed[1].who = "other".to_owned();
        let mut without = whole.clone();
        without.remove(1);
        for broken in [changed, without, whole[..2].to_vec()] {
            assert!(!is_chain(&broken, &head));
        }
    }
}
