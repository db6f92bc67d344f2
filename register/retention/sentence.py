"""The verdict in one sentence, in the language of the policy."""

import json
from collections.abc import Mapping
from typing import Any

from register.texts import Texts


def sentence(texts: Texts, verdict: Mapping[str, Any]) -> str:
    """Why a contact is in the register and until when. verdict: a row of the table `verdicts`.

    Example: In the register because Ostaja Öljy Oy was last invoiced 14 Mar 2025 (case TARJ-77). Kept until 31 Dec 2035.
    """
    facts = json.loads(verdict["facts"])
    last_day = texts.day(verdict["last_day"]) if isinstance(verdict["last_day"], str) else "-"
    words = {
        "company": facts.get("company") or texts.say("verdict.no_company"),
        "case": texts.say("verdict.case", number=facts["case_number"]) if "case_number" in facts else "",
        "fact_on": _day(texts, facts, "fact_on"),
        "last_day": last_day,
        "owner": facts.get("owner", "-"),
        "review_on": _day(texts, facts, "review_on"),
    }
    why = texts.say(_key(verdict), **words, gap=_gap(texts, facts))
    return f"{why} {_until(texts, verdict, facts, last_day)}".strip()


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
    if verdict["outcome"] not in ("keep", "remove") or not isinstance(verdict["last_day"], str):
        return ""
    reason = facts.get("reason")
    key = "verdict.kept_until" if verdict["outcome"] == "keep" else "verdict.was_kept_until"
    return texts.say(key, last_day=last_day, reason=f": {reason}" if reason else "")
