//! What functions come to in small boxes is what they come to in memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pantile_core::array::grid::Region;
use pantile_core::array::stages::{Shards, Staged};
use pantile_core::array::{Array, Chunk, DType, Data, Error, Meta, Source};
use pantile_core::pool::Cancel;
use pantile_core::store::{Home, Scratch, ScratchSpace, TileStore};

use crate::arrays::{Way, computed, in_boxes, in_stages, run_by, run_with, same};

/// Arrays that are larger than a box, with equal elements and NaN among them.
const GIVEN: &str = "x = xp.random.normal(size=(60, 14), seed=1)
g = xp.where(x > 1.5, nan, x)
r = xp.astype(xp.abs(xp.round(xp.reshape(x, (-1,)) * 4.0)), \"int64\")
";

/// Computed in boxes of so many bytes, where nothing stays in memory but one number.
fn held_nowhere(arrays: &[Array], bytes: u64) -> Result<Vec<Chunk>, String> {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::open(folder.path()).unwrap();
    let space = ScratchSpace::open(&home, &TileStore::local(&home).unwrap(), 1 << 30).unwrap();
    let scratch: Arc<Scratch> = Arc::new(space.scratch(Some("a")).unwrap());
    let staged = Staged::in_boxes(arrays, None, bytes, 8).map_err(|error| error.to_string())?;
    in_stages(&staged, Some(&scratch))
}

/// Whether the programs come to the same in boxes, where results of stages are held in memory and where they are not.
fn agree(programs: &[&str]) {
    agree_where_held(programs);
    agree_by(&|arrays| held_nowhere(arrays, 700), programs);
}

fn agree_where_held(programs: &[&str]) {
    agree_by(&|arrays| in_boxes(arrays, 256), programs);
    agree_by(&|arrays| in_boxes(arrays, 1500), programs);
}

/// The program behind those of the lines whose names it has; of the first one, which others are made of, with any of them.
fn with(given: &str, program: &str) -> String {
    let names = |name: &str| program.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == name);
    let is_any = given.lines().any(|line| names(&line[..1]));
    let lines = given.lines().filter(|line| names(&line[..1]) || (is_any && line.starts_with('x')));
    format!("{}\n{program}", lines.collect::<Vec<_>>().join("\n"))
}

fn agree_by(way: &Way, programs: &[&str]) {
    for program in programs {
        let program = with(GIVEN, program);
        let all = run_with(&program, HashMap::new()).unwrap();
        let got = run_by(way, &program, HashMap::new()).unwrap();
        let is_same = all.len() == got.len() && all.iter().zip(&got).all(|(all, got)| same(got, all));
        assert!(is_same, "{program}: {all:?} and {got:?}");
    }
}

#[test]
fn elements_at_places() {
    agree(&[
        "xp.take(x, [5, 59, 7, -1], axis=0)",
        "xp.take(x, [13, 0, 0, 2], axis=1)",
        "x[[[1, 2], [50, 3]], 2:5]",
        "x[::2, [3, 1]] + 1.0",
        "x[xp.asarray([5, 59]), 2]",
        "xp.reshape(x, (6, 10, 14))[2, :, [3, 1]]",
        "xp.reshape(x, (6, 10, 14))[[2, 1], :, [3, 1]]",
        "x[r[:50], :]",
        "x[r[:70], ::3]",
        "x[::-1, r[:5]]",
        "x[None, r[:5], None, 1]",
        "x[r[:5], r[5:10]]",
        "xp.reshape(x, (-1,))[r[:9]]",
        "xp.linspace(0.0, 1.0, 40)[r]",
        "xp.take_along_axis(x, xp.argsort(x, axis=1), axis=1)",
        "xp.take_along_axis(x, xp.argmin(x, axis=0, keepdims=True), axis=0)",
        "xp.take_along_axis(x, xp.asarray([[1, 0]]), axis=1)",
        "xp.take(xp.astype(x, \"float16\"), r[:3], axis=0)",
    ]);
}

