//! Passwords in addresses: `https://user:password@example.com`, as in a connection string or a link to a protected copy.

use super::{Kind, Span, is_mark, part};

pub(super) fn spans(text: &str) -> Vec<Span> {
    let starts = text.match_indices("://").map(|(at, scheme)| at + scheme.len());
    starts.filter_map(|start| password(text, start)).collect()
}

/// The password of the address whose host may begin at this place. It ends at the last `@` before the path.
fn password(text: &str, start: usize) -> Option<Span> {
    let rest = part(text, start, text.len());
    let authority =
        part(rest, 0, rest.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c)).unwrap_or(rest.len()));
    let (user, _) = authority.rsplit_once('@')?;
    let (name, password) = user.split_once(':')?;
    if password.is_empty() || password.chars().all(is_mark) {
        return None;
    }
    let start = start + name.len() + 1;
    Some(Span { start, end: start + password.len(), kind: Kind::Password })
}
