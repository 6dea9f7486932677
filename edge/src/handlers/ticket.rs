//! Tickets: opened by a form that needs neither JavaScript nor a cookie, and followed by a link that is secret.

use serde::Serialize;

use crate::app::App;
use crate::contract::{Category, Context, Right};
use crate::domain::attachment::{self, Fit, Upload};
use crate::domain::form;
use crate::domain::id::{Reference, Subject, hex};
use crate::domain::rights::wanted;
use crate::domain::ticket::{Access, Author, TicketNumber, TicketState, Topic};
use crate::domain::vault::{Command, Desired, Opening, Reply, Thread, Written};
use crate::failure::{Failure, FieldError};
use crate::frame;
use crate::handlers::rights;
use crate::handlers::upload::{self, Sent};
use crate::http::{Request, Response};
use crate::ports::{Found, Ports, Unavailable};
use crate::routes::MESSAGE;
use crate::site::SiteData;
use crate::store;

mod draft;
pub(super) mod file;
mod page;

use draft::Draft;
pub(crate) use draft::{MESSAGE_CHARS_MAX, NAME_CHARS_MAX, SUBJECT_CHARS_MAX};
use page::{Notice, Shown};

/// The kind of the form in its stamp.
const FORM: &str = "ticket";
/// Where the site has the page of the form, and where in it the form goes.
const PAGE: &str = "/support/index.html";
const FORM_MARKER: &str = "EDGE-TICKET-FORM";
/// Longest name that a client may give to a request it repeats.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 200;

/// What a program is told of the ticket it opened.
#[derive(Debug, Serialize)]
struct Opened<'of> {
    number: &'of TicketNumber,
    url: String,
}

/// The address of a ticket.
pub(crate) fn address<World: Ports>(app: &App<World>, number: &TicketNumber, access: u32) -> String {
    format!("{}{}", app.config.site_url, path(app, number, access))
}

fn path<World: Ports>(app: &App<World>, number: &TicketNumber, access: u32) -> String {
    let code = Access { number, version: access }.code(&app.config.pepper);
    format!("/support/t/{}/{code}", number.as_str())
}

/// `GET /support/`: the site's page with a form in it that has a stamp of its own.
pub(crate) async fn ask<World: Ports>(app: &App<World>) -> Result<Response, Failure> {
    let Found::File(asset) = app.world.find(PAGE).await? else { return Err(Failure::NotFound) };
    let page = String::from_utf8_lossy(&asset.body);
    let takes_files = file::are_taken(app, &*app.site().await?);
    let form = page::form(&Draft::default(), &stamp(app)?, &[], takes_files).into_string();
    Ok(Response::new(200, frame::HTML, page.replacen(FORM_MARKER, &form, 1)))
}

/// `POST /support/tickets`
pub(crate) async fn open<World: Ports>(app: &App<World>, request: &Request, body: &[u8]) -> Result<Response, Failure> {
    let site = app.site().await?;
    let policy = site.policy_in_force(app.now().0).ok_or(Failure::NoPolicyInForce)?;
    let kept = [Category::Name, Category::Email, Category::RequestContent];
    if !kept.iter().all(|category| policy.collects(Context::Ticket, *category)) {
        return Err(Failure::NoPolicyInForce);
    }
    let product = site.products.first().map_or("", |product| product.name.as_str());
    if request.is_of_type("application/json") {
        return open_as_json(app, request, body, product).await;
    }
    let Sent { form, files } = upload::read(request, body).await?;
    let draft = Draft::of_form(&form);
    let stamped = form::nonce(&app.config.pepper, FORM, form.field("form_token"), app.now());
    let nonce = match stamped {
        Ok(nonce) => nonce,
        Err(refused) => return again(app, &draft, vec![page::refused(refused)]).await,
    };
    let files = self::files(app, &site, files);
    let (checked, files) = match (draft.check(&app.config.pepper, nonce, product), files) {
        (Ok(checked), Ok(files)) => (checked, files),
        (checked, files) => {
            let errors = checked.err().unwrap_or_default();
            return again(app, &draft, errors.into_iter().chain(files.err()).collect()).await;
        }
    };
    let number = checked.opening.number.clone();
    let is_masked = checked.is_masked || files.iter().any(|file| file.is_masked);
    match place(app, request, checked.opening, files).await? {
        Desired::Done { thread } => {
            let notice = if is_masked { Notice::OpenedMasked } else { Notice::Opened };
            let page = path(app, &number, thread.ticket.access);
            Ok(Response::see_other(&format!("{page}?notice={}", notice.as_str())))
        }
        other => again(app, &draft, vec![page::not_opened(&other)]).await,
    }
}

