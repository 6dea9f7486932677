//! Data for templates: each YAML, JSON and CSV file in `content/data/` is a variable, `content/data/team/people.csv` is
//! `data.team.people`. Nothing of it is published by itself.

use serde_json::{Map, Value};

use crate::{
    diagnostic::Diagnostic,
    source::{self, BYTE_ORDER_MARK, Tree},
    yaml,
};

/// Where the files are.
pub(crate) const FOLDER: &str = "content/data/";

/// Reads all data as one map of maps.
pub(crate) fn read(content: &Tree) -> Result<Value, Vec<Diagnostic>> {
    let (mut data, mut problems) = (Map::new(), Vec::new());
    for (path, bytes) in content.iter() {
        let Some(below) = path.strip_prefix(FOLDER).filter(|_| !source::has_extension(path, "md")) else { continue };
        let read = source::text(path, bytes).and_then(|text| parse(path, text));
        let added = read.and_then(|value| add(&mut data, path, below, value));
        problems.extend(added.err());
    }
    if problems.is_empty() { Ok(Value::Object(data)) } else { Err(problems) }
}

fn parse(path: &str, text: &str) -> Result<Value, Diagnostic> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("yaml" | "yml") => yaml::parse(path, text, 0..text.len()),
        Some("json") => serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned();
            Diagnostic::at(path, text, (error.line().max(1), error.column().max(1)), 1, message).hint("this is no JSON")
        }),
        Some("csv") => table(path, text),
        _ => Err(Diagnostic::file(path, "is no data that can be read")
            .hint("data is YAML, JSON or CSV; a file that is to be published has its place elsewhere in `content/`")),
    }
}

/// Rows as maps, by the names in the first line. Every value is a text.
fn table(path: &str, text: &str) -> Result<Value, Diagnostic> {
    let failed = |error: &csv::Error| {
        let line = error.position().map_or(1, |position| usize::try_from(position.line()).unwrap_or(1));
        let message = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("this row has {len} fields, and the first line names {expected_len}")
            }
            _ => error.to_string(),
        };
        Diagnostic::at(path, text, (line, 1), 1, message).hint("put a field that has a comma into double quotes")
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| failed(&error))?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| failed(&error))?;
        let fields = names.iter().zip(&record).map(|(name, value)| (name.to_owned(), Value::from(value)));
        rows.push(Value::Object(fields.collect()));
    }
    Ok(Value::Array(rows))
}

/// Puts a value where its file is.
fn add(data: &mut Map<String, Value>, path: &str, below: &str, value: Value) -> Result<(), Diagnostic> {
    let stem = below.rsplit_once('.').map_or(below, |(stem, _)| stem);
    let mut names: Vec<&str> = stem.split('/').collect();
    let is_name = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if let Some(name) = names.iter().find(|name| !is_name(name)) {
        let better: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let finding = Diagnostic::file(path, format!("`{name}` cannot be a name in a template"));
        return Err(finding.hint(format!("use letters, digits and `_`: `{better}`")));
    }
    let last = names.pop().unwrap_or_default();
    let taken = || Diagnostic::file(path, "has the name of other data").hint("rename or remove one of them");
    let mut folder = data;
    for name in names {
        let inner = folder.entry(name).or_insert_with(|| Value::Object(Map::new()));
        folder = inner.as_object_mut().ok_or_else(taken)?;
    }
    if folder.contains_key(last) {
        return Err(taken());
    }
    folder.insert(last.to_owned(), value);
    Ok(())
}

/// What a template may ask of data: of the entries of a list, whatever one of them has.
pub(crate) fn shape(data: &Value) -> Value {
    match data {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect())
        }
        Value::Array(entries) => {
            let one = entries.iter().map(shape).reduce(|one, other| match (one, other) {
                (Value::Object(mut one), Value::Object(other)) => {
                    for (name, value) in other {
                        one.entry(name).or_insert(value);
                    }
                    Value::Object(one)
                }
                // Entries of several kinds can be anything.
                _ => Value::Null,
            });
            Value::Array(one.into_iter().collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;

    /// A site whose pages print this.
    fn printing(template: &str) -> Fixture {
        Fixture::themed().with("themes/own/templates/page.html", template)
    }

    #[test]
    fn files_are_variables_and_are_not_published() {
        let template = "{% for one in data.team.people %}{{ one.name }} {{ one.role }}; {% endfor %}{{ data.facts.since }} {{ data.list[1].b }}";
        let fixture = printing(template)
            .with("content/data/team/people.csv", "name, role\nAda,\"maths, poetry\"\nBob, tea\n")
            .with("content/data/facts.yaml", "since: 2019\n")
            .with("content/data/list.json", "[{\"a\": 1}, {\"b\": \"two\"}]");
        fixture.build().expect("the site builds");
        assert_eq!(fixture.output("features/index.html").trim(), "Ada maths, poetry; Bob tea; 2019 two");
        assert!(!fixture.has_output("data"));
    }

    #[test]
    fn what_cannot_be_read_is_named_at_its_line() {
        for (file, text, line, message) in [
            ("a.csv", "name,role\nAda\n", 2, "this row has 1 fields, and the first line names 2"),
            ("a.json", "{\n\"a\": }", 2, "expected value"),
            ("a.yaml", "a: \"b\nc: d", 1, "found unexpected end of stream"),
            ("a.txt", "x", 0, "is no data that can be read"),
            ("my-team.yaml", "a: 1", 0, "`my-team` cannot be a name in a template"),
        ] {
            let problem = Fixture::site().with(&format!("content/data/{file}"), text).problem();
            assert_eq!(
                (problem.file.as_str(), problem.line),
                (format!("content/data/{file}").as_str(), line),
                "{problem}"
            );
            assert!(problem.message.contains(message), "{problem}");
        }
        let twice = Fixture::site().with("content/data/a.yaml", "b: 1").with("content/data/a.json", "{}").problem();
        assert_eq!(twice.message, "has the name of other data");
    }

    #[test]
    fn a_misspelt_name_is_found_though_only_some_entries_have_it() {
        let data = "- {name: A}\n- {name: B, icon: c}\n";
        printing("{% for one in data.list %}{% if one.icon %}{{ one.icon }}{% endif %}{% endfor %}")
            .with("content/data/list.yaml", data)
            .build()
            .expect("the site builds");
        let problem = printing("{% for one in data.list %}{{ one.nam }}{% endfor %}")
            .with("content/data/list.yaml", data)
            .problem();
        assert_eq!(problem.hint.as_deref(), Some("did you mean `name`?"), "{problem}");
        let problem = printing("{{ data.lists }}").with("content/data/list.yaml", data).problem();
        assert_eq!(problem.message, "`data` has no field `lists`");
    }
}
