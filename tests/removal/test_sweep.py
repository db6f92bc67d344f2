"""The sweep: the story of the one who is due, and every guard failing alone."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import delete, select, update

from register.contacts import decisions
from register.errors import RefusedError
from register.intake import deliveries
from register.intake.archive import Archive
from register.removal import carrying_out, copies, people, proof, safeguards, sweep
from register.removal.ledger import Ledger
from register.retention import decided
from register.retention.decided import Signed
from register.store import tables
from register.store.store import Store
from register.texts import Texts
from register.workbooks.exports import Order, export
from tests import rows
from tests.builders import make_home
from tests.conftest import prepared
from tests.story import FEEDS, POLICY, deliver, judge, policy, release, wait

WROTE, LAST_DAY = "2024-11-10", "2026-11-10"
PUBLISHED, NOTICED = "2026-11-05", "2026-11-19"  # 14 days' notice
HOLD = {"record_key": "m1", "reason": "oikeudenkäynti", "owner": "Liisa Kaski", "review_on": "2027-03-31",
        "held_at": "2026-11-18T08:00:00+00:00"}


@prepared
def home(path, database_url):
    return make_home(path, database_url=database_url)


def person(key, name, firm, wrote_on=WROTE, **said):
    """An inquiry as observation and engagement, and the archived day that gave them."""
    said.setdefault("email", f"{name.split()[0].lower()}@{firm.split()[0].lower()}.example")
    return (rows.observation(key, name=name, company=firm, on="2026-11-01", **said),
            rows.engagement(key, feed="web", kind="inquiry", company=firm, is_counted=False, on=wrote_on,
                            last_seen_on="2026-11-01", case_number=said.get("case_number")))


def put(home, *people):
    rows.put(home.database, *(row for row, _ in people))
    rows.put(home.database, *(row for _, row in people), table=tables.engagements)


def assignment(key, firm, on, status="closed", **said):
    return rows.engagement(key, feed="works", kind="assignment", company=firm, is_counted=False, on=on, event_status=status,
                           **said)


def archive(home, feed, day, *keys):
    """A day of the archive that holds these records, as the gate would have written it."""
    with home.database.writing("read", day) as store:
        text = pd.DataFrame({"record_key": keys, "full_name": keys, "file_no": 1, "row_no": range(2, 2 + len(keys))})
        name = Archive(home.archive).write(feed, day, text)
        store.execute(update(tables.deliveries).where(tables.deliveries.c.feed == feed, tables.deliveries.c.day == day)
                      .values(archive_file=name))


@prepared
def due(path, database_url):
    """Matti wrote last on 10.11.2024, his firm's only assignment ended 30.9.2024, a provider lists him; Liisa is invoiced."""
    home = make_home(path, database_url=database_url)
    put(home, person("m1", "Matti Meikäläinen", "Ostaja Oy"), person("l1", "Liisa Laine", "Toinen Oy"))
    rows.put(home.database, rows.observation("p1", feed="provider_x", name="Matti Meikäläinen", company="Ostaja Oy",
                                             email="matti@ostaja.example", on="2026-11-05"))
    rows.put(home.database, assignment("a1", "Ostaja Oy", "2024-09-30"),
             rows.engagement("i1", company="Toinen Oy", on="2025-03-14"), table=tables.engagements)
    judge(home.database, PUBLISHED)
    return home


def swept(home, day=NOTICED, rules=POLICY, approved_by=None, judged=True):
    if judged:
        judge(home.database, day, rules)
    return sweep.apply(home, rules, FEEDS, date.fromisoformat(day), approved_by)


def names(home):
    return sorted(rows.table(home.database, tables.contacts).full_name)


BOTH, LEFT = ["Liisa Laine", "Matti Meikäläinen"], ["Liisa Laine"]


def test_gone_after_the_notice_and_not_a_day_too_early(due):
    early = swept(due, "2026-11-18")
    assert (early.removed, early.reasons, names(due)) == (0, {"notice": 1}, BOTH)
    done = swept(due)
    assert (done.removed, done.waiting, done.is_truncated, names(due)) == (1, 0, True, LEFT)


