"""What a run of `organisations` looks at: every row of every organisation that a change can touch, with its key.

A change touches its own organisation, before and after, and those that share its name or e-mail domain. Writes nothing.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from register.columns import ADDRESS
from register.corrections import told
from register.increments import Since, among
from register.matching.organisations import ALONE, BEARING, BY_ID, Lookup, employers, keys, registered_names
from register.policy import Policy
from register.sets import is_among
from register.store.conditions import IS_BAN
from register.store.store import Store
from register.store.tables import contacts, engagements, memberships, objections, observations, organisations

COLUMNS = (
    "record_key", "feed", "company", "company_key", "business_id", "website", *ADDRESS, "email_domain", "is_sole_trader",
    "marketing_ban", "names_person", "withdrawn", "event_on", "first_seen_on", "last_seen_on", "organisation_id", "place",
)  # fmt: skip
YES_OR_NO = ("is_sole_trader", "marketing_ban", "names_person", "withdrawn")
SOURCES = {"observation": observations, "engagement": engagements}


@dataclass(frozen=True)
class Scope:
    """rows: whole organisations, with `source` (table) and `organisation_key`. unreferenced: organisations without a row."""

    rows: pd.DataFrame
    unreferenced: "pd.Series[str]"

    @property
    def members(self) -> pd.DataFrame:
        """The rows as the identity ledger wants them: those with the same key and the same former id stand for one another."""
        cluster, keys = pd.factorize(self.rows["organisation_key"])
        old, ids = pd.factorize(self.rows["organisation_id"])
        said = self.rows[["record_key", "first_seen_on"]].assign(cluster=cluster, old=old)
        counted = said.groupby(["cluster", "old"], as_index=False).agg(
            record_key=("record_key", "min"), first_seen_on=("first_seen_on", "min"), members=("record_key", "size"))
        old_id = pd.Series(ids.array.take(counted["old"].to_numpy(), allow_fill=True), dtype="str")
        cluster_key = pd.Series(keys.take(counted["cluster"].to_numpy()), dtype="str")
        return counted.assign(cluster=cluster_key, old_id=old_id, first_id=old_id)


def read(store: Store, policy: Policy, lookup: Lookup | None, since: Since) -> Scope | None:
    """The scope of a run; None where nothing has changed."""
    unreferenced = _unreferenced(store, since)
    if since.is_whole:
        return Scope(_all(store, policy, lookup), unreferenced)
    touched = _rows(store, "changed_in", since.run)
    ids = pd.concat([touched["organisation_id"], _of_gone(store), _newly_banned(store), unreferenced,
                     _of_corrected(store, since)])
    ids = ids.dropna().drop_duplicates()
    if touched.empty and ids.empty:
        return None
    return Scope(_touched(store, policy, lookup, touched, ids), unreferenced)


def _all(store: Store, policy: Policy, lookup: Lookup | None) -> pd.DataFrame:
    rows = _rows(store)
    bearers = rows[list(BEARING)].dropna(subset=["company_key", "business_id"]).drop_duplicates()
    has_domain = rows["email_domain"].notna() & (rows["business_id"].notna() | rows["company_key"].notna())
    evidence = rows.loc[has_domain, ["email_domain", "business_id", "company_key"]].drop_duplicates(ignore_index=True)
    return _keyed(rows, pd.concat([bearers, _listed(lookup, rows["business_id"])]), evidence, None, policy)


def _touched(
    store: Store, policy: Policy, lookup: Lookup | None, touched: pd.DataFrame, ids: "pd.Series[str]"
) -> pd.DataFrame:
    alone = _ids_of_keys(store, organisations.c.organisation_key.like(ALONE + "%"))
    first = _distinct(touched, _rows(store, "organisation_id", pd.concat([ids, alone])))
    listed = _listed(lookup, None)
    names = pd.concat([first["company_key"], _own_names(store, ids), _names_of(listed, first["business_id"])])
    domains = employers(first["email_domain"], policy)
    first = _distinct(first, _unnumbered(store, "company_key", names), _unnumbered(store, "email_domain", domains))
    bearers = pd.concat([_bearers(store, names), _of_held(store, listed[is_among(listed["company_key"], names)], first, ids)])
    resolved = _keyed(first, bearers, _evidence(store, domains), names, policy)
    return _with_their_organisations(store, resolved)


def _keyed(
    rows: pd.DataFrame, bearers: pd.DataFrame, evidence: pd.DataFrame, names: "pd.Series[str] | None", policy: Policy
) -> pd.DataFrame:
    """Rows with their organisation_key. names: those whose bearers are known; None for all."""
    nowhere = pd.DataFrame({"email_domain": [], "organisation_key": []}, dtype="str")
    said = evidence.reindex(columns=["record_key", *BEARING]).astype("str").assign(record_key="")
    rows, bearers, said = (some.assign(email_domain=employers(some["email_domain"], policy)) for some in (rows, bearers, said))
    by_name = keys(said, bearers, nowhere)
    if names is not None:
        is_settled = evidence["business_id"].isna() & ~is_among(evidence["company_key"], names)
        by_name = by_name.mask(is_settled, evidence["organisation_key"])
    domains = pd.DataFrame({"email_domain": said["email_domain"], "organisation_key": by_name})
    return rows.assign(organisation_key=keys(rows, bearers, domains))


def _with_their_organisations(store: Store, resolved: pd.DataFrame) -> pd.DataFrame:
    """Beside the resolved rows all others of the organisations they leave and come to, which stay where they are."""
    coming = _ids_of_keys(store, among(store, organisations.c.organisation_key, resolved["organisation_key"]))
    beside = _rows(store, "organisation_id", pd.concat([resolved["organisation_id"], coming]))
    staying = beside.assign(organisation_key=beside["organisation_id"].map(_keys_of(store, beside["organisation_id"])))
    return _distinct(resolved, staying)


def _rows(store: Store, column: str | None = None, value: Any = None) -> pd.DataFrame:
    """Observations and engagements; those with one of the values in the column, or changed after a run."""
    return _distinct(*(_rows_of(store, source, column, value) for source in SOURCES))


def _rows_of(store: Store, source: str, column: str | None, value: Any, *where: Any) -> pd.DataFrame:
    table = SOURCES[source]
    query = sa.select(*_said(table, COLUMNS)).where(*where, _says_something(table))
    if column == "changed_in":
        query = query.where(table.c.changed_in > value)
    elif column:
        query = query.where(among(store, table.c[column], value))
    return store.read(query).assign(source=source)


def _said(table: sa.Table, names: tuple[str, ...]) -> list[sa.ColumnElement[Any]]:
    """The columns, empty those that the table lacks; the address only of a row without a person: others may live there."""
    empty = {name: sa.type_coerce(sa.null(), sa.Boolean() if name in YES_OR_NO else sa.Text()) for name in names}
    found: dict[str, sa.ColumnElement[Any]] = empty | {name: table.c[name] for name in names if name in table.c}
    if "city" in table.c:
        found |= {name: sa.case((table.c.names_person, sa.null()), else_=table.c[name]) for name in ADDRESS if name in found}
        found |= {"place": table.c.city} if "place" in found else {}
    return [found[name].label(name) for name in names]


def _says_something(table: sa.Table) -> sa.ColumnElement[bool]:
    """A record of which only its deletion is known speaks of no organisation."""
    said = [table.c[name].is_not(None) for name in ("business_id", "company_key", "email_domain")]
    return sa.or_(*said, *([table.c.names_person] if "names_person" in table.c else []))


def _unnumbered(store: Store, column: str, values: "pd.Series[str]") -> pd.DataFrame:
    """Rows without a business id that go by this column: a name, or without a name a domain."""
    found = []
    for source, table in SOURCES.items():
        nameless = [table.c.company_key.is_(None)] if column == "email_domain" else []
        found.append(_rows_of(store, source, column, values, table.c.business_id.is_(None), *nameless))
    return _distinct(*found)


def _distinct(*frames: pd.DataFrame) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True).drop_duplicates(["source", "record_key"], ignore_index=True)


def _bearers(store: Store, names: "pd.Series[str]") -> pd.DataFrame:
    """The columns BEARING, each once, of rows that say a name and a business id together."""
    found = []
    for table in SOURCES.values():
        query = sa.select(*_said(table, BEARING)).distinct()
        query = query.where(table.c.company_key.is_not(None), table.c.business_id.is_not(None))
        found.append(store.read(query.where(among(store, table.c.company_key, names))).reindex(columns=list(BEARING)))
    return pd.concat(found, ignore_index=True).astype("str")


def _evidence(store: Store, domains: "pd.Series[str]") -> pd.DataFrame:
    """Who has which e-mail domain: email_domain, business_id, company_key, organisation_key; each once, none without both."""
    found = []
    for table in SOURCES.values():
        columns = (table.c.email_domain, table.c.business_id, table.c.company_key, organisations.c.organisation_key)
        query = sa.select(*columns).distinct()
        query = query.outerjoin(organisations, organisations.c.organisation_id == table.c.organisation_id)
        query = query.where(table.c.email_domain.is_not(None))
        query = query.where(sa.or_(table.c.business_id.is_not(None), table.c.company_key.is_not(None)))
        found.append(store.read(query.where(among(store, table.c.email_domain, domains))))
    return pd.concat(found, ignore_index=True)


def _listed(lookup: Lookup | None, held: "pd.Series[str] | None") -> pd.DataFrame:
    listed = registered_names(lookup)
    return listed if held is None or listed.empty else listed[is_among(listed["business_id"], held)]


def _of_held(store: Store, listed: pd.DataFrame, rows: pd.DataFrame, ids: "pd.Series[str]") -> pd.DataFrame:
    """The registry's names of business ids that some row has; organisations in `ids` are judged by their rows here."""
    query = sa.select(organisations.c.organisation_id, organisations.c.organisation_key)
    held = store.read(query.where(among(store, organisations.c.organisation_key, BY_ID + listed["business_id"])))
    elsewhere = held.loc[~is_among(held["organisation_id"], ids), "organisation_key"].str.removeprefix(BY_ID)
    return listed[is_among(listed["business_id"], pd.concat([elsewhere, rows["business_id"]]).dropna())]


