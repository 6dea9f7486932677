//! `content/products.yaml`: what is sold. The edge takes prices from here and never from a form, so every amount is
//! checked when it is read: whole minor units, a currency whose number of decimals is known, ids that are unique.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize};

use super::{Config, payment::PaymentMethod};
use crate::{
    diagnostic::Diagnostic,
    site_data::{LicenseId, Sold},
    source::Tree,
    yaml::{self, Complaint},
};

mod currency;

pub(crate) use currency::Currency;

/// Where the products are.
pub(crate) const PRODUCTS_FILE: &str = "content/products.yaml";

/// The largest amount a payment processor takes, in minor units.
const PRICE_MAX: u64 = 99_999_999;

/// Something that is sold under one name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Product {
    #[serde(deserialize_with = "identifier")]
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) plans: Vec<Plan>,
}

/// One way to buy a product.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    #[serde(deserialize_with = "identifier")]
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(deserialize_with = "price")]
    pub(crate) price: u64,
    pub(crate) currency: Currency,
    /// Sites that may be active at once; 0 means unlimited.
    #[serde(deserialize_with = "seats")]
    pub(crate) seats: u32,
    pub(crate) term: Term,
    #[serde(deserialize_with = "processor_id")]
    pub(crate) stripe_price: String,
    #[serde(default, rename = "paypal_plan", deserialize_with = "optional_processor_id")]
    pub(crate) paypal: Option<String>,
    /// Whether the price is a subscription; none where nobody said so, which is no.
    renews: Option<bool>,
    /// What the plan offers, in the words of the pricing page.
    #[serde(default)]
    pub(crate) features: Vec<String>,
}

/// How long a purchase lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Term {
    /// One year from payment.
    OneYear,
    /// Never ends.
    Lifetime,
}

/// A product as templates see it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ProductView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) plans: Vec<PlanView>,
}

/// A plan as templates see it: every number also as text.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PlanView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) price: u64,
    pub(crate) price_text: String,
    /// The price for programs: `49.00`.
    pub(crate) price_decimal: String,
    pub(crate) currency: String,
    pub(crate) seats: u32,
    pub(crate) seats_text: String,
    pub(crate) term: String,
    pub(crate) term_text: String,
    pub(crate) renews: bool,
    /// Whether it renews by itself, as a fact about the plan.
    pub(crate) renewal_text: String,
    pub(crate) features: Vec<String>,
}

/// Reads the products; a root without the file sells nothing.
pub(crate) fn read(content: &Tree, config: &Config) -> Result<Vec<Product>, Diagnostic> {
    let Some(text) = content.text(PRODUCTS_FILE) else { return Ok(Vec::new()) };
    let text = text?;
    let products: Vec<Product> = yaml::parse(PRODUCTS_FILE, text, 0..text.len())?;
    check_ids(text, &products)?;
    if config.payment_methods.contains(&PaymentMethod::Paypal) {
        check_lengths(text, &products)?;
    }
    check_renewals(text, &products, &config.payment_methods)?;
    Ok(products)
}

/// Product ids are unique in the file and plan ids in their product. The n-th `id:` of the file is the n-th id read.
fn check_ids(text: &str, products: &[Product]) -> Result<(), Diagnostic> {
    let mut nth = 0;
    let mut product_ids = BTreeSet::new();
    let repeated = |nth: usize, what: &str, id: &str| {
        let (offset, width) = yaml::value_span(text, 0..text.len(), "id", nth).unwrap_or((0, 1));
        Complaint::new(format!("two {what} have the id `{id}`"))
            .hint("give each its own id; an id that was sold under never changes")
            .at(PRODUCTS_FILE, text, offset, width)
    };
    for product in products {
        if !product_ids.insert(&product.id) {
            return Err(repeated(nth, "products", &product.id));
        }
        nth += 1;
        let mut plan_ids = BTreeSet::new();
        for plan in &product.plans {
            if !plan_ids.insert(&plan.id) {
                return Err(repeated(nth, "plans of one product", &plan.id));
            }
            nth += 1;
        }
    }
    Ok(())
}

/// What `PayPal` remembers of a purchase has room for the ids of product and plan, and of a license that it may renew.
fn check_lengths(text: &str, products: &[Product]) -> Result<(), Diagnostic> {
    let renews = LicenseId::parse("lic_00000000000000000000000000000000");
    let mut nth = 0;
    for product in products {
        for plan in &product.plans {
            nth += 1;
            let sold = Sold { product: product.id.clone(), plan: plan.id.clone(), renews: renews.clone() };
            if sold.custom_id().is_none() {
                let (offset, width) = yaml::value_span(text, 0..text.len(), "id", nth).unwrap_or((0, 1));
                let what = format!("`{}` and `{}` together are too long for PayPal", product.id, plan.id);
                return Err(Complaint::new(what)
                    .hint(
                        "PayPal keeps 127 characters, of which 38 are for a license; give one of the two a shorter id",
                    )
                    .at(PRODUCTS_FILE, text, offset, width));
            }
        }
        nth += 1;
    }
    Ok(())
}

