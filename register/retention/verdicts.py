"""One verdict for each contact: keep until a day, remove, hold or report, with the rule and the facts that led to it."""

import json
from datetime import date
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pandas as pd

from register.policy import Policy
from register.retention.facts import Facts
from register.retention.periods import Days, iso
from register.retention.reach import place
from register.retention.rules import RULES, speak

REPORTS = ("open_relationship", "undecided", "not_in_force", "silent", "no_fact", "stale_evidence")
"""Rules of a report: open and nothing has happened, the policy is silent, no rule is in force yet, the feed that gave them is
silent, nothing is known from which a period could run, evidence is missing."""

COLUMNS = ["contact_id", "outcome", "last_day", "rule", "facts", "stands_until"]

ENDING = RULES[2:]
"""Rules that give a last day, of which the latest counts; the open relationship has none, and who is no business never stays
for another rule's sake."""

NEVER = np.datetime64("0001-01-01")
"""Earlier than every day: stands for a missing last day where the latest one is looked for."""


def decide(facts: Facts, policy: Policy, day: date) -> pd.DataFrame:
    """The verdicts of one day: contact_id, outcome (keep, remove, hold, report), last_day, rule, facts (JSON), stands_until.

    last_day, stands_until: ISO; after the latter time alone makes another verdict of what is kept.

    Removed is only who is past every rule's last day, with no open relationship, nothing undecided, no hold, no restriction and
    no stale evidence; whatever the policy does not say is reported (law, "Retention"). Raises ImplausibleInvoice.
    """
    placed = place(facts)
    contacts = placed.contacts
    said = {rule: words.reindex(contacts.index) for rule, words in speak(placed, policy, day).items()}
    holds = _of_each(facts.holds, contacts)
    restrictions = _of_each(facts.restrictions, contacts)
    gaps = _gaps(facts, contacts)
    answered_on = placed.decided.loc[placed.decided.is_whole, "fact_on"].reindex(contacts.index)
    verdicts = _judged(said, answered_on, is_held=holds.contact_id.notna(),
                       is_restricted=restrictions.contact_id.notna(), is_stale=gaps.code.notna(), day=day)
    decided_by = placed.decided.decided_by.reindex(contacts.index)
    named = {"company": contacts.company, **_basis(said, verdicts.basis),
             "owner": holds.owner.where(verdicts.rule == "hold", decided_by.where(verdicts.rule == "decided")),
             "review_on": holds.review_on.where(verdicts.rule == "hold"),
             "restricted_on": restrictions.since_on.where(verdicts.rule == "restricted"),
             **{name: gaps[of].where(verdicts.rule == "stale_evidence") for name, of in GAP_NAMES.items()}}
    days = {name: iso(verdicts[name]) for name in ("last_day", "stands_until")}
    return verdicts.assign(contact_id=contacts.contact_id, facts=as_json(named), **days)[COLUMNS]


GAP_NAMES = {"gap": "code", "feed": "feed", "since_on": "since_on"}


def _judged(
    said: dict[str, pd.DataFrame], answered_on: Days, *, is_held: "pd.Series[bool]", is_restricted: "pd.Series[bool]",
    is_stale: "pd.Series[bool]", day: date,
) -> pd.DataFrame:
    """outcome, rule, last_day, stands_until, and `basis`: the rule whose fact is named. The first line that fits counts.

    answered_on: when somebody gave a last day to all records of a contact: a report on older facts is answered by it.
    """
    found, opened, today = said["incompatible"], said["open_relationship"], pd.Timestamp(day)
    last_day, winner = _latest(said)
    pending, undecided_rule = _pending(said, answered_on)
    is_alive = opened.last_day >= today
    is_open, is_kept = opened.fact_on.notna() & (is_alive | ~(answered_on >= opened.fact_on)), last_day >= today
    ends = found.last_day.fillna(said["decided"].last_day.where(answered_on >= found.fact_on))
    lines: tuple[tuple[pd.Series[bool], str, str | pd.Series[str]], ...] = (
        (is_held, "hold", "hold"),
        (is_restricted, "hold", "restricted"),
        (ends >= today, "keep", "incompatible"),
        (ends < today, "remove", "incompatible"),
        (found.pending.notna() & ends.isna(), "report", found.pending),
        (is_open & is_alive, "keep", "open_relationship"),
        (is_open, "report", "open_relationship"),
        (is_kept, "keep", winner),
        (pending.notna(), "report", pending),
        (last_day.isna() | (winner.eq("decided") & answered_on.isna()), "report", "no_fact"),
        (is_stale, "report", "stale_evidence"),
        (last_day.notna(), "remove", winner),
    )
    fits = np.stack([condition.to_numpy(dtype=bool) for condition, _, _ in lines]).argmax(axis=0)
    is_found = found.fact_on.notna()
    basis = winner.where(is_kept | pending.isna(), undecided_rule).mask(is_open, "open_relationship")
    outcome = _chosen(fits, [outcome for _, outcome, _ in lines])
    last = last_day.mask(is_open).mask(is_found, ends)
    return pd.DataFrame({
        "outcome": outcome, "rule": _chosen(fits, [rule for _, _, rule in lines]), "last_day": last,
        "basis": basis.mask(is_found, "incompatible"),
        "stands_until": last.mask(is_open & ~is_found, opened.last_day).where(outcome == "keep")})


