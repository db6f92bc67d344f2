"""A home for tests with its policy and feeds, deliveries dropped into its letter box, and days read without Dagster."""

import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
from sqlalchemy import Table, select

from register.contacts import contacts, organisations
from register.feeds import Feed
from register.home import Home
from register.intake import deliveries, lookup, refresh
from register.intake.ingest import Desk, Judge
from register.intake.refresh import Errand, Mode
from register.store.database import Database, sqlite_url
from register.store.tables import engagements, memberships, observations, quarantine

TODAY = date(2026, 11, 30)
"""Today in Helsinki, after every day of the tests."""

POLICY = """
[controller]
name = "Myyjä Esimerkki Oy"
own_business_ids = ["9900011-4"]
own_domains = ["oma.example"]
[people]
steward = "Liisa Kaski"
approvers = ["Timo Aro"]
[periods]
starts_on = 2026-11-01
"""

FEEDS = """
[inquiries]
kind = "inquiry"
format = "csv"
[assignments]
kind = "assignment"
format = "csv"
[provider_x]
kind = "provider"
format = "csv"
key = ["Asiakasnro"]
"""

Rows = Iterable[Mapping[str, str]]


def make_home(path: Path, feeds: str = FEEDS, policy: str = POLICY, database_url: str | None = None) -> Home:
    """A prepared home in the folder; made again on the same folder it is another start of the register."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "policy.toml").write_text(policy, encoding="utf-8")
    (path / "feeds.toml").write_text(feeds, encoding="utf-8")
    if database_url is None and not (path / "register.db").exists():
        (path / "register.db").write_bytes(_migrated())
    home = Home(path, database_url)
    home.prepare()
    return home


@cache
def _migrated() -> bytes:
    """An empty database with all its tables."""
    with TemporaryDirectory() as folder:
        database = Database(sqlite_url(Path(folder) / "register.db"))
        database.migrate()
        database.engine.dispose()
        return (Path(folder) / "register.db").read_bytes()


def deliver(home: Home, feed: str, day: str | None, rows: Rows | str, name: str = "toimitus.csv") -> Path:
    """A CSV delivery in the feed's folder of the day, loose without a day. rows: by delivered header, or the file's text."""
    folder = home.inbox / feed / (day or "")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(rows if isinstance(rows, str) else as_csv(rows), encoding="utf-8")
    settled = path.stat().st_mtime - 60
    os.utime(path, (settled, settled))  # written to its end a minute ago: no command waits to see that
    return path


def as_csv(rows: Rows) -> str:
    """Rows as a CSV text with ";" between the values; the header holds every column that a row has."""
    held = list(rows)
    columns = list(dict.fromkeys(name for row in held for name in row))
    lines = [columns, *([row.get(name, "") for name in columns] for row in held)]
    return "\n".join(";".join(f'"{value}"' if set(value) & set(';"\n') else value for value in line) for line in lines) + "\n"


CODED = ("full_name", "email", "phone", "business_id", "postcode", "event_on")


def quick_judge(rows: pd.DataFrame, feed: Feed) -> SimpleNamespace:
    """What the suite of the feed's kind says, without its seconds; tests hold it to the suites."""
    told = {column: rows[f"{column}_code"].reset_index(drop=True).dropna() for column in CODED}
    lines: list[tuple[Any, ...]] = [(row, column, code) for column, codes in told.items() for row, code in codes.items()]
    lines += [(row, column, code) for (column, code), wrong in _wrong(rows, feed).items() for row in np.flatnonzero(wrong)]
    reasons = pd.DataFrame(sorted(lines, key=itemgetter(0)), columns=["row", "column", "code"])
    return SimpleNamespace(reasons=reasons.astype({"row": "int64", "column": "str", "code": "str"}), table=pd.DataFrame())


