//! What pages have to say about themselves: `_schema.yaml` in a folder of `content/` holds for every page below it, unless a folder
//! nearer to the page has one of its own.
//!
//! Unknown keys of the front matter are errors everywhere. A schema adds what a section asks for: keys that have to be there, the tags
//! that there are, and what `extra` may hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_yaml::{Mapping, Value};

use crate::{
    diagnostic::{Diagnostic, closest},
    document::Document,
    language::original::{Original, TAKEN_OVER},
    moment::Moment,
    source::{self, Tree},
    yaml::{self, Complaint},
};

/// Name of the file.
const NAME: &str = "_schema.yaml";

/// The schemas of a site, by the folder that each is for: `content/docs/`.
#[derive(Debug, Default)]
pub(crate) struct Schemas(BTreeMap<String, Schema>);

/// What the pages of a section have to say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Schema {
    /// Keys that have to be there.
    #[serde(default)]
    required: Vec<String>,
    /// The tags that there are; any where this is not said.
    tags: Option<Vec<String>>,
    /// All that `extra` may hold; anything where this is not said.
    extra: Option<BTreeMap<String, Rule>>,
}

/// What a value may be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    is: Kind,
    #[serde(default)]
    required: bool,
    /// The texts that there are.
    one_of: Option<Vec<String>>,
    /// What each entry of a list is.
    each: Option<Box<Rule>>,
    /// What a group holds.
    fields: Option<BTreeMap<String, Rule>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Boolean,
    Date,
    List,
    Group,
}

impl Kind {
    const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Text, "text", "a text"),
        (Self::Number, "number", "a number"),
        (Self::Boolean, "boolean", "`true` or `false`"),
        (Self::Date, "date", "a date"),
        (Self::List, "list", "a list"),
        (Self::Group, "group", "a group of fields"),
    ];

    fn described(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(.., described)| described)
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            Self::Boolean => value.is_bool(),
            Self::Date => serde_yaml::from_value::<Moment>(value.clone()).is_ok(),
            Self::List => value.is_sequence(),
            Self::Group => value.is_mapping(),
        }
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "a kind of value", |written| {
            let known = || Self::ALL.iter().map(|(_, word, _)| *word);
            Self::ALL.iter().find(|(_, word, _)| *word == written).map(|(kind, ..)| *kind).ok_or_else(|| {
                let complaint = Complaint::new(format!("`{written}` is not a kind of value"));
                match closest(written, known()) {
                    Some(meant) => complaint.hint(format!("did you mean `{meant}`?")),
                    None => complaint.hint(format!("there are: {}", known().collect::<Vec<_>>().join(", "))),
                }
            })
        })
    }
}

impl Schemas {
    /// Reads the schemas of a site. What is wrong with one is a finding, and its pages are not held against it.
    pub(crate) fn read(content: &Tree, problems: &mut Vec<Diagnostic>) -> Self {
        let mut schemas = BTreeMap::new();
        for (path, bytes) in content.iter() {
            let Some(folder) = path.strip_suffix(NAME).filter(|folder| folder.ends_with('/')) else { continue };
            let schema = source::text(path, bytes).and_then(|text| yaml::parse(path, text, 0..text.len()));
            match schema {
                Ok(schema) => drop(schemas.insert(folder.to_owned(), schema)),
                Err(problem) => problems.push(problem),
            }
        }
        Self(schemas)
    }

    /// What is wrong with the front matter of a page. A translation need not say what it takes over, which its page is asked for.
    pub(crate) fn problems(&self, document: &Document, original: Option<&Original>) -> Vec<Diagnostic> {
        let folder = |path: &&String| document.file.starts_with(path.as_str());
        let Some(nearest) = self.0.keys().filter(folder).max_by_key(|path| path.len()) else { return Vec::new() };
        // What cannot be read was said elsewhere.
        let Ok(front) = document.front::<Mapping>() else { return Vec::new() };
        let taken_over: &[&str] = if original.is_some() { &TAKEN_OVER } else { &[] };
        let schema = format!("{nearest}{NAME}");
        let mut check = Check { document, schema, taken_over, problems: Vec::new() };
        check.page(&self.0[nearest], &front);
        check.problems
    }
}

/// A page that is held against the schema of a file.
struct Check<'a> {
    document: &'a Document,
    schema: String,
    /// What it need not say itself.
    taken_over: &'static [&'static str],
    problems: Vec<Diagnostic>,
}

