//! The address that an answer by mail goes to: ours, with the ticket's number behind a plus, and a tag that only we can make.
//! A number alone is easy to guess; with the tag, whoever writes there was written to by us.

use super::TicketNumber;
use crate::domain::crockford;
use crate::domain::id::Secret;

/// Characters of the tag: 80 bits.
const TAG_LEN: usize = 16;

/// The address for answers in a ticket, made of the one that our mail comes from, which may have a name before it.
pub fn reply_address(secret: &Secret, number: &TicketNumber, mail_from: &str) -> Option<String> {
    let (local, host) = bare(mail_from).rsplit_once('@')?;
    Some(format!("{local}+{}@{host}", detail(secret, number)))
}

/// The id that all mails of a ticket refer to, with its brackets. It has the same tag, for some programs answer to another
/// address but none forgets what it answers.
pub fn conversation_root(secret: &Secret, number: &TicketNumber, mail_from: &str) -> Option<String> {
    let (_, host) = bare(mail_from).rsplit_once('@')?;
    Some(format!("<ticket+{}@{host}>", detail(secret, number)))
}

/// An address without the name before it.
pub fn bare(address: &str) -> &str {
    address.rsplit_once('<').map_or(address, |(_, rest)| rest.trim_end().trim_end_matches('>')).trim()
}

fn detail(secret: &Secret, number: &TicketNumber) -> String {
    let short = number.as_str().rsplit('-').next().unwrap_or_default().to_ascii_lowercase();
    format!("{short}.{}", tag(secret, number))
}

/// The ticket that an address, or an id without its brackets, is for. Takes the same time whichever character of the tag is wrong.
pub fn ticket_of_address(secret: &Secret, address: &str) -> Option<TicketNumber> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, detail) = local.rsplit_once('+')?;
    let (number, given) = detail.split_once('.')?;
    let number = TicketNumber::parse(number)?;
    let given = given.to_ascii_lowercase();
    // Compared as digests of a key that nobody knows, so that how long it takes tells nothing.
    let is_tag = secret.is_tag(&["ticket-mail-tag", &given], &secret.tag(&["ticket-mail-tag", &tag(secret, &number)]));
    is_tag.then_some(number)
}

fn tag(secret: &Secret, number: &TicketNumber) -> String {
    let tag = secret.tag(&["ticket-mail", number.as_str()]);
    tag.iter().take(TAG_LEN).map(|byte| crockford::letter(*byte).to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret::new("pepper").expect("not empty")
    }

    #[test]
    fn an_answer_finds_its_ticket_however_it_is_written_and_whatever_stands_before_the_address() {
        let number = TicketNumber::of_form(&secret(), "a");
        for from in ["support@example.com", "Client Portal Plus <support@example.com>", " <support@example.com> "] {
            let address = reply_address(&secret(), &number, from).expect("an address");
            assert!(address.starts_with("support+") && address.ends_with("@example.com"), "{address}");
            assert!(address.split('@').next().expect("a local part").len() <= 64, "RFC 5321, section 4.5.3.1.1");
            assert_eq!(ticket_of_address(&secret(), &address).as_ref(), Some(&number));
            assert_eq!(ticket_of_address(&secret(), &address.to_uppercase()).as_ref(), Some(&number));
            let root = conversation_root(&secret(), &number, from).expect("an id");
            assert_eq!(ticket_of_address(&secret(), root.trim_matches(['<', '>'])).as_ref(), Some(&number), "{root}");
        }
        assert_eq!(reply_address(&secret(), &number, "nobody"), None);
    }

    #[test]
    fn a_number_without_its_tag_finds_nothing() {
        let [a, b] = ["a", "b"].map(|nonce| TicketNumber::of_form(&secret(), nonce));
        let address = reply_address(&secret(), &a, "support@example.com").expect("an address");
        let short = |number: &TicketNumber| number.as_str().rsplit('-').next().expect("a number").to_ascii_lowercase();
        let others = [
            address.replace(&short(&a), &short(&b)),
            address.replace('.', ".0"),
            format!("support+{}@example.com", short(&a)),
            format!("support+{}.@example.com", short(&a)),
            "support@example.com".to_owned(),
            String::new(),
        ];
        for other in others {
            assert_eq!(ticket_of_address(&secret(), &other), None, "{other}");
        }
    }
}
