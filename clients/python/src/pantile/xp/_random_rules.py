"""What the distributions take as parameters. Numbers are held against it at the call, arrays on the server."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from . import _dtype as dt

Rule = tuple[str, Callable[[float], bool]]

POSITIVE: Rule = ("above 0", lambda value: value > 0)
NOT_NEGATIVE: Rule = ("0 or more", lambda value: value >= 0)
CHANCE: Rule = ("from 0 to 1", lambda value: 0 <= value <= 1)
SOME_CHANCE: Rule = ("above 0 and up to 1", lambda value: 0 < value <= 1)
BELOW_ONE: Rule = ("from 0 to before 1", lambda value: 0 <= value < 1)
ABOVE_ONE: Rule = ("above 1", lambda value: value > 1)
WHOLE: Rule = ("a whole number from 0 to 2**53", lambda value: 0 <= value <= 2**53 and value == int(value))
PART: Rule = ("a whole number from 0 to 10**9", lambda value: 0 <= value <= 10**9 and value == int(value))
TAKEN: Rule = ("a whole number from 0 to 2 * 10**9", lambda value: 0 <= value <= 2 * 10**9 and value == int(value))

RULES: dict[str, dict[str, Rule]] = {
    "normal": {"scale": NOT_NEGATIVE},
    "lognormal": {"sigma": NOT_NEGATIVE},
    "exponential": {"scale": NOT_NEGATIVE},
    "standard_gamma": {"shape": NOT_NEGATIVE},
    "gamma": {"shape": NOT_NEGATIVE, "scale": NOT_NEGATIVE},
    "beta": {"a": POSITIVE, "b": POSITIVE},
    "chisquare": {"df": POSITIVE},
    "noncentral_chisquare": {"df": POSITIVE, "nonc": NOT_NEGATIVE},
    "f": {"dfnum": POSITIVE, "dfden": POSITIVE},
    "noncentral_f": {"dfnum": POSITIVE, "dfden": POSITIVE, "nonc": NOT_NEGATIVE},
    "standard_t": {"df": POSITIVE},
    "gumbel": {"scale": NOT_NEGATIVE},
    "laplace": {"scale": NOT_NEGATIVE},
    "logistic": {"scale": NOT_NEGATIVE},
    "pareto": {"a": POSITIVE},
    "power": {"a": POSITIVE},
    "rayleigh": {"scale": NOT_NEGATIVE},
    "vonmises": {"kappa": NOT_NEGATIVE},
    "wald": {"mean": POSITIVE, "scale": POSITIVE},
    "weibull": {"a": NOT_NEGATIVE},
    "binomial": {"n": WHOLE, "p": CHANCE},
    "negative_binomial": {"n": POSITIVE, "p": SOME_CHANCE},
    "geometric": {"p": SOME_CHANCE},
    "poisson": {"lam": NOT_NEGATIVE},
    "logseries": {"p": BELOW_ONE},
    "zipf": {"a": ABOVE_ONE},
    "hypergeometric": {"ngood": PART, "nbad": PART, "nsample": TAKEN},
}


def check(law: str, params: dict[str, Any]) -> None:
    """Refuses numbers that the distribution does not take."""
    numbers = {name: value for name, value in params.items() if isinstance(value, (int, float))}
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise ValueError(f"{law} takes a finite number as {name}, and not {value}")
        if name in RULES.get(law, {}):
            said, holds = RULES[law][name]
            if not holds(value):
                raise ValueError(f"{law} takes a number as {name} that is {said}, and not {value}")
    if len(numbers) == len(params):
        _check_together(law, numbers)


def _check_together(law: str, given: Mapping[str, float]) -> None:
    """Refuses numbers that do not go with one another."""
    if law == "uniform" and not 0 <= given["high"] - given["low"] < math.inf:
        raise ValueError(f"uniform takes a high that is low or above it, and got {given['low']} and {given['high']}")
    if law == "triangular" and not (given["left"] <= given["mode"] <= given["right"] != given["left"]):
        raise ValueError(f"triangular takes left, mode and right in that order, and got {given}")
    if law == "hypergeometric" and given["nsample"] > given["ngood"] + given["nbad"]:
        raise ValueError(f"hypergeometric takes no more than there are, and got {given}")


def check_bounds(low: int, last: int, dtype: dt.DType) -> None:
    """Refuses bounds that leave nothing, or that the dtype does not hold."""
    if low > last:
        raise ValueError(f"low is {low}, and no number from it on is below or at {last}")
    held = (0, 1) if dtype is dt.boolean else (dt.iinfo(dtype).min, dt.iinfo(dtype).max)
    if low < held[0] or last > held[1]:
        raise ValueError(f"{dtype} holds {held[0]} to {held[1]}, and the numbers are {low} to {last}")
