"""A registry's bulk: not a delivery but a look-up table beside the archive, company data only (design, rule 8).

Only the newest day's is kept; `organisations` reads it for the business ids that the register knows.
"""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select, union

from register import deliveries, inbox, normalise, sources
from register.archive import LOOKUP
from register.errors import UnreadableDelivery
from register.feeds import Feed
from register.home import Home
from register.inbox import Letter
from register.ingest import Desk
from register.organisations import Lookup
from register.sources import Delivery
from register.store.store import Store
from register.store.tables import engagements, observations

KEPT = ("parallel_names", "ceased_on", "situation", "legal_form")
"""What a registry says beside the canonical columns."""

COMPANY = ("business_id", "company", "website", "street", "postcode", "city", "country")
DAY = b"day"


@dataclass
class _Bulk:
    rows: int
    known: int
    path: Path


def take(desk: Desk, feed: Feed, day: str, letters: list[Letter], today: str) -> None:
    """Makes a registry's bulk the look-up table, unless a newer one is there; unreadable or shrunk it is set aside."""
    folder = desk.home.archive / feed.name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with desk.home.database.reading() as store:
        known = _known_ids(store)
    with TemporaryDirectory(dir=folder) as unfinished:
        try:
            bulk = _write(desk, feed, day, letters, known, Path(unfinished))
        except UnreadableDelivery as error:
            _set_aside(desk, feed, day, letters, error, today)
            return
        with desk.home.database.writing(f"read {feed.name} {day}", day, desk.say) as store:
            before = deliveries.find(store, feed.name, day)
            if deliveries.has_shrunk(store, feed, day, bulk.rows, before, desk.policy.admission.max_shrink):
                deliveries.set_aside_files(store, feed.name, day, letters, "shrunk", today)
                return
            deliveries.record_lookup(store, feed.name, day, letters, rows=bulk.rows, known=bulk.known)
            if (newest := _day_of(folder / LOOKUP)) is None or newest <= day:
                bulk.path.replace(folder / LOOKUP)
    inbox.clear(letters)


def newest(home: Home, store: Store, feed: Feed) -> Lookup | None:
    """What the newest look-up table says of the business ids that the register knows; None where there is no table."""
    path = home.archive / feed.name / LOOKUP
    day = _day_of(path)
    if day is None:
        return None
    ids = _known_ids(store).to_list()
    companies = pq.read_table(path, filters=[("business_id", "in", ids)]).to_pandas() if ids else pd.DataFrame(
        {name: pd.Series(dtype="str") for name in (*COMPANY, *KEPT)})
    return Lookup(feed.name, day, companies.drop_duplicates("business_id", ignore_index=True))


def _known_ids(store: Store) -> "pd.Series[str]":
    ids = union(*(select(table.c.business_id).where(table.c.business_id.is_not(None)) for table in (observations, engagements)))
    return store.read(select(ids.subquery().c.business_id)).business_id


def _write(desk: Desk, feed: Feed, day: str, letters: list[Letter], known: "pd.Series[str]", folder: Path) -> _Bulk:
    bulk = _Bulk(0, 0, folder / LOOKUP)
    schema = pa.schema([(name, pa.large_string()) for name in (*COMPANY, *KEPT)], metadata={DAY: day})
    with pq.ParquetWriter(bulk.path, schema, compression="zstd") as writer:
        for number, letter in enumerate(letters, start=1):
            delivery = Delivery(feed.name, day, number, inbox.copy_in(letter, folder))
            for frame in sources.read(delivery, feed):
                companies = _companies(frame, feed, day)
                bulk.rows += len(frame)
                bulk.known += int(companies["business_id"].isin(known).sum())
                writer.write_table(pa.Table.from_pandas(companies, schema=schema, preserve_index=False))
    return bulk


def _companies(frame: pd.DataFrame, feed: Feed, day: str) -> pd.DataFrame:
    read = normalise.rows(frame, feed, day)[list(COMPANY)]
    return read.join(frame.reindex(columns=list(KEPT)).astype("str"))[read["business_id"].notna()]


def _set_aside(desk: Desk, feed: Feed, day: str, letters: list[Letter], error: UnreadableDelivery, today: str) -> None:
    with desk.home.database.writing(f"set aside {feed.name} {day}", day, desk.say) as store:
        deliveries.set_aside_files(store, feed.name, day, letters, error.code, today)


def _day_of(path: Path) -> str | None:
    if not path.exists():
        return None
    return pq.read_schema(path).metadata[DAY].decode()  # type: ignore[no-any-return]
