"""Job changes: who turned to us from one firm first, and from another ever since. Found here; only the steward's word, "same
person, other firm", makes one a fact that outdates the contact details of before. Only reads.
"""

import pandas as pd
from sqlalchemy import ColumnElement, func, or_, select

from register.columns import ADDRESS, CHANNELS
from register.contacts import decisions
from register.contacts.decisions import SIDES
from register.feeds import Feeds
from register.increments import among
from register.matching.pairs import CERTAIN
from register.sets import is_among
from register.store.store import Store
from register.store.tables import contacts, memberships, observations, organisations

FIRMS = 2
"""Who is a contact at more firms works for several: a property manager, who has changed nothing."""


def suggested(store: Store, feeds: Feeds, people: "pd.Series[str] | None", told: pd.DataFrame) -> pd.DataFrame:
    """Two contacts of one person who seems to have changed firms: left_key, right_key (a word to us of each), probability.

    people: ids of whom to look at; all where missing. told: the steward's decisions in force, which are not asked again.
    """
    several = (select(contacts.c.person_id).group_by(contacts.c.person_id)
               .having(func.count() == FIRMS, func.count(contacts.c.organisation_id.distinct()) == FIRMS))
    if people is not None:
        several = several.where(among(store, contacts.c.person_id, people))
    members = store.read(
        select(contacts.c.person_id.label("pair"), contacts.c.contact_id, memberships.c.record_key)
        .join(memberships, memberships.c.contact_id == contacts.c.contact_id).where(contacts.c.person_id.in_(several)))
    first = members.groupby("pair")["contact_id"].transform("min")
    members["side"] = (members["contact_id"] == first).map({True: SIDES[0], False: SIDES[1]})
    left = left_behind(store, feeds, members[~is_among(members["pair"], _settled(members, told))].drop(columns="contact_id"))
    changes = {"left_key": left["record_key"], "right_key": left["record_key_new"]}
    return pd.DataFrame(changes, dtype="str").assign(probability=CERTAIN)  # that they are one is known, what it means is asked


def _settled(members: pd.DataFrame, told: pd.DataFrame) -> "pd.Series[str]":
    """The people of whom the steward has said that they are one at both firms."""
    named = decided(told)[["decision_id", "record_key"]].merge(members, on="record_key")
    met = named.groupby(["decision_id", "pair"])["side"].nunique().rename("sides").reset_index()
    return met.loc[met["sides"] == FIRMS, "pair"]


def decided(told: pd.DataFrame) -> pd.DataFrame:
    """The records of both sides of each decision "same person, other firm": decision_id, side, record_key."""
    return decisions.records(told[told["kind"] == "other_firm"])


def left_behind(store: Store, feeds: Feeds, sides: pd.DataFrame) -> pd.DataFrame:
    """Of pairs of contacts the side from which the last word to us is older than the other's first: pair, contact_id, company,
    record_key, and of the other side the same with `_new`; only those with contact details.

    sides: pair, side (left or right), record_key.
    """
    spoke = sides.merge(_own_words(store, feeds, sides["record_key"]), on="record_key")
    by = spoke.groupby(["pair", "side", "contact_id", "company", "has_details"], dropna=False)
    spans = by.agg(first=("event_on", "min"), last=("event_on", "max"), record_key=("record_key", "min")).reset_index()
    left, right = (spans[spans["side"] == side].drop(columns="side") for side in SIDES)
    both = pd.concat([left.merge(right, on="pair", suffixes=("", "_new")), right.merge(left, on="pair", suffixes=("", "_new"))])
    old: pd.DataFrame = both[both["has_details"].astype("bool") & (both["last"] < both["first_new"])]
    return old.reset_index(drop=True)


def has_details() -> ColumnElement[bool]:
    """Whether a contact has any contact details."""
    return or_(*(contacts.c[name].is_not(None) for name in (*CHANNELS, *ADDRESS)))


def _own_words(store: Store, feeds: Feeds, keys: "pd.Series[str]") -> pd.DataFrame:
    """record_key, contact_id, company, has_details, event_on of the records that are words of the person to us."""
    own = [feed.name for feed in feeds.good if not feed.is_third_party]
    query = select(observations.c.record_key, contacts.c.contact_id, organisations.c.company, observations.c.event_on,
                   has_details().label("has_details"))
    return store.read(
        query.join(memberships, memberships.c.record_key == observations.c.record_key)
        .join(contacts, contacts.c.contact_id == memberships.c.contact_id)
        .outerjoin(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
        .where(among(store, observations.c.record_key, keys), observations.c.feed.in_(own)))
