"""Somebody asks to be erased: gone from every copy of every organisation, with the proof, and kept out on every path."""

import json
import zipfile
from datetime import date

import pandas as pd
import pytest
from sqlalchemy import insert, select, update

from register.errors import RefusedError
from register.intake import answers, deciding
from register.intake.archive import Archive
from register.intake.quarantine import ENTRY
from register.removal import erasure, objections, proof, requests, ties
from register.removal.deadlines import Deadline, answer_by
from register.removal.ledger import Ledger
from register.removal.requests import Request, find
from register.removal.sought import Sought
from register.retention import holds
from register.retention.decided import Signed
from register.store import tables
from register.texts import Texts
from register.workbooks import exports, spreadsheets
from register.workbooks.exports import Order
from tests.builders import FEEDS, POLICY, deliver, desk, make_home, read, records_of, refreshed, table
from tests.conftest import prepared

DAY, LATER, LAST = "2026-11-02", "2026-11-05", "2026-11-10"
TODAY = date(2026, 11, 6)
ASKED = Request(TODAY, "puhelimessa, soitettu takaisin", "Liisa Kaski", "kone")
KAINO = ("Kaino Kanarialintu", "kaino@ostaja.example", "040 777 0001")
BYTES = [text.encode(code) for text in ("Kaino Kanarialintu", "Kanarialintu Kaino", "kaino@ostaja.example", "+358407770001",
                                        "0407770001", "040 777 0001") for code in ("utf-8", "utf-16-le")]


def row(name=KAINO[0], email=KAINO[1], phone=KAINO[2], company="Ostaja Oy", **more):
    first, last = name.split()
    return {"Etunimi": first, "Sukunimi": last, "Sähköposti": email, "Puhelin": phone, "Yritys": company, **more}


@prepared
def home(path, database_url):
    """Kaino at two firms, in quarantine, in the archive, in an export; Liisa is her colleague."""
    home = make_home(path, FEEDS, POLICY.replace("[periods]", '[exports]\npurposes = ["invoicing"]\n[periods]'),
                     database_url)
    deliver(home, "inquiries", DAY, [
        row(**{"Päivä": "1.11.2026"}), row(company="Toinen Oy", **{"Päivä": "2.11.2026"}),
        row("Liisa Laine", "liisa@ostaja.example", "040 777 0002", **{"Päivä": "2.11.2026"}),
        row("Kaino Kanarialintu", "kaino@ostaja.example", "040 777 0001", company="", **{"Päivä": "2.11.2026"}),
    ])
    refreshed(home, DAY)
    exports.export(home, home.policy(), Order("contacts", "kaikki.xlsx", "invoicing", "Tilitoimisto", "kone"), TODAY)
    return home


def ids(home, name=KAINO[0]):
    held = table(home, tables.contacts)
    return held.loc[held["full_name"] == name, "contact_id"].tolist()


def erased(home, decision="all"):
    with home.database.reading() as store:
        person = find(store, home.policy(), ids(home)[0])
    assert sorted(person.contacts["company"]) == ["Ostaja Oy", "Toinen Oy"]
    return erasure.erase(home, home.policy(), records_of(home, list(person.contacts["contact_id"])), decision, ASKED, TODAY)


def found_in_files(home):
    """The test's own search, apart from the proof's."""
    return [path.name for path in home.path.rglob("*") if path.is_file()
            if any(text in path.read_bytes() for text in BYTES) or (path.suffix == ".xlsx")]


def test_nothing_is_left_in_any_copy_and_the_colleague_stays(home):
    assert found_in_files(home)
    done = erased(home)
    assert done.proof is not None and (done.proof.is_clean, done.contacts) == (True, 2)
    assert found_in_files(home) == []
    assert sorted(table(home, tables.contacts)["full_name"]) == ["Liisa Laine"]
    [line] = table(home, tables.requests).to_dict("records")
    assert (line["received_on"], line["due_strict"], line["due_legal"], line["decision"]) == (
        "2026-11-06", "2026-12-06", "2026-12-07", "all")  # 6 December is a holiday, and a Sunday
    assert [entry.what for entry in Ledger(home.ledger).entries()] == ["intended", "done"]
    letter = (home.outbox / done.letter).read_text(encoding="utf-8")
    assert "6.11.2026" in letter and "Liisa Kaski" in letter and "Kaino" not in letter


