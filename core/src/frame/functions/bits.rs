//! What values are made of: their bits, their hashes, the types they are kept as.

use polars_plan::plans::AExprSorted;

use super::{Family, Function};
use crate::frame::lower::Error;
use crate::lang::signature::{Default, Kind, Param};

/// What values are made of: their bits, their hashes, the types they are kept as.
pub(super) const FAMILY: Family = Family {
    name: "bits",
    page: include_str!("bits.md"),
    functions: &[
        Function::method("bitwise_and", &[], |given| Ok(given.me()?.bitwise_and())),
        Function::method("bitwise_or", &[], |given| Ok(given.me()?.bitwise_or())),
        Function::method("bitwise_xor", &[], |given| Ok(given.me()?.bitwise_xor())),
        Function::method("bitwise_count_ones", &[], |given| Ok(given.me()?.bitwise_count_ones())),
        Function::method("bitwise_count_zeros", &[], |given| Ok(given.me()?.bitwise_count_zeros())),
        Function::method("bitwise_leading_ones", &[], |given| Ok(given.me()?.bitwise_leading_ones())),
        Function::method("bitwise_leading_zeros", &[], |given| Ok(given.me()?.bitwise_leading_zeros())),
        Function::method("bitwise_trailing_ones", &[], |given| Ok(given.me()?.bitwise_trailing_ones())),
        Function::method("bitwise_trailing_zeros", &[], |given| Ok(given.me()?.bitwise_trailing_zeros())),
        Function::method("hash", &[Param::optional("seed", Kind::Int, Default::Int(0))], |given| {
            let seed = given.size("seed")?;
            Ok(given.me()?.hash(seed, seed, seed, seed))
        }),
        Function::method(
            "reinterpret",
            &[
                Param::named("signed", Kind::Bool, Default::None),
                Param::named("dtype", Kind::Type, Default::None),
            ],
            |given| match (given.bool_if("signed")?, given.data_type_if("dtype")?) {
                (None, None) => {
                    Err(Error::refused("`reinterpret` is not told as what")
                        .hinted("give `signed` or `dtype`"))
                }
                (Some(_), Some(_)) => {
                    Err(Error::refused("`signed` and `dtype` both say as what").hinted("give one of them"))
                }
                (signed, dtype) => Ok(given.me()?.reinterpret(signed, dtype)),
            },
        ),
        Function::method("to_physical", &[], |given| Ok(given.me()?.to_physical())),
        Function::method("lower_bound", &[], |given| Ok(given.me()?.lower_bound())),
        Function::method("upper_bound", &[], |given| Ok(given.me()?.upper_bound())),
        Function::method(
            "set_sorted",
            &[
                Param::named("descending", Kind::Bool, Default::Bool(false)),
                Param::named("nulls_last", Kind::Bool, Default::Bool(false)),
            ],
            |given| {
                let (descending, nulls_last) = (given.bool("descending")?, given.bool("nulls_last")?);
                let sorted = AExprSorted { descending: Some(descending), nulls_last: Some(nulls_last) };
                Ok(given.me()?.set_sorted_flag(sorted))
            },
        ),
        Function::method(
            "is_sorted",
            &[
                Param::named("descending", Kind::Bool, Default::Bool(false)),
                Param::named("nulls_last", Kind::Bool, Default::Bool(false)),
            ],
            |given| {
                let (descending, nulls_last) = (given.bool("descending")?, given.bool("nulls_last")?);
                Ok(given.me()?.is_sorted(Some(descending), Some(nulls_last)))
            },
        ),
    ],
};
