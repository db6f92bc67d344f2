"""What the steward reads in the morning: what waits as a numbered list, what happened since, and how each feed goes.

Markdown, in entries below 1,000 characters: Dagster shows longer ones only after a click.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import func, select

from register import summary
from register.corrections import bulk
from register.feeds import KINDS
from register.home import Home
from register.intake.ingest import Desk
from register.morning.matters import Failing, Matter, matters
from register.morning.working_days import is_back, last_before
from register.policy import Policy
from register.sparks import last_days, spark
from register.store.store import Store
from register.store.tables import deliveries, runs
from register.texts import Texts

MOST = 999
"""Characters of an entry that is shown without a click."""

Show = Callable[[str], str]
"""How a place is written."""

LINKED_CHECKS = 3
"""Of more checks the names alone: the links would fill the page."""


def waiting(found: Sequence[Matter], texts: Texts, show: Show) -> list[str]:
    """A sentence for each matter, with its days and what to do. show: how a place is written."""
    return [_sentence(one, texts, show) for one in found]


def title(found: Sequence[Matter], texts: Texts) -> str:
    """How much waits, in a few words."""
    return texts.say_n("morning.waits", len(found)) if found else texts.say("morning.nothing")


def entries(
    home: Home, desk: Desk, day: date, failing: Sequence[Failing], failed: Sequence[Matter] = ()
) -> tuple[list[Matter], dict[str, str]]:
    """What waits, and the page: heading -> markdown, in the order in which it is read. failed: the runs that failed."""
    texts = Texts(desk.policy.language)
    with home.database.reading() as store:
        found = [*failed, *matters(desk, store, day, failing)]
        before = _last_run_of(store, last_before(desk.policy, day))
        ended = [f"- {bulk.said(one, texts)}" for one in bulk.ended_since(store, before)]
        tables = dict(_tables(desk, store, day, texts))
    happened = [_happened(summary.since(home, before, day.isoformat()), texts), "", *ended]
    since = dict(_numbered(_since(desk.policy, day, texts), _parts(happened)))
    return found, dict(_list(found, texts)) | since | tables


def _list(found: Sequence[Matter], texts: Texts) -> Iterable[tuple[str, str]]:
    """The numbered list: all of it, since what is left out of the first page is not looked for elsewhere."""
    lines = [f"{number}. {line}" for number, line in enumerate(waiting(found, texts, linked), start=1)]
    yield from _numbered(texts.say("morning.waiting"), _parts([title(found, texts), "", *lines]))


def plain(line: str) -> str:
    """A sentence where no markdown is shown."""
    return line.replace("**", "").replace("`", "").replace("*", "")


def linked(place: str) -> str:
    """A page of the UI as a link, a file as text to copy."""
    parts = place.partition("?")[0].removesuffix("/playground/setup").partition("~")[0].split("/")
    return f"[{parts[-1]}]({place})" if place.startswith("/") else f"`{place}`"


def _sentence(one: Matter, texts: Texts, show: Show) -> str:
    words = {**one.words, "place": show(one.place), "decide": show(one.decide)}
    if "checks" in words:
        words["names"] = _named(words["checks"], show)
    if one.kind == "late":
        words |= _of_late(words["usual"], words["owner"], texts)
    parts = [texts.say_n(f"morning.what.{one.kind}", one.n, **words)]
    days = (("oldest", one.oldest), ("last", one.last), ("until", one.until))
    parts += [texts.say(f"morning.{name}", day=texts.day(on)) for name, on in days if on]
    todo = one.kind if one.place else "not_out"
    return f"{', '.join(parts)}. {texts.say(f'morning.todo.{todo}', **words)}"


def _named(checks: Sequence[tuple[str, str]], show: Show) -> str:
    """The checks by name; few of them as links where places are links."""
    is_linked = show is linked and len(checks) <= LINKED_CHECKS
    return ", ".join(f"[{name}]({page})" if is_linked else name for name, page in checks)


def _of_late(usual: int, owner: str | None, texts: Texts) -> dict[str, str]:
    return {"usual": texts.say_n("morning.usual", usual) if usual else texts.say("morning.usual_unknown"),
            "owner": texts.say("morning.call", owner=owner) if owner else texts.say("morning.nobody")}


def _since(policy: Policy, day: date, texts: Texts) -> str:
    key = "morning.away" if is_back(policy, day) else "morning.since"
    return texts.say(key, day=texts.day(last_before(policy, day).isoformat()))


def _happened(figures: Mapping[str, Any], texts: Texts) -> str:
    counted = {name: sum(feed[name] for feed in figures["feeds"].values())
               for name in ("read", "accepted", "quarantined", "withheld")}
    counted |= {name: figures[name] for name in ("merged", "removed", "parts_removed", "erased", "expired")}
    return texts.say("morning.happened", **{name: texts.say_n("count.plain", n) for name, n in counted.items()})


def _last_run_of(store: Store, day: date) -> int:
    return int(store.scalar(select(func.max(runs.c.run)).where(runs.c.day <= day.isoformat())) or 0)


def _tables(desk: Desk, store: Store, day: date, texts: Texts) -> Iterable[tuple[str, str]]:
    """A table for each kind of feed; one that would be too long is told in several."""
    days = last_days(day)
    rows = store.read(select(deliveries.c.feed, deliveries.c.day, deliveries.c.state, deliveries.c.is_held,
                             deliveries.c.accepted).where(deliveries.c.day >= days[0]))
    head = (" | ".join(texts.say(f"morning.{name}") for name in ("feed", "today", "yesterday", "days")),
            "--- | ---: | ---: | ---")
    for kind in KINDS:
        lines = [_line(feed.name, rows[rows["feed"] == feed.name], days) for feed in desk.feeds.living if feed.kind == kind]
        yield from _numbered(texts.say(f"kind.{kind}"), _parts(lines, head))


def _parts(lines: Sequence[str], head: Sequence[str] = ()) -> Iterable[str]:
    """Lines in as many entries as they need, each with the head above."""
    part = [*head]
    for line in lines:
        if len(part) > len(head) and len("\n".join([*part, line])) > MOST:
            yield "\n".join(part)
            part = [*head]
        part.append(line)
    if lines:
        yield "\n".join(part)


def _numbered(heading: str, parts: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Each part below its heading, which counts from the second on."""
    for number, part in enumerate(parts, start=1):
        yield heading + (f" {number}" if number > 1 else ""), part


def _line(feed: str, rows: pd.DataFrame, days: Sequence[str]) -> str:
    known = {row["day"]: row for row in rows.to_dict("records")}
    counts = [str(known[day]["accepted"]) if day in known and known[day]["is_held"] else "–" for day in (days[-1], days[-2])]
    return " | ".join([f"[{feed}](/assets/observations/{feed})", *counts, spark(known, days)])

