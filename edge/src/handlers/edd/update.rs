//! `get_version`: what WordPress shows of an update, and where it gets it. Every client may know what the latest version
//! is; a license that is good where it is asked for opens the package, and otherwise a sentence says why there is none.

use std::collections::BTreeMap;

use maud::{PreEscaped, html};
use serde::Serialize;

use super::php;
use super::question::{Item, Question};
use super::standing::date_and_time;
use crate::app::App;
use crate::contract::{Context, Recipient, Sent};
use crate::declare;
use crate::domain::time::Moment;
use crate::failure::Failure;
use crate::handlers::delivery;
use crate::handlers::license::lookup::{self, Asked, Known};
use crate::http::{Request, Response};
use crate::ports::Ports;
use crate::site::{Product, Release, SiteData};

#[cfg(test)]
mod tests;

/// Products that one request may ask about; further ones are not answered.
const PRODUCTS_MAX: usize = 20;
/// Releases whose notes are shown.
const NOTES_MAX: usize = 10;
/// Longest slug that is given back.
const SLUG_BYTES_MAX: usize = 100;

/// An answer. Clients read most of it without asking whether it is there.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Update {
    new_version: String,
    stable_version: String,
    name: String,
    slug: String,
    url: String,
    last_updated: String,
    homepage: String,
    package: String,
    download_link: String,
    sections: String,
    banners: String,
    icons: String,
    requires: String,
    tested: String,
    requires_php: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    msg: String,
}

declare! {
    Update {
        new_version: [NotPersonal] for [Deliver];
        stable_version: [NotPersonal] for [Deliver];
        name: [NotPersonal] for [Deliver];
        slug: [NotPersonal] for [Deliver];
        url: [NotPersonal] for [Deliver];
        last_updated: [NotPersonal] for [Deliver];
        homepage: [NotPersonal] for [Deliver];
        package: [PurchaseDetails] for [Deliver];
        download_link: [PurchaseDetails] for [Deliver];
        sections: [NotPersonal] for [Deliver];
        banners: [NotPersonal] for [Deliver];
        icons: [NotPersonal] for [Deliver];
        requires: [NotPersonal] for [Deliver];
        tested: [NotPersonal] for [Deliver];
        requires_php: [NotPersonal] for [Deliver];
        msg: [PurchaseDetails] for [Deliver];
    }
}

impl Sent for Update {
    const TO: Recipient = Recipient::Holder;
    const CONTEXT: Context = Context::Purchase;
}

/// `get_version`, for one product or for many.
pub(super) async fn answer<World: Ports>(
    app: &App<World>,
    request: &Request,
    question: &Question,
    site: &SiteData,
) -> Result<Response, Failure> {
    let Some(products) = question.products() else {
        return Ok(Response::json(200, &one(app, request, question, site).await?));
    };
    let mut updates = BTreeMap::new();
    for (name, question) in products.into_iter().take(PRODUCTS_MAX) {
        updates.insert(name, one(app, request, &question, site).await?);
    }
    if updates.is_empty() {
        return Ok(Response::json(200, &Update::nothing("No product was named.")));
    }
    Ok(Response::json(200, &updates))
}

async fn one<World: Ports>(
    app: &App<World>,
    request: &Request,
    question: &Question,
    site: &SiteData,
) -> Result<Update, Failure> {
    let item = question.item();
    if !site.products.iter().any(|product| item.is(&product.id, &product.name)) {
        return Ok(Update::nothing("There is no such product here."));
    }
    let licensed = license(app, request, question).await?;
    let Some(product) = product(&item, licensed.as_ref().ok().map(|(_, known)| known), site) else {
        return Ok(Update::nothing("No product was named."));
    };
    let Some((offered, stable)) = releases(site, &product.id, question.is_true("beta")) else {
        return Ok(Update::nothing("There is no release yet."));
    };
    let mut update = Update::of(product, offered, stable, site, &app.config.site_url);
    update.slug = slug(question.get("slug"), &product.id);
    let package = licensed.and_then(|(asked, known)| {
        let code = code(&asked, &known, &product.id, app.now());
        if delivery::why_not(code).is_some() { Err(code) } else { Ok((asked, known)) }
    });
    match (package, unmet(offered, question)) {
        (Err(code), unmet) => {
            update.msg = delivery::why_not(code).unwrap_or_default().to_owned();
            update.withhold(unmet.is_some(), question);
        }
        (Ok(_), Some(unmet)) => {
            update.msg = unmet;
            update.withhold(true, question);
        }
        (Ok((asked, known)), None) => {
            update.package = delivery::link(app, &asked.key, &known.state, &offered.version);
            update.download_link.clone_from(&update.package);
        }
    }
    Ok(update)
}

