//! Outgoing HTTP. Redirects are not followed: an API that moves is an API that somebody else answers for.

use std::time::Duration;

use crate::ports::{Answer, Call, Unavailable};

const TIME_MAX: Duration = Duration::from_secs(10);
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;

pub(super) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().timeout_global(Some(TIME_MAX)).max_redirects(0);
    config.http_status_as_error(false).build().into()
}

pub(super) fn call(agent: &ureq::Agent, call: &Call) -> Result<Answer, Unavailable> {
    // The error names the address at most, never a header or a body.
    let failed = |error: ureq::Error| Unavailable { what: "network", why: error.to_string() };
    let mut request = ureq::http::Request::builder().method(call.method).uri(&call.url);
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    let request = request.body(call.body.clone()).map_err(|error| failed(error.into()))?;
    let mut response = agent.run(request).map_err(failed)?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(failed)?;
    Ok(Answer { status, body })
}
