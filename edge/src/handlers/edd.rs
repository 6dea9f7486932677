//! EDD Software Licensing, the contract that most commercial plugins speak: an action and its parameters, in the query or
//! in a form, at the home page. Plugins that were written for it work with this shop as they are.
//!
//! Its answers have status 200 whatever they say. Clients believe no other, and the newer ones then ask nothing for an hour.
//! So storage that fails is 503 all the same: what they know of their license stays as it is, where a 200 that says
//! neither yes nor no would be stored as a no.

use crate::app::App;
use crate::failure::Failure;
use crate::handlers::assets;
use crate::http::{Method, Request, Response};
use crate::ports::Ports;

mod php;
mod question;
mod standing;
mod update;

pub(crate) use standing::Standing;
pub(crate) use update::Update;

use question::Question;

/// `GET /`: the home page, unless an action is asked for. `HEAD` asks for none, because an action may change something.
pub(crate) async fn home<World: Ports>(app: &App<World>, request: &Request) -> Result<Response, Failure> {
    if is_asked(request) {
        act(app, request, &Question::read(request, &[])).await
    } else {
        assets::serve(app, request).await
    }
}

/// `POST /`
pub(crate) async fn answer<World: Ports>(
    app: &App<World>,
    request: &Request,
    body: &[u8],
) -> Result<Response, Failure> {
    let question = Question::read(request, body);
    if question.get("edd_action").is_empty() {
        return Err(Failure::MethodNotAllowed { allow: "GET, HEAD".to_owned() });
    }
    act(app, request, &question).await
}

/// Whether somebody asks for the home page and means an action.
pub(crate) fn is_asked(request: &Request) -> bool {
    let has_action = || request.query_value("edd_action").is_some_and(|action| !action.trim().is_empty());
    request.path == "/" && request.method == Method::Get && has_action()
}

async fn act<World: Ports>(app: &App<World>, request: &Request, question: &Question) -> Result<Response, Failure> {
    let site = app.site().await?;
    match question.get("edd_action") {
        "check_license" => standing::check(app, request, question, &site).await,
        "activate_license" => standing::activate(app, request, question, &site).await,
        "deactivate_license" => standing::deactivate(app, request, question, &site).await,
        "get_version" => return update::answer(app, request, question, &site).await,
        _ => return Ok(Response::json(200, &serde_json::json!({ "success": false, "error": "unknown_action" }))),
    }
    .map(|standing| Response::json(200, &standing))
}
