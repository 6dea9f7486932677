//! `site graph`: what depends on what. Pages hang on templates, templates on their parents, on what they include and draw, and on
//! assets and data; a policy hangs on its versions and their lock.
//!
//! It is made of the plan that a build would write, so it shows what is, and not what file names suggest. Where there are
//! many pages, those of a folder are one node that says how many they are.

mod layout;
pub(crate) mod names;
mod svg;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::Path,
};

use serde::Serialize;

use crate::{
    config::{SITE_FILE, catalogue::PRODUCTS_FILE},
    data,
    diagnostic::Diagnostic,
    page::{Kind as PageKind, Page},
    plan::{self, Plan, Purpose},
    policy::{contract, lock},
    release,
    site::{Edition, folder_of},
    source::Tree,
    theme::Theme,
};
use names::Names;

/// More pages than this are not shown one by one.
const PAGES_MAX: usize = 24;

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Pages of a folder, or one page.
    Content,
    Template,
    Asset,
    Data,
    /// Versions of a policy, and the lock that holds them.
    Timeline,
}

/// Something that depends on something else, or is depended on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) label: String,
    /// Pages that it stands for, or versions; 0 for a file.
    pub(crate) count: usize,
}

impl Node {
    /// How many it stands for, in words.
    fn counted(&self) -> String {
        let what = match self.kind {
            Kind::Timeline => "version",
            Kind::Data => "release",
            _ => "page",
        };
        format!("{} {what}{}", self.count, if self.count == 1 { "" } else { "s" })
    }
}

/// How the one needs the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Edge {
    pub(crate) how: &'static str,
    /// Pages for which it does; 0 where it is a file that does.
    pub(crate) count: usize,
}

/// What depends on what, by the paths of files and folders.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Graph {
    nodes: BTreeMap<String, Node>,
    edges: BTreeMap<(String, String), Edge>,
}

/// The graph of a site at a moment. What stops a build stops it as well.
pub fn graph(root: &Path, at: jiff::Timestamp) -> Result<Graph, Vec<Diagnostic>> {
    let content = plan::content(root)?;
    let register = contract::register();
    let plan = Plan::new(&content, Purpose::plain(root, Edition { at, drafts: false }, &register))?;
    let mut graph = Graph::default();
    let sources = Sources { content: &content, theme: &plan.made.theme, plan: &plan };
    graph.add_templates(sources);
    graph.add_pages(sources);
    graph.add_policies(sources);
    graph.drop_idle();
    Ok(graph)
}

/// What a graph is made of.
#[derive(Clone, Copy)]
struct Sources<'a> {
    content: &'a Tree,
    theme: &'a Theme,
    plan: &'a Plan,
}

impl Graph {
    fn node(&mut self, id: &str, kind: Kind, label: &str) -> &mut Node {
        self.nodes.entry(id.to_owned()).or_insert_with(|| Node { kind, label: label.to_owned(), count: 0 })
    }

    /// The first way in which the one needs the other is the one that is shown.
    fn edge(&mut self, from: &str, to: &str, how: &'static str, count: usize) {
        if from != to && self.nodes.contains_key(from) && self.nodes.contains_key(to) {
            self.edges.entry((from.to_owned(), to.to_owned())).or_insert(Edge { how, count: 0 }).count += count;
        }
    }

    /// Templates, the assets of the theme, and the files that are variables.
    fn add_templates(&mut self, Sources { content, theme, .. }: Sources<'_>) {
        for template in &theme.templates {
            self.node(&theme.template_file(&template.name), Kind::Template, &template.name);
        }
        for (name, _) in &theme.assets {
            self.node(&theme.asset_file(name), Kind::Asset, name);
        }
        for (path, _) in content.iter() {
            if path == SITE_FILE || path == PRODUCTS_FILE || path.starts_with(data::FOLDER) {
                self.node(path, Kind::Data, path.trim_start_matches("content/"));
            }
        }
        let drawers = drawers(theme);
        for template in &theme.templates {
            let (from, names) = (theme.template_file(&template.name), Names::of(&template.text));
            names.parents.iter().for_each(|name| self.edge(&from, &theme.template_file(name), "extends", 0));
            names.includes.iter().for_each(|name| self.edge(&from, &theme.template_file(name), "includes", 0));
            self.draw(&from, &names, &drawers, 0);
            names.assets.iter().for_each(|name| self.edge(&from, &theme.asset_file(name), "uses", 0));
            for (variable, file) in [("site", SITE_FILE), ("products", PRODUCTS_FILE)] {
                if names.variables.contains(variable) {
                    self.edge(&from, file, "reads", 0);
                }
            }
            let of_name = |path: &&String| {
                let name = path.strip_prefix(data::FOLDER).and_then(|name| name.split('.').next());
                name.is_some_and(|name| names.data.contains(name))
            };
            let files: Vec<String> = self.nodes.keys().filter(of_name).cloned().collect();
            for file in &files {
                self.edge(&from, file, "reads", 0);
            }
        }
    }

