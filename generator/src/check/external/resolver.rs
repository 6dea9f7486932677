//! Which hosts are not asked: those of private networks and of this machine. A page of a site is no reason to knock at doors
//! behind a firewall. It is decided by the number that a name leads to, where nothing else is connected to.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ureq::{
    Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};
use url::{Host, Url};

/// Why a host is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the host is in a private network")]
    Private,
    #[error("there is no such host")]
    NoHost,
    /// The system could not ask whether there is.
    #[error("the name cannot be looked up at present")]
    NoName,
}

impl Refusal {
    /// The refusal in an error of the client.
    pub(super) fn of(error: &Error) -> Option<Self> {
        match error {
            Error::HostNotFound => Some(Self::NoHost),
            Error::Io(error) => error.get_ref()?.downcast_ref().copied(),
            _ => None,
        }
    }
}

/// Looks names up as the system does and leaves out what is private.
#[derive(Debug, Default)]
pub(super) struct Public {
    pub(super) with_private: bool,
    system: DefaultResolver,
}

impl Public {
    pub(super) fn new(with_private: bool) -> Self {
        Self { with_private, system: DefaultResolver::default() }
    }
}

impl Resolver for Public {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let refused = |refusal: Refusal| Error::Io(io::Error::other(refusal));
        let found = self.system.resolve(uri, config, timeout).map_err(|error| match error {
            Error::Io(error) if is_passing(&error.to_string()) => refused(Refusal::NoName),
            Error::Io(_) => refused(Refusal::NoHost),
            other => other,
        })?;
        // Somebody put a proxy in front of this machine, and it looks names up by itself.
        let is_proxy = config.proxy().is_some_and(|proxy| Some(proxy.host()) == uri.host());
        if self.with_private || is_proxy {
            return Ok(found);
        }
        let mut public = self.empty();
        found.iter().filter(|address| !is_private(address.ip())).for_each(|address| public.push(*address));
        if public.is_empty() { Err(refused(Refusal::Private)) } else { Ok(public) }
    }
}

/// Whether a name may be found later, in the words of the systems that there are.
fn is_passing(message: &str) -> bool {
    ["emporary", "ry again"].iter().any(|words| message.contains(words))
}

/// Whether an address says by itself that it is private. Behind a proxy no number is seen.
pub(super) fn is_named_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_private(address.into()),
        Some(Host::Ipv6(address)) => is_private(address.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let last = name.rsplit('.').next().unwrap_or(name);
            matches!(last, "localhost" | "local" | "internal" | "lan" | "home" | "corp")
        }
        None => true,
    }
}

/// Whether an address is of no host of the open internet.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        // "This network", carriers' own, protocol assignments, measurements, and what is kept for later.
        || a == 0
        || (a == 100 && b & 0xc0 == 64)
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && b & 0xfe == 18)
        || a >= 240
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_private_v4(inner);
    }
    let segments = address.segments();
    let [.., high, low] = segments;
    let carried = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        // Numbers of the old kind inside: NAT64, 6to4, and the compatible ones that nobody uses any more.
        [0x64, 0xff9b, ..] | [0, 0, 0, 0, 0, 0, ..] => is_private_v4(carried(high, low)),
        [0x2002, high, low, ..] => is_private_v4(carried(high, low)),
        [0x2001, 0xdb8, ..] => true,
        // Only this part of the numbers is given to anybody.
        [first, ..] => first & 0xe000 != 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_private_networks_are_known_in_every_dress() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(is_private(private.parse().expect("a number")), "{private}");
        }
        for public in ["1.1.1.1", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101"] {
            assert!(!is_private(public.parse().expect("a number")), "{public}");
        }
    }

    #[test]
    fn a_private_host_is_known_by_its_address() {
        for private in
            ["http://127.1/", "http://0x7f000001/", "http://localhost:8080/", "http://a.local/", "http://[::1]/"]
        {
            assert!(is_named_private(&Url::parse(private).expect("an address")), "{private}");
        }
        assert!(!is_named_private(&Url::parse("https://example.com/").expect("an address")));
    }

    #[test]
    fn a_name_that_may_be_found_later_is_told_from_one_that_does_not_exist() {
        assert!(is_passing("failed to lookup address information: Temporary failure in name resolution"));
        assert!(is_passing("failed to lookup address information: Try again"));
        assert!(!is_passing("failed to lookup address information: Name or service not known"));
    }
}
