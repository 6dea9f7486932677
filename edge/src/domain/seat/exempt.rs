//! Which sites take no seat: addresses that nobody can reach from outside, and names under which hosts and developers keep
//! copies of a site.
//!
//! Whole labels are compared, never parts of them, so `my.developer.com` and `staging-services.com` are sites like any
//! other. `.dev` is an ordinary domain today and no sign of a copy.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Last labels that are never delegated (RFC 2606, RFC 6761, RFC 6762; `internal` by ICANN's decision of 2024).
const LOCAL: &[&str] = &["test", "local", "localhost", "invalid", "example", "internal"];

/// Under these, hosts give each copy of a site a name.
const COPIES: &[&str] = &[
    "wpengine.com",
    "instawp.xyz",
    "cloudwaysapps.com",
    "flywheelsites.com",
    "flywheelstaging.com",
    "myftpupload.com",
    "kinsta.cloud",
];

/// Labels in front of a country's own under which names are registered: `co.uk`, `com.au`.
const SECOND_LEVEL: &[&str] = &["co", "com", "net", "org", "edu", "gov", "ac"];

/// Whether a site on this host takes no seat.
pub(super) fn is_host(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = literal.parse::<IpAddr>() {
        return match address.to_canonical() {
            IpAddr::V4(address) => is_reserved_v4(address),
            IpAddr::V6(address) => is_reserved_v6(address),
        };
    }
    let labels: Vec<&str> = host.split('.').collect();
    labels.last().is_some_and(|last| LOCAL.contains(last))
        || COPIES.iter().any(|suffix| host.strip_suffix(suffix).is_some_and(|before| before.ends_with('.')))
        || is_copy_by_name(&labels)
}

/// Whether the name in front of a registered domain says so: `staging.example.com`, but neither `dev.to` nor `stage.co.uk`.
fn is_copy_by_name(labels: &[&str]) -> bool {
    let registered = match labels {
        [.., second, last] if last.len() == 2 && SECOND_LEVEL.contains(second) => 3,
        _ => 2,
    };
    let Some(first) = labels.first().filter(|_| labels.len() > registered) else { return false };
    // Hosts number their copies: `staging2.example.com`.
    let word = first.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(word, "dev" | "staging" | "stage") || first.ends_with("-staging")
}

/// Whether a site below this path takes no seat: `staging/1234` is where a host of many WordPress sites keeps copies.
pub(super) fn is_path(path: &str) -> bool {
    let mut segments = path.split('/');
    let is_number = |segment: &str| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    segments.next() == Some("staging") && segments.next().is_some_and(is_number)
}

/// Addresses with a special purpose (IANA's registry, RFC 6890) that are not reached from the internet.
fn is_reserved_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || a == 100 && b & 0xc0 == 64
        || a == 192 && b == 0 && c == 0
        || a == 198 && b & 0xfe == 18
}

fn is_reserved_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    address.is_unspecified()
        || address.is_loopback()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        || first == 0x2001 && second == 0xdb8
}
