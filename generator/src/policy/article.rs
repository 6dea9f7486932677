//! A policy's Markdown as what it says: blocks of words in order, free of theme, anchors and typography.
//!
//! The one idea: every word of the document lies in exactly one block, and whatever is not a word (bold, a link's
//! target, a list's mark, an inline tag) is kept beside the words. So two versions can be compared word by word, and
//! the hash of the words changes when, and only when, the policy says something else.

mod reader;
mod sentence;

use std::ops::Range;

pub(crate) use sentence::Sentence;

/// Lists and quotes nested deeper than this are taken as this deep, so no text can make a reader of articles recurse
/// without end.
const DEPTH_MAX: usize = 8;

/// Parts the cells of a table row. No other text has a tab outside of verbatim blocks.
pub(crate) const CELL_SEPARATOR: char = '\t';

/// A body, block by block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Article {
    /// In the order of the text. None is without words.
    pub(crate) blocks: Vec<Block>,
}

/// A heading, a paragraph, an item: the smallest unit that stands by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    /// How many lists it stands in: an item of a list that is in no other has 1, and so have its further paragraphs.
    pub(crate) depth: usize,
    /// How many quotes it stands in.
    pub(crate) quotes: usize,
    /// Its words. No run is empty, and neighbours differ in style.
    pub(crate) runs: Vec<Run>,
    /// Where it stands in the body, in bytes.
    pub(crate) span: Range<usize>,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With its level, 1 to 6.
    Heading(u8),
    Paragraph,
    /// The first paragraph of a list item, with its number in an ordered list.
    Item {
        number: Option<u64>,
    },
    /// A row of a table, its cells parted by [`CELL_SEPARATOR`].
    Row {
        header: bool,
    },
    /// The first paragraph of a footnote.
    Footnote {
        label: String,
    },
    /// Words as they are, line ends included.
    Code,
    /// Raw HTML, which is compared as it is written: what it shows is not ours to know.
    Html,
}

/// Words of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) style: Style,
}

/// What words look like and where they lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "Markdown's four marks are independent of each other")]
pub(crate) struct Style {
    pub(crate) strong: bool,
    pub(crate) emphasis: bool,
    pub(crate) strike: bool,
    pub(crate) code: bool,
    /// The link's target; `mailto:` is spelt out.
    pub(crate) link: Option<String>,
    /// What Markdown has no mark for: inline tags around the words, and tags and images directly before them.
    pub(crate) tags: String,
}

impl Article {
    /// Reads a body.
    pub(crate) fn parse(body: &str) -> Self {
        Self { blocks: reader::read(body) }
    }

    /// The words alone, a line per block. Its hash says whether two versions say the same.
    pub(crate) fn plain_text(&self) -> String {
        let texts: Vec<String> = self.blocks.iter().map(Block::text).collect();
        texts.join("\n")
    }

    /// The sentences in order; headings are not sentences.
    pub(crate) fn sentences(&self) -> Vec<Sentence> {
        sentence::sentences(self)
    }
}

impl Block {
    /// Its words.
    pub(crate) fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }
}

impl Kind {
    /// Whether spaces and line ends are part of the words.
    pub(crate) fn is_verbatim(&self) -> bool {
        matches!(self, Self::Code | Self::Html)
    }

    /// Whether the other is the same but for what renumbering changes.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Item { number }, Self::Item { number: other }) => number.is_some() == other.is_some(),
            _ => self == other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(body: &str) -> Vec<(Kind, usize, usize, String)> {
        let blocks = Article::parse(body).blocks;
        blocks.into_iter().map(|block| (block.kind.clone(), block.depth, block.quotes, block.text())).collect()
    }

    fn kinds(body: &str) -> Vec<Kind> {
        outline(body).into_iter().map(|block| block.0).collect()
    }