#[test]
fn longer_at_edges() {
    agree(&[
        "xp.pad(x, 3)",
        "xp.pad(x, ((2, 0), (0, 40)), constant_values=((1, 2), (3, 4)))",
        "xp.pad(x, 3, mode=\"edge\")",
        "xp.pad(x, ((70, 3), (0, 5)), mode=\"reflect\")",
        "xp.pad(x, ((3, 70), (20, 5)), mode=\"symmetric\")",
        "xp.pad(x, ((61, 3), (0, 5)), mode=\"wrap\")",
        "xp.pad(x, 2, mode=\"reflect\", reflect_type=\"odd\")",
        "xp.pad(x, 2, mode=\"linear_ramp\")",
        "xp.pad(x, 2, mode=\"maximum\", stat_length=3)",
        "xp.pad(r, (5, 1), mode=\"edge\")",
        "xp.roll(r, 123)",
        "xp.roll(x, (3, -5), axis=(0, 1))",
        "xp.rot90(x)",
        "xp.flip(x)",
    ]);
}

#[test]
fn counts_and_sums_in_bins() {
    agree(&[
        "xp.bincount(r)",
        "xp.bincount(r, minlength=40)",
        "xp.bincount(r, weights=xp.reshape(x, (-1,)))",
        "xp.bincount(xp.astype(r, \"uint8\"), weights=xp.astype(r, \"int16\"))",
        "xp.histogram(x, bins=7, weights=xp.abs(x))",
        "xp.histogram(x, bins=7, weights=xp.astype(x > 0.0, \"int32\"), density=True)",
        "xp.histogram(x, bins=[-1.0, 0.0, 0.5, 3.0], weights=x)",
        "xp.histogram2d(x[:, 0], x[:, 1], bins=5)",
        "xp.histogram2d(xp.astype(x[:, 0], \"float32\"), x[:, 1], bins=[3, 4], density=True)",
        "xp.histogramdd(x[:, :3], bins=4, weights=x[:, 3])",
        "xp.histogramdd([x[:, 0], r[:60]], bins=[[-1.0, 0.0, 1.0], [0, 2, 5, 9]])",
    ]);
}

#[test]
fn bins_by_rule() {
    for rule in ["auto", "fd", "doane", "scott", "rice", "sturges", "sqrt"] {
        agree_where_held(&[&format!("xp.histogram(g, bins=\"{rule}\", range=(-1.0, 0.7))[1]")]);
    }
    agree(&["xp.histogram(x, bins=\"auto\")", "xp.histogram(r, bins=\"doane\")"]);
    agree_where_held(&["xp.histogram(x, bins=\"stone\")"]);
}

#[test]
fn elements_set_at_places() {
    agree(&[
        "x.at[3].set(7.0)",
        "x.at[-1, 2:9].set(xp.arange(7.0))",
        "x.at[5:50:7, ::-3].set(x[:7, :5] * 10.0)",
        "x.at[40:2:-3, 1].set(xp.arange(13.0))",
        "x.at[..., 4].set(r[:60])",
        "x.at[None, 2:5, None, 3:].set(xp.arange(11.0))",
        "x.at[7:7].set(1.0)",
        "x.at[::2].set(xp.ones((1, 1, 14)))",
        "x.at[:, :].set(x[::-1, :])",
        "xp.astype(x, \"float16\").at[1::2].set(0.5)",
        "x.at[[5, 59, 7, -1]].set(xp.reshape(r[:56], (4, 14)))",
        "x.at[r[:50], :].set(xp.reshape(r[:700], (50, 14)))",
        "x.at[::2, [3, 1, 3]].set(xp.reshape(r[:90], (30, 3)))",
        "x.at[::-2, r[:5]].set(2.0)",
        "x.at[None, [[1, 2], [50, 3]], 2:5].set(xp.arange(3.0))",
        "x.at[r[:5], r[5:10]].set(xp.arange(5.0))",
        "x.at[[5, 59, 5], 2].set(xp.arange(3.0))",
        "x.at[r[:40], xp.asarray([2])].set(xp.arange(40.0))",
        "x.at[[5, 59], None, [3, 1]].set(xp.asarray([[1.0], [2.0]]))",
        "x.at[xp.reshape(x, (60, 14)) > 1.0].set(0.0)",
        "x.at[x[:, 0] > 0.5].set(9.0)",
        "r.at[r[:400]].set(xp.arange(400))",
        "xp.sum(x.at[3:].set(1.0), axis=0)",
    ]);
}

