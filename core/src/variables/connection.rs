//! Variables about the two ends of the connection.

use std::net::SocketAddr;

use super::Value;
use super::value::{EMPTY, owned};

/// Empty when the address is not known. IPv4 through an IPv6 socket is IPv4.
pub(super) fn address(socket: Option<SocketAddr>) -> Value<'static> {
    socket.map_or(EMPTY, |socket| owned(socket.ip().to_canonical()))
}

/// Empty when the port is not known.
pub(super) fn port(socket: Option<SocketAddr>) -> Value<'static> {
    socket.map_or(EMPTY, |socket| owned(socket.port()))
}
