//! The smallest Workers in Rust, as the platform's own library writes them: one that answers nothing, and with the feature
//! `kv` one that answers what it reads under one key. Beside them the bench holds the edge.
#![cfg(target_arch = "wasm32")]

use worker::{Context, Env, Request, Response, Result, event};

/// Answers every request alike.
#[event(fetch)]
pub async fn fetch(_request: Request, env: Env, _context: Context) -> Result<Response> {
    answer(env).await
}

#[cfg(not(feature = "kv"))]
async fn answer(_env: Env) -> Result<Response> {
    Response::empty()
}

/// What the bench has put under the key `view`, which is JSON already.
#[cfg(feature = "kv")]
async fn answer(env: Env) -> Result<Response> {
    let text = env.kv("VIEWS")?.get("view").text().await?.unwrap_or_default();
    let mut response = Response::from_bytes(text.into_bytes())?;
    response.headers_mut().set("content-type", "application/json")?;
    Ok(response)
}
