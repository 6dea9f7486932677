//! Planted drifts: ways in which code and policy come to disagree. Each is planted into a copy of this project's own
//! content, or into the register of what the code does, and each must stop the build with a message of its own.
//!
//! The list grew from what went wrong elsewhere: an undeclared note field, a removed expiry, a processor nobody named, a
//! right without a route, a policy edited under its old date.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use edge::contract::register::{Cookie, Entered, KeptAs, Kind, Processor, Register, RightRoute};
use edge::contract::{
    Category, Conduct, Context, CookieCategory, Erasure, Period, Purpose, Recipient, Retention, Right,
};
use generator::Options;

mod plant;

/// The day the drifts are planted: the first version is in force and every waiver holds.
const AT: &str = "2026-12-01T09:00:00Z";

/// The project as one drift sees it: a copy of its content, and what the code is said to do.
struct Project {
    root: PathBuf,
    register: Register,
    at: String,
}

/// A way to disagree.
struct Drift {
    name: &'static str,
    plant: fn(&mut Project),
    /// Part of the message that only this drift gives.
    message: &'static str,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Project {
    fn copy() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("cpp-drift-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for folder in ["content", "themes"] {
            copy(&here.join(folder), &root.join(folder));
        }
        Self { root, register: Register::of_this_program(), at: AT.to_owned() }
    }

    /// What stops the build; empty when nothing does.
    fn problems(&self) -> Vec<String> {
        let options = Options {
            root: self.root.clone(),
            out: self.root.join("out"),
            at: self.at.parse().expect("a moment"),
            base_url: None,
            drafts: false,
            minify: false,
            test_report: None,
            progress: |_| (),
            timing: generator::timing::Timing::default(),
        };
        let result = generator::build_against(&options, &self.register);
        result.err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }

    fn edit(&self, file: &str, change: impl FnOnce(String) -> String) {
        let path = self.root.join("content/privacy").join(file);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let changed = change(text.clone());
        assert_ne!(text, changed, "the drift changes nothing in {file}");
        fs::write(path, changed).expect("written");
    }

    /// The field of a stored type.
    fn field(&mut self, record: &str, path: &str) -> &mut Entered {
        let record = self.register.records.iter_mut().find(|known| known.name == record).expect("a record");
        record.fields.iter_mut().find(|field| field.path == path).expect("a field")
    }

    /// A new field in a stored type, like another one of it.
    fn add_field(&mut self, record: &str, name: &str, category: Category) {
        let record = self.register.records.iter_mut().find(|known| known.name == record).expect("a record");
        let field = Entered {
            path: name.to_owned(),
            categories: vec![category],
            conditional: false,
            ..record.fields[0].clone()
        };
        record.fields.push(field);
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder of the project").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn without_a_drift_the_project_builds() {
    assert_eq!(Project::copy().problems(), Vec::<String>::new());
}

#[test]
fn each_planted_drift_stops_the_build_with_its_own_message() {
    let mut failures = vec![];
    for drift in plant::DRIFTS {
        let mut project = Project::copy();
        (drift.plant)(&mut project);
        let problems = project.problems();
        if !problems.iter().any(|problem| problem.contains(drift.message)) {
            failures.push(format!("{}: wanted “{}”, got {problems:#?}", drift.name, drift.message));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_drift_is_found_by_the_message_of_another() {
    let drifts = plant::DRIFTS;
    for (at, drift) in drifts.iter().enumerate() {
        assert!(drifts.iter().skip(at + 1).all(|other| other.message != drift.message), "{}", drift.name);
    }
    assert!(drifts.len() >= 15, "{} drifts", drifts.len());
}

#[test]
fn a_message_quotes_the_policy_and_says_both_ways_out() {
    let mut project = Project::copy();
    project.add_field("Holder", "telephone", Category::SiteAddress);
    let problems = project.problems();
    let problem = problems.iter().find(|problem| problem.contains("Holder.telephone")).expect("a finding");
    for part in [
        "content/privacy/2025-03-31.md",
        "“Name”, “Email Address”, “Purchase Details (license key, date, plugin version)”",
        "drop the field",
        "declare it in a version effective in the future",
    ] {
        assert!(problem.contains(part), "{part} is missing in {problem}");
    }
}
