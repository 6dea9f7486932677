//! Checks every name a template uses against the variables it gets, in output, conditions and loops alike.
//!
//! Tera tells of an unknown name only when it prints it. This reads the tags again, far more simply than Tera: paths such
//! as `page.date.iso` are followed through the example of `view.rs`, loop variables get the shape of the list's elements,
//! and whatever is computed may have any shape.

mod tokens;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    data,
    diagnostic::{Diagnostic, closest},
    theme::Theme,
    view,
};
use tokens::{Tag, Token, tags};

/// Words of an expression that are not names of variables.
const KEYWORDS: &[&str] = &[
    "True",
    "False",
    "None",
    "and",
    "else",
    "false",
    "for",
    "if",
    "in",
    "is",
    "loop",
    "none",
    "not",
    "null",
    "or",
    "self",
    "true",
    "__tera_context",
];

/// What is known about a value: an example of it, or nothing.
type Shape<'a> = Option<&'a Value>;

/// A name that does not exist.
struct Unknown {
    template: usize,
    offset: usize,
    name: String,
    /// The path before the name and the names that exist there; none when the name begins its path.
    parent: Option<(String, Vec<String>)>,
}

/// Every unknown name in the templates of a theme, whose site has this data.
pub(super) fn check(theme: &Theme, data: &Value) -> Vec<Diagnostic> {
    check_against(theme, &globals(data))
}

/// Every unknown name in the templates of a theme that get other variables than pages do, by an example of each.
pub(super) fn check_against(theme: &Theme, globals: &BTreeMap<String, Value>) -> Vec<Diagnostic> {
    let mut unknown = Vec::new();
    // A template that is included sees the loop variables of the one that includes it, and a child those its parent
    // sets: a name that any template binds is left to Tera.
    let mut bound = BTreeSet::new();
    for (template, source) in theme.templates.iter().enumerate() {
        let mut walk =
            Walk { globals, scopes: vec![BTreeMap::new()], bound: &mut bound, unknown: &mut unknown, template };
        for tag in tags(&source.text) {
            walk.tag(&tag);
        }
    }
    let all: Vec<&str> = globals.keys().map(String::as_str).collect();
    let missing = unknown.into_iter().filter(|unknown| unknown.parent.is_some() || !bound.contains(&unknown.name));
    missing.map(|unknown| finding(theme, &unknown, &all)).collect()
}

/// An example of each variable.
fn globals(data: &Value) -> BTreeMap<String, Value> {
    let (mut shared, view) = view::example();
    shared.data = data::shape(data);
    let mut globals = BTreeMap::new();
    for example in [serde_json::to_value(shared), serde_json::to_value(view)] {
        if let Ok(Value::Object(fields)) = example {
            globals.extend(fields);
        }
    }
    globals
}

fn finding(theme: &Theme, unknown: &Unknown, globals: &[&str]) -> Diagnostic {
    let template = &theme.templates[unknown.template];
    let name = &unknown.name;
    let (message, known): (String, Vec<&str>) = match &unknown.parent {
        Some((parent, fields)) => {
            (format!("`{parent}` has no field `{name}`"), fields.iter().map(String::as_str).collect())
        }
        None => (format!("there is no variable `{name}`"), globals.to_vec()),
    };
    let hint = match closest(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => "it is a plain value".to_owned(),
        None => format!("there are: {}", known.join(", ")),
    };
    let file = theme.template_file(&template.name);
    Diagnostic::at_offset(&file, &template.text, unknown.offset, name.chars().count(), message).hint(hint)
}

/// The way through one template.
struct Walk<'a, 'b> {
    globals: &'a BTreeMap<String, Value>,
    /// Names bound by loops and components, innermost last; the first scope is that of the file.
    scopes: Vec<BTreeMap<String, Shape<'a>>>,
    bound: &'b mut BTreeSet<String>,
    unknown: &'b mut Vec<Unknown>,
    template: usize,
}

