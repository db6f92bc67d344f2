"""What a correction would come to: carried out in one transaction that is undone, and the register before and after compared.

Only contacts that it touches are read, before and after; nothing of it is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import sqlalchemy as sa

from register.columns import COMPANY_FIELDS, CONTACT_FIELDS
from register.contacts import contacts as people
from register.contacts import organisations as firms
from register.increments import among
from register.intake import ingest, lookup
from register.intake.archive import archived
from register.intake.inbox import Letter
from register.intake.ingest import Desk
from register.sets import is_among
from register.store.store import Store
from register.store.tables import contacts, memberships, observations, organisations, quarantine, runs

FIELDS = (*CONTACT_FIELDS, *COMPANY_FIELDS)

LOST = ("full_name", "company", "email")
"""What tells the steward who a record was."""

Letters = Mapping[tuple[str, str], Sequence[Letter]]
"""Feed and day -> the files that are the day then; days without are read again from the archive."""


@dataclass(frozen=True)
class Outcome:
    """What would come of it.

    changes: what (changed, new, gone), contact_id, full_name, company, column, old, value. merges, splits: contact_id,
    other_id, and full_name, company, email of both (other_ before the second's). lost: what a day says now and its files would
    not: feed, day, full_name, company, email, is_waiting (it would be in quarantine). records: those of all it shows. refused:
    feed and day -> the code of deliveries that would be set aside. seconds: how long it took.
    """

    changes: pd.DataFrame
    merges: pd.DataFrame
    splits: pd.DataFrame
    lost: pd.DataFrame
    records: "pd.Series[str]"
    refused: dict[tuple[str, str], str]
    seconds: int = 0


def rehearse(desk: Desk, scope: Mapping[str, Sequence[str]], letters: Letters, put: Callable[[Store], None], day: str,
             today: str) -> Outcome:
    """Carries a correction out, looks, and undoes it. put: what is written before the days are read. Raises HomeError."""
    database = desk.home.database
    with database.reading() as before, database.rehearsing("rehearse a correction", day, desk.say) as store:
        put(store)
        held = _held(before, desk, scope)
        refused = _read_days(store, desk, scope, letters, today)
        firms.update(store, desk.policy, desk.feeds, lookup.newest(desk, store), day)
        people.update(store, desk.policy, desk.feeds, desk.home.key, day)
        lost = _lost(before, store, desk, held, scope, letters)
        outcome, run = _compared(before, store, held["record_key"], lost, refused), store.run
    if letters:
        with database.writing("put the archive in order", day, desk.say) as store:
            desk.archive.tidy(store)
    with database.reading() as store:
        return replace(outcome, seconds=_seconds(store, run))


def _read_days(
    store: Store, desk: Desk, scope: Mapping[str, Sequence[str]], letters: Letters, today: str
) -> dict[tuple[str, str], str]:
    """Reads the days anew; the code of each delivery that would be set aside."""
    days = [(feed, day) for feed in desk.feeds.living for day in scope.get(feed.name, ())]
    codes = {(feed.name, day): ingest.rehearse(store, desk, feed, day, list(letters.get((feed.name, day), ())), today)
             for feed, day in days}
    return {place: code for place, code in codes.items() if code}


def _held(store: Store, desk: Desk, scope: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """The records of the days by the archive: feed, day, record_key."""
    files = [(feed, day, name) for feed, days in scope.items() for day, name in archived(store, feed) if day in days]
    found = [pd.DataFrame({"feed": feed, "day": day, "record_key": desk.archive.keys(name)}) for feed, day, name in files]
    none = pd.DataFrame(columns=["feed", "day", "record_key"], dtype="str")
    return pd.concat([none, *found]).drop_duplicates(ignore_index=True)


def _lost(
    before: Store, after: Store, desk: Desk, held: pd.DataFrame, scope: Mapping[str, Sequence[str]], letters: Letters
) -> pd.DataFrame:
    """Of the records of days that are delivered again those that they have no more, with what is known of them."""
    of_them = held[pd.MultiIndex.from_frame(held[["feed", "day"]]).isin(list(letters))]
    still = _held(after, desk, scope if letters else {})
    gone = of_them.merge(still, how="left", indicator="of").query("of == 'left_only'")
    known = before.read(sa.select(observations.c.record_key, *(observations.c[name] for name in LOST)).where(
        among(before, observations.c.record_key, gone["record_key"])))
    waiting = after.read(sa.select(quarantine.c.record_key).where(among(after, quarantine.c.record_key, gone["record_key"])))
    told = gone.merge(known, on="record_key", how="left")
    told["is_waiting"] = is_among(told["record_key"], waiting["record_key"])
    return told[["feed", "day", *LOST, "is_waiting"]].sort_values(["feed", "day", *LOST], ignore_index=True)


def _seconds(store: Store, run: int) -> int:
    row = store.connection.execute(sa.select(runs.c.started_at, runs.c.ended_at).where(runs.c.run == run)).one()
    return int((pd.Timestamp(row.ended_at) - pd.Timestamp(row.started_at)).total_seconds())


def _compared(
    before: Store, after: Store, held: "pd.Series[str]", lost: pd.DataFrame, refused: dict[tuple[str, str], str]
) -> Outcome:
    moved = sa.select(organisations.c.organisation_id).where(organisations.c.touched_in == after.run)
    is_touched = sa.or_(contacts.c.touched_in == after.run, contacts.c.organisation_id.in_(moved))
    ids = after.read(sa.select(contacts.c.contact_id).where(is_touched))["contact_id"]
    now = _memberships(after, memberships.c.contact_id, ids)
    was = _memberships(before, memberships.c.record_key, pd.concat([now["record_key"], held]).drop_duplicates())
    ids = pd.concat([ids, was["contact_id"]]).drop_duplicates()
    was = _memberships(before, memberships.c.contact_id, ids)
    now = _memberships(after, memberships.c.record_key, pd.concat([was["record_key"], now["record_key"]]).drop_duplicates())
    ids = pd.concat([ids, now["contact_id"]]).drop_duplicates()
    old, new = _shown(before, ids), _shown(after, ids)
    moves = was.merge(now, on="record_key", suffixes=("", "_new"))[["contact_id", "contact_id_new"]].drop_duplicates()
    merges = moves[moves["contact_id"].ne(moves["contact_id_new"]) & is_among(moves["contact_id_new"], old["contact_id"])]
    splits = moves[moves["contact_id"].ne(moves["contact_id_new"]) & is_among(moves["contact_id"], new["contact_id"])]
    merged = merges[~is_among(merges["contact_id"], new["contact_id"])]
    absorbed, parted = set(merged["contact_id"]), set(splits["contact_id_new"])
    return Outcome(
        _changes(old[~old["contact_id"].isin(absorbed)], new[~new["contact_id"].isin(parted)]),
        _pairs(merges[["contact_id_new", "contact_id"]], old), _pairs(splits[["contact_id", "contact_id_new"]], new), lost,
        pd.concat([was["record_key"], now["record_key"]]).drop_duplicates(), refused)


def _memberships(store: Store, column: sa.Column[str], values: "pd.Series[str]") -> pd.DataFrame:
    query = sa.select(memberships.c.record_key, memberships.c.contact_id)
    return _among(store, query, column, values)


def _among(store: Store, query: "sa.Select[tuple[str, str]]", column: sa.Column[str], values: "pd.Series[str]") -> pd.DataFrame:
    return store.read(query.where(among(store, column, values)))


def _shown(store: Store, ids: "pd.Series[str]") -> pd.DataFrame:
    query = sa.select(contacts.c.contact_id, *(contacts.c[name] for name in CONTACT_FIELDS),
                      *(organisations.c[name] for name in COMPANY_FIELDS))
    query = query.outerjoin(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
    return store.read(query.where(among(store, contacts.c.contact_id, ids)))


def _changes(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """A row for each field that differs, and one for each contact that comes or goes; the parts of a name with the name."""
    both = old.merge(new, on="contact_id", suffixes=("_was", ""))
    found = []
    for column in (name for name in FIELDS if name not in ("first_name", "last_name")):
        was, now = both[f"{column}_was"], both[column]
        differs = ~(was.eq(now) | (was.isna() & now.isna()))
        found.append(both.loc[differs, ["contact_id", "full_name", "company"]].assign(
            what="changed", column=column, old=was[differs], value=now[differs]))
    for what, rows in (("new", new[~is_among(new["contact_id"], old["contact_id"])]),
                       ("gone", old[~is_among(old["contact_id"], new["contact_id"])])):
        found.append(rows[["contact_id", "full_name", "company"]].assign(what=what, column=None, old=None, value=None))
    changes = pd.concat(found, ignore_index=True)
    return changes.sort_values(["what", "company", "full_name", "contact_id"], ignore_index=True)


def _pairs(ids: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    named = shown.set_index("contact_id")[["full_name", "company", "email"]]
    pairs = ids.set_axis(["contact_id", "other_id"], axis=1).drop_duplicates()
    pairs = pairs.join(named, on="contact_id").join(named.add_prefix("other_"), on="other_id")
    return pairs.sort_values(["company", "full_name", "contact_id"], ignore_index=True)
