//! The closed vocabulary of the contract. A word that is not here can neither be stored under nor be promised.
//!
//! Each word has an id (in files), a wording (for people) and, where the Data Privacy Vocabulary has one, a term of it
//! (<https://w3id.org/dpv>, version 2.3).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::period::{Erasure, Retention};

/// Defines a closed list of words; a word without id, wording and term does not compile.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $id:literal, $wording:literal, $term:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$word_doc])* #[serde(rename = $id)] $word,)+ }

        impl $name {
            /// All words, in order.
            pub const ALL: &'static [Self] = &[$(Self::$word),+];

            /// The id used in files.
            pub fn id(self) -> &'static str {
                match self { $(Self::$word => $id),+ }
            }

            /// The wording for people.
            pub fn wording(self) -> &'static str {
                match self { $(Self::$word => $wording),+ }
            }

            /// The term of the Data Privacy Vocabulary, empty where it has none.
            pub fn term(self) -> &'static str {
                match self { $(Self::$word => $term),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.id())
            }
        }
    };
}

words! {
    /// What a field says about a person.
    Category {
        /// A person's name.
        Name = "name", "name", "pd:Name";
        /// An e-mail address.
        Email = "email", "e-mail address", "pd:EmailAddress";
        /// Card and billing data. Only a processor ever has it.
        Billing = "billing", "billing information", "pd:Financial";
        /// What was bought, when, at what price, and where it stands; the processor's opaque ids.
        PurchaseDetails = "purchase_details", "purchase details", "pd:Transactional";
        /// A license key.
        LicenseKey = "license_key", "license key", "pd:Purchase";
        /// Versions of the plugin and of the software around it that a site reports.
        PluginVersion = "plugin_version", "plugin version", "pd:DeviceSoftware";
        /// What somebody wrote to the support desk.
        RequestContent = "request_content", "support request content", "pd:Communication";
        /// A file sent to the support desk.
        Attachment = "attachment", "attached file", "pd:Communication";
        /// The address of a site that a license is active on.
        SiteAddress = "site_address", "site address", "pd:Identifier";
        /// Which page was visited on which day, coming from which site.
        Usage = "usage", "visit count", "pd:BrowsingReferral";
        /// A choice about how the site looks or what a form remembers.
        Preference = "preference", "preference", "pd:Preference";
        /// That consent was given or taken back.
        ConsentReceipt = "consent_receipt", "consent receipt", "dpv:ConsentRecord";
        /// A request for access, correction or deletion.
        RightsRequest = "rights_request", "rights request", "dpv:RightExerciseRecord";
        /// Who of the staff looked at whose data.
        AccessLog = "access_log", "log of access by staff", "";
        /// Nothing about a person: a price, an address of ours, a kind of request.
        NotPersonal = "not_personal", "no personal data", "dpv:NonPersonalData";
    }
}

words! {
    /// On which occasion data comes to us.
    Context {
        /// Somebody looks at the site.
        Visit = "visit", "visiting the site", "";
        /// Somebody buys or uses a license.
        Purchase = "purchase", "buying and using a license", "";
        /// Somebody asks for help.
        Ticket = "ticket", "asking for support", "";
        /// Somebody decides about cookies.
        Consent = "consent", "deciding about cookies", "";
        /// Somebody uses a right.
        Rights = "rights", "using a privacy right", "";
        /// Staff work at the desk.
        Desk = "desk", "working at the desk", "";
    }
}

words! {
    /// What data is for. There is no word for marketing, so none can be written.
    Purpose {
        /// Process a purchase and deliver the license.
        Deliver = "deliver", "process transactions and deliver the license", "dpv:FulfilmentOfContractualObligation";
        /// Give support.
        Support = "support", "provide customer support", "dpv:CustomerCare";
        /// Tell of updates and security.
        Notify = "notify", "communicate updates or security notices", "dpv:CommunicationManagement";
        /// Make site and services better.
        Improve = "improve", "improve website and services", "dpv:ImproveExistingProductsAndServices";
        /// Keep data safe.
        Protect = "protect", "protect personal data", "dpv:EnforceSecurity";
        /// Answer requests about data.
        Rights = "rights", "answer requests about personal data", "dpv:RightsFulfilment";
    }
}

words! {
    /// Who gets data, other than the person it is about.
    Recipient {
        /// Stripe takes payments.
        Stripe = "stripe", "Stripe (payments)", "dpv:DataProcessor";
        /// `PayPal` takes payments.
        Paypal = "paypal", "PayPal (payments)", "dpv:DataProcessor";
        /// The service that carries mail: Resend, or one that speaks like it.
        Mail = "mail", "the mail service", "dpv:DataProcessor";
        /// Cloudflare, where site, edge and storage run.
        Hosting = "hosting", "Cloudflare (hosting and storage)", "dpv:DataProcessor";
        /// Whoever shows the license key: the holder or a site of theirs.
        Holder = "holder", "the holder of the license", "dpv:DataSubject";
    }
}

words! {
    /// What a cookie is for.
    CookieCategory {
        /// The site does not work without it.
        Necessary = "necessary", "strictly necessary", "";
        /// It remembers how somebody likes the site.
        Preferences = "preferences", "preferences", "";
        /// It tells how the site is used.
        Analytics = "analytics", "analytics", "";
    }
}

words! {
    /// What a person can ask of us.
    Right {
        /// See what we have.
        Access = "access", "access", "eu-gdpr:A15";
        /// Have it corrected.
        Correct = "correct", "correction", "eu-gdpr:A16";
        /// Have it deleted.
        Delete = "delete", "deletion", "eu-gdpr:A17";
    }
}

