//! Mail over HTTP, as Resend defined it and others copied it: one `POST /emails` with an idempotency key
//! (<https://resend.com/docs/api-reference/emails/send-email>).

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::domain::id::Secret;
use crate::domain::mail::Mail;
use crate::ports::{Call, Outbound, Unavailable};

#[derive(Serialize)]
struct Email<'mail> {
    from: &'mail str,
    to: [&'mail str; 1],
    subject: &'mail str,
    text: &'mail str,
    headers: Headers,
}

/// Marks the mail as written by a program, so that absence notes do not answer it (RFC 3834, section 5).
#[derive(Serialize)]
struct Headers {
    #[serde(rename = "Auto-Submitted")]
    auto_submitted: &'static str,
}

/// What the provider says when it does not take a mail.
#[derive(Deserialize)]
struct Refusal {
    name: String,
}

/// Hands a mail over. The same mail handed over again is sent once.
pub async fn send(
    outbound: &impl Outbound,
    config: &Config,
    key: &Secret,
    base: &str,
    mail: &Mail,
) -> Result<(), Unavailable> {
    let failed = |why: String| Unavailable { what: "mail", why };
    let email = Email {
        from: &config.mail_from,
        to: [mail.to.as_str()],
        subject: &mail.subject,
        text: &mail.text,
        headers: Headers { auto_submitted: "auto-generated" },
    };
    let body = serde_json::to_string(&email).map_err(|_| failed("cannot be written as JSON".to_owned()))?;
    let headers = vec![
        ("authorization", format!("Bearer {}", key.reveal().unwrap_or_default())),
        ("content-type", "application/json".to_owned()),
        ("idempotency-key", mail.id.clone()),
    ];
    let answer = outbound.call(Call { method: "POST", url: format!("{base}/emails"), headers, body }).await?;
    // A mail with this key was accepted before, though it read differently then (a plan was renamed since). The other 409,
    // an earlier try that is still on its way, may yet come to nothing: only trying again tells.
    let read_differently = || {
        let refusal: Option<Refusal> = serde_json::from_slice(&answer.body).ok();
        refusal.is_some_and(|refusal| refusal.name == "invalid_idempotent_request")
    };
    let accepted = (200..300).contains(&answer.status) || (answer.status == 409 && read_differently());
    if accepted { Ok(()) } else { Err(failed(format!("answered {}", answer.status))) }
}
