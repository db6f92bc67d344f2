"""Both parts of a contact keep its ban, its holds and what restricts it, until they are lifted (GDPR art. 18, 21)."""

from datetime import date

import pytest

from register.contacts import contacts, decisions
from register.explain import record_keys
from register.home import Home
from register.removal.ledger import Ledger
from register.retention import holds
from register.retention.decided import Signed
from register.store import tables
from tests.builders import deliver, desk, make_home, quick_judge, refreshed, table
from tests.removal.asking import DAY, KAINO, LATER, TODAY, ids, lift, restrict, row

SIGNED = Signed("Liisa Kaski", "kone", TODAY)
BAN = {"Suoramarkkinointikielto": "kyllä"}
SHARED = {"email": "info@ostaja.example", "phone": "09 123 4567"}
"""Everybody's at the firm: with her name it joins her rows, by itself it bans nobody."""


@pytest.fixture
def home(tmp_path, database_url) -> Home:
    """Kaino wrote once with a ban; more of hers comes later."""
    home = make_home(tmp_path / "home", database_url=database_url)
    deliver(home, "inquiries", DAY, [row(on="31.10.2026", **SHARED, **BAN)])
    refreshed(home, DAY)
    return home


def come_and_part(home: Home) -> int:
    """A row that joins her contact and is split off again; the decision's number."""
    deliver(home, "inquiries", LATER, [row(on="4.11.2026", **SHARED)])
    refreshed(home, LATER)
    [one] = ids(home)
    with home.database.writing("split", LATER) as store:
        later = table(home, tables.observations).set_index("record_key")["event_on"] == "2026-11-04"
        places = [place for place, key in enumerate(record_keys(store, one), start=1) if later[key]]
        number = decisions.split(store, home.policy(), one, places, "Liisa Kaski", "kone")
    computed(home)
    assert len(ids(home)) == 2  # noqa: PLR2004
    return number


def computed(home: Home, *, is_whole: bool = False) -> None:
    at = desk(home, quick_judge)
    with home.database.writing("contacts", LATER) as store:
        contacts.update(store, at.policy, at.feeds, home.key, LATER, is_whole=is_whole)


def borne(home: Home, of=tables.objections, name=KAINO, **said) -> list[int]:
    """On how many records of each contact it stands."""
    rows = table(home, of)
    rows = rows[rows["lifted_at"].isna()]
    for column, value in said.items():
        rows = rows[rows[column] == value]
    members = table(home, tables.memberships)
    found = members["record_key"].isin(rows["record_key"]).groupby(members["contact_id"]).sum()
    return [int(found.get(contact, 0)) for contact in ids(home, name)]


def hold(home: Home, contact: str | None = None) -> int:
    with home.database.writing("hold", DAY) as store:
        whose = contact or ids(home)[0]
        return holds.add(store, home.policy(), whose, "oikeudenkäynti", "Liisa Kaski", date(2027, 3, 1), SIGNED)


def test_the_part_without_the_record_that_said_it_is_banned_too(home):
    come_and_part(home)
    assert len(ids(home, marketing_ban=True)) == 2  # noqa: PLR2004
    assert borne(home, kind="marketing") == [1, 1]
    assert table(home, tables.objections)["objected_on"].tolist() == [DAY, DAY]


def test_a_hold_lies_on_both_parts_and_is_lifted_from_both_by_its_number(home):
    number = hold(home)
    come_and_part(home)
    assert borne(home, tables.holds, decision_id=number) == [1, 1]
    with home.database.writing("lift", LATER) as store:
        holds.lift(store, home.policy(), number, "Timo Aro", "kone")
    assert borne(home, tables.holds) == [0, 0]


def test_what_restricts_lies_on_both_parts_and_its_case_is_settled_with_the_last(home):
    number = restrict(home).number
    come_and_part(home)
    assert borne(home, kind="restriction", request_no=number) == [1, 1] and len(ids(home, restricted=True)) == 2  # noqa: PLR2004
    first, second = ids(home)
    assert lift(home, [first]).numbers == []
    assert lift(home, [second]).numbers == [number]


def test_it_stays_with_both_when_they_were_joined_by_mistake_and_the_word_is_taken_back(home):
    deliver(home, "inquiries", LATER, [row("Liisa Laine", "liisa@ostaja.example", on="4.11.2026", phone="040 555 0102")])
    refreshed(home, LATER)
    with home.database.writing("merge", LATER) as store:
        number = decisions.merge(store, home.policy(), (*ids(home), *ids(home, "Liisa Laine")), "Liisa Kaski", "kone")
    computed(home)
    [(told, one)] = table(home, tables.contacts)[["full_name", "contact_id"]].to_numpy().tolist()
    hold(home, one)
    with home.database.writing("undo", LATER) as store:
        decisions.undo(store, home.policy(), number, "Liisa Kaski", "kone")
    computed(home)
    held = table(home, tables.contacts)
    assert held["marketing_ban"].tolist() == [True, True] and set(held["full_name"]) == {KAINO, "Liisa Laine"} > {told}
    assert [borne(home, tables.holds, name) for name in held["full_name"]] == [[1], [1]]


def test_it_is_put_once_and_is_in_the_ledger(home):
    hold(home)
    restrict(home)
    number = come_and_part(home)
    put = [table(home, of).drop(columns=["lifted_at"]) for of in (tables.objections, tables.holds)]
    told = [entry.promises.rows for entry in Ledger(home.ledger).entries()][-2]
    assert {name: len(rows) for name, rows in told.items()} == {"objections": 2, "holds": 1}
    for is_whole in (False, True):
        computed(home, is_whole=is_whole)
    with home.database.writing("undo", LATER) as store:
        decisions.undo(store, home.policy(), number, "Liisa Kaski", "kone")
    computed(home)
    assert len(ids(home)) == 1
    for before, of in zip(put, (tables.objections, tables.holds), strict=True):
        assert table(home, of).drop(columns=["lifted_at"]).equals(before)
