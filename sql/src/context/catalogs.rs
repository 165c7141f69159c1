//! One snapshot as DataFusion's catalog: `pantile.main`, `pantile.system`, `pantile.information_schema`, the same snapshot
//! with the session's temporary tables before its own, and the snapshots of the past that the statement names.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use datafusion::catalog::information_schema::InformationSchemaProvider;
use datafusion::catalog::view::ViewTable;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlanBuilder, TableType, col, lit};
use pantile_core::catalog::Pin;
use parking_lot::RwLock;

use crate::names::{CATALOG, INFORMATION, MAIN, OWN, SYSTEM};
use crate::provider::{ExternalTable, HeldTable, Shared};
use crate::system;

/// The list of the one catalog, and the catalog itself.
#[derive(Debug)]
pub(crate) struct Catalogs {
    main: Arc<Datasets>,
    /// What names without a schema stand for; the same as `main` where there are no temporary tables.
    own: Arc<Datasets>,
    system: Arc<SystemSchema>,
    past: RwLock<HashMap<String, Arc<Datasets>>>,
    shared: Arc<Shared>,
    /// Whether the statement lists functions.
    functions: Arc<AtomicBool>,
    list: Weak<Catalogs>,
}

impl Catalogs {
    pub(crate) fn new(
        lasting: Pin,
        temporary: Option<Pin>,
        shared: Arc<Shared>,
        sources: system::Sources,
    ) -> Arc<Self> {
        let main = Arc::new(Datasets::new(lasting, Arc::clone(&shared)));
        let own = temporary.map(|pin| Arc::new(Datasets::new(pin, Arc::clone(&shared))));
        Arc::new_cyclic(|list| Self {
            own: own.unwrap_or_else(|| Arc::clone(&main)),
            main,
            system: Arc::new(SystemSchema(sources)),
            past: RwLock::default(),
            shared,
            functions: Arc::default(),
            list: Weak::clone(list),
        })
    }

    /// The datasets of the schema of that name: now, or of the past where that was fetched.
    pub(crate) fn datasets(&self, schema: &str) -> Option<Arc<Datasets>> {
        match schema {
            MAIN => Some(Arc::clone(&self.main)),
            OWN => Some(self.own()),
            _ => self.past.read().get(schema).cloned(),
        }
    }

    /// The datasets that names without a schema stand for.
    pub(crate) fn own(&self) -> Arc<Datasets> {
        Arc::clone(&self.own)
    }

    /// Whether there are temporary tables among those.
    pub(crate) fn have_temporary(&self) -> bool {
        !Arc::ptr_eq(&self.main, &self.own)
    }

    /// Whether the statement lists functions.
    pub(crate) fn lists_functions(&self) -> bool {
        self.functions.load(Ordering::Relaxed)
    }

    /// Makes a snapshot of the past known as a schema.
    pub(crate) fn add_past(&self, schema: String, pin: Pin) {
        self.past.write().insert(schema, Arc::new(Datasets::new(pin, Arc::clone(&self.shared))));
    }
}

impl CatalogProviderList for Catalogs {
    fn register_catalog(&self, _: String, _: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![CATALOG.to_owned()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        match name {
            CATALOG => self.list.upgrade().map(|catalog| catalog as Arc<dyn CatalogProvider>),
            _ => None,
        }
    }
}

impl CatalogProvider for Catalogs {
    fn schema_names(&self) -> Vec<String> {
        [INFORMATION, MAIN, SYSTEM].map(str::to_owned).to_vec()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        match name {
            SYSTEM => Some(Arc::clone(&self.system) as Arc<dyn SchemaProvider>),
            INFORMATION => {
                let inner = InformationSchemaProvider::new(Arc::new(Listed(self.list.upgrade()?)));
                Some(Arc::new(Information { inner, functions: Arc::clone(&self.functions) }))
            }
            _ => self.datasets(name).map(|datasets| datasets as Arc<dyn SchemaProvider>),
        }
    }
}

/// The catalog as `information_schema` lists it: temporary tables are in `main`, in the place of those they come before.
#[derive(Debug)]
struct Listed(Arc<Catalogs>);

impl CatalogProviderList for Listed {
    fn register_catalog(&self, _: String, _: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        self.0.catalog_names()
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (name == CATALOG).then(|| Arc::new(Self(Arc::clone(&self.0))) as Arc<dyn CatalogProvider>)
    }
}

impl CatalogProvider for Listed {
    fn schema_names(&self) -> Vec<String> {
        self.0.schema_names()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.0.schema(if name == MAIN { OWN } else { name })
    }
}

/// The datasets of one snapshot.
pub(crate) struct Datasets {
    pub(crate) pin: Pin,
    shared: Arc<Shared>,
    views: RwLock<HashMap<String, Arc<dyn TableProvider>>>,
}

impl Datasets {
    fn new(pin: Pin, shared: Arc<Shared>) -> Self {
        Self { pin, shared, views: RwLock::default() }
    }

