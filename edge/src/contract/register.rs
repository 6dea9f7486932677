//! The register: everything that the edge stores, sends, sets and answers for, as plain data. From this one list come the
//! check against the published policy, the record of processing, the processors, the cookie table, the hosts of the
//! content security policy and the plan of a deletion.
//!
//! It is built from the declarations that stand beside the types, so it cannot be kept by hand and cannot be forgotten:
//! [`stored`] names the type of each [`Place`], and a type that is not there has no place to be stored.

use serde::Serialize;

use super::declare::{Field, Holds, Sent, Stored};
use super::terms::{
    Category, Conduct, Context, CookieCategory, Erasure, Export, Keeping, Period, Place, Purpose, Recipient, Retention, Right,
};
use crate::domain::consent::{self, Receipt};
use crate::domain::desk::{Canned, Entry, LONGEST, Listing, Look, Session, UsedLink};
use crate::domain::license::LicenseState;
use crate::domain::mail::Mail;
use crate::domain::notice::Progress;
use crate::domain::outbox::Waiting;
use crate::domain::payment::{History, InvoicePayment, Settlement};
use crate::domain::pointer::Owner;
use crate::domain::subscription::Subscription;
use crate::domain::ticket::{Message, Ticket};
use crate::domain::time::Seconds;
use crate::domain::vault::ruling::Ruling;
use crate::domain::vault::{Activation, Holder, Order, Revision, Told};
use crate::domain::visit::Count;
use crate::handlers::{edd, license, paypal, releases, stripe};
use crate::mailer;
use crate::store::Certificate;
use crate::store::file::FileContent;
use crate::store::parked::{Held, Parked};

/// Everything the code does with data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Register {
    /// What is stored and what is sent.
    pub records: Vec<Record>,
    /// Who gets something.
    pub processors: Vec<Processor>,
    /// Cookies that are set, and what else is kept in browsers.
    pub cookies: Vec<Cookie>,
    /// Categories of them that somebody has to allow first.
    pub asks: Vec<CookieCategory>,
    /// Rights, with the address where they are used.
    pub rights: Vec<RightRoute>,
    /// How the code behaves.
    pub conduct: Vec<Conduct>,
}

/// A type that is stored or sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Name of the type.
    pub name: String,
    /// Where it lies or where it goes.
    #[serde(flatten)]
    pub kind: Kind,
    /// On which occasion its data came.
    pub context: Context,
    /// Other occasions, where it carries what came on several.
    #[serde(skip_serializing_if = "<[Context]>::is_empty")]
    pub also: &'static [Context],
    /// Its fields.
    pub fields: Vec<Entered>,
}

/// Where a record lies or where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// It is stored.
    Stored {
        /// Where.
        place: Place,
        /// Whether the person is shown it; none is a fault that the check finds.
        #[serde(flatten)]
        export: Option<Export>,
    },
    /// It is sent.
    Sent {
        /// To whom.
        to: Recipient,
    },
    /// It lies in the browser of whoever it is about.
    OnDevice,
}

/// A field of a record, with all that holds for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entered {
    /// Its path within the record as JSON has it: `purchase.payment.id`.
    pub path: String,
    /// What it says about a person.
    pub categories: Vec<Category>,
    /// What it is for.
    pub purposes: Vec<Purpose>,
    /// Who gets it.
    pub recipients: Vec<Recipient>,
    /// Whether it is stored only under a policy version that declares it.
    pub conditional: bool,
    /// How long it stays; none where it is only sent.
    pub retention: Option<Retention>,
    /// What a deletion does with it; none where it is only sent.
    pub erasure: Option<Erasure>,
}

/// Somebody who works for us, and the hosts by which they are reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Processor {
    /// Who.
    pub recipient: Recipient,
    /// What for.
    pub function: String,
    /// Hosts that the edge calls.
    pub hosts: Vec<String>,
    /// Hosts that a form of ours may lead to.
    pub form_hosts: Vec<String>,
}

/// Something that is kept in a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// How it is kept.
    pub kept_as: KeptAs,
    /// Its category.
    pub category: CookieCategory,
    /// What it is for, as the cookie table says it.
    pub purpose: String,
    /// Seconds until it ends.
    pub max_age_s: u32,
}

