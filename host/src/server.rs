//! A server's life: load, announce, serve, drain.

use std::time::Duration;

use isapi_axum::IsapiService;
use isapi_axum::connection::ConnectionOptions;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::accept::{Acceptor, Connections};
use crate::config::AllowedModule;
use crate::console::note;
use crate::failure::{StartFailure, Stop};
use crate::listen;
use crate::modules;
use crate::settings::Settings;
use crate::signals::Signals;
use crate::site::Site;
use crate::tls::TlsConfig;

/// Which modules are loaded before the server says that it is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loading<'a> {
    /// All of them; each is described.
    All,
    /// Those that are configured so; the others are listed, each loaded by its first request.
    Marked {
        /// The modules that may be loaded; `None`: every module.
        allowed: Option<&'a [AllowedModule]>,
    },
}

/// Serves a site until it is told to stop.
///
/// # Errors
///
/// The server could not start. How it stopped is no error, see [`Stop`].
pub(crate) async fn run(
    site: Site,
    loading: Loading<'_>,
    settings: &Settings,
) -> Result<Stop, StartFailure> {
    let mut signals = Signals::new()
        .map_err(|error| StartFailure::new(format!("cannot listen for signals: {error}")))?;
    let tls = match &settings.tls {
        Some(files) => Some(files.load()?),
        None => None,
    };
    let listeners = listen::bind(&settings.listen).await?;
    tokio::select! {
        () = load(&site, loading) => {}
        // An extension may hang while it loads.
        _ = signals.recv() => return Ok(Stop::Cut),
    }
    listen::announce(settings.scheme(), &listeners)?;

    let (stop, connections) = start(&site, listeners, tls, settings);
    let limit = settings.deadlines.drain_timeout.min(signals.recv().await);
    // Fails only where every listener and connection is gone, which is what is asked for.
    let _ = stop.send(true);
    tokio::select! {
        stop = drain(&site, &connections, limit) => Ok(stop),
        _ = signals.recv() => {
            note("stopped at once");
            Ok(Stop::Cut)
        }
    }
}

async fn load(site: &Site, loading: Loading<'_>) {
    match loading {
        Loading::All => modules::load(site).await,
        Loading::Marked { allowed } => modules::load_marked(site, allowed).await,
    }
}

fn start(
    site: &Site,
    listeners: Vec<TcpListener>,
    tls: Option<TlsConfig>,
    settings: &Settings,
) -> (watch::Sender<bool>, Connections) {
    let (stop, stopped) = watch::channel(false);
    let connections = Connections::new(settings.limits.max_connections);
    let acceptor = Acceptor {
        site: site.clone(),
        connections: connections.clone(),
        options: ConnectionOptions {
            first_byte_timeout: settings.deadlines.header_wait_timeout,
            head_timeout: settings.deadlines.header_wait_timeout,
            idle_timeout: settings.deadlines.connection_timeout,
            write_timeout: settings.deadlines.write_timeout,
            max_head: usize::try_from(settings.limits.max_request_head).unwrap_or(usize::MAX),
            max_fields: settings.limits.max_request_fields.into(),
            // Nothing here reads a body, or keeps it, between an extension and the connection.
            mapped_files: true,
            lent_memory: true,
        },
        tls,
        stop: stopped,
    };
    for listener in listeners {
        tokio::spawn(acceptor.clone().run(listener));
    }
    (stop, connections)
}

/// Lets requests finish, then terminates the extensions, all within `limit`.
async fn drain(extensions: &IsapiService, connections: &Connections, limit: Duration) -> Stop {
    if limit.is_zero() {
        note("stopping: requests have no time to finish");
    } else {
        note(format_args!(
            "stopping: requests have {limit:?} to finish; a second signal stops at once"
        ));
    }
    let deadline = Instant::now() + limit;
    let drained = timeout_at(deadline, connections.drained()).await.is_ok();
    let left = deadline.saturating_duration_since(Instant::now());
    let terminated = extensions.shutdown(left).await;
    for busy in terminated.as_ref().err().into_iter().flatten() {
        note(format_args!("still busy: {busy}"));
    }
    if !drained {
        note(format_args!("connections cut off: {}", connections.open()));
    }
    match drained && terminated.is_ok() {
        true => Stop::Clean,
        false => Stop::Cut,
    }
}
