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

fn keys() -> VaultKeys {
    VaultKeys::new(vec![("v1".to_owned(), [7; 32])]).expect("keys")
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
    let store = Store::open(&folder.0, keys()).expect("a store");
    let first = store.execute(&pointer_address(), claim("a@example.com"), Moment(1)).expect("a reply");
    drop(store);
    let store = Store::open(&folder.0, keys()).expect("a store");
    assert_eq!(store.execute(&pointer_address(), claim("b@example.com"), Moment(2)), Ok(first));
}

#[test]
fn a_folder_belongs_to_one_server() {
    let folder = Folder::new("lock");
    let _store = Store::open(&folder.0, keys()).expect("a store");
    assert!(matches!(Store::open(&folder.0, keys()), Err(OpenError::Store { .. })));
}

#[test]
fn a_view_ends_when_its_time_is_over() {
    let folder = Folder::new("views");
    let store = Store::open(&folder.0, keys()).expect("a store");
    store.set_view("a/1", Some(("one", Moment(100)))).expect("stored");
    assert_eq!(store.view("a/1", Moment(99)), Ok(Some("one".to_owned())));
    assert_eq!(store.view("a/1", Moment(100)), Ok(None));
    store.set_view("a/1", None).expect("removed");
    assert_eq!(store.view("a/1", Moment(0)), Ok(None));
}

#[test]
fn keys_come_in_order_behind_a_place() {
    let folder = Folder::new("keys");
    let store = Store::open(&folder.0, keys()).expect("a store");
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
    let store = Store::open(&folder.0, keys()).expect("a store");
    store.execute(&pointer_address(), claim("a@example.com"), Moment(1)).expect("a reply");
    store.set_view("a/1", Some((r#"{"v":1}"#, Moment(100)))).expect("stored");
    drop(store);
    let out = folder.0.join("out");
    assert_eq!(export::export(&folder.0, &out, None).expect("exported"), 2);
    let rows = std::fs::read_to_string(out.join("rows.jsonl")).expect("rows");
    assert!(rows.contains(r#""key":"owner""#) && rows.contains(subject("a@example.com").as_str()), "{rows}");
    let views = std::fs::read_to_string(out.join("views.jsonl")).expect("views");
    let view: serde_json::Value = serde_json::from_str(&views).expect("one line of JSON");
    assert_eq!(view, serde_json::json!({ "key": "a/1", "value": { "v": 1 }, "ends_at": 100 }));
    assert!(matches!(export::export(&out, &out, None), Err(export::ExportError::Missing(_))));
}

#[test]
fn a_view_that_has_ended_is_not_listed_and_goes() {
    let folder = Folder::new("sweep");
    let store = Store::open(&folder.0, keys()).expect("a store");
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
    let store = Store::open(&folder.0, keys()).expect("a store");
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

/// A command for a vault, as JSON.
fn ask(store: &Store, email: &str, command: &str, at: i64) -> Reply {
    let command = Command::Vault(serde_json::from_str(command).expect("a command"));
    store.execute(&Address::Vault(subject(email)), command, Moment(at)).expect("a reply")
}

fn buy(email: &str) -> String {
    format!(
        r#"{{"open":{{"purchase":{{"at":1000,"id":{{"provider":"stripe","id":"cs_{length}"}},
            "product":"plus","plan":"single","seats":1,"term":"lifetime","price_drift":false,"policy":"2025-03-31"}},
        "settlement":{{"paid":{{"paid":{{"at":1000}}}}}},"holder":{{"as_of":1000,"name":"Ada","email":"{email}"}},
        "offer":{{"id":"lic_00000000000000000000000000000001","key":"0000-0000-0000-0000-0000-0000-0000"}}}}}}"#,
        length = email.len(),
    )
}

fn enter(store: &Store, email: &str, request: u8) {
    line(store, crate::domain::ledger::Stage::Done, (email, None), request);
}

fn line(store: &Store, stage: crate::domain::ledger::Stage, (email, to): (&str, Option<&str>), request: u8) {
    use crate::domain::ledger::{Command as Ledger, Entry, code};
    let code = |email| code(&Secret::new("pepper").expect("not empty"), &subject(email));
    let entry = Entry {
        request: crate::domain::rights::RequestId::from_bytes([request; 16]),
        stage,
        who: code(email),
        to: to.map(code),
        received: Moment(1_500),
        confirmed: Moment(1_600),
        end_licenses: true,
        classes: vec![],
    };
    store.execute(&Address::Ledger, Command::Ledger(Ledger::Enter { entry }), Moment(2_000)).expect("a reply");
}

fn opened(data: &Path, out: &Path) -> String {
    export::export(data, out, Some(keys())).expect("exported");
    std::fs::read_to_string(out.join("rows.jsonl")).expect("rows")
}

fn import(from: &Path, ledger: &Path, data: &Path) -> Result<import::Imported, import::ImportError> {
    import::import(from, ledger, data, (&Secret::new("pepper").expect("not empty"), keys()), Moment(3_000))
}

