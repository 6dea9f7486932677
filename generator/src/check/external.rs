//! `site check --external`: whether what leads to other hosts is still there. The web is not ours, so only what is certain is an
//! error: a page that is gone, a host that does not exist. Whatever may be there for readers and not for programs is a warning.
//!
//! Hosts are asked side by side and each of them one question at a time; what they said is kept, so that nobody is asked
//! again for what was answered a moment ago.

mod ask;
mod known;
mod resolver;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
};

use url::Url;

use super::Report;
use crate::{
    diagnostic::{self, Diagnostic},
    proof::elsewhere::Elsewhere,
};
use ask::{Answer, Asker, Manner, Outcome};
use known::Known;

/// Hosts that are asked at once.
const HOSTS_AT_ONCE: usize = 8;

/// How other hosts are asked.
#[derive(Debug, Clone, Copy)]
pub struct External {
    /// The moment by the real clock: what is known gets old, whenever the site is checked for.
    pub now: jiff::Timestamp,
    /// Whether hosts of private networks and of this machine are asked as well, which only tests want.
    pub private: bool,
    /// Is told what takes long, a line at a time.
    pub progress: fn(&str),
}

/// An address without its place in the page, and who wrote what about it.
#[derive(Debug)]
struct Page {
    url: Url,
    /// Places in it that somebody leads to.
    places: BTreeSet<String>,
    uses: Vec<Use>,
}

#[derive(Debug)]
struct Use {
    /// The address as it is written.
    written: String,
    fragment: Option<String>,
    places: BTreeSet<Diagnostic>,
}

/// Asks for everything that pages lead to elsewhere and adds what is wrong to the report.
pub(super) fn check(external: External, root: &Path, elsewhere: Elsewhere, own: &str, report: &mut Report) {
    ask_all(external, Manner::default(), root, elsewhere, own, report);
}

fn ask_all(external: External, manner: Manner, root: &Path, elsewhere: Elsewhere, own: &str, report: &mut Report) {
    let mut known = Known::read(root);
    let (answered, open): (Vec<Page>, Vec<Page>) = pages(elsewhere, own, report)
        .into_iter()
        .partition(|page| known.answer(page.url.as_str(), &page.places, external.now).is_some());
    let hosts: BTreeSet<&str> = open.iter().filter_map(|page| page.url.host_str()).collect();
    if !open.is_empty() {
        (external.progress)(&format!("asking for {} addresses of {} other hosts", open.len(), hosts.len()));
    }
    let asked = side_by_side(&Asker::new(manner, external.private), open);
    if is_cut_off(&asked) {
        let finding = Diagnostic::file("links to other hosts", "were not checked: no host is known by its name");
        report.errors.push(finding.hint("is this machine connected to the internet?"));
        return;
    }
    for (page, answer) in &asked {
        known.learn(page.url.as_str(), answer.clone(), external.now);
        judge(page, answer, report);
    }
    for page in &answered {
        if let Some(answer) = known.answer(page.url.as_str(), &page.places, external.now) {
            judge(page, answer, report);
        }
    }
    known.write(root, external.now);
    report.errors = diagnostic::sorted(std::mem::take(&mut report.errors));
    report.warnings = diagnostic::sorted(std::mem::take(&mut report.warnings));
}

/// What there is to ask for: one page for all places in it.
fn pages(elsewhere: Elsewhere, own: &str, report: &mut Report) -> Vec<Page> {
    let own = Url::parse(own).ok();
    let own_host = own.as_ref().and_then(Url::host_str);
    let mut pages = BTreeMap::<String, Page>::new();
    for (written, places) in elsewhere {
        // A page of ours has the scheme of ours.
        let whole = if written.starts_with("//") { format!("https:{written}") } else { written.clone() };
        let Ok(mut url) = Url::parse(&whole) else {
            let message = format!("`{written}` is not an address");
            report.errors.extend(places.iter().map(|place| place.saying(&message)));
            continue;
        };
        // Our own pages are proofread before they are there, under whatever scheme somebody writes them.
        if url.host_str() == own_host {
            continue;
        }
        let fragment = url.fragment().filter(|fragment| is_place(fragment)).map(decoded);
        url.set_fragment(None);
        let page = pages.entry(url.to_string());
        let page = page.or_insert_with(|| Page { url, places: BTreeSet::new(), uses: Vec::new() });
        page.places.extend(fragment.clone());
        page.uses.push(Use { written, fragment, places });
    }
    pages.into_values().collect()
}

