"""Every day that a sentence says is the day of a fact of which its words are true: all combinations of a small world."""

import re
from datetime import date
from itertools import product
from types import SimpleNamespace

import pytest

from register.retention import decide, sentence
from register.retention.facts import COLUMNS, Facts, frame
from register.texts import Texts
from tests.retention.test_retention import policy

YEAR, MONTH = ([{"from": date(2010, 1, 1), "months": months, "why": "w"}] for months in (12, 1))
POLICY = policy(after_last_confirmed=YEAR, after_last_contact=YEAR, partner=YEAR, withdrawn=MONTH,
                incompatible=MONTH)
DAYS = tuple(date(year, 6, 1) for year in (2014, 2016, 2025, 2026, 2027))
OURS, THEIRS = {"who": "Matti"}, {"who": None}
WROTE = ((), ({"kind": "inquiry", "on": "2013-05-15"} | OURS,),
         ({"kind": "inquiry", "on": "2013-05-15"} | OURS, {"kind": "quotation_request", "on": "2023-02-01"} | OURS))
INVOICED = ((), ({"kind": "invoice", "on": "2015-05-15"} | OURS,),  # the second is in reach of the inquiry, the others are not
            tuple({"kind": "invoice", "on": day} | THEIRS for day in ("2014-01-01", "2015-05-15", "2015-05-16", "2024-03-03")),
            ({"kind": "invoice", "on": "2015-05-15", "case": "T1"} | THEIRS, {"kind": "invoice", "on": "2024-03-03"} | THEIRS))
ASSIGNED = ((), ({"kind": "assignment", "on": "2015-02-01", "case": "T1", "status": "closed"} | OURS,),
            ({"kind": "assignment", "on": "2015-02-01", "case": "T1", "status": "closed"} | OURS,
             {"kind": "assignment", "on": "2024-02-01", "case": "T2", "status": "open"} | THEIRS),
            ({"kind": "assignment", "on": "2015-02-01", "case": "T1", "status": "open"} | OURS,
             {"kind": "assignment", "on": "2024-02-01", "case": "T2", "status": "open"} | THEIRS),
            ({"kind": "assignment", "on": "2015-05-01", "case": "T3", "status": "closed"} | THEIRS,))
BOUGHT = ((), ({"kind": "invoice", "on": "2012-03-04", "party": "partner"} | OURS,))
SEEN = ((), (("provider_x", "2025-01-10"), ("provider_y", "2025-06-30")))
WITHDRAWN, PRIVATE, DECIDED = (None, "2024-04-04"), (None, "2025-05-05"), (None, ("2025-07-07", "2026-03-03"))


def world(wrote, invoiced, assigned, bought, seen, withdrawn, private, decided):
    return SimpleNamespace(rows=(*wrote, *invoiced, *assigned, *bought), seen=seen, withdrawn=withdrawn if seen else None,
                           private=private, decided=decided)


WORLDS = [world(*chosen) for chosen in product(WROTE, INVOICED, ASSIGNED, BOUGHT, SEEN, WITHDRAWN, PRIVATE, DECIDED)]


def facts():
    """All worlds at once, each a contact at a firm of its own."""
    found = {name: [] for name in COLUMNS}
    for number, one in enumerate(WORLDS):
        who, firm = f"c{number:04}", {"organisation_id": f"o{number:04}"}
        found["contacts"].append({"contact_id": who, "company": "Ostaja Oy", "first_seen_on": "2010-01-01"} | firm)
        found["engagements"] += [
            {"record_key": f"{number} {place}", "contact_id": who if row["who"] else None, "kind": row["kind"],
             "case_number": row.get("case"), "event_on": row["on"], "event_status": row.get("status"),
             "party": row.get("party", "customer"), "is_counted": is_counted(row), "last_seen_on": row["on"]} | firm
            for place, row in enumerate(one.rows)]
        found["confirmations"] += [{"contact_id": who, "feed": feed, "last_seen_on": day} for feed, day in one.seen]
        found["withdrawals"] += [{"contact_id": who, "withdrawn_on": one.withdrawn}] if one.withdrawn else []
        found["incompatible"] += [{"contact_id": who, "said_on": one.private}] if one.private else []
        found["decided"] += [{"contact_id": who, "decided_by": "Liisa Kaski", "decided_on": one.decided[0],
                              "last_day": one.decided[1], "is_whole": True}] if one.decided else []
    found["deliveries"] = [{"feed": feed, "day": day} for feed, day in SEEN[1]]
    return Facts(**{name: frame(name, rows) for name, rows in found.items()})


def is_counted(row):
    return row["kind"] == "invoice" and row.get("party") != "partner"


def theirs(one, row):
    """Named on it, or of a case in which they are."""
    return row["who"] or row.get("case") in {mine.get("case") for mine in one.rows if mine["who"]} - {None}


def on(one, told, kinds, case=None, **more):
    return any(row["on"] == told and row["kind"] in kinds and case in (None, row.get("case"))
               and all(row.get(name) == value for name, value in more.items()) for row in one.rows)


OWN_WORD = ("inquiry", "quotation_request")


def invoiced(one, _, told, case=None):
    return any(row["on"] == told and is_counted(row) and row.get("case") == case for row in one.rows)


