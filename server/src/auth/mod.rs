//! Who asks.
//!
//! One idea: a handler that needs to know its caller takes a [`Caller`], which only this room can make, so
//! that a handler cannot forget to ask. For now everybody is the same anonymous caller, and the server
//! listens where strangers can reach it only with the setting `insecure`.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use http::request::Parts;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    name: String,
}

impl Caller {
    /// The server itself: readiness, the demonstration's load.
    pub fn server() -> Self {
        Self { name: "server".to_owned() }
    }

    /// Whoever comes in at a door, as long as callers are not told apart.
    pub fn anonymous() -> Self {
        Self { name: "anonymous".to_owned() }
    }

    /// A caller by the name that logs, `system.queries` and commits show.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::anonymous())
    }
}

/// Why the server must not listen on `address`, unless it was told that it may.
pub fn refuse_strangers(address: SocketAddr, insecure: bool) -> Result<(), String> {
    let loopback = match address.ip() {
        IpAddr::V4(ip) => ip.is_loopback(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
    };
    if loopback || insecure {
        return Ok(());
    }
    Err(format!(
        "refused to listen on {address}: other machines can reach it, and whoever does may read and write everything; \
         listen on 127.0.0.1, or say --insecure where something else keeps strangers out"
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_loopback_is_open_to_everybody() {
        for (address, fine) in [
            ("127.0.0.1:1", true),
            ("127.9.9.9:1", true),
            ("[::1]:1", true),
            ("0.0.0.0:1", false),
            ("[::]:1", false),
        ] {
            assert_eq!(refuse_strangers(address.parse().unwrap(), false).is_ok(), fine, "{address}");
            refuse_strangers(address.parse().unwrap(), true).unwrap();
        }
    }
}
