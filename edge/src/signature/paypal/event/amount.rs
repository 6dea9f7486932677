//! Amounts of money: decimal text at `PayPal`, minor units here.

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// In minor units.
    pub minor: u64,
    /// ISO 4217 code in lower case.
    pub currency: String,
}

impl Amount {
    /// Reads a decimal exactly. None for anything below zero, finer than the currency, or without end.
    pub fn read(value: &str, currency: &str) -> Option<Self> {
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let currency = currency.to_ascii_lowercase();
        let (whole, fraction) = match value.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (value, ""),
        };
        let is_decimal = !whole.is_empty() && [whole, fraction].concat().bytes().all(|byte| byte.is_ascii_digit());
        let (counted, finer) = fraction.split_at_checked(decimals(&currency)).unwrap_or((fraction, ""));
        if !is_decimal || !finer.bytes().all(|byte| byte == b'0') {
            return None;
        }
        let digits = format!("{whole}{counted:0<width$}", width = decimals(&currency));
        Some(Self { minor: digits.parse().ok()?, currency })
    }

    /// As `PayPal` writes it: `49.00` of dollars, `4900` of yen.
    pub fn value(&self) -> String {
        match decimals(&self.currency) {
            0 => self.minor.to_string(),
            _ => format!("{}.{:02}", self.minor / 100, self.minor % 100),
        }
    }

    /// The currency as `PayPal` writes it.
    pub fn currency_code(&self) -> String {
        self.currency.to_ascii_uppercase()
    }
}

/// Decimals of a currency at `PayPal`, which takes whole amounts alone of a few
/// (<https://developer.paypal.com/reference/currency-codes/>).
fn decimals(currency: &str) -> usize {
    if matches!(currency, "huf" | "jpy" | "twd") { 0 } else { 2 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        let cases: [(&str, &str, Option<u64>); 27] = [
            ("49.00", "USD", Some(4_900)),
            ("0.29", "USD", Some(29)),
            ("1.1", "EUR", Some(110)),
            ("0", "EUR", Some(0)),
            ("7", "EUR", Some(700)),
            ("007.50", "EUR", Some(750)),
            ("1.10000", "EUR", Some(110)),
            ("4900", "JPY", Some(4_900)),
            ("4900.00", "JPY", Some(4_900)),
            ("12000", "HUF", Some(12_000)),
            ("300", "TWD", Some(300)),
            ("184467440737095516.15", "USD", Some(u64::MAX)),
            ("184467440737095516.16", "USD", None),
            ("99999999999999999999999999999999", "USD", None),
            ("4900.5", "JPY", None),
            ("1.005", "USD", None),
            ("1.", "USD", None),
            (".5", "USD", None),
            ("", "USD", None),
            ("-1.00", "USD", None),
            ("+1.00", "USD", None),
            ("1,000.00", "USD", None),
            ("1e3", "USD", None),
            (" 1.00", "USD", None),
            ("1.0.0", "USD", None),
            ("\u{661}.00", "USD", None),
            ("1.\u{661}", "USD", None),
        ];
        for (value, currency, minor) in cases {
            assert_eq!(Amount::read(value, currency).map(|amount| amount.minor), minor, "{value} {currency}");
        }
        for currency in ["", "usd", "US", "USDT", "U$D", "\u{dc}SD"] {
            assert_eq!(Amount::read("1.00", currency), None, "{currency}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(minor: u64, currency in prop_oneof!["USD", "EUR", "JPY", "TWD"]) {
            let amount = Amount { minor, currency: currency.to_ascii_lowercase() };
            prop_assert_eq!(Amount::read(&amount.value(), &amount.currency_code()), Some(amount));
        }

        #[test]
        fn no_text_makes_it_panic(value: String, currency: String) {
            let _ = Amount::read(&value, &currency);
            let _ = Amount::read(&value, "USD");
        }
    }
}
