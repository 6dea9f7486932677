//! Texts that are too long, too deep, or no text: each page is built or refused, and soon.

use std::{
    fmt::Write as _,
    fs,
    time::{Duration, Instant},
};

use crate::project::{Project, page};

/// More than any of these takes without optimisation on a busy machine, and far less than the square of their size.
const SOON: Duration = Duration::from_secs(20);

/// What a build says of the page `a` with this body, soon.
#[track_caller]
fn said_of(body: &str) -> String {
    let begun = Instant::now();
    let outcome = Project::new().with("content/a.md", page(body)).build();
    let start = &body[..body.len().min(20)];
    assert!(begun.elapsed() < SOON, "{start} took {:?}", begun.elapsed());
    assert!(matches!(outcome.status, Some(0 | 1)), "{start}: {}", outcome.said);
    outcome.said
}

#[test]
fn a_page_of_fifty_megabytes_is_built() {
    let begun = Instant::now();
    let line = "Fifty million letters are a book that nobody reads on one page.\n\n";
    let project = Project::new().with("content/a.md", page(&line.repeat(50_000_000 / line.len())));
    project.build().succeeded();
    assert!(fs::metadata(project.out().join("a/index.html")).is_ok_and(|meta| meta.len() > 45_000_000));
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

#[test]
fn a_file_that_is_larger_than_any_page_is_refused_unread() {
    let project = Project::new().published();
    let file = fs::File::create(project.path("content/a.md")).expect("a file can be made");
    file.set_len(1 << 40).expect("a file with a hole");
    project.is_refused(&["content/a.md: has 1099511627776 bytes; a source file has at most 67108864"]);
}

#[test]
fn markdown_nested_without_end_is_built() {
    for sign in
        [">", "[", "*", "_", "`", "![", "](", "[^", "<", "~", "|", "{", "{{", "&", "\\[", "\"", "- ", "1. ", "*a_ "]
    {
        said_of(&sign.repeat(100_000));
    }
    let list = (0..2_000).fold(String::new(), |list, depth| list + &"  ".repeat(depth) + "- a\n");
    said_of(&list);
    // HTML in between makes it a page that is minified.
    for tag in ["<div>", "<b>", "<div>\n\n", "<ul><li>", "> <i>"] {
        let said = said_of(&format!("x<i>y</i>\n\n{}", tag.repeat(50_000)));
        assert!(said.contains("0 removed"), "{tag}: {said}");
    }
}

#[test]
fn a_fault_in_every_line_is_told_a_hundred_times_and_soon() {
    for (line, message) in [
        ("[a][b]\n", "nothing defines the link `b`"),
        ("[^b]\n", "nothing defines the footnote `^b`"),
        ("{{ <a \n", "this is no argument of the component `a`"),
        ("{% <a> %}\n", "the component `a` has no end"),
        ("{% </a> %}\n", "the component `a` does not begin"),
        ("{{ <a /> }}\n", "there is no component `a`"),
    ] {
        let said = said_of(&line.repeat(50_000));
        assert!(said.contains(&format!("content/a.md:5:1: {message}")) || line.contains("<a \n"), "{said:.600}");
        assert!(said.contains(message) && said.contains("101 errors, nothing written"), "{line}: {said:.600}");
        assert!(said.contains("error: content/a.md: has more faults than the 100 that are shown"), "{said:.600}");
    }
    let links: Vec<String> = (0..20_000).map(|number| format!("[a](/nowhere{number}/)\n")).collect();
    assert!(said_of(&links.concat()).contains("101 errors, nothing written"));
}

#[test]
fn very_many_parts_of_one_name_are_built_soon() {
    for part in ["## A\n\n", "`{{ <a /> }}`\n", "[a](/)\n", "![b](/none.png \"c\")`d`\n\n"] {
        said_of(&part.repeat(50_000));
    }
    let calls = (0..10_000).map(|number| format!("[^{number}] "));
    let notes: Vec<String> = calls.chain((0..10_000).map(|number| format!("\n\n[^{number}]: x"))).collect();
    said_of(&notes.concat());
}

#[test]
fn yaml_nested_without_end_is_refused_at_its_line_and_soon() {
    for nest in ["[", "{a: ", "- ", "? ", "[{a: "] {
        for count in [500, 10_000, 100_000] {
            let begun = Instant::now();
            let front = format!("---\ntitle: A\nextra:\n  a:\n    {}\n---\n", nest.repeat(count));
            let words = ["content/a.md:5:", "this is nested too deeply", "write it with fewer levels", "1 error"];
            Project::new().published().with("content/a.md", front).is_refused(&words);
            assert!(begun.elapsed() < SOON, "{count} of {nest}: {:?}", begun.elapsed());
        }
    }
    let deep = "[".repeat(100_000);
    for file in ["site.yaml", "data/a.yaml", "data/a.json"] {
        Project::new().published().with(&format!("content/{file}"), &deep).is_refused(&[&format!("content/{file}:1:")]);
    }
}

#[test]
fn aliases_that_stand_for_billions_are_refused() {
    let mut front = "---\ntitle: A\nextra:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        let _ = writeln!(front, "  a{level}: &a{level} [{aliases}]");
    }
    let bomb = Project::new().published().with("content/a.md", front + "---\n");
    bomb.is_refused(&["content/a.md:", "aliases in this stand for too many values", "write the values out"]);
}

