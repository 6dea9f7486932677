//! How a site looks: the templates and assets of one folder below `themes/`, or the plain theme that is built in, so that
//! a bare `content/` is a site too.

use std::{borrow::Cow, path::Path, sync::Arc};

use crate::{
    config::{Config, SITE_FILE},
    diagnostic::{Diagnostic, closest},
    language::strings::{self, Strings},
    page::Kind,
    source::{self, BYTE_ORDER_MARK, Tree},
    yaml,
};

/// Where themes are.
const THEMES: &str = "themes";

/// Where a theme's fonts are. They are drawn with and not published.
const FONTS: &str = "fonts/";

/// The built-in theme: name and text of each template.
const PLAIN_TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("../plain/templates/base.html")),
    ("changelog.html", include_str!("../plain/templates/changelog.html")),
    ("error.html", include_str!("../plain/templates/error.html")),
    ("home.html", include_str!("../plain/templates/home.html")),
    ("page.html", include_str!("../plain/templates/page.html")),
    ("policy.html", include_str!("../plain/templates/policy.html")),
    ("policy-compare.html", include_str!("../plain/templates/policy-compare.html")),
    ("policy-history.html", include_str!("../plain/templates/policy-history.html")),
    ("policy-since.html", include_str!("../plain/templates/policy-since.html")),
    ("policy-upcoming.html", include_str!("../plain/templates/policy-upcoming.html")),
    ("pricing.html", include_str!("../plain/templates/pricing.html")),
    ("promises.html", include_str!("../plain/templates/promises.html")),
    ("section.html", include_str!("../plain/templates/section.html")),
    ("shell.html", include_str!("../plain/templates/shell.html")),
];
const PLAIN_ASSETS: &[(&str, &str)] = &[("site.css", include_str!("../plain/assets/site.css"))];

/// The template of the pictures that stand for pages elsewhere. It lies beside the folder of the templates of pages, because
/// it has other variables.
pub(crate) const SOCIAL: &str = "social.svg";

/// A theme.
#[derive(Debug)]
pub(crate) struct Theme {
    pub(crate) templates: Vec<Template>,
    /// Name below the theme's `assets/`, and bytes.
    pub(crate) assets: Vec<(String, Vec<u8>)>,
    /// Its own words.
    pub(crate) strings: Arc<Strings>,
    /// What pages look like elsewhere, where the theme has that.
    pub(crate) social: Option<Template>,
    /// The files in `fonts/`, for what is drawn.
    pub(crate) fonts: Vec<Vec<u8>>,
    /// Where its files are, for findings.
    folder: String,
}

/// A template's text.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// Name by which pages and other templates call it.
    pub(crate) name: String,
    pub(crate) text: Cow<'static, str>,
}

impl Theme {
    /// The theme the settings name, from the root.
    pub(crate) fn read(root: &Path, content: &Tree, config: &Config) -> Result<Self, Vec<Diagnostic>> {
        let Some(name) = &config.theme else { return Ok(Self::plain()) };
        let known = source::folder_names(root, THEMES);
        if !known.contains(name) {
            return Err(vec![unknown_theme(content, name, &known)]);
        }
        let folder = format!("{THEMES}/{name}");
        let files = Tree::read(root, &folder)?;
        let mut theme = Self { folder, ..Self::nothing() };
        let mut problems = Vec::new();
        for (path, bytes) in files.iter() {
            let below = path.strip_prefix(&theme.folder).unwrap_or(path).trim_start_matches('/');
            let mut template = |name: &str| {
                // One that cannot be read is not missing besides.
                let text = source::text(path, bytes).map_err(|problem| problems.push(problem)).unwrap_or_default();
                let text = Cow::Owned(text.trim_start_matches(BYTE_ORDER_MARK).to_owned());
                Template { name: name.to_owned(), text }
            };
            if let Some(name) = below.strip_prefix("templates/") {
                theme.templates.push(template(name));
            } else if below == SOCIAL {
                theme.social = Some(template(SOCIAL));
            } else if is_font(below) {
                theme.fonts.push(bytes.to_vec());
            } else if let Some(name) = below.strip_prefix("assets/") {
                theme.assets.push((name.to_owned(), bytes.to_vec()));
            } else if below == strings::NAME {
                let text = source::text(path, bytes).map_err(|problem| vec![problem]);
                let read = text.and_then(|text| Strings::read(path, text, config));
                theme.strings = read.map(Arc::new).map_err(|found| problems.extend(found)).unwrap_or_default();
            }
        }
        problems.extend(theme.missing_templates());
        if problems.is_empty() { Ok(theme) } else { Err(problems) }
    }

