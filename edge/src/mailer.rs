//! Mail over HTTP, as Resend defined it and others copied it: one `POST /emails` with an idempotency key
//! (<https://resend.com/docs/api-reference/emails/send-email>).

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::contract::{Context, Recipient, Sent};
use crate::declare;
use crate::domain::id::Secret;
use crate::domain::mail::Mail;
use crate::json;
use crate::ports::{Call, Outbound, Unavailable};

/// A mail as the provider takes it.
#[derive(Debug, Serialize)]
pub(crate) struct Email {
    from: String,
    to: [String; 1],
    subject: String,
    text: String,
    headers: Headers,
}

declare! {
    Email {
        from: [NotPersonal] for [Deliver, Support];
        to: [Email] for [Deliver, Support];
        subject: [PurchaseDetails, RequestContent] for [Deliver, Support];
        text: [Name, LicenseKey, PurchaseDetails, RequestContent] for [Deliver, Support];
        headers: Headers;
    }
}

impl Sent for Email {
    const TO: Recipient = Recipient::Mail;
    const CONTEXT: Context = Context::Purchase;
    const ALSO: &'static [Context] = &[Context::Ticket];
}

/// Marks the mail as written by a program, so that absence notes do not answer it (RFC 3834, section 5).
#[derive(Debug, Serialize)]
struct Headers {
    #[serde(rename = "Auto-Submitted")]
    auto_submitted: &'static str,
}

declare! {
    Headers { auto_submitted: [NotPersonal] for [Deliver]; }
}

/// What the provider says when it does not take a mail.
#[derive(Deserialize)]
struct Refusal {
    name: String,
}

/// Hands a mail over. The same mail handed over again is sent once.
pub async fn send(outbound: &impl Outbound, config: &Config, key: &Secret, mail: &Mail) -> Result<(), Unavailable> {
    let failed = |why: String| Unavailable { what: "mail", why };
    let email = Email {
        from: config.mail_from.clone(),
        to: [mail.to.as_str().to_owned()],
        subject: mail.subject.clone(),
        text: mail.text.clone(),
        headers: Headers { auto_submitted: "auto-generated" },
    };
    let call = Call::json(config, "/emails", &email)?
        .with("authorization", format!("Bearer {}", key.reveal().unwrap_or_default()))
        .with("idempotency-key", mail.id.clone());
    let answer = outbound.call(call).await?;
    // A mail with this key was accepted before, though it read differently then (a plan was renamed since). The other 409,
    // an earlier try that is still on its way, may yet come to nothing: only trying again tells.
    let read_differently = || {
        let refusal: Option<Refusal> = json::read(&answer.body);
        refusal.is_some_and(|refusal| refusal.name == "invalid_idempotent_request")
    };
    let accepted = (200..300).contains(&answer.status) || (answer.status == 409 && read_differently());
    if accepted { Ok(()) } else { Err(failed(format!("answered {}", answer.status))) }
}
