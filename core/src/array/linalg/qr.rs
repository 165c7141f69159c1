//! QR factorisation by Householder reflections.

use faer::Conj;

use super::columns::{Columns, add_product};
use super::scalar::{Float, Scalar};

/// Columns reflected one by one before the rest is updated by products. 16 to 64 do alike for float64.
const BLOCK: usize = 32;

/// How much of `q` is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The first min(m, n) columns.
    Reduced,
    /// All m columns.
    Complete,
}

/// `q · r = a`, each factor row-major, with k columns of `q`: min(m, n), or m for [`Mode::Complete`].
#[derive(Debug, Clone, PartialEq)]
pub struct Qr<T> {
    /// m × k, its columns orthonormal.
    pub q: Vec<T>,
    /// k × n, upper triangular, its diagonal real.
    pub r: Vec<T>,
}

/// The factors of the m × n matrix `a`. Signs are LAPACK's. NaN or infinities anywhere give NaN everywhere
/// but below the diagonal of `r`.
pub fn qr<T: Scalar>(a: &[T], m: usize, n: usize, mode: Mode) -> Qr<T> {
    let k = if mode == Mode::Reduced { m.min(n) } else { m };
    let factors = reflect(Columns::from_rows(a, m, n));
    Qr { q: factors.q(k).to_rows(), r: factors.r(k).to_rows() }
}

/// The triangle of [`qr`] alone: min(m, n) × n, row-major.
pub fn qr_triangle<T: Scalar>(a: &[T], m: usize, n: usize) -> Vec<T> {
    reflect(Columns::from_rows(a, m, n)).r(m.min(n)).to_rows()
}

/// The reflections of a factorisation, and `r` above them.
pub(super) struct Reflected<T: Scalar> {
    /// `r` on and above the diagonal; below, the vectors of the reflections without their leading ones.
    a: Columns<T>,
    taus: Vec<T>,
    /// What `r` is to be multiplied by.
    scale: T::Real,
}

/// Factorises by blocks of columns as LAPACK's geqrf.
pub(super) fn reflect<T: Scalar>(mut a: Columns<T>) -> Reflected<T> {
    if !a.finite() {
        a.data.fill(T::from_parts(T::Real::NAN, T::Real::NAN));
    }
    let scale = a.scale();
    let mut taus = Vec::with_capacity(a.rows.min(a.cols));
    for start in (0..a.rows.min(a.cols)).step_by(BLOCK) {
        let end = a.rows.min(a.cols).min(start + BLOCK);
        for col in start..end {
            let tau = reflection(&mut a.col_mut(col)[col..]);
            taus.push(tau);
            apply_one(&mut a, col, end, tau);
        }
        let block = Block::new(&a, start, &taus[start..end]);
        let rest = a.cols - end;
        block.apply(a.view_mut().submatrix_mut(start, end, block.v.rows, rest), true);
    }
    Reflected { a, taus, scale }
}

impl<T: Scalar> Reflected<T> {
    /// The first `k` columns of `q`.
    pub(super) fn q(&self, k: usize) -> Columns<T> {
        let mut q = Columns::eye(self.a.rows, k);
        for start in (0..self.taus.len()).step_by(BLOCK).rev() {
            let end = self.taus.len().min(start + BLOCK);
            let block = Block::new(&self.a, start, &self.taus[start..end]);
            block.apply(q.view_mut().submatrix_mut(start, start, block.v.rows, k - start), false);
        }
        q
    }

    /// The first `k` rows of `r`.
    pub(super) fn r(&self, k: usize) -> Columns<T> {
        let mut r = Columns::zeros(k, self.a.cols);
        for col in 0..self.a.cols {
            let rows = k.min(col + 1);
            for (to, from) in r.col_mut(col)[..rows].iter_mut().zip(self.a.col(col)) {
                *to = from.times(self.scale);
            }
        }
        r
    }
}

