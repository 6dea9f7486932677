//! Themes that lead in circles: templates and components that come back to themselves, and such as are not there.

use crate::project::{Project, page};

const PAGE: &str = "themes/own/templates/page.html";

/// A published site whose page template is then this.
fn with_page(text: &str) -> Project {
    Project::themed().published().with(PAGE, text)
}

#[test]
fn a_template_that_leads_back_to_itself_is_named_at_the_place() {
    for word in ["extends", "include"] {
        let to = |name: &str| format!("\n{{% {word} \"{name}\" %}}");
        let own = with_page(&to("page.html"));
        own.is_refused(&["page.html:2:", "`page.html` leads back to itself", "no file may lead back to itself"]);
        let circle = with_page(&to("b.html"))
            .with("themes/own/templates/b.html", to("c.html"))
            .with("themes/own/templates/c.html", to("page.html"));
        let said = circle.is_refused(&[".html:2:", "leads back to itself, by way of", "1 error"]);
        assert!(["page.html", "b.html", "c.html"].iter().all(|name| said.contains(name)), "{said}");
    }
}

#[test]
fn a_template_that_is_not_there_is_named_where_it_is_asked_for() {
    with_page("\n{% extends \"none.html\" %}").is_refused(&[
        "themes/own/templates/page.html:2:12: there is no template `none.html`",
        "name a file in `templates/`",
    ]);
    with_page("x\n {% include \"none.html\" %}").is_refused(&[
        "themes/own/templates/page.html:2:13: Unknown template `none.html`",
        "name a file in `templates/`",
    ]);
}

#[test]
fn a_component_that_draws_itself_is_named_where_it_is_called() {
    let own = "{% component a() %}{{ <a /> }}{% endcomponent a %}";
    let each_other =
        "{% component a() %}{{ <b /> }}{% endcomponent a %}\n{% component b() %}<i>{{ <a /> }}{% endcomponent b %}";
    let inside = "{% component a() %}{% <b> %}{{ <a /> }}{% </b> %}{% endcomponent a %}\n{% component b() %}{{ body }}{% endcomponent b %}";
    let counting =
        "{% component a(n: integer = 100000) %}{% if n > 0 %}{{ <a n={n - 1} /> }}{% endif %}{% endcomponent a %}";
    for parts in [own, each_other, inside, counting] {
        Project::themed()
            .published()
            .with("themes/own/templates/parts.html", parts)
            .with("content/a.md", page("x {{ <a /> }}"))
            .is_refused(&["content/a.md:5:3: the component `a` draws itself", "look in the theme", "1 error"]);
    }
    with_page("{{ <a /> }}").with("themes/own/templates/parts.html", own).is_refused(&[
        "themes/own/templates/page.html: a component that is drawn here draws itself",
        "look in the theme",
    ]);
}

#[test]
fn a_component_without_its_end_is_named_where_it_begins() {
    let open = Project::themed()
        .published()
        .with("themes/own/templates/parts.html", "{% component a() %}{{ body }}{% endcomponent a %}")
        .with("content/a.md", page("b\n\n{% <a> %}\nc"));
    open.is_refused(&["content/a.md:7:1: the component `a` has no end", "write `{% </a> %}` behind it"]);
    let cut = with_page("x").with("themes/own/templates/parts.html", "{% component a() %}{{ body }}\n");
    cut.is_refused(&["themes/own/templates/parts.html:", "every `{{` needs its `}}`"]);
}

#[test]
fn a_template_nested_without_end_is_refused_or_drawn_and_never_too_much() {
    for text in ["{% if true %}".repeat(20_000), format!("{{{{ {}", "(".repeat(20_000)), "{{ [".repeat(20_000)] {
        with_page(&text).is_refused(&["themes/own/templates/page.html:1:"]);
    }
    let deep = with_page(&"<div>".repeat(100_000));
    deep.build().succeeded();
    assert!(deep.output("a/index.html").starts_with("<div><div>"));
    let style = Project::themed().published().with("themes/own/assets/site.css", "a{\n".repeat(100_000));
    style.is_refused(&["themes/own/assets/site.css:33:2: more than 32 blocks are open here"]);
}

#[test]
fn a_template_that_is_no_text_is_named_and_is_not_missing_besides() {
    for (text, message) in [(&b"x\n\xff"[..], "is not UTF-8"), (b"x\n\0", "is a NUL byte")] {
        let spoilt = Project::themed().published().with(PAGE, text);
        spoilt.is_refused(&["themes/own/templates/page.html:2:1: this ", message, "1 error,"]);
    }
    let marked = Project::themed().with(PAGE, "\u{feff}<!doctype html><title>{{ page.title }}</title>\r\n<p>b\r\n");
    marked.build().succeeded();
    assert!(marked.output("a/index.html").starts_with("<!doctype html><title>A</title>"));
}
