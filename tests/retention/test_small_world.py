"""Every combination of a small world: the verdicts against a reference that anybody can check."""

import calendar
from datetime import date
from itertools import product

import pandas as pd

from register.retention import decide
from register.retention.facts import Facts, frame
from tests.retention.test_retention import policy

INVOICED = (None, date(2014, 12, 31), date(2015, 1, 1))
RELATIONSHIP = (None, ("open", date(2023, 2, 28)), ("closed", date(2024, 2, 29)), ("closed", date(2026, 6, 1)))
WROTE = (None, date(2023, 3, 31), date(2024, 2, 29))
BOUGHT = (False, True)
PRIVATE = (None, date(2025, 12, 31))
HELD = (None, "hold", "restricted")
STALE = (False, True)
DAYS = tuple(map(date.fromisoformat, (
    "2024-12-31", "2025-01-01", "2025-02-28", "2025-03-01", "2025-03-31", "2025-04-01", "2025-12-31", "2026-01-01",
    "2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01", "2026-06-01", "2028-06-01", "2028-06-02")))
WORLDS = tuple(product(INVOICED, RELATIONSHIP, WROTE, BOUGHT, PRIVATE, HELD, STALE))

POLICY = policy(incompatible=[{"from": date(2020, 1, 1), "months": 1, "why": "without delay"}])


def reference(world, day):
    """Ten lines of the law: outcome and last day."""
    invoiced, relationship, wrote, bought, private, held, stale = world
    status, since = relationship or (None, None)
    months = {"invoice": invoiced and date(invoiced.year + 10, 12, 31), "wrote": wrote and later(wrote, 24),
              "closed": since if status == "closed" else None, "contact": later(since, 24) if status == "closed" else None}
    last = later(private, 1) if private else None if status == "open" else max(filter(None, months.values()), default=None)
    review = later(max(filter(None, (since, wrote, invoiced))), 24) if status == "open" else None
    kept = review >= day if review and not private else bool(last and last >= day)
    told = review or not last or (stale or bought)
    outcome = "hold" if held else "keep" if kept else "remove" if private else "report" if told else "remove"
    return outcome, last


def later(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def facts():
    """All worlds at once, each a contact at a firm of its own."""
    contacts, engagements, holds, restrictions, gaps, incompatible = [], [], [], [], [], []
    for number, (invoiced, relationship, wrote, bought, private, held, stale) in enumerate(WORLDS):
        who = {"contact_id": f"c{number:04}", "organisation_id": f"o{number:04}"}
        contacts.append(who | {"company": "Ostaja Oy", "first_seen_on": "2010-01-01"})
        status, since = relationship or (None, None)
        for kind, on, more in (("invoice", invoiced, {"is_counted": True}), ("inquiry", wrote, {}),
                               ("assignment", since, {"event_status": status}),
                               ("invoice", date(2012, 5, 5) if bought else None, {"party": "partner"})):
            if on:
                engagements.append(who | {"record_key": f"{number}{kind}{len(engagements)}", "kind": kind, "party": "customer",
                                          "event_on": on.isoformat(), "last_seen_on": on.isoformat()} | more)
        holds += [who | {"owner": "Liisa Kaski", "review_on": "2027-01-01"}] * (held == "hold")
        restrictions += [who | {"since_on": "2024-02-01"}] * (held == "restricted")
        gaps += [who | {"code": "waiting", "feed": "posti", "since_on": "2024-01-01"}] * stale
        incompatible += [who | {"said_on": private.isoformat()}] if private else []
    empty = {name: frame(name, []) for name in ("cases", "confirmations", "withdrawals", "deliveries", "decided")}
    return Facts(contacts=frame("contacts", contacts), engagements=frame("engagements", engagements), gaps=frame("gaps", gaps),
                 holds=frame("holds", holds), restrictions=frame("restrictions", restrictions),
                 incompatible=frame("incompatible", incompatible), **empty)


def differences(decide, days=DAYS):
    """Worlds and days on which an implementation says something else than the reference."""
    known = facts()
    for day in days:
        said = decide(known, POLICY, day)
        for world, outcome, last_day in zip(WORLDS, said.outcome, said.last_day, strict=True):
            wanted = reference(world, day)
            if wanted != (outcome, date.fromisoformat(last_day) if pd.notna(last_day) else None):
                yield day, world, wanted, (outcome, last_day)


def test_every_combination_of_a_small_world():
    assert next(differences(decide), None) is None
