//! Eigenvalues and eigenvectors of square matrices.

use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, evd_cplx, evd_real as evd_real_in, evd_scratch};
use faer::{MatRef, Par};
use num_complex::Complex;

use super::columns::{Columns, product};
use super::eig_repair::Hessenberg;
use super::scalar::{Float, Scalar};
use super::{Error, Result};

/// `a · vectors = vectors · diag(values)`, complex also for real matrices.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigen<C> {
    /// n values, in no order; those of a real matrix that are not real stand in pairs of conjugates.
    pub values: Vec<C>,
    /// n × n, row-major, one vector a column, of length one, its largest element real. Dependent where the
    /// matrix has too few of them.
    pub vectors: Vec<C>,
}

/// The eigenvalues and eigenvectors of the n × n matrix `a`, balanced first, as LAPACK's geev does.
///
/// # Errors
/// [`Error::NoConvergence`], always for NaN and infinities, and if a vector would not solve its equation.
pub fn eig<T: Scalar>(a: &[T], n: usize) -> Result<Eigen<T::Cx>> {
    let mut balanced = Balanced::new(Columns::from_rows(a, n, n))?;
    let mut raw = balanced.twice(solved)?;
    for col in 0..n {
        balanced.undo(raw.vectors.col_mut(col));
        normalise(raw.vectors.col_mut(col));
    }
    Ok(Eigen { values: balanced.values(raw.values), vectors: raw.vectors.to_rows() })
}

/// The eigenvalues of the n × n matrix `a`, in no order.
///
/// # Errors
/// [`Error::NoConvergence`], always for NaN and infinities.
pub fn eigvals<T: Scalar>(a: &[T], n: usize) -> Result<Vec<T::Cx>> {
    let mut balanced = Balanced::new(Columns::from_rows(a, n, n))?;
    let raw = balanced.twice(|a| evd(a, false))?;
    Ok(balanced.values(raw.values))
}

const NO_CONVERGENCE: Error = Error::NoConvergence { op: "eig" };

/// Eigenvalues, and eigenvectors of any length or none at all.
pub struct Raw<C> {
    pub(super) values: Vec<C>,
    pub(super) vectors: Columns<C>,
}

/// faer does not say when its iteration gives up; the values that it never wrote are still NaN then.
fn evd<T: Scalar>(a: &Columns<T>, vectors: bool) -> Result<Raw<T::Cx>> {
    if a.rows == 0 {
        return Ok(Raw { values: Vec::new(), vectors: Columns::zeros(0, 0) });
    }
    let raw = T::evd(a.view(), vectors)?;
    if raw.values.iter().all(|value| value.finite()) { Ok(raw) } else { Err(NO_CONVERGENCE) }
}

