//! Which engine runs a program: what its caller says, or else a rule.
//!
//! Polars runs everything. DataFusion runs what is lowered ([`super::lower`]), and is chosen
//! * where the columns that are read take more than half of what statements may have, for Polars holds them in memory and
//!   works on copies, and DataFusion reads on and spills;
//! * where it is known to be faster: sums, means and extremes of groups by several keys, or by one that has many values.
//!   Of the ten group-bys of the db-benchmark at 10^7 rows, measured in memory with 2 threads of an AMD EPYC, these are q2,
//!   q3, q5, q7 and q10 (0.134, 0.371, 0.314, 0.319, 2.08 s against 0.197, 0.813, 0.336, 0.492, 3.53 s); Polars wins q1, q4,
//!   q6, q8 and q9. Only where the order of rows does not matter, for in order one task reads them.

use std::str::FromStr;
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use pantile_core::catalog::{Column as Held, Table};
use pantile_core::frame::engine::Wants;
use pantile_core::lang::args::{Arg, Args};
use pantile_core::lang::typed::{Call, Column, Frame, From, Source};
use pantile_core::{did_you_mean, nearest};

use crate::context::Context;

/// Which engine a caller wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineChoice {
    /// Whichever is better for the program.
    #[default]
    Auto,
    /// Polars.
    Polars,
    /// DataFusion, and an error where the program cannot be lowered.
    DataFusion,
}

impl EngineChoice {
    const ALL: [Self; 3] = [Self::Auto, Self::Polars, Self::DataFusion];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Polars => "polars",
            Self::DataFusion => "datafusion",
        }
    }
}

impl FromStr for EngineChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str);
            let shown: String = name.chars().take(40).collect();
            let meant = did_you_mean(nearest(&shown, names));
            format!("there is no engine `{shown}`{meant}; there are {}", names.join(", "))
        })
    }
}

/// What is asked for: beside the program, else in its session. Who reads a view asks for nothing.
pub(super) fn asked(context: &Context) -> EngineChoice {
    if context.is_view {
        return EngineChoice::Auto;
    }
    let beside = context.ask.program.as_ref().and_then(|sent| sent.engine);
    beside.unwrap_or_else(|| context.ask.session.settings().engine)
}

/// Rows below which both engines answer before anybody looks up.
const ROWS_MIN: u64 = 1_000_000;
/// Bytes a value of a key takes in a file, compressed, where it has many values: a byte tells 256 apart.
const KEY_BYTES_MIN: f64 = 1.5;
/// How much larger than in a compressed file texts and lists are in memory.
const UNPACKED: u64 = 4;

/// Why DataFusion is better for a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    /// Its sources are large.
    Large,
    /// It groups rows in a way that DataFusion is faster at, with more than one task.
    Grouped,
}

impl Better {
    /// Whether it still is, if sources are read in their order or not.
    pub(super) fn holds(self, in_order: bool) -> bool {
        self == Self::Large || !in_order
    }
}

/// Whether DataFusion is better for the program, were it lowered, and why.
pub(super) fn better<'a>(
    context: &Context,
    program: &Frame,
    wanted: impl Iterator<Item = (&'a Source, Option<&'a Wants>)>,
) -> Option<Better> {
    let bytes = wanted.filter_map(|(source, wants)| Some(wanted_bytes(table_of(context, source)?, wants?)));
    if bytes.fold(0, u64::saturating_add) > context.engine.parts.query.limit() / 2 {
        return Some(Better::Large);
    }
    is_grouped(context, program).then_some(Better::Grouped)
}

/// The held table that the source is.
pub(super) fn table_of<'a>(context: &'a Context, source: &Source) -> Option<&'a Arc<Table>> {
    let Source::Table(name) = source else { return None };
    context.pin.table(name).filter(|table| table.external.is_none())
}