#[test]
fn transforms_of_long_lines() {
    let near = |one: &Chunk, other: &Chunk| {
        let of = |chunk: &Chunk| match &*chunk.data {
            Data::Float64(values) => values.iter().flat_map(|value| [*value, 0.0]).collect::<Vec<_>>(),
            Data::Complex128(values) => values.iter().flat_map(|value| [value.re, value.im]).collect(),
            Data::Complex64(values) => {
                values.iter().flat_map(|value| [f64::from(value.re), f64::from(value.im)]).collect()
            }
            _ => Vec::new(),
        };
        let (one_values, other_values) = (of(one), of(other));
        let most = one_values.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
        let width = if matches!(&*one.data, Data::Complex64(_)) { 1e-6 } else { 1e-14 };
        let mut both = one_values.iter().zip(&other_values);
        one.shape == other.shape
            && one.data.dtype() == other.data.dtype()
            && !one_values.is_empty()
            && both.all(|(one, other)| (one - other).abs() <= most * width)
    };
    let given = "x = xp.random.normal(size=(3, 840), seed=1)
c = xp.reshape(x, (-1,)) + 1j * xp.random.normal(size=2520, seed=2)
";
    for program in [
        "xp.fft.fft(c)",
        "xp.fft.ifft(c)",
        // A prime number of elements, and one that is twice a prime number.
        "xp.fft.fft(c[:2503])",
        "xp.fft.ifft(c[:2503], norm=\"ortho\")",
        "xp.fft.fft(c[:2018], norm=\"forward\")",
        "xp.fft.fft(c, n=3000)",
        "xp.fft.fft(c, n=1009)",
        "xp.fft.fft(xp.astype(c, \"complex64\"))",
        "xp.fft.fft(x, axis=1)",
        "xp.fft.fft(xp.permute_dims(x, (1, 0)), axis=0)",
        "xp.fft.rfft(xp.reshape(x, (-1,)))",
        "xp.fft.irfft(c)",
        "xp.fft.irfft(c, n=2503)",
        "xp.fft.hfft(c)",
        "xp.fft.ihfft(x)",
        "xp.fft.fftn(x)",
        "xp.fft.fftshift(xp.fft.fft(c))",
    ] {
        let program = with(given, program);
        let all = run_with(&program, HashMap::new()).unwrap();
        let got = run_by(&|arrays| held_nowhere(arrays, 20_000), &program, HashMap::new()).unwrap();
        assert!(
            all.len() == got.len() && all.iter().zip(&got).all(|(one, other)| near(one, other)),
            "{program}"
        );
    }
}

#[test]
fn what_is_read_out_of_order_is_computed_once() {
    agree(&[
        "x[xp.astype(xp.arange(60)[::-1], \"int32\"), :]",
        "xp.take_along_axis(x, xp.argsort(x, axis=0), axis=0)",
        "xp.sort(x, axis=0)",
        "xp.cumulative_sum(x, axis=0)[::-1]",
    ]);
    agree_where_held(&[
        "xp.sort(x, axis=0)[x > 0.0]",
        "xp.reshape(r, (60, 14))[:, 0][xp.sort(x, axis=1)[:, 0] > -1.5]",
        "xp.unique_counts(r > 3)",
    ]);
}

#[test]
fn places_among_others() {
    agree(&[
        "xp.searchsorted(xp.linspace(-3.0, 3.0, 100), x)",
        "xp.searchsorted(xp.sort(xp.reshape(x, (-1,))), x[:, 3], side=\"right\")",
        "xp.digitize(x, xp.linspace(-3.0, 3.0, 100))",
        "xp.interp(x, xp.linspace(-3.0, 3.0, 100), xp.linspace(0.0, 3.0, 100))",
        "xp.interp(x, xp.arange(0.0, 14.0, 1.0), x[3], period=3.0)",
        "xp.isin(r, [1, 5, 7])",
        "xp.isin(x, x[3, :], invert=True)",
    ]);
}

