//! The inbox, and the search. The desk knows where each ticket stands; what it is about is read from its vault, which also
//! knows better where the two should differ for a moment.

use maud::{Markup, html};

use super::{Visit, out_of_turn, view};
use crate::domain::desk::{Act, Command, Listing, Reply};
use crate::domain::id::{Email, Reference, Subject};
use crate::domain::license::LicenseKey;
use crate::domain::ticket::{TicketNumber, TicketState};
use crate::domain::vault::{self, Thread};
use crate::failure::Failure;
use crate::http::Response;
use crate::ports::{Ports, Unavailable};
use crate::store;

/// Tickets on a page. Each is read from its vault, and a request to the edge may ask for so many things only.
const ROWS_MAX: usize = 25;
/// Tickets that are searched for words, the latest first.
const SEARCHED_MAX: usize = 40;

/// What the inbox shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Drawer {
    Mine,
    In(TicketState),
}

impl Drawer {
    const ALL: [Self; 6] = [
        Self::In(TicketState::New),
        Self::In(TicketState::Open),
        Self::Mine,
        Self::In(TicketState::Waiting),
        Self::In(TicketState::Resolved),
        Self::In(TicketState::Spam),
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::In(state) => state.as_str(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Mine => "Mine",
            Self::In(state) => view::state(state),
        }
    }

    fn holds<World>(self, visit: &Visit<'_, World>, listing: &Listing) -> bool {
        match self {
            Self::Mine => listing.state.is_open() && listing.assignee.as_ref() == Some(&visit.member.id),
            Self::In(state) => listing.state == state,
        }
    }
}

/// `GET /desk/`
pub(super) async fn show<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    visit.note(Act::SawInbox, None).await?;
    let tickets = tickets(visit).await?;
    let asked = visit.request.query_value("box");
    let count = |which: Drawer| tickets.iter().filter(|listing| which.holds(visit, listing)).count();
    // Whoever comes in sees what is new, or what else there is to answer.
    let first = || if count(Drawer::In(TicketState::New)) > 0 { TicketState::New } else { TicketState::Open };
    let shown = asked.and_then(|word| Drawer::ALL.into_iter().find(|which| which.word() == word));
    let shown = shown.unwrap_or_else(|| Drawer::In(first()));
    let mut listed: Vec<&Listing> = tickets.iter().filter(|listing| shown.holds(visit, listing)).collect();
    // Who has waited longest comes first; of what is done, the latest.
    listed.sort_by_key(|listing| listing.written_at);
    if matches!(shown, Drawer::In(TicketState::Resolved | TicketState::Spam)) {
        listed.reverse();
    }
    let page = visit.request.query_value("page").and_then(|page| page.parse().ok()).unwrap_or(0_usize);
    let rows = read(visit, listed.iter().copied().skip(page.saturating_mul(ROWS_MAX)).take(ROWS_MAX)).await?;
    let has_more = listed.len() > page.saturating_add(1).saturating_mul(ROWS_MAX);
    let main = html! {
        h1 class="desk-title" { "Inbox" }
        nav class="desk-boxes" aria-label="Tickets" {
            ul {
                @for which in Drawer::ALL {
                    li {
                        a href={ "/desk/?box=" (which.word()) } aria-current=[(which == shown).then_some("page")] {
                            (which.name()) " " span class="count" { (count(which)) }
                        }
                    }
                }
            }
        }
        (table(visit, &rows))
        @if has_more { p { a class="button button-secondary" href={ "/desk/?box=" (shown.word()) "&page=" (page + 1) } { "More" } } }
    };
    Ok(visit.page(200, "Inbox", main).await)
}

