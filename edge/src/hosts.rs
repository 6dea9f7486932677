//! Where the core meets a platform: one host for each target. Nothing outside this folder knows Cloudflare, axum, redb
//! or the file system.

use std::net::IpAddr;
use std::time::Duration;

use crate::http::Network;
use crate::ports::Unavailable;

#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod worker;

/// Another server has to answer within this time. It is shorter than what the door (`entry.mjs`) grants a request, so that
/// whoever waits hears what is wrong, and a server that hangs cannot keep an alarm from coming to its end.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(8);

/// Random bytes of the platform.
fn random() -> Result<[u8; 16], Unavailable> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Unavailable { what: "entropy", why: error.to_string() })?;
    Ok(bytes)
}

/// Random bytes for a key.
fn random_key() -> Result<[u8; 32], Unavailable> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Unavailable { what: "entropy", why: error.to_string() })?;
    Ok(bytes)
}

/// The network of an address: 24 bits of IPv4, 48 bits of IPv6.
fn network(address: &str) -> Network {
    Network::new(match address.parse() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}")
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}")
        }
        Err(_) => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_larger_than_an_address() {
        for (address, expected) in [
            ("203.0.113.9", "203.0.113"),
            ("2001:db8:7:1::1", "2001:db8:7"),
            ("::ffff:203.0.113.9", "0:0:0"),
            ("somewhere", ""),
        ] {
            assert_eq!(network(address).as_str(), expected, "{address}");
        }
    }
}