#[test]
fn a_front_matter_without_an_end_is_named() {
    for rest in ["", "x\n", &"x\n".repeat(2_000_000), "--\n", "....\n"] {
        let open = Project::new().published().with("content/a.md", format!("---\ntitle: A\n{rest}"));
        open.is_refused(&["content/a.md:1:1: the front matter has no end", "then a line `---`"]);
    }
}

#[test]
fn bytes_that_are_no_text_are_named_at_their_place() {
    for (byte, message) in [
        (&b"\xff"[..], "this byte is not UTF-8"),
        (b"\xed\xa0\x80", "this byte is not UTF-8"),
        (b"\0", "this is a NUL byte"),
    ] {
        for (file, text, place) in [
            ("content/a.md", "---\ntitle: A\n---\n\nab@\n", "5:3"),
            ("content/a.md", "---\ntitle: @\n---\n", "2:8"),
            ("content/site.yaml", "title: A\nurl: @\n", "2:6"),
            ("content/data/a.yaml", "a: b\nc: @\n", "2:4"),
            ("content/data/a.json", "{\"a\":\n\"@\"}", "2:2"),
            ("content/data/a.csv", "a,b\nc,@\n", "2:3"),
        ] {
            let (before, after) = text.split_once('@').expect("a place");
            let spoilt = [before.as_bytes(), byte, after.as_bytes()].concat();
            let project = Project::new().published().with(file, spoilt);
            project.is_refused(&[&format!("{file}:{place}: {message}"), "save", "UTF-8"]);
        }
    }
    let utf16: Vec<u8> = "\u{feff}---\ntitle: A\n---\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let project = Project::new().published().with("content/a.md", utf16);
    project.is_refused(&["content/a.md:1:1: this byte is not UTF-8", "save the file as UTF-8"]);
}

#[test]
fn a_byte_order_mark_and_other_line_ends_change_nothing() {
    let files = [
        ("content/a.md", "---\ntitle: A\ndescription: B\n---\n\nOne\ntwo\n\n- three\n"),
        (
            "content/site.yaml",
            "title: T\nurl: https://example.com\ndescription: D\nemail: a@example.com\nsupport_url: https://example.com/\ntheme: own\n",
        ),
        ("content/data/a.yaml", "b: c\nd: e\n"),
        ("content/data/f.json", "{\"g\": \"h\"}\n"),
        ("content/data/i.csv", "j,k\nl,m\n"),
        (
            "themes/own/templates/page.html",
            "<!doctype html><title>{{ page.title }} {{ site.title }}</title><p>{{ data.a.d }} {{ data.f.g }} {% for row in data.i %}{{ row.j }}{% endfor %}</p>{{ page.content }}",
        ),
    ];
    let site = |change: &dyn Fn(&str) -> String| {
        let with = |project: Project, (path, text): &(&str, &str)| project.with(path, change(text));
        files.iter().fold(Project::themed(), with).published().output("a/index.html")
    };
    let plain = site(&str::to_owned);
    assert!(plain.contains("<title>A T</title>") && plain.contains("<p>e h l</p>"), "{plain}");
    assert_eq!(site(&|text| format!("\u{feff}{text}")), plain);
    assert_eq!(site(&|text| text.replace('\n', "\r\n")), plain);
    assert_eq!(site(&|text| format!("\u{feff}{}", text.replace('\n', "\r\n"))), plain);
}
