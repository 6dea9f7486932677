//! placeholder
#[cfg(test)]
mod empty {}
