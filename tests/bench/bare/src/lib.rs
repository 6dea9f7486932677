//! The smallest Workers in Rust, as the platform's own library writes them: one that answers nothing, with the feature `kv` one
//! that answers what it reads under one key, with `assets` one that hands on a file of the site. Beside them the bench holds the edge.
#![cfg(target_arch = "wasm32")]

use worker::{Context, Env, Request, Response, Result, event};

/// Answers every request alike.
#[event(fetch)]
pub async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    answer(request, env).await
}

#[cfg(not(any(feature = "kv", feature = "assets")))]
async fn answer(_request: Request, _env: Env) -> Result<Response> {
    Response::empty()
}

/// What the bench has put under the key `view`, which is JSON already.
#[cfg(feature = "kv")]
async fn answer(_request: Request, env: Env) -> Result<Response> {
    let text = env.kv("VIEWS")?.get("view").text().await?.unwrap_or_default();
    let mut response = Response::from_bytes(text.into_bytes())?;
    response.headers_mut().set("content-type", "application/json")?;
    Ok(response)
}

/// The file of the site that lies under the path.
#[cfg(feature = "assets")]
async fn answer(request: Request, env: Env) -> Result<Response> {
    env.assets("ASSETS")?.fetch_request(request).await
}