words! {
    /// A promise about how we behave, other than about a kind of data.
    Conduct {
        /// Everything goes by HTTPS.
        Https = "https", "HTTPS everywhere", "dpv:EncryptionInTransfer";
        /// Only who must can see it.
        RestrictedAccess = "restricted_access", "restricted access", "dpv:AccessControlMethod";
        /// Security is audited regularly.
        Audits = "audits", "regular security audits", "dpv:SecurityAudit";
        /// The plugin is updated.
        Updates = "updates", "plugin updates", "";
        /// Card data never reaches us.
        NoCardData = "no_card_data", "no card data", "";
        /// Data is not sold.
        NoSale = "no_sale", "no sale of data", "";
        /// The browser's settings are obeyed.
        BrowserSettings = "browser_settings", "browser settings obeyed", "";
        /// Changes of the policy are posted under the same address.
        ChangesPosted = "changes_posted", "changes posted", "";
        /// The e-mail address answers.
        ContactEmail = "contact_email", "contact by e-mail", "";
        /// The support page answers.
        ContactSupport = "contact_support", "contact by the support page", "";
        /// A request about data can start from the contacts.
        RequestByContact = "request_by_contact", "requests by the contacts", "";
        /// What is stored is encrypted.
        EncryptionAtRest = "encryption_at_rest", "encryption at rest", "dpv:EncryptionAtRest";
        /// Requests are answered within a month.
        AnswerInAMonth = "answer_in_a_month", "an answer within a month", "";
        /// Consent can be taken back.
        WithdrawConsent = "withdraw_consent", "consent can be withdrawn", "";
    }
}

words! {
    /// Why something stays after a deletion.
    Ground {
        /// Tax law asks for it.
        TaxLaw = "tax_law", "tax law requires it", "";
        /// Money came in and nobody could be given anything for it yet.
        UnplacedPayment = "unplaced_payment", "a payment that has not found its purchase must not be lost", "";
        /// It is about nobody.
        NotPersonal = "not_personal", "it is about nobody", "";
    }
}

words! {
    /// A unit of a period.
    Unit {
        /// Days.
        Days = "days", "days", "";
        /// Months.
        Months = "months", "months", "";
        /// Years.
        Years = "years", "years", "";
    }
}

/// Whether a record is part of what a person is shown of their data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "export", rename_all = "snake_case")]
pub enum Export {
    /// It is.
    Given,
    /// It is not, for it repeats what is given or says nothing about the person.
    Withheld {
        /// Why.
        why: &'static str,
    },
}

/// Where a record lies, and so how a deletion gets to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A row of a vault: it goes with the vault.
    VaultRevision,
    /// A row of a vault.
    VaultHolder,
    /// A row of a vault.
    VaultOrder,
    /// A row of a vault.
    VaultPayment,
    /// A row of a vault.
    VaultSettlement,
    /// A row of a vault.
    VaultSubscription,
    /// A row of a vault.
    VaultInvoice,
    /// A row of a vault.
    VaultActivation,
    /// A row of a vault.
    VaultTicket,
    /// A row of a vault.
    VaultMessage,
    /// A row of a vault.
    VaultTold,
    /// A row of a vault.
    VaultRequest,
    /// A row of a vault.
    VaultOutbox,
    /// A pointer: the vault knows the references that lead to it.
    Pointer,
    /// A row of the desk's register: its key is the vault's name.
    DeskEntry,
    /// A row of the desk: it names a notice, and the vault that was asked last.
    DeskNotice,
    /// A row of a vault.
    VaultRuling,
    /// A row of the desk: the vault knows its tickets' numbers.
    DeskListing,
    /// A row of the desk: it is about staff.
    DeskSession,
    /// A row of the desk: it is about staff.
    DeskUsedLink,
    /// A row of the desk: it is about the work of staff.
    DeskLook,
    /// A row of the desk: it is about nobody.
    DeskCanned,
    /// A file beside the vault: the vault lists it.
    AttachedFile,
    /// A view: the vault knows the license keys.
    LicenseView,
    /// A parked fact: it names a payment, and goes by itself.
    Parked,
    /// A purchase set aside: it names a purchase, and goes by itself.
    Held,
    /// A certificate of a processor's.
    Certificate,
    /// A line of the ledger: it names a code in the place of a person.
    LedgerLine,
    /// The end of the ledger: it is about nobody.
    LedgerHead,
    /// A receipt of consent: it names nobody, and goes by itself.
    Receipt,
    /// A count of visits: it is about nobody, and goes by itself.
    VisitCount,
}

impl Place {
    /// All places.
    pub const ALL: &'static [Self] = &[
        Self::VaultRevision,
        Self::VaultHolder,
        Self::VaultOrder,
        Self::VaultPayment,
        Self::VaultSettlement,
        Self::VaultSubscription,
        Self::VaultInvoice,
        Self::VaultActivation,
        Self::VaultTicket,
        Self::VaultMessage,
        Self::VaultTold,
        Self::VaultRequest,
        Self::VaultOutbox,
        Self::Pointer,
        Self::DeskEntry,
        Self::DeskNotice,
        Self::VaultRuling,
        Self::DeskListing,
        Self::DeskSession,
        Self::DeskUsedLink,
        Self::DeskLook,
        Self::DeskCanned,
        Self::AttachedFile,
        Self::LicenseView,
        Self::Parked,
        Self::Held,
        Self::Certificate,
        Self::LedgerLine,
        Self::LedgerHead,
        Self::Receipt,
        Self::VisitCount,
    ];
}

/// What holds for a stored record as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// Where it lies.
    pub place: Place,
    /// On which occasion it came.
    pub context: Context,
    /// How long it stays.
    pub retention: Retention,
    /// What a deletion does with it.
    pub erasure: Erasure,
    /// Whether the person is shown it.
    pub export: Export,
}
