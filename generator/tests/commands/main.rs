//! The commands that look into a site, as somebody types them: what they write, what they say, and how they end.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

/// A small site in a temporary folder, which goes with the value.
struct Site(PathBuf);

impl Site {
    fn new(name: &str, body: &str) -> Self {
        let root = std::env::temp_dir().join(format!("site-commands-{}-{name}", std::process::id()));
        fs::create_dir_all(root.join("content")).expect("a folder can be made");
        let page = format!("---\ntitle: A\ndescription: B\n---\n\n{body}\n");
        fs::write(root.join("content/a.md"), page).expect("a file can be written");
        Self(root)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn run(&self, words: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_site"));
        let Output { status, stdout, stderr } =
            command.args(words).arg("--root").arg(&self.0).output().expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (status.code(), text(stdout), text(stderr))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // A folder that stays behind in the temporary folder harms nothing.
        drop(fs::remove_dir_all(&self.0));
    }
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("a name in Unicode")
}

/// Answers every request with a status, and says where.
fn host(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a request");
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    address
}

#[test]
fn a_build_says_what_it_did_and_how_long_that_took_and_draws_no_bar_for_a_program() {
    let site = Site::new("build", "Hello.");
    let timings = site.path("timings.html");
    let (status, said, beside) = site.run(&["build", "--timings", shown(&timings)]);
    assert_eq!((status, beside.as_str()), (Some(0), ""));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() == 2 && lines[0].contains(" files written, 0 unchanged, 0 removed"), "{said}");
    for stage in [" in ", "read ", "plan ", "render ", "proof ", "write "] {
        assert!(lines[1].contains(stage), "{said}");
    }
    let page = fs::read_to_string(timings).expect("a page of timings");
    assert!(page.contains("Slowest pages") && page.contains("/a/"), "{page:.300}");
    let (_, said, _) = site.run(&["build"]);
    assert!(said.contains("0 files written") && said.contains(": nothing had changed"), "{said}");
}

#[test]
fn a_page_of_timings_that_cannot_be_written_is_an_error() {
    let site = Site::new("unwritten", "Hello.");
    let (status, _, beside) = site.run(&["build", "--timings", shown(&site.path("nowhere/timings.html"))]);
    assert_eq!(status, Some(1));
    assert!(beside.contains("timings.html: cannot be written"), "{beside}");
    assert!(site.path("public/a/index.html").exists());
}

#[test]
fn a_graph_is_a_picture_a_list_or_data() {
    let site = Site::new("graph", "Hello.");
    let file = site.path("graph.svg");
    assert_eq!(site.run(&["graph", "--out", shown(&file)]), (Some(0), String::new(), String::new()));
    assert!(fs::read_to_string(file).expect("a picture").starts_with("<svg "));
    let (_, list, _) = site.run(&["graph", "--format", "text"]);
    assert!(list.contains("content/a.md (1 page)\n  is drawn by the plain theme/templates/page.html"), "{list}");
    let (_, data, _) = site.run(&["graph", "--format", "json"]);
    assert!(serde_json::from_str::<serde_json::Value>(&data).is_ok_and(|data| data["edges"].is_array()), "{data}");
}

#[test]
fn other_hosts_are_asked_where_somebody_wants_it_in_every_format() {
    let host = host("404 Not Found");
    let site = Site::new("external", &format!("# A\n\n[b]({host}/b)"));
    let (status, said, _) = site.run(&["check"]);
    assert_eq!((status, said.contains(&host)), (Some(0), false), "{said}");
    let external = ["check", "--external", "--external-private", "--format"];
    let message = format!("`{host}/b` is not there: its host answers 404");
    for (format, line) in [
        ("text", format!("content/a.md:8:5: error: {message}")),
        ("github", format!("::error file=content/a.md,line=8,col=5::{message}")),
        ("json", format!("\"message\": \"{message}\"")),
    ] {
        let (status, said, _) = site.run(&[&external[..], &[format]].concat());
        assert!(status == Some(1) && said.contains(&line), "{format}: {said}");
    }
    assert!(site.path(".cache/links.json").exists());
    let (status, said, _) = site.run(&["check", "--external"]);
    assert!(status == Some(1) && said.contains(&message), "what is known is said without a question: {said}");
}
