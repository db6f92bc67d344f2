"""The due list out and back: what is asked when, each answer from the cell to the sweep, and its undoing."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from register.home import Home
from register.intake.ingest import Desk
from register.removal import sweep
from register.retention import decided, forecast, holds
from register.retention import due as due_list
from register.retention.decided import Signed
from register.retention.faults import FAULTS
from register.retention.verdicts import ENDING
from register.store import tables
from register.texts import Texts
from register.workbooks import due, taken
from tests import rows
from tests.builders import make_home, quick_judge
from tests.conftest import prepared
from tests.removal.test_sweep import person, put
from tests.story import FEEDS, POLICY, judge
from tests.workbooks.test_review import cells, filled

PUBLISHED, LATER, GONE = "2026-11-05", "2026-11-06", "2026-11-20"
ANSWER, DAY, REASON = 7, 8, 9
"""Columns of the second sheet."""


@prepared
def home(path: Path, database_url: str | None) -> Home:
    """Matti falls due on 10.11.; Vieno is known from a provider only, and the policy is silent on that."""
    home = make_home(path, database_url=database_url)
    put(home, person("m1", "Matti Meikäläinen", "Ostaja Oy"))
    rows.put(home.database, rows.observation("v1", feed="provider_x", name="Vieno Salo", company="Ostaja Oy",
                                             email="vieno@ostaja.example", on="2026-11-01"))
    judge(home.database, PUBLISHED)
    return home


def published(home: Home, day: str = PUBLISHED) -> Path | None:
    sent = due.publish(home, POLICY, date.fromisoformat(day), "liisa")
    return sent.path if sent else None


def answered(home: Home, path: Path, *answers: tuple[int, str, Any, Any], who: str = "Timo Aro") -> taken.TakenIn:
    """Takes in the workbook with an answer, a day and a reason on some of its rows."""
    edits = {(1, row, column): value for row, *said in answers
             for column, value in zip((ANSWER, DAY, REASON), said, strict=True) if value}
    filled(home, path, edits, who=who)
    return taken.take_in(Desk(home, POLICY, FEEDS, quick_judge), date.fromisoformat(LATER), "os", lambda _: True)


def verdict(home: Home, key: str) -> tuple[str, str, Any]:
    found = rows.table(home.database, tables.verdicts).set_index("contact_id").loc[rows.ids(home.database)[key]]
    return found["outcome"], found["rule"], found["last_day"] if isinstance(found["last_day"], str) else None


def removed(home: Home, day: str = GONE) -> int:
    judge(home.database, day)
    return sweep.apply(home, POLICY, FEEDS, date.fromisoformat(day), None).removed


def test_one_workbook_a_month_and_not_again_until_somebody_new_is_on_it(home: Home) -> None:
    path = published(home)
    assert path is not None and path.name == "due-2026-11.xlsx"
    sheet = cells(path)[1]
    assert [row[2] for row in sheet[1:]] == ["Matti Meikäläinen", "Vieno Salo"]
    assert [row[5] for row in sheet[1:]] == ["10.11.2026", ""], "first what falls due, then what is reported"
    assert published(home) is None and published(home, "2026-11-09") is None
    put(home, person("k1", "Kaisa Koski", "Ostaja Oy"))
    judge(home.database, "2026-11-09")
    again = published(home, "2026-11-09")
    assert again is not None and len(cells(again)[1]) == 4 and list(home.outbox.iterdir()) == [again]
    judge(home.database, "2026-12-01")
    december = published(home, "2026-12-01")
    assert december is not None and december.name == "due-2026-12.xlsx", "a new month, a new workbook"


def test_who_was_not_answered_for_is_asked_about_again(home: Home) -> None:
    first = published(home)
    assert first is not None and answered(home, first, (2, "säilytä päivään", "31.12.2027", None)).applied == 1
    judge(home.database, LATER)  # as the run that takes an answer in does it
    again = published(home, LATER)
    assert again is not None and [row[2] for row in cells(again)[1][1:]] == ["Matti Meikäläinen"]
    assert published(home, LATER) is None


def bounced(home: Home, last_day: str) -> None:
    """An address of Vieno's is dead and falls due by itself."""
    with home.database.writing("fault", PUBLISHED) as store:
        vieno = rows.ids(home.database)["v1"]
        part = {"contact_id": vieno, "depth": "value", "part": "b1", "rule": "bounced", "last_day": last_day}
        store.execute(tables.faults.insert().values(**part, facts='{"fact_on": "2026-11-02", "reason": "käytäntö"}'))
        store.execute(tables.due.insert().values(**part, published_on=PUBLISHED))


