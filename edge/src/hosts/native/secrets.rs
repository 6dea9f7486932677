//! Secrets that `site serve` makes for itself on a machine where none are set. They are drawn once and kept beside the
//! store, because license keys and names of vaults depend on them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use crate::domain::id::hex;

/// What is drawn, and how each begins.
const DRAWN: &[(&str, &str)] =
    &[("PEPPER", ""), ("LICENSE_SECRET", ""), ("STRIPE_API_KEY", "sk_test_"), ("STRIPE_WEBHOOK_SECRETS", "whsec_")];

/// Reads the secrets of a data folder, drawing those that are missing.
pub fn keep(folder: &Path) -> std::io::Result<BTreeMap<String, String>> {
    // Whatever else is put into the folder is personal, so it opens for its owner alone.
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    let file = folder.join("secrets.env");
    let mut secrets = match std::fs::read_to_string(&file) {
        Ok(text) => parse(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => return Err(error),
    };
    let known = secrets.len();
    for (name, prefix) in DRAWN {
        if !secrets.contains_key(*name) {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
            secrets.insert((*name).to_owned(), format!("{prefix}{}", hex(&bytes)));
        }
    }
    if secrets.len() > known {
        write(&file, &secrets)?;
    }
    Ok(secrets)
}

fn parse(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Writes the file whole or not at all, for nobody else to read.
fn write(file: &Path, secrets: &BTreeMap<String, String>) -> std::io::Result<()> {
    let half = file.with_extension("half");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut handle = options.open(&half)?;
    for (name, value) in secrets {
        writeln!(handle, "{name}={value}")?;
    }
    handle.sync_all()?;
    std::fs::rename(half, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_drawn_once() {
        let folder = std::env::temp_dir().join(format!("cpp-secrets-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let first = keep(&folder).expect("secrets");
        assert_eq!(keep(&folder).expect("secrets"), first);
        assert!(first.values().all(|value| value.len() >= 64));
        let _ = std::fs::remove_dir_all(&folder);
    }
}
