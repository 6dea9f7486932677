//! Currencies, and amounts in them: for people, and for programs.

use serde::{Deserialize, Deserializer};

use crate::yaml::{self, Complaint};

/// Currencies whose sign and number of decimals are known.
const CURRENCIES: &[(&str, &str, u32)] = &[
    ("aud", "A$", 2),
    ("brl", "R$", 2),
    ("cad", "CA$", 2),
    ("chf", "CHF\u{a0}", 2),
    ("eur", "€", 2),
    ("gbp", "£", 2),
    ("inr", "₹", 2),
    ("jpy", "¥", 0),
    ("nzd", "NZ$", 2),
    ("usd", "$", 2),
];

/// A currency of the table above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Currency {
    pub(crate) code: &'static str,
    sign: &'static str,
    decimals: u32,
}

impl Currency {
    /// Its code in lower case.
    pub(crate) fn code(self) -> &'static str {
        self.code
    }

    /// An amount in minor units as programs read it.
    pub(crate) fn decimal(self, minor: u64) -> String {
        let unit = 10_u64.pow(self.decimals);
        match self.decimals {
            0 => minor.to_string(),
            decimals => format!("{}.{:0width$}", minor / unit, minor % unit, width = decimals as usize),
        }
    }

    /// An amount in minor units as people read it: whole amounts have no decimals.
    pub(crate) fn amount(self, minor: u64) -> String {
        let unit = 10_u64.pow(self.decimals);
        let (whole, rest) = (grouped(minor / unit), minor % unit);
        if rest == 0 {
            return format!("{}{whole}", self.sign);
        }
        format!("{}{whole}.{rest:0width$}", self.sign, width = self.decimals as usize)
    }
}

/// A number with a comma before each group of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "a currency", |written| {
            let found = CURRENCIES.iter().find(|(code, ..)| *code == written);
            found.map(|&(code, sign, decimals)| Self { code, sign, decimals }).ok_or_else(|| {
                let known: Vec<&str> = CURRENCIES.iter().map(|(code, ..)| *code).collect();
                Complaint::new(format!("`{written}` is not a currency this site can show"))
                    .hint(format!("write its code in lower case; known: {}", known.join(", ")))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_follow_the_currency() {
        let currency = |code: &str| serde_yaml::from_str::<Currency>(code).expect("known");
        let amount = |code: &str, minor| currency(code).amount(minor);
        let decimal = |code: &str, minor| currency(code).decimal(minor);
        assert_eq!(amount("usd", 4905), "$49.05");
        assert_eq!(amount("jpy", 4900), "¥4,900");
        assert_eq!(amount("eur", 100_000_000), "€1,000,000");
        assert_eq!(
            (decimal("usd", 4905), decimal("usd", 4900), decimal("jpy", 4900)),
            ("49.05".into(), "49.00".into(), "4900".into())
        );
    }
}
