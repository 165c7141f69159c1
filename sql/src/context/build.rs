//! DataFusion's session state: a template made once, and a copy for each statement.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::catalog::CatalogProviderList;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{MemoryPool, UnboundedMemoryPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{SessionState as Planner, SessionStateBuilder};
use datafusion::prelude::SessionConfig;

use super::catalogs::Catalogs;
use crate::engine::Parts;
use crate::names::{CATALOG, MAIN};
use crate::session::Settings;
use crate::stores::Stores;
use crate::{Error, functions, rules};

/// What every statement starts from.
pub(crate) fn template(parts: &Parts) -> Result<Planner, Error> {
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

/// The template with one statement's settings, memory and datasets.
pub(super) fn planner(
    template: &Planner,
    settings: &Settings,
    in_order: bool,
    pool: Arc<dyn MemoryPool>,
    catalogs: Arc<Catalogs>,
) -> Planner {
    let mut config = template.config().clone().with_batch_size(settings.batch_rows);
    if in_order {
        // One task reads one partition after the other.
        config = config.with_target_partitions(1);
    }
    config.options_mut().execution.time_zone = Some(settings.timezone.clone());
    let runtime = RuntimeEnv { memory_pool: pool, ..template.runtime_env().as_ref().clone() };
    let mut planner = SessionStateBuilder::new_from_existing(template.clone())
        .with_config(config)
        .with_runtime_env(Arc::new(runtime))
        .with_catalog_list(catalogs as Arc<dyn CatalogProviderList>)
        .build();
    planner.mark_start_execution();
    planner
}
