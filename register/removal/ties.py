"""What of somebody is theirs for sure, and what only by a probable match: shown, ticked, and split off where it is not meant.

Who asks to be erased must not take a stranger's records along (GDPR art. 17; design, rule 11).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from register.contacts import contacts as computing
from register.contacts import decisions
from register.feeds import Feeds
from register.home import Home
from register.increments import among
from register.matching.joining import BY_MODEL
from register.matching.linkage import components
from register.policy import Policy
from register.removal import requests
from register.store.store import Store
from register.store.tables import contacts, memberships, observations, organisations

ELSEWHERE = "elsewhere"
"""The tie of a contact at another organisation that shares no e-mail or mobile with what is sure."""

WAITING = "waiting"
"""The tie of a row in quarantine that only fits the words of who was asked for."""

MOBILE = "mobile"


@dataclass(frozen=True)
class Group:
    """Records of one contact with the same tie. rules: as `memberships` has them, ELSEWHERE or WAITING. records: their keys.

    contact_id: empty where they only wait in quarantine.
    """

    contact_id: str
    full_name: str
    company: str
    email: str
    last_seen_on: str
    rules: tuple[str, ...]
    records: tuple[str, ...]
    is_sure: bool

    @property
    def is_waiting(self) -> bool:
        """Whether it is a row in quarantine, which no contact bears."""
        return not self.contact_id


def groups(store: Store, ids: "pd.Series[str]") -> list[Group]:
    """The groups of a person's contacts, those that are sure first. ids: the one that was asked for first."""
    rows = store.read(
        select(memberships.c.record_key, memberships.c.contact_id, memberships.c.rule, observations.c.first_seen_on,
               observations.c.email, observations.c.email_is_role, observations.c.phone, observations.c.phone_type)
        .outerjoin(observations, observations.c.record_key == memberships.c.record_key)
        .where(among(store, memberships.c.contact_id, ids)).order_by(observations.c.first_seen_on, memberships.c.record_key))
    near = _near(store, rows, ids)
    told = store.read(
        select(contacts.c.contact_id, contacts.c.full_name, organisations.c.company, contacts.c.email, contacts.c.last_seen_on)
        .outerjoin(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
        .where(among(store, contacts.c.contact_id, ids)).order_by(organisations.c.company, contacts.c.contact_id)).fillna("")
    named = told.astype("str").to_dict("records")
    found = [group for row in named
             for group in _of_contact(row, rows[rows["contact_id"] == row["contact_id"]], near[row["contact_id"]])]
    return sorted(found, key=lambda group: not group.is_sure)


def _of_contact(row: dict[Any, str], records: pd.DataFrame, is_near: bool) -> list[Group]:
    """One group of what exact keys or somebody's word tie, one of each record that only resembles them."""
    by_model = records["rule"].eq(BY_MODEL)
    if by_model.all():
        by_model.iloc[0] = False  # the first of those that resemble one another
    sure = [records[~by_model]] if (~by_model).any() else []
    return [
        Group(**row, rules=tuple(sorted(set(part["rule"]))) if is_near else (ELSEWHERE,),
              records=tuple(part["record_key"]), is_sure=is_near and number < len(sure))
        for number, part in enumerate([*sure, *(records.loc[[at]] for at in records.index[by_model])])]


def _near(store: Store, rows: pd.DataFrame, ids: "pd.Series[str]") -> dict[str, bool]:
    """Whether each contact shares a personal e-mail or a mobile with the first, at one remove or several, or was told to be."""
    place = {contact: number for number, contact in enumerate(ids)}
    own = {"email": ~rows["email_is_role"].fillna(True).astype(bool), "phone": rows["phone_type"].eq(MOBILE)}
    values = pd.concat([rows.loc[is_own, ["contact_id", name]].set_axis(["contact_id", "value"], axis=1)
                        for name, is_own in own.items()]).dropna()
    ties = values.merge(values, on="value")[["contact_id_x", "contact_id_y"]]
    whose = rows.set_index("record_key")["contact_id"]
    told = decisions.in_force(store)
    told = told[told["kind"] == "other_firm"]
    said = [(whose[left[0]], whose[right[0]]) for left, right in zip(told["left"], told["right"], strict=True)
            if left[0] in whose and right[0] in whose]
    pairs = [*ties.itertuples(index=False, name=None), *said]
    left, right = (np.array([place[pair[side]] for pair in pairs], dtype="int64") for side in (0, 1))
    label = components(len(ids), left, right)
    return {contact: bool(label[number] == label[0]) for contact, number in place.items()}


def split_off(
    home: Home, policy: Policy, feeds: Feeds, found: Sequence[Group], ticked: Collection[int], by: str, os_user: str, day: date,
) -> list[str]:
    """Takes what is not ticked and not sure for another person's, by a decision in somebody's name, and so what is not
    ticked of a contact of which something is; the records of what is ticked. ticked: places in `found`; what waits is no
    contact's.

    Raises RefusedError for a stranger, and where the contacts are no longer what was found.
    """
    policy.refuse_stranger(by)
    borne = [(place, group) for place, group in enumerate(found) if not group.is_waiting]
    meant = [key for place, group in borne if place in ticked for key in group.records]
    apart = [group for place, group in borne
             if place not in ticked and (not group.is_sure or _shares(group, found, ticked))]
    if not meant or not apart:
        return meant
    with home.database.writing("contacts", day.isoformat()) as store:
        requests.unchanged(store, policy, _of_contacts(borne, {found[place].contact_id for place in ticked}))
        for group in apart:
            decisions.decide(store, "different", group.records, meant, by, os_user)
        computing.update(store, policy, feeds, home.key, day.isoformat())
    return meant


def _of_contacts(borne: Sequence[tuple[int, Group]], ids: Collection[str]) -> list[str]:
    return [key for _, group in borne if group.contact_id in ids for key in group.records]


def _shares(group: Group, found: Sequence[Group], ticked: Collection[int]) -> bool:
    """Whether it is of a contact of which something is ticked: that must be two before one of them goes."""
    return any(found[place].contact_id == group.contact_id for place in ticked)
