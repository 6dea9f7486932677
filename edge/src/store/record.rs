//! How records are written: JSON text in an envelope that carries its version, so that a later program can still read
//! what an earlier one wrote. Text only: platform values lose maps and turn absence into the word "undefined".

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::contract::Stored;
use crate::json;

/// The version that is written. All versions up to it are read.
const VERSION: u8 = 1;

/// Stored text that cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stored record cannot be read")]
pub struct Corrupt;

/// The text of a record. There is no other way to make one than [`encode`], and a host stores nothing else: so whatever is
/// stored has said what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Written(String);

impl Written {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Written> for String {
    fn from(written: Written) -> Self {
        written.0
    }
}

#[derive(Serialize)]
struct Envelope<'record, Record> {
    v: u8,
    record: &'record Record,
}

#[derive(Deserialize)]
struct Read<Record> {
    v: u8,
    record: Record,
}

/// A record as stored text.
pub fn encode<Record: Serialize + Stored>(record: &Record) -> Written {
    match serde_json::to_string(&Envelope { v: VERSION, record }) {
        Ok(text) => Written(text),
        Err(_) => unreachable!("records are plain structs with string keys"),
    }
}

/// Stored text as a record.
pub fn decode<Record: DeserializeOwned>(text: &str) -> Result<Record, Corrupt> {
    let read: Read<Record> = json::read(text.as_bytes()).ok_or(Corrupt)?;
    if read.v == VERSION { Ok(read.record) } else { Err(Corrupt) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Moment;
    use crate::domain::vault::Revision;

    #[test]
    fn a_record_survives_the_round_trip() {
        let revision = Revision { number: 7, at: Moment(3) };
        assert_eq!(decode::<Revision>(encode(&revision).as_str()), Ok(revision));
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
