//! What a request for access is answered with: a page and a file, made anew for whoever holds the session.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::report::{self, Section};
use super::{DATA, out_of_turn, session};
use crate::app::App;
use crate::contract::Right;
use crate::contract::register::Register;
use crate::domain::desk::{self, LINES_MAX, Look};
use crate::domain::pass::Rights;
use crate::domain::time::Moment;
use crate::domain::vault::{Command, Reply};
use crate::failure::Failure;
use crate::frame::{self, Page};
use crate::handlers::consent;
use crate::http::{Request, Response};
use crate::ports::Ports;
use crate::site::SiteData;
use crate::store;

/// The version of the file's shape.
const SCHEMA: u32 = 1;
/// Pages of the log that are looked through for disclosures.
const PAGES_MAX: usize = 200;

/// What we never hold, for whoever looks for it.
const NOT_HELD: [&str; 4] = [
    "card numbers and billing addresses: the payment processor alone has them",
    "IP addresses, user agents and other identifiers of devices",
    "passwords",
    "which pages somebody visited",
];

struct Found {
    sections: Vec<Section>,
    disclosures: Vec<Look>,
}

/// The page.
pub(super) async fn show<World: Ports>(app: &App<World>, pass: &Rights) -> Result<Response, Failure> {
    let (found, site) = (find(app, pass).await?, app.site().await?);
    answered(app, pass).await?;
    let main = html! {
        div class="stack report" {
            h1 { "Your data" }
            p { "This is all that we hold about your address, made this moment. It stays open in this browser for a quarter of an hour." }
            p { a class="button" href={ (DATA) "/export.json" } download { "Save it as a file" } }
            @for section in found.sections.iter().filter(|section| !section.items.is_empty()) { (shown(section)) }
            section {
                h2 { "Disclosed because the law asked for it" }
                @if found.disclosures.is_empty() { p { "Nothing." } }
                ul { @for look in &found.disclosures { li { (look.at.day()) ": " (look.disclosure.as_deref().unwrap_or_default()) } } }
            }
            (others(&found, &site))
        }
    };
    Ok(frame::page(&app.world, Page { status: 200, title: "Your data".to_owned(), main }).await)
}

/// `GET /privacy/data/export.json`
pub(crate) async fn export<World: Ports>(app: &App<World>, request: &Request) -> Result<Response, Failure> {
    let pass = session(app, request)?;
    if pass.right != Right::Access {
        return Err(Failure::RightsSession);
    }
    let (found, site) = (find(app, &pass).await?, app.site().await?);
    let receipt = consent::receipt_of(app, consent::held(app, request).as_ref()).await?;
    answered(app, &pass).await?;
    let disclosures = found.disclosures.iter().map(|look| json!({ "at": look.at.rfc3339(), "what": look.disclosure }));
    let file = json!({
        "schema_version": SCHEMA,
        "made_at": app.now().rfc3339(),
        "request": pass.request,
        "controller": { "name": site.title, "url": site.url, "email": site.email },
        "policy_in_force": site.policy_in_force(app.now().0).map(|policy| &policy.id),
        "records": found.sections,
        "disclosures": disclosures.collect::<Vec<Value>>(),
        "consent_receipt": receipt.map(|receipt| consent::receipt_file(&receipt, &site)),
        "recipients": recipients(),
        "not_held": NOT_HELD,
    });
    Ok(Response::json(200, &file).with("content-disposition", "attachment; filename=\"your-data.json\""))
}

async fn find<World: Ports>(app: &App<World>, pass: &Rights) -> Result<Found, Failure> {
    let site = app.site().await?;
    let sections = report::of(&store::rows(&app.world, &pass.subject).await?, &site);
    Ok(Found { sections, disclosures: disclosures(app, pass).await? })
}

/// Whoever has seen their data was answered.
async fn answered<World: Ports>(app: &App<World>, pass: &Rights) -> Result<(), Failure> {
    match store::vault(&app.world, &pass.subject, Command::AnswerRight { id: pass.request.clone() }).await? {
        Reply::Noted => Ok(()),
        _ => Err(out_of_turn().into()),
    }
}

/// What was disclosed of this person because the law asked for it.
async fn disclosures<World: Ports>(app: &App<World>, pass: &Rights) -> Result<Vec<Look>, Failure> {
    let (mut found, mut after) = (vec![], None);
    for _ in 0..PAGES_MAX {
        let command = desk::Command::Looks { after };
        let desk::Reply::Looks { lines } = store::desk(&app.world, command).await? else { break };
        let is_last = lines.len() < LINES_MAX;
        after = lines.last().map(|(key, _)| key.clone());
        let theirs = |look: &Look| look.disclosure.is_some() && look.whose.as_deref() == Some(pass.subject.as_str());
        found.extend(lines.into_iter().map(|(_, look)| look).filter(theirs));
        if is_last {
            break;
        }
    }
    Ok(found)
}

fn recipients() -> Vec<Value> {
    let known = Register::of_this_program().processors;
    known
        .iter()
        .map(|processor| json!({ "name": processor.recipient.wording(), "what_for": processor.function }))
        .collect()
}

fn shown(section: &Section) -> Markup {
    html! {
        section {
            h2 { (section.title) }
            @for item in &section.items {
                div class="card" {
                    dl class="receipt" {
                        @for field in item.fields.iter().filter(|field| !field.value.is_null()) {
                            dt { (field.path.replace(['.', '_'], " ")) }
                            dd { (value(&field.path, &field.value)) }
                        }
                    }
                    @if let Some(policy) = &item.collected_under {
                        p class="muted" { "Collected under the policy of " a href={ "/privacy/" (policy) "/" } { (policy) } "." }
                    }
                }
            }
            @if let Some(field) = section.items.first().and_then(|item| item.fields.first()) {
                @let purposes: Vec<&str> = field.purposes.iter().map(|purpose| purpose.wording()).collect();
                p class="muted" { "To " (purposes.join(", ")) ". Kept " (field.kept) "." }
            }
        }
    }
}

fn value(path: &str, value: &Value) -> String {
    if let Some(seconds) = report::moment(path, value) {
        return Moment(seconds).rfc3339().replace('T', " ").replace('Z', " UTC");
    }
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let texts: Vec<String> = list.iter().map(|one| self::value(path, one)).collect();
            texts.join(", ")
        }
        other => other.to_string(),
    }
}

fn others(found: &Found, site: &SiteData) -> Markup {
    let empty: Vec<&str> =
        found.sections.iter().filter(|section| section.items.is_empty()).map(|section| section.title).collect();
    html! {
        section {
            h2 { "What there is none of" }
            @if !empty.is_empty() { p { (empty.join(" · ")) } }
            ul { @for line in NOT_HELD { li { (line) } } }
        }
        section {
            h2 { "Who works for us" }
            ul { @for processor in Register::of_this_program().processors { li { (processor.recipient.wording()) ": " (processor.function) } } }
        }
        p { "Is something wrong? Write to " a href={ "mailto:" (site.email) } { (site.email) } "." }
    }
}
