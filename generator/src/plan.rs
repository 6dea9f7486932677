//! A site that is ready: everything a build reads, checked, and every file it would write.
//!
//! `build` writes a plan, `check` only makes one, and `publishing` makes the one that there would be with one version
//! more. So nothing is checked in two places, and what passes one of them passes all.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use crate::{
    asset,
    bindery::{Bindery, LOT, Leaf},
    config::{
        Config,
        catalogue::{self, Product},
    },
    data,
    diagnostic::{self, Diagnostic},
    feed, headers, icons,
    image::{Album, Studio, svg},
    language::{self, original, voice},
    manifest,
    markdown::highlight,
    output::Output,
    page::{Page, output_of},
    policy::{
        Policy,
        contract::{Register, check::Facts, promises, published},
        evidence::{self, Audit, TestReport},
        folder,
        log::{self, Log},
        verdict,
    },
    proof::Proof,
    release::{self, changelog},
    render::{self, Bodies, Past, Press, Printed},
    search, security_txt,
    site::{Edition, Site},
    site_data::{self, SiteData},
    sitemap,
    source::{self, Tree},
    switch, template, theme,
    timing::{Lap, SILENT, Timing},
    trace::{
        Fresh, Traces,
        cause::{Cause, Causes, Workshop},
    },
    view::{SharedView, SiteView},
};

/// What a plan is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose<'a> {
    pub(crate) root: &'a Path,
    pub(crate) edition: Edition,
    /// Address to use in the place of the one in `site.yaml`.
    pub(crate) base_url: Option<&'a str>,
    pub(crate) minify: bool,
    /// What the code does, to hold the policies against.
    pub(crate) register: &'a Register,
    /// What a test run showed, where this build was given a report.
    pub(crate) report: Option<&'a TestReport>,
    /// Is told what takes long.
    pub(crate) progress: fn(&str),
    /// Is told where the plan is.
    pub(crate) timing: &'a Timing,
    /// What is known of the last build, where one may go on from there.
    pub(crate) traces: Option<&'a Traces>,
    /// Where it will be written, if it will.
    pub(crate) out: Option<&'a Path>,
}

impl<'a> Purpose<'a> {
    /// For looking at a site and not for deploying it.
    pub(crate) fn plain(root: &'a Path, edition: Edition, register: &'a Register) -> Self {
        let (base_url, report, progress, timing, traces, out) = (None, None, |_: &str| (), &SILENT, None, None);
        Self { root, edition, base_url, minify: false, register, report, progress, timing, traces, out }
    }

    /// How its pages are rendered.
    fn press(self, engine: &'a template::Engine, config: &'a Config, bodies: &'a Bodies) -> Press<'a> {
        Press { engine, config, minified: self.minify, bodies, timing: self.timing }
    }

    /// Where its pictures are made ready.
    fn studio(self, config: &'a Config) -> Studio<'a> {
        Studio { root: self.root, site_url: &config.url, progress: self.progress }
    }
}

/// A site without a fault.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) site: Site,
    pub(crate) output: Output,
    /// What the policies leave unsaid, which is no fault.
    pub(crate) notes: Vec<Diagnostic>,
    pub(crate) config: Config,
    pub(crate) made: Made,
}

/// What pages were made with, for whoever makes one of them anew.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) theme: Arc<theme::Theme>,
    pub(crate) engine: template::Engine,
    pub(crate) album: Album,
    /// What the next build may need to know of these pages.
    pub(crate) fresh: Fresh,
    /// What the edge is told, but for the name of the build.
    pub(crate) data: SiteData,
}

/// Where the edge reads what it has to know.
pub(crate) const EDGE_DATA: &str = "/site.json";

/// Digits of the name of a build.
const BUILD_DIGITS: usize = 12;

/// The content of a root, which has to have some.
pub(crate) fn content(root: &Path) -> Result<Tree, Vec<Diagnostic>> {
    let mut content = Tree::read(root, "content").map_err(diagnostic::sorted)?;
    if content.is_empty() {
        let problem = Diagnostic::file("content", "there is nothing to build");
        return Err(vec![problem.hint("run this where the folder `content/` is, or name that place with `--root`")]);
    }
    // What more than one page is made of is at hand.
    for folder in folder::possible(&content).into_iter().chain([release::FOLDER.to_owned()]) {
        content.hold_files_of(&folder).map_err(|problem| vec![problem])?;
    }
    Ok(content)
}

