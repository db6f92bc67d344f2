"""The page is read without a click: entries below 1,000 characters, at thirty feeds and with everything waiting."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from register.corrections import bulk
from register.home import Home
from register.morning import page
from register.morning.links import launch
from register.morning.matters import Failing, Matter
from register.morning.working_days import is_back, last_before
from register.policy import Policy
from register.texts import Texts
from tests.builders import POLICY, desk, make_home
from tests.story import deliver

FRIDAY = date(2026, 11, 27)
SHOWN = 1000


def feeds(number: int) -> str:
    return "\n".join(f'[a_feed_with_quite_a_long_name_{no:02}]\nkind = "provider"\nformat = "csv"' for no in range(number))


def entries(home: Home, failing: tuple[Failing, ...] = (), day: date = FRIDAY) -> dict[str, str]:
    return page.entries(home, desk(home), day, failing)[1]


def test_thirty_feeds_are_told_in_entries_that_need_no_click(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", feeds(30))
    names = [feed.name for feed in home.feeds(home.policy()).good]
    for back in range(14):
        deliver(home.database, dict.fromkeys(names, (FRIDAY - timedelta(days=back)).isoformat()))
    failing = tuple(Failing(f"observations/{name}", "values", True) for name in names)
    told = entries(home, failing)
    assert max(map(len, told.values())) < SHOWN
    assert [sum(f"/observations/{name})" in text for text in told.values()) for name in names] == [1] * 30


def test_every_matter_is_told_however_many_there_are() -> None:
    """Numbered on from one entry to the next; what she does not read there she is nowhere sent to read."""
    accept = launch("accept_delivery", {"feed": "feed_1", "day": "2026-11-01", "name": "Liisa Kaski"})
    found = [Matter("set_aside", 1, "/assets/observations/x?view=checks", "2026-11-01", "2026-11-15", True,
                    {"feed": f"feed_{no}"}, accept) for no in range(12)]
    told = dict(page._list(found, Texts("fi")))
    assert list(told)[:2] == ["Odottaa", "Odottaa 2"] and max(map(len, told.values())) < SHOWN
    lines = "\n".join(told.values()).splitlines()
    assert [line.split(":")[0] for line in lines[2:]] == [f"{no + 1}. **feed_{no}" for no in range(12)]


def test_every_failing_check_is_named(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", feeds(30))
    names = [feed.name for feed in home.feeds(home.policy()).good]
    failing = tuple(Failing(f"observations/{name}", "volume", True) for name in names)
    listed = "".join(text for heading, text in entries(home, failing).items() if heading.startswith("Odottaa"))
    assert [listed.count(f"{name}:volume") for name in names] == [1] * 30


def test_a_line_a_feed_with_today_yesterday_and_fourteen_days(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", '[web]\nkind = "inquiry"\nformat = "csv"\n')
    deliver(home.database, {"web": "2026-11-27"})
    deliver(home.database, {"web": "2026-11-20"})
    deliver(home.database, {"web": "2026-11-14"}, state="set aside", is_held=False)
    with home.database.writing("count", "2026-11-27") as store:
        from sqlalchemy import update

        from register.store.tables import deliveries
        for day, accepted in (("2026-11-27", 80), ("2026-11-20", 8)):
            store.execute(update(deliveries).where(deliveries.c.day == day).values(read=accepted, accepted=accepted))
    table = entries(home)["Yhteydenotto"].splitlines()
    assert table[-1] == "[web](/assets/observations/web) | 80 | – | !·····▁······█"


def test_nothing_waiting_is_one_line(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", '[web]\nkind = "inquiry"\nformat = "csv"\n')
    deliver(home.database, {"web": "2026-11-27"})
    assert entries(home)["Odottaa"].strip() == "Mikään ei odota sinua."


def test_the_page_says_what_came_of_a_correction_until_the_next_working_day_is_over(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", '[web]\nkind = "inquiry"\nformat = "csv"\n')
    for day in ("2026-11-25", "2026-11-26", FRIDAY.isoformat()):
        with home.database.writing("contacts", day) as store:
            number = bulk.propose(store, "values", {}, [], {"values": 12, "missing": 0, "wrong": 0}, "liisa", day)
            bulk.approve(store, number, "Liisa Kaski", "liisa")
            bulk.finish(store, 0)
    told = entries(home)["Edellisen työpäivän 26.11.2026 jälkeen"]
    assert "- Valmis, korjaus 3: 12 muuttui" in told and "korjaus 2" not in told and "korjaus 1" not in told


AWAY = '\naway = [{ name = "Liisa Kaski", from = 2026-11-23, until = 2026-11-26 }]\n'


@pytest.mark.parametrize(("day", "away", "before"), [
    (date(2026, 11, 27), False, date(2026, 11, 26)), (date(2026, 11, 30), False, date(2026, 11, 27)),
    (date(2026, 12, 7), False, date(2026, 12, 4)), (date(2026, 12, 28), False, date(2026, 12, 23)),
    (date(2026, 11, 27), True, date(2026, 11, 20)),
], ids=["yesterday", "over a weekend", "6 December is a Sunday", "Christmas", "days away"])
def test_since_her_last_working_day(tmp_path: Path, day: date, away: bool, before: date) -> None:
    text = POLICY.replace('approvers = ["Timo Aro"]', 'approvers = ["Timo Aro"]' + (AWAY if away else ""))
    policy = make_home(tmp_path / "home", "", text).policy()
    assert last_before(policy, day) == before and is_back(policy, day) is away


def test_a_country_without_a_list_of_holidays_has_weekends(tmp_path: Path) -> None:
    policy = make_home(tmp_path / "home", "", POLICY + '\n').policy().model_copy(update={"country": "XX"})
    assert last_before(policy, date(2026, 12, 7)) == date(2026, 12, 4) and last_before(policy, date(2026, 12, 25)).day == 24


def test_on_return_the_page_says_what_happened_meanwhile(tmp_path: Path) -> None:
    text = POLICY.replace('approvers = ["Timo Aro"]', 'approvers = ["Timo Aro"]' + AWAY)
    home = make_home(tmp_path / "home", '[web]\nkind = "inquiry"\nformat = "csv"\n', text)
    assert "Poissa ollessasi, 20.11.2026 jälkeen" in entries(home)


def policy_of(**people: object) -> Policy:
    return Policy.model_validate({
        "controller": {"name": "Myyjä Oy"}, "periods": {"starts_on": "2026-11-01"},
        "people": {"steward": "Liisa Kaski", "deputy": "Timo Aro"} | people})


def test_days_away_do_not_make_another_policy() -> None:
    """They decide about no row: verdicts and numbers stay as they are."""
    away = [{"name": "Liisa Kaski", "from": "2027-07-01", "until": "2027-07-31"}]
    assert policy_of(away=away, mail={"Timo Aro": "t@oma.example"}).digest == policy_of().digest


@pytest.mark.parametrize(("wrong", "said"), [
    ({"away": [{"name": "Nobody", "from": "2027-07-01", "until": "2027-07-31"}]}, "Nobody; allowed: Liisa Kaski, Timo Aro"),
    ({"away": [{"name": "Timo Aro", "from": "2027-07-02", "until": "2027-07-01"}]}, "`until` lies before `from`"),
    ({"mail": {"Timo Aro": "not an address"}}, "pattern"),
])
def test_a_mistake_names_what_is_allowed(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        policy_of(**wrong)
