"""Carries one request out with the functions that the command uses, or says whom or what must be chosen first.

A request that needs no choice is carried out at once: whoever is meant is one person, or nobody's data are touched.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import select

from register import explain as explaining
from register import explained, standing, undoing
from register import find as finding
from register.contacts import decisions
from register.errors import RefusedError, RegisterError
from register.increments import among
from register.intake import refresh, set_aside
from register.intake.ingest import Desk
from register.intake.refresh import Errand
from register.morning.links import launch
from register.removal import objections
from register.removal import requests as cases
from register.removal import waiting as rows_waiting
from register.removal.objections import Objection
from register.requests import choosing
from register.requests.erasing import erase, request_of
from register.requests.form import NO, OF_PEOPLE, YES
from register.requests.identifying import names_asker
from register.retention import decided, due, holds
from register.retention.decided import Signed
from register.store.store import Store
from register.store.tables import exports, memberships
from register.texts import Texts
from register.workbooks import outgoing
from register.workbooks.due import DUE, PART, REPORT
from register.workbooks.forms import Keys, Who

MOST = 100
"""Contacts that one request shows; who fits more must be named more closely."""

EXPLAINED = 5
"""Contacts that one request explains."""

CHOSEN = ("erase", "split")
"""What is always chosen first, whoever is meant."""

OBJECTIONS: dict[str, Objection] = {"object_marketing": "marketing", "object_situation": "situation"}


@dataclass
class Outcome:
    """What came of a request: sentences, tables by title, rows to choose from (as `form.choice`, with what they show), and
    whose records the tables show.
    """

    said: list[str] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    choices: list[dict[str, Any]] = field(default_factory=list)
    records: list[Keys] = field(default_factory=list)


def act(desk: Desk, row: int, asked: Mapping[str, str], who: Who) -> Outcome:
    """What comes of one row of the form. asked: its answers by column; row: its number in the sheet."""
    texts = Texts(desk.policy.language)
    try:
        if asked["action"] in OF_PEOPLE:
            return _of_people(desk, row, asked, who, texts)
        if asked["action"] == "decisions":
            return _decisions(desk, texts)
        return Outcome([DIRECT[asked["action"]](desk, asked["reason"], who, texts)])
    except RegisterError as refused:
        return Outcome([str(refused)])


def _of_people(desk: Desk, row: int, asked: Mapping[str, str], who: Who, texts: Texts) -> Outcome:
    with desk.home.database.reading() as store:
        found = _found(store, desk, asked)
        waiting = finding.waiting(store, _words(asked), desk.policy.country)["record_key"]
        said = [texts.say_n("ask.found", len(found))] + ([texts.say_n("ask.waiting", len(waiting))] if len(waiting) else [])
        action = asked["action"]
        waits = rows_waiting.whole(store, waiting) if action == "erase" else []
        if not (len(found) or waits) or len(found) + len(waits) > MOST:
            return Outcome([*said, *([texts.say("ask.too_many", most=MOST)] if len(found) + len(waits) > MOST else [])])
        if action == "find":
            return Outcome(said, {texts.say("ask.action.find"): _listed(found, texts)}, records=_records(store, found))
        if action == "explain":
            return _explained(store, desk, found.head(EXPLAINED), said, texts)
        if any(names_asker({**asked, "name": one}) for one in found["full_name"].dropna()):
            return Outcome([texts.say("request.names_asker")])
        facts = {name: asked[name] for name in ("reason" if action == "hold" else "who_asks", "day") if asked.get(name)}
        if action in CHOSEN or not _is_one(found, action):
            lines = choosing.lines(store, desk.policy, row, action, facts, found)
            lines += [choosing.line(row, action, facts, group, group.records, texts) for group in waits]
            return Outcome([*said, texts.say("ask.choose")], choices=lines)
        shown = [key for keys in _records(store, found) for key in keys]
    return Outcome([*said, _carried_out(desk, action, shown, facts, who, texts)])


def _words(asked: Mapping[str, str]) -> list[str]:
    return [asked[name] for name in ("email", "phone", "name", "company") if asked.get(name)]


def _found(store: Store, desk: Desk, asked: Mapping[str, str]) -> pd.DataFrame:
    """The contacts that all the words fit."""
    answers = [finding.find(store, words, desk.policy.country) for words in _words(asked)]
    ids = set.intersection(*(set(answer["contact_id"]) for answer in answers))
    return answers[0][answers[0]["contact_id"].isin(ids)].reset_index(drop=True)


def _is_one(found: pd.DataFrame, action: str) -> bool:
    """Whether nobody else can be meant: one contact, or of what holds for a person one person with all their contacts."""
    return len(found) == 1 and (action == "object_marketing" or int(found["person_contacts"].iloc[0]) == 1)


def _listed(found: pd.DataFrame, texts: Texts) -> pd.DataFrame:
    columns = {texts.say(f"column.{name}"): found[name] for name in ("full_name", "company", "business_id", "email", "phone")}
    until = [explained.until(row, texts) for row in found.to_dict("records")]
    restricted = [texts.say("find.is_restricted") if is_it else "" for is_it in found["restricted"]]
    return pd.DataFrame({**columns, texts.say("find.until"): until, texts.say("find.restricted"): restricted,
                         texts.say("find.contact_id"): found["contact_id"]})


def _explained(store: Store, desk: Desk, found: pd.DataFrame, said: list[str], texts: Texts) -> Outcome:
    """Each contact's sentences, and its values with where they are from."""
    lines: list[dict[str, str]] = []
    heads = [texts.say(key) for key in ("find.contact_id", "explain.field", "explain.value", "explain.feed", "explain.day")]
    for contact in found["contact_id"]:
        told = explaining.explain(store, desk.feeds, contact)
        if told is None:
            continue
        name = next((str(value["value"]) for value in told.values if value["column"] == "full_name"), contact)
        said = [*said, *(f"{name}: {sentence}" for sentence in explained.sentences(told, texts))]
        lines += [dict(zip(heads, (contact, texts.say(f"column.{value['column']}"), str(value["value"]), str(value["feed"]),
                                   texts.day(value["day"]) if value["day"] else ""), strict=True)) for value in told.values]
    return Outcome(said, {texts.say("ask.action.explain"): pd.DataFrame(lines, columns=heads)}, records=_records(store, found))