def ended(one, _, told, case=None):
    return on(one, told, ["assignment"], case, status="closed")


def opened(one, _, case, told):
    is_open = any(row.get("case") == case and row.get("status") == "open" for row in one.rows)
    counts = (row for row in one.rows if row.get("case") == case or theirs(one, row) or is_counted(row))
    return is_open and told in {row["on"] for row in counts}


def nothing_since(one, verdict, case, told):
    return opened(one, verdict, case, told) and not any(row["on"] > told for row in one.rows if row["who"])


def met(one, verdict, told, case=None):
    return any(on(one, told, [kind], case, who="Matti") for kind in OWN_WORD) or ended(one, verdict, told, case)


def bought(one, _, told):
    return on(one, told, ["invoice"], who="Matti", party="partner")


def gave(one, _, feed, told):
    return (feed, told) in one.seen


def withdrew(one, _, told):
    return one.withdrawn == told


def private(one, _, told):
    return one.private == told


def decided(one, _, told):
    return one.decided[0] == told


def any_fact(one, _, told):
    return told in {row["on"] for row in one.rows} | {day for _, day in one.seen} | {one.withdrawn}


def last_day(_, verdict, told):
    return verdict["last_day"] == told


def kept(one, verdict, told):
    return last_day(one, verdict, told) and verdict["outcome"] == "keep"


def over(one, verdict, told):
    return last_day(one, verdict, told) and verdict["outcome"] == "remove"


WORDS = {
    "en": {
        r"because of the invoice of DAY to Ostaja Oy(?: \(case (\w+)\))?\.": invoiced,
        r"an assignment of Ostaja Oy is open \(case (\w+)\); of what counts for it the newest is of DAY": opened,
        r"open \(case (\w+)\), but nothing that counts for it has happened since DAY": nothing_since,
        r"an assignment of Ostaja Oy ended DAY(?: \(case (\w+)\))?\.": ended,
        r"an own contact or a closed assignment of DAY(?: \(case (\w+)\))?,": met,
        r"Ostaja Oy is a partner; the purchase that counts is of DAY\.": bought,
        r"because (\w+) gave the data on DAY,": gave,
        r": (\w+) gave the data on DAY and has delivered nothing for so long": gave,
        r"No source gives this any more, the last one since DAY,": withdrew,
        r"Found to be a private person DAY ": private,
        r"by the decision of Liisa Kaski of DAY ": decided,
        r"how long a fact like the one of DAY keeps this": any_fact,
        r"Kept until DAY": kept, r"The time was up on DAY": over,
    },
    "fi": {
        r"koska yritykselle Ostaja Oy lähetettiin lasku DAY(?: \(asia (\w+)\))?\.": invoiced,
        r"yritykselle Ostaja Oy on avoinna \(asia (\w+)\); uusin siihen vaikuttava tapahtuma DAY,": opened,
        r"avoinna \(asia (\w+)\), mutta mitään siihen vaikuttavaa ei ole tapahtunut DAY jälkeen": nothing_since,
        r"toimeksianto yritykselle Ostaja Oy päättyi DAY(?: \(asia (\w+)\))?\.": ended,
        r"oman yhteydenoton tai päättyneen toimeksiannon vuoksi DAY(?: \(asia (\w+)\))?,": met,
        r"Ostaja Oy on kumppani; ratkaiseva ostolasku DAY\.": bought,
        r"koska lähde (\w+) antoi tiedot DAY,": gave,
        r": lähde (\w+) antoi tiedot DAY, mutta siitä ei ole tullut mitään": gave,
        r"Kaikki lähteet ovat lakanneet antamasta tietoa, viimeinen DAY,": withdrew,
        r"Todettu yksityishenkilöksi DAY ": private,
        r"henkilön Liisa Kaski päätöksellä DAY ": decided,
        r"kuinka kauan tietoa säilytetään seikan DAY perusteella": any_fact,
        r"Säilytetään DAY asti": kept, r"Säilytysaika päättyi DAY": over,
    },
}
"""What is said of a day, and when it is true."""

DAY = {"en": r"\d{1,2} [A-Z][a-z]{2} \d{4}", "fi": r"\d{1,2}\.\d{1,2}\.\d{4}"}


@pytest.mark.parametrize("language", WORDS)
def test_every_day_in_a_sentence_is_the_day_of_a_fact_of_which_the_words_are_true(language):
    texts, known, used = Texts(language), facts(), set()
    words = {re.compile(said.replace("DAY", f"(?P<day>{DAY[language]})")): is_true for said, is_true in WORDS[language].items()}
    iso = {texts.day(day.isoformat()): day.isoformat() for year in range(2010, 2040) for day in calendar_of(year)}
    for day in DAYS:
        for one, verdict in zip(WORLDS, decide(known, POLICY, day).to_dict("records"), strict=True):
            said = sentence(texts, verdict)
            found = [(match, is_true) for phrase, is_true in words.items() for match in phrase.finditer(said)]
            assert len(re.findall(DAY[language], said)) == len(found), said
            for match, is_true in found:
                told = [iso[text] if text == match["day"] else text for text in match.groups() if text is not None]
                assert is_true(one, verdict, *told), (day, said, one)
                used.add(is_true)
    assert used == set(words.values())


def calendar_of(year):
    return (date.fromordinal(number) for number in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()))
