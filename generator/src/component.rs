//! Components in Markdown: `{{ <name key="value" /> }}` stands for a part that the theme draws, `{% <name> %} … {% </name> %}`
//! draws it around what is between. Both are written as themes write them, and what a component takes is declared there.
//!
//! A call is blanked out before the Markdown is read and put back into its HTML, so neither has to know of the other, and what
//! is between is Markdown like all else: its headings are headings of the page, its footnotes are numbered with the others.

mod call;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

pub(crate) use call::{Argument, Call, Shape};

/// Encloses the number of a call in HTML; a character of Unicode's private use area, which no page has.
const MARK: char = '\u{f8fe}';

/// What is wrong with a call, and where in the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Fault {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// The calls of a body in their order, and all that is wrong with how they are written.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) calls: Vec<Call>,
    pub(crate) faults: Vec<Fault>,
}

impl Calls {
    /// Finds the calls of a body. What is code is shown and not called.
    pub(crate) fn find(body: &str) -> Self {
        let mut found = Self::default();
        // Most pages have none, and to look for code costs as much as to read them.
        let mut starts = call::starts(body).peekable();
        if starts.peek().is_none() {
            return found;
        }
        let code = code(body);
        let mut end = 0;
        let is_code = |start: &usize| {
            let next = code.partition_point(|code| code.end <= *start);
            code.get(next).is_some_and(|code| code.contains(start))
        };
        for start in starts.filter(|start| !is_code(start)) {
            if start < end {
                continue;
            }
            match call::read(body, start) {
                Ok(call) => {
                    end = call.span.end;
                    found.calls.push(call);
                }
                Err(fault) => found.faults.push(fault),
            }
        }
        found.faults.extend(unpaired(&found.calls));
        found
    }

    /// The body with comments in the place of calls, of the same length, so that every offset stays what it is.
    pub(crate) fn blank(&self, body: &str) -> String {
        let mut blanked = String::with_capacity(body.len());
        let mut end = 0;
        for Call { span, .. } in &self.calls {
            blanked.push_str(&body[end..span.start]);
            let text = &body[span.clone()];
            let inner = text.bytes().skip("<!--".len()).take(text.len() - "<!---->".len());
            let lines = inner.map(|byte| if byte == b'\n' { '\n' } else { ' ' });
            blanked.push_str("<!--");
            blanked.extend(lines);
            blanked.push_str("-->");
            end = span.end;
        }
        blanked.push_str(&body[end..]);
        blanked
    }

    /// HTML that begins at an offset of the body, with marks in the place of the comments that stand for calls.
    fn mark(&self, html: &str, offset: usize) -> Option<String> {
        let end = offset + html.len();
        let first = self.calls.partition_point(|call| call.span.end <= offset);
        let inside = self.calls.get(first..)?.iter().take_while(|call| call.span.start < end).count();
        if inside == 0 {
            return None;
        }
        let mut marked = String::with_capacity(html.len());
        let mut done = offset;
        for (number, call) in self.calls.iter().enumerate().skip(first).take(inside) {
            // A comment over several lines comes line by line: the first has the mark.
            if call.span.start >= offset {
                marked.push_str(html.get(done - offset..call.span.start - offset)?);
                let _ = write!(marked, "{MARK}{number}{MARK}");
            }
            done = call.span.end.min(end);
        }
        marked.push_str(html.get(done - offset..)?);
        Some(marked)
    }

