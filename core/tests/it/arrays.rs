//! Every example of every page of arrays, run; and what must not depend on how a computation is cut.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use pantile_core::array::ops::FAMILIES;
use pantile_core::array::stages::{Doing, Staged};
use pantile_core::array::{Array, Chunk, Data, Error, Plan};
use pantile_core::lang::{self, Asked, Limits, Sources, Step, Typed};
use pantile_core::pool::{Cancel, Progress};
use pantile_core::store::{Home, Scratch, ScratchSpace, TileStore};

/// A way to compute arrays.
pub(super) type Way = dyn Fn(&[Array]) -> Result<Vec<Chunk>, String>;

/// What the program comes to.
pub(super) fn run_with(
    program: &str,
    arrays: HashMap<std::sync::Arc<str>, Array>,
) -> Result<Vec<Chunk>, String> {
    run_by(&computed, program, arrays)
}

/// What the program comes to, computed in that way.
pub(super) fn run_by(
    way: &Way,
    program: &str,
    arrays: HashMap<std::sync::Arc<str>, Array>,
) -> Result<Vec<Chunk>, String> {
    let limits = Limits::default();
    let program = lang::parse(program, &limits).map_err(|error| error.to_string())?;
    let small = Array::constant(Chunk::new([2, 2], Data::Int64(vec![1, 2, 3, 4])));
    let stored = HashMap::from([("small".into(), small)]);
    let mut sources = Sources { arrays, stored, ..Sources::default() };
    loop {
        match lang::step(&program, &sources, &limits).map_err(|error| error.to_string())? {
            Step::Done(Typed::Arrays(arrays)) => return way(&arrays),
            Step::Done(Typed::Kept(_)) => return Err("it is kept".to_owned()),
            Step::Done(Typed::Frame(..)) => return Err("it comes to a frame".to_owned()),
            Step::Asks(Asked::Arrays { arrays, span }) => {
                sources.arrays_seen.insert(span, way(&arrays)?);
            }
            Step::Asks(Asked::Rows(_)) => return Err("it asks for rows".to_owned()),
        }
    }
}

fn run(program: &str) -> Result<Vec<Chunk>, String> {
    run_with(program, HashMap::new())
}

/// Computed as a whole.
pub(super) fn computed(arrays: &[Array]) -> Result<Vec<Chunk>, String> {
    let plan = Plan::new(arrays);
    crate::on_pool(|| plan.run(&Cancel::new())).map_err(|error| error.to_string())
}

/// Computed in stages, in boxes of so many bytes.
pub(super) fn in_boxes(arrays: &[Array], bytes: u64) -> Result<Vec<Chunk>, String> {
    let staged = Staged::in_boxes(arrays, None, bytes, u64::MAX).map_err(|error| error.to_string())?;
    in_stages(&staged, None)
}

/// Computed in those stages, with that scratch; every box is told of.
pub(super) fn in_stages(staged: &Staged, scratch: Option<&Arc<Scratch>>) -> Result<Vec<Chunk>, String> {
    let (cancel, progress) = (Cancel::new(), Progress::default());
    let doing = Doing { cancel: &cancel, progress: &progress, scratch };
    let run = || {
        staged.run(&doing)?;
        staged.results().iter().map(|result| staged.whole(result, &doing)).collect::<Result<_, Error>>()
    };
    let made = crate::on_pool(run).map_err(|error| error.to_string());
    let (boxes, all) = (&progress.boxes, &progress.boxes_total);
    assert!(made.is_err() || boxes.load(Ordering::Relaxed) <= all.load(Ordering::Relaxed));
    made
}

/// Computed in boxes of so many bytes, where nothing that is computed once stays in memory.
fn in_scratch(arrays: &[Array], bytes: u64) -> Result<Vec<Chunk>, String> {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::open(folder.path()).unwrap();
    let space = ScratchSpace::open(&home, &TileStore::local(&home).unwrap(), 1 << 30).unwrap();
    let scratch = Arc::new(space.scratch(Some("a")).unwrap());
    let staged = Staged::in_boxes(arrays, None, bytes, 0).map_err(|error| error.to_string())?;
    assert!(staged.needs_scratch());
    in_stages(&staged, Some(&scratch))
}

