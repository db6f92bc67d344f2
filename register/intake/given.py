"""What the rows of one day give: rows of `observations` and `engagements`, entries of `quarantine`, deletions and bans.

`given` computes it, `settle` puts it into the tables. Which days are settled when stands in `ingest.py` and `redelivery.py`.
"""

from dataclasses import dataclass

import pandas as pd

from register.columns import NORMALISED
from register.feeds import Feed
from register.gate.admit import Admission, Rows, engagements_of
from register.gate.known import Standing
from register.gate.record_keys import hashed, joined
from register.intake import observations, quarantine
from register.intake.bans import ban_people, record_bans
from register.keys import Keys
from register.removal.people import TRAITS
from register.store.store import Store
from register.store.tables import engagements
from register.store.tables import observations as observed

OF_THE_REGISTER = ["email_domain", "names_person"]
"""Columns of an observation that the policy decides beside what the row says."""


@dataclass
class Given:
    """Record keys are those of the rows; days are not in it, the day of the delivery is given to `settle`.

    observations, engagements: rows of these tables. deleted, banned: records said to be deleted, or banned from marketing.
    objecting: what tells who banned it in a row, whatever became of the row: the columns `people.TRAITS`.
    delivered: records of all rows that are not withheld. waiting: entries of `quarantine`.
    """

    observations: pd.DataFrame
    engagements: pd.DataFrame
    deleted: "pd.Series[str]"
    banned: "pd.Series[str]"
    objecting: pd.DataFrame
    delivered: "pd.Series[str]"
    waiting: pd.DataFrame


def given(rows: Rows, admission: Admission, known: Standing, feed: Feed, key: bytes) -> Given:
    """What admitted rows give."""
    said = rows.normalised
    shared = pd.DataFrame({"record_key": rows.record_key, "feed": feed.name, "email_domain": known.email_domain})
    seen = said.drop(columns=[column for column in said if str(column).endswith("_code")]).loc[admission.observed]
    seen = shared.join(seen, how="inner").assign(names_person=known.names_person[seen.index], withdrawn=False)
    facts = shared.join(engagements_of(said.loc[admission.engaged], feed), how="inner")
    return Given(
        observations=seen.assign(content_hash=hashed(joined(seen[[*NORMALISED, "is_dated", *OF_THE_REGISTER]]), key)),
        engagements=facts.assign(content_hash=hashed(joined(facts.drop(columns=["record_key", "feed"])), key)),
        deleted=rows.record_key[admission.deleted],
        banned=rows.record_key[said["marketing_ban"] | known.is_banned],
        objecting=said.loc[said["marketing_ban"], list(TRAITS)],
        delivered=rows.record_key[admission.fate.ne("withheld")],
        waiting=quarantine.entries(admission.waiting, rows, feed, key),
    )


def settle(store: Store, feed: Feed, gives: Given, day: str) -> None:
    """Puts what a day gave beside what the other days gave; the newest day that says something of a record counts."""
    observations.settle(store, observed, feed, gives.observations, day)
    observations.settle(store, engagements, feed, gives.engagements, day)
    observations.mark_deleted(store, feed, gives.deleted, day)
    quarantine.settle(store, gives.waiting, gives.delivered, day)


def record(store: Store, keys: Keys, feed: Feed, gives: Given, day: str) -> None:
    """Settles a delivered day; its bans are taken from every row, whatever else becomes of it."""
    new = record_bans(store, gives.banned, day)
    settle(store, feed, gives, day)
    if len(gives.objecting):
        ban_people(store, keys, gives.objecting, day, is_new=new > 0)
