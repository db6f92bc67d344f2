"""Whoever is restricted waits until it is settled, though their time has come (GDPR art. 18); then the notice begins anew."""

from datetime import date

import pytest
from sqlalchemy import select, update

from register import retention
from register.home import Home
from register.removal import sweep
from register.retention import as_of, due
from register.store import tables
from register.texts import Texts
from tests import rows
from tests.builders import make_home
from tests.conftest import prepared
from tests.story import FEEDS, POLICY, judge, policy

PUBLISHED, NOTICED, LATER, GONE = "2026-11-05", "2026-11-19", "2026-11-25", "2026-12-09"


@prepared
def home(path, database_url):
    """Matti wrote last two years ago and stands on the list; Liisa's address is dead."""
    home = make_home(path, database_url=database_url)
    for key, name, on in (("m1", "Matti Meikäläinen", "2024-11-10"), ("l1", "Liisa Laine", "2026-11-01")):
        firm = f"{name.split()[1]} Oy"
        rows.put(home.database, rows.observation(key, name=name, company=firm, email=f"{key}@ostaja.example", on="2026-11-01"))
        rows.put(home.database, rows.engagement(key, feed="web", kind="inquiry", company=firm, is_counted=False, on=on,
                                                last_seen_on="2026-11-01"), table=tables.engagements)
    judge(home.database, PUBLISHED)
    return home


def restrict(home: Home, record: str, kind: str = "restriction", on: str = "2026-11-06") -> None:
    with home.database.writing("restrict", on) as store:
        store.execute(tables.objections.insert().values(record_key=record, kind=kind, objected_on=on))


def lift(home: Home, at: str) -> None:
    with home.database.writing("lift", at) as store:
        store.execute(update(tables.objections).values(lifted_at=f"{at}T08:00:00+00:00"))


def swept(home: Home, day: str, *, is_judged: bool = True) -> sweep.SweepResult:
    if is_judged:
        judge(home.database, day)
    return sweep.apply(home, POLICY, FEEDS, date.fromisoformat(day), None)


def verdict_of(home: Home, record: str) -> dict[str, str]:
    wanted = rows.ids(home.database)[record]
    with home.database.reading() as store:
        [found] = store.read(select(tables.verdicts).where(tables.verdicts.c.contact_id == wanted)).to_dict("records")
    return found


@pytest.mark.parametrize("kind", ["restriction", "situation"])
def test_whoever_is_restricted_waits_and_goes_with_a_notice_of_their_own_when_it_is_settled(home: Home, kind: str) -> None:
    restrict(home, "m1", kind)
    assert swept(home, NOTICED).removed == 0
    found = verdict_of(home, "m1")
    assert (found["outcome"], found["rule"], found["last_day"]) == ("hold", "restricted", "2026-11-10")
    assert "rajoitettu 6.11.2026 alkaen" in retention.sentence(Texts("fi"), found)
    with home.database.reading() as store:
        assert due.due_list(store).empty
        assert due.restricted(store, date.fromisoformat(NOTICED)).to_dict("records") == [
            {"contact_id": rows.ids(home.database)["m1"], "last_day": "2026-11-10"}]
    lift(home, LATER)
    assert (swept(home, LATER).removed, swept(home, "2026-12-08").removed) == (0, 0), "listed anew"
    assert swept(home, GONE).removed == 1


def test_a_restriction_that_came_after_judging_is_read_again_by_the_sweep(home: Home) -> None:
    judge(home.database, NOTICED)
    restrict(home, "m1")
    done = swept(home, NOTICED, is_judged=False)
    assert (done.removed, done.reasons) == (0, {"not_due": 1})


def test_a_ban_on_marketing_restricts_nobody(home: Home) -> None:
    restrict(home, "m1", "marketing")
    assert swept(home, NOTICED).removed == 1


def test_no_value_of_theirs_goes_either(home: Home) -> None:
    for number, day in enumerate(("2026-11-06", "2026-11-12")):
        rows.put(home.database, rows.observation(f"b{number}", feed="mail", email="l1@ostaja.example", on=day,
                                                 event_status="hard", names_person=False))
    bounced = {"bounced": [{"from": "2026-01-01", "months": 0, "why": "at once"}]}
    judge(home.database, "2026-11-13", policy(**bounced))
    with home.database.reading() as store:
        assert store.read(select(tables.faults.c.rule))["rule"].tolist() == ["bounced"]
    restrict(home, "l1", on="2026-11-13")
    judge(home.database, "2026-11-13", policy(**bounced))
    with home.database.reading() as store:
        assert store.read(select(tables.faults.c.rule)).empty


def test_explain_as_of_a_day_knows_who_was_restricted_on_it(home: Home) -> None:
    restrict(home, "m1", on="2026-11-12")
    lift(home, LATER)
    wanted = rows.ids(home.database)["m1"]
    outcomes = []
    for day in ("2026-11-11", "2026-11-12", "2026-11-24", "2026-11-26"):
        with home.database.reading() as store:
            said = as_of.judge_as_of(store, FEEDS, POLICY, wanted, date.fromisoformat(day), date(2026, 11, 30))
        assert said.verdict is not None
        outcomes.append(said.verdict["rule"])
    assert outcomes == ["after_last_contact", "restricted", "restricted", "after_last_contact"]
