//! What we have `PayPal` remember of a purchase: its `custom_id`, which comes back with orders, captures, refunds,
//! subscriptions and their sales. It reads `PRODUCT/PLAN`, or `PRODUCT/PLAN/LICENSE` where it prolongs a license.

use crate::domain::license::LicenseId;
use crate::domain::payment::Sold;

/// `PayPal` takes no more.
const BYTES_MAX: usize = 127;

impl Sold {
    /// As `PayPal` remembers it. None where the names are too long for that, or no names of a catalogue.
    pub fn custom_id(&self) -> Option<String> {
        let renewal = self.renews.iter().map(LicenseId::as_str);
        let parts: Vec<&str> = [self.product.as_str(), &self.plan].into_iter().chain(renewal).collect();
        let text = parts.join("/");
        (Self::from_custom_id(&text).as_ref() == Some(self)).then_some(text)
    }

    /// Reads what we wrote. None for what another shop of the same account wrote.
    pub fn from_custom_id(text: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(is_plain);
        let mut parts = text.split('/');
        let (product, plan) = (parts.next()?, parts.next()?);
        let renews = match parts.next() {
            Some(license) => Some(LicenseId::parse(license)?),
            None => None,
        };
        let is_ours = text.len() <= BYTES_MAX && is_name(product) && is_name(plan) && parts.next().is_none();
        is_ours.then(|| Self { product: product.to_owned(), plan: plan.to_owned(), renews })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LICENSE: &str = "lic_0123456789abcdef0123456789abcdef";

    fn sold(product: &str, plan: &str, license: Option<&str>) -> Sold {
        let renews = license.map(|license| LicenseId::parse(license).expect("an id"));
        Sold { product: product.to_owned(), plan: plan.to_owned(), renews }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (sold, text) in [
            (sold("client-portal-plus", "single", None), "client-portal-plus/single".to_owned()),
            (sold("plus2", "5-sites", Some(LICENSE)), format!("plus2/5-sites/{LICENSE}")),
        ] {
            assert_eq!(sold.custom_id().as_deref(), Some(text.as_str()));
            assert_eq!(Sold::from_custom_id(&text), Some(sold));
        }
    }

    #[test]
    fn what_does_not_fit_or_would_not_come_back_is_not_written() {
        let (half, whole) = ("a".repeat(63), "a".repeat(64));
        assert!(sold(&half, &half, None).custom_id().is_some_and(|text| text.len() == BYTES_MAX));
        for (product, plan, license) in [
            (whole.as_str(), half.as_str(), None),
            (&half, &half, Some(LICENSE)),
            ("", "single", None),
            ("plus/single", "x", None),
            ("Plus", "single", None),
            ("plus", "sin gle", None),
        ] {
            assert_eq!(sold(product, plan, license).custom_id(), None, "{product}/{plan}");
        }
    }

    #[test]
    fn what_others_wrote_is_not_ours() {
        let longer = format!("plus/single/{LICENSE}0");
        let more = format!("plus/single/{LICENSE}/x");
        for text in [
            "",
            "plus",
            "plus/",
            "/single",
            "/",
            "plus//",
            "plus/single/",
            "plus/single/x",
            "1042 ",
            "{\"a\":\"b/c\"}",
            "Order/1042",
            "plus/single\n",
            "pl\u{fc}s/single",
            &longer,
            &more,
        ] {
            assert_eq!(Sold::from_custom_id(text), None, "{text}");
        }
    }
}
