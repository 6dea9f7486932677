//! What may happen to a build while it writes: no room, no right to, somebody else's files, a second build, a sudden end.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::project::{Project, Snapshot, ordinary_user, page, snapshot};

/// A site of some hundred pages, all of which have this word; `file` is a page that only this site has.
fn large(word: &str, file: &str) -> Project {
    let body = page(&format!("{word} ").repeat(200));
    let with = |project: Project, number: usize| project.with(&format!("content/p{number}.md"), &body);
    let project = (0..200).fold(Project::new(), with).with("content/a.md", page(word));
    project.with(&format!("content/{file}/b.md"), page(word)).with("content/c.txt", word.repeat(100_000))
}

/// What a build of it into an empty folder writes, and how long that takes.
fn clean(project: &Project) -> (Snapshot, Duration) {
    let (out, begun) = (project.path("clean"), Instant::now());
    project.start(&out, None).end().succeeded();
    let took = begun.elapsed();
    (snapshot(&out), took)
}

/// Puts a folder back to what it was.
fn restore(folder: &Path, site: &Snapshot) {
    let _ = fs::remove_dir_all(folder);
    for (path, bytes) in site {
        let path = folder.join(path);
        match bytes {
            None => fs::create_dir_all(path).expect("a folder can be made"),
            Some(bytes) => {
                fs::create_dir_all(path.parent().expect("inside")).expect("a folder can be made");
                fs::write(path, bytes).expect("a file can be written");
            }
        }
    }
}

#[test]
fn a_build_that_is_killed_leaves_whole_files_and_the_next_one_a_whole_site() {
    let (older, newer) = (large("old", "was"), large("new", "is"));
    let ((old, _), (new, took)) = (clean(&older), clean(&newer));
    // The same moments each time, as if they came by chance; most of them are near the end, where files are written.
    for (round, percent) in [3, 97, 40, 88, 71, 92, 99, 80, 85, 95, 90, 60].into_iter().enumerate() {
        let is_first = round % 3 == 2;
        if is_first {
            let _ = fs::remove_dir_all(newer.out());
        } else {
            restore(&newer.out(), &old);
        }
        let running = newer.start(&newer.out(), None);
        thread::sleep(took * percent / 100);
        running.kill();
        let left = snapshot(&newer.out());
        for (path, bytes) in left.iter().filter(|(path, _)| !path.starts_with(".site-staging")) {
            let is_whole = [&old, &new].iter().any(|site| site.get(path) == Some(bytes));
            assert!(is_whole, "{percent} %: {} is neither old nor new", path.display());
        }
        let gone = old.keys().filter(|path| new.contains_key(*path) && !left.contains_key(*path));
        assert_eq!(gone.filter(|_| !is_first).collect::<Vec<_>>(), Vec::<&std::path::PathBuf>::new(), "{percent} %");
        newer.build().succeeded();
        assert!(snapshot(&newer.out()) == new, "{percent} %: the next build is not a clean one");
    }
}

#[test]
fn a_first_build_that_was_killed_does_not_stop_the_next() {
    let project = Project::new();
    let (site, _) = clean(&project);
    for staging in [".site-staging/0", ".site-staging/x/y"] {
        let project = Project::new().with("public/a/index.html", "whole").with(&format!("public/{staging}"), "ha");
        project.build().succeeded();
        assert!(snapshot(&project.out()) == site);
    }
}

#[test]
fn two_builds_into_one_folder_end_and_one_of_them_is_there() {
    let (one, other) = (large("one", "first"), large("other", "second"));
    let (first, second) = (clean(&one).0, clean(&other).0);
    let out = one.out();
    for round in 0..6 {
        if round % 2 == 0 {
            let _ = fs::remove_dir_all(&out);
        }
        let running = [one.start(&out, None), other.start(&out, None), one.start(&out, None)];
        for build in running {
            build.end().succeeded();
        }
        let site = snapshot(&out);
        assert!(site == first || site == second, "round {round}: a mixture");
    }
}

#[test]
fn a_disk_without_room_leaves_the_old_site() {
    const SCRIPT: &str = r#"
        list() { (cd "$2" && find . | sort && find . -type f -exec cksum {} + | sort) > "$1"; }
        mkdir -p "$2" && mount -t tmpfs -o size=1m none "$2" || exit 77
        "$1" build --at 2026-11-22T10:00:00Z --root "$3" --out "$2" || exit 78
        list "$3/before" "$2"
        mv "$3/large" "$3/content/large.txt"
        "$1" build --at 2026-11-22T10:00:00Z --root "$3" --out "$2"
        echo "status $?"
        list "$3/after" "$2"
    "#;
    let project = Project::new().with("large", "x".repeat(3_000_000));
    let run = |flags: &str| {
        let mut command = Command::new("unshare");
        command.args([flags, "sh", "-c", SCRIPT, "sh", env!("CARGO_BIN_EXE_site")]);
        command.arg(project.out()).arg(project.path("")).output()
    };
    let outcome = match run(if ordinary_user().is_some() { "-m" } else { "-rm" }) {
        Ok(outcome) if outcome.status.code() == Some(0) => outcome,
        refused => {
            assert!(!refused.as_ref().is_ok_and(|outcome| outcome.status.code() == Some(78)), "{refused:?}");
            eprintln!("not tested: a small disk cannot be mounted here ({refused:?})");
            return;
        }
    };
    let said = String::from_utf8_lossy(&[outcome.stdout, outcome.stderr].concat()).into_owned();
    for word in ["cannot be written: No space left on device", "hint: check that", "nothing written", "status 1"] {
        assert!(said.contains(word), "{said}");
    }
    let list = |name| fs::read_to_string(project.path(name)).expect("a list");
    assert!(list("before").contains("./a/index.html"));
    assert_eq!(list("before"), list("after"));
}

#[test]
fn a_folder_that_may_not_be_written_is_named() {
    let project = Project::new().published().with("content/a.md", page("New."));
    let before = snapshot(&project.out());
    let set = |mode| fs::set_permissions(project.out(), fs::Permissions::from_mode(mode)).expect("our own folder");
    set(0o555);
    let outcome = project.start(&project.out(), ordinary_user()).end();
    set(0o755);
    assert_eq!(outcome.status, Some(1), "{}", outcome.said);
    for word in ["public: cannot be written: Permission denied", "hint: check that the folder may be written to"] {
        assert!(outcome.said.contains(word), "{}", outcome.said);
    }
    assert!(snapshot(&project.out()) == before);
}

#[test]
fn an_output_that_is_a_file_or_among_the_sources_is_refused() {
    let project = Project::new().with("letter", "Dear").with("elsewhere/letter", "Dear");
    let before = snapshot(&project.path(""));
    for (out, message) in [
        ("letter", "letter: is a file, and a site is a folder"),
        ("letter/site", "letter/site: cannot be written"),
        ("content", "content: is not a place for the site: its sources are there"),
        ("content/out", "content/out: is not a place for the site: its sources are there"),
        ("content/../content/x/..", "is not a place for the site: its sources are there"),
        (".", "is not a place for the site: its sources are there"),
        ("elsewhere", "elsewhere: holds files that no build wrote"),
    ] {
        let outcome = project.start(&project.path(out), None).end();
        assert_eq!(outcome.status, Some(1), "{}", outcome.said);
        for word in [message, "hint: ", "1 error, nothing written"] {
            assert!(outcome.said.contains(word), "{out}: {}", outcome.said);
        }
        assert!(snapshot(&project.path("")) == before, "{out}");
    }
}
