//! What a license should be worth in the end, computed from everything that truly happened and nothing else: a second
//! opinion that shares no line with the core.

/// Something that truly happened to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    /// Money went back, all of it or a part.
    Refund { is_whole: bool },
    /// A dispute came to this stage.
    Dispute { number: u8, at: i64, stage: Stage },
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

/// The word that the license interface should answer with when all is said.
pub(super) fn verdict(is_paid: bool, facts: &[Fact]) -> &'static str {
    if !is_paid {
        return "revoked";
    }
    let mut endings: Vec<Stage> = vec![];
    for wanted in 0..=u8::MAX {
        let stages = facts.iter().filter_map(|fact| match fact {
            Fact::Dispute { number, at, stage } if *number == wanted => Some((*at, *stage)),
            _ => None,
        });
        match stages.max() {
            Some((_, stage)) => endings.push(stage),
            None => break,
        }
    }
    if endings.contains(&Stage::Lost) {
        "revoked"
    } else if facts.contains(&Fact::Refund { is_whole: true }) {
        "refunded"
    } else if endings.contains(&Stage::Open) {
        "suspended"
    } else {
        "valid"
    }
}

/// Whether the license interface may ever answer with this word while these facts come in.
pub(super) fn is_possible(code: &str, facts: &[Fact]) -> bool {
    let has = |wanted: Stage| facts.iter().any(|fact| matches!(fact, Fact::Dispute { stage, .. } if *stage == wanted));
    match code {
        "valid" | "not_found" | "pending" => true,
        "refunded" => facts.contains(&Fact::Refund { is_whole: true }),
        "suspended" => has(Stage::Open),
        "revoked" => has(Stage::Lost),
        _ => false,
    }
}

#[test]
fn the_worst_ending_counts() {
    let open = Fact::Dispute { number: 0, at: 5, stage: Stage::Open };
    let won = Fact::Dispute { number: 0, at: 5, stage: Stage::Won };
    let lost = Fact::Dispute { number: 1, at: 9, stage: Stage::Lost };
    assert_eq!(verdict(true, &[]), "valid");
    assert_eq!(verdict(true, &[Fact::Refund { is_whole: false }]), "valid");
    assert_eq!(verdict(true, &[open]), "suspended");
    assert_eq!(verdict(true, &[won, open]), "valid");
    assert_eq!(verdict(true, &[Fact::Refund { is_whole: true }, open]), "refunded");
    assert_eq!(verdict(true, &[won, open, lost]), "revoked");
}
