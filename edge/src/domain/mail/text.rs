//! What each mail says, in plain text. A key stands on a line of its own, so that a double click takes all of it.

use super::{Conversation, Letter, Mail, Says, html};
use crate::contract::Right;
use crate::domain::license::{LicenseKey, LicenseState};
use crate::domain::notice::Notice;
use crate::domain::rights::{Class, RequestId};
use crate::domain::ticket::{Ticket, TicketNumber};
use crate::domain::time::Moment;
use crate::site::SiteData;

/// What stands above whatever we mail in a conversation. Of an answer by mail only what stands before it is new.
pub const REPLY_LINE: &str = "-- Please write your answer above this line --";

/// Writes a letter as of `now`. `page` is the address that its reader needs: of their ticket, or where they manage their
/// licenses. With a conversation they may answer by mail.
pub fn write(letter: &Letter, site: &SiteData, page: &str, conversation: Option<Conversation>, now: Moment) -> Mail {
    let by_mail = conversation.is_some();
    let (subject, body) = match &letter.says {
        Says::License { key, state } => license(site, key, state),
        Says::Renewed { state } => renewed(site, state),
        Says::Failed { product, plan } => failed(site, product, plan),
        Says::Unpaid { state } => unpaid(site, state, page),
        Says::Keys { licenses } => keys(site, licenses, page, now),
        Says::Reminder { state } => reminder(site, state, page),
        Says::Ticket { number, .. } => ticket(number, page, by_mail),
        Says::Answer { number, subject, text, .. } => answer(number, subject, text, page, by_mail),
        Says::ForStaff { number, ticket, text, .. } => for_staff(number, ticket, text, page),
        Says::Right { right, .. } => self::right(site, *right, page),
        Says::NothingHeld { right } => nothing_held(site, *right),
        Says::Extended { right, due, reason } => extended(*right, *due, reason),
        Says::Erased { request, received, classes, open } => erased(request, *received, classes, *open, page),
        Says::Proof { .. } => proof(site, page),
        Says::Came {} => came(site, page),
        Says::Left { to } => left(site, to),
        Says::RightDue { right, due } => right_due(*right, *due, page),
        Says::SignIn {} => sign_in(site, page),
        Says::Notice { notice } => self::notice(site, notice),
    };
    let greeting = match one_line(&letter.name) {
        name if name.is_empty() => "Hello,".to_owned(),
        name => format!("Hello {name},"),
    };
    let (email, support, title, url) = (&site.email, &site.support_url, &site.title, &site.url);
    let above = if by_mail { format!("{REPLY_LINE}\n\n") } else { String::new() };
    let text = format!(
        "{above}{greeting}\n\n{body}\n\nIf you have a question, write to {email} or see\n{support}\n\n{title}\n{url}\n"
    );
    let html = html::page(&subject, &text);
    // What staff write is answered by people, absence notes included.
    let is_automatic = !matches!(letter.says, Says::Answer { .. });
    Mail { id: letter.id.clone(), to: letter.to.clone(), subject, text, html, is_automatic, conversation }
}

fn license(site: &SiteData, key: &LicenseKey, state: &LicenseState) -> (String, String) {
    let product = product(site, &state.product);
    let body = format!(
        "thank you for buying {product} ({plan}). Your license key is:\n\n{key}\n\n\
         It works on {sites}. {term}\n\nKeep this mail. Your licenses, the sites they are active on and the latest \
         version are at\n{url}/licenses/",
        plan = plan(site, &state.product, &state.plan),
        key = key.as_str(),
        sites = sites(state.seats),
        term = term(state),
        url = site.url,
    );
    (format!("Your license for {product}"), body)
}

fn renewed(site: &SiteData, state: &LicenseState) -> (String, String) {
    let product = product(site, &state.product);
    let body = format!(
        "thank you for renewing your license for {product}. {term} Its key stays the same.",
        term = term(state)
    );
    (format!("Your license for {product} is renewed"), body)
}

fn failed(site: &SiteData, product_id: &str, plan_id: &str) -> (String, String) {
    let product = product(site, product_id);
    let body = format!(
        "your bank did not confirm the payment for {product} ({plan}), so no license was issued. Nothing was charged \
         by us. You can buy it again at\n{url}/pricing/",
        plan = plan(site, product_id, plan_id),
        url = site.url,
    );
    (format!("Your payment for {product} did not arrive"), body)
}

fn unpaid(site: &SiteData, state: &LicenseState, owner_page: &str) -> (String, String) {
    let product = product(site, &state.product);
    let good_until = state.grace_until.map(|end| format!(" Until {} it stays good meanwhile.", end.day()));
    let body = format!(
        "the payment that renews your license for {product} did not go through. It will be tried again in the next \
         days.{good_until} If your card has changed, enter the new one here:\n{owner_page}",
        good_until = good_until.unwrap_or_default(),
    );
    (format!("The renewal of {product} could not be paid"), body)
}

