//! Files at a configured location, as a table: listed anew for every question, so that what was added since is
//! seen, up to a number of files that the limits name.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::common::parsers::CompressionTypeVariant;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use futures::TryStreamExt;
use pantile_core::Code;
use pantile_core::catalog::{External, Table};

use super::Shared;
use crate::{Error, stores};

/// Characters that make a part of a path a pattern.
const GLOB: [char; 3] = ['*', '?', '['];

/// A table whose rows lie at a location.
#[derive(Debug)]
pub(crate) struct ExternalTable {
    name: String,
    schema: SchemaRef,
    external: Arc<External>,
    shared: Arc<Shared>,
}

impl ExternalTable {
    pub(crate) fn new(table: &Table, external: &Arc<External>, shared: Arc<Shared>) -> Self {
        let schema = Arc::clone(&table.schema);
        Self { name: table.name.clone(), schema, external: Arc::clone(external), shared }
    }

    async fn listing(&self, state: &dyn Session) -> Result<ListingTable, Error> {
        if !self.shared.locations.iter().any(|location| location.name == self.external.location) {
            let said = format!(
                "table `{}` lies at location `{}`, which is not configured any more",
                self.name, self.external.location
            );
            return Err(Error::new(Code::StorageFailed, said));
        }
        let url = url(&self.external)?;
        count_files(state, &url, &self.external, self.shared.files).await?;
        let hive = &self.external.partitioned_by;
        let (hive, file): (Vec<_>, Vec<_>) =
            self.schema.fields().iter().cloned().partition(|f| hive.contains(f.name()));
        let hive = hive.iter().map(|field| (field.name().clone(), field.data_type().clone())).collect();
        let options = options(state, &self.external)?.with_table_partition_cols(hive);
        let config = ListingTableConfig::new(url)
            .with_listing_options(options)
            .with_schema(Arc::new(Schema::new(file)));
        let table = ListingTable::try_new(config).map_err(|error| Error::planning(&error))?;
        Ok(table.with_cache(state.runtime_env().cache_manager.get_file_statistic_cache()))
    }
}

#[async_trait]
impl TableProvider for ExternalTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let listing = self.listing(state).await.map_err(Error::carried)?;
        let limit = limit.filter(|_| filters.is_empty());
        listing.scan(state, projection, filters, limit).await
    }
}

/// The columns that the files have, hive partition columns last.
pub(crate) async fn inferred(
    state: &dyn Session,
    external: &External,
    files: usize,
) -> Result<Schema, Error> {
    let url = url(external)?;
    let found = count_files(state, &url, external, files).await?;
    if found == 0 {
        let said =
            format!("there is no {} file at `{}/{}`", external.format, external.location, external.path);
        return Err(Error::new(
            Code::InvalidRequest,
            format!("{said}; name the columns to make the table all the same"),
        ));
    }
    let schema =
        options(state, external)?.infer_schema(state, &url).await.map_err(|error| Error::running(&error))?;
    let hive = external
        .partitioned_by
        .iter()
        .map(|name| arrow::datatypes::Field::new(name, DataType::Utf8View, true));
    let fields: Vec<_> = schema.fields().iter().map(|field| field.as_ref().clone()).chain(hive).collect();
    Ok(Schema::new(fields))
}

async fn count_files(
    state: &dyn Session,
    url: &ListingTableUrl,
    external: &External,
    max: usize,
) -> Result<usize, Error> {
    let failed = |error: DataFusionError| Error::running(&error);
    let store = state.runtime_env().object_store(url).map_err(failed)?;
    let extension = options(state, external)?.file_extension;
    let mut list = url.list_all_files(state, store.as_ref(), &extension).await.map_err(failed)?;
    let mut found = 0_usize;
    while list.try_next().await.map_err(failed)?.is_some() {
        found = found.saturating_add(1);
        if found > max {
            return Err(Error::limit("sql.files", "files in an external table", found as u64, max as u64));
        }
    }
    Ok(found)
}

