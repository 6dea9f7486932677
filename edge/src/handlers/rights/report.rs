//! The report of a person's data: the rows of their vault beside what the register says of each field. Page and file are both made
//! from it, so neither can miss a field, and a type that is stored and not given is left out for the reason that it declares.

use serde::Serialize;
use serde_json::Value;

use crate::contract::register::{Entered, Kind, Record, Register};
use crate::contract::{Category, Context, Erasure, Export, Place, Purpose, Recipient, Retention};
use crate::domain::id::Email;
use crate::json;
use crate::site::SiteData;
use crate::store::object;

/// Stands for one of the staff: who works here is not the person's data.
const STAFF: &str = "one of our staff";

/// All that is given of one kind of record.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    /// What it is, for people.
    pub(super) title: &'static str,
    /// Name of its type.
    pub(super) record: String,
    /// On which occasion it came.
    pub(super) context: Context,
    /// The records, in the order of their keys.
    pub(super) items: Vec<Item>,
}

/// A record.
#[derive(Debug, Serialize)]
pub(super) struct Item {
    /// The policy version in force when it came to us; none where it does not say when that was.
    pub(super) collected_under: Option<String>,
    /// Every declared field, those without a value too.
    pub(super) fields: Vec<Given>,
}

/// A field.
#[derive(Debug, Serialize)]
pub(super) struct Given {
    /// Its path within the record.
    pub(super) path: String,
    /// What it holds; a list where the record has several.
    pub(super) value: Value,
    /// What it says about a person.
    pub(super) categories: Vec<Category>,
    /// What it is for.
    pub(super) purposes: Vec<Purpose>,
    /// Who gets it.
    pub(super) recipients: Vec<Recipient>,
    /// How long it is kept.
    pub(super) kept: String,
}

/// Makes the report of these rows.
pub(super) fn of(rows: &[(String, String)], site: &SiteData) -> Vec<Section> {
    let register = Register::of_this_program();
    register.records.iter().filter_map(|record| section(record, rows, site)).collect()
}

fn section(record: &Record, rows: &[(String, String)], site: &SiteData) -> Option<Section> {
    let Kind::Stored { place, export: Some(Export::Given) } = record.kind else { return None };
    let prefix = object::prefix(place)?;
    let is_its = |key: &str| if prefix.ends_with('/') { key.starts_with(prefix) } else { key == prefix };
    let texts = rows.iter().filter(|(key, _)| is_its(key)).map(|(_, text)| text);
    let items = texts.filter_map(|text| {
        let stored: Value = json::read(text.as_bytes())?;
        Some(item(record, stored.get("record")?, site))
    });
    Some(Section { title: title(place), record: record.name.clone(), context: record.context, items: items.collect() })
}

fn item(record: &Record, stored: &Value, site: &SiteData) -> Item {
    let fields: Vec<Given> = record.fields.iter().map(|field| given(field, stored)).collect();
    let moment = fields.iter().find_map(|field| moment(&field.path, &field.value));
    let policy = moment.and_then(|moment| site.policy_in_force(moment));
    Item { collected_under: policy.map(|policy| policy.id.clone()), fields }
}

fn given(field: &Entered, stored: &Value) -> Given {
    let mut found = vec![];
    collect(stored, &field.path, &mut found);
    let value = match found.len() {
        0 => Value::Null,
        1 => found.remove(0),
        _ => Value::Array(found),
    };
    let kept = match (field.retention, field.erasure) {
        (_, Some(Erasure::Keep { ground, until })) => format!("{until}: {}", ground.wording()),
        (Some(retention), _) => retention.to_string(),
        (None, _) => Retention::NoEnd.to_string(),
    };
    Given {
        path: field.path.clone(),
        value: masked(&field.path, value),
        categories: field.categories.clone(),
        purposes: field.purposes.clone(),
        recipients: field.recipients.clone(),
        kept,
    }
}

