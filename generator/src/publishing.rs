//! The life of a policy version: a draft is made, and frozen for good once everything a build checks holds with it.
//!
//! Nothing here edits what is published: a draft is a new file, and a lock gets a line more.

mod contract;
mod difference;
mod draft;
mod freeze;
mod status;

use std::path::PathBuf;

use jiff::{Timestamp, civil::Date};

use crate::{
    config::Config,
    diagnostic::{Diagnostic, closest},
    output, plan,
    policy::Policy,
    site::{Edition, Site},
    source::Tree,
};

pub use contract::contract;
pub use difference::difference;
pub use draft::{Drafted, draft};
pub use freeze::{Published, publish};
pub use status::{Status, status};

/// What a new draft says in the place of its summary, which its editor has to replace.
const SUMMARY: &str = "Write here what changes for readers, in one or two sentences.";

/// Which document, and as of when.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The folder that has `content/` and `themes/`.
    pub root: PathBuf,
    /// Now, as far as this is concerned.
    pub at: Timestamp,
    /// The document's folder below `content/`: `privacy`.
    pub folder: String,
}

/// A document with everything around it, all of it in order.
struct Opened {
    content: Tree,
    config: Config,
    policy: Policy,
}

impl Subject {
    fn open(&self) -> Result<Opened, Vec<Diagnostic>> {
        let content = plan::content(&self.root)?;
        let config = Config::read(&content, None).map_err(|problem| vec![problem])?;
        let site = Site::read(&content, &config, Edition { at: self.at, drafts: false }, vec![])?;
        let keys: Vec<String> = site.policies.iter().map(|policy| policy.key().to_owned()).collect();
        match site.policies.into_iter().find(|policy| policy.key() == self.key()) {
            Some(policy) => Ok(Opened { content, config, policy }),
            None => Err(vec![self.unknown(&keys)]),
        }
    }

    /// The folder as documents are named.
    fn key(&self) -> &str {
        let folder = self.folder.trim_matches('/');
        folder.strip_prefix("content/").unwrap_or(folder)
    }

    fn unknown(&self, keys: &[String]) -> Diagnostic {
        let problem = Diagnostic::file("--folder", format!("`{}` is not the folder of a policy", self.folder));
        match closest(self.key(), keys.iter().map(String::as_str)) {
            Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
            None if keys.is_empty() => problem.hint("write `kind: policy` into the `_index.md` of its folder"),
            None => problem.hint(format!("there are: {}", keys.join(", "))),
        }
    }

    /// Today in the site's time zone.
    fn today(&self, config: &Config) -> Date {
        self.at.to_zoned(config.time_zone.clone()).date()
    }

    /// Writes a file of the content.
    fn write(&self, file: &str, bytes: &[u8]) -> Result<(), Vec<Diagnostic>> {
        output::write_source(&self.root.join(file), bytes)
            .map_err(|error| vec![Diagnostic::file(file, format!("cannot be written: {error}"))])
    }
}

/// The days from one to another in words: `in 1 day`.
fn days_until(today: Date, day: Date) -> String {
    match (day - today).get_days() {
        0 => "today".to_owned(),
        1 => "in 1 day".to_owned(),
        days => format!("in {days} days"),
    }
}
