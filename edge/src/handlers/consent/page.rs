//! The cookie page: where somebody stands, what there is, and one click to take it back.

use maud::{Markup, html};

use super::{held, record, state, words};
use crate::app::App;
use crate::contract::register::Register;
use crate::domain::consent::{Held, Receipt, Standing, State};
use crate::failure::Failure;
use crate::frame::{self, Page};
use crate::http::{Request, Response};
use crate::ports::Ports;
use crate::store;

pub(super) const PATH: &str = "/consent";

/// `GET /consent`
pub(crate) async fn show<World: Ports>(app: &App<World>, request: &Request) -> Result<Response, Failure> {
    let site = app.site().await?;
    let held = held(app, request);
    let state = state(request, held.as_ref(), site.policy_in_force(app.now().0));
    let receipt = receipt_of(app, held.as_ref()).await?;
    let main = html! {
        div class="stack consent-page" {
            h1 { "Cookies" }
            @if state.signal {
                p class="notice" role="status" { "Your browser sends a privacy signal. While it does, whatever is optional stays off, unless you allow it here despite the signal." }
            }
            @if state.standings.is_empty() {
                p { "There is nothing optional here: the privacy policy in force knows no such cookies." }
            } @else {
                (decision(&state, held.as_ref()))
            }
            @if let Some(receipt) = &receipt { (receipt_section(receipt)) }
            (table())
            p { "What all of this means is in the " a href="/privacy/" { "privacy policy" } ". You can also delete cookies in your browser; they do not come back by themselves." }
        }
    };
    Ok(frame::page(&app.world, Page { status: 200, title: "Cookies".to_owned(), main }).await)
}

/// `GET /consent/receipt`: the receipt that somebody's cookie names, for them to keep.
pub(crate) async fn receipt<World: Ports>(app: &App<World>, request: &Request) -> Result<Response, Failure> {
    let receipt = receipt_of(app, held(app, request).as_ref()).await?.ok_or(Failure::NotFound)?;
    let site = app.site().await?;
    Ok(Response::json(200, &record::export(&receipt, &site))
        .with("content-disposition", "attachment; filename=\"consent-receipt.json\""))
}

/// The receipt that a cookie names.
pub(crate) async fn receipt_of<World: Ports>(
    app: &App<World>,
    held: Option<&Held>,
) -> Result<Option<Receipt>, Failure> {
    let Some(id) = held.and_then(|held| held.receipt.as_ref()) else { return Ok(None) };
    Ok(store::receipt::read(&app.world, id).await?)
}

fn decision(state: &State, held: Option<&Held>) -> Markup {
    let is_any_on = state.standings.values().any(|standing| *standing == Standing::Granted);
    let has_rested = held.is_some_and(|held| state.standings.keys().any(|category| held.allows(*category)));
    html! {
        @if is_any_on || has_rested {
            form method="post" action=(PATH) {
                input type="hidden" name="form" value="page";
                input type="hidden" name="return" value=(PATH);
                p { button class="button" name="choice" value="reject" { "Withdraw my consent" } }
            }
        }
        form class="card consent-form" method="post" action=(PATH) {
            input type="hidden" name="form" value="page";
            input type="hidden" name="return" value=(PATH);
            @for (category, standing) in &state.standings {
                p {
                    label {
                        input type="checkbox" name={ "c." (category) } checked[*standing == Standing::Granted];
                        " " b { (words::name(*category)) } " " (words::what(*category)) "."
                    }
                    " " span class="muted" { "It is " strong { (word(*standing)) } "." }
                }
            }
            (words::buttons())
        }
    }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Undecided => "off: not decided yet",
        Standing::Denied => "off",
        Standing::Granted => "on",
    }
}

fn receipt_section(receipt: &Receipt) -> Markup {
    html! {
        section {
            h2 { "Your receipt" }
            p { "It holds nothing about you. Only your cookie knows its number." }
            dl class="receipt" {
                dt { "Number" } dd { code { (receipt.id.as_str()) } }
                dt { "Time" } dd { time datetime=(receipt.at.rfc3339()) { (receipt.at.rfc3339().replace('T', " ").replace('Z', " UTC")) } }
                dt { "Policy" } dd { a href={ "/privacy/" (receipt.policy) "/" } { (receipt.policy) } }
                @for (category, allowed) in &receipt.choices {
                    dt { (words::name(*category)) } dd { (if *allowed { "allowed" } else { "not allowed" }) }
                }
                dt { "Kept until" } dd { (receipt.ends().day()) }
            }
            p { a class="button button-secondary" href="/consent/receipt" download { "Save as a file" } }
        }
    }
}

fn table() -> Markup {
    let register = Register::of_this_program();
    html! {
        section {
            h2 id="list" { "Everything that may be kept in your browser" }
            div class="table" tabindex="0" role="group" aria-labelledby="list" {
                table {
                    thead { tr { th scope="col" { "Name" } th scope="col" { "Kept as" } th scope="col" { "Category" } th scope="col" { "Purpose" } th scope="col" { "At most" } } }
                    tbody {
                        @for kept in &register.cookies {
                            tr {
                                td { code { (kept.name) } }
                                td data-label="Kept as" { (kept.kept_as.wording()) }
                                td data-label="Category" { (kept.category.wording()) }
                                td data-label="Purpose" { (kept.purpose) }
                                td data-label="At most" { (lasts(kept.max_age_s)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn lasts(seconds: u32) -> String {
    match seconds {
        ..3_600 => format!("{} minutes", seconds / 60),
        3_600..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
