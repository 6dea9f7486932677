//! Drawings: an SVG is a document that can hold programs and ask other hosts for things, so what is published is looked
//! through first. What does not belong into a picture is an error at its line; what an editor left for itself is cut out,
//! and every other byte stays as it is.

use std::ops::Range;

use roxmltree::{Attribute, Document, Node, ParsingOptions};

use crate::{diagnostic::Diagnostic, source};

const SVG: &str = "http://www.w3.org/2000/svg";
const XLINK: &str = "http://www.w3.org/1999/xlink";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Pictures that may be inside of one.
const INSIDE: &[&str] = &["data:image/png;", "data:image/jpeg;", "data:image/webp;", "data:image/gif;"];

const PLAIN: &str = "save it as a plain or optimized SVG, without scripts and links";

/// A drawing as it is published.
pub(crate) fn clean(file: &str, bytes: &[u8]) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let text = source::text(file, bytes).map_err(|problem| vec![problem])?;
    let document = parse(text).map_err(|error| {
        let place = (error.pos().row as usize, error.pos().col as usize);
        vec![Diagnostic::at(file, text, place, 1, format!("is no SVG that browsers understand: {error}")).hint(PLAIN)]
    })?;
    let root = document.root_element();
    let finding = |(at, message): (usize, String)| Diagnostic::at_offset(file, text, at, 1, message).hint(PLAIN);
    if !root.has_tag_name((SVG, "svg")) {
        let finding = Diagnostic::at_offset(file, text, root.range().start, 1, "is no SVG");
        return Err(vec![finding.hint(format!("begin with `<svg xmlns=\"{SVG}\">`"))]);
    }
    let (mut faults, mut cuts) = (Vec::new(), Vec::new());
    look(root, &mut faults, &mut cuts);
    if text[..root.range().start].contains("<!ENTITY") {
        faults.push((0, "words of its own (`<!ENTITY`) have no place in a picture".to_owned()));
    }
    if !faults.is_empty() {
        return Err(faults.into_iter().map(finding).collect());
    }
    let Range { mut start, end } = root.range();
    let mut cleaned = String::with_capacity(text.len());
    for cut in cuts {
        cleaned.push_str(&text[start..cut.start]);
        start = cut.end;
    }
    cleaned.push_str(&text[start..end]);
    cleaned.push('\n');
    Ok(cleaned.into_bytes())
}

fn parse(text: &str) -> Result<Document<'_>, roxmltree::Error> {
    Document::parse_with_options(text, ParsingOptions { allow_dtd: true, ..ParsingOptions::default() })
}

/// Looks through an element and all that is in it: faults with their places, and what is to be cut out, in order.
fn look(element: Node<'_, '_>, faults: &mut Vec<(usize, String)>, cuts: &mut Vec<Range<usize>>) {
    for attribute in element.attributes() {
        if is_of_editor(attribute.namespace()) || attribute.namespace() == Some(XML) && attribute.name() == "base" {
            cuts.push(attribute.range());
        } else if let Some(message) = attribute_fault(element, attribute) {
            faults.push((attribute.range().start, message));
        }
    }
    for child in element.children() {
        let name = child.tag_name();
        if child.is_comment() || child.is_pi() {
            cuts.push(child.range());
        } else if child.is_element() {
            let is_metadata = name.name() == "metadata";
            if let Some(message) = element_fault(child) {
                faults.push((child.range().start, message));
            } else if is_metadata || is_of_editor(name.namespace()) {
                // Whatever is inside goes with it, except that a program is never passed over in silence.
                let inside = child.descendants().filter(|node| node.tag_name().name().eq_ignore_ascii_case("script"));
                faults.extend(inside.map(|node| (node.range().start, SCRIPT.to_owned())));
                cuts.push(child.range());
            } else {
                look(child, faults, cuts);
            }
        }
    }
}

const SCRIPT: &str = "a script has no place in a picture";

/// Words of another language than SVG's: the names that drawing programs give to their own notes.
fn is_of_editor(namespace: Option<&str>) -> bool {
    namespace.is_some_and(|namespace| ![SVG, XLINK, XML].contains(&namespace))
}

