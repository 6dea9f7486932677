//! `content/releases/VERSION.md`: what each version of a product brings, and what it needs to run.
//!
//! One file is one release, and everything that tells of it comes from there: the changelog and its feed, and through
//! the edge's site data the update check, the download and the notices. A release whose day has not come is checked
//! like all others and told to nobody.

pub(crate) mod changelog;
mod front;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use crate::{
    config::{Config, catalogue::Product},
    diagnostic::{self, Diagnostic, closest},
    document::Document,
    markdown,
    moment::day_begins,
    render,
    site_data::Version,
    source::{self, Tree},
};
use front::FrontMatter;

/// Where releases are. Nothing below it is a page or is published as it is.
pub(crate) const FOLDER: &str = "content/releases/";

/// A version of a product.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    /// Id and name of the product.
    pub(crate) product: String,
    product_name: String,
    /// As it is written.
    pub(crate) version: String,
    number: Version,
    pub(crate) date: Date,
    /// 00:00 of its day in the site's time zone.
    pub(crate) at: Timestamp,
    pub(crate) security: bool,
    pub(crate) notify: bool,
    pub(crate) requires: String,
    pub(crate) tested: String,
    pub(crate) requires_php: String,
    /// HTML that may stand anywhere.
    pub(crate) notes: String,
    file: String,
}

/// The releases that are out at a moment, newest first. Those of a later day are checked all the same. Without products,
/// because they could not be read, nobody knows whether a release names one.
pub(crate) fn read(
    content: &Tree,
    config: &Config,
    products: Option<&[Product]>,
    at: Timestamp,
) -> Result<Vec<Release>, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut releases = Vec::new();
    for (file, bytes) in content.iter().filter(|(path, _)| path.starts_with(FOLDER)) {
        match release(file, bytes, config, products) {
            Ok(release) => releases.push(release),
            Err(found) => problems.extend(found),
        }
    }
    problems.extend(repeated(&releases));
    if !problems.is_empty() {
        return Err(problems);
    }
    releases.retain(|release| release.at <= at);
    releases
        .sort_by(|one, other| (other.date, &other.number, &one.product).cmp(&(one.date, &one.number, &other.product)));
    Ok(releases)
}

/// What somebody should know: while a version on the way to a release is the highest, sites that take beta versions get it.
pub(crate) fn warnings(releases: &[Release]) -> Vec<Diagnostic> {
    let mut highest: BTreeMap<&str, &Release> = BTreeMap::new();
    for release in releases {
        let known = highest.entry(&release.product).or_insert(release);
        if known.number < release.number {
            *known = release;
        }
    }
    let unfinished = highest.into_values().filter(|release| !release.number.is_finished());
    let warning = |release: &Release| {
        let message = format!(
            "{} is not a finished version; sites that take beta versions are told to update to it",
            release.version
        );
        Diagnostic::file(&release.file, message).hint("give the file a later `date` until it is finished")
    };
    unfinished.map(warning).collect()
}

fn release(
    file: &str,
    bytes: &[u8],
    config: &Config,
    products: Option<&[Product]>,
) -> Result<Release, Vec<Diagnostic>> {
    if !source::has_extension(file, "md") {
        let problem = Diagnostic::file(file, "is not a release");
        return Err(vec![problem.hint(
            "a release is a file VERSION.md with its notes; keep archives out of `content/`, where everything is public",
        )]);
    }
    let read = || {
        let document = Document::new(file, source::text(file, bytes)?)?;
        let front: FrontMatter = document.front()?;
        Ok((document, front))
    };
    let (document, front) = read().map_err(|problem: Diagnostic| vec![problem])?;
    let mut problems: Vec<Diagnostic> = front.problems(&document).into_iter().collect();
    let product = products.map(|products| product(&document, &front, products));
    let product = product.transpose().map_err(|problem| problems.push(problem)).ok().flatten();
    let notes = notes(&document, config).map_err(|found| problems.extend(found)).unwrap_or_default();
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Release {
        product: product.map(|product| product.id.clone()).unwrap_or_default(),
        product_name: product.map(|product| product.name.clone()).unwrap_or_default(),
        version: front.version.text,
        number: front.version.number,
        date: front.date,
        at: day_begins(front.date, &config.time_zone),
        security: front.security,
        notify: front.notify,
        requires: front.requires.text,
        tested: front.tested.text,
        requires_php: front.requires_php.text,
        notes,
        file: file.to_owned(),
    })
}

/// Whose release it is: the product it names, or the only one there is.
fn product<'a>(document: &Document, front: &FrontMatter, products: &'a [Product]) -> Result<&'a Product, Diagnostic> {
    let ids = || products.iter().map(|product| product.id.as_str());
    let listed = || format!("there are: {}", ids().collect::<Vec<_>>().join(", "));
    match (&front.product, products) {
        (_, []) => {
            let problem = Diagnostic::file(&document.file, "there is no product of which this could be a release");
            Err(problem.hint("describe the product in content/products.yaml"))
        }
        (Some(named), products) => products.iter().find(|product| product.id == *named).ok_or_else(|| {
            let problem = document.key_finding("product", format!("there is no product `{named}`"));
            problem.hint(closest(named, ids()).map_or_else(listed, |meant| format!("did you mean `{meant}`?")))
        }),
        (None, [only]) => Ok(only),
        (None, _) => {
            let problem = Diagnostic::file(&document.file, "does not say of which product it is a release");
            Err(problem.hint(format!("add `product: …`; {}", listed())))
        }
    }
}

/// The notes as HTML that may stand anywhere.
fn notes(document: &Document, config: &Config) -> Result<String, Vec<Diagnostic>> {
    let body = document.body();
    if body.trim().is_empty() {
        let problem = Diagnostic::file(&document.file, "has no notes");
        return Err(vec![problem.hint("write below the front matter what the version brings")]);
    }
    let notes = markdown::render_portable(body, &config.url);
    let dangling = notes.dangling.iter().map(|dangling| render::dangling_reference(document, dangling));
    let footnote = notes.footnote.map(|span| {
        let problem = document.body_finding(span.start, span.len(), "release notes have no footnotes");
        problem.hint("write it into the text: notes are read in mails and on other sites too")
    });
    let problems = diagnostic::few(&document.file, dangling.chain(footnote));
    if problems.is_empty() { Ok(notes.html) } else { Err(problems) }
}

/// Files of one product that are one version, however it is written.
fn repeated(releases: &[Release]) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut known: BTreeMap<(&str, &Version), &str> = BTreeMap::new();
    for release in releases {
        if let Some(first) = known.insert((&release.product, &release.number), &release.file) {
            let message = format!("version {} has been released already: {first}", release.version);
            problems.push(Diagnostic::file(&release.file, message).hint("give what comes later a higher number"));
        }
    }
    problems
}

#[cfg(test)]
mod tests;
