//! Arrays as PHP's `serialize` writes them. EDD's server sends some fields so, and old clients rely on it: from a JSON
//! object they would make a PHP object, where WordPress expects an array and stops.

/// An array with keys and values of text. Lengths are counted in bytes, so a value cannot end before its end.
pub(super) fn array(pairs: &[(&str, &str)]) -> String {
    let text = |text: &str| format!("s:{}:\"{text}\";", text.len());
    let pairs_text: String = pairs.iter().map(|(key, value)| text(key) + &text(value)).collect();
    format!("a:{}:{{{pairs_text}}}", pairs.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_written_as_php_reads_it() {
        assert_eq!(array(&[]), "a:0:{}");
        assert_eq!(array(&[("1x", ""), ("2x", "")]), r#"a:2:{s:2:"1x";s:0:"";s:2:"2x";s:0:"";}"#);
        assert_eq!(array(&[("a", "é\";}")]), "a:1:{s:1:\"a\";s:5:\"é\";}\";}");
    }
}
