//! Which files are translations, of which page, and what they take over from it: the place of a page in its folder and how it looks
//! are the same in all languages, so they are written once.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    path_in,
    tag::{self, Tag},
};
use crate::{
    config::{Config, SITE_FILE},
    diagnostic::{Diagnostic, closest},
    document::Document,
    page::{FAILURES, FrontMatter},
    release::changelog,
    site::{Entry, folder_of},
    source::Tree,
    tags,
};

/// Of what a file is the translation, and into which language.
#[derive(Debug)]
pub(crate) struct Original {
    pub(crate) language: Tag,
    pub(crate) file: String,
    pub(crate) path: String,
}

/// What a file translates: `content/a.de.md` is `content/a.md` in `de`. A part of a name that is no declared language is a part of the
/// name.
fn translated<'a>(file: &str, config: &'a Config) -> Option<(&'a Tag, String)> {
    let (before, language) = file.strip_suffix(".md")?.rsplit_once('.')?;
    let (tag, _) = config.other_languages().find(|(tag, _)| tag.as_str() == language)?;
    (!before.ends_with('/')).then(|| (tag, format!("{before}.md")))
}

/// The translations, and all other documents.
pub(crate) fn parted(documents: Vec<Document>, config: &Config) -> (Vec<Document>, Vec<Document>) {
    documents.into_iter().partition(|document| translated(&document.file, config).is_some())
}

/// The address of a file, where one without a language has its address by `path_of`.
pub(crate) fn address(
    file: &str,
    config: &Config,
    path_of: fn(&str) -> Result<String, Diagnostic>,
) -> Result<(String, Option<Original>), Diagnostic> {
    let Some((tag, original)) = translated(file, config) else {
        let path = path_of(file).map_err(|problem| match index_in(file) {
            Some(tag) => problem.hint(format!("declare the language `{tag}` in `languages` of `{SITE_FILE}`")),
            None => problem,
        });
        return Ok((path?, None));
    };
    let path = path_of(&original).map_err(|problem| Diagnostic { file: file.to_owned(), ..problem })?;
    let there = path_in(Some(tag), &path);
    Ok((there, Some(Original { language: tag.clone(), file: original, path })))
}

/// The language of a folder's own page that is translated, whether it is declared or not.
fn index_in(file: &str) -> Option<&str> {
    let tag = file.rsplit('/').next()?.strip_prefix("_index.")?.strip_suffix(".md")?;
    tag::is_well_formed(tag).then_some(tag)
}

/// What is wrong with pages. Without the settings nobody knows the languages, and they are not said to be missing.
pub(crate) fn judged(mut problems: Vec<Diagnostic>, is_configured: bool) -> Vec<Diagnostic> {
    problems.retain(|problem| is_configured || index_in(&problem.file).is_none());
    problems
}

/// Adds translations to the pages that they translate, and says what is wrong with them.
pub(crate) fn join(
    translations: Vec<Entry>,
    entries: &mut Vec<Entry>,
    (content, policies, config): (&Tree, &BTreeSet<String>, &Config),
) -> Vec<Diagnostic> {
    if config.other_languages().next().is_none() {
        return Vec::new();
    }
    let mut problems: Vec<Diagnostic> = entries.iter().filter_map(|entry| misplaced(entry, config)).collect();
    let originals: BTreeMap<String, usize> =
        entries.iter().enumerate().map(|(index, entry)| (entry.path.clone(), index)).collect();
    for mut entry in translations {
        let Some(original) = &entry.original else { continue };
        if policies.contains(&folder_of(&original.file)) {
            problems.push(contract(&entry.document, config));
            continue;
        }
        if entry.front.kind.is_some() {
            let problem = entry.document.key_finding("kind", "a translation has no kind of its own");
            problems.push(problem.hint(format!("remove the line: what it is says `{}`", original.file)));
        }
        match originals.get(&original.path) {
            Some(index) => take_over(&mut entry.front, &entries[*index].front),
            // One that cannot be read was named already.
            None if is_generated(&original.path) || content.bytes(&original.file).is_some() => {}
            None => problems.push(astray(&entry.document.file, original, entries)),
        }
        entries.push(entry);
    }
    problems
}

/// Leaves out the translations whose page is not part of the site, such as that of a draft.
pub(crate) fn keep_with_originals(entries: &mut Vec<Entry>) {
    if entries.iter().all(|entry| entry.original.is_none()) {
        return;
    }
    let there: BTreeSet<String> =
        entries.iter().filter(|entry| entry.original.is_none()).map(|entry| entry.path.clone()).collect();
    let is_kept = |original: &Original| is_generated(&original.path) || there.contains(&original.path);
    entries.retain(|entry| entry.original.as_ref().is_none_or(is_kept));
}

/// Whether a site may have a page at an address that no file stands for.
fn is_generated(path: &str) -> bool {
    let is_failure = FAILURES.iter().any(|(_, failure, _)| *failure == path);
    is_failure || matches!(path, "/" | changelog::PATH) || path.starts_with(tags::HOME)
}

/// The keys of a page that hold for its translations too, unless they say otherwise.
pub(crate) const TAKEN_OVER: [&str; 5] = ["template", "image", "weight", "date", "noindex"];

fn take_over(front: &mut FrontMatter, original: &FrontMatter) {
    front.template = front.template.take().or_else(|| original.template.clone());
    front.image = front.image.take().or_else(|| original.image.clone());
    front.weight = front.weight.or(original.weight);
    front.date = front.date.or(original.date);
    front.noindex |= original.noindex;
}

/// A page that would stand among the translations.
fn misplaced(entry: &Entry, config: &Config) -> Option<Diagnostic> {
    let is_below = |tag: &&Tag| entry.path.starts_with(&path_in(Some(tag), "/"));
    let tag = config.other_languages().map(|(tag, _)| tag).find(is_below)?.as_str();
    let file = &entry.document.file;
    let message = format!("`/{tag}/` has the pages in the language `{tag}`, and this one says nothing of a language");
    let below = file.strip_prefix(&format!("content/{tag}/")).and_then(|below| below.strip_suffix(".md"));
    Some(Diagnostic::file(file, message).hint(match below {
        Some(below) => format!("a translation lies beside its page: `content/{below}.{tag}.md`"),
        None => "give it another name".to_owned(),
    }))
}

fn contract(document: &Document, config: &Config) -> Diagnostic {
    Diagnostic::file(&document.file, "is a translation of a policy, which has one wording only").hint(format!(
        "a policy is a contract, and what binds is its text in `{}`: explain it on a page outside of its folder, and link to it",
        config.language()
    ))
}

fn astray(file: &str, original: &Original, entries: &[Entry]) -> Diagnostic {
    let message = format!("translates a page that does not exist: `{}`", original.file);
    let known = entries.iter().filter(|entry| entry.original.is_none()).map(|entry| entry.document.file.as_str());
    let language = original.language.as_str();
    let hint = match closest(&original.file, known) {
        Some(meant) => {
            let name = meant.trim_end_matches(".md");
            format!("did you mean `{name}.{language}.md`, which translates `{meant}`?")
        }
        None => "write the page first, in the language of the site".to_owned(),
    };
    Diagnostic::file(file, message).hint(hint)
}
