//! `sample`: rows by chance.

use polars::prelude::{DataType, all, len, lit};

use super::{On, Verb};
use crate::frame::functions::made;
use crate::frame::lower::Error;
use crate::lang::signature::{Default, Kind, Param};

/// `sample`: rows by chance.
pub(super) const VERB: Verb = Verb {
    name: "sample",
    on: On::Frame,
    params: &[
        Param::optional("n", Kind::Int, Default::None),
        Param::named("fraction", Kind::Float, Default::None),
        Param::named("with_replacement", Kind::Bool, Default::Bool(false)),
        Param::named("shuffle", Kind::Bool, Default::None),
        Param::named("seed", Kind::Int, Default::Int(0)),
    ],
    page: include_str!("sample.md"),
    polars: |given| {
        let replaced = given.bool("with_replacement")?;
        // With no word on it Polars gives the rows in any order: the frame's is one of them.
        let shuffle = Some(given.has("shuffle")? && given.bool("shuffle")?);
        // Every column draws the same rows, since all draw with one seed.
        let seed = Some(given.size("seed")?);
        let rows = all().as_expr();
        let rows = match (given.has("n")?, given.float_if("fraction")?) {
            (true, Some(_)) => return Err(Error::refused("`sample` is given both `n` and `fraction`")),
            (false, Some(fraction)) if fraction.is_nan() || fraction < 0.0 => {
                return Err(Error::refused(format!("`fraction` is {fraction:?}, and is 0 or more")));
            }
            (false, Some(fraction)) if replaced => {
                let count = made::known(len().cast(DataType::Float64) * lit(fraction));
                rows.sample_n(count.strict_cast(DataType::UInt64), replaced, shuffle, seed)
            }
            (false, Some(fraction)) => rows.sample_frac(lit(fraction), replaced, shuffle, seed),
            (true, None) if replaced => {
                made::written(given.int("n")?.into())?;
                rows.sample_n(lit(given.count("n")?), replaced, shuffle, seed)
            }
            (true, None) => rows.sample_n(lit(given.count("n")?), replaced, shuffle, seed),
            (false, None) => rows.sample_n(lit(1), replaced, shuffle, seed),
        };
        Ok(given.frame()?.select([rows]).into())
    },
};
