"""The sections of the pages: where the names of each come from, and its table of cases."""

from __future__ import annotations

import inspect

import pandas as pd
from pandas.core.arrays.categorical import CategoricalAccessor
from pandas.core.groupby import DataFrameGroupBy, SeriesGroupBy
from pandas.core.indexes.accessors import DatetimeProperties, PeriodProperties, TimedeltaProperties
from pandas.core.resample import Resampler
from pandas.core.strings.accessor import StringMethods
from pandas.core.window import Expanding, Rolling

from names import Cases
from names.accessors import CAT, DT, STR
from names.columns import SERIES
from names.frames import DATAFRAME
from names.functions import FUNCTIONS
from names.groups import DATAFRAME_GROUP_BY, SERIES_GROUP_BY
from names.indexes import INDEX
from names.windows import EXPANDING, RESAMPLER, ROLLING

PANDAS: dict[str, tuple[type, ...]] = {
    "DataFrame": (pd.DataFrame,),
    "Series": (pd.Series,),
    "Index": (pd.Index,),
    "DataFrameGroupBy": (DataFrameGroupBy,),
    "SeriesGroupBy": (SeriesGroupBy,),
    "Rolling": (Rolling,),
    "Expanding": (Expanding,),
    "Resampler": (Resampler,),
    "Series.str": (StringMethods,),
    "Series.dt": (DatetimeProperties, TimedeltaProperties, PeriodProperties),
    "Series.cat": (CategoricalAccessor,),
    "Functions": (),
}
TABLES: dict[str, Cases] = {
    "DataFrame": DATAFRAME,
    "Series": SERIES,
    "Index": INDEX,
    "DataFrameGroupBy": DATAFRAME_GROUP_BY,
    "SeriesGroupBy": SERIES_GROUP_BY,
    "Rolling": ROLLING,
    "Expanding": EXPANDING,
    "Resampler": RESAMPLER,
    "Series.str": STR,
    "Series.dt": DT,
    "Series.cat": CAT,
    "Functions": FUNCTIONS,
}
# Of the top level: settings, and what is said about pandas itself. Its types of values are none of a frame's.
SETTINGS = {
    "describe_option", "get_option", "option_context", "options", "reset_option", "set_option",
    "set_eng_float_format", "show_versions", "test",
}  # fmt: skip
MAKERS = {"DataFrame", "Series", "Index", "Grouper", "NamedAgg"}


def public(title: str) -> set[str]:
    """The public names of a section, as the installed pandas has them."""
    if title == "Functions":
        return {name for name in dir(pd) if not name.startswith("_") and _is_function(name)}
    return {name for kind in PANDAS[title] for name in dir(kind) if not name.startswith("_")}


def _is_function(name: str) -> bool:
    found = getattr(pd, name)
    plain = callable(found) and not inspect.ismodule(found) and not inspect.isclass(found)
    return name in MAKERS or (plain and name[0].islower() and name not in SETTINGS)