/// How something is kept in a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptAs {
    /// As a cookie.
    Cookie,
    /// In the web storage of the site, which is never sent.
    WebStorage,
}

impl KeptAs {
    /// The wording for people.
    pub fn wording(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::WebStorage => "web storage",
        }
    }
}

/// A right and the address where it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RightRoute {
    /// The right.
    pub right: Right,
    /// A path of the table of routes.
    pub route: String,
}

/// Who is called or handed data today, what for, and by which hosts.
const PROCESSORS: &[(Recipient, &str, &[&str], &[&str])] = &[
    (Recipient::Stripe, "takes payments", &["api.stripe.com"], &["checkout.stripe.com", "billing.stripe.com"]),
    (
        Recipient::Paypal,
        "takes payments",
        &["api-m.paypal.com", "api.paypal.com", "api-m.sandbox.paypal.com", "api.sandbox.paypal.com"],
        &["www.paypal.com", "www.sandbox.paypal.com"],
    ),
    (Recipient::Mail, "carries our mail", &["api.resend.com", "smtp.resend.com"], &[]),
    (Recipient::Hosting, "runs the site, the edge and their storage", &[], &[]),
];

/// What is kept in browsers today. Whoever only looks gets none of it.
const COOKIES: &[(&str, KeptAs, CookieCategory, &str, Seconds)] = &[
    (
        CONSENT_COOKIE,
        KeptAs::Cookie,
        CookieCategory::Necessary,
        "remembers what you decided about optional cookies",
        consent::LASTS,
    ),
    (SESSION_COOKIE, KeptAs::Cookie, CookieCategory::Necessary, DESK_PURPOSE, LONGEST),
    (SESSION_COOKIE_IN_THE_CLEAR, KeptAs::Cookie, CookieCategory::Necessary, DESK_PURPOSE, LONGEST),
    (
        "preferences",
        KeptAs::WebStorage,
        CookieCategory::Preferences,
        "keeps your color scheme, and your name and email address for the support form",
        consent::LASTS,
    ),
];

/// What lies in those: name, its data, and what that is for. None of it is stored by us.
const ON_DEVICE: &[(&str, &[&str])] = &[(CONSENT_COOKIE, &["choices"]), ("preferences", &["scheme", "name", "email"])];

const DESK_PURPOSE: &str = "keeps staff signed in to the support desk; nobody else gets it";

/// The cookie of the desk. Its name has browsers take it only by HTTPS, for this host alone, and out of reach of scripts.
pub const SESSION_COOKIE: &str = "__Host-Http-desk";
/// The same on a machine of one's own, where there is no HTTPS.
pub const SESSION_COOKIE_IN_THE_CLEAR: &str = "desk";

/// The cookie of what somebody decided about optional ones. No script can read it or make one.
pub const CONSENT_COOKIE: &str = "__Host-Http-consent";

/// How the code behaves today.
const CONDUCT: &[Conduct] = &[
    Conduct::Https,
    Conduct::RestrictedAccess,
    Conduct::Updates,
    Conduct::NoCardData,
    Conduct::NoSale,
    Conduct::BrowserSettings,
    Conduct::ChangesPosted,
    Conduct::ContactEmail,
    Conduct::ContactSupport,
    Conduct::WithdrawConsent,
];

impl Register {
    /// The register of this program.
    pub fn of_this_program() -> Self {
        let processors = PROCESSORS.iter().map(|(recipient, function, hosts, form_hosts)| Processor {
            recipient: *recipient,
            function: (*function).to_owned(),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            form_hosts: form_hosts.iter().map(|host| (*host).to_owned()).collect(),
        });
        let cookies = COOKIES.iter().map(|(name, kept_as, category, purpose, lasts)| Cookie {
            name: (*name).to_owned(),
            kept_as: *kept_as,
            category: *category,
            purpose: (*purpose).to_owned(),
            max_age_s: lasts.0,
        });
        Self {
            records: Place::ALL.iter().map(|place| stored(*place)).chain(sent()).chain(on_device()).collect(),
            processors: processors.collect(),
            cookies: cookies.collect(),
            asks: consent::OPTIONAL.to_vec(),
            rights: vec![],
            conduct: CONDUCT.to_vec(),
        }
    }
}