def test_a_value_that_goes_while_its_contact_stays_has_a_row_of_its_own(home: Home) -> None:
    bounced(home, "2026-11-12")
    path = published(home)
    assert path is not None
    sheet = cells(path)[1][1:]
    assert [(row[2], row[5]) for row in sheet] == [
        ("Matti Meikäläinen", "10.11.2026"), ("Vieno Salo", "12.11.2026"), ("Vieno Salo", "")]
    assert "2.11.2026" in sheet[1][6] and sheet[1][6] != sheet[2][6]
    assert answered(home, path, (2, "hyväksy poisto", None, None)).wrong == []
    approved = rows.table(home.database, tables.due).set_index("depth")["approved_by"]
    assert approved["value"] == "Timo Aro" and not isinstance(approved["contact"], str)


def test_a_hold_on_a_value_that_goes_holds_its_contact(home: Home) -> None:
    bounced(home, "2026-11-12")
    path = published(home)
    assert path is not None
    answered(home, path, (2, "estä poisto", "1.3.2027", "riita"))
    records = rows.table(home.database, tables.holds)["record_key"]
    assert records.tolist() == ["v1"]


def test_the_turn_of_the_year_is_asked_on_the_first_of_december(home: Home) -> None:
    put(home, person("k1", "Kaisa Koski", "Ostaja Oy", wrote_on="2024-12-31"))
    for day, is_asked in (("2026-11-10", False), ("2026-12-01", True)):
        judge(home.database, day)
        path = published(home, day)
        assert path is not None
        assert ("Kaisa Koski" in [row[2] for row in cells(path)[1]]) == is_asked
        assert ("Vuodenvaihteen poistot: 1 henkilön" in str(cells(path)[0])) == is_asked


def test_an_approval_says_who_when_and_from_which_workbook_and_can_be_taken_back(home: Home) -> None:
    path = published(home)
    assert path is not None
    assert answered(home, path, (1, "hyväksy poisto", None, None)).wrong == []
    assert rows.table(home.database, tables.due)["approved_by"].tolist() == ["Timo Aro"]
    [said] = rows.table(home.database, tables.decisions).to_dict("records")
    assert (said["kind"], said["decided_by"], said["os_user"], said["day"]) == ("approve", "Timo Aro", "os", LATER)
    assert '"export_no": 1' in said["content"] and not path.exists()
    judge(home.database, LATER)
    assert rows.table(home.database, tables.due)["approved_by"].tolist() == ["Timo Aro"], "stays when judged again"
    with home.database.writing("undo", LATER) as store:
        assert decided.lift(store, 1, "Liisa Kaski", "os")
        due_list.renew_approvals(store)
    assert rows.table(home.database, tables.due)["approved_by"].isna().all()


def test_an_older_workbook_of_the_month_comes_back_and_leaves_the_newer_one(home: Home) -> None:
    old = published(home)
    assert old is not None
    kept = old.with_name("copy.xlsx")
    kept.write_bytes(old.read_bytes())
    put(home, person("k1", "Kaisa Koski", "Ostaja Oy"))
    judge(home.database, LATER)
    new = published(home, LATER)
    assert new == old, "under the same name"
    assert answered(home, kept, (1, "hyväksy poisto", None, None)).applied == 1
    assert old.exists() and len(cells(old)[1]) == 4