/// A plan that renews has something to renew, and a subscription at each processor it can be bought through. The n-th
/// `renews:` of the file is that of the n-th plan that has one.
fn check_renewals(text: &str, products: &[Product], methods: &[PaymentMethod]) -> Result<(), Diagnostic> {
    let plans = products.iter().flat_map(|product| &product.plans).filter(|plan| plan.renews.is_some());
    for (nth, plan) in plans.enumerate().filter(|(_, plan)| plan.renews()) {
        let complaint = if plan.term == Term::Lifetime {
            Complaint::new(format!("`{}` never ends, so there is nothing to renew", plan.id))
                .hint("write `term: 1y`, or leave `renews` out")
        } else if methods.contains(&PaymentMethod::Paypal) && plan.paypal.is_none() {
            Complaint::new(format!("`{}` renews by itself and has no subscription at PayPal", plan.id)).hint(
                "add `paypal_plan: P-…` from PayPal's dashboard, or take `paypal` out of `payment_methods` in \
                 content/site.yaml",
            )
        } else {
            continue;
        };
        let (offset, width) = yaml::value_span(text, 0..text.len(), "renews", nth).unwrap_or((0, 1));
        return Err(complaint.at(PRODUCTS_FILE, text, offset, width));
    }
    Ok(())
}

impl Product {
    /// The product as templates see it.
    pub(crate) fn view(&self) -> ProductView {
        ProductView { id: self.id.clone(), name: self.name.clone(), plans: self.plans.iter().map(Plan::view).collect() }
    }
}

impl Plan {
    /// Whether it renews by itself.
    pub(crate) fn renews(&self) -> bool {
        self.renews == Some(true)
    }

    fn view(&self) -> PlanView {
        let (term, term_text, renewal_text) = match (self.term, self.renews()) {
            (Term::OneYear, true) => ("1y", "per year", "Renews by itself each year until you cancel"),
            (Term::OneYear, false) => ("1y", "for one year", "Does not renew by itself"),
            (Term::Lifetime, _) => ("lifetime", "once", "Nothing to renew"),
        };
        PlanView {
            id: self.id.clone(),
            name: self.name.clone(),
            price: self.price,
            price_text: self.currency.amount(self.price),
            price_decimal: self.currency.decimal(self.price),
            currency: self.currency.code().to_owned(),
            seats: self.seats,
            seats_text: match self.seats {
                0 => "Unlimited sites".to_owned(),
                1 => "1 site".to_owned(),
                seats => format!("{seats} sites"),
            },
            term: term.to_owned(),
            term_text: term_text.to_owned(),
            renews: self.renews(),
            renewal_text: renewal_text.to_owned(),
            features: self.features.clone(),
        }
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        yaml::parsed(deserializer, "a term", |written| match written {
            "1y" => Ok(Self::OneYear),
            "lifetime" => Ok(Self::Lifetime),
            _ => Err(Complaint::new(format!("`{written}` is not a term")).hint("write `1y` or `lifetime`")),
        })
    }
}

fn identifier<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    yaml::parsed(deserializer, "an id", |written| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=64).contains(&written.len()) && written.bytes().all(plain) {
            return Ok(written.to_owned());
        }
        Err(Complaint::new(format!("`{written}` is not an id"))
            .hint("use up to 64 lower-case letters, digits and hyphens: `client-portal`"))
    })
}

/// Read as text, so that `49.00` is a complaint about minor units and not about a type.
fn price<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    yaml::parsed(deserializer, "a price", |written| match written.parse::<u64>() {
        Ok(minor @ 1..=PRICE_MAX) => Ok(minor),
        _ => Err(Complaint::new(format!("`{written}` is not a price"))
            .hint(format!("write whole minor units from 1 to {PRICE_MAX}: 4900 for 49.00"))),
    })
}

fn seats<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    yaml::parsed(deserializer, "a number of sites", |written| {
        written.parse().map_err(|_| {
            Complaint::new(format!("`{written}` is not a number of sites")).hint("write a whole number; 0 is no limit")
        })
    })
}

fn processor_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    yaml::parsed(deserializer, "a processor's id", |written| {
        if !written.is_empty() && written.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
            return Ok(written.to_owned());
        }
        Err(Complaint::new(format!("`{written}` is not an id of a processor"))
            .hint("copy it from the processor's dashboard: `price_…` at Stripe, `P-…` at PayPal"))
    })
}

