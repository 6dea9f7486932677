//! Components that Markdown calls: what a call gives is held against what the theme's component takes, at the place of the call.

use tera::{ComponentArgType, ComponentInfo, Context, Tera, Value};

use super::{ENDLESS, Engine, is_endless, render_problem};
use crate::{
    component::{Argument, Call, Fault},
    diagnostic::{Diagnostic, closest},
    view::View,
};

/// Why a component could not be drawn.
#[derive(Debug)]
pub(crate) enum Undrawn {
    /// The call is wrong.
    Call(Fault),
    /// The theme is.
    Theme(Diagnostic),
}

/// Where a component is drawn.
pub(crate) struct Around<'engine> {
    tera: &'engine Tera,
    variables: Context,
}

impl Engine {
    /// Everything that a component may ask for by itself, with `@name` among its arguments.
    pub(crate) fn around(&self, view: &View) -> Around<'_> {
        let tongue = self.tongue(&view.page.language);
        let mut variables = self.shared(tongue);
        variables.insert("page", &view.page);
        Around { tera: &tongue.tera, variables }
    }

    /// Draws a component, around the HTML that it encloses.
    pub(crate) fn draw(&self, call: &Call, inner: Option<&str>, around: &Around<'_>) -> Result<String, Undrawn> {
        let info =
            self.own.tera.get_component_definition(&call.name).ok_or_else(|| Undrawn::Call(self.unknown(call)))?;
        if let Some(fault) = misfit(call, &info) {
            return Err(Undrawn::Call(fault));
        }
        let mut arguments = Context::new();
        for Argument { name, value, .. } in &call.arguments {
            arguments.insert_value(name.clone(), value.clone());
        }
        // What is inside may be asked for even where there is nothing.
        let inner = Some(inner.unwrap_or_default());
        let drawn = around.tera.render_component_with_implicits(&call.name, &arguments, &around.variables, inner, true);
        drawn.map_err(|error| {
            if is_endless(&error) {
                let message = format!(
                    "the component `{}` draws itself without an end, or more than 20 are in each other",
                    call.name
                );
                return Undrawn::Call(Fault::new(call.span.clone(), message).hint(ENDLESS));
            }
            Undrawn::Theme(render_problem(&self.theme, &call.name, &error))
        })
    }

    fn unknown(&self, call: &Call) -> Fault {
        let mut known: Vec<&str> = self.own.tera.get_component_names().collect();
        known.sort_unstable();
        let fault = Fault::new(call.span.clone(), format!("there is no component `{}`", call.name));
        match closest(&call.name, known.iter().copied()) {
            Some(meant) => fault.hint(format!("did you mean `{meant}`?")),
            None if known.is_empty() => {
                fault.hint("the theme has none; to show braces as they are, write them as code")
            }
            None => fault.hint(format!("the theme has: {}", known.join(", "))),
        }
    }
}

/// The first thing that is wrong with what a call gives.
fn misfit(call: &Call, info: &ComponentInfo) -> Option<Fault> {
    let taken = || info.args().iter().filter(|taken| !taken.is_implicit());
    let names = || taken().map(tera::ComponentArg::name).collect::<Vec<_>>();
    for Argument { span, name, value } in &call.arguments {
        let Some(wanted) = taken().find(|taken| taken.name() == name) else {
            let fault = Fault::new(span.clone(), format!("the component `{}` takes no `{name}`", call.name));
            return Some(match closest(name, names()) {
                Some(meant) => fault.hint(format!("did you mean `{meant}`?")),
                None if names().is_empty() => fault.hint("it takes nothing"),
                None => fault.hint(format!("it takes: {}", names().join(", "))),
            });
        };
        if let Some(kind) = wanted.arg_type().filter(|kind| !is_a(*kind, value)) {
            let message = format!("`{name}` of the component `{}` is {}", call.name, described(kind));
            let example =
                if kind == ComponentArgType::String { format!("{name}=\"{value}\"") } else { format!("{name}=…") };
            return Some(Fault::new(span.clone(), message).hint(format!("write `{example}`")));
        }
    }
    let given = |name: &str| call.arguments.iter().any(|argument| argument.name == name);
    let missing = taken().find(|taken| taken.is_required() && !given(taken.name()))?;
    let fault = Fault::new(call.span.clone(), format!("the component `{}` needs `{}`", call.name, missing.name()));
    Some(fault.hint(format!("write `{}=…`, {}", missing.name(), missing.arg_type().map_or("a value", described))))
}

fn is_a(kind: ComponentArgType, value: &Value) -> bool {
    match kind {
        ComponentArgType::String => value.is_string(),
        ComponentArgType::Bool => value.is_bool(),
        ComponentArgType::Integer => value.as_i128().is_some(),
        ComponentArgType::Float | ComponentArgType::Number => value.is_number(),
        _ => false,
    }
}