/// `POST /desk/search`: an address, a key and a number are looked up by what they are named in the store; words are looked for
/// in the tickets that were written in last.
pub(super) async fn search<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let form = visit.form()?;
    let asked = form.field("q").trim().to_owned();
    visit.note(Act::Searched, None).await?;
    let pepper = &visit.app.config.pepper;
    if let Some(number) = TicketNumber::parse(&asked) {
        return Ok(Response::see_other(&format!("/desk/tickets/{}", number.as_str())));
    }
    if let Some(email) = Email::parse(&asked) {
        return Ok(Response::see_other(&person(&Subject::of(pepper, &email))));
    }
    if let Some(key) = LicenseKey::parse(&asked)
        && let Some(subject) = store::resolve(&visit.app.world, &Reference::license_key(pepper, key.as_str())).await?
    {
        return Ok(Response::see_other(&person(&subject)));
    }
    let mut tickets = tickets(visit).await?;
    tickets.sort_by_key(|listing| std::cmp::Reverse(listing.written_at));
    let words = asked.to_lowercase();
    let mut found = read(visit, tickets.iter().take(SEARCHED_MAX)).await?;
    found.retain(|(_, thread)| has(thread, &words));
    let main = html! {
        h1 class="desk-title" { "Search" }
        p { "Tickets of late with " strong { (asked) } "; an email address, a license key or a number finds all." }
        (table(visit, &found))
    };
    Ok(visit.page(200, "Search", main).await)
}

fn has(thread: &Thread, words: &str) -> bool {
    let Thread { ticket, messages } = thread;
    let short = [ticket.subject.as_str(), ticket.name.as_str(), ticket.email.as_str()];
    let texts = messages.iter().map(|message| message.text.as_str());
    let tags = ticket.tags.iter().map(String::as_str);
    !words.is_empty() && short.into_iter().chain(texts).chain(tags).any(|text| text.to_lowercase().contains(words))
}

/// The page of a person.
pub(super) fn person(subject: &Subject) -> String {
    format!("/desk/people/{}", subject.as_str())
}

async fn tickets<World: Ports>(visit: &Visit<'_, World>) -> Result<Vec<Listing>, Failure> {
    match store::desk(&visit.app.world, Command::Inbox).await? {
        Reply::Inbox { tickets } => Ok(tickets),
        _ => Err(out_of_turn().into()),
    }
}

/// What the vaults say of tickets. One that is gone meanwhile is left out.
async fn read<'of, World: Ports>(
    visit: &Visit<'_, World>,
    listed: impl Iterator<Item = &'of Listing>,
) -> Result<Vec<(TicketNumber, Thread)>, Unavailable> {
    let mut rows = vec![];
    for Listing { subject, number, .. } in listed {
        let command = vault::Command::ReadTicket { ticket: number.clone() };
        if let vault::Reply::Thread { thread: Some(thread) } = store::vault(&visit.app.world, subject, command).await? {
            rows.push((number.clone(), thread));
        }
    }
    Ok(rows)
}

fn table<World: Ports>(visit: &Visit<'_, World>, rows: &[(TicketNumber, Thread)]) -> Markup {
    let now = visit.app.now();
    html! {
        @if rows.is_empty() {
            p class="card" { "Nothing here." }
        } @else {
            div class="table-scroll" tabindex="0" role="region" aria-label="Tickets" {
                table class="desk-table" {
                    thead { tr { th scope="col" { "Request" } th scope="col" { "From" } th scope="col" { "About" } th scope="col" { "State" } th scope="col" { "With" } th scope="col" { "Written" } } }
                    tbody {
                        @for (number, Thread { ticket, messages }) in rows {
                            tr {
                                th scope="row" {
                                    a href={ "/desk/tickets/" (number.as_str()) } { (ticket.subject) }
                                    span class="muted" { " " (number.as_str()) @for tag in &ticket.tags { " #" (tag) } }
                                }
                                td { (ticket.name) }
                                td { (view::topic(ticket.topic)) }
                                td { (view::state(ticket.state)) }
                                td { @if let Some(staff) = &ticket.assignee { (visit.called(staff)) } @else { "–" } }
                                td { (view::when(messages.last().map_or(ticket.opened_at, |message| message.at), now)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