/// The license that the question names, or the code of the license API that says why there is none.
async fn license<World: Ports>(
    app: &App<World>,
    request: &Request,
    question: &Question,
) -> Result<Result<(Asked, Known), &'static str>, Failure> {
    let asked = match question.key() {
        Ok(key) => question.asked(key),
        Err(code) => return Ok(Err(code)),
    };
    match lookup::find(app, request, &asked).await {
        Err(Failure::TooMany) => Ok(Err("too_many_requests")),
        known => Ok(known?.map(|known| (asked, known)).ok_or("not_found")),
    }
}

/// The product that is meant: the one that is named, else that of the license, else the only one.
fn product<'site>(item: &Item, known: Option<&Known>, site: &'site SiteData) -> Option<&'site Product> {
    let mut products = site.products.iter();
    match (item, known) {
        (Item::Unnamed, Some(known)) => products.find(|product| product.id == known.state.product),
        (Item::Unnamed, None) => products.next().filter(|_| products.next().is_none()),
        _ => products.find(|product| item.is(&product.id, &product.name)),
    }
}

/// What a license is worth for a package. Where nobody knows which site asks, it is not active there.
fn code(asked: &Asked, known: &Known, product: &str, now: Moment) -> &'static str {
    if known.state.product != product {
        "product_mismatch"
    } else if asked.site.is_none() && known.state.status(now).is_good() {
        "site_inactive"
    } else {
        asked.code(known, now)
    }
}

/// The release to offer, and the latest finished one; a site that takes beta versions may be offered another.
fn releases<'site>(site: &'site SiteData, product: &str, beta: bool) -> Option<(&'site Release, &'site Release)> {
    let stable = site.latest_finished_release(product);
    let offered = site.latest_release(product).filter(|_| beta).or(stable)?;
    Some((offered, stable.unwrap_or(offered)))
}

/// What the site lacks for a release, as a sentence. What a site does not say of itself is not held against it.
fn unmet(release: &Release, question: &Question) -> Option<String> {
    let lacks = |what: &str, needed: &str, has: &str| {
        let (needed_numbers, has_numbers) = (numbers(needed), numbers(has));
        let lacks = !has_numbers.is_empty() && has_numbers < needed_numbers;
        lacks.then(|| format!("Version {} needs {what} {needed} or later.", release.version))
    };
    lacks("PHP", &release.requires_php, question.get("php_version"))
        .or_else(|| lacks("WordPress", &release.requires, question.get("wp_version")))
}

/// The numbers that a version begins with, without zeros at the end: `8.2.0-1ubuntu` is 8.2. WordPress compares so, too,
/// since a site that runs a candidate of 6.9 has what 6.9 brings.
fn numbers(version: &str) -> Vec<u64> {
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let parts = version.get(..end).unwrap_or_default().split('.');
    let mut numbers: Vec<u64> = parts.map_while(|part| part.parse().ok()).collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}

fn slug(given: &str, product: &str) -> String {
    let is_slug = (1..=SLUG_BYTES_MAX).contains(&given.len())
        && given.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if is_slug { given } else { product }.to_owned()
}

impl Update {
    /// What is said where there is nothing to offer.
    fn nothing(msg: &str) -> Self {
        let sections = php::array(&[("description", ""), ("changelog", "")]);
        Self { sections, msg: msg.to_owned(), ..Self::without_pictures() }
    }

    /// The site has none. Clients want both sizes named.
    fn without_pictures() -> Self {
        let banners = php::array(&[("high", ""), ("low", "")]);
        Self { banners, icons: php::array(&[("1x", ""), ("2x", "")]), ..Self::default() }
    }

    fn of(product: &Product, offered: &Release, stable: &Release, site: &SiteData, site_url: &str) -> Self {
        let homepage = format!("{site_url}/");
        let description = html! { p { (product.name) ": " a href=(homepage) { (homepage) } } };
        let releases = site.releases.iter().filter(|release| release.product == product.id);
        // A site that takes no beta versions need not read of them.
        let is_beta = offered.version != stable.version;
        let shown = releases.filter(|release| is_beta || release.is_finished()).take(NOTES_MAX);
        let changelog = html! { @for release in shown { h4 { (release.version) } (PreEscaped(&release.notes)) } };
        let sections = [("description", &*description.into_string()), ("changelog", &*changelog.into_string())];
        Self {
            new_version: offered.version.clone(),
            stable_version: stable.version.clone(),
            name: product.name.clone(),
            url: format!("{site_url}/changelog/"),
            last_updated: date_and_time(Moment(offered.date)),
            homepage: homepage.clone(),
            sections: php::array(&sections),
            requires: offered.requires.clone(),
            tested: offered.tested.clone(),
            requires_php: offered.requires_php.clone(),
            ..Self::without_pictures()
        }
    }

    /// Where a site cannot run a version, it is told that what it has is the latest.
    fn withhold(&mut self, cannot_run: bool, question: &Question) {
        if cannot_run {
            self.new_version = question.version();
        }
    }
}
