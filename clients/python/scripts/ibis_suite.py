"""Runs ibis' own suite on Pantile: a pytest plug-in for an unpacked source distribution of ibis.

    pip download --no-deps --no-binary :all: ibis-framework==12.0.* && tar xzf ibis_framework-*.tar.gz
    cd ibis_framework-*/
    git clone https://github.com/ibis-project/testing-data ci/ibis-testing-data
    PYTHONPATH=.:$HERE/scripts PANTILE_URL=http://localhost:8815 \\
        pytest ibis/backends -p ibis_suite -m datafusion -o xfail_strict=false --timeout 120

The suite knows its back ends by name, and so what each cannot do. Pantile goes by the name of DataFusion, whose SQL it
speaks: what is expected to fail there is expected to fail here. Without PANTILE_URL it is DataFusion itself that is
tested, to compare with. The suite wants `datafusion`, `filelock`, `pytest-benchmark`, `pytest-mock`, `pytest-snapshot`
and `pytest-timeout`. The server is to be a new one; its tables of TPC-H are called `h_…`, those of TPC-DS `ds_…`.
"""

from __future__ import annotations

import os
from typing import Any

import datafusion
import ibis.backends as backends

URL = os.environ.get("PANTILE_URL")
_names, _udf = backends._get_backend_names, datafusion.udf

# The suite looks for tests of every back end that is installed.
backends._get_backend_names = lambda *, exclude=(): _names(exclude=("pantile", *exclude))
# DataFusion has renamed the arguments since that ibis.
datafusion.udf = lambda f, input_types, return_type, volatility, name: _udf(
    f, input_types, return_type, volatility, name
)


def pytest_configure(config: Any) -> None:
    """The suite fails on warnings, and knows not those of newer libraries."""
    for name in (
        "pytest.PytestRemovedIn10Warning",
        "pytest.PytestApproxDecimalToleranceWarning",
        "pandas.errors.Pandas4Warning",
    ):
        config.addinivalue_line("filterwarnings", f"ignore::{name}")


def _pretend() -> None:
    import ibis.backends.datafusion as stock
    import ibis.backends.datafusion.tests.conftest as suite

    from pantile.ibis import Backend

    stock.Backend = type("Backend", (Backend,), {"name": "datafusion"})
    conf = suite.TestConf
    conf.connect = staticmethod(lambda *, tmpdir, worker_id, **options: stock.Backend().connect(URL, **options))
    conf._load_data, conf._load_tpc = _load_data, _load_tpc
    conf._tpc_table = lambda self, name, benchmark: self.connection.table(f"{benchmark}_{name}")
    conf._transform_tpc_sql = _renamed


def _load_data(self: Any, **_: Any) -> None:
    from ibis.backends.conftest import TEST_TABLES
    from ibis.backends.tests import data

    for name in TEST_TABLES:
        _put(self.connection, name, self.data_dir / "parquet" / f"{name}.parquet")
    for name in ("array_types", "win", "topk"):
        self.connection.create_table(name, getattr(data, name), overwrite=True)


def _load_tpc(self: Any, *, suite: str, scale_factor: str) -> None:
    for path in self.data_dir.joinpath(f"tpc{suite}", f"sf={scale_factor}", "parquet").glob("*.parquet"):
        _put(self.connection, f"{suite}_{path.stem}", path)


def _put(con: Any, name: str, path: Any) -> None:
    import pyarrow.parquet as pq

    if name not in con.list_tables():
        con.create_table(name, pq.read_table(path))


def _renamed(self: Any, parsed: Any, *, suite: str, leaves: Any) -> Any:
    from sqlglot import expressions as sge

    def rename(node: Any) -> Any:
        if isinstance(node, sge.Table) and node.name in leaves:
            alias = node.args.get("alias") or sge.TableAlias(this=sge.to_identifier(node.name))
            named = {**node.args, "this": sge.to_identifier(f"{suite}_{node.name}"), "alias": alias}
            return sge.Table(**named)
        return node

    return parsed.transform(rename)


if URL:
    _pretend()