#[test]
fn rows_slopes_and_distinct_elements() {
    agree(&[
        "xp.sort(xp.partition(x, 5, axis=1)[:, :5], axis=1)",
        "xp.topk(x, 3, axis=0)",
        "xp.argtopk(x, -2, axis=1)",
        "xp.gradient(x, axis=0)",
        "xp.gradient(x, 0.5, edge_order=2)",
        "xp.gradient(x, xp.linspace(0.0, 3.0, 14) ** 2.0, axis=1)",
        "xp.gradient(x, xp.linspace(0.0, 3.0, 60) ** 2.0, axis=0, edge_order=2)",
        // Evenly apart, but for the last one.
        "xp.gradient(x, xp.concat([xp.arange(59.0) * 0.3, xp.asarray([90.0])]), axis=0)",
        "xp.gradient(x, xp.arange(60.0) * 0.5, axis=0)",
    ]);
    agree_where_held(&[
        "u = xp.unique_inverse(r)\nu[0][u[1]] - r",
        "xp.unique_inverse(g)",
        "xp.unique_all(r)",
        "xp.unique_all(xp.reshape(r[::-1], (60, 14)))",
        "xp.unique_all(g)",
        "xp.unique_all(xp.where(xp.arange(840) == 7, nan, xp.round(xp.reshape(x, (-1,)))))",
    ]);
}

#[test]
fn quantiles_along_axes() {
    agree(&[
        "xp.median(x, axis=0)",
        "xp.median(x, axis=1, keepdims=True)",
        "xp.nanmedian(g, axis=0)",
        "x - xp.median(x, axis=1, keepdims=True)",
        "xp.quantile(x, [0.1, 0.5, 0.7], axis=1)",
        "xp.quantile(xp.astype(x, \"float32\"), [[0.1, 0.5], [0.7, 1.0]], axis=0, keepdims=True)[1, 0]",
        "xp.nanpercentile(g, [0.0, 30.0], axis=1)",
        "xp.quantile(xp.reshape(x, (4, 15, 14)), 0.3, axis=(0, 2), method=\"lower\")",
        "xp.percentile(xp.reshape(x, (4, 15, 14)), [5, 95], axis=(0, 1))",
        "xp.quantile(x, [0.2, 0.9], axis=1, weights=xp.abs(x), method=\"inverted_cdf\")",
        "xp.sum(xp.quantile(x, xp.linspace(0.0, 1.0, 300)))",
    ]);
}

/// What lies in wide chunks, and is not read.
/// An array in chunks, of small whole numbers, of which sums are exact.
#[derive(Debug)]
struct InChunks {
    meta: Meta,
    chunk: [usize; 2],
    /// How many elements have been read.
    read: Arc<AtomicUsize>,
}

impl Source for InChunks {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn chunk(&self) -> Option<&[usize]> {
        Some(&self.chunk)
    }

    fn read(&self, region: &Region, _: &Cancel) -> Result<Arc<Data>, Error> {
        self.read.fetch_add(region.count(), Ordering::Relaxed);
        let rows = region.start[0]..region.start[0] + region.lengths[0];
        let columns = region.start[1]..region.start[1] + region.lengths[1];
        let value = |row: usize, column: usize| ((row * 31 + column * 17) % 23) as f64 - 11.0;
        let values = rows.flat_map(|row| columns.clone().map(move |column| value(row, column)));
        Ok(Arc::new(Data::Float64(values.collect())))
    }

    fn working_bytes(&self) -> u64 {
        0
    }
}

fn in_chunks(shape: [usize; 2], chunk: [usize; 2]) -> Array {
    Array::stored(Arc::new(InChunks { meta: Meta::new(DType::Float64, shape), chunk, read: Arc::default() }))
}

#[test]
fn boxes_of_a_product_are_cut_on_the_side_that_helps() {
    let wide = || in_chunks([400, 400], [100, 400]);
    let given = || HashMap::from([("a".into(), wide()), ("b".into(), wide())]);
    for (program, most) in [("xp.sum(a @ b)", 16), ("xp.sum(xp.permute_dims(a, (1, 0)) @ b)", 16)] {
        // What a box takes of each of the two is a quarter of it, or a little more.
        let count = move |arrays: &[Array]| {
            let staged = Staged::in_boxes(arrays, None, 320_000, 0).map_err(|error| error.to_string())?;
            assert!(staged.boxes() <= most + 1, "{program}: {} boxes", staged.boxes());
            Ok(Vec::new())
        };
        run_by(&count, program, given()).unwrap();
    }
}

