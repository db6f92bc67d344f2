"""The workbook about quarantine: what waits, why, what it might be mended to, and what an answer does.

Rows with one fault stand together below a row that answers for all of them. How an answer is carried out: `deciding.py`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
from sqlalchemy import select

from register.increments import among
from register.intake import answers, deciding, typed
from register.intake.ingest import Desk
from register.intake.proposals import proposals
from register.intake.quarantine import ENTRY
from register.normalise import day as days
from register.reasons import REASONS
from register.retention.restrictions import waits_of_restricted
from register.store.store import Store
from register.store.tables import deliveries, exports, observations, quarantine
from register.texts import Texts
from register.workbooks import forms, outgoing
from register.workbooks.forms import Applied, Column, Form, Keys, Refused, Row, Sent, Who
from register.workbooks.returned import AGAIN

WHAT = "quarantine"

MOST = 2_000
"""Entries in one workbook, the first to expire first: nobody answers more, and a feed that has more is at fault itself."""

GROUP = "group"
"""Begins the keys of a row that answers for all with one fault; then column, code, and record and value hash of each."""

SHOWN = ("full_name", "company", "business_id", "email", "phone", "postcode", "event_on")
"""What of a row is shown, so that people know it again."""

AT_FAULT: dict[str, tuple[str, ...]] = {
    "company_missing": ("company", "business_id"), "company_ambiguous": ("company", "business_id"),
    "channel_missing": ("email", "phone"), "invoice_party_unknown": ("company", "business_id"),
}
"""The cells that are coloured; of any other reason its own column."""

OF_A_FIRM = ("company_missing", "company_ambiguous", "business_id_invalid", "invoice_party_unknown", "postcode_invalid",
             "event_on_unreadable", "event_on_implausible", "invoice_date_missing")
"""Reasons for which one typed value may serve several rows: it is no person's."""

AFTER_DELIVERY = "event_on_implausible"
"""The only reason that may be accepted as it is, where the day lies after the delivery: the gate can read nothing else, and
on a day before 1990 nobody may be judged.
"""


def form(desk: Desk) -> Form:
    """The form of quarantined rows and values, for a register's desk."""
    width = {"full_name": 22, "company": 24, "business_id": 12, "email": 28, "phone": 18, "postcode": 9, "event_on": 12}
    return Form(
        what=WHAT,
        columns=(
            Column("feed", "export.feed", 16), Column("delivered_on", "waiting.delivered_on", 11),
            Column("place", "waiting.place", 16), Column("fault", "waiting.fault", 44),
            *(Column(name, f"column.{name}", width[name]) for name in SHOWN),
            Column("proposal", "waiting.proposal", 34),
            Column("corrected", "waiting.corrected", 30, says="waiting.corrected", reads=_text),
            Column("decision", "waiting.decision", 24, choices=_choices, says="waiting.decision"),
            Column("expires_on", "waiting.expires_on", 14),
        ),
        shown=partial(_shown, desk),
        apply=_check,
        together=partial(_carry_out, desk),
    )


def publish(desk: Desk, day: date, sent_by: str) -> Sent | None:
    """Writes the day's workbook where something waits that no open one asks about; older open ones leave the outbox.

    Those may come back all the same. Rows that came back with a reason stay in their own workbook.
    """
    with desk.home.database.reading() as store:
        if not _is_due(store, desk, day):
            return None
    with desk.home.database.writing("write what waits in quarantine", day.isoformat(), desk.say) as store:
        rows = _shown(desk, store, Texts(desk.policy.language), _to_ask(store, desk, day))
        if rows.empty:
            return None
        for number in _open(store, day).loc[lambda found: ~found["file"].str.contains(AGAIN), "export_no"]:
            outgoing.delete(desk.home, store, int(number), day.isoformat())
        return forms.send(desk.home, store, desk.policy, form(desk), rows, day, sent_by, f"quarantine-{day.isoformat()}")


def _is_due(store: Store, desk: Desk, day: date) -> bool:
    """Whether there is something new; at most one open workbook a day."""
    if outgoing.is_named(store, f"quarantine-{day.isoformat()}.xlsx"):
        return False
    asked = {entry for keys in _asked(_open(store, day)) for entry in _members(keys)}
    return bool(set(_to_ask(store, desk, day)) - asked)


def _to_ask(store: Store, desk: Desk, day: date) -> list[Keys]:
    """What waits on held days, those that go first first, less what an open workbook gives a reason for."""
    explained = _open(store, day)
    explained = explained[explained["file"].str.contains(AGAIN)]
    apart = {entry for keys in _asked(explained) for entry in _members(keys)}
    query = _waiting(desk).order_by(quarantine.c.asked_on, quarantine.c.feed, quarantine.c.column, quarantine.c.code,
                                    quarantine.c.file_no, quarantine.c.row_no)
    found = store.read(query.limit(MOST + len(apart)))
    entries: list[Keys] = list(found[ENTRY].itertuples(index=False, name=None))
    return [entry for entry in entries if entry not in apart][:MOST]