impl<'a> Walk<'a, '_> {
    fn tag(&mut self, tag: &Tag<'_>) {
        let statement = tag.tokens.split_first().filter(|_| tag.is_statement);
        let Some((Token::Word { text, .. }, rest)) = statement else { return self.expression(&tag.tokens) };
        match *text {
            "for" => self.open_loop(rest),
            "component" => self.open_component(rest),
            "endfor" | "endcomponent" => {
                if self.scopes.len() > 1 {
                    self.scopes.pop();
                }
            }
            "set" | "set_global" => {
                if let Some((Token::Word { text, .. }, value)) = rest.split_first() {
                    self.expression(value);
                    self.bind(text, None);
                }
            }
            "filter" => self.expression(rest.get(1..).unwrap_or_default()),
            "if" | "elif" => self.expression(rest),
            "block" | "endblock" | "extends" | "include" | "endset" | "endfilter" | "endif" | "else" => {}
            _ => self.expression(&tag.tokens),
        }
    }

    fn bind(&mut self, name: &str, shape: Shape<'a>) {
        self.bound.insert(name.to_owned());
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), shape);
        }
    }

    /// `for item in list`: the item has the shape of the list's elements.
    fn open_loop(&mut self, rest: &[Token<'_>]) {
        let split = rest.iter().position(|token| token.is_word("in")).unwrap_or(rest.len());
        let (names, list) = (&rest[..split], rest.get(split + 1..).unwrap_or_default());
        self.expression(list);
        let element = match path_at(list, 0) {
            Some((path, end)) if end == list.len() && names.len() == 1 => {
                self.shape_of(&path).and_then(Value::as_array).and_then(|elements| elements.first())
            }
            _ => None,
        };
        self.scopes.push(BTreeMap::new());
        for name in words(names) {
            self.bind(name, element);
        }
    }

    /// `component name(argument: type = value)`: its arguments and its body may be anything.
    fn open_component(&mut self, header: &[Token<'_>]) {
        self.scopes.push(BTreeMap::new());
        for name in words(header).chain(["body"]) {
            self.bind(name, None);
        }
    }

    fn expression(&mut self, tokens: &[Token<'_>]) {
        // `[x.url for x in list]` uses its name before it binds it.
        let comprehension: Vec<&str> = tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| token.is_word("for"))
            .flat_map(|(index, _)| words(&tokens[index + 1..]).take_while(|word| *word != "in"))
            .collect();
        self.scopes.push(BTreeMap::new());
        for name in comprehension {
            self.bind(name, None);
        }
        let mut index = skip_component_name(tokens);
        while index < tokens.len() {
            match path_at(tokens, index) {
                Some((path, end)) => {
                    if is_variable(tokens, index, end) {
                        self.path(&path);
                    }
                    index = end;
                }
                None => index += 1,
            }
        }
        self.scopes.pop();
    }

    /// Reports the first name of a path that does not exist.
    fn path(&mut self, path: &[(usize, &str)]) {
        let Some(&(offset, root)) = path.first() else { return };
        let Some(mut shape) = self.root(root) else {
            self.unknown.push(Unknown { template: self.template, offset, name: root.to_owned(), parent: None });
            return;
        };
        for (depth, &(offset, name)) in path.iter().enumerate().skip(1) {
            let Some(value) = shape.filter(|value| !is_open(value)) else { return };
            if let Some(field) = value.get(name) {
                shape = Some(field);
                continue;
            }
            let parent: Vec<&str> = path[..depth].iter().map(|(_, name)| *name).collect();
            let fields = value.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default();
            let parent = Some((parent.join("."), fields));
            return self.unknown.push(Unknown { template: self.template, offset, name: name.to_owned(), parent });
        }
    }

    /// What a name stands for here; none when nothing binds it.
    fn root(&self, name: &str) -> Option<Shape<'a>> {
        let bound = self.scopes.iter().rev().find_map(|scope| scope.get(name).copied());
        bound.or_else(|| self.globals.get(name).map(Some))
    }

    fn shape_of(&self, path: &[(usize, &str)]) -> Shape<'a> {
        let ((_, root), fields) = path.split_first()?;
        fields.iter().try_fold(self.root(root)??, |value, (_, name)| value.get(name))
    }
}

/// A map whose keys the editor chooses, or a value that may be anything.
fn is_open(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn words<'t>(tokens: &[Token<'t>]) -> impl Iterator<Item = &'t str> {
    tokens.iter().filter_map(|token| if let Token::Word { text, .. } = token { Some(*text) } else { None })
}

