//! What clients ask, as they write it: some values are encoded twice, PHP's `false` comes as `0` or as nothing, and spaces
//! around a value mean nothing.

use crate::domain::license::LicenseKey;
use crate::domain::seat::{Environment, SiteIdentity};
use crate::handlers::license::lookup::Asked;
use crate::http::Request;

const FORM: &str = "application/x-www-form-urlencoded";
/// What HTML makes of characters that stand in names of products.
const ENTITIES: &[(&str, &str)] =
    &[("&#038;", "&"), ("&#38;", "&"), ("&amp;", "&"), ("&#039;", "'"), ("&#39;", "'"), ("&quot;", "\"")];

/// A question.
#[derive(Debug)]
pub(super) struct Question {
    pairs: Vec<(String, String)>,
    agent: String,
}

/// What a client calls the product that it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// It does not say.
    Unnamed,
    /// By its id.
    Id(Vec<String>),
    /// By its name.
    Name(Vec<String>),
}

impl Question {
    /// Reads the query and the form. Where both have a value, the form's counts.
    pub(super) fn read(request: &Request, body: &[u8]) -> Self {
        let is_form = request.is_of_type(FORM) || request.headers.get("content-type").is_none();
        let form = if is_form { body } else { &[] };
        let parsed = |text| form_urlencoded::parse(text).into_owned();
        let pairs = parsed(request.query.as_bytes()).chain(parsed(form));
        let agent = request.headers.get("user-agent").unwrap_or_default().to_owned();
        Self { pairs: pairs.collect(), agent }
    }

    /// A value; empty where there is none. Of several the last counts, as in PHP.
    pub(super) fn get(&self, name: &str) -> &str {
        self.pairs.iter().rfind(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// Whether a value is one that PHP takes for true.
    pub(super) fn is_true(&self, name: &str) -> bool {
        !is_false(self.get(name))
    }

    /// The questions of a bulk request, `products[NAME][FIELD]`, by their names; `None` where there is one question.
    pub(super) fn products(&self) -> Option<Vec<(String, Self)>> {
        if !self.pairs.iter().any(|(name, _)| name == "products" || name.starts_with("products[")) {
            return None;
        }
        let mut products: Vec<(String, Self)> = vec![];
        for (name, value) in &self.pairs {
            let Some((product, field)) = nested(name) else { continue };
            let pair = (field.to_owned(), value.clone());
            match products.iter_mut().find(|(known, _)| known == product) {
                Some((_, question)) => question.pairs.push(pair),
                None => products.push((product.to_owned(), Self { pairs: vec![pair], agent: self.agent.clone() })),
            }
        }
        Some(products)
    }

    /// The license key, or the code of the license API that says why there is none.
    pub(super) fn key(&self) -> Result<LicenseKey, &'static str> {
        match self.get("license") {
            text if is_false(text) => Err("no_key"),
            text => LicenseKey::parse(text).or_else(|| LicenseKey::parse(&decoded(text))).ok_or("malformed_key"),
        }
    }

    /// The site that asks: from `url`, else from what WordPress calls itself: `WordPress/6.9; https://example.com`.
    pub(super) fn site(&self) -> Option<SiteIdentity> {
        let agent = self.agent.split(';').nth(1).unwrap_or_default();
        let given = self.get("url");
        SiteIdentity::parse(if given.is_empty() { agent } else { given })
    }

    /// The plugin version that the site has.
    pub(super) fn version(&self) -> String {
        Asked::known_version(self.get("version"))
    }

    /// The same in the words of the license API.
    pub(super) fn asked(&self, key: LicenseKey) -> Asked {
        let version = Some(self.get("version").to_owned());
        let mut asked = Asked::new(key, self.site(), None, version);
        asked.exempt |= Environment::parse(self.get("environment")).is_exempt();
        asked
    }

    /// Which product the client is.
    pub(super) fn item(&self) -> Item {
        let name = || [self.get("item_name"), self.get("name")].into_iter().find(|name| !is_false(name));
        match (self.get("item_id"), name()) {
            (id, _) if !is_false(id) => Item::Id(spellings(id)),
            (_, Some(name)) => Item::Name(spellings(name)),
            _ => Item::Unnamed,
        }
    }
}

impl Item {
    /// Whether it may be the product with this id and name.
    pub(super) fn is(&self, id: &str, name: &str) -> bool {
        match self {
            Self::Unnamed => true,
            Self::Id(spellings) | Self::Name(spellings) => {
                let lower = [id.to_lowercase(), name.to_lowercase()];
                spellings.iter().any(|spelling| lower.contains(&spelling.to_lowercase()))
            }
        }
    }

    /// The last of its spellings, which is what the client meant; empty where it does not say.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Unnamed => "",
            Self::Id(spellings) | Self::Name(spellings) => spellings.last().map_or("", String::as_str),
        }
    }
}

fn is_false(text: &str) -> bool {
    matches!(text, "" | "0" | "false")
}

/// Product and field of `products[NAME][FIELD]`.
fn nested(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("products[")?.strip_suffix(']')?.split_once("][")
}

/// A text as it came, as it reads when it was encoded twice, and without HTML's entities.
fn spellings(text: &str) -> Vec<String> {
    let decoded = decoded(text);
    let plain = ENTITIES.iter().fold(decoded.clone(), |plain, (entity, character)| plain.replace(entity, character));
    vec![text.to_owned(), decoded, plain.trim().to_owned()]
}

