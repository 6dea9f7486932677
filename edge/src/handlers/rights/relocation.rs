//! A change of address, from the link that proves the new mailbox to the last step. What is in the vault goes to the vault of the new
//! address: the desk lists it here no more, the other vault takes it in, each pointer is turned, and then this vault is emptied. Each
//! step may be done twice, so whatever is interrupted begins at the first one again.

use maud::html;

use crate::app::App;
use crate::domain::desk::{self, Entry, LINES_MAX};
use crate::domain::id::{Email, Subject};
use crate::domain::ledger;
use crate::domain::pass::Proof;
use crate::domain::rights::{LINK_LIFE, RequestId};
use crate::domain::vault::Belongings;
use crate::domain::vault::{Command, Reply, Step};
use crate::failure::Failure;
use crate::frame::{self, Page};
use crate::handlers::outbox::Vault;
use crate::http::Response;
use crate::ports::{Ports, Unavailable};
use crate::store;

use super::{button, out_of_turn};

/// The address of the link that is mailed to the new mailbox.
pub(crate) fn address<World: Ports>(
    app: &App<World>,
    subject: &Subject,
    request: &RequestId,
    (email, link): (&Email, u32),
) -> String {
    let (subject, to) = (subject.clone(), Subject::of(&app.config.pepper, email));
    let pass = Proof { subject, to, request: request.clone(), link };
    let token = pass.issue(&app.config.pepper, app.now().after(LINK_LIFE));
    format!("{}{}", app.config.site_url, path(request, &token))
}

fn path(request: &RequestId, token: &str) -> String {
    format!("/privacy/e/{}/{token}", request.as_str())
}

fn opened<World: Ports>(app: &App<World>, rid: &str, token: &str) -> Result<Proof, Failure> {
    let pass = Proof::open(&app.config.pepper, token, app.now()).map_err(|_| Failure::RightsLink)?;
    if pass.request.as_str() == rid { Ok(pass) } else { Err(Failure::RightsLink) }
}

/// `GET /privacy/e/{rid}/{token}`: a button and nothing else.
pub(crate) async fn confirm<World: Ports>(app: &App<World>, rid: &str, token: &str) -> Result<Response, Failure> {
    let pass = opened(app, rid, token)?;
    let what =
        "What we hold about whoever asked joins what we hold about this address, and mails go here from then on.";
    Ok(button(app, "Is this your new address?", what, ("Yes, change it", &path(&pass.request, token))).await)
}

/// `POST /privacy/e/{rid}/{token}`
pub(crate) async fn prove<World: Ports>(app: &App<World>, rid: &str, token: &str) -> Result<Response, Failure> {
    let pass = opened(app, rid, token)?;
    // It proves the mailbox that it went to, and no other that was named since.
    let (_, asked) = super::asked(app, &pass.subject, &pass.request).await.map_err(closed)?;
    let named = asked.change.map(|change| Subject::of(&app.config.pepper, &change.email));
    if named.as_ref() != Some(&pass.to) {
        return Err(Failure::RightsLink);
    }
    let command = Command::Change { id: pass.request, step: Step::Prove { link: pass.link } };
    match store::vault(&app.world, &pass.subject, command).await? {
        Reply::Right { request: Some(_) } => {}
        Reply::Right { request: None } => return Err(Failure::RightsLink),
        _ => return Err(out_of_turn().into()),
    }
    let main = html! {
        div class="stack" {
            h1 { "Your address is being changed" }
            p class="notice" role="status" { "This takes a moment. A mail comes to this address when it is done." }
        }
    };
    Ok(frame::page(&app.world, Page { status: 202, title: "Your address is being changed".to_owned(), main }).await)
}

/// Whoever has only the link is told of the link.
fn closed(failure: Failure) -> Failure {
    match failure {
        Failure::RightsSession => Failure::RightsLink,
        other => other,
    }
}

/// Brings all that is in a vault to that of another address.
pub(crate) async fn relocate<World: Ports>(
    app: &App<World>,
    vault: &impl Vault,
    id: &RequestId,
    email: &Email,
    entry: Entry,
    belongings: &Belongings,
) -> Result<(), Unavailable> {
    let from = vault.subject();
    let to = Subject::of(&app.config.pepper, email);
    let step = if *from == to {
        Step::Respell
    } else {
        store::register(&app.world, from, entry, vec![]).await?;
        if store::arrive(&app.world, (from, &to), id, vault.rows().await?).await? {
            hand_over(app, belongings, (from, &to)).await?;
            reassign_log(app, (from, &to)).await?;
            enter(app, vault, id, &to).await?;
            Step::Leave { to }
        } else {
            Step::Stay
        }
    };
    match vault.execute(Command::Change { id: id.clone(), step }).await? {
        Reply::Right { .. } => Ok(()),
        _ => Err(out_of_turn()),
    }
}

/// A line of the ledger: whoever goes back to an older copy of the store, and finds this person deleted later under the new address,
/// has to know that they are the same.
async fn enter<World: Ports>(
    app: &App<World>,
    vault: &impl Vault,
    id: &RequestId,
    to: &Subject,
) -> Result<(), Unavailable> {
    let Reply::Survey { survey } = vault.execute(Command::Survey).await? else { return Err(out_of_turn()) };
    let Some((_, asked)) = survey.requests.into_iter().find(|(known, _)| known == id) else { return Ok(()) };
    let pepper = &app.config.pepper;
    let entry = ledger::Entry {
        request: id.clone(),
        stage: ledger::Stage::Moved,
        who: ledger::code(pepper, vault.subject()),
        to: Some(ledger::code(pepper, to)),
        received: asked.received,
        confirmed: asked.confirmed.unwrap_or(asked.received),
        end_licenses: false,
        classes: vec![],
    };
    store::ledger(&app.world, ledger::Command::Enter { entry }).await.map(drop)
}

/// Turns every pointer.
async fn hand_over<World: Ports>(
    app: &App<World>,
    belongings: &Belongings,
    (from, to): (&Subject, &Subject),
) -> Result<(), Unavailable> {
    for reference in belongings.references(&app.config.pepper) {
        store::hand(&app.world, &reference, (from, to)).await?;
    }
    Ok(())
}

/// Lines of the log that are about this person stay about them.
async fn reassign_log<World: Ports>(app: &App<World>, (from, to): (&Subject, &Subject)) -> Result<(), Unavailable> {
    let mut after = None;
    loop {
        let (from, to) = (from.as_str().to_owned(), to.as_str().to_owned());
        let command = desk::Command::Reassign { from, to, after };
        let desk::Reply::Looks { lines } = store::desk(&app.world, command).await? else { return Err(out_of_turn()) };
        if lines.len() < LINES_MAX {
            return Ok(());
        }
        after = lines.last().map(|(key, _)| key.clone());
    }
}
