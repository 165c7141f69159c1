"""ibis expressions as the server's SQL: ibis' DataFusion compiler, with what DataFusion in Python needs Python for."""

from __future__ import annotations

from typing import Any, ClassVar

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.datafusion import DataFusionCompiler
from ibis.backends.sql.dialects import DataFusion


class Pantile(DataFusion):
    """The server's dialect: DataFusion's own, where ibis' is that of DataFusion set to PostgreSQL's."""

    class Generator(DataFusion.Generator):
        """Statements as text."""

        TRANSFORMS: ClassVar[dict[Any, Any]] = {
            **DataFusion.Generator.TRANSFORMS,
            # `#` is PostgreSQL's alone.
            sge.BitwiseXor: lambda self, it: self.binary(it, "^"),
        }


class PantileCompiler(DataFusionCompiler):
    """Parts of times by `date_part`, which counts them from the minute or from the epoch on."""

    __slots__ = ()

    dialect = Pantile
    SIMPLE_OPS: ClassVar[dict[type[ops.Value], str]] = {ops.Sign: "signum"}

    def visit_ExtractEpochSeconds(self, op: Any, *, arg: Any) -> Any:
        """Whole seconds: those before 1970 are rounded down, as a clock counts them."""
        return self.cast(self.f.floor(self.f.date_part("epoch", arg)), dt.int64)

    def visit_ExtractHour(self, op: Any, *, arg: Any) -> Any:
        """Of dates, too, whose hour is 0."""
        return self.f.date_part("hour", arg)

    def visit_ExtractMinute(self, op: Any, *, arg: Any) -> Any:
        """Of dates, too."""
        return self.f.date_part("minute", arg)

    def visit_ExtractSecond(self, op: Any, *, arg: Any) -> Any:
        """Of dates, too."""
        return self.f.date_part("second", arg)

    def visit_ExtractMillisecond(self, op: Any, *, arg: Any) -> Any:
        """Within the second; `date_part` counts from the minute on."""
        return self.f.date_part("millisecond", arg) % 1_000

    def visit_ExtractMicrosecond(self, op: Any, *, arg: Any) -> Any:
        """Within the second; `date_part` counts from the minute on."""
        return self.f.date_part("microsecond", arg) % 1_000_000


compiler = PantileCompiler()
