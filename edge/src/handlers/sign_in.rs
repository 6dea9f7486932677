//! Staff sign in by a link that is mailed to an address of the configuration. The answer is the same for every address. The
//! link leads to a button, because programs that look into mails follow links; it works once.

use cookie::{Cookie, SameSite, time::Duration};
use maud::html;

use crate::app::App;
use crate::contract::register::{SESSION_COOKIE, SESSION_COOKIE_IN_THE_CLEAR};
use crate::domain::desk::{self, Act, LONGEST};
use crate::domain::id::{Email, hex};
use crate::domain::mail::{self, Letter, Says};
use crate::domain::pass::{SIGN_IN_LIFE, SignIn};
use crate::domain::staff::Member;
use crate::failure::Failure;
use crate::frame::{self, Page};
use crate::handlers::desk as staffed;
use crate::handlers::resend::{ANSWER_TIME, no_sooner};
use crate::http::{Form, Request, Response};
use crate::ports::{Ports, Unavailable, Undelivered};
use crate::store;

const HOME: &str = "/desk/";

/// `GET /desk/sign-in`
pub(crate) async fn ask<World: Ports>(app: &App<World>, request: &Request) -> Result<Response, Failure> {
    Ok(frame::page(&app.world, form(200, &destination(request), None)).await)
}

/// `POST /desk/sign-in`
pub(crate) async fn mail<World: Ports>(app: &App<World>, request: &Request, body: &[u8]) -> Result<Response, Failure> {
    let form = Form::read(request, body).ok_or(Failure::UnsupportedMediaType { wanted: Form::TYPE })?;
    let to = safe(form.field("to"));
    let Some(email) = Email::parse(form.field("email")) else {
        return Ok(frame::page(&app.world, self::form(422, &to, Some("An address looks like name@example.com."))).await);
    };
    if !app.allows("sign-in from a network", request.network.as_str()).await {
        return Err(Failure::TooMany);
    }
    no_sooner(send(app, &email, &to), app.world.pause(ANSWER_TIME)).await?;
    let main = html! {
        div class="stack" {
            h1 { "Look into your mail" }
            p class="notice" role="status" { "If this address is one of the staff, a link to sign in with is on its way. It works for a quarter of an hour." }
            p { a class="button button-secondary" href="/desk/sign-in" { "Try another address" } }
        }
    };
    Ok(frame::page(&app.world, Page { status: 202, title: "Look into your mail".to_owned(), main }).await)
}

/// `GET /desk/sign-in/{token}`
pub(crate) async fn confirm<World: Ports>(
    app: &App<World>,
    request: &Request,
    token: &str,
) -> Result<Response, Failure> {
    let (_, member) = opened(app, token)?;
    let main = html! {
        div class="stack" {
            h1 { "Sign in" }
            p { "You are signing in as " strong { (member.email.as_str()) } "." }
            form method="post" action={ "/desk/sign-in/" (token) } {
                input type="hidden" name="to" value=(destination(request));
                p { button class="button" type="submit" { "Sign in" } }
            }
        }
    };
    Ok(frame::page(&app.world, Page { status: 200, title: "Sign in".to_owned(), main }).await)
}

/// `POST /desk/sign-in/{token}`
pub(crate) async fn take<World: Ports>(
    app: &App<World>,
    request: &Request,
    token: &str,
    body: &[u8],
) -> Result<Response, Failure> {
    let form = Form::read(request, body).ok_or(Failure::UnsupportedMediaType { wanted: Form::TYPE })?;
    let (pass, member) = opened(app, token)?;
    let held = hex(&app.world.random()?);
    let command = desk::Command::SignIn {
        link: pass.nonce,
        session: staffed::session_name(app, &held),
        staff: member.id.clone(),
    };
    let desk::Reply::Session { staff: Some(_) } = store::desk(&app.world, command).await? else {
        return Err(Failure::SignInLink);
    };
    staffed::note(app, member, Act::SignedIn, None).await?;
    Ok(Response::see_other(&safe(form.field("to"))).with("set-cookie", cookie(app, &held, LONGEST.0)))
}

/// The cookie of a session; with no time left it takes the one that is there away.
pub(crate) fn cookie<World: Ports>(app: &App<World>, held: &str, seconds: u32) -> String {
    let cookie = Cookie::build((cookie_name(app), held.to_owned()))
        .path("/")
        .http_only(true)
        .secure(is_https(app))
        // A link in a mail to staff leads to a ticket; with `Strict` it would lead to the sign-in instead.
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(i64::from(seconds)));
    cookie.build().to_string()
}