async fn open_as_json<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
    product: &str,
) -> Result<Response, Failure> {
    // Only a form brings files.
    if body.len() > MESSAGE {
        return Err(Failure::TooLarge);
    }
    let draft = Draft::of_json(body).ok_or(Failure::BadRequest {
        detail: "The body has to be a JSON object with name, email, subject and message, and optionally license_key, \
                 category and site_health, each once.",
    })?;
    let nonce = match request.headers.get("idempotency-key") {
        Some(key) if key.is_empty() || key.len() > IDEMPOTENCY_KEY_BYTES_MAX => {
            return Err(Failure::BadRequest { detail: "An Idempotency-Key has 1 to 200 bytes." });
        }
        Some(key) => format!("key/{key}"),
        None => hex(&app.world.random()?),
    };
    let checked = draft.check(&app.config.pepper, &nonce, product);
    let checked = checked.map_err(|fields| Failure::InvalidFields { fields })?;
    let number = checked.opening.number.clone();
    match place(app, request, checked.opening, vec![]).await? {
        Desired::Done { thread } => {
            let url = address(app, &number, thread.ticket.access);
            Ok(Response::json(201, &Opened { number: &number, url: url.clone() }).with("location", url))
        }
        Desired::Used {} => Err(Failure::Conflict { detail: "Another ticket was opened with this Idempotency-Key." }),
        other => Err(Failure::InvalidFields { fields: vec![page::not_opened(&other)] }),
    }
}

/// Puts a ticket where it belongs. Its number points to the vault before anybody hears of it.
async fn place<World: Ports>(
    app: &App<World>,
    request: &Request,
    mut opening: Opening,
    files: Vec<Fit>,
) -> Result<Desired, Failure> {
    let pepper = &app.config.pepper;
    let subject = Subject::of(pepper, &opening.email);
    if !app.allows("ticket from a network", request.network.as_str()).await {
        return Err(Failure::TooMany);
    }
    counted(app, &subject).await?;
    let reference = Reference::ticket(pepper, opening.number.as_str());
    if store::claim(&app.world, &reference, &subject).await? != subject {
        return Ok(Desired::Used {});
    }
    opening.files = file::keep(app, &opening.number, files).await?;
    if !opening.files.is_empty() {
        let ids = opening.files.iter().map(|file| file.id.as_str());
        opening.sent = hex(&pepper.tag(&std::iter::once(opening.sent.as_str()).chain(ids).collect::<Vec<_>>()));
    }
    let wanted = (opening.topic == Topic::Privacy && !opening.is_spam).then(|| {
        let right = wanted(&format!("{}\n{}", opening.subject, opening.text)).unwrap_or(Right::Access);
        (opening.email.clone(), right)
    });
    let desired = desired(store::vault(&app.world, &subject, Command::OpenTicket { opening }).await?)?;
    if let (Some((email, right)), Desired::Done { .. }) = (wanted, &desired) {
        rights::begin(app, email, right).await?;
    }
    Ok(desired)
}

/// Shows the form again, with what was typed and everything that is wrong with it.
async fn again<World: Ports>(app: &App<World>, draft: &Draft, errors: Vec<FieldError>) -> Result<Response, Failure> {
    let takes_files = file::are_taken(app, &*app.site().await?);
    Ok(frame::page(&app.world, page::again(draft, &stamp(app)?, &errors, takes_files)).await)
}

fn stamp<World: Ports>(app: &App<World>) -> Result<String, Failure> {
    Ok(form::stamp(&app.config.pepper, FORM, app.world.random()?, app.now()))
}

/// A ticket that somebody holds the link of.
struct Held {
    subject: Subject,
    number: TicketNumber,
    thread: Thread,
}

/// `GET /support/t/{number}/{token}`
pub(crate) async fn show<World: Ports>(
    app: &App<World>,
    request: &Request,
    number: &str,
    code: &str,
) -> Result<Response, Failure> {
    let held = held(app, number, code).await?;
    let notice = request.query_value("notice").and_then(|word| Notice::parse(&word));
    let site = app.site().await?;
    let shown = Shown { code, notice, typed: "", problem: None, takes_files: file::are_taken(app, &site) };
    Ok(frame::page(&app.world, page::thread(&site, &held.number, &held.thread, &shown)).await)
}

