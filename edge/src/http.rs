//! Requests and responses as plain data: no framework, no platform types. A host translates at its border.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// A request method; any other word is [`Method::Other`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// Anything else; no route answers it.
    Other,
}

impl Method {
    /// Reads the word; methods are case-sensitive (RFC 9110, section 9.1).
    pub fn parse(word: &str) -> Self {
        match word {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            _ => Self::Other,
        }
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Other => "OTHER",
        }
    }
}

/// The body of a request as far as the host read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// All of it.
    Bytes(Vec<u8>),
    /// It is longer than the route allows; it was not read.
    TooLarge,
}

/// Text of a header; that of most answers stands in the program.
type Text = Cow<'static, str>;

/// Headers in order, names in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(Text, Text)>);

impl Headers {
    /// Adds a header.
    pub fn add(&mut self, name: impl Into<Text>, value: impl Into<Text>) {
        self.push(name.into(), value.into());
    }

    fn push(&mut self, mut name: Text, value: Text) {
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            name.to_mut().make_ascii_lowercase();
        }
        self.0.push((name, value));
    }

    /// Sets a header, in place of any of that name.
    pub fn set(&mut self, name: impl Into<Text>, value: impl Into<Text>) {
        self.replace(name.into(), value.into());
    }

    fn replace(&mut self, name: Text, value: Text) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.push(name, value);
    }

    /// The first header of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Keeps the headers for which `wanted` says so.
    pub fn retain(&mut self, wanted: impl Fn(&str, &str) -> bool) {
        self.0.retain(|(name, value)| wanted(name, value));
    }

    /// All of them in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Whether it came by HTTPS, as the platform (not the client) says.
    pub secure: bool,
    /// Path, still percent-encoded.
    pub path: String,
    /// Query without the question mark; empty for none.
    pub query: String,
    /// Headers.
    pub headers: Headers,
    /// The network it came from, as the platform (not the client) says.
    pub network: Network,
    /// Body.
    pub body: Body,
}

/// A part of the internet, as small as a household or a company. It is never stored: requests are counted under a keyed
/// digest of it, and only for a minute.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Network(String);

impl Network {
    /// A network by its name, which says at most 24 bits of an IPv4 address or 48 of an IPv6 one.
    pub fn new(name: String) -> Self {
        Self(name)
    }

    /// The network as text; empty where it is not known.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// It says where somebody is, so it stays out of logs.
impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[network]")
    }
}

impl Request {
    /// The path with its percent-encoding undone, once, so that a file has the same spellings on every host. None where
    /// what was hidden would mean something else to whoever reads the path next.
    pub fn decoded_path(&self) -> Option<String> {
        let mut decoded = vec![];
        let mut rest = self.path.bytes();
        while let Some(byte) = rest.next() {
            if byte != b'%' {
                decoded.push(byte);
                continue;
            }
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let hidden = u8::try_from(digit()? * 16 + digit()?).ok()?;
            if matches!(hidden, b'/' | b'\\' | b'%' | b'?' | b'#') || hidden.is_ascii_control() {
                return None;
            }
            decoded.push(hidden);
        }
        String::from_utf8(decoded).ok()
    }

    /// A parameter of the query.
    pub fn query_value(&self, name: &str) -> Option<Cow<'_, str>> {
        form_urlencoded::parse(self.query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Whether whoever asks says that they take this media type.
    pub fn accepts(&self, media_type: &str) -> bool {
        self.headers.get("accept").is_some_and(|accept| accept.contains(media_type))
    }

    /// Whether the body is of this media type, parameters aside.
    pub fn is_of_type(&self, media_type: &str) -> bool {
        let given = self.headers.get("content-type").unwrap_or_default();
        given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type)
    }
}

/// The fields of a form as a browser sends it.
#[derive(Debug)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// The media type that is read.
    pub const TYPE: &'static str = "application/x-www-form-urlencoded";

    /// Reads the body of a request; none where it is of another type.
    pub fn read(request: &Request, body: &[u8]) -> Option<Self> {
        request.is_of_type(Self::TYPE).then(|| Self(form_urlencoded::parse(body).into_owned().collect()))
    }

    /// A form with these fields.
    pub fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// What a field holds; nothing where there is none.
    pub fn field(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: Headers,
    /// Body.
    pub body: Vec<u8>,
    /// What the host sends in place of the body.
    pub excerpt: Option<Excerpt>,
}