def _chosen(fits: "np.ndarray[Any, Any]", values: "list[Any]") -> "pd.Series[str]":
    """Of each row the value of the line that fits it: one text for all, or one for each."""
    columns = [np.broadcast_to(np.asarray(value, dtype=object), len(fits)) for value in values]
    return pd.Series(np.choose(fits, columns), dtype="str")


def _latest(said: dict[str, pd.DataFrame]) -> tuple[Days, "pd.Series[str]"]:
    """Of each contact the latest last day, and the first rule that gives it."""
    days = np.stack([said[rule].last_day.to_numpy("datetime64[D]") for rule in ENDING])
    filled = np.where(np.isnat(days), NEVER, days)
    latest = filled.max(axis=0)
    is_known = latest != NEVER
    last_day = pd.Series(np.where(is_known, latest, np.datetime64("NaT")).astype("datetime64[us]"))
    return last_day, pd.Series(np.array(ENDING)[filled.argmax(axis=0)], dtype="str").where(is_known)


def _pending(said: dict[str, pd.DataFrame], answered_on: Days) -> tuple["pd.Series[str]", "pd.Series[str]"]:
    """Of each contact why the policy gives no day for something that is not answered, and the rule of which it gives none."""
    why = [said[rule].pending.mask(_is_answered(said, rule, answered_on)) for rule in ENDING]
    whose = [words.mask(words.notna(), rule) for rule, words in zip(ENDING, why, strict=True)]
    return reduce(_filled, why), reduce(_filled, whose)


def _is_answered(said: dict[str, pd.DataFrame], rule: str, answered_on: Days) -> "pd.Series[bool]":
    """Nothing newer has come since the word was given; that a third party goes on confirming is nothing new."""
    return answered_on.notna() if rule == "after_last_confirmed" else answered_on >= said[rule].fact_on


def _filled(first: "pd.Series[str]", second: "pd.Series[str]") -> "pd.Series[str]":
    return first.fillna(second)


def _basis(said: dict[str, pd.DataFrame], basis: "pd.Series[str]") -> dict[str, "pd.Series[str]"]:
    """What the rule that each verdict rests on names: fact_on, case_number, given_by, reason."""
    parts = [words[basis.eq(rule)] for rule, words in said.items()]
    named = pd.concat(parts).reindex(basis.index)
    return {"fact_on": iso(named.fact_on), **{name: named[name] for name in ("case_number", "given_by", "reason")}}


def _of_each(rows: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """The first row of each contact; missing where it has none."""
    first = rows.dropna(subset="contact_id").drop_duplicates("contact_id")
    return contacts[["contact_id"]].rename(columns={"contact_id": "id"}).merge(
        first, left_on="id", right_on="contact_id", how="left").drop(columns="id")


def _gaps(facts: Facts, contacts: pd.DataFrame) -> pd.DataFrame:
    """What evidence of each contact is missing: what touches them alone, else the first that touches all."""
    gaps = _of_each(facts.gaps, contacts)
    general = facts.gaps[facts.gaps.contact_id.isna()].head(1)
    for row in general.to_dict("records"):
        gaps[gaps.code.isna()] = pd.Series(row).reindex(gaps.columns).to_numpy()
    return gaps


def as_json(texts: dict[str, "pd.Series[str]"]) -> "pd.Series[str]":
    """A JSON object a row, of what is not missing; each distinct text is quoted once."""
    members = [(f', "{name}": ' + _quoted(values)).fillna("") for name, values in texts.items()]
    return "{" + reduce(add, members).str.slice(2) + "}"


def _quoted(values: "pd.Series[str]") -> "pd.Series[str]":
    codes, distinct = pd.factorize(values)
    quoted = pd.Series([json.dumps(text, ensure_ascii=False) for text in distinct], dtype="str")
    return quoted.reindex(codes).set_axis(values.index)
