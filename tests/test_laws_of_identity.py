"""Laws: whatever arrives, changes and goes in whatever order, the register is what the last rows alone would give."""

import random
from typing import Any

from register.store import tables
from register.store.database import Database
from tests.conftest import seeds
from tests.ids import Watch, given, redirects_of, resolve
from tests.rows import compute, contents, engagement, observation, partition, put, remove, started_anew

FIRMS: list[dict[str, Any]] = [
    {"company": "Köpare Oy", "business_id": "9900001-8"},
    {"company": "Köpare Ab", "business_id": "9900002-6"},
    {"company": "Kopare"},
    {"company": "Varuboden", "business_id": "9900002-6"},
    {"company": "Varuboden"},
    {"company": "As Oy Kotikatu"},
    {},
]
SURE_FIRMS = [firm for firm in FIRMS if "business_id" in firm]
NAMES = ("Matti Virtanen", "Virtanen, Matti", "Matti", "Matti Korhonen", "Åsa Åkerberg", "Matti Juhani Virtanen", "-")
SURE_NAMES = ("Matti Virtanen", "Virtanen, Matti", "Åsa Åkerberg")
EMAILS = ("matti@kopare.example", "mv@kopare.example", "info@kopare.example", "asa@varuboden.example", "info@koti.example")
PHONES = ("040 123 4567", "050 123 4567", "09 542 1222", "010 123 4567")
FEEDS = ("web", "works", "provider_x", "provider_y", "a_feed_no_longer_there")


def some_row(
    chance: random.Random, record_key: str, firms: list[dict[str, Any]] = FIRMS, names: tuple[str, ...] = NAMES
) -> dict[str, Any]:
    """A row of a small world in which everything meets everything."""
    email = chance.choice(EMAILS)
    said: dict[str, Any] = chance.choice(firms) | {"name": chance.choice(names), "on": f"2026-11-{chance.randint(1, 20):02}"}
    said |= {"email": email} if chance.random() < 0.6 else {}
    said |= {"phone": chance.choice(PHONES)} if chance.random() < 0.5 else {}
    said |= {"email_2": chance.choice(EMAILS)} if chance.random() < 0.1 else {}
    said |= {"marketing_ban": chance.random() < 0.1, "marketing_consent": chance.random() < 0.2}
    said |= {"street": f"Katu {chance.randint(1, 3)}"} if chance.random() < 0.2 else {}
    return observation(record_key, chance.choice(FEEDS), withdrawn=chance.random() < 0.1, **said)


def some_engagement(chance: random.Random, record_key: str) -> dict[str, Any]:
    domain = chance.choice(EMAILS).split("@")[1] if chance.random() < 0.3 else None
    said = chance.choice([firm for firm in FIRMS if firm])
    return engagement(record_key, **said, email_domain=domain, on=f"2026-11-{chance.randint(1, 20):02}")


@seeds(104, range(6))
def test_any_history_gives_what_the_last_rows_give_and_ids_stay(database: Database, seed: int) -> None:
    chance, living, watch = random.Random(seed), set[str](), Watch()  # 104: a contact gone and one elsewhere in the same run
    for _ in range(6):
        keys = {f"r{chance.randint(1, 18):02}" for _ in range(chance.randint(1, 5))}
        put(database, *(some_row(chance, key) for key in sorted(keys)))
        put(database, *(some_engagement(chance, f"e{chance.randint(1, 6)}") for _ in range(1)), table=tables.engagements)
        living |= keys
        if chance.random() < 0.5:
            gone = chance.choice(sorted(living))
            living -= {gone}
            remove(database, gone)
        if chance.random() < 0.8:
            compute(database)
            watch.look(database)
    compute(database)
    watch.look(database)
    found, together, people = contents(database), partition(database), partition(database, "person_id")
    started_anew(database)
    assert together == partition(database)
    assert people == partition(database, "person_id")
    assert found == contents(database)


@seeds(3, range(20, 23))
def test_pure_additions_change_no_id_but_by_merging(database: Database, seed: int) -> None:
    """Of firms and names that are told for certain: what contradicts an older row parts it from its contact."""
    chance, ever = random.Random(seed), dict[str, str]()
    for start in range(1, 25, 4):
        put(database, *(some_row(chance, f"r{number:02}", SURE_FIRMS, SURE_NAMES) for number in range(start, start + 4)))
        compute(database)
        now, redirects = given(database)["contact"], redirects_of(database)
        for record, id_ in ever.items():
            assert resolve(id_, set(now.values()), redirects) == now[record], "a first id leads to its contact for ever"
        ever |= {record: now[record] for record in set(now) - set(ever)}
