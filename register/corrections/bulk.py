"""A correction from proposal to end: its number, its days, who approved it, what is left to be read, and how it is lifted.

Its number is that of a decision, so that one number says what `register undo` lifts. Each step is one transaction; what is left
to be read is kept, so that a killed run is taken up by the next.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import sqlalchemy as sa

from register.errors import RefusedError
from register.intake import former
from register.store.database import now
from register.store.store import Store
from register.store.tables import bulk_corrections, corrections, decisions, deliveries, former_deliveries, quarantine
from register.texts import Texts

Kind = Literal["values", "delivery"]
Scope = Mapping[str, Sequence[str]]
"""Feed -> days."""

DECISIONS: dict[str, str] = {"values": "correct", "delivery": "redeliver"}
"""What a correction is called among the decisions."""

NAMED = 3
"""So many feeds and days are named of those that cannot be put back."""

ENDED = ("changed", "missing", "wrong", "waiting")
"""What is told at the end. wrong: cells that could not be taken; waiting: what the read days have left to be answered."""

OPEN = ("approved", "lifting")
"""States in which days are still to be read."""


@dataclass(frozen=True)
class Correction:
    """A row of `bulk_corrections`."""

    number: int
    kind: Kind
    state: str
    scope: Scope
    remaining: Scope
    contents: Sequence[str]
    figures: Mapping[str, int]
    changed_in: int

    @property
    def days(self) -> list[str]:
        """All its days, each once."""
        return sorted({day for days in self.scope.values() for day in days})


def propose(store: Store, kind: Kind, scope: Scope, contents: Sequence[str], figures: Mapping[str, int], by: str,
            day: str) -> int:
    """Notes a correction that waits for approval; its number."""
    decision = {"kind": DECISIONS[kind], "decided_by": by, "os_user": by, "decided_at": now(), "changed_in": store.run}
    number = int(store.execute(sa.insert(decisions).values(decision).returning(decisions.c.decision_id)).scalar_one())
    store.execute(sa.insert(bulk_corrections).values(
        correction_no=number, kind=kind, state="proposed", scope=json.dumps(scope), remaining=json.dumps(scope),
        contents=json.dumps(sorted(contents)), figures=json.dumps(figures), proposed_on=day, changed_in=store.run))
    return number


def put_words(store: Store, number: int, words: pd.DataFrame) -> None:
    """Keeps the corrected values of a proposal; nobody reads them before they are approved."""
    store.insert(corrections, words.assign(correction_no=number))


def approve(store: Store, number: int, by: str, os_user: str) -> bool:
    """Puts a proposal in force; False where it no longer waits."""
    if not _move(store, number, ("proposed",), "approved"):
        return False
    put_in_force(store, number, by, os_user)
    return True


def put_in_force(store: Store, number: int, by: str, os_user: str) -> None:
    """Signs the values of a correction: from now on they count."""
    at = now()
    store.execute(sa.update(corrections).where(corrections.c.correction_no == number).values(
        decided_by=by, decided_at=at, changed_in=store.run))
    store.execute(sa.update(decisions).where(decisions.c.decision_id == number).values(
        decided_by=by, os_user=os_user, decided_at=at, changed_in=store.run))


def refuse(store: Store, number: int) -> bool:
    """Drops a proposal with its values; False where it no longer waits."""
    if not _move(store, number, ("proposed",), "refused"):
        return False
    store.execute(sa.delete(corrections).where(corrections.c.correction_no == number))
    return True


def lift(store: Store, number: int, by: str, os_user: str, texts: Texts) -> Correction | None:
    """Takes a correction back, and opens its days to be read again; None where the number is no correction's.

    Raises RefusedError for one that is not in force, and for a re-delivery of which something that it replaced is not kept
    any more, or has been added to.
    """
    known = find(store, number)
    if known is None:
        return None
    places = [(feed, day) for feed, days in known.scope.items() for day in days]
    if known.kind == "delivery" and known.state == "done" and (
            lost := former.lost(store, number, known.contents, places)):
        named = ", ".join(f"{feed} {texts.day(day)}" for feed, day in lost[:NAMED])
        raise RefusedError(texts.say_n("correction.undo_over", len(lost), number=number, named=named))
    if not _move(store, number, ("approved", "done"), "lifting"):
        raise RefusedError(texts.say("correction.not_in_force", n=number))
    at = now()
    store.execute(sa.update(corrections).where(corrections.c.correction_no == number).values(
        lifted_at=at, changed_in=store.run))
    content = json.dumps({"lifted_by": by, "lifted_os_user": os_user})
    store.execute(sa.update(decisions).where(decisions.c.decision_id == number).values(
        lifted_at=at, content=content, changed_in=store.run))
    _note(store, number, remaining=json.dumps(known.scope))
    return find(store, number)


def redelivered_by(store: Store, feed: str, day: str, contents: Sequence[str]) -> int | None:
    """The newest correction that names these files as the whole of a day: what is replaced is kept for its undoing."""
    known = with_state(store, "proposed", "approved", "done") if contents else []
    return next((one.number for one in reversed(known) if one.kind == "delivery" and day in one.scope.get(feed, ())
                 and set(contents) <= set(one.contents)), None)


def find(store: Store, number: int) -> Correction | None:
    """The correction of a number."""
    return next(iter(_corrections(store, bulk_corrections.c.correction_no == number)), None)


def with_state(store: Store, *states: str) -> list[Correction]:
    """All corrections in one of the states, oldest first."""
    return _corrections(store, bulk_corrections.c.state.in_(states))


def of_days(store: Store, feed: str, days: Sequence[str]) -> list[Correction]:
    """Open corrections of which days of the feed are still to be read."""
    return [one for one in with_state(store, *OPEN) if set(one.remaining.get(feed, ())) & set(days)]


def note_read(store: Store, feed: str, days: Sequence[str]) -> None:
    """Strikes days that a backfill has read; a re-delivery that was read without being asked for counts as approved.

    Of one that is being lifted those stay that could not be put back.
    """
    for one in with_state(store, *OPEN, "proposed"):
        kept = former.days(store, one.number) if one.state == "lifting" else set()
        left = {name: [day for day in held if name != feed or day not in days or (name, day) in kept]
                for name, held in one.remaining.items()}
        left = {name: held for name, held in left.items() if held}
        if left != one.remaining and (one.state != "proposed" or one.kind == "delivery"):
            _note(store, one.number, remaining=json.dumps(left))


def finish(store: Store, changed: int) -> list[Correction]:
    """Ends the corrections of which nothing is left to be read, once contacts are computed; changed: contacts that changed."""
    ended = [one for one in with_state(store, *OPEN, "proposed") if not one.remaining and _is_due(one)]
    for one in ended:
        figures = dict(one.figures)
        if one.state != "lifting":
            figures |= {"changed": figures["values"]} if one.kind == "values" else {
                "changed": changed, "wrong": 0, "waiting": _left_waiting(store, one)}
        state = "lifted" if one.state == "lifting" else "done"
        _note(store, one.number, state=state, figures=json.dumps(figures), changed_in=store.run)
    return [found for one in ended if (found := find(store, one.number))]


def ended_since(store: Store, run: int) -> list[Correction]:
    """Corrections that were carried out or taken back by the steps after `run`."""
    return [one for one in with_state(store, "done", "lifted") if one.changed_in > run]


def expire(store: Store, proposed_before: str, approved_before: str) -> int:
    """Drops proposals that nobody answered, and the wrong values that corrections overruled; how many rows."""
    stale = sa.select(bulk_corrections.c.correction_no).where(
        bulk_corrections.c.state == "proposed", bulk_corrections.c.proposed_on < proposed_before)
    dropped = [refuse(store, int(number)) for number in store.read(stale)["correction_no"]]
    forgotten = store.execute(sa.update(corrections).where(_is_outlived(approved_before)).values(overruled=None)).rowcount
    return len(dropped) + forgotten


def has_expired(store: Store, proposed_before: str, approved_before: str) -> bool:
    """Whether `expire` would find anything."""
    stale = sa.select(bulk_corrections.c.correction_no).where(
        bulk_corrections.c.state == "proposed", bulk_corrections.c.proposed_on < proposed_before)
    outlived = sa.select(corrections.c.correction_id).where(_is_outlived(approved_before))
    return any(store.scalar(query.limit(1)) is not None for query in (stale, outlived))


def standing(store: Store) -> pd.DataFrame:
    """Corrections in force, for people: correction_no, decided_by, decided_at, records, and still_sent of them."""
    table = corrections.c
    query = sa.select(table.correction_no, table.decided_by, table.decided_at, sa.func.count().label("records"),
                      sa.func.count(table.still_sent_on).label("still_sent"))
    query = query.where(table.decided_at.is_not(None), table.lifted_at.is_(None))
    return store.read(query.group_by(table.correction_no, table.decided_by, table.decided_at).order_by(table.correction_no))


def redeliveries(store: Store) -> pd.DataFrame:
    """Re-deliveries that can be undone still, for people: correction_no, decided_by, decided_at, days, since (the first)."""
    kept, known = former_deliveries.c, decisions.c
    query = sa.select(kept.correction_no, known.decided_by, known.decided_at, sa.func.count().label("days"),
                      sa.func.min(kept.replaced_on).label("since"))
    query = query.join(decisions, known.decision_id == kept.correction_no).where(known.lifted_at.is_(None))
    return store.read(query.group_by(kept.correction_no, known.decided_by, known.decided_at).order_by(kept.correction_no))


def said(one: Correction, texts: Texts) -> str:
    """What has come of a correction, in one line."""
    if one.state in ("done", "lifted"):
        figures = {name: texts.say_n("count.plain", one.figures.get(name, 0)) for name in ENDED}
        return texts.say(f"correction.state.{one.state}", n=one.number, **figures)
    return texts.say(f"correction.state.{one.state}", n=one.number)


def _left_waiting(store: Store, one: Correction) -> int:
    """How many entries of quarantine the correction's days have now, and how many of these days stand aside."""
    found = 0
    for feed, days in one.scope.items():
        entries = sa.select(sa.func.count()).where(quarantine.c.feed == feed, quarantine.c.last_seen_on.in_(days))
        aside = sa.select(sa.func.count()).where(
            deliveries.c.feed == feed, deliveries.c.day.in_(days), deliveries.c.state == "set aside")
        found += int(store.scalar(entries)) + int(store.scalar(aside))
    return found


def _is_due(one: Correction) -> bool:
    return one.state != "proposed" or (one.kind == "delivery" and bool(one.scope))


def _is_outlived(before: str) -> sa.ColumnElement[bool]:
    return sa.and_(corrections.c.overruled.is_not(None), corrections.c.decided_at < before)


def _move(store: Store, number: int, states: tuple[str, ...], state: str) -> bool:
    is_it = (bulk_corrections.c.correction_no == number) & bulk_corrections.c.state.in_(states)
    return bool(store.execute(sa.update(bulk_corrections).where(is_it).values(state=state, changed_in=store.run)).rowcount)


def _note(store: Store, number: int, **values: Any) -> None:
    store.execute(sa.update(bulk_corrections).where(bulk_corrections.c.correction_no == number).values(values))


def _corrections(store: Store, condition: sa.ColumnElement[bool]) -> list[Correction]:
    rows = store.connection.execute(sa.select(bulk_corrections).where(condition).order_by(bulk_corrections.c.correction_no))
    return [Correction(row.correction_no, row.kind, row.state, json.loads(row.scope), json.loads(row.remaining),
                       json.loads(row.contents), json.loads(row.figures), row.changed_in) for row in rows]
