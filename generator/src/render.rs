//! Pages into HTML, in parallel: each page is a pure function of its document, the theme and the settings.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use rayon::prelude::*;

use crate::{
    component::{Call, Calls, Fault},
    config::Config,
    diagnostic::{self, Diagnostic, closest},
    document::Document,
    markdown::{self, Code, Heading, Punctuation},
    minify,
    output::Output,
    page::{Kind, Page},
    template::{Engine, Undrawn},
    timing::{Template, Timing},
    trace::{
        Trace, Traces,
        cause::{Cause, Causes},
    },
    view::View,
};

/// What a page became: its bytes, or everything that is wrong with it.
pub(crate) type Rendered = Result<String, Vec<Diagnostic>>;

/// A page in print.
pub(crate) enum Printed {
    /// Made now, with all that it was made of where that can be said.
    New(String, Option<Cause>),
    /// As the last build made it.
    Kept(Arc<Trace>),
}

/// What is known of the last build, and by what its pages are told from those of this one.
#[derive(Clone, Copy)]
pub(crate) struct Past<'a> {
    pub(crate) traces: &'a Traces,
    pub(crate) causes: &'a Causes,
}

/// The bodies that are rendered already, by file: a policy's text goes into several pages.
#[derive(Debug, Default)]
pub(crate) struct Bodies(Mutex<BTreeMap<String, Arc<Body>>>);

/// A body as HTML.
#[derive(Debug)]
struct Body {
    html: String,
    headings: Vec<Heading>,
    /// What the minifier leaves of it, where that is less.
    small: Option<String>,
    problems: Vec<Diagnostic>,
}

/// How pages are rendered.
#[derive(Clone, Copy)]
pub(crate) struct Press<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) config: &'a Config,
    pub(crate) minified: bool,
    pub(crate) bodies: &'a Bodies,
    pub(crate) timing: &'a Timing,
}

