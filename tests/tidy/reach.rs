//! No dead files: every Rust file is declared by its parent.

use super::{File, Finding};

const ROOTS: &[&str] = &["lib.rs", "main.rs"];

pub(super) fn findings(files: &[File]) -> Vec<Finding> {
    let rust = files.iter().filter(|file| file.is_rust());
    let dead = rust.filter(|file| !is_declared(file, files)).map(|file| file.finding(0, "no `mod` declares this file"));
    dead.collect()
}

/// Whether the file next to the folder (or the root of the crate) has `mod NAME;`.
fn is_declared(file: &File, files: &[File]) -> bool {
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    // Cargo runs the script that lies beside `src`.
    if ROOTS.contains(&name) || name == "build.rs" && !format!("/{folder}/").contains("/src/") {
        return true;
    }
    let declaration = format!("mod {};", name.trim_end_matches(".rs"));
    let parents = ROOTS.iter().map(|root| format!("{folder}/{root}")).chain([format!("{folder}.rs")]);
    let parents: Vec<String> = parents.collect();
    let declares = |parent: &&File| parent.lines().any(|(_, line)| line.trim().ends_with(&declaration));
    files.iter().filter(|candidate| parents.contains(&candidate.path)).find(declares).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn a_file_that_nothing_declares_is_found() {
        let files = [
            file("edge/src/lib.rs", "//! A.\npub mod store;\n"),
            file("edge/src/store.rs", "//! A.\nmod record;\n"),
            file("edge/src/store/record.rs", "//! A.\n"),
            file("edge/src/store/left_over.rs", "//! A.\n"),
            file("edge/src/left_over.rs", "//! A.\n"),
            file("edge/build.rs", "//! A.\n"),
            file("edge/src/build.rs", "//! A.\n"),
        ];
        let paths: Vec<String> = findings(&files).into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, ["edge/src/store/left_over.rs", "edge/src/left_over.rs", "edge/src/build.rs"]);
    }
}
