//! `pantile serve`: opens the data folder, listens, says so in one line, and serves until told to stop.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use axum::routing::any_service;
use clap::ArgMatches;
use pantile_core::pool::{self, Reason};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Failure, complain, settings};
use crate::app::{App, threads};
use crate::auth::refuse_strangers;
use crate::config::{Effective, Settings};
use crate::http::{Listener, router, serve};
use crate::{background, demo, flight, telemetry};

/// How long questions that were ended at shutdown have to let go of what they hold.
const LAST_MOMENTS: Duration = Duration::from_secs(2);

pub(super) fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let effective = settings(matches)?;
    // SAFETY: no thread was started yet.
    unsafe { pool::widen(threads(&effective.settings)) };
    telemetry::start(&effective.settings).map_err(Failure::Usage)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_name("pantile-io")
        .build()
        .map_err(|error| Failure::Failed(format!("failed to start threads: {error}")))?;
    let served = runtime.block_on(serve_until_told(effective));
    // What still runs was told to end, and had its time.
    runtime.shutdown_timeout(LAST_MOMENTS);
    served.map(drop)
}

/// The app comes back so that it is dropped outside the runtime: its engine has a runtime of its own.
async fn serve_until_told(effective: Effective) -> Result<App, Failure> {
    let mut signals = Signals::new()?;
    let listener = listen(&effective.settings).await?;
    let address = listener.address().map_err(|error| Failure::of(&error))?;
    let app = App::open(effective).map_err(|error| Failure::of(&error))?;
    background::drop_persisted(&app).await;
    if app.settings().demo {
        demo::load_missing(&app).await.map_err(|error| Failure::of(&error))?;
    }
    let tidying = background::start(&app);
    let stop = app.stopping.clone();
    let doors = router(app.clone(), flight::PATH, any_service(flight::service(app.clone())));
    let serving = tokio::spawn(serve(listener, doors, stop.clone()));
    say_ready(address);
    tracing::info!(%address, data = %app.settings().data_dir.display(), "serving");

    let told = signals.next().await;
    tracing::info!(signal = told, running = app.desk.registry().running(), "stopping");
    stop.cancel();
    tokio::select! {
        () = drain(&app, serving) => {}
        again = signals.next() => {
            complain(&format!("{again} came again: ended without waiting"));
            return Err(Failure::Said);
        }
    }
    tidying.abort();
    tracing::info!("stopped");
    Ok(app)
}

/// Lets running requests come to their end, for a while.
async fn drain(app: &App, mut serving: tokio::task::JoinHandle<()>) {
    if tokio::time::timeout(app.settings().drain.0, &mut serving).await.is_ok() {
        return;
    }
    tracing::warn!(
        running = app.desk.registry().running(),
        "requests outlasted the setting `drain` and are ended"
    );
    app.desk.close();
    app.desk.registry().cancel_all(Reason::Draining);
    let _ = tokio::time::timeout(LAST_MOMENTS, serving).await;
}

async fn listen(settings: &Settings) -> Result<Listener, Failure> {
    let text = &settings.listen.0;
    let unusable = |why: String| Failure::Usage(format!("the setting `listen` is `{text}`: {why}"));
    let mut found = tokio::net::lookup_host(text).await.map_err(|error| unusable(error.to_string()))?;
    let address = found.next().ok_or_else(|| unusable("no address has that name".to_owned()))?;
    refuse_strangers(address, settings.insecure).map_err(Failure::Usage)?;
    Listener::bind(address, settings.connections, settings.header_timeout.0).await.map_err(|error| {
        let hint = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "; another process listens there: stop it, or choose another port with --listen"
            }
            std::io::ErrorKind::PermissionDenied => "; ports below 1024 need more rights",
            _ => "",
        };
        Failure::Failed(format!("failed to listen on {address}: {error}{hint}"))
    })
}

/// The one line on standard output, which whoever started the server waits for.
fn say_ready(address: SocketAddr) {
    let mut out = std::io::stdout().lock();
    // A closed pipe is a starter that does not want to know.
    let _ = writeln!(out, "pantile ready http://{address}").and_then(|()| out.flush());
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure::Failed(format!("failed to await signals: {error}")));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
