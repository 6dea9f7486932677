//! Judges both crates from outside: what holds in every world, whichever way it misbehaves.

#[cfg(test)]
mod documentation;

#[cfg(test)]
mod drift;

#[cfg(test)]
mod simulation;

#[cfg(test)]
mod tidy;

#[cfg(test)]
mod policy_text;

#[cfg(test)]
mod shared;

#[cfg(test)]
mod translated;