def test_no_path_brings_them_back_but_their_own_later_word(home):
    erased(home)
    read(home, "inquiries", DAY, mode="backfill")                                  # the archive
    deliver(home, "inquiries", DAY, [
        row(**{"Päivä": "1.11.2026"}), row(company="Toinen Oy", **{"Päivä": "2.11.2026"}),
        row("Liisa Laine", "liisa@ostaja.example", "040 777 0002", **{"Päivä": "2.11.2026"})])
    read(home, "inquiries", DAY, mode="backfill")                                  # the same day delivered again
    deliver(home, "provider_x", LATER, [row(Asiakasnro="7"), row(name="Kanarialintu Kaino", email="", Asiakasnro="8")])
    deliver(home, "assignments", LATER, [
        row(email="kaino@muu.example", company="Kolmas Oy", Asia="T-1", **{"Päivä": "3.11.2026"})])
    refreshed(home, LATER)
    assert ids(home) == []
    assert {name.partition("-")[0] for name in found_in_files(home)} <= {"register.db"}, "where a mobile alone waits"
    deliver(home, "inquiries", LAST, [row(**{"Päivä": "9.11.2026"})])
    refreshed(home, LAST)
    assert len(ids(home)) == 1


def test_an_undated_word_and_a_mobile_alone_wait_for_somebody(home):
    erased(home)
    deliver(home, "inquiries", LATER, [
        row(),
        row("Seppo Seuraaja", "seppo@ostaja.example", KAINO[2], **{"Päivä": "4.11.2026"}),
        row("Aino Muu", "aino@muu.example", "040 777 0003")])
    refreshed(home, LATER)
    waiting = table(home, tables.quarantine)
    assert sorted(waiting["code"]) == ["erased_mobile", "erased_undated"]
    assert sorted(table(home, tables.contacts)["full_name"]) == ["Aino Muu", "Liisa Laine"]


FIRM = {"Y-tunnus": "9900020-2"}


@pytest.mark.parametrize("firm", [FIRM, {}], ids=["by its business id", "by its name"])
def test_what_waits_of_them_known_by_name_at_their_firm_goes_too_and_does_not_come_back(home, firm):
    nobody = row(email="", phone="", **firm, **{"Päivä": "2.11.2026"})
    said = [row(**firm, **{"Päivä": "1.11.2026"}), nobody, row("Kaino Toinen", "", "", **firm, **{"Päivä": "2.11.2026"}),
            row("Liisa Laine", "liisa@ostaja.example", "040 777 0002", **firm, **{"Päivä": "2.11.2026"})]
    deliver(home, "inquiries", LATER, said)
    refreshed(home, LATER)
    assert len(table(home, tables.quarantine).query("code == 'channel_missing'")) == 2
    done = erased(home)
    assert done.proof.is_clean and done.proof.shared == {}
    waiting = table(home, tables.quarantine)
    assert waiting["content"].str.contains("Toinen").tolist() == [True], "a namesake of the first name only is left alone"
    for rows in (said, said[::-1], [*said, row(email="", phone="", **firm, Sivu="x", **{"Päivä": "3.11.2026"})]):
        deliver(home, "inquiries", LATER, rows)
        read(home, "inquiries", LATER, mode="backfill")
        assert len(table(home, tables.quarantine)) == 1 and found_in_files(home) == []


def test_with_the_years_key_its_signs_end(home):
    erased(home)
    home.keys.destroy(2026)
    deliver(home, "inquiries", LATER, [row()])
    refreshed(home, LATER)
    assert len(ids(home)) == 1


def test_whoever_is_held_is_not_erased_and_nothing_of_it_is_done(home):
    with home.database.writing("hold", TODAY.isoformat()) as store:
        by = Signed("Liisa Kaski", "kone", TODAY)
        holds.add(store, home.policy(), ids(home)[1], "riita", "Liisa Kaski", date(2027, 1, 1), by)
    with pytest.raises(RefusedError, match="poistoesto"):
        erased(home)
    assert len(ids(home)) == 2
    with home.database.reading() as store:
        against = find(store, home.policy(), ids(home)[0]).against
    assert [one["kind"] for one in against] == ["hold"]


@pytest.mark.parametrize("asked", [Request(TODAY, "x", "Joku Muu", "kone"), Request(TODAY, " ", "Liisa Kaski", "kone")])
def test_a_stranger_and_somebody_unidentified_are_refused(home, asked):
    with pytest.raises(RefusedError):
        erasure.erase(home, home.policy(), records_of(home, ids(home)), "all", asked, TODAY)
    assert len(ids(home)) == 2


