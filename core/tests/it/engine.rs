//! Polars, run: what it panics at.

use std::sync::Arc;

use arrow::datatypes::Schema;
use pantile_core::Code;
use pantile_core::frame::engine::{Error, run};
use pantile_core::pool::Cancel;
use polars::prelude::{AllowedOptimizations, DataFrame, DataType, IntoLazy, LazyFrame, TimeUnit, col, df};

fn ran(plan: LazyFrame) -> Result<(), Error> {
    run(plan, &Arc::new(Schema::empty()), &Cancel::new(), u64::MAX, |_| true)
}

fn few() -> DataFrame {
    df!("a" => [i64::MAX, 1]).unwrap()
}

#[test]
fn a_panic_is_a_defect_and_no_more() {
    let panics = |_: DataFrame| -> polars::prelude::PolarsResult<DataFrame> { panic!("on purpose") };
    let refused = ran(few().lazy().map(panics, AllowedOptimizations::default(), None, None)).unwrap_err();
    assert_eq!(refused.code(), Code::Internal);
    assert!(refused.to_string().contains("on purpose"), "{refused}");
}

#[test]
fn a_panic_at_a_value_is_the_values_fault() {
    let text = col("a").cast(DataType::Datetime(TimeUnit::Milliseconds, None)).cast(DataType::String);
    let refused = ran(few().lazy().select([text])).unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue, "{refused}");
    assert!(refused.to_string().contains("calendars"), "{refused}");
}
