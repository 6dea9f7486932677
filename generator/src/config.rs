//! `content/site.yaml`: what the site is called, where it lives and how it looks. Everything in it is checked while it is
//! read, so an error names the line.
//!
//! A root without the file builds too, with the defaults below: a bare `content/` is a site.

pub(crate) mod catalogue;
pub(crate) mod payment;

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    diagnostic::Diagnostic,
    language::{self, settings::Declared, tag::Tag},
    source::Tree,
    yaml::{self, Complaint},
};
use payment::PaymentMethod;

/// Where the settings of a site are.
pub(crate) const SITE_FILE: &str = "content/site.yaml";

/// The settings of a site.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) title: String,
    /// Address without a trailing slash.
    #[serde(deserialize_with = "site_url")]
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(deserialize_with = "email")]
    pub(crate) email: String,
    #[serde(deserialize_with = "absolute_url")]
    pub(crate) support_url: String,
    #[serde(default = "utc", deserialize_with = "time_zone")]
    pub(crate) time_zone: TimeZone,
    /// The language of the site.
    pub(crate) language: Option<Tag>,
    /// The others, and what the site is in them.
    #[serde(default)]
    pub(crate) languages: Declared,
    /// Folder below `themes/`; the built-in plain theme when there is none.
    pub(crate) theme: Option<String>,
    /// Whether the words of code carry classes, which a theme has to give colours.
    #[serde(default)]
    pub(crate) highlight: bool,
    #[serde(default)]
    pub(crate) navigation: Vec<Link>,
    #[serde(default)]
    pub(crate) footer: Vec<Link>,
    /// How plans can be paid, in the order in which that is offered.
    #[serde(default = "payment::stripe_alone")]
    pub(crate) payment_methods: Vec<PaymentMethod>,
}

/// An entry of a menu.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    pub(crate) title: String,
    #[serde(deserialize_with = "link_url")]
    pub(crate) url: String,
    /// The language of what it leads to, where that is another one than the page's.
    #[serde(skip_deserializing)]
    pub(crate) language: Option<String>,
}

impl Config {
    /// Reads the settings, and puts `base_url` in the place of the site's address when it is given.
    pub(crate) fn read(content: &Tree, base_url: Option<&str>) -> Result<Self, Diagnostic> {
        let mut config = match content.text(SITE_FILE) {
            Some(text) => text.and_then(Self::parse)?,
            None => Self::bare(),
        };
        if let Some(url) = base_url {
            config.url = parse_site_url(url).map_err(|complaint| complaint.at("--base-url", url, 0, url.len()))?;
        }
        Ok(config)
    }

    fn parse(text: &str) -> Result<Self, Diagnostic> {
        let config: Self = yaml::parse(SITE_FILE, text, 0..text.len())?;
        payment::check(&config.payment_methods, text)?;
        language::settings::check(&config, text)?;
        Ok(config)
    }

    /// The settings of a root that has none.
    pub(crate) fn bare() -> Self {
        Self {
            title: "Site".to_owned(),
            url: "http://localhost:8080".to_owned(),
            description: String::new(),
            email: "webmaster@localhost".to_owned(),
            support_url: "http://localhost:8080/".to_owned(),
            time_zone: utc(),
            language: None,
            languages: Declared::default(),
            theme: None,
            highlight: false,
            navigation: Vec::new(),
            footer: Vec::new(),
            payment_methods: payment::stripe_alone(),
        }
    }
}

fn utc() -> TimeZone {
    TimeZone::UTC
}

fn site_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    yaml::parsed(deserializer, "an address", parse_site_url)
}

fn absolute_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    yaml::parsed(deserializer, "an address", |written| parse_url(written).map(|_| written.to_owned()))
}

fn link_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    yaml::parsed(deserializer, "an address", |written| {
        let inside = written.starts_with('/') && !written.starts_with("//") && !written.contains(char::is_whitespace);
        if inside || written.starts_with('#') || written.starts_with("mailto:") || parse_url(written).is_ok() {
            return Ok(written.to_owned());
        }
        Err(Complaint::new(format!("`{written}` is not an address"))
            .hint("begin with `/` for a page of this site, with `https://` for another one"))
    })
}

