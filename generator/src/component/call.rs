//! One call as it is written: name, arguments, and whether it stands for itself or encloses something.

use std::ops::Range;

use tera::Value;

use super::Fault;

/// A call.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// From the first brace to behind the last, in the body.
    pub(crate) span: Range<usize>,
    pub(crate) shape: Shape,
    pub(crate) name: String,
    pub(crate) arguments: Vec<Argument>,
}

/// What a call encloses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing: `{{ <name /> }}`.
    Whole,
    /// All up to its end: `{% <name> %}`.
    Open,
    /// `{% </name> %}`
    Close,
}

/// An argument: a text in quotes, a number, `true` or `false`.
#[derive(Debug, Clone)]
pub(crate) struct Argument {
    /// Name and value, in the body.
    pub(crate) span: Range<usize>,
    pub(crate) name: String,
    pub(crate) value: Value,
}

/// Where calls may begin: at a tag with a component's name.
pub(super) fn starts(body: &str) -> impl Iterator<Item = usize> {
    body.match_indices('{').map(|(at, _)| at).filter(|at| {
        let rest = &body[*at..];
        let inner = rest
            .strip_prefix("{{")
            .or_else(|| rest.strip_prefix("{%"))
            .map(|inner| inner.trim_start_matches([' ', '\t']));
        let name =
            inner.and_then(|inner| inner.strip_prefix('<')).map(|inner| inner.strip_prefix('/').unwrap_or(inner));
        name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
    })
}

/// Reads the call that begins here.
pub(super) fn read(body: &str, start: usize) -> Result<Call, Fault> {
    let mut reader = Reader { body, at: start + 2 };
    let is_block = body[start..].starts_with("{%");
    reader.skip_space();
    reader.take("<");
    let is_close = reader.take("/");
    let name = reader.name();
    let mut arguments: Vec<Argument> = Vec::new();
    let ends = loop {
        reader.skip_space();
        if let Some(ends) = reader.ends() {
            break ends;
        }
        let argument = reader.argument(&name)?;
        if arguments.iter().any(|other| other.name == argument.name) {
            return Err(Fault::new(argument.span, format!("`{}` is given twice", argument.name)));
        }
        arguments.push(argument);
    };
    let span = start..reader.at;
    let shape = match (is_block, is_close, ends) {
        (false, false, Ends::Whole) => Shape::Whole,
        (true, false, Ends::Open) => Shape::Open,
        (true, true, Ends::Open) if arguments.is_empty() => Shape::Close,
        _ => {
            let hint = format!(
                "write `{{{{ <{name} /> }}}}`, or `{{% <{name}> %}}` with `{{% </{name}> %}}` behind what is inside"
            );
            return Err(Fault::new(span, "this is neither a whole component nor the begin or end of one").hint(hint));
        }
    };
    Ok(Call { span, shape, name, arguments })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Whole,
    Open,
}

struct Reader<'a> {
    body: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.body.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, text: &str) -> bool {
        let is_there = self.rest().starts_with(text);
        self.at += if is_there { text.len() } else { 0 };
        is_there
    }

    fn name(&mut self) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let name: String = self.rest().chars().take_while(|c| is_part(*c)).collect();
        self.at += name.len();
        name
    }

    /// The end of the tag, if it is here.
    fn ends(&mut self) -> Option<Ends> {
        let start = self.at;
        let ends = if self.take("/") { Ends::Whole } else { Ends::Open };
        if self.take(">") {
            self.skip_space();
            if self.take(if ends == Ends::Whole { "}}" } else { "%}" }) {
                return Some(ends);
            }
        }
        self.at = start;
        None
    }

    fn argument(&mut self, component: &str) -> Result<Argument, Fault> {
        let start = self.at;
        let name = self.name();
        self.skip_space();
        if name.is_empty() || !self.take("=") {
            let end = self.rest().chars().next().map_or(start, |c| self.at + c.len_utf8());
            let fault =
                Fault::new(start..end.max(start), format!("this is no argument of the component `{component}`"));
            return Err(fault.hint(
                "an argument is `name=\"text\"`, `name=3` or `name=true`; a component ends with `/> }}` or `> %}`",
            ));
        }
        self.skip_space();
        let value_at = self.at;
        let value = self.value().ok_or_else(|| {
            let width = self.body[value_at..].chars().next().map_or(0, char::len_utf8);
            Fault::new(value_at..value_at + width, format!("the value of `{name}` cannot be read"))
                .hint("write a text in quotes, a number, `true` or `false`")
        })?;
        Ok(Argument { span: start..self.at, name, value })
    }

    fn value(&mut self) -> Option<Value> {
        let rest = self.rest();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        if let Some(quote) = quote {
            let inner = &rest[1..];
            let length = inner.find(quote)?;
            let text = inner[..length].to_owned();
            self.at += length + 2;
            return Some(Value::from(text));
        }
        let word: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')).collect();
        self.at += word.len();
        match word.as_str() {
            "true" => Some(Value::from(true)),
            "false" => Some(Value::from(false)),
            word => word.parse::<i64>().ok().map(Value::from).or_else(|| word.parse::<f64>().ok().map(Value::from)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_texts_numbers_and_truths() {
        let body = "{{ <figure src='/a b.png' alt=\"it's > %} x\" width = 3 ratio=1.5\n wide=true /> }}!";
        let call = read(body, 0).expect("a call");
        let shown: Vec<String> =
            call.arguments.iter().map(|argument| format!("{}={}", argument.name, argument.value)).collect();
        assert_eq!(shown, ["src=/a b.png", "alt=it's > %} x", "width=3", "ratio=1.5", "wide=true"]);
        assert_eq!((call.shape, &body[call.span]), (Shape::Whole, &body[..body.len() - 1]));
    }

    #[test]
    fn what_is_written_wrongly_is_named_where_it_is() {
        for (body, at, message) in [
            ("{{ <a b /> }}", 6, "this is no argument of the component `a`"),
            ("{{ <a b= /> }}", 9, "the value of `b` cannot be read"),
            ("{{ <a b=x /> }}", 8, "the value of `b` cannot be read"),
            ("{{ <a b=\"x /> }}", 8, "the value of `b` cannot be read"),
            ("{{ <a b=1 b=2 /> }}", 10, "`b` is given twice"),
            ("{{ <a> %}", 0, "this is neither a whole component nor the begin or end of one"),
            ("{% </a b=1> %}", 0, "this is neither a whole component nor the begin or end of one"),
            ("{{ <a", 3, ""),
            ("{{ <é", 3, ""),
        ] {
            let start = starts(body).next();
            let Some(start) = start else {
                assert!(message.is_empty(), "{body}");
                continue;
            };
            let fault = read(body, start).expect_err(body);
            if !message.is_empty() {
                assert_eq!((fault.span.start, fault.message.as_str()), (at, message), "{body}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_broken_for_a_fault(body in "[{}%<>/a= \"é\n]{0,30}") {
            for start in starts(&body) {
                if let Err(fault) = read(&body, start) {
                    proptest::prop_assert!(body.get(fault.span).is_some());
                }
            }
        }
    }
}