def test_what_was_typed_in_quarantine_goes_with_the_contact_details(home):
    deliver(home, "inquiries", LATER, [row(phone="040 777", **{"Päivä": "4.11.2026"}),
                                       row(email="", phone="", on="x", **{"Päivä": "5.11.2026"})])
    refreshed(home, LATER)
    waits = table(home, tables.quarantine).query("code in ('phone_invalid', 'channel_missing')")
    assert len(waits) == 2
    with home.database.writing("take in decisions", LATER) as store:
        number = answers.decide(store, "correct", "Liisa Kaski", "kone", None)
        said = waits[[*ENTRY, "feed", "scope"]].assign(day=LATER, outcome="correct", value="040 777 0001", decision_id=number)
        assert deciding.carry_out(store, desk(home), said).empty
    refreshed(home, LATER)
    done = erased(home, "details")
    assert done.proof.is_clean and done.letter
    assert table(home, tables.answers)["value"].dropna().empty


def test_whom_a_case_names_all_the_same_goes_with_them(home):
    named = Request(TODAY, "Kaino Kanarialintu soitti 040 777 0001", "Liisa Kaski", "kone")
    objections.restrict(home, home.policy(), records_of(home, ids(home)[:1]), named, TODAY)
    assert erasure.erase(home, home.policy(), records_of(home, ids(home)), "all", named, TODAY).proof.is_clean
    assert table(home, tables.requests)["identified_by"].tolist() == ["- soitti 0-"] * 2


DETAILS = [one for one in BYTES if b"K" not in one]
"""Of the person's signs those that are contact details."""


def test_contact_details_go_from_every_copy_and_name_and_engagement_stay_to_their_day(home):
    before = table(home, tables.engagements)
    done = erased(home, "details")
    assert done.proof is not None and done.proof.is_clean
    deliver(home, "inquiries", DAY, [
        row(**{"Päivä": "1.11.2026"}), row(company="Toinen Oy", **{"Päivä": "2.11.2026"}),
        row("Liisa Laine", "liisa@ostaja.example", "040 777 0002", **{"Päivä": "2.11.2026"})])
    for again in (False, True):
        if again:
            read(home, "inquiries", DAY, mode="backfill")
            refreshed(home, LATER)
        held = table(home, tables.contacts).query("full_name == @KAINO[0]")
        assert len(held) == 2 and held[["email", "phone"]].isna().all(axis=None)
        assert len(table(home, tables.engagements)) == len(before), "what was agreed stays"
        lying = [path for path in home.path.rglob("*") if path.is_file() and path.parent.name != DAY]
        assert not [path.name for path in lying if any(sign in path.read_bytes() for sign in DETAILS)]
    [line] = table(home, tables.requests).to_dict("records")
    assert (line["decision"], line["ground"]) == ("details", "GDPR 17(1)")
    assert "yhteystietosi" in (home.outbox / done.letter).read_text(encoding="utf-8")


def alike(home):
    """A namesake at a third firm, and a provider's record at the first, both taken for Kaino by resemblance only."""
    deliver(home, "assignments", LATER, [row(email="k.k@kolmas.example", phone="040 777 0009", company="Kolmas Oy",
                                             **{"Päivä": "3.11.2026"})])
    deliver(home, "provider_x", LATER, [row(email="", Asiakasnro="7")])
    refreshed(home, LATER)
    with home.database.writing("alike", LATER) as store:
        person = select(tables.contacts.c.person_id).where(tables.contacts.c.contact_id == ids(home)[0]).scalar_subquery()
        store.execute(tables.contacts.update().where(tables.contacts.c.full_name == KAINO[0]).values(person_id=person))
        provider = select(tables.observations.c.record_key).where(tables.observations.c.feed == "provider_x")
        store.execute(tables.memberships.update().where(tables.memberships.c.record_key.in_(provider)).values(rule="likeness"))
    with home.database.reading() as store:
        companies = table(home, tables.organisations).set_index("organisation_id")["company"]
        held = table(home, tables.contacts).query("full_name == @KAINO[0]")
        first = held.loc[held["organisation_id"].map(companies) == "Ostaja Oy", "contact_id"].iloc[0]
        return ties.groups(store, find(store, home.policy(), first).ids)


def test_what_is_tied_by_resemblance_only_is_not_ticked(home):
    found = alike(home)
    assert [(group.company, group.is_sure, len(group.records), group.rules) for group in found if not group.is_sure] == [
        ("Kolmas Oy", False, 1, ("elsewhere",)), ("Ostaja Oy", False, 1, ("likeness",))]
    assert sorted(group.company for group in found if group.is_sure) == ["Ostaja Oy", "Toinen Oy"]


