"""Writes rows `function a b c d re im` (bits of doubles, hexadecimal), the results from mpmath.

`values.py N SEED` writes N rows a function; the fixture is `values.py 24 1`.
"""
import math, random, struct, sys
import mpmath as mp

mp.mp.prec = 2600
N, SEED = int(sys.argv[1]), int(sys.argv[2])
ONLY = sys.argv[3].split(",") if len(sys.argv) > 3 else None
rng = random.Random(SEED)


def bits(x):
    return struct.pack(">d", x).hex()


def sgn():
    return rng.choice((-1.0, 1.0))


def part(low, high):
    return sgn() * 10.0 ** rng.uniform(low, high)


def plain():
    return complex(part(-3, 1), part(-3, 1))


def wide():
    return complex(part(-12, 12), part(-12, 12))


def extreme():
    return complex(part(-305, 305), part(-305, 305))


def edges():
    return complex(part(-323, -300) if rng.random() < 0.5 else part(300, 308), part(-323, -300) if rng.random() < 0.5 else part(300, 308))


def circle():
    t, r = rng.uniform(-math.pi, math.pi), 1 + part(-16, -1)
    return complex(r * math.cos(t), r * math.sin(t))


def around(*centres):
    def one():
        c = rng.choice(centres)
        return c + complex(part(-16, -1), part(-16, -1))
    return one


def mixed():
    return complex(part(-20, 2), part(-2, 2)) if rng.random() < 0.5 else complex(part(-2, 2), part(-20, 2))


def large_re():
    return complex(sgn() * rng.uniform(15, 760), part(-3, 3))


def level():
    """Along the curve where the real part of expm1 is 0."""
    b = part(-6, -0.01)
    return complex(-math.log(math.cos(b)) * (1 + part(-16, -1)), b)


def pow_wide():
    return complex(part(-8, 1.5), part(-8, 1.5))


def large_im():
    return complex(part(-3, 1), part(0, 20))


def log1p_circle():
    return circle() - 1


def swapped(f):
    def one():
        z = f()
        return complex(z.imag, z.real)
    return one


COMMON = [plain, wide, mixed]
KINDS = {
    "exp": COMMON[:1] + [mixed, large_re, large_im],
    "expm1": [plain, mixed, large_im, around(0), level],
    "log": COMMON + [extreme, edges, circle, around(1, -1, 1j, -1j)],
    "log2": COMMON + [extreme, circle],
    "log10": COMMON + [extreme, circle],
    "log1p": COMMON + [extreme, edges, around(0, -1, -2), log1p_circle],
    "sqrt": COMMON + [extreme, edges],
    "sinh": [plain, mixed, large_re, large_im],
    "cosh": [plain, mixed, large_re, large_im],
    "tanh": [plain, mixed, large_re, large_im],
    "sin": [plain, mixed, swapped(large_re), swapped(large_im)],
    "cos": [plain, mixed, swapped(large_re), swapped(large_im)],
    "tan": [plain, mixed, swapped(large_re), swapped(large_im)],
    "asin": COMMON + [extreme, edges, around(1, -1, 0), circle],
    "acos": COMMON + [extreme, edges, around(1, -1, 0), circle],
    "atan": COMMON + [extreme, edges, around(1j, -1j, 0), circle],
    "asinh": COMMON + [extreme, edges, around(1j, -1j, 0), circle],
    "acosh": COMMON + [extreme, edges, around(1, -1, 0), circle],
    "atanh": COMMON + [extreme, edges, around(1, -1, 0), circle],
    "sign": COMMON + [extreme, edges],
    "reciprocal": COMMON + [extreme, edges],
}
BINARY = {"divide": COMMON + [extreme, edges], "multiply": COMMON, "pow": [plain, pow_wide], "pow_whole": [plain]}
MP = {
    "exp": mp.exp, "expm1": lambda z: mp.exp(z) - 1, "log": mp.log, "log2": lambda z: mp.log(z) / mp.log(2),
    "log10": lambda z: mp.log(z) / mp.log(10), "log1p": lambda z: mp.log(1 + z), "sqrt": mp.sqrt,
    "sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "sinh": mp.sinh, "cosh": mp.cosh, "tanh": mp.tanh,
    "asin": mp.asin, "acos": mp.acos, "atan": mp.atan, "asinh": mp.asinh, "acosh": mp.acosh, "atanh": mp.atanh,
    "sign": lambda z: z / abs(z), "reciprocal": lambda z: 1 / z,
    "divide": lambda z, w: z / w, "multiply": lambda z, w: z * w, "pow": lambda z, w: mp.exp(w * mp.log(z)),
    "pow_whole": lambda z, w: z ** int(w.real),
}


def nearest(x):
    """The nearest double; infinite beyond the largest."""
    try:
        return float(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def row(name, z, w):
    big = [mp.mpc(mp.mpf(v.real), mp.mpf(v.imag)) for v in (z, w)]
    out = MP[name](*(big if name in BINARY else big[:1]))
    out = mp.mpc(out)
    parts = (z.real, z.imag, w.real, w.imag, nearest(out.real), nearest(out.imag))
    print(name, *map(bits, parts))


def power():
    """A base and an exponent whose power is a number."""
    while True:
        z, w = complex(part(-30, 30), part(-30, 30)), complex(part(-8, 3), part(-8, 3))
        if abs(mp.re(mp.mpc(w) * mp.log(mp.mpc(z)))) < 700:
            return z, w


for name, kinds in (KINDS | BINARY).items():
    for i in range(N):
        if ONLY and name not in ONLY:
            continue
        kind = kinds[i % len(kinds)]
        z, w = kind(), 0j
        if name in BINARY:
            w = kind()
        if name == "pow" and i % 3 == 0:
            z, w = power()
        if name == "pow_whole":
            w = complex(rng.randint(-60, 60))
        row(name, z, w)
