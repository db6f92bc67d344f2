"""Corrections against which the person has spoken since: the correction stands, and the steward is told (design, rule 13)."""

import pandas as pd
import sqlalchemy as sa

from register.corrections import told
from register.feeds import OWN_KINDS, Feeds
from register.increments import among
from register.intake.feed_state import Check
from register.normalise.day import of_instants
from register.sets import is_among
from register.store.store import Store
from register.store.tables import corrections, memberships, observations
from register.texts import Texts


def judge(store: Store, feeds: Feeds, texts: Texts) -> Check:
    """A check that warns: how many corrected values a newer own row of the person says otherwise, and of which corrections."""
    found = against(store, feeds)
    numbers = ", ".join(str(number) for number in sorted(found["correction_no"].unique()))
    sentence = texts.say_n("check.newer_words.failed", len(found), numbers=numbers) if len(found) else texts.say(
        "check.newer_words.passed")
    return Check("newer_words", found.empty, "warn", sentence, {})


def against(store: Store, feeds: Feeds) -> pd.DataFrame:
    """correction_no, correction_id: of corrections in force, those whose contact has a newer own row that says otherwise."""
    words = store.read(sa.select(
        corrections.c.correction_no, corrections.c.correction_id, corrections.c.column, corrections.c.value,
        corrections.c.decided_at, memberships.c.contact_id,
    ).join(memberships, memberships.c.record_key == corrections.c.record_key).where(told.IS_IN_FORCE))
    own = tuple(feed.name for feed in feeds.good if feed.kind in OWN_KINDS)
    query = sa.select(observations, memberships.c.contact_id).join(
        memberships, memberships.c.record_key == observations.c.record_key)
    rows = store.read(query.where(among(store, memberships.c.contact_id, words["contact_id"])))
    rows = rows[is_among(rows["feed"], own)]
    rows = rows.assign(said_on=rows["event_on"].fillna(rows["last_seen_on"]))
    found = [_newer(of_it, rows, str(column)) for column, of_it in words.groupby("column")]
    return pd.concat(found).drop_duplicates() if found else words[["correction_no", "correction_id"]]


def _newer(words: pd.DataFrame, rows: pd.DataFrame, column: str) -> pd.DataFrame:
    both = words.merge(rows[["contact_id", "said_on"]].assign(said=rows[column]), on="contact_id")
    is_newer = both["said_on"] > of_instants(both["decided_at"])
    return both.loc[is_newer & both["said"].notna() & both["said"].ne(both["value"]), ["correction_no", "correction_id"]]
