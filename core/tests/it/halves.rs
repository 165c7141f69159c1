//! `float16`: rounded once, moved bit by bit, and of the dtype that NumPy 2 has.

use std::collections::HashMap;
use std::sync::Arc;

use half::f16;
use pantile_core::array::{Array, Chunk, DType, Data, Element};

use super::arrays::run_with;

fn all() -> Vec<f16> {
    (0..=u16::MAX).map(f16::from_bits).collect()
}

fn given<T: Element>(name: &str, values: Vec<T>) -> (Arc<str>, Array) {
    (name.into(), Array::constant(Chunk::new([values.len()], T::data(values))))
}

/// What a program comes to with `a`, every number of 16 bits, and `b`, the same in another order.
fn of_all(program: &str) -> Chunk {
    let other =
        (0..=u16::MAX).map(|bits| f16::from_bits(bits.wrapping_mul(40_503).wrapping_add(9))).collect();
    let arrays = HashMap::from([given("a", all()), given("b", other)]);
    run_with(program, used(program, arrays))
        .unwrap_or_else(|error| panic!("{program}: {error}"))
        .swap_remove(0)
}

/// Those whose names the program has: it is to use what is sent.
fn used(program: &str, mut arrays: HashMap<Arc<str>, Array>) -> HashMap<Arc<str>, Array> {
    let words: Vec<&str> = program.split(|letter: char| !letter.is_alphanumeric()).collect();
    arrays.retain(|name, _| words.contains(&&**name));
    arrays
}

fn bits(chunk: &Chunk) -> Vec<u16> {
    chunk.values::<f16>().unwrap().iter().map(|value| value.to_bits()).collect()
}

#[test]
fn what_moves_elements_keeps_each_bit() {
    let plain: Vec<u16> = (0..=u16::MAX).collect();
    for program in [
        "a",
        "a[::-1][::-1]",
        "xp.flip(xp.flip(a))",
        "xp.reshape(xp.reshape(a, (256, 256)).T, (-1,))[xp.reshape(xp.reshape(xp.arange(65536), (256, 256)).T, (-1,))]",
        "xp.take(a, xp.arange(65536))",
        "xp.where(xp.isnan(b), a, a)",
        "xp.concat([a[:100], a[100:]])",
        "xp.hstack([a[:100], a[100:]])",
        "a.at[5:9].set(a[5:9])",
        "xp.astype(a, \"float16\")",
    ] {
        assert_eq!(bits(&of_all(program)), plain, "{program}");
    }
    let program = "xp.frombuffer(b\"\\x01\\x7c\\x00\\x80\", dtype=\"float16\")";
    assert_eq!(bits(&run_with(program, HashMap::new()).unwrap()[0]), [0x7c01, 0x8000]);
}

/// A function of two numbers in 64 bits.
type Exact = fn(f64, f64) -> f64;

#[test]
fn what_is_computed_is_rounded_once() {
    let (a, b) = (of_all("a"), of_all("b"));
    let (a, b) = (a.values::<f16>().unwrap(), b.values::<f16>().unwrap());
    // 64 bits hold every sum, difference and product of two of them exactly; roots and quotients far enough.
    let cases: [(&str, Exact); 6] = [
        ("a + b", |a, b| a + b),
        ("a - b", |a, b| a - b),
        ("a * b", |a, b| a * b),
        ("a / b", |a, b| a / b),
        ("xp.sqrt(a)", |a, _| a.sqrt()),
        ("xp.trunc(a)", |a, _| a.trunc()),
    ];
    for (program, exact) in cases {
        let wanted: Vec<f64> = a.iter().zip(b).map(|(a, b)| exact(a.to_f64(), b.to_f64())).collect();
        let arrays = HashMap::from([given("x", wanted)]);
        let wanted = run_with("xp.astype(x, \"float16\")", arrays).unwrap().swap_remove(0);
        let got = of_all(program);
        for (at, (got, wanted)) in bits(&got).into_iter().zip(bits(&wanted)).enumerate() {
            let both_nan = f16::from_bits(got).is_nan() && f16::from_bits(wanted).is_nan();
            assert!(
                got == wanted || both_nan,
                "{program} of {} and {}: {got:04x}, not {wanted:04x}",
                a[at],
                b[at]
            );
        }
    }
}