def _waiting(desk: Desk) -> Any:
    """Entries of held days of feeds that can be read; nothing of restricted contacts."""
    is_of_day = (deliveries.c.feed == quarantine.c.feed) & (deliveries.c.day == quarantine.c.last_seen_on)
    is_held = is_of_day & deliveries.c.is_held
    names = [feed.name for feed in desk.feeds.good]
    return select(quarantine).join(deliveries, is_held).where(quarantine.c.feed.in_(names), ~waits_of_restricted())


def _open(store: Store, day: date) -> pd.DataFrame:
    """Workbooks that are out and have not ended: export_no, file, asked."""
    return store.read(select(exports.c.export_no, exports.c.file, exports.c.asked).where(
        exports.c.what == WHAT, exports.c.purpose == forms.PURPOSE, exports.c.taken_on.is_(None),
        exports.c.deleted_on.is_(None), exports.c.ends_on >= day.isoformat()))


def _asked(workbooks: pd.DataFrame) -> list[Keys]:
    return [tuple(keys) for asked in workbooks["asked"] for keys in json.loads(asked)]


def _members(keys: Keys) -> list[Keys]:
    """The entries that a row is about."""
    if keys[0] != GROUP:
        return [keys]
    return [(record, *keys[1:3], value) for record, value in zip(keys[3::2], keys[4::2], strict=True)]


def _shown(desk: Desk, store: Store, texts: Texts, asked: Sequence[Keys]) -> pd.DataFrame:
    """The rows of the workbook: the groups, each with its entries below, then what stands alone."""
    wanted = list(dict.fromkeys(entry for keys in asked for entry in _members(keys)))
    entries = _entries(store, desk, wanted)
    told = {entry: _told(row, texts, desk) for entry, row in entries.items()}
    rows: list[dict[str, Any]] = []
    for keys in _grouped(asked, entries):
        members = [told[entry] for entry in _members(keys) if entry in told]
        rows += [_heading(keys, members, texts), *_below(members)] if keys[0] == GROUP else members
    return pd.DataFrame(rows, columns=None if rows else ["keys"])


def _grouped(asked: Sequence[Keys], entries: Mapping[Keys, Mapping[Any, Any]]) -> Iterator[Keys]:
    """The groups asked about as they are, the rest put together by feed and fault where there are several."""
    groups = [keys for keys in asked if keys[0] == GROUP]
    yield from (keys for keys in groups if any(entry in entries for entry in _members(keys)))
    placed = {entry for keys in groups for entry in _members(keys)}
    together: dict[tuple[str, ...], list[Keys]] = {}
    for entry, row in entries.items():
        if entry not in placed:
            together.setdefault((row["feed"], row["column"], row["code"]), []).append(entry)
    for (_, column, code), of_it in together.items():
        if len(of_it) == 1:
            yield of_it[0]
        else:
            yield (GROUP, column, code, *(part for entry in of_it for part in (entry[0], entry[3])))


def _entries(store: Store, desk: Desk, wanted: Sequence[Keys]) -> dict[Keys, dict[Any, Any]]:
    """What waits still of the wanted entries, in their order, with a proposal and what else is known of the record."""
    keys = pd.Series([entry[0] for entry in wanted], dtype="str")
    found = store.read(_waiting(desk).where(among(store, quarantine.c.record_key, keys)))
    found["proposal"] = proposals(store, found)
    names = ["record_key", *(name for name in SHOWN)]
    known = store.read(select(*(observations.c[name] for name in names)).where(
        among(store, observations.c.record_key, found["record_key"])))
    held = {row["record_key"]: row for row in known.fillna("").to_dict("records")}
    rows = {tuple(row[name] for name in ENTRY): {**row, "held": held.get(row["record_key"], {})}
            for row in found.to_dict("records")}
    return {entry: rows[entry] for entry in wanted if entry in rows}


def _told(row: Mapping[Any, Any], texts: Texts, desk: Desk) -> dict[str, Any]:
    """One entry as its row in the workbook, with what the choices look at."""
    said = json.loads(row["content"])
    said = {"full_name": " ".join(said[part] for part in ("first_name", "last_name") if part in said)} | said
    held = row["held"] | ({"event_on": texts.day(on)} if (on := row["held"].get("event_on")) else {})
    proposal = row["proposal"] if isinstance(row["proposal"], str) else ""
    return {
        **{name: said.get(name) or (held.get(name, "") if row["scope"] == "value" else "") for name in SHOWN},
        "keys": tuple(row[name] for name in ENTRY),
        "feed": row["feed"], "day": row["last_seen_on"], "scope": row["scope"], "code": row["code"], "mended": proposal,
        "delivered_on": texts.day(row["last_seen_on"]),
        "place": texts.say("waiting.file_row", file=row["file_no"], row=row["row_no"]),
        "fault": texts.say(f"reason.{row['code']}"),
        "proposal": proposal or _allowed(row["code"], texts),
        "expires_on": texts.day(answers.expires_on(desk.policy, row["asked_on"])), "asked_on": row["asked_on"],
        "marks": AT_FAULT.get(row["code"], (REASONS[row["code"]].column,)),
        "can_be_accepted": row["code"] == AFTER_DELIVERY and (days.parse(said.get("event_on", "")) or "") > row["last_seen_on"],
        "can_be_typed": True, "is_heading": False, "members": [],
    }


