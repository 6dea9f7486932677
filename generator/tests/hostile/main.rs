//! Bad input to the generator, on the real program: whatever is planted, it says what is wrong and ends, and the site that was
//! published before stays as it was, byte for byte.

#![cfg(unix)]

mod files;
mod output;
mod project;
mod templates;
mod texts;
