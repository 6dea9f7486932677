//! Where the core meets a platform: one host for each target. Nothing outside this folder knows Cloudflare, axum, redb
//! or the file system.

#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod worker;