#[test]
fn a_copy_shows_nothing_and_whoever_goes_back_to_it_deletes_again_who_was_deleted_since() {
    let folder = Folder::new("import");
    let (data, copy, newest, back) =
        (folder.0.join("a"), folder.0.join("copy"), folder.0.join("newest"), folder.0.join("b"));
    let store = Store::open(&data, keys()).expect("a store");
    for email in ["gone@example.com", "stays@example.com"] {
        ask(&store, email, &buy(email), 1_000);
    }
    drop(store);
    export::export(&data, &copy, None).expect("exported");
    let sealed = std::fs::read_to_string(copy.join("rows.jsonl")).expect("rows");
    assert!(!sealed.contains("example.com") && !sealed.contains("Ada"), "{sealed}");
    let store = Store::open(&data, keys()).expect("a store");
    enter(&store, "gone@example.com", 1);
    drop(store);
    export::export(&data, &newest, None).expect("exported");
    let ledger = newest.join("ledger.jsonl");
    assert_eq!(import(&copy, &ledger, &back).expect("imported").erased, 1);
    let rows = opened(&back, &folder.0.join("look"));
    assert_eq!(rows.matches(r#""name":"Ada""#).count(), 1, "{rows}");
    assert!(rows.contains("stays@example.com") && !rows.contains("\"email\":\"gone@example.com\""), "{rows}");
    assert!(matches!(import(&copy, &ledger, &back), Err(import::ImportError::Taken(_))));
}

#[test]
fn a_ledger_that_is_older_or_was_changed_lets_nothing_be_imported() {
    let folder = Folder::new("ledger");
    let (data, older, copy, back) =
        (folder.0.join("a"), folder.0.join("older"), folder.0.join("copy"), folder.0.join("b"));
    let store = Store::open(&data, keys()).expect("a store");
    ask(&store, "a@example.com", &buy("a@example.com"), 1_000);
    enter(&store, "b@example.com", 1);
    drop(store);
    export::export(&data, &older, None).expect("exported");
    let store = Store::open(&data, keys()).expect("a store");
    enter(&store, "c@example.com", 2);
    drop(store);
    export::export(&data, &copy, None).expect("exported");
    let ledger = |folder: &Path| folder.join("ledger.jsonl");
    assert!(matches!(import(&copy, &ledger(&older), &back), Err(import::ImportError::Ledger(_))));
    let text = std::fs::read_to_string(ledger(&copy)).expect("a ledger");
    std::fs::write(ledger(&older), text.replace("\"end_licenses\":true", "\"end_licenses\":false")).expect("written");
    assert!(matches!(import(&copy, &ledger(&older), &back), Err(import::ImportError::Ledger(_))));
    assert!(!back.join("store.redb").exists(), "nothing is left that could be taken for a store");
    assert_eq!(import(&copy, &ledger(&copy), &back).expect("imported").erased, 0);
}

#[test]
fn a_store_is_not_opened_with_other_keys_and_says_so() {
    let folder = Folder::new("keys-lost");
    let store = Store::open(&folder.0, keys()).expect("a store");
    ask(&store, "a@example.com", &buy("a@example.com"), 1_000);
    drop(store);
    let other = VaultKeys::new(vec![("v2".to_owned(), [8; 32])]).expect("keys");
    let store = Store::open(&folder.0, other).expect("a store");
    let reply = store.execute(&Address::Vault(subject("a@example.com")), Command::Rows, Moment(1));
    assert!(reply.is_err_and(|unavailable| unavailable.why.contains("VAULT_KEYS")));
}

#[test]
fn whoever_came_back_after_an_older_deletion_is_left_alone_and_whoever_moved_before_it_is_found() {
    let folder = Folder::new("moved");
    let (data, copy, newest, back) =
        (folder.0.join("a"), folder.0.join("copy"), folder.0.join("newest"), folder.0.join("b"));
    let store = Store::open(&data, keys()).expect("a store");
    enter(&store, "again@example.com", 1);
    for email in ["again@example.com", "moves@example.com"] {
        ask(&store, email, &buy(email), 1_000);
    }
    drop(store);
    export::export(&data, &copy, None).expect("exported");
    let store = Store::open(&data, keys()).expect("a store");
    line(&store, crate::domain::ledger::Stage::Moved, ("moves@example.com", Some("moved@example.com")), 2);
    line(&store, crate::domain::ledger::Stage::Ordered, ("moved@example.com", None), 3);
    enter(&store, "moved@example.com", 3);
    drop(store);
    export::export(&data, &newest, None).expect("exported");
    assert_eq!(import(&copy, &newest.join("ledger.jsonl"), &back).expect("imported").erased, 1);
    let rows = opened(&back, &folder.0.join("look"));
    assert!(
        rows.contains("\"email\":\"again@example.com\"") && !rows.contains("\"email\":\"moves@example.com\""),
        "{rows}"
    );
}
