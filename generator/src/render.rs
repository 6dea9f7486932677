//! Pages into HTML, in parallel: each page is a pure function of its document, the theme and the settings.

use rayon::prelude::*;

use crate::{
    config::Config,
    diagnostic::{Diagnostic, closest},
    markdown::{self, Punctuation},
    minify,
    page::{Kind, Page},
    template::Engine,
    view::View,
};

/// What a page became: its bytes, or everything that is wrong with it.
pub(crate) type Rendered = Result<String, Vec<Diagnostic>>;

/// Renders all pages, in their order.
pub(crate) fn pages(pages: &[Page], engine: &Engine<'_>, config: &Config, minified: bool) -> Vec<Rendered> {
    let render = |page: &Page| {
        let html = self::page(page, engine, config)?;
        Ok(if minified { minify::html(&html) } else { html })
    };
    pages.par_iter().map(render).collect()
}

/// One finding for each fault of a template, however many pages met it: the first page stands for all.
pub(crate) fn once(problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut problems = crate::diagnostic::sorted(problems);
    problems.dedup_by(|a, b| (&a.file, a.line, a.column, &a.message) == (&b.file, b.line, b.column, &b.message));
    problems
}

fn page(page: &Page, engine: &Engine<'_>, config: &Config) -> Rendered {
    let mut problems: Vec<Diagnostic> = missing_template(page, engine).into_iter().collect();
    // A policy binds both sides: its words are printed as they were written.
    let punctuation = if page.kind == Kind::Policy { Punctuation::AsWritten } else { Punctuation::Smart };
    let body = markdown::render(page.document.body(), punctuation, &config.url);
    problems.extend(body.dangling.iter().map(|dangling| {
        let what = if dangling.name.starts_with('^') { "footnote" } else { "link" };
        let message = format!("nothing defines the {what} `{}`", dangling.name);
        page.document
            .body_finding(dangling.span.start, dangling.span.len(), message)
            .hint(format!("add a line `[{}]: …` below, or write `\\[` for a bracket", dangling.name))
    }));
    if !problems.is_empty() {
        return Err(problems);
    }
    let view = View::new(config, page, body.html, body.headings);
    engine.render(&page.template, view, &page.document.file).map_err(|problem| vec![problem])
}

fn missing_template(page: &Page, engine: &Engine<'_>) -> Option<Diagnostic> {
    if engine.names().any(|name| name == page.template) {
        return None;
    }
    let finding = page.document.key_finding("template", format!("there is no template `{}`", page.template));
    Some(match closest(&page.template, engine.names()) {
        Some(meant) => finding.hint(format!("did you mean `{meant}`?")),
        None => finding.hint(format!("the theme has: {}", engine.names().collect::<Vec<_>>().join(", "))),
    })
}
