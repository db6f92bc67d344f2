"""Mail that came back: what of the observations are bounces, and which of their addresses anybody bears."""

from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, literal_column, select

from register.sets import is_among
from register.store.store import Store
from register.store.tables import corrections, observations

EMAILS = ("email", "email_2")


def is_bounce() -> ColumnElement[bool]:
    """The condition that an observation is a hard bounce: it names an address and no person; soft ones are not let in."""
    is_hard = observations.c.event_status == literal_column("'hard'")  # written out: the index is of these rows alone
    return is_hard & ~observations.c.names_person & observations.c.email.is_not(None)


def borne(store: Store, emails: "pd.Series[str]") -> "pd.Series[str]":
    """Those of the addresses that somebody in the register bears."""
    wanted = store.keys(emails, "email")
    queries = [select(wanted.c.email).distinct().join(observations, observations.c[name] == wanted.c.email)
               .where(observations.c.names_person) for name in EMAILS]
    queries.append(select(wanted.c.email).distinct().join(corrections, corrections.c.value == wanted.c.email)
                   .where(corrections.c.column.in_(EMAILS)))
    found: pd.Series[str] = pd.concat([store.read(query)["email"] for query in queries]).drop_duplicates()
    return found


def of_nobody(store: Store) -> "pd.Series[str]":
    """Record keys of bounces whose address nobody bears any more."""
    columns: tuple[ColumnElement[Any], ...] = (observations.c.record_key, observations.c.email)
    held = store.read(select(*columns).where(is_bounce()))
    keys: pd.Series[str] = held.loc[~is_among(held["email"], borne(store, held["email"])), "record_key"]
    return keys
