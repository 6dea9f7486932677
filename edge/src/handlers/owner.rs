//! The page of whoever holds a license, reached by a link that comes by mail: their licenses, the sites these are active on,
//! the latest version, the processor's page of invoices, and a renewal. Whoever has the link may do all of it until it
//! ends; nobody signs in.

use std::collections::BTreeSet;

use crate::app::App;
use crate::domain::id::Subject;
use crate::domain::license::{LicenseId, Status};
use crate::domain::pass::Owner;
use crate::domain::payment::Provider;
use crate::domain::seat::{SiteIdentity, SiteMark};
use crate::domain::time::{Moment, Seconds};
use crate::domain::vault::{Command, Named, Owned, Reply};
use crate::failure::{Failure, FieldError};
use crate::frame;
use crate::handlers::{checkout, delivery, stripe};
use crate::http::{Form, Request, Response};
use crate::ports::{Ports, Unavailable};
use crate::site::{Plan, Product, SiteData, Term};
use crate::store;

mod page;

use page::{Notice, View};

/// Whoever comes back from the processor's page comes by a link of their own: the one from the mail stays between us.
const RETURN_LIFE: Seconds = Seconds(3600);

/// The address of somebody's page, open for so long.
pub(crate) fn address<World: Ports>(app: &App<World>, subject: &Subject, life: Seconds) -> String {
    let pass = Owner { subject: subject.clone() }.issue(&app.config.license_secret, app.now().after(life));
    format!("{}{}", app.config.site_url, path(&pass))
}

fn path(token: &str) -> String {
    format!("/licenses/o/{token}")
}

/// `GET /licenses/o/{token}`
pub(crate) async fn show<World: Ports>(app: &App<World>, request: &Request, token: &str) -> Result<Response, Failure> {
    let subject = open(app, token)?;
    let (site, licenses) = (app.site().await?, overview(app, &subject).await?);
    let notice = request.query_value("notice").and_then(|word| Notice::parse(&word));
    let archived = archived(app, &site, &licenses).await;
    let view = View { app, site: &site, licenses: &licenses, archived, path: &path(token), notice, now: app.now() };
    Ok(frame::page(&app.world, view.page()).await)
}

/// `POST /licenses/o/{token}/deactivate`: a site by its mark, or by its address where we do not know that.
pub(crate) async fn deactivate<World: Ports>(
    app: &App<World>,
    request: &Request,
    token: &str,
    body: &[u8],
) -> Result<Response, Failure> {
    let (subject, form) = opened_form(app, request, token, body).await?;
    let owned = chosen(app, &subject, &form).await?;
    let id = owned.license.id;
    let mark = match form.field("site") {
        "" => SiteIdentity::parse(form.field("address")).map(|site| SiteMark::of(&app.config.pepper, &id, &site)),
        mark => Some(SiteMark::parse(mark).ok_or(Failure::NotFound)?),
    };
    let notice = match mark {
        None => Notice::NoAddress,
        Some(mark) if owned.sites.iter().all(|site| site.mark != mark) => Notice::NotActive,
        Some(site) => match store::vault(&app.world, &subject, Command::Deactivate { license: named(id), site }).await?
        {
            Reply::Found { .. } => Notice::Deactivated,
            _ => return Err(out_of_turn().into()),
        },
    };
    Ok(Response::see_other(&format!("{}?notice={}", path(token), notice.as_str())))
}

/// `POST /licenses/o/{token}/portal`
pub(crate) async fn portal<World: Ports>(
    app: &App<World>,
    request: &Request,
    token: &str,
    body: &[u8],
) -> Result<Response, Failure> {
    let (subject, form) = opened_form(app, request, token, body).await?;
    let owned = chosen(app, &subject, &form).await?;
    let customer = stripe_customer(&owned).ok_or(Failure::NotFound)?.to_owned();
    let back = address(app, &subject, RETURN_LIFE);
    Ok(Response::see_other(&stripe::portal(app, customer, back).await?))
}

