//! Templates: Tera with three guards, because a page that silently misses a word is worse than a build that fails.
//!
//! Tera 2 prints nothing for `{{ typo | safe }}`, and `{% if typo %}` is just false. Therefore every name is checked when
//! the theme is loaded (`template/names.rs`); HTML reaches templates marked as such, so that none needs `| safe`; and
//! that filter refuses whatever is not marked.

mod components;
mod names;
mod offers;
mod questions;
pub(crate) mod sketch;
mod style;
mod tongue;

use std::{collections::BTreeMap, fmt, sync::Arc};

use tera::{Context, ErrorKind, Kwargs, ReportError, State, Tera, TeraResult, Value, value::Key};

use crate::{
    asset::{self, Assets},
    diagnostic::{Diagnostic, closest},
    release::changelog::ChangelogView,
    social::Gallery,
    theme::Theme,
    view::{SharedView, View},
};

pub(crate) use components::Undrawn;
use offers::Offers;
use style::Styles;
use tongue::Tongue;

/// The ways out of what Tera complains about without one.
const SYNTAX: &str = "every `{{` needs its `}}` and every `{%` its `%}`; `if`, `for` and `block` end with `{% endif %}`, \
                      `{% endfor %}` and `{% endblock %}`";
const RELATIONS: &str = "`extends` and `include` name a file in `templates/`, and no file may lead back to itself";
const ENDLESS: &str =
    "look in the theme for a `{% component … %}` that calls itself, or another one that leads back to it";
const UNKNOWN: &str = "filters, functions and tests are those of Tera (https://keats.github.io/tera/docs/), the filters \
                       `safe`, `json` and `questions`, and the functions `asset(path=\"…\")`, `integrity(path=\"…\")`, \
                       `style(path=\"…\")`, `string(key=\"…\")`, `search_index()`, `all_pages()` and \
                       `social_image(title=\"…\")`";

/// A theme that is ready to render pages.
pub(crate) struct Engine {
    theme: Arc<Theme>,
    products: Value,
    data: Value,
    styles: Arc<Styles>,
    /// The language of the site, and what there is in it.
    language: String,
    own: Tongue,
    others: BTreeMap<String, Tongue>,
    gallery: Arc<Gallery>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("theme", &self.theme).finish_non_exhaustive()
    }
}

impl Engine {
    /// Loads a theme. All syntax errors, and else all unknown names, are reported together.
    pub(crate) fn new(theme: &Arc<Theme>, assets: &Assets, shared: &SharedView) -> Result<Self, Vec<Diagnostic>> {
        let (styles, offers) = (Arc::new(Styles::new(assets)), Offers::default());
        let gallery = Arc::new(Gallery::new(theme, &shared.site)?);
        let mut tera = empty(assets, &styles, &offers);
        let language = shared.site.language.clone();
        tongue::register(&mut tera, &theme.strings, &language);
        let asked = Arc::clone(&gallery);
        tera.register_function("social_image", move |kwargs: Kwargs, _: &State<'_>| asked.ask(&kwargs));
        let problems: Vec<Diagnostic> = theme
            .templates
            .iter()
            .filter_map(|template| syntax_problem(theme, &tera, &template.name, &template.text))
            .collect();
        if !problems.is_empty() {
            return Err(problems);
        }
        let templates = theme.templates.iter().map(|template| (template.name.as_str(), &*template.text));
        if let Err(error) = tera.add_raw_templates(templates) {
            return Err(load_problems(theme, &error));
        }
        let problems = names::check(theme, &shared.data);
        if !problems.is_empty() {
            return Err(problems);
        }
        let (site, products) = (Value::from_serializable(&shared.site), Value::from_serializable(&shared.products));
        let data = Value::from_serializable(&shared.data);
        let (own, others) = (Tongue { tera, site, offers }, BTreeMap::new());
        Ok(Self { theme: Arc::clone(theme), products, data, styles, language, own, others, gallery })
    }

    /// The names of all templates.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.theme.templates.iter().map(|template| template.name.as_str())
    }

    /// The social images that were asked for so far.
    pub(crate) fn gallery(&self) -> &Gallery {
        &self.gallery
    }

