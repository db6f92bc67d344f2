"""Observations and engagements for tests, said as people would write them, and the steps that compute from them."""

from typing import Any

import pandas as pd
from sqlalchemy import delete, select, update

from register.columns import NORMALISED
from register.contacts import contacts, organisations
from register.contacts.contacts import ContactCounts
from register.contacts.organisations import Lookup, OrganisationCounts
from register.feeds import TRUST, Feed, Feeds, Kind
from register.intake.observations import touch_organisations
from register.normalise import company, email, name, phone
from register.policy import Policy
from register.store import tables
from register.store.database import Database

DAY = "2026-11-24"
KEY = bytes(range(32))
POLICY = Policy.model_validate({
    "controller": {"name": "Myyjä Esimerkki Oy", "own_business_ids": ["9900011-4"], "own_domains": ["oma.example"]},
    "people": {"steward": "Liisa Kaski"},
    "periods": {"starts_on": "2026-11-01"},
})
BANS = ("marketing_ban", "marketing_consent")


def feed(name: str, kind: Kind, trust: int | None = None) -> Feed:
    return Feed(
        name=name, kind=kind, format="csv", gives="snapshot" if kind in ("provider", "registry") else "events", key=(),
        path="*", region="FI", trust=TRUST[kind] if trust is None else trust, columns={}, patterns={}, sheet=None,
        history_from=None, late_after_days=7, owner=None, retired=False, own_business_ids=("9900011-4",))


FEEDS = Feeds((
    feed("web", "inquiry"), feed("works", "assignment"), feed("invoices", "invoice"), feed("provider_x", "provider"),
    feed("provider_y", "provider"), feed("ytj", "registry")))


def observation(record_key: str, feed: str = "web", **said: Any) -> dict[str, Any]:
    """A normalised row of what was said; `last_seen_on` is `on`, and so is the event's day of feeds that give events."""
    on = said.pop("on", "2026-11-01")
    full = name.parse(said.pop("name", "-"))
    firm = company.parse(said.pop("company", "-"))
    row: dict[str, Any] = dict.fromkeys(NORMALISED) | {
        "full_name": full.full, "first_name": full.first, "last_name": full.last, "name_key": full.key,
        "company": firm.shown, "company_key": firm.key, "is_sole_trader": bool(firm.sole_trader),
        "event_on": on if not feed.startswith("provider") else None, "deleted": False}
    for number in ("phone", "phone_2"):
        if number in said and (read := phone.read(said.pop(number), "FI")[0]):
            row |= {number: read.number, f"{number}_type": read.kind}
    for address in ("email", "email_2"):
        row[f"{address}_is_role"] = bool(email.is_role(pd.Series([said.get(address)], dtype="str"))[0])
    row |= dict.fromkeys(BANS, False) | {key: said.pop(key) for key in list(said) if key in NORMALISED}
    return row | {
        "record_key": record_key, "feed": feed, "is_dated": True, "first_seen_on": said.pop("first", on), "last_seen_on": on,
        "withdrawn": said.pop("withdrawn", False),
        "email_domain": (row["email"] or "@").split("@")[1] or None,
        "names_person": bool(row["name_key"] or row["email"] or row["phone"]), "content_hash": "0" * 32} | said


def in_world(world: int, row: dict[str, Any]) -> dict[str, Any]:
    """The observation as it is made in a world of its own, whose firms, addresses and numbers are no other world's."""
    mail = {name: _mail(world, row[name]) for name in ("email", "email_2") if row[name]}
    numbers = {name: f"{row[name]}{world:02}" for name in ("phone", "phone_2") if row[name]}
    firm = {name: f"{row[name]}.{world}" for name in ("record_key", "business_id", "company_key") if row[name]}
    website = {"website": row["website"].replace("www.", f"www.{world}.")} if row["website"] else {}
    return row | mail | numbers | firm | website | {"email_domain": mail.get("email", "@").split("@")[1] or None}


def _mail(world: int, address: str) -> str:
    """A domain that is nobody's or ours stays."""
    local, domain = address.split("@")
    return f"{local}{world}@{domain}" if domain in ("gmail.com", "luukku.com", "oma.example") else f"{local}@{world}.{domain}"


def by_world(groups: set[frozenset[str]]) -> dict[int, set[frozenset[str]]]:
    """The record keys that are together, world by world."""
    found: dict[int, set[frozenset[str]]] = {}
    for group in groups:
        keys, worlds = zip(*(key.split(".") for key in group), strict=True)
        assert len(set(worlds)) == 1, f"of several worlds: {group}"
        found.setdefault(int(worlds[0]), set()).add(frozenset(keys))
    return found


