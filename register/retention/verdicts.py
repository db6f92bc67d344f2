"""One verdict for each contact: keep until a day, remove, hold or report, with the rule and the facts that led to it."""

import json
from datetime import date

import numpy as np
import pandas as pd

from register.policy import Policy
from register.retention import rules
from register.retention.facts import Facts
from register.retention.periods import iso
from register.retention.reach import Placed, place

REPORTS = ("undecided", "not_in_force", "no_fact", "open_relationship", "stale_evidence")
"""Rules of a report: the policy is silent, no rule is in force yet, nothing dated is known, open without event, stale evidence."""

COLUMNS = ["contact_id", "outcome", "last_day", "rule", "facts"]


def decide(facts: Facts, policy: Policy, day: date) -> pd.DataFrame:
    """The verdicts of one day: contact_id, outcome (keep, remove, hold, report), last_day (ISO), rule, facts (JSON).

    Removed is only who is past every rule's last day, with nothing undecided, nobody's hold and no stale evidence; whatever the
    policy does not say is reported (law, "Retention").
    """
    placed = place(facts)
    said = _said(placed, facts, policy, day)
    verdicts = _latest(placed, said, day)
    verdicts = _missing_evidence(verdicts, facts)
    verdicts = _held(verdicts, facts)
    return pd.DataFrame({
        "contact_id": verdicts.contact_id, "outcome": verdicts.outcome, "last_day": iso(verdicts.last_day),
        "rule": verdicts.rule, "facts": _facts_text(verdicts)})[COLUMNS]


def _said(placed: Placed, facts: Facts, policy: Policy, day: date) -> pd.DataFrame:
    """What every rule says, a row a rule and contact."""
    frames = {
        "after_invoicing": rules.after_invoicing(placed, policy, day),
        "open_relationship": rules.open_relationship(placed, policy, day),
        "closed_relationship": rules.closed_relationship(placed, policy, day),
        "after_last_contact": rules.after_last_contact(placed, policy, day),
        "partner": rules.partner(placed, policy, day),
        "after_last_confirmed": rules.after_last_confirmed(placed, facts, policy, day),
    }
    said = pd.concat([frame.rename_axis("contact").reset_index().assign(rule=name) for name, frame in frames.items()],
                     ignore_index=True)
    return said.assign(rank=said.rule.map({name: -no for no, name in enumerate(rules.RULES)}))


def _latest(placed: Placed, said: pd.DataFrame, day: date) -> pd.DataFrame:
    """The rule with the latest last day, and what follows before evidence and holds are asked."""
    decided = said[said.last_day.notna()].sort_values(["contact", "last_day", "is_open", "rank"])
    best = decided.drop_duplicates("contact", keep="last").set_index("contact")
    verdicts = placed.contacts[["contact_id", "company"]].join(best.drop(columns=["rank", "is_undecided", "is_in_force"]))
    is_past = ~(verdicts.last_day >= pd.Timestamp(day))
    verdicts["outcome"] = np.where(is_past, "remove", "keep")
    verdicts["is_open"] = verdicts.is_open.eq(True)
    verdicts.loc[verdicts.is_open & ~is_past, "last_day"] = pd.NaT  # an open relationship has no last day
    open_contacts = said.loc[said.is_open, "contact"]
    _report(verdicts, is_past & verdicts.index.isin(open_contacts), "open_relationship")
    unsure = said[said.is_undecided]
    _report(verdicts, is_past & verdicts.index.isin(unsure.loc[unsure.is_in_force, "contact"]), "undecided")
    _report(verdicts, is_past & verdicts.index.isin(unsure.loc[~unsure.is_in_force, "contact"]), "not_in_force")
    _report(verdicts, ~verdicts.index.isin(said.contact), "no_fact")
    return verdicts


def _report(verdicts: pd.DataFrame, where: "pd.Series[bool]", rule: str) -> None:
    """Turns removals into reports, so that nothing is guessed."""
    mask = where & verdicts.outcome.eq("remove")
    verdicts.loc[mask, "outcome"] = "report"
    verdicts.loc[mask, "rule"] = rule


def _missing_evidence(verdicts: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """Reports in place of removals for those whom a late, set-aside or incomplete feed, or a waiting row, could prolong."""
    general = facts.gaps[facts.gaps.contact_id.isna()].head(1)
    own = facts.gaps.dropna(subset="contact_id").drop_duplicates("contact_id").set_index("contact_id")[["code", "feed", "since_on"]]
    gaps = own.reindex(verdicts.contact_id).set_axis(verdicts.index)
    for column in gaps.columns:
        gaps[column] = gaps[column].fillna(general[column].iloc[0]) if len(general) and general[column].notna().all() else gaps[column]
    verdicts = verdicts.join(gaps.rename(columns={"code": "gap"}))
    _report(verdicts, verdicts.gap.notna(), "stale_evidence")
    is_reported = verdicts.rule.eq("stale_evidence")
    verdicts[["gap", "feed", "since_on"]] = verdicts[["gap", "feed", "since_on"]].where(is_reported)
    return verdicts


def _held(verdicts: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    holds = facts.holds.drop_duplicates("contact_id").set_index("contact_id")[["owner", "review_on"]]
    verdicts = verdicts.join(holds.reindex(verdicts.contact_id).set_axis(verdicts.index))
    is_held = verdicts.owner.notna()
    return verdicts.assign(outcome=verdicts.outcome.mask(is_held, "hold"), rule=verdicts.rule.mask(is_held, "hold"))


def _facts_text(verdicts: pd.DataFrame) -> "pd.Series[str]":
    """What the sentence names, as JSON: made once for each distinct combination."""
    named = pd.DataFrame({
        "company": verdicts.company, "fact_on": iso(verdicts.fact_on), "case_number": verdicts.case_number,
        "reason": verdicts.reason, "gap": verdicts.gap, "feed": verdicts.feed, "since_on": verdicts.since_on,
        "review_on": verdicts.review_on,
    })
    texts = [
        json.dumps({key: value for key, value in row.items() if isinstance(value, str) and value}, ensure_ascii=False)
        for row in named.to_dict("records")
    ]
    return pd.Series(texts, index=verdicts.index, dtype="str")
