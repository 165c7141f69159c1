//! Dense linear algebra of one matrix at a time: products, factorisations, solvers and spectra.
//!
//! Matrices come and go as row-major slices and vectors; inside they are held by columns ([`columns`]) and
//! handed to faer. Everything here is a pure function on the calling thread.
//! LU, QR and the triangular solves are our own loops over faer's products: faer's LU turns a singular matrix
//! into NaN, and its QR drops columns that a float32 can still tell apart.
//!
//! Absent on purpose: stacks of matrices, axes, dtypes and defaults of tolerances. Those are the caller's.
//! Slices whose length is not rows × columns are a mistake of the caller and panic.
//!
//! Start at [`scalar`] for the element types, then at the function you came for.

mod cholesky;
mod columns;
mod eig;
mod eig_repair;
mod eigh;
mod least;
mod lu;
pub mod panels;
mod product;
mod qr;
mod scalar;
mod solve;
mod svd;
#[cfg(test)]
mod tests;
mod triangular;

pub use cholesky::cholesky;
pub use eig::{Eigen, eig, eigvals};
pub use eigh::{Eigh, eigh, eigvalsh};
pub use least::{LeastSquares, lstsq, pinv};
pub use lu::{Lu, lu, permutation};
pub use product::{add_product, matmul};
pub use qr::{Mode, Qr, qr, qr_triangle};
pub use scalar::{Float, Scalar};
pub use solve::{Determinant, det, inv, log_product, product, slogdet, solve};
pub use svd::{Svd, svd, svdvals};

/// Why a matrix has no answer. What the caller can do depends on the matrix alone, never on a second try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A pivot of the LU factorisation is exactly zero. The caller can ask for `pinv` or `lstsq`.
    #[error("the matrix is singular: pivot {pivot} is zero")]
    Singular {
        /// Column of the pivot, from 0.
        pivot: usize,
    },
    /// A leading minor is not positive, or the matrix holds NaN or infinities.
    #[error("the matrix is not positive definite: leading minor {minor}")]
    NotPositiveDefinite {
        /// Order of the minor, from 1.
        minor: usize,
    },
    /// An iteration found no end, as it does not with NaN or infinities in the matrix.
    #[error("`{op}` does not converge")]
    NoConvergence {
        /// What was computed.
        op: &'static str,
    },
}

/// What a function here comes back with.
pub type Result<T> = std::result::Result<T, Error>;
