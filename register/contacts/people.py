"""People: the contacts of one human at different organisations share a person id, and a ban. Joins no contacts.

Shared are a personal e-mail or a mobile together with a name that is the same, or alike from p .95 on; the ledger of ids
works as the contacts' does.
"""

import pandas as pd
import sqlalchemy as sa

from register.contacts import contact_scope, redirects
from register.contacts.contact_scope import Scope, decisions_on
from register.increments import among
from register.matching import Joined, alike_people, clusters, holders_of, identify, join, person_pairs
from register.sets import is_among
from register.store.conditions import IS_BAN
from register.store.store import Store
from register.store.tables import contacts, match_keys, memberships, objections, observations


def update(
    store: Store, scope: Scope, named: pd.DataFrame, merged: pd.DataFrame, day: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """contact_id, person_id and marketing_ban of the touched contacts and of the same people's contacts elsewhere; and which
    two of them may be one person: left_key, right_key (their most telling records), probability.

    named: the records with their former contact_id and their new `id`; memberships are written already, contacts not yet.
    merged: contacts that others have taken in (old_id, new_id).
    """
    touched = pd.concat([named["contact_id"], scope.gone["contact_id"], named["id"]]).dropna().drop_duplicates()
    touched = touched.reset_index(drop=True)
    whose = _whose(store, scope.told)
    known = _known(store, touched if scope.is_whole else _closure(store, touched, scope.told, whose), scope, named)
    living = known[known["is_held"]].reset_index(drop=True)
    found, doubts = _joined(store, scope, named, living["contact_id"], whose)
    labels = pd.Series(found.labels, index=living["contact_id"])
    identities = identify(*_ledger(store, known, named, merged, labels))
    redirects.write(store, identities, "person", day)
    ids = identities.members.set_index("record_key")["id"]
    person_id = living["contact_id"].map(ids).astype("str")
    banned = is_among(living["contact_id"], _banned(store, scope, named, living["contact_id"]))
    is_banned = banned.groupby(person_id).transform("any")
    return pd.DataFrame({"contact_id": living["contact_id"], "person_id": person_id, "marketing_ban": is_banned}), doubts


def _joined(
    store: Store, scope: Scope, named: pd.DataFrame, ids: "pd.Series[str]", whose: "pd.Series[str]"
) -> tuple[Joined, pd.DataFrame]:
    """Which of the contacts are one person, and who may be: by exact keys, by the model, by the steward's word."""
    nameless = pd.Series(pd.NA, index=ids.index, dtype="str")  # the blocks hold the name already
    keys = _keys(scope, named) if scope.is_whole else _keys_of(store, ids)
    keys = keys.assign(contact=pd.Index(ids).get_indexer(pd.Index(keys["contact_id"])))
    exact = clusters(nameless, person_pairs(keys[["match_key", "name_key"]].assign(record=keys["contact"]), nameless))
    holders = holders_of(keys, exact)
    rows = scope.records if scope.is_whole else contact_scope.observed(store, holders["record_key"])
    scored = alike_people(rows, holders, exact)
    place = whose.map(pd.Series(ids.index, index=ids)).dropna()
    found = join(exact, scored, decisions_on(scope.told, place, ("same", "other_firm")))
    said = found.doubts.merge(scored, on=["left", "right"])
    return found, said[["left_key", "right_key", "probability"]]


def _ledger(
    store: Store, known: pd.DataFrame, named: pd.DataFrame, merged: pd.DataFrame, labels: "pd.Series[int]"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contacts as members of people, with what was merged into their people before.

    A new contact that was part of another comes from that one's person; one that was merged speaks where it went.
    """
    person = known.set_index("contact_id")["person_id"]
    came_from = named.dropna(subset="contact_id").drop_duplicates("id").set_index("id")["contact_id"].map(person)
    since = named.sort_values("first_seen_on").drop_duplicates("id").set_index("id")["first_seen_on"]
    followed = merged.set_index("old_id")["new_id"]
    became = known["contact_id"].where(known["is_held"], known["contact_id"].map(followed))
    members = pd.DataFrame({
        "record_key": known["contact_id"],
        "cluster": became.map(labels),
        "old_id": known["person_id"].fillna(known["contact_id"].map(came_from).astype("str")),
        "first_seen_on": known["first_seen_on"].fillna(known["contact_id"].map(since).astype("str")),
    }).dropna(subset="cluster")
    return members.assign(first_id=members["old_id"]), redirects.merged_into(store, members["old_id"], "person")


def _known(store: Store, ids: "pd.Series[str]", scope: Scope, named: pd.DataFrame) -> pd.DataFrame:
    """contact_id, person_id and first_seen_on as the table has them, whether the contact has records (is_held), and the first
    of them, by which the contacts are in order: it decides ties.
    """
    listed = sa.select(contacts.c.contact_id, contacts.c.person_id, contacts.c.first_seen_on)
    first = sa.select(memberships.c.contact_id, sa.func.min(memberships.c.record_key).label("first_key"))
    if not scope.is_whole:
        listed = listed.where(among(store, contacts.c.contact_id, ids))
        first = first.where(among(store, memberships.c.contact_id, ids))
    known = pd.DataFrame({"contact_id": ids}).merge(store.read(listed), on="contact_id", how="left")
    held = (named.groupby("id")["record_key"].min() if scope.is_whole else
            store.read(first.group_by(memberships.c.contact_id)).set_index("contact_id")["first_key"])
    known = known.assign(first_key=known["contact_id"].map(held)).sort_values("first_key", ignore_index=True)
    return known.assign(is_held=known["first_key"].notna())


def _keys(scope: Scope, named: pd.DataFrame) -> pd.DataFrame:
    """Match keys of all records with the contact and the name: match_key, record_key, contact_id, name_key."""
    record = scope.keys["record"]
    columns = (("record_key", "record_key"), ("contact_id", "id"), ("name_key", "name_key"))
    said = {name: named[column].array.take(record) for name, column in columns}
    return pd.DataFrame({"match_key": scope.keys["match_key"], **said})


def _keys_of(store: Store, ids: "pd.Series[str]") -> pd.DataFrame:
    """The same of the contacts' records."""
    query = sa.select(match_keys.c.match_key, memberships.c.record_key, memberships.c.contact_id, observations.c.name_key)
    query = query.select_from(memberships).join(match_keys, match_keys.c.record_key == memberships.c.record_key)
    query = query.join(observations, observations.c.record_key == memberships.c.record_key)
    return store.read(query.where(among(store, memberships.c.contact_id, ids)))


def _whose(store: Store, told: pd.DataFrame) -> "pd.Series[str]":
    """The contact of each record that a decision names, by record key."""
    keys = (told["left"] + told["right"]).explode().astype("str")
    members = sa.select(memberships.c.record_key, memberships.c.contact_id)
    return store.read(members.where(among(store, memberships.c.record_key, keys))).set_index("record_key")["contact_id"]


def _told_with(told: pd.DataFrame, whose: "pd.Series[str]", ids: "pd.Series[str]") -> "pd.Series[str]":
    """Contacts that a decision names together with one of these."""
    asked = set(ids)
    named = [set(whose.reindex(keys).dropna()) for keys in told["left"] + told["right"]]
    return pd.Series(sorted(set[str]().union(*(both for both in named if both & asked))), dtype="str")


def _closure(store: Store, ids: "pd.Series[str]", told: pd.DataFrame, whose: "pd.Series[str]") -> "pd.Series[str]":
    """The contacts with all that share a person's key, a person or a decision with one of them, until there are no more."""
    frontier = ids
    while not frontier.empty:
        reached = [_sharing_keys(store, frontier), _same_person(store, frontier), _told_with(told, whose, frontier)]
        found = pd.concat(reached).drop_duplicates()
        frontier = found[~is_among(found, ids)]
        ids = pd.concat([ids, frontier], ignore_index=True)
    return ids.reset_index(drop=True)


def _sharing_keys(store: Store, ids: "pd.Series[str]") -> "pd.Series[str]":
    mine, own, other = memberships.alias("mine"), match_keys.alias("own"), match_keys.alias("other")
    records = sa.select(mine.c.record_key).where(among(store, mine.c.contact_id, ids))
    shared = sa.select(own.c.match_key).where(own.c.record_key.in_(records))
    sharing = sa.select(other.c.record_key).where(other.c.match_key.in_(shared))
    return store.read(sa.select(memberships.c.contact_id).distinct().where(memberships.c.record_key.in_(sharing)))["contact_id"]


def _same_person(store: Store, ids: "pd.Series[str]") -> "pd.Series[str]":
    own, other = contacts.alias("own"), contacts.alias("other")
    shared = sa.select(own.c.person_id).where(among(store, own.c.contact_id, ids))
    return store.read(sa.select(other.c.contact_id).where(other.c.person_id.in_(shared)))["contact_id"]


def _banned(store: Store, scope: Scope, named: pd.DataFrame, ids: "pd.Series[str]") -> "pd.Series[str]":
    """Contacts with a record that bans marketing, or whose person objected to it for good."""
    query = sa.select(memberships.c.contact_id).distinct()
    if not scope.is_whole:
        query = query.where(among(store, memberships.c.contact_id, ids))
    by_row = query.join(observations, observations.c.record_key == memberships.c.record_key)
    by_word = query.join(objections, objections.c.record_key == memberships.c.record_key)
    rows = named.loc[named["marketing_ban"], "id"]
    if not scope.is_whole:
        rows = store.read(by_row.where(observations.c.marketing_ban))["contact_id"]
    banned: pd.Series[str] = pd.concat([rows, store.read(by_word.where(IS_BAN))["contact_id"]])
    return banned
