//! Signatures of processors: raw bytes in, a verified and typed event out. Nothing is parsed before the signature holds,
//! and tags are compared in constant time by the HMAC library itself.

pub mod checkout;
pub mod paypal;
pub mod stripe;
