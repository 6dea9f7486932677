//! Files of a ticket: put away before the message that lists them, and handed out to be saved, never to be shown.

use crate::app::App;
use crate::contract::{Category, Context};
use crate::domain::attachment::{Attached, FileId, Fit};
use crate::domain::ticket::TicketNumber;
use crate::domain::vault::Thread;
use crate::failure::Failure;
use crate::http::Response;
use crate::ports::Ports;
use crate::site::SiteData;
use crate::store;

/// Whether files are taken: where the policy in force says that we keep them.
pub(crate) fn are_taken<World: Ports>(app: &App<World>, site: &SiteData) -> bool {
    let policy = site.policy_in_force(app.now().0);
    policy.is_some_and(|policy| policy.collects(Context::Ticket, Category::Attachment))
}

/// Puts files away for a message of a ticket.
pub(crate) async fn keep<World: Ports>(
    app: &App<World>,
    number: &TicketNumber,
    files: Vec<Fit>,
) -> Result<Vec<Attached>, Failure> {
    let mut attached: Vec<Attached> = vec![];
    for file in files {
        let id = FileId::of(&app.config.pepper, number, &file);
        let bytes = u32::try_from(file.bytes.len()).unwrap_or(u32::MAX);
        store::file::keep(&app.world, &app.config.vault_keys, &id, file.bytes).await?;
        if attached.iter().all(|known| known.id != id) {
            attached.push(Attached { id, name: file.name, bytes });
        }
    }
    Ok(attached)
}

/// A file that a ticket lists.
pub(crate) async fn hand_out<World: Ports>(app: &App<World>, thread: &Thread, id: &str) -> Result<Response, Failure> {
    let id = FileId::parse(id).ok_or(Failure::NotFound)?;
    let listed = thread.messages.iter().flat_map(|message| &message.files).find(|file| file.id == id);
    let file = listed.ok_or(Failure::NotFound)?;
    let bytes = store::file::read(&app.world, &app.config.vault_keys, &id).await?.ok_or(Failure::NotFound)?;
    // Whatever is in it, a browser saves it and does not look into it.
    let response = Response::new(200, "application/octet-stream", bytes);
    Ok(response.with("content-disposition", disposition(&file.name)))
}

/// RFC 6266: a name in ASCII for old programs, and the whole of it for others.
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' }).collect();
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_the_header() {
        assert_eq!(
            disposition("caf\u{e9} 1.png"),
            "attachment; filename=\"caf_ 1.png\"; filename*=UTF-8''caf%C3%A9%201.png"
        );
        let hostile = disposition("a\";x=\r\n.txt");
        assert!(!hostile.contains(['\r', '\n']) && hostile.matches('"').count() == 2, "{hostile}");
    }
}