/// `POST /support/t/{number}/{token}/reply`
pub(crate) async fn reply<World: Ports>(
    app: &App<World>,
    request: &Request,
    number: &str,
    code: &str,
    body: &[u8],
) -> Result<Response, Failure> {
    let held = held(app, number, code).await?;
    let Sent { form, files } = upload::read(request, body).await?;
    counted(app, &held.subject).await?;
    let site = app.site().await?;
    let mut errors = vec![];
    let (text, is_masked) = draft::message(form.field("message"), &mut errors);
    let files = match self::files(app, &site, files) {
        Ok(files) if errors.is_empty() => files,
        files => {
            let problem = files.err().map_or(Notice::Unfit.sentence(), |error| error.detail);
            let (notice, typed) = (Some(Notice::Unfit), form.field("message"));
            let takes_files = file::are_taken(app, &site);
            let shown = Shown { code, notice, typed, problem: Some(problem), takes_files };
            let mut page = page::thread(&site, &held.number, &held.thread, &shown);
            page.status = 422;
            return Ok(frame::page(&app.world, page).await);
        }
    };
    let is_masked = is_masked || files.iter().any(|file| file.is_masked);
    let files = file::keep(app, &held.number, files).await?;
    let command = Command::WriteIn {
        ticket: held.number.clone(),
        written: Written { author: Author::Sender, by: None, text, mail: None, files },
        seen: None,
    };
    let notice = match desired(store::vault(&app.world, &held.subject, command).await?)? {
        Desired::Done { .. } if is_masked => Notice::RepliedMasked,
        Desired::Done { .. } => Notice::Replied,
        Desired::Full {} => Notice::Full,
        _ => return Err(Failure::TicketLink),
    };
    Ok(back(&held.number, code, notice))
}

/// The files that came with a form, or what is wrong with them.
fn files<World: Ports>(app: &App<World>, site: &SiteData, uploads: Vec<Upload>) -> Result<Vec<Fit>, FieldError> {
    let unfit = |detail| FieldError { field: "files", detail };
    let files = attachment::check(uploads).map_err(|problem| unfit(problem.sentence()))?;
    if files.is_empty() || file::are_taken(app, site) {
        Ok(files)
    } else {
        Err(unfit("No files can be taken here right now. Please send the request without."))
    }
}

/// `GET /support/t/{number}/{token}/files/{file}`
pub(crate) async fn file<World: Ports>(
    app: &App<World>,
    request: &Request,
    number: &str,
    code: &str,
) -> Result<Response, Failure> {
    let Held { mut thread, .. } = held(app, number, code).await?;
    thread.messages.retain(|message| message.author != Author::Note);
    file::hand_out(app, &thread, request.path.rsplit('/').next().unwrap_or_default()).await
}

/// `POST /support/t/{number}/{token}/close` and `…/reopen`
pub(crate) async fn move_to<World: Ports>(
    app: &App<World>,
    number: &str,
    code: &str,
    to: TicketState,
) -> Result<Response, Failure> {
    let held = held(app, number, code).await?;
    counted(app, &held.subject).await?;
    // Whoever is spam cannot say of itself that it is not.
    if held.thread.ticket.state != TicketState::Spam {
        let command = Command::MoveTicket { ticket: held.number.clone(), to };
        desired(store::vault(&app.world, &held.subject, command).await?)?;
    }
    let notice = if to == TicketState::Resolved { Notice::Closed } else { Notice::Reopened };
    Ok(back(&held.number, code, notice))
}

/// `GET /support/t/{number}/{token}/export`: what its sender sees, as JSON. Notes are for staff; a request for access brings them.
pub(crate) async fn export<World: Ports>(app: &App<World>, number: &str, code: &str) -> Result<Response, Failure> {
    let Held { number, mut thread, .. } = held(app, number, code).await?;
    thread.messages.retain(|message| message.author != Author::Note);
    Ok(crate::handlers::desk::file(&number, &thread))
}

/// The ticket behind a link. Whether there is no such ticket or the code is another one is not told.
async fn held<World: Ports>(app: &App<World>, number: &str, code: &str) -> Result<Held, Failure> {
    let number = TicketNumber::parse(number).ok_or(Failure::TicketLink)?;
    let reference = Reference::ticket(&app.config.pepper, number.as_str());
    let subject = store::resolve(&app.world, &reference).await?.ok_or(Failure::TicketLink)?;
    let command = Command::ReadTicket { ticket: number.clone() };
    let Reply::Thread { thread } = store::vault(&app.world, &subject, command).await? else {
        return Err(out_of_turn().into());
    };
    let access = |thread: &Thread| Access { number: &number, version: thread.ticket.access };
    let thread = thread.filter(|thread| access(thread).is_code(&app.config.pepper, code));
    Ok(Held { thread: thread.ok_or(Failure::TicketLink)?, subject, number })
}

async fn counted<World: Ports>(app: &App<World>, subject: &Subject) -> Result<(), Failure> {
    if app.allows("ticket of a person", subject.as_str()).await { Ok(()) } else { Err(Failure::TooMany) }
}

fn back(number: &TicketNumber, code: &str, notice: Notice) -> Response {
    Response::see_other(&format!("/support/t/{}/{code}?notice={}", number.as_str(), notice.as_str()))
}

fn desired(reply: Reply) -> Result<Desired, Failure> {
    match reply {
        Reply::Ticket(desired) => Ok(desired),
        _ => Err(out_of_turn().into()),
    }
}

fn out_of_turn() -> Unavailable {
    Unavailable { what: "vault", why: "unexpected reply".to_owned() }
}