    /// The variables that are the same on every page of a language.
    fn shared(&self, tongue: &Tongue) -> Context {
        let mut shared = Context::new();
        shared.insert_value("site", tongue.site.clone());
        shared.insert_value("products", self.products.clone());
        shared.insert_value("data", self.data.clone());
        shared
    }

    /// Renders one page; `file` is where its words are, for the hint of a finding.
    pub(crate) fn render(&self, template: &str, mut view: View, file: &str) -> Result<String, Diagnostic> {
        let content = Value::safe_string(&std::mem::take(&mut view.page.content));
        let comparison = view.policy.as_mut().and_then(|policy| policy.comparison.as_mut());
        let redline = comparison.map(|comparison| Value::safe_string(&std::mem::take(&mut comparison.redline)));
        let tongue = self.tongue(&view.page.language);
        let mut variables = self.shared(tongue);
        let failed = |error: &tera::Error| {
            let problem = render_problem(&self.theme, template, error);
            // One that has its way out is the same on every page.
            if problem.hint.is_some() { problem } else { problem.hint(format!("met while rendering {file}")) }
        };
        let page = Value::try_from_serializable(&view.page).map_err(|error| failed(&error))?;
        variables.insert_value("page", with_field(page, &["content"], content));
        let mut policy = Value::try_from_serializable(&view.policy).map_err(|error| failed(&error))?;
        if let Some(redline) = redline {
            policy = with_field(policy, &["comparison", "redline"], redline);
        }
        variables.insert("section", &view.section);
        variables.insert_value("policy", policy);
        variables.insert("promises", &view.promises);
        let changelog = changelog(view.changelog).map_err(|error| failed(&error))?;
        variables.insert_value("changelog", changelog);
        tongue.tera.render(template, &variables).map_err(|error| failed(&error))
    }
}

/// The releases with their notes marked as HTML.
fn changelog(view: Option<ChangelogView>) -> TeraResult<Value> {
    let Some(mut view) = view else { return Ok(Value::none()) };
    let releases = view.releases.iter_mut().map(|release| {
        let notes = Value::safe_string(&std::mem::take(&mut release.notes));
        Ok(with_field(Value::try_from_serializable(release)?, &["notes"], notes))
    });
    let releases: Vec<Value> = releases.collect::<TeraResult<_>>()?;
    Ok(with_field(Value::try_from_serializable(&view)?, &["releases"], Value::from(releases)))
}

