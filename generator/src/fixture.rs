//! Small sites in temporary folders for the tests of this crate. Each test makes its own and changes one thing.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    Diagnostic, Options, Summary,
    config::Config,
    document::Document,
    page::Kind,
    policy::{
        Version,
        lock::{self, Lock},
    },
    source::text,
    timing::Timing,
};

/// A well-formed `site.yaml`.
pub(crate) const SITE: &str = "title: Fixture
url: https://example.com
description: A site for tests
email: info@example.com
support_url: https://example.com/support/
time_zone: UTC
languages: [en]
navigation:
  - {title: Features, url: /features/}
footer:
  - {title: Privacy, url: /privacy/}
";

/// A well-formed `products.yaml` with two plans.
pub(crate) const PRODUCTS: &str = "- id: portal
  name: Portal
  plans:
    - id: single
      name: Single
      price: 4900
      currency: usd
      seats: 1
      term: 1y
      stripe_price: price_single
    - id: unlimited
      name: Unlimited
      price: 129950
      currency: usd
      seats: 0
      term: lifetime
      stripe_price: price_unlimited
";

/// A policy version with characters that smart punctuation would change.
pub(crate) const POLICY: &str = "---
title: Privacy Policy
effective: 2025-03-31
published: 2025-03-01
summary: The first version.
---

We don't sell \"data\" -- not any...

## 1. Cookies

- One
";

/// What [`POLICY`] promises: all that the code does, in its one sentence.
pub(crate) const CONTRACT: &str = "sentences:
  - says: We don't sell \"data\" -- not any...
    collects:
      purchase: [name, email, license_key, purchase_details, plugin_version]
      ticket: [name, email, license_key, plugin_version, request_content, attachment]
    uses: [deliver, support, notify]
    cookies: [necessary]
    shares: [stripe, paypal, mail, hosting]
    kept: By the code.
  - says: One
    info: An item of a list.
";

/// A PNG with a pattern in it that has few colours.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let low = |number: u32| number.to_le_bytes()[0];
    let drawn =
        image::RgbImage::from_fn(width, height, |x, y| image::Rgb([low(x / 16 % 4 * 80), low(y / 16 % 3 * 100), 90]));
    encoded(&drawn.into(), image::ImageFormat::Png)
}

/// A picture in a format.
pub(crate) fn encoded(picture: &image::DynamicImage, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("it can be encoded");
    bytes.into_inner()
}

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A root in a temporary folder; dropped with the value.
#[derive(Debug)]
pub(crate) struct Fixture {
    root: PathBuf,
}

impl Fixture {
    /// A root with nothing in it.
    pub(crate) fn empty() -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("site-fixture-{}-{number}", std::process::id()));
        fs::create_dir_all(&root).expect("a temporary folder can be made");
        Self { root }
    }

    /// A small site with the plain theme: a home page, a page, a section, products and a policy.
    pub(crate) fn site() -> Self {
        Self::empty()
            .with("content/site.yaml", SITE)
            .with("content/products.yaml", PRODUCTS)
            .with("content/_index.md", "---\ntitle: Home\n---\n\nWelcome.\n")
            .with("content/features.md", "---\ntitle: Features\ndate: 2025-01-02\n---\n\n## What \"it\" does\n")
            .with("content/docs/_index.md", "---\ntitle: Docs\n---\n")
            .with("content/docs/install.md", "---\ntitle: Install\nweight: 1\n---\n")
            .with("content/privacy/_index.md", "---\ntitle: Privacy\nkind: policy\n---\n")
            .with("content/privacy/2025-03-31.md", POLICY)
            .locked()
    }

    /// The same with a theme of its own, `own`, whose pages are their title and their body.
    pub(crate) fn themed() -> Self {
        let fixture = Self::site().with("content/site.yaml", format!("{SITE}theme: own\n"));
        let page = "<!doctype html>\n<title>{{ page.title }}</title>\n{{ page.content }}\n";
        let with = |fixture: Self, name| fixture.with(&format!("themes/own/templates/{name}"), page);
        Kind::ALL.map(Kind::template).into_iter().fold(fixture, with).with("themes/own/assets/site.css", "a{}")
    }

    /// Writes the lock of each policy anew, as if its versions had been published as they are now. What cannot be read
    /// as a version, or is a draft, is left out.
    pub(crate) fn locked(mut self) -> Self {
        let content = crate::plan::content(&self.root).expect("the content can be read");
        let zone = Config::read(&content, None).expect("the settings are well-formed").time_zone;
        let is_policy = |(_, bytes): &(&str, &[u8])| String::from_utf8_lossy(bytes).contains("\nkind: policy\n");
        for (index, _) in content.iter().filter(|(path, _)| path.ends_with("/_index.md")).filter(is_policy) {
            let folder = index.trim_end_matches("_index.md");
            let versions = content.iter().filter(|(path, _)| path.starts_with(folder) && *path != index);
            let versions = versions.filter_map(|(path, bytes)| {
                let document = Document::new(path, text(path, bytes).ok()?).ok()?;
                Version::read(document, &content, &zone).ok().filter(|version| !version.front.draft)
            });
            let file = format!("{folder}{}", lock::NAME);
            let lock = versions.fold(Lock::parse(&file, "").expect("an empty lock"), |lock, version| {
                Lock::parse(&file, &lock.with(&version).0).expect("a well-formed line")
            });
            self = self.with(&file, lock.text());
        }
        self
    }

    /// Writes a file.
    pub(crate) fn with(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
        self
    }

    /// Where it is.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The options of an ordinary build of it.
    pub(crate) fn options(&self) -> Options {
        Options {
            root: self.root.clone(),
            out: self.root.join("public"),
            at: "2026-11-22T00:00:00Z".parse().expect("a moment"),
            base_url: None,
            drafts: false,
            test_report: None,
            minify: true,
            progress: |_| (),
            timing: Timing::default(),
        }
    }

    /// Builds it.
    pub(crate) fn build(&self) -> Result<Summary, Vec<Diagnostic>> {
        crate::build(&self.options())
    }

    /// Builds it as of a moment.
    pub(crate) fn build_at(&self, at: &str) -> Result<Summary, Vec<Diagnostic>> {
        crate::build(&Options { at: at.parse().expect("a moment"), ..self.options() })
    }

    /// The only finding of a build that fails.
    #[track_caller]
    pub(crate) fn problem(&self) -> Diagnostic {
        let mut problems = self.build().expect_err("the site is broken");
        assert_eq!(problems.len(), 1, "{problems:#?}");
        problems.remove(0)
    }

    /// A file of the built site.
    #[track_caller]
    pub(crate) fn output(&self, path: &str) -> String {
        fs::read_to_string(self.root.join("public").join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The bytes of every file of the built site.
    pub(crate) fn outputs(&self) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
        let out = self.root.join("public");
        let files = walkdir::WalkDir::new(&out).into_iter().map(|entry| entry.expect("readable"));
        let files = files.filter(|entry| entry.file_type().is_file());
        files
            .map(|entry| {
                let below = entry.path().strip_prefix(&out).expect("inside").to_path_buf();
                (below, fs::read(entry.path()).expect("readable"))
            })
            .collect()
    }

    /// Whether the built site has a file.
    pub(crate) fn has_output(&self, path: &str) -> bool {
        self.root.join("public").join(path).exists()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        // A folder that stays behind in the temporary folder harms nothing.
        drop(fs::remove_dir_all(&self.root));
    }
}