    /// Whether the view of that name has been planned.
    pub(crate) fn knows_view(&self, name: &str) -> bool {
        self.views.read().contains_key(name)
    }

    /// Keeps a planned view.
    pub(crate) fn add_view(&self, name: String, view: Arc<dyn TableProvider>) {
        self.views.write().insert(name, view);
    }
}

impl fmt::Debug for Datasets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Datasets").field("snapshot", &self.pin.id).finish_non_exhaustive()
    }
}

#[async_trait]
impl SchemaProvider for Datasets {
    fn table_names(&self) -> Vec<String> {
        self.pin.names().filter(|name| self.table_exist(name)).map(str::to_owned).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if let Some(view) = self.views.read().get(name) {
            return Ok(Some(Arc::clone(view)));
        }
        let Some(table) = self.pin.table(name) else { return Ok(None) };
        let provider: Arc<dyn TableProvider> = match &table.external {
            Some(external) => Arc::new(ExternalTable::new(table, external, Arc::clone(&self.shared))),
            None => Arc::new(HeldTable::new(Arc::clone(table), Arc::clone(&self.shared))),
        };
        Ok(Some(provider))
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>, DataFusionError> {
        let table = self.pin.table(name).map(|table| match table.is_temporary() {
            true => TableType::Temporary,
            false => TableType::Base,
        });
        Ok(table.or_else(|| self.pin.views.get(name).map(|_| TableType::View)))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.pin.table(name).is_some() || self.pin.views.contains_key(name)
    }
}

/// The `system` schema.
struct SystemSchema(system::Sources);

impl fmt::Debug for SystemSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemSchema")
    }
}

#[async_trait]
impl SchemaProvider for SystemSchema {
    fn table_names(&self) -> Vec<String> {
        system::SYSTEM_TABLES.iter().map(|table| table.name().to_owned()).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        system::provider(name, &self.0).await.map_err(crate::Error::carried)
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>, DataFusionError> {
        Ok(self.table_exist(name).then_some(TableType::View))
    }

    fn table_exist(&self, name: &str) -> bool {
        system::SYSTEM_TABLES.iter().any(|table| table.name() == name)
    }
}

/// The standard's schema, without the table of DataFusion's own settings, and with nothing but views among the views.
#[derive(Debug)]
struct Information {
    inner: InformationSchemaProvider,
    functions: Arc<AtomicBool>,
}

const HIDDEN: &str = "df_settings";

#[async_trait]
impl SchemaProvider for Information {
    fn table_names(&self) -> Vec<String> {
        self.inner.table_names().into_iter().filter(|name| name != HIDDEN).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        let name = name.to_ascii_lowercase();
        let wanted = match name.as_str() {
            HIDDEN => return Ok(None),
            "tables" => col("table_name").not_eq(lit(HIDDEN)),
            "views" => col("definition").is_not_null(),
            "routines" | "parameters" => {
                self.functions.store(true, Ordering::Relaxed);
                return self.inner.table(&name).await;
            }
            _ => return self.inner.table(&name).await,
        };
        let Some(all) = self.inner.table(&name).await? else { return Ok(None) };
        let rows = LogicalPlanBuilder::scan(name, provider_as_source(all), None)?.filter(wanted)?.build()?;
        Ok(Some(Arc::new(ViewTable::new(rows, None))))
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>, DataFusionError> {
        Ok(self.table_exist(name).then_some(TableType::View))
    }

    fn table_exist(&self, name: &str) -> bool {
        !name.eq_ignore_ascii_case(HIDDEN) && self.inner.table_exist(name)
    }
}
