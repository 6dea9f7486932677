//! Mails of the native host: handed to a mail server, or written into a folder.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Message, SmtpTransport, Transport};
use sha2::{Digest, Sha256};

use crate::domain::id::{Secret, hex};
use crate::domain::mail::Mail;
use crate::domain::ticket::bare;
use crate::domain::time::Moment;
use crate::ports::{Unavailable, Undelivered};

/// A mail server has this long for each of its answers.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A mail server.
pub(super) struct Server(SmtpTransport);

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Server")
    }
}

impl Server {
    /// The server at an address, which may hold a password. Nothing is sent yet.
    pub(super) fn at(url: &Secret) -> Result<Self, String> {
        let url = url.reveal().ok_or_else(|| "is not text".to_owned())?;
        let transport = SmtpTransport::from_url(url).map_err(|error| error.to_string())?;
        Ok(Self(transport.timeout(Some(TIMEOUT)).build()))
    }

    pub(super) fn send(&self, from: &str, mail: &Mail, now: Moment) -> Result<(), Undelivered> {
        let message = message(from, mail, now).map_err(|why| Undelivered::Refused { why })?;
        let refused = |why: &str| Undelivered::Refused { why: why.to_owned() };
        let sender = bare(from).parse().map_err(|_| refused("MAIL_FROM is no address"))?;
        let to = mail.to.as_str().parse().map_err(|_| refused("the address cannot be written to"))?;
        let envelope = Envelope::new(Some(sender), vec![to]).map_err(|_| refused("there is nobody to write to"))?;
        match self.0.send_raw(&envelope, &message) {
            Ok(_) => Ok(()),
            // Its words repeat the address, so only the code is told.
            Err(error) if error.is_permanent() => Err(Undelivered::Refused { why: code(&error) }),
            Err(error) => Err(Unavailable { what: "mail", why: code(&error) }.into()),
        }
    }
}

fn code(error: &lettre::transport::smtp::Error) -> String {
    error.status().map_or_else(|| "the mail server does not answer".to_owned(), |code| format!("answered {code}"))
}

/// Writes a mail as an `.eml` file named by its id: the same mail again replaces itself.
pub(super) fn write(folder: &Path, from: &str, mail: &Mail, now: Moment) -> Result<(), Unavailable> {
    let failed = |why: String| Unavailable { what: "mail", why };
    let message = message(from, mail, now).map_err(failed)?;
    let name: String = mail.id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let (half, whole) = (folder.join(format!(".{name}")), folder.join(format!("{name}.eml")));
        let mut file = std::fs::File::create(&half)?;
        file.write_all(&message)?;
        file.sync_all()?;
        std::fs::rename(half, whole)
    };
    write().map_err(|error| failed(error.to_string()))
}

/// A mail as RFC 5322 writes it, in two parts. Errors do not repeat an address.
fn message(from: &str, mail: &Mail, now: Moment) -> Result<Vec<u8>, String> {
    let to: Mailbox = mail.to.as_str().parse().map_err(|_| "the address cannot be written to".to_owned())?;
    let seconds = Duration::from_secs(u64::try_from(now.0).unwrap_or(0));
    let mut message = Message::builder()
        .from(from.parse().map_err(|error| format!("MAIL_FROM: {error}"))?)
        .to(to)
        .subject(&mail.subject)
        .date(UNIX_EPOCH + seconds)
        .message_id(Some(message_id(from, mail)));
    if let Some(conversation) = &mail.conversation {
        message = message.reply_to(conversation.reply_to.parse().map_err(|_| "no address for answers".to_owned())?);
    }
    for (name, value) in mail.headers() {
        message = message.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    let parts = MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone());
    Ok(message.multipart(parts).map_err(|error| error.to_string())?.formatted())
}

/// The same mail has the same id, so that a reader's program shows it once, should it ever arrive twice.
fn message_id(from: &str, mail: &Mail) -> String {
    let host = bare(from).rsplit_once('@').map_or("localhost", |(_, host)| host);
    let digest = hex(Sha256::digest(mail.id.as_bytes()).get(..16).unwrap_or_default());
    format!("<{digest}@{host}>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Email;
    use crate::domain::mail::Conversation;

    fn mail() -> Mail {
        Mail {
            id: "license/lic_1".to_owned(),
            to: Email::parse("ada@example.com").expect("an address"),
            subject: "Your license".to_owned(),
            text: "Hello Ada,\n\nCPP-AAAA-BBBB\n".to_owned(),
            html: "<p>Hello Ada,</p>".to_owned(),
            is_automatic: true,
            conversation: None,
        }
    }

    fn written(mail: &Mail) -> String {
        let message = message("Us <info@example.com>", mail, Moment(0)).expect("a message");
        String::from_utf8(message).expect("ASCII")
    }

    #[test]
    fn a_mail_has_two_parts_and_the_key_on_its_own_line() {
        let text = written(&mail());
        for part in [
            "To: ada@example.com\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: multipart/alternative;",
            "\r\n\r\nHello Ada,\r\n\r\nCPP-AAAA-BBBB\r\n",
            "\r\n\r\n<p>Hello Ada,</p>",
        ] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
        assert_eq!(message_id("Us <info@example.com>", &mail()), message_id("info@example.com", &mail()));
    }

    #[test]
    fn a_mail_of_a_conversation_says_where_answers_go_and_what_it_belongs_to() {
        let root = "<ticket+7k3m9q.abc@example.com>".to_owned();
        let conversation = Some(Conversation { reply_to: "info+7k3m9q.abc@example.com".to_owned(), root });
        let text = written(&Mail { is_automatic: false, conversation, ..mail() });
        assert!(text.contains("Reply-To: info+7k3m9q.abc@example.com\r\n"), "{text}");
        assert!(text.contains("References: <ticket+7k3m9q.abc@example.com>\r\n"), "{text}");
        assert!(text.contains("In-Reply-To: <ticket+7k3m9q.abc@example.com>\r\n"), "{text}");
        assert!(!text.contains("Auto-Submitted"), "{text}");
    }

    #[test]
    fn a_line_break_in_a_subject_begins_no_header() {
        let text = written(&Mail { subject: "x\r\nBcc: eve@example.com".to_owned(), ..mail() });
        assert!(!text.contains("\r\nBcc:"), "{text}");
    }
}
