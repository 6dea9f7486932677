//! `page.content | questions`: the questions that a page answers, each with its answer, as a reader sees them, for data that
//! programs read. They are taken from the finished HTML, so the two cannot say different things.
//!
//! A question is a `<details class="question">`: its `summary` asks, and what follows answers.

use std::convert::Infallible;

use html5gum::{
    Span, Tokenizer,
    emitters::callback::{CallbackEmitter, CallbackEvent},
};
use serde::Serialize;
use tera::Value;

/// The class that tells a question from other things that open.
const CLASS: &str = "question";

/// What has no words for a reader.
const SILENT: &[&[u8]] = &[b"script", b"style", b"template", b"svg"];

/// Tags inside a word or between words: all others end one.
const INLINE: &[&[u8]] =
    &[b"a", b"abbr", b"b", b"code", b"em", b"i", b"mark", b"small", b"span", b"strong", b"sub", b"sup", b"wbr"];

/// A question and its answer, as plain text.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Question {
    question: String,
    answer: String,
}

/// A page on the way through it.
#[derive(Default)]
struct Reader {
    found: Vec<Question>,
    name: Vec<u8>,
    is_class: bool,
    is_question: bool,
    /// How many things that open are open, from the question on.
    open: usize,
    /// Whether its words are those that ask.
    asks: bool,
    /// The element whose words are passed over.
    silent: Option<Vec<u8>>,
}

/// What stands in the place of `… | questions`.
pub(super) fn questions(html: &Value) -> Value {
    Value::from_serializable(&read(html.as_str().unwrap_or_default()))
}

fn read(html: &str) -> Vec<Question> {
    if !html.contains("<details") {
        return vec![];
    }
    let mut reader = Reader::default();
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| -> Option<Infallible> {
        reader.event(&event);
        None
    });
    emitter.naively_switch_states(true);
    // The page is text in memory, so reading it cannot fail.
    Tokenizer::new_with_emitter(html, emitter).for_each(drop);
    for Question { question, answer } in &mut reader.found {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        (*question, *answer) = (plain(question), plain(answer));
    }
    reader.found.retain(|found| !found.question.is_empty() && !found.answer.is_empty());
    reader.found
}

impl Reader {
    fn event(&mut self, event: &CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                (self.name, self.is_class, self.is_question) = (name.to_vec(), false, false);
            }
            CallbackEvent::AttributeName { name } => self.is_class = name == b"class",
            CallbackEvent::AttributeValue { value } if self.is_class => {
                self.is_question = String::from_utf8_lossy(value).split_ascii_whitespace().any(|class| class == CLASS);
            }
            CallbackEvent::CloseStartTag { .. } => self.begin(),
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } if self.silent.is_none() => self.write(&String::from_utf8_lossy(value)),
            _ => {}
        }
    }

    fn begin(&mut self) {
        let name = std::mem::take(&mut self.name);
        if self.silent.is_some() {
            return;
        }
        match name.as_slice() {
            b"details" if self.open > 0 => self.open += 1,
            b"details" if self.is_question => {
                self.found.push(Question::default());
                self.open = 1;
            }
            b"summary" if self.open == 1 => self.asks = true,
            name if SILENT.contains(&name) => self.silent = Some(name.to_vec()),
            name if INLINE.contains(&name) => {}
            _ => self.write(" "),
        }
    }

    fn end(&mut self, name: &[u8]) {
        if let Some(silent) = &self.silent {
            if silent == name {
                self.silent = None;
            }
            return;
        }
        match name {
            b"details" => self.open = self.open.saturating_sub(1),
            b"summary" if self.open == 1 => self.asks = false,
            name if INLINE.contains(&name) => {}
            _ => self.write(" "),
        }
    }

    fn write(&mut self, text: &str) {
        if self.open > 0
            && let Some(found) = self.found.last_mut()
        {
            if self.asks { found.question.push_str(text) } else { found.answer.push_str(text) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(html: &str) -> Vec<(String, String)> {
        read(html).into_iter().map(|found| (found.question, found.answer)).collect()
    }

    #[test]
    fn a_question_and_its_answer_are_what_a_reader_sees() {
        let html = "<p>Before<details class=\"big question\"><summary><h3>How <b>lo</b>ng &amp; why?</h3></summary>\
            <div><p>A <a href=\"/\">year</a>.</p>\n<ul><li>One<li>Two</ul><svg><title>no</title></svg></div></details>After\
            <details class=question><summary>Second?</summary>Yes.</details>";
        assert_eq!(
            found(html),
            [("How long & why?".to_owned(), "A year. One Two".to_owned()), ("Second?".to_owned(), "Yes.".to_owned())]
        );
    }

    #[test]
    fn other_things_that_open_are_no_questions_but_belong_to_an_answer() {
        assert_eq!(found("<details><summary>More</summary>Text</details><p>question"), []);
        let inside =
            "<details class=question><summary>A?</summary>B <details><summary>C</summary>D</details> E</details>F";
        assert_eq!(found(inside), [("A?".to_owned(), "B C D E".to_owned())]);
    }

    #[test]
    fn a_question_without_words_or_without_an_answer_is_none() {
        assert_eq!(found("<details class=question><summary></summary>B</details>"), []);
        assert_eq!(found("<details class=question><summary>A?</summary></details>"), []);
    }
}
