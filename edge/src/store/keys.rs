//! Keys that lie in no store: what is stored is sealed with them, or with keys that they lock. Each has a name, which stands for an
//! epoch; the first one is for what is new, the others still open what they sealed or locked.

/// Keys by their names.
#[derive(Clone)]
pub struct VaultKeys(Vec<Key>);

/// One of them.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) bytes: [u8; 32],
}

impl std::fmt::Debug for VaultKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[REDACTED]")
    }
}

impl VaultKeys {
    /// Keys by their names, the one for what is new first; none where there are none, or two of one name.
    pub fn new(keys: Vec<(String, [u8; 32])>) -> Option<Self> {
        let mut names: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let is_fit = !names.is_empty() && !names.windows(2).any(|pair| pair.first() == pair.last());
        is_fit.then(|| Self(keys.into_iter().map(|(name, bytes)| Key { name, bytes }).collect()))
    }

    /// Keys that open and seal nothing.
    pub fn of_none() -> Self {
        Self(vec![])
    }

    /// The name of the key for what is new.
    pub fn epoch(&self) -> &str {
        self.current().map_or("", |key| &key.name)
    }

    pub(super) fn current(&self) -> Option<&Key> {
        self.0.first()
    }

    pub(super) fn named(&self, name: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_names_of_their_own() {
        assert!(VaultKeys::new(vec![]).is_none());
        assert!(VaultKeys::new(vec![("v1".to_owned(), [0; 32]), ("v1".to_owned(), [1; 32])]).is_none());
        let keys = VaultKeys::new(vec![("v2".to_owned(), [0; 32]), ("v1".to_owned(), [1; 32])]).expect("keys");
        assert_eq!((keys.epoch(), format!("{keys:?}").as_str()), ("v2", "[REDACTED]"));
    }
}
