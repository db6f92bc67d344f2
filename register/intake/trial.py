"""How the first rows of a file would be read: column by column, then row by row. Nothing is written, nobody is locked out.

The same readers, gate, normalisers and expectations as a real delivery; what would be kept is thrown away.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import select

from register import normalise, sources
from register.columns import NAME
from register.feeds import OWN_KINDS, Feed, Kind
from register.gate import own_people, removed_values
from register.gate.admit import Admission, Rows, admit, judged_frame
from register.gate.known import standing
from register.gate.record_keys import record_keys
from register.gate.strip import KEY_COLUMN, Stripped, strip
from register.intake import trial_columns
from register.intake.ingest import Desk
from register.intake.trial_columns import Column
from register.sources import Delivery
from register.store.store import Store
from register.store.tables import engagements, observations

LIMIT = 1_000
"""So many rows of a file say how it would be read."""


@dataclass(frozen=True)
class Trial:
    """What would come of a file's first rows.

    rows: how many were read; is_all: the file has no more. reasons: code -> rows or values. accepted, quarantined, withheld,
    values_waiting: rows and values; of a look-up, accepted are the companies that the register knows, withheld the others.
    missing: codes of NEEDS, and no_key, key_not_found, history_from.
    """

    rows: int
    is_all: bool
    columns: list[Column]
    accepted: int
    quarantined: int
    withheld: int
    values_waiting: int
    reasons: dict[str, int]
    missing: list[str]


@dataclass(frozen=True)
class Need:
    """What a feed of these kinds cannot do without: one of the columns, filled in at least one row."""

    code: str
    kinds: tuple[Kind, ...]
    any_of: tuple[str, ...]


PEOPLE: tuple[Kind, ...] = ("inquiry", "quotation_request", "assignment", "invoice", "provider")
WITH_DEFAULT_DAY: tuple[Kind, ...] = ("inquiry", "quotation_request", "assignment", "bounce")

NEEDS = (
    Need("company", PEOPLE, ("company", "business_id")),
    Need("business_id", ("registry",), ("business_id",)),
    Need("name", PEOPLE, NAME),
    Need("channel", PEOPLE, ("email", "phone")),
    Need("bounced_address", ("bounce",), ("email",)),
    Need("bounce_type", ("bounce",), ("event_status",)),
    Need("event_on", WITH_DEFAULT_DAY, ("event_on",)),
    Need("invoice_date", ("invoice",), ("event_on",)),
    Need("event_status", ("assignment",), ("event_status",)),
    Need("invoice_number", ("invoice",), ("invoice_number",)),
)
"""What makes a feed useful, in the order in which it is told."""


def try_file(desk: Desk, feed: Feed, path: Path, day: str, *, is_shown: bool) -> Trial:
    """Reads the first LIMIT rows of a file as the feed's delivery of the day. is_shown: examples as they stand, not masked.

    Raises UnreadableDelivery.
    """
    delivery = Delivery(feed.name, day, 1, path.resolve())
    frame = _first_rows(delivery, feed)
    rows = frame.iloc[:LIMIT]
    stripped = strip(rows, feed, desk.policy)
    normalised = normalise.rows(stripped.rows, feed, day)
    columns = trial_columns.told(delivery, feed, rows, stripped, normalised, is_shown=is_shown)
    with desk.home.database.reading() as store:
        came = _looked_up(store, normalised) if feed.is_lookup else _admitted(store, desk, feed, day, stripped, normalised)
    return Trial(len(rows), len(frame) <= LIMIT, columns, **came, missing=_missing(feed, rows, stripped))


def _first_rows(delivery: Delivery, feed: Feed) -> pd.DataFrame:
    """At most one frame more than the limit needs, so that it is known whether there are more rows."""
    return pd.concat(_until_enough(sources.read(delivery, feed)))


def _until_enough(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    read = 0
    for frame in frames:
        yield frame
        read += len(frame)
        if read > LIMIT:
            return


def _admitted(
    store: Store, desk: Desk, feed: Feed, day: str, stripped: Stripped, normalised: pd.DataFrame
) -> dict[str, Any]:
    """What the gate would say of the rows, against the register as it stands."""
    read = Rows(
        text=stripped.rows.assign(file_no=1, row_no=stripped.rows.index).reset_index(drop=True),
        normalised=normalised.reset_index(drop=True),
        record_key=record_keys(
            normalised.reset_index(drop=True), stripped.delivered_key.reset_index(drop=True), feed, desk.home.key),
        is_private=stripped.is_private.reset_index(drop=True),
        identity_numbers=int(stripped.identity_numbers.sum()),
    )
    rows = own_people.cut(read, feed, desk.policy)
    known = standing(store, rows.normalised, rows.record_key, feed, day, desk.policy, desk.home.keys)
    rows = removed_values.without_erased(rows, known.is_nameless, known.is_bare)
    judgement = desk.judge(judged_frame(rows, known, day), feed)
    return _counts(admit(rows, judgement.reasons, known, feed, desk.policy))


def _counts(admission: Admission) -> dict[str, Any]:
    fates = {fate: admission.count(fate) for fate in ("accepted", "quarantined", "withheld")}
    return {**fates, "values_waiting": admission.values_waiting, "reasons": admission.reasons}


def _looked_up(store: Store, normalised: pd.DataFrame) -> dict[str, Any]:
    """A registry's bulk is no delivery: companies that the register does not know are passed over (design, rule 8)."""
    wanted = store.keys(normalised["business_id"], "business_id")
    held = [store.read(select(wanted.c.business_id).join(table, table.c.business_id == wanted.c.business_id).distinct())
            for table in (observations, engagements)]
    known = int(normalised["business_id"].isin(pd.concat(held)["business_id"]).sum())
    return {"accepted": known, "quarantined": 0, "withheld": len(normalised) - known, "values_waiting": 0, "reasons": {}}


def _missing(feed: Feed, rows: pd.DataFrame, stripped: Stripped) -> list[str]:
    kept = stripped.rows
    filled = {str(column) for column in kept if kept[column].notna().any()}
    missing = [need.code for need in NEEDS if feed.kind in need.kinds and not filled & set(need.any_of)]
    keys = [column for column in rows if KEY_COLUMN.fullmatch(str(column))]
    if any(rows[column].isna().all() for column in keys):
        missing.append("key_not_found")
    if not feed.key and feed.gives != "events" and not feed.is_lookup:
        missing.append("no_key")
    if feed.kind in OWN_KINDS and feed.history_from is None:
        missing.append("history_from")
    return missing
