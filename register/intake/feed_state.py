"""How a feed stands, judged from the database: four checks with a sentence each, the numbers of a day, the last fourteen days.

Sentences come from the catalogues; nothing here holds a value of a person. Reads, never writes.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd
from sqlalchemy import select

from register.feeds import Feed
from register.intake import deliveries, refresh
from register.intake.deliveries import COUNTS
from register.intake.inbox import Look
from register.intake.ingest import Desk
from register.intake.refresh import Errand, Waiting
from register.intake.shrinking import SHRUNK
from register.reasons import REASONS
from register.sparks import last_days, spark
from register.store.store import Store
from register.store.tables import deliveries as table
from register.texts import Texts

CHECKS = ("accounted", "structure", "values", "volume")

SHOWN_DAYS = 14

STATE_KEYS = {"read": "state.read", "absent": "state.absent", "set aside": "state.set_aside", "given up": "state.given_up"}

Severity = Literal["error", "warn"]


@dataclass
class Check:
    """One answer: whether it passed, what people read, and figures beside it (counts, text, or rows of a table)."""

    name: str
    passed: bool
    severity: Severity
    sentence: str
    figures: dict[str, object] = field(default_factory=dict)


@dataclass
class FeedState:
    """The checks in the order of CHECKS, and the last days, the same whichever day was read."""

    checks: list[Check]
    recent: dict[str, object]


def judge(desk: Desk, name: str, errand: Errand) -> FeedState:
    """The state of a feed on the errand's day, or the mistakes of its table in feeds.toml."""
    texts = Texts(desk.policy.language)
    broken = next((feed for feed in desk.feeds.broken if feed.name == name), None)
    with desk.home.database.reading() as store:
        days = store.read(select(table).where(table.c.feed == name, table.c.day <= errand.today.isoformat())
                          .order_by(table.c.day.desc()))
    recent: dict[str, object] = {texts.say("feed.recent"): _recent(days, errand.today, texts)}
    if broken is not None:
        return FeedState(_not_judged(texts, texts.say("check.structure.mistakes", mistakes="\n".join(broken.mistakes))), recent)
    feed = next((feed for feed in desk.feeds.good if feed.name == name), None)
    if feed is None or feed.retired:
        return FeedState(_not_judged(texts, texts.say("check.structure.retired"), passed=True), recent)
    checks = [
        _accounted(days, texts), _structure(desk, feed, days, errand, texts), _values(days, texts),
        _volume(feed, days, errand.day, texts),
    ]
    return FeedState(checks, recent)


def of_day(desk: Desk, name: str, day: str) -> dict[str, object]:
    """The numbers of one day for its partition; an absent day has its state only, so that no plot dips."""
    texts = Texts(desk.policy.language)
    with desk.home.database.reading() as store:
        known = deliveries.find(store, name, day)
    if known is None:
        return {texts.say("heading.state"): texts.say("state.absent")}
    figures: dict[str, object] = {texts.say("heading.state"): texts.say(STATE_KEYS[known.state])}
    if known.is_held:
        figures |= {texts.say(f"heading.{count}"): known.counts[count] for count in COUNTS}
        figures |= {texts.say(f"heading.why_{fate}"): said_reasons(_of_fate(known.reasons, fate), texts)
                    for fate in ("quarantined", "withheld")}
    return figures


def _of_fate(reasons: dict[str, int], fate: str) -> dict[str, int]:
    """Why rows were withheld, or rows and values wait; a number that was cut out waits for nobody."""
    return {code: n for code, n in reasons.items() if code in REASONS and REASONS[code].fate == fate}


def said_reasons(reasons: dict[str, int], texts: Texts) -> str:
    """How many rows or values had which reason, in words."""
    return "; ".join(f"{texts.say(f'reason.{code}').rstrip('.')}: {count}" for code, count in sorted(reasons.items())) or "-"


def waiting_sentence(wait: Waiting, texts: Texts) -> str:
    """New content of an earlier day that only a backfill reads."""
    return texts.say("check.structure.waiting", day=texts.day(wait.day), files=wait.files, lacking=wait.lacking)


