"""Values of records that stay, forgotten in every table that holds them by record and column; in the archive by `parts.py`.

A new table of such values is added here or a removed value outlives its removal in it.
"""

from collections.abc import Collection

import pandas as pd
from sqlalchemy import delete, or_, select, update

from register.gate.bounces import EMAILS
from register.gate.removed_values import without
from register.increments import among
from register.intake import typed
from register.removal import copies
from register.store.store import Store
from register.store.tables import answers, corrections, quarantine


def columns(store: Store, keys: "pd.Series[str]", names: Collection[str]) -> None:
    """All values of some columns: corrected, typed as an answer, or waiting."""
    store.execute(delete(corrections).where(among(store, corrections.c.record_key, keys), corrections.c.column.in_(names)))
    codes = [code for code, places in typed.PLACES.items() if set(places) & set(names)]
    store.execute(delete(answers).where(
        among(store, answers.c.record_key, keys), answers.c.value.is_not(None),
        or_(answers.c.column.in_(names), answers.c.code.in_(codes))))
    _end_waiting(store, keys, names)


def addresses(store: Store, dead: pd.DataFrame) -> None:
    """Addresses: as what a correction or an answer says, as what a correction overruled. dead: record_key, email."""
    gone = store.temporary(dead[["record_key", "email"]].drop_duplicates(ignore_index=True))
    for column in (corrections.c.value, corrections.c.overruled):
        is_it = select(gone.c.email).where(gone.c.record_key == corrections.c.record_key, gone.c.email == column).exists()
        is_theirs = (corrections.c.column.in_(EMAILS), is_it)
        store.execute(delete(corrections).where(*is_theirs) if column is corrections.c.value
                      else update(corrections).where(*is_theirs).values(overruled=None))
    _drop_typed(store, dead)
    _end_waiting(store, dead["record_key"], ("email",))


def _drop_typed(store: Store, dead: pd.DataFrame) -> None:
    """Answers that type one of the addresses, alone or beside others, however they are written."""
    [*key] = answers.primary_key.columns
    said = store.read(select(*key, answers.c.value).where(
        among(store, answers.c.record_key, dead["record_key"]), answers.c.value.is_not(None)))
    of_each = {str(record): set(emails) for record, emails in dead.groupby("record_key")["email"]}
    is_it = [without(value, of_each[record]) != value for record, value in zip(said["record_key"], said["value"], strict=True)]
    if any(is_it):
        gone = store.temporary(said.loc[is_it, [column.name for column in key]].reset_index(drop=True))
        store.execute(delete(answers).where(
            select(gone.c.record_key).where(*(gone.c[column.name] == column for column in key)).exists()))


def _end_waiting(store: Store, keys: "pd.Series[str]", names: Collection[str]) -> None:
    """What waits of these columns, and what was asked of these records: a workbook that shows a removed value has ended."""
    is_asked = (quarantine.c.scope == "row") | quarantine.c.column.in_(names)
    store.execute(delete(quarantine).where(among(store, quarantine.c.record_key, keys), is_asked))
    copies.end_questions(store, keys)