fn described(kind: ComponentArgType) -> &'static str {
    match kind {
        ComponentArgType::String => "a text in quotes",
        ComponentArgType::Bool => "`true` or `false`",
        ComponentArgType::Integer => "a whole number",
        ComponentArgType::Float | ComponentArgType::Number => "a number",
        _ => "nothing that can be written here",
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;

    const PARTS: &str = "{% component callout(kind: string = \"note\", title: string) %}<aside class=\"{{ kind }}\"><p>{{ title }}</p>{{ body }}</aside>{% endcomponent callout %}\
        {% component price(plan: string, @products) %}{% for product in products %}{% for one in product.plans %}{% if one.id == plan %}{{ one.price_text }}{% endif %}{% endfor %}{% endfor %}{% endcomponent price %}\
        {% component wide(columns: integer) %}{{ columns + 1 }}{% endcomponent wide %}";

    fn site(body: &str) -> Fixture {
        Fixture::themed()
            .with("themes/own/templates/parts.html", PARTS)
            .with("content/a.md", format!("---\ntitle: A\n---\n\n{body}\n"))
    }

    #[test]
    fn a_component_is_drawn_around_markdown_which_is_part_of_its_page() {
        let fixture = site(
            "Before\n\n{% <callout title=\"A <b>\"> %}\n## Inside\n\nIt *is* [there](#inside).[^1]\n{% </callout> %}\n\n[^1]: Note\n",
        );
        fixture.build().expect("the site builds");
        let page = fixture.output("a/index.html");
        let parts =
            ["<p>Before</p><aside class=\"note\"><p>A &lt;b></p><h2 id=\"inside\">Inside", "<em>is</em>", "</aside>"];
        let found: Vec<Option<usize>> = parts.iter().map(|part| page.find(part)).collect();
        assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{page}");
        assert!(page.find("Note").unwrap_or(0) > page.find("</aside>").unwrap_or(0), "{page}");
    }

    #[test]
    fn a_component_may_ask_for_what_the_site_has() {
        let fixture = site("It costs {{ <price plan=\"single\" /> }} and {{ <wide columns=2 /> }}.");
        fixture.build().expect("the site builds");
        assert!(
            fixture.output("a/index.html").contains("<p>It costs $49 and 3.</p>"),
            "{}",
            fixture.output("a/index.html")
        );
    }

    #[test]
    fn a_wrong_call_is_named_at_its_line() {
        for (body, place, message, hint) in [
            ("{{ <calout /> }}", (5, 1), "there is no component `calout`", "did you mean `callout`?"),
            (
                "x\n{% <callout titel=\"A\"> %}\n{% </callout> %}",
                (6, 13),
                "the component `callout` takes no `titel`",
                "did you mean `title`?",
            ),
            ("{{ <callout /> }}", (5, 1), "the component `callout` needs `title`", "write `title=…`, a text in quotes"),
            (
                "{{ <callout title=3 /> }}",
                (5, 13),
                "`title` of the component `callout` is a text in quotes",
                "write `title=\"3\"`",
            ),
            ("{{ <wide columns=2.5 /> }}", (5, 10), "`columns` of the component `wide` is a whole number", ""),
            (
                "{{ <price plan=\"a\" products=1 /> }}",
                (5, 20),
                "the component `price` takes no `products`",
                "it takes: plan",
            ),
            (
                "a\n\n{% <callout title=\"A\"> %}\nb",
                (7, 1),
                "the component `callout` has no end",
                "write `{% </callout> %}` behind it",
            ),
            ("{{ <callout title= /> }}", (5, 20), "the value of `title` cannot be read", "write a text in quotes"),
            (
                "* {% <callout title=\"A\"> %}\n\nb\n\n{% </callout> %}",
                (9, 1),
                "this component ends in another part",
                "",
            ),
        ] {
            let problem = site(body).problem();
            assert_eq!((problem.line, problem.column), place, "{problem}");
            assert!(
                problem.message.starts_with(message) && problem.hint.as_deref().unwrap_or_default().contains(hint),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_fault_of_a_component_is_named_in_the_theme() {
        let parts = "{% component bad(x: string) %}\n{{ x.y }}{% endcomponent bad %}";
        let problem = site("{{ <bad x=\"1\" /> }}").with("themes/own/templates/parts.html", parts).problem();
        assert_eq!((problem.file.as_str(), problem.line), ("themes/own/templates/parts.html", 2), "{problem}");
        assert!(problem.hint.is_some_and(|hint| hint.contains("content/a.md:5")));
    }

    #[test]
    fn a_policy_has_no_components() {
        let text = crate::fixture::POLICY.replace("sell", "sell {{ <x /> }}");
        let fixture = Fixture::themed().with("content/privacy/2025-03-31.md", text).locked();
        fixture.build().expect("the site builds");
    }
}
