"""An explanation in sentences, in the language of the policy: for the command and for the workbooks of answers."""

from typing import Any

from register.explain import Explanation
from register.retention import fault_sentence, sentence
from register.texts import Texts


def sentences(told: Explanation, texts: Texts) -> list[str]:
    """Until when and why, what else is true of the contact, and since when it is known."""
    seen = texts.say("explain.seen", first=texts.day(told.first_seen_on), last=texts.day(told.last_seen_on))
    return [
        *([texts.say("explain.redirected", old_id=told.asked_id, new_id=told.contact_id)]
          if told.asked_id != told.contact_id else []),
        *([verdict(told, texts)] if told.verdict is not None else [texts.say("explain.no_verdict")]),
        *(fault_sentence(texts, fault) for fault in told.faults),
        *([texts.say("explain.due", last_day=texts.day(told.due["last_day"]), since=texts.day(told.due["published_on"]))]
          if told.due else []),
        *(texts.say("explain.hold", reason=hold["reason"], owner=hold["owner"], review_on=texts.day(hold["review_on"]))
          for hold in told.holds),
        *([texts.say("explain.restricted")] if told.restricted else []),
        _marketing(told, texts),
        seen,
    ]


def _marketing(told: Explanation, texts: Texts) -> str:
    since = min((one["objected_on"] for one in told.objections if one["kind"] == "marketing"), default=None)
    if told.marketing_ban and since:
        return texts.say("explain.banned_since", day=texts.day(since))
    word = "banned" if told.marketing_ban else "consented" if told.marketing_consent else "no_word"
    return texts.say(f"explain.{word}")


def verdict(told: Explanation, texts: Texts) -> str:
    """Until when the contact is kept, and why."""
    return sentence(texts, told.verdict or {}, told.source)


def until(row: dict[Any, Any], texts: Texts) -> str:
    """A verdict as `find` gives it, in a few words: the last day alone where it is simply kept, none while it is open."""
    if not isinstance(row["outcome"], str):
        return ""
    day = texts.day(row["last_day"]) if isinstance(row["last_day"], str) else ""
    if row["outcome"] == "keep":
        return day or texts.say("find.for_now")
    return f"{texts.say('outcome.' + row['outcome'])} {day}".strip()
