"""The SQLAlchemy dialect against the real server: tables, questions, transactions, pandas, what Superset looks up."""

import datetime
import decimal
import uuid
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import pantile
from pantile._local import LocalServer

sa = pytest.importorskip("sqlalchemy")
orm = pytest.importorskip("sqlalchemy.orm")


@pytest.fixture(scope="module")
def engine(server: LocalServer) -> Iterator[Any]:
    engine = sa.create_engine(server.url.replace("http", "pantile"))
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Any) -> Iterator[Any]:
    with engine.connect() as connection:
        yield connection


@pytest.fixture
def name(engine: Any) -> Iterator[str]:
    name = f"sa_{uuid.uuid4().hex[:12]}"
    yield name
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")


@pytest.fixture
def stock(engine: Any, name: str) -> Any:
    """A table with three rows."""
    table = sa.Table(name, sa.MetaData(), sa.Column("item", sa.Integer), sa.Column("n", sa.Integer))
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(table), [{"item": i, "n": 10 * i} for i in range(3)])
    return table


def counted(connection: Any, table: Any) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()


# Addresses.


@pytest.mark.parametrize(
    ("url", "address", "options"),
    [
        ("pantile://", ["http://localhost:8815", None], {}),
        ("pantile://host:99", ["http://host:99", None], {}),
        ("pantile://[::1]:99/", ["http://[::1]:99", None], {}),
        ("pantile://:secret@host?secure=true", ["https://host:8815", "secret"], {}),
        ("pantile://host?timeout=5&session=s&verify=false", ["http://host:8815", None],
         {"timeout": 5.0, "session": "s", "verify": False}),
    ],
)  # fmt: skip
def test_addresses(url: str, address: list[Any], options: dict[str, Any]) -> None:
    dialect = sa.create_engine(url).dialect
    assert dialect.create_connect_args(sa.make_url(url)) == (address, options)


def test_nobody_answers() -> None:
    with pytest.raises(sa.exc.OperationalError), sa.create_engine("pantile://127.0.0.1:1?retries=0").connect():
        pass


# Questions.


def test_texts(connection: Any) -> None:
    asked = sa.text("SELECT name FROM airlines WHERE carrier = :carrier")
    assert connection.execute(asked, {"carrier": "UA"}).scalar() == "United Air Lines Inc."
    assert connection.exec_driver_sql("SELECT ? + 1", (41,)).scalar() == 42


def test_expressions_as_pandas_has_them(connection: Any) -> None:
    flights = sa.Table("flights", sa.MetaData(), autoload_with=connection)
    asked = (
        sa.select(flights.c.carrier, sa.func.count().label("n"), sa.func.avg(flights.c.dep_delay).label("late"))
        .where(flights.c.month.in_([1, 2]), flights.c.origin != "JFK")
        .group_by(flights.c.carrier)
        .order_by(sa.desc("n"))
        .limit(4)
        .offset(1)
    )
    frame = pd.read_sql(sa.select(flights.c["carrier", "dep_delay", "month", "origin"]), connection)
    kept = frame[frame.month.isin([1, 2]) & (frame.origin != "JFK")].groupby("carrier").dep_delay
    expected = pd.DataFrame({"n": kept.size(), "late": kept.mean()}).reset_index()
    expected = expected.sort_values("n", ascending=False)[1:5].reset_index(drop=True)
    pd.testing.assert_frame_equal(pd.read_sql(asked, connection), expected, check_dtype=False)


A_TIME = datetime.datetime(2024, 3, 1, 12, 34, 56, 789012)
VALUES = [
    (sa.Integer, 7),
    (sa.BigInteger, 1 << 40),
    (sa.Boolean, True),
    (sa.Float, 1.1),
    (sa.Double, 1e300),
    (sa.Numeric(20, 4), decimal.Decimal("12345678901.2345")),
    (sa.Text, "naïve 'quoted' \"text\" ? :x $1"),
    (sa.String(10), ""),
    (sa.DateTime, A_TIME),
    (sa.DateTime(timezone=True), A_TIME.replace(tzinfo=datetime.timezone.utc)),
    (sa.Date, A_TIME.date()),
    (sa.Time, A_TIME.time()),
    (sa.LargeBinary, b"\x00\xffab"),
    (sa.JSON, {"a": [1, None]}),
    (sa.Uuid, uuid.UUID(int=5)),
    (sa.Interval, datetime.timedelta(days=2, microseconds=5)),
]


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=str)
def test_values_come_back(engine: Any, name: str, kind: Any, value: Any) -> None:
    table = sa.Table(name, sa.MetaData(), sa.Column("v", kind), sa.Column("w", sa.Integer))
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(table), [{"v": value, "w": 1}, {"v": None, "w": 2}])
    with engine.connect() as connection:
        assert connection.execute(sa.select(table.c.v).order_by(table.c.w)).scalars().all() == [value, None]
        if kind is not sa.JSON:
            assert connection.execute(sa.select(table.c.w).where(table.c.v == value)).scalar() == 1