def test_the_last_day_is_a_day_of_keeping(home):
    put(home, person("m1", "Matti Meikäläinen", "Ostaja Oy", wrote_on="2024-11-19"))
    judge(home.database, PUBLISHED)
    assert (swept(home).removed, swept(home, "2026-11-20").removed) == (0, 1)


def test_what_is_left_behind_is_a_tombstone_suppressions_and_ledger_lines(due):
    swept(due)
    [tomb] = rows.table(due.database, tables.removals).to_dict("records")
    assert (tomb["rule"], tomb["policy_no"], tomb["removed_on"], tomb["records"]) == ("after_last_contact", 1, NOTICED, 2)
    suppressed = rows.table(due.database, tables.suppressions).sort_values("record_key")
    assert suppressed[["record_key", "feed", "removal_id", "suppressed_on"]].values.tolist() == [
        ["m1", "web", tomb["removal_id"], NOTICED], ["p1", "provider_x", tomb["removal_id"], NOTICED]]
    intended, done = Ledger(due.ledger).entries()
    assert (intended.what, intended.removals) == ("intended", {tomb["removal_id"]: ["m1", "p1"]})
    assert (done.what, done.act_id, done.removals) == ("done", intended.act_id, {})
    [step] = rows.table(due.database, tables.runs).query("step == 'removals'").counts
    assert json.loads(step) == {"removed": 1, "parts_removed": 0}


def test_swept_again_nobody_more_goes(due):
    swept(due)
    before = [rows.table(due.database, of) for of in (tables.contacts, tables.removals, tables.suppressions)]
    assert swept(due, judged=False).removed == swept(due, "2026-11-20").removed == 0
    after = [rows.table(due.database, of) for of in (tables.contacts, tables.removals, tables.suppressions)]
    assert all(old.equals(new) for old, new in zip(before, after, strict=True))
    assert len(list(Ledger(due.ledger).entries())) == 2


def test_a_preview_says_what_would_go_and_changes_nothing(due):
    judge(due.database, NOTICED)
    plan = sweep.preview(due, POLICY, FEEDS, date.fromisoformat(NOTICED))
    [row] = plan.remove.to_dict("records")
    assert row == {"contact_id": rows.ids(due.database)["m1"], "depth": "contact", "part": "all", "rule": "after_last_contact",
                   "last_day": LAST_DAY}
    assert (plan.waiting, names(due)) == ({}, BOTH)


# --- each guard alone ----------------------------------------------------------------------------------------------------


def lively(home):
    rows.put(home.database, rows.engagement("m1", feed="web", kind="inquiry", company="Ostaja Oy", is_counted=False,
                                            on="2026-11-18"), table=tables.engagements)
    for step in ("organisations", "contacts"):
        with home.database.writing(step, NOTICED):
            pass  # both have seen it; the list of this morning has not


def held(home):
    with home.database.writing("hold", NOTICED) as store:
        store.insert(tables.holds, pd.DataFrame([HOLD]))


def waits(home):
    wait(home.database, company_key="ostaja")


def set_aside(home):
    deliver(home.database, {"invoices": "2026-11-18"}, state="set aside", is_held=False)


@pytest.mark.parametrize("happens", [lively, held, waits, set_aside])
def test_what_happens_after_the_list_was_made_is_asked_again_while_deleting(due, happens):
    judge(due.database, NOTICED)
    happens(due)
    result = swept(due, judged=False)
    assert (result.removed, result.reasons, names(due)) == (0, {"not_due": 1}, BOTH)
    assert list(Ledger(due.ledger).entries()) == []


def half_seen(home):
    """Two runs meet: a row comes between the organisations of one and its contacts."""
    rows.put(home.database, rows.engagement("i9", company="Ostaja Oy", on="2026-10-31"), table=tables.engagements)
    with home.database.writing("contacts", NOTICED):
        pass


