//! Builds of one site, one after the other. Each begins with the least that may be enough: nothing where nothing changed, one page
//! where one was reworded, the pages whose causes changed, or all of them.

use std::path::PathBuf;

use crate::{
    Options, Summary, build_from, check_out,
    diagnostic::Diagnostic,
    markdown::highlight,
    output, plan,
    policy::contract,
    stamp::{self, Look},
    standing::Standing,
    trace::Traces,
};

/// Builds of one site, one after the other: each begins with what the last one left in memory.
#[derive(Debug, Default)]
pub struct Session {
    pub(crate) standing: Option<Standing>,
}

impl Session {
    /// Builds the site as [`crate::build`] does. Where there is nothing to do, there is nothing in memory either.
    pub fn begin(&mut self, options: &Options) -> Result<Summary, Vec<Diagnostic>> {
        check_out(options).map_err(|problem| vec![problem])?;
        match options.timing.of("look", || stamp::look(options)) {
            Look::Done(summary) => Ok(summary),
            Look::Open(before) => self.build_whole(options, before),
        }
    }

    /// Builds the site where it is not known what was edited.
    pub fn build(&mut self, options: &Options) -> Result<Summary, Vec<Diagnostic>> {
        check_out(options).map_err(|problem| vec![problem])?;
        let before = match stamp::look(options) {
            Look::Done(_) => None,
            Look::Open(before) => before,
        };
        self.build_whole(options, before)
    }

    /// Builds the site after an edit of these files and no others. Where it comes to the same, only the page that was edited
    /// is made anew.
    pub fn rebuild(&mut self, options: &Options, edited: &[PathBuf]) -> Result<Summary, Vec<Diagnostic>> {
        match self.standing.as_mut().and_then(|standing| standing.revise(options, edited)) {
            Some(revised) => revised.map_err(|problem| {
                self.standing = None;
                vec![problem]
            }),
            None => self.build(options),
        }
    }

    /// Whether there is a build in memory.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.standing.is_some()
    }

    fn build_whole(
        &mut self,
        options: &Options,
        before: Option<stamp::Before<'_>>,
    ) -> Result<Summary, Vec<Diagnostic>> {
        // Two sites in memory are one too many.
        self.standing = None;
        let mut content = options.timing.of("read", || plan::content(&options.root))?;
        let traces = before.as_ref().map(|before| options.timing.of("recall", || before.traces()));
        let register = contract::register();
        let built = match build_from(&content, options, &register, traces.as_ref()) {
            // Nothing is known of a folder into which somebody else writes.
            Err(problems) if problems.iter().any(output::is_overtaken) => {
                content = plan::content(&options.root)?;
                build_from(&content, options, &register, Some(&Traces::default()))
            }
            built => built,
        };
        let (summary, mut plan) = built?;
        if plan.config.highlight {
            highlight::kept::keep(&options.root);
        }
        let holds = stamp::day(&content, &plan.config, options.at);
        if let Some(before) = before {
            options.timing.of("remember", || before.remember(&mut plan, holds, &summary));
        }
        self.standing = Some(Standing::new(options, content, plan, holds));
        Ok(summary)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        sync::{
            Mutex, PoisonError,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use super::*;
    use crate::{fixture::Fixture, timing::Timing};

    static PAGE: Mutex<Option<PathBuf>> = Mutex::new(None);
    static LOOKS: AtomicUsize = AtomicUsize::new(0);

    /// A clock by which somebody writes a page when all of them were read and none was rendered.
    fn clock() -> Duration {
        let (looks, stages_before) = (LOOKS.fetch_add(1, Ordering::Relaxed), ["look", "read"].len() * 2);
        if let Some(page) = PAGE.lock().unwrap_or_else(PoisonError::into_inner).take_if(|_| looks == stages_before) {
            fs::write(page, "---\ntitle: New\n---\n\nNew words.\n").expect("written");
        }
        Duration::from_millis(looks as u64)
    }

    #[test]
    fn a_page_that_somebody_writes_while_the_site_is_built_is_read_again() {
        let words = "Old words. ".repeat(60);
        let page =
            |number: usize| (format!("content/p{number}.md"), format!("---\ntitle: P{number}\n---\n\n{words}\n"));
        let with = |fixture: Fixture, (path, text): (String, String)| fixture.with(&path, text);
        let fixture = (0..9).map(page).fold(Fixture::site(), with);
        let content = plan::content(fixture.root()).expect("content");
        let is_left = |path: &str| path.starts_with("content/p") && content.left(path).is_some();
        let (path, _) = content.iter().find(|(path, _)| is_left(path)).expect("not all are in memory");
        *PAGE.lock().expect("whole") = Some(fixture.root().join(path));
        let summary = Session::default().begin(&Options { timing: Timing::new(clock), ..fixture.options() });
        assert!(PAGE.lock().expect("whole").is_none(), "somebody wrote");
        assert_eq!(summary.expect("the site builds").pages, 21);
        let name = path.trim_start_matches("content/").trim_end_matches(".md");
        assert!(fixture.output(&format!("{name}/index.html")).contains("New words."));
    }
}
