//! Licenses as plugins ask for them, in whichever dialect: found, judged, activated and deactivated.
//!
//! Where everything is well a question costs one read of the key-value store. Whatever costs more, or might be a guess, is
//! counted: a key and a network have so many tries a minute.

use crate::app::App;
use crate::contract::{Category, Context};
use crate::domain::id::{Reference, Subject, hex};
use crate::domain::license::{LicenseId, LicenseKey, LicenseState, ListedSite, Status};
use crate::domain::seat::{SiteIdentity, SiteMark};
use crate::domain::time::Moment;
use crate::domain::token::{Claims, SealedToken, Token};
use crate::domain::vault::{Activated, Command, Grant, Named, Reply, Site};
use crate::failure::{Failure, Refusal};
use crate::http::Request;
use crate::ports::{Ports, Unavailable};
use crate::site::PolicyVersion;
use crate::store;

/// A plugin version longer than this is none.
const VERSION_CHARS_MAX: usize = 40;

/// What somebody asks of a license.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Its key.
    pub(crate) key: LicenseKey,
    /// The site that asks.
    pub(crate) site: Option<SiteIdentity>,
    /// Whether that is a staging or local site.
    pub(crate) exempt: bool,
    /// Id of the product it should be for.
    pub(crate) product: Option<String>,
    /// The plugin version that the site reports, possibly empty.
    pub(crate) version: String,
}

/// A license that was found, with whether it is active on the site that asks.
#[derive(Debug)]
pub(crate) struct Known {
    /// What it is worth.
    pub(crate) state: LicenseState,
    /// Whether it is active there; not so where no site is named.
    pub(crate) is_active: bool,
    /// Its token, where it is at hand.
    pub(crate) token: Option<Token>,
}

impl Asked {
    pub(crate) fn new(
        key: LicenseKey,
        site: Option<SiteIdentity>,
        product: Option<String>,
        version: Option<String>,
    ) -> Self {
        let exempt = site.as_ref().is_some_and(SiteIdentity::is_exempt);
        let version = version.map(|version| Self::known_version(&version)).unwrap_or_default();
        Self { key, site, exempt, product, version }
    }

    /// A version as a site reports it; empty for what can be none.
    pub(crate) fn known_version(text: &str) -> String {
        let is_version = text.len() <= VERSION_CHARS_MAX
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+_".contains(&byte));
        if is_version { text.to_owned() } else { String::new() }
    }

    /// What the license is worth to whoever asks, in the words of the API.
    pub(crate) fn code(&self, known: &Known, now: Moment) -> &'static str {
        match known.state.status(now) {
            _ if self.product.as_ref().is_some_and(|product| *product != known.state.product) => "product_mismatch",
            Status::Active | Status::Grace if self.site.is_some() && !known.is_active => "site_inactive",
            Status::Active => "valid",
            other => other.as_str(),
        }
    }

    fn named(&self) -> Named {
        Named::Key { key: self.key.clone() }
    }
}

/// Finds a license, and whether it is active on the site that asks. A plugin version that is news is taken note of.
pub(crate) async fn find<World: Ports>(
    app: &App<World>,
    request: &Request,
    asked: &Asked,
) -> Result<Option<Known>, Failure> {
    let reference = Reference::license_key(&app.config.pepper, asked.key.as_str());
    // A store that does not answer is no reason to fail while the vault does.
    let view = store::license_view(&app.world, &reference).await.unwrap_or(None);
    if let Some(state) = view.filter(|state| state.status(app.now()).is_good()) {
        let Some(mark) = mark(app, asked, &state) else {
            return Ok(Some(Known { state, is_active: false, token: None }));
        };
        if let Some(site) = state.sites.get(&mark) {
            let (token, sealed) = at_hand(app, asked, &state, site).unwrap_or_else(|| sign(app, asked, &state));
            let version = if site.version == asked.version { "" } else { asked.version.as_str() };
            see(app, &reference, asked, mark, version, sealed.filter(|_| state.keeps_tokens())).await;
            return Ok(Some(Known { token: Some(token), is_active: true, state }));
        }
    }
    Ok(look(app, request, asked).await?.map(|(_, known)| known))
}

