//! Periods, as they are written and compared.

use super::*;

#[test]
fn a_period_reads_as_it_is_written() {
    for text in ["1 day", "90 days", "1 month", "13 months", "6 years"] {
        assert_eq!(Period::parse(text).map(|period| period.to_string()).as_deref(), Some(text));
    }
    for text in ["", "days", "0 days", "2 day", "a day", "-1 days", "90days", "1 week", "99999999999 days"] {
        assert_eq!(Period::parse(text), None, "{text}");
    }
}

#[test]
fn a_longer_period_is_known_across_units() {
    let exceeds = |one, other| Period::parse(one).expect("a period").exceeds(Period::parse(other).expect("a period"));
    for (one, other, expected) in [
        ("90 days", "90 days", false),
        ("91 days", "90 days", true),
        ("13 months", "1 year", true),
        ("12 months", "1 year", true),
        ("11 months", "1 year", false),
        ("30 days", "2 months", false),
        ("2 years", "25 months", true),
    ] {
        assert_eq!(exceeds(one, other), expected, "{one} {other}");
    }
}