def test_what_stays_unticked_is_split_off_and_left_alone(home):
    found = alike(home)
    sure = {place for place, group in enumerate(found) if group.is_sure}
    policy = home.policy()
    chosen = ties.split_off(home, policy, home.feeds(policy), found, sure, "Liisa Kaski", "kone", TODAY)
    assert len(chosen) == 2
    erasure.erase(home, policy, chosen, "all", ASKED, TODAY)
    left = {key for group in found if not group.is_sure for key in group.records}
    assert left <= set(table(home, tables.observations)["record_key"]) and len(ids(home)) == 2
    assert len(table(home, tables.decisions)) == 2
    with pytest.raises(RefusedError):
        ties.split_off(home, policy, home.feeds(policy), found, sure, "Joku Muu", "kone", TODAY)


def test_all_that_is_ticked_goes_without_a_split(home):
    found = alike(home)
    policy = home.policy()
    chosen = ties.split_off(home, policy, home.feeds(policy), found, range(len(found)), "Liisa Kaski", "kone", TODAY)
    erasure.erase(home, policy, chosen, "all", ASKED, TODAY)
    assert ids(home) == [] and table(home, tables.decisions).empty


def test_restricted_until_it_is_settled(home):
    done = erased(home, "restrict")
    assert done.proof is None and len(ids(home)) == 2
    deliver(home, "inquiries", LATER, [row(phone="050 123 4567", **{"Päivä": "5.11.2026"})])
    refreshed(home, LATER)
    held = table(home, tables.contacts).query("full_name == @KAINO[0]")
    assert held["restricted"].all() and (held["phone"] == "+358407770001").all()


def test_what_others_bear_too_is_told_and_not_counted(home):
    deliver(home, "inquiries", LATER, [row(email="kaino.toinen@toinen.example", phone="040 777 0009", company="Neljäs Oy",
                                           **{"Päivä": "4.11.2026"})])
    refreshed(home, LATER)
    [namesake] = [one for one in ids(home) if _company(home, one) == "Neljäs Oy"]
    mine = [one for one in ids(home) if one != namesake]
    done = erasure.erase(home, home.policy(), records_of(home, mine), "all", ASKED, TODAY)
    assert done.proof is not None and sum(done.proof.shared.values()) >= 1 and done.proof.is_clean
    assert ids(home) == [namesake]


def _company(home, contact_id):
    with home.database.reading() as store:
        return store.scalar(select(tables.organisations.c.company).join(
            tables.contacts, tables.contacts.c.organisation_id == tables.organisations.c.organisation_id)
            .where(tables.contacts.c.contact_id == contact_id))


def test_the_proof_finds_what_is_left_in_each_kind_of_place(home, tmp_path):
    erased(home)
    traces = Sought((("email", "kaino@ostaja.example"), ("phone", "+358407770001")))
    assert proof.prove(home, traces).is_clean
    (home.inbox / "liite.bin").write_bytes("kaino@ostaja.example".encode("utf-16-le"))
    (home.dagster / "loki.txt").write_text("soita 0407770001")
    assert sorted(one.place for one in proof.prove(home, traces).found) == ["dagster", "inbox"]


def damaged_zip(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/sharedStrings.xml", "".join(map(str, range(9000))))
        packed.writestr("muistio.txt", "soita 040 777 0001 " * 9)
    content = path.read_bytes()
    path.write_bytes(content[:60] + bytes(30) + content[90:])


@pytest.mark.parametrize(("name", "damage", "hits"), [
    ("a.xlsx", damaged_zip, [9]), ("a.zip", damaged_zip, [9]),
    ("a.parquet", lambda path: path.write_bytes(b"PAR1" + bytes(90) + b"PAR1"), []),
    ("locked.xlsx", lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(90)), [])],
    ids=["workbook", "zip", "parquet", "locked workbook"])
def test_a_file_that_cannot_be_opened_is_named_and_no_reply_says_that_all_is_gone(home, name, damage, hits):
    path = home.inbox / "inquiries" / LATER / name
    path.parent.mkdir(parents=True)
    damage(path)
    done = erased(home)
    assert [one.place for one in done.proof.unopened] == ["inbox"] and (done.proof.is_clean, done.letter) == (False, None)
    assert [one.hits for one in done.proof.found] == hits, "what of it can be read is searched"
    said = " ".join(erasure.said(done, Texts("en")))
    assert f"inbox inquiries {LATER} (1)" in said and "--answer 1" in said and name not in said
    assert table(home, tables.requests)["answered_on"].isna().all()


NAMED = {"Etunimi": "Kaino", "Yritys": "Ostaja Oy", "Sukunimi": "Kanarialintu"}