impl Press<'_> {
    /// Renders all pages, in their order.
    pub(crate) fn pages(self, pages: &[&Page]) -> Vec<Rendered> {
        pages.par_iter().map(|page| self.page(page)).collect()
    }

    /// Renders the pages that the last build did not make the same, in their order. The output has to have all other files.
    pub(crate) fn prints(
        self,
        pages: &[&Page],
        past: Option<Past<'_>>,
        output: &Output,
    ) -> Vec<Result<Printed, Vec<Diagnostic>>> {
        let print = |page: &&Page| {
            let (view, document) = (View::new(self.config, page), page.document.whole());
            let document = document.map_err(|problem| vec![problem])?;
            let cause = past.and_then(|past| past.causes.of(page, &document, &view, self));
            let kept = past.zip(cause.as_ref()).and_then(|(past, cause)| past.traces.of(page, cause, output));
            match kept {
                Some(trace) => {
                    self.timing.step();
                    Ok(Printed::Kept(trace))
                }
                None => self.viewed(page, &document, view).map(|html| Printed::New(html, cause)),
            }
        };
        pages.par_iter().map(print).collect()
    }

    /// Renders one page.
    pub(crate) fn page(self, page: &Page) -> Rendered {
        let document = page.document.whole().map_err(|problem| vec![problem])?;
        self.viewed(page, &document, View::new(self.config, page))
    }

    /// Renders one page, of which there is all but its text.
    fn viewed(self, page: &Page, document: &Document, view: View) -> Rendered {
        self.timing.page(&page.path, &page.template, |template| self.timed((page, document), view, template))
    }

    fn timed(self, (page, document): (&Page, &Document), mut view: View, template: &Template<'_>) -> Rendered {
        let mut problems: Vec<Diagnostic> = missing_template(page, self.engine).into_iter().collect();
        let body = self.body(page, document);
        problems.extend(body.problems.iter().cloned());
        if !problems.is_empty() {
            return Err(problems);
        }
        view.page.content.clone_from(&body.html);
        view.page.headings.clone_from(&body.headings);
        let html = template.draws(|| self.engine.render(&page.template, view, &page.document.file));
        let html = html.map_err(|problem| vec![problem])?;
        let comparison = page.policy.as_ref().and_then(|policy| policy.comparison.as_ref());
        if !self.minified {
            return Ok(html);
        }
        let (part, small) = match comparison {
            // There is nothing in it that could be left out.
            Some(comparison) => (&comparison.redline, &comparison.redline),
            None => (&body.html, body.small.as_ref().unwrap_or(&body.html)),
        };
        Ok(minify::around(&html, part, small))
    }

    /// The HTML of a body with its components.
    fn drawn(
        self,
        (page, document): (&Page, &Document),
        html: String,
        calls: &Calls,
    ) -> Result<String, Vec<Diagnostic>> {
        if !calls.faults.is_empty() {
            let faults = calls.faults.iter().map(|found| fault(document, found.clone()));
            return Err(diagnostic::few(&document.file, faults));
        }
        if calls.calls.is_empty() {
            return Ok(html);
        }
        let around = self.engine.around(&View::new(self.config, page));
        let draw = |call: &Call, inner: Option<&str>| {
            self.engine.draw(call, inner, &around).map_err(|undrawn| (call.span.start, undrawn))
        };
        let finding = |(start, undrawn)| match undrawn {
            Undrawn::Call(found) => fault(document, found),
            Undrawn::Theme(problem) => {
                let place = document.body_finding(start, 1, "");
                problem.hint(format!("met while rendering {}:{}", place.file, place.line))
            }
        };
        calls.expand(&html, draw).map_err(|faults| diagnostic::few(&document.file, faults.into_iter().map(finding)))
    }

    fn body(self, page: &Page, document: &Document) -> Arc<Body> {
        let file = &document.file;
        // Whoever panicked elsewhere left whole bodies behind.
        let known = || self.bodies.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_shared = page.policy.is_some();
        if is_shared && let Some(body) = known().get(file) {
            return Arc::clone(body);
        }
        // A policy binds both sides: its words are printed as they were written.
        let punctuation = if page.kind == Kind::Policy { Punctuation::AsWritten } else { Punctuation::Smart };
        let code = if self.config.highlight && !is_shared { Code::Highlighted } else { Code::Plain };
        let rendered = markdown::render(document.body(), punctuation, &self.config.url, code);
        let dangling = rendered.dangling.iter().map(|dangling| dangling_reference(document, dangling));
        let mut problems = diagnostic::few(file, dangling);
        let html = self
            .drawn((page, document), rendered.html, &rendered.calls)
            .map_err(|found| problems.extend(found))
            .unwrap_or_default();
        let small = (self.minified && !rendered.is_compact).then(|| minify::body(&html));
        let body = Arc::new(Body { html, headings: rendered.headings, small, problems });
        if is_shared {
            known().insert(file.clone(), Arc::clone(&body));
        }
        body
    }
}

/// A fault of a component's call, where it is.
fn fault(document: &Document, Fault { span, message, hint }: Fault) -> Diagnostic {
    let width = document.body().get(span.clone()).map_or(1, |text| text.chars().count());
    let finding = document.body_finding(span.start, width, message);
    match hint {
        Some(hint) => finding.hint(hint),
        None => finding,
    }
}

/// What is wrong with a reference in the body of a document.
pub(crate) fn dangling_reference(document: &Document, dangling: &markdown::Dangling) -> Diagnostic {
    let what = if dangling.name.starts_with('^') { "footnote" } else { "link" };
    let message = format!("nothing defines the {what} `{}`", dangling.name);
    document
        .body_finding(dangling.span.start, dangling.span.len(), message)
        .hint(format!("add a line `[{}]: …` below, or write `\\[` for a bracket", dangling.name))
}

/// One finding for each fault of a template, however many pages met it: the first page stands for all.
pub(crate) fn once(problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut problems = crate::diagnostic::sorted(problems);
    problems.dedup_by(|a, b| (&a.file, a.line, a.column, &a.message) == (&b.file, b.line, b.column, &b.message));
    problems
}

fn missing_template(page: &Page, engine: &Engine) -> Option<Diagnostic> {
    if engine.names().any(|name| name == page.template) {
        return None;
    }
    let finding = page.document.key_finding("template", format!("there is no template `{}`", page.template));
    Some(match closest(&page.template, engine.names()) {
        Some(meant) => finding.hint(format!("did you mean `{meant}`?")),
        None => finding.hint(format!("the theme has: {}", engine.names().collect::<Vec<_>>().join(", "))),
    })
}