CLAUSES = [
    (lambda t: t.c.item.in_([]), 0),
    (lambda t: t.c.item.not_in([]), 3),
    (lambda t: t.c.item.between(1, 2), 2),
    (lambda t: sa.cast(t.c.item, sa.Text).ilike("1%"), 1),
    (lambda t: sa.cast(t.c.item, sa.Text).regexp_match("[12]"), 2),
    (lambda t: t.c.item.is_distinct_from(None), 3),
    (lambda t: t.c.item / sa.literal(2) == 0.5, 1),
    (lambda t: t.c.item // 2 == 0, 2),
    (lambda t: sa.exists().where(t.c.item == 2), 3),
    (lambda t: sa.true(), 3),
]


@pytest.mark.parametrize(("clause", "rows"), CLAUSES, ids=range(len(CLAUSES)))
def test_clauses(connection: Any, stock: Any, clause: Any, rows: int) -> None:
    assert len(connection.execute(sa.select(stock.c.n).where(clause(stock))).all()) == rows


def test_rows_are_read_as_they_come(connection: Any) -> None:
    rows = connection.execution_options(yield_per=100).exec_driver_sql("SELECT * FROM flights, flights AS other")
    assert len(rows.fetchmany(5)) == 5
    rows.close()
    assert connection.exec_driver_sql("SELECT 1").scalar() == 1


# What changes something.


def test_rows_change(engine: Any, stock: Any) -> None:
    with engine.begin() as connection:
        assert connection.execute(sa.update(stock).where(stock.c.item > 0).values(n=stock.c.n + 1)).rowcount == 2
        assert connection.execute(sa.delete(stock).where(stock.c.item == 0)).rowcount == 1
    with engine.connect() as connection:
        assert connection.execute(sa.select(stock).order_by(stock.c.item)).all() == [(1, 11), (2, 21)]


def test_what_is_not_committed_was_never_there(engine: Any, stock: Any) -> None:
    with engine.connect() as one, engine.connect() as other:
        one.execute(sa.insert(stock).values(item=9, n=9))
        assert (counted(one, stock), counted(other, stock)) == (4, 3)
        one.rollback()
        assert counted(one, stock) == 3
        one.execute(sa.insert(stock).values(item=9, n=9))
        one.commit()
        assert counted(other, stock) == 4


def test_savepoints(engine: Any, stock: Any) -> None:
    with engine.begin() as connection:
        connection.execute(sa.insert(stock).values(item=5, n=5))
        with pytest.raises(RuntimeError), connection.begin_nested():
            connection.execute(sa.delete(stock))
            raise RuntimeError
        assert counted(connection, stock) == 4


def test_autocommit(engine: Any, stock: Any) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.insert(stock).values(item=9, n=9))
        connection.rollback()
        assert counted(connection, stock) == 4


def test_who_commits_first_wins(engine: Any, stock: Any) -> None:
    with engine.connect() as one, engine.connect() as other:
        for connection in (one, other):
            connection.execute(sa.update(stock).values(n=0))
        one.commit()
        with pytest.raises(sa.exc.OperationalError, match="meanwhile"):
            other.commit()
        other.rollback()
        assert counted(other, stock) == 3


def test_many_rows_are_few_statements(engine: Any, stock: Any) -> None:
    said: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *all: said.append(all[2]))
    with engine.begin() as connection:
        connection.execute(sa.insert(stock), [{"item": i, "n": i} for i in range(2500)])
    assert sum(text.startswith("INSERT") for text in said) < 10
    with engine.connect() as connection:
        assert counted(connection, stock) == 2503


def test_temporary_tables(connection: Any) -> None:
    connection.exec_driver_sql("CREATE TEMPORARY TABLE passing AS SELECT 1 AS a")
    assert connection.exec_driver_sql("SELECT a FROM passing").scalar() == 1


def test_keys_are_left_out_and_said_to_be(engine: Any, name: str) -> None:
    table = sa.Table(name, sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("v", sa.Text))
    with pytest.warns(sa.exc.SAWarning, match="key"):
        table.create(engine)


def test_classes(engine: Any, name: str) -> None:
    class Base(orm.DeclarativeBase):
        pass

    class Item(Base):
        __tablename__ = name
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True, autoincrement=False)
        label: orm.Mapped[str]

    with pytest.warns(sa.exc.SAWarning, match="key"):
        Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        session.add_all([Item(id=1, label="a"), Item(id=2, label="b")])
        session.commit()
        found = session.scalars(sa.select(Item).where(Item.label == "b")).one()
        found.label = "c"
        session.commit()
        assert [item.label for item in session.scalars(sa.select(Item).order_by(Item.id))] == ["a", "c"]


