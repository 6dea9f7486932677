//! What the pages of the desk have in common.

use maud::{Markup, html};

use crate::domain::attachment::Attached;
use crate::domain::staff::Member;
use crate::domain::ticket::{TicketState, Topic};
use crate::domain::time::Moment;

/// The rooms of the desk.
const ROOMS: [(&str, &str); 5] = [
    ("/desk/", "Inbox"),
    ("/desk/attention", "Attention"),
    ("/desk/replies", "Replies"),
    ("/desk/visits", "Visits"),
    ("/desk/log", "Log"),
];

/// A page of the desk: where one can go, a search, who is signed in, and what the page is about.
pub(super) fn around(member: &Member, path: &str, main: &Markup) -> Markup {
    html! {
        div class="desk" {
            div class="desk-bar" {
                nav aria-label="Desk" {
                    ul {
                        @for (room, name) in ROOMS { li { a href=(room) aria-current=[(room == path).then_some("page")] { (name) } } }
                    }
                }
                form class="desk-search" role="search" method="post" action="/desk/search" {
                    label class="visually-hidden" for="q" { "Email address, license key, number or words" }
                    input id="q" name="q" type="search" maxlength="254" placeholder="Email, key, number or words" required;
                    button class="button button-secondary" type="submit" { "Search" }
                }
                form method="post" action="/desk/sign-out" {
                    span class="muted" { (member.name()) } " "
                    button class="button button-quiet" type="submit" { "Sign out" }
                }
            }
            (main)
        }
    }
}

/// Files of a message, each with the address it is saved from.
pub(in crate::handlers) fn files(files: &[Attached], address: impl Fn(&str) -> String) -> Markup {
    html! {
        @if !files.is_empty() {
            ul class="post-files" {
                @for file in files {
                    li { a href=(address(file.id.as_str())) download { (file.name) } span class="muted" { " " (size(file.bytes)) } }
                }
            }
        }
    }
}

/// A length as people read it.
fn size(bytes: u32) -> String {
    match bytes {
        ..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes.div_ceil(1_024)),
        _ => format!("{}.{} MiB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

pub(super) fn state(state: TicketState) -> &'static str {
    match state {
        TicketState::New => "New",
        TicketState::Open => "Open",
        TicketState::Waiting => "Waiting",
        TicketState::Resolved => "Resolved",
        TicketState::Spam => "Spam",
    }
}

pub(super) fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Question => "Question",
        Topic::Bug => "Bug",
        Topic::Billing => "Billing",
        Topic::Privacy => "Privacy request",
        Topic::Other => "Other",
    }
}

/// A moment as staff read it, with how long ago it was.
pub(super) fn when(at: Moment, now: Moment) -> Markup {
    let text = at.rfc3339();
    let short = text.get(..16).unwrap_or(&text).replace('T', " ");
    html! { time datetime=(text) title={ (short) " UTC" } { (ago(now.0.saturating_sub(at.0))) } }
}

fn ago(seconds: i64) -> String {
    match seconds {
        ..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        86_400..172_800 => "yesterday".to_owned(),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_in_the_unit_that_people_use() {
        let cases = [(0, "0 bytes"), (1_023, "1023 bytes"), (1_024, "1 KiB"), (1_025, "2 KiB"), (5_242_880, "5.0 MiB")];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn how_long_ago_is_told_in_the_unit_that_people_use() {
        let cases = [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (3_599, "59 min ago"),
            (3_600, "1 h ago"),
            (86_400, "yesterday"),
            (172_800, "2 days ago"),
        ];
        for (seconds, text) in cases {
            assert_eq!(ago(seconds), text);
        }
    }
}
