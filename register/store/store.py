"""Sets in and out of the database: a query gives a DataFrame, a DataFrame is inserted, put over or joined as a temporary table.

Knows no table by name: what is asked of which table stands with the step that asks it.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    CursorResult,
    Executable,
    Float,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    delete,
    func,
    select,
    true,
)
from sqlalchemy.types import TypeEngine

from register.store.promises import Promises

Rows = Iterable[tuple[Any, ...]]

UNIT = "\x1f"
"""Stands between the values of a row on their way out; the readers drop control characters, so no value holds it."""

PLAIN = pa_csv.ParseOptions(delimiter=UNIT, quote_char=False, ignore_empty_lines=False)
QUOTED = pa_csv.ParseOptions(delimiter=UNIT, quote_char='"', newlines_in_values=True, ignore_empty_lines=False)

BLOCK = 2**26
"""Bytes that are parsed at a time; also the longest row that can be read."""

BULK = 50_000
"""Rows from which it may pay to index a table again instead of with each row."""

SORTING_GAINS = 4
"""How many rows are sorted in the time in which one is put in its place."""


class Store:
    """One open transaction. run: its number, 0 when reading. day: the day on which it writes, none when reading.

    promises: what of it must hold beyond the database.
    """

    def __init__(self, connection: Connection, run: int, day: str = "") -> None:
        self.connection, self.run, self.day = connection, run, day
        self.promises = Promises()
        self._temporary: list[Table] = []
        self._unindexed: set[str] = set()

    def read(self, query: Select[Any]) -> pd.DataFrame:
        """The answer as a frame: text as `str`, yes or no as `bool`, missing as NaN; a fresh RangeIndex.

        An empty text is a missing one: no table holds it on purpose.
        """
        kinds = {str(column.name): _arrow(column.type) for column in query.selected_columns}
        told = self._copied(query) if self._is_postgres else self._joined(query)
        parts = [_table(said, kinds, options) for said, options in told]
        table = pa.concat_tables(parts) if parts else pa.schema(list(kinds.items())).empty_table()
        return pd.DataFrame({name: _array(table[name]) for name in kinds}, index=pd.RangeIndex(len(table)))

    def scalar(self, query: Select[Any]) -> Any:
        """The one value of a query's first row, None where it has no row."""
        return self.connection.execute(query).scalar()

    def execute(self, statement: Executable) -> CursorResult[Any]:
        """Carries out one statement; `.rowcount` says how many rows it touched."""
        return self.connection.execute(statement)

    def insert(self, table: Table, rows: pd.DataFrame) -> None:
        """Adds the rows; columns by name, those the table lacks must not be there."""
        if rows.empty:
            return
        rows = rows[[name for name in rows.columns if not rows[name].isna().all()] or rows.columns[:1]]
        if len(rows) >= BULK and (keys := [column.name for column in table.primary_key]):
            rows = rows.sort_values(keys)
        put = self._copy if self._is_postgres else self._put
        with self.indexing_later(table, len(rows)):
            for start in range(0, len(rows), BULK):
                put(table, rows.columns, _tuples(rows.iloc[start:start + BULK]))

    def upsert(self, table: Table, rows: pd.DataFrame) -> None:
        """Adds the rows, or puts them over those with the same primary key; columns not given keep their value."""
        if rows.empty:
            return
        names = [str(name) for name in rows.columns]
        stage = self.temporary(rows, table)
        dialect = import_module(f"sqlalchemy.dialects.{self.connection.dialect.name}")
        insert = dialect.insert(table).from_select(names, stage.select().where(true()))
        keys = [column.name for column in table.primary_key]
        changed = {name: insert.excluded[name] for name in names if name not in keys}
        self.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed) if changed
                     else insert.on_conflict_do_nothing(index_elements=keys))

    def replace(self, table: Table, rows: pd.DataFrame) -> None:
        """Makes the rows all the table holds."""
        self.execute(delete(table))
        self.insert(table, rows)

    def temporary(self, rows: pd.DataFrame, like: Table | None = None) -> Table:
        """The rows as a table of this transaction, to join with: deltas cost what the delta costs."""
        types = {name: like.c[name].type if like is not None else _type(rows[name]) for name in rows.columns}
        table = self._temporary_of(types)
        self.insert(table, rows)
        self._analyze(table)
        return table

    def keys(self, values: "pd.Series[str]", name: str = "record_key") -> Table:
        """Distinct values as a temporary table of one indexed column."""
        table = self._temporary_of({name: _type(values)})
        distinct = pa.array(values, from_pandas=True).unique().drop_null()
        put = self._copy if self._is_postgres else self._put
        for start in range(0, len(distinct), BULK):
            put(table, [name], zip(distinct[start:start + BULK].to_pylist(), strict=True))
        self.connection.exec_driver_sql(f'CREATE INDEX "ix_{table.name}" ON "{table.name}" ("{name}")')
        self._analyze(table)
        return table

    def _analyze(self, table: Table) -> None:
        """Tells the planner how large a temporary table is: nothing else ever does, and joins are planned by it."""
        self.connection.exec_driver_sql(f'ANALYZE "{table.name}"')

    def _temporary_of(self, types: dict[str, TypeEngine[Any]]) -> Table:
        columns = [Column(name, kind) for name, kind in types.items()]
        table = Table(f"temporary_{self.run}_{len(self._temporary)}", MetaData(), *columns, prefixes=["TEMPORARY"])
        table.create(self.connection, checkfirst=False)
        self._temporary.append(table)
        return table

    @contextmanager
    def indexing_later(self, table: Table, rows: int, columns: Sequence[str] = ()) -> Iterator[None]:
        """Within the block a table of which most is written has no index on the columns: sorting at the end is cheaper.

        rows: how many are written. columns: those that are; all by default.
        """
        indexes = [index for index in table.indexes if str(index.name) not in self._unindexed
                   and (not columns or {column.name for column in index.columns} & set(columns))]
        if rows < BULK or rows * SORTING_GAINS < self.connection.execute(select(func.count()).select_from(table)).scalar_one():
            indexes = []
        for index in indexes:
            index.drop(self.connection)
        self._unindexed.update(str(index.name) for index in indexes)
        yield
        self._unindexed.difference_update(str(index.name) for index in indexes)
        for index in indexes:
            index.create(self.connection)

    def drop_temporary(self) -> None:
        """Drops the temporary tables of this transaction."""
        for table in self._temporary:
            table.drop(self.connection, checkfirst=False)
        self._temporary.clear()

    @property
    def _is_postgres(self) -> bool:
        return self.connection.dialect.name == "postgresql"

    def _joined(self, query: Select[Any]) -> Iterator[tuple[pa.Buffer, pa_csv.ParseOptions]]:
        """SQLite's answer, each row made one text by the database: a Python object a row, not one a value."""
        form = UNIT.join("%!.17g" if isinstance(column.type, Float) else "%s" for column in query.selected_columns)
        names = ", ".join(f'"{column.name}"' for column in query.selected_columns)
        compiled: Any = query.compile(self.connection, compile_kwargs={"render_postcompile": True})
        values = tuple(compiled.params[name] for name in compiled.positiontup)
        result: Any = self.connection.exec_driver_sql(f"SELECT printf(?, {names}) FROM ({compiled})", (form, *values))
        while rows := result.cursor.fetchmany(BULK):
            lines = [line for line, in rows]
            said = "\n".join([*lines, ""])
            if said.count("\n") > len(lines) or "\r" in said:
                yield _owned(["\n".join([*(_quoted(line) for line in lines), ""]).encode()]), QUOTED
            else:
                yield _owned([said.encode()]), PLAIN

    def _copied(self, query: Select[Any]) -> Iterator[tuple[pa.Buffer, pa_csv.ParseOptions]]:
        """PostgreSQL's answer as its own bulk export gives it, in the same form."""
        compiled = query.compile(self.connection, compile_kwargs={"render_postcompile": True})
        cursor = self.connection.connection.cursor()
        with cursor.copy(f"COPY ({compiled}) TO STDOUT (FORMAT csv, DELIMITER '{UNIT}')", compiled.params) as copy:
            if (said := _owned(copy)).size:
                yield said, QUOTED

    def _put(self, table: Table, names: Iterable[str], rows: Rows) -> None:
        listed, marks = _listed(names)
        self.connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({listed}) VALUES ({marks})', list(rows))

    def _copy(self, table: Table, names: Iterable[str], rows: Rows) -> None:
        cursor = self.connection.connection.cursor()
        with cursor.copy(f'COPY "{table.name}" ({_listed(names)[0]}) FROM STDIN') as copy:
            for values in rows:
                copy.write_row(values)