def _wrong(rows: pd.DataFrame, feed: Feed) -> dict[tuple[str, str], "pd.Series[bool]"]:
    """The rows that lack something, by the column and the code of what they lack."""
    asked, day = rows["names_person"], rows["event_on"]
    has_channel = rows[["email", "email_2", "phone", "phone_2"]].notna().any(axis=1)
    has_name = rows["full_name"].notna() | rows["email_is_role"] | rows["email_2_is_role"]
    wrong = {
        ("company", "company_missing"): asked & ~rows["has_organisation"],
        ("company", "company_ambiguous"): asked & rows["organisation_is_ambiguous"],
        ("full_name", "name_missing"): asked & ~has_name,
        ("email", "channel_missing"): asked & ~has_channel,
        ("phone", "erased_mobile"): rows["erased_code"].eq("erased_mobile"),
    }
    if not feed.is_third_party:
        wrong["event_on", "erased_undated"] = rows["erased_code"].eq("erased_undated")
    if feed.kind == "invoice":
        wrong["event_on", "invoice_date_missing"] = ~rows["is_dated"]
    if feed.is_bounce or not feed.is_third_party:
        wrong["event_on", "event_on_implausible"] = (day < "1990-01-01") | (day > rows["delivered_on"])
    if feed.kind == "invoice":
        wrong["business_id", "invoice_party_unknown"] = rows["party"].eq("neither")
    return wrong


def desk(home: Home, judge: Judge = quick_judge) -> Desk:
    """What taking deliveries needs, with the configuration as it stands now."""
    policy = home.policy()
    return Desk(home, policy, home.feeds(policy), judge)


def errand(day: str, mode: Mode = "refresh", *, adds: bool = False, today: date = TODAY) -> Errand:
    """Why days are read; every file is taken to be written to its end."""
    return Errand(mode, date.fromisoformat(day), today, lambda _: True, adds=adds)


def read(home: Home, feed: str, days: Sequence[str] | str, mode: Mode = "refresh", *, adds: bool = False,
         today: date = TODAY, judge: Judge = quick_judge) -> None:
    """Reads days of one feed as its asset does. The last day is the refresh's own; of a backfill the day is today."""
    listed = [days] if isinstance(days, str) else list(days)
    at = desk(home, judge)
    day = listed[-1] if mode == "refresh" else today.isoformat()
    refresh.read_days(at, at.feeds.named(feed), listed, errand(day, mode, adds=adds, today=today))


def refreshed(home: Home, day: str, judge: Judge = quick_judge) -> None:
    """A whole refresh of one day: every living feed in order, then organisations and contacts."""
    at = desk(home, judge)
    for feed in at.feeds.living:
        read(home, feed.name, day, judge=judge)
    with home.database.writing("organisations", day) as store:
        found = lookup.newest(at, store)
        organisations.update(store, at.policy, at.feeds, found, day)
    with home.database.writing("contacts", day) as store:
        contacts.update(store, at.policy, at.feeds, home.key, day)
        contacts.note_passed(store)


def table(home: Home, of: Table) -> pd.DataFrame:
    """All that a table holds."""
    with home.database.reading() as store:
        return store.read(select(of))


def records_of(home: Home, ids: Sequence[str]) -> list[str]:
    """The records of contacts, as somebody who asks for something is shown them."""
    held = table(home, memberships)
    return [str(key) for key in held.loc[held["contact_id"].isin(list(ids)), "record_key"]]


def counts(home: Home, feed: str, day: str) -> dict[str, Any]:
    """State, counts and reasons of one delivery."""
    with home.database.reading() as store:
        known = deliveries.find(store, feed, day)
    return {} if known is None else {"state": known.state, "code": known.code, **known.counts, "reasons": known.reasons}


def links(workbook: Path) -> list[str]:
    """What opens by a click on the first sheet, in order."""
    with zipfile.ZipFile(workbook) as parts:
        relations = ElementTree.fromstring(parts.read("xl/worksheets/_rels/sheet1.xml.rels"))
    return [relation.attrib["Target"] for relation in relations]


STATE = (observations, engagements, quarantine)
APART = ["changed_in", "organisation_id", "file_no", "row_no", "first_seen_on", "last_seen_on", "asked_on"]


def contents(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """What the feeds' state says, table by table: ids, runs and places aside, and of quarantine the days."""
    found = {}
    for of in STATE:
        apart = APART if of is quarantine else APART[:2]
        rows = table(home, of).drop(columns=apart, errors="ignore").fillna("")
        found[of.name] = sorted(rows.itertuples(index=False, name=None))
    return found
