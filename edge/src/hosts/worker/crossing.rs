//! The calls of JavaScript that every request needs, see `crossing.js`.

use ::worker::Env;
use ::worker::js_sys::Promise;
use ::worker::worker_sys::web_sys::{ReadableStream, Request, Response};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen(module = "/src/hosts/worker/crossing.js")]
extern "C" {
    /// Method, address and headers, a line each.
    pub(super) fn head(request: &Request) -> String;

    /// All bytes of the body.
    pub(super) fn body(request: &Request) -> Promise;

    /// Makes a response of a status, lines of headers and bytes.
    #[wasm_bindgen(catch)]
    pub(super) fn respond(status: u16, lines: &str, bytes: &[u8]) -> Result<Response, JsValue>;

    /// The same with a body that the platform reads by itself.
    #[wasm_bindgen(catch, js_name = respond)]
    pub(super) fn respond_with(status: u16, lines: &str, body: &ReadableStream) -> Result<Response, JsValue>;

    /// What lies under a key among the views.
    #[wasm_bindgen(catch)]
    pub(super) fn view(env: &Env, key: &str) -> Result<Promise, JsValue>;

    /// Keys and values of rows in turn, a line each.
    #[wasm_bindgen(catch)]
    pub(super) fn rows(sql: &JsValue, query: &str, parameters: Vec<String>) -> Result<Vec<u8>, JsValue>;
}