def _records(store: Store, found: pd.DataFrame) -> list[Keys]:
    """Whose records a table shows: with them the workbook goes."""
    own = select(memberships.c.contact_id, memberships.c.record_key).where(
        among(store, memberships.c.contact_id, found["contact_id"]))
    return [tuple(keys) for _, keys in store.read(own).groupby("contact_id")["record_key"]]


def _carried_out(
    desk: Desk, action: str, shown: list[str], facts: Mapping[str, str], who: Who, texts: Texts
) -> str:
    """What was done to the contacts of the records that were shown, in a sentence with its number and the letter to send."""
    home, policy = desk.home, desk.policy
    if action == "hold":
        by = Signed(who.name, who.os_user, who.day, who.export_no)
        review_on = date.fromisoformat(facts["day"])
        with home.database.writing("hold", who.day.isoformat(), desk.say) as store:
            numbers = [holds.add(store, policy, one, facts["reason"], who.name, review_on, by)
                       for one in cases.meant(store, policy, shown)]
        day = texts.day(facts["day"])
        return " ".join(f"{texts.say('ask.done.hold', n=number, day=day)} {_lift_link(desk, number, who, texts)}"
                        for number in numbers)
    if action == "lift":
        lifted = objections.lift(home, policy, shown, who.name, who.os_user, who.day, desk.say)
        return texts.say("ask.done.lift", n=lifted.contacts, letter=lifted.letter)
    asked = request_of(facts, who)
    noted = (objections.restrict(home, policy, shown, asked, who.day, desk.say) if action == "restrict"
             else objections.object_to(home, policy, shown, OBJECTIONS[action], asked, who.day, desk.say))
    return texts.say(f"ask.done.{action}", n=noted.contacts, number=noted.number, letter=noted.letter,
                     day=texts.day(noted.due_legal.isoformat()))


def choose(desk: Desk, chosen: Sequence[tuple[Mapping[Any, Any], str]], who: Who, path: Path) -> Outcome:
    """Carries out what was chosen of one request. chosen: all its answered rows, each with its decision; path: their file."""
    texts = Texts(desk.policy.language)
    rows = [row for row, decision in chosen if decision != NO]
    if not rows:
        return Outcome([texts.say("request.nothing_done")])
    try:
        action, facts = rows[0]["action"], rows[0]["facts"]
        if action == "erase":
            lines, left = choosing.unanswered(desk, chosen, texts)
            return (Outcome([texts.say_n("ask.unanswered", left)], choices=lines) if left
                    else Outcome(erase(desk, chosen, facts, who, path, texts)))
        if action == "split":
            return Outcome([_split(desk, chosen, who, texts)])
        shown = sorted({key for row in rows for key in row["records"]})
        return Outcome([_carried_out(desk, action, shown, facts, who, texts)])
    except RegisterError as refused:
        return Outcome([str(refused)])


