//! A matrix held by columns: what the row-major slices of callers are turned into, and back.

use faer::{Accum, Conj, MatMut, MatRef, Par};

use super::scalar::{Float, Scalar};

/// A matrix of `rows` × `cols` elements, column after column.
#[derive(Debug, Clone)]
pub(super) struct Columns<T> {
    pub(super) data: Vec<T>,
    pub(super) rows: usize,
    pub(super) cols: usize,
}

impl<T: Scalar> Columns<T> {
    /// A matrix of zeros.
    pub(super) fn zeros(rows: usize, cols: usize) -> Self {
        Self { data: vec![T::ZERO; rows * cols], rows, cols }
    }

    /// A matrix with ones on its diagonal and zeros elsewhere.
    pub(super) fn eye(rows: usize, cols: usize) -> Self {
        let mut eye = Self::zeros(rows, cols);
        for i in 0..rows.min(cols) {
            eye.set(i, i, T::ONE);
        }
        eye
    }

    /// The matrix whose rows follow one another in `a`.
    pub(super) fn from_rows(a: &[T], rows: usize, cols: usize) -> Self {
        assert_eq!(a.len(), rows * cols, "a matrix of {rows} × {cols}");
        Self { data: transposed(a, rows, cols), rows, cols }
    }

    /// The conjugate transpose of the matrix whose rows follow one another in `a`.
    pub(super) fn adjoint_from_rows(a: &[T], rows: usize, cols: usize) -> Self {
        assert_eq!(a.len(), rows * cols, "a matrix of {rows} × {cols}");
        Self { data: conjugated(a), rows: cols, cols: rows }
    }

    /// The elements, row after row.
    pub(super) fn to_rows(&self) -> Vec<T> {
        transposed(&self.data, self.cols, self.rows)
    }

    /// The elements of the conjugate transpose, row after row.
    pub(super) fn adjoint_to_rows(&self) -> Vec<T> {
        conjugated(&self.data)
    }

    pub(super) fn get(&self, row: usize, col: usize) -> T {
        self.data[col * self.rows + row]
    }

    pub(super) fn set(&mut self, row: usize, col: usize, value: T) {
        self.data[col * self.rows + row] = value;
    }

    pub(super) fn col(&self, col: usize) -> &[T] {
        &self.data[col * self.rows..(col + 1) * self.rows]
    }

    pub(super) fn col_mut(&mut self, col: usize) -> &mut [T] {
        &mut self.data[col * self.rows..(col + 1) * self.rows]
    }

    /// Two columns at once, the first of which lies left of the second.
    pub(super) fn pair_mut(&mut self, left: usize, right: usize) -> (&[T], &mut [T]) {
        let (head, tail) = self.data.split_at_mut(right * self.rows);
        (&head[left * self.rows..(left + 1) * self.rows], &mut tail[..self.rows])
    }

    /// Puts column `order[i]` in the place of column i; columns past the end of `order` stay.
    pub(super) fn reorder(&mut self, order: &[usize]) {
        if order.is_sorted() {
            return;
        }
        let head: Vec<T> = order.iter().flat_map(|&col| self.col(col).iter().copied()).collect();
        self.data[..head.len()].copy_from_slice(&head);
    }

    pub(super) fn view(&self) -> MatRef<'_, T> {
        MatRef::from_column_major_slice(&self.data, self.rows, self.cols)
    }

    pub(super) fn view_mut(&mut self) -> MatMut<'_, T> {
        MatMut::from_column_major_slice_mut(&mut self.data, self.rows, self.cols)
    }

    /// The matrix with zeros above its diagonal, and with the real parts only on it.
    pub(super) fn lower(mut self) -> Self {
        for col in 0..self.cols {
            let above = col.min(self.rows);
            self.col_mut(col)[..above].fill(T::ZERO);
            if let Some(x) = self.col_mut(col).get_mut(col) {
                *x = T::from_real(x.re());
            }
        }
        self
    }

    pub(super) fn finite(&self) -> bool {
        self.data.iter().all(|x| x.finite())
    }

    /// The largest absolute value of a real or imaginary part; NaN counts as nothing.
    pub(super) fn largest(&self) -> T::Real {
        let parts = self.data.iter().flat_map(|x| [x.re(), x.im()]);
        parts.fold(T::Real::ZERO, |max, part| part.magnitude().larger(max))
    }

    /// Divides by the power of two that brings the largest part near one, which is what comes back. No rounding
    /// but of numbers that vanish beside the largest. LAPACK's drivers do so for matrices near the limits.
    pub(super) fn scale(&mut self) -> T::Real {
        let exponent = self.largest().exponent();
        if exponent != 0 {
            let factor = T::Real::power_of_two(-exponent);
            self.data.iter_mut().for_each(|x| *x = x.times(factor));
        }
        T::Real::power_of_two(exponent)
    }

    /// Sets parts to zero that are so small beside the largest that their products leave the normal numbers.
    /// Far below what a backward stable algorithm loses anyway; faer divides by such products.
    pub(super) fn flush(&mut self) {
        let least = self.largest() * T::Real::power_of_two(-T::Real::SCALE_MAX / 3);
        let flushed = |x: T::Real| if x.magnitude() < least { T::Real::ZERO } else { x };
        self.data.iter_mut().for_each(|x| *x = T::from_parts(flushed(x.re()), flushed(x.im())));
    }
}

/// `c + alpha · a · b` in `c`, with `a` conjugated or not, on the calling thread.
pub(super) fn add_product<T: Scalar>(
    c: MatMut<'_, T>,
    a: MatRef<'_, T>,
    conj_a: Conj,
    b: MatRef<'_, T>,
    alpha: T,
) {
    faer::linalg::matmul::matmul_with_conj(c, Accum::Add, a, conj_a, b, Conj::No, alpha, Par::Seq);
}

/// The product of two matrices, on the calling thread.
pub(super) fn product<T: Scalar>(a: MatRef<'_, T>, b: MatRef<'_, T>) -> Columns<T> {
    let mut c = Columns::zeros(a.nrows(), b.ncols());
    add_product(c.view_mut(), a, Conj::No, b, T::ONE);
    c
}

fn conjugated<T: Scalar>(a: &[T]) -> Vec<T> {
    a.iter().map(|x| x.conjugate()).collect()
}

/// The elements of a matrix of `rows` × `cols` in the other order, in tiles that fit a cache.
fn transposed<T: Scalar>(a: &[T], rows: usize, cols: usize) -> Vec<T> {
    const TILE: usize = 32;
    let mut out = vec![T::ZERO; a.len()];
    for top in (0..rows).step_by(TILE) {
        for left in (0..cols).step_by(TILE) {
            for i in top..rows.min(top + TILE) {
                for j in left..cols.min(left + TILE) {
                    out[j * rows + i] = a[i * cols + j];
                }
            }
        }
    }
    out
}