    /// Notes where the events of the blanked body have calls, and puts marks there.
    pub(crate) fn place(&mut self, events: &mut [Event<'_>], places: &[Range<usize>]) {
        if self.calls.is_empty() {
            return;
        }
        // The part of the page that each call is in: the innermost list, paragraph or cell that has begun and not ended.
        let (mut parts, mut within) = (vec![0], vec![None; self.calls.len()]);
        for (number, (event, place)) in events.iter_mut().zip(places).enumerate() {
            match event {
                Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => {}
                Event::Start(_) => parts.push(number + 1),
                Event::End(_) => drop(parts.pop()),
                Event::Html(text) | Event::InlineHtml(text) => {
                    if let Some(marked) = self.mark(text, place.start) {
                        let first = self.calls.partition_point(|call| call.span.start < place.start);
                        let end = self.calls.partition_point(|call| call.span.start < place.end);
                        within[first..end.max(first)].fill(parts.last().copied());
                        *text = marked.into();
                    }
                }
                _ => {}
            }
        }
        self.faults.extend(self.torn(&within));
    }

    /// Calls that begin in one part of the page and end in another, and those that stand where no part can be drawn.
    fn torn(&self, within: &[Option<usize>]) -> Vec<Fault> {
        let (mut open, mut faults) = (Vec::new(), Vec::new());
        for (call, part) in self.calls.iter().zip(within) {
            if part.is_none() {
                faults.push(Fault::new(call.span.clone(), "a component cannot stand here"));
            }
            match call.shape {
                Shape::Whole => {}
                Shape::Open => open.push(part),
                Shape::Close => {
                    if open.pop().is_some_and(|begun| begun != part) {
                        let message = "this component ends in another part of the page than it begins";
                        faults.push(
                            Fault::new(call.span.clone(), message)
                                .hint("write both ends on lines of their own, equally far in"),
                        );
                    }
                }
            }
        }
        faults
    }

    /// The HTML with what is drawn in the place of the marks. `draw` gets each call, and the HTML between it and its end.
    pub(crate) fn expand<Finding>(
        &self,
        html: &str,
        draw: impl Fn(&Call, Option<&str>) -> Result<String, Finding>,
    ) -> Result<String, Vec<Finding>> {
        let (mut faults, mut open) = (Vec::new(), Vec::<(&Call, String)>::new());
        let mut expanded = String::with_capacity(html.len() * 2);
        for (index, part) in html.split(MARK).enumerate() {
            let call = part.parse().ok().filter(|_| index % 2 == 1).and_then(|number: usize| self.calls.get(number));
            let drawn = match call {
                None => Ok(part.to_owned()),
                Some(call) => match call.shape {
                    Shape::Whole => draw(call, None),
                    Shape::Open => {
                        open.push((call, std::mem::take(&mut expanded)));
                        continue;
                    }
                    // Every end has its begin; see `unpaired`.
                    Shape::Close => open.pop().map_or(Ok(String::new()), |(opened, before)| {
                        let inner = std::mem::replace(&mut expanded, before);
                        draw(opened, Some(inner.trim()))
                    }),
                },
            };
            drawn.map_err(|fault| faults.push(fault)).into_iter().for_each(|drawn| expanded.push_str(&drawn));
        }
        if faults.is_empty() { Ok(expanded) } else { Err(faults) }
    }
}

/// Where code is.
fn code(body: &str) -> Vec<Range<usize>> {
    let events = Parser::new(body).into_offset_iter();
    let is_code = |event: &Event<'_>| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_)));
    events.filter(|(event, _)| is_code(event)).map(|(_, place)| place).collect()
}

/// Calls that begin and do not end, or end what did not begin.
fn unpaired(calls: &[Call]) -> Vec<Fault> {
    let (mut open, mut faults) = (Vec::<&Call>::new(), Vec::new());
    // How many of a name are open, so that an end without a begin is known without a search.
    let mut names = BTreeMap::<&str, usize>::new();
    for call in calls {
        match call.shape {
            Shape::Whole => {}
            Shape::Open => {
                *names.entry(&call.name).or_default() += 1;
                open.push(call);
            }
            Shape::Close => match names.get(call.name.as_str()).filter(|count| **count > 0) {
                Some(_) => {
                    let at = open.iter().rposition(|opened| opened.name == call.name).unwrap_or(open.len());
                    for closed in open.iter().skip(at) {
                        names.entry(&closed.name).and_modify(|count| *count -= 1);
                    }
                    faults.extend(open.drain(at..).skip(1).map(endless));
                }
                None => {
                    faults.push(Fault::new(call.span.clone(), format!("the component `{}` does not begin", call.name)));
                }
            },
        }
    }
    faults.extend(open.into_iter().map(endless));
    faults
}

fn endless(call: &Call) -> Fault {
    let name = &call.name;
    Fault::new(call.span.clone(), format!("the component `{name}` has no end"))
        .hint(format!("write `{{% </{name}> %}}` behind it, or `{{{{ <{name} /> }}}}` where nothing is inside"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(body: &str) -> Vec<String> {
        Calls::find(body).calls.into_iter().map(|call| call.name).collect()
    }

    #[test]
    fn code_is_shown_and_not_called() {
        let body = "{{ <a /> }} `{{ <b /> }}`\n\n```\n{{ <c /> }}\n```\n\n    {% <d> %}\n\n{% <e> %}\n{% </e> %}\n";
        assert_eq!(names(body), ["a", "e", "e"]);
        assert_eq!(names("{{ a }} {{ < a }} {% if <b %} { { <c /> }}"), Vec::<String>::new());
    }

    #[test]
    fn a_blanked_body_has_the_same_offsets() {
        let body = "a {{ <b\n c=\"é\" /> }} d\n{% <e> %}\nf\n{% </e> %}\n";
        let blanked = Calls::find(body).blank(body);
        assert_eq!(blanked, "a <!-- \n          --> d\n<!--  -->\nf\n<!--   -->\n");
        assert_eq!((blanked.len(), blanked.find("d\n")), (body.len(), body.find("d\n")));
    }

    #[test]
    fn what_does_not_begin_or_end_is_a_fault_where_it_is() {
        let faults = |body: &str| {
            let faults = Calls::find(body).faults;
            faults.into_iter().map(|fault| (fault.span.start, fault.message)).collect::<Vec<_>>()
        };
        assert_eq!(faults("{% <a> %}"), [(0, "the component `a` has no end".to_owned())]);
        assert_eq!(faults("x {% </a> %}"), [(2, "the component `a` does not begin".to_owned())]);
        assert_eq!(faults("{% <a> %}{% <b> %}{% </a> %}"), [(9, "the component `b` has no end".to_owned())]);
        assert_eq!(faults("{% <a> %}{% <a> %}{% </a> %}{% </a> %}"), []);
    }

    #[test]
    fn what_is_between_is_given_to_whoever_draws() {
        let calls = Calls::find("{% <a> %}{{ <b /> }}x{% </a> %}{{ <c /> }}");
        let marked = format!("<p>{MARK}0{MARK} {MARK}1{MARK}x{MARK}2{MARK}{MARK}3{MARK}</p>");
        let draw =
            |call: &Call, inner: Option<&str>| Ok::<_, Fault>(format!("[{}{}]", call.name, inner.unwrap_or("-")));
        let drawn = calls.expand(&marked, draw);
        assert_eq!(drawn, Ok("<p>[a[b-]x][c-]</p>".to_owned()));
    }
}