def told_one(home):
    with home.database.writing("merge", NOTICED) as store:
        decisions.decide(store, "different", ["m1"], ["l1"], "Liisa Kaski", "kone")


def touched_unjudged(home):
    """The suite on contacts has found something wrong, and so was not noted as passed."""
    with home.database.writing("contacts", NOTICED) as store:
        store.execute(update(tables.contacts).values(touched_in=store.run))


@pytest.mark.parametrize("happens", [half_seen, told_one, touched_unjudged])
def test_nobody_goes_while_the_contacts_do_not_show_what_is_known(due, happens):
    judge(due.database, NOTICED)
    happens(due)
    assert swept(due, judged=False).reasons == {"outdated": 1} and names(due) == BOTH


def test_files_of_a_day_that_is_held_hold_everybody_until_they_are_read(due):
    judge(due.database, NOTICED)
    deliver(due.database, {"invoices": "2026-11-18"})
    with due.database.writing("note", NOTICED) as store:
        deliveries.note(store, "invoices", "2026-11-18", waiting={"files": ["abc"], "lacking": 0})
    assert swept(due, judged=False).reasons == {"not_due": 1} and names(due) == BOTH
    with due.database.writing("note", NOTICED) as store:
        assert deliveries.days_that_wait(store, "invoices") == ["2026-11-18"]
        deliveries.note(store, "invoices", "2026-11-18", waiting={})
    assert swept(due).removed == 1


def test_a_lifted_hold_and_a_decided_row_hold_up_nobody(due):
    held(due)
    waits(due)
    release(due.database)
    assert swept(due).removed == 1


def newer_observation(home):
    rows.put(home.database, rows.observation("n1", name="Niina Niemi", company="Kolmas Oy", email="niina@kolmas.example"))


def gone_observation(home):
    rows.remove(home.database, "l1")


@pytest.mark.parametrize("happens", [newer_observation, gone_observation])
def test_while_contacts_are_older_than_what_is_known_nobody_goes(due, happens):
    judge(due.database, NOTICED)
    happens(due)
    assert swept(due, judged=False).reasons == {"outdated": 1}
    assert swept(due).removed == 1


def test_in_preview_mode_nobody_goes_and_the_mode_is_named_only_where_somebody_would(due):
    rules = policy(sweep={"mode": "preview"})
    assert swept(due, "2026-11-18", rules).reasons == {"notice": 1}
    result = swept(due, rules=rules)
    assert (result.removed, result.reasons, names(due)) == (0, {"preview": 1}, BOTH)


def test_on_a_day_before_the_newest_judged_nobody_goes(due):
    judge(due.database, NOTICED)
    judge(due.database, "2026-11-20")
    result = swept(due, judged=False)
    assert (result.removed, result.reasons) == (0, {"older_day": 1})


def test_what_never_stood_on_the_list_never_goes(due):
    with due.database.writing("unlist", NOTICED) as store:
        store.execute(delete(tables.due))
    assert swept(due, judged=False).removed == 0


NAMES = ("Kaisa Koski", "Pentti Laine", "Ulla Salo", "Orvokki Mäki", "Veikko Aho")
CROWD = [person(f"k{number}", name, "Ostaja Oy") for number, name in enumerate(NAMES)]
NARROW = policy(sweep={"max_share": 0.1})


def test_five_may_always_go_six_wait_for_an_approver_by_name(due):
    put(due, *CROWD[:4])
    judge(due.database, PUBLISHED, NARROW)
    assert swept(due, rules=NARROW).removed == 5


def test_too_large_a_share_waits_for_an_approver_by_name(due):
    put(due, *CROWD)
    judge(due.database, PUBLISHED, NARROW)
    waiting = swept(due, rules=NARROW)
    assert (waiting.removed, waiting.reasons) == (0, {"share": 6})
    with pytest.raises(RefusedError, match="Timo Aro"):
        swept(due, rules=NARROW, approved_by="Tuntematon Tuula", judged=False)
    assert swept(due, rules=NARROW, approved_by="Timo Aro", judged=False).removed == 6


