//! Doing what a vault has to tell: mails go out, views are published, the desk hears of it. A job is settled only after
//! the outside took it; a crash in between means that it is done again, and each is harmless to repeat.

use crate::app::App;
use crate::domain::desk::Listing;
use crate::domain::id::{Email, Reference, Subject};
use crate::domain::license::LicenseId;
use crate::domain::mail::{self, Conversation, Letter, Says};
use crate::domain::outbox::{Job, Try, Work};
use crate::domain::pass::OWNER_LIFE;
use crate::domain::staff::StaffId;
use crate::domain::ticket::{TicketNumber, conversation_root, reply_address};
use crate::domain::vault::{Belongings, Command, Reply};
use crate::handlers::{owner, rights, ticket};
use crate::log::Event;
use crate::ports::{Ports, Unavailable, Undelivered};
use crate::site::SiteData;
use crate::store;

/// Rounds in one run; what is left then waits for the next alarm.
const ROUNDS_MAX: usize = 5;

/// A vault as its own alarm sees it. On Cloudflare it is the very object the alarm runs in.
#[expect(async_fn_in_trait, reason = "static dispatch within this workspace; no auto trait is promised")]
pub trait Vault {
    /// Its address.
    fn subject(&self) -> &Subject;
    /// All that it holds.
    async fn rows(&self) -> Result<Vec<(String, String)>, Unavailable>;
    /// Runs a command on it.
    async fn execute(&self, command: Command) -> Result<Reply, Unavailable>;
}

/// Does the jobs that are due.
pub(crate) async fn drain<World: Ports>(app: &App<World>, vault: &impl Vault) -> Result<(), Unavailable> {
    for _ in 0..ROUNDS_MAX {
        let Reply::Jobs { jobs } = vault.execute(Command::Due).await? else { return Ok(()) };
        if jobs.is_empty() {
            return Ok(());
        }
        for Job { id, revision, work } in jobs {
            let result = match work {
                Work::Erase { id, request } => rights::erase(app, vault, &id, &request).await.map_err(Into::into),
                Work::Relocate { id, email, entry, belongings } => {
                    rights::relocate(app, vault, &id, &email, entry, &belongings).await.map_err(Into::into)
                }
                Work::Expire { license, belongings } => {
                    expire(app, vault, license, &belongings).await.map_err(Into::into)
                }
                work => perform(app, vault.subject(), work).await,
            };
            if let Err(undelivered) = &result {
                app.world.log(&Event::JobFailed { job: id.word(), why: undelivered.to_string() });
            }
            let ended = match result {
                Ok(()) => Try::Delivered,
                Err(Undelivered::Later(_)) => Try::Failed,
                Err(Undelivered::Refused { .. }) => Try::Refused,
            };
            vault.execute(Command::Settle { job: id, revision, ended }).await?;
        }
    }
    Ok(())
}

