//! Arrays of positions and powers: diagonals, triangles, indices, scales.

use super::super::dtype::DType;
use super::super::element::{Data, Element, each};
use super::super::error::Error;
use super::super::graph::{Array, Chunk, Meta, Rule};
use super::super::grid::Region;
use super::super::kernels::number::Number;
use super::super::kernels::{numbers, pick};
use super::super::shape;
use super::beside::beside;
use super::create::{along, linspace, placed};
use super::elementwise::{Scalar, astype, cast_chunk, data_of};
use super::short::{add, floor_divide, multiply, pow, remainder};
use super::structure::{broadcast_to, diagonal, flat, part, stack};

/// A matrix with the row on its diagonal `k`.
pub fn on_diagonal(op: &'static str, x: &Array, k: i64) -> Result<Array, Error> {
    let row = flat(op, x)?;
    let size = row.len().saturating_add(usize::try_from(k.unsigned_abs()).unwrap_or(usize::MAX));
    let meta = Meta::new(x.dtype(), [size, size]);
    let (down, right) = if k < 0 { (k.unsigned_abs() as usize, 0) } else { (0, k as usize) };
    let all = row.len();
    let made = Array::whole(op, vec![row.clone()], meta.clone(), strewn(op, &meta.shape, (down, right)))?;
    let dtype = meta.dtype;
    // Which elements of the row are in a box: in its rows and in its columns.
    let within = move |region: &Region| {
        let axes = region.start.iter().zip(&region.lengths).zip([down, right]);
        let (low, high) = axes.fold((0, all), |(low, high), ((start, length), by)| {
            (low.max(start.saturating_sub(by)), high.min((start + length).saturating_sub(by)))
        });
        (low < high).then(|| (low, high - low))
    };
    let needs = move |region: &Region| {
        let part =
            within(region).map(|(start, length)| (0, Region { start: vec![start], lengths: vec![length] }));
        part.into_iter().collect()
    };
    let make = move |region: &Region, parts: &[Array]| {
        let meta = Meta::new(dtype, region.lengths.clone());
        match (parts, within(region)) {
            ([part], Some((first, _))) => {
                let at = (first + down - region.start[0], first + right - region.start[1]);
                Array::whole(op, vec![part.clone()], meta, strewn(op, &region.lengths, at))
            }
            _ => placed(op, meta, move |region| Ok(Data::zeros(dtype, region.count()))),
        }
    };
    Ok(made.with_rule(Rule::by(needs, make)))
}

/// Puts a row on a diagonal of a matrix of that shape, from a place on.
fn strewn(
    op: &'static str,
    shape: &[usize],
    (down, right): (usize, usize),
) -> impl Fn(&[Chunk]) -> Result<Data, Error> + use<> {
    let (count, width) = (shape::count(shape), shape.last().copied().unwrap_or(0));
    move |chunks| {
        let data: &Data = &chunks.first().ok_or(Error::Defect(op))?.data;
        Ok(each!(Data, data, values => {
            let mut out = vec![Default::default(); count];
            for (at, value) in values.iter().enumerate() {
                out[(at + down) * width + at + right] = *value;
            }
            Element::data(out)
        }))
    }
}

/// The matrix of a row, the row of a matrix.
pub fn diag(op: &'static str, x: &Array, k: i64) -> Result<Array, Error> {
    match x.axes() {
        1 => on_diagonal(op, x, k),
        2 => diagonal(op, x, k),
        _ => Err(Error::refused(op, format!("takes a row or a matrix, and got shape {:?}", x.shape()))),
    }
}

/// Ones on and below the diagonal `k`.
pub fn tri(op: &'static str, rows: usize, columns: usize, k: i64, dtype: DType) -> Result<Array, Error> {
    placed(op, Meta::new(dtype, [rows, columns]), move |region| {
        let (rows, columns) = (along(region, 0), along(region, 1));
        let is =
            |row: usize| columns.clone().map(move |column| column as i64 <= (row as i64).saturating_add(k));
        Ok(data_of(rows.flat_map(is).collect::<Vec<bool>>(), dtype))
    })
}