def test_of_too_many_those_who_were_approved_ahead_go(due):
    put(due, *CROWD)
    judge(due.database, PUBLISHED, NARROW)
    with due.database.writing("approve", PUBLISHED) as store:
        for keys, name in ((["m1", "p1"], "Timo Aro"), (["k1"], "Tuntematon Tuula")):
            decided.decide(store, "approve", {LAST_DAY: keys}, Signed(name, "os", date(2026, 11, 5)))
    result = swept(due, rules=NARROW)
    assert (result.removed, result.reasons) == (1, {"share": 5})
    assert "Matti Meikäläinen" not in names(due)


# --- what goes with a person, and what stays -----------------------------------------------------------------------------


def test_a_firm_of_which_nothing_is_left_goes_and_others_stay(due):
    with due.database.writing("without", PUBLISHED) as store:
        store.execute(delete(tables.engagements).where(tables.engagements.c.record_key == "a1"))
    swept(due)
    assert rows.table(due.database, tables.organisations).company.tolist() == ["Toinen Oy"]


def test_an_engagement_of_nobody_stays_the_firms(due):
    swept(due)
    assert sorted(rows.table(due.database, tables.engagements).record_key) == ["a1", "i1", "l1"]
    assert sorted(rows.table(due.database, tables.organisations).company) == ["Ostaja Oy", "Toinen Oy"]


def test_a_sole_traders_firm_goes_with_the_person(home):
    put(home, person("m1", "Virtanen Matti", "Virtanen Matti T:mi"))
    rows.put(home.database, assignment("a1", "Virtanen Matti T:mi", "2024-09-30"), table=tables.engagements)
    rows.put(home.database, rows.observation("y1", company="Virtanen Matti T:mi"))
    judge(home.database, PUBLISHED)
    assert swept(home).removed == 1
    assert all(rows.table(home.database, of).empty for of in (tables.organisations, tables.engagements, tables.observations))
    assert set(rows.table(home.database, tables.suppressions).record_key) == {"m1", "a1", "y1"}


def test_a_sole_traders_record_under_a_hold_stays(home):
    put(home, person("m1", "Virtanen Matti", "Virtanen Matti T:mi"))
    rows.put(home.database, assignment("a1", "Virtanen Matti T:mi", "2024-09-30"), table=tables.engagements)
    judge(home.database, PUBLISHED)
    with home.database.writing("hold", PUBLISHED) as store:
        store.insert(tables.holds, pd.DataFrame([HOLD | {"record_key": "a1"}]))
    assert swept(home).removed == 1
    assert rows.table(home.database, tables.engagements).record_key.tolist() == ["a1"]
    assert rows.table(home.database, tables.holds).record_key.tolist() == ["a1"]


def test_colleagues_keep_what_they_stand_on_and_it_goes_with_the_last_of_them(home):
    """The row that closed their case names Matti, who goes first: without it Liisa's case would be open again."""
    put(home, person("m1", "Matti Meikäläinen", "Ostaja Oy", case_number="T-5"),
        person("l1", "Liisa Laine", "Ostaja Oy", wrote_on="2025-01-10", case_number="T-5"))
    rows.put(home.database, rows.observation("m2", feed="works", name="Matti Meikäläinen", company="Ostaja Oy",
                                             email="matti@ostaja.example"))
    rows.put(home.database, assignment("a1", "Ostaja Oy", "2024-08-01", "open", case_number="T-5", last_seen_on="2026-11-01"),
             assignment("m2", "Ostaja Oy", "2024-09-30", case_number="T-5", last_seen_on="2026-11-02"),
             table=tables.engagements)
    judge(home.database, PUBLISHED)
    assert swept(home).removed == 1
    assert sorted(rows.table(home.database, tables.engagements).record_key) == ["a1", "l1", "m2"]
    judge(home.database, "2026-12-20")
    assert swept(home, "2027-01-11").removed == 1  # her own 24 months, not an open case
    assert rows.table(home.database, tables.engagements).record_key.tolist() == ["a1"]


