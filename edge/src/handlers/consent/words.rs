//! What is said about the optional categories, once for the banner and the cookie page: whoever reads either knows the same.

use maud::{Markup, html};
use sha2::{Digest, Sha256};

use crate::contract::CookieCategory;
use crate::domain::consent::State;
use crate::domain::id::hex;

const QUESTION: &str = "May we use what is optional here? The site works the same without.";

/// What a category is called.
pub(super) fn name(category: CookieCategory) -> &'static str {
    match category {
        CookieCategory::Necessary => "Strictly necessary",
        CookieCategory::Preferences => "Preferences",
        CookieCategory::Analytics => "Analytics",
    }
}

/// What it does.
pub(super) fn what(category: CookieCategory) -> &'static str {
    match category {
        CookieCategory::Necessary => "remembers this decision",
        CookieCategory::Preferences => {
            "keeps your color scheme and, for the support form, your name and email on this device"
        }
        CookieCategory::Analytics => "counts this visit by page, day and the site you came from, without an identifier",
    }
}

/// SHA-256 of all that is said about these categories.
pub(super) fn hash(categories: &[CookieCategory]) -> String {
    let lines = categories.iter().map(|category| format!("\n{}: {}", name(*category), what(*category)));
    let text = lines.fold(QUESTION.to_owned(), |text, line| text + &line);
    hex(&Sha256::digest(text))
}

/// The question, first in a page.
pub(super) fn banner(asks: &[CookieCategory], back: &str) -> Markup {
    html! {
        section #cookie-consent aria-label="Cookies" {
            form method="post" action="/consent" {
                p { (QUESTION) " " a href="/consent" { "What each is for" } }
                @for category in asks {
                    label { input type="checkbox" name={ "c." (category) }; " " b { (name(*category)) } " " (what(*category)) "." }
                }
                input type="hidden" name="return" value=(back);
                (buttons())
            }
        }
    }
}

/// The three answers, alike in all but their words.
pub(super) fn buttons() -> Markup {
    html! {
        p {
            @for (choice, label) in [("reject", "Reject all"), ("accept", "Accept all"), ("save", "Save choice")] {
                button name="choice" value=(choice) { (label) }
            }
        }
    }
}

/// What the footer says.
pub(super) fn foot(state: &State) -> Markup {
    html! {
        @if state.grants(CookieCategory::Preferences) {
            p class="footer-scheme" {
                label for="scheme" { "Colors" } " "
                select id="scheme" { option value="" { "as the system" } option value="light" { "light" } option value="dark" { "dark" } }
            }
        }
        @if state.signal {
            p class="footer-signal" { "Your browser\u{2019}s privacy signal is honored." }
        }
    }
}
