//! What a template or a page names in its tags: other templates, components, assets and data. The theme was checked before, so
//! every name is one that exists, and whatever is none is passed over.

use std::collections::BTreeSet;

/// What a text names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) parents: BTreeSet<String>,
    pub(crate) includes: BTreeSet<String>,
    /// Components that it defines.
    pub(crate) defines: BTreeSet<String>,
    /// Components that it draws.
    pub(crate) draws: BTreeSet<String>,
    pub(crate) assets: BTreeSet<String>,
    /// Files of `content/data/`, without their ends.
    pub(crate) data: BTreeSet<String>,
    /// First words of the variables that are asked for.
    pub(crate) variables: BTreeSet<String>,
}

impl Names {
    /// Reads the tags of a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut names = Self::default();
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            rest = &rest[start..];
            let close = match rest.get(..2) {
                Some("{{") => "}}",
                Some("{%") => "%}",
                Some("{#") => "#}",
                _ => {
                    rest = &rest[1..];
                    continue;
                }
            };
            let Some(end) = rest[2..].find(close) else { break };
            if close != "#}" {
                names.tag(rest[2..2 + end].trim_matches('-').trim());
            }
            rest = &rest[2 + end + 2..];
        }
        names
    }

    fn tag(&mut self, tag: &str) {
        if let Some(call) = tag.strip_prefix('<') {
            self.draws.extend(name(call));
        }
        let (word, after) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        match word {
            "extends" => self.parents.extend(quoted(after)),
            "include" => self.includes.extend(quoted(after)),
            "component" => self.defines.extend(name(after.trim_start())),
            _ => {}
        }
        for function in ["asset(", "style("] {
            for (at, _) in tag.match_indices(function) {
                let argument = tag[at + function.len()..].trim_start();
                let path = argument.strip_prefix("path").map(|rest| rest.trim_start().trim_start_matches('='));
                self.assets.extend(path.and_then(quoted));
            }
        }
        for path in outside_of_quotes(tag).split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.') {
            let mut parts = path.split('.');
            let Some(first) = parts.next().filter(|first| !first.is_empty()) else { continue };
            self.variables.insert(first.to_owned());
            if first == "data" {
                self.data.extend(parts.next().map(str::to_owned));
            }
        }
    }
}

/// The name at the beginning of a text; that of a component may have dots in it.
fn name(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '-')).unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

fn quoted(text: &str) -> Option<String> {
    let text = text.trim_start();
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    text[1..].split(quote).next().map(str::to_owned)
}

fn outside_of_quotes(text: &str) -> String {
    let mut quote: Option<char> = None;
    let mut is_outside = |c: char| {
        if let Some(open) = quote {
            quote = quote.filter(|_| c != open);
            return false;
        }
        quote = Some(c).filter(|c| matches!(c, '"' | '\'' | '`'));
        quote.is_none()
    };
    text.chars().map(|c| if is_outside(c) { c } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn finds_what_tags_name_and_nothing_else() {
        let names = Names::of(
            "{% extends \"base.html\" %}{#- {% include \"no.html\" %} -#} include \"no.html\" { a }\n\
             {%- include 'nav.html' -%}{% component mark.sign(size: string) -%}{{ <icon name={size} /> }}\n\
             {% <card title=\"data.none\"> %}{{ asset(path=\"site.css\") }}{{ style( path = 'a.css') }}\n\
             {% for x in data.people if products %}{{ page.title ~ \"policy\" }}{% endfor %}{{ broken",
        );
        assert_eq!((names.parents, names.includes), (set(&["base.html"]), set(&["nav.html"])));
        assert_eq!((names.defines, names.draws), (set(&["mark.sign"]), set(&["card", "icon"])));
        assert_eq!((names.assets, names.data), (set(&["site.css", "a.css"]), set(&["people"])));
        assert!(names.variables.contains("products") && names.variables.contains("page"));
        assert!(!names.variables.contains("policy"));
    }
}
