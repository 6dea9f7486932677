//! Rooms of the desk that are about no single person: what needs a look, and the audit log.

use maud::html;

use super::{Visit, out_of_turn, view};
use crate::domain::desk::{self, Command, Entry, LINES_MAX, PAGE_ROWS_MAX, Reply};
use crate::domain::id::Subject;
use crate::domain::notice;
use crate::failure::Failure;
use crate::http::Response;
use crate::ports::Ports;
use crate::store;
use crate::store::parked;

/// Things of a kind on the page; what is more can wait until these are dealt with.
const SHOWN_MAX: usize = 30;

/// `GET /desk/attention`: purchases that nobody may fulfil unseen, reports that found no purchase, mails that were
/// given up, prices below the catalogue, and how far notices have come.
pub(super) async fn attention<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let (world, now, site) = (&visit.app.world, visit.app.now(), visit.app.site().await?);
    let held = parked::held(world, SHOWN_MAX).await?;
    let mut waiting = vec![];
    for key in parked::keys(world, None).await?.into_iter().take(SHOWN_MAX) {
        waiting.extend(parked::read(world, &key).await?);
    }
    let mut notices = vec![];
    for notice in notice::current(&site, now) {
        notices.push((notice.id(), store::progress(world, desk::notice_row(&notice)).await?));
    }
    let epoch = visit.app.config.vault_keys.epoch();
    let locked = store::progress(world, desk::epoch_row(epoch)).await?;
    let rows = registered(visit).await?;
    let given_up: Vec<_> = rows.iter().filter(|(_, entry)| entry.given_up > 0).take(SHOWN_MAX).collect();
    let due = rows.iter().filter_map(|(subject, entry)| Some((subject, entry.right_due?)));
    let mut due: Vec<(&Subject, String)> = due.map(|(subject, due)| (subject, due.day())).collect();
    due.sort_by(|(_, one), (_, other)| one.cmp(other));
    let cheap: Vec<_> = rows.iter().filter(|(_, entry)| entry.price_drift).take(SHOWN_MAX).collect();
    let main = html! {
        h1 class="desk-title" { "Attention" }
        section class="card" {
            h2 { "Paid, and not fulfilled" }
            @if held.is_empty() { p { "Nothing." } }
            ul { @for held in &held { li { (held.purchase.provider.as_str()) " " code { (held.purchase.id) } ": " (held.why) ", " (view::when(held.since, now)) } } }
        }
        section class="card" {
            h2 { "Reports that wait for their purchase" }
            @if waiting.is_empty() { p { "Nothing." } }
            ul { @for parked in &waiting { li { code { (format!("{:?}", parked.fact.origin())) } ", " (view::when(parked.since, now)) } } }
            p class="muted" { "Most find it within minutes. One that waits for days does not find it by itself." }
        }
        section class="card" {
            h2 { "Mails that were given up" }
            @if given_up.is_empty() { p { "None." } }
            ul { @for (subject, entry) in given_up { li { (entry.given_up) " to " a href=(super::inbox::person(subject)) { "a person" } } } }
        }
        section class="card" {
            h2 { "Privacy requests to be answered" }
            @if due.is_empty() { p { "None." } }
            ul { @for (subject, day) in due { li { "by " strong { (day) } ": " a href=(super::inbox::person(subject)) { "a person" } } } }
        }
        section class="card" {
            h2 { "Charged less than the catalogue asks" }
            @if cheap.is_empty() { p { "Nobody." } }
            ul { @for (subject, entry) in cheap { li { a href=(super::inbox::person(subject)) { "A person" } ", changed " (view::when(entry.changed_at, now)) } } }
        }
        section class="card" {
            h2 { "Notices" }
            @if notices.is_empty() { p { "None is being told." } }
            ul { @for (id, progress) in &notices { li { code { (id) } ": " (progress.asked) " asked, " (progress.queued) " told" @if progress.done { ", done" } } } }
        }
        section class="card" {
            h2 { "Keys" }
            p {
                "New data is locked by the key " code { (epoch) } ". "
                @if locked.done { "So is everything else. From a day after this was changed an older key is needed for files alone that were attached before, until their tickets are gone." }
                @else { "So far " (locked.asked) " people's data is, too. Keep the older key until all is." }
            }
        }
    };
    Ok(visit.page(200, "Attention", main).await)
}

/// All rows of the register.
async fn registered<World: Ports>(visit: &Visit<'_, World>) -> Result<Vec<(Subject, Entry)>, Failure> {
    let mut rows = vec![];
    loop {
        let after = rows.last().map(|(subject, _): &(Subject, Entry)| subject.clone());
        let page = store::registered(&visit.app.world, after).await?;
        let is_last = page.len() < PAGE_ROWS_MAX;
        rows.extend(page);
        if is_last {
            return Ok(rows);
        }
    }
}

/// `GET /desk/log`
pub(super) async fn log<World: Ports>(visit: &Visit<'_, World>) -> Result<Response, Failure> {
    let after = visit.request.query_value("after").map(std::borrow::Cow::into_owned);
    let Reply::Looks { lines } = store::desk(&visit.app.world, Command::Looks { after }).await? else {
        return Err(out_of_turn().into());
    };
    let main = html! {
        h1 class="desk-title" { "Log" }
        p class="muted" { "Who of the staff saw or changed what. Lines are kept for three years." }
        div class="table-scroll" tabindex="0" role="region" aria-label="Log" {
            table class="desk-table" {
                thead { tr { th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "Whose" } } }
                tbody {
                    @for (_, look) in &lines {
                        tr {
                            td { (look.at.rfc3339().replace('T', " ").replace('Z', " UTC")) }
                            td { (visit.called(&look.staff)) }
                            td { (look.act.wording()) @if let Some(text) = &look.disclosure { ": " (text) } }
                            td { (look.whose.as_deref().unwrap_or("–")) }
                        }
                    }
                }
            }
        }
        @if let Some((key, _)) = lines.last().filter(|_| lines.len() == LINES_MAX) {
            p { a class="button button-secondary" href={ "/desk/log?after=" (key) } { "Older" } }
        }
        form method="post" action="/desk/sign-out-everywhere" {
            p { button class="button button-quiet" type="submit" { "Sign me out everywhere" } }
        }
    };
    Ok(visit.page(200, "Log", main).await)
}