/// Undoes percent encoding once; what is none stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = vec![];
    let mut rest = text.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    while let Some((first, after)) = rest.split_first() {
        let hidden = match after {
            [high, low, ..] if *first == b'%' => digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        bytes.push(hidden.unwrap_or(*first));
        rest = after.get(if hidden.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::http::{Body, Headers, Method, Network};

    const KEY: &str = "CPP-0000-0000-0000-0000-0000-0000-0000";

    fn question(query: &str, body: &str, agent: &str) -> Question {
        let mut headers = Headers::default();
        headers.add("content-type", FORM);
        headers.add("user-agent", agent.to_owned());
        let (method, path, query) = (Method::Post, "/".to_owned(), query.to_owned());
        let request = Request {
            method,
            secure: true,
            path,
            query,
            headers,
            network: Network::default(),
            body: Body::Bytes(vec![]),
        };
        Question::read(&request, body.as_bytes())
    }

    fn of(body: &str) -> Question {
        question("", body, "")
    }

    #[test]
    fn the_form_goes_before_the_query_and_the_last_value_counts() {
        let question = question("edd_action=get_version&slug=a&beta=1", "slug=+b+&slug=c&beta=0", "");
        assert_eq!((question.get("edd_action"), question.get("slug"), question.get("none")), ("get_version", "c", ""));
        assert!(!question.is_true("beta"));
    }

    #[test]
    fn a_product_is_known_by_id_or_name_however_it_is_encoded() {
        for (body, expected) in [
            ("item_id=portal", true),
            ("item_id=Portal+%26+Co", true),
            ("item_id=123&item_name=portal", false),
            ("item_id=0&item_name=PORTAL", true),
            ("item_id=&item_name=Portal%20%26%20Co", true),
            ("item_name=Portal%2520%2526%2520Co", true),
            ("item_name=Portal+%26amp%3B+Co", true),
            ("item_name=0&name=Portal+%2526%2523038%253B+Co", true),
            ("item_name=another", false),
            ("item_id=0&item_name=0", true),
        ] {
            assert_eq!(of(body).item().is("portal", "Portal & Co"), expected, "{body}");
        }
        assert_eq!(of("item_id=0&item_name=").item(), Item::Unnamed);
        assert_eq!(of("item_name=Portal%2520%2526%2520Co").item().text(), "Portal & Co");
    }

    #[test]
    fn a_site_is_known_by_its_address_else_by_the_agent() {
        let site = |body: &str, agent: &str| question("", body, agent).site().map(|site| site.as_str().to_owned());
        let agent = "WordPress/6.9; https://www.example.org/blog";
        assert_eq!(site("url=https%3A%2F%2Fexample.com", agent).as_deref(), Some("example.com"));
        assert_eq!(site("url=https%253A%252F%252Fexample.com%252Fa", "").as_deref(), Some("example.com/a"));
        assert_eq!(site("url=", agent).as_deref(), Some("example.org/blog"));
        assert_eq!(site("", "curl/8"), None);
    }

    #[test]
    fn a_key_is_read_however_it_is_encoded() {
        assert_eq!(of("").key(), Err("no_key"));
        assert_eq!(of("license=0").key(), Err("no_key"));
        assert_eq!(of("license=abc").key(), Err("malformed_key"));
        for body in [format!("license=+{KEY}%0A"), format!("license={}", KEY.replace('-', "%252D"))] {
            assert!(of(&body).key().is_ok(), "{body}");
        }
    }

    #[test]
    fn a_site_that_says_it_is_a_copy_takes_no_seat() {
        let exempt = |body: &str| of(body).asked(LicenseKey::parse(KEY).expect("a key")).exempt;
        assert!(exempt("url=example.com&environment=staging") && exempt("url=example.test"));
        assert!(!exempt("url=example.com&environment=production") && !exempt("url=example.com"));
    }

    #[test]
    fn many_products_are_asked_for_at_once() {
        let body = "edd_action=get_version&products%5Ba%5D%5Bslug%5D=x&products[b][slug]=y&products[a][item_id]=1&products[c]=z";
        let products = of(body).products().expect("a bulk request");
        let names: Vec<&str> = products.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!((products[0].1.get("slug"), products[0].1.get("item_id")), ("x", "1"));
        assert_eq!(of("products=").products().map(|products| products.len()), Some(0));
        assert!(of("slug=products[").products().is_none());
    }

    proptest! {
        #[test]
        fn no_question_is_too_broken(
            query in "\\PC{0,60}",
            body in "(edd_action=get_version&|license=|url=|products\\[|\\]\\[|\\]=|item_name=|%|%25|&|\\PC){0,12}",
            agent in "\\PC{0,40}",
        ) {
            let question = question(&query, &body, &agent);
            let _ = (question.key(), question.site(), question.version(), question.is_true("beta"));
            let item = question.item();
            let _ = (item.is("a", "b"), item.text().len());
            for (_, product) in question.products().unwrap_or_default() {
                let _ = (product.key(), product.site(), product.item());
            }
        }

        #[test]
        fn what_was_encoded_is_decoded(text in "\\PC{0,40}") {
            let encoded = text.bytes().fold(String::new(), |written, byte| format!("{written}%{byte:02x}"));
            prop_assert_eq!(decoded(&encoded), text);
        }
    }
}
