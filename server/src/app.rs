//! A running server, assembled: the rooms in the order they need each other.

use std::ops::Deref;
use std::sync::Arc;

use pantile_core::catalog::{self, Ages, Catalog};
use pantile_core::frame::PartitionSizes;
use pantile_core::pool::{self, Account, Ledger, Pool};
use pantile_core::store::{self, Home, HotCache, ScratchSpace, TileStore, open_location};
use pantile_sql::{Engine, Location, Parts, SqlLimits};
use tokio_util::sync::CancellationToken;

use crate::config::{ByteSize, Effective, Settings};
use crate::desk::{Desk, Limits, Registry};
use crate::session::Sessions;
use crate::system::System;

/// Why the rooms could not be assembled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data folder, or a store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The catalog.
    #[error(transparent)]
    Catalog(#[from] catalog::Error),
    /// The threads.
    #[error(transparent)]
    Pool(#[from] pool::Error),
    /// The SQL engine.
    #[error(transparent)]
    Sql(#[from] pantile_sql::Error),
}

/// What every door is handed: cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Rooms>);

/// The rooms.
pub struct Rooms {
    /// The settings in force.
    pub effective: Effective,
    /// The data folder.
    pub home: Arc<Home>,
    /// What is held.
    pub catalog: Arc<Catalog>,
    /// Where it lies.
    pub store: Arc<TileStore>,
    /// What of it is in memory.
    pub cache: Arc<HotCache>,
    /// The compute threads.
    pub pool: Arc<Pool>,
    /// The account of bytes.
    pub ledger: Arc<Ledger>,
    /// Its part for questions.
    pub query: Arc<Account>,
    /// Its part for uploads.
    pub upload: Arc<Account>,
    /// Its part for answers on their way out.
    pub egress: Arc<Account>,
    /// Its part for what clients come back for.
    pub kept: Arc<Account>,
    /// SQL.
    pub engine: Arc<Engine>,
    /// The one way in.
    pub desk: Desk,
    /// What callers set up.
    pub sessions: Sessions,
    /// Tripped when the server has been told to stop.
    pub stopping: CancellationToken,
}

impl Deref for App {
    type Target = Rooms;
    fn deref(&self) -> &Rooms {
        &self.0
    }
}

impl App {
    /// Opens the data folder and assembles the rooms. Blocks on the disk; call it within a runtime.
    ///
    /// # Errors
    /// Whatever room cannot be opened.
    pub fn open(effective: Effective) -> Result<Self, Error> {
        let settings = effective.settings.clone();
        let home = Arc::new(Home::open(&settings.data_dir)?);
        let catalog = Catalog::open(&home)?;
        let store = tiles(&effective, &home)?;
        let pool = Pool::shared()?;
        let ledger = Ledger::new(settings.memory.of(Ledger::machine_bytes()));
        let total = ledger.total();
        let cache = HotCache::new(ledger.account("cache", settings.cache_memory.of(total)));
        let query = ledger.account("query", settings.query_memory.of(total));
        let upload = ledger.account("upload", settings.upload_memory.of(total));
        let egress = ledger.account("egress", settings.egress_memory.of(total));
        let kept = ledger.account("kept", settings.kept_memory.of(total));
        let registry = Registry::new(settings.recent_queries);
        let engine = Engine::new(Parts {
            catalog: Arc::clone(&catalog),
            store: Arc::clone(&store),
            cache: Arc::clone(&cache),
            pool: Arc::clone(&pool),
            query: Arc::clone(&query),
            locations: locations(&effective)?,
            unfinished: ScratchSpace::open(&home, &store, settings.scratch_bytes.0)?,
            scratch: home.scratch(),
            scratch_bytes: settings.scratch_bytes.0,
            limits: sql_limits(&settings),
            system: Arc::new(System::new(Arc::clone(&registry), &effective)),
            partition_sizes: partition_sizes(&settings),
        })?;
        let desk = Desk::new(Arc::clone(&engine), registry, Arc::clone(&query), limits(&settings));
        let sessions = Sessions::new(settings.session_ttl.0);
        Ok(Self(Arc::new(Rooms {
            effective,
            home,
            catalog,
            store,
            cache,
            pool,
            ledger,
            query,
            upload,
            egress,
            kept,
            engine,
            desk,
            sessions,
            stopping: CancellationToken::new(),
        })))
    }
}

impl Rooms {
    /// The settings' values.
    pub fn settings(&self) -> &Settings {
        &self.effective.settings
    }

    /// Where a partition ends.
    pub fn partition_sizes(&self) -> PartitionSizes {
        partition_sizes(self.settings())
    }
}

/// Where partitions lie: in the data folder, or in the bucket that the settings name.
///
/// # Errors
/// [`store::Error`] where the bucket's URL or options are not usable.
pub fn tiles(effective: &Effective, home: &Home) -> Result<Arc<TileStore>, store::Error> {
    let url = &effective.settings.store.0;
    if url.is_empty() {
        return TileStore::local(home);
    }
    let bucket = open_location(url, &effective.store_options)?;
    Ok(TileStore::remote(home, bucket, tokio::runtime::Handle::current()))
}

/// How old things must be to go.
pub fn ages(settings: &Settings) -> Ages {
    Ages {
        snapshots: settings.retention.0,
        requests: settings.request_retention.0,
        orphans: settings.orphan_age.0,
    }
}

fn locations(effective: &Effective) -> Result<Vec<Location>, store::Error> {
    let open = |location: &crate::config::LocationSetting| {
        Ok(Location {
            name: location.name.clone(),
            url: location.url.clone(),
            store: open_location(&location.url, &location.options)?,
            writable: location.writable,
        })
    };
    effective.locations.iter().map(open).collect()
}

pub(crate) fn threads(settings: &Settings) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if settings.threads == 0 { cores() } else { settings.threads }
}

fn limits(settings: &Settings) -> Limits {
    let slots = if settings.slots == 0 { threads(settings).saturating_mul(2).max(4) } else { settings.slots };
    Limits {
        slots,
        queue: settings.queue,
        queue_wait: settings.queue_wait.0,
        timeout: settings.timeout.0,
        timeout_max: settings.timeout_max.0,
    }
}

fn sql_limits(settings: &Settings) -> SqlLimits {
    SqlLimits {
        text_bytes: small(settings.sql_bytes),
        tokens: settings.sql_tokens,
        nesting: settings.sql_nesting,
        chain: settings.sql_chain,
        branches: settings.sql_branches,
        ctes: settings.sql_ctes,
        relations: settings.sql_relations as u64,
        value_bytes: settings.sql_value.0,
        files: settings.sql_files,
        planning: settings.sql_planning.0,
        transaction: settings.transaction_ttl.0,
    }
}

fn partition_sizes(settings: &Settings) -> PartitionSizes {
    PartitionSizes { rows: settings.partition_rows, bytes: small(settings.partition_bytes) }
}

fn small(size: ByteSize) -> usize {
    usize::try_from(size.0).unwrap_or(usize::MAX)
}
