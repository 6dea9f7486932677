//! HTML for a text that does not stay on its page: it is read in feeds, in mails and on the screens of other sites too,
//! several of them below one another. So nothing in it has an id, its headings begin at the third level, and its links
//! say the whole address.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Tag, TagEnd};

/// Makes the events of a text portable.
pub(super) fn portable<'a>(events: Vec<Event<'a>>, site_url: &str) -> Vec<Event<'a>> {
    events.into_iter().map(|event| carried(event, site_url)).collect()
}

fn carried<'a>(event: Event<'a>, site_url: &str) -> Event<'a> {
    match event {
        Event::Start(Tag::Heading { level, .. }) => {
            Event::Start(Tag::Heading { level: lowered(level), id: None, classes: vec![], attrs: vec![] })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level))),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: whole(dest_url, site_url), title, id })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Image { link_type, dest_url: whole(dest_url, site_url), title, id })
        }
        other => other,
    }
}

/// The page has the first level, and the text's own title the second.
fn lowered(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

/// An address of this site with its host.
fn whole<'a>(address: CowStr<'a>, site_url: &str) -> CowStr<'a> {
    let is_inside = address.starts_with('/') && !address.starts_with("//");
    if is_inside { format!("{site_url}{address}").into() } else { address }
}
