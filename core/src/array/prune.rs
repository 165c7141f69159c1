//! Comparisons that are decided by what is known of the values of what is stored, before any of them is read.

use super::dtype::DType;
use super::element::Slice;
use super::graph::{Array, Call, Kernel};
use super::grid::Region;
use super::stats::{Number, Stats};

/// Whether all elements of a box of a comparison are true, or none is; nothing where only reading shows that.
pub(super) fn decided(call: &Call, region: &Region) -> Option<bool> {
    let (Kernel::Map(_), [a, b]) = (&call.kernel, call.inputs.as_slice()) else { return None };
    let (stored, number, op) = match (number(a), number(b)) {
        (None, Some(number)) => (a, number, call.op),
        (Some(number), None) => (b, number, turned(call.op)?),
        _ => return None,
    };
    let stored = widened(stored);
    let Kernel::Stored(source, own) = &stored.call().kernel else { return None };
    if stored.shape() != call.outputs.first()?.shape {
        return None;
    }
    truth(op, source.known(&region.of(own))?, number)
}

/// Which of its two arrays a choice comes to, where its condition is decided.
pub(super) fn chosen<'a>(call: &Call, parts: &'a [Array]) -> Option<&'a Array> {
    let (Kernel::Map(_), "where", [condition, a, b]) = (&call.kernel, call.op, parts) else { return None };
    let Kernel::View { .. } = &condition.call().kernel else { return None };
    match condition.call().inputs.first()?.known()?.data.slice() {
        Slice::Bool([true]) => Some(a),
        Slice::Bool([false]) => Some(b),
        _ => None,
    }
}

/// What it is a wider copy of, where elements are computed wider than they are stored.
fn widened(array: &Array) -> &Array {
    match array.call().inputs.as_slice() {
        [narrow]
            if array.call().op == "astype"
                && narrow.dtype() == DType::Float16
                && matches!(array.dtype(), DType::Float32 | DType::Float64) =>
        {
            narrow
        }
        _ => array,
    }
}

/// The one number that the array is, where it is there.
fn number(array: &Array) -> Option<Number> {
    match array.known()?.data.slice() {
        Slice::Int8([one]) => Some(Number::Int((*one).into())),
        Slice::Int16([one]) => Some(Number::Int((*one).into())),
        Slice::Int32([one]) => Some(Number::Int((*one).into())),
        Slice::Int64([one]) => Some(Number::Int(*one)),
        Slice::UInt8([one]) => Some(Number::UInt((*one).into())),
        Slice::UInt16([one]) => Some(Number::UInt((*one).into())),
        Slice::UInt32([one]) => Some(Number::UInt((*one).into())),
        Slice::UInt64([one]) => Some(Number::UInt(*one)),
        Slice::Float16([one]) => Some(Number::Float((*one).into())),
        Slice::Float32([one]) => Some(Number::Float((*one).into())),
        Slice::Float64([one]) => Some(Number::Float(*one)),
        _ => None,
    }
}

/// The comparison with its sides exchanged.
fn turned(op: &str) -> Option<&'static str> {
    match op {
        "greater" => Some("less"),
        "less" => Some("greater"),
        "greater_equal" => Some("less_equal"),
        "less_equal" => Some("greater_equal"),
        "equal" => Some("equal"),
        "not_equal" => Some("not_equal"),
        _ => None,
    }
}

