//! Words as they are looked for: in lower case, without accents, and singular and plural as one.
//!
//! The theme's script does the same to what somebody types (`themes/plus/assets/search.js`), so both change together.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// Every word of a text, in order.
pub(super) fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let is_left_out = |c: char| matches!(c, '\u{300}'..='\u{36f}' | '\'' | '’');
    let plain = DecomposingNormalizerBorrowed::new_nfd().normalize(&lower).replace(is_left_out, "");
    plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(stem).collect()
}

/// One form for singular and plural: `policies` and `policy`, `addresses` and `address`, `keys` and `key`. Words of three
/// letters stay as they are.
fn stem(word: &str) -> String {
    let has = |word: &str, letters: usize| word.chars().nth(letters - 1).is_some();
    let singular = match word.strip_suffix('s') {
        Some(rest) if rest.ends_with("sse") => &rest[..rest.len() - 1],
        Some(rest) if has(rest, 3) && !rest.ends_with('s') => rest,
        _ => word,
    };
    match singular.strip_suffix("ie").or_else(|| singular.strip_suffix('y')) {
        Some(start) if has(start, 3) => format!("{start}i"),
        _ => singular.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_as_readers_do() {
        assert_eq!(words("Don’t re-use wp-content/plugins!"), ["dont", "re", "use", "wp", "content", "plugin"]);
        assert_eq!(words("Élan, Zürich, 1.2"), ["elan", "zurich", "1", "2"]);
        assert_eq!(words(" … "), Vec::<String>::new());
    }

    #[test]
    fn singular_and_plural_are_one_word() {
        for (one, many) in [
            ("policy", "policies"),
            ("address", "addresses"),
            ("key", "keys"),
            ("license", "licenses"),
            ("site", "site's"),
        ] {
            assert_eq!(words(one), words(many), "{one}");
        }
        assert_eq!(words("is gas pass"), ["is", "gas", "pass"]);
    }
}
