//! Forms that may bring files (RFC 7578), beside those that bring none.

use std::convert::Infallible;

use futures_util::stream;
use multer::bytes::Bytes;
use multer::{Constraints, Multipart, SizeLimit, parse_boundary};

use crate::domain::attachment::Upload;
use crate::failure::Failure;
use crate::http::{Form, Request};
use crate::routes::MESSAGE;

const TYPE: &str = "multipart/form-data";
/// Fields and files of one form.
const PARTS_MAX: usize = 40;

/// What a form brings.
pub(super) struct Sent {
    pub(super) form: Form,
    pub(super) files: Vec<Upload>,
}

/// Reads a form.
pub(super) async fn read(request: &Request, body: &[u8]) -> Result<Sent, Failure> {
    if !request.is_of_type(TYPE) {
        // Only files are long.
        if body.len() > MESSAGE {
            return Err(Failure::TooLarge);
        }
        let form = Form::read(request, body).ok_or(Failure::UnsupportedMediaType { wanted: Form::TYPE })?;
        return Ok(Sent { form, files: vec![] });
    }
    let unread =
        |_: multer::Error| Failure::BadRequest { detail: "The form cannot be read. Please send it once more." };
    let boundary = parse_boundary(request.headers.get("content-type").unwrap_or_default()).map_err(unread)?;
    let whole = Bytes::copy_from_slice(body);
    let whole = stream::once(std::future::ready(Ok::<_, Infallible>(whole)));
    let limits = Constraints::new().size_limit(SizeLimit::new().whole_stream(body.len() as u64));
    let mut parts = Multipart::with_constraints(whole, boundary, limits);
    let (mut fields, mut files) = (vec![], vec![]);
    while let Some(part) = parts.next_field().await.map_err(unread)? {
        if fields.len() + files.len() == PARTS_MAX {
            return Err(Failure::BadRequest { detail: "The form has more fields than it should." });
        }
        let (field, name) = (part.name().unwrap_or_default().to_owned(), part.file_name().map(str::to_owned));
        let bytes = part.bytes().await.map_err(unread)?;
        match name {
            Some(name) => files.push(Upload { name, bytes: bytes.to_vec() }),
            None => fields.push((field, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok(Sent { form: Form::of(fields), files })
}
