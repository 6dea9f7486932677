//! Answers and questions by mail. A mail server hands them in, signed, or Cloudflare does so by its event; either way the same
//! rules say whose ticket a mail belongs to, and a mail that is not taken is refused with a reason that its sender gets to read.

use serde::Serialize;

use crate::app::App;
use crate::contract::{Category, Context};
use crate::domain::attachment::{self, Attached};
use crate::domain::id::{Email, Reference, Subject, hex};
use crate::domain::inbound::{self, Envelope, Inbound, Kind};
use crate::domain::ticket::{Author, TicketNumber, Topic, Versions, bare};
use crate::domain::vault::{ByMail, Command, Desired, Opening, Reply, Thread, Written};
use crate::domain::{plain_text, redaction, rights};
use crate::failure::Failure;
use crate::handlers;
use crate::handlers::ticket::{MESSAGE_CHARS_MAX, NAME_CHARS_MAX, SUBJECT_CHARS_MAX, file};
use crate::http::{Request, Response};
use crate::log;
use crate::ports::{Ports, Unavailable};
use crate::signature::stripe;
use crate::store;

/// The media type of a mail (RFC 2046, section 5.2.1).
pub(crate) const TYPE: &str = "message/rfc822";

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// It opened a ticket.
    Opened,
    /// It was written into a ticket.
    Written,
    /// A program wrote it: staff see it as a note, and nobody is answered.
    Noted,
    /// A mail of ours came back.
    Bounced,
    /// It asks for nothing: a newsletter, an absence note to nobody, a mail of our own.
    Dropped,
}

#[derive(Serialize)]
struct Outcome {
    taken: Taken,
}

/// `POST /mail/in`: a mail as a mail server writes it for a program, with the envelope on top. Its signature is made as
/// Stripe makes one.
pub(crate) async fn post<World: Ports>(app: &App<World>, request: &Request, body: &[u8]) -> Result<Response, Failure> {
    let Some(secret) = &app.config.mail_in_secret else { return Err(Failure::NotFound) };
    let header = request.headers.get("mail-signature");
    stripe::verify(std::slice::from_ref(secret), header, body, app.now()).map_err(|refused| {
        app.world.log(&log::Event::WebhookRefused { why: refused.reason() });
        Failure::BadSignature
    })?;
    if !request.is_of_type(TYPE) {
        return Err(Failure::UnsupportedMediaType { wanted: TYPE });
    }
    let taken = take(app, &inbound::envelope(body), body).await?;
    Ok(Response::json(200, &Outcome { taken }))
}

/// Takes a mail.
pub(crate) async fn take<World: Ports>(app: &App<World>, envelope: &Envelope, raw: &[u8]) -> Result<Taken, Failure> {
    if !keeps_tickets(app).await? {
        return Err(Failure::NoPolicyInForce);
    }
    let (pepper, authority) = (&app.config.pepper, app.config.mail_authority.as_str());
    let mail = inbound::read(pepper, raw, envelope, authority);
    let mail = mail.ok_or(Failure::BadRequest { detail: "This cannot be read as a mail." })?;
    let taken = match mail.kind {
        Kind::Bounce => bounced(app, &mail).await?,
        Kind::Automatic => noted(app, mail).await?,
        Kind::Letter => letter(app, mail).await?,
    };
    app.world.log(&log::Event::MailTaken { how: taken });
    Ok(taken)
}

async fn keeps_tickets<World: Ports>(app: &App<World>) -> Result<bool, Failure> {
    let site = app.site().await?;
    let policy = site.policy_in_force(app.now().0);
    let kept = [Category::Name, Category::Email, Category::RequestContent];
    Ok(policy.is_some_and(|policy| kept.iter().all(|category| policy.collects(Context::Ticket, *category))))
}

