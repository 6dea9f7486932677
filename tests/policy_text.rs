//! The first policy version is the vendor's text, word for word: only Markdown structure may stand around its words.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

/// SHA-256 of the vendor's words, joined by single spaces, the date line aside.
const WORDS: &str = "863633bffdb5227d6b4b6307e73ce6e71bbec642a33ec7713b6711b00b4e465a";

/// The words of a Markdown document without its front matter and without what only marks structure.
fn words(markdown: &str) -> String {
    let body = markdown.splitn(3, "---").nth(2).expect("front matter");
    let lines = body.lines().map(|line| {
        let line = line.trim().trim_start_matches('#').trim();
        line.strip_prefix("- ").unwrap_or(line).replace(['<', '>', '*'], "")
    });
    lines.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn digest(words: &str) -> String {
    Sha256::digest(words).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[test]
fn the_first_version_is_the_vendors_text() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content/privacy/2025-03-31.md");
    let text = fs::read_to_string(file).expect("the first version");
    assert_eq!(digest(&words(&text)), WORDS);
}

#[test]
fn a_changed_word_is_noticed_and_changed_structure_is_not() {
    let text = |body: &str| words(&format!("---\neffective: 2025-03-31\n---\n{body}"));
    assert_eq!(text("## 1. Rights\n- **Access** your data\n"), text("1. Rights\n\nAccess your data"));
    assert_ne!(text("We do not sell"), text("We do sell"));
}
