//! JSON into types, by way of one tree.
//!
//! A derived type brings code of its own for every reader it is read by, and the library's reader can do much that nobody
//! here needs: structs written as lists, positions in errors. So text becomes a tree once, and types are read from the
//! tree: for the wasm this halves all that is made of `Deserialize`. The tree also refuses what readers disagree on, an
//! object that names a key twice.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

mod tree;

/// Reads a value from text that holds nothing else; `None` for anything that is not UTF-8, not JSON, repeats a key, or is
/// not such a value.
pub fn read<Value: DeserializeOwned>(bytes: &[u8]) -> Option<Value> {
    let tree: Tree<'_> = serde_json::from_slice(bytes).ok()?;
    Value::deserialize(tree).ok()
}

/// Fields of a small object.
const SMALL_OBJECT: usize = 16;

/// A JSON value.
#[derive(Debug)]
enum Tree<'text> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Cow<'text, str>),
    List(Vec<Tree<'text>>),
    Object(Vec<(Cow<'text, str>, Tree<'text>)>),
}

/// Makes the tree. Depth is limited by the parser (128).
struct Grow;

impl<'de> Deserialize<'de> for Tree<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Grow)
    }
}

impl<'de> Visitor<'de> for Grow {
    type Value = Tree<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON without repeated keys")
    }

    fn visit_unit<E>(self) -> Result<Tree<'de>, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree<'de>, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree<'de>, E> {
        Ok(Tree::Signed(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree<'de>, E> {
        Ok(Tree::Unsigned(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree<'de>, E> {
        Ok(Tree::Float(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree<'de>, E> {
        Ok(Tree::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Tree<'de>, A::Error> {
        let mut list = vec![];
        while let Some(element) = access.next_element()? {
            list.push(element);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Tree<'de>, A::Error> {
        let mut fields = vec![];
        while let Some((Key(key), value)) = access.next_entry::<Key<'de>, Tree<'de>>()? {
            fields.push((key, value));
        }
        if is_repeated(&fields) { Err(A::Error::custom("repeated key")) } else { Ok(Tree::Object(fields)) }
    }
}

/// Whether a key stands twice in an object. A small one is compared pair by pair, which a set would cost more than.
fn is_repeated(fields: &[(Cow<'_, str>, Tree<'_>)]) -> bool {
    if fields.len() <= SMALL_OBJECT {
        let mut rest = fields;
        while let [(key, _), others @ ..] = rest {
            if others.iter().any(|(other, _)| other == key) {
                return true;
            }
            rest = others;
        }
        return false;
    }
    let mut keys = BTreeSet::new();
    !fields.iter().all(|(key, _)| keys.insert(&**key))
}

/// A key; borrowed from the text where it can be, which the library's own does not do.
struct Key<'text>(Cow<'text, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(Grow)? {
            Tree::Text(text) => Ok(Self(text)),
            _ => Err(D::Error::invalid_type(Unexpected::Other("key"), &Grow)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_key_is_refused_at_any_depth() {
        let read = |text: &str| read::<serde_json::Value>(text.as_bytes());
        assert!(read(r#"{"a":1,"b":[{"a":1},{"a":2}]}"#).is_some());
        let many = |last: u32| {
            let fields: Vec<_> = (0..40).chain([last]).map(|number| format!("\"k{number}\":1")).collect();
            format!("{{{}}}", fields.join(","))
        };
        assert!(read(&many(40)).is_some());
        assert!(read(&many(0)).is_none() && read(&many(39)).is_none());
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
