"""What stands by somebody's word: every decision in force, with the number by which it is taken back. Only reads."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from register.contacts import decisions
from register.corrections import bulk
from register.intake import answers
from register.normalise.day import parse
from register.policy import Policy
from register.retention import decided
from register.store.store import Store
from register.texts import Texts

NAMED_DAYS = 3
"""Days of one decision that are told; more are cut."""


def listed(store: Store) -> list[dict[str, Any]]:
    """On who is who, how long and quarantine, by number: decision_id, kind, decided_by, decided_on, contact_ids.

    And what tells one of a kind from another: days of those on how long, places and file of answers to quarantine.
    """
    found = [*decisions.listed(store), *decided.listed(store), *answers.listed(store)]
    dated = [one | {"decided_on": one.get("decided_on") or parse(one["decided_at"])} for one in found]
    return sorted(dated, key=lambda one: int(one["decision_id"]))


def corrections(store: Store, policy: Policy, texts: Texts) -> list[str]:
    """A sentence for each correction in force, and for each re-delivery that can be undone still."""
    values = [texts.say("correction.stands", n=one["correction_no"], by=one["decided_by"], records=one["records"],
                        day=texts.day(parse(one["decided_at"]) or ""), still=one["still_sent"])
              for one in bulk.standing(store).to_dict("records")]
    undo_days = timedelta(days=policy.periods.undo_days)
    replaced = [texts.say("correction.replaced", n=one["correction_no"], by=one["decided_by"], days=one["days"],
                          day=texts.day(parse(one["decided_at"]) or ""),
                          until=texts.day((date.fromisoformat(one["since"]) + undo_days).isoformat()))
                for one in bulk.redeliveries(store).to_dict("records")]
    return [*values, *replaced]


def about(one: Mapping[str, Any], texts: Texts) -> str:
    """What tells a decision from others of its kind, in a few words: days, or which column of which feed, and the workbook."""
    if "places" in one:
        named = [texts.say_n("decision.about.entries", entries, feed=feed, column=texts.say(f"column.{column}"))
                 for feed, column, entries in one["places"].itertuples(index=False, name=None)]
        return ", ".join([*named, *([one["file"]] if one["file"] else [])])
    days = [texts.day(day) for day in one.get("days", ())]
    named = [*days[:NAMED_DAYS], *(["…"] if len(days) > NAMED_DAYS else [])]
    return texts.say(f"decision.about.{one['kind']}", days=", ".join(named)) if days else ""


def table(found: list[dict[str, Any]], texts: Texts) -> pd.DataFrame:
    """The decisions for people, who are counted, not named."""
    lines = [(str(one["decision_id"]), texts.say(f"decision.kind.{one['kind']}"), about(one, texts), one["decided_by"],
              texts.day(one["decided_on"]), texts.say_n("count.contacts", len(one["contact_ids"]))) for one in found]
    names = ("number", "kind", "about", "decided_by", "decided_on", "contacts")
    return pd.DataFrame(lines, columns=[texts.say(f"decision.{name}") for name in names])
