//! The processor's own pages: where a buyer pays, what can be made happen to a payment afterwards, and the buyer's page of
//! all their payments.

use axum::body::Bytes;
use axum::extract::{Query, State};
use maud::{Markup, html};
use serde::Deserialize;

use super::act::{self, Act};
use super::{Customer, Kept, Portal, Session, fields, load, refuse, sessions, store};
use crate::domain::id::Email;
use crate::hosts::native::Host;
use crate::hosts::native::dev::{Shared, finished};
use crate::http::Response;

#[derive(Debug, Deserialize)]
pub(in crate::hosts::native::dev) struct Opened {
    session: String,
}

/// The payment page.
pub(in crate::hosts::native::dev) async fn show(
    State(host): Shared,
    Query(opened): Query<Opened>,
) -> axum::response::Response {
    match load(&host, &opened.session).await {
        Some(kept) => payment(&host, 200, &kept, None).await,
        None => unknown(&host).await,
    }
}

async fn payment(host: &Host, status: u16, kept: &Kept, problem: Option<&str>) -> axum::response::Response {
    let session = &kept.session;
    let main = html! {
        h1 { (if session.is_subscription() { "Subscribe for " } else { "Pay " }) (session.amount()) }
        p class="notice" { "This page stands in for the payment processor on this machine. No money moves." }
        @if let Some(problem) = problem { p class="notice notice-error" role="alert" { (problem) } }
        @if session.status == "open" { (checkout(session)) } @else { (afterwards(kept)) }
    };
    host.dev_page(status, "Payment", main).await
}

fn checkout(session: &Session) -> Markup {
    html! {
        form method="post" action="/__dev/checkout" class="stack" {
            input type="hidden" name="session" value=(session.id);
            p { label { "Name " input name="name" autocomplete="name" value="Test Buyer"; } }
            p { label { "E-mail " input type="email" name="email" autocomplete="email" required value="buyer@example.com"; } }
            p class="actions" {
                button class="button" name="act" value=(Act::Pay.as_str()) { "Pay " (session.amount()) }
                (button(Act::PayLater)) (button(Act::Decline))
            }
        }
        p { a href=(session.cancel_url) { "Cancel" } }
    }
}

/// What can be made happen to a payment, so that every state of a license can be seen.
fn afterwards(kept: &Kept) -> Markup {
    let session = &kept.session;
    html! {
        p { "This session is " (session.payment_status) "." }
        @if !kept.done.is_empty() { ul { @for done in &kept.done { li { (done) } } } }
        form method="post" action="/__dev/checkout" {
            input type="hidden" name="session" value=(session.id);
            p class="actions" { @for act in Act::possible(session) { (button(act)) } }
        }
        p { a href=(back(session)) { "To the shop's page" } }
    }
}

fn button(act: Act) -> Markup {
    html! { button class="button button-secondary" name="act" value=(act.as_str()) { (act.label()) } }
}

/// The buttons of the page: does what was pressed, sends the reports of it, and goes on as the processor would.
pub(in crate::hosts::native::dev) async fn press(State(host): Shared, body: Bytes) -> axum::response::Response {
    let form = fields(&body);
    let field = |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let Some(mut kept) = load::<Kept>(&host, field("session")).await else { return unknown(&host).await };
    let act = if field("act").is_empty() { Some(Act::Pay) } else { Act::parse(field("act")) };
    let Some(act) = act.filter(|act| Act::possible(&kept.session).contains(act)) else {
        return payment(&host, 409, &kept, Some("That cannot happen to this payment now.")).await;
    };
    if act.is_checkout() {
        if Email::parse(field("email")).is_none() {
            return payment(&host, 422, &kept, Some("That is no e-mail address.")).await;
        }
        if act == Act::Decline {
            return payment(&host, 402, &kept, Some("Your card was declined. Try another one.")).await;
        }
        kept.session.customer_details =
            Some(Customer { email: field("email").to_owned(), name: field("name").to_owned() });
    }
    let reports = act::perform(&host, &mut kept, act);
    if store(&host, &kept.session.id, &kept).await.is_err() {
        return refuse(500, "Something went wrong.");
    }
    // A real processor repeats a report that failed; here the success page asks for the session and gets there too.
    act::deliver(&host, reports).await;
    let after =
        if act.is_checkout() { back(&kept.session) } else { format!("/__dev/checkout?session={}", kept.session.id) };
    finished(Response::see_other(&after))
}

fn back(session: &Session) -> String {
    session.success_url.replace("{CHECKOUT_SESSION_ID}", &session.id)
}

/// The buyer's own page.
pub(in crate::hosts::native::dev) async fn portal(
    State(host): Shared,
    Query(opened): Query<Opened>,
) -> axum::response::Response {
    let Some(portal) = load::<Portal>(&host, &opened.session).await else { return unknown(&host).await };
    let all = sessions(&host).await;
    let theirs = all.iter().filter(|kept| kept.session.customer.as_ref() == Some(&portal.customer));
    let main = html! {
        h1 { "Your payments" }
        p class="notice" { "This page stands in for the payment processor on this machine." }
        (list(theirs))
        p { a href=(portal.return_url) { "Back to the shop" } }
    };
    host.dev_page(200, "Your payments", main).await
}

/// Payments, each with the way to its page.
pub(in crate::hosts::native::dev) fn list<'kept>(payments: impl Iterator<Item = &'kept Kept>) -> Markup {
    html! {
        ul {
            @for kept in payments {
                @let session = &kept.session;
                li {
                    a href={ "/__dev/checkout?session=" (session.id) } { (session.amount()) }
                    @if let Some(customer) = &session.customer_details { " by " (customer.email) }
                    ", " (if session.status == "open" { "open" } else { session.payment_status.as_str() })
                }
            }
        }
    }
}

async fn unknown(host: &Host) -> axum::response::Response {
    host.dev_page(404, "Payment", html! { h1 { "No such payment" } }).await
}