def _split(desk: Desk, chosen: Sequence[tuple[Mapping[Any, Any], str]], who: Who, texts: Texts) -> str:
    """The chosen records are another person's than the rest of their contact's."""
    shown = {key for row, _ in chosen for key in row["records"]}
    taken_out = {key for row, decision in chosen if decision == YES for key in row["records"]}
    with desk.home.database.writing("split", who.day.isoformat(), desk.say) as store:
        contact, *others = cases.meant(store, desk.policy, shown)
        if others:
            raise RefusedError(texts.say("request.changed"))
        numbers = [number for number, key in enumerate(explaining.record_keys(store, contact), start=1) if key in taken_out]
        decision = decisions.split(store, desk.policy, contact, numbers, who.name, who.os_user)
    return f"{texts.say('ask.done.split', n=decision)} {_lift_link(desk, decision, who, texts)}"


def _decisions(desk: Desk, texts: Texts) -> Outcome:
    """All that can be taken back, with its number."""
    with desk.home.database.reading() as store:
        found = standing.listed(store)
        said = [texts.say_n("ask.decisions", len(found)), *standing.corrections(store, desk.policy, texts)]
    return Outcome(said, {texts.say("ask.action.decisions"): standing.table(found, texts)} if found else {})


def _undo(desk: Desk, number: str, who: Who, texts: Texts) -> str:
    with desk.home.database.writing(f"undo decision {_number(number, texts)}", who.day.isoformat(), desk.say) as store:
        said = undoing.undo(store, desk, _number(number, texts), who.name, who.os_user, who.day.isoformat())
    return said or texts.say("ask.done.undo_correction", n=number)


def _accept(desk: Desk, named: str, who: Who, texts: Texts) -> str:
    """A set-aside delivery: FEED DAY; what was taken is read at once."""
    name, _, day = named.strip().partition(" ")
    feed = next((feed for feed in desk.feeds.good if feed.name == name), None)
    try:
        on = date.fromisoformat(day.strip())
    except ValueError:
        on = None
    if feed is None or on is None:
        raise RefusedError(texts.say("ask.bad_delivery", allowed=", ".join(feed.name for feed in desk.feeds.good)))
    accepted = set_aside.accept(desk.home, desk.policy, feed, on.isoformat(), who.name, who.os_user, who.day)
    refresh.read_days(desk, feed, [on.isoformat()], Errand("backfill", who.day, who.day, lambda _: True))
    return texts.say("accept.taken" if accepted.is_taken else "accept.given_up", feed=feed.name, day=texts.day(on.isoformat()))


def _approve(desk: Desk, number: str, who: Who, texts: Texts) -> str:
    """All that a due list's workbook names, as it stands there."""
    if not who.is_approver:
        raise RefusedError(texts.say("workbook.mistake.no_approver", allowed=", ".join(desk.policy.people.approvers)))
    with desk.home.database.writing("approve the due list", who.day.isoformat(), desk.say) as store:
        content = store.scalar(select(exports.c.asked).where(
            exports.c.export_no == _number(number, texts), exports.c.what == DUE.what))
        if content is None:
            raise RefusedError(texts.say("ask.no_list", n=number))
        named: dict[str, list[str]] = {}
        for last_day, *records in json.loads(content):
            if last_day != REPORT:
                named.setdefault(last_day, []).extend(key for key in records if not key.startswith(PART))
        decision = decided.decide(store, "approve", named, Signed(who.name, who.os_user, who.day, who.export_no))
        approved = due.renew_approvals(store)
        files = [out.file for out in outgoing.waiting(store, DUE.what)]
    said = [texts.say_n("ask.done.approve", approved.new, decision=decision, list=number)]
    if approved.left:
        said.append(texts.say_n("ask.approve_left", approved.left, file=files[0] if files else texts.say("ask.next_list")))
    return " ".join([*said, _lift_link(desk, decision, who, texts)])


def _lift_link(desk: Desk, number: int, who: Who, texts: Texts) -> str:
    """Where a decision can be taken back without a terminal."""
    page = launch("lift", {"number": number, "name": who.name})
    return texts.say("ask.lift_link", link=f"{desk.policy.notices.ui}{page}")


def _number(text: str, texts: Texts) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal()):
        raise RefusedError(texts.say("ask.bad_number"))
    return int(text)


DIRECT: dict[str, Callable[[Desk, str, Who, Texts], str]] = {"undo": _undo, "accept": _accept, "approve": _approve}
"""What names nobody."""