/// Bytes of a release archive. The host sends them piece by piece as it reads them: an archive is large, and many sites
/// fetch it at once on the day it comes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Name of the archive.
    pub name: String,
    /// Its entity tag. Should the archive have another by now, nothing of it is sent.
    pub etag: String,
    /// Which bytes.
    pub bytes: Range<u64>,
}

impl Response {
    /// A response with a body of this type.
    pub fn new(status: u16, content_type: impl Into<Text>, body: impl Into<Vec<u8>>) -> Self {
        let mut headers = Headers::default();
        headers.add("content-type", content_type);
        Self { status, headers, body: body.into(), excerpt: None }
    }

    /// A JSON answer.
    pub fn json(status: u16, body: &impl serde::Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_else(|_| b"null".to_vec());
        Self::new(status, "application/json; charset=utf-8", body)
    }

    /// An answer that says no more than that it was done.
    pub fn empty() -> Self {
        Self { status: 204, headers: Headers::default(), body: vec![], excerpt: None }
    }

    /// "See other": the answer to a form lies elsewhere.
    pub fn see_other(location: &str) -> Self {
        Self::redirect(303, location)
    }

    /// A redirect with this status.
    pub fn redirect(status: u16, location: &str) -> Self {
        let mut response = Self { status, headers: Headers::default(), body: vec![], excerpt: None };
        // A line break in an address could forge a header; no address needs one. Letters beyond ASCII fit no header.
        let visible = location.chars().filter(|c| !c.is_control());
        let encoded = visible.fold(String::new(), |written, c| match c {
            '!'..='~' => written + c.encode_utf8(&mut [0; 4]),
            _ => c.encode_utf8(&mut [0; 4]).bytes().fold(written, |written, byte| format!("{written}%{byte:02X}")),
        });
        response.headers.add("location", encoded);
        response
    }

    /// The same with one more header.
    pub fn with(mut self, name: impl Into<Text>, value: impl Into<Text>) -> Self {
        self.headers.set(name, value);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_names_do_not_depend_on_case() {
        let mut headers = Headers::default();
        headers.add("Stripe-Signature", "t=1");
        headers.set("STRIPE-SIGNATURE", "t=2");
        assert_eq!(headers.get("stripe-signature"), Some("t=2"));
        assert_eq!(headers.iter().count(), 1);
    }

    #[test]
    fn a_redirect_cannot_forge_a_header() {
        let response = Response::see_other("/a\r\nset-cookie: b=c");
        assert_eq!(response.headers.get("location"), Some("/aset-cookie:%20b=c"));
    }

    #[test]
    fn a_redirect_may_lead_to_any_letter() {
        assert_eq!(Response::see_other("/caf\u{e9}/?a=%20").headers.get("location"), Some("/caf%C3%A9/?a=%20"));
    }

    #[test]
    fn a_path_is_decoded_once_or_not_at_all() {
        let decoded = |path: &str| {
            let (method, headers, body) = (Method::Get, Headers::default(), Body::Bytes(vec![]));
            Request {
                method,
                secure: true,
                path: path.to_owned(),
                query: String::new(),
                headers,
                network: Network::default(),
                body,
            }
            .decoded_path()
        };
        for (path, expected) in [("/pricing/", "/pricing/"), ("/%70ricing/", "/pricing/"), ("/caf%C3%a9", "/caf\u{e9}")]
        {
            assert_eq!(decoded(path).as_deref(), Some(expected));
        }
        for path in ["/%", "/%7", "/%zz", "/%2570", "/a%2Fb", "/%5Cb", "/a%3Fb", "/a%23b", "/%00", "/%0d%0a", "/%ff"] {
            assert_eq!(decoded(path), None, "{path}");
        }
    }
}
