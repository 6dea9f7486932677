//! What the holder of a license sees. Every button says for whom it is, so that the page can be read by its buttons alone.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{renewable, stripe_customer};
use crate::app::App;
use crate::domain::license::{Reason, Status};
use crate::domain::payment::Provider;
use crate::domain::time::Moment;
use crate::domain::vault::{Activation, Owned};
use crate::frame::Page;
use crate::handlers::delivery;
use crate::ports::Ports;
use crate::site::SiteData;

/// Sites that are listed; of a license with more, one is deactivated by its address.
const SITES_SHOWN_MAX: usize = 200;

/// What has just been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// A site was deactivated.
    Deactivated,
    /// The license was not active on it.
    NotActive,
    /// That was no address.
    NoAddress,
}

impl Notice {
    const ALL: [Self; 3] = [Self::Deactivated, Self::NotActive, Self::NoAddress];

    /// The word in the address of the page.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Deactivated => "deactivated",
            Self::NotActive => "not-active",
            Self::NoAddress => "no-address",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.as_str() == word)
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Deactivated => "The site is deactivated. Its place is free for another.",
            Self::NotActive => "The license is not active on that site, so there was nothing to deactivate.",
            Self::NoAddress => "That is not the address of a site. It looks like example.com.",
        }
    }
}

/// All that the page shows.
pub(super) struct View<'a, World> {
    pub(super) app: &'a App<World>,
    pub(super) site: &'a SiteData,
    pub(super) licenses: &'a [Owned],
    /// Products whose latest version can be downloaded.
    pub(super) archived: BTreeSet<String>,
    /// Path of the page.
    pub(super) path: &'a str,
    pub(super) notice: Option<Notice>,
    pub(super) now: Moment,
}

