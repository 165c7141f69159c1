//! A function of DataFusion's behind a measure of what it will make.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{DataFusionError, ExprSchema};
use datafusion::logical_expr::interval_arithmetic::Interval;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::sort_properties::{ExprProperties, SortProperties};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature,
};
use pantile_core::Code;

use super::Measure;
use crate::error::{Error, Limit};

/// Batches are thousands of rows: all values together may take this many times what one may.
const BATCH_FACTOR: u64 = 4;

/// Bytes that a function will make for one batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// The largest value.
    pub(super) value: u64,
    /// All of them.
    pub(super) total: u64,
}

impl Size {
    /// The size of values of these bytes.
    pub(super) fn of(values: impl Iterator<Item = u64>) -> Self {
        values.fold(Self::default(), |size, bytes| Self {
            value: size.value.max(bytes),
            total: size.total.saturating_add(bytes),
        })
    }

    /// Refuses what is over `max` bytes a value.
    pub(super) fn within(self, function: &str, max: u64) -> Result<(), DataFusionError> {
        let batch = max.saturating_mul(BATCH_FACTOR);
        let (what, got, max) = match (self.value > max, self.total > batch) {
            (true, _) => ("a value", self.value, max),
            (false, true) => ("the values of one batch", self.total, batch),
            (false, false) => return Ok(()),
        };
        let said =
            format!("`{function}` would make {what} of {got} bytes, and limit `sql_value` allows {max}");
        let limit = Limit { name: "sql_value", max, got };
        Err(Error::new(Code::LimitSql, said).met(limit).carried())
    }
}

/// A function that is measured before it runs.
#[derive(Debug)]
pub(super) struct Guarded {
    inner: Arc<ScalarUDF>,
    measure: Measure,
    max: u64,
}

impl Guarded {
    pub(super) fn new(inner: Arc<ScalarUDF>, measure: Measure, max: u64) -> Self {
        Self { inner, measure, max }
    }
}

impl PartialEq for Guarded {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner && self.max == other.max
    }
}

impl Eq for Guarded {}

impl Hash for Guarded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl ScalarUDFImpl for Guarded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String, DataFusionError> {
        self.inner.schema_name(args)
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType, DataFusionError> {
        self.inner.return_type(arg_types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef, DataFusionError> {
        self.inner.return_field_from_args(args)
    }

    #[expect(deprecated, reason = "a function that still answers it must be asked")]
    fn is_nullable(&self, args: &[Expr], schema: &dyn ExprSchema) -> bool {
        self.inner.is_nullable(args, schema)
    }

    fn is_strict(&self) -> bool {
        self.inner.is_strict()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        (self.measure)(&args)?.within(self.name(), self.max)?;
        self.inner.invoke_with_args(args)
    }

    fn simplify(
        &self,
        args: Vec<Expr>,
        info: &SimplifyContext,
    ) -> Result<ExprSimplifyResult, DataFusionError> {
        // What the function would become is no longer guarded: it stays as it is.
        let _ = info;
        Ok(ExprSimplifyResult::Original(args))
    }

    fn short_circuits(&self) -> bool {
        self.inner.short_circuits()
    }

    fn evaluate_bounds(&self, inputs: &[&Interval]) -> Result<Interval, DataFusionError> {
        self.inner.evaluate_bounds(inputs)
    }

    fn output_ordering(&self, inputs: &[ExprProperties]) -> Result<SortProperties, DataFusionError> {
        self.inner.output_ordering(inputs)
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>, DataFusionError> {
        self.inner.coerce_types(arg_types)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}