def _names_of(listed: pd.DataFrame, business_ids: "pd.Series[str]") -> "pd.Series[str]":
    return listed.loc[is_among(listed["business_id"], business_ids), "company_key"]


def _own_names(store: Store, ids: "pd.Series[str]") -> "pd.Series[str]":
    """Names that touched organisations had before: others may bear them alone from now on."""
    query = sa.select(organisations.c.company_key).where(among(store, organisations.c.organisation_id, ids))
    return store.read(query)["company_key"]


def _ids_of_keys(store: Store, condition: sa.ColumnElement[bool]) -> "pd.Series[str]":
    return store.read(sa.select(organisations.c.organisation_id).where(condition))["organisation_id"]


def _keys_of(store: Store, ids: "pd.Series[str]") -> "pd.Series[str]":
    query = sa.select(organisations.c.organisation_id, organisations.c.organisation_key)
    held = store.read(query.where(among(store, organisations.c.organisation_id, ids)))
    return held.set_index("organisation_id")["organisation_key"]


def _unreferenced(store: Store, since: Since) -> "pd.Series[str]":
    """Organisations that no row speaks of any more: of those that a row has left, or of all."""
    is_spoken_of = [
        sa.exists().where(table.c.organisation_id == organisations.c.organisation_id) for table in SOURCES.values()
    ]
    were_left = sa.true() if since.is_whole else organisations.c.touched_in > since.run
    return _ids_of_keys(store, sa.and_(were_left, *map(sa.not_, is_spoken_of)))


def _newly_banned(store: Store) -> "pd.Series[str]":
    """Organisations that do not show yet that a row of theirs without a person banned marketing."""
    query = sa.select(organisations.c.organisation_id).distinct()
    query = query.join(observations, observations.c.organisation_id == organisations.c.organisation_id)
    query = query.join(objections, objections.c.record_key == observations.c.record_key)
    is_hidden = sa.not_(observations.c.names_person) & sa.not_(organisations.c.marketing_ban)
    return store.read(query.where(IS_BAN, is_hidden))["organisation_id"]


def _of_corrected(store: Store, since: Since) -> "pd.Series[str]":
    """Organisations of records of which a correction was approved or lifted."""
    query = sa.select(observations.c.organisation_id).distinct()
    return store.read(query.where(among(store, observations.c.record_key, told.changed_since(store, since.run))))[
        "organisation_id"]


def _of_gone(store: Store) -> "pd.Series[str]":
    query = sa.select(contacts.c.organisation_id).distinct()
    query = query.join(memberships, memberships.c.contact_id == contacts.c.contact_id).where(memberships.c.is_gone)
    return store.read(query)["organisation_id"]
