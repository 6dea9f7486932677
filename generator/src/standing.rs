//! A build that stands, and what an edit changes in it.
//!
//! Whatever the rest of a site knows of a page is in its front matter and in its opening. So where somebody rewords one page
//! and neither of the two changes, that page is made anew and everything else stays as it is. Any other edit, and one that
//! is wrong, calls for a whole build: what is written is the same in either case.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use memchr::memmem;

use crate::{
    Options, Summary,
    diagnostic::Diagnostic,
    document::Document,
    image::Studio,
    page::{Kind, Page, output_of},
    plan::{self, Plan},
    proof::{self, Proof},
    render::{Bodies, Press},
    search, social,
    source::{self, Tree},
    timing::SILENT,
};

/// A site as it was built last, in memory.
#[derive(Debug)]
pub(crate) struct Standing {
    options: Options,
    content: Tree,
    plan: Plan,
    /// The first and last second in which another moment makes no difference.
    holds: Option<(i64, i64)>,
}

/// What is found where somebody edited.
enum Seen {
    /// What was there before.
    Nothing,
    /// A file of the content with other text.
    Text(String, String),
    /// Anything else.
    More,
}

/// A page that is to take the place of another.
struct Reworded {
    index: usize,
    page: Page,
    html: String,
}

impl Standing {
    /// `holds` is the [`day`](crate::stamp::day) of it.
    pub(crate) fn new(options: &Options, content: Tree, plan: Plan, holds: Option<(i64, i64)>) -> Self {
        Self { options: options.clone(), content, plan, holds }
    }

    /// Brings an edit to the output, or the reason why it cannot be written. `None` where the edit calls for a whole build;
    /// nothing was changed then.
    pub(crate) fn revise(&mut self, options: &Options, edited: &[PathBuf]) -> Option<Result<Summary, Diagnostic>> {
        if !self.is_asked_the_same(options) || self.content.has_links() {
            return None;
        }
        let mut changed = None;
        for path in edited {
            match self.seen(path) {
                Seen::Nothing => {}
                Seen::Text(file, text) if changed.is_none() => changed = Some((file, text)),
                Seen::Text(..) | Seen::More => return None,
            }
        }
        let Some((file, text)) = changed else { return Some(Ok(self.summary(0))) };
        let reworded = self.reworded(&file, &text)?;
        Some(self.put(&file, text, reworded))
    }

    fn is_asked_the_same(&self, options: &Options) -> bool {
        let Options { root, out, at, base_url, drafts, minify, test_report, progress: _, timing: _ } = options;
        let before = &self.options;
        let is_then =
            before.at == *at || self.holds.is_some_and(|(first, last)| (first..=last).contains(&at.as_second()));
        let same = (&before.root, &before.out, &before.base_url) == (root, out, base_url);
        // A report may change without anybody's edit.
        let is_plain = before.test_report.is_none() && test_report.is_none();
        is_then && same && (before.drafts, before.minify) == (*drafts, *minify) && is_plain
    }

