//! A small project on disk with a site that is published already, for one scenario to spoil.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use walkdir::WalkDir;

/// The program as it is shipped.
const SITE: &str = env!("CARGO_BIN_EXE_site");

/// Longer than any build here takes, and shorter than anybody waits.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who may read what everybody may, and nothing else.
const NOBODY: u32 = 65534;

/// Well-formed settings that name the theme of [`Project::themed`].
const SETTINGS: &str = "title: Fixture
url: https://example.com
description: A site for tests
email: info@example.com
support_url: https://example.com/support/
theme: own
";

/// The templates that every theme has.
const TEMPLATES: &[&str] = &[
    "home",
    "page",
    "section",
    "changelog",
    "policy",
    "policy-history",
    "policy-upcoming",
    "policy-compare",
    "policy-since",
    "promises",
    "shell",
    "error",
];

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Files and folders by path; a folder has no bytes.
pub(crate) type Snapshot = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// A root in a temporary folder; dropped with the value.
pub(crate) struct Project {
    root: PathBuf,
}

/// What a build said, and with which status it ended; none when a signal ended it.
pub(crate) struct Outcome {
    pub(crate) status: Option<i32>,
    pub(crate) said: String,
}

/// A build that has begun.
pub(crate) struct Running {
    child: Child,
    log: PathBuf,
}

impl Project {
    /// A home page and a page `a`, with the plain theme.
    pub(crate) fn new() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("site-hostile-{}-{number}", std::process::id()));
        fs::create_dir_all(&root).expect("a temporary folder can be made");
        Self { root }.with("content/_index.md", "---\ntitle: Home\n---\n").with("content/a.md", page("Hello."))
    }

    /// The same with a theme of its own.
    pub(crate) fn themed() -> Self {
        let text = "<!doctype html>\n<title>{{ page.title }}</title>\n{{ page.content }}\n";
        let with = |project: Self, name: &&str| project.with(&format!("themes/own/templates/{name}.html"), text);
        TEMPLATES.iter().fold(Self::new(), with).with("content/site.yaml", SETTINGS)
    }

    /// The same, built.
    pub(crate) fn published(self) -> Self {
        self.build().succeeded();
        self
    }

    pub(crate) fn with(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        fs::write(path, bytes).expect("a file can be written");
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.path("public")
    }

    pub(crate) fn output(&self, path: &str) -> String {
        fs::read_to_string(self.out().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn build(&self) -> Outcome {
        self.start(&self.out(), None).end()
    }

    /// Begins a build into a folder, as another user where one is named.
    pub(crate) fn start(&self, out: &Path, user: Option<u32>) -> Running {
        let log = std::env::temp_dir().join(format!(
            "site-hostile-{}-{}.log",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        let file = fs::File::create(&log).expect("a file can be made");
        let mut command = Command::new(SITE);
        command.args(["build", "--at", "2026-11-22T10:00:00Z", "--root"]).arg(&self.root).arg("--out").arg(out);
        command.stdout(file.try_clone().expect("a handle")).stderr(file);
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        Running { child: command.spawn().expect("the program starts"), log }
    }

    /// Builds, and expects that everything is refused in these words and that nothing else changes.
    #[track_caller]
    pub(crate) fn is_refused(&self, words: &[&str]) -> String {
        let before = snapshot(&self.out());
        let Outcome { status, said } = self.build();
        assert_eq!(status, Some(1), "{said}");
        for word in words.iter().chain(&["= hint: ", "nothing written"]) {
            assert!(said.contains(word), "`{word}` is not in:\n{said}");
        }
        assert!(snapshot(&self.out()) == before, "the site changed");
        said
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // A folder that stays behind in the temporary folder harms nothing.
        drop(fs::remove_dir_all(&self.root));
    }
}

impl Outcome {
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.status, Some(0), "{}", self.said);
        self.said
    }
}

impl Running {
    /// Waits for the end. A build that does not end is a failure of its test.
    pub(crate) fn end(mut self) -> Outcome {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child of this process") {
                break status.code();
            }
            if begun.elapsed() > PATIENCE {
                let _ = self.child.kill();
                panic!("the build does not end");
            }
            thread::sleep(Duration::from_millis(2));
        };
        Outcome { status, said: self.said() }
    }

    /// Ends it at once, as a power failure would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a child of this process");
        self.child.wait().expect("a child of this process");
        self.said();
    }

    fn said(&self) -> String {
        let said = fs::read(&self.log).expect("what it said");
        let _ = fs::remove_file(&self.log);
        String::from_utf8_lossy(&said).into_owned()
    }
}

/// A page with this body, which begins in line 5.
pub(crate) fn page(body: &str) -> String {
    format!("---\ntitle: A\n---\n\n{body}\n")
}

/// Everything below a folder; empty when it is not there.
pub(crate) fn snapshot(folder: &Path) -> Snapshot {
    let entries = WalkDir::new(folder).min_depth(1).into_iter().filter_map(Result::ok);
    entries
        .map(|entry| {
            let bytes = entry.file_type().is_file().then(|| fs::read(entry.path()).expect("readable"));
            (entry.path().strip_prefix(folder).expect("inside").to_path_buf(), bytes)
        })
        .collect()
}

/// Whom a file without permissions stops: nobody at all where the tests run as the superuser.
pub(crate) fn ordinary_user() -> Option<u32> {
    let is_superuser = fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0);
    is_superuser.then_some(NOBODY)
}
