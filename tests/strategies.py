"""What the laws draw: rows of a small world, days of deliveries of every kind, and histories in which they arrive.

In this world a domain and a name tell one firm, and all firms are known from the first delivery on: commuting is claimed for
fixed known organisations (design, rule 5). A row that waits whole is delivered on one day only: it stands in no archive.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

FEEDS = """
[firms]
kind = "assignment"
format = "csv"
history_from = 2010-01-01
late_after_days = 60
[web]
kind = "inquiry"
format = "csv"
history_from = 2010-01-01
late_after_days = 60
[works]
kind = "assignment"
format = "csv"
key = ["Tunnus"]
history_from = 2010-01-01
late_after_days = 60
[customers]
kind = "assignment"
format = "csv"
gives = "snapshot"
key = ["Tunnus"]
history_from = 2010-01-01
late_after_days = 60
[invoices]
kind = "invoice"
format = "csv"
key = ["Laskunumero"]
history_from = 2010-01-01
late_after_days = 60
[provider_x]
kind = "provider"
format = "csv"
key = ["Tunnus"]
[provider_y]
kind = "provider"
format = "csv"
[changes]
kind = "provider"
format = "csv"
gives = "changes"
key = ["Tunnus"]
[changes_too]
kind = "provider"
format = "csv"
gives = "changes"
key = ["Tunnus"]
[ytj]
kind = "registry"
format = "prh_bulk"
"""
"""Events without a key and with one, invoices, snapshots of our own and of providers with a key and without, changes, bulk."""

OWN = ("web", "works", "customers", "invoices")
EVENT_FEEDS = ("web", "works", "invoices")
ADDING = (*EVENT_FEEDS, "changes", "changes_too")
MOVING = (*OWN, "provider_x", "provider_y", "changes", "changes_too")

CALENDARS = {
    "clocks go forward": ("2026-03-27", "2026-03-28", "2026-03-29", "2026-03-30"),
    "clocks go back": ("2026-10-23", "2026-10-24", "2026-10-25", "2026-10-26"),
    "29 February": ("2028-02-27", "2028-02-28", "2028-02-29", "2028-03-01"),
}

POLICY = """
[controller]
name = "Myyjä Esimerkki Oy"
own_business_ids = ["9900011-4"]
own_domains = ["oma.example"]
[people]
steward = "Liisa Kaski"
approvers = ["Timo Aro"]
[admission]
max_shrink = 1.0
[[retention.after_invoicing]]
from = 2019-01-22
calendar_years = 10
source = "notice, section 7"
[[retention.after_last_contact]]
from = 2026-01-01
months = 24
why = "quotations are taken up late"
[[retention.after_last_confirmed]]
from = 2026-01-01
months = 12
why = "a provider's silence"
[[retention.partner]]
from = 2026-01-01
months = "undecided"
[periods]
starts_on = 2026-03-01
quarantine_days = 400
"""
"""Whatever a delivery has, it is believed; when one is too small, is a law of its own. What waits is answered by nobody, time
included: it counts from the day of asking, not of delivery, and what it ends is a decision."""

BROKEN = "asa@virta.example;040 5550101;x\n"
"""Text in which no header can be found."""

COLUMNS = ("Tunnus", "Laskunumero", "Nimi", "Sähköposti", "Puhelin", "Yritys", "Y-tunnus", "Pvm", "Tila", "Asianumero",
           "Postitoimipaikka", "Laskutyyppi", "Poistettu")

FIRMS = {"virta.example": ("Virta Oy", "9900020-2"), "koski.example": ("Koski Oy", "9900001-8"),
         "joki.example": ("Joki Oy", "")}

KNOWN_FIRMS = tuple(
    {"Nimi": "", "Sähköposti": f"info@{domain}", "Yritys": name, "Y-tunnus": number, "Pvm": "1.3.2026", "Tila": "päättynyt"}
    for domain, (name, number) in FIRMS.items())
"""The first delivery of all: what makes the firms known."""

PEOPLE = (  # spellings of the name, mailbox, firm's domain, mobile; the third is the first at another firm
    (("Åsa Åkerberg", "Åkerberg, Åsa"), "asa", "virta.example", "040 555 0101"),
    (("Olli Oja", "OJA OLLI"), "olli", "virta.example", "+358405550102"),
    (("Åsa Åkerberg",), "asa", "koski.example", "0405550101"),
    (("Matti Juhani Virtanen", "Matti Virtanen"), "matti", "koski.example", "050 123 4567"),
    (("Leena Hakala",), "leena.hakala", "joki.example", "044 555 0160"),
)

WITHHELD = ({"Yritys": "yksityishenkilö", "Y-tunnus": ""}, {"Y-tunnus": "9900011-4"})

Row = dict[str, str]
Rows = tuple[Row, ...]


def finnish(day: str) -> str:
    """The day as Finnish sources write it."""
    read = date.fromisoformat(day)
    return f"{read.day}.{read.month}.{read.year}"


def living_row(chance: Random, feed: str, day: str) -> Row:
    """A row that is let in or withheld, whole or with values that wait."""
    names, mailbox, domain, mobile = chance.choice(PEOPLE)
    company, number = FIRMS[domain]
    firm = chance.choice([{"Yritys": company, "Y-tunnus": number}] * 3 + [{"Yritys": company}, {"Yritys": ""}])
    channels = [{"Puhelin": mobile}] * 2 + [{}, {"Puhelin": "040 55"}]
    channel = chance.choice([*channels, {"Sähköposti": ""}] if feed in OWN and firm["Yritys"] else channels)
    days = ["", finnish(day), finnish((date.fromisoformat(day) - timedelta(days=400)).isoformat())]
    key = chance.randint(1, 6)
    said = {
        "Tunnus": f"T-{key}", "Laskunumero": f"L-{key}", "Nimi": chance.choice(names),
        "Sähköposti": f"{mailbox}@{domain}", **firm, **channel, "Pvm": chance.choice(days[1:] if feed == "invoices" else days),
        "Tila": chance.choice(["", "avoin", "päättynyt"]), "Asianumero": chance.choice(["", "A-1", "A-2"]),
        "Postitoimipaikka": chance.choice(["", "Turku", "Vaasa"]),
        "Laskutyyppi": chance.choice(["", "INV01", "INV02"]) if feed == "invoices" else "",
        "Poistettu": "x" if feed in ("changes", "changes_too") and chance.random() < 0.25 else ""}
    return said | chance.choice([{}] * 8 + [*WITHHELD])


def waiting_row(chance: Random, day: str) -> Row:
    """A row that waits whole, with a key that no other day has."""
    once = f"{day}-{chance.randint(1, 2)}"
    return {"Tunnus": f"W-{once}", "Laskunumero": f"W-{once}", "Nimi": chance.choice(["Olli Oja", "Aino Aho"]),
            "Sähköposti": "olli@luukku.com", "Yritys": "", "Pvm": finnish(day), "Asianumero": once, "Postitoimipaikka": once}


def some_rows(chance: Random, feed: str, day: str) -> Rows:
    """What a feed may give for a day; now and then nothing."""
    living = [living_row(chance, feed, day) for _ in range(chance.randint(1, 9))]
    waiting = [waiting_row(chance, day) for _ in range(chance.choice([0, 0, 1]))]
    return (*living, *waiting) if chance.random() < 0.95 else ()


@dataclass(frozen=True)
class Act:
    """Files are put there and read. how: `refresh` of the day, or weeks later (`late`); `backfill`; `add`; `loose` files."""

    feed: str
    day: str
    how: str
    files: dict[str, Rows | str | dict[str, str]]

    def __str__(self) -> str:
        lines = [f"    {name}: {line}" for name, rows in self.files.items()
                 for line in ([rows] if isinstance(rows, str | dict) else map(_short, rows))]
        return "\n".join([f"  {self.feed} {self.day} {self.how}", *lines])


def _short(row: Row) -> str:
    return " ".join(f"{name}={said}" for name, said in row.items() if said)


@dataclass(frozen=True)
class History:
    """How deliveries arrived. truth: what each feed finally gave for each day. acts: in order of arrival."""

    days: tuple[str, ...]
    truth: dict[tuple[str, str], Rows | dict[str, str]]
    acts: list[Act] = field(default_factory=list)

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """How Hypothesis shows the example that broke a law."""
        printer.text("\n".join(["", *map(str, self.acts)]))

    @property
    def eve(self) -> str:
        """The day on which the firms become known."""
        return (date.fromisoformat(self.days[0]) - timedelta(days=1)).isoformat()

    @property
    def today(self) -> date:
        """Today in Helsinki, weeks after the last delivery day."""
        return date.fromisoformat(self.days[-1]) + timedelta(days=30)


def halves(rows: Rows) -> tuple[Rows, Rows]:
    """Two files of a day; rows of one key, or that could be the same row, lie in one of them."""
    return tuple(row for row in rows if _half(row) == 0), tuple(row for row in rows if _half(row) == 1)


def _half(row: Row) -> int:
    return int(row["Tunnus"][-1]) % 2


Plan = Callable[[str, str, Rows, Rows], list[tuple[str, dict[str, Any]]]]

PLANS: dict[str, Plan] = {  # each ends in the true rows; `old` is what the day was said to be before
    "plain": lambda feed, day, true, old: [("refresh", {"a": true})],
    "two files": lambda feed, day, true, old: [("refresh", dict(zip("ab", halves(true), strict=True)))],
    "late by weeks": lambda feed, day, true, old: [("late", {"a": true})],
    "loose": lambda feed, day, true, old: [("loose", {"a": true})],
    "twice": lambda feed, day, true, old: [("refresh", {"a": true}), ("backfill", {"b": true})],
    "replayed": lambda feed, day, true, old: [("refresh", {"a": true}), ("backfill", {})],
    "corrected": lambda feed, day, true, old: [("refresh", {"a": old}), ("backfill", {"a": true})],
    "corrected and back": lambda feed, day, true, old: [
        ("refresh", {"a": true}), ("backfill", {"b": old}), ("backfill", {"c": true})],
    "broken first": lambda feed, day, true, old: [("refresh", {"a": BROKEN}), ("backfill", {"a": true})],
    "broken between": lambda feed, day, true, old: [
        ("refresh", {"a": old}), ("backfill", {"a": BROKEN}), ("backfill", {"a": true})],
}
ADDED: dict[str, Plan] = {  # of feeds whose deliveries of a day add up
    "loose in two": lambda feed, day, true, old: [("loose", {"a": halves(true)[0]}), ("loose", {"b": halves(true)[1]})],
}
EVENTS: dict[str, Plan] = {
    "half broken": lambda feed, day, true, old: [
        ("refresh", {"a": halves(true)[0], "b": BROKEN}), ("add", {"b": halves(true)[1]})],
    "half broken correction": lambda feed, day, true, old: [
        ("refresh", {"a": old}), ("backfill", {"a": halves(true)[0], "b": BROKEN}), ("add", {"b": halves(true)[1]})],
}


def plans_of(feed: str) -> dict[str, Plan]:
    """The ways in which a day of the feed may arrive."""
    return PLANS | (ADDED if feed in ADDING else {}) | (EVENTS if feed in EVENT_FEEDS else {})


def history(chance: Random, feeds: int) -> History:
    """Some feeds on some days of a calendar, in any order of arrival."""
    days = chance.choice(list(CALENDARS.values()))
    truth: dict[tuple[str, str], Any] = {}
    arriving: list[list[Act]] = []
    for feed in chance.sample(MOVING, feeds):
        for day in chance.sample(days, chance.randint(2, 3)):
            true, old = some_rows(chance, feed, day), some_rows(chance, feed, day)
            plan = chance.choice(list(plans_of(feed).values()))
            truth[feed, day] = true
            arriving.append([Act(feed, day, how, files) for how, files in plan(feed, day, true, old)])
    truth["ytj", days[1]] = {"9900020-2": "Virta Oyj", "9900001-8": "Koski Oy"}
    arriving.append([Act("ytj", days[1], "refresh", {"a.zip": {"9900020-2": "Virta Oy"}}),
                     Act("ytj", days[1], "backfill", {"a.zip": truth["ytj", days[1]]})])
    order = [number for number, acts in enumerate(arriving) for _ in acts]
    chance.shuffle(order)
    queues = [list(acts) for acts in arriving]
    return History(days, truth, [queues[number].pop(0) for number in order])


def histories(feeds: int = 4) -> st.SearchStrategy[History]:
    """Histories drawn by chance rather than choice by choice: every example is a rich one."""
    return st.builds(history, st.randoms(use_true_random=True), st.just(feeds))


def examples(number: int) -> settings:
    """So many examples, the same each time; no shrinking, which takes hours here: an example is printed as it was drawn."""
    return settings(max_examples=number, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
                    phases=[Phase.explicit, Phase.generate], database=None)
