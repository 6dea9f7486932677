//! What is said when a site cannot be put into its place to the end. Before the first file is moved nothing has changed; behind
//! it the old site is not there any more as it was, and whoever looks has to know.

use std::{io, path::Path};

use crate::diagnostic::Diagnostic;

/// What is said of a site that is half in its place, and of no other.
const HALF: &str = "the site is half new";

/// How far a site was put into its place.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    pub(super) placed: usize,
    pub(super) removed: usize,
}

impl Done {
    /// What a failure left behind, where it left anything.
    pub(super) fn told(self, folder: &Path, error: &io::Error) -> Option<Diagnostic> {
        let Self { placed, removed } = self;
        if placed + removed == 0 {
            return None;
        }
        let message = format!(
            "{HALF}, because writing broke off: {error}; new files in place: {placed}, old ones gone: {removed}"
        );
        let hint =
            "see to it that the folder may be written to and that the disk has room; the next build puts it right";
        Some(Diagnostic::file(&folder.display().to_string(), message).hint(hint))
    }
}

/// Whether a finding says that the old site is not there any more as it was.
pub(crate) fn is_half(problem: &Diagnostic) -> bool {
    problem.message.starts_with(HALF)
}

/// What is said where a file is another one by the time that it is needed again, and of nothing else.
const OVERTAKEN: &str = "was changed while the site was built";

pub(crate) fn overtaken(place: &str) -> Diagnostic {
    Diagnostic::file(place, OVERTAKEN)
}

/// Whether a build would have written another site than it was asked for, because somebody else wrote in the meantime.
pub(crate) fn is_overtaken(problem: &Diagnostic) -> bool {
    problem.message == OVERTAKEN
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::{output, paths};
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn a_site_that_is_half_in_its_place_says_so_and_the_next_build_puts_it_right() {
        let fixture = Fixture::empty();
        let out = fixture.root().join("out");
        output(&[("/a/", "1"), ("/c/", "3"), ("/d", "4")]).write(&out).expect("written");
        // A file cannot take the place of a folder that is not ours, which is known when it is to go there.
        fs::create_dir(out.join(".gitignore")).expect("a folder");
        let broken =
            output(&[("/a/", "11"), ("/c/", "33"), ("/d/e", "4"), ("/.gitignore", "2"), ("/z", "5")]).write(&out);
        let problem = broken.expect_err("it breaks off");
        assert!(is_half(&problem), "{problem}");
        assert!(problem.message.ends_with("; new files in place: 3, old ones gone: 1"), "{problem}");
        assert_eq!(fs::read_to_string(out.join("a/index.html")).ok().as_deref(), Some("11"));
        assert!(!out.join("z").exists());
        fs::remove_dir(out.join(".gitignore")).expect("removed");
        output(&[("/a/", "11"), ("/c/", "33")]).write(&out).expect("written");
        assert_eq!(paths(&out), ["a", "a/index.html", "c", "c/index.html", "site.json"]);
        // What breaks off before anything is moved leaves all as it was.
        let long = format!("/b{}/", "b".repeat(300));
        let problem = output(&[("/a/", "11"), (&long, "2"), ("/c/", "33")]).write(&out).expect_err("it breaks off");
        assert!(!is_half(&problem) && problem.message.starts_with("cannot be written"), "{problem}");
    }
}
