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
    words = {
        "company": facts.get("company") or texts.say("verdict.no_company"),
        "fact_on": texts.day(facts["fact_on"]) if "fact_on" in facts else "-",
        "case": texts.say("verdict.case", number=facts["case_number"]) if "case_number" in facts else "",
        "last_day": texts.day(verdict["last_day"]) if isinstance(verdict["last_day"], str) else "-",
        "feed": facts.get("feed", "-"),
        "since_on": texts.day(facts["since_on"]) if "since_on" in facts else texts.say("verdict.since_ever"),
        "review_on": texts.day(facts["review_on"]) if "review_on" in facts else "-",
    }
    why = texts.say(f"verdict.{verdict['rule']}", **words, gap=_gap(texts, facts, words))
    return f"{why} {_until(texts, verdict, facts, words)}".strip()


def _gap(texts: Texts, facts: dict[str, str], words: dict[str, str]) -> str:
    return texts.say(f"verdict.gap.{facts['gap']}", **words) if "gap" in facts else ""


def _until(texts: Texts, verdict: Mapping[str, Any], facts: dict[str, str], words: dict[str, str]) -> str:
    if verdict["outcome"] not in ("keep", "remove") or not isinstance(verdict["last_day"], str):
        return ""
    reason = facts.get("reason")
    key = "verdict.kept_until" if verdict["outcome"] == "keep" else "verdict.was_kept_until"
    return texts.say(key, last_day=words["last_day"], reason=f": {reason}" if reason else "")