fn optional_processor_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    processor_id(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, PRODUCTS};

    fn read_text(products: &str) -> Result<Vec<Product>, Diagnostic> {
        read_with(products, &[PaymentMethod::Stripe])
    }

    fn read_with(products: &str, methods: &[PaymentMethod]) -> Result<Vec<Product>, Diagnostic> {
        let fixture = Fixture::empty().with(PRODUCTS_FILE, products);
        let config = Config { payment_methods: methods.to_vec(), ..Config::bare() };
        read(&Tree::read(fixture.root(), "content").expect("the folder is readable"), &config)
    }

    #[track_caller]
    fn refuses(from: &str, to: &str, line: usize, message: &str) {
        assert!(PRODUCTS.contains(from));
        let problem = read_text(&PRODUCTS.replacen(from, to, 1)).expect_err("the products are broken");
        assert_eq!((problem.line, problem.message.as_str()), (line, message), "{problem}");
        assert!(problem.hint.is_some() && problem.excerpt.is_some(), "{problem}");
    }

    #[test]
    fn ids_have_to_fit_into_what_paypal_remembers() {
        let long = "x".repeat(64);
        let plan =
            "    - id: {plan}\n      name: B\n      price: 1\n      currency: usd\n      seats: 1\n      term: 1y\n";
        let products = format!("- id: {long}\n  name: A\n  plans:\n{plan}      stripe_price: p\n");
        let with = |length: usize| products.replace("{plan}", &"y".repeat(length));
        assert!(read_with(&with(25), &[PaymentMethod::Paypal]).is_ok());
        assert!(read_with(&with(26), &[PaymentMethod::Stripe]).is_ok());
        let problem = read_with(&with(26), &[PaymentMethod::Paypal]).expect_err("one letter too many");
        assert_eq!(problem.line, 4);
        assert!(problem.message.ends_with("together are too long for PayPal"), "{problem}");
    }

    #[test]
    fn templates_see_numbers_as_text() {
        let products = read_text(PRODUCTS).expect("well-formed");
        let views: Vec<ProductView> = products.iter().map(Product::view).collect();
        let plans: Vec<[&str; 3]> = views[0]
            .plans
            .iter()
            .map(|plan| [plan.price_text.as_str(), plan.seats_text.as_str(), plan.term_text.as_str()])
            .collect();
        assert_eq!(plans, [["$49", "1 site", "for one year"], ["$1,299.50", "Unlimited sites", "once"]]);
    }

    #[test]
    fn a_plan_says_whether_it_renews_by_itself() {
        let facts = |products: &str| -> Vec<(bool, String)> {
            let products = read_text(products).expect("well-formed");
            let plans = products[0].view().plans.into_iter();
            plans.map(|plan| (plan.renews, format!("{}: {}", plan.term_text, plan.renewal_text))).collect()
        };
        let once = (false, "once: Nothing to renew".to_owned());
        assert_eq!(facts(PRODUCTS), [(false, "for one year: Does not renew by itself".to_owned()), once.clone()]);
        let renewing = PRODUCTS.replace("term: 1y", "term: 1y\n      renews: true");
        assert_eq!(
            facts(&renewing),
            [(true, "per year: Renews by itself each year until you cancel".to_owned()), once]
        );
    }

    #[test]
    fn what_renews_has_an_end_and_a_subscription_at_each_processor() {
        let never = "term: lifetime\n      renews: ";
        refuses("term: lifetime", &format!("{never}true"), 17, "`unlimited` never ends, so there is nothing to renew");
        read_text(&PRODUCTS.replace("term: lifetime", &format!("{never}false"))).expect("nothing renews");
        refuses(
            "term: 1y",
            "term: 1y\n      renews: sometimes",
            10,
            "has to be `true` or `false`, and is \"sometimes\"",
        );

        // The second `renews` of the file is the one that is wrong.
        let renewing = PRODUCTS
            .replace("term: 1y", "term: 1y\n      renews: false")
            .replace("term: lifetime", "term: 1y\n      renews: true");
        read_text(&renewing).expect("PayPal is not offered");
        let both = [PaymentMethod::Stripe, PaymentMethod::Paypal];
        let problem = read_with(&renewing, &both).expect_err("no subscription at PayPal");
        assert_eq!((problem.line, problem.column), (18, 15), "{problem}");
        assert_eq!(problem.message, "`unlimited` renews by itself and has no subscription at PayPal");
        assert!(problem.hint.is_some_and(|hint| hint.contains("paypal_plan") && hint.contains("payment_methods")));
        let named = renewing.replace("renews: true", "renews: true\n      paypal_plan: P-1");
        read_with(&named, &both).expect("there is one");
    }

    #[test]
    fn each_value_is_checked_at_its_line() {
        refuses("price: 4900", "price: 49.00", 6, "`49.00` is not a price");
        refuses("price: 4900", "price: -1", 6, "`-1` is not a price");
        refuses("currency: usd", "currency: USD", 7, "`USD` is not a currency this site can show");
        refuses("term: 1y", "term: 1m", 9, "`1m` is not a term");
        refuses("seats: 1", "seats: -1", 8, "`-1` is not a number of sites");
        refuses("stripe_price: price_single", "stripe_price: a b", 10, "`a b` is not an id of a processor");
        refuses("price: 4900", "pric: 4900", 6, "unknown field `pric`");
    }

    #[test]
    fn an_id_is_given_once() {
        refuses("id: unlimited", "id: single", 11, "two plans of one product have the id `single`");
        let twice = format!("{PRODUCTS}{PRODUCTS}");
        let problem = read_text(&twice).expect_err("the product is there twice");
        assert_eq!((problem.line, problem.column), (18, 7), "{problem}");
    }
}