impl Plan {
    /// Reads and checks everything. When anything is wrong, all of it is reported.
    pub(crate) fn new(content: &Tree, purpose: Purpose<'_>) -> Result<Self, Vec<Diagnostic>> {
        let (mut problems, mut lap) = (Vec::new(), purpose.timing.lap("plan"));
        let mut keep = |problem: Diagnostic| problems.push(problem);
        let config = Config::read(content, purpose.base_url).map_err(&mut keep);
        let is_configured = config.is_ok();
        if config.as_ref().is_ok_and(|config| config.highlight) {
            highlight::kept::recall(purpose.root);
        }
        let config = config.unwrap_or_else(|()| Config::bare());
        let products = catalogue::read(content, &config).map_err(&mut keep);
        let releases = release::read(content, &config, products.as_deref().ok(), purpose.edition.at);
        let releases = releases.map_err(|found| problems.extend(found)).unwrap_or_default();
        let products = products.unwrap_or_default();
        let data = data::read(content).map_err(|found| problems.extend(found));
        let is_whole = is_configured && data.is_ok();
        let data = data.unwrap_or_default();
        let site = || Site::read(content, &config, purpose.edition, releases);
        let site = purpose.timing.of("pages", site);
        let mut site = site.map_err(|found| problems.extend(original::judged(found, is_configured)));
        let mut notes = Vec::new();
        let audits = evidence::audits(content).map_err(|problem| problems.push(problem)).unwrap_or_default();
        if let Ok(site) = &mut site {
            problems.extend(purpose.timing.of("policies", || judge(site, &config, &audits, purpose, &mut notes)));
        }
        let output = theme::Theme::read(purpose.root, content, &config).and_then(|theme| {
            let theme = Arc::new(theme);
            let mut assets = asset::Assets::new(&theme, purpose.minify)?;
            icons::add(&mut assets, &theme, purpose.root)?;
            let views = products.iter().map(Product::view).collect();
            let shared = SharedView { site: SiteView::new(&config), products: views, data };
            let mut engine = template::Engine::new(&theme, &assets, &shared)?;
            // Without all pages there is nothing to render, and what is wrong with them is known already. Without the
            // settings the theme is another one, whose templates no page asks for, and without data it would miss them.
            let (Ok(site), true) = (&site, is_whole) else { return Ok(None) };
            let voices = voice::voices(&config, &site.pages);
            engine.speak(&voices);
            let (config, is_minified) = (&config, purpose.minify);
            let workshop =
                Workshop { config, theme: &theme, assets: &assets, shared: &shared, voices: &voices, is_minified };
            let causes = purpose.traces.and_then(|_| Causes::new(&workshop));
            let past = purpose.traces.zip(causes.as_ref()).map(|(traces, causes)| Past { traces, causes });
            let (products, audits) = (products.as_slice(), audits.as_slice());
            let manuscript = Manuscript { content, config, products, audits, site, purpose, past };
            let printed = manuscript.printed((&theme, &assets, &engine), &mut lap, problems.is_empty())?;
            let Printout { output, album, data, fresh } = printed;
            let made = Made { theme: Arc::clone(&theme), engine, album, fresh, data };
            Ok(Some((output, made)))
        });
        match (site, output) {
            (Ok(mut site), Ok(Some((output, made)))) if problems.is_empty() => {
                let warnings = made.album.warnings.iter().chain(&made.theme.strings.warnings);
                site.warnings.extend(warnings.cloned());
                Ok(Self { site, output, notes, config, made })
            }
            (_, output) => {
                problems.extend(output.err().unwrap_or_default());
                Err(render::once(problems))
            }
        }
    }

    /// What somebody should know, though nothing is wrong.
    pub(crate) fn warnings(&self) -> Vec<Diagnostic> {
        diagnostic::sorted(self.site.warnings.clone())
    }
}

/// A site that is known, and what goes to press with it.
#[derive(Clone, Copy)]
struct Manuscript<'a> {
    content: &'a Tree,
    config: &'a Config,
    products: &'a [Product],
    audits: &'a [Audit],
    site: &'a Site,
    purpose: Purpose<'a>,
    past: Option<Past<'a>>,
}

/// Everything that was made of it.
struct Printout {
    output: Output,
    album: Album,
    data: SiteData,
    fresh: Fresh,
}