#[test]
fn products_are_made_piece_by_piece_however_chunks_lie() {
    for (left, right) in
        [([100, 300], [300, 100]), ([1100, 7], [1300, 11]), ([600, 600], [500, 900]), ([1, 1300], [40, 1])]
    {
        let given = || {
            HashMap::from([
                ("a".into(), in_chunks([1100, 1300], left)),
                ("b".into(), in_chunks([1300, 900], right)),
            ])
        };
        for program in [
            "a @ b",
            "(a @ b)[517:, 3:-2]",
            "a[7:, 13:] @ b[13:, 601:]",
            "(a + 1.0) @ (b[:, :40] - 2.0)",
            "xp.permute_dims(b, (1, 0)) @ xp.permute_dims(a, (1, 0))",
            "xp.astype(a[:30, :], \"int32\") @ xp.astype(b[:, 5:25], \"int32\")",
            "xp.reshape(a, (2, 550, 1300))[:, 9:, :] @ b[:, :70]",
            "(a[:, :0] @ b[:0, :])[3:, 800:]",
            "xp.sum(a @ b, axis=0)",
        ] {
            let all = run_by(&computed, program, given()).unwrap();
            for bytes in [200_000, 3_000_000] {
                let made =
                    run_by(&move |arrays: &[Array]| in_boxes(arrays, bytes), program, given()).unwrap();
                assert!(made == all, "{program} of chunks {left:?} and {right:?} in boxes of {bytes} bytes");
            }
        }
    }
}

#[test]
fn a_box_of_a_product_takes_itself_and_one_piece_of_each_matrix() {
    let given = || {
        HashMap::from([
            ("a".into(), in_chunks([4000, 24_000], [1000, 1000])),
            ("b".into(), in_chunks([24_000, 4000], [1000, 1000])),
        ])
    };
    let taken = |arrays: &[Array]| {
        let shards = |several| Some(Shards { shape: &[1000, 1000], several });
        let staged =
            |several| Staged::new(arrays, 1 << 30, shards(several), 0).map_err(|error| error.to_string());
        // Eight at a time at the most, each of 8 MB, and as much of each matrix.
        let peak = staged(false)?.peak();
        assert!(peak <= 8 * 24_000_000, "{peak} bytes");
        // As many shards as leave eight boxes make one, so that less is read.
        assert_eq!((staged(false)?.boxes(), staged(true)?.boxes()), (16, 8));
        Ok(Vec::new())
    };
    run_by(&taken, "a @ b", given()).unwrap();
}

#[test]
fn what_a_box_alone_cannot_say_is_as_of_all() {
    agree(&[
        // As many shares as rows.
        "xp.random.dirichlet(xp.arange(1.0, 41.0), size=40, seed=3)",
        "xp.random.dirichlet(xp.arange(1.0, 41.0), size=40, seed=3)[7:29, 3:]",
        // Products of a part that are beyond all numbers, or nothing.
        "xp.cumulative_prod(xp.where(xp.arange(3000) == 0, 0.0, 2.0))",
        "xp.cumulative_prod(xp.where(xp.arange(3000) < 1000, 2.0, xp.where(xp.arange(3000) < 2500, 0.5, 1.0)))",
        "xp.cumulative_prod(xp.where(xp.arange(3000) == 0, inf, 0.5))",
        "xp.cumulative_prod(xp.reshape(xp.where(xp.arange(6000) < 6, -2.5, 1.001), (2, 1500, 2)), axis=1)",
        "xp.cumulative_prod(1.0 + 0.0001 * x[:, :1] + 0j * x[:, :1], axis=0, include_initial=True)",
        // Nothing of what is large.
        "xp.flatnonzero((xp.reshape(x, (-1,)) + 1.0)[:0])",
        "xp.argwhere((x + 1.0)[:0, :])",
        "xp.union1d((x + 1.0)[:0, :], (x * 2.0)[:0, :])",
        "(x + 1.0)[:0, :][x[:0, :] > 0.0]",
        "xp.sum((x + 1.0)[:0, :], axis=0)",
    ]);
}

