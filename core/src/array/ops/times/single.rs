//! Functions of one: signs, and what is a time at all.

use super::super::super::dtype::DType;
use super::super::super::error::Error;
use super::super::super::times::loops;
use super::super::Made;
use super::Call;
use super::units::mapped;

pub(super) fn made(call: &Call<'_>) -> Result<Option<Made>, Error> {
    let of_any = |run| mapped(call.given.op, run, vec![call.given.array("x")?], DType::Bool);
    let of_length = |run| match call.dtype {
        DType::Span(_) => mapped(call.given.op, run, vec![call.given.array("x")?], call.dtype),
        point => Err(call.refused("numbers and lengths of time", point)),
    };
    Ok(Some(Made::One(match call.op.name {
        "isnat" | "isnan" => of_any(loops::IS_NAT)?,
        "isfinite" => of_any(loops::IS_TIME)?,
        "isinf" => of_any(loops::NEVER)?,
        "negative" => of_length(loops::NEGATIVE)?,
        "positive" => of_length(loops::SAME)?,
        "abs" => of_length(loops::ABS)?,
        "sign" => of_length(loops::SIGN)?,
        _ => return Ok(None),
    })))
}