def _recent(days: pd.DataFrame, today: date, texts: Texts) -> str:
    """A letter a day, and the last deliveries as a table in markdown: below 1,000 characters, so that no click is needed."""
    headings = [texts.say(f"heading.{name}") for name in ("day", *COUNTS[:4])]
    lines = [" | ".join(headings), " | ".join(["---"] + ["---:"] * (len(headings) - 1))]
    shown = last_days(today)
    for row in days[days["day"] >= shown[0]].to_dict("records"):
        counts = [str(row[count]) for count in COUNTS[:4]] if row["is_held"] else ["–"] * 4
        aside = f" ({texts.say(STATE_KEYS[row['state']]).lower()})" if row["state"] in ("set aside", "given up") else ""
        lines.append(" | ".join([texts.day(row["day"]) + aside, *counts]))
    return "\n".join([spark({row["day"]: row for row in days.to_dict("records")}, shown), "", *lines])


def _not_judged(texts: Texts, sentence: str, *, passed: bool = False) -> list[Check]:
    return [
        Check("structure", passed, "error", sentence) if name == "structure"
        else Check(name, True, "warn", texts.say("check.not_judged"))
        for name in CHECKS
    ]


def _accounted(days: pd.DataFrame, texts: Texts) -> Check:
    """read = accepted + quarantined + withheld, for each delivery ever (design, rule 2)."""
    wrong = days[days["read"] != days["accepted"] + days["quarantined"] + days["withheld"]]
    if wrong.empty:
        return Check("accounted", True, "error", texts.say("check.accounted.passed", days=int(days["is_held"].sum())))
    named = ", ".join(texts.day(day) for day in wrong["day"].head(SHOWN_DAYS))
    return Check("accounted", False, "error", texts.say("check.accounted.failed", days=named))


def _structure(desk: Desk, feed: Feed, days: pd.DataFrame, errand: Errand, texts: Texts) -> Check:
    found = refresh.look(desk, feed, errand)
    faults = [sentence for row in days[days["state"] == "set aside"].to_dict("records")
              for sentence in _unreadable(feed, row["day"], row["structure"], texts)]
    found.refuse("not_deleted", sum(not letter.is_outside for letter in found.accounted))
    faults += [texts.say(f"check.structure.{code}", n=n, starts_on=texts.day(desk.policy.periods.starts_on.isoformat()))
               for code, n in found.refused.items() if n]
    held = days[days["is_held"]]
    waits = [waiting_sentence(wait, texts) for wait in refresh.waiting(desk, feed, errand, found)]
    notes = [*waits, *([texts.say("check.structure.waits")] if waits else []),
             *_kept_waiting(feed, found, texts), *_columns_changed(held, texts), *_not_taken_back(held, texts)]
    sentences = faults + notes or [texts.say("check.structure.passed")]
    dropped = json.loads(held.iloc[0].structure).get("dropped", []) if len(held) else []
    figures: dict[str, object] = {texts.say("feed.dropped"): ", ".join(said_label(label, texts) for label in dropped) or "-"}
    return Check("structure", not faults and not notes, "error" if faults else "warn", "\n\n".join(sentences), figures)


def said_label(label: str, texts: Texts) -> str:
    """A delivered column that is not kept: by its known word, else by its position; never as it was written."""
    kind, _, rest = label.replace(".", " ").partition(" ")
    return rest.replace("_", " ") if kind == "unlisted" else texts.say("feed.column_no", n=rest)


def _unreadable(feed: Feed, day: str, structure: str, texts: Texts) -> list[str]:
    owner = texts.say("check.structure.owner", owner=feed.owner) if feed.owner else ""
    sentences = []
    for fault in json.loads(structure).get("unreadable", []):
        if fault["code"] != SHRUNK:  # the check of the volume says so
            sentences.append(f"{said_fault(feed.name, day, fault, texts)} {owner}".rstrip())
    return sentences


def said_fault(feed: str, day: str, fault: dict[str, Any], texts: Texts) -> str:
    """What is wrong with a file and where, and what to do. fault: as `UnreadableDelivery.fault` gives it."""
    known = {name: value for name, value in fault.items() if value is not None}
    code = known.pop("code")
    place = "column" if "column" in known else "row" if "row" in known else ""
    words = {"row": "-", "found": "-", "allowed": "-", "place": texts.say(f"place.{place}", **known) if place else ""} | known
    said = texts.say(f"unreadable.{code}", feed=feed, day=texts.day(day), **words)
    return f"{said} {texts.say(f'todo.{code}')}"


def _kept_waiting(feed: Feed, found: Look, texts: Texts) -> Iterator[str]:
    """Files that lie there and are not read."""
    if found.half_written:
        yield texts.say("check.structure.half_written", n=found.half_written)
    if found.unmatched:
        yield texts.say("check.structure.unmatched", n=found.unmatched, path=feed.path)