/// [`Scalar::evd`] of the complex types.
pub(super) fn evd_complex<R: Float>(a: MatRef<'_, Complex<R>>, vectors: bool) -> Result<Raw<Complex<R>>>
where
    Complex<R>: Scalar<Real = R>,
{
    let n = a.nrows();
    let mut scratch = scratch::<Complex<R>>(n, vectors);
    let stack = MemStack::new(&mut scratch);
    let mut values = vec![Complex { re: R::NAN, im: R::NAN }; n];
    let mut raw = Columns::zeros(n, if vectors { n } else { 0 });
    let out = vectors.then(|| raw.view_mut());
    let out_values = DiagMut::from_slice_mut(&mut values);
    evd_cplx(a, out_values, None, out, Par::Seq, stack, Default::default()).map_err(|_| NO_CONVERGENCE)?;
    Ok(Raw { values, vectors: raw })
}

/// [`Scalar::evd`] of the real types.
pub(super) fn evd_real<R: Float + Scalar<Real = R>>(
    a: MatRef<'_, R>,
    vectors: bool,
) -> Result<Raw<Complex<R>>>
where
    Complex<R>: Scalar<Real = R>,
{
    let n = a.nrows();
    let mut scratch = scratch::<R>(n, vectors);
    let stack = MemStack::new(&mut scratch);
    let (mut re, mut im) = (vec![<R as Float>::NAN; n], vec![<R as Float>::NAN; n]);
    let mut raw = Columns::zeros(n, if vectors { n } else { 0 });
    let out = vectors.then(|| raw.view_mut());
    let (out_re, out_im) = (DiagMut::from_slice_mut(&mut re), DiagMut::from_slice_mut(&mut im));
    evd_real_in(a, out_re, out_im, None, out, Par::Seq, stack, Default::default())
        .map_err(|_| NO_CONVERGENCE)?;
    let values: Vec<_> = re.into_iter().zip(im).map(|(re, im)| Complex { re, im }).collect();
    let vectors = if vectors { unpacked(&values, &raw) } else { Columns::zeros(n, 0) };
    Ok(Raw { values, vectors })
}

fn scratch<T: Scalar>(n: usize, vectors: bool) -> MemBuffer {
    let want = if vectors { ComputeEigenvectors::Yes } else { ComputeEigenvectors::No };
    MemBuffer::new(evd_scratch::<T>(n, ComputeEigenvectors::No, want, Par::Seq, Default::default()))
}

/// Complex vectors from real columns: a pair of conjugate values has real and imaginary part side by side.
fn unpacked<R: Float + Scalar>(values: &[Complex<R>], raw: &Columns<R>) -> Columns<Complex<R>>
where
    Complex<R>: Scalar<Real = R>,
{
    let n = raw.rows;
    let zeros = vec![<R as Float>::ZERO; n];
    let mut out = Columns::zeros(n, n);
    let mut col = 0;
    while col < n {
        let paired = values[col].im != <R as Float>::ZERO && col + 1 < n;
        let im = if paired { raw.col(col + 1) } else { &zeros };
        for (row, (&re, &im)) in raw.col(col).iter().zip(im).enumerate() {
            out.set(row, col, Complex { re, im });
            if paired {
                out.set(row, col + 1, Complex { re, im: -im });
            }
        }
        col += if paired { 2 } else { 1 };
    }
    out
}

/// Eigenvalues, and for each a vector of length one that solves its equation.
fn solved<T: Scalar>(a: &Columns<T>) -> Result<Raw<T::Cx>> {
    let mut raw = evd(a, true)?;
    (0..a.cols).for_each(|col| normalise(raw.vectors.col_mut(col)));
    repair(a, &mut raw)?;
    Ok(raw)
}

/// Replaces the vectors that do not solve their equation, as faer's do where they overflow: in matrices with
/// long chains of generalised eigenvectors.
fn repair<T: Scalar>(a: &Columns<T>, raw: &mut Raw<T::Cx>) -> Result<()> {
    let n = a.rows;
    let data = a.data.iter().map(|x| x.to_complex()).collect();
    let a: Columns<T::Cx> = Columns { data, rows: n, cols: n };
    let tolerance = length(&a.data) * T::Real::EPSILON * T::Real::of(32.0 * (n as f64).sqrt());
    let wrong: Vec<_> = unsolved(&a, raw, tolerance);
    if wrong.is_empty() {
        return Ok(());
    }
    let hessenberg = Hessenberg::new(&a);
    for &col in &wrong {
        let vector = hessenberg.vector(raw.values[col]);
        raw.vectors.col_mut(col).copy_from_slice(&vector);
        normalise(raw.vectors.col_mut(col));
    }
    let last = tolerance * T::Real::of(32.0);
    if unsolved(&a, raw, last).is_empty() { Ok(()) } else { Err(NO_CONVERGENCE) }
}

/// The columns `v` of length one for which `a · v - value · v` is longer than `tolerance`, or NaN.
fn unsolved<C: Scalar>(a: &Columns<C>, raw: &Raw<C>, tolerance: C::Real) -> Vec<usize> {
    let mut left = product(a.view(), raw.vectors.view());
    let mut solved = |col: usize| {
        let (vector, value) = (raw.vectors.col(col), raw.values[col]);
        left.col_mut(col).iter_mut().zip(vector).for_each(|(x, &v)| *x -= v * value);
        length(left.col(col)) <= tolerance
    };
    (0..a.cols).filter(|&col| !solved(col)).collect()
}

fn length<T: Scalar>(x: &[T]) -> T::Real {
    faer::ColRef::from_slice(x).norm_l2()
}

/// Brings a vector to length one and its largest element to the real axis, as LAPACK does.
fn normalise<C: Scalar>(vector: &mut [C]) {
    let largest = vector.iter().fold(C::Real::ZERO, |max, x| x.size().larger(max));
    let factor = C::Real::power_of_two(-largest.exponent());
    vector.iter_mut().for_each(|x| *x = x.times(factor));
    let norm = C::from_real(length(vector));
    let (mut top, mut size) = (0, C::Real::ZERO);
    for (row, x) in vector.iter_mut().enumerate() {
        *x = x.over(norm);
        if x.modulus() > size {
            (top, size) = (row, x.modulus());
        }
    }
    let Some(&head) = vector.get(top) else { return };
    if head.im() != C::Real::ZERO {
        let phase = head.conjugate().over(C::from_real(size));
        vector.iter_mut().for_each(|x| *x *= phase);
        vector[top] = C::from_real(vector[top].re());
    }
}

/// A matrix scaled as a whole, then `d⁻¹ · a · d` with a diagonal `d` of powers of two that brings each row to
/// the length of its column (Parlett and Reinsch, Numerische Mathematik 13, 1969, in the 2-norm).
struct Balanced<T: Scalar> {
    a: Columns<T>,
    exponents: Vec<i32>,
    /// Both are powers of two; their product may leave the numbers.
    scales: [T::Real; 2],
}

impl<T: Scalar> Balanced<T> {
    fn new(mut a: Columns<T>) -> Result<Self> {
        if !a.finite() {
            return Err(NO_CONVERGENCE);
        }
        let first = a.scale();
        let mut balanced = Self { exponents: vec![0; a.rows], a, scales: [first; 2] };
        // Each sweep that changes something shrinks the matrix by a twentieth; a handful do.
        for _ in 0..32 {
            let changed = (0..balanced.a.rows).filter(|&i| balanced.balance(i)).count();
            if changed == 0 {
                break;
            }
        }
        balanced.scales[1] = balanced.a.scale();
        Ok(balanced)
    }

    /// What `solve` makes of the matrix; once more without its smallest elements where products of them spoilt
    /// the first try.
    fn twice<X>(&mut self, solve: impl Fn(&Columns<T>) -> Result<X>) -> Result<X> {
        solve(&self.a).or_else(|_| {
            self.a.flush();
            solve(&self.a)
        })
    }

    /// Balances one row with its column; whether that was worth it.
    fn balance(&mut self, i: usize) -> bool {
        let n = self.a.rows;
        // The diagonal counts, too: a matrix is not balanced for elements that are nothing beside it (James, Langou and Lowery,
        // "On matrix balancing and eigenvector computation", 2014).
        let row: Vec<T> = (0..n).map(|col| self.a.get(i, col)).collect();
        let (c, r) = (length(self.a.col(i)), length(&row));
        let exponent = (r.exponent() - c.exponent()) / 2;
        let total = self.exponents[i] + exponent;
        if c == T::Real::ZERO || r == T::Real::ZERO || total.abs() > T::Real::SCALE_MAX / 2 {
            return false;
        }
        let (up, down) = (T::Real::power_of_two(exponent), T::Real::power_of_two(-exponent));
        if c * up + r * down >= (c + r) * T::Real::of(0.95) {
            return false;
        }
        self.exponents[i] = total;
        self.a.col_mut(i).iter_mut().for_each(|x| *x = x.times(up));
        (0..n).for_each(|col| self.a.set(i, col, self.a.get(i, col).times(down)));
        true
    }

    /// Turns a vector of the balanced matrix into one of the matrix.
    fn undo(&self, vector: &mut [T::Cx]) {
        let most = self.exponents.iter().copied().max().unwrap_or(0);
        for (x, exponent) in vector.iter_mut().zip(&self.exponents) {
            *x = x.times(T::Real::power_of_two(exponent - most));
        }
    }

    fn values(&self, values: Vec<T::Cx>) -> Vec<T::Cx> {
        let [first, second] = self.scales;
        values.into_iter().map(|value| value.times(second).times(first)).collect()
    }
}