/// A map with another value in the place that a path of fields leads to.
fn with_field(map: Value, path: &[&'static str], value: Value) -> Value {
    let Some((field, inner)) = path.split_first() else { return value };
    let mut map = map.into_map().unwrap_or_default();
    let old = map.get_mut(&Key::Str(field)).map_or_else(Value::none, |old| std::mem::replace(old, Value::none()));
    map.insert(Key::Str(field), with_field(old, inner, value));
    Value::from(map)
}

/// Tera with this project's functions and filters, and without templates.
fn empty(assets: &Assets, styles: &Arc<Styles>, offers: &Offers) -> Tera {
    let mut tera = Tera::new();
    offers.register(&mut tera);
    let urls = assets.urls.clone();
    tera.register_function("asset", move |kwargs: Kwargs, _: &State<'_>| found(&urls, &kwargs));
    let styles = Arc::clone(styles);
    tera.register_function("style", move |kwargs: Kwargs, _: &State<'_>| styles.print(&kwargs));
    let digests = asset::integrity(assets);
    tera.register_function("integrity", move |kwargs: Kwargs, _: &State<'_>| found(&digests, &kwargs));
    tera.register_filter("safe", safe);
    tera.register_filter("questions", |html: Value, _: Kwargs, _: &State<'_>| questions::questions(&html));
    tera.register_filter("json", |value: Value, _: Kwargs, _: &State<'_>| json(&value));
    // `is defined` asks whether there is something: an absent date is none, and a name that does not exist never loads.
    tera.register_test("defined", |value: Value, _: Kwargs, _: &State<'_>| is_present(&value));
    tera.register_test("undefined", |value: Value, _: Kwargs, _: &State<'_>| !is_present(&value));
    tera
}

fn is_present(value: &Value) -> bool {
    !value.is_undefined() && !value.is_none()
}

/// What is known of an asset: its address for `asset(path="site.css")`, the hash of it for `integrity(path="search.js")`.
fn found(known: &BTreeMap<String, String>, kwargs: &Kwargs) -> TeraResult<String> {
    let path = kwargs.must_get::<&str>("path")?;
    known.get(path).cloned().ok_or_else(|| missing_asset(path, known.keys().map(String::as_str)))
}

fn missing_asset<'a>(path: &str, known: impl Iterator<Item = &'a str>) -> tera::Error {
    let meant = closest(path, known).map(|meant| format!("; did you mean `{meant}`?"));
    tera::Error::message(format!("there is no asset `{path}`{}", meant.unwrap_or_default()))
}

/// A value as JSON for a `script` of data, whose end no text in it can be.
fn json(value: &Value) -> TeraResult<Value> {
    if value.is_undefined() {
        return Err(tera::Error::message("this is not defined"));
    }
    let text = serde_json::to_string(value).map_err(|error| tera::Error::message(error.to_string()))?;
    Ok(Value::safe_string(&text.replace('<', "\\u003c")))
}

/// Passes HTML on and refuses everything else.
fn safe(value: Value, _: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    if value.is_undefined() {
        return Err(tera::Error::message("this is not defined"));
    }
    if value.is_safe() {
        return Ok(value);
    }
    Err(tera::Error::message("`safe` is for HTML that the generator made, and this is other text: remove the filter"))
}

/// The syntax error of one template, if it has one. Parsing one by one finds those of all templates.
fn syntax_problem(theme: &Theme, empty: &Tera, name: &str, text: &str) -> Option<Diagnostic> {
    match empty.clone().add_raw_template(name, text).map_err(|error| error.kind().clone()) {
        Err(ErrorKind::SyntaxError(report)) => Some(reported(theme, name, &report).hint(SYNTAX)),
        // What is missing here, such as the parent, may be another template.
        _ => None,
    }
}

/// The findings of an error that concerns templates as a whole.
fn load_problems(theme: &Theme, error: &tera::Error) -> Vec<Diagnostic> {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            vec![reported(theme, report.filename(), report)]
        }
        ErrorKind::CircularExtend { tpl, inheritance_chain: chain }
        | ErrorKind::CircularInclude { tpl, include_chain: chain } => {
            let message = format!("`{tpl}` leads back to itself, by way of {}", chain.join(", "));
            vec![relation(theme, tpl, chain, message)]
        }
        ErrorKind::MissingParent { current, parent } => {
            let message = format!("there is no template `{parent}`");
            vec![relation(theme, current, std::slice::from_ref(parent), message)]
        }
        // Unknown filters, functions, tests, components and blocks come as one text with a report for each.
        _ => error.to_string().split("\n\n").map(|report| parsed_report(theme, report)).collect(),
    }
}

/// A finding about a template that names another one, where it does.
fn relation(theme: &Theme, name: &str, others: &[String], message: String) -> Diagnostic {
    let file = theme.template_file(name);
    let text = theme.text(name);
    let place = others.iter().find_map(|other| {
        let quoted = ['"', '\'', '`'].map(|quote| format!("{quote}{other}{quote}"));
        quoted.iter().find_map(|quoted| Some((text.find(quoted.as_str())?, quoted.chars().count())))
    });
    match place {
        Some((offset, width)) => Diagnostic::at_offset(&file, text, offset, width, message),
        None => Diagnostic::file(&file, message),
    }
    .hint(RELATIONS)
}

/// Whether components drew each other so deep that Tera gave up, of which it tells in these words alone.
fn is_endless(error: &tera::Error) -> bool {
    matches!(error.kind(), ErrorKind::Msg(message) if message.contains("recursion depth for components"))
}

fn render_problem(theme: &Theme, template: &str, error: &tera::Error) -> Diagnostic {
    match error.kind() {
        ErrorKind::RenderingError(report) | ErrorKind::SyntaxError(report) => {
            reported(theme, report.filename(), report)
        }
        _ if is_endless(error) => {
            let message =
                "a component that is drawn here draws itself without an end, or more than 20 are in each other";
            Diagnostic::file(&theme.template_file(template), message).hint(ENDLESS)
        }
        _ => Diagnostic::file(&theme.template_file(template), error.to_string()),
    }
}

fn reported(theme: &Theme, name: &str, report: &ReportError) -> Diagnostic {
    let name = if report.filename().is_empty() { name } else { report.filename() };
    let span = report.span();
    let width = if span.start_line == span.end_line { span.end_col.saturating_sub(span.start_col) } else { 1 };
    at(theme, name, (span.start_line, span.start_col + 1), width, report.message())
}

/// A report in Tera's text form: `error: MESSAGE`, then ` --> NAME:LINE:COLUMN`.
fn parsed_report(theme: &Theme, report: &str) -> Diagnostic {
    let message = report.lines().next().unwrap_or(report).trim_start_matches("error: ");
    let place = report.lines().find_map(|line| line.trim_start().strip_prefix("--> ")).and_then(|place| {
        let (rest, column) = place.rsplit_once(':')?;
        let (name, line) = rest.rsplit_once(':')?;
        Some((name, line.parse().ok()?, column.parse().ok()?))
    });
    let width = report.lines().next_back().map_or(1, |carets| carets.matches('^').count());
    match place {
        Some((name, line, column)) => {
            let hint = if message.starts_with("Unknown template") { RELATIONS } else { UNKNOWN };
            at(theme, name, (line, column), width, message).hint(hint)
        }
        None => Diagnostic::file("templates", message).hint(UNKNOWN),
    }
}

fn at(theme: &Theme, name: &str, place: (usize, usize), width: usize, message: &str) -> Diagnostic {
    Diagnostic::at(&theme.template_file(name), theme.text(name), place, width, message)
}

#[cfg(test)]
mod tests {
    use crate::{
        Diagnostic,
        fixture::{Fixture, SITE},
    };

    /// A site whose theme has `line` as the third line of its page template.
    fn with_line(line: &str) -> Fixture {
        let page = format!("<!doctype html>\n<title>{{{{ page.title }}}}</title>\n{line}\n");
        Fixture::themed().with("themes/own/templates/page.html", page)
    }

    #[track_caller]
    fn refuses(line: &str, column: usize, message: &str) {
        let problem: Diagnostic = with_line(line).problem();
        assert_eq!(
            (problem.file.as_str(), problem.line, problem.column, problem.message.as_str()),
            ("themes/own/templates/page.html", 3, column, message),
            "{problem}"
        );
        assert!(problem.excerpt.as_deref().is_some_and(|excerpt| excerpt.contains('^')), "{problem}");
    }

    #[test]
    fn an_unknown_variable_is_an_error_wherever_it_stands() {
        for (line, column) in [
            ("{{ typo }}", 4),
            ("{{ typo | safe }}", 4),
            ("{% if typo %}x{% endif %}", 7),
            ("{{ typo | default(value=\"x\") }}", 4),
            ("<b>{{ asset(path=typo) }}</b>", 18),
            ("{% for x in typo %}{% endfor %}", 13),
        ] {
            refuses(line, column, "there is no variable `typo`");
        }
    }

    #[test]
    fn an_unknown_field_is_an_error_wherever_it_stands() {
        refuses("{{ page.typo }}", 9, "`page` has no field `typo`");
        refuses("{{ page.typo | safe }}", 9, "`page` has no field `typo`");
        refuses("{% if page.date.iso == page.date.typo %}{% endif %}", 34, "`page.date` has no field `typo`");
        refuses(
            "{% for product in products %}{% for plan in product.plans %}{% if plan.typo %}{% endif %}{% endfor %}{% endfor %}",
            72,
            "`plan` has no field `typo`",
        );
        refuses("{{ page.title.typo }}", 15, "`page.title` has no field `typo`");
    }

    #[test]
    fn what_editors_name_is_checked_when_it_is_printed() {
        refuses("{{ page.extra.typo | safe }}", 22, "this is not defined");
        let problem = with_line("{{ page.extra.typo }}").problem();
        assert_eq!((problem.line, problem.column), (3, 15), "{problem}");
        with_line("{% if page.extra.maybe %}x{% endif %}").build().expect("asking is allowed");
    }

    #[test]
    fn safe_is_for_html_of_the_generator_only() {
        with_line("{{ page.content | safe }}").build().expect("the body is HTML");
        refuses(
            "{{ page.title | safe }}",
            17,
            "`safe` is for HTML that the generator made, and this is other text: remove the filter",
        );
    }

    #[test]
    fn json_is_for_scripts_of_data_and_no_text_ends_them() {
        let line = "<script type=\"application/ld+json\">{\"name\":{{ page.title | json }}}</script>";
        let fixture = with_line(line).with("content/features.md", "---\ntitle: 'A \"b\" </script> &'\n---\n");
        fixture.build().expect("the site builds");
        let page = fixture.output("features/index.html");
        assert!(page.contains(r#"{"name":"A \"b\" \u003c/script> &"}</script>"#), "{page}");
    }

    #[test]
    fn text_is_escaped_and_the_body_is_not() {
        let fixture = with_line("{{ page.title }}{{ page.content }}")
            .with("content/features.md", "---\ntitle: \"<b>\"\n---\n\n*it*\n");
        fixture.build().expect("the site builds");
        let page = fixture.output("features/index.html");
        assert!(page.contains("&lt;b>") && page.contains("<em>it</em>"), "{page}");
    }

    #[test]
    fn syntax_errors_of_all_templates_are_reported_together() {
        let problems = with_line("{% if page.title %}")
            .with("themes/own/templates/home.html", "{{ page.title")
            .build()
            .expect_err("two templates are broken");
        let files: Vec<&str> = problems.iter().map(|problem| problem.file.as_str()).collect();
        assert_eq!(files, ["themes/own/templates/home.html", "themes/own/templates/page.html"]);
        assert!(problems.iter().all(|problem| problem.line > 0), "{problems:#?}");
        assert!(problems.iter().all(|problem| problem.hint.is_some()), "{problems:#?}");
    }

    #[test]
    fn unknown_filters_functions_parents_and_assets_are_named() {
        refuses("{{ page.title | shout }}", 17, "Unknown filter `shout`");
        refuses("{{ shout() }}", 4, "Unknown function `shout`");
        refuses("{{ asset(path=\"sit.css\") }}", 4, "there is no asset `sit.css`; did you mean `site.css`?");
        let problem = with_line("").with("themes/own/templates/home.html", "{% extends \"none.html\" %}").problem();
        assert_eq!(problem.file, "themes/own/templates/home.html");
        assert!(problem.hint.is_some(), "{problem}");
        for line in ["{{ page.title | shout }}", "{{ shout() }}", "{% if page.title is shout %}{% endif %}"] {
            let problem = with_line(line).problem();
            assert!(problem.hint.is_some_and(|hint| hint.contains("Tera")), "{line}");
        }
    }

    #[test]
    fn a_page_names_a_template_that_exists() {
        let problem = with_line("").with("content/a.md", "---\ntitle: A\ntemplate: pagee.html\n---\n").problem();
        assert_eq!((problem.file.as_str(), problem.line, problem.column), ("content/a.md", 3, 11), "{problem}");
        assert_eq!(problem.hint.as_deref(), Some("did you mean `page.html`?"));
    }

    #[test]
    fn a_mistake_in_the_settings_is_not_taken_for_missing_templates() {
        let page = "---\ntitle: A\ntemplate: contact.html\n---\n";
        let fixture =
            with_line("").with("themes/own/templates/contact.html", "{{ page.title }}").with("content/a.md", page);
        fixture.build().expect("the site builds");
        let problem = fixture.with("content/site.yaml", format!("{SITE}theme: own\ntitel: A\n")).problem();
        assert_eq!(problem.message, "unknown field `titel`");
    }

    #[test]
    fn a_rendering_error_is_reported_once_with_a_page_that_met_it() {
        let problem = with_line("{{ page.title + 1 }}").with("content/b.md", "---\ntitle: B\n---\n").problem();
        assert!(problem.hint.is_some_and(|hint| hint.starts_with("met while rendering content/b.md")));
    }
}
