//! Every way in which a request can fail: one closed list, each with its status, its machine-readable name and whether
//! the sender should try again. How a failure looks (problem details or a page) is decided elsewhere.

use serde::Serialize;

use crate::ports::Unavailable;

/// Why a request was not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nothing lies under this address.
    NotFound,
    /// The address knows other methods.
    MethodNotAllowed {
        /// Value of the `Allow` header.
        allow: String,
    },
    /// The body is longer than this route takes.
    TooLarge,
    /// The body is of a type this route does not read.
    UnsupportedMediaType {
        /// The type it reads.
        wanted: &'static str,
    },
    /// The body or the query is not what this route reads.
    BadRequest {
        /// What is wrong.
        detail: &'static str,
    },
    /// Fields of the form or of the JSON do not hold what they should.
    InvalidFields {
        /// What is wrong with each.
        fields: Vec<FieldError>,
    },
    /// The signature does not hold.
    BadSignature,
    /// A form of another site.
    CrossSite,
    /// Nobody allowed this, or not any more.
    NotAllowed,
    /// No policy version is in force, so nothing personal may be stored.
    NoPolicyInForce,
    /// Too many requests in a minute.
    TooMany,
    /// A license does not allow what was asked of it.
    License(Refusal),
    /// A link to the archive of a release has ended, or is not one of ours.
    DownloadLink {
        /// What to do about it.
        detail: &'static str,
    },
    /// The archive of a release is not where it should be.
    NoArchive,
    /// The link to somebody's own page has ended, or is not one of ours. Which of the two is not told.
    OwnerLink,
    /// The link to a ticket is not one of ours, or no longer. Which of the two is not told.
    TicketLink,
    /// The session of somebody of the staff is over, or never was.
    SignedOut,
    /// The link to sign in with has ended, was used, or is not one of ours. Which of them is not told.
    SignInLink,
    /// The link of a privacy request has ended, was used, or is not one of ours. Which of them is not told.
    RightsLink,
    /// What such a link opened is closed again.
    RightsSession,
    /// What was sent cannot stand beside what is there.
    Conflict {
        /// What it is about.
        detail: &'static str,
    },
    /// Storage did not answer.
    Storage(Unavailable),
    /// The payment processor did not answer, or refused, before anybody could pay.
    Processor {
        /// What it said; no personal data.
        why: String,
    },
    /// The payment processor did not say whether a purchase is paid. The buyer may well have paid.
    Unconfirmed {
        /// What it said; no personal data.
        why: String,
    },
    /// The configuration lacks something.
    Misconfigured {
        /// Names of the settings, for whoever runs the site.
        settings: Vec<&'static str>,
    },
}

/// Why a license does not allow what was asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Status code.
    pub status: u16,
    /// The code, as the license API has it.
    pub code: &'static str,
    /// What to do about it.
    pub detail: &'static str,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Name of the field.
    pub field: &'static str,
    /// What is wrong, as a sentence.
    pub detail: &'static str,
}

/// A failure as its sender sees it (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The failure's name; relative to the site.
    #[serde(rename = "type")]
    pub kind: String,
    /// The failure in a few words.
    pub title: &'static str,
    /// Status code.
    pub status: u16,
    /// What to do about it.
    pub detail: String,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: Vec<FieldError>,
    /// The code of a license that does not allow what was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
}

