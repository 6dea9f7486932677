//! A vault as rows: one for each thing that changes by itself, so that a change writes little.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Rows;
use crate::contract::{Place, Stored};
use crate::domain::license::LicenseId;
use crate::domain::payment::{InvoiceId, PaymentId, Provider, PurchaseId, SubscriptionId};
use crate::domain::rights::RequestId;
use crate::domain::seat::SiteMark;
use crate::domain::ticket::TicketNumber;
use crate::domain::vault::Vault;
use crate::store::record::{self, Corrupt, Written};

/// A key of one of the vault's maps as the end of a row's name.
trait Named: Ord + Sized {
    fn name(&self) -> String;
    fn parse(name: &str) -> Option<Self>;
}

macro_rules! named_by_processor {
    ($($id:ident)+) => {$(
        impl Named for $id {
            fn name(&self) -> String {
                format!("{}/{}", self.provider.as_str(), self.id)
            }

            fn parse(name: &str) -> Option<Self> {
                let (provider, id) = name.split_once('/')?;
                Some(Self::new(Provider::parse(provider)?, id))
            }
        }
    )+};
}

named_by_processor! { PurchaseId PaymentId SubscriptionId InvoiceId }

impl Named for String {
    fn name(&self) -> String {
        self.clone()
    }

    fn parse(name: &str) -> Option<Self> {
        Some(name.to_owned())
    }
}

impl Named for (LicenseId, SiteMark) {
    fn name(&self) -> String {
        format!("{}/{}", self.0.as_str(), self.1.as_str())
    }

    fn parse(name: &str) -> Option<Self> {
        let (license, mark) = name.split_once('/')?;
        Some((LicenseId::parse(license)?, SiteMark::parse(mark)?))
    }
}

impl Named for LicenseId {
    fn name(&self) -> String {
        self.as_str().to_owned()
    }

    fn parse(name: &str) -> Option<Self> {
        Self::parse(name)
    }
}

impl Named for TicketNumber {
    fn name(&self) -> String {
        self.as_str().to_owned()
    }

    fn parse(name: &str) -> Option<Self> {
        Self::parse(name)
    }
}

impl Named for RequestId {
    fn name(&self) -> String {
        self.as_str().to_owned()
    }

    fn parse(name: &str) -> Option<Self> {
        Self::parse(name)
    }
}

impl Named for (TicketNumber, u32) {
    fn name(&self) -> String {
        format!("{}/{}", self.0.as_str(), self.1)
    }

    fn parse(name: &str) -> Option<Self> {
        let (number, message) = name.split_once('/')?;
        Some((TicketNumber::parse(number)?, message.parse().ok()?))
    }
}

/// The beginning of the rows of a place, or all of the key where there is one row.
pub fn prefix(place: Place) -> Option<&'static str> {
    Some(match place {
        Place::VaultHolder => "holder",
        Place::VaultOrder => "order/",
        Place::VaultSettlement => "settlement/",
        Place::VaultPayment => "payment/",
        Place::VaultSubscription => "subscription/",
        Place::VaultInvoice => "invoice/",
        Place::VaultActivation => "activation/",
        Place::VaultRuling => "ruling/",
        Place::VaultTicket => "ticket/",
        Place::VaultMessage => "message/",
        Place::VaultRequest => "request/",
        _ => return None,
    })
}

/// The rows of a vault.
pub(super) fn store(vault: &Vault) -> BTreeMap<String, Written> {
    let mut rows = BTreeMap::new();
    if vault.revision.number > 0 {
        rows.insert("revision".to_owned(), record::encode(&vault.revision));
    }
    rows.extend(vault.holder.iter().map(|holder| ("holder".to_owned(), record::encode(holder))));
    rows.extend(vault.resent.iter().map(|told| ("resent".to_owned(), record::encode(told))));
    write(&mut rows, "order/", &vault.orders);
    write(&mut rows, "settlement/", &vault.settlements);
    write(&mut rows, "payment/", &vault.payments);
    write(&mut rows, "subscription/", &vault.subscriptions);
    write(&mut rows, "invoice/", &vault.invoices);
    write(&mut rows, "activation/", &vault.activations);
    rows.extend(vault.confirmed.iter().map(|told| ("confirmed".to_owned(), record::encode(told))));
    write(&mut rows, "ruling/", &vault.rulings);
    write(&mut rows, "ticket/", &vault.tickets);
    write(&mut rows, "message/", &vault.messages);
    write(&mut rows, "notice/", &vault.notices);
    rows.extend(vault.erased.iter().map(|told| ("erased".to_owned(), record::encode(told))));
    write(&mut rows, "request/", &vault.requests);
    write(&mut rows, "outbox/", &vault.outbox);
    rows
}

/// The vault of these rows.
pub(super) fn load(rows: &Rows) -> Result<Vault, Corrupt> {
    Ok(Vault {
        revision: one(rows, "revision")?.unwrap_or_default(),
        holder: one(rows, "holder")?,
        resent: one(rows, "resent")?,
        orders: all(rows, "order/")?,
        settlements: all(rows, "settlement/")?,
        payments: all(rows, "payment/")?,
        subscriptions: all(rows, "subscription/")?,
        invoices: all(rows, "invoice/")?,
        activations: all(rows, "activation/")?,
        confirmed: one(rows, "confirmed")?,
        rulings: all(rows, "ruling/")?,
        tickets: all(rows, "ticket/")?,
        messages: all(rows, "message/")?,
        notices: all(rows, "notice/")?,
        erased: one(rows, "erased")?,
        requests: all(rows, "request/")?,
        outbox: all(rows, "outbox/")?,
    })
}

fn write<Key: Named, Record: Serialize + Stored>(
    rows: &mut BTreeMap<String, Written>,
    prefix: &str,
    map: &BTreeMap<Key, Record>,
) {
    rows.extend(map.iter().map(|(key, value)| (format!("{prefix}{}", key.name()), record::encode(value))));
}

fn one<Record: DeserializeOwned>(rows: &Rows, key: &str) -> Result<Option<Record>, Corrupt> {
    rows.get(key).map(|text| record::decode(text)).transpose()
}

fn all<Key: Named, Record: DeserializeOwned>(rows: &Rows, prefix: &str) -> Result<BTreeMap<Key, Record>, Corrupt> {
    let named = rows.range(prefix.to_owned()..).map_while(|(key, text)| Some((key.strip_prefix(prefix)?, text)));
    // Not by `collect`, which would bring a copy of the sorting of the library for every type.
    let mut all = BTreeMap::new();
    for (name, text) in named {
        all.insert(Key::parse(name).ok_or(Corrupt)?, record::decode(text)?);
    }
    Ok(all)
}
