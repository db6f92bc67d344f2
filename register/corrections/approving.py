"""The workbook about a correction: what would come of it, sheet by sheet, and the steward's yes or no on the first one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from register.corrections import bulk
from register.corrections.addressing import Addressed
from register.corrections.rehearsal import LOST, Outcome
from register.home import Home
from register.intake import inbox
from register.morning.links import backfill, launch
from register.policy import Policy
from register.store.store import Store
from register.texts import Texts
from register.workbooks.forms import Beside, Column, Form, Keys, Row, Who

MANY = 100
"""More values than these: was a re-delivery meant?"""

OVERHEAD_SECONDS = 30
"""What starting a run takes beside what was rehearsed."""

CHANGED, OVER = "correction_changed", "correction_over"

PAIR = ("full_name", "company", "email", "other_full_name", "other_company", "other_email")


@dataclass(frozen=True)
class Findings:
    """What the sheets show. asked: of a file of values, whose they are; None of a re-delivery."""

    outcome: Outcome
    asked: Addressed | None


def form(home: Home, policy: Policy) -> Form:
    """The question whether a correction is carried out; home, policy: of the letter box, which must hold what was rehearsed."""

    def apply(store: Store, row: Row, answers: Mapping[str, str], who: Who) -> str | None:
        number = int(row["number"])
        if answers["answer"] == "no":
            return None if bulk.refuse(store, number) else OVER
        known = bulk.find(store, number)
        if known is not None and known.kind == "delivery" and not _lies_there(home, known):
            return CHANGED
        return None if bulk.approve(store, number, who.name, who.os_user) else OVER

    def choices(row: Row) -> tuple[str, ...]:
        return ("values" if row["is_large"] else "yes", "no")

    answer = Column("answer", "correction.answer", 24, choices=choices, says="correction.answer")
    return Form("correction", (answer,), _shown, apply, is_on_guide=True)


def question(number: int, values: int) -> pd.DataFrame:
    """The one row of the form."""
    return pd.DataFrame([{"keys": (str(number),), "number": number, "is_large": values > MANY}])


def beside(number: int, correction: bulk.Correction, found: Findings, policy: Policy) -> Beside:
    """The sheets, the figures below the guide, and whose data they show."""
    texts = Texts(policy.language)
    asked, outcome = found.asked, found.outcome
    parts = {
        "changes": _changes(outcome, texts), "merges": _pairs(outcome.merges, texts), "splits": _pairs(outcome.splits, texts),
        "missing": _missing(asked, outcome, texts), "own": _own(asked, texts)}
    sheets = {texts.say(f"correction.sheet.{name}"): rows for name, rows in parts.items()}
    lines = [*_lines(number, correction, parts, outcome, texts),
             texts.say("correction.link"), policy.notices.ui + backfill(list(correction.scope), correction.days),
             texts.say("correction.undo_link"),
             policy.notices.ui + launch("lift", {"number": number, "name": policy.people.steward})]
    return Beside(lines, sheets, [(key,) for key in outcome.records])


def minutes(outcome: Outcome) -> int:
    """About how long carrying it out takes."""
    return -(-(outcome.seconds + OVERHEAD_SECONDS) // 60)


def _lies_there(home: Home, known: bulk.Correction) -> bool:
    """Whether the letter box holds the very files that were rehearsed."""
    lying = {inbox.content_hash(path) for feed, days in known.scope.items() for day in days
             for path in sorted((home.inbox / feed / day).glob("*")) if path.is_file() and inbox.is_shown(path)}
    return set(known.contents) <= lying


def _shown(store: Store, texts: Texts, asked: Sequence[Keys]) -> pd.DataFrame:
    numbers = [int(keys[0]) for keys in asked[:1] if keys[0].isdecimal()]
    found = [one for number in numbers if (one := bulk.find(store, number)) is not None]
    rows = [question(one.number, one.figures.get("values", 0)) for one in found]
    return pd.concat(rows) if rows else pd.DataFrame({"keys": [], "number": [], "is_large": []})


def _lines(number: int, correction: bulk.Correction, parts: Mapping[str, pd.DataFrame], outcome: Outcome,
           texts: Texts) -> list[str]:
    lines = [texts.say("correction.number", n=number)]
    lines += [f"{texts.say(f'correction.sheet.{name}')}: {texts.say_n('count.plain', len(rows))}"
              for name, rows in parts.items()]
    lines.append(texts.say("correction.takes", days=len(correction.days), feeds=", ".join(correction.scope) or "-",
                           minutes=minutes(outcome)))
    if correction.figures.get("values", 0) > MANY:
        lines.append(texts.say_n("correction.many", correction.figures["values"]))
    return [*lines, texts.say("correction.return")]


def _changes(outcome: Outcome, texts: Texts) -> pd.DataFrame:
    rows = outcome.changes
    columns = {name: texts.say(f"column.{name}") for name in rows["column"].dropna().unique()}
    return _headed(pd.DataFrame({
        "what": rows["what"].map(lambda code: texts.say(f"correction.what.{code}")), "full_name": rows["full_name"],
        "company": rows["company"], "column": rows["column"].map(columns), "old": rows["old"], "value": rows["value"],
        "contact_id": rows["contact_id"]}), texts)


def _pairs(rows: pd.DataFrame, texts: Texts) -> pd.DataFrame:
    return _headed(rows[[*PAIR, "contact_id", "other_id"]], texts)


def _missing(asked: Addressed | None, outcome: Outcome, texts: Texts) -> pd.DataFrame:
    """Rows of the file that found nobody, cells that cannot be taken, deliveries that would be set aside, and who a day would
    say no more.
    """
    rows = []
    if asked is not None:
        rows += [{"row": str(row), "column": "", "reason": texts.say(f"correction.missing.{code}")}
                 for row, code in asked.missing.sort_values("row").itertuples(index=False)]
        rows += [{"row": str(row), "column": texts.say(f"column.{column}") if column else "", "reason": wrong_said(code, texts)}
                 for row, column, code in asked.wrong.sort_values("row").itertuples(index=False)]
    rows += [{"feed": feed, "day": texts.day(day), "reason": texts.say("correction.set_aside")}
             for feed, day in outcome.refused]
    rows += [{**{name: one[name] for name in ("feed", *LOST)}, "day": texts.day(one["day"]),
              "reason": texts.say("correction.lost.waits" if one["is_waiting"] else "correction.lost.gone")}
             for one in outcome.lost.to_dict("records")]
    return _headed(pd.DataFrame(rows, columns=["row", "column", "feed", "day", *LOST, "reason"], dtype="str").fillna(""), texts)


def wrong_said(code: str, texts: Texts) -> str:
    """Why a cell cannot be taken, and what is allowed."""
    if code in ("several_values", "half_a_name", "unreadable_value", "name_contradicts"):
        return texts.say(f"correction.wrong.{code}")
    return f"{texts.say(f'reason.{code}')} {texts.say(f'allowed.{code}')}"


def _own(asked: Addressed | None, texts: Texts) -> pd.DataFrame:
    names = ["full_name", "company", "column", "own", "feed", "day", "value", "contact_id"]
    if asked is None or asked.own.empty:
        return _headed(pd.DataFrame(columns=names, dtype="str"), texts)
    rows = asked.own.rename(columns={"value": "own"}).merge(asked.lines, on="line")
    columns = {name: texts.say(f"column.{name}") for name in rows["column"].unique()}
    return _headed(pd.DataFrame({
        "full_name": rows["full_name"], "company": rows["company"], "column": rows["column"].map(columns), "own": rows["own"],
        "feed": rows["feed"], "day": rows["day"].map(texts.day), "value": rows["value"],
        "contact_id": rows["contact_id"]}), texts)


def _headed(rows: pd.DataFrame, texts: Texts) -> pd.DataFrame:
    return rows.set_axis([texts.say(f"correction.column.{name}") for name in rows.columns], axis=1)
