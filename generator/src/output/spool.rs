//! The folder that a site is written into, for as long as one build has it. Pages of a large site wait in it, among the new
//! files, until the site is whole: so not all of them are in memory at once, and nobody sees them before all are there.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    MARK, STAGING, clear,
    file::{Aside, Content},
    is_kept, put, remove, turn, unwritten,
};
use crate::{diagnostic::Diagnostic, site_data};

/// A folder whose turn it is. Given back before its site is written, it is as it was.
#[derive(Debug)]
pub(super) struct Spool {
    pub(super) folder: PathBuf,
    pub(super) staging: PathBuf,
    /// The highest folder that was not there before.
    made: Option<PathBuf>,
    /// Whether a build before this one was killed. What it left says that the folder is ours.
    was_killed: bool,
    _turn: Option<fs::File>,
}

impl Spool {
    /// Waits for the folder and begins. It has to be one of ours, or empty.
    pub(super) fn open(folder: &Path) -> Result<Self, Diagnostic> {
        let failed = |error: io::Error| unwritten(folder, &error);
        if folder.exists() && !folder.is_dir() {
            return Err(Diagnostic::file(&folder.display().to_string(), "is a file, and a site is a folder")
                .hint("name a folder with `--out`"));
        }
        let is_missing = |above: &&Path| !above.as_os_str().is_empty() && above.symlink_metadata().is_err();
        let made = folder.ancestors().take_while(is_missing).last().map(Path::to_owned);
        fs::create_dir_all(folder).map_err(failed)?;
        let turn = turn(folder);
        if !is_ours(folder).map_err(failed)? {
            return Err(Diagnostic::file(&folder.display().to_string(), "holds files that no build wrote")
                .hint("a build removes what it did not write: name an empty folder with `--out`"));
        }
        let staging = folder.join(STAGING);
        let was_killed = staging.symlink_metadata().is_ok();
        clear(&staging).map_err(failed)?;
        Ok(Self { folder: folder.to_owned(), staging, made, was_killed, _turn: turn })
    }

    /// Sets a page aside that will be at this path. Where the disk does not take it, it stays in memory, and whoever writes the
    /// site will hear why.
    pub(super) fn set_aside(&self, path: &str, bytes: Vec<u8>) -> Content {
        if let Some(found) = Aside::found(&self.folder, path, &bytes) {
            return Content::Aside(found);
        }
        let place = self.staging.join(path);
        match put(&place, &bytes) {
            Ok(()) => Content::Aside(Aside::new(place, &bytes)),
            Err(_) => Content::Held(bytes),
        }
    }

    /// Gives the folder back with its site.
    pub(super) fn close(mut self) -> io::Result<()> {
        (self.made, self.was_killed) = (None, false);
        remove(&self.staging)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // Whatever failed before matters more than what it leaves behind; the next build removes that.
        let _ = if self.was_killed { clear(&self.staging) } else { remove(&self.staging) };
        if let Some(made) = &self.made {
            let mut made = self.folder.ancestors().take_while(|above| above.starts_with(made));
            // One that somebody put something into stays, and so do those above it.
            let _ = made.try_for_each(fs::remove_dir);
        }
    }
}

