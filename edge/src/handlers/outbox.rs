//! Doing what a vault has to tell: mails go out, views are published, the desk hears of it. A job is settled only after
//! the outside took it; a crash in between means that it is done again, and each is harmless to repeat.

use crate::app::App;
use crate::domain::id::{Email, Reference, Subject};
use crate::domain::mail::{self, Says};
use crate::domain::outbox::{Job, Work};
use crate::domain::pass::OWNER_LIFE;
use crate::domain::vault::{Command, Reply};
use crate::handlers::{owner, ticket};
use crate::log::Event;
use crate::ports::{Ports, Unavailable};
use crate::store;

/// Rounds in one run; what is left then waits for the next alarm.
const ROUNDS_MAX: usize = 5;

/// A vault as its own alarm sees it. On Cloudflare it is the very object the alarm runs in.
#[expect(async_fn_in_trait, reason = "static dispatch within this workspace; no auto trait is promised")]
pub trait Vault {
    /// Its address.
    fn subject(&self) -> &Subject;
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
            let result = perform(app, vault.subject(), work).await;
            if let Err(unavailable) = &result {
                app.world.log(&Event::JobFailed { job: id.word(), why: unavailable.to_string() });
            }
            vault.execute(Command::Settle { job: id, revision, delivered: result.is_ok() }).await?;
        }
    }
    Ok(())
}

async fn perform<World: Ports>(app: &App<World>, subject: &Subject, work: Work) -> Result<(), Unavailable> {
    match work {
        Work::Publish { key, state } => {
            let reference = Reference::license_key(&app.config.pepper, key.as_str());
            store::claim(&app.world, &reference, subject).await?;
            store::publish_license_view(&app.world, &reference, &state).await
        }
        Work::Mail { mut letter } => {
            let site = app.site().await?;
            if let Says::ForStaff { .. } = letter.says {
                letter.to =
                    Email::parse(&site.email).ok_or(Unavailable { what: "site", why: "no address".to_owned() })?;
            }
            let page = match &letter.says {
                Says::Ticket { number, access }
                | Says::Answer { number, access, .. }
                | Says::ForStaff { number, access, .. } => ticket::address(app, number, *access),
                _ => owner::address(app, subject, OWNER_LIFE),
            };
            app.world.send(&mail::write(&letter, &site, &page, app.now())).await
        }
        Work::Nothing {} => Ok(()),
        Work::Register { entry } => store::register(&app.world, subject, entry).await,
    }
}
