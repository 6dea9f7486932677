//! Between the platform's requests and responses and the core's. A body is read only as far as its route allows, and
//! only after its declared length has been looked at.

use ::worker::js_sys::Uint8Array;
use ::worker::js_sys::futures::JsFuture;
use ::worker::worker_sys::web_sys::{Request as PlatformRequest, Response as PlatformResponse};
use ::worker::{Request as StreamedRequest, ResponseBody, Result};
use futures_util::StreamExt;

use super::crossing;
use crate::hosts::network;
use crate::http::{Body, Headers, Method, Request, Response};
use crate::routes;

/// Reads a request.
pub(super) async fn read(request: PlatformRequest) -> Result<Request> {
    let head = crossing::head(&request);
    let mut lines = head.as_bytes().split(|byte| *byte == b'\n').map(|line| str::from_utf8(line).unwrap_or_default());
    let method = Method::parse(lines.next().unwrap_or_default());
    let (secure, path, query) = address(lines.next().unwrap_or_default());
    let mut headers = Headers::default();
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        headers.add(name.to_owned(), value.to_owned());
    }
    let body = read_body(request, routes::body_bytes_max(method, path), &headers).await?;
    // Cloudflare sets this header itself and lets no client do so.
    let network = headers.get("cf-connecting-ip").map(network).unwrap_or_default();
    Ok(Request { method, secure, path: path.to_owned(), query: query.to_owned(), headers, network, body })
}

/// Whether an address is HTTPS, its path and its query. The platform has written it in the one way of the URL standard.
fn address(url: &str) -> (bool, &str, &str) {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let target = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    let target = target.split('#').next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (scheme == "https", path, query)
}

async fn read_body(request: PlatformRequest, limit: usize, headers: &Headers) -> Result<Body> {
    let declared = headers.get("content-length").and_then(|length| length.parse::<usize>().ok());
    match declared {
        Some(length) if length > limit => Ok(Body::TooLarge),
        Some(_) => {
            let bytes = JsFuture::from(crossing::body(&request)).await?;
            Ok(Body::Bytes(Uint8Array::from(bytes).to_vec()))
        }
        None if request.body().is_none() => Ok(Body::Bytes(vec![])),
        None => read_stream(StreamedRequest::from(request), limit).await,
    }
}

/// A body whose length nobody knows before its end.
async fn read_stream(mut request: StreamedRequest, limit: usize) -> Result<Body> {
    let mut bytes = vec![];
    let mut stream = request.stream()?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        if bytes.len() + chunk.len() > limit {
            return Ok(Body::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Body::Bytes(bytes))
}

/// Writes a response.
pub(super) fn write(response: &Response) -> Result<PlatformResponse> {
    Ok(crossing::respond(response.status, &lines(response)?, &response.body)?)
}

/// Writes a response with this body. One that the platform reads while it sends it never enters this program.
pub(super) fn write_as(response: &Response, body: ResponseBody) -> Result<PlatformResponse> {
    let lines = lines(response)?;
    match body {
        ResponseBody::Stream(stream) => Ok(crossing::respond_with(response.status, &lines, &stream)?),
        ResponseBody::Body(bytes) => Ok(crossing::respond(response.status, &lines, &bytes)?),
        ResponseBody::Empty => Ok(crossing::respond(response.status, &lines, &[])?),
    }
}

/// Names and values of the headers, a line each.
fn lines(response: &Response) -> Result<String> {
    let lines = response.headers.iter().flat_map(|(name, value)| [name, value]).collect::<Vec<_>>();
    if lines.iter().any(|line| line.contains('\n')) {
        return Err("a header with a line break".into());
    }
    Ok(lines.join("\n"))
}