/// The places on and below the diagonal `k`, or on and above it, row by row.
pub fn triangle_indices(
    op: &'static str,
    rows: usize,
    columns: usize,
    k: i64,
    lower: bool,
) -> Result<Vec<Array>, Error> {
    Meta::new(DType::Int64, [rows, columns]).checked(op)?;
    let span = move |row: usize| {
        let middle = (row as i64).saturating_add(k);
        let at = |place: i64| place.clamp(0, columns as i64) as usize;
        if lower { (0, at(middle.saturating_add(1))) } else { (at(middle), columns) }
    };
    // How many there are before a row: each row is one longer than the one before it, from none up to all columns.
    let ramp = move |row: usize, k: i64| {
        let (row, columns) = (row as i128, columns as i128);
        let up_to = |row: i128| row.max(0) * (row.max(0) + 1) / 2;
        let (first, last) = (i128::from(k), i128::from(k) + row - 1);
        // The sum of `clamp(at, 0, columns)` for each `at` from the first to the last.
        let so_far = |at: i128| up_to(at.min(columns)) + (at - columns).max(0) * columns;
        so_far(last) - so_far(first - 1)
    };
    let before = move |row: usize| {
        let count = match lower {
            true => ramp(row, k.saturating_add(1)),
            false => row as i128 * columns as i128 - ramp(row, k),
        };
        usize::try_from(count).unwrap_or(usize::MAX)
    };
    let count = before(rows);
    let axis = |of: fn(usize, usize) -> usize| {
        placed(op, Meta::new(DType::Int64, [count]), move |region| {
            let own = along(region, 0);
            let mut places = Vec::with_capacity(own.len());
            // The row that has the first of them.
            let (mut row, mut end) = (0, rows);
            while row < end {
                let middle = row + (end - row) / 2;
                (row, end) = if before(middle + 1) <= own.start { (middle + 1, end) } else { (row, middle) };
            }
            let mut ahead = before(row);
            while places.len() < own.len() && row < rows {
                let (low, high) = span(row);
                let first = own.start.max(ahead).min(ahead + high - low);
                let end = own.end.clamp(first, ahead + high - low);
                places.extend((first..end).map(|at| of(row, low + at - ahead) as i64));
                ahead += high - low;
                row += 1;
            }
            Ok(Data::Int64(places))
        })
    };
    Ok(vec![axis(|row, _| row)?, axis(|_, column| column)?])
}

/// The powers of each element: from the highest down, or from 0 up.
pub fn vander(op: &'static str, x: &Array, count: Option<i64>, increasing: bool) -> Result<Array, Error> {
    let [length] = *x.shape() else {
        return Err(Error::refused(op, format!("takes a row, and got shape {:?}", x.shape())));
    };
    let count = usize::try_from(count.unwrap_or(length as i64))
        .map_err(|_| Error::refused(op, "takes 0 columns or more"))?;
    let dtype = x.dtype().promoted(DType::Int64);
    let made = Array::whole(op, vec![astype(x, dtype)?], Meta::new(dtype, [length, count]), move |chunks| {
        numbers!(dtype, T => {
            let mut out = vec![T::one(); length * count];
            for (row, value) in out.chunks_mut(count.max(1)).zip(chunks[0].values::<T>()?) {
                let mut power = T::one();
                for at in 0..row.len() {
                    row[if increasing { at } else { count - 1 - at }] = power;
                    power = power.mul(*value);
                }
            }
            Ok(T::data(out))
        })
        .ok_or(Error::Defect(op))?
    })?;
    let needs = |region: &Region| {
        let rows = along(region, 0);
        vec![(0, Region { start: vec![rows.start], lengths: vec![rows.len()] })]
    };
    let make = move |region: &Region, parts: &[Array]| {
        let [x] = parts else { return Err(Error::Defect(op)) };
        let columns = along(region, 1);
        part(op, &vander(op, x, Some(count as i64), increasing)?, 1, columns.start as isize, columns.len())
    };
    Ok(made.with_rule(Rule::by(needs, make)))
}

