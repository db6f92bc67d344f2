"""A register for the tests of retention and sweep: what was delivered, what waits, and the steps from rows to removals."""

from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import delete, func, select, update

from register.feeds import Feed, Feeds, Kind
from register.policy import Policy
from register.retention import judging
from register.retention.due import Published
from register.store import tables
from register.store.database import Database
from tests import rows


def policy(sweep: dict[str, Any] | None = None, **retention_rules: Any) -> Policy:
    """The starter's rules, the sweep on; what is named deviates."""
    return Policy.model_validate({
        "controller": {"name": "Myyjä Esimerkki Oy", "own_business_ids": ["9900011-4"], "own_domains": ["oma.example"]},
        "people": {"steward": "Liisa Kaski", "approvers": ["Timo Aro"]}, "periods": {"starts_on": "2026-11-01"},
        "sweep": {"mode": "on", "max_share": 0.5} | (sweep or {}),
        "retention": {
            "after_invoicing": [{"from": "2019-01-22", "calendar_years": 10, "source": "notice, section 7"}],
            "after_last_contact": [{"from": "2026-01-01", "months": 24, "why": "quotations are taken up late"}],
            "after_last_confirmed": [{"from": "2026-01-01", "months": "undecided"}],
            "partner": [{"from": "2026-01-01", "months": "undecided"}]} | retention_rules})


POLICY = policy()


def feed(name: str, kind: Kind, *, history_from: date | None = date(2010, 1, 1), retired: bool = False) -> Feed:
    """A feed whose evidence is complete, and late after seven days."""
    plain = rows.feed(name, kind)
    return Feed(**{field: getattr(plain, field) for field in plain.__dataclass_fields__}
                | {"history_from": history_from, "retired": retired})


FEEDS = Feeds((
    feed("web", "inquiry"), feed("works", "assignment"), feed("invoices", "invoice"), feed("provider_x", "provider"),
    feed("provider_y", "provider"), feed("ytj", "registry"), feed("mail", "bounce")))


def deliver(database: Database, days: dict[str, str], *, state: str = "read", is_held: bool = True) -> None:
    """Notes deliveries, feed by feed; a day that is noted already is noted anew."""
    with database.writing("read", "2026-11-01") as store:
        store.upsert(tables.deliveries, pd.DataFrame([
            {"feed": name, "day": day, "state": state, "is_held": is_held, "read": 0, "accepted": 0, "quarantined": 0,
             "withheld": 0, "values_waiting": 0, "reasons": "{}", "structure": "{}", "suite": "[]"}
            for name, day in days.items()]))


def wait(database: Database, **said: Any) -> None:
    """Puts an entry into quarantine, of a whole row of the inquiries unless said otherwise."""
    entry = {"feed": "web", "record_key": "q", "column": "company", "code": "company_missing", "value_hash": "h",
             "scope": "row", "content": "{}", **dict.fromkeys(("first_seen_on", "last_seen_on", "asked_on"), "2026-11-10"),
             "business_id": None, "company_key": None, "case_number": None, "email": None, "phone": None}
    with database.writing("quarantine", "2026-11-10") as store:
        store.upsert(tables.quarantine, pd.DataFrame([entry | said]).astype("str"))


def judge(database: Database, day: str, policy: Policy = POLICY, feeds: Feeds = FEEDS) -> Published:
    """Organisations and contacts where something came or went, verdicts and due list of a day, all feeds fresh."""
    deliver(database, {of.name: day for of in feeds.good})
    if _has_changed(database):
        rows.compute(database, feeds)
    with database.writing("verdicts", day) as store:
        return judging.update(store, policy, feeds, date.fromisoformat(day)).published


def _has_changed(database: Database) -> bool:
    with database.reading() as store:
        last = store.scalar(select(func.max(tables.runs.c.run)).where(tables.runs.c.step == "contacts")) or 0
        newest = [store.scalar(select(func.max(of.c.changed_in))) or 0 for of in (tables.observations, tables.engagements)]
        gone = store.scalar(select(tables.memberships.c.record_key).where(tables.memberships.c.is_gone).limit(1))
    return max(newest) > last or gone is not None


def release(database: Database) -> None:
    """Nothing waits in quarantine, nobody is held any more."""
    with database.writing("release", "2026-11-30") as store:
        store.execute(delete(tables.quarantine))
        store.execute(update(tables.holds).values(lifted_at="2026-11-30T08:00:00+00:00"))
