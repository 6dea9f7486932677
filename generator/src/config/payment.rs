//! `payment_methods` of `content/site.yaml`: through which processors a plan can be bought, in the order in which the
//! pricing page offers them.

use serde::{Deserialize, Deserializer};

use super::SITE_FILE;
use crate::{
    diagnostic::{Diagnostic, closest},
    yaml::{self, Complaint},
};

/// The key in the settings.
pub(crate) const KEY: &str = "payment_methods";

/// A processor that takes payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PaymentMethod {
    Stripe,
    Paypal,
}

impl PaymentMethod {
    const ALL: [Self; 2] = [Self::Stripe, Self::Paypal];

    /// Its name in settings, in forms and in the edge's site data.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Paypal => "paypal",
        }
    }
}

/// What a site offers that does not say so.
pub(super) fn stripe_alone() -> Vec<PaymentMethod> {
    vec![PaymentMethod::Stripe]
}

/// Each method is offered once, and something has to be: a shop without one sells nothing.
pub(super) fn check(methods: &[PaymentMethod], text: &str) -> Result<(), Diagnostic> {
    let twice = methods.iter().enumerate().find(|(place, method)| methods[..*place].contains(method));
    let complaint = match twice {
        _ if methods.is_empty() => Complaint::new("no payment method is listed")
            .hint("write `[stripe]`, `[paypal]` or `[stripe, paypal]`, or remove the line to take payments by Stripe"),
        Some((_, method)) => Complaint::new(format!("`{}` is listed twice", method.id())).hint("name each method once"),
        None => return Ok(()),
    };
    let (offset, width) = yaml::value_span(text, 0..text.len(), KEY, 0).unwrap_or((0, 1));
    Err(complaint.at(SITE_FILE, text, offset, width))
}

impl<'de> Deserialize<'de> for PaymentMethod {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "a payment method", |written| {
            let known = Self::ALL.map(Self::id);
            Self::ALL.into_iter().find(|method| method.id() == written).ok_or_else(|| {
                let complaint = Complaint::new(format!("`{written}` is not a payment method"));
                match closest(written, known) {
                    Some(meant) => complaint.hint(format!("did you mean `{meant}`?")),
                    None => complaint.hint(format!("there are: {}", known.join(", "))),
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Fixture, SITE};

    fn with(line: &str) -> Fixture {
        Fixture::site().with("content/site.yaml", format!("{SITE}{line}\n"))
    }

    /// The values of the buttons on the pricing page, in order, and what the edge is told.
    fn offered(fixture: &Fixture) -> (Vec<String>, serde_json::Value) {
        fixture.build().expect("the site builds");
        let page = fixture.output("pricing/index.html");
        let buttons = page.split("<button").skip(1).filter_map(|button| button.split("value=\"").nth(1));
        let values = buttons.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect();
        let data: serde_json::Value = serde_json::from_str(&fixture.output("site.json")).expect("JSON");
        (values, data["payment_methods"].clone())
    }

    #[test]
    fn the_pricing_page_and_the_edge_offer_what_the_settings_say() {
        let pricing = "---\ntitle: Pricing\ntemplate: pricing.html\n---\n";
        for (line, methods) in [
            ("", vec!["stripe"]),
            ("payment_methods: [paypal]", vec!["paypal"]),
            ("payment_methods: [paypal, stripe]", vec!["paypal", "stripe"]),
            ("payment_methods:\n  - stripe\n  - paypal", vec!["stripe", "paypal"]),
        ] {
            let (buttons, told) = offered(&with(line).with("content/pricing.md", pricing));
            // The fixture has two plans, each with its own form.
            assert_eq!(buttons, [&methods[..], &methods[..]].concat(), "{line}");
            assert_eq!(told, serde_json::json!(methods), "{line}");
        }
    }

    #[test]
    fn each_mistake_is_named_at_its_place_with_a_way_out() {
        for (line, place, message, hint) in [
            ("payment_methods: [strip]", (12, 19), "`strip` is not a payment method", "did you mean `stripe`?"),
            ("payment_methods:\n  - cash", (13, 5), "`cash` is not a payment method", "there are: stripe, paypal"),
            ("payment_methods: [stripe, stripe]", (12, 18), "`stripe` is listed twice", "name each method once"),
            (
                "payment_methods: []",
                (12, 18),
                "no payment method is listed",
                "write `[stripe]`, `[paypal]` or `[stripe, paypal]`, or remove the line to take payments by Stripe",
            ),
        ] {
            let problem = with(line).problem();
            assert_eq!(((problem.line, problem.column), problem.message.as_str()), (place, message), "{problem}");
            assert_eq!(problem.hint.as_deref(), Some(hint), "{problem}");
        }
    }
}