impl Check<'_> {
    fn page(&mut self, schema: &Schema, front: &Mapping) {
        let own = schema.required.iter().filter(|key| !self.taken_over.contains(&key.as_str()));
        for key in own.filter(|key| is_empty(front.get(key.as_str()))) {
            self.say(key, format!("there is no `{key}`"), format!("`{}` asks for it: add `{key}: …`", self.schema));
        }
        if let (Some(known), Some(Value::Sequence(tags))) = (&schema.tags, front.get("tags")) {
            for tag in tags.iter().filter_map(Value::as_str).filter(|tag| !known.iter().any(|one| one == tag)) {
                let finding = self.document.value_finding(tag, format!("there is no tag `{tag}`"));
                self.problems.push(finding.hint(meant(tag, known.iter().map(String::as_str))));
            }
        }
        if let Some(rules) = &schema.extra {
            let extra = front.get("extra").and_then(Value::as_mapping).cloned().unwrap_or_default();
            self.group("extra", rules, &extra);
        }
    }

    fn group(&mut self, path: &str, rules: &BTreeMap<String, Rule>, group: &Mapping) {
        for (key, value) in group {
            let Some(key) = key.as_str() else { continue };
            let path = format!("{path}.{key}");
            match rules.get(key) {
                Some(rule) => self.value(&path, key, rule, value),
                None => self.say(key, format!("`{path}` is unknown"), meant(key, rules.keys().map(String::as_str))),
            }
        }
        for (key, _) in rules.iter().filter(|(key, rule)| rule.required && is_empty(group.get(key.as_str()))) {
            let under = path.rsplit('.').next().unwrap_or(path).split('[').next().unwrap_or(path);
            self.say(under, format!("there is no `{path}.{key}`"), format!("`{}` asks for it", self.schema));
        }
    }

    fn value(&mut self, path: &str, key: &str, rule: &Rule, value: &Value) {
        if value.is_null() {
            return;
        }
        if !rule.is.fits(value) {
            let hint = format!("`{}` says so", self.schema);
            return self.say(key, format!("`{path}` has to be {}", rule.is.described()), hint);
        }
        match (value, rule) {
            (Value::String(text), Rule { one_of: Some(known), .. }) if !known.contains(text) => {
                self.say(key, format!("`{path}` cannot be `{text}`"), meant(text, known.iter().map(String::as_str)));
            }
            (Value::Sequence(entries), Rule { each: Some(rule), .. }) => {
                for (index, entry) in entries.iter().enumerate() {
                    self.value(&format!("{path}[{index}]"), key, rule, entry);
                }
            }
            (Value::Mapping(group), Rule { fields: Some(rules), .. }) => self.group(path, rules, group),
            _ => {}
        }
    }

    fn say(&mut self, key: &str, message: String, hint: String) {
        self.problems.push(self.document.key_finding(key, message).hint(hint));
    }
}

fn is_empty(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()))
}

fn meant<'a>(written: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match closest(written, known.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known here: {}", known.collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use crate::{diagnostic::Diagnostic, fixture::Fixture};

    const SCHEMA: &str = "required: [description]\ntags: [guide, developer]\nextra:\n  icon: {is: text, one_of: [page, files]}\n  \
                          since: {is: date}\n  steps:\n    is: list\n    each:\n      is: group\n      fields:\n        title: {is: text, required: true}\n";

    fn problem(front: &str) -> Diagnostic {
        let page = format!("---\ntitle: A\n{front}\n---\n");
        Fixture::site().with("content/guides/_schema.yaml", SCHEMA).with("content/guides/a.md", page).problem()
    }

    #[test]
    fn a_page_that_breaks_the_schema_of_its_section_is_named_with_what_was_meant() {
        for (front, line, message, hint) in [
            ("weight: 1", 0, "there is no `description`", "`content/guides/_schema.yaml` asks for it"),
            ("description: ' '", 3, "there is no `description`", "asks for it"),
            ("description: A\ntags: [guides]", 4, "there is no tag `guides`", "did you mean `guide`?"),
            ("description: A\nextra:\n  ikon: page", 5, "`extra.ikon` is unknown", "did you mean `icon`?"),
            ("description: A\nextra:\n  icon: pages", 5, "`extra.icon` cannot be `pages`", "did you mean `page`?"),
            ("description: A\nextra:\n  icon: 3", 5, "`extra.icon` has to be a text", "says so"),
            ("description: A\nextra:\n  since: soon", 5, "`extra.since` has to be a date", "says so"),
            (
                "description: A\nextra:\n  steps:\n    - text: B\n      title: C",
                6,
                "`extra.steps[0].text` is unknown",
                "title",
            ),
            ("description: A\nextra:\n  steps:\n    - {}", 5, "there is no `extra.steps[0].title`", "asks for it"),
        ] {
            let problem = problem(front);
            assert_eq!(
                (problem.file.as_str(), problem.line, problem.message.as_str()),
                ("content/guides/a.md", line, message),
                "{front}"
            );
            assert!(problem.hint.as_deref().unwrap_or_default().contains(hint), "{problem}");
        }
    }

    #[test]
    fn the_nearest_schema_holds_and_a_page_without_one_is_free() {
        let whole = "---\ntitle: A\ndescription: B\ntags: [guide]\nextra:\n  icon: page\n  since: 2026-01-01\n  steps: [{title: C}]\n---\n";
        Fixture::site()
            .with("content/guides/_schema.yaml", SCHEMA)
            .with("content/guides/a.md", whole)
            .with("content/guides/free/_schema.yaml", "required: []\n")
            .with("content/guides/free/b.md", "---\ntitle: B\nextra: {anything: 1}\n---\n")
            .build()
            .expect("the site builds");
    }

    #[test]
    fn a_broken_schema_is_named_itself() {
        let schema = "extra:\n  icon: {is: tekst}\n";
        let problem = Fixture::site().with("content/docs/_schema.yaml", schema).problem();
        assert_eq!((problem.file.as_str(), problem.line), ("content/docs/_schema.yaml", 2), "{problem}");
        assert_eq!(problem.hint.as_deref(), Some("did you mean `text`?"));
    }
}
