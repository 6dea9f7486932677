//! What a file system may hold where pages are expected: links, pipes, names that are no addresses, two for one address.

use std::{
    fs,
    os::unix::{
        ffi::OsStringExt,
        fs::{PermissionsExt, symlink},
    },
    process::Command,
};

use crate::project::{Project, ordinary_user, page, snapshot};

/// A published site with a link in its content.
fn with_link(target: &std::path::Path, name: &str) -> Project {
    let project = Project::new().published();
    symlink(target, project.path(&format!("content/{name}"))).expect("a link can be made");
    project
}

#[test]
fn a_link_out_of_the_content_is_refused_and_nothing_behind_it_is_read() {
    let outside = Project::new().with("secret/a.md", page("A secret.")).with("secret/b.txt", "A secret.");
    for (target, name) in [("secret/a.md", "b.md"), ("secret/b.txt", "b.txt"), ("secret", "b")] {
        let said = with_link(&outside.path(target), name).is_refused(&[
            &format!("content/{name}: is a symbolic link to a place outside its folder"),
            "copy the file into the folder",
            "1 error",
        ]);
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn links_that_lead_nowhere_or_in_a_circle_are_named() {
    with_link("none.md".as_ref(), "b.md")
        .is_refused(&["content/b.md: is a symbolic link to nothing", "remove the link"]);
    with_link("..".as_ref(), "b").is_refused(&["content/b: ", "symbolic link", "1 error"]);
    with_link(".".as_ref(), "b").is_refused(&["content/b: is a symbolic link to a folder that contains it"]);
    let circle = with_link("c.md".as_ref(), "b.md");
    symlink("b.md", circle.path("content/c.md")).expect("a link can be made");
    circle.is_refused(&["content/b.md: ", "content/c.md: ", "2 errors"]);
}

#[test]
fn a_link_within_the_content_is_a_page() {
    let project = with_link("a.md".as_ref(), "b.md");
    project.build().succeeded();
    assert!(project.output("b/index.html").contains("Hello."));
}

#[test]
fn a_pipe_is_refused_and_nobody_waits_for_it() {
    for place in ["content/b.md", "content/b.txt", "content/site.yaml", "content/data/b.yaml"] {
        let project = Project::new().published().with("content/data/a.yaml", "a: b");
        pipe(&project.path(place));
        project.is_refused(&[&format!("{place}: is neither a file nor a folder"), "remove it"]);
    }
    // In the output it is a stray like any other.
    let project = Project::new().published();
    let good = snapshot(&project.out());
    pipe(&project.out().join("b.txt"));
    fs::remove_file(project.out().join("a/index.html")).expect("a file of the site");
    pipe(&project.out().join("a/index.html"));
    project.build().succeeded();
    assert!(snapshot(&project.out()) == good);
    let project = Project::new();
    fs::create_dir(project.out()).expect("a folder can be made");
    pipe(&project.out().join("site.json"));
    project.is_refused(&["holds files that no build wrote"]);
}

fn pipe(path: &std::path::Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo is part of every such system");
    assert!(made.success());
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    let project = Project::new().published();
    fs::set_permissions(project.path("content/a.md"), fs::Permissions::from_mode(0o000)).expect("our own file");
    let before = snapshot(&project.out());
    let outcome = project.start(&project.out(), ordinary_user()).end();
    assert_eq!(outcome.status, Some(1), "{}", outcome.said);
    for word in
        ["content/a.md: cannot be read: Permission denied", "hint: check that it may be read", "nothing written"]
    {
        assert!(outcome.said.contains(word), "{}", outcome.said);
    }
    assert!(snapshot(&project.out()) == before);
}

#[test]
fn a_name_that_is_no_address_is_refused_on_one_line() {
    for (name, shown) in [
        ("b c.md", "b c.md"),
        ("b\"c.md", "b\"c.md"),
        ("b'c.md", "b'c.md"),
        ("b..c.md", "b..c.md"),
        ("b\\..\\c.md", "b\\..\\c.md"),
        ("é.md", "é.md"),
        ("%2e%2e.md", "%2e%2e.md"),
        ("<b>.md", "<b>.md"),
        ("b\nc.md", "b\u{240a}c.md"),
        ("b\u{1b}[2Jc.md", "b\u{241b}[2Jc.md"),
        ("b?c.txt", "b?c.txt"),
        ("_headers", "_headers"),
    ] {
        let project = Project::new().published().with(&format!("content/{name}"), page("x"));
        let said = project.is_refused(&[
            &format!("error: content/{shown}: `{shown}` cannot be part of an address"),
            "use letters from a to z, digits",
            "1 error",
        ]);
        assert!(!said.contains('\u{1b}'), "{said:?}");
        assert!(name != "é.md" || !said.contains("`é.md`\n\n"), "a way out that is none: {said}");
    }
    let project = Project::new().published();
    let name = std::ffi::OsString::from_vec(b"b\xff.md".to_vec());
    fs::write(project.path("content").join(name), page("x")).expect("a file can be written");
    project.is_refused(&["has a name that is not UTF-8", "rename the file"]);
}

#[test]
fn names_that_differ_in_case_alone_are_both_named() {
    for (one, other) in [("B.md", "b.md"), ("B/c.md", "b/c.md"), ("B.txt", "b.txt")] {
        let project = Project::new().published();
        let project = project.with(&format!("content/{one}"), page("x"));
        if project.path(&format!("content/{other}")).exists() {
            eprintln!("not tested: this file system does not tell upper from lower case");
            return;
        }
        let project = project.with(&format!("content/{other}"), page("x"));
        project.is_refused(&[&format!("content/{one}"), &format!("content/{other}: makes"), "rename or remove one"]);
    }
}

#[test]
fn long_names_and_deep_folders_are_built() {
    let (long, deep) = ("b".repeat(252), "d/".repeat(400));
    let project = Project::new()
        .with(&format!("content/{long}.md"), page("Long."))
        .with(&format!("content/{}.txt", "c".repeat(251)), "Long.")
        .with(&format!("content/{deep}e.md"), page("Deep."));
    project.build().succeeded();
    assert!(project.output(&format!("{long}/index.html")).contains("Long."));
    assert!(project.output(&format!("{deep}e/index.html")).contains("Deep."));
}

#[test]
fn two_files_for_one_address_are_both_named() {
    for (files, words) in [
        (&["index.md"][..], &["content/index.md: makes `/`, and so does content/_index.md"][..]),
        (&["a/_index.md"], &["makes `/a/`", "content/a.md", "content/a/_index.md"]),
        (&["a/index.html"], &["makes `/a/`", "content/a.md", "content/a/index.html"]),
        (&["a"], &["content/a: is in the way of content/a.md"]),
        (&["404.md", "404.html"], &["makes `/404.html`", "content/404.md", "content/404.html"]),
    ] {
        let project = files
            .iter()
            .fold(Project::new().published(), |project, file| project.with(&format!("content/{file}"), page("x")));
        project.is_refused(&[words, &["rename or remove one of them", "1 error"]].concat());
    }
}

#[test]
fn a_file_in_the_place_of_one_that_the_build_makes_is_named() {
    for (file, what) in [
        ("sitemap.xml", "the sitemap"),
        ("site.json", "the edge's site data"),
        ("Site.JSON", "the edge's site data"),
        ("feed.xml", "the feed"),
        ("robots.txt", "the sitemap"),
    ] {
        let project = Project::new().published().with(&format!("content/{file}"), "x");
        let place = format!("content/{file}: makes `/{}`, and so does {what}", file.to_lowercase());
        project.is_refused(&[&place, "rename or remove it", "1 error"]);
    }
}