async fn perform<World: Ports>(app: &App<World>, subject: &Subject, work: Work) -> Result<(), Undelivered> {
    match work {
        Work::Publish { key, state } => {
            let reference = Reference::license_key(&app.config.pepper, key.as_str());
            store::claim(&app.world, &reference, subject).await?;
            Ok(store::publish_license_view(&app.world, &reference, &state).await?)
        }
        Work::Mail { letter } => {
            let site = app.site().await?;
            if let Says::ForStaff { number, ticket, .. } = &letter.says {
                let page = format!("{}/desk/tickets/{}", app.config.site_url, number.as_str());
                return tell_staff(app, &site, &letter, ticket.assignee.as_ref(), &page).await;
            }
            if let Says::RightDue { .. } = &letter.says {
                let page = format!("{}/desk/people/{}", app.config.site_url, subject.as_str());
                return tell_staff(app, &site, &letter, None, &page).await;
            }
            let (page, conversation) = match &letter.says {
                Says::Erased { request, classes, .. } => (rights::statement(app, request, classes).await?, None),
                Says::Right { request, right, link } => (rights::address(app, subject, (request, *right, *link)), None),
                Says::Proof { request, link } => {
                    (rights::proof_address(app, subject, request, (&letter.to, *link)), None)
                }
                Says::Ticket { number, access } | Says::Answer { number, access, .. } => {
                    (ticket::address(app, number, *access), conversation(app, number))
                }
                _ => (owner::address(app, subject, OWNER_LIFE), None),
            };
            app.world.send(&mail::write(&letter, &site, &page, conversation, app.now())).await
        }
        Work::Withdraw { key } => {
            let reference = Reference::license_key(&app.config.pepper, key.as_str());
            store::withdraw_license_view(&app.world, &reference).await?;
            Ok(store::release(&app.world, &reference, subject).await?)
        }
        Work::Release { ticket } => {
            let reference = Reference::ticket(&app.config.pepper, ticket.as_str());
            Ok(store::release(&app.world, &reference, subject).await?)
        }
        Work::DropFile { file } => Ok(app.world.drop_file(&file).await?),
        // These are the vault's own to do.
        Work::Erase { .. } | Work::Relocate { .. } | Work::Expire { .. } | Work::Nothing {} => Ok(()),
        Work::Register { entry, tickets } => {
            let listed = tickets
                .into_iter()
                .map(|(number, ticket, written_at)| Listing::of(subject.clone(), number, &ticket, written_at));
            Ok(store::register(&app.world, subject, entry, listed.collect()).await?)
        }
    }
}

/// Takes away all that leads to an order whose time is over, and then the order.
async fn expire<World: Ports>(
    app: &App<World>,
    vault: &impl Vault,
    license: LicenseId,
    belongings: &Belongings,
) -> Result<(), Unavailable> {
    for reference in belongings.references(&app.config.pepper) {
        store::release(&app.world, &reference, vault.subject()).await?;
    }
    match vault.execute(Command::Expire { license }).await? {
        Reply::Noted => Ok(()),
        _ => Err(Unavailable { what: "vault", why: "unexpected reply".to_owned() }),
    }
}

/// What keeps the mails of a ticket together; none where no answer by mail would reach us.
fn conversation<World: Ports>(app: &App<World>, number: &TicketNumber) -> Option<Conversation> {
    app.config.mail_in_secret.as_ref()?;
    let (pepper, from) = (&app.config.pepper, &app.config.mail_from);
    let (reply_to, root) = (reply_address(pepper, number, from)?, conversation_root(pepper, number, from)?);
    Some(Conversation { reply_to, root })
}

/// Mails staff, each of them; one who cannot be reached keeps no other from hearing of it.
async fn tell_staff<World: Ports>(
    app: &App<World>,
    site: &SiteData,
    letter: &Letter,
    assignee: Option<&StaffId>,
    page: &str,
) -> Result<(), Undelivered> {
    let mut told = Ok(());
    for (id, to) in staff(app, site, assignee, &letter.id)? {
        let letter = Letter { id, to, ..letter.clone() };
        let sent = app.world.send(&mail::write(&letter, site, page, None, app.now())).await;
        // What may be taken later is tried again; what never will, once the others have it, is for staff to see.
        if matches!((&told, &sent), (Ok(()), _) | (_, Err(Undelivered::Later(_)))) {
            told = sent;
        }
    }
    told
}

/// Who of the staff hears of a ticket, and by which mail: whoever has it, else all of them. Without any, the address of the
/// site does, so that nothing goes unheard.
fn staff<World: Ports>(
    app: &App<World>,
    site: &SiteData,
    assignee: Option<&StaffId>,
    id: &str,
) -> Result<Vec<(String, Email)>, Unavailable> {
    let members = &app.config.staff;
    let its = members.iter().find(|member| Some(&member.id) == assignee);
    let heard: Vec<_> = its.map_or_else(|| members.iter().collect(), |member| vec![member]);
    if heard.is_empty() {
        let to = Email::parse(&site.email).ok_or(Unavailable { what: "site", why: "no address".to_owned() })?;
        return Ok(vec![(id.to_owned(), to)]);
    }
    Ok(heard.into_iter().map(|member| (format!("{id}/{}", member.id.as_str()), member.email.clone())).collect())
}
