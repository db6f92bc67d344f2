"""Sets in and out of the database: a query gives a DataFrame, a DataFrame is inserted, put over or joined as a temporary table.

Knows no table by name: what is asked of which table stands with the step that asks it.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
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
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine


class Store:
    """One open transaction. `run` is its number, 0 when reading."""

    def __init__(self, connection: Connection, run: int) -> None:
        self.connection, self.run = connection, run
        self._temporary: list[Table] = []

    def read(self, query: Select[Any]) -> pd.DataFrame:
        """The answer as a frame: text as `str`, yes or no as `bool`, missing as NaN; a fresh RangeIndex."""
        rows = self.connection.execute(query).fetchall()
        kinds = [(column.name, column.type) for column in query.selected_columns]
        values = list(zip(*rows, strict=True)) or [()] * len(kinds)
        return pd.DataFrame({name: _series(of, kind) for (name, kind), of in zip(kinds, values, strict=True)})

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
        names = [str(name) for name in rows.columns]
        tuples = zip(*(_plain(rows[name]) for name in rows.columns), strict=True)
        if self.connection.dialect.name == "postgresql":
            self._copy(table, names, tuples)
        else:
            marks = ", ".join("?" * len(names))
            columns = ", ".join(f'"{name}"' for name in names)
            self.connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', list(tuples))

    def upsert(self, table: Table, rows: pd.DataFrame) -> None:
        """Adds the rows, or puts them over those with the same primary key; columns not given keep their value."""
        if rows.empty:
            return
        names = [str(name) for name in rows.columns]
        stage = self.temporary(rows, table)
        dialect = postgresql if self.connection.dialect.name == "postgresql" else sqlite
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
        name = f"temporary_{self.run}_{len(self._temporary)}"
        types = {name: like.c[name].type if like is not None else _type(rows[name]) for name in rows.columns}
        columns = [Column(str(name), kind) for name, kind in types.items()]
        table = Table(name, MetaData(), *columns, prefixes=["TEMPORARY"])
        table.create(self.connection)
        self._temporary.append(table)
        self.insert(table, rows)
        return table

    def keys(self, values: "pd.Series[str]", name: str = "record_key") -> Table:
        """Distinct values as a temporary table of one indexed column."""
        table = self.temporary(pd.DataFrame({name: values.dropna().drop_duplicates()}).reset_index(drop=True))
        self.connection.exec_driver_sql(f'CREATE INDEX "ix_{table.name}" ON "{table.name}" ("{name}")')
        return table

    def drop_temporary(self) -> None:
        """Drops the temporary tables of this transaction."""
        for table in self._temporary:
            table.drop(self.connection)
        self._temporary.clear()

    def _copy(self, table: Table, names: Sequence[str], tuples: Any) -> None:
        columns = ", ".join(f'"{name}"' for name in names)
        cursor = self.connection.connection.cursor()
        with cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
            for values in tuples:
                copy.write_row(values)


def _plain(values: "pd.Series[Any]") -> list[Any]:
    return pa.array(values, from_pandas=True).to_pylist()  # type: ignore[no-any-return]


def _type(values: "pd.Series[Any]") -> TypeEngine[Any]:
    if values.dtype == bool:
        return Boolean()
    if pd.api.types.is_integer_dtype(values.dtype):
        return BigInteger()
    return Float() if pd.api.types.is_float_dtype(values.dtype) else Text()


def _series(values: Sequence[Any], kind: TypeEngine[Any]) -> "pd.Series[Any]":
    if isinstance(kind, Boolean):
        return pd.Series([bool(value) for value in values], dtype=bool)
    if isinstance(kind, Integer):
        has_gaps = any(value is None for value in values)
        return pd.Series(values, dtype="Int64" if has_gaps else "int64")
    if isinstance(kind, Float):
        return pd.Series(values, dtype="float64")
    return pd.Series(pa.array(values, type=pa.large_string()), dtype="str")