fn truth(op: &str, known: Stats, with: Number) -> Option<bool> {
    let Stats { count, min, max, nans, .. } = known;
    let (all, none) = match (min, max) {
        (Some(min), Some(max)) => {
            let (same, apart) = (min == with && max == with, max < with || min > with);
            match op {
                "greater" => (min > with, max <= with),
                "greater_equal" => (min >= with, max < with),
                "less" => (max < with, min >= with),
                "less_equal" => (max <= with, min > with),
                "equal" => (same, apart),
                "not_equal" => (apart, same),
                _ => return None,
            }
        }
        // All are NaN, or nothing is known.
        _ if nans == count && count > 0 && turned(op).is_some() => (op == "not_equal", op != "not_equal"),
        _ => return None,
    };
    // NaN is not equal to anything, and nothing else.
    let (of_all, of_none) = if op == "not_equal" { (true, nans == 0) } else { (nans == 0, true) };
    match (all && of_all, none && of_none) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::super::element::Data;
    use super::super::error::Error;
    use super::super::graph::Meta;
    use super::super::kernels::map;
    use super::super::make::elementwise::{Operand, Scalar, astype, compare};
    use super::super::source::Source;
    use super::*;
    use crate::pool::Cancel;

    /// Numbers from 2 to 5, which nobody can read.
    #[derive(Debug)]
    struct Known(Meta);

    impl Source for Known {
        fn meta(&self) -> &Meta {
            &self.0
        }

        fn chunk(&self) -> Option<&[usize]> {
            None
        }

        fn read(&self, _: &Region, _: &Cancel) -> Result<Arc<Data>, Error> {
            Err(Error::Defect("reading"))
        }

        fn known(&self, _: &Region) -> Option<Stats> {
            let (min, max) = (Some(Number::Float(2.0)), Some(Number::Float(5.0)));
            Some(Stats { count: 4, min, max, nans: 0, fills: 0 })
        }

        fn working_bytes(&self) -> u64 {
            0
        }
    }

    #[test]
    fn what_is_compared_in_a_wider_dtype_is_decided_by_what_is_stored() {
        let whole = Region::whole(&[4]);
        let above = |wide: DType, with: f64| {
            let x = Array::stored(Arc::new(Known(Meta::new(DType::Float16, [4]))));
            let (x, number) = (astype(&x, wide).unwrap(), Scalar::Float(with));
            let made = compare("greater", map::greater, Operand::Array(x), Operand::Scalar(number)).unwrap();
            decided(made.call(), &whole)
        };
        for wide in [DType::Float32, DType::Float64] {
            assert_eq!([1.0, 3.0, 5.0].map(|with| above(wide, with)), [Some(true), None, Some(false)]);
        }
        // Numbers that are cut off are others.
        assert_eq!(above(DType::Int8, 1.0), None);
    }

    #[test]
    fn least_and_greatest_decide() {
        let known = |min: f64, max: f64, nans: u64| {
            let (min, max) = (Some(Number::Float(min)), Some(Number::Float(max)));
            Stats { count: 10, min, max, nans, fills: 0 }
        };
        let at = |op: &str, stats: Stats, with: f64| truth(op, stats, Number::Float(with));
        for (op, below, within, above, nan_below) in [
            ("greater", Some(true), None, Some(false), None),
            ("greater_equal", Some(true), None, Some(false), None),
            ("less", Some(false), None, Some(true), Some(false)),
            ("less_equal", Some(false), None, Some(true), Some(false)),
            ("equal", Some(false), None, Some(false), Some(false)),
            ("not_equal", Some(true), None, Some(true), Some(true)),
        ] {
            assert_eq!(at(op, known(2.0, 5.0, 0), 1.0), below, "{op}");
            assert_eq!(at(op, known(2.0, 5.0, 0), 3.0), within, "{op}");
            assert_eq!(at(op, known(2.0, 5.0, 0), 6.0), above, "{op}");
            assert_eq!(at(op, known(2.0, 5.0, 1), 1.0), nan_below, "{op} beside NaN");
            assert_eq!(at(op, known(2.0, 5.0, 0), f64::NAN), None, "{op} with NaN");
        }
        assert_eq!(at("equal", known(2.0, 2.0, 0), 2.0), Some(true));
        assert_eq!(at("not_equal", known(2.0, 2.0, 1), 2.0), None);
        assert_eq!(at("greater", known(2.0, 5.0, 0), 5.0), Some(false));
        assert_eq!(at("greater_equal", known(2.0, 5.0, 0), 2.0), Some(true));
        let nothing = Stats { count: 3, min: None, max: None, nans: 3, fills: 0 };
        assert_eq!((at("less", nothing, 0.0), at("not_equal", nothing, 0.0)), (Some(false), Some(true)));
        assert_eq!(at("less", Stats { nans: 0, ..nothing }, 0.0), None);
    }
}