/// Finds a license in its vault, and whether it is active on the site that asks.
pub(crate) async fn look<World: Ports>(
    app: &App<World>,
    request: &Request,
    asked: &Asked,
) -> Result<Option<(Subject, Known)>, Failure> {
    let reference = Reference::license_key(&app.config.pepper, asked.key.as_str());
    let Some((owner, state)) = in_vault(app, request, &reference, asked.named()).await? else { return Ok(None) };
    let is_active = match mark(app, asked, &state) {
        None => false,
        Some(mark) if state.sites.contains_key(&mark) || state.lists_all_sites() => state.sites.contains_key(&mark),
        // Too many to list: a repeated activation changes nothing where there is one, and a refusal tells.
        Some(mark) => is_listed(app, &owner, asked, mark).await?,
    };
    Ok(Some((owner, Known { state, is_active, token: None })))
}

/// A license that somebody may ask for without its key, because they hold a pass that names it.
pub(crate) async fn held<World: Ports>(
    app: &App<World>,
    request: &Request,
    key: &Reference,
    license: &LicenseId,
) -> Result<Option<LicenseState>, Failure> {
    let view = store::license_view(&app.world, key).await.unwrap_or(None);
    if let Some(state) = view.filter(|state| state.id == *license && state.status(app.now()).is_good()) {
        return Ok(Some(state));
    }
    let found = in_vault(app, request, key, Named::Id { id: license.clone() }).await?;
    Ok(found.map(|(_, state)| state))
}

/// Asks the vault behind a license key. It may be asked for a guess, so it is counted.
async fn in_vault<World: Ports>(
    app: &App<World>,
    request: &Request,
    key: &Reference,
    license: Named,
) -> Result<Option<(Subject, LicenseState)>, Failure> {
    count(app, request, key).await?;
    let Some(owner) = store::resolve(&app.world, key).await? else { return Ok(None) };
    match store::vault(&app.world, &owner, Command::Find { license }).await? {
        Reply::Found { state } => Ok(state.map(|state| (owner, state))),
        _ => Err(out_of_turn().into()),
    }
}

async fn is_listed<World: Ports>(
    app: &App<World>,
    owner: &Subject,
    asked: &Asked,
    mark: SiteMark,
) -> Result<bool, Unavailable> {
    let command = Command::IsActive { license: asked.named(), site: mark };
    match store::vault(&app.world, owner, command).await? {
        Reply::Active { is_active } => Ok(is_active),
        _ => Err(out_of_turn()),
    }
}

/// Makes a license active on a site.
pub(crate) async fn activate<World: Ports>(
    app: &App<World>,
    request: &Request,
    asked: &Asked,
    site: &SiteIdentity,
) -> Result<Activated, Failure> {
    let Some((owner, known)) = look(app, request, asked).await? else {
        return Ok(Activated { grant: Grant::Unknown, state: None });
    };
    if asked.product.as_ref().is_some_and(|product| *product != known.state.product) {
        return Err(Failure::License(Refusal {
            status: 403,
            code: "product_mismatch",
            detail: "The license is for another product.",
        }));
    }
    take_seat(app, asked, site, &owner, &known.state).await
}

/// Makes a license that was found active on a site.
pub(crate) async fn take_seat<World: Ports>(
    app: &App<World>,
    asked: &Asked,
    site: &SiteIdentity,
    owner: &Subject,
    state: &LicenseState,
) -> Result<Activated, Failure> {
    let site_data = app.site().await?;
    let policy = site_data.policy_in_force(app.now().0).ok_or(Failure::NoPolicyInForce)?;
    let may = |category| PolicyVersion::collects(policy, Context::Purchase, category);
    let site = Site {
        mark: SiteMark::of(&app.config.pepper, &state.id, site),
        address: may(Category::SiteAddress).then(|| site.as_str().to_owned()),
        exempt: asked.exempt,
        version: if may(Category::PluginVersion) { asked.version.clone() } else { String::new() },
        token: sign(app, asked, state).1,
    };
    match store::vault(&app.world, owner, Command::Activate { license: asked.named(), site }).await? {
        Reply::Activated(activated) => Ok(activated),
        _ => Err(out_of_turn().into()),
    }
}