fn keys(site: &SiteData, licenses: &[(LicenseKey, LicenseState)], owner_page: &str, now: Moment) -> (String, String) {
    let list: Vec<String> = licenses
        .iter()
        .map(|(key, state)| {
            let (product, plan) = (product(site, &state.product), plan(site, &state.product, &state.plan));
            format!("{product} ({plan}), {}:\n\n{}", state.status(now).as_str(), key.as_str())
        })
        .collect();
    let body = format!(
        "you asked for your licenses. Here they are.\n\n{}\n\nThe sites they are active on, the latest version and \
         your invoices are here. This link is yours alone and works for a week:\n{owner_page}\n\n\
         If you did not ask for this mail, you need not do anything.",
        list.join("\n\n"),
    );
    ("Your licenses".to_owned(), body)
}

fn reminder(site: &SiteData, state: &LicenseState, owner_page: &str) -> (String, String) {
    let product = product(site, &state.product);
    let day = state.expires_at.map(Moment::day).unwrap_or_default();
    if state.renews {
        let body = format!(
            "your license for {product} renews by itself on {day}; you need not do anything. To change the card or to \
             end it, use this link:\n{owner_page}"
        );
        (format!("Your license for {product} renews on {day}"), body)
    } else {
        let body = format!(
            "your license for {product} ends on {day}. What you have installed goes on working; updates end with the \
             license. If you renew, the new year begins where the old one ends:\n{owner_page}"
        );
        (format!("Your license for {product} ends on {day}"), body)
    }
}

fn notice(site: &SiteData, notice: &Notice) -> (String, String) {
    match notice {
        Notice::Security { product: id, version } => {
            let product = product(site, id);
            let body = format!(
                "{product} {version} closes a security hole. Please update now: in WordPress under Dashboard, Updates. \
                 What it changes is at\n{url}/changelog/\n\nUpdates need a license that has not ended. Yours is at\n{url}/licenses/",
                url = site.url,
            );
            (format!("Security update: {product} {version}"), body)
        }
        Notice::Update { product: id, version } => {
            let product = product(site, id);
            let body = format!("{product} {version} is out. What it changes is at\n{url}/changelog/", url = site.url);
            (format!("{product} {version} is out"), body)
        }
        Notice::Policy { version } => {
            let body = format!(
                "a new version of our privacy policy takes effect on {version}. What changes, word by word, is at\n\
                 {url}/privacy/{version}/",
                url = site.url,
            );
            (format!("Our privacy policy changes on {version}"), body)
        }
    }
}

/// Nothing of what was sent stands in it: anybody can type anybody's address.
fn ticket(number: &TicketNumber, page: &str, by_mail: bool) -> (String, String) {
    let number = number.as_str();
    let add = if by_mail { " To add something, answer this mail." } else { "" };
    let body = format!(
        "we have your request. Its number is {number}. What was written, and our answer, is here. This link is yours \
         alone:\n{page}\n\nIf you did not write to us, you need not do anything.{add}"
    );
    (format!("[{number}] We have your request"), body)
}

/// Staff answer whoever wrote; where they can do so from the ticket itself, this leads there.
fn for_staff(number: &TicketNumber, ticket: &Ticket, text: &str, page: &str) -> (String, String) {
    let (number, topic) = (number.as_str(), ticket.topic.as_str());
    let versions =
        [("plugin", &ticket.versions.plugin), ("WordPress", &ticket.versions.wordpress), ("PHP", &ticket.versions.php)];
    let versions = versions.into_iter().filter_map(|(of, version)| Some(format!("\n{of} {}", version.as_ref()?)));
    let license = ticket.license.iter().map(|end| format!("\nlicense key that ends in {end}"));
    let facts: String = versions.chain(license).collect();
    let body = format!(
        "{name} <{email}> wrote ({topic}):\n\n{text}\n\n{page}{facts}",
        name = one_line(&ticket.name),
        email = ticket.email.as_str(),
    );
    (format!("[{number}] {}", one_line(&ticket.subject)), body)
}

fn answer(number: &TicketNumber, subject: &str, text: &str, page: &str, by_mail: bool) -> (String, String) {
    let how = if by_mail {
        "To answer, answer this mail. To see all that was written, or to close the request, use this link:"
    } else {
        "To answer, or to close the request, use this link:"
    };
    let body = format!("{text}\n\n{how}\n{page}");
    (format!("[{}] {}", number.as_str(), one_line(subject)), body)
}

/// It says nothing of what there is: only whoever reads mail at this address can use the link.
fn right(site: &SiteData, right: Right, page: &str) -> (String, String) {
    let body = format!(
        "somebody asked {title} for {what}, giving this address. If it was you, go on here. The link works once and for a \
         day:\n{page}\n\nIf it was not you, you need not do anything.",
        title = site.title,
        what = what(right),
    );
    ("Your privacy request".to_owned(), body)
}

