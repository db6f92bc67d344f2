"""Conditions between tables, as both databases answer them from an index."""

from typing import Any

from sqlalchemy import ColumnElement, select


def is_in(column: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a column of another table holds the value.

    Where a set is large, PostgreSQL looks through all of it for each row of a NOT IN; a NOT EXISTS it asks of the index.
    """
    return select(column).where(column == value).exists()
