//! Names of things of ours and of our processors, which a person has to be able to write to us: license keys, ticket numbers,
//! what Stripe calls a payment. They are read as a whole, so that no part of one is taken for something else.

use super::{is_name, part};

/// Longer than a license key with all its dashes; what is longer than that is none of ours.
const OURS_BYTES_MAX: usize = 44;

/// How Stripe begins its names, and we that of a license. Nothing secret begins like this.
const PREFIXES: &[&str] = &[
    "cs_", "pi_", "ch_", "in_", "sub_", "cus_", "evt_", "re_", "py_", "pyr_", "pm_", "seti_", "price_", "prod_",
    "txn_", "si_", "ii_", "il_", "acct_", "card_", "src_", "po_", "plink_", "req_", "du_", "dp_", "tr_", "lic_",
];

/// Where dashes stand in a UUID, and how long it is.
const UUID_DASHES: [usize; 4] = [8, 13, 18, 23];
const UUID_BYTES: usize = 36;

/// How many bytes the name takes with which this text begins; none where it begins with something else.
pub(super) fn length(text: &str) -> Option<usize> {
    ours(text).or_else(|| stripe(text)).or_else(|| uuid(text))
}

/// `CPP-` and groups of letters and digits: a license key, also one that was mistyped, or the number of a ticket.
fn ours(text: &str) -> Option<usize> {
    let (prefix, rest) = text.split_at_checked(4).filter(|(prefix, _)| prefix.eq_ignore_ascii_case("CPP-"))?;
    // Never read further than such a name goes: a text may be full of beginnings.
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let end = rest.bytes().take(OURS_BYTES_MAX).take_while(is_part).count();
    let length = prefix.len() + end;
    (end > 0 && length <= OURS_BYTES_MAX).then_some(length)
}

fn stripe(text: &str) -> Option<usize> {
    let prefix = PREFIXES.iter().find(|prefix| text.starts_with(**prefix))?;
    let rest = part(text, prefix.len(), text.len());
    let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
    let name = part(rest, 0, end);
    let in_mode = name.strip_prefix("test_").or_else(|| name.strip_prefix("live_"));
    // A number alone or another word behind the prefix is no name of Stripe's: `card_4111111111111111`, `card_number_41…`.
    let is_stripes = in_mode.is_some() || name.contains(|c: char| c.is_ascii_alphabetic());
    (is_stripes && !in_mode.unwrap_or(name).contains('_')).then_some(prefix.len() + end)
}

fn uuid(text: &str) -> Option<usize> {
    let bytes = text.as_bytes().get(..UUID_BYTES)?;
    let fits = |(at, byte): (usize, &u8)| {
        if UUID_DASHES.contains(&at) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
    };
    let ends = !part(text, UUID_BYTES, text.len()).starts_with(is_name);
    (bytes.iter().enumerate().all(fits) && ends).then_some(UUID_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_a_whole() {
        for (text, expected) in [
            ("CPP-7K3M9Q and", Some(10)),
            ("cpp-4111-1111-1111-1111-1111-1111-1111.", Some(38)),
            ("cs_test_4242424242424242", Some(24)),
            ("pi_3MtwBwLkdIwHu7ix28a3tqPa", Some(27)),
            ("41111111-1111-1111-1111-111111111111", Some(36)),
            ("41111111-1111-1111-1111-1111111111112", None),
            ("card_4111111111111111", None),
            ("card_number_4111111111111111", None),
            ("CPP-", None),
            ("CPP", None),
            ("sk_live_abcdef", None),
            ("", None),
            ("ÄÄÄ", None),
        ] {
            assert_eq!(length(text), expected, "{text}");
        }
    }
}
