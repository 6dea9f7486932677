//! How records are written: JSON text in an envelope that carries its version, so that a later program can still read
//! what an earlier one wrote. Text only: platform values lose maps and turn absence into the word "undefined".

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The version that is written. All versions up to it are read.
const VERSION: u8 = 1;

/// Stored text that cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stored record cannot be read")]
pub struct Corrupt;

#[derive(Serialize)]
struct Written<'record, Record> {
    v: u8,
    record: &'record Record,
}

#[derive(Deserialize)]
struct Read<Record> {
    v: u8,
    record: Record,
}

/// A record as stored text.
pub fn encode<Record: Serialize>(record: &Record) -> String {
    match serde_json::to_string(&Written { v: VERSION, record }) {
        Ok(text) => text,
        Err(_) => unreachable!("records are plain structs with string keys"),
    }
}

/// Stored text as a record.
pub fn decode<Record: DeserializeOwned>(text: &str) -> Result<Record, Corrupt> {
    let read: Read<Record> = serde_json::from_str(text).map_err(|_| Corrupt)?;
    if read.v == VERSION { Ok(read.record) } else { Err(Corrupt) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_the_round_trip() {
        assert_eq!(decode::<Vec<String>>(&encode(&vec!["a", "ü"])), Ok(vec!["a".to_owned(), "ü".to_owned()]));
    }

    #[test]
    fn a_record_of_version_one_is_read() {
        assert_eq!(decode::<u8>(r#"{"v":1,"record":7}"#), Ok(7));
    }

    #[test]
    fn anything_else_is_corrupt() {
        for text in ["", "7", "undefined", r#"{"v":2,"record":7}"#, r#"{"v":1,"record":"7"}"#] {
            assert_eq!(decode::<u8>(text), Err(Corrupt), "{text}");
        }
    }
}
