//! Functions of the eight integer types. Whatever leaves the type wraps around, as in NumPy.

/// `i8` to `i64` and `u8` to `u64`, through the few operations the functions below are made of.
pub trait Integer: Copy + Ord {
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// How many bits the type has.
    const BITS: u32;
    /// -1, or the largest value of an unsigned type: every bit set.
    const ALL_BITS: Self;

    /// The value as a count of bits; `None` when negative or beyond 32 bits.
    fn count(self) -> Option<u32>;
    /// Whether the lowest bit is set.
    fn is_odd(self) -> bool;
    /// The sum, wrapped.
    fn wrapping_add(self, other: Self) -> Self;
    /// The difference, wrapped.
    fn wrapping_sub(self, other: Self) -> Self;
    /// The product, wrapped.
    fn wrapping_mul(self, other: Self) -> Self;
    /// The quotient rounded towards zero; `None` for a divisor of 0. The least value by -1 wraps.
    fn quotient(self, divisor: Self) -> Option<Self>;
    /// The value shifted left, the count taken modulo the width.
    fn wrapping_shl(self, count: u32) -> Self;
    /// The value shifted right, sign and all, the count taken modulo the width.
    fn wrapping_shr(self, count: u32) -> Self;
}

macro_rules! integer {
    ($($type:ident)*) => {$(
        impl Integer for $type {
            const ZERO: $type = 0;
            const ONE: $type = 1;
            const BITS: u32 = $type::BITS;
            const ALL_BITS: $type = !0;

            #[inline]
            fn count(self) -> Option<u32> {
                u32::try_from(self).ok()
            }

            #[inline]
            fn is_odd(self) -> bool {
                self & 1 == 1
            }

            #[inline]
            fn wrapping_add(self, other: $type) -> $type {
                $type::wrapping_add(self, other)
            }

            #[inline]
            fn wrapping_sub(self, other: $type) -> $type {
                $type::wrapping_sub(self, other)
            }

            #[inline]
            fn wrapping_mul(self, other: $type) -> $type {
                $type::wrapping_mul(self, other)
            }

            #[inline]
            fn quotient(self, divisor: $type) -> Option<$type> {
                if divisor == 0 { None } else { Some($type::wrapping_div(self, divisor)) }
            }

            #[inline]
            fn wrapping_shl(self, count: u32) -> $type {
                $type::wrapping_shl(self, count)
            }

            #[inline]
            fn wrapping_shr(self, count: u32) -> $type {
                $type::wrapping_shr(self, count)
            }
        }
    )*};
}

integer!(i8 i16 i32 i64 u8 u16 u32 u64);

/// The sum, wrapped.
#[inline]
pub fn add<T: Integer>(x: T, y: T) -> T {
    x.wrapping_add(y)
}

/// The difference, wrapped.
#[inline]
pub fn subtract<T: Integer>(x: T, y: T) -> T {
    x.wrapping_sub(y)
}

/// The product, wrapped.
#[inline]
pub fn multiply<T: Integer>(x: T, y: T) -> T {
    x.wrapping_mul(y)
}

/// `0 - x`, wrapped: the least value is its own negative.
#[inline]
pub fn negative<T: Integer>(x: T) -> T {
    T::ZERO.wrapping_sub(x)
}

/// The magnitude, wrapped: the least value stays as it is.
#[inline]
pub fn abs<T: Integer>(x: T) -> T {
    if x < T::ZERO { negative(x) } else { x }
}

/// -1, 0 or 1 as `x` is below, at or above 0.
#[inline]
pub fn sign<T: Integer>(x: T) -> T {
    if x < T::ZERO { T::ALL_BITS } else { x.min(T::ONE) }
}

/// `x * x`, wrapped.
#[inline]
pub fn square<T: Integer>(x: T) -> T {
    x.wrapping_mul(x)
}

/// The larger of two.
#[inline]
pub fn maximum<T: Integer>(x: T, y: T) -> T {
    x.max(y)
}

/// The smaller of two.
#[inline]
pub fn minimum<T: Integer>(x: T, y: T) -> T {
    x.min(y)
}

/// `x` held between `low` and `high`; `high` where the bounds are crossed, as NumPy.
#[inline]
pub fn clip<T: Integer>(x: T, low: T, high: T) -> T {
    x.max(low).min(high)
}

/// The quotient rounded down; 0 for a divisor of 0, as NumPy; the least value by -1 is itself.
#[inline]
pub fn floor_divide<T: Integer>(dividend: T, divisor: T) -> T {
    let Some(quotient) = dividend.quotient(divisor) else { return T::ZERO };
    let rest = dividend.wrapping_sub(quotient.wrapping_mul(divisor));
    let opposed = (rest < T::ZERO) != (divisor < T::ZERO);
    if rest != T::ZERO && opposed { quotient.wrapping_sub(T::ONE) } else { quotient }
}

/// What [`floor_divide`] leaves over, with the divisor's sign; 0 for a divisor of 0, as NumPy.
#[inline]
pub fn remainder<T: Integer>(dividend: T, divisor: T) -> T {
    if divisor == T::ZERO {
        return T::ZERO;
    }
    dividend.wrapping_sub(floor_divide(dividend, divisor).wrapping_mul(divisor))
}

/// `base` to the power of `exponent`, wrapped.
///
/// A negative exponent gives the fraction rounded towards zero: 0, but for the bases 1 and -1. (NumPy
/// refuses it; the standard leaves it open.) Base 0 gives 0.
pub fn pow<T: Integer>(base: T, exponent: T) -> T {
    if exponent >= T::ZERO {
        power(base, exponent)
    } else if base == T::ONE || base == negative(T::ONE) {
        power(base, if exponent.is_odd() { T::ONE } else { T::ZERO })
    } else {
        T::ZERO
    }
}

/// By repeated squaring, from the lowest bit of `exponent` up.
fn power<T: Integer>(mut base: T, mut exponent: T) -> T {
    let mut result = T::ONE;
    while exponent > T::ZERO {
        if exponent.is_odd() {
            result = result.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent = exponent.wrapping_shr(1);
    }
    result
}

/// The bits of `x` moved up by `count`; 0 when `count` is negative or not below the width, as NumPy.
#[inline]
pub fn bitwise_left_shift<T: Integer>(x: T, count: T) -> T {
    match count.count() {
        Some(count) if count < T::BITS => x.wrapping_shl(count),
        _ => T::ZERO,
    }
}

/// The bits of `x` moved down by `count`, the sign filling up.
///
/// When `count` is negative or not below the width only the sign is left: 0 or -1, as NumPy.
#[inline]
pub fn bitwise_right_shift<T: Integer>(x: T, count: T) -> T {
    match count.count() {
        Some(count) if count < T::BITS => x.wrapping_shr(count),
        _ if x < T::ZERO => T::ALL_BITS,
        _ => T::ZERO,
    }
}
