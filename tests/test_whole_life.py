"""Two hundred people through a whole life: in by every feed and format, asked about, corrected, exported, erased or expired.

Then nothing of those who went lies in any file of the home, everybody else is there, and no day that is read or delivered again
brings anybody back. What is searched for, and how, stands in `canaries.py` and `canary_search.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd
import pytest

from register.corrections import bulk, proposing
from register.home import Home
from register.removal import erasure, proof, sweep
from register.removal.requests import Request
from register.removal.sought import Sought
from register.store import tables
from register.workbooks import exports, review, taken, waiting
from register.workbooks.exports import Order
from tests import canaries
from tests.builders import as_csv, desk, errand, make_home, read, records_of, table
from tests.canaries import CANARIES, Canary, Days, of_fate
from tests.canary_search import found_in, numbers_in, opened
from tests.registers import bring_up_to_date
from tests.workbooks.test_review import cells, filled

pytestmark = pytest.mark.deep

FIRST, ANSWERED, SECOND, ERASED = "2026-11-05", "2026-11-10", "2026-11-20", "2026-11-25"
LISTED, SWEPT, AGAIN, LAST = "2026-12-15", "2027-01-05", "2027-01-08", "2027-01-09"
STEWARD = "Liisa Kaski"
GONE, LIVING = of_fate("erased", "expired"), of_fate("living")
DEAD = [one for one in CANARIES if one.fate == "living" and one.number % 8 == 7 and one.door not in canaries.PROVIDED]
"""Living people whose address is dead: it goes, they stay."""


@dataclass
class Life:
    """A home, what was delivered to it by day and feed, and what the search found at each turn."""

    home: Home
    given: dict[str, Days] = field(default_factory=dict)
    found: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    held: dict[str, pd.DataFrame] = field(default_factory=dict)
    facts: dict[str, pd.DataFrame] = field(default_factory=dict)
    proofs: list[proof.Proof] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def give(self, day: str, said: Days) -> None:
        """One day's deliveries, every feed read, everything computed."""
        self.given[day] = said
        for feed, rows in said.items():
            canaries.deliver(self.home, feed, day, rows)
        self.refresh(day)

    def refresh(self, day: str) -> None:
        for feed in desk(self.home).feeds.living:
            read(self.home, feed.name, day, today=date.fromisoformat(day))
        bring_up_to_date(self.home, day)

    def look(self, turn: str) -> None:
        """Searches all files and notes who is a contact."""
        self.found[turn] = found_in(self.home)
        self.held[turn] = table(self.home, tables.contacts)
        self.facts[turn] = table(self.home, tables.engagements)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    home = make_home(tmp_path_factory.mktemp("life") / "home", canaries.FEEDS, canaries.POLICY)
    life = Life(home)
    enter(life)
    answer(life)
    correct(life)
    life.give(SECOND, provided_again() | {"bounces": bounced(SECOND)})
    export(life)
    life.look("before")
    erase(life)
    life.look("erased")
    life.give(LISTED, provided_again() | {"bounces": bounced(LISTED)})
    life.refresh(SWEPT)
    life.figures["swept"] = sweep.apply(home, home.policy(), home.feeds(home.policy()), date.fromisoformat(SWEPT), None)
    bring_up_to_date(home, SWEPT)
    life.look("swept")
    backfill(life)
    life.look("backfilled")
    redeliver(life)
    life.look("redelivered")
    life.give(LAST, {feed: canaries.entries()[feed] for feed in canaries.PROVIDED})
    life.look("last")
    everything = Sought(tuple(said for number in sorted(GONE) for said in values(CANARIES[number])))
    life.proofs.append(proof.prove(home, everything))
    yield life
    home.database.engine.dispose()


def enter(life: Life) -> None:
    said = canaries.entries()
    firms = [{"Yritys": name, "Y-tunnus": business_id} for name, business_id in sorted({one.firm for one in CANARIES})]
    life.give(FIRST, said | {"list": said["list"] + canaries.waiting() + canaries.doubtful(), "ytj": firms})


def provided_again() -> Days:
    """The providers give everybody but those who expire, also who was erased: the one leaves them out, the other says so."""
    said = canaries.entries()
    of = {row["Asiakasnro"]: CANARIES[int(row["Asiakasnro"])] for feed in canaries.PROVIDED for row in said[feed]}
    is_old = {number for number, one in of.items() if one.fate == "expired"}
    return {"provider_x": [row for row in said["provider_x"] if row["Asiakasnro"] not in is_old],
            "provider_y": [row | {"Poistettu": "x" if row["Asiakasnro"] in is_old else ""} for row in said["provider_y"]]}


