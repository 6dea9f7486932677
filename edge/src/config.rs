//! The edge's configuration, read once from names and values (environment natively, secrets and variables on
//! Cloudflare). A missing or malformed setting is never a default: all of them are named at once.

use base64ct::{Base64, Encoding};

use crate::contract::{Recipient, register};
use crate::domain::id::{Email, Secret};
use crate::domain::staff::{Member, StaffId};
use crate::domain::token::SigningKey;
use crate::signature::access::Access;
use crate::store::keys::VaultKeys;

mod mail;

pub use mail::MailTransport;

/// A secret shorter than this can be guessed.
const SECRET_BYTES_MIN: usize = 16;
const STRIPE_API: &str = "https://api.stripe.com";
const PAYPAL_API: &str = "https://api-m.paypal.com";
const PAYPAL_SANDBOX_API: &str = "https://api-m.sandbox.paypal.com";

/// Everything the edge has to be told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address of the site without a trailing slash.
    pub site_url: String,
    /// Keys the names of vaults, pointers and views.
    pub pepper: Secret,
    /// License ids and keys are derived from it.
    pub license_secret: Secret,
    /// Signs license tokens.
    pub signing_key: SigningKey,
    /// Secrets of the Stripe webhook endpoint; several while one is being rolled.
    pub stripe_webhook_secrets: Vec<Secret>,
    /// Key of the Stripe API.
    pub stripe_api_key: Secret,
    /// Where the Stripe API is, without a trailing slash.
    pub stripe_api_base: String,
    /// How `PayPal` is reached.
    pub paypal: Paypal,
    /// Whether real money moves. Events of the other mode are ignored.
    pub livemode: bool,
    /// `From` of outgoing mail.
    pub mail_from: String,
    /// How mail goes out.
    pub mail: MailTransport,
    /// Who may sign in to the desk; possibly nobody.
    pub staff: Vec<Member>,
    /// Signs mails that a mail server hands in. Where it is set, whoever gets mail about a ticket may answer by mail.
    pub mail_in_secret: Option<Secret>,
    /// Whose tokens sign staff in besides our links.
    pub access: Option<Access>,
    /// Seal the files that people attach; without any, none are taken.
    pub vault_keys: VaultKeys,
    /// The name under which the mail server in front of us says what it found out about a sender (RFC 8601, section 2.5).
    pub mail_authority: String,
}

/// How `PayPal` is reached, and how its reports are verified.
#[derive(Debug, Clone)]
pub struct Paypal {
    /// Id of our app there.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// The id that `PayPal` gave our webhook; what it signs names it.
    pub webhook_id: String,
    /// Where the API is, without a trailing slash.
    pub api_base: String,
    /// Who says whether a report is genuine.
    pub verification: Verification,
    /// Where certificates are fetched from in the place of `PayPal`'s own hosts; for tests.
    pub certificate_base: Option<String>,
    /// The root that certificates must lead to in the place of those we know, as PEM; for tests.
    pub certificate_root: Option<String>,
}

/// Who says whether a report of `PayPal`'s is genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// We do: by the signature and the certificate behind it.
    Offline,
    /// `PayPal` does: it is asked for each report.
    Postback,
}

/// A setting that is missing or cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct SettingError {
    /// Name of the setting.
    pub name: &'static str,
    /// What is wrong and what to do.
    pub problem: String,
}

impl Config {
    /// Where a recipient's API is; none for one that is not called.
    pub fn base(&self, to: Recipient) -> Option<&str> {
        match (to, &self.mail) {
            (Recipient::Stripe, _) => Some(&self.stripe_api_base),
            (Recipient::Paypal, _) => Some(&self.paypal.api_base),
            (Recipient::Hosting, _) => self.access.as_ref().map(|access| access.team.as_str()),
            (Recipient::Mail, MailTransport::Resend { base, .. }) => Some(base),
            _ => None,
        }
    }
}

/// Reads the settings through `lookup`.
pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Config, Vec<SettingError>> {
    let mut reader = Reader { lookup, errors: vec![] };
    let livemode = reader.livemode();
    let config = Config {
        site_url: reader.site_url(),
        pepper: reader.secret("PEPPER"),
        license_secret: reader.secret("LICENSE_SECRET"),
        signing_key: reader.signing_key(),
        stripe_webhook_secrets: reader.webhook_secrets(),
        stripe_api_key: reader.secret("STRIPE_API_KEY"),
        stripe_api_base: reader.base("STRIPE_API_BASE", STRIPE_API, Recipient::Stripe, livemode),
        paypal: reader.paypal(livemode),
        livemode,
        mail_from: reader.mail_from(),
        mail: reader.mail(livemode),
        staff: reader.staff(),
        mail_in_secret: reader.mail_in_secret(),
        access: reader.access(livemode),
        vault_keys: reader.vault_keys(),
        mail_authority: reader.optional("MAIL_IN_AUTHORITY"),
    };
    let staff =
        config.staff.iter().map(|member| Member { id: StaffId::of(&config.pepper, &member.email), ..member.clone() });
    let config = Config { staff: staff.collect(), ..config };
    if reader.errors.is_empty() { Ok(config) } else { Err(reader.errors) }
}

