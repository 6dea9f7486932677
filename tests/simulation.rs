//! The simulation: the unchanged core of the edge in a world that duplicates, reorders, delays, forgets for a minute,
//! fails before and after it acted, and stops the program at any await. One seed is one history and repeats it exactly.
//!
//! `SEEDS=1000000 cargo test --release -p tests histories -- --nocapture` plays more of them;
//! `SEED=7 cargo test --release -p tests replay -- --nocapture` shows one step by step.

mod checks;
mod choice;
mod exhaustive;
mod history;
mod kv;
mod mark;
mod model;
mod mutants;
mod nth_failure;
mod objects;
mod outside;
mod paypal;
mod random;
mod renewals;
mod requests;
mod rest;
mod rights;
mod seats;
mod story;
mod stripe;
mod weather;
mod world;
