//! Which engine runs a program: what its caller says, or else a rule.
//!
//! Polars runs everything. DataFusion runs what is lowered ([`super::lower`]), and is chosen
//! * where the columns that are read take more than half of what statements may have, for Polars holds them in memory and
//!   works on copies, and DataFusion reads on and spills;
//! * where it is known to be faster: programs that make few rows of many, with more than one task. Of the group-bys and joins
//!   of the db-benchmark at 10^7 rows it wins all that are lowered, by 1.3 to 5 times, and most of TPC-H (docs/benchmarks.md).
//!   Rows that are many in the end would have to be put in order, which Polars has them in.

use std::str::FromStr;
use std::sync::Arc;

use arrow::datatypes::{DataType, FieldRef};
use pantile_core::catalog::{Column as Held, Table};
use pantile_core::frame::engine::Wants;
use pantile_core::frame::order::is_total;
use pantile_core::lang::args::{Arg, Literal};
use pantile_core::lang::typed::{Frame, From, Source};
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
/// Rows that are put in order before anybody looks up.
const ROWS_FEW: u64 = 200_000;
/// How much larger than in a compressed file texts and lists are in memory.
const UNPACKED: u64 = 4;

/// Why DataFusion is better for a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    /// Its sources are large.
    Large,
    /// It makes few rows of many, with more than one task.
    Condensed,
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
    let (mut bytes, mut rows) = (0_u64, 0_u64);
    for (source, wants) in wanted {
        let (Some(table), Some(wants)) = (table_of(context, source), wants) else { continue };
        bytes = bytes.saturating_add(wanted_bytes(table, wants));
        rows = rows.saturating_add(table.rows());
    }
    if bytes > context.engine.parts.query.limit() / 2 {
        return Some(Better::Large);
    }
    (rows >= ROWS_MIN && is_few(program, context)).then_some(Better::Condensed)
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

/// Whether the frame has few rows, as far as that can be told.
fn is_few(frame: &Frame, context: &Context) -> bool {
    let (verb, on, args) = match &frame.from {
        From::Source(source) => {
            return table_of(context, source).is_some_and(|table| table.rows() <= ROWS_FEW);
        }
        From::Verb { verb, on, args } => (verb, on, args),
    };
    let is_few_on = || on.as_ref().is_some_and(|on| is_few(on, context));
    match verb.name {
        "agg" | "distinct" | "len" | "unique" => true,
        "concat" => {
            args.frames("items").is_some_and(|frames| frames.iter().all(|frame| is_few(frame, context)))
        }
        "head" | "limit" | "slice" | "tail" => {
            let count = ["n", "length"].into_iter().find_map(|name| args.get(name));
            matches!(count, Some(Arg::Literal(Literal::Int(n))) if (0..=i128::from(ROWS_FEW)).contains(n))
                || is_few_on()
        }
        "join" => {
            let is_filter = args.text("how").is_some_and(|how| matches!(how.as_ref(), "anti" | "semi"));
            let is_other_few = || args.frame("other").is_some_and(|other| is_few(other, context));
            is_few_on() && (is_filter || is_other_few())
        }
        "select" if is_total(args) => true,
        _ => is_few_on(),
    }
}
