//! The number of a ticket, for people: short, without letters that look alike, and with a check character, so that one
//! wrong character is noticed on the telephone and in a subject.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::contract::Datum;
use crate::domain::crockford;
use crate::domain::id::Secret;
use crate::domain::license::check_character;

const PREFIX: &str = "CPP";
const DATA_LEN: usize = 5;

/// The number of a ticket, such as `CPP-7K3M9Q`: five characters that say nothing and one that checks them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TicketNumber(String);

impl TicketNumber {
    /// The number of the ticket that a form opens. The nonce of the form decides it, so a form that is sent twice asks for
    /// one ticket; and as the nonce is random, numbers tell nobody how many tickets there are.
    pub fn of_form(secret: &Secret, nonce: &str) -> Self {
        let tag = secret.tag(&["ticket-number", nonce]);
        let symbols: Vec<u8> = tag.iter().take(DATA_LEN).map(|byte| byte & 31).collect();
        Self::spell(&symbols)
    }

    /// Reads a number as a person may write it: any case, with or without hyphen and prefix, `O` for 0, `I` and `L` for 1.
    pub fn parse(text: &str) -> Option<Self> {
        let symbols = crockford::symbols(text, PREFIX, DATA_LEN + 1)?;
        let (data, check) = symbols.split_at_checked(DATA_LEN)?;
        (check == [check_character(data)]).then(|| Self::spell(data))
    }

    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn spell(data: &[u8]) -> Self {
        let check = check_character(data);
        let letters = data.iter().chain([&check]).map(|symbol| crockford::letter(*symbol));
        Self(format!("{PREFIX}-{}", letters.collect::<String>()))
    }
}

impl TryFrom<String> for TicketNumber {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not the number of a ticket")
    }
}

impl From<TicketNumber> for String {
    fn from(number: TicketNumber) -> Self {
        number.0
    }
}

impl fmt::Debug for TicketNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Datum for TicketNumber {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(nonce: &str) -> TicketNumber {
        TicketNumber::of_form(&Secret::new("pepper").expect("not empty"), nonce)
    }

    #[test]
    fn a_number_is_read_as_people_write_it() {
        let number = of("a");
        assert_eq!(number.as_str().len(), "CPP-7K3M9Q".len());
        let bare = number.as_str().trim_start_matches("CPP-");
        for text in [number.as_str(), bare, &bare.to_lowercase(), &format!(" cpp{} ", bare.to_lowercase())] {
            assert_eq!(TicketNumber::parse(text).as_ref(), Some(&number), "{text}");
        }
        for text in ["", "CPP-", "CPP-7K3M9", "CPP-UUUUUU", &bare[..5], &format!("{bare}0")] {
            assert_eq!(TicketNumber::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_form_has_one_number() {
        assert_eq!(of("a"), of("a"));
        assert_ne!(of("a"), of("b"));
    }

    proptest! {
        #[test]
        fn any_other_character_is_noticed(nonce in ".*", at in 4..10_usize, other in "[0-9A-HJKMNP-TV-Z]") {
            let number = of(&nonce);
            let mut wrong = number.as_str().to_owned();
            wrong.replace_range(at..=at, &other);
            let read = TicketNumber::parse(&wrong);
            prop_assert_eq!(read, (wrong == number.as_str()).then_some(number));
        }
    }
}