def test_a_report_kept_until_a_day_then_falls_due_as_decided(home: Home) -> None:
    path = published(home)
    assert path is not None
    answered(home, path, (2, "säilytä päivään", "31.3.2027", None), who="Liisa Kaski")
    judge(home.database, LATER)
    assert verdict(home, "v1") == ("keep", "decided", "2027-03-31")
    judge(home.database, "2027-02-15")
    assert "decided" in rows.table(home.database, tables.due)["rule"].tolist()
    assert removed(home, "2027-04-01") == 2 and rows.table(home.database, tables.contacts).empty


def test_a_report_removed_stands_on_the_list_with_notice(home: Home) -> None:
    path = published(home)
    assert path is not None
    answered(home, path, (2, "poista", None, None))
    judge(home.database, LATER)
    assert verdict(home, "v1") == ("keep", "decided", LATER)
    assert "Vieno Salo" in rows.table(home.database, tables.contacts)["full_name"].tolist()
    assert removed(home, "2026-11-19") == 1, "Matti; Vieno has not stood there long enough"
    assert removed(home, GONE) == 1


def test_a_word_follows_its_record_into_a_merge_and_removes_nobody_unseen(home: Home) -> None:
    path = published(home)
    assert path is not None
    answered(home, path, (2, "poista", None, None))
    rows.put(home.database, rows.observation("v2", feed="provider_y", name="Vieno Salo", company="Ostaja Oy",
                                             email="vieno@ostaja.example", on=LATER))
    judge(home.database, "2026-11-07")
    assert rows.ids(home.database)["v1"] == rows.ids(home.database)["v2"]
    assert verdict(home, "v1")[0] == "report", "nobody has spoken of the other record"


def test_a_hold_from_the_workbook_and_its_lifting(home: Home) -> None:
    path = published(home)
    assert path is not None
    answered(home, path, (1, "estä poisto", "31.3.2027", "oikeudenkäynti"), who="Liisa Kaski")
    assert removed(home) == 0 and verdict(home, "m1")[:2] == ("hold", "hold")
    with home.database.reading() as store:
        [held] = holds.listed(store)
        assert (held["reason"], held["owner"], held["review_on"]) == ("oikeudenkäynti", "Liisa Kaski", "2027-03-31")
        assert (holds.overdue(store, date(2027, 3, 31)), holds.overdue(store, date(2027, 4, 1))) == (0, 1)
    with home.database.writing("undo", GONE) as store:
        holds.lift(store, POLICY, held["decision_id"], "Liisa Kaski", "os")
    assert removed(home, "2026-11-21") == 0, "back on the list, with notice"
    assert removed(home, "2026-12-05") == 1
    assert rows.table(home.database, tables.holds).empty, "its reason goes with the person"


@pytest.mark.parametrize(("row", "said", "who", "why"), [
    (1, ("hyväksy poisto", None, None), "Liisa Kaski", "hyväksyjistä"),
    (1, ("estä poisto", "31.3.2027", None), "Timo Aro", "eston syy puuttuu"),
    (1, ("estä poisto", None, "syy"), "Timo Aro", "päivä puuttuu"),
    (1, ("säilytä päivään", "31.3.2027", None), "Timo Aro", "Sallitut: hyväksy poisto, estä poisto"),
    (2, ("säilytä päivään", "1.1.2020", None), "Timo Aro", "päivä puuttuu, on mennyt"),
    (2, ("säilytä päivään", "31.12.2999", None), "Timo Aro", "kymmenen vuoden"),
    (2, ("hyväksy poisto", None, None), "Timo Aro", "Sallitut: säilytä päivään, poista, estä poisto"),
    (2, (None, "1.1.2027", None), "Timo Aro", "päätös puuttuu"),
    (2, ("säilytä päivään", "joskus", None), "Timo Aro", "esimerkiksi 31.3.2027"),
    (1, ("hyväksy poisto", None, None), "Tuntematon Tuula", "nimi puuttuu tai on vieras"),
])
def test_what_is_not_allowed_changes_nothing_and_comes_back(
    home: Home, row: int, said: tuple[Any, Any, Any], who: str, why: str
) -> None:
    path = published(home)
    assert path is not None
    came = answered(home, path, (row, *said), who=who)
    assert came.applied == 0 and why in "".join(came.wrong) and len(came.again) == 1
    assert rows.table(home.database, tables.decisions).empty and rows.table(home.database, tables.holds).empty
    assert "Meikäläinen" not in "".join(came.wrong) and "Vieno" not in "".join(came.wrong)