fn email<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    yaml::parsed(deserializer, "an e-mail address", |written| {
        let whole = !written.contains(char::is_whitespace);
        match written.split_once('@') {
            Some((name, host)) if whole && !name.is_empty() && !host.is_empty() && !host.contains('@') => {
                Ok(written.to_owned())
            }
            _ => {
                Err(Complaint::new(format!("`{written}` is not an e-mail address"))
                    .hint("write it as `info@example.com`"))
            }
        }
    })
}

fn time_zone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
    yaml::parsed(deserializer, "a time zone", |written| {
        TimeZone::get(written).map_err(|_| {
            Complaint::new(format!("`{written}` is not a time zone")).hint("use an IANA name, `UTC` or `Europe/Berlin`")
        })
    })
}

/// The address of a site has no path: pages, the edge's routes and the headers file all begin at the root of a host.
fn parse_site_url(written: &str) -> Result<String, Complaint> {
    let trimmed = written.strip_suffix('/').unwrap_or(written);
    let host = parse_url(trimmed)?;
    if host.contains(['/', '?', '#']) {
        return Err(Complaint::new(format!("`{written}` has more than a host"))
            .hint("a site lives at the root of its host: `https://example.com`"));
    }
    Ok(trimmed.to_owned())
}

/// Checks an absolute web address and gives what follows the scheme.
fn parse_url(written: &str) -> Result<&str, Complaint> {
    let rest = written.strip_prefix("https://").or_else(|| written.strip_prefix("http://"));
    let host = |rest: &str| rest.split(['/', '?', '#']).next().is_some_and(|host| !host.is_empty());
    rest.filter(|rest| {
        host(rest) && !rest.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"'@".contains(c))
    })
    .ok_or_else(|| {
        Complaint::new(format!("`{written}` is not a web address")).hint("write it in full, beginning with `https://`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SITE};

    fn read(site: &str) -> Result<Config, Diagnostic> {
        let fixture = Fixture::empty().with(SITE_FILE, site);
        Config::read(&Tree::read(fixture.root(), "content").expect("the folder is readable"), None)
    }

    #[track_caller]
    fn refuses(from: &str, to: &str, line: usize, message: &str) {
        assert!(SITE.contains(from));
        let problem = read(&SITE.replace(from, to)).expect_err("the settings are broken");
        assert_eq!((problem.line, problem.message.as_str()), (line, message), "{problem}");
        assert!(problem.hint.is_some() && problem.excerpt.is_some(), "{problem}");
    }

    #[test]
    fn reads_the_settings_and_trims_the_slash() {
        let config = read(&SITE.replace("https://example.com\n", "https://example.com/\n")).expect("well-formed");
        assert_eq!((config.url.as_str(), config.language()), ("https://example.com", "en"));
    }

    #[test]
    fn a_root_without_settings_has_defaults() {
        let fixture = Fixture::empty().with("content/a.md", "");
        let tree = Tree::read(fixture.root(), "content").expect("the folder is readable");
        let config = Config::read(&tree, Some("https://preview.example.com/")).expect("defaults");
        assert_eq!(config.url, "https://preview.example.com");
    }

    #[test]
    fn each_value_is_checked_at_its_line() {
        refuses("url: https://example.com", "url: example.com", 2, "`example.com` is not a web address");
        refuses("url: https://example.com", "url: https://a.b/c", 2, "`https://a.b/c` has more than a host");
        refuses("email: info@example.com", "email: info", 4, "`info` is not an e-mail address");
        refuses("time_zone: UTC", "time_zone: Mars/Base", 6, "`Mars/Base` is not a time zone");
        refuses("title: Fixture", "titel: Fixture", 1, "unknown field `titel`");
    }

    #[test]
    fn a_bad_base_url_is_a_finding_about_the_option() {
        let problem = Config::read(&Tree::default(), Some("nowhere")).expect_err("not an address");
        assert_eq!((problem.file.as_str(), problem.line), ("--base-url", 1));
    }
}