impl Manuscript<'_> {
    /// Every file of the site, its pictures, and what the edge is told. Where something is wrong elsewhere, nothing is drawn
    /// that takes long.
    fn printed(
        self,
        (theme, assets, engine): (&theme::Theme, &asset::Assets, &template::Engine),
        lap: &mut Lap<'_>,
        is_good: bool,
    ) -> Result<Printout, Vec<Diagnostic>> {
        let Self { content, config, products, audits, site, purpose, past } = self;
        let at = purpose.edition.at;
        let mut output = published(site, content, config, purpose)?;
        add_assets(&mut output, assets, theme, config);
        let bodies = Bodies::default();
        let press = purpose.press(engine, config, &bodies);
        lap.next("render");
        if let Some(out) = purpose.out.filter(|_| site.pages.len() > LOT) {
            output.spool_into(out);
        }
        let studio = purpose.studio(config);
        let mut bindery = Bindery::new(studio, engine);
        let causes = purpose.timing.of("pages", || render_into(&mut output, site, press, past, &mut bindery))?;
        let ahead = switch::Ahead {
            promises: &|policy, version| promises::page(policy, version, sources(audits, purpose)),
            declared: &|policy, at| declared(policy, config, purpose.register, at),
        };
        purpose.timing.of("ahead", || switch::render_into(&mut output, site, press, at, ahead, &mut bindery))?;
        let styles = engine.styles();
        output.add("/_headers", "the headers", headers::headers(&site_data::security_headers(config, &styles)));
        lap.next("pictures");
        let (mut album, bound) = bindery.close(&mut output)?;
        album.warnings.extend(engine.gallery().hang(&mut output, studio, !is_good)?);
        let proof = Proof { output: &output, redirects: &site.redirects, config, content, theme };
        lap.next("proof");
        purpose.timing.of("links", || proof.read(&bound))?;
        let data = site_data::site_data(config, products, site, purpose.register, &styles, at);
        output.add(EDGE_DATA, "the edge's site data", named(&data, &output));
        let problems = output.problems();
        let fresh = Fresh { causes, bound };
        if problems.is_empty() { Ok(Printout { output, album, data, fresh }) } else { Err(problems) }
    }
}

/// What the edge is told, with the name of the build that it belongs to.
pub(crate) fn named(data: &SiteData, output: &Output) -> String {
    let build = output.digest().split_off(64 - BUILD_DIGITS);
    site_data::json(&SiteData { build, ..data.clone() })
}

/// Holds the policies against the code and adds the page of promises. What is wrong is returned.
fn judge(
    site: &mut Site,
    config: &Config,
    audits: &[Audit],
    purpose: Purpose<'_>,
    notes: &mut Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let Purpose { register, report, edition: Edition { at, .. }, .. } = purpose;
    let mut problems = Vec::new();
    let today = at.to_zoned(config.time_zone.clone()).date();
    let facts = Facts { register, last_audit: audits.first().map(|audit| audit.date.0), today };
    for policy in &site.policies {
        let verdict = verdict::judge(policy, facts, at);
        problems.extend(verdict.errors);
        site.warnings.extend(verdict.warnings);
        notes.extend(verdict.notes);
        let Some(version) = policy.in_force(at).or_else(|| policy.versions.last()) else { continue };
        let named = report.zip(version.contract.as_ref());
        problems.extend(named.map(|(report, contract)| report.problems(contract)).unwrap_or_default());
        site.pages.extend(promises::page(policy, version, sources(audits, purpose)));
    }
    problems
}

fn sources<'a>(audits: &'a [Audit], purpose: Purpose<'a>) -> promises::Sources<'a> {
    promises::Sources { register: purpose.register, audits, report: purpose.report }
}

/// What machines read about a policy that has a contract, by address.
fn declared(policy: &Policy, config: &Config, register: &Register, at: jiff::Timestamp) -> Vec<(String, String)> {
    if policy.versions.iter().all(|version| version.contract.is_none()) {
        return vec![];
    }
    let name = |file: &str| format!("{}{file}", policy.path);
    vec![
        (name("policy.json"), published::policy_json(policy, config, register, at)),
        (name("record.json"), published::record_json(policy, config, register, at)),
    ]
}