#[test]
fn the_next_number_is_one_step_away() {
    let up = bits(&of_all("xp.nextafter(a, xp.full_like(a, inf))"));
    for (bits, up) in (0..=u16::MAX).zip(up) {
        let (x, up) = (f16::from_bits(bits), f16::from_bits(up));
        match bits {
            _ if x.is_nan() => assert!(up.is_nan()),
            0x7c00 => assert_eq!(up, x),
            0x0000 | 0x8000 => assert_eq!(up.to_bits(), 1),
            0x8001 => assert_eq!(up.to_bits(), 0x8000),
            _ => assert!(up > x && up.to_bits().abs_diff(bits) == 1, "{x} and {up}"),
        }
    }
}

#[test]
fn dtypes_are_numpys() {
    use DType::*;
    for (program, dtype) in [
        ("xp.zeros(2, dtype=\"float16\")", Float16),
        ("xp.arange(3, dtype=float16)", Float16),
        ("a + 1", Float16),
        ("a * 0.1", Float16),
        ("a + True", Float16),
        ("a + 1j", Complex64),
        ("a + xp.ones(1, dtype=\"int8\")", Float16),
        ("a + xp.ones(1, dtype=\"uint8\")", Float16),
        ("a + xp.ones(1, dtype=\"bool\")", Float16),
        ("a + xp.ones(1, dtype=\"int16\")", Float32),
        ("a + xp.ones(1, dtype=\"int64\")", Float64),
        ("a + xp.ones(1, dtype=\"float32\")", Float32),
        ("a + xp.ones(1, dtype=\"complex64\")", Complex64),
        ("a > 1", Bool),
        ("xp.sin(a)", Float16),
        ("xp.sin(xp.ones(2, dtype=\"int8\"))", Float32),
        ("xp.sum(a)", Float16),
        ("xp.sum(a, dtype=\"float32\")", Float32),
        ("xp.sum(xp.arange(5), dtype=\"float16\")", Float16),
        ("xp.mean(a[1:9])", Float16),
        ("xp.std(a)", Float16),
        ("xp.median(a)", Float16),
        ("xp.quantile(a[1:9], 0.5)", Float16),
        ("xp.quantile(a[1:9], [0.5])", Float64),
        ("xp.sort(a)", Float16),
        ("xp.argsort(a)", Int64),
        ("xp.unique_values(a)", Float16),
        ("xp.cumulative_sum(a)", Float16),
        ("xp.matmul(a, b)", Float16),
        ("xp.fft.fft(a)", Complex64),
        ("xp.ldexp(a, xp.ones(1, dtype=\"int64\"))", Float16),
        ("xp.gradient(a, xp.arange(65536) / 2)", Float16),
        ("xp.choose(xp.zeros(65536, dtype=\"int64\"), [a, b])", Float16),
        ("xp.modf(a)[1]", Float16),
        ("xp.random.permutation(a, seed=1)", Float16),
        ("xp.linalg.inv(xp.eye(2, dtype=\"float16\"))", Float16),
        ("xp.ma.sum(a, a > 0)[0]", Float16),
    ] {
        assert_eq!(of_all(program).data.dtype(), dtype, "{program}");
    }
}

#[test]
fn numbers_beside_it_are_rounded_as_it_is() {
    for (program, value) in [
        // 2049 is 2048 there, and 1e-8 is 0.
        ("(xp.full(1, 2048.0, dtype=float16) == 2049)[0]", 1.0),
        ("xp.asarray(65504.0, dtype=float16) * 1e-8", 0.0),
        ("xp.asarray(1.0, dtype=float16) + 70000", f64::INFINITY),
        ("xp.nan_to_num(xp.asarray([inf], dtype=float16))[0]", 65504.0),
        ("xp.nan_to_num(xp.asarray([-inf], dtype=float16))[0]", -65504.0),
        // Rounded at each step it would stay at 2048.
        ("xp.sum(xp.ones(5000, dtype=float16))", 5000.0),
        ("xp.mean(xp.full(100000, 3.0, dtype=float16))", 3.0),
        ("xp.asarray(60000.0, dtype=float16) * 2", f64::INFINITY),
    ] {
        let got = of_all(&format!("xp.astype({program}, \"float64\")"));
        assert_eq!(*got.data, Data::Float64(vec![value]), "{program}");
    }
}

#[test]
fn what_is_refused_names_the_dtype_that_was_given() {
    let arrays = || HashMap::from([given("a", vec![f16::ONE])]);
    for (program, said) in [
        ("a & 1", "got float16"),
        ("xp.imag(a)", "got float16"),
        ("xp.asarray([1.0], dtype=\"float15\")", "did you mean"),
    ] {
        let error = run_with(program, used(program, arrays())).unwrap_err();
        assert!(error.contains(said), "{program}: {error}");
    }
}
