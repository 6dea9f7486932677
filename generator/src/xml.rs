//! Text inside XML: the feed and the sitemap are written by hand, and this is what keeps them well-formed.

/// Text for an element or an attribute in double quotes. Characters XML cannot carry at all are left out.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            _ if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_marks_and_drops_what_xml_cannot_carry() {
        assert_eq!(escape("a<b>&\"c\"\u{1}\u{ffff}\n"), "a&lt;b&gt;&amp;&quot;c&quot;\n");
    }
}
