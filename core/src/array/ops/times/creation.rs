//! Times out of nothing, out of texts and out of numbers, and dtypes of times.

use super::super::super::dtype::DType;
use super::super::super::error::Error;
use super::super::super::graph::{Array, Chunk};
use super::super::super::make::elementwise::Operand;
use super::super::super::times::{NAT, convert, loops, text};
use super::super::{Given, Made};
use super::units::{can_cast, cast};
use super::{Call, numbers, replaced};
use crate::lang::args::{Arg, Args, Literal};

/// Functions that fill an array, and take a dtype.
const FILLING: &[&str] = &[
    "zeros",
    "ones",
    "empty",
    "full",
    "eye",
    "zeros_like",
    "ones_like",
    "empty_like",
    "full_like",
    "arange",
    "frombuffer",
];

/// Arguments of those that may be texts.
const VALUES: &[&str] = &["fill_value", "start", "stop"];

/// The dtype of times that the arguments name, or that their texts have.
pub(super) fn told(name: &str, given: &Given<'_>) -> Option<DType> {
    let named = |name| given.text(name).and_then(DType::named).filter(|dtype| dtype.is_time());
    let texts = || {
        let units = VALUES.iter().filter_map(|name| text::read(given.text(name)?)).map(|(_, unit)| unit);
        units.max().map(DType::Instant)
    };
    let kinds = || match given.args.get("kind") {
        Some(Arg::Literal(Literal::List(kinds))) => {
            kinds.iter().filter_map(Literal::text).find_map(DType::named).filter(|dtype| dtype.is_time())
        }
        _ => named("kind"),
    };
    match name {
        "can_cast" => named("from_").or_else(|| named("to")),
        "isdtype" => named("dtype").or_else(kinds),
        name if FILLING.contains(&name) => named("dtype").or_else(texts),
        _ => named("dtype"),
    }
}

pub(super) fn made(call: &Call<'_>) -> Result<Option<Made>, Error> {
    let (given, op) = (call.given, call.given.op);
    Ok(Some(match call.op.name {
        "astype" => cast(op, &given.array("x")?, dtype(given, "dtype")?)?.into(),
        "asarray" => match (given.operand("obj")?, given.dtype("dtype")?) {
            (operand, None) => operand.array(op)?.into(),
            (operand, Some(dtype)) => cast(op, &operand.array(op)?, dtype)?.into(),
        },
        "can_cast" => {
            let (from, to) = (dtype(given, "from_")?, dtype(given, "to")?);
            Array::constant(Chunk::scalar(can_cast(from, to))).into()
        }
        "isdtype" => Array::constant(Chunk::scalar(is_among(given)?)).into(),
        name if FILLING.contains(&name) => filled(call)?,
        _ => return Ok(None),
    }))
}

fn dtype(given: &Given<'_>, name: &str) -> Result<DType, Error> {
    given.dtype(name)?.ok_or_else(|| Error::refused(given.op, format!("needs `{name}`: a dtype")))
}

/// Whether the dtype is one of those that are named: no kind of the standard's has times.
fn is_among(given: &Given<'_>) -> Result<bool, Error> {
    let own = dtype(given, "dtype")?;
    Ok(match given.args.get("kind") {
        Some(Arg::Literal(Literal::List(kinds))) => {
            kinds.iter().filter_map(Literal::text).any(|kind| DType::named(kind) == Some(own))
        }
        _ => given.text("kind").and_then(DType::named) == Some(own),
    })
}

/// Numbers in the place of times, told as such.
fn filled(call: &Call<'_>) -> Result<Made, Error> {
    let asked = call.given.dtype("dtype")?;
    if let Some(plain) = asked.filter(|dtype| !dtype.is_time()) {
        // Of the array it takes the shape alone.
        let has_text = VALUES.iter().any(|name| call.given.text(name).is_some());
        return match has_text {
            true => Err(call.refused("a dtype of times beside texts that are such", plain)),
            false => call.run_with(|array| Ok(numbers(array))),
        };
    }
    let dtype = asked.unwrap_or(call.dtype);
    if call.op.name == "arange" {
        spaced(call, dtype)?;
    }
    let mut args: Args = replaced(call.given.args, &|array| Ok(numbers(array)))?;
    args = args.with("dtype", Literal::Text(DType::Int64.name().into()));
    for name in VALUES {
        if let Some(said) = call.given.text(name) {
            args = args.with(name, Literal::Int(number(call, said, dtype)?.into()));
        }
    }
    if let Some(Arg::Literal(Literal::Float(value))) = call.given.args.get("fill_value") {
        args = args.with("fill_value", Literal::Int(loops::cut(*value).into()));
    }
    Ok(super::told(call.run(&args)?, dtype))
}

/// Refuses rows of times of which it is not told where they begin, where they end or how far they are apart.
fn spaced(call: &Call<'_>, dtype: DType) -> Result<(), Error> {
    let given = call.given;
    let is_text = |name| given.text(name).is_some();
    let is_nat = |name: &str| given.text(name).and_then(text::read).is_some_and(|(value, _)| value == NAT);
    let is_float = |name: &str| matches!(given.args.get(name), Some(Arg::Literal(Literal::Float(_))));
    let said = if VALUES.iter().any(|name| is_nat(name)) {
        "takes points in time, and NaT is none"
    } else if ["start", "stop", "step"].into_iter().any(is_float) {
        "takes whole numbers beside times: they are counted in the unit of the dtype"
    } else if matches!(dtype, DType::Instant(_)) && given.args.is_absent("stop") {
        "of points in time takes a start and a stop"
    } else if is_text("start") != is_text("stop") {
        "takes a start and a stop that are both points in time, or both numbers"
    } else {
        return Ok(());
    };
    Err(Error::refused(given.op, said))
}

/// The number that the text is in the unit of the dtype.
fn number(call: &Call<'_>, said: &str, dtype: DType) -> Result<i64, Error> {
    let op = call.given.op;
    let (value, unit) = text::read(said).ok_or_else(|| {
        Error::refused(op, format!("takes points in time as 2024-02-29T12:30, and got {said:?}"))
    })?;
    match dtype {
        DType::Instant(wanted) => Ok(convert::instant(value, unit, wanted)),
        _ if value == NAT => Ok(value),
        other => Err(call.refused("a dtype of points in time beside texts that are such", other)),
    }
}

/// The array of points in time that texts are, one or many: each in the finest unit of all.
pub(crate) fn of_texts(shape: Vec<usize>, texts: &[&str]) -> Option<Operand> {
    let read = texts.iter().map(|said| text::read(said)).collect::<Option<Vec<_>>>()?;
    let unit = read.iter().map(|(_, unit)| *unit).max()?;
    let values: Vec<i64> = read.into_iter().map(|(value, own)| convert::instant(value, own, unit)).collect();
    let chunk = Chunk::new(shape, super::super::super::element::Data::Int64(values));
    Some(Operand::Array(Array::constant(chunk).telling(DType::Instant(unit))))
}
