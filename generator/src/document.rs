//! A Markdown file as it is on disk: YAML front matter between two lines of `---`, then the body.
//!
//! The text is kept whole and the parts are ranges of it, so a finding anywhere knows its line. Of a page of a large site only
//! the front matter is kept, and the whole is read again where it is rendered.

use std::{borrow::Cow, ops::Range, sync::Arc};

use serde::de::DeserializeOwned;

use crate::{
    diagnostic::Diagnostic,
    source::{BYTE_ORDER_MARK, Left, Tree},
    yaml,
};

/// One Markdown file.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// Path relative to the root.
    pub(crate) file: String,
    text: Arc<str>,
    front: Range<usize>,
    /// Empty where it was left.
    body: Range<usize>,
    /// Where the rest of the text is, if not here.
    left: Option<Left>,
}

impl Document {
    /// Finds the front matter. Line ends may be CRLF, and a byte order mark is passed over.
    pub(crate) fn new(file: &str, text: impl Into<Arc<str>>) -> Result<Self, Diagnostic> {
        let text: Arc<str> = text.into();
        let start = start(&text);
        match parts(&text) {
            Ok((front, body)) => Ok(Self { file: file.to_owned(), text, front, body, left: None }),
            Err(message) => Err(Diagnostic::at_offset(file, &text, start, 1, message)
                .hint("begin the file with a line `---`, then `title: …`, then a line `---`")),
        }
    }

    /// A file of the content, with as much of it as is in memory.
    pub(crate) fn read(content: &Tree, file: &str) -> Result<Self, Diagnostic> {
        let text = content.shared_text(file).unwrap_or_else(|| Ok("".into()))?;
        Ok(Self { left: content.left(file).cloned(), ..Self::new(file, text)? })
    }

    /// A page that no file stands for.
    pub(crate) fn generated(file: &str) -> Self {
        Self { file: file.to_owned(), text: Arc::from(""), front: 0..0, body: 0..0, left: None }
    }

    /// The document with its body.
    pub(crate) fn whole(&self) -> Result<Cow<'_, Self>, Diagnostic> {
        match &self.left {
            Some(left) => Self::new(&self.file, left.text(&self.file)?).map(Cow::Owned),
            None => Ok(Cow::Borrowed(self)),
        }
    }

    /// The front matter as a type.
    pub(crate) fn front<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        yaml::parse(&self.file, &self.text, self.front.clone())
    }

    /// The file as it is, with everything before and around its parts.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where the front matter is, without the lines that enclose it.
    pub(crate) fn front_range(&self) -> Range<usize> {
        self.front.clone()
    }

    /// Everything before the Markdown.
    pub(crate) fn head(&self) -> &str {
        &self.text[..self.body.start]
    }

    /// The Markdown, where the document is whole.
    pub(crate) fn body(&self) -> &str {
        &self.text[self.body.clone()]
    }

    /// A finding about the body, at an offset in it.
    pub(crate) fn body_finding(&self, offset: usize, width: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at_offset(&self.file, &self.text, self.body.start + offset, width, message)
    }

    /// A finding about the value of a key of the front matter, or about the whole file when the key is not there.
    pub(crate) fn key_finding(&self, key: &str, message: impl Into<String>) -> Diagnostic {
        match yaml::value_span(&self.text, self.front.clone(), key, 0) {
            Some((offset, width)) => Diagnostic::at_offset(&self.file, &self.text, offset, width, message),
            None => Diagnostic::file(&self.file, message),
        }
    }

    /// A finding about a value that is written somewhere in the front matter, such as an entry of a list.
    pub(crate) fn value_finding(&self, value: &str, message: impl Into<String>) -> Diagnostic {
        match self.text[self.front.clone()].find(value) {
            Some(offset) => {
                let start = self.front.start + offset;
                Diagnostic::at_offset(&self.file, &self.text, start, value.chars().count(), message)
            }
            None => Diagnostic::file(&self.file, message),
        }
    }
}

/// Everything of a text that is before its Markdown, where it has a front matter.
pub(crate) fn head(text: &str) -> Option<&str> {
    let (_, body) = parts(text).ok()?;
    text.get(..body.start)
}

fn start(text: &str) -> usize {
    if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 }
}

/// Where the front matter is, and where the Markdown.
fn parts(text: &str) -> Result<(Range<usize>, Range<usize>), &'static str> {
    let start = start(text);
    let mut lines = text[start..].split_inclusive('\n');
    let first = lines.next().filter(|line| line.trim_end() == "---").ok_or("there is no front matter")?;
    let front_start = start + first.len();
    let mut offset = front_start;
    for line in lines {
        let end = offset + line.len();
        if line.trim_end() == "---" {
            return Ok((front_start..offset, end..text.len()));
        }
        offset = end;
    }
    Err("the front matter has no end")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn parts_front_matter_and_body_whatever_the_line_ends() {
        for text in
            ["---\ntitle: A\n---\nBody\n", "---\r\ntitle: A\r\n---\r\nBody\n", "\u{feff}---\ntitle: A\n---\nBody\n"]
        {
            let document = Document::new("a.md", text).expect("front matter is there");
            let front: BTreeMap<String, String> = document.front().expect("well-formed");
            assert_eq!((front["title"].as_str(), document.body()), ("A", "Body\n"));
        }
    }

    #[test]
    fn says_when_front_matter_is_missing_or_open() {
        for (text, message) in
            [("# A\n", "there is no front matter"), ("---\ntitle: A\n", "the front matter has no end")]
        {
            let problem = Document::new("a.md", text).expect_err("broken");
            assert_eq!((problem.message.as_str(), problem.line), (message, 1));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_broken_for_a_finding(front in "[-a-z:\"'\\[{#| \n\u{e9}]{0,60}", body in "\\PC{0,40}") {
            let text = format!("---\n{front}\n---\n{body}");
            if let Ok(document) = Document::new("a.md", text.as_str())
                && let Err(problem) = document.front::<crate::page::FrontMatter>()
            {
                proptest::prop_assert!(problem.line > 0 && problem.to_string().starts_with("a.md:"));
            }
        }
    }

    #[test]
    fn findings_know_their_line() {
        let document = Document::new("a.md", "---\ntitle: A\naliases: [/old/]\n---\nx\ny [z]\n").expect("well-formed");
        assert_eq!(document.body_finding(2, 1, "m").line, 6);
        let alias = document.value_finding("/old/", "m");
        assert_eq!((alias.line, alias.column), (3, 11));
        let key = document.key_finding("title", "m");
        assert_eq!((key.line, key.column), (2, 8));
    }
}