def _allowed(code: str, texts: Texts) -> str:
    """What may be typed; of an invoice of unknown sides not what is allowed in a file, but what the steward can know."""
    return texts.say("waiting.type.party" if typed.places(code) == ("party",) else f"allowed.{code}")


def _heading(keys: Keys, members: Sequence[Mapping[str, Any]], texts: Texts) -> dict[str, Any]:
    """The row that answers for all of a group."""
    first, are_mended = members[0], all(member["mended"] for member in members)
    return {
        **dict.fromkeys((*SHOWN, "day", "delivered_on", "place", "asked_on", "mended"), ""), "marks": (),
        "keys": keys, "feed": first["feed"], "fault": f"{texts.say('waiting.same', n=len(members))} {first['fault']}",
        "proposal": texts.say("waiting.own_proposals") if are_mended else _allowed(first["code"], texts),
        "expires_on": min(members, key=lambda member: str(member["asked_on"]))["expires_on"],
        "scope": first["scope"], "code": first["code"], "is_heading": True, "members": members,
        "can_be_accepted": all(member["can_be_accepted"] for member in members),
        "can_be_typed": are_mended or first["code"] in OF_A_FIRM,
    }


def _below(members: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is allowed is said once, above."""
    return [member | {"proposal": member["mended"]} for member in members]


def _choices(row: Row) -> tuple[str, ...]:
    """What may be decided: what the gate forbids is not offered."""
    offered = (("correct", row["can_be_typed"]), ("accept", row["can_be_accepted"]), ("discard", row["scope"] == "row"),
               ("leave_out", row["scope"] == "value"))
    return tuple(code for code, is_offered in offered if is_offered)


def _text(text: str) -> str | None:
    return text.strip() or None


def _check(_: Store, row: Row, given: Mapping[str, str], __: Who) -> str | None:
    """What an answer contradicts, as a mistake's code. What was typed and not decided is a correction."""
    decision = given.get("decision") or "correct"
    if decision != "correct" and given.get("corrected"):
        return "contradiction"
    return "one_by_one" if decision == "correct" and not row["can_be_typed"] else None


def _carry_out(desk: Desk, store: Store, answered: Sequence[tuple[Row, Mapping[str, str]]], who: Who) -> Applied:
    """All answers at once: an entry's own before its group's."""
    refused: dict[Keys, Refused] = {}
    said: dict[Keys, dict[str, Any]] = {}
    for row, given in sorted(answered, key=lambda one: one[0]["keys"][0] == GROUP):
        decision = given.get("decision") or "correct"
        members = [member for member in row["members"] or [row] if member["keys"] not in {*said, *refused}]
        number = answers.decide(store, _outcome(decision), who.name, who.os_user, who.export_no)
        for member in members:
            why, line = _answer(member, given, decision, number, desk)
            if why:
                refused[member["keys"]] = why
            else:
                said[member["keys"]] = line
    failed = _carried_out(store, desk, said)
    answers.drop_empty(store)
    return Applied(len(said) - len(failed), refused | failed)


def _outcome(decision: str) -> str:
    return "discard" if decision == "leave_out" else decision


def _answer(
    row: Row, given: Mapping[str, str], decision: str, number: int, desk: Desk
) -> tuple[Refused | None, dict[str, Any]]:
    """One entry's answer as a line for `deciding.carry_out`, or why it is none."""
    value = (given.get("corrected") or row["mended"]) if decision == "correct" else None
    allowed = (_allowed(row["code"], Texts(desk.policy.language)),)
    if decision == "correct" and not value:
        return Refused("no_value", allowed), {}
    if value and typed.place(row["code"], value, desk.feeds.named(row["feed"]).region) is None:
        return Refused("not_readable", allowed), {}
    entry = dict(zip(ENTRY, row["keys"], strict=True))
    return None, entry | {"feed": row["feed"], "day": row["day"], "scope": row["scope"], "outcome": _outcome(decision),
                          "value": value, "decision_id": number}


def _carried_out(store: Store, desk: Desk, said: Mapping[Keys, Mapping[str, Any]]) -> dict[Keys, Refused]:
    if not said:
        return {}
    texts, keys = Texts(desk.policy.language), list(said)
    lines = pd.DataFrame(list(said.values())).astype({"value": "str"})
    refused = deciding.carry_out(store, desk, lines)
    return {keys[index]: Refused(why, (_reason(reason, texts),)) for index, why, reason in refused.itertuples(name=None)}


def _reason(code: str, texts: Texts) -> str:
    return f"{texts.say(f'reason.{code}')} {texts.say(f'allowed.{code}')}" if code else ""
