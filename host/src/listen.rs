//! The addresses the server listens on.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use tokio::net::TcpListener;

use crate::console;
use crate::failure::StartFailure;

/// Where the server listens when nothing is asked for.
pub(crate) const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// The forms an address may be written in.
const FORMS: &str = "expected IP:PORT (127.0.0.1:8080, 0.0.0.0:8080, [::1]:8080), \
                     or :PORT or localhost:PORT, which are 127.0.0.1:PORT";

/// The value of `--listen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ListenAddr(SocketAddr);

impl ListenAddr {
    /// Whether it is the same address each time it is listened on: port 0 is another one.
    pub(crate) fn is_fixed(self) -> bool {
        self.0.port() != 0
    }
}

impl fmt::Display for ListenAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ListenAddr {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse() {
            return Ok(Self(address));
        }
        let port = text
            .strip_prefix("localhost:")
            .or_else(|| text.strip_prefix(':'));
        port.and_then(|port| port.parse().ok())
            .map(|port| Self(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port)))
            .ok_or(FORMS)
    }
}

/// Checks the addresses that are asked for, without binding them.
///
/// # Errors
///
/// One is listed twice.
pub(crate) fn check(asked: &[ListenAddr]) -> Result<(), StartFailure> {
    for (number, address) in asked.iter().enumerate() {
        if address.is_fixed() && asked[..number].contains(address) {
            return Err(StartFailure::new(format!(
                "cannot listen on {address}: it is listed twice"
            )));
        }
    }
    Ok(())
}

/// Binds every address asked for, or the default one.
///
/// # Errors
///
/// An address that was asked for cannot be bound. The default address gives way to a free
/// port when it is taken.
pub(crate) async fn bind(asked: &[ListenAddr]) -> Result<Vec<TcpListener>, StartFailure> {
    if asked.is_empty() {
        return Ok(vec![bind_default(DEFAULT).await?]);
    }
    let mut listeners = Vec::with_capacity(asked.len());
    for ListenAddr(address) in asked {
        listeners.push(
            TcpListener::bind(address)
                .await
                .map_err(|e| refusal(*address, &e))?,
        );
    }
    Ok(listeners)
}

async fn bind_default(preferred: SocketAddr) -> Result<TcpListener, StartFailure> {
    let taken = match TcpListener::bind(preferred).await {
        Ok(listener) => return Ok(listener),
        Err(error) if is_taken(&error) => error,
        Err(error) => return Err(refusal(preferred, &error)),
    };
    let any_port = SocketAddr::new(preferred.ip(), 0);
    let listener = TcpListener::bind(any_port)
        .await
        .map_err(|_| refusal(preferred, &taken))?;
    console::note(format_args!(
        "{preferred} is taken, so another free port is used"
    ));
    Ok(listener)
}

/// Whether another address may do better. Windows calls it a lack of permission where another program
/// has the port for itself alone, or the system has reserved it.
fn is_taken(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrInUse
        || (cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied)
}

fn refusal(address: SocketAddr, error: &io::Error) -> StartFailure {
    let reason = match error.kind() {
        io::ErrorKind::AddrInUse => "the address is taken by another program".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        io::ErrorKind::PermissionDenied if cfg!(windows) => {
            "another program has the port for itself, \
             or Windows has reserved it (netsh interface ipv4 show excludedportrange tcp)"
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    StartFailure::new(format!("cannot listen on {address}: {reason}"))
}

/// Says on standard output that each listener is ready.
///
/// # Errors
///
/// A listener lost its address, or standard output cannot be written.
pub(crate) fn announce(scheme: &str, listeners: &[TcpListener]) -> Result<(), StartFailure> {
    for listener in listeners {
        let said = listener.local_addr().and_then(|address| {
            console::announce(format_args!("listening on {scheme}://{address}/"))
        });
        said.map_err(|error| StartFailure::new(format!("cannot say where it listens: {error}")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, &'static str> {
        text.parse().map(|ListenAddr(address)| address.to_string())
    }

    #[test]
    fn an_address_is_ip_and_port() {
        assert_eq!(parse("127.0.0.1:0").as_deref(), Ok("127.0.0.1:0"));
        assert_eq!(parse("0.0.0.0:80").as_deref(), Ok("0.0.0.0:80"));
        assert_eq!(parse("[::1]:8080").as_deref(), Ok("[::1]:8080"));
    }

    #[test]
    fn without_an_ip_it_is_the_loopback_one() {
        assert_eq!(parse(":81").as_deref(), Ok("127.0.0.1:81"));
        assert_eq!(parse("localhost:81").as_deref(), Ok("127.0.0.1:81"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "127.0.0.1",
            "8080",
            ":",
            ":65536",
            "::1:80:",
            "example.com:80",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[tokio::test]
    async fn the_default_address_gives_way_when_taken() {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let taken = first.local_addr().unwrap();
        let second = bind_default(taken).await.unwrap();
        assert_ne!(second.local_addr().unwrap(), taken);
        assert_eq!(second.local_addr().unwrap().ip(), taken.ip());
    }

    #[test]
    fn an_address_that_is_listed_twice_is_no_other_programs() {
        let address = ListenAddr(DEFAULT);
        let failure = check(&[address, address]).unwrap_err().to_string();
        assert!(failure.ends_with("it is listed twice"), "{failure}");
        // Each time another one.
        let any = ":0".parse().unwrap();
        assert!(check(&[any, address, any]).is_ok());
    }

    #[tokio::test]
    async fn an_address_asked_for_does_not_give_way() {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let taken = first.local_addr().unwrap();
        let failure = bind(&[ListenAddr(taken)]).await.unwrap_err().to_string();
        assert_eq!(
            failure,
            format!("cannot listen on {taken}: the address is taken by another program")
        );
    }
}
