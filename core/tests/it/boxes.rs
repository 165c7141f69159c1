//! What functions come to in small boxes is what they come to in memory.

use std::collections::HashMap;
use std::sync::Arc;

use pantile_core::array::stages::Staged;
use pantile_core::array::{Array, Chunk};
use pantile_core::store::{Home, Scratch, ScratchSpace, TileStore};

use crate::arrays::{Way, in_boxes, in_stages, run_by, run_with, same};

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

fn agree_by(way: &Way, programs: &[&str]) {
    for program in programs {
        let names =
            |name: &str| program.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == name);
        let given = GIVEN.lines().filter(|line| names(&line[..1]) || line.starts_with('x'));
        let program = format!("{}\n{program}", given.collect::<Vec<_>>().join("\n"));
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
    ]);
    agree_where_held(&["u = xp.unique_inverse(r)\nu[0][u[1]] - r", "xp.unique_inverse(g)"]);
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
