"""Requests by workbook: each action from the form to its effect and the answer, with what an office program saves."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from register.home import Home
from register.morning import page
from register.morning.links import launch
from register.morning.matters import Matter, matters
from register.removal import erasure
from register.removal.requests import Request
from register.requests import box
from register.requests.form import ACTIONS, REQUESTS, publish
from register.store import tables
from register.texts import Texts
from register.workbooks import due
from register.workbooks.forms import FIRST
from tests.builders import FEEDS, POLICY, deliver, desk, make_home, records_of, refreshed, table
from tests.conftest import prepared
from tests.removal.test_erasure import row
from tests.workbooks.test_review import cells, filled

DAY, TODAY = "2026-11-02", date(2026, 11, 6)
TEXTS = Texts("fi")
COLUMNS = [column.name for column in REQUESTS.columns]


@prepared
def home(path: Path, database_url: str | None) -> Home:
    """Kaino at two firms, two Mattis at two firms that are not one person, and a delivery that is set aside."""
    made = make_home(path, FEEDS, POLICY, database_url)
    on = {"Päivä": "1.11.2026"}
    deliver(made, "inquiries", DAY, [
        row(**on), row(company="Toinen Oy", **{"Päivä": "2.11.2026"}),
        row("Matti Meikäläinen", "matti@virta.example", "040 777 0005", company="Virta Oy", **on),
        row("Matti Meikäläinen", "matti.m@koski.example", "040 777 0006", company="Koski Oy", **on)])
    refreshed(made, DAY)
    return made


def laid_out(home: Home, day: date = TODAY) -> Path:
    sent = publish(home, home.policy(), day, "kone")
    assert sent is not None
    return sent.path


def dropped(home: Home, path: Path, rows: list[dict[str, str]], who: str = "Timo Aro") -> None:
    """The form with requests on its first rows, dropped into `inbox/requests`."""
    edits: dict[tuple[int, int, int], Any] = {}
    for number, asked in enumerate(rows, start=1):
        for name, said in asked.items():
            word = TEXTS.say(f"ask.action.{said}") if name == "action" and said in ACTIONS else said
            edits[1, number, FIRST + COLUMNS.index(name)] = word
    target = filled(home, path, edits, "pyynnöt.xlsx", who)
    (home.inbox / "requests").mkdir(exist_ok=True)
    target.rename(home.inbox / "requests" / target.name)


def answered(home: Home) -> box.Answered:
    return box.take_in(desk(home), TODAY, "kone", lambda _: True)


def asked(home: Home, *rows: dict[str, str], who: str = "Timo Aro") -> tuple[list[str], Path]:
    """What the answer says on its first sheet, and its file."""
    dropped(home, laid_out(home), list(rows), who)
    [path] = answered(home).answers
    return [line[0] for line in cells(path)[0] if line[0].startswith("Rivi ")], path


def held(home: Home, name: str) -> list[str]:
    found = table(home, tables.contacts)
    return sorted(found.loc[found["full_name"] == name, "contact_id"])


def chosen(home: Home, path: Path, decisions: dict[int, str], who: str = "Timo Aro") -> list[str]:
    """The answer sent back with these decisions; what the next one says."""
    heads = cells(path)[1][0]
    edits = {(1, number, heads.index("Päätös")): TEXTS.say(f"ask.decision.{said}") for number, said in decisions.items()}
    target = filled(home, path, edits, "valinnat.xlsx", who)
    target.rename(home.inbox / "requests" / target.name)
    [again] = answered(home).answers
    return [line[0] for line in cells(again)[0] if line[0].startswith("Rivi ")]


def test_the_form_lies_there_until_it_is_filled_in_or_taken_away(home: Home) -> None:
    first = laid_out(home)
    assert first.name == "requests.xlsx" and publish(home, home.policy(), TODAY, "kone") is None
    first.unlink()
    assert laid_out(home).name == "requests.xlsx"
    dropped(home, home.outbox / "requests.xlsx", [{"action": "find", "name": "Kaino Kanarialintu"}])
    assert answered(home).rows == 1 and not list((home.inbox / "requests").iterdir())
    assert laid_out(home).name == "requests.xlsx"


def test_finding_and_explaining_show_who_it_is_and_why(home: Home) -> None:
    said, path = asked(home, {"action": "find", "name": "Matti Meikäläinen"},
                       {"action": "explain", "email": "kaino@ostaja.example", "company": "Toinen Oy"})
    assert said[0] == "Rivi 2: Sopivia yhteyshenkilöitä: 2." and "Rivi 3: Sopivia yhteyshenkilöitä: 1." in said
    assert any("Rekisterissä, koska" in line or "Kaino Kanarialintu:" in line for line in said)
    sheets = cells(path)
    assert {line[1] for line in sheets[2][1:]} == {"Virta Oy", "Koski Oy"}
    assert [line[2] for line in sheets[3][1:] if line[1] == TEXTS.say("column.full_name")] == ["Kaino Kanarialintu"]


def test_a_hold_is_put_on_one_and_of_namesakes_somebody_chooses(home: Home) -> None:
    hold = {"action": "hold", "name": "Matti Meikäläinen", "reason": "riita", "day": "1.3.2027"}
    said, path = asked(home, hold | {"company": "Virta Oy"}, hold)
    assert table(home, tables.holds)["review_on"].tolist() == ["2027-03-01"]
    assert said[-1].endswith("palauta se.") and [line[4] for line in cells(path)[1][1:]] == ["Koski Oy", "Virta Oy"]
    number = table(home, tables.holds)["decision_id"][0]
    assert f"Peru sivulla http://127.0.0.1:3000{launch('lift', {'number': int(number), 'name': 'Timo Aro'})}" in said[1]
    chosen(home, path, {1: "yes", 2: "no"})
    assert len(table(home, tables.holds)) == 2 and set(table(home, tables.holds)["owner"]) == {"Timo Aro"}


def test_objecting_restricting_and_lifting(home: Home) -> None:
    who = {"name": "Matti Meikäläinen", "company": "Virta Oy", "who_asks": "soitti, takaisin soitettu", "day": "5.11.2026"}
    said, _ = asked(home, {"action": "object_marketing", **who}, {"action": "restrict", **who})
    assert [re.sub(r"\d+", "N", line).split(",")[0] for line in said if "Pyyntö" in line] == [
        "Rivi N: Pyyntö N: markkinointi kielletty pysyvästi", "Rivi N: Pyyntö N: rajoitettu"]
    matti = table(home, tables.contacts).query("email == 'matti@virta.example'").iloc[0]
    assert matti["restricted"] and matti["marketing_ban"]
    assert table(home, tables.requests)["received_on"].tolist() == ["2026-11-05"] * 2
    said, _ = asked(home, {"action": "lift", "name": "Matti Meikäläinen", "company": "Virta Oy"})
    assert "Rajoitus purettu" in said[-1] and not table(home, tables.contacts)["restricted"].any()


def test_who_objects_for_their_situation_is_restricted_at_every_firm_until_it_is_assessed(home: Home) -> None:
    """The other Matti, who is somebody else, stays as he is; the reply to send is there."""
    who = {"name": "Kaino Kanarialintu", "who_asks": "soitti, takaisin soitettu", "day": "5.11.2026"}
    _, path = asked(home, {"action": "object_situation", **who})
    assert table(home, tables.requests).empty, "at two firms it is asked first who is meant"
    said = chosen(home, path, {1: "yes", 2: "yes"})
    restricted = table(home, tables.contacts).query("restricted")
    assert sorted(restricted["contact_id"]) == held(home, "Kaino Kanarialintu") and not restricted["marketing_ban"].any()
    assert table(home, tables.requests)[["decision", "received_on"]].to_numpy().tolist() == [["situation", "2026-11-05"]]
    assert any("answer-" in line for line in said)


def test_who_was_not_identified_is_not_heard(home: Home) -> None:
    said, _ = asked(home, {"action": "restrict", "name": "Matti Meikäläinen", "company": "Virta Oy"})
    assert "tunnistettiin" in said[-1] and table(home, tables.requests).empty


def test_who_is_found_by_an_address_is_not_named_as_asker_either(home: Home) -> None:
    said, _ = asked(home, {"action": "erase", "email": "kaino@ostaja.example", "who_asks": "Kaino Kanarialintu soitti"})
    assert said[-1].endswith(TEXTS.say("request.names_asker")) and table(home, tables.requests).empty
    assert not table(home, tables.exports)["asked"].str.contains("Kanarialintu").any()


def test_what_was_asked_is_kept_no_longer_than_until_the_answer_is_taken(home: Home) -> None:
    _, path = asked(home, {"action": "erase", "name": "Kaino Kanarialintu", "who_asks": "tunnuslause pihlaja"})
    assert table(home, tables.exports)["asked"].str.contains("pihlaja").any()
    chosen(home, path, {1: "restrict", 2: "restrict"})
    assert not table(home, tables.exports)["asked"].str.contains("pihlaja").any()


def test_who_is_erased_while_the_answer_is_made_is_not_shown_in_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    act, times = box.act, []

    def acting(*args: Any, **more: Any) -> Any:
        outcome = act(*args, **more)
        if not times:
            erasure.erase(home, home.policy(), records_of(home, held(home, "Kaino Kanarialintu")), "all",
                          Request(TODAY, "soitti", "Liisa Kaski", "kone"), TODAY)
        times.append(1)
        return outcome

    monkeypatch.setattr(box, "act", acting)
    said, path = asked(home, {"action": "find", "email": "kaino@ostaja.example"})
    assert len(times) == 2 and "Kanarialintu" not in str(cells(path)) and said


def test_an_erasure_is_chosen_first_then_proven_and_answered(home: Home) -> None:
    said, path = asked(home, {"action": "erase", "name": "Kaino Kanarialintu", "who_asks": "soitti", "day": "5.11.2026"})
    assert len(held(home, "Kaino Kanarialintu")) == 2, "nothing goes before it is chosen"
    assert [line[4] for line in cells(path)[1][1:]] == ["Ostaja Oy", "Toinen Oy"]
    said = chosen(home, path, {1: "all", 2: "all"})
    assert held(home, "Kaino Kanarialintu") == [] and any("0 löydöstä" in line for line in said)
    assert "answer-" in said[-1] and not path.exists(), "the answer that showed them went too"
    assert len(held(home, "Matti Meikäläinen")) == 2


def test_who_only_waits_in_quarantine_is_found_chosen_and_erased(home: Home) -> None:
    deliver(home, "inquiries", "2026-11-03", [
        row("Odottava Odotta", "odottava@pihlaja.example", company="", **{"Päivä": "3.11.2026"})])
    refreshed(home, "2026-11-03")
    said, path = asked(home, {
        "action": "erase", "name": "Odottava Odotta", "email": "odottava@pihlaja.example", "who_asks": "soitti"})
    assert [one.removeprefix("Rivi 2: ") for one in said[:2]] == [
        "Sopivia yhteyshenkilöitä: 0.", "Karanteenissa odottaa 1 sopiva rivi."]
    assert len(table(home, tables.quarantine)) == 1
    [line] = cells(path)[1][1:]
    assert "odottava@pihlaja.example" in line and "odottaa karanteenissa; sopii hakuun" in line
    said = chosen(home, path, {1: "all"})
    assert any("0 löydöstä" in one for one in said) and "answer-" in said[-1] and not path.exists()
    assert table(home, tables.quarantine).empty and len(table(home, tables.suppressed_people)) > 0


def test_contact_details_alone_and_one_decision_for_one_person(home: Home) -> None:
    _, path = asked(home, {"action": "erase", "name": "Kaino Kanarialintu", "who_asks": "soitti"})
    said = chosen(home, path, {1: "all", 2: "details"})
    assert "vain yksi päätös" in said[-1] and len(held(home, "Kaino Kanarialintu")) == 2
    _, path = asked(home, {"action": "erase", "name": "Kaino Kanarialintu", "who_asks": "soitti"})
    chosen(home, path, {1: "details", 2: "details"})
    found = table(home, tables.contacts).query("full_name == 'Kaino Kanarialintu'")
    assert len(found) == 2 and found[["email", "phone"]].isna().all(axis=None)


def test_records_are_split_off_and_the_decision_undone(home: Home) -> None:
    deliver(home, "assignments", "2026-11-03", [row(**{"Päivä": "3.11.2026"})])
    refreshed(home, "2026-11-03")
    _, path = asked(home, {"action": "split", "name": "Kaino Kanarialintu", "company": "Ostaja Oy"})
    assert len(cells(path)[1]) == 3, "two records"
    said = chosen(home, path, {1: "yes", 2: "no"})
    [decision] = table(home, tables.decisions).to_dict("records")
    assert decision["kind"] == "different" and decision["decided_by"] == "Timo Aro" and said
    asked(home, {"action": "undo", "reason": str(decision["decision_id"])})
    assert table(home, tables.decisions)["lifted_at"].notna().all()


def test_the_decisions_in_force_are_shown_with_the_numbers_that_take_them_back(home: Home) -> None:
    none, _ = asked(home, {"action": "decisions"})
    assert len(none) == 1 and none[0].startswith("Rivi 2: Voimassa on 0 päätöstä ")
    asked(home, {"action": "hold", "email": "matti@virta.example", "reason": "riita", "day": "1.3.2027"})
    said, path = asked(home, {"action": "decisions"})
    assert said[0].startswith("Rivi 2: Voimassa on 1 päätös ")
    [heads, line] = cells(path)[2][:2]
    number = table(home, tables.decisions)["decision_id"].iloc[-1]
    assert heads[:4] == ["Päätös", "Mitä päätettiin", "Mitä koskee", "Kuka"]
    assert line[:4] == [str(number), "poisto estetty", "tarkistetaan 1.3.2027", "Timo Aro"] and line[5] == "1 yhteyshenkilö"
    said, _ = asked(home, {"action": "undo", "reason": str(number)})
    assert "peruttu. Seuraava päivän ajo arvioi säilytysajat" in said[0]


def test_an_erasure_that_asks_back_waits_on_the_morning_page_with_its_month(home: Home) -> None:
    def waiting(day: date) -> list[Matter]:
        with home.database.reading() as store:
            return [one for one in matters(desk(home), store, day) if one.kind == "asked_back"]

    assert waiting(TODAY) == []
    erasure = {"action": "erase", "name": "Kaino Kanarialintu", "who_asks": "soitti, tunnistettu nimellä", "day": "3.11.2026"}
    _, path = asked(home, erasure, {"action": "split", "email": "matti@virta.example"})
    place = f"outbox/{path.name}"
    assert waiting(TODAY) == [Matter("asked_back", 2, place, "2026-11-03", "2026-12-03")]
    assert [one.is_red for one in waiting(date(2026, 12, 4))] == [True]
    [sentence] = page.waiting(waiting(TODAY), TEXTS, page.linked)
    assert sentence.startswith("**2 pyyntöä odottaa valintaasi**, vanhin 3.11.2026, viimeistään 3.12.2026. Avaa `outbox/answer")
    chosen(home, path, dict.fromkeys(range(1, len(cells(path)[1])), "no"))
    assert waiting(TODAY) == []


def test_a_set_aside_delivery_is_accepted_and_read(home: Home) -> None:
    rows = [row(f"Nimi Nimekäs{'abcdefghij'[no]}", f"n{no}@virta.example", f"040 777 01{no:02}", "Virta Oy", Asiakasnro=str(no))
            for no in range(10)]
    deliver(home, "provider_x", "2026-11-04", rows)
    refreshed(home, "2026-11-04")
    deliver(home, "provider_x", "2026-11-05", rows[:2])
    refreshed(home, "2026-11-05")
    aside = table(home, tables.deliveries).query("state == 'set aside'")
    assert aside["day"].tolist() == ["2026-11-05"]
    said, _ = asked(home, {"action": "accept", "reason": "provider_x 2026-11-05"},
                    {"action": "accept", "reason": "provider_y eilen"})
    assert table(home, tables.deliveries).query("state == 'set aside'").empty
    assert "Sallitut lähteet: inquiries, assignments, provider_x" in said[-1]


def fall_due(home: Home, contact: str) -> None:
    with home.database.writing("due", TODAY.isoformat()) as store:
        store.execute(tables.verdicts.insert().values(
            contact_id=contact, outcome="remove", last_day="2026-11-20", rule="after_last_contact", facts="{}", policy_no=1,
            judged_on=DAY))
        store.execute(tables.due.insert().values(contact_id=contact, rule="after_last_contact", last_day="2026-11-20",
                                                 published_on=DAY))


def test_a_due_list_is_approved_by_an_approver_only(home: Home) -> None:
    fall_due(home, held(home, "Matti Meikäläinen")[0])
    sent = due.publish(home, home.policy(), TODAY, "kone")
    assert sent is not None
    said, _ = asked(home, {"action": "approve", "reason": str(sent.number)}, who="Liisa Kaski")
    assert "approvers" in said[-1] and table(home, tables.due)["approved_by"].isna().all()
    said, _ = asked(home, {"action": "approve", "reason": str(sent.number)}, {"action": "approve", "reason": "999"})
    assert table(home, tables.due)["approved_by"].tolist() == ["Timo Aro"]
    assert f"Poistolista {sent.number}: 1 poisto hyväksytty" in said[0] and "Hyväksymättä" not in said[0]


def test_who_came_onto_the_list_since_is_not_approved_with_it_and_the_answer_says_so(home: Home) -> None:
    fall_due(home, held(home, "Matti Meikäläinen")[0])
    old = due.publish(home, home.policy(), TODAY, "kone")
    fall_due(home, held(home, "Kaino Kanarialintu")[0])
    new = due.publish(home, home.policy(), TODAY, "kone")
    assert old is not None and new is not None
    said, _ = asked(home, {"action": "approve", "reason": str(old.number)})
    assert "1 poisto hyväksytty" in said[0] and f"Hyväksymättä on vielä 1 poisto: {new.path.name}." in said[0]
    assert sorted(table(home, tables.due)["approved_by"].fillna("")) == ["", "Timo Aro"]


@pytest.mark.parametrize(("wrong", "why"), [
    ({"action": "tuhoa kaikki"}, "Sallitut"), ({"name": "Kaino"}, "valitse pyyntö"), ({"action": "find"}, "kerro nimi"),
    ({"action": "hold", "name": "Kaino"}, "syy ja päivä"), ({"action": "undo"}, "anna numero"),
    ({"action": "hold", "name": "Kaino", "reason": "x", "day": "kohta"}, "päivä"),
    ({"action": "erase", "name": "Kaino Kanarialintu", "who_asks": "Kanarialinnun Kaino soitti"}, "kerro vain, miten"),
    ({"action": "restrict", "email": "kaino@ostaja.example", "who_asks": "Kaino@Ostaja.example"}, "kerro vain, miten"),
    ({"action": "restrict", "phone": "+358 40 777 0001", "who_asks": "040-777 0001 soitettu"}, "kerro vain, miten"),
])
def test_a_wrong_row_comes_back_with_the_reason_and_the_good_one_is_answered(
    home: Home, wrong: dict[str, str], why: str
) -> None:
    dropped(home, laid_out(home), [wrong, {"action": "find", "name": "Kaino Kanarialintu"}])
    taken = answered(home)
    assert taken.rows == 1 and len(taken.answers) == 2
    again = cells(taken.answers[1])[1]
    assert len(again) == 2 and why.lower() in again[1][-1].lower()
    assert "Kaino" not in " ".join(taken.wrong)


def test_a_strangers_requests_come_back_whole(home: Home) -> None:
    dropped(home, laid_out(home), [{"action": "erase", "name": "Kaino Kanarialintu", "who_asks": "x"}], who="Joku Muu")
    taken = answered(home)
    assert taken.rows == 0 and len(held(home, "Kaino Kanarialintu")) == 2
    [again] = taken.answers
    assert "Kaino Kanarialintu" in cells(again)[1][1]
    assert "Liisa Kaski, Timo Aro" in " ".join(taken.wrong)


def test_what_is_no_workbook_of_ours_is_named_and_left(home: Home) -> None:
    folder = home.inbox / "requests"
    folder.mkdir(exist_ok=True)
    (folder / "Kaino Kanarialintu.xlsx").write_bytes(b"not a workbook")
    taken = answered(home)
    assert taken.wrong and not taken.answers and "Kaino" not in taken.wrong[0] and len(list(folder.iterdir())) == 1


def test_a_person_who_is_erased_stands_in_no_answer_any_more(home: Home) -> None:
    _, path = asked(home, {"action": "find", "name": "Kaino Kanarialintu"})
    assert path.exists()
    request = Request(TODAY, "soitti", "Liisa Kaski", "kone")
    erasure.erase(home, home.policy(), records_of(home, held(home, "Kaino Kanarialintu")), "all", request, TODAY)
    assert not path.exists()
    with home.database.reading() as store:
        assert store.scalar(select(tables.exports.c.deleted_on).where(tables.exports.c.file == path.name)) is not None
