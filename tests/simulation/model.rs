//! What a license should be worth in the end, computed from everything that truly happened and nothing else: a second
//! opinion that shares no line with the core.

/// A year without a leap day; no history meets one.
const YEAR: i64 = 365 * 86_400;
/// How long a license stays good after its term while the processor still tries to collect the renewal.
const GRACE: i64 = 14 * 86_400;

/// Something that truly happened to the money behind a license. Payments are counted from 0, the one of the purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    /// Money went back, all of it or a part.
    Refund { payment: u8, is_whole: bool },
    /// A dispute came to this stage.
    Dispute { payment: u8, number: u8, at: i64, stage: Stage },
    /// The buyer's bank took all of it back without asking.
    Reversal { at: i64 },
    /// A period of a subscription was paid, up to its end.
    Period { payment: u8, end: i64 },
    /// A period could not be collected.
    Unpaid { payment: u8, at: i64 },
    /// From now on a subscription goes on like this.
    Course { at: i64, course: Course },
}

/// How far a dispute came. The processor never goes back from the end to the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Inquiry,
    Open,
    InquiryClosed,
    Won,
    Lost,
}

/// How a subscription goes on. Of two that are said within one second the later one here holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Course {
    Renewing,
    Ending,
    Overdue,
    Ended,
}

/// What a license is worth when all is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Worth {
    /// What it is worth, its term aside.
    pub(super) standing: &'static str,
    /// The end of what is paid.
    pub(super) end: Option<i64>,
    /// Until when it stays good after that.
    pub(super) grace_until: Option<i64>,
    /// Whether it renews by itself.
    pub(super) renews: bool,
}

impl Worth {
    /// The word that the license interface should answer with.
    pub(super) fn word(&self, now: i64) -> &'static str {
        let is_over = self.end.is_some_and(|end| end <= now);
        match self.standing {
            "active" if is_over && self.grace_until.is_some_and(|until| now < until) => "grace",
            "active" if is_over => "expired",
            "active" => "valid",
            other => other,
        }
    }
}

/// What a license is worth that was bought at this moment, for a year or with the subscription that the facts tell of.
pub(super) fn worth(bought_at: i64, is_paid: bool, facts: &[Fact]) -> Worth {
    if !is_paid {
        return Worth { standing: "revoked", end: None, grace_until: None, renews: false };
    }
    let periods = facts.iter().filter_map(|fact| match fact {
        Fact::Period { payment, end } => Some((*payment, *end)),
        _ => None,
    });
    let mut terms: Vec<(u8, i64)> = periods.collect();
    if terms.is_empty() {
        terms.push((0, bought_at + YEAR));
    }
    let standings: Vec<&str> = terms.iter().map(|(payment, _)| of_payment(*payment, facts)).collect();
    // One disputed payment suspends; otherwise what is left of the others counts.
    let worst_first = ["suspended", "active", "revoked", "refunded"];
    let standing = worst_first.into_iter().find(|standing| standings.contains(standing)).expect("there is a term");
    let is_gone = !matches!(standing, "suspended" | "active");
    let counts = |standing: &str| is_gone || matches!(standing, "suspended" | "active");
    let end = terms.iter().zip(&standings).filter(|(_, standing)| counts(standing)).map(|((_, end), _)| *end).max();
    let courses = facts.iter().filter_map(|fact| match fact {
        Fact::Course { at, course } => Some((*at, *course)),
        _ => None,
    });
    let is_subscription = facts.iter().any(|fact| matches!(fact, Fact::Period { .. }));
    let is_over = courses.max().is_some_and(|(_, course)| matches!(course, Course::Ending | Course::Ended));
    let renews = is_subscription && !is_over;
    Worth { standing, end, grace_until: end.filter(|_| renews).map(|end| end + GRACE), renews }
}

/// What one payment is worth.
fn of_payment(wanted: u8, facts: &[Fact]) -> &'static str {
    let mut endings: Vec<Stage> = vec![];
    for dispute in 0..=u8::MAX {
        let stages = facts.iter().filter_map(|fact| match fact {
            Fact::Dispute { payment, number, at, stage } if *number == dispute => Some((*at, *stage, *payment)),
            _ => None,
        });
        match stages.max() {
            Some((_, stage, payment)) => endings.extend((payment == wanted).then_some(stage)),
            None => break,
        }
    }
    if endings.contains(&Stage::Lost) || facts.iter().any(|fact| matches!(fact, Fact::Reversal { .. })) {
        "revoked"
    } else if facts.contains(&Fact::Refund { payment: wanted, is_whole: true }) {
        "refunded"
    } else if endings.contains(&Stage::Open) {
        "suspended"
    } else {
        "active"
    }
}

/// Whether the license interface may ever answer with this word while these facts come in.
pub(super) fn is_possible(code: &str, facts: &[Fact], now: i64) -> bool {
    let has = |wanted: Stage| facts.iter().any(|fact| matches!(fact, Fact::Dispute { stage, .. } if *stage == wanted));
    let is_over = facts.iter().any(|fact| matches!(fact, Fact::Period { end, .. } if *end <= now));
    match code {
        "valid" | "good" | "not_found" | "pending" => true,
        "refunded" => facts.iter().any(|fact| matches!(fact, Fact::Refund { is_whole: true, .. })),
        "suspended" => has(Stage::Open),
        "revoked" => has(Stage::Lost) || facts.iter().any(|fact| matches!(fact, Fact::Reversal { .. })),
        "grace" => is_over,
        "expired" => is_over && facts.iter().any(ends),
        _ => false,
    }
}

/// Whether a subscription goes on no longer after this.
fn ends(fact: &Fact) -> bool {
    matches!(fact, Fact::Course { course: Course::Ending | Course::Ended, .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(facts: &[Fact]) -> &'static str {
        worth(0, true, facts).word(100)
    }

    #[test]
    fn the_worst_ending_counts() {
        let dispute = |number, at, stage| Fact::Dispute { payment: 0, number, at, stage };
        let (open, won) = (dispute(0, 5, Stage::Open), dispute(0, 5, Stage::Won));
        let (lost, whole) = (dispute(1, 9, Stage::Lost), Fact::Refund { payment: 0, is_whole: true });
        assert_eq!(word(&[]), "valid");
        assert_eq!(word(&[Fact::Refund { payment: 0, is_whole: false }]), "valid");
        assert_eq!(word(&[open]), "suspended");
        assert_eq!(word(&[won, open]), "valid");
        assert_eq!(word(&[whole, open]), "refunded");
        assert_eq!(word(&[won, open, lost]), "revoked");
    }

    #[test]
    fn what_is_paid_counts_and_what_went_back_does_not() {
        let (first, second) = (Fact::Period { payment: 0, end: 50 }, Fact::Period { payment: 1, end: 150 });
        let whole = |payment| Fact::Refund { payment, is_whole: true };
        let course = |at, course| Fact::Course { at, course };
        assert_eq!(word(&[first, second]), "valid");
        assert_eq!(word(&[first]), "grace");
        assert_eq!(word(&[first, second, whole(1)]), "grace");
        assert_eq!(word(&[first, second, whole(0)]), "valid");
        assert_eq!(word(&[first, second, whole(0), whole(1)]), "refunded");
        assert_eq!(word(&[first, course(7, Course::Ending)]), "expired");
        assert_eq!(word(&[first, course(8, Course::Renewing), course(7, Course::Ending)]), "grace");
        assert_eq!(worth(0, true, &[second, first]).end, Some(150));
    }
}
