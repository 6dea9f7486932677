//! Pages ahead of time: what a policy's pages become when its next versions come into force.
//!
//! Which version is in force is a question of the moment of a request, and the edge can only choose among files. So the
//! build also writes, for the next switches, every page and file that will be different then, below a folder that no
//! address reaches. Where nothing is different, the file under its own address answers before and after.

use jiff::Timestamp;

use crate::{
    config::Config,
    diagnostic::Diagnostic,
    output::Output,
    page::Page,
    policy::{Policy, Version},
    render,
    site::Site,
    site_data::SWITCH_FOLDER,
    template::Engine,
};

/// Files by address.
pub(crate) type Files = Vec<(String, String)>;

/// What belongs to a policy and is made elsewhere, as of another moment.
#[derive(Clone, Copy)]
pub(crate) struct Ahead<'a> {
    /// The page of promises of a version.
    pub(crate) promises: &'a dyn Fn(&Policy, &Version) -> Option<Page>,
    /// Files for machines, by address.
    pub(crate) declared: &'a dyn Fn(&Policy, Timestamp) -> Files,
}

/// Adds what will be different to an output that has everything as of the build.
pub(crate) fn render_into(
    output: &mut Output,
    site: &Site,
    engine: &Engine<'_>,
    config: &Config,
    (at, minify): (Timestamp, bool),
    ahead: Ahead<'_>,
) -> Result<(), Vec<Diagnostic>> {
    let mut problems = Vec::new();
    for policy in &site.policies {
        let own = site.pages.iter().find(|page| page.path == policy.path);
        for version in policy.switches(at) {
            for (address, origin, text) in policy.files(config, version.effective_at) {
                add(output, version, (&address, origin), &text);
            }
            for (address, text) in (ahead.declared)(policy, version.effective_at) {
                add(output, version, (&address, "the policy for machines"), &text);
            }
            let mut pages = pages(policy, version, own);
            pages.extend((ahead.promises)(policy, version));
            for (page, rendered) in pages.iter().zip(render::pages(&pages, engine, config, minify)) {
                let html = rendered.map_err(|found| problems.extend(found)).unwrap_or_default();
                add(output, version, (&page.path, &page.document.file), &html);
            }
        }
    }
    problems.extend(output.problems());
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// All pages of a policy as of the moment a version takes effect.
fn pages(policy: &Policy, version: &Version, own: Option<&Page>) -> Vec<Page> {
    let at = version.effective_at;
    let home = own.map(|own| policy.home(own.clone(), at));
    policy.pages(at).into_iter().chain(home).collect()
}

fn add(output: &mut Output, version: &Version, (address, origin): (&str, &str), text: &str) {
    if output.bytes(address) != Some(text.as_bytes()) {
        output.add(&format!("{SWITCH_FOLDER}/{}{address}", version.id), origin, text);
    }
}
