//! Between the platform's requests and responses and the core's. A body is read only as far as its route allows, and
//! only after its declared length has been looked at.

use ::worker::{
    Headers as PlatformHeaders, Request as PlatformRequest, Response as PlatformResponse, ResponseBody, Result,
};
use futures_util::StreamExt;

use crate::hosts::network;
use crate::http::{Body, Headers, Method, Request, Response};
use crate::routes;

/// Reads a request.
pub(super) async fn read(mut request: PlatformRequest) -> Result<Request> {
    let url = request.url()?;
    let method = Method::parse(&request.inner().method());
    let mut headers = Headers::default();
    for (name, value) in request.headers() {
        headers.add(&name, value);
    }
    let path = url.path().to_owned();
    let body = read_body(&mut request, routes::body_bytes_max(method, &path), &headers).await?;
    let query = url.query().unwrap_or_default().to_owned();
    // Cloudflare sets this header itself and lets no client do so.
    let network = headers.get("cf-connecting-ip").map(network).unwrap_or_default();
    Ok(Request { method, secure: url.scheme() == "https", path, query, headers, network, body })
}

async fn read_body(request: &mut PlatformRequest, limit: usize, headers: &Headers) -> Result<Body> {
    let declared = headers.get("content-length").and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Ok(Body::TooLarge);
    }
    if request.inner().body().is_none() {
        return Ok(Body::Bytes(vec![]));
    }
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
pub(super) fn write(mut response: Response) -> Result<PlatformResponse> {
    let body = std::mem::take(&mut response.body);
    write_as(&response, if body.is_empty() { ResponseBody::Empty } else { ResponseBody::Body(body) })
}

/// Writes a response with this body. One that the platform reads while it sends it never enters this program.
#[expect(clippy::disallowed_methods, reason = "the core has taken out every cookie that is not registered")]
pub(super) fn write_as(response: &Response, body: ResponseBody) -> Result<PlatformResponse> {
    let headers = PlatformHeaders::new();
    for (name, value) in response.headers.iter() {
        headers.append(name, value)?;
    }
    Ok(PlatformResponse::from_body(body)?.with_status(response.status).with_headers(headers))
}
