//! Mail that comes in: read into plain data, and what it is. Whose ticket it belongs to is told by a tag that only we can make;
//! whatever else a mail says of itself may be a lie, its sender included.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders};

use super::attachment::Upload;
use super::id::{Email, Secret, hex};
use super::plain_text;
use super::ticket::{TicketNumber, bare, ticket_of_address};

mod quote;
mod sender;

pub use sender::is_aligned;

/// Headers that are looked at; a mail with more is cut there.
const HEADERS_MAX: usize = 200;
/// Attached files that are looked at.
const FILES_MAX: usize = 10;
/// Ids of earlier mails that are looked at, the newest first.
const REFERENCES_MAX: usize = 50;

/// From whom and to whom a mail server was told to carry a mail. Its header may say otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Empty for a report of a mail server's; none where nobody said.
    pub from: Option<String>,
    /// Who gets it.
    pub to: String,
}

/// What a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody wrote it.
    Letter,
    /// A program wrote it: an absence note, a newsletter. It is never answered (RFC 3834, section 2).
    Automatic,
    /// A mail server says that a mail of ours came to nothing (RFC 3464).
    Bounce,
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// What it is.
    pub kind: Kind,
    /// Stands for it: the same mail brought twice has the same.
    pub id: String,
    /// Who it says wrote it.
    pub from: Option<Email>,
    /// Their name as the mail has it, possibly empty.
    pub name: String,
    /// One line, possibly empty.
    pub subject: String,
    /// What is new in it, as plain text.
    pub text: String,
    /// All of it, where something was folded away.
    pub quoted: Option<String>,
    /// Files that came with it.
    pub files: Vec<Upload>,
    /// The ticket that a tag of ours names.
    pub ticket: Option<TicketNumber>,
    /// Whether the mail server that took it vouches for the sender.
    pub is_aligned: bool,
}

/// The envelope as a mail server writes it on top of a mail that it hands to a program: `Return-Path` by RFC 5321, section
/// 4.4, `X-Original-To` or `Delivered-To` by custom.
pub fn envelope(raw: &[u8]) -> Envelope {
    let Some(mail) = MessageParser::new().parse_headers(raw) else { return Envelope::default() };
    let first = |name: &str| {
        mail.headers_raw().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| bare(value).to_owned())
    };
    Envelope {
        from: first("Return-Path").map(|from| from.trim_matches(['<', '>']).to_owned()),
        to: first("X-Original-To").or_else(|| first("Delivered-To")).unwrap_or_default(),
    }
}

/// Reads a mail; none where it is no mail. `authority` is the name by which the mail server in front of us signs what it found
/// out about the sender.
pub fn read(secret: &Secret, raw: &[u8], envelope: &Envelope, authority: &str) -> Option<Inbound> {
    let mail = MessageParser::default().parse(raw)?;
    let headers: Vec<(&str, &str)> = mail.headers_raw().take(HEADERS_MAX).collect();
    let author = mail.from().and_then(|from| from.first());
    let from = author.and_then(|author| author.address()).and_then(Email::parse);
    let kind = sender::kind(&headers, envelope, from.as_ref());
    let id =
        mail.message_id().map_or_else(|| hex(&secret.tag(&["mail-raw", &String::from_utf8_lossy(raw)])), str::to_owned);
    let body = mail.body_text(0).unwrap_or_default();
    let folded = quote::fold(&plain_text::lines(&body));
    let files = mail.attachments().filter(|part| !part.is_message()).take(FILES_MAX);
    Some(Inbound {
        kind,
        id: hex(secret.tag(&["mail-id", &id]).get(..16)?),
        is_aligned: from.as_ref().is_some_and(|from| is_aligned(&headers, authority, from)),
        from,
        name: plain_text::line(author.and_then(|author| author.name()).unwrap_or_default()),
        subject: plain_text::line(mail.subject().unwrap_or_default()),
        text: without_links(&folded.new),
        quoted: folded.quoted.map(|quoted| without_links(&quoted)),
        files: files.map(upload).collect(),
        ticket: match kind {
            Kind::Bounce => returned(secret, raw),
            Kind::Letter | Kind::Automatic => addressed(secret, &mail, envelope),
        },
    })
}

fn upload(part: &MessagePart<'_>) -> Upload {
    Upload { name: part.attachment_name().unwrap_or("without a name").to_owned(), bytes: part.contents().to_vec() }
}

/// The ticket that a mail is addressed to, or that it answers.
fn addressed(secret: &Secret, mail: &Message<'_>, envelope: &Envelope) -> Option<TicketNumber> {
    let named = mail.all_to().chain(mail.all_cc()).flat_map(|addresses| addresses.iter());
    let addresses = named.filter_map(|address| address.address().map(str::to_owned));
    let by_address = std::iter::once(envelope.to.clone()).chain(addresses);
    let answered = [mail.in_reply_to(), mail.references()].into_iter().flat_map(|value| {
        let ids: Vec<String> = value.as_text_list().unwrap_or_default().iter().map(ToString::to_string).collect();
        ids.into_iter().rev().take(REFERENCES_MAX)
    });
    by_address.chain(answered).find_map(|text| ticket_of_address(secret, &text))
}

/// The ticket whose mail a mail server returned. It brings back the header at least, which has the id of the conversation.
fn returned(secret: &Secret, raw: &[u8]) -> Option<TicketNumber> {
    let text = String::from_utf8_lossy(raw);
    let ids = text.split("<ticket+").skip(1).take(REFERENCES_MAX);
    ids.filter_map(|rest| rest.split_once('>')).find_map(|(id, _)| ticket_of_address(secret, &format!("ticket+{id}")))
}

/// The ticket that a subject names: `[CPP-7K3M9Q]`. Anybody can write that, so it counts for little.
pub fn ticket_in_subject(subject: &str) -> Option<TicketNumber> {
    let named = subject.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    named.filter(|(number, _)| number.starts_with("CPP-")).find_map(|(number, _)| TicketNumber::parse(number))
}

/// Takes out what opens a ticket: answers quote our mails, which hold the link, and what is stored may open nothing.
fn without_links(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut run = String::new();
    for letter in text.chars().chain(['\0']) {
        if letter.is_ascii_hexdigit() {
            run.push(letter);
            continue;
        }
        clean.push_str(if run.len() >= 32 { "…" } else { &run });
        run.clear();
        if letter != '\0' {
            clean.push(letter);
        }
    }
    clean
}

#[cfg(test)]
mod tests;
