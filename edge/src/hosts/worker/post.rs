//! Mails of the Cloudflare host through its own binding (<https://developers.cloudflare.com/email-service/>). It knows no
//! idempotency keys: a mail whose answer is lost is sent twice, which is why the README recommends the other way.

use ::worker::js_sys::{JsString, Object, Reflect};
use ::worker::wasm_bindgen::{JsCast, JsValue};
use ::worker::{EmailAddress, Env, SendEmailBuilder};

use crate::domain::mail::Mail;
use crate::domain::ticket::bare;
use crate::ports::{Unavailable, Undelivered};

/// What the platform says when it will never take a mail, by its codes.
const NEVER: [&str; 8] = [
    "E_VALIDATION_ERROR",
    "E_FIELD_MISSING",
    "E_TOO_MANY_RECIPIENTS",
    "E_RECIPIENT_NOT_ALLOWED",
    "RCPT_NOT_ALLOWED",
    "E_RECIPIENT_SUPPRESSED",
    "E_CONTENT_TOO_LARGE",
    "E_HEADER",
];

/// Hands a mail to the binding `EMAIL`.
pub(super) async fn send(env: &Env, from: &str, mail: &Mail) -> Result<(), Undelivered> {
    let failed = |why: String| Unavailable { what: "mail", why };
    let binding = env.send_email("EMAIL").map_err(|error| failed(error.to_string()))?;
    let address = bare(from);
    let name = from.split('<').next().unwrap_or_default().trim().trim_matches('"');
    let from = EmailAddress::new(if name == address { "" } else { name }, address);
    let message = SendEmailBuilder::builder_with_email_address_and_str(&from, mail.to.as_str(), &mail.subject).build();
    message.set_text(&mail.text);
    message.set_html(&mail.html);
    if let Some(conversation) = &mail.conversation {
        message.set_reply_to(&conversation.reply_to);
    }
    message.set_headers(&headers(mail).map_err(|_| failed("a header cannot be set".to_owned()))?);
    binding.send_with_builder(&message).await.map(drop).map_err(|error| {
        // Its words repeat the address, so only the code is told.
        let code = Reflect::get(&error, &JsValue::from("code")).ok().and_then(|code| code.as_string());
        match code {
            Some(code) if NEVER.iter().any(|never| code.starts_with(never)) => Undelivered::Refused { why: code },
            code => failed(code.unwrap_or_else(|| "it failed".to_owned())).into(),
        }
    })
}

fn headers(mail: &Mail) -> Result<Object<JsString>, JsValue> {
    let headers = Object::new();
    for (name, value) in mail.headers() {
        Reflect::set(&headers, &JsValue::from(name), &JsValue::from(value))?;
    }
    Ok(headers.unchecked_into())
}