def test_whoever_expired_with_a_ban_is_banned_when_they_come_back_as_another_record(due):
    with due.database.writing("ban", PUBLISHED) as store:
        store.insert(tables.objections, pd.DataFrame([{"record_key": "m1", "kind": "marketing", "objected_on": "2025-01-01"}]))
    swept(due)
    back = pd.DataFrame([dict.fromkeys(people.TRAITS) | {"email": "matti@ostaja.example"}]).astype("str").assign(
        email_is_role=False, email_2_is_role=False)
    other = back.assign(email="liisa@toinen.example")
    with due.database.reading() as store:
        assert [people.is_banned(store, due.keys, row).tolist() for row in (back, other)] == [[True], [False]]


def test_a_persons_ban_holds_at_their_other_firm_when_the_record_that_said_so_is_gone(home):
    mobile = {"phone": "040 1234567", "email": None}
    old, new = (person(key, "Matti Meikäläinen", firm, wrote_on=day, **mobile)
                for key, firm, day in (("m1", "Ostaja Oy", WROTE), ("m2", "Toinen Oy", "2026-10-01")))
    put(home, old, new)
    with home.database.writing("ban", PUBLISHED) as store:
        store.insert(tables.objections, pd.DataFrame([{"record_key": "m1", "kind": "marketing", "objected_on": "2025-01-01"}]))
    judge(home.database, PUBLISHED)
    assert swept(home).removed == 1
    rows.put(home.database, rows.observation("m2", name="Matti Meikäläinen", company="Toinen Oy", on="2026-11-20", **mobile))
    judge(home.database, "2026-11-21")
    assert rows.table(home.database, tables.contacts).marketing_ban.tolist() == [True]
    said = rows.table(home.database, tables.objections)
    assert said[["record_key", "objected_on"]].values.tolist() == [["m1", "2025-01-01"], ["m2", "2025-01-01"]]


# --- the disk, and sweeps that die ---------------------------------------------------------------------------------------


@pytest.fixture
def archived(due):
    """Matti's rows lie in the archive of two feeds."""
    archive(due, "web", PUBLISHED, "m1", "l1")
    archive(due, "provider_x", PUBLISHED, "p1")
    return due


def archived_keys(home):
    return {key for path in home.archive.rglob("*.parquet") for key in pd.read_parquet(path).record_key}


def test_no_file_of_the_archive_holds_a_record_of_theirs(archived):
    swept(archived)
    assert archived_keys(archived) == {"l1"}
    left = rows.table(archived.database, tables.deliveries).dropna(subset="archive_file")
    assert sorted(left.feed) == ["provider_x", "web"], "an empty file is kept: the day's archive has not had its time"


def test_nothing_of_the_erased_is_left_in_the_bytes_of_the_database(due):
    if due.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL frees its pages and log on its own terms")
    path = due.database.engine.url.database
    assert b"matti@ostaja.example" in b"".join(_bytes(path))
    swept(due)
    assert b"liisa@toinen.example" in b"".join(_bytes(path))
    assert b"matti@ostaja.example" not in b"".join(_bytes(path))


def test_a_sweep_leaves_nothing_where_no_row_points(due):
    """As in a page that was split: `secure_delete` reaches only what a row held."""
    if due.database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL frees its pages and log on its own terms")
    path = due.database.engine.url.database
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("CREATE TABLE gone AS SELECT 'matti@vanha.example' AS said, hex(randomblob(3000)) AS filling")
        connection.execute("DROP TABLE gone")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert swept(due, "2026-11-18").removed == 0
    assert b"matti@vanha.example" in b"".join(_bytes(path)), "nobody went: the file is not written anew"
    assert swept(due).removed == 1
    assert b"matti@vanha.example" not in b"".join(_bytes(path))


def _bytes(path):
    return [file.read_bytes() for file in Path(path).parent.glob("register.db*")]


