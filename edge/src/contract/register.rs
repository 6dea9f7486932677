//! The register: everything that the edge stores, sends, sets and answers for, as plain data. From this one list come the
//! check against the published policy, the record of processing, the processors, the cookie table, the hosts of the
//! content security policy and the plan of a deletion.
//!
//! It is built from the declarations that stand beside the types, so it cannot be kept by hand and cannot be forgotten:
//! [`stored`] names the type of each [`Place`], and a type that is not there has no place to be stored.

use serde::Serialize;

mod browser;

pub use browser::{
    CONSENT_COOKIE, Cookie, KeptAs, RIGHTS_COOKIE, SESSION_COOKIE, SESSION_COOKIE_IN_THE_CLEAR, is_registered_cookie,
};

use super::declare::{Field, Holds, Sent, Stored};
use super::{
    Category, Conduct, Context, CookieCategory, Erasure, Export, Keeping, Place, Purpose, Recipient, Retention, Right,
};
use crate::domain::consent::{OPTIONAL, Receipt};
use crate::domain::desk::{Canned, Entry, Listing, Look, Session, UsedLink};
use crate::domain::ledger::{Head, Line};
use crate::domain::license::LicenseState;
use crate::domain::mail::Mail;
use crate::domain::notice::Progress;
use crate::domain::outbox::Waiting;
use crate::domain::payment::{History, InvoicePayment, Settlement};
use crate::domain::pointer::Owner;
use crate::domain::rights::Request;
use crate::domain::subscription::Subscription;
use crate::domain::ticket::{Message, Ticket};
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

/// Where rights are used today.
const RIGHTS: &[(Right, &str)] =
    &[(Right::Access, "/privacy/request"), (Right::Correct, "/privacy/request"), (Right::Delete, "/privacy/request")];

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
    Conduct::RequestByContact,
    Conduct::AnswerInAMonth,
    Conduct::EncryptionAtRest,
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
        Self {
            records: Place::ALL.iter().map(|place| stored(*place)).chain(sent()).chain(browser::on_device()).collect(),
            processors: processors.collect(),
            cookies: browser::cookies(),
            asks: OPTIONAL.to_vec(),
            rights: RIGHTS
                .iter()
                .map(|(right, route)| RightRoute { right: *right, route: (*route).to_owned() })
                .collect(),
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
        Place::VaultRequest => record::<Request>("Request"),
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
        Place::LedgerLine => record::<Line>("Line"),
        Place::LedgerHead => record::<Head>("Head"),
        Place::Receipt => record::<Receipt>("Receipt"),
        Place::VisitCount => record::<Count>("Count"),
    }
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