/// A component call begins with `<name` or `</name`, which is no variable.
fn skip_component_name(tokens: &[Token<'_>]) -> usize {
    let name = match tokens {
        [Token::Sign("<"), Token::Sign("/"), ..] => 2,
        [Token::Sign("<"), ..] => 1,
        _ => return 0,
    };
    path_at(tokens, name).map_or(name, |(_, end)| end)
}

/// The path that begins at a token, with the offset of each name, and the index behind it.
fn path_at<'t>(tokens: &[Token<'t>], start: usize) -> Option<(Vec<(usize, &'t str)>, usize)> {
    let Some(Token::Word { text, offset }) = tokens.get(start) else { return None };
    let mut path = vec![(*offset, *text)];
    let mut end = start + 1;
    while let (Some(Token::Sign(".")), Some(Token::Word { text, offset })) = (tokens.get(end), tokens.get(end + 1)) {
        path.push((*offset, *text));
        end += 2;
    }
    Some((path, end))
}

/// Whether the word at `start`, whose path ends at `end`, names a variable: not a keyword, filter, test, function,
/// argument or key of a map, and not a field of something computed.
fn is_variable(tokens: &[Token<'_>], start: usize, end: usize) -> bool {
    let before = |back: usize| start.checked_sub(back).and_then(|index| tokens.get(index));
    let after_sign = before(1).is_some_and(|token| token.is_sign("|") || token.is_sign("."));
    let is_test = before(1).is_some_and(|token| token.is_word("is"))
        || (before(1).is_some_and(|token| token.is_word("not")) && before(2).is_some_and(|token| token.is_word("is")));
    let keyword = tokens[start].is_any_word(KEYWORDS);
    let named = tokens.get(end).is_some_and(|token| token.is_sign("(") || token.is_sign("=") || token.is_sign(":"));
    !(after_sign || is_test || keyword || named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Config, source::Tree};

    /// The messages for a theme of one template.
    fn messages(text: &str) -> Vec<String> {
        let mut theme = Theme::read(std::path::Path::new("/"), &Tree::default(), &Config::bare())
            .expect("the plain theme is whole");
        theme.templates.truncate(1);
        theme.templates[0].text = text.to_owned().into();
        check(&theme, &Value::Null)
            .into_iter()
            .map(|problem| format!("{}:{} {}", problem.line, problem.column, problem.message))
            .collect()
    }

    #[track_caller]
    fn accepts(text: &str) {
        assert_eq!(messages(text), Vec::<String>::new(), "{text}");
    }

    #[test]
    fn accepts_everything_tera_calls_an_expression() {
        accepts("{{ page.title | upper | replace(from=\"a\", to=site.title) }}");
        accepts("{{ \"typo }}\" ~ page.title }}{# {{ typo }} #}{% raw %}{{ typo }}{% endraw %}");
        accepts("{% if page.date is defined and page.title is not starting_with(pat=\"x\") %}{% endif %}");
        accepts("{{ {\"a\": page.title, b: 1}.a }}{{ [1, 2][0] }}{{ page.extra.any.thing[site.title].more }}");
        accepts("{% set x = page.title %}{{ x.whatever }}{% set y %}{{ x }}{% endset %}{{ y }}");
        accepts("{% for key, value in page.extra %}{{ key }}{{ value.x }}{% endfor %}");
        accepts("{{ [item.url for item in site.navigation if item.title] | join(sep=\", \") }}");
        accepts("{{ page.title if page.noindex else site.title }}{{ loop.index }}{{ page?.title }}");
        accepts("{{ <mark.icon name={page.title} size=\"3\" /> }}{% <card> %}x{% </card> %}");
        accepts(
            "{% component mark.icon(name: string, size: integer = 3) %}{{ name }}{{ body }}{% endcomponent mark.icon %}",
        );
        accepts("{%- for plan in products[0].plans | sort(attribute=\"price\") -%}{{- plan.anything -}}{%- endfor -%}");
        accepts(
            "{% extends \"base.html\" %}{% block typo %}{{ super() }}{% endblock typo %}{% include \"typo.html\" %}",
        );
        accepts("{% filter upper %}{{ page.title }}{% endfilter %}{{ 1.5 + 2 }}{{ policy.current.id }}");
    }

    #[test]
    fn a_loop_variable_hides_a_variable_of_its_name_inside_the_loop_only() {
        accepts("{% for page in section.pages %}{{ page.description }}{% endfor %}{{ page.content }}");
        assert_eq!(
            messages("{% for page in section.pages %}{{ page.content }}{% endfor %}"),
            ["1:40 `page` has no field `content`"]
        );
    }

    #[test]
    fn reports_each_unknown_name_at_its_place() {
        assert_eq!(
            messages("{{ titel }}\n{% if site.titel and policy.effective.is0 %}{% endif %}"),
            [
                "1:4 there is no variable `titel`",
                "2:12 `site` has no field `titel`",
                "2:39 `policy.effective` has no field `is0`"
            ]
        );
        assert_eq!(messages("{{ <mark.icon name={typo} /> }}"), ["1:21 there is no variable `typo`"]);
        assert_eq!(messages("{% set x = typo %}"), ["1:12 there is no variable `typo`"]);
        assert_eq!(messages("{% for x in site.links %}{% endfor %}"), ["1:18 `site` has no field `links`"]);
    }
}