/// What lies under a path; positions in lists are no part of it.
fn collect(value: &Value, path: &str, found: &mut Vec<Value>) {
    match value {
        Value::Array(list) if !path.is_empty() => list.iter().for_each(|value| collect(value, path, found)),
        Value::Null => {}
        _ if path.is_empty() => found.push(value.clone()),
        Value::Object(fields) => {
            let (first, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Some(value) = fields.get(first) {
                collect(value, rest, found);
            }
        }
        _ => {}
    }
}

/// Other people are not the person's data: staff are staff, and of an address that wrote in somebody's ticket as much is shown as
/// its owner would recognise.
fn masked(path: &str, value: Value) -> Value {
    match (path, &value) {
        (_, Value::Null) => value,
        ("by" | "assignee", _) => Value::from(STAFF),
        ("from", Value::String(address)) => {
            Email::parse(address).map_or(Value::Null, |email| Value::from(email.masked()))
        }
        _ => value,
    }
}

/// A moment, if a field holds one: seconds since the epoch, of these centuries, under a name that says so.
pub(super) fn moment(path: &str, value: &Value) -> Option<i64> {
    const CENTURIES: std::ops::Range<i64> = 1_000_000_000..10_000_000_000;
    let name = path.rsplit('.').next().unwrap_or(path);
    let says_when = name == "at"
        || name.ends_with("_at")
        || ["as_of", "since", "until", "received", "mailed", "confirmed", "answered", "due"].contains(&name);
    value.as_i64().filter(|seconds| says_when && CENTURIES.contains(seconds))
}

fn title(place: Place) -> &'static str {
    match place {
        Place::VaultHolder => "Who you are to us",
        Place::VaultOrder => "What you bought",
        Place::VaultSettlement => "Whether it was paid",
        Place::VaultPayment => "What became of payments",
        Place::VaultSubscription => "Subscriptions",
        Place::VaultInvoice => "Payments behind invoices",
        Place::VaultActivation => "Where your licenses are active",
        Place::VaultRuling => "What we decided about your licenses",
        Place::VaultTicket => "What you asked us",
        Place::VaultMessage => "What was written",
        Place::VaultRequest => "Your privacy requests",
        _ => "More",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> SiteData {
        let data = r#"{"title":"S","url":"https://example.com","email":"a@example.com","support_url":"https://example.com/",
            "products":[],"policies":[{"id":"2025-03-31","effective":1743379200,"collects":{}}]}"#;
        serde_json::from_str(data).expect("site data")
    }

    fn report() -> Vec<Section> {
        let row = |key: &str, record: &str| (key.to_owned(), format!(r#"{{"v":1,"record":{record}}}"#));
        let rows = [
            row("holder", r#"{"as_of":1790000000,"name":"Ada","email":"ada@example.com"}"#),
            row(
                "message/A/1",
                r#"{"at":1790000000,"author":"staff","by":"0123","text":"Hi","files":[{"id":"1","name":"a"},{"id":"2","name":"b"}],"from":"bob@example.org"}"#,
            ),
            row("outbox/register", "{}"),
        ];
        of(&rows, &site())
    }

    fn field<'report>(report: &'report [Section], record: &str, path: &str) -> &'report Given {
        let section = report.iter().find(|section| section.record == record).expect("a section");
        section.items[0].fields.iter().find(|field| field.path == path).expect("a field")
    }

    #[test]
    fn every_type_that_is_given_has_its_rows_a_title_and_every_declared_field() {
        let report = report();
        for record in Register::of_this_program().records {
            let Kind::Stored { place, export: Some(Export::Given) } = record.kind else { continue };
            if place == Place::AttachedFile {
                continue;
            }
            assert!(object::prefix(place).is_some() && title(place) != "More", "{place:?}");
            let section = report.iter().find(|section| section.record == record.name).expect("a section");
            for item in &section.items {
                assert_eq!(item.fields.len(), record.fields.len());
            }
        }
    }

    #[test]
    fn a_field_says_what_it_is_for_and_under_which_policy_it_came() {
        let report = report();
        let name = field(&report, "Holder", "name");
        assert_eq!(
            (name.value.as_str(), name.recipients.as_slice()),
            (Some("Ada"), &[Recipient::Mail, Recipient::Hosting][..])
        );
        assert_eq!(report[0].items[0].collected_under.as_deref(), Some("2025-03-31"));
        assert_eq!(field(&report, "Message", "files.name").value, serde_json::json!(["a", "b"]));
        assert_eq!(field(&report, "Message", "quoted").value, Value::Null);
    }

    #[test]
    fn other_people_are_not_spelled_out() {
        let report = report();
        assert_eq!(field(&report, "Message", "by").value, STAFF);
        assert_eq!(field(&report, "Message", "from").value, "b***@example.org");
    }
}
