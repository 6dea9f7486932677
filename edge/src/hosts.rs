//! Where the core meets a platform: one host for each target. Nothing outside this folder knows Cloudflare, axum, redb
//! or the file system.

use crate::ports::Unavailable;

#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod worker;

/// Random bytes of the platform.
fn random() -> Result<[u8; 16], Unavailable> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Unavailable { what: "entropy", why: error.to_string() })?;
    Ok(bytes)
}
