//! How mail goes out and comes in.

use super::{Reader, Recipient, Secret, register};

const RESEND_API: &str = "https://api.resend.com";

/// How mail goes out.
#[derive(Debug, Clone)]
pub enum MailTransport {
    /// Into a folder, native host only.
    File,
    /// To a mail server, native host only.
    Smtp {
        /// `smtp://HOST:PORT` or `smtps://USER:PASSWORD@HOST:PORT`.
        url: Secret,
    },
    /// Through the platform's own binding, Cloudflare only.
    Cloudflare,
    /// Through the HTTP API that Resend defined.
    Resend {
        /// Its key.
        key: Secret,
        /// Where it is, without a trailing slash.
        base: String,
    },
}

impl<Lookup: Fn(&str) -> Option<String>> Reader<Lookup> {
    pub(super) fn mail_from(&mut self) -> String {
        const NAME: &str = "MAIL_FROM";
        let from = self.required(NAME);
        if !from.is_empty() && (!from.contains('@') || from.contains(char::is_control)) {
            self.error(NAME, "is not an e-mail address");
        }
        from
    }

    pub(super) fn mail(&mut self, livemode: bool) -> MailTransport {
        const NAME: &str = "MAIL_TRANSPORT";
        match self.required(NAME).as_str() {
            "resend" => MailTransport::Resend {
                key: self.secret("MAIL_API_KEY"),
                base: self.base("MAIL_API_BASE", RESEND_API, Recipient::Mail, livemode),
            },
            "cloudflare" if cfg!(target_arch = "wasm32") => MailTransport::Cloudflare,
            "file" if cfg!(not(target_arch = "wasm32")) => MailTransport::File,
            "" => MailTransport::File,
            other if cfg!(not(target_arch = "wasm32")) && server(other).is_some() => self.smtp(other, livemode),
            _ => {
                let known = if cfg!(target_arch = "wasm32") { "`cloudflare`" } else { "`file` nor `smtps://…`" };
                self.error(NAME, format!("is neither `resend` nor {known}"));
                MailTransport::File
            }
        }
    }

    /// A mail server. With real money the way to it is encrypted and it is one that the register names, unless it is this machine.
    fn smtp(&mut self, url: &str, livemode: bool) -> MailTransport {
        const NAME: &str = "MAIL_TRANSPORT";
        let host = server(url).unwrap_or_default();
        let is_near = ["127.0.0.1", "localhost", "[::1]"].contains(&host);
        if livemode && !is_near {
            if !url.starts_with("smtps://") && !url.contains("tls=required") {
                self.error(NAME, "leads to a mail server without encryption; write smtps:// or add ?tls=required");
            } else if !register::is_host_of(Recipient::Mail, host) {
                self.error(NAME, "names a host that the register of processors does not (contract/register.rs)");
            }
        }
        Secret::new(url).map_or(MailTransport::File, |url| MailTransport::Smtp { url })
    }

    pub(super) fn mail_in_secret(&mut self) -> Option<Secret> {
        const NAME: &str = "MAIL_IN_SECRET";
        (self.lookup)(NAME).filter(|value| !value.trim().is_empty()).map(|_| self.secret(NAME))
    }
}

/// The host of a mail server's address.
fn server(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("smtp://").or_else(|| url.strip_prefix("smtps://"))?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.starts_with('[') { host.find(']').and_then(|end| host.get(..=end)) } else { host.split(':').next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_of_somebody_else_gets_no_mail_of_ours() {
        for (url, expected) in [
            ("smtp://127.0.0.1:25", true),
            ("smtp://[::1]:25", true),
            ("smtps://user:pass@smtp.resend.com", true),
            ("smtp://user:pass@smtp.resend.com:587?tls=required", true),
            ("smtp://user:pass@smtp.resend.com", false),
            ("smtps://localhost.evil.example", false),
            ("smtps://127.0.0.1@evil.example", false),
            ("smtps://mail.evil.example/smtp.resend.com", false),
        ] {
            let mut reader = Reader { lookup: |_: &str| None, errors: vec![] };
            assert!(matches!(reader.smtp(url, true), MailTransport::Smtp { .. }), "{url}");
            assert_eq!(reader.errors.is_empty(), expected, "{url}: {:?}", reader.errors);
            let mut reader = Reader { lookup: |_: &str| None, errors: vec![] };
            reader.smtp(url, false);
            assert!(reader.errors.is_empty(), "{url}");
        }
        assert_eq!(server("https://example.com"), None);
    }
}