    /// Edges to the templates that define what somebody draws.
    fn draw(&mut self, from: &str, names: &Names, drawers: &BTreeMap<String, String>, count: usize) {
        let files: BTreeSet<&String> = names.draws.iter().filter_map(|name| drawers.get(name)).collect();
        for file in files {
            self.edge(from, file, "draws with", count);
        }
    }

    fn add_pages(&mut self, Sources { theme, plan, .. }: Sources<'_>) {
        let drawers = drawers(theme);
        let is_folded = plan.site.pages.len() > PAGES_MAX;
        for page in &plan.site.pages {
            let id = if is_folded { section(page) } else { page.document.file.clone() };
            let label = id.strip_prefix("content").unwrap_or(&id).to_owned();
            self.node(&id, Kind::Content, &label).count += 1;
            self.edge(&id, &theme.template_file(&page.template), "is drawn by", 1);
            let words = page.document.whole().map(|document| Names::of(document.body()));
            self.draw(&id, &words.unwrap_or_default(), &drawers, 1);
        }
    }

    /// The versions of each policy and their lock; and what was released.
    fn add_policies(&mut self, Sources { content, plan, .. }: Sources<'_>) {
        for policy in &plan.site.policies {
            let folder = format!("content{}", policy.path);
            let (versions, file) = (format!("{folder}*.md"), format!("{folder}{}", lock::NAME));
            self.node(&versions, Kind::Timeline, &format!("{} versions", policy.path)).count = policy.versions.len();
            if content.bytes(&file).is_some() {
                self.node(&file, Kind::Timeline, file.trim_start_matches("content/"));
                self.edge(&versions, &file, "are locked by", 0);
            }
            let is_own = |page: &&Page| page.policy.is_some() && page.document.file.starts_with(&folder);
            self.depend(plan, is_own, &versions, "shows");
        }
        if !plan.site.releases.is_empty() {
            let id = format!("{}*.md", release::FOLDER);
            self.node(&id, Kind::Data, "releases").count = plan.site.releases.len();
            self.depend(plan, |page| page.kind == PageKind::Changelog, &id, "lists");
        }
    }

    /// Edges of all pages of a kind to what they show.
    fn depend(&mut self, plan: &Plan, is_one: impl Fn(&&Page) -> bool, to: &str, how: &'static str) {
        for page in plan.site.pages.iter().filter(is_one) {
            let from = [page.document.file.clone(), section(page)].into_iter().find(|id| self.nodes.contains_key(id));
            if let Some(from) = from {
                self.edge(&from, to, how, 1);
            }
        }
    }

    /// Takes out files that nothing depends on and that depend on nothing: assets that styles refer to, and the like.
    fn drop_idle(&mut self) {
        let busy: BTreeSet<&String> = self.edges.keys().flat_map(|(from, to)| [from, to]).collect();
        self.nodes.retain(|id, node| node.kind == Kind::Content || busy.contains(id));
    }

    /// The picture.
    pub fn svg(&self) -> String {
        svg::draw(self)
    }

    /// The same as a list: each node with what it depends on.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (id, node) in &self.nodes {
            let count = if node.count > 0 { format!(" ({})", node.counted()) } else { String::new() };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{id}{count}");
            for ((_, to), edge) in self.edges.iter().filter(|((from, _), _)| from == id) {
                let count = if edge.count > 0 { format!(" ×{}", edge.count) } else { String::new() };
                let _ = writeln!(text, "  {} {to}{count}", edge.how);
            }
        }
        text
    }

    /// The same for programs: `nodes` by path, and a list of `edges`.
    pub fn json(&self) -> String {
        let edges: Vec<serde_json::Value> = self
            .edges
            .iter()
            .map(|((from, to), edge)| {
                serde_json::json!({ "from": from, "to": to, "how": edge.how, "pages": edge.count })
            })
            .collect();
        let graph = serde_json::json!({ "nodes": self.nodes, "edges": edges });
        serde_json::to_string_pretty(&graph).unwrap_or_default() + "\n"
    }
}

/// The templates by the components that they define.
fn drawers(theme: &Theme) -> BTreeMap<String, String> {
    let defined = theme.templates.iter().flat_map(|template| {
        let file = theme.template_file(&template.name);
        Names::of(&template.text).defines.into_iter().map(move |name| (name, file.clone()))
    });
    defined.collect()
}

