"""Conditions that several rooms ask, as both databases answer them."""

from typing import Any

from sqlalchemy import ColumnElement, select

from register.store.tables import deliveries, objections

MARKETING = "marketing"
"""The kind of an objection to direct marketing: a ban."""

IS_BAN = (objections.c.kind == MARKETING) & objections.c.lifted_at.is_(None)
"""An objection that bans marketing and stands."""

HAS_UNREAD = deliveries.c.structure.contains('"waiting": {"files"')
"""A day that is held already and of which new files wait to be read, as `register/intake/refresh.py` notes it."""


def is_in(column: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a column of another table holds the value.

    Where a set is large, PostgreSQL looks through all of it for each row of a NOT IN; a NOT EXISTS it asks of the index.
    """
    return select(column).where(column == value).exists()