/// The record at a place. A place without a type does not compile.
fn stored(place: Place) -> Record {
    match place {
        Place::VaultRevision => record::<Revision>("Revision"),
        Place::VaultHolder => record::<Holder>("Holder"),
        Place::VaultOrder => record::<Order>("Order"),
        Place::VaultPayment => record::<History>("History"),
        Place::VaultSettlement => record::<Settlement>("Settlement"),
        Place::VaultSubscription => record::<Subscription>("Subscription"),
        Place::VaultInvoice => record::<InvoicePayment>("InvoicePayment"),
        Place::VaultActivation => record::<Activation>("Activation"),
        Place::VaultTicket => record::<Ticket>("Ticket"),
        Place::VaultMessage => record::<Message>("Message"),
        Place::VaultTold => record::<Told>("Told"),
        Place::VaultOutbox => record::<Waiting>("Waiting"),
        Place::Pointer => record::<Owner>("Owner"),
        Place::DeskEntry => record::<Entry>("Entry"),
        Place::DeskNotice => record::<Progress>("Progress"),
        Place::VaultRuling => record::<Ruling>("Ruling"),
        Place::DeskListing => record::<Listing>("Listing"),
        Place::DeskSession => record::<Session>("Session"),
        Place::DeskUsedLink => record::<UsedLink>("UsedLink"),
        Place::DeskLook => record::<Look>("Look"),
        Place::DeskCanned => record::<Canned>("Canned"),
        Place::AttachedFile => record::<FileContent>("FileContent"),
        Place::LicenseView => record::<LicenseState>("LicenseState"),
        Place::Parked => record::<Parked>("Parked"),
        Place::Held => record::<Held>("Held"),
        Place::Certificate => record::<Certificate>("Certificate"),
        Place::Receipt => record::<Receipt>("Receipt"),
        Place::VisitCount => record::<Count>("Count"),
    }
}

/// What lies in browsers, each under its name. It is there only while the policy in force declares its category.
fn on_device() -> impl Iterator<Item = Record> {
    ON_DEVICE.iter().map(|(name, data)| {
        let field = |path: &&str| Entered {
            path: (*path).to_owned(),
            categories: vec![Category::Preference],
            purposes: vec![Purpose::Improve],
            recipients: vec![],
            conditional: true,
            retention: Some(Retention::For { period: Period::days(consent::LASTS.0 / 86_400) }),
            erasure: Some(Erasure::Delete),
        };
        let fields = data.iter().map(field).collect();
        Record { name: (*name).to_owned(), kind: Kind::OnDevice, context: Context::Visit, also: &[], fields }
    })
}

/// Everything that is sent.
fn sent() -> Vec<Record> {
    vec![
        outgoing::<stripe::NewSession>("NewSession"),
        outgoing::<stripe::NewPortal>("NewPortal"),
        outgoing::<paypal::NewOrder>("NewOrder"),
        outgoing::<paypal::NewSubscription>("NewSubscription"),
        outgoing::<paypal::TokenRequest>("TokenRequest"),
        outgoing::<paypal::CaptureRequest>("CaptureRequest"),
        outgoing::<paypal::Postback>("Postback"),
        outgoing::<Mail>("Mail"),
        outgoing::<mailer::Email>("Email"),
        outgoing::<license::Verdict>("Verdict"),
        outgoing::<releases::Manifest>("Manifest"),
        outgoing::<edd::Standing>("EddStanding"),
        outgoing::<edd::Update>("EddUpdate"),
    ]
}

fn record<Type: Stored>(name: &str) -> Record {
    let Keeping { place, context, retention, erasure, export } = Type::KEEPING;
    let mut fields = flat(Type::FIELDS, "");
    for field in &mut fields {
        field.recipients.push(Recipient::Hosting);
        field.retention = Some(retention);
        field.erasure = Some(erasure);
    }
    Record { name: name.to_owned(), kind: Kind::Stored { place, export: Some(export) }, context, also: &[], fields }
}

fn outgoing<Type: Sent>(name: &str) -> Record {
    let mut fields = flat(Type::FIELDS, "");
    for field in &mut fields {
        field.recipients = vec![Type::TO];
    }
    Record {
        name: name.to_owned(),
        kind: Kind::Sent { to: Type::TO },
        context: Type::CONTEXT,
        also: Type::ALSO,
        fields,
    }
}

