//! The desk: what staff see and do. Nothing here runs without somebody who is signed in, and before anything of a person is
//! shown, a line in the audit log says who saw it. Where that line cannot be written, nothing is shown.

use crate::app::App;
use crate::contract::{Category, Context};
use crate::domain::desk::{Act, Command, LOOKS_KEPT, Look, Reply, behind};
use crate::domain::id::hex;
use crate::domain::staff::{Member, StaffId};
use crate::failure::Failure;
use crate::frame::{self, Page};
use crate::handlers::{access, sign_in};
use crate::http::{Form, Method, Request, Response};
use crate::ports::{Ports, Unavailable};
use crate::routes::Errand;
use crate::store;

mod canned;
mod inbox;
mod person;
mod room;
mod ticket;
pub(super) mod view;
mod visits;

pub(super) use ticket::file;

/// Somebody who is signed in, with what they send.
pub(super) struct Visit<'visit, World> {
    app: &'visit App<World>,
    member: &'visit Member,
    session: String,
    request: &'visit Request,
    /// What stands in the braces of the route.
    first: &'visit str,
    second: &'visit str,
    body: &'visit [u8],
}

/// Does an errand for whoever is signed in.
pub(crate) async fn run<World: Ports>(
    app: &App<World>,
    errand: Errand,
    request: &Request,
    (first, second): (&str, &str),
    body: &[u8],
) -> Result<Response, Failure> {
    let Some((member, session)) = attending(app, request).await? else {
        // Whoever follows a link signs in first; whoever sends a form keeps what they typed.
        return if request.method == Method::Post {
            Err(Failure::SignedOut)
        } else {
            Ok(Response::see_other(&format!("/desk/sign-in?to={}", request.path)))
        };
    };
    let visit = Visit { app, member, session, request, first, second, body };
    match errand {
        Errand::Inbox => inbox::show(&visit).await,
        Errand::Search => inbox::search(&visit).await,
        Errand::Ticket => ticket::show(&visit).await,
        Errand::Write => ticket::write(&visit).await,
        Errand::Draft => ticket::draft(&visit).await,
        Errand::Move => ticket::move_to(&visit).await,
        Errand::Assign => ticket::assign(&visit).await,
        Errand::Tag => ticket::tag(&visit).await,
        Errand::Relink => ticket::relink(&visit).await,
        Errand::Export => ticket::export(&visit).await,
        Errand::File => ticket::attached(&visit).await,
        Errand::Person => person::show(&visit).await,
        Errand::Rule => person::rule(&visit).await,
        Errand::Disclose => person::disclose(&visit).await,
        Errand::ProcessorDone => person::processor_done(&visit).await,
        Errand::Extend => person::extend(&visit).await,
        Errand::Retry => person::retry(&visit).await,
        Errand::Attention => room::attention(&visit).await,
        Errand::Log => room::log(&visit).await,
        Errand::Visits => visits::show(&visit).await,
        Errand::Canned => canned::show(&visit).await,
        Errand::KeepCanned => canned::keep(&visit).await,
        Errand::SignOut => sign_out(&visit, Command::SignOut { session: visit.session.clone() }).await,
        Errand::SignOutEverywhere => {
            sign_out(&visit, Command::SignOutEverywhere { staff: visit.member.id.clone() }).await
        }
    }
}

/// Who is signed in, and the name of their session; an empty one where it is not ours.
async fn attending<'app, World: Ports>(
    app: &'app App<World>,
    request: &Request,
) -> Result<Option<(&'app Member, String)>, Failure> {
    if let Some(member) = access::member(app, request).await? {
        return Ok(Some((member, String::new())));
    }
    let Some(held) = sign_in::held(app, request) else { return Ok(None) };
    let session = session_name(app, &held);
    let Reply::Session { staff } = store::desk(&app.world, Command::Attend { session: session.clone() }).await? else {
        return Err(out_of_turn().into());
    };
    let member = staff.and_then(|staff| app.config.staff.iter().find(|member| member.id == staff));
    Ok(member.map(|member| (member, session)))
}

/// The name under which the desk keeps a session: a keyed hash of what its cookie holds.
pub(super) fn session_name<World: Ports>(app: &App<World>, held: &str) -> String {
    hex(&app.config.pepper.tag(&["session", held]))
}

/// Writes a line into the audit log. Whose data it was is written down where the policy in force says that we do so.
pub(super) async fn note<World: Ports>(
    app: &App<World>,
    member: &Member,
    act: Act,
    whose: Option<&str>,
) -> Result<(), Failure> {
    let whose = if keeps_a_log(app).await? { whose.map(str::to_owned) } else { None };
    enter(app, Look { at: app.now(), staff: member.id.clone(), act, whose, disclosure: None }).await
}

/// Whether the policy in force says that we keep a log of whose data staff saw.
async fn keeps_a_log<World: Ports>(app: &App<World>) -> Result<bool, Failure> {
    let site = app.site().await?;
    let policy = site.policy_in_force(app.now().0);
    Ok(policy.is_some_and(|policy| policy.collects(Context::Desk, Category::AccessLog)))
}

async fn enter<World: Ports>(app: &App<World>, look: Look) -> Result<(), Failure> {
    let chance = hex(app.world.random()?.get(..4).unwrap_or_default());
    store::desk(&app.world, Command::Note { chance, look }).await?;
    Ok(())
}

/// Takes away what is over. The cron trigger calls it.
pub(crate) async fn sweep<World: Ports>(app: &App<World>) -> Result<(), Unavailable> {
    store::desk(&app.world, Command::SweepSessions).await?;
    store::desk(&app.world, Command::SweepLooks { from: behind(app.now().before(LOOKS_KEPT)) }).await?;
    Ok(())
}

async fn sign_out<World: Ports>(visit: &Visit<'_, World>, command: Command) -> Result<Response, Failure> {
    store::desk(&visit.app.world, command).await?;
    Ok(Response::see_other("/desk/sign-in").with("set-cookie", sign_in::cookie(visit.app, "", 0)))
}

impl<World: Ports> Visit<'_, World> {
    fn form(&self) -> Result<Form, Failure> {
        Form::read(self.request, self.body).ok_or(Failure::UnsupportedMediaType { wanted: Form::TYPE })
    }

    async fn note(&self, act: Act, whose: Option<&str>) -> Result<(), Failure> {
        note(self.app, self.member, act, whose).await
    }

    /// What one of the staff is called. Whoever left is not spelled out any more.
    fn called(&self, staff: &StaffId) -> &str {
        let member = self.app.config.staff.iter().find(|member| member.id == *staff);
        member.map_or("somebody who left", Member::name)
    }

    async fn page(&self, status: u16, title: &str, main: maud::Markup) -> Response {
        let main = view::around(self.member, &self.request.path, &main);
        frame::page(&self.app.world, Page { status, title: format!("{title} · Desk"), main }).await
    }
}

fn out_of_turn() -> Unavailable {
    Unavailable { what: "desk", why: "unexpected reply".to_owned() }
}