fn element_fault(element: Node<'_, '_>) -> Option<String> {
    let name = element.tag_name().name();
    match name.to_ascii_lowercase().as_str() {
        "script" => Some(SCRIPT.to_owned()),
        "foreignobject" | "iframe" | "object" | "embed" | "handler" | "listener" => {
            Some(format!("a page inside of a picture (`{name}`) has no place in it"))
        }
        "style" => {
            let css: String = element.descendants().filter_map(|node| node.is_text().then(|| node.text())?).collect();
            style_fault(&css)
        }
        _ => None,
    }
}

fn attribute_fault(element: Node<'_, '_>, attribute: Attribute<'_, '_>) -> Option<String> {
    let (name, value) = (attribute.name().to_ascii_lowercase(), attribute.value().trim());
    let animates = matches!(element.tag_name().name(), "set" | "animate");
    if name.starts_with("on") && attribute.namespace().is_none() {
        return Some(format!("a script (`{name}`) has no place in a picture"));
    }
    if animates && name == "attributename" {
        let target = value.rsplit(':').next().unwrap_or(value).to_ascii_lowercase();
        return (target == "href" || target.starts_with("on"))
            .then(|| format!("a picture that changes its own `{value}` could lead anywhere"));
    }
    if matches!(name.as_str(), "href" | "src") {
        let lower = value.to_ascii_lowercase();
        let is_inside =
            lower.starts_with('#') || lower.is_empty() || INSIDE.iter().any(|begin| lower.starts_with(begin));
        return (!is_inside).then(|| format!("a picture cannot refer to `{}`, which is outside of it", shown(value)));
    }
    style_fault(value)
}

/// What a style, or an attribute that is one, asks for from elsewhere.
fn style_fault(css: &str) -> Option<String> {
    let lower = css.to_ascii_lowercase();
    if lower.contains("@import") {
        return Some("a style in a picture cannot ask for another file".to_owned());
    }
    // With a backslash any word can be written so that nobody knows it again.
    if lower.contains('\\') && lower.contains('(') {
        return Some("a style in a picture has no `\\`".to_owned());
    }
    let asked = ["url(", "image(", "image-set(", "src("]
        .into_iter()
        .flat_map(|function| lower.match_indices(function).map(move |(at, function)| at + function.len()));
    asked.into_iter().find_map(|at| {
        let value = lower[at..].trim_start_matches([' ', '\t', '\n', '\r', '"', '\'']);
        let is_inside = value.starts_with('#') || INSIDE.iter().any(|begin| value.starts_with(begin));
        let end = value.find([')', '"', '\'']).unwrap_or(value.len());
        (!is_inside).then(|| format!("a picture cannot refer to `{}`, which is outside of it", shown(&value[..end])))
    })
}

/// As much of a value as a line of a finding has room for.
fn shown(value: &str) -> String {
    value.chars().take(60).collect()
}

/// Width and height of a drawing, in whole points: those that it names, else those of its own grid.
pub(super) fn size(text: &str) -> Option<(u32, u32)> {
    let document = parse(text).ok()?;
    let root = document.root_element();
    let length = |name: &str| points(root.attribute(name)?.trim().trim_end_matches("px"));
    if let (Some(width), Some(height)) = (length("width"), length("height")) {
        return Some((width, height));
    }
    let grid: Vec<&str> =
        root.attribute("viewBox")?.split([' ', ',', '\t', '\n']).filter(|part| !part.is_empty()).collect();
    let [_, _, width, height] = grid.as_slice() else { return None };
    Some((points(width)?, points(height)?))
}