/// Everything of a site that no template makes.
fn published(site: &Site, content: &Tree, config: &Config, purpose: Purpose<'_>) -> Result<Output, Vec<Diagnostic>> {
    let at = purpose.edition.at;
    let (mut output, mut problems) = (Output::default(), Vec::new());
    for (url, file) in &site.files {
        let bytes = content.bytes(file).unwrap_or_default();
        if source::has_extension(file, "svg") {
            let cleaned = svg::clean(file, bytes).map_err(|found| problems.extend(found));
            output.add(url, file, cleaned.unwrap_or_default());
        } else {
            output.add(url, file, bytes);
        }
    }
    for policy in &site.policies {
        for (address, text) in declared(policy, config, purpose.register, at) {
            output.add(&address, "the policy for machines", text);
        }
        for version in &policy.versions {
            let file = &version.document.file;
            output.add(&policy.source(version), file, content.bytes(file).unwrap_or_default());
        }
        for (url, origin, text) in policy.files(config, at) {
            output.add(&url, origin, text.into_owned());
        }
    }
    if !site.policies.is_empty() {
        output.add(log::ADDRESS, "the log of policy versions", Log::new(&site.policies).json());
    }
    for (url, text) in sitemap::files(&site.pages, config) {
        output.add(&url, "the sitemap", text);
    }
    if let Some(page) = site.pages.iter().find(|page| page.path == changelog::PATH) {
        output.add(changelog::FEED, "the feed of releases", changelog::feed(&site.releases, &page.title, config));
    }
    let others = language::spoken(&site.pages, config).into_iter().map(Some);
    for tag in std::iter::once(None).chain(others) {
        let address = language::path_in(tag, feed::PATH);
        output.add(&address, "the feed", feed::atom(site, tag, config, at));
    }
    for (path, tag) in &site.tags {
        output.add(&format!("{path}feed.xml"), "the feed of a tag", feed::tagged(site, (path, tag), config));
    }
    output.add(security_txt::ADDRESS, "whom to tell of a weakness", security_txt::text(config, at));
    output.add("/_redirects", "the redirects", headers::redirects(&site.redirects));
    // What keeps the folder in git is no part of the site.
    output.add("/.assetsignore", "what is not deployed", ".gitkeep\n");
    if problems.is_empty() { Ok(output) } else { Err(problems) }
}

/// Adds a theme's files, and what is made of its sign.
fn add_assets(output: &mut Output, assets: &asset::Assets, theme: &theme::Theme, config: &Config) {
    for (name, url) in &assets.urls {
        output.add(url, &theme.asset_file(name), assets.files.get(url).cloned().unwrap_or_default());
    }
    if let Some(text) = manifest::text(config, assets) {
        output.add(manifest::ADDRESS, "what browsers call the site", text);
    }
}

/// Adds all pages to the output, and gives what those are made of that are new, or every fault of every page when there is one.
fn render_into(
    output: &mut Output,
    site: &Site,
    press: Press<'_>,
    past: Option<Past<'_>>,
    bindery: &mut Bindery<'_>,
) -> Result<BTreeMap<String, Cause>, Vec<Diagnostic>> {
    let (mut problems, mut causes) = (Vec::new(), BTreeMap::new());
    press.timing.expect(site.pages.len());
    let leaf = |(address, origin, html)| Leaf { address, origin, html };
    let found = output.take_pages().into_iter().map(leaf).collect();
    bindery.bind(output, found);
    let wants = press.engine.wants();
    // The index is made of finished pages, so those that may name it come after it.
    let is_late = |page: &&Page| wants.index && page.noindex;
    let (late, early): (Vec<&Page>, Vec<&Page>) = site.pages.iter().partition(is_late);
    let found = |language: &str| {
        let is_found = |page: &&Page| search::is_found(page) && page.language(press.config) == language;
        early.iter().copied().filter(is_found).collect::<Vec<_>>()
    };
    for language in press.engine.languages().filter(|_| wants.overview) {
        press.engine.offer_overview(language, &search::overview(&found(language), press.config));
    }
    let mut add = |output: &mut Output, pages: &[&Page]| {
        for pages in pages.chunks(LOT) {
            let mut lot = Vec::new();
            for (page, printed) in pages.iter().zip(press.prints(pages, past, output)) {
                let (address, origin) = (page.path.clone(), page.document.file.clone());
                match (printed, past) {
                    (Ok(Printed::Kept(trace)), Some(Past { traces, .. })) => {
                        bindery.recall(&output_of(&address), &trace);
                        output.add_kept(&address, &origin, &traces.folder, trace);
                    }
                    (Ok(Printed::New(html, cause)), _) => {
                        causes.extend(cause.map(|cause| (output_of(&address), cause)));
                        lot.push(Leaf { address, origin, html });
                    }
                    (Err(found), _) => {
                        problems.extend(found);
                        output.add(&address, &origin, "");
                    }
                    // Without a past nothing is kept.
                    (Ok(Printed::Kept(_)), None) => {}
                }
            }
            bindery.bind(output, lot);
        }
    };
    add(output, &early);
    for language in press.engine.languages().filter(|_| wants.index) {
        let html = |page: &Page| output.text(&page.path);
        let index = search::index(&found(language), html);
        let url = asset::address(search::NAME, index.as_bytes());
        // Two languages whose pages say nothing have one.
        if !output.has(&url) {
            output.add(&url, "the search index", index);
        }
        press.engine.offer_index(language, url);
    }
    add(output, &late);
    problems.extend(output.problems());
    if problems.is_empty() { Ok(causes) } else { Err(problems) }
}