impl<World: Ports> View<'_, World> {
    /// The page.
    pub(super) fn page(&self) -> Page {
        let main = html! {
            h1 { "Your licenses" }
            @if let Some(notice) = self.notice {
                p class={ "notice" (if notice == Notice::Deactivated { "" } else { " notice-error" }) } role="status" {
                    (notice.sentence())
                }
            }
            @if self.licenses.is_empty() {
                p { "There is no license here. If you have bought one, it was with another address: "
                    a href="/licenses/" { "have it sent to you" } "." }
            } @else {
                p class="muted" { "The link to this page opens it without a password. Keep it to yourself." }
            }
            @for (at, owned) in self.licenses.iter().enumerate() { (self.license(at + 1, owned)) }
        };
        Page { status: 200, title: "Your licenses".to_owned(), main }
    }

    fn license(&self, number: usize, owned: &Owned) -> Markup {
        let heading = format!("license-{number}");
        html! {
            section class="card owned" aria-labelledby=(heading) {
                h2 id=(heading) { (self.name(owned)) }
                @if owned.state.standing == Status::Pending {
                    p { "Your license key appears here and comes by mail once the payment has arrived." }
                } @else {
                    p class="license-key" { code { (owned.license.key.as_str()) } }
                }
                (self.facts(owned))
                (self.sites(owned))
                (self.latest(owned))
                (self.payment(owned))
            }
        }
    }

    /// Product and plan, as they are called today.
    fn name(&self, owned: &Owned) -> String {
        let (product, plan) = (&owned.state.product, &owned.state.plan);
        match self.site.plan(product, plan) {
            Some((product, plan)) => format!("{}, {}", product.name, plan.name),
            None => format!("{product}, {plan}"),
        }
    }

    /// The same for somebody who hears a button alone.
    fn whole_name(&self, owned: &Owned) -> String {
        format!("{}, bought on {}", self.name(owned), owned.bought.day())
    }

    fn facts(&self, owned: &Owned) -> Markup {
        let state = &owned.state;
        let worth = state.worth(self.now);
        html! {
            dl class="facts" {
                div { dt { "Status" } dd { strong { (status(worth.status)) } (why(worth.reason)) " " (day(worth.since)) } }
                @if let Some(end) = state.expires_at.filter(|_| worth.status.is_good()) {
                    div { dt { (if state.renews { "Renews on" } else { "Valid until" }) } dd { (day(end)) } }
                    @if let (Status::Grace, Some(grace)) = (worth.status, state.grace_until) {
                        div { dt { "Good until" } dd { (day(grace)) ", while the payment is tried again" } }
                    }
                } @else if worth.status.is_good() {
                    div { dt { "Valid until" } dd { "no end" } }
                }
                div { dt { "Sites" } dd { (seats(owned)) } }
                div { dt { "Bought on" } dd { (day(owned.bought)) } }
            }
        }
    }

    fn sites(&self, owned: &Owned) -> Markup {
        if owned.state.standing == Status::Pending {
            return html! {};
        }
        let shown: Vec<_> = owned.sites.iter().take(SITES_SHOWN_MAX).collect();
        let is_all_known = shown.len() == owned.sites.len() && shown.iter().all(|site| site.address.is_some());
        let left = owned.sites.len() - shown.len();
        html! {
            h3 { "Active sites" }
            @if shown.is_empty() {
                p { "None yet. Enter the key in the plugin's settings, and the site is listed here." }
            } @else {
                ul class="sites" {
                    @for (at, site) in shown.iter().enumerate() { (self.site(at + 1, owned, site)) }
                }
                @if left > 0 { p { "And " (left) " more." } }
                @if !is_all_known { (self.by_address(owned)) }
            }
        }
    }

    fn site(&self, number: usize, owned: &Owned, site: &Activation) -> Markup {
        // Without its address a site is told from the others by its number and by what it reported.
        let name = site.address.clone().unwrap_or_else(|| format!("Site {number}, active since {}", site.since.day()));
        html! {
            li class="site" {
                div {
                    p class="site-name" {
                        strong { (name) }
                        @if site.exempt { " " span class="standing" { "staging, free" } }
                    }
                    p class="muted" {
                        @if site.address.is_some() { "Active since " (day(site.since)) }
                        @if site.address.is_some() && !site.version.is_empty() { ". " }
                        @if !site.version.is_empty() { "Plugin " (site.version) ", reported on " (day(site.seen)) }
                    }
                }
                form method="post" action={ (self.path) "/deactivate" } {
                    input type="hidden" name="license" value=(owned.license.id.as_str());
                    input type="hidden" name="site" value=(site.mark.as_str());
                    button class="button button-secondary" type="submit" {
                        "Deactivate" span class="visually-hidden" { " " (name) }
                    }
                }
            }
        }
    }

    /// Where addresses are not kept, whoever knows one can still say which site they mean.
    fn by_address(&self, owned: &Owned) -> Markup {
        let id = format!("address-{}", owned.license.id.as_str());
        let hint = format!("hint-{id}");
        html! {
            form class="by-address" method="post" action={ (self.path) "/deactivate" } {
                input type="hidden" name="license" value=(owned.license.id.as_str());
                p class="field" {
                    label for=(id) { "Deactivate a site by its address" }
                    span class="muted" id=(hint) { "We do not keep the addresses of sites. If you enter one, we find it." }
                    input id=(id) name="address" type="text" inputmode="url" autocapitalize="none" spellcheck="false"
                        autocomplete="url" maxlength="500" required placeholder="example.com" aria-describedby=(hint);
                }
                button class="button button-secondary" type="submit" { "Deactivate this address" }
            }
        }
    }

    fn latest(&self, owned: &Owned) -> Markup {
        let (key, state) = (&owned.license.key, &owned.state);
        let release = self.site.latest_finished_release(&state.product);
        let Some(release) = release.filter(|_| state.status(self.now).is_good()) else { return html! {} };
        html! {
            h3 { "Latest version" }
            p {
                "Version " (release.version) " of " (day(Moment(release.date))) ". "
                a href="/changelog/" { "What it brings" }
            }
            @if self.archived.contains(&state.product) {
                p {
                    a class="button" href=(delivery::link(self.app, key, state, &release.version)) {
                        "Download" span class="visually-hidden" { " " (self.name(owned)) " " (release.version) }
                    }
                }
            } @else {
                p class="muted" { "Its file is not there yet. Please look again later." }
            }
        }
    }

    fn payment(&self, owned: &Owned) -> Markup {
        let renewal = renewable(self.site, owned, self.now).map(|_| self.renewal(owned));
        let portal = self.portal(owned);
        if renewal.is_none() && portal.is_none() {
            return html! {};
        }
        html! {
            h3 { "Payment" }
            @if let Some(renewal) = renewal { (renewal) }
            @if let Some(portal) = portal { (portal) }
        }
    }

    fn renewal(&self, owned: &Owned) -> Markup {
        let whose = self.whole_name(owned);
        let is_over = owned.state.status(self.now) == Status::Expired;
        html! {
            p {
                @if is_over { "A renewal begins on the day you pay. " } @else { "A renewal begins when the current term ends. " }
                a href="/pricing/" { "Prices" }
            }
            form class="actions" method="post" action={ (self.path) "/renew" } {
                input type="hidden" name="license" value=(owned.license.id.as_str());
                @let methods = [(Provider::Stripe, "by card"), (Provider::Paypal, "with PayPal")];
                @for (provider, how) in methods.into_iter().filter(|(provider, _)| self.site.takes(*provider)) {
                    button class="button button-secondary" type="submit" name="provider" value=(provider.as_str()) {
                        "Renew " (how) span class="visually-hidden" { ": " (whose) }
                    }
                }
            }
        }
    }

    /// The way to the processor's own page.
    fn portal(&self, owned: &Owned) -> Option<Markup> {
        let whose = self.whole_name(owned);
        let hidden = html! { span class="visually-hidden" { ": " (whose) } };
        if stripe_customer(owned).is_some() {
            let what = if owned.subscribed { "Receipts, card and renewal" } else { "Receipts and payment details" };
            return Some(html! {
                form class="actions" method="post" action={ (self.path) "/portal" } {
                    input type="hidden" name="license" value=(owned.license.id.as_str());
                    button class="button button-secondary" type="submit" { (what) " at Stripe" (hidden) }
                }
            });
        }
        (owned.provider == Provider::Paypal && owned.subscribed).then(|| {
            let host = if self.app.config.livemode { "www.paypal.com" } else { "www.sandbox.paypal.com" };
            html! { p { a href={ "https://" (host) "/myaccount/autopay/" } rel="noreferrer" { "Automatic payments at PayPal" (hidden) } } }
        })
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "Active",
        Status::Pending => "Waiting",
        Status::Grace => "Renewal due",
        Status::Expired => "Expired",
        Status::Suspended => "Suspended",
        Status::Refunded => "Refunded",
        Status::Revoked => "Revoked",
    }
}

/// Why, so that a date can follow.
fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::Paid => " since",
        Reason::AwaitingPayment => ": the payment has not arrived yet; bought on",
        Reason::PaymentFailed => ": the payment did not come;",
        Reason::TermEnded => ": what is installed goes on working, updates ended on",
        Reason::RenewalDue => ": the payment did not go through and is tried again since",
        Reason::DisputeOpen => ": the payment is disputed since",
        Reason::DisputeLost => ": the bank took the payment back on",
        Reason::Refunded => ": the payment went back to you on",
        Reason::RevokedByStaff => ": we ended it on",
    }
}

fn day(moment: Moment) -> Markup {
    let day = moment.day();
    html! { time datetime=(day) { (day) } }
}

fn seats(owned: &Owned) -> String {
    let state = &owned.state;
    let used = match state.seats {
        0 => format!("{}, no limit", state.seats_used),
        seats => format!("{} of {seats}", state.seats_used),
    };
    match state.sites_exempt {
        0 => used,
        1 => format!("{used}, and 1 staging site that is free"),
        free => format!("{used}, and {free} staging sites that are free"),
    }
}
