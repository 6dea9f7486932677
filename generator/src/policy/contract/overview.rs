//! `site policy contract`: what the text promises beside what the code does, for whoever has to bring the two together.

use std::fmt::Write as _;

use edge::contract::{
    Erasure,
    register::{Entered, Kind, Register},
};

use super::Contract;

/// Two lists: each sentence with its terms, each declared field with its own.
pub(crate) fn overview(id: &str, contract: &Contract, register: &Register) -> String {
    let mut text = format!("What version {id} promises\n");
    // Writing into a string cannot fail.
    for promise in &contract.sentences {
        let _ = writeln!(text, "\n  “{}”", promise.says);
        if let Some(info) = &promise.info {
            let _ = writeln!(text, "    no promise: {info}");
        }
        for term in promise.terms() {
            let waived = promise.waived.as_ref().filter(|_| promise.is_waived(term));
            let mark = waived.map(|waiver| format!(" (not yet, until {}: {})", waiver.until.0, waiver.reason));
            let _ = writeln!(text, "    {term}{}", mark.unwrap_or_default());
        }
    }
    text.push_str("\nWhat the code does\n");
    for record in &register.records {
        let place = match record.kind {
            Kind::Stored { .. } => "stored".to_owned(),
            Kind::OnDevice => "kept in the browser".to_owned(),
            Kind::Sent { to } => format!("sent to {}", to.wording()),
        };
        let _ = writeln!(text, "\n  {}, {place}, from {}", record.name, record.context.wording());
        for field in &record.fields {
            let _ = writeln!(text, "    {}", line(field));
        }
    }
    for processor in &register.processors {
        let hosts = [processor.hosts.as_slice(), &processor.form_hosts].concat().join(", ");
        let _ = writeln!(text, "\n  {} {} {hosts}", processor.recipient.wording(), processor.function);
    }
    for cookie in &register.cookies {
        let _ = writeln!(text, "\n  the cookie {} ({}): {}", cookie.name, cookie.category.wording(), cookie.purpose);
    }
    text
}

fn line(field: &Entered) -> String {
    let list = |words: Vec<&str>| words.join(", ");
    let categories = list(field.categories.iter().map(|word| word.wording()).collect());
    let purposes = list(field.purposes.iter().map(|word| word.id()).collect());
    let recipients = list(field.recipients.iter().map(|word| word.id()).collect());
    let retention = match field.retention {
        Some(kept) => format!(", {kept}"),
        None => String::new(),
    };
    let erasure = match field.erasure {
        Some(Erasure::Keep { ground, until }) => format!(", kept {until} after a deletion: {}", ground.wording()),
        Some(Erasure::Delete) | None => String::new(),
    };
    let condition = if field.conditional { ", only where declared" } else { "" };
    format!("{}: {categories}; for {purposes}; to {recipients}{retention}{erasure}{condition}", field.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixture::{CONTRACT, Fixture},
        policy::contract::register,
    };

    #[test]
    fn both_sides_stand_beside_each_other() {
        let fixture = Fixture::site().with("content/privacy/2025-03-31.contract.yaml", CONTRACT);
        let content = crate::plan::content(fixture.root()).expect("readable");
        let contract = Contract::read(&content, "content/privacy/2025-03-31.md").expect("readable").expect("there");
        let text = overview("2025-03-31", &contract, &register());
        for part in [
            "“We don't sell \"data\" -- not any...”\n    name is collected when buying and using a license\n",
            "“One”\n    no promise: An item of a list.\n",
            "Holder, stored, from buying and using a license\n",
            "name: name; for deliver; to mail, hosting, at most 6 years after the license ended, only where declared\n",
            "Mail, sent to the mail service",
            "Stripe (payments) takes payments api.stripe.com, checkout.stripe.com, billing.stripe.com\n",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
