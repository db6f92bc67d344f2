"""A registry's bulk: not a delivery but a look-up table beside the archive, company data only (design, rule 8).

Only the newest day's is kept; `organisations` reads it for the business ids that the register knows.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import select, union

from register import identity_numbers, normalise, sources
from register.contacts.organisations import Lookup
from register.errors import UnreadableDelivery
from register.feeds import Feed
from register.intake import deliveries, inbox
from register.intake.archive import LOOKUP
from register.intake.inbox import Letter
from register.intake.ingest import Desk
from register.intake.shrinking import SHRUNK, has_shrunk
from register.sets import is_among
from register.sources import Delivery
from register.sources.delivery import unreadable
from register.store.store import Store
from register.store.tables import engagements, observations
from register.unfinished import keep, unfinished

KEPT = ("parallel_names", "ceased_on", "situation", "legal_form")
"""What a registry says beside the canonical columns."""

COMPANY = ("business_id", "company", "website", "street", "postcode", "city", "country")
DAY, CONTENT = b"day", b"content"


@dataclass
class _Bulk:
    rows: int
    known: int
    path: Path
    traders: set[str] = field(default_factory=set)


def take(desk: Desk, feed: Feed, day: str, letters: list[Letter], today: str) -> None:
    """Makes a registry's bulk the look-up table, unless a newer one is there; unreadable or shrunk it is set aside."""
    numbered = dict(enumerate(letters, start=1))
    with desk.home.database.reading() as store:
        known = _known_ids(store)
    with unfinished(desk.home.archive / feed.name) as folder:
        try:
            bulk = _write(desk, feed, day, numbered, known, folder)
        except UnreadableDelivery as error:
            _set_aside(desk, feed, day, numbered, error, today)
            return
        with desk.home.database.writing(f"read {feed.name} {day}", day, desk.say) as store:
            _let_go_of(bulk, bulk.traders.difference(_known_ids(store)))  # who was erased while it was written
            if has_shrunk(store, feed, day, bulk.rows, desk.policy):
                deliveries.set_aside(store, feed.name, day, numbered, [], code=SHRUNK, rows=bulk.rows, today=today)
                return
            deliveries.record_lookup(store, feed.name, day, numbered, rows=bulk.rows, known=bulk.known)
            _make_newest(bulk, desk.home.archive / feed.name / LOOKUP, day)
    inbox.clear(letters)


def newest(desk: Desk, store: Store) -> Lookup | None:
    """What the registry's newest look-up table says of the business ids that the register knows; None where there is none."""
    feed = next((feed for feed in desk.feeds.living if feed.is_lookup), None)
    if feed is None:
        return None
    path = desk.home.archive / feed.name / LOOKUP
    day = _day_of(path)
    if day is None:
        return None
    companies = _of_ids(path, _known_ids(store))
    version = f"{day} {pq.read_schema(path).metadata[CONTENT].decode()}"
    return Lookup(feed.name, day, version, companies.drop_duplicates("business_id", ignore_index=True))


def _of_ids(path: Path, ids: "pd.Series[str]") -> pd.DataFrame:
    """The table's companies with one of the business ids; read piece by piece, since it is far larger than they are."""
    wanted = pa.array(ids, type=pa.large_string())
    with pq.ParquetFile(path) as file:
        found = [batch.filter(pc.is_in(batch["business_id"], value_set=wanted)) for batch in file.iter_batches()]
        companies: pd.DataFrame = pa.Table.from_batches(found, schema=file.schema_arrow).to_pandas()
    return companies


def _known_ids(store: Store) -> "pd.Series[str]":
    ids = union(*(select(table.c.business_id).where(table.c.business_id.is_not(None)) for table in (observations, engagements)))
    return store.read(select(ids.subquery().c.business_id)).business_id


def _write(
    desk: Desk, feed: Feed, day: str, letters: dict[int, Letter], known: "pd.Series[str]", folder: Path
) -> _Bulk:
    bulk = _Bulk(0, 0, folder / LOOKUP)
    content = hashlib.sha256("".join(letter.content_hash for letter in letters.values()).encode()).hexdigest()
    schema = pa.schema([(name, pa.large_string()) for name in (*COMPANY, *KEPT)], metadata={DAY: day, CONTENT: content})
    with pq.ParquetWriter(bulk.path, schema, compression="zstd") as writer:
        for number, letter in letters.items():
            _write_file(writer, bulk, known, feed, Delivery(feed.name, day, number, letter.path), letter, folder)
    return bulk


def _write_file(
    writer: pq.ParquetWriter, bulk: _Bulk, known: "pd.Series[str]", feed: Feed, delivery: Delivery, letter: Letter, folder: Path
) -> None:
    """Raises UnreadableDelivery, and nothing else."""
    try:
        copied = Delivery(delivery.feed, delivery.day, delivery.file_no, inbox.copy_in(letter, folder))
        for frame in sources.read(copied, feed):
            companies = _companies(frame, feed, delivery.day, known)
            bulk.rows += len(frame)
            bulk.known += int(companies["business_id"].isin(known).sum())
            bulk.traders.update(companies.loc[companies.pop("is_sole_trader"), "business_id"])
            writer.write_table(pa.Table.from_pandas(companies, schema=writer.schema, preserve_index=False))
    except UnreadableDelivery:
        raise
    except Exception:  # whatever it was, its text may quote values
        raise unreadable(delivery, "reader_failed") from None


def _companies(frame: pd.DataFrame, feed: Feed, day: str, known: "pd.Series[str]") -> pd.DataFrame:
    """Less identity numbers and sole traders whom the register does not know: the table is a store too, and their firm's name
    is a person's.
    """
    frame, _ = identity_numbers.cut(frame, feed.patterns, feed.region)
    read = normalise.rows(frame, feed, day)
    is_kept = read["business_id"].notna() & (~read["is_sole_trader"] | is_among(read["business_id"], known))
    return read[[*COMPANY, "is_sole_trader"]].join(frame.reindex(columns=list(KEPT)).astype("str"))[is_kept]


def _let_go_of(bulk: _Bulk, traders: set[str]) -> None:
    """Takes sole traders out of the table again whom the register knows no more."""
    if traders:
        table = pq.read_table(bulk.path)
        is_theirs = pc.is_in(table["business_id"], pa.array(sorted(traders), pa.large_string()))
        pq.write_table(table.filter(pc.invert(is_theirs)), bulk.path, compression="zstd")
        bulk.known -= pc.sum(is_theirs).as_py()


def _make_newest(bulk: _Bulk, table: Path, day: str) -> None:
    held = _day_of(table)
    if held is None or held <= day:
        keep(bulk.path, table)


def _set_aside(desk: Desk, feed: Feed, day: str, letters: dict[int, Letter], error: UnreadableDelivery, today: str) -> None:
    readable = {number: letter for number, letter in letters.items() if number != error.file_no}
    with desk.home.database.writing(f"set aside {feed.name} {day}", day, desk.say) as store:
        deliveries.set_aside(store, feed.name, day, readable, [(letters[error.file_no], error)], code=error.code, rows=0,
                             today=today)


def _day_of(path: Path) -> str | None:
    if not path.exists():
        return None
    return pq.read_schema(path).metadata[DAY].decode()  # type: ignore[no-any-return]