def bounced(day: str) -> list[dict[str, str]]:
    return [{"Sähköposti": one.email(), "Palautunut": day, "Palautustyyppi": "hard"} for one in DEAD]


def answer(life: Life) -> None:
    """The workbooks of quarantine and of pairs in doubt, filled in and taken."""
    home, day = life.home, date.fromisoformat(ANSWERED)
    sent = waiting.publish(desk(home), day, "liisa")
    assert sent is not None
    head, *rows = cells(sent.path)[1]
    typed, decided = head.index("Korjattu"), head.index("Päätös")
    edits: dict[tuple[int, int, int], Any] = {}
    for at, row in enumerate(rows, start=1):
        [number, *more] = numbers_in(str(row).encode()) or [None]
        if number is not None and not more and (said := answers(CANARIES[number], str(row))):
            edits |= {(1, at, typed): said, (1, at, decided): "korjaa"}
    filled(home, sent.path, edits, name="karanteeni.xlsx")
    asked = review.publish(home, home.policy(), day, "liisa")
    life.figures["asked"] = asked.rows if asked else 0
    if asked:
        pairs = range(1, len(cells(asked.path)[1]))
        filled(home, asked.path, {(1, at, 16): "sama" for at in pairs}, name="parit.xlsx")
    came = taken.take_in(desk(home), day, "liisa", lambda _: True)
    life.figures |= {"wrong": came.wrong, "applied": came.applied, "answered": len(edits) // 2}
    bring_up_to_date(home, ANSWERED)


def answers(one: Canary, row: str) -> str:
    """What the steward types where somebody's row waits for a firm, a phone or a channel; nothing for those never answered."""
    kind = canaries.WAITING.get(one.number % 13, "never")
    return {"firm": one.firm[0], "phone": one.phone(2), "channel": one.phone(2) if one.number % 13 == 6 else ""}.get(kind, "")


def correct(life: Life) -> None:
    """Every seventh person's phone, by a file of corrections."""
    home, day = life.home, ANSWERED
    people = [one for one in CANARIES if one.number % 7 == 2 and not canaries.is_never_answered(one)]
    rows = [{"Nykyinen sähköposti": one.email(), "Puhelin": one.phone(5)} for one in people]
    box = home.inbox / "corrections"
    box.mkdir(exist_ok=True)
    (box / "korjaukset.csv").write_text(as_csv(rows), encoding="utf-8")
    came = proposing.take_in(desk(home), errand(day, today=date.fromisoformat(day)), "liisa")
    [proposed] = came.proposed
    life.figures["corrected"] = proposed.figures["values"]
    with home.database.writing("approve", day) as store:
        bulk.approve(store, proposed.number, STEWARD, "liisa")
    with home.database.reading() as store:
        known = bulk.find(store, proposed.number)
    assert known is not None
    for feed, days in known.scope.items():
        read(home, feed, list(days), "backfill", today=date.fromisoformat(day))
    bring_up_to_date(home, day)
    with home.database.writing("finish", day) as store:
        bulk.finish(store, 0)


def export(life: Life) -> None:
    for what, name in (("contacts", "kaikki.xlsx"), ("contacts", "kaikki.csv"), ("quarantine", "odottaa.xlsx"),
                       ("organisations", "yritykset.xlsx")):
        order = Order(what, name, "invoicing", "Tilitoimisto", "liisa")  # type: ignore[arg-type]
        exports.export(life.home, life.home.policy(), order, date.fromisoformat(SECOND))


def contacts_of(home: Home, numbers: set[int]) -> dict[int, list[str]]:
    """By person the ids of their contacts."""
    held = table(home, tables.contacts)
    ids: dict[int, list[str]] = {}
    for row in held.to_dict("records"):
        for number in numbers_in(str(row).encode()) & numbers:
            ids.setdefault(number, []).append(row["contact_id"])
    return ids


def erase(life: Life) -> None:
    """Half of the people ask: three one by one, the others in one go."""
    home, day = life.home, date.fromisoformat(ERASED)
    asked = Request(day, "puhelimessa", STEWARD, "liisa")
    ids = contacts_of(home, of_fate("erased"))
    assert set(ids) == of_fate("erased")
    people = list(ids.values())
    for some in (*([one] for one in people[:3]), people[3:]):
        wanted = [contact_id for one in some for contact_id in one]
        done = erasure.erase(home, home.policy(), records_of(home, wanted), "all", asked, day)
        assert done.proof is not None
        life.proofs.append(done.proof)


def backfill(life: Life) -> None:
    """Every day of every feed, again from the archive."""
    for feed in desk(life.home).feeds.living:
        days = table(life.home, tables.deliveries).query("feed == @feed.name")["day"].tolist()
        read(life.home, feed.name, sorted(days), "backfill", today=date.fromisoformat(AGAIN))
    bring_up_to_date(life.home, AGAIN)


def redeliver(life: Life) -> None:
    """Every file of every feed and day again, for its own day: other bytes of the same rows, then of some the very same."""
    for day, said in life.given.items():
        for feed, rows in said.items():
            for is_turned in (True, False) if feed in ("list", "works", "bills", "provider_y") else (True,):
                canaries.deliver(life.home, feed, day, rows, is_turned=is_turned)
                read(life.home, feed, day, "backfill", today=date.fromisoformat(AGAIN))
    bring_up_to_date(life.home, AGAIN)


def values(one: Canary) -> Iterator[tuple[str, str]]:
    """What the register's own proof searches somebody by."""
    yield from (("name", one.name), ("email", one.email()), ("phone", f"+358{one.phone().replace(' ', '')[1:]}"))


def named(held: pd.DataFrame) -> set[int]:
    """The people of whom a table's rows tell something."""
    return {number for row in held.to_dict("records") for number in numbers_in(str(row).encode())}


def left(life: Life, turn: str, gone: set[int]) -> dict[int, set[str]]:
    """Those of the people of whom something lies in a file, and where."""
    return {number: places for number, places in life.found[turn].items() if number in gone}


def test_all_came_in_by_every_feed_and_were_asked_about_corrected_and_exported(life: Life) -> None:
    """Else nothing of what follows could fail."""
    assert named(life.held["before"]) == set(range(canaries.PEOPLE))
    for number, places in life.found["before"].items():
        tops = {place.split("/")[0] for place in places}
        assert {"archive", "outbox", "register.db"} <= tops, CANARIES[number]
    held = table(life.home, tables.deliveries)
    assert set(held.loc[held["day"].eq(FIRST) & held["state"].eq("read"), "feed"]) == {*canaries.DOORS, "ytj"}
    told = life.figures
    assert (told["wrong"], told["answered"] > 40, told["asked"] > 10, told["corrected"] > 20) == ([], True, True, True)
    assert told["applied"] == told["answered"] + told["asked"]


def test_nothing_is_left_of_those_who_were_erased(life: Life) -> None:
    assert left(life, "erased", of_fate("erased")) == {}
    assert [one for one in life.proofs if not one.is_clean] == []
    assert named(life.held["erased"]) == of_fate("expired", "living")


def test_nothing_is_left_of_those_whose_time_had_come(life: Life) -> None:
    assert left(life, "swept", GONE) == {}
    assert named(life.held["swept"]) == LIVING
    assert (life.figures["swept"].waiting, life.figures["swept"].removed >= len(of_fate("expired"))) == (0, True)


@pytest.mark.parametrize("turn", ["backfilled", "redelivered", "last"])
def test_nobody_who_went_is_back(life: Life, turn: str) -> None:
    assert left(life, turn, GONE) == {}
    assert named(life.held[turn]) == LIVING


def test_who_stays_is_there_with_all_that_is_theirs(life: Life) -> None:
    held = life.held["last"]
    of_whom = [named(held.iloc[[at]]) for at in range(len(held))]
    for number in sorted(LIVING):
        one = CANARIES[number]
        assert "register.db" in life.found["last"][number]
        [at] = [at for at, who in enumerate(of_whom) if who == {number}]
        row = held.iloc[at]
        assert one in DEAD or numbers_in(str(row["email"]).encode()) == {number}, one
        assert str(row["full_name"]).endswith(one.last) and pd.notna(row["phone"])
    told = table(life.home, tables.verdicts)
    assert (len(told), set(told["outcome"])) == (len(held), {"keep"})


def test_reading_old_days_again_changes_nothing_of_who_stays(life: Life) -> None:
    apart = ["provenance", "last_seen_on", "changed_in", "touched_in"]
    before, after = (life.held[turn].drop(columns=apart, errors="ignore").set_index("contact_id").sort_index()
                     for turn in ("swept", "redelivered"))
    pd.testing.assert_frame_equal(before, after)
    assert len(life.facts["swept"]) == len(life.facts["redelivered"])


def test_a_dead_address_is_nowhere_and_does_not_come_back(life: Life) -> None:
    assert DEAD
    for path in life.home.path.rglob("*"):
        if path.is_file():
            texts = [content.lower() for content in opened(path)]
            assert not [one for one in DEAD if any(one.email().encode() in text for text in texts)], path.name
