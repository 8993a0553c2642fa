//! Whence a user may come.
//!
//! Names are looked up when somebody logs in. REGEXP and LIKE look at the names that `/etc/hosts` gives an address, for
//! nothing here asks a name server the way back.

use std::net::{IpAddr, ToSocketAddrs};

use gristmill_sql::Code;
use gristmill_sql::parser::access::Hosts;
use regex::Regex;

use crate::error::{Error, Result};

/// INCORRECT or unusable patterns and addresses are refused.
pub fn check(hosts: &Hosts) -> Result<()> {
    for ip in &hosts.ips {
        if network(ip).is_none() {
            let message = format!("{ip} is neither an IP address nor a network");
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
    }
    hosts.regexps.iter().try_for_each(|pattern| regexp(pattern).map(|_| ()))
}

fn regexp(pattern: &str) -> Result<Regex> {
    let whole = format!("^(?:{pattern})$");
    Regex::new(&whole)
        .map_err(|error| Error::new(Code::CANNOT_COMPILE_REGEXP, format!("Host pattern {pattern}: {error}")))
}

/// Whether somebody may come from an address; without one he is in this process.
pub fn allow(hosts: &Hosts, address: Option<IpAddr>) -> bool {
    let is_here = address.is_none_or(|address| address.to_canonical().is_loopback());
    if hosts.any || (hosts.local && is_here) {
        return true;
    }
    let Some(address) = address.map(|address| address.to_canonical()) else {
        return false;
    };
    let in_network = |text: &String| network(text).is_some_and(|(base, bits)| is_in(address, base, bits));
    let is_called = |name: &String| {
        let found = (name.as_str(), 0).to_socket_addrs();
        found.is_ok_and(|mut found| found.any(|found| found.ip().to_canonical() == address))
    };
    if hosts.ips.iter().any(in_network) || hosts.names.iter().any(is_called) {
        return true;
    }
    if hosts.regexps.is_empty() && hosts.likes.is_empty() {
        return false;
    }
    let names = names_of(address, &std::fs::read_to_string("/etc/hosts").unwrap_or_default());
    let is_match = |regex: &Regex| names.iter().any(|name| regex.is_match(name));
    let regexps = hosts.regexps.iter().filter_map(|pattern| regexp(pattern).ok());
    let likes = hosts.likes.iter().filter_map(|pattern| regexp(&like(pattern)).ok());
    regexps.chain(likes).any(|regex| is_match(&regex))
}

/// The address itself, and what a file of names calls it.
fn names_of(address: IpAddr, file: &str) -> Vec<String> {
    let mut names = vec![address.to_string()];
    if address.is_loopback() {
        names.push("localhost".into());
    }
    for line in file.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let is_it = words.next().and_then(|word| word.parse::<IpAddr>().ok()) == Some(address);
        names.extend(words.filter(|_| is_it).map(str::to_string));
    }
    names
}

/// LIKE as a regular expression.
fn like(pattern: &str) -> String {
    let mut out = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '\\' => out.push_str(&regex::escape(&characters.next().unwrap_or('\\').to_string())),
            other => out.push_str(&regex::escape(&other.to_string())),
        }
    }
    out
}

/// An address with the bits of its network: `10.0.0.0/8`, `10.0.0.0/255.0.0.0` or one address.
fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (base, mask) = text
        .split_once('/')
        .map_or((text, None), |(base, mask)| (base, Some(mask)));
    let base: IpAddr = base.parse().ok()?;
    let bits_max = if base.is_ipv4() { 32 } else { 128 };
    let bits = match mask {
        None => bits_max,
        Some(mask) => match mask.parse::<u32>() {
            Ok(bits) => bits,
            Err(_) => match mask.parse::<IpAddr>().ok()? {
                IpAddr::V4(mask) if base.is_ipv4() => u32::from(mask).leading_ones(),
                IpAddr::V6(mask) if !base.is_ipv4() => u128::from(mask).leading_ones(),
                _ => return None,
            },
        },
    };
    (bits <= bits_max).then_some((base, bits))
}

fn is_in(address: IpAddr, base: IpAddr, bits: u32) -> bool {
    let wide = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    };
    if bits == 0 && base.is_unspecified() && !base.is_ipv4() {
        return true; // `::/0` means everybody, with IPv4 addresses too
    }
    let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
    address.is_ipv4() == base.is_ipv4() && wide(address) & mask == wide(base) & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_ip(ip: &str, address: &str, allowed: bool) {
        let hosts = Hosts {
            ips: vec![ip.into()],
            ..Hosts::default()
        };
        check(&hosts).unwrap();
        assert_eq!(allow(&hosts, Some(address.parse().unwrap())), allowed, "{ip} {address}");
    }

    #[test]
    fn networks_hold_their_addresses() {
        check_ip("10.0.0.0/8", "10.1.2.3", true);
        check_ip("10.0.0.0/8", "11.1.2.3", false);
        check_ip("10.0.0.0/255.255.0.0", "10.0.2.3", true);
        check_ip("10.0.0.0/255.255.0.0", "10.1.2.3", false);
        check_ip("192.168.1.1", "192.168.1.1", true);
        check_ip("192.168.1.1", "::ffff:192.168.1.1", true);
        check_ip("2001:db8::/32", "2001:db8:1::1", true);
        check_ip("::/0", "1.2.3.4", true);
        check_ip("0.0.0.0/0", "1.2.3.4", true);
        assert!(
            check(&Hosts {
                ips: vec!["x".into()],
                ..Hosts::default()
            })
            .is_err()
        );
        assert!(
            check(&Hosts {
                regexps: vec!["(".into()],
                ..Hosts::default()
            })
            .is_err()
        );
    }

    #[test]
    fn names_are_compared_whole() {
        let address = "10.1.2.3".parse().unwrap();
        assert_eq!(
            names_of(address, "10.1.2.3 a.example a # b\n10.1.2.4 c"),
            ["10.1.2.3", "a.example", "a"]
        );
        assert!(regexp(&like("%.example")).unwrap().is_match("a.example"));
        assert!(!regexp(&like("%.example")).unwrap().is_match("a.example.org"));
        assert!(!regexp("example").unwrap().is_match("a.example"));
        let local = Hosts {
            local: true,
            ..Hosts::default()
        };
        assert!(
            allow(&local, None) && allow(&local, Some("127.0.0.1".parse().unwrap())) && !allow(&local, Some(address))
        );
        assert!(!allow(&Hosts::default(), None), "NONE");
    }
}
