//! stub
/// x
pub fn line(text: &str) -> String { text.trim().to_owned() }
/// x
pub fn text(text: &str) -> String { text.trim().to_owned() }
