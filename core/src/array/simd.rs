//! Loops compiled three times: for the least that a processor has, for AVX2 and for AVX-512.
//!
//! Nothing is rounded otherwise for it: a loop does the same operations in the same order in each of the three, as no
//! product and sum are contracted into one instruction. So an answer is the same on every processor.

/// A loop over elements.
///
/// `run` is to be `#[inline(always)]`, as must be what it calls: what is inlined into the function for a kind of
/// processor is compiled for it.
pub trait Loop {
    /// What comes of it.
    type Output;

    /// Runs it.
    fn run(self) -> Self::Output;
}

/// Runs the loop with the widest vectors that this processor has.
#[inline]
pub fn widest<L: Loop>(work: L) -> L::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if has_avx512() {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { on_avx512(work) };
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { on_avx2(work) };
        }
    }
    work.run()
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    use std::arch::is_x86_feature_detected as has;
    has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl")
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn on_avx512<L: Loop>(work: L) -> L::Output {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn on_avx2<L: Loop>(work: L) -> L::Output {
    work.run()
}