def _listed(names: Iterable[str]) -> tuple[str, str]:
    """The names of columns, and a mark for each."""
    return ", ".join(f'"{name}"' for name in names), ", ".join("?" for _ in names)


def _tuples(rows: pd.DataFrame) -> Rows:
    return zip(*(pa.array(rows[name], from_pandas=True).to_pylist() for name in rows.columns), strict=True)


def _quoted(row: str) -> str:
    return UNIT.join('"' + value.replace('"', '""') + '"' if value else "" for value in row.split(UNIT))


def _type(values: "pd.Series[Any]") -> TypeEngine[Any]:
    if values.dtype == bool:
        return Boolean()
    if pd.api.types.is_integer_dtype(values.dtype):
        return BigInteger()
    return Float() if pd.api.types.is_float_dtype(values.dtype) else Text()


def _owned(parts: Iterable[bytes | memoryview]) -> pa.Buffer:
    """The parts, one after the other, in memory of Arrow's own.

    A thread of Arrow's that lets go of Python's memory while the interpreter is torn down aborts the process.
    """
    owned = pa.BufferOutputStream()
    for part in parts:
        owned.write(part)
    return owned.getvalue()


def _table(said: pa.Buffer, kinds: dict[str, pa.DataType], options: pa_csv.ParseOptions) -> pa.Table:
    """Lines of text as columns."""
    return pa_csv.read_csv(
        pa.BufferReader(said), parse_options=options,
        read_options=pa_csv.ReadOptions(column_names=list(kinds), block_size=BLOCK),
        convert_options=pa_csv.ConvertOptions(
            column_types=kinds, strings_can_be_null=True, null_values=[""],
            true_values=["1", "t"], false_values=["0", "f"]))


def _arrow(kind: TypeEngine[Any]) -> pa.DataType:
    if isinstance(kind, Boolean):
        return pa.bool_()
    if isinstance(kind, Integer):
        return pa.int64()
    return pa.float64() if isinstance(kind, Float) else pa.large_string()


def _array(values: pa.ChunkedArray) -> Any:
    """A missing yes or no is no; a number with gaps has a type that knows of them."""
    if values.type == pa.bool_():
        return values.fill_null(False).to_numpy()
    if values.type == pa.large_string():
        return TEXT.__from_arrow__(values.combine_chunks())
    return values.to_numpy() if not values.null_count else pd.array(values.to_pylist(), dtype=NULLABLE[values.type])


TEXT: Any = pd.StringDtype(na_value=np.nan)

NULLABLE = {pa.int64(): "Int64", pa.float64(): "float64"}
"""What a number with gaps becomes."""
