//! What leads to other hosts, and which places a page of theirs has. The proof itself asks nobody; whoever does needs to know
//! what to ask and where it was written.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rayon::prelude::*;

use super::{
    Proof, Sheet,
    address::Target,
    reading::{self, Use},
};
use crate::diagnostic::Diagnostic;

/// Places by the address that is written there; what they say is for whoever asked.
pub(crate) type Elsewhere = BTreeMap<String, BTreeSet<Diagnostic>>;

impl Proof<'_> {
    /// Every address of another host that somebody can follow or that a page shows a part from.
    pub(crate) fn elsewhere(self) -> Elsewhere {
        let pages: Vec<(&str, &str, &str)> = self.output.pages().collect();
        let found = pages.into_par_iter().flat_map_iter(|(file, origin, html)| {
            let sheet = Sheet::new(file, origin, reading::read(html));
            let others = sheet.reading.addresses.iter().filter(|(how, written)| {
                let is_other = || Target::of(written, &sheet.address, &self.config.url) == Target::Elsewhere;
                *how != Use::Form && is_web(written) && is_other()
            });
            let place =
                |(_, written): &(Use, Arc<str>)| (written.to_string(), self.finding(&sheet, written, String::new()));
            others.map(place).collect::<Vec<_>>()
        });
        let mut elsewhere = Elsewhere::new();
        for (written, place) in found.collect::<Vec<_>>() {
            elsewhere.entry(written).or_default().insert(place);
        }
        elsewhere
    }
}

/// Mailboxes and data are no address of a host.
fn is_web(written: &str) -> bool {
    let begins = |scheme: &str| written.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    ["http://", "https://", "//"].into_iter().any(begins)
}

/// The names of all places in a page, whoever wrote it.
pub(crate) fn places(html: &str) -> BTreeSet<String> {
    let reading = reading::read(html);
    reading.ids.iter().chain(&reading.names).map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_an_id_or_the_name_of_an_old_anchor() {
        let names = places("<p id=a></p><a name=b></a><a id=c name=c></a><input name=d>");
        assert_eq!(names, BTreeSet::from(["a", "b", "c"].map(str::to_owned)));
    }

    #[test]
    fn only_hosts_are_asked() {
        for written in ["https://a.example/", "HTTP://a.example", "//a.example/"] {
            assert!(is_web(written), "{written}");
        }
        for written in ["mailto:a@b.example", "data:text/plain,x", "/a/", "tel:1", "ü"] {
            assert!(!is_web(written), "{written}");
        }
    }
}