/// Reads the two settings that the store itself depends on: what names vaults, and what its rows are sealed with.
pub fn read_for_store(lookup: impl Fn(&str) -> Option<String>) -> Result<(Secret, VaultKeys), Vec<SettingError>> {
    let mut reader = Reader { lookup, errors: vec![] };
    let read = (reader.secret("PEPPER"), reader.vault_keys());
    if reader.errors.is_empty() { Ok(read) } else { Err(reader.errors) }
}

struct Reader<Lookup> {
    lookup: Lookup,
    errors: Vec<SettingError>,
}

impl<Lookup: Fn(&str) -> Option<String>> Reader<Lookup> {
    fn error(&mut self, name: &'static str, problem: impl Into<String>) {
        self.errors.push(SettingError { name, problem: problem.into() });
    }

    fn optional(&self, name: &str) -> String {
        (self.lookup)(name).map(|value| value.trim().to_owned()).unwrap_or_default()
    }

    fn required(&mut self, name: &'static str) -> String {
        match (self.lookup)(name).map(|value| value.trim().to_owned()) {
            Some(value) if !value.is_empty() => value,
            _ => {
                self.error(name, "is not set");
                String::new()
            }
        }
    }

    /// A secret; a placeholder stands in for a bad one, since the whole is refused then.
    fn secret(&mut self, name: &'static str) -> Secret {
        let value = self.required(name);
        if !value.is_empty() && value.len() < SECRET_BYTES_MIN {
            self.error(name, format!("is shorter than {SECRET_BYTES_MIN} characters"));
        }
        Secret::new(value).unwrap_or_else(refused)
    }

    fn signing_key(&mut self) -> SigningKey {
        const NAME: &str = "SIGNING_KEY";
        let seed = self.required(NAME);
        SigningKey::parse(&seed).unwrap_or_else(|| {
            if !seed.is_empty() {
                self.error(NAME, "is not 32 bytes in base64; make one with `openssl rand -base64 32`");
            }
            // It signs nothing: the whole is refused.
            SigningKey::from_seed(&[0; 32])
        })
    }

    /// Both of its settings, or none. With real money the team is one of Cloudflare's.
    fn access(&mut self, livemode: bool) -> Option<Access> {
        const NAME: &str = "ACCESS_TEAM";
        let (team, audience) = (self.optional(NAME), self.optional("ACCESS_AUD"));
        let is_theirs =
            |host: &str| host.ends_with(".cloudflareaccess.com") && !host.contains(['/', '@', ':', '?', '#']);
        match (team.is_empty(), audience.is_empty()) {
            (true, true) => return None,
            (false, true) => self.error("ACCESS_AUD", "is not set, but ACCESS_TEAM is"),
            (true, false) => self.error(NAME, "is not set, but ACCESS_AUD is"),
            _ if livemode && !team.strip_prefix("https://").is_some_and(is_theirs) => {
                self.error(NAME, "is not https://TEAM.cloudflareaccess.com");
            }
            _ => {}
        }
        Some(Access { team: team.trim_end_matches('/').to_owned(), audience })
    }

    /// `NAME:BASE64,…`: 32 bytes each, the key for what is new first.
    fn vault_keys(&mut self) -> VaultKeys {
        const NAME: &str = "VAULT_KEYS";
        let list = self.required(NAME);
        let key = |text: &str| {
            let (name, key) = text.trim().split_once(':')?;
            let mut bytes = [0; 32];
            let is_whole = Base64::decode(key, &mut bytes).is_ok_and(|key| key.len() == 32);
            let is_named = (1..32).contains(&name.len()) && !name.contains(char::is_whitespace);
            (is_whole && is_named).then(|| (name.to_owned(), bytes))
        };
        let keys: Option<Vec<_>> = list.split(',').map(key).collect();
        keys.and_then(VaultKeys::new).unwrap_or_else(|| {
            if !list.is_empty() {
                self.error(NAME, "is not a list of NAME:KEY with names of their own, each key 32 bytes in base64");
            }
            // It seals nothing: the whole is refused.
            VaultKeys::of_none()
        })
    }

