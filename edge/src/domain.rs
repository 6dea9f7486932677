//! The rules: synchronous, deterministic functions over plain data. Nothing here reads a clock, draws a random number or
//! reaches a platform; what a rule needs to know of the outside comes in as an argument.

pub mod attachment;
pub mod consent;
pub(crate) mod crockford;
pub mod desk;
pub mod fact;
pub mod form;
pub mod id;
pub mod inbound;
pub mod ledger;
pub mod license;
pub mod mail;
pub mod notice;
pub mod outbox;
pub mod pass;
pub mod payment;
pub mod plain_text;
pub mod pointer;
pub mod range;
pub mod redaction;
pub mod release;
pub mod rights;
pub mod seat;
pub mod site_health;
pub mod staff;
pub mod standing;
pub mod subscription;
pub mod ticket;
pub mod time;
pub mod token;
pub mod vault;
pub mod visit;
