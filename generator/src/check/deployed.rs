//! The locks against a log that was deployed: whoever rewrites the repository cannot rewrite what others have read.

use std::time::Duration;

use super::{Report, departure};
use crate::{
    diagnostic::Diagnostic,
    policy::{
        lock::Lock,
        log::{self, Log},
    },
    source::Tree,
};

const TIME_MAX: Duration = Duration::from_secs(10);
const LOG_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Compares all locks with the log at a place.
pub(super) fn check(place: &str, content: &Tree, report: &mut Report) {
    let log = read(place).and_then(|text| {
        serde_json::from_str::<Log>(&text).map_err(|error| format!("is not a log of policy versions: {error}"))
    });
    let log = match log {
        Ok(log) => log,
        Err(why) => {
            let hint = format!("give the file or the address of `{}` of the deployed site", log::ADDRESS);
            report.errors.push(Diagnostic::file(place, why).hint(hint));
            return;
        }
    };
    for (key, records) in &log.documents {
        let address = if key.is_empty() { "/".to_owned() } else { format!("/{key}/") };
        // A lock that cannot be read is reported by whoever reads it.
        let Ok(present) = Lock::read(content, &address) else { continue };
        let problem = departure(&present, records, &format!("the deployed log ({place})"));
        report.errors.extend(problem.map(|problem| {
            problem.hint("restore what was published: readers have seen it, whatever the repository says now")
        }));
    }
}

fn read(place: &str) -> Result<String, String> {
    if place.starts_with("http://") || place.starts_with("https://") {
        fetch(place)
    } else {
        std::fs::read_to_string(place).map_err(|error| format!("cannot be read: {error}"))
    }
}

fn fetch(address: &str) -> Result<String, String> {
    let config = ureq::Agent::config_builder().timeout_global(Some(TIME_MAX)).http_status_as_error(false);
    let agent: ureq::Agent = config.build().into();
    let failed = |error: ureq::Error| format!("cannot be fetched: {error}");
    let mut response = agent.get(address).call().map_err(failed)?;
    if !response.status().is_success() {
        return Err(format!("answers with status {}", response.status().as_u16()));
    }
    response.body_mut().with_config().limit(LOG_BYTES_MAX).read_to_string().map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use super::super::tests::report;
    use super::*;
    use crate::fixture::{Fixture, POLICY};

    const SECOND: &str = "content/privacy/2026-06-01.md";

    /// A site with two versions, and the log that it deployed.
    fn deployed() -> (Fixture, String) {
        let fixture = Fixture::site().with(SECOND, POLICY.replace("2025-03-31", "2026-06-01")).locked();
        fixture.build().expect("the site builds");
        let log = fixture.output(".well-known/policy-log.json");
        (fixture, log)
    }

    /// The errors of a check against a log in a file.
    fn errors(fixture: &Fixture, log: &str) -> Vec<Diagnostic> {
        let place = Fixture::empty().with("log.json", log);
        report(fixture, place.root().join("log.json").to_str()).errors
    }

    /// Answers one request on a port of its own.
    fn answer(status: &'static str, body: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}/log.json", listener.local_addr().expect("an address"));
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a request");
            let _ = stream.read(&mut [0; 4096]);
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).expect("an answer");
        });
        address
    }

    #[test]
    fn a_site_that_goes_on_from_its_log_is_in_order() {
        let (fixture, log) = deployed();
        assert_eq!(errors(&fixture, &log), vec![]);
        let fixture =
            fixture.with("content/privacy/2026-07-01.md", POLICY.replace("2025-03-31", "2026-07-01")).locked();
        assert_eq!(errors(&fixture, &log), vec![]);
    }

    #[test]
    fn a_history_that_was_made_anew_everywhere_contradicts_what_was_deployed() {
        let (fixture, log) = deployed();
        let fixture =
            fixture.with(SECOND, POLICY.replace("2025-03-31", "2026-06-01").replace("sell", "trade")).locked();
        let errors = errors(&fixture, &log);
        assert_eq!((errors.len(), errors[0].line), (1, 3), "{errors:?}");
        assert!(errors[0].message.starts_with("line 3 is not the one that the deployed log ("), "{}", errors[0]);
    }

    #[test]
    fn a_version_or_a_document_that_was_deployed_cannot_go() {
        let (fixture, log) = deployed();
        std::fs::remove_file(fixture.root().join(SECOND)).expect("removed");
        let errors_of = errors(&fixture.locked(), &log);
        assert!(errors_of[0].message.starts_with("the line of version 2026-06-01 is gone"), "{errors_of:?}");
        let bare = Fixture::empty().with("content/a.md", "---\ntitle: A\n---\n");
        assert!(errors(&bare, &log)[0].message.starts_with("the line of version 2025-03-31 is gone"));
    }

    #[test]
    fn a_log_is_fetched_from_its_address() {
        let (fixture, log) = deployed();
        assert_eq!(report(&fixture, Some(&answer("200 OK", log.clone()))).errors, vec![]);
        let errors = report(&fixture, Some(&answer("404 Not Found", log))).errors;
        assert_eq!(errors[0].message, "answers with status 404");
    }

    #[test]
    fn what_is_no_log_is_an_error_because_it_was_asked_for() {
        let fixture = Fixture::site();
        for (log, message) in [
            ("<html>", "is not a log of policy versions"),
            ("{\"documents\":{\"privacy\":[{}]}}", "missing field `id`"),
        ] {
            let errors = errors(&fixture, log);
            assert!(errors[0].message.contains(message), "{errors:?}");
        }
        let errors = report(&fixture, Some("nowhere/log.json")).errors;
        assert!(errors[0].message.starts_with("cannot be read"), "{errors:?}");
        assert!(errors[0].hint.as_deref().is_some_and(|hint| hint.contains("/.well-known/policy-log.json")));
    }
}