    #[test]
    fn every_text_lies_in_one_block() {
        let body = "# A *b*\n\nSoft\nbreak.\n\n1. one\n   - deep **er**\n\n     more\n2. two\n\n> said\n> > again\n\n\
                    ```\nlet a  = 1;\n\n```\n\n<div>\nraw\n</div>\n\n| a | b |\n|---|---|\n| c &amp; | |\n\nx[^n]\n\n[^n]: note\n";
        let item = |number| Kind::Item { number };
        let found = outline(body);
        let expected = [
            (Kind::Heading(1), 0, 0, "A b"),
            (Kind::Paragraph, 0, 0, "Soft break."),
            (item(Some(1)), 1, 0, "one"),
            (item(None), 2, 0, "deep er"),
            (Kind::Paragraph, 2, 0, "more"),
            (item(Some(2)), 1, 0, "two"),
            (Kind::Paragraph, 0, 1, "said"),
            (Kind::Paragraph, 0, 2, "again"),
            (Kind::Code, 0, 0, "let a  = 1;"),
            (Kind::Html, 0, 0, "<div>\nraw\n</div>"),
            (Kind::Row { header: true }, 0, 0, "a\tb"),
            (Kind::Row { header: false }, 0, 0, "c &\t"),
            (Kind::Paragraph, 0, 0, "x[n]"),
            (Kind::Footnote { label: "n".to_owned() }, 0, 0, "note"),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(k, d, q, text)| (k, d, q, text.to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn style_and_address_stand_beside_the_words() {
        let article = Article::parse("- **Email**: <info@example.com> or [*us* `x`](/s/), ~~no~~\n");
        let runs: Vec<(&str, bool, Option<&str>)> = article.blocks[0]
            .runs
            .iter()
            .map(|run| (run.text.as_str(), run.style.strong, run.style.link.as_deref()))
            .collect();
        assert_eq!(
            runs,
            [
                ("Email", true, None),
                (": ", false, None),
                ("info@example.com", false, Some("mailto:info@example.com")),
                (" or ", false, None),
                ("us", false, Some("/s/")),
                (" ", false, Some("/s/")),
                ("x", false, Some("/s/")),
                (", ", false, None),
                ("no", false, None),
            ]
        );
        let runs = &article.blocks[0].runs;
        assert!(runs[4].style.emphasis && runs[6].style.code && runs[8].style.strike);
    }

    #[test]
    fn inline_tags_are_no_words_and_are_not_lost() {
        let article = Article::parse("a <u>b</u><br>c<!-- d --> ![e](f.png) ![](g.png)\n");
        assert_eq!(article.plain_text(), "a b c e");
        let tags: Vec<&str> = article.blocks[0].runs.iter().map(|run| run.style.tags.as_str()).collect();
        assert_eq!(tags, ["", "<u>", "", "<!-- d --><img src=\"f.png\"><img src=\"g.png\">"]);
        assert_eq!(outline("# <img src=a>\n"), [(Kind::Html, 0, 0, "<img src=a>".to_owned())]);
    }

    #[test]
    fn words_do_not_depend_on_line_ends_or_wrapping() {
        let wrapped = Article::parse("A  b\r\nc\t d&nbsp;e\r\n\r\n    code\r\n    x\r\n");
        let flat = Article::parse("A b c d\u{a0}e\n\n    code\n    x\n");
        assert_eq!(wrapped.plain_text(), "A b c d\u{a0}e\ncode\nx");
        assert_eq!(wrapped.plain_text(), flat.plain_text());
    }

    #[test]
    fn straight_quotes_stay_straight() {
        assert_eq!(Article::parse("\"it's\" -- so...\n").plain_text(), "\"it's\" -- so...");
    }

    #[test]
    fn spans_lead_back_into_the_body() {
        let body = "# One\n\n- two\n- three\n\nfour\n";
        let found: Vec<&str> =
            Article::parse(body).blocks.into_iter().map(|block| body[block.span].trim_end()).collect();
        assert_eq!(found, ["# One", "two", "three", "four"]);
    }

    #[test]
    fn an_item_may_begin_with_something_else_than_words() {
        let number = None;
        assert_eq!(
            kinds("- ## h\n- - a\n- ```\n  c\n  ```\n\n  p\n"),
            [Kind::Heading(2), Kind::Item { number }, Kind::Code, Kind::Paragraph]
        );
    }

    #[test]
    fn depth_has_a_limit() {
        let body = format!("{}deep\n\n{}quoted\n", "- ".repeat(5_000), "> ".repeat(5_000));
        let depths: Vec<(usize, usize)> =
            Article::parse(&body).blocks.iter().map(|block| (block.depth, block.quotes)).collect();
        assert!(depths.iter().all(|(depth, quotes)| depth.max(quotes) <= &DEPTH_MAX), "{depths:?}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_an_article(body in "[-a-c*_`~<>!#|\\[\\]()^:&; \t\r\n\\\\1-3.=\u{e9}]{0,120}") {
            let article = Article::parse(&body);
            for block in &article.blocks {
                proptest::prop_assert!(body.get(block.span.clone()).is_some(), "{:?}", block.span);
                proptest::prop_assert!(!block.text().is_empty());
                proptest::prop_assert!(block.runs.iter().all(|run| !run.text.is_empty()));
                proptest::prop_assert!(block.runs.windows(2).all(|pair| pair[0].style != pair[1].style));
                let is_row = matches!(block.kind, Kind::Row { .. });
                let tabs = block.kind.is_verbatim() || is_row || !block.text().contains(CELL_SEPARATOR);
                proptest::prop_assert!(tabs);
            }
            let sentences = article.sentences();
            proptest::prop_assert!(sentences.iter().all(|sentence| !sentence.text.is_empty()));
        }
    }
}
