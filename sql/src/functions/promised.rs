//! Functions of DataFusion 55 whose answers are not of the type that they promise: `to_timestamp` and its like leave the
//! session's zone off times that they read of columns; `array_repeat` calls a list's items `item`, whatever they are
//! called in the column.

use std::sync::Arc;

use arrow::array::{ArrayRef, make_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};

/// The functions.
pub(super) const NAMES: &[&str] = &[
    "array_repeat",
    "to_timestamp",
    "to_timestamp_micros",
    "to_timestamp_millis",
    "to_timestamp_nanos",
    "to_timestamp_seconds",
];

/// DataFusion's function, with the type that it promises.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Promised(pub(super) Arc<ScalarUDF>);

impl ScalarUDFImpl for Promised {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn aliases(&self) -> &[String] {
        self.0.aliases()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.0.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.0.return_field_from_args(args)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.0.coerce_types(types)
    }

    fn with_updated_config(&self, config: &ConfigOptions) -> Option<ScalarUDF> {
        let inner = self.0.inner().with_updated_config(config)?;
        Some(ScalarUDF::new_from_impl(Self(Arc::new(inner))))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.0.documentation()
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let promised = args.return_field.data_type().clone();
        args.args = args.args.into_iter().map(items).collect::<Result<_>>()?;
        // Not of the function itself, which checks the type in debug builds.
        match self.0.inner().invoke_with_args(args)? {
            ColumnarValue::Array(array) => Ok(ColumnarValue::Array(kept(&array, &promised)?)),
            ColumnarValue::Scalar(value) => value.cast_to(&promised).map(ColumnarValue::Scalar),
        }
    }
}

/// Lists with items that are called so.
fn items(value: ColumnarValue) -> Result<ColumnarValue> {
    match value.data_type() {
        DataType::List(field) if field.name() != Field::LIST_FIELD_DEFAULT_NAME => {
            let items = Field::new_list_field(field.data_type().clone(), true);
            value.cast_to(&DataType::List(Arc::new(items)), None)
        }
        _ => Ok(value),
    }
}

/// The values as the type that was promised: the instants are those of the zone, only its name is missing.
fn kept(array: &ArrayRef, promised: &DataType) -> Result<ArrayRef> {
    Ok(match (array.data_type(), promised) {
        (DataType::Timestamp(unit, _), DataType::Timestamp(of, _)) if unit == of => {
            make_array(array.to_data().into_builder().data_type(promised.clone()).build()?)
        }
        _ => cast(array, promised)?,
    })
}
