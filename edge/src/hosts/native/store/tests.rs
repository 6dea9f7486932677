//! What the embedded store keeps, and for how long.

use super::*;
use crate::domain::id::{Email, Secret};
use crate::domain::{desk, pointer};

struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("cpp-store-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn subject(email: &str) -> Subject {
    Subject::of(&Secret::new("pepper").expect("not empty"), &Email::parse(email).expect("an address"))
}

fn claim(email: &str) -> Command {
    Command::Pointer(pointer::Command::Claim { subject: subject(email) })
}

fn pointer_address() -> Address {
    Address::Pointer(crate::domain::id::Reference::license_key(&Secret::new("pepper").expect("not empty"), "k"))
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart() {
    let folder = Folder::new("restart");
    let store = Store::open(&folder.0).expect("a store");
    let first = store.execute(&pointer_address(), claim("a@example.com"), Moment(1)).expect("a reply");
    drop(store);
    let store = Store::open(&folder.0).expect("a store");
    assert_eq!(store.execute(&pointer_address(), claim("b@example.com"), Moment(2)), Ok(first));
}

#[test]
fn a_folder_belongs_to_one_server() {
    let folder = Folder::new("lock");
    let _store = Store::open(&folder.0).expect("a store");
    assert!(matches!(Store::open(&folder.0), Err(OpenError::Store { .. })));
}

#[test]
fn a_view_ends_when_its_time_is_over() {
    let folder = Folder::new("views");
    let store = Store::open(&folder.0).expect("a store");
    store.set_view("a/1", Some(("one", Moment(100)))).expect("stored");
    assert_eq!(store.view("a/1", Moment(99)), Ok(Some("one".to_owned())));
    assert_eq!(store.view("a/1", Moment(100)), Ok(None));
    store.set_view("a/1", None).expect("removed");
    assert_eq!(store.view("a/1", Moment(0)), Ok(None));
}

#[test]
fn keys_come_in_order_behind_a_place() {
    let folder = Folder::new("keys");
    let store = Store::open(&folder.0).expect("a store");
    for key in ["b/1", "a/2", "a/1", "a/3"] {
        store.set_view(key, Some(("x", Moment(100)))).expect("stored");
    }
    let keys = |after, limit| store.view_keys("a/", after, limit, Moment(1)).expect("keys");
    assert_eq!(keys(None, 10), ["a/1", "a/2", "a/3"]);
    assert_eq!(keys(Some("a/1"), 1), ["a/2"]);
    assert_eq!(keys(Some("a/15"), 10), ["a/2", "a/3"]);
}

#[test]
fn an_export_has_every_record_on_a_line_of_its_own() {
    let folder = Folder::new("export");
    let store = Store::open(&folder.0).expect("a store");
    store.execute(&pointer_address(), claim("a@example.com"), Moment(1)).expect("a reply");
    store.set_view("a/1", Some((r#"{"v":1}"#, Moment(100)))).expect("stored");
    drop(store);
    let out = folder.0.join("out");
    assert_eq!(export::export(&folder.0, &out).expect("exported"), 2);
    let rows = std::fs::read_to_string(out.join("rows.jsonl")).expect("rows");
    assert!(rows.contains(r#""key":"owner""#) && rows.contains(subject("a@example.com").as_str()), "{rows}");
    let views = std::fs::read_to_string(out.join("views.jsonl")).expect("views");
    let view: serde_json::Value = serde_json::from_str(&views).expect("one line of JSON");
    assert_eq!(view, serde_json::json!({ "key": "a/1", "value": { "v": 1 }, "ends_at": 100 }));
    assert!(matches!(export::export(&out, &out), Err(export::ExportError::Missing(_))));
}

#[test]
fn a_view_that_has_ended_is_not_listed_and_goes() {
    let folder = Folder::new("sweep");
    let store = Store::open(&folder.0).expect("a store");
    for (key, end) in [("a/1", 100), ("a/2", 200), ("b/1", 100)] {
        store.set_view(key, Some(("x", Moment(end)))).expect("stored");
    }
    let keys = |now| store.view_keys("a/", None, 1, Moment(now)).expect("keys");
    assert_eq!(keys(99), ["a/1"]);
    assert_eq!(keys(100), ["a/2"], "what has ended takes nobody's place");
    assert_eq!(store.sweep(Moment(100)), Ok(2));
    assert_eq!(store.sweep(Moment(100)), Ok(0));
    assert_eq!(keys(0), ["a/2"], "it is gone from the disk");
}

#[test]
fn the_register_is_read_in_pages() {
    let folder = Folder::new("desk");
    let store = Store::open(&folder.0).expect("a store");
    let mut subjects: Vec<Subject> = ["a@example.com", "b@example.com", "c@example.com"].map(subject).to_vec();
    for subject in &subjects {
        let entry = desk::Entry {
            revision: 1,
            changed_at: Moment(1),
            licenses: 1,
            price_drift: false,
            tickets: vec![],
            given_up: 0,
            right_due: None,
            is_gone: false,
        };
        let command = Command::Desk(desk::Command::Register { subject: subject.clone(), entry, tickets: vec![] });
        store.execute(&Address::Desk, command, Moment(1)).expect("a reply");
    }
    subjects.sort();
    let page = |after: Option<Subject>| {
        let command = Command::Desk(desk::Command::Page { after });
        let Ok(Reply::Page(rows)) = store.execute(&Address::Desk, command, Moment(1)) else { panic!("a page") };
        rows.into_iter().map(|(subject, _)| subject).collect::<Vec<_>>()
    };
    assert_eq!(page(None), subjects);
    assert_eq!(page(Some(subjects[0].clone())), subjects[1..]);
}
