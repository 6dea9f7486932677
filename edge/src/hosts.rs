//! Where the core meets a platform: one host for each.
