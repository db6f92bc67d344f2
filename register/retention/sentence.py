"""The verdict in one sentence, in the language of the policy."""

import json
from collections.abc import Mapping
from typing import Any

from register.texts import Texts


def sentence(texts: Texts, verdict: Mapping[str, Any], source: Mapping[str, str] | None = None) -> str:
    """Why a contact is in the register, until when, by which policy, and where it is from.

    verdict: a row of the table `verdicts`. source: kind and day (`on`) of the contact's first record, where it is told.
    Example: In the register because of the invoice of 14 Mar 2025 to Ostaja Öljy Oy (case TARJ-77). Kept until
    31 Dec 2035: notice, section 7, policy v3. From: inquiry 3 Nov 2024.
    """
    facts = json.loads(verdict["facts"])
    last_day = texts.day(verdict["last_day"]) if isinstance(verdict["last_day"], str) else "-"
    words = {
        "company": facts.get("company") or texts.say("verdict.no_company"),
        "case": texts.say("verdict.case", number=facts["case_number"]) if "case_number" in facts else "",
        "fact_on": _day(texts, facts, "fact_on"),
        "last_day": last_day,
        "given_by": facts.get("given_by", "-"),
        "owner": facts.get("owner", "-"),
        "review_on": _day(texts, facts, "review_on"),
        "restricted_on": _day(texts, facts, "restricted_on"),
    }
    why = texts.say(_key(verdict), **words, gap=_gap(texts, facts))
    return " ".join(filter(None, (why, _until(texts, verdict, facts, last_day), _from(texts, source))))


def fault_sentence(texts: Texts, fault: Mapping[str, Any]) -> str:
    """What of a contact is outdated or erroneous, and when it goes. fault: a row of the table `faults`."""
    facts = json.loads(fault["facts"])
    named = {name: facts.get(name, "-") for name in ("feed", "company", "successor", "gap_feed")}
    named["gap_since_on"] = _day(texts, facts, "gap_since_on")
    what = texts.say(f"fault.{fault['rule']}", fact_on=_day(texts, facts, "fact_on"), **named)
    if "pending" in facts:
        return f"{what} {texts.say('fault.pending.' + facts['pending'], **named)}"
    return f"{what} {texts.say('fault.until', last_day=texts.day(fault['last_day']), reason=_because(facts.get('reason')))}"


def _because(*reasons: str | None) -> str:
    said = ", ".join(filter(None, reasons))
    return f": {said}" if said else ""


def _from(texts: Texts, source: Mapping[str, str] | None) -> str:
    if not source:
        return ""
    return texts.say("verdict.from", kind=texts.say(f"kind.{source['kind']}").lower(), day=texts.day(source["on"]))


def _key(verdict: Mapping[str, Any]) -> str:
    is_review = verdict["rule"] == "open_relationship" and verdict["outcome"] == "report"
    return "verdict.review" if is_review else f"verdict.{verdict['rule']}"


def _gap(texts: Texts, facts: dict[str, str]) -> str:
    """What evidence is missing; a feed without a day has never delivered, or never said since when it is complete."""
    if "gap" not in facts:
        return ""
    never = ".never" if facts["gap"] in ("late", "incomplete") and "since_on" not in facts else ""
    return texts.say(f"verdict.gap.{facts['gap']}{never}", feed=facts.get("feed", "-"), since_on=_day(texts, facts, "since_on"))


def _day(texts: Texts, facts: dict[str, str], name: str) -> str:
    return texts.day(facts[name]) if name in facts else "-"


def _until(texts: Texts, verdict: Mapping[str, Any], facts: dict[str, str], last_day: str) -> str:
    number = verdict.get("policy_no")
    if verdict["outcome"] not in ("keep", "remove") or not isinstance(verdict["last_day"], str):
        return texts.say("verdict.by_policy", n=number) if number else ""
    key = "verdict.kept_until" if verdict["outcome"] == "keep" else "verdict.was_kept_until"
    policy = texts.say("verdict.policy", n=number) if number else None
    return texts.say(key, last_day=last_day, reason=_because(facts.get("reason"), policy))
