//! Where the core meets a platform: one host for each target. Nothing outside this folder knows Cloudflare, axum, redb
//! or the file system.

use std::time::Duration;

use crate::ports::Unavailable;

#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod worker;

/// Another server has to answer within this time. It is shorter than what the door (`entry.mjs`) grants a request, so that
/// whoever waits hears what is wrong, and a server that hangs cannot keep an alarm from coming to its end.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(8);

/// Random bytes of the platform.
fn random() -> Result<[u8; 16], Unavailable> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Unavailable { what: "entropy", why: error.to_string() })?;
    Ok(bytes)
}