impl Failure {
    /// Status, name and title.
    fn class(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::NotFound => (404, "not-found", "Page not found"),
            Self::MethodNotAllowed { .. } => (405, "method-not-allowed", "Method not allowed"),
            Self::TooLarge => (413, "too-large", "Too large"),
            Self::UnsupportedMediaType { .. } => (415, "unsupported-media-type", "Unsupported media type"),
            Self::BadRequest { .. } => (400, "bad-request", "Bad request"),
            Self::InvalidFields { .. } => (422, "invalid-fields", "Some fields need another look"),
            Self::BadSignature => (400, "bad-signature", "Bad signature"),
            Self::CrossSite => (403, "cross-site", "Form of another site"),
            Self::NotAllowed => (403, "not-allowed", "Not allowed"),
            Self::NoPolicyInForce => (503, "no-policy-in-force", "No privacy policy is in force"),
            Self::TooMany => (429, "too-many-requests", "Too many requests"),
            Self::License(refusal) => (refusal.status, "license", "The license does not allow this"),
            Self::DownloadLink { .. } => (403, "download-link", "The link does not work"),
            Self::NoArchive => (404, "no-archive", "The file is not there"),
            Self::OwnerLink => (403, "owner-link", "This link does not open anything"),
            Self::TicketLink => (404, "ticket-link", "This link does not open anything"),
            Self::SignedOut => (401, "signed-out", "Please sign in"),
            Self::SignInLink => (403, "sign-in-link", "This link does not sign you in"),
            Self::RightsLink => (403, "rights-link", "This link does not open anything"),
            Self::RightsSession => (401, "rights-session", "This is closed again"),
            Self::Conflict { .. } => (409, "conflict", "This was sent before"),
            Self::Storage(_) => (503, "storage-unavailable", "Temporarily unavailable"),
            Self::Processor { .. } => (503, "processor-unavailable", "The payment processor does not answer"),
            Self::Unconfirmed { .. } => (503, "payment-unconfirmed", "Your payment cannot be looked up right now"),
            Self::Misconfigured { .. } => (503, "misconfigured", "Temporarily unavailable"),
        }
    }

    /// Status code.
    pub fn status(&self) -> u16 {
        self.class().0
    }

    /// Seconds after which to try again, where trying again can help.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Storage(_) | Self::Processor { .. } | Self::Unconfirmed { .. } => Some(5),
            Self::TooMany => Some(60),
            Self::NoPolicyInForce | Self::Misconfigured { .. } => Some(300),
            _ => None,
        }
    }

    /// The failure as its sender sees it. What a part of the world said stays in the log.
    pub fn problem(&self) -> Problem {
        let (status, kind, title) = self.class();
        let detail = match self {
            Self::NotFound => "Nothing lies under this address.".to_owned(),
            Self::MethodNotAllowed { allow } => format!("This address answers {allow}."),
            Self::TooLarge => "The body is longer than this address takes.".to_owned(),
            Self::UnsupportedMediaType { wanted } => format!("This address reads {wanted}."),
            Self::BadRequest { detail } | Self::DownloadLink { detail } | Self::Conflict { detail } => {
                (*detail).to_owned()
            }
            Self::InvalidFields { .. } => "Correct the fields named in errors and send it again.".to_owned(),
            Self::BadSignature => "The signature does not match the body.".to_owned(),
            Self::CrossSite => "Open the form on this site and send it from there.".to_owned(),
            Self::NotAllowed => "The visitor did not allow this. Nothing was stored.".to_owned(),
            Self::NoPolicyInForce => "Nothing personal is taken before a privacy policy is in force.".to_owned(),
            Self::TooMany => "Please wait a minute and try again.".to_owned(),
            Self::License(refusal) => refusal.detail.to_owned(),
            Self::NoArchive => {
                "The file of this version is not there. Please try again later, or write to us.".to_owned()
            }
            Self::OwnerLink => {
                "Either it is older than a week, or a part of it is missing. Have a new one sent to you.".to_owned()
            }
            Self::TicketLink => {
                "A part of it is missing, or it was replaced by a newer one. The newest mail about the request has it."
                    .to_owned()
            }
            Self::SignedOut => {
                "Your session is over. Sign in at /desk/sign-in in another tab, then go back here and send it again."
                    .to_owned()
            }
            Self::SignInLink => {
                "It works once and for a quarter of an hour. Ask for another at /desk/sign-in.".to_owned()
            }
            Self::RightsLink => "It works once and for a day. Ask for another at /privacy/request.".to_owned(),
            Self::RightsSession => {
                "It stays open for a quarter of an hour. Ask for another link at /privacy/request.".to_owned()
            }
            Self::Misconfigured { settings } if !settings.is_empty() => {
                format!("These settings are missing or cannot be used: {}.", settings.join(", "))
            }
            Self::Storage(_) | Self::Misconfigured { .. } => {
                "Nothing was lost. Please try again in a moment.".to_owned()
            }
            Self::Processor { .. } => "You have not been charged. Please try again in a moment.".to_owned(),
            Self::Unconfirmed { .. } => {
                "If you have paid, your license comes by mail. To see it here, reload this page in a moment.".to_owned()
            }
        };
        let errors = match self {
            Self::InvalidFields { fields } => fields.clone(),
            _ => vec![],
        };
        let code = match self {
            Self::License(refusal) => Some(refusal.code),
            _ => None,
        };
        Problem { kind: format!("/problems/{kind}"), title, status, detail, errors, code }
    }
}

impl From<Unavailable> for Failure {
    fn from(unavailable: Unavailable) -> Self {
        Self::Storage(unavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_does_not_say_what_the_world_said() {
        let failure = Failure::Storage(Unavailable { what: "kv", why: "secret detail".to_owned() });
        let text = serde_json::to_string(&failure.problem()).expect("JSON");
        assert!(!text.contains("secret"), "{text}");
        assert_eq!((failure.status(), failure.retry_after()), (503, Some(5)));
    }
}