/// A mail that somebody wrote.
async fn letter<World: Ports>(app: &App<World>, mail: Inbound) -> Result<Taken, Failure> {
    let Some(from) = mail.from.clone() else {
        return Err(Failure::BadRequest { detail: "The mail does not say in one address who wrote it." });
    };
    let is = |other: &str| Email::parse(bare(other)).is_some_and(|other| other.normalised() == from.normalised());
    if is(&app.config.mail_from) {
        return Ok(Taken::Dropped);
    }
    // What comes by mail could come from anybody; staff prove who they are by signing in.
    if app.config.staff.iter().any(|member| is(member.email.as_str())) {
        return Err(Failure::BadRequest {
            detail: "Staff answer at the desk: what comes by mail proves nothing about its sender.",
        });
    }
    if !app.allows("mail from an address", &from.normalised()).await {
        return Err(Failure::TooMany);
    }
    let found = match &mail.ticket {
        Some(number) => find(app, number).await?,
        None => by_subject(app, &mail, &from).await?,
    };
    match found {
        Some((subject, number, thread)) => {
            let other = (thread.ticket.email.normalised() != from.normalised()).then_some(from);
            write(app, mail, (subject, number), (Author::Sender, other)).await.map(|()| Taken::Written)
        }
        None => open(app, mail, from).await,
    }
}

/// What a program wrote in answer to a mail of ours is for staff to see; it makes nothing happen.
async fn noted<World: Ports>(app: &App<World>, mut mail: Inbound) -> Result<Taken, Failure> {
    let Some(number) = &mail.ticket else { return Ok(Taken::Dropped) };
    let Some((subject, number, _)) = find(app, number).await? else { return Ok(Taken::Dropped) };
    mail.text = format!("An automatic answer came by mail:\n\n{}", mail.text);
    match write(app, mail, (subject, number), (Author::Note, None)).await {
        Ok(()) => Ok(Taken::Noted),
        // Nobody reads a refusal of what a program wrote.
        Err(Failure::BadRequest { .. }) => Ok(Taken::Dropped),
        Err(failure) => Err(failure),
    }
}

async fn bounced<World: Ports>(app: &App<World>, mail: &Inbound) -> Result<Taken, Failure> {
    let Some(number) = &mail.ticket else { return Ok(Taken::Dropped) };
    let Some((subject, ticket, _)) = find(app, number).await? else { return Ok(Taken::Dropped) };
    store::vault(&app.world, &subject, Command::Bounced { ticket }).await?;
    Ok(Taken::Bounced)
}

/// The ticket that a subject names, if it is its sender's own and a mail server vouches for that.
async fn by_subject<World: Ports>(app: &App<World>, mail: &Inbound, from: &Email) -> Result<Option<Found>, Failure> {
    let named = inbound::ticket_in_subject(&mail.subject).filter(|_| mail.is_aligned);
    let Some(number) = named else { return Ok(None) };
    let found = find(app, &number).await?;
    Ok(found.filter(|(_, _, thread)| thread.ticket.email.normalised() == from.normalised()))
}

type Found = (Subject, TicketNumber, Thread);

async fn find<World: Ports>(app: &App<World>, number: &TicketNumber) -> Result<Option<Found>, Failure> {
    let reference = Reference::ticket(&app.config.pepper, number.as_str());
    let Some(subject) = store::resolve(&app.world, &reference).await? else { return Ok(None) };
    match store::vault(&app.world, &subject, Command::ReadTicket { ticket: number.clone() }).await? {
        Reply::Thread { thread } => Ok(thread.map(|thread| (subject, number.clone(), thread))),
        _ => Err(out_of_turn().into()),
    }
}

async fn write<World: Ports>(
    app: &App<World>,
    mut mail: Inbound,
    (subject, ticket): (Subject, TicketNumber),
    (author, from): (Author, Option<Email>),
) -> Result<(), Failure> {
    let (text, files) = contents(app, &ticket, &mut mail).await?;
    let by_mail = ByMail { id: mail.id, from, quoted: quoted(mail.quoted) };
    let written = Written { author, by: None, text, mail: Some(by_mail), files };
    match store::vault(&app.world, &subject, Command::WriteIn { ticket, written, seen: None }).await? {
        Reply::Ticket(Desired::Done { .. }) => Ok(()),
        Reply::Ticket(_) => Err(Failure::BadRequest {
            detail: "There is no room for more in this request. Please open another on our support page.",
        }),
        _ => Err(out_of_turn().into()),
    }
}