/// Whether a fragment is the name of a place, and no state of a script or a text to look for.
fn is_place(fragment: &str) -> bool {
    let is_state = fragment.starts_with(['/', '!']) || fragment.contains('=') || fragment.contains(":~:");
    // GitHub's lines of a file.
    let lines = fragment.strip_prefix('L').unwrap_or_default();
    let is_line = lines.starts_with(|c: char| c.is_ascii_digit());
    !is_state && !is_line && !matches!(fragment, "" | "top")
}

fn decoded(fragment: &str) -> String {
    percent_encoding::percent_decode_str(fragment).decode_utf8_lossy().into_owned()
}

/// Asks for all pages, some hosts at once.
fn side_by_side(asker: &Asker, pages: Vec<Page>) -> Vec<(Page, Answer)> {
    let mut hosts = BTreeMap::<String, Vec<Page>>::new();
    for page in pages {
        hosts.entry(page.url.host_str().unwrap_or_default().to_owned()).or_default().push(page);
    }
    let mut queue: Vec<Vec<Page>> = hosts.into_values().collect();
    // The host with most pages takes longest, so it goes first: it is at the end, where it is taken from.
    queue.sort_by_key(Vec::len);
    let threads = queue.len().min(HOSTS_AT_ONCE);
    let (queue, answers) = (Mutex::new(queue), Mutex::new(Vec::new()));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(pages) = next() {
                    for page in pages {
                        let answer = asker.ask(&page.url, &page.places);
                        answers.lock().unwrap_or_else(PoisonError::into_inner).push((page, answer));
                    }
                }
            });
        }
    });
    answers.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Whether no name of several was found, which says more of this machine than of the hosts.
fn is_cut_off(asked: &[(Page, Answer)]) -> bool {
    let hosts: BTreeSet<&str> = asked.iter().filter_map(|(page, _)| page.url.host_str()).collect();
    let is_unfound = |answer: &Answer| matches!(answer.outcome, Outcome::NoHost | Outcome::NoName);
    hosts.len() > 1 && asked.iter().all(|(_, answer)| is_unfound(answer))
}

/// Says what an answer means, wherever the address is written.
fn judge(page: &Page, answer: &Answer, report: &mut Report) {
    for Use { written, fragment, places } in &page.uses {
        let Some(verdict) = verdict(written, fragment.as_deref(), answer) else { continue };
        let findings = places.iter().map(|place| place.saying(&verdict.message).hint(verdict.hint.clone()));
        if verdict.is_error { report.errors.extend(findings) } else { report.warnings.extend(findings) }
    }
}

struct Verdict {
    is_error: bool,
    message: String,
    hint: String,
}

fn verdict(written: &str, fragment: Option<&str>, answer: &Answer) -> Option<Verdict> {
    let error = |message, hint: &str| Some(Verdict { is_error: true, message, hint: hint.to_owned() });
    let warning = |message, hint: &str| Some(Verdict { is_error: false, message, hint: hint.to_owned() });
    let look = "it may be there for readers all the same: look at it in a browser";
    match &answer.outcome {
        Outcome::Gone(status) => error(
            format!("`{written}` is not there: its host answers {status}"),
            "find out where it went, or take the link out",
        ),
        Outcome::NoHost => error(
            format!("`{written}` leads to a host that does not exist"),
            "is it spelled right? Else take the link out",
        ),
        Outcome::NoName => warning(format!("the host of `{written}` was not found by its name at present"), look),
        Outcome::Odd(status) => warning(format!("`{written}` answers with status {status}"), look),
        Outcome::Silent(why) => warning(format!("`{written}` could not be asked for: {why}"), look),
        Outcome::Private => warning(
            format!("`{written}` leads into a private network and was not asked for"),
            "readers are not there: take the link out, or write the address as code",
        ),
        Outcome::Named => warning(
            format!("`{written}` has a name or a password in it and was not asked for"),
            "whoever reads the page reads them: take them out",
        ),
        Outcome::Endless => warning(format!("`{written}` is passed on from address to address without an end"), look),
        Outcome::There => {
            let missing = fragment.filter(|place| answer.places.get(*place) == Some(&false));
            if let Some(place) = missing {
                let message = format!("`{written}` leads to a page without a place `{place}`");
                return warning(message, "look for its new name, unless a script makes it");
            }
            let moved = answer.moved.as_ref()?;
            let place = fragment.filter(|_| !moved.contains('#')).map(|place| format!("#{place}")).unwrap_or_default();
            warning(format!("`{written}` has moved for good"), &format!("write `{moved}{place}`"))
        }
    }
}
