//! Mail over HTTP, as Resend defined it and others copied it: one `POST /emails` with an idempotency key
//! (<https://resend.com/docs/api-reference/emails/send-email>).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::contract::{Context, Recipient, Sent};
use crate::declare;
use crate::domain::id::Secret;
use crate::domain::mail::Mail;
use crate::json;
use crate::ports::{Call, Outbound, Unavailable, Undelivered};

/// A mail as the provider takes it.
#[derive(Debug, Serialize)]
pub(crate) struct Email {
    from: String,
    to: [String; 1],
    subject: String,
    text: String,
    html: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<String>,
    headers: BTreeMap<&'static str, String>,
}

declare! {
    Email {
        from: [NotPersonal] for [Deliver, Support];
        to: [Email] for [Deliver, Support];
        subject: [PurchaseDetails, RequestContent] for [Deliver, Support];
        text: [Name, Email, LicenseKey, PurchaseDetails, PluginVersion, RequestContent] for [Deliver, Support];
        html: [Name, Email, LicenseKey, PurchaseDetails, PluginVersion, RequestContent] for [Deliver, Support];
        reply_to: [NotPersonal] for [Support];
        headers: [NotPersonal] for [Deliver, Support];
    }
}

impl Sent for Email {
    const TO: Recipient = Recipient::Mail;
    const CONTEXT: Context = Context::Purchase;
    const ALSO: &'static [Context] = &[Context::Ticket, Context::Rights];
}

/// What the provider says when it does not take a mail.
#[derive(Deserialize)]
struct Refusal {
    name: String,
}

/// Hands a mail over. The same mail handed over again is sent once.
pub async fn send(outbound: &impl Outbound, config: &Config, key: &Secret, mail: &Mail) -> Result<(), Undelivered> {
    let email = Email {
        from: config.mail_from.clone(),
        to: [mail.to.as_str().to_owned()],
        subject: mail.subject.clone(),
        text: mail.text.clone(),
        html: mail.html.clone(),
        reply_to: mail.conversation.as_ref().map(|conversation| conversation.reply_to.clone()),
        headers: mail.headers().into_iter().collect(),
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
    match answer.status {
        200..=299 => Ok(()),
        409 if read_differently() => Ok(()),
        // It has read the mail and will not have it: trying again changes nothing.
        status @ (400 | 422) => Err(Undelivered::Refused { why: format!("answered {status}") }),
        status => Err(Unavailable { what: "mail", why: format!("answered {status}") }.into()),
    }
}