def test_who_is_kept_by_now_can_still_be_held_but_not_approved(home: Home) -> None:
    path = published(home)
    assert path is not None
    put(home, person("m1", "Matti Meikäläinen", "Ostaja Oy", wrote_on="2026-11-05"))
    judge(home.database, LATER)
    assert "Sallitut: estä poisto" in answered(home, path, (1, "hyväksy poisto", None, None)).wrong[0]


def test_a_hold_needs_a_known_name_a_reason_and_a_day_to_come(home: Home) -> None:
    contact = rows.ids(home.database)["m1"]
    by = Signed("Liisa Kaski", "os", date(2026, 11, 6))
    wrong = [(Signed("Vieras", "os", by.day), "syy", date(2027, 1, 1)), (by, " ", date(2027, 1, 1)), (by, "syy", by.day)]
    for signed, reason, day in wrong:
        with pytest.raises(Exception, match=r".+"), home.database.writing("hold", LATER) as store:
            holds.add(store, POLICY, contact, reason, "Liisa Kaski", day, signed)
    assert rows.table(home.database, tables.holds).empty


def test_the_forecast_counts_by_month_and_reason_and_its_pictures_fit_the_page(home: Home) -> None:
    with home.database.reading() as store:
        months = forecast.months(store, date(2026, 11, 5))
    assert months.loc["2026-11", "after_last_contact"] == months.to_numpy().sum() == 1
    assert set(forecast.COLOURS) == {*ENDING, "incompatible", forecast.PART}, "every rule that gives a day"
    sparse = months * 0 + 1000
    sparse.iloc[::2] *= 97
    for language, crowded in (("fi", sparse), ("en", sparse), ("fi", months * 0 + 1000), ("en", months * 0 + 1)):
        for half in (crowded.iloc[:forecast.HALF], crowded.iloc[forecast.HALF:]):
            assert len(forecast.picture(half, crowded, Texts(language))) < 1000
        assert len(forecast.legend(crowded, Texts(language))) < 1000
        assert len(forecast.figures(crowded, Texts(language))) == forecast.MONTHS


def test_the_forecast_draws_every_rule_and_what_goes_of_those_who_stay(home: Home) -> None:
    judged = {"policy_no": 1, "judged_on": PUBLISHED, "facts": "{}", "outcome": "keep", "last_day": "2027-03-31"}
    with home.database.writing("test", PUBLISHED) as store:
        held = store.read(select(tables.verdicts.c.contact_id))["contact_id"].tolist()
        for rule in (*ENDING, "incompatible"):
            store.execute(delete(tables.verdicts))
            store.execute(insert(tables.verdicts).values(judged | {"contact_id": held[0], "rule": rule}))
            months = forecast.months(store, date(2026, 11, 5))
            assert (months.loc["2027-03", rule], months.to_numpy().sum()) == (1, 1)
            assert Texts("fi").say(f"rule.{rule}") in forecast.legend(months, Texts("fi"))
        for name in FAULTS:
            store.execute(insert(tables.faults).values(contact_id=held[1], depth="value", part=name, rule=name, facts="{}",
                                                       last_day="2027-04-30"))
        months = forecast.months(store, date(2026, 11, 5))
    assert months.loc["2027-04", forecast.PART] == len(FAULTS)
    assert "data:image" in forecast.picture(months[:forecast.HALF], months, Texts("en"))
