//! The template `social.svg`: what a page looks like where somebody shares it, drawn from a few words. It has its own variables
//! and one filter, `lines`, because a drawing does not wrap its text by itself.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use tera::{Context, Kwargs, State, Tera, TeraResult};

use super::{load_problems, names, render_problem, syntax_problem};
use crate::{
    diagnostic::Diagnostic,
    drawing::{Fonts, Setting},
    social::lines::lines,
    theme::{SOCIAL, Theme},
};

/// The weight of text that is not bold.
const NORMAL: u16 = 400;

/// What may be said in a picture, and all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Words {
    pub(crate) site: Site,
    pub(crate) title: String,
    /// Where on the site the page is; empty where that needs no words.
    pub(crate) label: String,
}

/// What a picture may say of the site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Site {
    pub(crate) title: String,
    pub(crate) description: String,
    /// The address as people write it: without `https://`.
    pub(crate) host: String,
    pub(crate) language: String,
}

/// The template, ready to draw.
pub(crate) struct Sketch {
    tera: Tera,
    theme: Theme,
}

/// How wide words are that were measured before: the same few stand in many titles.
#[derive(Default)]
struct Measured(Mutex<HashMap<String, f32>>);

impl Sketch {
    /// The template of a theme that has one. What is wrong with it is told at its place.
    pub(crate) fn new(theme: &Theme, fonts: &Fonts) -> Result<Option<Self>, Vec<Diagnostic>> {
        let Some(theme) = theme.of_social() else { return Ok(None) };
        let mut tera = Tera::new();
        tera.autoescape_on(vec![".svg"]);
        let (fonts, measured) = (fonts.clone(), Arc::new(Measured::default()));
        tera.register_filter("lines", move |text: &str, kwargs: Kwargs, _: &State<'_>| {
            wrapped(&fonts, &measured, text, &kwargs)
        });
        if let Some(problem) = syntax_problem(&theme, &tera, SOCIAL, theme.text(SOCIAL)) {
            return Err(vec![problem]);
        }
        if let Err(error) = tera.add_raw_template(SOCIAL, theme.text(SOCIAL)) {
            return Err(load_problems(&theme, &error));
        }
        let problems = names::check_against(&theme, &example());
        if problems.is_empty() { Ok(Some(Self { tera, theme })) } else { Err(problems) }
    }

    /// The drawing with these words.
    pub(crate) fn draw(&self, words: &Words) -> Result<String, Diagnostic> {
        let failed = |error: &tera::Error| {
            let problem = render_problem(&self.theme, SOCIAL, error);
            if problem.hint.is_some() {
                problem
            } else {
                problem.hint(format!("met while drawing “{}”", words.title))
            }
        };
        let variables = Context::from_serialize(words).map_err(|error| failed(&error))?;
        self.tera.render(SOCIAL, &variables).map_err(|error| failed(&error))
    }
}

/// An example of each variable.
fn example() -> BTreeMap<String, serde_json::Value> {
    let word = String::new;
    let site = Site { title: word(), description: word(), host: word(), language: word() };
    match serde_json::to_value(Words { site, title: word(), label: word() }) {
        Ok(serde_json::Value::Object(fields)) => fields.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

/// `title | lines(width=900, size=72, weight=600, most=3)`: a list of lines, and none where there is no text.
fn wrapped(fonts: &Fonts, measured: &Measured, text: &str, kwargs: &Kwargs) -> TeraResult<Vec<String>> {
    let family = kwargs.get::<&str>("family")?;
    let setting = Setting {
        family: family.unwrap_or_else(|| fonts.family()),
        weight: kwargs.get::<u16>("weight")?.unwrap_or(NORMAL),
        size: kwargs.must_get::<f32>("size")?,
        spacing: kwargs.get::<f32>("spacing")?.unwrap_or_default(),
    };
    let width = kwargs.must_get::<f32>("width")?;
    let most = kwargs.get::<usize>("most")?.unwrap_or(usize::MAX);
    Ok(lines(text, width, most, |text| measured.width(fonts, text, setting)))
}

impl Measured {
    fn width(&self, fonts: &Fonts, text: &str, setting: Setting<'_>) -> f32 {
        let key = format!("{setting:?} {text}");
        // Whoever panicked elsewhere left whole entries behind.
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(width) = known().get(&key) {
            return *width;
        }
        let width = fonts.width(text, setting);
        known().insert(key, width);
        width
    }
}
