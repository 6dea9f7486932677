//! The shape of a file: its opening words, its length, its names, and what it may not contain.

use super::{File, Finding};

const FILE_LINES_MAX: usize = 450;
const FUNCTION_LINES_MAX: usize = 70;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "manager", "misc", "mod"];

/// Words that may not stand in a file, and why. They are put together here, so that this file does not hold them.
fn banned() -> Vec<(String, &'static str)> {
    vec![
        (["to", "do!("].concat(), "unfinished code"),
        (["unimple", "mented!("].concat(), "unfinished code"),
        (["FIX", "ME"].concat(), "an unfinished mark; finish it or write an issue"),
        (["#[", "ignore"].concat(), "a test that does not run"),
        (["test.", "skip("].concat(), "a test that does not run"),
        (["describe.", "skip("].concat(), "a test that does not run"),
        ([".", "only("].concat(), "a test that keeps the others from running"),
        (["/", "root/"].concat(), "a path of one machine"),
        (["/", "work/"].concat(), "a path of one machine"),
        (["/", "home/"].concat(), "a path of one machine"),
    ]
}

pub(super) fn findings(file: &File) -> Vec<Finding> {
    let mut findings = vec![];
    for (line, text) in file.lines() {
        for (word, why) in banned().iter().filter(|(word, _)| text.contains(word.as_str())) {
            findings.push(file.finding(line, format!("`{word}` is {why}")));
        }
    }
    if file.is_rust() {
        findings.extend(opening(file));
        findings.extend(names(file));
        findings.extend(lengths(file));
    }
    findings
}

fn opening(file: &File) -> Option<Finding> {
    (!file.text.starts_with("//! ")).then(|| file.finding(1, "does not open with `//!` and what it is for"))
}

fn names(file: &File) -> Option<Finding> {
    let parts = file.path.trim_end_matches(".rs").split('/');
    let empty = parts.into_iter().find(|part| EMPTY_NAMES.contains(part));
    empty.map(|name| file.finding(0, format!("`{name}` is a name that says nothing")))
}

fn lengths(file: &File) -> Vec<Finding> {
    let lines = file.text.lines().count();
    let mut findings: Vec<Finding> =
        (lines > FILE_LINES_MAX).then(|| file.finding(0, format!("has {lines} lines"))).into_iter().collect();
    let mut open: Vec<(usize, usize, &str)> = vec![];
    for (line, text) in file.lines() {
        let indent = text.len() - text.trim_start().len();
        if is_function(text) {
            open.push((indent, line, text.trim()));
        }
        // rustfmt puts the closing brace of a function below its first letter.
        if text.trim_start().starts_with('}')
            && let Some((_, start, head)) = open.pop_if(|(at, _, _)| *at == indent)
            && line - start > FUNCTION_LINES_MAX
        {
            findings.push(file.finding(start, format!("{} lines are too many for `{head}`", line - start + 1)));
        }
    }
    findings
}

fn is_function(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().take(6).collect();
    let before = words.iter().take_while(|word| **word != "fn");
    let only_qualifiers =
        before.clone().all(|word| matches!(*word, "pub" | "async" | "const" | "extern") || word.starts_with("pub("));
    words.contains(&"fn") && only_qualifiers && !line.trim_end().ends_with(';') && !line.trim_end().ends_with('}')
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    fn whats(path: &str, text: &str) -> Vec<String> {
        findings(&file(path, text)).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_good_file_passes() {
        assert_eq!(whats("edge/src/a.rs", "//! What it is.\n\npub fn a() {\n    b();\n}\n"), Vec::<String>::new());
    }

    #[test]
    fn each_planted_defect_is_found() {
        let long_function = format!("//! A.\nfn long() {{\n{}}}\n", "    a();\n".repeat(71));
        let long_file = format!("//! A.\n{}", "// b\n".repeat(450));
        let path = ["//! A.\nconst A: &str = \"", "/ro", "ot/x\";\n"].concat();
        let mark = ["//! A.\n// FI", "XME: later\n"].concat();
        let planted = [
            ("edge/src/a.rs", "fn a() {}\n"),
            ("edge/src/utils.rs", "//! A.\n"),
            ("edge/src/store/mod.rs", "//! A.\n"),
            ("edge/src/a.rs", long_function.as_str()),
            ("edge/src/a.rs", long_file.as_str()),
            ("edge/src/a.rs", path.as_str()),
            ("edge/src/a.rs", mark.as_str()),
        ];
        for (path, text) in planted {
            assert_eq!(whats(path, text).len(), 1, "{path} {text:.60}");
        }
    }
}
