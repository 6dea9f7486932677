//! Versions of the plugin, and which of two is newer. The order is that of PHP's `version_compare`, because that is what
//! compares them on the sites where the plugin runs.
//!
//! Only forms about which nobody disagrees are versions here: two to four numbers, then at most one stage on the way to
//! a release. PHP puts `1.2pl1` behind 1.2 and semantic versioning before it, so that is none.

/// How many numbers a version has.
const NUMBERS: std::ops::RangeInclusive<usize> = 2..=4;
/// More digits than any version counts to, and few enough for the type.
const DIGITS_MAX: usize = 9;

/// A version, by what it means: `1.2-rc1` and `1.2-RC.1` are one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<Part>);

/// What stands at one place of a version, in PHP's order: a stage is before the release, which ends there, and a further
/// number is behind it. Every version ends with `End`, so that comparing place by place compares any two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Development,
    Alpha,
    Beta,
    Candidate,
    End,
    Number(u32),
}

impl Version {
    /// Reads `1.2`, `1.2.3` or `1.2.3-beta.1`; none for any other form.
    pub fn parse(text: &str) -> Option<Self> {
        let is_numeric = |c: char| c.is_ascii_digit() || c == '.';
        let (numbers, stage) = text.split_at(text.find(|c| !is_numeric(c)).unwrap_or(text.len()));
        let mut parts: Vec<Part> = numbers.split('.').map(number).collect::<Option<_>>()?;
        if !NUMBERS.contains(&parts.len()) {
            return None;
        }
        if !stage.is_empty() {
            parts.extend(self::stage(stage)?);
        }
        parts.push(Part::End);
        Some(Self(parts))
    }

    /// Whether this is a release and not a stage on the way to one.
    pub fn is_finished(&self) -> bool {
        !self.0.iter().any(|part| *part < Part::End)
    }
}

fn number(digits: &str) -> Option<Part> {
    let plain = (1..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain).map(Part::Number)
}

/// `-beta.1`, `-beta1`, `beta1` or `-beta`.
fn stage(text: &str) -> Option<Vec<Part>> {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (name, count) = text.split_at(text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len()));
    let stage = match name {
        "dev" => Part::Development,
        "a" | "alpha" => Part::Alpha,
        "b" | "beta" => Part::Beta,
        "rc" | "RC" => Part::Candidate,
        _ => return None,
    };
    if count.is_empty() {
        return Some(vec![stage]);
    }
    Some(vec![stage, number(count.strip_prefix('.').unwrap_or(count))?])
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| panic!("{text} is a version"))
    }

    /// PHP's `version_compare` for the texts that are versions here, written from its manual: parts at every change
    /// between digits and letters, names by rank, a number before the name of a stage where only one of the two has one.
    fn as_php_compares(left: &str, right: &str) -> Ordering {
        fn parts(text: &str) -> Vec<String> {
            let mut parts: Vec<String> = vec![];
            for character in text.chars() {
                let joins =
                    |part: &String| part.ends_with(|end: char| end.is_ascii_digit() == character.is_ascii_digit());
                match parts.last_mut() {
                    _ if !character.is_ascii_alphanumeric() => parts.push(String::new()),
                    Some(part) if part.is_empty() || joins(part) => part.push(character),
                    _ => parts.push(character.to_string()),
                }
            }
            parts.retain(|part| !part.is_empty());
            parts
        }
        fn rank(part: &str) -> usize {
            let known = ["dev", "alpha", "beta", "rc"].iter().position(|name| part.to_lowercase() == *name);
            known.unwrap_or(4)
        }
        let (left, right) = (parts(left), parts(right));
        for (one, other) in left.iter().zip(&right) {
            let order = match (one.parse::<u64>(), other.parse::<u64>()) {
                (Ok(one), Ok(other)) => one.cmp(&other),
                _ => rank(one).cmp(&rank(other)),
            };
            if order.is_ne() {
                return order;
            }
        }
        let longer = |rest: Option<&String>| match rest.map(|part| part.parse::<u64>().is_ok()) {
            Some(false) => Ordering::Less,
            Some(true) => Ordering::Greater,
            None => Ordering::Equal,
        };
        longer(left.get(right.len())).then(longer(right.get(left.len())).reverse())
    }

    fn text() -> impl Strategy<Value = String> {
        let numbers = prop::collection::vec(0_u32..12, 2..=4);
        let stage = prop::sample::select(vec!["", "-dev", "-alpha", "beta", "-beta", "-rc", "-RC"]);
        let count = prop::sample::select(vec!["", "1", ".1", ".2", "10"]);
        (numbers, stage, count).prop_map(|(numbers, stage, count)| {
            let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
            numbers.join(".") + stage + if stage.is_empty() { "" } else { count }
        })
    }

    proptest! {
        #[test]
        fn any_two_are_in_php_s_order(left in text(), right in text()) {
            prop_assert_eq!(version(&left).cmp(&version(&right)), as_php_compares(&left, &right), "{} {}", left, right);
        }

        #[test]
        fn the_order_is_total(one in text(), two in text(), three in text()) {
            let (one, two, three) = (version(&one), version(&two), version(&three));
            prop_assert_eq!(one.cmp(&two), two.cmp(&one).reverse());
            prop_assert_eq!(one == two, one.cmp(&two).is_eq());
            if one <= two && two <= three {
                prop_assert!(one <= three);
            }
        }

        #[test]
        fn no_text_is_too_broken(text in "\\PC{0,40}") {
            let _ = Version::parse(&text);
        }
    }

    #[test]
    fn versions_follow_one_another() {
        let texts = [
            "0.9",
            "1.0-dev",
            "1.0-alpha",
            "1.0-alpha.1",
            "1.0-beta.2",
            "1.0-beta.11",
            "1.0-rc.1",
            "1.0",
            "1.0.0-beta",
            "1.0.0",
            "1.0.0.1",
            "1.0.9",
            "1.0.10",
            "1.2",
            "1.10",
            "2.0",
        ];
        for pair in texts.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
            assert_eq!(as_php_compares(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
    }

    #[test]
    fn one_version_may_be_written_in_several_ways() {
        for (one, other) in [("1.2-rc1", "1.2-RC.1"), ("1.2b3", "1.2-beta.3"), ("1.02", "1.2")] {
            assert_eq!(version(one), version(other));
        }
        assert!(version("1.2.3").is_finished() && !version("1.2.3-beta.1").is_finished());
    }

    #[test]
    fn what_others_would_order_differently_is_no_version() {
        for text in [
            "",
            "1",
            "v1.2",
            "1.2.3.4.5",
            "1.",
            ".1",
            "1..2",
            "1.2pl1",
            "1.2.3-1",
            "1.2+5",
            "1.2-Beta",
            "1.2-beta.",
            "1.2-beta.1.2",
            "1.2-",
            "1.2 ",
            " 1.2",
            "1.2-betа",
            "1.1234567890",
            "latest",
        ] {
            assert_eq!(Version::parse(text), None, "{text:?}");
        }
    }
}