/// The elements as complex numbers: enough to compare those of any dtype that pages write.
fn numbers(chunk: &Chunk) -> Vec<(f64, f64)> {
    match &*chunk.data {
        Data::Bool(values) => values.iter().map(|value| (f64::from(u8::from(*value)), 0.0)).collect(),
        Data::Int8(values) => values.iter().map(|value| (f64::from(*value), 0.0)).collect(),
        Data::Int16(values) => values.iter().map(|value| (f64::from(*value), 0.0)).collect(),
        Data::Int32(values) => values.iter().map(|value| (f64::from(*value), 0.0)).collect(),
        Data::Int64(values) => values.iter().map(|value| (*value as f64, 0.0)).collect(),
        Data::UInt8(values) => values.iter().map(|value| (f64::from(*value), 0.0)).collect(),
        Data::UInt16(values) => values.iter().map(|value| (f64::from(*value), 0.0)).collect(),
        Data::UInt32(values) => values.iter().map(|value| (f64::from(*value), 0.0)).collect(),
        Data::UInt64(values) => values.iter().map(|value| (*value as f64, 0.0)).collect(),
        Data::Float16(values) => values.iter().map(|value| (f64::from(*value), 0.0)).collect(),
        Data::Float32(values) => values.iter().map(|value| (f64::from(*value), 0.0)).collect(),
        Data::Float64(values) => values.iter().map(|value| (*value, 0.0)).collect(),
        Data::Complex64(values) => values.iter().map(|value| (value.re.into(), value.im.into())).collect(),
        Data::Complex128(values) => values.iter().map(|value| (value.re, value.im)).collect(),
    }
}

fn near(one: f64, other: f64) -> bool {
    one == other || (one.is_nan() && other.is_nan()) || (one - other).abs() <= 1e-6 * other.abs().max(1e-6)
}

pub(super) fn same(got: &Chunk, expected: &Chunk) -> bool {
    let (got_numbers, expected_numbers) = (numbers(got), numbers(expected));
    got.shape == expected.shape
        && matches!(&*got.data, Data::Bool(_)) == matches!(&*expected.data, Data::Bool(_))
        && got_numbers.iter().zip(&expected_numbers).all(|(a, b)| near(a.0, b.0) && near(a.1, b.1))
}

