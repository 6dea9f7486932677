//! A deletion: first what it would do, then an order, then a job of the vault that does it. The ledger has a line before anything
//! is deleted and one after; whatever is interrupted in between is done again and comes to the same.

use maud::{Markup, html};
use serde_json::json;

use super::{DATA, out_of_turn, session};
use crate::app::App;
use crate::domain::id::Subject;
use crate::domain::ledger::{self, Command as Ledger, Entry, Stage};
use crate::domain::pass::Rights;
use crate::domain::rights::{Class, Request as Asked, RequestId};
use crate::domain::vault::{Command, Reply};
use crate::failure::Failure;
use crate::frame::{self, Page};
use crate::handlers::outbox::Vault;
use crate::http::{Form, Request, Response};
use crate::ports::{Ports, Unavailable};
use crate::store;

/// The page before a deletion, and after it was ordered.
pub(super) async fn preview<World: Ports>(app: &App<World>, pass: &Rights) -> Result<Response, Failure> {
    let (_, asked) = super::asked(app, &pass.subject, &pass.request).await?;
    let main = match (&asked.outcome, asked.end_licenses) {
        (Some(outcome), _) => done(outcome, !asked.at_processor.is_empty()),
        (None, Some(_)) => under_way(),
        (None, None) => {
            let (keep, in_use) = would_do(app, &pass.subject, false).await?;
            let end = if in_use { Some(would_do(app, &pass.subject, true).await?.0) } else { None };
            question(&keep, end.as_deref())
        }
    };
    Ok(frame::page(&app.world, Page { status: 200, title: "Delete my data".to_owned(), main }).await)
}

/// What a deletion would do, and whether a license is in use.
async fn would_do<World: Ports>(
    app: &App<World>,
    subject: &Subject,
    end_licenses: bool,
) -> Result<(Vec<Class>, bool), Failure> {
    match store::vault(&app.world, subject, Command::PreviewErasure { end_licenses }).await? {
        Reply::Erasure { classes, in_use } => Ok((classes, !in_use.is_empty())),
        _ => Err(out_of_turn().into()),
    }
}

/// `POST /privacy/data/delete`
pub(crate) async fn order<World: Ports>(app: &App<World>, request: &Request, body: &[u8]) -> Result<Response, Failure> {
    let pass = session(app, request)?;
    let form = Form::read(request, body).ok_or(Failure::UnsupportedMediaType { wanted: Form::TYPE })?;
    if form.field("sure").is_empty() {
        return Err(Failure::BadRequest { detail: "Tick the box that says that you are sure, and send it again." });
    }
    let end_licenses = form.field("licenses") == "end";
    let command = Command::OrderErasure { id: pass.request.clone(), end_licenses };
    match store::vault(&app.world, &pass.subject, command).await? {
        Reply::Right { request: Some(_) } => Ok(Response::see_other(DATA)),
        // A link of another kind, or of a request that is gone.
        Reply::Right { request: None } => Err(Failure::RightsSession),
        _ => Err(out_of_turn().into()),
    }
}

/// Does what was ordered: a line of the ledger, the deletion, a line of the ledger.
pub(crate) async fn erase<World: Ports>(
    app: &App<World>,
    vault: &impl Vault,
    id: &RequestId,
    asked: &Asked,
) -> Result<(), Unavailable> {
    let entry = |stage, classes| Entry {
        request: id.clone(),
        stage,
        who: ledger::code(&app.config.pepper, vault.subject()),
        to: None,
        received: asked.received,
        confirmed: asked.confirmed.unwrap_or(asked.received),
        end_licenses: asked.end_licenses.unwrap_or(false),
        classes,
    };
    store::ledger(&app.world, Ledger::Enter { entry: entry(Stage::Ordered, vec![]) }).await?;
    let Reply::Right { request: Some(asked) } = vault.execute(Command::Erase { id: id.clone() }).await? else {
        return Err(out_of_turn());
    };
    let classes = asked.outcome.unwrap_or_default();
    store::ledger(&app.world, Ledger::Enter { entry: entry(Stage::Done, classes) }).await?;
    Ok(())
}

/// What was deleted, signed together with the end of the ledger.
pub(crate) async fn statement<World: Ports>(
    app: &App<World>,
    request: &RequestId,
    classes: &[Class],
) -> Result<String, Unavailable> {
    let (_, lines) = store::ledger(&app.world, Ledger::Tell).await?;
    let line = lines.iter().find(|line| line.request == *request && line.stage == Stage::Done);
    let statement = json!({
        "kid": app.config.signing_key.id(),
        "request": request,
        "done": line.map(|line| line.at.rfc3339()),
        "classes": classes,
        "ledger": line.map(|line| &line.hash),
    });
    Ok(app.config.signing_key.sign_statement(&statement.to_string()))
}

/// Takes away lines of the ledger that are old enough. The cron trigger calls it.
pub(crate) async fn sweep<World: Ports>(app: &App<World>) -> Result<(), Unavailable> {
    // The first run of a day is enough.
    if app.now().0.rem_euclid(86_400) < 600 {
        store::ledger(&app.world, Ledger::Sweep).await?;
    }
    Ok(())
}

fn question(keep: &[Class], end: Option<&[Class]>) -> Markup {
    html! {
        div class="stack" {
            h1 { "Delete my data" }
            p { "Nothing is deleted yet. This is what would happen:" }
            (table(keep, "What is deleted and what is kept"))
            p { "Orders and payments are kept for six years after the license ended, because tax law asks for it. They have no field for your name or email address. The number of your request and your address are kept for four months, the line in our ledger, which names neither, for three years." }
            p { "Stripe and PayPal have records of payments of their own. If there is a customer record of you, we have it deleted there and tell you when that is done." }
            form class="card form" method="post" action={ (DATA) "/delete" } {
                @if let Some(end) = end {
                    fieldset class="field" {
                        legend { "You have a license in use." }
                        label { input type="radio" name="licenses" value="keep" checked; " It goes on working until its term. Its key and the sites it is active on stay." }
                        label { input type="radio" name="licenses" value="end"; " It ends now, and its key is deleted." }
                    }
                    details { summary { "What would happen if it ends now" } (table(end, "If the license ends now")) }
                }
                p class="field" { label { input type="checkbox" name="sure" value="on" required; " I am sure. This cannot be taken back." } }
                p { button class="button" type="submit" { "Delete my data" } }
            }
        }
    }
}

fn table(classes: &[Class], caption: &str) -> Markup {
    html! {
        div class="table" {
            table {
                caption class="visually-hidden" { (caption) }
                thead { tr { th scope="col" { "What" } th scope="col" { "Deleted" } th scope="col" { "Kept" } } }
                tbody { @for class in classes { tr { td { (class.what) } td { (class.deleted) } td { (class.kept) } } } }
            }
        }
    }
}

fn under_way() -> Markup {
    html! {
        div class="stack" {
            h1 { "Your data is being deleted" }
            p class="notice" role="status" { "This takes a moment. A statement of what was deleted comes by mail. Reload this page to see whether it is done." }
        }
    }
}

fn done(outcome: &[Class], is_open: bool) -> Markup {
    html! {
        div class="stack" {
            h1 { "Your data is deleted" }
            (table(outcome, "What was deleted and what was kept"))
            @if is_open { p { "The payment processor still has a record of you as its customer. We have it deleted there too, and write to you when that is done." } }
            p { "A statement of this comes by mail." }
        }
    }
}
