//! Between axum's requests and responses and the core's. A body is read only as far as its route allows, and only after
//! its declared length has been looked at.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::http::{HeaderValue, StatusCode, header};
use http_body_util::BodyExt;
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;

use crate::app;
use crate::failure::Failure;
use crate::frame;
use crate::hosts::network;
use crate::http::{Body, Headers, Method, Request, Response};
use crate::ports::Unavailable;
use crate::routes;

/// A body has to arrive within this time.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);
/// Of a body that is too large, this much more than its route takes is read and thrown away: who is still writing when the
/// connection is closed may not get to read the answer.
const DISCARD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A file is sent in pieces of this length.
const PIECE_BYTES: usize = 64 * 1024;

/// Reads a request; `None` when its body does not arrive.
pub(super) async fn read(request: axum::extract::Request, peer: SocketAddr) -> Option<Request> {
    let (parts, body) = request.into_parts();
    let method = Method::parse(parts.method.as_str());
    let path = parts.uri.path().to_owned();
    let mut headers = Headers::default();
    for (name, value) in &parts.headers {
        // A header that is not text is as good as absent: no route reads one.
        if let Ok(value) = value.to_str() {
            headers.add(name.as_str().to_owned(), value.to_owned());
        }
    }
    // Only a proxy on this machine can say that it took the request by HTTPS.
    let secure = peer.ip().is_loopback() && headers.get("x-forwarded-proto") == Some("https");
    let limit = routes::body_bytes_max(method, &path);
    let declared = headers.get("content-length").and_then(|length| length.parse::<usize>().ok());
    let body = tokio::time::timeout(BODY_TIME_MAX, read_body(body, limit, declared)).await.ok()??;
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let network = network(&peer.ip().to_string());
    Some(Request { method, secure, path, query, headers, network, body })
}

async fn read_body(mut body: HttpBody, limit: usize, declared: Option<usize>) -> Option<Body> {
    let mut too_large = declared.is_some_and(|length| length > limit);
    let (mut bytes, mut discarded) = (vec![], 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        too_large |= bytes.len() + data.len() > limit;
        if too_large {
            discarded += data.len();
            if discarded > limit + DISCARD_BYTES_MAX {
                break;
            }
        } else {
            bytes.extend_from_slice(&data);
        }
    }
    Some(if too_large { Body::TooLarge } else { Body::Bytes(bytes) })
}

/// Writes a response.
pub(super) fn write(mut response: Response) -> axum::response::Response {
    let body = HttpBody::from(std::mem::take(&mut response.body));
    written(&response, body)
}

/// Writes a response whose body is read while it is sent.
pub(super) fn stream(response: &Response, reader: impl AsyncRead + Send + 'static) -> axum::response::Response {
    written(response, HttpBody::from_stream(ReaderStream::with_capacity(reader, PIECE_BYTES)))
}

fn written(response: &Response, body: HttpBody) -> axum::response::Response {
    let mut answer = axum::response::Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    for (name, value) in response.headers.iter() {
        let name = header::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

/// Gives an answer that the core did not make the headers that every answer carries.
pub(super) fn finished(mut answer: axum::response::Response, https: bool) -> axum::response::Response {
    if answer.headers().contains_key(header::CONTENT_SECURITY_POLICY) {
        return answer;
    }
    let mut ours =
        Response { status: answer.status().as_u16(), headers: Headers::default(), body: vec![], excerpt: None };
    for name in [header::CONTENT_TYPE, header::CACHE_CONTROL] {
        if let Some(value) = answer.headers().get(&name).and_then(|value| value.to_str().ok()) {
            ours.headers.add(name.as_str().to_owned(), value.to_owned());
        }
    }
    app::finish(&mut ours, https);
    for (name, value) in write(ours).headers() {
        answer.headers_mut().insert(name, value.clone());
    }
    answer
}

/// Answers a request whose body did not arrive.
pub(super) fn unfinished() -> axum::response::Response {
    write(
        Response::new(408, "text/plain; charset=utf-8", "The body did not arrive in time.\n")
            .with("connection", "close"),
    )
}

/// Answers a request during which the program broke. Nothing that was acknowledged is lost.
pub(super) fn broken() -> axum::response::Response {
    let failure = Failure::Storage(Unavailable { what: "program", why: "panicked".to_owned() });
    write(frame::problem(&failure).with("retry-after", "5"))
}
