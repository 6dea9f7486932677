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
        if let Some(before) = before {
            options.timing.of("remember", || before.remember(&content, &mut plan, &summary));
        }
        self.standing = Some(Standing::new(options, content, plan));
        Ok(summary)
    }
}
