//! Mails as plain data, and what they say.

use super::id::Email;
use super::license::{LicenseKey, LicenseState};
use crate::contract::{Context, Recipient, Sent};
use crate::declare;
use crate::site::SiteData;

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Idempotency key: a provider that knows such keys sends a mail once, however often it is handed over.
    pub id: String,
    /// Who gets it.
    pub to: Email,
    /// One line.
    pub subject: String,
    /// Plain text, lines ending in `\n`.
    pub text: String,
}

declare! {
    Mail {
        id: [PurchaseDetails] for [Deliver];
        to: [Email] for [Deliver];
        subject: [PurchaseDetails] for [Deliver];
        text: [Name, LicenseKey, PurchaseDetails] for [Deliver];
    }
}

impl Sent for Mail {
    const TO: Recipient = Recipient::Mail;
    const CONTEXT: Context = Context::Purchase;
}

/// The mail that brings a license. The key stands on a line of its own.
pub fn license_mail(site: &SiteData, to: &Email, name: &str, key: &LicenseKey, state: &LicenseState) -> Mail {
    let sold = site.plan(&state.product, &state.plan);
    let product = sold.map_or(state.product.as_str(), |(product, _)| product.name.as_str());
    let plan = sold.map_or(state.plan.as_str(), |(_, plan)| plan.name.as_str());
    let greeting = match one_line(name) {
        name if name.is_empty() => "Hello,".to_owned(),
        name => format!("Hello {name},"),
    };
    let sites = match state.seats {
        0 => "any number of sites".to_owned(),
        1 => "1 site".to_owned(),
        seats => format!("{seats} sites"),
    };
    let term = state.expires_at.map_or_else(
        || "It does not expire.".to_owned(),
        |end| format!("It is valid until {}.", end.rfc3339().get(..10).unwrap_or_default()),
    );
    let text = format!(
        "{greeting}\n\nthank you for buying {product} ({plan}). Your license key is:\n\n{key}\n\n\
         It works on {sites}. {term}\n\nKeep this mail. If you have a question, write to {email} or see\n{support}\n\n\
         {title}\n{url}\n",
        key = key.as_str(),
        email = site.email,
        support = site.support_url,
        title = site.title,
        url = site.url,
    );
    Mail {
        id: format!("license/{}", state.id.as_str()),
        to: to.clone(),
        subject: format!("Your license for {product}"),
        text,
    }
}

/// Text from outside as one line of at most 100 characters: no line break can forge the shape of the mail.
fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(100).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_line() {
        assert_eq!(one_line("Ada\r\nBcc: x@example.com\u{0}"), "Ada Bcc: x@example.com");
        assert_eq!(one_line(&"x".repeat(5_000)).len(), 100);
    }
}
