//! What a ticket does by itself, and what opens it.

use proptest::prelude::*;

use super::*;

const NOW: Moment = Moment(1_790_000_000);

pub(crate) fn ticket(state: TicketState) -> Ticket {
    Ticket {
        opened_at: NOW,
        topic: Topic::Question,
        subject: "A question".to_owned(),
        name: "Ada".to_owned(),
        email: Email::parse("ada@example.com").expect("an address"),
        license: None,
        versions: Versions::default(),
        state,
        since: NOW,
        messages: 1,
        access: 1,
        sent: String::new(),
        assignee: None,
        tags: vec![],
    }
}

#[test]
fn a_ticket_that_is_ours_to_answer_waits_for_ever_and_any_other_changes_by_itself() {
    for (state, days) in [
        (TicketState::New, None),
        (TicketState::Open, None),
        (TicketState::Waiting, Some((14, Change::Resolve))),
        (TicketState::Resolved, Some((730, Change::Forget))),
        (TicketState::Spam, Some((30, Change::Forget))),
    ] {
        let expected = days.map(|(days, change)| (NOW.after(Seconds::days(days)), change));
        assert_eq!(ticket(state).next_change(), expected, "{state:?}");
    }
}

#[test]
fn whoever_writes_leaves_the_ticket_to_the_other() {
    let later = NOW.after(Seconds(60));
    for (author, before, after, since) in [
        (Author::Sender, TicketState::New, TicketState::New, NOW),
        (Author::Sender, TicketState::Open, TicketState::Open, NOW),
        (Author::Sender, TicketState::Waiting, TicketState::Open, later),
        (Author::Sender, TicketState::Resolved, TicketState::Open, later),
        (Author::Sender, TicketState::Spam, TicketState::Spam, NOW),
        (Author::Staff, TicketState::New, TicketState::Waiting, later),
        (Author::Staff, TicketState::Waiting, TicketState::Waiting, later),
        (Author::Staff, TicketState::Resolved, TicketState::Waiting, later),
    ] {
        let ticket = ticket(before).after_message(author, later);
        assert_eq!((ticket.state, ticket.since, ticket.messages), (after, since, 2), "{author:?} {before:?}");
    }
}

#[test]
fn a_code_opens_one_ticket_until_its_version_ends() {
    let secret = Secret::new("pepper").expect("not empty");
    let [number, other] = ["a", "b"].map(|nonce| TicketNumber::of_form(&secret, nonce));
    let access = Access { number: &number, version: 1 };
    let code = access.code(&secret);
    assert_eq!(code.len(), 32);
    assert!(access.is_code(&secret, &code));
    assert!(!Access { version: 2, ..access }.is_code(&secret, &code));
    assert!(!Access { number: &other, ..access }.is_code(&secret, &code));
    for bad in ["", "0", &code[..31], &format!("{code}0"), &code.to_uppercase().replace(char::is_numeric, "A")] {
        assert!(!access.is_code(&secret, bad), "{bad}");
    }
}

proptest! {
    #[test]
    fn what_is_not_ours_to_answer_always_ends(authors in prop::collection::vec(any::<bool>(), 0..6)) {
        let mut one = ticket(TicketState::New);
        for staff in authors {
            one = one.after_message(if staff { Author::Staff } else { Author::Sender }, NOW);
        }
        let is_ours = matches!(one.state, TicketState::New | TicketState::Open);
        prop_assert_eq!(one.next_change().is_none(), is_ours);
    }
}
