//! JSON as a processor must write it: an object may not name a key twice. Readers disagree on which of two values
//! counts, so a document that has one is refused before anybody reads it.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Reads a value; `None` for anything that is not UTF-8, not JSON, repeats a key, or lacks a field of `Value`.
pub fn read<Value: DeserializeOwned>(bytes: &[u8]) -> Option<Value> {
    let Unrepeated = serde_json::from_slice(bytes).ok()?;
    serde_json::from_slice(bytes).ok()
}

/// Any JSON value in which no object repeats a key. Depth is limited by the parser (128).
struct Unrepeated;

impl<'de> Deserialize<'de> for Unrepeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = Unrepeated;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON without repeated keys")
    }

    fn visit_unit<E>(self) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unrepeated, E> {
        Ok(Unrepeated)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Unrepeated, A::Error> {
        while let Some(Unrepeated) = sequence.next_element()? {}
        Ok(Unrepeated)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unrepeated, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some((key, Unrepeated)) = map.next_entry::<String, Unrepeated>()? {
            if !keys.insert(key) {
                return Err(A::Error::custom("repeated key"));
            }
        }
        Ok(Unrepeated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_refused_at_any_depth() {
        let read = |text: &str| read::<serde_json::Value>(text.as_bytes());
        assert!(read(r#"{"a":1,"b":[{"a":1},{"a":2}]}"#).is_some());
        for text in [r#"{"a":1,"a":1}"#, r#"{"b":[{"a":1,"a":2}]}"#, r#"{"a":1,"\u0061":2}"#] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for bytes in [b"".as_slice(), b"{", b"{}x", b"\xff\xfe", b"\"\xff\""] {
            assert!(read::<serde_json::Value>(bytes).is_none(), "{bytes:?}");
        }
        assert!(read::<serde_json::Value>("[".repeat(100_000).as_bytes()).is_none());
    }
}