async fn open<World: Ports>(app: &App<World>, mut mail: Inbound, email: Email) -> Result<Taken, Failure> {
    let pepper = &app.config.pepper;
    let number = TicketNumber::of_form(pepper, &format!("mail/{}", mail.id));
    let (text, files) = contents(app, &number, &mut mail).await?;
    let one_line = |text: &str, max: usize| redaction::redact(&text.chars().take(max).collect::<String>()).text;
    let name = email.as_str().split('@').next().unwrap_or_default();
    let name = one_line(if mail.name.is_empty() { name } else { &mail.name }, NAME_CHARS_MAX);
    let subject = if mail.subject.is_empty() { "By mail" } else { &mail.subject };
    let wanted = rights::wanted(&format!("{subject}\n{text}"));
    let opening = Opening {
        number,
        topic: if wanted.is_some() { Topic::Privacy } else { Topic::Other },
        subject: one_line(subject, SUBJECT_CHARS_MAX),
        name,
        license: None,
        versions: Versions::default(),
        sent: hex(&pepper.tag(&["mail", email.as_str(), &mail.id])),
        is_spam: false,
        text,
        mail: Some(ByMail { id: mail.id, from: None, quoted: quoted(mail.quoted) }),
        files,
        email,
    };
    let vault = Subject::of(pepper, &opening.email);
    let reference = Reference::ticket(pepper, opening.number.as_str());
    let is_ours = store::claim(&app.world, &reference, &vault).await? == vault;
    let full = "There are too many open requests from this address. Please write in one of them.";
    let asked_by = opening.email.clone();
    match store::vault(&app.world, &vault, Command::OpenTicket { opening }).await? {
        Reply::Ticket(Desired::Done { .. }) if is_ours => {
            // The link goes to the address that wrote, and opens what is held about that one alone.
            if let Some(right) = wanted {
                handlers::rights::begin(app, asked_by, right).await?;
            }
            Ok(Taken::Opened)
        }
        Reply::Ticket(_) => Err(Failure::BadRequest { detail: full }),
        _ => Err(out_of_turn().into()),
    }
}

/// What is kept of a mail: its text, and those of its files that are of a kind that is kept. The others are told of.
async fn contents<World: Ports>(
    app: &App<World>,
    number: &TicketNumber,
    mail: &mut Inbound,
) -> Result<(String, Vec<Attached>), Failure> {
    let site = app.site().await?;
    let uploads = std::mem::take(&mut mail.files);
    let (kept, left) = if file::are_taken(app, &site) {
        attachment::sort(uploads)
    } else {
        (vec![], uploads.iter().map(|file| plain_text::line(&file.name)).collect())
    };
    let mut text = mail.text.clone();
    if text.is_empty() {
        "(The mail had no text.)".clone_into(&mut text);
    }
    if !left.is_empty() {
        text = format!("{text}\n\n(Files that came with the mail and were not kept: {})", left.join(", "));
    }
    if text.chars().count() > MESSAGE_CHARS_MAX {
        let detail = "The mail is longer than 20,000 characters. Please send what matters of it.";
        return Err(Failure::BadRequest { detail });
    }
    let text = redaction::redact(&plain_text::lines(&text)).text;
    Ok((text, file::keep(app, number, kept).await?))
}

/// What a mail quotes is cut rather than refused: it was said before.
fn quoted(quoted: Option<String>) -> Option<String> {
    quoted.map(|text| redaction::redact(&text.chars().take(MESSAGE_CHARS_MAX).collect::<String>()).text)
}

fn out_of_turn() -> Unavailable {
    Unavailable { what: "vault", why: "unexpected reply".to_owned() }
}