/// Frees the seat of a site; what the license is worth then.
pub(crate) async fn deactivate<World: Ports>(
    app: &App<World>,
    request: &Request,
    asked: &Asked,
    site: &SiteIdentity,
) -> Result<Option<LicenseState>, Failure> {
    let reference = Reference::license_key(&app.config.pepper, asked.key.as_str());
    match in_vault(app, request, &reference, asked.named()).await? {
        Some((owner, state)) => Ok(free_seat(app, asked, site, &owner, &state).await?),
        None => Ok(None),
    }
}

/// Frees the seat that a site has of a license that was found.
pub(crate) async fn free_seat<World: Ports>(
    app: &App<World>,
    asked: &Asked,
    site: &SiteIdentity,
    owner: &Subject,
    state: &LicenseState,
) -> Result<Option<LicenseState>, Unavailable> {
    let mark = SiteMark::of(&app.config.pepper, &state.id, site);
    match store::vault(&app.world, owner, Command::Deactivate { license: asked.named(), site: mark }).await? {
        Reply::Found { state } => Ok(state),
        _ => Err(out_of_turn()),
    }
}

/// A token that says what a license is worth to whoever asks, good for a while without us.
pub(crate) fn token<World: Ports>(app: &App<World>, asked: &Asked, known: &Known) -> Token {
    known.token.clone().unwrap_or_else(|| sign(app, asked, &known.state).0)
}

/// Signs a token, and seals it for whoever keeps it.
fn sign<World: Ports>(app: &App<World>, asked: &Asked, state: &LicenseState) -> (Token, Option<SealedToken>) {
    let claims = claims(app, asked, state);
    let token = claims.sign(&app.config.signing_key);
    let sealed = SealedToken::seal(&claims, &token, &app.config.pepper);
    (token, sealed)
}

/// The token that was signed for a site before, while it will do; it is sealed already.
fn at_hand<World: Ports>(
    app: &App<World>,
    asked: &Asked,
    state: &LicenseState,
    site: &ListedSite,
) -> Option<(Token, Option<SealedToken>)> {
    let claims = claims(app, asked, state);
    let kept = site.token.as_ref().filter(|kept| kept.is_fresh(claims.status, claims.issued_at))?;
    Some((kept.open(claims, &app.config.signing_key, &app.config.pepper)?, None))
}

fn claims<'of, World: Ports>(app: &App<World>, asked: &'of Asked, state: &'of LicenseState) -> Claims<'of> {
    let now = app.now();
    Claims { license: &state.id, site: asked.site.as_ref(), status: state.status(now), issued_at: now }
}

/// Has the vault take note of the plugin version that a site reports, unless it is empty, and of the token that was signed
/// for it. Should that fail, the next question brings both again.
async fn see<World: Ports>(
    app: &App<World>,
    reference: &Reference,
    asked: &Asked,
    site: SiteMark,
    version: &str,
    token: Option<SealedToken>,
) {
    if version.is_empty() && token.is_none() {
        return;
    }
    let Ok(site_data) = app.site().await else { return };
    let policy = site_data.policy_in_force(app.now().0);
    let may_keep = policy.is_some_and(|policy| policy.collects(Context::Purchase, Category::PluginVersion));
    let version = if may_keep { version.to_owned() } else { String::new() };
    if version.is_empty() && token.is_none() {
        return;
    }
    if let Ok(Some(owner)) = store::resolve(&app.world, reference).await {
        let command = Command::Seen { license: asked.named(), site, version, token };
        let _ = store::vault(&app.world, &owner, command).await;
    }
}

fn mark<World: Ports>(app: &App<World>, asked: &Asked, state: &LicenseState) -> Option<SiteMark> {
    asked.site.as_ref().map(|site| SiteMark::of(&app.config.pepper, &state.id, site))
}

/// Counts a request that may be a guess, by its key and by its network.
pub(crate) async fn count<World: Ports>(
    app: &App<World>,
    request: &Request,
    reference: &Reference,
) -> Result<(), Failure> {
    let network = hex(&app.config.pepper.tag(&["network", request.network.as_str()]));
    for name in [network.as_str(), reference.as_str()] {
        if !app.world.allows(name).await {
            return Err(Failure::TooMany);
        }
    }
    Ok(())
}

fn out_of_turn() -> Unavailable {
    Unavailable { what: "vault", why: "unexpected reply".to_owned() }
}