#[test]
fn places_of_triangles_are_found_without_going_through_rows() {
    agree(&[
        "xp.tril_indices(31, 2, 17)[0]",
        "xp.tril_indices(31, -40, 17)[1]",
        "xp.tril_indices(31, 90, 17)[1]",
        "xp.tril_indices(17, -3, 60)[0]",
        "xp.triu_indices(31, -5, 17)[0]",
        "xp.triu_indices(17, 7, 60)[1]",
        "xp.triu_indices(40, 3)[0] * 100 + xp.triu_indices(40, 3)[1]",
    ]);
    for (program, count) in [
        ("xp.tril_indices(10**12, 0, 0)[0]", 0),
        ("xp.triu_indices(10**12, 3, 1)[1]", 0),
        ("xp.triu_indices(10**11, -5, 1)[0]", 6),
    ] {
        let made = run_with(program, HashMap::new()).unwrap();
        assert_eq!(made[0].shape, [count], "{program}");
    }
}

#[test]
fn places_around_what_is_put_in_or_taken_out_are_not_listed() {
    let each = |step: usize| (0..840).step_by(step).collect::<Vec<_>>();
    let edits = [
        "xp.delete(x, [7, 3, 59, 3], axis=0)".to_owned(),
        format!("xp.delete(xp.reshape(x, (-1,)), {:?})", &each(1)[100..700]),
        format!("xp.delete(xp.reshape(x, (-1,)), {:?})[17:]", each(2)),
        "xp.insert(x, [60, 3, 3, 0], 9.5, axis=0)".to_owned(),
        format!("xp.insert(xp.reshape(x, (-1,)), {:?}, r[:280])[5:800]", each(3)),
        "xp.repeat(x, r[:60], axis=0)".to_owned(),
        "xp.repeat(xp.reshape(x, (-1,)), r * 3)[101:2000]".to_owned(),
        "xp.repeat(x, xp.asarray([2]), axis=1)[:, 3:]".to_owned(),
        "xp.repeat(x, r[:60] * 0, axis=0)".to_owned(),
    ];
    agree(&edits.iter().map(String::as_str).collect::<Vec<_>>());
    // Of 10^12 elements the places alone would take 8 TB.
    for (program, wanted) in [
        ("xp.delete(xp.arange(10**12), [3, 7])[10**11]", 100_000_000_002),
        ("xp.insert(xp.arange(10**12), [3, 7], 0)[10**11]", 99_999_999_998),
        ("xp.repeat(xp.arange(4), xp.asarray([3, 0, 10**12, 0]))[10**11]", 2),
    ] {
        let made = run_by(&|arrays| in_boxes(arrays, 1 << 20), program, HashMap::new()).unwrap();
        assert_eq!(*made[0].data, Data::Int64(vec![wanted]), "{program}");
    }
}

#[test]
fn sums_so_far_read_what_is_before_them_once() {
    let read = Arc::new(AtomicUsize::new(0));
    let meta = Meta::new(DType::Float64, [2400, 1200]);
    let source = InChunks { meta, chunk: [200, 200], read: Arc::clone(&read) };
    let given = HashMap::from([("a".into(), Array::stored(Arc::new(source)))]);
    // Shards that have half the rows of a block, and less in a box than the totals have.
    let in_shards = |arrays: &[Array]| {
        let shards = Shards { shape: &[100, 400], several: true };
        let staged =
            Staged::in_boxes(arrays, Some(shards), 4 << 10, 1 << 20).map_err(|error| error.to_string())?;
        in_stages(&staged, None)
    };
    run_by(&in_shards, "xp.cumulative_sum(a, axis=0)", given).unwrap();
    let times = read.load(Ordering::Relaxed) as f64 / (2400.0 * 1200.0);
    assert!(times < 4.0, "{times} times");
}

#[test]
fn few_large_boxes_are_better_than_many_that_unpack_the_same_chunks() {
    let given = HashMap::from([("a".into(), in_chunks([24_000, 24_000], [2000, 2000]))]);
    let planned = |arrays: &[Array]| {
        let shards = Shards { shape: &[1000, 4000], several: true };
        let staged =
            Staged::new(arrays, 900 << 20, Some(shards), 64 << 20).map_err(|error| error.to_string())?;
        // Shards, and some for the totals of blocks: not one for each few columns of a chunk.
        assert!(staged.boxes() < 1000, "{} boxes", staged.boxes());
        Ok(Vec::new())
    };
    run_by(&planned, "xp.cumulative_sum(a, axis=0)", given).unwrap();
}