/// The data of a type by the paths that they have in JSON.
fn flat(fields: &[Field], above: &str) -> Vec<Entered> {
    let mut list = vec![];
    for field in fields {
        let name = in_json(field.name);
        let path = if above.is_empty() { name } else { format!("{above}.{name}") };
        match field.holds {
            Holds::Part(parts) => list.extend(flat(parts, &path)),
            Holds::Datum { categories, purposes, recipients, conditional } => list.push(Entered {
                path,
                categories: categories.to_vec(),
                purposes: purposes.to_vec(),
                recipients: recipients.to_vec(),
                conditional,
                retention: None,
                erasure: None,
            }),
        }
    }
    list
}

/// The name of a field or a variant as serde writes it with `rename_all = "snake_case"`: `PaidBy` as `paid_by`.
fn in_json(name: &str) -> String {
    let mut written = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !written.is_empty() {
            written.push('_');
        }
        written.push(letter.to_ascii_lowercase());
    }
    written
}

/// Hosts that a form may lead to, for the content security policy.
pub fn form_hosts() -> impl Iterator<Item = &'static str> {
    PROCESSORS.iter().flat_map(|(_, _, _, hosts)| hosts.iter().copied())
}

/// Whether a recipient is reached by this host.
pub fn is_host_of(recipient: Recipient, host: &str) -> bool {
    PROCESSORS.iter().any(|(known, _, hosts, _)| *known == recipient && hosts.contains(&host))
}

/// Whether a `Set-Cookie` value sets a cookie of the register.
pub fn is_registered_cookie(set_cookie: &str) -> bool {
    let name = set_cookie.split('=').next().unwrap_or_default().trim();
    COOKIES.iter().any(|(known, kept_as, ..)| *kept_as == KeptAs::Cookie && *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::ROUTES;

    #[test]
    fn each_place_holds_the_type_that_names_it() {
        for place in Place::ALL {
            assert!(matches!(stored(*place).kind, Kind::Stored { place: named, .. } if named == *place), "{place:?}");
        }
    }

    #[test]
    fn a_right_has_a_route_of_the_table() {
        let register = Register::of_this_program();
        assert!(register.rights.iter().all(|right| ROUTES.iter().any(|route| route.path == right.route)));
    }

    #[test]
    fn whoever_gets_data_is_a_processor_or_its_holder() {
        let register = Register::of_this_program();
        let known = |recipient: &Recipient| {
            *recipient == Recipient::Holder || register.processors.iter().any(|known| known.recipient == *recipient)
        };
        assert!(
            register.records.iter().flat_map(|record| &record.fields).all(|field| field.recipients.iter().all(known))
        );
    }

    #[test]
    fn what_is_sent_of_a_stored_kind_is_said_where_it_is_stored() {
        // Names, addresses and keys leave by mail and by the answer to the holder; nothing else may have them.
        let register = Register::of_this_program();
        for category in [Category::Name, Category::Email, Category::LicenseKey] {
            let recipients = |sent: bool| {
                let records =
                    register.records.iter().filter(move |record| matches!(record.kind, Kind::Sent { .. }) == sent);
                let fields =
                    records.flat_map(|record| &record.fields).filter(|field| field.categories.contains(&category));
                let mut list: Vec<Recipient> = fields.flat_map(|field| field.recipients.clone()).collect();
                list.retain(|recipient| !matches!(recipient, Recipient::Hosting | Recipient::Holder));
                list.sort();
                list.dedup();
                list
            };
            assert_eq!(recipients(true), recipients(false), "{category}");
        }
    }

    #[test]
    fn fields_have_the_paths_that_json_gives_them() {
        let order = stored(Place::VaultOrder);
        let paths: Vec<&str> = order.fields.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(
            paths[..4],
            ["purchase.at", "purchase.id.provider", "purchase.id.id", "purchase.subscription.provider"]
        );
        assert_eq!(paths.last(), Some(&"license.key"));
        let register = Register::of_this_program();
        let parked = register.records.iter().find(|record| record.name == "Parked").expect("what waits for its vault");
        for path in [
            "fact.settled.settlement.paid.paid.at",
            "fact.paid_by.invoice.id",
            "fact.incident.incident.refund.refund.amount.total",
        ] {
            assert!(parked.fields.iter().any(|field| field.path == path), "{path}");
        }
    }
}
