//! The edge program: checkout, webhooks and licenses, the same core on Cloudflare Workers and natively.
//!
//! Start at [`app`]: a request comes in by [`app::App::handle`], is looked up in [`routes`], answered in `handlers` by
//! the rules of [`domain`], through the [`store`] and the [`ports`] that a host in [`hosts`] implements.

// Whatever comes in, a request ends in an answer. Tests may do all this (`clippy.toml`); there a panic is the answer.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

pub mod app;
pub mod config;
pub mod contract;
pub mod domain;
pub mod failure;
pub mod frame;
mod handlers;
#[cfg(feature = "host")]
pub mod hosts;
pub mod http;
pub mod json;
pub mod log;
pub mod mailer;
pub mod openapi;
pub mod ports;
pub mod routes;
pub mod security;
pub mod signature;
pub mod site;
pub mod store;