/// For each axis of a shape where on it an element is.
pub fn axis_places(
    op: &'static str,
    lengths: &[usize],
    dtype: DType,
    sparse: bool,
) -> Result<Vec<Array>, Error> {
    let axes = lengths.iter().enumerate().map(|(axis, length)| {
        let length = *length;
        let row = placed(op, Meta::new(dtype, [length]), move |region| {
            Ok(data_of(along(region, 0).map(|at| at as i64).collect::<Vec<_>>(), dtype))
        })?;
        let mut own = vec![1; lengths.len()];
        own[axis] = length;
        let row = row.reshaped(op, own)?;
        if sparse { Ok(row) } else { broadcast_to(op, &row, lengths) }
    });
    axes.collect()
}

/// The same as one array, an axis in front for the axes.
pub fn indices(op: &'static str, lengths: &[usize], dtype: DType) -> Result<Array, Error> {
    match lengths.is_empty() {
        true => Array::whole(op, Vec::new(), Meta::new(dtype, [0]), move |_| Ok(Data::zeros(dtype, 0))),
        false => stack(op, &axis_places(op, lengths, dtype, false)?, 0),
    }
}

/// Numbers from `base ** start` to `base ** stop`, evenly apart as exponents.
pub fn logspace(
    op: &'static str,
    (start, stop): (Scalar, Scalar),
    count: i64,
    endpoint: bool,
    base: f64,
    dtype: Option<DType>,
) -> Result<Array, Error> {
    let exponents = linspace(start, stop, count, Some(DType::Float64), endpoint)?;
    let base = Scalar::Float(base).array(op, DType::Float64)?;
    astype(&pow(op, &base, &exponents)?, dtype.unwrap_or(DType::Float64))
}

/// Numbers from `start` to `stop`, each so many times the one before.
pub fn geomspace(
    op: &'static str,
    (start, stop): (f64, f64),
    count: i64,
    endpoint: bool,
    dtype: Option<DType>,
) -> Result<Array, Error> {
    let count = usize::try_from(count)
        .map_err(|_| Error::refused(op, format!("takes 0 numbers or more, not {count}")))?;
    let ratio = stop / start;
    if !(ratio > 0.0 && ratio.is_finite()) {
        return Err(Error::refused(
            op,
            format!("takes ends other than 0 with one sign, and got {start} and {stop}"),
        ));
    }
    let dtype = dtype.unwrap_or(DType::Float64);
    placed(op, Meta::new(dtype, [count]), move |region| {
        let steps = if endpoint { count.saturating_sub(1) } else { count } as f64;
        let (low, high) = (start.abs().log10(), stop.abs().log10());
        let at = |at: usize| match at {
            0 => start,
            at if endpoint && at + 1 == count => stop,
            at => start.signum() * 10.0_f64.powf(low + at as f64 * ((high - low) / steps)),
        };
        Ok(data_of(along(region, 0).map(at).collect::<Vec<_>>(), dtype))
    })
}

/// What is done with a place that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// It is refused.
    Raise,
    /// It is counted round.
    Wrap,
    /// The nearest one stands for it.
    Clip,
}

impl Outside {
    /// What NumPy calls so.
    pub fn named(name: &str) -> Self {
        match name {
            "wrap" => Self::Wrap,
            "clip" => Self::Clip,
            _ => Self::Raise,
        }
    }
}

