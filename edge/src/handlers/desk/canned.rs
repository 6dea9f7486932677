//! Canned replies: kept at the desk, put into an answer with their places filled.

use maud::html;

use super::{Visit, out_of_turn};
use crate::domain::desk::canned::{Filling, PLACES, REPLIES_MAX, TEXT_CHARS_MAX, TITLE_CHARS_MAX};
use crate::domain::desk::{Canned, Command, Reply};
use crate::domain::id::hex;
use crate::domain::plain_text;
use crate::domain::ticket::{Ticket, TicketNumber};
use crate::failure::Failure;
use crate::http::Response;
use crate::ports::Ports;
use crate::store;

/// `GET /desk/replies`
pub(super) async fn show<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let replies = all(visit).await?;
    let fields = |id: &str, canned: &Canned| {
        html! {
            input type="hidden" name="id" value=(id);
            p class="field" { label for={ "title-" (id) } { "Title" } input id={ "title-" (id) } name="title" type="text" maxlength=(TITLE_CHARS_MAX) value=(canned.title) required; }
            p class="field" { label for={ "text-" (id) } { "Text" } textarea id={ "text-" (id) } name="text" rows="5" maxlength=(TEXT_CHARS_MAX) required { (canned.text) } }
        }
    };
    let main = html! {
        h1 class="desk-title" { "Canned replies" }
        p class="muted" { "Places that are filled in: " (PLACES.join(" ")) }
        @for (id, canned) in &replies {
            form class="card form" method="post" action="/desk/replies" {
                (fields(id, canned))
                p class="actions" {
                    button class="button button-secondary" type="submit" { "Save" } " "
                    button class="button button-quiet" type="submit" name="drop" value="1" formnovalidate { "Delete" }
                }
            }
        }
        @if replies.len() < REPLIES_MAX {
            form class="card form" method="post" action="/desk/replies" {
                h2 { "Another one" }
                (fields("", &Canned { title: String::new(), text: String::new() }))
                p { button class="button" type="submit" { "Add" } }
            }
        }
    };
    Ok(visit.page(200, "Canned replies", main).await)
}

/// `POST /desk/replies`
pub(super) async fn keep<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let form = visit.form()?;
    let id = match form.field("id") {
        "" => hex(visit.app.world.random()?.get(..8).unwrap_or_default()),
        id if id.len() <= 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) => id.to_owned(),
        _ => return Err(Failure::BadRequest { detail: "There is no such reply." }),
    };
    let canned = match form.field("drop") {
        "" => {
            let (title, text) = (plain_text::line(form.field("title")), plain_text::lines(form.field("text")));
            let fits = |text: &str, max: usize| (1..=max).contains(&text.chars().count());
            if !fits(&title, TITLE_CHARS_MAX) || !fits(&text, TEXT_CHARS_MAX) {
                let detail = "A reply has a title of up to 80 and a text of up to 5,000 characters.";
                return Err(Failure::BadRequest { detail });
            }
            Some(Canned { title, text })
        }
        _ => None,
    };
    store::desk(&visit.app.world, Command::KeepCanned { id, canned }).await?;
    Ok(Response::see_other("/desk/replies"))
}

/// All of them by their ids.
pub(super) async fn all<World: Ports>(visit: &Visit<'_, World>) -> Result<Vec<(String, Canned)>, Failure> {
    let Reply::Canned { mut replies } = store::desk(&visit.app.world, Command::AllCanned).await? else {
        return Err(out_of_turn().into());
    };
    replies.sort_by(|(_, one), (_, other)| one.title.cmp(&other.title));
    Ok(replies)
}

/// The text of one, filled from a ticket; nothing where it is gone.
pub(super) async fn filled<World: Ports>(
    visit: &Visit<'_, World>,
    id: &str,
    number: &TicketNumber,
    ticket: &Ticket,
) -> Result<String, Failure> {
    let site = visit.app.site().await?;
    let filling = Filling {
        name: &ticket.name,
        number: number.as_str(),
        subject: &ticket.subject,
        product: site.products.first().map_or("", |product| product.name.as_str()),
        staff: visit.member.name(),
    };
    let chosen = all(visit).await?.into_iter().find(|(known, _)| known == id);
    Ok(chosen.map(|(_, canned)| canned.filled(filling)).unwrap_or_default())
}