/// The parts of a tuple as pages write it.
fn parts(answer: &str) -> Vec<String> {
    let Some(inner) = answer.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
        return vec![answer.to_owned()];
    };
    let (mut depth, mut found) = (0, vec![String::new()]);
    for letter in inner.chars() {
        match letter {
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            ',' if depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        found.last_mut().unwrap().push(letter);
    }
    found.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Each example of a page: a program, and the answer behind `= `.
fn examples(page: &str) -> Vec<(String, String)> {
    let blocks = page.split("```pantile\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
    let mut found = Vec::new();
    for (block, _) in blocks {
        let mut program = Vec::new();
        for line in block.lines() {
            match line.strip_prefix("= ") {
                Some(answer) => found.push((std::mem::take(&mut program).join("\n"), answer.to_owned())),
                None => program.push(line),
            }
        }
        assert!(program.is_empty(), "an example without an answer: {program:?}");
    }
    found
}

#[test]
fn every_example_of_the_pages_comes_to_its_answer() {
    let (mut count, mut wrong) = (0, Vec::new());
    for family in FAMILIES {
        for (program, answer) in examples(family.page) {
            count += 1;
            let expected: Vec<Chunk> =
                parts(&answer).iter().flat_map(|part| run(&format!("xp.asarray({part})")).unwrap()).collect();
            match run(&program) {
                Ok(got)
                    if got.len() == expected.len() && got.iter().zip(&expected).all(|(a, b)| same(a, b)) => {}
                got => wrong.push(format!("{program}\n  = {answer}\n  and came to {got:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 200, "{count}");
}

#[test]
fn every_example_of_the_pages_comes_to_its_answer_box_by_box() {
    let (mut count, mut wrong) = (0, Vec::new());
    for bytes in [64, 4096] {
        let way = move |arrays: &[Array]| in_boxes(arrays, bytes);
        for (program, _) in FAMILIES.iter().flat_map(|family| examples(family.page)) {
            count += 1;
            match (run(&program), run_by(&way, &program, HashMap::new())) {
                (Ok(all), Ok(got))
                    if got.len() == all.len() && got.iter().zip(&all).all(|(a, b)| same(a, b)) => {}
                (all, got) => wrong.push(format!("{program}\n  in {bytes}: {got:?}\n  and not: {all:?}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Whether all numbers are as near as sums in another order leave them.
fn near_zero(chunk: &Chunk) -> bool {
    numbers(chunk).iter().all(|(re, im)| re.abs() < 1e-9 && im.abs() < 1e-9)
}

#[test]
fn factors_of_long_matrices_are_made_block_by_block() {
    // Numbers of no pattern, which are there, so that they are not drawn anew for each box.
    let values =
        (0_u64..150_000 * 4).map(|at| (at.wrapping_mul(6_364_136_223_846_793_005) >> 40) as f64 / 8e6 - 1.0);
    let x = Chunk::new([150_000, 4], Data::Float64(values.collect()));
    let sent = || HashMap::from([("x".into(), Array::constant(x.clone()))]);
    let programs = [
        "t = xp.linalg.qr(x)\nt[0] @ t[1] - x",
        "q = xp.linalg.qr(x)[0]\nq.T @ q - xp.eye(4)",
        "xp.tril(xp.linalg.qr(x)[1], k=-1)",
        "t = xp.linalg.qr(x.T)\nt[0] @ t[1] - x.T",
        "t = xp.linalg.svd(x, full_matrices=False)\n(t[0] * t[1]) @ t[2] - x",
        "u = xp.linalg.svd(x, full_matrices=False)[0]\nu.T @ u - xp.eye(4)",
        "t = xp.linalg.svd(x.T, full_matrices=False)\n(t[0] * t[1]) @ t[2] - x.T",
        "q = xp.linalg.qr(x * (1.0 + 2.0j))[0]\nxp.matrix_transpose(xp.conj(q)) @ q - xp.eye(4)",
        "xp.linalg.pinv(x) @ x - xp.eye(4)",
        "x.T @ xp.linalg.pinv(x.T) - xp.eye(4)",
        // As large as it is small: the columns stay orthonormal however ill conditioned the matrix is.
        "q = xp.linalg.qr(x * 10.0 ** xp.linspace(0, -14, 4))[0]\nq.T @ q - xp.eye(4)",
    ];
    let small = move |arrays: &[Array]| in_boxes(arrays, 4 << 20);
    let kept = move |arrays: &[Array]| in_scratch(arrays, 4 << 20);
    let ways = std::iter::repeat_n(&small as &Way, programs.len()).chain([&kept as &Way, &kept]);
    for (program, way) in programs.iter().chain(&programs[..2]).zip(ways) {
        let made = run_by(way, program, sent()).unwrap();
        assert!(made.iter().all(near_zero), "{program}");
    }
    let pairs = [
        "x.T @ x",
        "x[:, 0] @ x",
        "xp.tensordot(xp.astype(x * 9.0, \"int8\"), xp.astype(x * 9.0, \"int8\"), axes=((0,), (0,)))",
        "xp.linalg.svdvals(x)",
        "xp.linalg.svdvals(x.T)",
        "xp.linalg.matrix_rank(x[:, :2] @ xp.ones((2, 4)))",
        "xp.linalg.lstsq(x, xp.cumulative_sum(x[:, 0]))",
        "xp.linalg.lstsq(x, x @ xp.ones((4, 2)) + 1.0)",
        "xp.linalg.cond(x)",
        "xp.linalg.norm(x, ord=2)",
    ];
    for program in pairs {
        let (all, got) = (run_with(program, sent()).unwrap(), run_by(&small, program, sent()).unwrap());
        let is_same = all.len() == got.len() && all.iter().zip(&got).all(|(all, got)| same(got, all));
        assert!(is_same, "{program}: {all:?} and {got:?}");
    }
}

#[test]
fn square_matrices_are_factorised_by_panels() {
    // Rows have to be exchanged: the greatest elements are far from the diagonal.
    let n = 61_u64;
    let value = |at: u64| (at.wrapping_mul(6_364_136_223_846_793_005) >> 40) as f64 / 8e6 - 1.0;
    let values = (0..n * n).map(|at| value(at) + if at / n == (at % n + 20) % n { 5.0 } else { 0.0 });
    let x = Chunk::new([61, 61], Data::Float64(values.collect()));
    let sent = || HashMap::from([("x".into(), Array::constant(x.clone()))]);
    let small = move |arrays: &[Array]| in_boxes(arrays, 2000);
    let kept = move |arrays: &[Array]| in_scratch(arrays, 2000);
    let zero = [
        "t = xp.linalg.lu(x)\nt[0] @ t[1] @ t[2] - x",
        "t = xp.linalg.lu(x * (1.0 + 2.0j))\nt[0] @ t[1] @ t[2] - x * (1.0 + 2.0j)",
        "xp.triu(xp.linalg.lu(x)[1], k=1)",
        "xp.maximum(xp.abs(xp.linalg.lu(x)[1]) - 1.0, 0.0)",
        "xp.tril(xp.linalg.lu(x)[2], k=-1)",
        "x @ xp.linalg.inv(x) - xp.eye(61)",
        "y = x * (2.0 - 1.0j)\ny @ xp.linalg.solve(y, x) - x",
        "x @ xp.linalg.solve(x, x[:, 0]) - x[:, 0]",
        "y = xp.sort(x, axis=0)\ny @ xp.linalg.solve(y, x[:, :30]) - x[:, :30]",
        "y = x @ x.T + 0.1 * xp.eye(61)\nl = xp.linalg.cholesky(y)\nl @ l.T - y",
        "y = x @ x.T + 0.1 * xp.eye(61)\nu = xp.linalg.cholesky(y, upper=True)\nu.T @ u - y",
        "z = x + 1.0j * x.T\ny = z @ xp.matrix_transpose(xp.conj(z)) + xp.eye(61)\nl = xp.linalg.cholesky(y)\nl @ xp.matrix_transpose(xp.conj(l)) - y",
        "xp.triu(xp.linalg.cholesky(x @ x.T + 0.1 * xp.eye(61)), k=1)",
    ];
    let in_memory = zero.iter().map(|program| (program, &small as &Way));
    let in_files = [0, 6, 9].iter().map(|at| (&zero[*at], &kept as &Way));
    for (program, way) in in_memory.chain(in_files) {
        let made = run_by(way, program, sent()).unwrap();
        assert!(made.iter().all(near_zero), "{program}: {made:?}");
    }
    let pairs = [
        "xp.linalg.lu(x)",
        "xp.linalg.lu(x[:, :40])",
        "xp.linalg.det(x)",
        "xp.linalg.det(x * (1.0 + 2.0j))",
        "xp.linalg.slogdet(x[::-1, :])",
        "xp.linalg.det(x * xp.where(xp.arange(61) == 50, 0.0, 1.0))",
        "xp.linalg.slogdet(x * xp.where(xp.arange(61) == 50, 0.0, 1.0))",
        "xp.linalg.inv(xp.astype(x, \"float32\") + 8.0 * xp.eye(61, dtype=\"float32\")) * 0.0",
        "xp.linalg.solve(x, xp.zeros((61, 0)))",
        "xp.linalg.inv(x + nan)",
        // Errors are said alike.
        "xp.linalg.inv(x * xp.where(xp.arange(61) == 50, 0.0, 1.0))",
        "xp.linalg.cholesky(x @ x.T - 10.0 * xp.eye(61))",
    ];
    for program in pairs {
        let (all, got) = (run_with(program, sent()), run_by(&small, program, sent()));
        let is_same = match (&all, &got) {
            (Ok(all), Ok(got)) => {
                all.len() == got.len() && all.iter().zip(got).all(|(all, got)| same(got, all))
            }
            (all, got) => all == got,
        };
        assert!(is_same, "{program}: {all:?} and {got:?}");
    }
    // Only larger ones than a box are.
    let whole = move |arrays: &[Array]| in_boxes(arrays, 1 << 20);
    assert_eq!(run_by(&whole, "xp.linalg.inv(x)", sent()), run_with("xp.linalg.inv(x)", sent()));
}

#[test]
fn long_rows_are_sorted_by_runs() {
    // More than two runs, with equal elements and NaN.
    let x =
        "y = xp.round(xp.random.normal(size=1200000, seed=1) * 1000.0)\nx = xp.where(y > 3000.0, nan, y)\n";
    let small = move |arrays: &[Array]| in_boxes(arrays, 1 << 20);
    let kept = move |arrays: &[Array]| in_scratch(arrays, 1 << 20);
    for (program, way) in [("xp.sort(x)", &kept as &Way), ("xp.argsort(x, descending=True)", &small)] {
        let program = format!("{x}{program}");
        let (all, got) = (run(&program).unwrap(), run_by(way, &program, HashMap::new()).unwrap());
        assert!(same(&got[0], &all[0]), "{program}");
    }
}

#[test]
fn stacks_of_matrices_are_computed_some_at_a_time() {
    let x = "x = xp.random.normal(size=(60, 5, 5), seed=1)\n";
    let programs = [
        "xp.linalg.inv(x)",
        "xp.linalg.det(x)",
        "xp.linalg.slogdet(x)",
        "xp.linalg.solve(x, xp.random.normal(size=(60, 5, 2), seed=2))",
        "xp.linalg.cholesky(x @ xp.matrix_transpose(x))",
        "xp.linalg.qr(x)",
        "xp.linalg.svd(x[:, :, :3])",
        "xp.linalg.svdvals(x)",
        "xp.linalg.eigh(x @ xp.matrix_transpose(x))",
        "xp.linalg.eigvalsh(x @ xp.matrix_transpose(x))",
        "xp.linalg.pinv(x[:, :3])",
        "xp.linalg.matrix_rank(x)",
    ];
    let way = move |arrays: &[Array]| in_boxes(arrays, 1000);
    for program in programs {
        let program = format!("{x}{program}");
        let (all, got) = (run(&program).unwrap(), run_by(&way, &program, HashMap::new()).unwrap());
        let is_same = all.len() == got.len() && all.iter().zip(&got).all(|(all, got)| same(got, all));
        assert!(is_same, "{program}");
    }
}

#[test]
fn every_function_has_its_section() {
    for family in FAMILIES {
        for op in family.ops {
            let shared = ["linalg.matmul", "linalg.matrix_transpose", "linalg.tensordot", "linalg.vecdot"];
            if !shared.contains(&op.name) {
                assert!(family.page.contains(&format!("\n## {}\n", op.name)), "{} has no section", op.name);
            }
        }
    }
}

/// Maps, views and broadcasts over several blocks, as one pass: each element by itself is what it should be.
#[test]
fn a_pass_over_many_blocks_is_element_by_element() {
    let row: Vec<f64> = (0..500).map(f64::from).collect();
    let (a, b) = (
        Chunk::new([300, 500], Data::Float64((0..150_000).map(f64::from).collect())),
        Chunk::new([500], Data::Float64(row)),
    );
    let arrays = [("a", a), ("b", b)].map(|(name, chunk)| (name.into(), Array::constant(chunk)));
    let program = "c = a[::-1, :]\n(c * 2.0 + b - a.at[0, 0].set(1.0))[1:, ::7]";
    let [got] = <[Chunk; 1]>::try_from(run_with(program, arrays.into()).unwrap()).unwrap();
    assert_eq!(got.shape, [299, 72]);
    for (at, (value, _)) in numbers(&got).into_iter().enumerate() {
        let (row, column) = (at / 72 + 1, at % 72 * 7);
        let of = |row: usize| (row * 500 + column) as f64;
        assert_eq!(value, of(299 - row) * 2.0 + column as f64 - of(row));
    }
}

#[test]
fn sums_are_the_same_however_the_axes_lie() {
    let values: Vec<f64> = (0..60_000).map(|at| f64::from(at % 97) / 7.0).collect();
    let arrays = || {
        HashMap::from([(
            "a".into(),
            Array::constant(Chunk::new([30, 40, 50], Data::Float64(values.clone()))),
        )])
    };
    let sum = |program: &str| numbers(&run_with(program, arrays()).unwrap()[0]);
    let whole = sum("xp.sum(a)")[0].0;
    for program in [
        "xp.sum(xp.sum(a, axis=0))",
        "xp.sum(xp.sum(a, axis=(0, 2)))",
        "xp.sum(xp.sum(xp.sum(a, axis=1), axis=0))",
    ] {
        assert!((sum(program)[0].0 - whole).abs() < 1e-7, "{program}");
    }
    assert_eq!(sum("xp.sum(a, axis=(0, 2))"), sum("xp.sum(xp.permute_dims(a, (1, 0, 2)), axis=(1, 2))"));
}

#[test]
fn what_cannot_be_is_refused_before_anything_runs() {
    for (program, said) in [
        ("xp.asarray([1, 2]) + xp.asarray([1, 2, 3])", "cannot broadcast shape [2] with shape [3] in `add`"),
        ("xp.sum(xp.ones((2, 3)), axis=2)", "axis 2 of `sum` is not there: the array has 2 axes"),
        ("xp.sum(xp.ones((2, 3)), axis=(0, -2))", "axis 0 comes twice"),
        ("xp.ones((2, 3))[5]", "index 5 is beyond axis 0, which has 2 elements"),
        ("xp.ones((2, 3))[0, 0, 0]", "got indices for 3 axes"),
        ("xp.ones((2, 3))[xp.asarray([True, False, True])]", "got a mask of shape [3] for axes of shape [2]"),
        ("xp.ones((2, 3))[1.5]", "takes integers or booleans, and got float64"),
        ("xp.reshape(xp.ones(6), (4, -1))", "cannot make shape [4, -1]"),
        ("xp.max(xp.zeros((0, 3)))", "of no elements is not defined"),
        ("xp.ones((1048576, 1048576, 1048576))", "would make an array of shape"),
        ("xp.linalg.inv(xp.ones((2, 3)))", "takes square matrices"),
        ("xp.floor(xp.asarray([1j]))", "takes real numbers, and got complex128"),
        ("xp.unstack(xp.ones(1000000000))", "would make 1000000000 arrays"),
        ("xp.diff(xp.ones(1000000000), n=100000)", "is taken 0 to 4096 times"),
        ("xp.repeat(xp.ones(10), 4611686018427387904)", "would make an array of shape"),
        ("xp.linspace(0, 1, -1)", "takes 0 numbers or more"),
        ("xp.arange(0, inf)", "is no finite number of steps"),
        ("xp.linalg.diagonal(xp.ones((2, 2)), offset=-9223372036854775808).x", "an array of shape [0]"),
        ("xp.sin(xp.ones(2), axis=0)", "`sin` takes no `axis`"),
        ("xp.sine(xp.ones(2))", "arrays have no function `sine`; did you mean"),
        ("xp.zeros(2, dtype=\"float6\")", "knows no dtype \"float6\""),
        ("xp.asarray([1, 2], dtype=\"int8\") + 300", "got the integer 300, which int8 does not hold"),
        ("xp.matmul(xp.ones((2, 3)), xp.ones((2, 3)))", "takes 3 rows on the right for 3 columns"),
        ("xp.concat([xp.ones((2, 3)), xp.ones((2, 2))])", "takes arrays of one shape but for axis 0"),
        ("xp.asarray([[1, 2], [3]])", "takes an array, a number or lists of numbers"),
        ("xp.einsum(\"ij,jk\", xp.ones((2, 3)))", "2 terms for 1 arrays"),
        ("xp.einsum(\"ij->ii\", xp.ones((2, 3)))", "comes twice behind"),
        ("xp.einsum(\"ij->k\", xp.ones((2, 3)))", "is on no array"),
        ("xp.einsum(\"i...->i\", xp.ones((2, 3)))", "has no place behind"),
        ("xp.einsum(\"i1\", xp.ones((2, 3)))", "is no letter"),
        ("xp.einsum(\"ij,ij\", xp.ones((2, 3)), xp.ones((3, 2)))", "of lengths 2 and 3"),
        ("xp.kron(xp.ones(10000000000), xp.ones(10000000000))", "would make an array of shape"),
        ("xp.convolve(xp.ones(100000000), xp.ones(100000000))", "are the most"),
        ("xp.linalg.multi_dot([xp.ones(2)])", "takes 2 to 64 arrays"),
        ("xp.linalg.cond(xp.ones((2, 3)), 1)", "takes square matrices"),
        ("xp.linalg.norm(xp.ones((2, 2, 2)), 2)", "takes a vector or a matrix with `ord`"),
        ("xp.linalg.lstsq(xp.ones((2, 3)), xp.ones(3))", "takes 2 rows on the right"),
        ("xp.gradient(xp.ones(1))", "takes 2 elements or more along axis 0"),
        ("xp.gradient(xp.ones(4), xp.ones(3))", "takes a distance, or 4 places"),
        ("xp.sliding_window_view(xp.ones(4), 5)", "takes windows no longer than their axes"),
        ("xp.map_overlap(xp.ones(4), \"mean\", 0)", "takes a size of 1 to"),
        ("xp.map_overlap(xp.ones((4, 4)), \"median\", 1000)", "takes windows of 65536 elements at most"),
        ("xp.map_overlap(xp.ones(4), \"mode\")", "takes one of"),
        ("xp.map_overlap(xp.ones((4, 4)), \"convolve\", kernel=[1.0])", "takes a kernel of as many axes"),
        ("xp.coarsen(\"mean\", xp.ones(5), {0: 2})", "does not divide 5"),
        ("xp.coarsen(\"mode\", xp.ones(4), {0: 2})", "knows no reduction"),
        ("xp.pad(xp.ones(2), 4611686018427387904)", "would make an array of shape"),
        ("xp.pad(xp.ones((0, 2)), 1, \"edge\")", "has nothing to repeat along axis 0"),
        ("xp.pad(xp.ones(2), (1, 2, 3))", "takes as `pad_width` one value, a pair"),
        ("xp.pad(xp.asarray([1], dtype=\"int8\"), 1, constant_values=300)", "which int8 does not hold"),
        ("xp.insert(xp.ones(2), 3, 0)", "got the place 3, and the axis has 2 elements"),
        ("xp.delete(xp.ones(2), [0, 2])", "got the place 2, and the axis has 2 elements"),
        ("xp.resize(xp.ones(2), (-1,))", "takes lengths of 0 or more"),
        ("xp.block([[1], 2])", "takes lists that are all as deep"),
        ("xp.split(xp.ones(3), 2)", "takes a number of parts that divides the length"),
        ("xp.array_split(xp.ones(1000000), 1000000)", "takes 1 to 16384 parts"),
        ("xp.rot90(xp.ones((2, 2)), 1, (0, 0))", "comes twice"),
        ("xp.diag(xp.ones((2, 2, 2)))", "takes a row or a matrix"),
        ("xp.diag(xp.ones(2), 9223372036854775807)", "would make an array of shape"),
        ("xp.geomspace(1, -1)", "with one sign"),
        ("xp.tril_indices(10000000000)", "would make an array of shape"),
        ("xp.partition(xp.ones(3), 3)", "takes a `kth` of less than 3"),
        ("xp.choose(xp.ones(2), [1, 2])", "takes integers as places"),
        ("xp.trim_zeros(xp.ones(2), \"x\")", "trims \"f\", \"b\" or \"fb\""),
        ("xp.cbrt(xp.asarray([1j]))", "takes numbers, and got complex128"),
        ("xp.gcd(xp.ones(2), 1)", "takes integers, and got float64"),
        ("table(\"t\").head(xp.ones(2))", "takes an integer"),
        ("xp.quantile(xp.ones(3), [0.5, 1.5])", "takes `q` from 0 to 1, and got 1.5"),
        ("xp.percentile(xp.ones(3), -1)", "takes `q` from 0 to 100, and got -1"),
        ("xp.quantile(xp.ones(3), 0.5, method=\"liner\")", "takes one of \"inverted_cdf\", "),
        ("xp.quantile(xp.ones(3), 0.5, weights=xp.ones(3))", "takes weights with `method"),
        ("xp.quantile(xp.zeros((0, 3)), 0.5, axis=0)", "of no elements is not defined"),
        ("xp.median(xp.asarray([1j]))", "takes real numbers, and got complex128"),
        ("xp.average(xp.ones((2, 3)), weights=xp.ones(3))", "takes weights of the shape of the array"),
        ("xp.nanvar(xp.ones(3), ddof=1, correction=1)", "takes `ddof` or `correction`"),
        ("xp.histogram(xp.ones(3), 0)", "takes one bin or more"),
        ("xp.histogram(xp.ones(3), 1000000000000000)", "would make an array of shape"),
        ("xp.histogram(xp.ones(3), \"atuo\")", "or one of \"auto\", "),
        ("xp.histogram(xp.ones(3), 3, (2, 1))", "takes a range of two finite numbers"),
        ("xp.histogramdd(xp.ones((3, 2)), [1, 2, 3])", "a list of bins for 2 axes"),
        ("xp.histogramdd(xp.ones((3, 6)), 100000)", "would make an array of shape"),
        ("xp.bincount(xp.asarray([1, -2]))", "counts integers of 0 or more, and got -2"),
        ("xp.bincount(xp.asarray([9223372036854775807]))", "would make an array of shape"),
        ("xp.bincount(xp.ones(2))", "counts integers on one axis"),
        ("xp.digitize(xp.ones(2), xp.ones((2, 2)))", "bins on one axis"),
        ("xp.interp(xp.ones(2), xp.ones(2), xp.ones(3))", "takes points on one axis"),
        ("xp.cov(xp.ones((2, 2, 2)))", "takes at most two axes"),
        ("xp.random.normal(size=3)", "`random.normal` needs a `seed`"),
        ("xp.random.normal(0, -1, size=3, seed=1)", "takes a number of 0 or more as `scale`, and got -1"),
        ("xp.random.random((1048576, 1048576, 1048576), seed=1)", "would make an array of shape"),
        ("xp.ma.sum(xp.ones(2), xp.ones(3))", "cannot broadcast shape [3] with shape [2]"),
    ] {
        let error = run(program).map(|_| "nothing").unwrap_err();
        assert!(error.contains(said) || program.starts_with("table"), "{program}: {error}");
    }
}

#[test]
fn a_singular_matrix_is_refused_while_it_runs() {
    let error = run("xp.linalg.inv(xp.zeros((2, 2)))").unwrap_err();
    assert_eq!(error, "`linalg.inv` has no answer");
}

#[test]
fn random_numbers_do_not_depend_on_threads() {
    let program = "(random.normal(0, [1.0, 2.0], size=(40000, 2), seed=3), random.permutation(100000, seed=3), \
        random.choice(1000000, size=500, replace=False, seed=3), random.dirichlet([1, 2, 3], size=5000, seed=3))";
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(program).unwrap())
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn spaces_of_functions_may_be_names_of_values() {
    for program in ["random = xp.ones(2)\nrandom + 1", "ma = xp.ones(2)\nma.sum() + ma"] {
        assert_eq!(run(program).unwrap()[0].shape, [2], "{program}");
    }
    let sent = HashMap::from([("ma".into(), Array::constant(Chunk::new([2], Data::Int64(vec![1, 2]))))]);
    assert_eq!(run_with("ma.sum() + ma", sent).unwrap()[0].shape, [2]);
}

#[test]
fn places_that_are_not_there_are_refused_while_it_runs() {
    for (program, said) in [
        ("xp.choose(xp.asarray([0, 2]), [1, 2])", "got the place 2, and there are 2"),
        ("xp.unravel_index(xp.asarray([6]), (2, 3))", "got the place 6, and there are 6"),
        ("xp.compress([True, True, True], xp.ones(2))", "got a condition that holds at 2"),
    ] {
        let error = run(program).unwrap_err();
        assert!(error.contains(said), "{program}: {error}");
    }
}
