//! The theme of this site in another language: whoever translates the one file of its words has translated its templates.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::shared::options;

/// Words that this site has no use for now: it can be paid in two ways, and has one release, which mends nothing, and no page with a date.
const UNUSED: &[&str] = &["buy", "no_release", "security_release", "updated"];

/// Pages that are translated, by the names of their files.
const TRANSLATED: &[&str] =
    &["_index", "changelog", "contact", "pricing", "search", "terms", "docs/_index", "docs/install", "docs/updates"];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).expect("copied");
        }
    }
}

/// The words of the theme by their keys, as they stand in the file.
fn words(text: &str) -> BTreeMap<&str, &str> {
    let (_, english) = text.split_once("\nen:\n").expect("English");
    let lines = english.lines().filter_map(|line| line.strip_prefix("  "));
    lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": ")).collect()
}

/// A text of its key, with the places of the English one.
fn in_german(key: &str, english: &str) -> String {
    let places = english.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    places.fold(format!("«{key}»"), |text, place| format!("{text} {{{place}}}"))
}

fn pages(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|end| end == "html") {
            let text = fs::read_to_string(&path).expect("text");
            found.insert(path, text);
        }
    }
}

/// The pages in German, of a copy of this site in which German has been added.
fn built(root: &Path, project: &Path) -> BTreeMap<PathBuf, String> {
    for folder in ["content", "themes"] {
        copy(&project.join(folder), &root.join(folder));
    }
    let change = |file: &str, change: &dyn Fn(String) -> String| {
        let text = fs::read_to_string(root.join(file)).expect(file);
        fs::write(root.join(file), change(text)).expect(file);
    };
    change("content/site.yaml", &|text| {
        assert!(text.contains("\nlanguages: [en]\n"));
        text.replace("\nlanguages: [en]\n", "\nlanguage: en\nlanguages: { de: {} }\n")
    });
    change("themes/plus/strings.yaml", &|text| {
        let german = words(&text);
        let german = german.iter().map(|(key, english)| format!("  {key}: \"{}\"\n", in_german(key, english)));
        format!("{text}\nde:\n{}", german.collect::<String>())
    });
    for name in TRANSLATED {
        let page = root.join(format!("content/{name}"));
        fs::copy(page.with_extension("md"), page.with_extension("de.md")).expect(name);
    }
    for name in ["404", "404.de", "500", "500.de"] {
        fs::write(root.join(format!("content/{name}.md")), "---\ntitle: None\ndescription: None.\n---\n").expect(name);
    }
    let out = root.join("out");
    let summary = generator::build(&options(root, &out)).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert!(summary.warnings.is_empty(), "{:?}", summary.warnings);
    let mut found = BTreeMap::new();
    pages(&out.join("de"), &mut found);
    found
}

#[test]
fn one_file_has_all_words_of_the_templates() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = std::env::temp_dir().join(format!("cpp-translated-{}", std::process::id()));
    let pages = built(&root, &project);
    drop(fs::remove_dir_all(&root));
    assert!(pages.len() > TRANSLATED.len(), "{:?}", pages.keys());
    let text = fs::read_to_string(project.join("themes/plus/strings.yaml")).expect("the words of the theme");
    let words = words(&text);
    let is_said = |key: &str| pages.values().any(|page| page.contains(&format!("«{key}»")));
    let unsaid: Vec<&str> = words.keys().copied().filter(|key| !is_said(key)).collect();
    assert_eq!(unsaid, UNUSED, "words that no page has");
    for (path, page) in &pages {
        for part in ["aria-label=\"«main»\"", ">«skip»</a>"] {
            assert!(page.contains(part), "{}: {part}", path.display());
        }
        // Dates are as everybody reads them alike.
        assert!(!page.contains("/2026</time>"), "{}", path.display());
        for english in words.iter().filter(|(key, text)| text.contains(' ') && !UNUSED.contains(key)) {
            assert!(!page.contains(&format!(">{}<", english.1.trim_matches('"'))), "{}: {english:?}", path.display());
        }
    }
}