def engagement(record_key: str, feed: str = "invoices", on: str = "2026-11-01", **said: Any) -> dict[str, Any]:
    firm = company.parse(said.pop("company", "-"))
    return {
        "record_key": record_key, "feed": feed, "kind": "invoice", "company": firm.shown, "company_key": firm.key,
        "business_id": None, "email_domain": None, "event_on": on, "is_dated": True, "is_counted": True, "party": "customer",
        "first_seen_on": on, "last_seen_on": on, "content_hash": "0" * 32} | said


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    found = pd.DataFrame(rows)
    text = [column for column in found if not found[column].map(lambda value: isinstance(value, bool | int)).any()]
    return found.astype(dict.fromkeys(text, "str"))


def put(database: Database, *rows: dict[str, Any], table: Any = tables.observations) -> None:
    """The rows as the gate would write them: what is put over an older one keeps its organisation."""
    if rows:
        with database.writing("gate", DAY) as store:
            store.upsert(table, frame(list(rows)).assign(changed_in=store.run))


def remove(database: Database, *record_keys: str) -> None:
    """As a sweep does it: the observation goes, its membership waits for the next computation."""
    with database.writing("sweep", DAY) as store:
        table, ledger = tables.observations, tables.memberships
        touch_organisations(store, table, table.c.record_key.in_(record_keys))
        store.execute(delete(table).where(table.c.record_key.in_(record_keys)))
        store.execute(update(ledger).where(ledger.c.record_key.in_(record_keys)).values(is_gone=True))


def compute(
    database: Database, feeds: Feeds = FEEDS, lookup: Lookup | None = None, policy: Policy = POLICY, *, passes: bool = True
) -> tuple[OrganisationCounts, ContactCounts]:
    with database.writing("organisations", DAY) as store:
        firms = organisations.update(store, policy, feeds, lookup, DAY)
    with database.writing("contacts", DAY) as store:
        counts = contacts.update(store, policy, feeds, KEY, DAY)
        if passes:
            contacts.note_passed(store)
    return firms, counts


def table(database: Database, wanted: Any) -> pd.DataFrame:
    with database.reading() as store:
        return store.read(select(wanted))


def partition(database: Database, column: str = "contact_id") -> set[frozenset[str]]:
    """The record keys that are together; of the column person_id, by person."""
    members = table(database, tables.memberships).merge(table(database, tables.contacts), on="contact_id", how="left")
    return {frozenset(keys) for _, keys in members.groupby(column)["record_key"]}


def ids(database: Database) -> dict[str, str]:
    """Contact ids by record key."""
    members = table(database, tables.memberships)
    return dict(zip(members["record_key"], members["contact_id"], strict=True))


def firms(database: Database, source: Any = tables.observations) -> dict[str, str]:
    """Organisation keys by record key."""
    rows = table(database, source).merge(table(database, tables.organisations), on="organisation_id", suffixes=("", "_2"))
    return dict(zip(rows["record_key"], rows["organisation_key"], strict=True))


def contents(database: Database) -> list[tuple[Any, ...]]:
    """Everything the contacts and organisations say, ids aside, each contact with its records and its person's."""
    members = table(database, tables.memberships).groupby("contact_id")["record_key"].agg(lambda keys: tuple(sorted(keys)))
    held = table(database, tables.contacts).merge(members, left_on="contact_id", right_index=True)
    held["person"] = held.groupby("person_id")["record_key"].transform("sum").map(sorted).map(tuple)
    organisations_held = table(database, tables.organisations)
    held = held.merge(organisations_held, on="organisation_id", how="left", suffixes=("", "_of_firm"))
    hidden = ["contact_id", "person_id", "organisation_id", "touched_in", "touched_in_of_firm"]
    rows = [*held.drop(columns=hidden, errors="ignore").fillna("").sort_values("record_key").itertuples(index=False, name=None)]
    firms_said = organisations_held.drop(columns=hidden, errors="ignore").fillna("").sort_values("organisation_key")
    return [*rows, *firms_said.itertuples(index=False, name=None)]


def started_anew(database: Database) -> None:
    """The same observations, engagements and corrections in a register that has computed nothing yet."""
    kept = {of: table(database, of) for of in (tables.observations, tables.engagements, tables.corrections)}
    with database.writing("restart", DAY) as store:
        for of in reversed(tables.metadata.sorted_tables):
            if of is not tables.runs:
                store.execute(delete(of))
        store.execute(update(tables.runs).values(state="failed"))
        for of, rows in kept.items():
            blank = {"organisation_id": pd.Series(pd.NA, index=rows.index, dtype="str")} if "organisation_id" in rows else {}
            store.insert(of, rows.assign(**blank))
    compute(database)
