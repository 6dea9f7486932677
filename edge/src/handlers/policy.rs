//! Versioned documents: which of a page's files is right at the moment of the request, and where a reader goes who asks
//! what changed since some day.
//!
//! The files under their own addresses are right as of the build. From a switch on, the files of its folder take their
//! place; where that folder has none, nothing is different.

use crate::domain::time::{self, Moment};
use crate::ports::{Assets, Found, Unavailable};
use crate::site::{Document, SiteData};

/// A path and the document it belongs to, at a moment.
#[derive(Debug)]
pub(crate) struct Place {
    document: Option<Document>,
    now: i64,
}

impl Place {
    /// Where a path lies now. Without `site.json` every file stands for itself, as it was built.
    pub(crate) async fn of(files: &impl Assets, path: &str, now: Moment) -> Self {
        // Names under `/assets/` carry a hash of their contents: they are the same at all times.
        let site = if path.starts_with("/assets/") { None } else { files.site().await.ok() };
        Self::at(site.as_deref(), path, now.0)
    }

    fn at(site: Option<&SiteData>, path: &str, now: i64) -> Self {
        Self { document: site.and_then(|site| site.document(path)).cloned(), now }
    }

    /// Looks a file up.
    pub(crate) async fn find(&self, files: &impl Assets, path: &str) -> Result<Found, Unavailable> {
        if let Some(folder) = self.folder()
            && let Found::File(asset) = files.find(&format!("{folder}{path}")).await?
        {
            return Ok(Found::File(asset));
        }
        files.find(path).await
    }

    /// The folder of the newest switch whose moment has come.
    fn folder(&self) -> Option<String> {
        Some(self.document.as_ref()?.switch(self.now)?.folder())
    }

    /// The page of the changes since the next version after a day, the last version where none is later. None when the
    /// path asks for something else, or has that page already.
    pub(crate) fn since(&self, path: &str) -> Option<String> {
        let document = self.document.as_ref()?;
        let day = path.strip_prefix(&document.path)?.strip_prefix("since/")?;
        let day = day.strip_suffix('/').unwrap_or(day);
        if !time::is_day(day) {
            return None;
        }
        let next = document.versions.iter().find(|version| version.as_str() >= day).or(document.versions.last())?;
        (next != day).then(|| format!("{}since/{next}/", document.path))
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::ports::Asset;

    /// A version in force at the build and two ahead; the second takes effect on the day New York's clocks go forward,
    /// the third on the day they go back.
    fn site() -> SiteData {
        let data = r#"{"title":"S","url":"https://example.com","email":"a@example.com","support_url":"https://example.com/",
            "products":[],"policies":[],"documents":[{"path":"/privacy/",
            "versions":["2025-03-31","2026-03-08","2026-11-01"],"switches":[
            {"id":"2026-03-08","effective":1772946000},{"id":"2026-11-01","effective":1793505600}]}]}"#;
        serde_json::from_str(data).expect("site data")
    }

    /// The site's files, each with its own path as its contents.
    struct Files(&'static [&'static str]);

    impl Assets for Files {
        async fn find(&self, path: &str) -> Result<Found, Unavailable> {
            let body = match path {
                "/site.json" => serde_json::to_vec(&site()).expect("JSON"),
                _ => path.as_bytes().to_vec(),
            };
            let asset = Asset { content_type: String::new(), etag: None, body };
            Ok(if self.0.contains(&path) { Found::File(asset) } else { Found::Nothing })
        }
    }

    /// The path of the file that answers.
    fn answer(files: &Files, path: &str, at: &str) -> Option<String> {
        let now = Moment::parse(at).expect("a moment");
        let found = pin!(async { Place::of(files, path, now).await.find(files, path).await });
        match found.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(Found::File(asset))) => String::from_utf8(asset.body).ok(),
            _ => None,
        }
    }

    fn folder(path: &str, at: &str) -> Option<String> {
        Place::at(Some(&site()), path, Moment::parse(at).expect("a moment").0).folder()
    }

    #[test]
    fn files_change_at_the_very_second_of_a_switch_and_to_those_of_the_newest() {
        for (at, expected) in [
            ("2026-03-08T04:59:59Z", None),
            ("2026-03-08T05:00:00Z", Some("/_at/2026-03-08")),
            ("2026-03-08T05:00:01Z", Some("/_at/2026-03-08")),
            ("2026-11-01T03:59:59Z", Some("/_at/2026-03-08")),
            ("2026-11-01T04:00:00Z", Some("/_at/2026-11-01")),
            ("2026-11-01T04:00:01Z", Some("/_at/2026-11-01")),
            ("2036-01-01T00:00:00Z", Some("/_at/2026-11-01")),
        ] {
            assert_eq!(folder("/privacy/", at).as_deref(), expected, "{at}");
        }
    }

    #[test]
    fn the_file_of_the_switch_answers_and_where_there_is_none_the_plain_one() {
        let all = Files(&[
            "/site.json",
            "/privacy/index.html",
            "/privacy/2025-03-31/source.md",
            "/_at/2026-03-08/privacy/index.html",
            "/_at/2026-11-01/privacy/index.html",
        ]);
        let home = "/privacy/index.html";
        for (path, at, expected) in [
            (home, "2026-03-08T04:59:59Z", home),
            (home, "2026-03-08T05:00:00Z", "/_at/2026-03-08/privacy/index.html"),
            (home, "2026-11-01T03:59:59Z", "/_at/2026-03-08/privacy/index.html"),
            (home, "2026-11-01T04:00:00Z", "/_at/2026-11-01/privacy/index.html"),
            ("/privacy/2025-03-31/source.md", "2026-11-01T04:00:00Z", "/privacy/2025-03-31/source.md"),
        ] {
            assert_eq!(answer(&all, path, at).as_deref(), Some(expected), "{path} {at}");
        }
        let bare = Files(&["/privacy/index.html", "/_at/2026-03-08/privacy/index.html"]);
        assert_eq!(answer(&bare, home, "2026-03-08T05:00:00Z").as_deref(), Some(home));
    }

    #[test]
    fn only_what_belongs_to_a_document_changes() {
        for path in ["/", "/privacy", "/privacy-notes/", "/features/"] {
            assert_eq!(folder(path, "2036-01-01T00:00:00Z"), None, "{path}");
        }
        assert!(folder("/privacy/2025-03-31/source.md", "2036-01-01T00:00:00Z").is_some());
        assert_eq!(Place::at(None, "/privacy/", 2_000_000_000).folder(), None);
    }

    #[test]
    fn any_day_leads_to_the_next_version() {
        for (path, expected) in [
            ("/privacy/since/2020-01-01/", Some("/privacy/since/2025-03-31/")),
            ("/privacy/since/2025-04-01", Some("/privacy/since/2026-03-08/")),
            ("/privacy/since/2026-11-02/", Some("/privacy/since/2026-11-01/")),
            // This page is a file; where it is missing there is nothing to lead to.
            ("/privacy/since/2025-03-31/", None),
            ("/privacy/since/2025-02-30/", None),
            ("/privacy/since/20250401/", None),
            ("/privacy/since/2025-04-01T00:00:00Z/", None),
            ("/privacy/since/2025-04-01/x", None),
            ("/privacy/since/soon/", None),
            ("/privacy/since/", None),
            ("/features/since/2025-04-01/", None),
        ] {
            assert_eq!(Place::at(Some(&site()), path, 0).since(path).as_deref(), expected, "{path}");
        }
    }
}