def test_an_open_reader_is_said_aloud(due, monkeypatch):
    if due.database.engine.dialect.name != "sqlite":
        pytest.skip("the write-ahead log is SQLite's")
    monkeypatch.setattr("register.store.checkpoint.TRIES", 2)
    monkeypatch.setattr("register.store.checkpoint.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("register.store.database.PRAGMAS", ("busy_timeout=10",))
    judge(due.database, NOTICED)
    with due.database.reading() as store:
        store.scalar(select(tables.contacts.c.contact_id))
        result = swept(due, judged=False)
    assert (result.removed, result.is_truncated) == (1, False)


def killed(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(("owner", "name", "told"), [
    (copies, "erase", ["intended", "done"]),
    (Store, "drop_temporary", ["intended", "intended", "abandoned", "done"]),  # the line is written already
])
def test_killed_before_the_transaction_ends_the_next_sweep_does_it(archived, monkeypatch, owner, name, told):
    judge(archived.database, NOTICED)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(owner, name, killed)
        swept(archived, judged=False)
    assert names(archived) == BOTH
    assert archived_keys(archived) == {"m1", "l1", "p1"}
    assert swept(archived).removed == 1
    assert [entry.what for entry in Ledger(archived.ledger).entries()] == told


def test_killed_after_the_transaction_the_next_sweep_finishes_it(archived, monkeypatch):
    judge(archived.database, NOTICED)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(carrying_out, "clean_up", killed)
        swept(archived, judged=False)
    assert names(archived) == LEFT
    assert "m1" in archived_keys(archived)  # the superseded files were not deleted any more
    assert swept(archived, "2026-11-20").removed == 0
    assert [entry.what for entry in Ledger(archived.ledger).entries()] == ["intended", "done"]
    assert archived_keys(archived) == {"l1"}


def test_killed_while_files_are_rewritten_the_old_ones_are_still_named(archived, monkeypatch):
    judge(archived.database, NOTICED)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(carrying_out, "_drop_empty_firms", killed)
        swept(archived, judged=False)
    for name in rows.table(archived.database, tables.deliveries).archive_file.dropna():
        assert (archived.archive / name).exists()
    assert swept(archived).removed == 1
    assert archived_keys(archived) == {"l1"}


@pytest.mark.parametrize("name", ["lista.csv", "lista.xlsx"])
def test_an_export_that_shows_whoever_is_removed_goes_with_them_and_the_others_stay(due, name):
    order = Order("contacts", name, "assignment", "Tilitoimisto", "kone")
    shown = export(due, POLICY, order, date(2026, 11, 18)).path
    firms = export(due, POLICY, replace(order, what="organisations"), date(2026, 11, 18)).path
    assert proof.hits_in(shown, "matti@ostaja"), "the search can find him"
    assert swept(due).removed == 1
    assert [path for path in due.outbox.iterdir() if proof.hits_in(path, "(?i)matti")] == []
    assert not shown.exists() and firms.exists()
    noted = rows.table(due.database, tables.exports).set_index("what")
    assert noted.loc["contacts", ["deleted_on", "asked"]].tolist() == [NOTICED, "[]"]
    assert swept(due, "2026-12-01").removed == 0


@pytest.mark.parametrize("mode", ["preview", "on"])
def test_whoever_is_past_their_day_and_does_not_go_is_red_after_the_notice_and_a_week(due, mode):
    rules, found = policy(sweep={"mode": mode}), {}
    for day in ("2026-11-26", "2026-12-01", "2026-12-02"):  # published on 5.11., last day 10.11.
        judge(due.database, day, rules)
        checks = safeguards.judge(due, rules, FEEDS, date.fromisoformat(day), Texts("en"))
        found[day] = next(check for check in checks if check.name == "overdue")
    assert [check.passed for check in found.values()] == [True, True, False]
    red = found["2026-12-02"]
    assert red.severity == "error" and "1 are past their day, the first since 10 Nov 2026" in red.sentence
    assert ("only previews" in red.sentence) == (mode == "preview")