/// Where the files lie: a prefix, and a pattern for what comes after it.
fn url(external: &External) -> Result<ListingTableUrl, Error> {
    let bad = |error: DataFusionError| Error::planning(&error);
    let parts: Vec<&str> = external.path.split('/').filter(|part| !part.is_empty()).collect();
    let fixed = parts.iter().position(|part| part.contains(GLOB)).unwrap_or(parts.len());
    let (prefix, pattern) = parts.split_at(fixed);
    let folder = !pattern.is_empty() || external.path.is_empty() || external.path.ends_with('/');
    let path = format!("{}{}", prefix.join("/"), if folder { "/" } else { "" });
    let url = stores::location_url(&external.location, path.trim_start_matches('/'))?;
    let url = ListingTableUrl::parse(url.as_str()).map_err(bad)?;
    if pattern.is_empty() { Ok(url) } else { url.with_glob(&pattern.join("/")).map_err(bad) }
}

fn options(state: &dyn Session, external: &External) -> Result<ListingOptions, Error> {
    let (format, extension) = format(state, external)?;
    let folder = !external.path.contains(GLOB);
    // A pattern says itself which files are meant.
    let extension = if folder && external.path.ends_with('/') { extension } else { String::new() };
    Ok(ListingOptions::new(format).with_file_extension(extension))
}

fn format(state: &dyn Session, external: &External) -> Result<(Arc<dyn FileFormat>, String), Error> {
    let packed = match external.options.get("compression") {
        Some(name) => CompressionTypeVariant::from_str(name).map_err(|error| Error::planning(&error))?,
        None if external.path.ends_with(".gz") => CompressionTypeVariant::GZIP,
        None if external.path.ends_with(".zst") => CompressionTypeVariant::ZSTD,
        None => CompressionTypeVariant::UNCOMPRESSED,
    };
    let packed = FileCompressionType::from(packed);
    let get = |name: &str| external.options.get(name).map(String::as_str);
    let byte = |name: &str| get(name).and_then(|text| text.bytes().next());
    let made: (Arc<dyn FileFormat>, &str) = match external.format.as_str() {
        "parquet" => {
            let mut parquet = ParquetFormat::default();
            let global = state.config_options().execution.parquet.clone();
            parquet = parquet
                .with_options(datafusion::config::TableParquetOptions { global, ..Default::default() });
            (Arc::new(parquet), ".parquet")
        }
        "csv" => {
            let mut csv = CsvFormat::default()
                .with_has_header(get("header").is_none_or(|text| text == "true"))
                .with_file_compression_type(packed)
                .with_newlines_in_values(get("newlines") == Some("true"))
                .with_escape(byte("escape"));
            if let Some(delimiter) = byte("delimiter") {
                csv = csv.with_delimiter(delimiter);
            }
            if let Some(quote) = byte("quote") {
                csv = csv.with_quote(quote);
            }
            if let Some(null) = get("null") {
                csv = csv.with_null_regex(Some(format!("^{}$", escaped(null))));
            }
            (Arc::new(csv), ".csv")
        }
        "ndjson" => (Arc::new(JsonFormat::default().with_file_compression_type(packed)), ".ndjson"),
        "json" => {
            let json = JsonFormat::default().with_file_compression_type(packed).with_newline_delimited(false);
            (Arc::new(json), ".json")
        }
        "arrow" => (Arc::new(ArrowFormat), ".arrow"),
        other => {
            return Err(Error::new(
                Code::Unsupported,
                format!("`{other}` is not a format of external tables"),
            ));
        }
    };
    Ok((made.0, made.1.to_owned()))
}

/// The text as a regular expression that matches nothing else.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_alphanumeric() { vec![c] } else { vec!['\\', c] }).collect()
}

/// Options of a format under our names, from those that `OPTIONS (…)` gave.
///
/// # Errors
/// [`Code::InvalidSql`] for one that no format has.
pub(crate) fn format_options(
    given: &std::collections::HashMap<String, String>,
) -> Result<BTreeMap<String, String>, Error> {
    const KNOWN: &[&str] = &["compression", "delimiter", "escape", "header", "newlines", "null", "quote"];
    given
        .iter()
        .map(|(name, value)| {
            let name = match name.trim_start_matches("format.") {
                "has_header" => "header",
                "newlines_in_values" => "newlines",
                other => other,
            };
            match KNOWN.contains(&name) {
                true => Ok((name.to_owned(), value.clone())),
                false => {
                    let said =
                        format!("`{name}` is not an option of a format; those are {}", KNOWN.join(", "));
                    Err(Error::new(Code::InvalidSql, said))
                }
            }
        })
        .collect()
}