/// Places on an axis of that length, each of which is there.
pub fn places(op: &'static str, x: &Array, length: usize, outside: Outside) -> Result<Array, Error> {
    if !x.dtype().is_integer() {
        return Err(Error::DType { op, takes: "integers as places", dtype: x.dtype() });
    }
    let meta = Meta::new(DType::Int64, x.shape());
    beside(op, x.clone(), Vec::new(), meta, move |chunks| {
        let cast = cast_chunk(&chunks[0], DType::Int64);
        let all = length as i64;
        let one = |at: &i64| match outside {
            Outside::Raise if (0..all).contains(at) => Ok(*at),
            Outside::Wrap if all > 0 => Ok(at.rem_euclid(all)),
            Outside::Clip if all > 0 => Ok((*at).clamp(0, all - 1)),
            _ => Err(Error::refused(op, format!("got the place {at}, and there are {length}"))),
        };
        Ok(Data::Int64(cast.values::<i64>()?.iter().map(one).collect::<Result<_, _>>()?))
    })
}

/// Where the elements of that number are in an array of a shape: for each axis.
pub fn unravel_index(op: &'static str, x: &Array, lengths: &[usize]) -> Result<Vec<Array>, Error> {
    let count = shape::elements(lengths).filter(|count| i64::try_from(*count).is_ok());
    let count = count
        .ok_or_else(|| Error::refused(op, format!("takes a shape that can be counted, not {lengths:?}")))?;
    let mut left = places(op, x, count, Outside::Raise)?;
    let mut found = Vec::new();
    for length in lengths.iter().rev() {
        let length = (*length).max(1) as i64;
        found.push(remainder(op, &left, length)?);
        left = floor_divide(op, &left, length)?;
    }
    found.reverse();
    Ok(found)
}

/// The numbers of elements that are at those places on each axis.
pub fn ravel_multi_index(
    op: &'static str,
    places: &[Array],
    lengths: &[usize],
    outside: &[Outside],
) -> Result<Array, Error> {
    if places.len() != lengths.len() {
        let said = format!("takes places on {} axes, and got those on {}", lengths.len(), places.len());
        return Err(Error::refused(op, said));
    }
    let outside = |axis: usize| outside.get(axis).or(outside.first()).copied().unwrap_or(Outside::Raise);
    let strides = shape::strides(lengths);
    let axes = places.iter().zip(lengths).zip(strides).enumerate();
    let parts = axes.map(|(axis, ((at, length), stride))| {
        multiply(op, self::places(op, at, *length, outside(axis))?, stride as i64)
    });
    let mut parts = parts.collect::<Result<Vec<_>, Error>>()?.into_iter();
    let first = parts.next().ok_or_else(|| Error::refused(op, "takes places on one axis at least"))?;
    parts.try_fold(first, |sum, part| add(op, sum, part))
}

/// Each row along an axis of its own.
pub fn open_mesh(op: &'static str, rows: &[Array]) -> Result<Vec<Array>, Error> {
    let axes = rows.iter().enumerate().map(|(axis, row)| {
        if row.axes() != 1 || row.dtype() == DType::Bool {
            let said = format!(
                "takes rows of places, and got {} of shape {:?}; take `flatnonzero` of truths",
                row.dtype(),
                row.shape()
            );
            return Err(Error::refused(op, said));
        }
        let mut own = vec![1; rows.len()];
        own[axis] = row.len();
        row.clone().reshaped(op, own)
    });
    axes.collect()
}

/// A window function of signal processing: its values at `count` points.
pub fn window(
    op: &'static str,
    count: i64,
    of: impl Fn(f64, f64) -> f64 + Send + Sync + 'static,
) -> Result<Array, Error> {
    let count = usize::try_from(count).unwrap_or(0);
    placed(op, Meta::new(DType::Float64, [count]), move |region| {
        let last = count.saturating_sub(1) as f64;
        let at = |at: usize| if count == 1 { 1.0 } else { of(at as f64, last) };
        Ok(Data::Float64(along(region, 0).map(at).collect()))
    })
}