def left_in_quarantine(home):
    columns = tables.quarantine.c
    content = json.dumps({"first_name": "Kaino", "last_name": "Kanarialintu"})
    with home.database.writing("leave", DAY) as store:
        store.execute(update(tables.quarantine).where(columns.code == "channel_missing").values(content=content))


def left_in_the_archive(home):
    rows = pd.DataFrame({"record_key": ["k"], "first_name": ["Kaino"], "last_name": ["Kanarialintu"]})
    Archive(home.archive).write("inquiries", DAY, rows)


def left_in_a_workbook(home):
    sheet = pd.DataFrame([NAMED, NAMED | {"Etunimi": "Aino"}])
    with (home.outbox / "lista.xlsx").open("wb") as file:
        spreadsheets.write(file, home.outbox / "lista.xlsx", sheet, Texts("fi"), "lista")


@pytest.mark.parametrize(("leave", "place"), [
    (left_in_quarantine, "table"), (left_in_the_archive, "archive"), (left_in_a_workbook, "outbox")],
    ids=["quarantine", "archive", "workbook"])
def test_the_proof_finds_a_name_that_stands_in_two_columns(home, leave, place):
    deliver(home, "inquiries", LATER, [row("Aino Muu", "", "", company="Kuudes Oy", **{"Päivä": "4.11.2026"})])
    refreshed(home, LATER)
    erased(home)
    traces = Sought((("name", "Kaino Kanarialintu"),))
    assert proof.prove(home, traces).is_clean
    leave(home)
    assert [(one.place, one.hits) for one in proof.prove(home, traces).found] == [(place, 1)]


def test_what_a_correction_replaced_goes_by_a_name_in_two_columns(home):
    """The row has neither e-mail nor phone, and its record is nobody's any more."""
    name = Archive(home.archive).write("inquiries", DAY, pd.DataFrame({
        "record_key": ["k", "l"], "first_name": ["Kaino", "Kaino"], "last_name": ["Kanarialintu", "Toinen"]}))
    with home.database.writing("correct", DAY) as store:
        store.execute(insert(tables.former_deliveries).values(
            correction_no=1, feed="inquiries", day=DAY, archive_file=None, waiting_file=name, recorded="{}",
            replaced_in=store.run, replaced_on=DAY))
    assert erased(home).proof.is_clean
    [kept] = table(home, tables.former_deliveries)["waiting_file"]
    assert Archive(home.archive).read(kept)["last_name"].tolist() == ["Toinen"]


@pytest.mark.parametrize("decision", ["all", "details"])
def test_no_reply_says_that_all_is_gone_while_something_is_left(home, decision):
    left = home.inbox / "liite.txt"
    left.write_text("kaino@ostaja.example")
    done = erased(home, decision)
    assert (done.proof.is_clean, done.letter) == (False, None)
    assert not list(home.outbox.glob("answer-*"))
    assert table(home, tables.requests)["answered_on"].isna().tolist() == [True]
    assert any("--answer 1" in sentence for sentence in erasure.said(done, Texts("en")))
    left.unlink()
    with pytest.raises(RefusedError):
        requests.answer(home, home.policy(), 1, "Joku Muu", date(2026, 11, 9))
    letter = requests.answer(home, home.policy(), 1, "Timo Aro", date(2026, 11, 9))
    assert "9.11.2026" in (home.outbox / letter).read_text(encoding="utf-8")
    assert table(home, tables.requests)["answered_on"].tolist() == ["2026-11-09"]
    with pytest.raises(RefusedError, match="Avointa pyyntöä 1"):
        requests.answer(home, home.policy(), 1, "Timo Aro", date(2026, 11, 9))


@pytest.mark.parametrize(("received", "strict", "legal"), [
    ("2028-01-31", "2028-02-29", "2028-02-29"),   # the month's last day
    ("2028-02-24", "2028-03-24", "2028-03-24"),
    ("2027-11-25", "2027-12-25", "2027-12-27"),   # Christmas and a Sunday
    ("2028-03-14", "2028-04-14", "2028-04-18"),   # Good Friday to Easter Monday
])
def test_the_deadline_is_the_same_numbered_day_or_the_next_working_one(received, strict, legal):
    assert answer_by(date.fromisoformat(received), "FI") == Deadline(date.fromisoformat(strict), date.fromisoformat(legal))


def test_an_extended_deadline_ends_after_the_first_of_may():
    assert answer_by(date(2028, 1, 31), "FI", months=3).legal == date(2028, 5, 2)
