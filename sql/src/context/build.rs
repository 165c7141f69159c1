//! DataFusion's session state: a template made once, and copies that statements borrow.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use datafusion::catalog::CatalogProviderList;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{MemoryPool, UnboundedMemoryPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionState as Planner, SessionStateBuilder, TaskContext};
use datafusion::prelude::SessionConfig;
use parking_lot::Mutex;

use super::catalogs::Catalogs;
use crate::engine::Parts;
use crate::names::{CATALOG, MAIN, OWN};
use crate::session::Settings;
use crate::stores::Stores;
use crate::{Error, functions, rules};

/// What every statement starts from.
fn template(parts: &Parts) -> Result<Planner, Error> {
    let disk = DiskManagerBuilder::default()
        .with_mode(DiskManagerMode::Directories(vec![parts.scratch.clone()]))
        .with_max_temp_directory_size(parts.scratch_bytes);
    let runtime = RuntimeEnvBuilder::new()
        .with_object_store_registry(Stores::new(parts.store.reader(), &parts.locations))
        .with_disk_manager_builder(disk)
        .with_memory_pool(Arc::new(UnboundedMemoryPool::default()))
        // A listing that is kept would hide files that were added since.
        .with_object_list_cache_limit(0)
        .build_arc()
        .map_err(|error| Error::running(&error))?;
    let mut config = SessionConfig::new()
        .with_target_partitions(parts.pool.threads())
        .with_default_catalog_and_schema(CATALOG, MAIN)
        .with_create_default_catalog_and_schema(false)
        // Ours is a schema of our own catalog, without DataFusion's settings in it.
        .with_information_schema(false);
    config.options_mut().sql_parser.collect_spans = true;
    config.options_mut().execution.time_zone = Some(Settings::default().timezone);
    // The rules `join_keys` and `join_order` do these in a better way.
    config.options_mut().optimizer.enable_join_dynamic_filter_pushdown = false;
    config.options_mut().optimizer.join_reordering = false;
    let plain = SessionStateBuilder::new_with_default_features()
        .with_config(config)
        .with_runtime_env(runtime)
        // No statement makes a table of DataFusion's own.
        .with_table_factories(HashMap::new());
    let mut state = rules::add(plain).build();
    functions::register(&mut state, &parts.limits).map_err(|error| Error::planning(&error))?;
    Ok(state)
}

/// Session states that statements are planned with, one after the other. Making one takes as long as planning a
/// short statement does: it has hundreds of functions.
#[derive(Debug)]
pub(crate) struct Planners {
    template: Planner,
    idle: Mutex<Vec<Planner>>,
}

/// States that are kept; as many statements are seldom planned and answered at one moment.
const KEPT: usize = 64;

impl Planners {
    pub(crate) fn new(parts: &Parts) -> Result<Self, Error> {
        Ok(Self { template: template(parts)?, idle: Mutex::default() })
    }

    /// The state that all others are made of.
    pub(crate) fn template(&self) -> &Planner {
        &self.template
    }

    /// A state with one statement's settings and datasets, its own until it is dropped.
    pub(super) fn lend(
        self: &Arc<Self>,
        settings: &Settings,
        in_order: bool,
        catalogs: Arc<Catalogs>,
    ) -> LentPlanner {
        let config = self.template.config();
        let mut config = match (config.batch_size() == settings.batch_rows, in_order) {
            (true, false) => config.clone(),
            // One task reads one partition after the other.
            (_, true) => config.clone().with_batch_size(settings.batch_rows).with_target_partitions(1),
            (false, false) => config.clone().with_batch_size(settings.batch_rows),
        };
        if catalogs.have_temporary() {
            config.options_mut().catalog.default_schema = OWN.to_owned();
        }
        let own_zone = config.options().execution.time_zone.as_ref() != Some(&settings.timezone);
        let mut planner = match own_zone {
            false => self.idle.lock().pop().unwrap_or_else(|| self.template.clone()),
            true => {
                config.options_mut().execution.time_zone = Some(settings.timezone.clone());
                // Functions are told the time zone when they are registered.
                let builder = SessionStateBuilder::new_from_existing(self.template.clone());
                builder.with_config(config.clone()).build()
            }
        };
        *planner.config_mut() = config;
        planner.register_catalog_list(catalogs as Arc<dyn CatalogProviderList>);
        planner.mark_start_execution();
        LentPlanner { planner: Some(planner), owner: Arc::clone(self), own_zone }
    }

    /// What the operators of a plan run in, with the statement's memory.
    pub(crate) fn task(
        &self,
        config: &SessionConfig,
        query_id: &str,
        pool: Arc<dyn MemoryPool>,
        functions: bool,
    ) -> Arc<TaskContext> {
        let runtime = RuntimeEnv { memory_pool: pool, ..self.template.runtime_env().as_ref().clone() };
        let mut config = config.clone();
        // `information_schema` says where functions are.
        if config.options().catalog.default_schema != MAIN {
            config.options_mut().catalog.default_schema = MAIN.to_owned();
        }
        Arc::new(TaskContext::new(
            None,
            query_id.to_owned(),
            config,
            // Operators have their functions already; only plans that come over a wire look them up, and lists of them.
            if functions { self.template.scalar_functions().clone() } else { HashMap::new() },
            HashMap::new(),
            if functions { self.template.aggregate_functions().clone() } else { HashMap::new() },
            if functions { self.template.window_functions().clone() } else { HashMap::new() },
            Arc::new(runtime),
        ))
    }
}

/// A state that goes back to the others when it is dropped.
#[derive(Debug)]
pub(crate) struct LentPlanner {
    planner: Option<Planner>,
    owner: Arc<Planners>,
    /// Whether its functions know of another time zone than the others'.
    own_zone: bool,
}

impl LentPlanner {
    /// Leaves the files of a scan to the tasks that the scan gives them to.
    pub(super) fn keep_lanes(&mut self) {
        if let Some(planner) = &mut self.planner {
            planner.config_mut().options_mut().optimizer.repartition_file_scans = false;
        }
    }
}

impl Deref for LentPlanner {
    type Target = Planner;

    fn deref(&self) -> &Planner {
        self.planner.as_ref().unwrap_or(&self.owner.template)
    }
}

impl Drop for LentPlanner {
    fn drop(&mut self) {
        let Some(mut planner) = self.planner.take().filter(|_| !self.own_zone) else { return };
        // The datasets hold a pin on their snapshot.
        planner.register_catalog_list(Arc::clone(self.owner.template.catalog_list()));
        let mut idle = self.owner.idle.lock();
        if idle.len() < KEPT {
            idle.push(planner);
        }
    }
}
