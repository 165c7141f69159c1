//! The format of an external table's files.

use std::any::Any;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::Session;
use datafusion::common::DataFusionError;
use datafusion::common::parsers::CompressionTypeVariant;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::physical_plan::{FileScanConfig, FileSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_plan::ExecutionPlan;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use pantile_core::Code;
use pantile_core::catalog::External;
use pantile_core::format::ReadOptions;

use super::csv::{self, Csv};
use super::ipc::Arrow;
use super::named::ByName;
use super::{LOOKS, union};
use crate::Error;

/// How files are read.
pub(super) struct Format {
    format: Arc<dyn FileFormat>,
    pub(super) packed: FileCompressionType,
    /// The text that stands for null, beside the empty one.
    null: Option<String>,
}

impl Format {
    pub(super) fn source(&self, schema: TableSchema) -> Arc<dyn FileSource> {
        if let Some(csv) = self.csv() {
            let reader = Csv::new(csv.options(), self.null.as_deref(), schema.file_schema());
            Arc::new(ByName::new(Arc::new(reader), schema))
        } else if (self.format.as_ref() as &dyn Any).is::<ArrowFormat>() {
            Arc::new(ByName::new(Arc::new(Arrow), schema))
        } else {
            self.format.file_source(schema)
        }
    }

    pub(super) async fn plan(
        &self,
        state: &dyn Session,
        config: FileScanConfig,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        match (config.file_source.as_ref() as &dyn Any).is::<ByName>() {
            // DataFusion would put its own source in the place of ours.
            true => Ok(DataSourceExec::from_data_source(config)),
            false => self.format.create_physical_plan(state, config).await,
        }
    }

    /// The columns that the files have.
    pub(super) async fn columns(
        &self,
        state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        files: &[ObjectMeta],
    ) -> Result<SchemaRef, DataFusionError> {
        match self.csv() {
            Some(csv) => csv::columns(csv, state, store, files).await,
            None => {
                let looked: Vec<_> =
                    files.iter().map(|file| self.columns_of(state, store, file).boxed()).collect();
                let json = (self.format.as_ref() as &dyn Any).is::<JsonFormat>();
                union::union(stream::iter(looked).buffered(LOOKS).try_collect().await?, json)
            }
        }
    }

    async fn columns_of(
        &self,
        state: &dyn Session,
        store: &Arc<dyn ObjectStore>,
        file: &ObjectMeta,
    ) -> Result<(Path, SchemaRef), DataFusionError> {
        let schema = self.format.infer_schema(state, store, std::slice::from_ref(file)).await;
        let schema = schema.map_err(|error| Error::running(&error).of_file(&file.location).carried())?;
        Ok((file.location.clone(), schema))
    }

    fn csv(&self) -> Option<&CsvFormat> {
        (self.format.as_ref() as &dyn Any).downcast_ref()
    }
}

/// The format, and how names of its files end.
pub(super) fn of(state: &dyn Session, external: &External) -> Result<(Format, String), Error> {
    let packed = match external.options.get("compression") {
        Some(name) => CompressionTypeVariant::from_str(name).map_err(|error| Error::planning(&error))?,
        None if external.path.ends_with(".gz") => CompressionTypeVariant::GZIP,
        None if external.path.ends_with(".zst") => CompressionTypeVariant::ZSTD,
        None => CompressionTypeVariant::UNCOMPRESSED,
    };
    let packed = FileCompressionType::from(packed);
    let (format, extension): (Arc<dyn FileFormat>, &str) = match external.format.as_str() {
        "parquet" => {
            let global = state.config_options().execution.parquet.clone();
            let options = TableParquetOptions { global, ..TableParquetOptions::default() };
            (Arc::new(ParquetFormat::default().with_options(options)), ".parquet")
        }
        "csv" => (Arc::new(csv(external, packed)?), ".csv"),
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
    let ending = match packed.get_variant() {
        CompressionTypeVariant::GZIP => ".gz",
        CompressionTypeVariant::ZSTD => ".zst",
        CompressionTypeVariant::BZIP2 => ".bz2",
        CompressionTypeVariant::XZ => ".xz",
        CompressionTypeVariant::UNCOMPRESSED => "",
    };
    let null = external.options.get("null").cloned();
    Ok((Format { format, packed, null }, format!("{extension}{ending}")))
}

fn csv(external: &External, packed: FileCompressionType) -> Result<CsvFormat, Error> {
    let options = external.options.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let options = ReadOptions::parse(options.filter(|(name, _)| ReadOptions::KEYS.contains(name)))
        .map_err(|error| Error::new(Code::InvalidSql, error.to_string()))?;
    let Some(quote) = options.quote else {
        let said = "option quote=none: files at a location are read with quotes; load those that have none";
        return Err(Error::new(Code::Unsupported, said));
    };
    let newlines = match external.options.get("newlines").map(String::as_str) {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            let said = format!("option newlines={other}: it must be true or false");
            return Err(Error::new(Code::InvalidSql, said));
        }
    };
    let null = options.null.map(|null| format!("^({})?$", escaped(&null)));
    Ok(CsvFormat::default()
        .with_has_header(options.header)
        .with_file_compression_type(packed)
        .with_newlines_in_values(newlines)
        .with_delimiter(options.delimiter.unwrap_or(b','))
        .with_quote(quote)
        .with_escape(options.escape)
        .with_null_regex(null))
}

/// The text as a regular expression that matches nothing else.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_alphanumeric() { vec![c] } else { vec!['\\', c] }).collect()
}

/// Refuses options that files cannot be read by.
///
/// # Errors
/// [`Code::InvalidSql`] for a value that an option cannot have.
pub(crate) fn check_format(state: &dyn Session, external: &External) -> Result<(), Error> {
    of(state, external).map(|_| ())
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
