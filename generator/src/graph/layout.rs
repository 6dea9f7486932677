//! Where each node stands: in a column for each step of dependency, and within it near to what it hangs on, so that few lines cross
//! (Sugiyama's way, with medians). The same graph always gives the same picture.
//!
//! Libraries lay graphs out for any purpose and draw them themselves; here columns mean something, content on the left and what
//! everything hangs on at the right, and that is less than what would have to be taught to one of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Graph, Kind};

/// Rounds of putting nodes near to their neighbours; more change nothing that anybody sees.
const ROUNDS: usize = 12;

/// The ids of each column from top to bottom.
pub(super) type Columns<'a> = Vec<Vec<&'a str>>;

/// Puts every node into its column.
pub(super) fn columns(graph: &Graph) -> Columns<'_> {
    let ranks = ranks(graph);
    let last = ranks.values().copied().max().unwrap_or_default();
    let mut columns: Columns<'_> = vec![Vec::new(); last + 1];
    // By kind first, so that what is alike begins side by side.
    let mut ids: Vec<(Kind, &str)> = graph.nodes.iter().map(|(id, node)| (node.kind, id.as_str())).collect();
    ids.sort_unstable();
    for (_, id) in ids {
        columns[ranks.get(id).copied().unwrap_or_default()].push(id);
    }
    columns.retain(|column| !column.is_empty());
    untangle(graph, &mut columns);
    columns
}

/// The column of each node: as far to the right as its dependants push it, and what is no template behind all of them.
fn ranks(graph: &Graph) -> BTreeMap<&str, usize> {
    let mut ranks = BTreeMap::new();
    let templates = graph.nodes.iter().filter(|(_, node)| node.kind == Kind::Template);
    let mut deepest = 0;
    for (id, _) in templates {
        let rank = 1 + depth(graph, id, &mut BTreeSet::new());
        deepest = deepest.max(rank);
        ranks.insert(id.as_str(), rank);
    }
    for (id, node) in &graph.nodes {
        match node.kind {
            Kind::Content => drop(ranks.insert(id, 0)),
            Kind::Template => {}
            Kind::Asset | Kind::Data => drop(ranks.insert(id, deepest + 1)),
            // A lock is behind what it locks.
            Kind::Timeline => {
                let is_lock = graph.edges.keys().any(|(from, to)| {
                    to == id && graph.nodes.get(from).is_some_and(|node| node.kind == Kind::Timeline)
                });
                ranks.insert(id, deepest + usize::from(is_lock));
            }
        }
    }
    ranks
}

/// How many templates are before a template at most, without going in circles.
fn depth<'a>(graph: &'a Graph, id: &'a str, above: &mut BTreeSet<&'a str>) -> usize {
    above.insert(id);
    let before = graph
        .edges
        .keys()
        .filter(|(from, to)| to == id && graph.nodes.get(from).is_some_and(|node| node.kind == Kind::Template));
    let mut deepest = 0;
    for (from, _) in before {
        if !above.contains(from.as_str()) {
            deepest = deepest.max(1 + depth(graph, from, above));
        }
    }
    above.remove(id);
    deepest
}

/// Goes from left to right and back, and sorts each column by the middle of what its nodes are tied to.
fn untangle<'a>(graph: &'a Graph, columns: &mut Columns<'a>) {
    let mut links: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in graph.edges.keys() {
        links.entry(from).or_default().push(to);
        links.entry(to).or_default().push(from);
    }
    for round in 0..ROUNDS {
        let count = columns.len();
        let order: Vec<usize> = if round % 2 == 0 { (0..count).collect() } else { (0..count).rev().collect() };
        for column in order {
            let places = places(columns);
            let middle = |id: &str| {
                let mut tied: Vec<u64> =
                    links.get(id).into_iter().flatten().filter_map(|id| places.get(id).copied()).collect();
                tied.sort_unstable();
                tied.get(tied.len() / 2).copied().or_else(|| places.get(id).copied()).unwrap_or_default()
            };
            // A stable sort leaves what is tied to the same in its order.
            columns[column].sort_by_key(|id| middle(id));
        }
    }
}

/// How far down each node is, in thousandths of its column, so that columns of different lengths can be compared.
fn places<'a>(columns: &Columns<'a>) -> BTreeMap<&'a str, u64> {
    let mut places = BTreeMap::new();
    for column in columns {
        let count = column.len().max(1) as u64;
        for (id, at) in column.iter().zip(0u64..) {
            places.insert(*id, (2 * at + 1) * 1000 / (2 * count));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::{Edge, Node};
    use super::*;

    fn graph(nodes: &[(&str, Kind)], edges: &[(&str, &str)]) -> Graph {
        let node =
            |(id, kind): &(&str, Kind)| ((*id).to_owned(), Node { kind: *kind, label: (*id).to_owned(), count: 0 });
        let edge = |(from, to): &(&str, &str)| (((*from).to_owned(), (*to).to_owned()), Edge { how: "uses", count: 0 });
        Graph { nodes: nodes.iter().map(node).collect(), edges: edges.iter().map(edge).collect() }
    }

    #[test]
    fn what_is_depended_on_is_to_the_right_of_what_depends_on_it() {
        use Kind::{Asset, Content, Template};
        let nodes = [("p", Content), ("page", Template), ("base", Template), ("nav", Template), ("css", Asset)];
        let graph =
            graph(&nodes, &[("p", "page"), ("page", "base"), ("base", "nav"), ("page", "css"), ("page", "nav")]);
        assert_eq!(columns(&graph), [vec!["p"], vec!["page"], vec!["base"], vec!["nav"], vec!["css"]]);
    }

    #[test]
    fn templates_that_draw_each_other_in_a_circle_have_a_place() {
        use Kind::{Content, Template};
        let nodes = [("p", Content), ("a", Template), ("b", Template)];
        let graph = graph(&nodes, &[("p", "a"), ("a", "b"), ("b", "a")]);
        assert_eq!(columns(&graph).concat().len(), 3);
    }

    #[test]
    fn nodes_stand_near_to_what_they_hang_on() {
        use Kind::{Content, Template};
        let nodes =
            [("p1", Content), ("p2", Content), ("p3", Content), ("a", Template), ("b", Template), ("c", Template)];
        let graph = graph(&nodes, &[("p1", "c"), ("p2", "b"), ("p3", "a")]);
        let columns = columns(&graph);
        let row = |id: &str| columns.iter().find_map(|column| column.iter().position(|other| *other == id));
        for (page, template) in [("p1", "c"), ("p2", "b"), ("p3", "a")] {
            assert_eq!(row(page), row(template), "{columns:?}");
        }
    }
}
