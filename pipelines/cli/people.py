"""`register find` and `explain`: who is in the register, with what, from where and why. Prints, changes nothing."""

import json
import sys
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from assets.clock import today
from pipelines import place
from pipelines.cli.runs import AsJson
from pipelines.cli.tables import cell, table
from register import explained
from register.errors import RefusedError
from register.home import Home
from register.texts import Texts

if TYPE_CHECKING:
    from register.explain import Explanation, Facts

SHOWN = 100
"""Contacts, or engagements, that fit a terminal."""


def find() -> None:
    """Find people by e-mail, phone, business id, name or company; asks for it, or reads a line of stdin."""
    from register import find as finding

    home = place.open_home()
    policy = home.policy()
    texts, console = Texts(policy.language), Console()
    text = _asked(texts)
    with home.database.reading() as store:
        found = finding.find(store, text, policy.country)
        waiting = finding.waiting(store, [text], policy.country)
    _show_found(found.head(SHOWN).to_dict("records"), texts, console)
    if len(found) > SHOWN:
        console.print(texts.say_n("find.more", len(found), shown=SHOWN))
    for feed, rows in waiting.groupby("feed").size().items():
        console.print(texts.say_n("find.waiting", rows, feed=feed), markup=False)


def explain(
    contact: Annotated[str, typer.Argument(help="The contact's id, as `register find` shows it; an id merged into it too.")],
    as_of: Annotated[datetime | None, typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Only until when it was or will be kept, as of that day.")] = None,
    as_json: AsJson = False,
) -> None:
    """Explain one contact: every value with its source and why it won, its records, and until when it is kept."""
    from register import explain as explaining

    home = place.open_home()
    policy = home.policy()
    texts = Texts(policy.language)
    with home.database.reading() as store:
        told = explaining.explain(store, home.feeds(policy), contact.strip().lower())
    if told is None:
        raise RefusedError(texts.say("explain.unknown"))
    if as_of:
        _tell_as_of(home, told, as_of.date(), texts, is_json=as_json)
    elif as_json:
        print(json.dumps(_as_json(told, texts), ensure_ascii=False))  # noqa: T201
    else:
        _tell(told, texts, Console())


def _tell_as_of(home: Home, told: "Explanation", day: date, texts: Texts, *, is_json: bool) -> None:
    from register.explain import first_source
    from register.retention import sentence
    from register.retention.as_of import judge_as_of

    policy = home.policy()
    feeds = home.feeds(policy)
    with home.database.reading() as store:
        found = judge_as_of(store, feeds, policy, told.contact_id, day, today())
        source = first_source(store, feeds, told.contact_id, day.isoformat())
    shown = texts.day(found.day)
    said = (texts.say("explain.not_there", day=shown) if found.verdict is None
            else f"{texts.say('explain.as_of', day=shown)} {sentence(texts, found.verdict, source)}")
    unknown = [texts.say(f"explain.unknown_then.{what}") for what in found.unknown]
    if is_json:
        print(json.dumps({**asdict(found), "sentence": said}, ensure_ascii=False))  # noqa: T201
    else:
        Console().print("\n".join([said, *unknown]), markup=False, soft_wrap=True)


def _asked(texts: Texts) -> str:
    text = typer.prompt(texts.say("find.prompt")) if sys.stdin.isatty() else sys.stdin.readline()
    if not text.strip():
        raise RefusedError(texts.say("find.nothing_asked"))
    return str(text)


def _show_found(rows: list[dict[Any, Any]], texts: Texts, console: Console) -> None:
    if not rows:
        console.print(texts.say("find.none"))
        return
    fields = ("full_name", "company", "business_id", "email", "phone")
    own = ("person_contacts", "restricted", "until")
    shown = table([texts.say("find.contact_id"), *(texts.say(f"column.{name}") for name in fields),
                   *(texts.say(f"find.{name}") for name in own)])
    for row in rows:
        shown.add_row(
            cell(row["contact_id"]), *(cell(row[name]) for name in fields),
            texts.say_n("find.shared", row["person_contacts"]) if row["person_contacts"] > 1 else "",
            texts.say("find.is_restricted") if row["restricted"] else "", explained.until(row, texts))
    console.print(shown)


def _as_json(told: "Explanation", texts: Texts) -> "Facts":
    from register.retention import fault_sentence

    content = asdict(told)
    if told.verdict is not None:
        content["verdict"] |= {"facts": json.loads(told.verdict["facts"]), "sentence": explained.verdict(told, texts)}
    for fault in content["faults"]:
        fault |= {"sentence": fault_sentence(texts, fault), "facts": json.loads(fault["facts"])}
    return content


def _tell(told: "Explanation", texts: Texts, console: Console) -> None:
    """The verdict first: it is what is asked most; then where everything comes from."""
    for sentence in explained.sentences(told, texts):
        console.print(sentence, markup=False, soft_wrap=True)
    _tell_values(told.values, texts.say("explain.values"), texts, console)
    if told.organisation is not None:
        _tell_values(told.organisation["values"], texts.say("explain.organisation"), texts, console)
    _tell_records(told.records, texts, console)
    _tell_engagements(told.engagements, texts, console)
    _tell_same_person(told.same_person, texts, console)


def _tell_values(values: "list[Facts]", title: str, texts: Texts, console: Console) -> None:
    shown = table((texts.say(f"explain.{name}") for name in ("field", "value", "feed", "day", "why", "others")), title=title)
    for value in values:
        others = (f"{other['value']} ({other['feed']} {texts.day(other['day'])})" for other in value["others"])
        shown.add_row(
            texts.say(f"column.{value['column']}"), cell(value["value"]), cell(value["feed"]), _day(value["day"], texts),
            texts.say(f"explain.why.{value['why']}") if value["why"] else "", cell("\n".join(others)))
    console.print(shown)


def _tell_records(records: "list[Facts]", texts: Texts, console: Console) -> None:
    headings = ("no", "feed", "kind", "first_seen_on", "last_seen_on", "state", "joined_by")
    shown = table((texts.say(f"explain.{name}") for name in headings), title=texts.say("explain.records"))
    for record in records:
        shown.add_row(
            str(record["no"]), cell(record["feed"]),
            texts.say(f"kind.{record['kind']}") if record["kind"] else texts.say("explain.no_feed"),
            _day(record["first_seen_on"], texts), _day(record["last_seen_on"], texts),
            texts.say("explain.withdrawn" if record["withdrawn"] else "explain.living"),
            texts.say(f"explain.rule.{record['rule']}"))
    console.print(shown)


def _tell_engagements(engagements: "list[Facts]", texts: Texts, console: Console) -> None:
    """Those of the whole organisation, the newest; whose is whose is said."""
    if not engagements:
        return
    headings = ("kind", "day", "case_number", "invoice_number", "status", "whose")
    shown = table((texts.say(f"explain.{name}") for name in headings), title=texts.say("explain.engagements"))
    for one in engagements[:SHOWN]:
        shown.add_row(
            texts.say(f"kind.{one['kind']}"), _day(one["event_on"], texts), cell(one["case_number"]),
            cell(one["invoice_number"]),
            texts.say(f"export.event_status.{one['event_status']}") if one["event_status"] else "",
            texts.say("explain.own" if one["is_own"] else "explain.organisations_own"))
    console.print(shown)
    if len(engagements) > SHOWN:
        console.print(texts.say_n("explain.more_engagements", len(engagements), shown=SHOWN))


def _tell_same_person(contacts: "list[Facts]", texts: Texts, console: Console) -> None:
    if not contacts:
        return
    shown = table((texts.say("find.contact_id"), texts.say("column.company")), title=texts.say("explain.same_person"))
    for one in contacts:
        shown.add_row(cell(one["contact_id"]), cell(one["company"]))
    console.print(shown)


def _day(day: str | None, texts: Texts) -> str:
    return texts.day(day) if day else ""