# What there is, as Superset and notebooks look it up.


def test_inspection(engine: Any) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE OR REPLACE VIEW sa_view AS SELECT carrier FROM airlines")
    looked = sa.inspect(engine)
    assert looked.default_schema_name == "main" and "main" in looked.get_schema_names()
    assert {"flights", "airlines"} <= set(looked.get_table_names()) and "sa_view" not in looked.get_table_names()
    assert looked.get_view_names(schema="main") == ["sa_view"]
    assert "airlines" in looked.get_view_definition("sa_view")
    assert looked.has_table("flights") and looked.has_table("sa_view") and not looked.has_table("flihgts")
    kinds = {column["name"]: column["type"] for column in looked.get_columns("flights")}
    assert isinstance(kinds["carrier"], sa.Text) and isinstance(kinds["time_hour"], sa.TIMESTAMP)
    assert looked.get_pk_constraint("flights")["constrained_columns"] == []
    assert looked.get_indexes("flights") == looked.get_foreign_keys("flights") == []
    with pytest.raises(sa.exc.NoSuchTableError):
        looked.get_columns("flihgts")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW sa_view")


def test_cursors_as_superset_uses_them(engine: Any) -> None:
    raw = engine.raw_connection()
    cursor = raw.cursor()
    cursor.execute("SELECT carrier, name FROM airlines ORDER BY 1")
    assert [column[0] for column in cursor.description] == ["carrier", "name"]
    assert cursor.fetchone() == ("9E", "Endeavor Air Inc.") and len(cursor.fetchmany(5)) == 5
    assert len(cursor.fetchall()) == 10 and cursor.fetchone() is None
    cursor.close()
    raw.close()
    assert engine.dialect.do_ping(engine.raw_connection().dbapi_connection)


def test_literals_in_the_text(engine: Any, connection: Any) -> None:
    """Superset shows statements whole, and runs them so."""
    flights = sa.Table("flights", sa.MetaData(), autoload_with=connection)
    asked = sa.select(sa.func.count()).where(
        flights.c.time_hour < datetime.datetime(2013, 2, 1), flights.c.carrier == "UA"
    )
    text = str(asked.compile(engine, compile_kwargs={"literal_binds": True}))
    assert "?" not in text
    assert connection.exec_driver_sql(text).scalar() == connection.execute(asked).scalar() > 4000


# pandas.


def test_pandas_writes_and_reads(engine: Any, name: str) -> None:
    frame = pd.DataFrame(
        {"k": range(3000), "t": pd.date_range("2024-01-01", periods=3000, freq="h"), "s": ["a", None, "c"] * 1000}
    )
    assert frame.to_sql(name, engine, index=False) == 3000
    back = pd.read_sql_query(f"SELECT * FROM {name} ORDER BY k", engine)
    pd.testing.assert_frame_equal(back, frame, check_dtype=False)
    frame.to_sql(name, engine, index=False, if_exists="append")
    assert pd.read_sql(f"SELECT count(*) AS n FROM {name}", engine).n[0] == 6000
    frame[:1].to_sql(name, engine, index=False, if_exists="replace")
    assert len(pd.read_sql_table(name, engine)) == 1
    with pytest.raises(ValueError, match="exists"):
        frame.to_sql(name, engine)


def test_pandas_reads_by_chunks(engine: Any) -> None:
    chunks = pd.read_sql("SELECT carrier FROM flights", engine, chunksize=100_000)
    assert [len(chunk) for chunk in chunks] == [100_000] * 3 + [36_776]


# What is refused.

WRONG = [
    ("SELECT dep_dealy FROM flights", sa.exc.ProgrammingError, pantile.ColumnNotFoundError, "dep_delay"),
    ("SELECT * FROM flihgts", sa.exc.ProgrammingError, pantile.DatasetNotFoundError, "flights"),
    ("SELECT 1/0", sa.exc.DataError, pantile.InvalidValueError, "zero"),
    ("CHOOSE 1", sa.exc.ProgrammingError, pantile.QuestionError, "CHOOSE"),
]


@pytest.mark.parametrize(("text", "kind", "cause", "said"), WRONG)
def test_errors(connection: Any, text: str, kind: Any, cause: Any, said: str) -> None:
    with pytest.raises(kind, match=said) as error:
        connection.exec_driver_sql(text).all()
    assert isinstance(error.value.orig.__cause__, cause)
    assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_indexes_are_refused(engine: Any, stock: Any) -> None:
    with pytest.raises(sa.exc.CompileError, match="no indexes"):
        sa.Index("i", stock.c.n).create(engine)


def test_cursors_without_a_question(engine: Any) -> None:
    raw = engine.raw_connection()
    with pytest.raises(pantile._dbapi.ProgrammingError, match="no question"):
        raw.cursor().fetchone()
    raw.close()
