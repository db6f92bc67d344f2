"""Erasing as chosen in an answer: what is not chosen and not sure is split off, then one decision for the person."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from register.errors import RefusedError
from register.intake.ingest import Desk
from register.removal import erasure, ties
from register.removal.requests import Request
from register.requests.form import NO
from register.texts import Texts
from register.workbooks.forms import Who


def erase(
    desk: Desk, chosen: Sequence[tuple[Mapping[Any, Any], str]], facts: Mapping[str, str], who: Who, path: Path, texts: Texts
) -> list[str]:
    """What was done, the proof, and the letter to send. path: the answer that chose.

    Raises RefusedError for several decisions at once, and as `erasure.erase`.
    """
    decisions = {decision for _, decision in chosen if decision != NO}
    if len(decisions) != 1:
        raise RefusedError(texts.say("ask.one_decision"))
    asked = request_of(facts, who)
    asked.refuse_unsigned(desk.policy)
    groups = [_group(row) for row, _ in chosen]
    ticked = {place for place, (_, decision) in enumerate(chosen) if decision != NO}
    shown = ties.split_off(desk.home, desk.policy, desk.feeds, groups, ticked, who.name, who.os_user, who.day)
    rows = [key for place, group in enumerate(groups) if place in ticked and group.is_waiting for key in group.records]
    decision: Any = decisions.pop()
    done = erasure.erase(desk.home, desk.policy, shown, decision, asked, who.day, desk.say, path, rows)
    said = erasure.said(done, texts)
    return said if done.letter is None else [
        *said, texts.say("ask.letter", letter=done.letter, day=texts.day(done.due_legal.isoformat()))]


def request_of(facts: Mapping[str, str], who: Who) -> Request:
    """The case: received on the day that was typed, else today."""
    received_on = date.fromisoformat(facts["day"]) if facts.get("day") else who.day
    return Request(received_on, facts.get("who_asks", ""), who.name, who.os_user)


def _group(row: Mapping[Any, Any]) -> ties.Group:
    return ties.Group(str(row["contact_id"]), "", "", "", "", (), tuple(row["records"]), row["facts"].get("sure") == "x")
