//! `/.well-known/security.txt`: whom to tell of a weakness (RFC 9116).

use jiff::{Timestamp, ToSpan, civil::Date};

use crate::config::Config;

/// Where it is.
pub(crate) const ADDRESS: &str = "/.well-known/security.txt";

/// The file. It ends within a year, as the RFC recommends, on the first of a month, so that it is the same on most days.
pub(crate) fn text(config: &Config, at: Timestamp) -> String {
    let today = at.to_zoned(config.time_zone.clone()).date();
    let end = today.first_of_month().checked_add(11.months()).unwrap_or(Date::MAX);
    format!(
        "Contact: mailto:{email}\nExpires: {end}T00:00:00Z\nPreferred-Languages: {language}\nCanonical: {url}{ADDRESS}\n",
        email = config.email,
        language = config.language(),
        url = config.url,
    )
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;

    #[test]
    fn it_says_whom_to_tell_and_ends_within_a_year() {
        let fixture = Fixture::site();
        fixture.build_at("2026-11-30T23:59:59Z").expect("the site builds");
        let wanted = "Contact: mailto:info@example.com\nExpires: 2027-10-01T00:00:00Z\nPreferred-Languages: en\n\
                      Canonical: https://example.com/.well-known/security.txt\n";
        assert_eq!(fixture.output(".well-known/security.txt"), wanted);
    }
}