/// The folder that stands for a page: the first below `content/`. Some pages come of no file.
fn section(page: &Page) -> String {
    if !page.document.file.starts_with("content/") {
        return "pages of the generator".to_owned();
    }
    let folder = folder_of(&page.document.file);
    let first = folder.trim_matches('/').split('/').next().unwrap_or_default();
    if first.is_empty() { "content/".to_owned() } else { format!("content/{first}/") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, SITE};

    fn graph_of(fixture: &Fixture) -> Graph {
        graph(fixture.root(), fixture.options().at).expect("the site is in order")
    }

    fn with_parts() -> Fixture {
        Fixture::themed()
            .with("content/site.yaml", format!("{SITE}theme: own\n"))
            .with("content/data/people.csv", "name\nA\n")
            .with("content/b.md", "---\ntitle: B\n---\n\n{{ <sign /> }}\n")
            .with(
                "themes/own/templates/base.html",
                "<!doctype html><title>{{ site.title }}</title>{% block a %}{% endblock %}",
            )
            .with(
                "themes/own/templates/parts.html",
                "{% component sign() %}<b>{{ <mark /> }}</b>{% endcomponent sign %}",
            )
            .with("themes/own/templates/marks.html", "{% component mark() %}<i>!</i>{% endcomponent mark %}")
            .with(
                "themes/own/templates/page.html",
                "{% extends \"base.html\" %}{% block a %}{{ asset(path=\"site.css\") }}{{ page.content }}\
                 {% for one in data.people %}{{ one.name }}{% endfor %}{% endblock %}",
            )
    }

    #[test]
    fn pages_hang_on_templates_and_those_on_all_that_they_name() {
        let graph = graph_of(&with_parts());
        let has = |from: &str, to: &str, how: &str| {
            let edge = graph.edges.get(&(from.to_owned(), to.to_owned()));
            assert!(edge.is_some_and(|edge| edge.how == how), "{from} {how} {to}: {}", graph.text());
        };
        let page = "themes/own/templates/page.html";
        has("content/b.md", page, "is drawn by");
        has("content/b.md", "themes/own/templates/parts.html", "draws with");
        has("themes/own/templates/parts.html", "themes/own/templates/marks.html", "draws with");
        has(page, "themes/own/templates/base.html", "extends");
        has(page, "themes/own/assets/site.css", "uses");
        has(page, "content/data/people.csv", "reads");
        has("themes/own/templates/base.html", SITE_FILE, "reads");
        has("content/privacy/*.md", "content/privacy/policy.lock", "are locked by");
        has("content/privacy/2025-03-31.md", "content/privacy/*.md", "shows");
    }

    #[test]
    fn many_pages_are_one_node_for_each_folder_with_their_number() {
        let fixture = (0..30).fold(with_parts(), |fixture, number| {
            fixture.with(&format!("content/docs/more/p{number}.md"), "---\ntitle: P\n---\n")
        });
        let graph = graph_of(&fixture);
        let docs = &graph.nodes["content/docs/"];
        assert_eq!((docs.kind, docs.count), (Kind::Content, 32), "{}", graph.text());
        assert!(!graph.nodes.contains_key("content/b.md"));
        let drawn = &graph.edges[&("content/docs/".to_owned(), "themes/own/templates/page.html".to_owned())];
        assert!(drawn.count >= 31, "{drawn:?}");
    }

    #[test]
    fn text_json_and_picture_say_the_same_and_the_same_again() {
        let fixture = with_parts();
        let graph = graph_of(&fixture);
        let (text, svg) = (graph.text(), graph.svg());
        let json: serde_json::Value = serde_json::from_str(&graph.json()).expect("well-formed");
        assert_eq!(json["nodes"].as_object().map(serde_json::Map::len), Some(graph.nodes.len()));
        assert_eq!(json["edges"].as_array().map(Vec::len), Some(graph.edges.len()));
        for id in graph.nodes.keys() {
            assert!(text.contains(id.as_str()) && svg.contains(&format!("<title>{id}")), "{id}");
        }
        let again = graph_of(&fixture);
        assert_eq!((again.text(), again.svg(), again.json()), (text, svg, graph.json()));
    }

    #[test]
    fn what_stops_a_build_stops_it() {
        let fixture = Fixture::site().with("content/a.md", "---\ntitle: A\n---\n[b](/b/)\n");
        assert_eq!(graph(fixture.root(), fixture.options().at).expect_err("a dead link").len(), 1);
    }
}
