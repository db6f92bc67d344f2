"""What hangs on the records of a contact that parts, or loses one: each part keeps it (GDPR art. 18, 21; law: a split copies).

A marketing ban is the person's, at all their organisations; a hold and a restriction are the contact's. Each is copied onto a
record of every part that would be without: it stands until it is lifted, not until somebody says that a part is another's.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from register.contacts.contact_scope import Scope
from register.increments import among
from register.retention import restrictions
from register.sets import is_among
from register.store.conditions import IS_BAN, MARKETING
from register.store.store import Store
from register.store.tables import contacts, holds, memberships, objections

Borne = Callable[["sa.ColumnElement[bool]"], sa.Select[tuple[str, ...]]]
"""What contacts of which a condition holds bear: contact_id, and what tells one such thing from another."""


@dataclass(frozen=True)
class Hanging:
    """What hung on contacts before a run. banned: contact_id and objected_on of all contacts of people who objected to
    marketing. held: by table (holds, objections), contact_id and what of the row is not the record's own.
    """

    banned: pd.DataFrame
    held: dict[str, pd.DataFrame]


def before(store: Store, scope: Scope) -> Hanging:
    """What hangs on the contacts that a run looks at, while `memberships` and `contacts` are as the last run left them."""
    looked_at = pd.concat([scope.records["contact_id"], scope.gone["contact_id"]]).dropna().drop_duplicates().astype("str")
    ids = None if scope.is_whole else looked_at
    said = _banned_people(_among(store, contacts.c.contact_id, ids)).subquery()
    banned = sa.select(contacts.c.contact_id, said.c.objected_on).join(said, said.c.person_id == contacts.c.person_id)
    held = {table.name: store.read(borne(_among(store, memberships.c.contact_id, ids))) for table, borne in BORNE}
    return Hanging(store.read(banned), held)


def hand_on(store: Store, hung: Hanging, named: pd.DataFrame) -> None:
    """Puts holds and restrictions on the parts without them. named: records with their former contact_id and their new `id`;
    `memberships` are written already.
    """
    for table, borne in BORNE:
        owed = _inherited(named, hung.held[table.name])
        has = store.read(borne(among(store, memberships.c.contact_id, owed["contact_id"])))
        lacking = owed.merge(has, how="left", indicator="side").query("side == 'left_only'").drop(columns="side")
        _put(store, table, lacking)


def keep_bans(store: Store, hung: Hanging, named: pd.DataFrame, belongings: pd.DataFrame) -> pd.DataFrame:
    """The belongings, as `people.update` gives them, with the bans that contacts would lose; these get one of their own."""
    free = belongings.loc[~belongings["marketing_ban"], ["contact_id"]]
    elsewhere = free.assign(id=free["contact_id"])
    owed = _inherited(pd.concat([named[is_among(named["id"], free["contact_id"])], elsewhere]), hung.banned)
    _put(store, objections, owed.groupby("contact_id", as_index=False)["objected_on"].min().assign(kind=MARKETING))
    people = belongings.loc[is_among(belongings["contact_id"], owed["contact_id"]), "person_id"]
    return belongings.assign(marketing_ban=belongings["marketing_ban"] | is_among(belongings["person_id"], people))


def _inherited(named: pd.DataFrame, hung: pd.DataFrame) -> pd.DataFrame:
    """What hung on contacts, by the contacts that now have a record of theirs. named: id, and the former contact_id."""
    lineage = named.loc[is_among(named["contact_id"], hung["contact_id"]), ["id", "contact_id"]].drop_duplicates()
    found = lineage.merge(hung, on="contact_id").drop(columns="contact_id")
    return found.rename(columns={"id": "contact_id"}).drop_duplicates()


def _put(store: Store, table: sa.Table, lacking: pd.DataFrame) -> None:
    """Puts rows on the first record of each contact."""
    if lacking.empty:
        return
    first = sa.select(memberships.c.contact_id, sa.func.min(memberships.c.record_key).label("record_key"))
    first = first.where(among(store, memberships.c.contact_id, lacking["contact_id"])).group_by(memberships.c.contact_id)
    rows = lacking.merge(store.read(first), on="contact_id").drop(columns="contact_id")
    store.insert(table, rows)
    store.promises.put(table, rows[[name for name in TOLD[table.name] if name in rows]])


def _banned_people(is_theirs: "sa.ColumnElement[bool]") -> sa.Select[tuple[str, str]]:
    """person_id and objected_on of the people of some contacts who objected to marketing."""
    said = sa.select(contacts.c.person_id, sa.func.min(objections.c.objected_on).label("objected_on"))
    said = said.join(memberships, memberships.c.contact_id == contacts.c.contact_id)
    said = said.join(objections, objections.c.record_key == memberships.c.record_key)
    people = sa.select(contacts.c.person_id).where(is_theirs)
    return said.where(IS_BAN, contacts.c.person_id.in_(people)).group_by(contacts.c.person_id)


def _holds(is_theirs: "sa.ColumnElement[bool]") -> sa.Select[tuple[str, ...]]:
    told = (holds.c[name] for name in ("reason", "owner", "review_on", "held_at", "decision_id"))
    borne = sa.select(memberships.c.contact_id, *told).distinct()
    return borne.join(holds, holds.c.record_key == memberships.c.record_key).where(restrictions.is_held(), is_theirs)


def _restrictions(is_theirs: "sa.ColumnElement[bool]") -> sa.Select[tuple[str, ...]]:
    told = (objections.c[name] for name in ("kind", "objected_on", "request_no"))
    borne = sa.select(memberships.c.contact_id, *told).distinct()
    return borne.join(objections, objections.c.record_key == memberships.c.record_key).where(
        restrictions.stands(), is_theirs)


BORNE: tuple[tuple[sa.Table, Borne], ...] = ((holds, _holds), (objections, _restrictions))

TOLD = {"holds": ("record_key", "review_on"), "objections": ("record_key", "kind", "objected_on", "request_no")}
"""What the ledger is told of a row: no reason, no name."""


def _among(store: Store, column: "sa.ColumnElement[str]", ids: "pd.Series[str] | None") -> "sa.ColumnElement[bool]":
    return sa.true() if ids is None else among(store, column, ids)