/// This is the answer.
fn nothing_held(site: &SiteData, right: Right) -> (String, String) {
    let body = format!(
        "somebody asked {title} for {what}, giving this address. We hold nothing about this address: no purchase, no license and no \
         support request. What the request itself left with us is deleted within a day.\n\nIf you wrote to us or bought from us \
         with another address, please ask with that one.",
        title = site.title,
        what = what(right),
    );
    ("Your privacy request: we hold nothing about this address".to_owned(), body)
}

/// `statement` is the same, signed: for whoever has to show it.
fn erased(request: &RequestId, received: Moment, classes: &[Class], open: bool, statement: &str) -> (String, String) {
    let lines = classes.iter().map(|Class { what, deleted, kept }| format!("  {what}: {deleted} deleted, {kept} kept"));
    let processor = if open {
        "The payment processor still has a record of you as its customer. We have it deleted there too, and write again when that is done."
    } else {
        "At the payment processor nothing is left that we could have deleted."
    };
    let body = format!(
        "we have deleted your data, as you asked on {day}.\n\n{lines}\n\nWhat is kept of orders and payments is what tax law asks for, \
         without your name and email address. Licenses that you kept go on working. {processor}\n\nThe number of your request is \
         {request}. It and your address are kept for four months after it came in. This is the statement, signed by us; our public key is at \
         /.well-known/license-keys.json:\n{statement}",
        day = received.day(),
        lines = lines.collect::<Vec<_>>().join("\n"),
        request = request.as_str(),
    );
    ("Your data is deleted".to_owned(), body)
}

fn extended(right: Right, due: Moment, reason: &str) -> (String, String) {
    let body = format!(
        "you asked us for {what}. We need more time for it, at most until {day}. The reason is:\n\n{reason}\n\nYou may complain about \
         this to a data protection supervisory authority.",
        what = what(right).replace("their", "your"),
        day = due.day(),
    );
    (format!("Your privacy request will be answered by {}", due.day()), body)
}

/// Nothing of who asks stands in it: they typed this address, and it may be anybody's.
fn proof(site: &SiteData, page: &str) -> (String, String) {
    let body = format!(
        "somebody asked {title} to keep their licenses and support requests under this address from now on. If it was you, go on \
         here. The link works once and for a day:\n{page}\n\nIf it was not you, you need not do anything, and nothing changes.",
        title = site.title,
    );
    ("Is this your new address?".to_owned(), body)
}

fn came(site: &SiteData, page: &str) -> (String, String) {
    let body = format!(
        "what {title} holds about you is under this address now, as you asked: licenses, support requests and all that belongs to \
         them. License keys stay the same, and nothing has to be changed on your sites. Your licenses are here. This link is yours \
         alone and works for a week:\n{page}",
        title = site.title,
    );
    ("Your new address".to_owned(), body)
}

fn left(site: &SiteData, to: &str) -> (String, String) {
    let body = format!(
        "as was asked from this mailbox, what {title} held about this address is under {to} now. Only the request itself stays here, for \
         four months. If it was not you who asked, please write to us at once.",
        title = site.title,
    );
    ("Your data is under another address now".to_owned(), body)
}

fn right_due(right: Right, due: Moment, page: &str) -> (String, String) {
    let body = format!(
        "a privacy request ({what}) has to be answered by {day}. It is here:\n{page}",
        what = what(right),
        day = due.day(),
    );
    (format!("A privacy request is due on {}", due.day()), body)
}

fn what(right: Right) -> &'static str {
    match right {
        Right::Access => "a report of their personal data",
        Right::Correct => "a correction of their personal data",
        Right::Delete => "the deletion of their personal data",
    }
}

fn sign_in(site: &SiteData, page: &str) -> (String, String) {
    let body = format!(
        "with this link you sign in to the support desk of {title}. It works once and for a quarter of an hour:\n{page}\n\n\
         If you did not ask for it, you need not do anything.",
        title = site.title,
    );
    ("Sign in to the desk".to_owned(), body)
}

fn product<'text>(site: &'text SiteData, id: &'text str) -> &'text str {
    site.products.iter().find(|product| product.id == id).map_or(id, |product| product.name.as_str())
}

fn plan<'text>(site: &'text SiteData, product: &str, id: &'text str) -> &'text str {
    site.plan(product, id).map_or(id, |(_, plan)| plan.name.as_str())
}

fn sites(seats: u32) -> String {
    match seats {
        0 => "any number of sites".to_owned(),
        1 => "1 site".to_owned(),
        seats => format!("{seats} sites"),
    }
}

fn term(state: &LicenseState) -> String {
    match (state.expires_at, state.renews) {
        (None, _) => "It does not expire.".to_owned(),
        (Some(end), true) => format!("It renews by itself on {}.", end.day()),
        (Some(end), false) => format!("It is valid until {}.", end.day()),
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