fn points(value: &str) -> Option<u32> {
    let value = value.parse::<f64>().ok()?.ceil();
    // A drawing larger than this is a mistake, and one of nothing is not shown.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (1.0..=1e6).contains(&value).then_some(value as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(inside: &str) -> String {
        format!(
            "<svg xmlns=\"{SVG}\" xmlns:xlink=\"{XLINK}\" xmlns:i=\"http://www.inkscape.org/namespaces/inkscape\" viewBox=\"0 0 24.5 30\">\n{inside}\n</svg>"
        )
    }

    fn cleaned(text: &str) -> String {
        String::from_utf8(clean("f.svg", text.as_bytes()).expect("it is clean")).expect("text")
    }

    #[test]
    fn what_an_editor_left_for_itself_is_cut_out_and_the_rest_stays_to_the_byte() {
        let head = "<?xml version=\"1.0\"?>\n<!-- Made by -->\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">\n";
        let inside = "<metadata><a xmlns=\"x\"/></metadata><i:view a=\"1\"/><!-- b --><path i:label=\"c\" d=\"M0  0\" fill='url(#g)'/><use xlink:href=\"#p\"/><?pi?>";
        assert_eq!(
            cleaned(&format!("{head}{}\n<!-- end -->", drawing(inside))),
            format!("{}\n", drawing("<path  d=\"M0  0\" fill='url(#g)'/><use xlink:href=\"#p\"/>"))
        );
        let plain =
            format!("{}\n", drawing("<style>a{fill:url(#b)}</style><text x=\"1\">A &amp; <![CDATA[B]]></text>"));
        assert_eq!(cleaned(&plain), plain);
    }

    #[test]
    fn what_acts_or_leads_outside_is_an_error_at_its_line() {
        for inside in [
            "<script>alert(1)</script>",
            "<x:script xmlns:x=\"http://www.w3.org/2000/svg\"/>",
            "<metadata><script/></metadata>",
            "<h:div xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:script/></h:div>",
            "<path onclick=\"a()\"/>",
            "<g><path ONLOAD=\"a()\"/></g>",
            "<a href=\"javascript:a()\"/>",
            "<a xlink:href=\" JavaScript:a()\"/>",
            "<image href=\"https://example.org/a.png\"/>",
            "<image href=\"data:image/svg+xml,x\"/>",
            "<use href=\"/b.svg#c\"/>",
            "<rect fill=\"url(//example.org/#a)\"/>",
            "<rect style=\"fill: URL( 'https://example.org/a' )\"/>",
            "<rect style=\"fill: u\\72l(https://example.org/a)\"/>",
            "<style>@import 'a.css';</style>",
            "<style><![CDATA[a{background:url(a.png)}]]></style>",
            "<foreignObject/>",
            "<a><set attributeName=\"xlink:href\" to=\"#b\"/></a>",
        ] {
            let problems = clean("f.svg", drawing(inside).as_bytes()).expect_err(inside);
            assert_eq!((problems.len(), problems[0].line), (1, 2), "{inside}: {problems:?}");
            assert!(problems[0].hint.is_some(), "{inside}");
        }
    }

    #[test]
    fn what_is_no_svg_or_has_words_of_its_own_is_an_error() {
        for text in [
            "",
            "<svg/>",
            "<svg xmlns=\"http://www.w3.org/2000/svg\">",
            "<html xmlns=\"http://www.w3.org/1999/xhtml\"/>",
            "<!DOCTYPE svg [<!ENTITY a \"b\">]><svg xmlns=\"http://www.w3.org/2000/svg\">&a;</svg>",
        ] {
            assert_eq!(clean("f.svg", text.as_bytes()).expect_err(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_drawing_is_as_large_as_it_says_or_as_its_grid() {
        assert_eq!(size(&drawing("")), Some((25, 30)));
        let with = |attributes: &str| size(&format!("<svg xmlns=\"{SVG}\" {attributes}/>"));
        assert_eq!(with("width=\"10px\" height=\"20\" viewBox=\"0 0 1 2\""), Some((10, 20)));
        assert_eq!(with("width=\"100%\" height=\"100%\" viewBox=\"0,0,1,2\""), Some((1, 2)));
        for none in
            ["", "viewBox=\"0 0 0 1\"", "viewBox=\"0 0 nan 1\"", "viewBox=\"0 0 1\"", "width=\"1em\" height=\"2\""]
        {
            assert_eq!(with(none), None, "{none}");
        }
    }
}
