//! What happens behind each route and each wake-up. A handler reads its input, asks the store and the outside, and
//! answers; the rules it follows are in `domain`.

mod access;
pub(crate) mod assets;
pub(crate) mod checkout;
pub(crate) mod consent;
pub(crate) mod delivery;
pub(crate) mod desk;
pub(crate) mod edd;
pub(crate) mod fulfilment;
pub(crate) mod health;
pub(crate) mod keys;
pub(crate) mod license;
pub(crate) mod mail_in;
pub(crate) mod notices;
pub(crate) mod outbox;
pub(crate) mod owner;
pub(crate) mod parked;
pub(crate) mod paypal;
pub(crate) mod policy;
pub(crate) mod releases;
pub(crate) mod resend;
pub(crate) mod rights;
pub(crate) mod round;
pub(crate) mod sign_in;
pub(crate) mod stripe;
pub(crate) mod ticket;
mod upload;
pub(crate) mod visit;
pub(crate) mod webhook;