    /// Whitespace inside a secret is a copying mistake that would make every signature fail.
    fn webhook_secrets(&mut self) -> Vec<Secret> {
        const NAME: &str = "STRIPE_WEBHOOK_SECRETS";
        let list = self.required(NAME);
        let mut secrets = vec![];
        for value in list.split(',').map(str::trim).filter(|_| !list.is_empty()) {
            let bare = value.strip_prefix("whsec_").unwrap_or(value);
            if bare.len() < SECRET_BYTES_MIN || value.contains(char::is_whitespace) {
                self.error(NAME, "holds a secret that is empty, too short or has a space in it; copy it again");
            }
            secrets.extend(Secret::new(value));
        }
        secrets
    }

    fn site_url(&mut self) -> String {
        const NAME: &str = "SITE_URL";
        let url = self.required(NAME);
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let host_only =
            rest.is_some_and(|host| !host.is_empty() && !host.trim_end_matches('/').contains(['/', '?', '#', '@']));
        if !url.is_empty() && !host_only {
            self.error(NAME, "is not an address like https://example.com");
        }
        url.trim_end_matches('/').to_owned()
    }

    fn livemode(&mut self) -> bool {
        const NAME: &str = "LIVEMODE";
        match self.required(NAME).as_str() {
            "true" => true,
            "false" | "" => false,
            _ => {
                self.error(NAME, "is neither `true` nor `false`");
                false
            }
        }
    }

    /// The base of an API. With real money only HTTPS will do, and only a host that the register names: data goes to
    /// nobody whom the policy does not.
    fn base(&mut self, name: &'static str, default: &str, to: Recipient, livemode: bool) -> String {
        let base = (self.lookup)(name).filter(|base| !base.is_empty()).unwrap_or_else(|| default.to_owned());
        if !base.starts_with("https://") && (livemode || !base.starts_with("http://")) {
            self.error(name, "has to begin with https:// (http:// only where LIVEMODE is false)");
        } else if livemode {
            let host = base.trim_start_matches("https://").split(['/', ':', '?', '#']).next().unwrap_or_default();
            if !register::is_host_of(to, host) {
                self.error(name, "names a host that the register of processors does not (contract/register.rs)");
            }
        }
        base.trim_end_matches('/').to_owned()
    }

    fn paypal(&mut self, livemode: bool) -> Paypal {
        let api = if livemode { PAYPAL_API } else { PAYPAL_SANDBOX_API };
        Paypal {
            client_id: self.required("PAYPAL_CLIENT_ID"),
            client_secret: self.secret("PAYPAL_CLIENT_SECRET"),
            webhook_id: self.required("PAYPAL_WEBHOOK_ID"),
            api_base: self.base("PAYPAL_API_BASE", api, Recipient::Paypal, livemode),
            verification: self.verification(),
            certificate_base: self.only_in_tests("PAYPAL_CERT_BASE", livemode),
            certificate_root: self.only_in_tests("PAYPAL_CERT_ROOT", livemode),
        }
    }

    fn verification(&mut self) -> Verification {
        const NAME: &str = "PAYPAL_VERIFICATION";
        match (self.lookup)(NAME).as_deref().map(str::trim) {
            None | Some("" | "offline") => Verification::Offline,
            Some("postback") => Verification::Postback,
            Some(_) => {
                self.error(NAME, "is neither `offline` nor `postback`");
                Verification::Offline
            }
        }
    }

    /// A setting that would let somebody else sign in the processor's name, so it is refused where real money moves.
    fn only_in_tests(&mut self, name: &'static str, livemode: bool) -> Option<String> {
        let value = (self.lookup)(name).map(|value| value.trim().trim_end_matches('/').to_owned());
        let value = value.filter(|value| !value.is_empty());
        if livemode && value.is_some() {
            self.error(name, "is for tests and cannot be set where LIVEMODE is true");
        }
        value
    }

    /// Addresses of staff, between commas. Their ids come once the pepper is known.
    fn staff(&mut self) -> Vec<Member> {
        const NAME: &str = "STAFF";
        let list = (self.lookup)(NAME).unwrap_or_default();
        let mut staff = vec![];
        for address in list.split(',').map(str::trim).filter(|address| !address.is_empty()) {
            match Email::parse(address) {
                Some(email) => staff.push(Member { id: StaffId::from_bytes([0; 16]), email }),
                None => self.error(NAME, "holds something that is no e-mail address; write them between commas"),
            }
        }
        staff
    }
}

/// Stands in for a secret that was refused; the configuration holding it is never used.
fn refused() -> Secret {
    match Secret::new("refused") {
        Some(secret) => secret,
        None => unreachable!("the word is not empty"),
    }
}

#[cfg(test)]
mod tests;
