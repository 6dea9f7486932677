//! Is the edge alive? It is when it can say so: the answer touches no storage, so that a monitor sees the program itself.

use serde::Serialize;

use crate::http::Response;

#[derive(Serialize)]
struct Health {
    ok: bool,
    version: &'static str,
}

pub(crate) fn answer() -> Response {
    Response::json(200, &Health { ok: true, version: env!("CARGO_PKG_VERSION") })
}