/// What the cookie of a request holds.
pub(crate) fn held<World: Ports>(app: &App<World>, request: &Request) -> Option<String> {
    let cookies = request.headers.get("cookie")?;
    let named = |cookie: &Cookie<'_>| cookie.name() == cookie_name(app);
    Cookie::split_parse(cookies.to_owned()).flatten().find(named).map(|cookie| cookie.value().to_owned())
}

fn cookie_name<World: Ports>(app: &App<World>) -> &'static str {
    if is_https(app) { SESSION_COOKIE } else { SESSION_COOKIE_IN_THE_CLEAR }
}

fn is_https<World: Ports>(app: &App<World>) -> bool {
    app.config.site_url.starts_with("https://")
}

/// Mails the link, if the address is one of the staff.
async fn send<World: Ports>(app: &App<World>, email: &Email, to: &str) -> Result<(), Unavailable> {
    let asked = email.normalised();
    let Some(member) = app.config.staff.iter().find(|member| member.email.normalised() == asked) else {
        return Ok(());
    };
    if !app.allows("sign-in of staff", member.id.as_str()).await {
        return Ok(());
    }
    let nonce = hex(&app.world.random()?);
    let pass = SignIn { staff: member.id.clone(), nonce: nonce.clone() };
    let token = pass.issue(&app.config.license_secret, app.now().after(SIGN_IN_LIFE));
    let page = format!("{}/desk/sign-in/{token}?to={to}", app.config.site_url);
    let site = app.site().await?;
    let letter =
        Letter { id: format!("sign-in/{nonce}"), to: member.email.clone(), name: String::new(), says: Says::SignIn {} };
    match app.world.send(&mail::write(&letter, &site, &page, None, app.now())).await {
        Ok(()) => Ok(()),
        Err(Undelivered::Later(unavailable)) => Err(unavailable),
        Err(Undelivered::Refused { why }) => Err(Unavailable { what: "mail", why }),
    }
}

/// Whose link it is. An address that left the configuration signs nobody in.
fn opened<'app, World: Ports>(app: &'app App<World>, token: &str) -> Result<(SignIn, &'app Member), Failure> {
    let pass = SignIn::open(&app.config.license_secret, token, app.now()).map_err(|_| Failure::SignInLink)?;
    let member = app.config.staff.iter().find(|member| member.id == pass.staff).ok_or(Failure::SignInLink)?;
    Ok((pass, member))
}

/// Where somebody wanted to go before they had to sign in.
fn destination(request: &Request) -> String {
    safe(&request.query_value("to").unwrap_or_default())
}

/// An address of the desk, or its first page: nobody is led elsewhere by a link to our sign-in.
fn safe(to: &str) -> String {
    let is_ours = to.starts_with(HOME) && to.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-".contains(&byte));
    if is_ours { to.to_owned() } else { HOME.to_owned() }
}

fn form(status: u16, to: &str, problem: Option<&str>) -> Page {
    let main = html! {
        div class="stack" {
            h1 { "Sign in to the desk" }
            p { "For staff. Your licenses are " a href="/licenses/" { "here" } ", your requests behind the link in the mail about them." }
            form class="card form" method="post" action="/desk/sign-in" {
                input type="hidden" name="to" value=(to);
                p class="field" {
                    label for="email" { "Email address" }
                    @if let Some(problem) = problem { span class="field-error" id="email-problem" { (problem) } }
                    input id="email" name="email" type="email" autocomplete="email" maxlength="254" required
                        aria-invalid=[problem.map(|_| "true")] aria-describedby=[problem.map(|_| "email-problem")];
                }
                p { button class="button" type="submit" { "Mail me a link" } }
            }
        }
    };
    Page { status, title: "Sign in to the desk".to_owned(), main }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_to_the_desk_and_nowhere_else() {
        assert_eq!(safe("/desk/tickets/CPP-7K3M9Q"), "/desk/tickets/CPP-7K3M9Q");
        for to in ["", "/", "//evil.example", "https://evil.example/desk/", "/desk/../x", "/desk/\\evil", "/desk/?a=b"]
        {
            assert_eq!(safe(to), HOME, "{to}");
        }
    }
}
