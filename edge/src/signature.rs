//! Signatures of processors, and of whoever else vouches for something: raw bytes in, a verified and typed event out. Nothing is parsed before the signature holds,
//! and tags are compared in constant time by the HMAC library itself.

pub mod access;
pub mod checkout;
pub mod paypal;
mod rsa;
pub mod stripe;
