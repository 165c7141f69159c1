"""Writes rows `function x y result` (bits, 16 hexadecimal digits for f64 and 8 for f32), the results from NumPy."""
import numpy as np

NAMES = ["floor_divide", "remainder", "nextafter", "hypot", "logaddexp", "float_power"]
rng = np.random.default_rng(1)


def numbers(count):
    wide = rng.normal(size=count) * 10.0 ** rng.integers(-15, 15, count)
    tenths = rng.integers(-90, 90, count) / 10
    return np.concatenate([wide, tenths])


def rows(dtype, word, count=25):
    for name in NAMES:
        x, y = numbers(count).astype(dtype), numbers(count).astype(dtype)
        y[y == 0] = 3
        if name == "float_power":
            name, x, y = "power", abs(x), np.clip(y, -20, 20)
        wide = name not in ("floor_divide", "remainder", "nextafter")
        with np.errstate(all="ignore"):
            # What is rounded once is asked for in doubles.
            result = getattr(np, name)(*((x.astype("f8"), y.astype("f8")) if wide else (x, y))).astype(dtype)
        for triple in zip(x, y, result):
            print(name, *(f"{int(v.view(word)):0{v.itemsize * 2}x}" for v in triple))


rows("f8", "u8")
rows("f4", "u4")