    /// What an edit of a file comes to.
    fn seen(&self, path: &Path) -> Seen {
        let names: Option<Vec<&str>> = path
            .strip_prefix(&self.options.root)
            .ok()
            .and_then(|below| below.iter().map(|name| name.to_str()).collect());
        let Some(names) = names.filter(|names| names.first() == Some(&"content")) else { return Seen::More };
        if names.iter().skip(1).any(|name| source::is_hidden(name)) {
            return Seen::Nothing;
        }
        let file = names.join("/");
        let (before, is_folder) = (self.content.bytes(&file), self.content.has_below(&file));
        if let Some(left) = self.content.left(&file) {
            let text = || fs::read(path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let is_as_it_was = left.is_of(path);
            return if is_as_it_was { Seen::Nothing } else { text().map_or(Seen::More, |text| Seen::Text(file, text)) };
        }
        match path.symlink_metadata() {
            // Editors make files beside the one that they write, and remove them.
            Err(_) if before.is_none() && !is_folder => Seen::Nothing,
            // What changed in a folder has an event of its own.
            Ok(found) if found.is_dir() && is_folder => Seen::Nothing,
            Ok(found) if found.is_file() && found.len() <= source::FILE_BYTES_MAX => match (before, fs::read(path)) {
                (Some(before), Ok(bytes)) if bytes == before => Seen::Nothing,
                (Some(_), Ok(bytes)) => String::from_utf8(bytes).map_or(Seen::More, |text| Seen::Text(file, text)),
                _ => Seen::More,
            },
            _ => Seen::More,
        }
    }

    /// The page of a file with other words, where nothing but the page changes by them.
    fn reworded(&self, file: &str, text: &str) -> Option<Reworded> {
        let Plan { site, output, config, made, .. } = &self.plan;
        let mut pages = site.pages.iter().enumerate().filter(|(_, page)| page.document.file == file);
        let (Some((index, before)), None) = (pages.next(), pages.next()) else { return None };
        let page = before.reworded(Arc::new(Document::new(file, text).ok()?));
        let is_plain = matches!(page.kind, Kind::Home | Kind::Page | Kind::Section | Kind::Error);
        let is_told_of = made.engine.wants().index && search::is_found(&page);
        let is_known_by_same = page.document.head() == before.document.head() && page.opening == before.opening;
        if !is_plain || is_told_of || !is_known_by_same {
            return None;
        }
        let bodies = Bodies::default();
        let press =
            Press { engine: &made.engine, config, minified: self.options.minify, bodies: &bodies, timing: &SILENT };
        let html = press.page(&page).ok()?;
        let html = self.studio().redress(&made.album, output, (&output_of(&page.path), file), html)?;
        let old = output.text(&page.path)?;
        let has_same_styles = styles(&old) == styles(&html);
        let has_same_card = made.engine.gallery().is_in(output) && social::named(&old) == social::named(&html);
        // Whoever leads to a place that is no more has to be told.
        let keeps_places = proof::places(&old).is_subset(&proof::places(&html));
        let proof = Proof { output, redirects: &site.redirects, config, content: &self.content, theme: &made.theme };
        let is_good =
            has_same_styles && has_same_card && keeps_places && proof.is_right(&output_of(&page.path), file, &html);
        is_good.then_some(Reworded { index, page, html })
    }

    fn studio(&self) -> Studio<'_> {
        let Options { root, progress, .. } = &self.options;
        Studio { root, site_url: &self.plan.config.url, progress: *progress }
    }

    /// Puts a page in the place of another, here and in the output.
    fn put(&mut self, file: &str, text: String, reworded: Reworded) -> Result<Summary, Diagnostic> {
        let Reworded { index, page, html } = reworded;
        let Plan { site, output, made, .. } = &mut self.plan;
        self.content.put(file, text);
        let address = page.path.clone();
        site.pages[index] = page;
        if output.is(&address, html.as_bytes()) {
            return Ok(self.summary(0));
        }
        output.replace(&address, html);
        output.replace(plan::EDGE_DATA, plan::named(&made.data, output));
        let written = [address.as_str(), plan::EDGE_DATA];
        output.write_some(&self.options.out, &written)?;
        Ok(self.summary(written.len()))
    }

    fn summary(&self, files_written: usize) -> Summary {
        Summary {
            pages: self.plan.site.pages.len(),
            pages_kept: self.plan.site.pages.len() - files_written.min(1),
            files_written,
            files_unchanged: self.plan.output.len() - files_written,
            files_removed: 0,
            bytes: self.plan.output.size(),
            warnings: self.plan.warnings(),
        }
    }
}

/// The styles that stand in a page. They are named in the headers of all pages.
fn styles(html: &str) -> BTreeSet<&str> {
    let starts = memmem::find_iter(html.as_bytes(), b"<style");
    starts.filter_map(|start| html[start..].split("</style").next()).collect()
}

#[cfg(test)]
mod tests;
