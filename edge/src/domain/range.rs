//! Which part of a file a request asks for (RFC 9110, section 14). One part at a time: whoever asks for several gets the
//! whole, which the standard allows, and so does whoever asks in a way that means nothing.

use std::ops::Range;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// All of it.
    Whole,
    /// These bytes, of which there is at least one.
    Part(Range<u64>),
    /// Bytes behind its end.
    Beyond,
}

/// Reads the value of a `Range` header for a file of this size.
pub fn asked(header: &str, size: u64) -> Asked {
    let Some((first, last)) = one_pair(header) else { return Asked::Whole };
    let part = match (first, last) {
        (Some(first), Some(last)) if last < first => return Asked::Whole,
        (Some(first), last) => first..last.map_or(size, |last| last.saturating_add(1).min(size)),
        (None, Some(length)) => size.saturating_sub(length)..size,
        (None, None) => return Asked::Whole,
    };
    if part.is_empty() { Asked::Beyond } else { Asked::Part(part) }
}

/// The two numbers of `bytes=0-99`, either of which may be missing.
fn one_pair(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (_, pair) = header.split_once('=').filter(|(unit, _)| unit.trim().eq_ignore_ascii_case("bytes"))?;
    let (first, last) = pair.trim().split_once('-')?;
    let are_digits = [first, last].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    are_digits.then(|| (number(first), number(last)))
}

/// More digits than a number can have are a number behind the end of every file.
fn number(digits: &str) -> Option<u64> {
    (!digits.is_empty()).then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_part_is_found_from_either_end() {
        for (header, expected) in [
            ("bytes=0-0", Asked::Part(0..1)),
            ("bytes=0-99", Asked::Part(0..100)),
            ("bytes=10-", Asked::Part(10..100)),
            ("bytes=-1", Asked::Part(99..100)),
            ("bytes=-200", Asked::Part(0..100)),
            ("bytes=99-1000", Asked::Part(99..100)),
            ("Bytes = 5-6", Asked::Part(5..7)),
            ("bytes=0-99999999999999999999999", Asked::Part(0..100)),
        ] {
            assert_eq!(asked(header, 100), expected, "{header}");
        }
    }

    #[test]
    fn a_part_behind_the_end_is_beyond() {
        for header in ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(asked(header, 100), Asked::Beyond, "{header}");
        }
        assert_eq!(asked("bytes=0-", 0), Asked::Beyond);
        assert_eq!(asked("bytes=-5", 0), Asked::Beyond);
    }

    #[test]
    fn what_means_nothing_or_too_much_is_the_whole() {
        for header in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,5-6", "lines=0-1", "bytes=+1-2"]
        {
            assert_eq!(asked(header, 100), Asked::Whole, "{header}");
        }
    }

    proptest! {
        #[test]
        fn a_part_lies_inside(header in "(bytes=[0-9]{0,22}-[0-9]{0,22})|\\PC{0,40}", size in any::<u64>()) {
            if let Asked::Part(part) = asked(&header, size) {
                prop_assert!(part.start < part.end && part.end <= size);
            }
        }
    }
}