fn wanted_bytes(table: &Table, wants: &Wants) -> u64 {
    let columns = table.columns.iter().zip(table.schema.fields());
    let columns = columns.filter(|(column, _)| wants.columns.iter().any(|name| *name == *column.name));
    let of = |(column, field): (&Held, &FieldRef)| {
        let parts = table.partitions.iter();
        match width(field.data_type()) {
            Some(width) => parts.map(|part| part.rows.saturating_mul(width)).fold(0, u64::saturating_add),
            None => {
                let stats =
                    parts.flat_map(|part| part.stats.iter().filter(|stats| stats.column == column.id));
                stats.map(|stats| stats.bytes.saturating_mul(UNPACKED)).fold(0, u64::saturating_add)
            }
        }
    };
    columns.map(of).fold(0, u64::saturating_add)
}

fn width(kind: &DataType) -> Option<u64> {
    match kind {
        DataType::Boolean => Some(1),
        kind => kind.primitive_width().map(|width| width as u64),
    }
}

/// Whether the program's first work on a large table is one of the group-bys that DataFusion is faster at.
fn is_grouped(context: &Context, frame: &Frame) -> bool {
    let From::Verb { verb, on, args } = &frame.from else { return false };
    let Some(on) = on else { return false };
    if verb.name != "agg" {
        return is_grouped(context, on);
    }
    let From::Verb { verb, on: Some(of), args: by } = &on.from else { return false };
    let Some(table) = scanned(context, of) else { return false };
    let rows = table.partitions.iter().map(|part| part.rows).fold(0, u64::saturating_add);
    let keys = columns(by, "by", "named_by");
    verb.name == "group_by"
        && rows >= ROWS_MIN
        && (keys.len() > 1 || keys.iter().any(|key| has_many_values(table, rows, key)))
        && columns(args, "columns", "named").into_iter().all(is_simple)
}

/// The table that the frame's rows are read from, one after the other.
fn scanned<'a>(context: &'a Context, frame: &Frame) -> Option<&'a Arc<Table>> {
    match &frame.from {
        From::Source(source) => table_of(context, source),
        From::Verb { verb, on: Some(on), .. } => {
            let plain = matches!(verb.name, "filter" | "select" | "with_columns" | "drop" | "drop_nulls");
            plain.then(|| scanned(context, on)).flatten()
        }
        From::Verb { .. } => None,
    }
}

fn columns<'a>(args: &'a Args, columns: &str, named: &str) -> Vec<&'a Column> {
    let plain = match args.get(columns) {
        Some(Arg::Columns(columns)) => columns.as_slice(),
        _ => &[],
    };
    let named = match args.get(named) {
        Some(Arg::Named(named)) => named.as_slice(),
        _ => &[],
    };
    plain.iter().chain(named.iter().map(|(_, column)| column)).collect()
}

fn has_many_values(table: &Table, rows: u64, key: &Column) -> bool {
    let Some(name) = key.name() else { return false };
    let Some(column) = table.columns.iter().find(|column| *column.name == *name) else { return false };
    let stats = table.partitions.iter().flat_map(|part| part.stats.iter());
    let bytes = stats.filter(|stats| stats.column == column.id).map(|stats| stats.bytes);
    bytes.fold(0, u64::saturating_add) as f64 > rows as f64 * KEY_BYTES_MIN
}

/// Whether it is made of sums, means, extremes and counts.
fn is_simple(column: &Column) -> bool {
    const SIMPLE: &[&str] =
        &["add", "alias", "col", "count", "len", "max", "mean", "min", "mul", "sub", "sum", "truediv"];
    match column {
        Column::Call(call) => SIMPLE.contains(&call.function.name) && parts(call).all(is_simple),
        Column::Named(..) | Column::Value(_) => true,
    }
}

fn parts(call: &Call) -> impl Iterator<Item = &Column> {
    let args = call.args.iter().filter_map(|(_, arg)| match arg {
        Arg::Column(column) => Some(column),
        _ => None,
    });
    call.on.iter().chain(args)
}
