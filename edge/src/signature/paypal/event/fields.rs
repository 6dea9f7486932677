//! The fields that are read, and no others. They are picked while the JSON is parsed, so that nothing else of an event is
//! ever in a value of ours.
//!
//! `PayPal` sends an object of another kind with each kind of event, of either version of its API, and whole objects within
//! them. A type for each would take 20 KiB of the wasm instead of 9.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The names of all fields that are read. Below a name that is not here nothing is.
const NAMES: &[&str] = &[
    "amount",
    "billing_agreement_id",
    "billing_info",
    "capture_id",
    "captures",
    "create_time",
    "currency",
    "currency_code",
    "custom",
    "custom_id",
    "dispute_id",
    "dispute_life_cycle_stage",
    "dispute_outcome",
    "disputed_transactions",
    "email_address",
    "event_type",
    "given_name",
    "href",
    "id",
    "last_payment",
    "links",
    "name",
    "next_billing_time",
    "order_id",
    "outcome_code",
    "payer",
    "payments",
    "plan_id",
    "purchase_units",
    "rel",
    "related_ids",
    "resource",
    "sale_id",
    "seller_payable_breakdown",
    "seller_transaction_id",
    "start_time",
    "state",
    "status",
    "status_update_time",
    "subscriber",
    "supplementary_data",
    "surname",
    "time",
    "total",
    "total_refunded_amount",
    "update_time",
    "value",
];

/// What stands in a field. Everything that is read is text in the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Field {
    /// Nothing, or something that is none of the others.
    #[default]
    Nothing,
    Text(String),
    List(Vec<Field>),
    Object(Vec<(&'static str, Field)>),
}

impl Field {
    /// What stands at the end of these names; nothing where one of them is missing.
    pub(super) fn at(&self, names: &[&str]) -> &Self {
        const NOTHING: &Field = &Field::Nothing;
        names.iter().fold(self, |field, name| match field {
            Self::Object(fields) => fields.iter().find(|(known, _)| known == name).map_or(NOTHING, |(_, field)| field),
            _ => NOTHING,
        })
    }

    /// The text at the end of these names, unless it is empty.
    pub(super) fn text(&self, names: &[&str]) -> Option<&str> {
        match self.at(names) {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The list at the end of these names; an empty one where there is none.
    pub(super) fn list(&self, names: &[&str]) -> &[Self] {
        match self.at(names) {
            Self::List(list) => list,
            _ => &[],
        }
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Pick)
    }
}

struct Pick;

impl<'de> Visitor<'de> for Pick {
    type Value = Field;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Field, E> {
        Ok(Field::Nothing)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Field, E> {
        Ok(Field::Nothing)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Field, E> {
        Ok(Field::Nothing)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Field, E> {
        Ok(Field::Nothing)
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Field, A::Error> {
        let mut list = vec![];
        while let Some(field) = sequence.next_element()? {
            list.push(field);
        }
        Ok(Field::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        let mut fields = vec![];
        while let Some(key) = map.next_key::<String>()? {
            match NAMES.iter().find(|name| **name == key) {
                Some(name) => fields.push((*name, map.next_value()?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Field::Object(fields))
    }
}