def _columns_changed(held: pd.DataFrame, texts: Texts) -> Iterator[str]:
    """Columns that only one of the two newest days has."""
    columns = [set(json.loads(text).get("columns", [])) for text in held["structure"].head(2)]
    for key, found in zip(("new", "gone"), (columns, columns[::-1]), strict=True):
        if len(found) > 1 and found[0] - found[1]:
            yield texts.say(f"check.structure.{key}_columns", columns=", ".join(sorted(found[0] - found[1])))


def _not_taken_back(held: pd.DataFrame, texts: Texts) -> Iterator[str]:
    """Days that were delivered again without their old rows, where these could not go (design, rule 5)."""
    for day, text in held[["day", "structure"]].head(SHOWN_DAYS).itertuples(index=False):
        structure = json.loads(text)
        if structure.get("stayed"):
            yield texts.say("check.structure.stayed", day=texts.day(day), n=structure["stayed"])
        if structure.get("is_beyond_archive"):
            yield texts.say("check.structure.beyond_archive", day=texts.day(day))


def faults_left(days: pd.DataFrame) -> list[dict[str, Any]]:
    """What the suite found wrong in the newest delivery held, less what was answered since: lines of the suite.

    days: rows of `deliveries` of one feed, newest first. Answers move the day's reasons (design, rule 2).
    """
    held = days[days["is_held"]].head(1).to_dict("records")
    left = [line | {"rows": _left(line, json.loads(day["reasons"]))} for day in held for line in json.loads(day["suite"])]
    return [line | {"share": line["share"] * line["rows"] / found["rows"]}
            for day in held for line, found in zip(left, json.loads(day["suite"]), strict=True) if line["rows"]]


def _left(line: dict[str, Any], reasons: dict[str, int]) -> int:
    """Of how many rows a fault is not answered; what is withheld for it waits for nobody's answer."""
    rows, known = int(line["rows"]), REASONS.get(line["code"])
    return min(rows, reasons.get(line["code"], 0)) if known and known.fate == "quarantined" else rows


def _values(days: pd.DataFrame, texts: Texts) -> Check:
    held = days[days["is_held"]]
    suite = faults_left(days)
    if not suite:
        return Check("values", True, "warn", texts.say("check.values.passed"))
    rows: list[dict[str, Any]] = [
        {texts.say("feed.expectation"): texts.say(f"reason.{line['code']}"), texts.say("feed.rows"): line["rows"],
         texts.say("feed.share"): texts.share(line["share"])} for line in suite
    ]
    is_grave = any(line["severity"] == "critical" for line in suite)
    sentence = texts.say_n("check.values.failed", sum(line["rows"] for line in suite), day=texts.day(held.iloc[0].day))
    return Check("values", False, "error" if is_grave else "warn", sentence, {texts.say("feed.suite"): rows})


def _volume(feed: Feed, days: pd.DataFrame, day: date, texts: Texts) -> Check:
    held = days[days["is_held"] & (days["day"] <= day.isoformat())]
    shrunk = days[(days["state"] == "set aside") & (days["code"] == SHRUNK)]
    if len(shrunk):
        newest = shrunk.iloc[0]
        lacking = json.loads(newest.structure).get("rows_set_aside", 0)
        return Check("volume", False, "error", texts.say(
            "check.volume.shrunk", feed=feed.name, day=texts.day(newest.day), iso=newest.day, rows=lacking))
    if held.empty:
        return Check("volume", False, "warn", texts.say("check.volume.never"))
    last = held.iloc[0]
    if date.fromisoformat(last.day) < day - timedelta(days=feed.late_after_days):
        owner = feed.owner or texts.say("check.volume.nobody")
        return Check("volume", False, "warn", texts.say(
            "check.volume.late", day=texts.day(last.day), allowed=feed.late_after_days, owner=owner))
    if not last.read and not feed.is_lookup:
        return Check("volume", False, "warn", texts.say("check.volume.empty", day=texts.day(last.day)))
    return Check("volume", True, "warn", texts.say("check.volume.passed", day=texts.day(last.day)))


def all_states(store: Store) -> pd.DataFrame:
    """Every recorded delivery: the table `deliveries`, newest first."""
    return store.read(select(table).order_by(table.c.day.desc(), table.c.feed))
