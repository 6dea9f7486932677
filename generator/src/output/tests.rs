//! Folders that are written again, by this program and by others before it: what is kept, replaced, removed and refused.

use super::*;
use crate::fixture::Fixture;

const SITE_DATA: &str = r#"{"products":[],"policies":[]}"#;

pub(super) fn output(files: &[(&str, &str)]) -> Output {
    let mut output = Output::default();
    for (path, text) in [("/site.json", SITE_DATA)].iter().chain(files) {
        output.add(path, path, *text);
    }
    output
}

pub(super) fn paths(folder: &Path) -> Vec<String> {
    let entries =
        WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter().map(|entry| entry.expect("readable"));
    entries.map(|entry| entry.path().strip_prefix(folder).expect("inside").to_string_lossy().into_owned()).collect()
}

#[test]
fn writes_what_differs_and_removes_what_is_gone() {
    let fixture = Fixture::empty().with("out/.gitkeep", "");
    let out = fixture.root().join("out");
    let first = output(&[("/a/", "1"), ("/b/", "2"), ("/c/d/e.txt", "3")]).write(&out).expect("written");
    assert_eq!(first, Changes { written: 4, unchanged: 0, removed: 0 });
    let time = fs::metadata(out.join("a/index.html")).and_then(|meta| meta.modified()).expect("readable");
    let second = output(&[("/a/", "1"), ("/b/", "22")]).write(&out).expect("written");
    assert_eq!(second, Changes { written: 1, unchanged: 2, removed: 3 });
    assert_eq!(fs::metadata(out.join("a/index.html")).and_then(|meta| meta.modified()).ok(), Some(time));
    assert_eq!(paths(&out), [".gitkeep", "a", "a/index.html", "b", "b/index.html", "site.json"]);
}

#[test]
fn a_source_is_replaced_whole_and_leaves_nothing_beside_it() {
    let fixture = Fixture::empty().with("content/a.md", "old");
    let folder = fixture.root().join("content");
    write_source(&folder.join("a.md"), b"new").expect("written");
    assert_eq!(fs::read_to_string(folder.join("a.md")).ok().as_deref(), Some("new"));
    assert!(write_source(&folder.join("missing/a.md"), b"new").is_err());
    assert_eq!(paths(&folder), ["a.md"]);
}

#[test]
fn a_file_may_become_a_folder_and_back() {
    let fixture = Fixture::empty();
    let out = fixture.root().join("out");
    output(&[("/a", "file")]).write(&out).expect("written");
    output(&[("/a/b/", "page")]).write(&out).expect("written");
    assert_eq!(fs::read_to_string(out.join("a/b/index.html")).ok().as_deref(), Some("page"));
    output(&[("/a", "file")]).write(&out).expect("written");
    assert_eq!(fs::read_to_string(out.join("a")).ok().as_deref(), Some("file"));
}

#[cfg(unix)]
#[test]
fn a_folder_that_somebody_made_a_link_of_is_made_again_with_all_that_is_in_it() {
    let fixture = Fixture::empty();
    let (out, elsewhere) = (fixture.root().join("out"), fixture.root().join("elsewhere"));
    let site = || output(&[("/a/", "1"), ("/a/b/", "2"), ("/c/", "3")]);
    site().write(&out).expect("written");
    fs::rename(out.join("a"), &elsewhere).expect("moved");
    std::os::unix::fs::symlink("../elsewhere", out.join("a")).expect("linked");
    assert_eq!(site().write(&out).expect("written"), Changes { written: 2, unchanged: 2, removed: 1 });
    assert_eq!(paths(&out), ["a", "a/b", "a/b/index.html", "a/index.html", "c", "c/index.html", "site.json"]);
    assert_eq!(paths(&elsewhere), ["b", "b/index.html", "index.html"], "what is elsewhere is not ours");
}

#[test]
fn refuses_a_folder_with_files_of_somebody_else() {
    let fixture = Fixture::empty().with("home/letter.txt", "dear");
    let problem = output(&[]).write(&fixture.root().join("home")).expect_err("not a site");
    assert!(problem.message.contains("no build wrote"));
    assert!(fixture.root().join("home/letter.txt").exists());
}

#[test]
fn a_site_json_of_somebody_else_is_no_mark() {
    for text in ["{}", "not JSON", r#"{"products":[]}"#, "[]"] {
        let fixture = Fixture::empty().with("home/letter.txt", "dear").with("home/site.json", text);
        output(&[]).write(&fixture.root().join("home")).expect_err("not a site");
        assert!(fixture.root().join("home/letter.txt").exists(), "{text}");
    }
}

#[test]
fn what_a_killed_build_left_is_removed() {
    let fixture = Fixture::empty().with("out/.site-staging/0", "half");
    let out = fixture.root().join("out");
    output(&[]).write(&out).expect("written");
    assert_eq!(paths(&out), ["site.json"]);
}

#[test]
fn strays_are_found_beside_what_is_left_alone() {
    let fixture = Fixture::empty().with("out/.git/refs/heads/main", "kept").with("out/.site-staging/0", "half");
    let fixture = fixture.with("out/z/y.html", "stray").with("out/A.txt", "stray");
    let out = fixture.root().join("out");
    output(&[("/b", "1")]).write(&out).expect("written");
    assert_eq!(paths(&out), [".git", ".git/refs", ".git/refs/heads", ".git/refs/heads/main", "b", "site.json"]);
}

#[test]
fn two_files_for_one_address_are_named_whatever_their_case() {
    let problems = output(&[("/A/", "1"), ("/a/", "2")]).problems();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].file == "/a/" && problems[0].message.ends_with("so does /A/"), "{problems:?}");
    let problems = output(&[("/a", "1"), ("/a/b", "2")]).problems();
    assert!(problems[0].message.contains("in the way of /a/b"), "{problems:?}");
}

#[cfg(unix)]
#[test]
fn a_link_in_the_output_is_replaced_and_not_followed() {
    let outside = Fixture::empty().with("a/index.html", "theirs");
    let fixture = Fixture::empty().with("out/site.json", SITE_DATA);
    let out = fixture.root().join("out");
    std::os::unix::fs::symlink(outside.root().join("a"), out.join("a")).expect("a link can be made");
    output(&[("/a/", "ours")]).write(&out).expect("written");
    assert_eq!(fs::read_to_string(outside.root().join("a/index.html")).ok().as_deref(), Some("theirs"));
    assert_eq!(fs::read_to_string(out.join("a/index.html")).ok().as_deref(), Some("ours"));
}