/// A folder that is empty or marked by a former build may be written; one with other files may be a mistake
/// in `--out`, and cleaning it would be the end of them.
fn is_ours(folder: &Path) -> io::Result<bool> {
    let mut empty = true;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        // Only a file is read: to open a pipe would wait for somebody who writes into it.
        let is_mark = || kind.is_file() && fs::read(entry.path()).is_ok_and(|text| site_data::is_one(&text));
        if name == STAGING && kind.is_dir() || name == MARK && is_mark() {
            return Ok(true);
        }
        empty &= is_kept(name.to_str());
    }
    Ok(empty)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Output,
            tests::{output, paths},
        },
        *,
    };
    use crate::fixture::Fixture;

    fn spooled(folder: &Path, files: &[(&str, &str)]) -> Output {
        let mut spooled = output(&[]);
        spooled.spool_into(folder);
        for (address, text) in files {
            let content = spooled.set_aside(address, (*text).to_owned());
            spooled.add_content(address, address, content);
        }
        spooled
    }

    #[test]
    fn pages_wait_on_the_disk_and_come_into_their_places_together() {
        let fixture = Fixture::empty();
        let out = fixture.root().join("new/out");
        let mut first = spooled(&out, &[("/a/", "1"), ("/b/", "2")]);
        let waiting = ["a", "a/index.html", "b", "b/index.html"];
        assert_eq!(paths(&out.join(STAGING)), waiting);
        assert_eq!(paths(&out).len(), waiting.len() + 1, "nothing else is there");
        assert_eq!((first.text("/a/").as_deref(), first.bytes("/a/")), (Some("1"), None));
        assert_eq!(first.write(&out).expect("written").written, 3);
        assert_eq!(first.text("/a/").as_deref(), Some("1"), "whoever asks later finds it in its place");
        let mut second = spooled(&out, &[("/a/", "1"), ("/b/", "22")]);
        assert_eq!(fs::read_to_string(out.join("b/index.html")).ok().as_deref(), Some("2"));
        assert_eq!(paths(&out.join(STAGING)), ["b", "b/index.html"], "what is in its place is not written again");
        assert_eq!(second.write(&out).expect("written").written, 1);
        assert_eq!(paths(&out), ["a", "a/index.html", "b", "b/index.html", "site.json"]);
        assert_eq!(fs::read_to_string(out.join("b/index.html")).ok().as_deref(), Some("22"));
    }

    #[test]
    fn a_site_that_is_never_written_leaves_nothing_behind() {
        let fixture = Fixture::empty();
        let out = fixture.root().join("new/out");
        drop(spooled(&out, &[("/a/", "1")]));
        assert_eq!(paths(fixture.root()), Vec::<String>::new());
        spooled(&out, &[("/a/", "1")]).write(&out).expect("written");
        let before = paths(&out);
        drop(spooled(&out, &[("/a/", "2"), ("/b/", "2")]));
        assert_eq!(paths(&out), before);
        // One that is the only sign that a folder is ours stays.
        fs::create_dir_all(fixture.root().join("killed/.site-staging/a/index.html")).expect("a folder");
        drop(spooled(&fixture.root().join("killed"), &[("/a/", "1")]));
        assert_eq!(paths(&fixture.root().join("killed")), [".site-staging"]);
    }

    #[test]
    fn pages_stay_in_memory_where_they_may_not_wait() {
        let fixture = Fixture::empty().with("home/letter.txt", "dear");
        let home = fixture.root().join("home");
        let mut refused = spooled(&home, &[("/a/", "1")]);
        assert_eq!(refused.bytes("/a/"), Some(b"1".as_slice()));
        assert!(refused.write(&home).is_err_and(|problem| problem.message.contains("no build wrote")));
        assert_eq!(paths(&home), ["letter.txt"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_page_behind_a_link_is_not_in_its_place() {
        let fixture = Fixture::empty();
        let (out, elsewhere) = (fixture.root().join("out"), fixture.root().join("elsewhere"));
        spooled(&out, &[("/a/", "1"), ("/b/", "2")]).write(&out).expect("written");
        fs::rename(out.join("a"), &elsewhere).expect("moved");
        std::os::unix::fs::symlink("../elsewhere", out.join("a")).expect("linked");
        let changes = spooled(&out, &[("/a/", "1"), ("/b/", "2")]).write(&out).expect("written");
        assert_eq!((changes.written, changes.removed), (1, 1));
        assert_eq!(paths(&out), ["a", "a/index.html", "b", "b/index.html", "site.json"]);
        assert!(elsewhere.join("index.html").exists(), "what is elsewhere is not ours");
    }

    #[test]
    fn a_page_that_somebody_wrote_meanwhile_is_not_taken_for_ours() {
        let fixture = Fixture::empty();
        let out = fixture.root().join("out");
        spooled(&out, &[("/a/", "1")]).write(&out).expect("written");
        let mut second = spooled(&out, &[("/a/", "1")]);
        fs::write(out.join("a/index.html"), "theirs").expect("written");
        let problem = second.write(&out).expect_err("it is another one");
        assert!(super::super::is_overtaken(&problem), "{problem}");
    }
}
