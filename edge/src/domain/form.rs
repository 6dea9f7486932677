//! The stamp of a form that anybody may send without a cookie: when the form was shown, and a nonce that is the name of what
//! it will become. So a program that answers at once is known as such, a form that was left open for a day is shown again,
//! and one that is sent twice becomes one thing.

use super::id::{Secret, hex, unhex};
use super::time::{Moment, Seconds};

/// A person needs at least this long…
pub const SOONEST: Seconds = Seconds(3);
/// …and has this long.
pub const LATEST: Seconds = Seconds::days(1);
/// Longest stamp that is looked at.
const STAMP_BYTES_MAX: usize = 128;
const TAG_LEN: usize = 16;

/// Why a stamp is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is none of ours.
    Forged,
    /// Nobody types so fast.
    TooSoon,
    /// The form was shown more than a day ago.
    TooLate,
}

/// The stamp of a form of this kind that is shown now.
pub fn stamp(secret: &Secret, kind: &str, nonce: [u8; 16], now: Moment) -> String {
    let (shown_at, nonce) = (now.0.to_string(), hex(&nonce));
    let tag = secret.tag(&["form", kind, &shown_at, &nonce]);
    format!("{shown_at}.{nonce}.{}", hex(tag.get(..TAG_LEN).unwrap_or(&tag)))
}

/// The nonce of a stamp that was made for this kind of form.
pub fn nonce<'stamp>(secret: &Secret, kind: &str, stamp: &'stamp str, now: Moment) -> Result<&'stamp str, Refused> {
    let parts = Some(stamp).filter(|stamp| stamp.len() <= STAMP_BYTES_MAX).and_then(|stamp| {
        let (shown_at, rest) = stamp.split_once('.')?;
        let (nonce, tag) = rest.split_once('.')?;
        Some((shown_at, nonce, unhex::<TAG_LEN>(tag)?))
    });
    let (shown_at, nonce, tag) = parts.ok_or(Refused::Forged)?;
    if !secret.is_start_of_tag(&["form", kind, shown_at, nonce], &tag) {
        return Err(Refused::Forged);
    }
    let shown_at = shown_at.parse().map(Moment).map_err(|_| Refused::Forged)?;
    if now < shown_at.after(SOONEST) {
        Err(Refused::TooSoon)
    } else if now > shown_at.after(LATEST) {
        Err(Refused::TooLate)
    } else {
        Ok(nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_790_000_000);

    #[test]
    fn a_stamp_is_good_from_three_seconds_to_a_day() {
        let secret = Secret::new("pepper").expect("not empty");
        let made = stamp(&secret, "ticket", [7; 16], NOW);
        for (after, expected) in [
            (-1, Err(Refused::TooSoon)),
            (2, Err(Refused::TooSoon)),
            (3, Ok("07070707070707070707070707070707")),
            (86_400, Ok("07070707070707070707070707070707")),
            (86_401, Err(Refused::TooLate)),
        ] {
            assert_eq!(nonce(&secret, "ticket", &made, Moment(NOW.0 + after)), expected, "{after}");
        }
    }

    #[test]
    fn a_stamp_that_was_touched_or_is_of_another_form_is_none() {
        let secret = Secret::new("pepper").expect("not empty");
        let made = stamp(&secret, "ticket", [7; 16], NOW);
        let read = |kind, stamp: &str| nonce(&secret, kind, stamp, NOW.after(SOONEST)).is_ok();
        assert!(read("ticket", &made));
        assert!(!read("rights", &made));
        for at in 0..made.len() {
            let mut changed = made.clone();
            changed.replace_range(at..=at, if made.get(at..=at) == Some("0") { "1" } else { "0" });
            assert!(!read("ticket", &changed), "{changed}");
        }
        for bad in ["", ".", "..", &made.replace('.', ""), &"0".repeat(1_000_000)] {
            assert!(!read("ticket", bad));
        }
    }
}
