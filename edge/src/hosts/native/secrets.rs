//! Secrets that `site serve` makes for itself on a machine where none are set. They are drawn once and kept beside the
//! store, because license keys and names of vaults depend on them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use base64ct::{Base64, Encoding};

use crate::domain::id::hex;

/// How 32 random bytes become a secret.
type Spelling = fn(&[u8; 32]) -> String;

/// What is drawn.
const DRAWN: &[(&str, Spelling)] = &[
    ("PEPPER", |bytes| hex(bytes)),
    ("LICENSE_SECRET", |bytes| hex(bytes)),
    ("SIGNING_KEY", |bytes| Base64::encode_string(bytes)),
    ("VAULT_KEYS", |bytes| format!("v1:{}", Base64::encode_string(bytes))),
    ("STRIPE_API_KEY", |bytes| format!("sk_test_{}", hex(bytes))),
    ("PAYPAL_CLIENT_ID", |bytes| format!("client-{}", hex(bytes))),
    ("PAYPAL_CLIENT_SECRET", |bytes| hex(bytes)),
    ("PAYPAL_WEBHOOK_ID", |bytes| hex(bytes).to_uppercase()),
    ("STRIPE_WEBHOOK_SECRETS", |bytes| format!("whsec_{}", hex(bytes))),
];

/// Reads the secrets of a data folder; none where none were drawn.
pub fn read(folder: &Path) -> std::io::Result<BTreeMap<String, String>> {
    match std::fs::read_to_string(folder.join("secrets.env")) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

/// Reads the secrets of a data folder, drawing those that are missing.
pub fn keep(folder: &Path) -> std::io::Result<BTreeMap<String, String>> {
    // Whatever else is put into the folder is personal, so it opens for its owner alone.
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)?;
    let file = folder.join("secrets.env");
    let mut secrets = read(folder)?;
    let known = secrets.len();
    for (name, spell) in DRAWN {
        if !secrets.contains_key(*name) {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
            secrets.insert((*name).to_owned(), spell(&bytes));
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
        assert!(first.values().all(|value| value.len() >= 44));
        let _ = std::fs::remove_dir_all(&folder);
    }
}
