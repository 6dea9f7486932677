//! What somebody sends to open a ticket, by form or as JSON: read, cleaned, and either a ticket to be opened or everything
//! that is wrong with it at once.

use serde::Deserialize;

use crate::domain::id::{Email, Secret, hex};
use crate::domain::license::LicenseKey;
use crate::domain::ticket::{TicketNumber, Topic};
use crate::domain::vault::Opening;
use crate::domain::{plain_text, redaction, site_health};
use crate::failure::FieldError;
use crate::http::Form;
use crate::json;

pub(crate) const NAME_CHARS_MAX: usize = 100;
pub(crate) const SUBJECT_CHARS_MAX: usize = 150;
pub(crate) const MESSAGE_CHARS_MAX: usize = 20_000;

/// What was sent, as it was sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) subject: String,
    pub(super) message: String,
    #[serde(default)]
    pub(super) license_key: String,
    #[serde(default)]
    pub(super) category: String,
    /// What WordPress tells of itself under Tools, Site Health.
    #[serde(default)]
    pub(super) site_health: String,
    /// A field that no person sees.
    #[serde(skip)]
    pub(super) website: String,
}

/// A ticket to be opened, and whether something in it was masked.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) opening: Opening,
    pub(super) is_masked: bool,
}

impl Draft {
    /// Of a form.
    pub(super) fn of_form(form: &Form) -> Self {
        let field = |name| form.field(name).to_owned();
        Self {
            name: field("name"),
            email: field("email"),
            subject: field("subject"),
            message: field("message"),
            license_key: field("license_key"),
            category: field("category"),
            site_health: field("site_health"),
            website: field("website"),
        }
    }

    /// Of JSON.
    pub(super) fn of_json(body: &[u8]) -> Option<Self> {
        json::read(body)
    }

    /// Whether a program filled in what no person sees.
    pub(super) fn is_by_a_program(&self) -> bool {
        !self.website.is_empty()
    }

    /// The ticket that it opens.
    pub(super) fn check(&self, pepper: &Secret, nonce: &str, product: &str) -> Result<Checked, Vec<FieldError>> {
        let mut errors = vec![];
        let (name, _) = Self::line("name", &self.name, NAME_CHARS_MAX, &mut errors);
        let (subject, masked_subject) = Self::line("subject", &self.subject, SUBJECT_CHARS_MAX, &mut errors);
        let (text, masked_text) = message(&self.message, &mut errors);
        let email = Email::parse(&self.email);
        if email.is_none() {
            errors.push(FieldError { field: "email", detail: "This does not look like an e-mail address." });
        }
        let topic = if self.category.is_empty() { Some(Topic::Question) } else { Topic::parse(&self.category) };
        if topic.is_none() {
            errors.push(FieldError { field: "category", detail: "Choose one of the categories." });
        }
        let key = self.license_key.trim();
        let license = LicenseKey::parse(key);
        if license.is_none() && !key.is_empty() {
            let detail = "This is not a license key. Copy it from the mail, or leave the field empty.";
            errors.push(FieldError { field: "license_key", detail });
        }
        let (Some(email), Some(topic), true) = (email, topic, errors.is_empty()) else { return Err(errors) };
        let sent = [email.as_str(), &name, &subject, &text, key, topic.as_str(), self.site_health.as_str()];
        let sent = hex(&pepper.tag(&sent));
        let opening = Opening {
            number: TicketNumber::of_form(pepper, nonce),
            topic,
            subject,
            name,
            email,
            license: license.map(|key| last_group(&key)),
            versions: site_health::versions(&self.site_health, product),
            text,
            sent,
            is_spam: self.is_by_a_program(),
            mail: None,
            files: vec![],
        };
        Ok(Checked { opening, is_masked: masked_subject || masked_text })
    }

    /// A field of one line that has to be filled in.
    fn line(field: &'static str, text: &str, max: usize, errors: &mut Vec<FieldError>) -> (String, bool) {
        let clean = plain_text::line(text);
        if clean.is_empty() {
            let detail = if field == "name" { "Tell us your name." } else { "Say in a few words what it is about." };
            errors.push(FieldError { field, detail });
        } else if clean.chars().count() > max {
            let detail = if field == "name" { "At most 100 characters." } else { "At most 150 characters." };
            errors.push(FieldError { field, detail });
        }
        let masked = redaction::redact(&clean);
        (masked.text, !masked.found.is_empty())
    }
}

/// A message as it is kept, and whether something in it was masked.
pub(super) fn message(text: &str, errors: &mut Vec<FieldError>) -> (String, bool) {
    let clean = plain_text::lines(text);
    if clean.is_empty() {
        errors.push(FieldError { field: "message", detail: "Write what you would like to know." });
    } else if clean.chars().count() > MESSAGE_CHARS_MAX {
        errors.push(FieldError { field: "message", detail: "At most 20,000 characters. Send a longer log as a file." });
    }
    let masked = redaction::redact(&clean);
    (masked.text, !masked.found.is_empty())
}

/// Enough of a key to find it among the licenses of its holder, and for nobody else to use.
fn last_group(key: &LicenseKey) -> String {
    key.as_str().rsplit('-').next().unwrap_or_default().to_owned()
}