    /// The text of a template; empty when there is none of that name.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.templates.iter().find(|template| template.name == name).map_or("", |template| &*template.text)
    }

    /// The path of a template as findings show it.
    pub(crate) fn template_file(&self, name: &str) -> String {
        if name == SOCIAL { format!("{}/{name}", self.folder) } else { format!("{}/templates/{name}", self.folder) }
    }

    /// A theme whose only template is that of social images, where there is one.
    pub(crate) fn of_social(&self) -> Option<Self> {
        let templates = vec![self.social.clone()?];
        Some(Self { templates, folder: self.folder.clone(), ..Self::nothing() })
    }

    /// The folder of the fonts as findings show it.
    pub(crate) fn fonts_folder(&self) -> String {
        format!("{}/{FONTS}", self.folder)
    }

    /// The path of an asset as findings show it.
    pub(crate) fn asset_file(&self, name: &str) -> String {
        format!("{}/assets/{name}", self.folder)
    }

    fn nothing() -> Self {
        Self {
            templates: vec![],
            assets: vec![],
            strings: Arc::default(),
            social: None,
            fonts: vec![],
            folder: String::new(),
        }
    }

    fn plain() -> Self {
        let template =
            |&(name, text): &(&str, &'static str)| Template { name: name.to_owned(), text: Cow::Borrowed(text) };
        let asset = |&(name, text): &(&str, &str)| (name.to_owned(), text.as_bytes().to_vec());
        Self {
            templates: PLAIN_TEMPLATES.iter().map(template).collect(),
            assets: PLAIN_ASSETS.iter().map(asset).collect(),
            folder: "the plain theme".to_owned(),
            ..Self::nothing()
        }
    }

    /// Every kind of page has its template, whether this site has such a page or not.
    fn missing_templates(&self) -> Vec<Diagnostic> {
        let missing = Kind::ALL
            .map(Kind::template)
            .into_iter()
            .filter(|wanted| !self.templates.iter().any(|t| t.name == *wanted));
        let finding =
            |name| Diagnostic::file(&self.template_file(name), "is missing").hint("every theme has this template");
        missing.map(finding).collect()
    }
}

fn is_font(below: &str) -> bool {
    below.starts_with(FONTS) && ["ttf", "otf"].iter().any(|extension| source::has_extension(below, extension))
}

fn unknown_theme(content: &Tree, name: &str, known: &[String]) -> Diagnostic {
    let message = format!("there is no theme `{name}` in `{THEMES}/`");
    let text = content.text(SITE_FILE).and_then(Result::ok).unwrap_or_default();
    let finding = match yaml::value_span(text, 0..text.len(), "theme", 0) {
        Some((offset, width)) => Diagnostic::at_offset(SITE_FILE, text, offset, width, message),
        None => Diagnostic::file(SITE_FILE, message),
    };
    match closest(name, known.iter().map(String::as_str)) {
        Some(meant) => finding.hint(format!("did you mean `{meant}`?")),
        None => finding.hint("remove the line to use the built-in plain theme"),
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, SITE};

    #[test]
    fn an_unknown_theme_is_named_at_its_line() {
        let fixture = Fixture::site()
            .with("content/site.yaml", format!("{SITE}theme: pluss\n"))
            .with("themes/plus/templates/base.html", "");
        let problem = fixture.problem();
        assert_eq!((problem.line, problem.column), (12, 8), "{problem}");
        assert_eq!(problem.hint.as_deref(), Some("did you mean `plus`?"));
    }

    #[test]
    fn a_theme_without_a_template_is_named() {
        let fixture = Fixture::site()
            .with("content/site.yaml", format!("{SITE}theme: plus\n"))
            .with("themes/plus/templates/home.html", "");
        let problems = fixture.build().expect_err("templates are missing");
        assert_eq!(problems.len(), 11);
        assert!(problems.iter().any(|problem| problem.file == "themes/plus/templates/error.html"));
    }
}