/// `POST /licenses/o/{token}/renew`
pub(crate) async fn renew<World: Ports>(
    app: &App<World>,
    request: &Request,
    token: &str,
    body: &[u8],
) -> Result<Response, Failure> {
    let (subject, form) = opened_form(app, request, token, body).await?;
    let owned = chosen(app, &subject, &form).await?;
    let site = app.site().await?;
    site.policy_in_force(app.now().0).ok_or(Failure::NoPolicyInForce)?;
    let invalid = |field, detail| Failure::InvalidFields { fields: vec![FieldError { field, detail }] };
    let (product, plan) = renewable(&site, &owned, app.now())
        .ok_or(invalid("license", "cannot be renewed here; the pricing page shows what can be bought"))?;
    let provider = Provider::parse(form.field("provider")).filter(|provider| site.takes(*provider));
    let provider = provider.ok_or(invalid("provider", "is not a payment method we take"))?;
    let page = checkout::begin(app, &site, provider, product, plan, Some(owned.license.id)).await?;
    Ok(Response::see_other(&page))
}

/// Whose page a link opens.
fn open<World: Ports>(app: &App<World>, token: &str) -> Result<Subject, Failure> {
    let opened = Owner::open(&app.config.license_secret, token, app.now());
    // Whether it has ended or was never ours is nobody's business.
    opened.map(|owner| owner.subject).map_err(|_| Failure::OwnerLink)
}

/// The same with a form from that page. Each may cost something elsewhere, so they are counted.
async fn opened_form<World: Ports>(
    app: &App<World>,
    request: &Request,
    token: &str,
    body: &[u8],
) -> Result<(Subject, Form), Failure> {
    let subject = open(app, token)?;
    let form = Form::read(request, body).ok_or(Failure::UnsupportedMediaType { wanted: Form::TYPE })?;
    if app.allows("form of a holder", subject.as_str()).await { Ok((subject, form)) } else { Err(Failure::TooMany) }
}

/// The license that a form is about, if it is theirs.
async fn chosen<World: Ports>(app: &App<World>, subject: &Subject, form: &Form) -> Result<Owned, Failure> {
    let id = LicenseId::parse(form.field("license")).ok_or(Failure::NotFound)?;
    let licenses = overview(app, subject).await?;
    licenses.into_iter().find(|owned| owned.license.id == id).ok_or(Failure::NotFound)
}

async fn overview<World: Ports>(app: &App<World>, subject: &Subject) -> Result<Vec<Owned>, Unavailable> {
    match store::vault(&app.world, subject, Command::Overview).await? {
        Reply::Overview { licenses } => Ok(licenses),
        _ => Err(out_of_turn()),
    }
}

/// Products whose latest archive is there. Where that cannot be said now, the rest of the page is still worth showing.
async fn archived<World: Ports>(app: &App<World>, site: &SiteData, licenses: &[Owned]) -> BTreeSet<String> {
    let products: BTreeSet<&str> = licenses.iter().map(|owned| owned.state.product.as_str()).collect();
    let mut archived = BTreeSet::new();
    for release in products.into_iter().filter_map(|product| site.latest_finished_release(product)) {
        let name = delivery::archive_name(&release.product, &release.version);
        if let Ok(Some(_)) = app.world.archive(&name).await {
            archived.insert(release.product.clone());
        }
    }
    archived
}

/// The plan by which a license can be prolonged: the one it has, where that is still sold, ends, and does not renew by
/// itself. Money that went back or is disputed is no ground to build on.
fn renewable<'site>(site: &'site SiteData, owned: &Owned, now: Moment) -> Option<(&'site Product, &'site Plan)> {
    let state = &owned.state;
    let is_open = state.expires_at.is_some()
        && !state.renews
        && matches!(state.status(now), Status::Active | Status::Grace | Status::Expired);
    let sold = site.plan(&state.product, &state.plan).filter(|_| is_open);
    sold.filter(|(_, plan)| !plan.renews && plan.term != Term::Lifetime)
}

/// Whose page at Stripe it is.
fn stripe_customer(owned: &Owned) -> Option<&str> {
    owned.customer.as_deref().filter(|_| owned.provider == Provider::Stripe)
}

fn named(id: LicenseId) -> Named {
    Named::Id { id }
}

fn out_of_turn() -> Unavailable {
    Unavailable { what: "vault", why: "unexpected reply".to_owned() }
}
