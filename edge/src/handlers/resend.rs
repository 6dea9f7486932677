//! Whoever lost the mail with their license has it sent again. The answer is the same for every address, down to its bytes
//! and the time it takes, so that nobody learns from it who our customers are.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use maud::html;

use crate::app::App;
use crate::domain::id::{Email, Subject};
use crate::domain::time::Seconds;
use crate::domain::vault::{Command, Reply};
use crate::failure::{Failure, FieldError};
use crate::frame::{self, Page};
use crate::http::{Form, Request, Response};
use crate::ports::{Ports, Unavailable};
use crate::store;

/// An answer takes this long: more than a vault needs to look, or to write down that a mail is due.
pub(super) const ANSWER_TIME: Seconds = Seconds(1);
/// Longest address that is shown again.
const ADDRESS_CHARS_MAX: usize = 254;

/// `POST /licenses/resend`
pub(crate) async fn resend<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
) -> Result<Response, Failure> {
    let form = Form::read(request, body).ok_or(Failure::UnsupportedMediaType { wanted: Form::TYPE })?;
    app.site().await?.policy_in_force(app.now().0).ok_or(Failure::NoPolicyInForce)?;
    let Some(email) = Email::parse(form.field("email")) else {
        return malformed(app, request, form.field("email")).await;
    };
    if !app.allows("resend from a network", request.network.as_str()).await {
        return Err(Failure::TooMany);
    }
    no_sooner(ask(app, &email), app.world.pause(ANSWER_TIME)).await?;
    Ok(frame::page(&app.world, sent()).await)
}

/// Asks the vault of an address, unless that was asked for too often; a network of many addresses cannot flood one.
async fn ask<World: Ports>(app: &App<World>, email: &Email) -> Result<(), Unavailable> {
    let subject = Subject::of(&app.config.pepper, email);
    if !app.allows("resend to an address", subject.as_str()).await {
        return Ok(());
    }
    match store::vault(&app.world, &subject, Command::Resend).await? {
        Reply::Noted => Ok(()),
        _ => Err(Unavailable { what: "vault", why: "unexpected reply".to_owned() }),
    }
}

/// What work comes to, but not before the pause has passed.
pub(super) async fn no_sooner<Work: Future>(work: Work, pause: impl Future<Output = ()>) -> Work::Output {
    let (mut work, mut pause) = (pin!(work), pin!(pause));
    let (mut done, mut has_passed) = (None, false);
    poll_fn(|context| {
        if done.is_none()
            && let Poll::Ready(output) = work.as_mut().poll(context)
        {
            done = Some(output);
        }
        has_passed = has_passed || pause.as_mut().poll(context).is_ready();
        if !has_passed {
            return Poll::Pending;
        }
        done.take().map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

async fn malformed<World: Ports>(app: &App<World>, request: &Request, typed: &str) -> Result<Response, Failure> {
    let problem = FieldError { field: "email", detail: "is not an email address" };
    if request.accepts("application/json") {
        return Err(Failure::InvalidFields { fields: vec![problem] });
    }
    let typed: String = typed.chars().take(ADDRESS_CHARS_MAX).collect();
    let main = html! {
        div class="stack" {
            h1 { "Your license" }
            p class="notice notice-error" role="alert" { "This is not an email address. Look for a slip and send it again." }
            (frame::resend_form(&typed, Some("An address looks like name@example.com.")))
        }
    };
    Ok(frame::page(&app.world, Page { status: 422, title: "Your license".to_owned(), main }).await)
}

fn sent() -> Page {
    let main = html! {
        div class="stack" {
            h1 { "Look into your mail" }
            p class="notice" role="status" {
                "If there is a license for this address, it is on its way to you, with a link to a page of your own."
            }
            p { "No mail after a few minutes? Look in the spam folder, then try another address that you may have used." }
            p {
                a class="button" href="/licenses/" { "Try another address" } " "
                a class="button button-secondary" href="/support/" { "Get help" }
            }
        }
    };
    Page { status: 202, title: "Look into your mail".to_owned(), main }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};
    use std::task::{Context, Waker};

    use super::*;

    /// Polls a few times; the output, if it came.
    fn output<Output>(future: impl Future<Output = Output>) -> Option<Output> {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        (0..5).find_map(|_| match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    }

    /// Is ready when it was asked so often, and may not be asked again.
    fn after(asked: u32) -> impl Future<Output = ()> {
        let left = Cell::new(Some(asked));
        poll_fn(move |_| match left.get().expect("not asked again") {
            0 => {
                left.set(None);
                Poll::Ready(())
            }
            more => {
                left.set(Some(more - 1));
                Poll::Pending
            }
        })
    }

    #[test]
    fn an_answer_waits_for_the_work_and_for_the_pause() {
        assert_eq!(output(no_sooner(ready(7), after(3))), Some(7));
        assert_eq!(output(no_sooner(after(3), ready(()))), Some(()));
        assert_eq!(output(no_sooner(ready(7), pending())), None);
        assert_eq!(output(no_sooner(pending::<()>(), after(0))), None);
    }
}