/// The reflection that turns `x` into a real multiple of the first unit vector: the multiple becomes `x[0]`,
/// the rest of the vector `x[1..]`, and the factor tau is the result (LAPACK's larfg).
fn reflection<T: Scalar>(x: &mut [T]) -> T {
    let Some((head, tail)) = x.split_first_mut() else { return T::ZERO };
    let norm = faer::ColRef::from_slice(tail).norm_l2();
    let nothing = T::Real::TINY / T::Real::EPSILON;
    if norm < nothing {
        tail.fill(T::ZERO);
        if head.im() == T::Real::ZERO || head.modulus() < nothing {
            *head = T::from_real(head.re());
            return T::ZERO;
        }
    }
    let alpha = *head;
    let length = alpha.modulus().hypotenuse(norm);
    let beta = if alpha.re() >= T::Real::ZERO { -length } else { length };
    let inverse = T::ONE.over(alpha - T::from_real(beta));
    tail.iter_mut().for_each(|x| *x *= inverse);
    *head = T::from_real(beta);
    T::from_parts((beta - alpha.re()) / beta, -alpha.im() / beta)
}

/// Applies the reflection in column `col` to the columns right of it, up to `end`.
fn apply_one<T: Scalar>(a: &mut Columns<T>, col: usize, end: usize, tau: T) {
    for right in col + 1..end {
        let (vector, target) = a.pair_mut(col, right);
        let (vector, target) = (&vector[col + 1..], &mut target[col..]);
        let Some((head, tail)) = target.split_first_mut() else { return };
        let inner = inner(vector, tail);
        let factor = (*head + inner) * tau.conjugate();
        *head -= factor;
        super::triangular::subtract(tail, vector, factor);
    }
}

/// The inner product of `x`, conjugated, with `y`.
fn inner<T: Scalar>(x: &[T], y: &[T]) -> T {
    let (x, y) = (faer::RowRef::from_slice(x), faer::ColRef::from_slice(y));
    faer::linalg::matmul::dot::inner_prod(x, Conj::Yes, y, Conj::No)
}

/// The product of some reflections as `1 - v · t · vᴴ`.
struct Block<T> {
    v: Columns<T>,
    t: Columns<T>,
}

impl<T: Scalar> Block<T> {
    /// The reflections in the columns of `a` from `start` on, one for each of `taus` (LAPACK's larft).
    fn new(a: &Columns<T>, start: usize, taus: &[T]) -> Self {
        let width = taus.len();
        let mut v = Columns::zeros(a.rows - start, width);
        for col in 0..width {
            v.set(col, col, T::ONE);
            v.col_mut(col)[col + 1..].copy_from_slice(&a.col(start + col)[start + col + 1..]);
        }
        let mut gram = Columns::zeros(width, width);
        add_product(gram.view_mut(), v.view().transpose(), Conj::Yes, v.view(), T::ONE);
        Self { t: triangle(&gram, taus), v }
    }

    /// Applies the product, or its conjugate transpose, to `c` from the left.
    fn apply(&self, mut c: faer::MatMut<'_, T>, adjoint: bool) {
        let width = self.t.cols;
        let mut inner = Columns::zeros(width, c.ncols());
        add_product(inner.view_mut(), self.v.view().transpose(), Conj::Yes, c.as_ref(), T::ONE);
        let mut factor = Columns::zeros(width, c.ncols());
        let (t, conj) =
            if adjoint { (self.t.view().transpose(), Conj::Yes) } else { (self.t.view(), Conj::No) };
        add_product(factor.view_mut(), t, conj, inner.view(), T::ONE);
        add_product(c.as_mut(), self.v.view(), Conj::No, factor.view(), -T::ONE);
    }
}

/// The factor `t` of a [`Block`], column by column, from the inner products of its vectors.
fn triangle<T: Scalar>(gram: &Columns<T>, taus: &[T]) -> Columns<T> {
    let mut t = Columns::zeros(taus.len(), taus.len());
    for (col, &tau) in taus.iter().enumerate() {
        t.set(col, col, tau);
        for row in 0..col {
            let sum = (row..col).fold(T::ZERO, |sum, k| sum + t.get(row, k) * gram.get(k, col));
            t.set(row, col, -sum * tau);
        }
    }
    t
}
