"""Every copy is known: each table with a record key or a contact is erased, or named here with its reason."""

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from register.intake.archive import LOOKUP, Archive
from register.removal import copies
from register.removal.copies import NAMED, TABLES, Subject, all_copies
from register.store import tables
from register.store.tables import metadata
from tests import rows
from tests.story import wait

EXCEPTIONS = {
    "objections": "a keyed hash; a marketing objection outlives everything",
    "removed_values": "keyed hashes; keep what was removed of a record from coming back",
    "suppressions": "a keyed hash; keeps what was removed from coming back",
}


def test_every_table_with_a_record_or_a_contact_is_a_copy_or_an_exception():
    whose = {"record_key", "contact_id", "person_id"}
    personal = {name for name, table in metadata.tables.items() if whose & {*table.c.keys()}}
    erased = {copy.name for copy in TABLES}
    assert not erased & set(EXCEPTIONS)
    assert personal == erased - {"redirects", "doubts"} | set(EXCEPTIONS)  # redirects are ids of ids, doubts pairs of records


@pytest.fixture
def filled(database, tmp_path):
    """Matti and Liisa, sole traders, each with everything that can hang on a person."""
    for key, name in (("m1", "Matti Meikäläinen"), ("l1", "Liisa Laine")):
        firm = {"company": f"Tmi {name}", "business_id": f"id of {key}"}
        rows.put(database, rows.observation(key, name=name, email=f"{key}@ostaja.example", **firm))
        rows.put(database, rows.engagement(key, feed="web", kind="inquiry", **firm), table=tables.engagements)
        wait(database, record_key=key)
    rows.put(database, rows.observation("o1", name="Aino Salo", company="Muu Oy", email="aino@muu.example"))
    rows.compute(database)
    ids = rows.ids(database)
    people = rows.table(database, tables.contacts).set_index("contact_id").person_id
    with database.writing("test", rows.DAY) as store:
        for key in ("m1", "l1"):
            store.insert(tables.corrections, pd.DataFrame([{
                "record_key": key, "column": "phone", "value": "+358401234567", "decided_by": "Liisa Kaski",
                "decided_at": "x"}]))
            store.insert(tables.answers, pd.DataFrame([{
                "feed": "web", "record_key": key, "column": "phone", "code": "phone_invalid", "value_hash": "0" * 32,
                "scope": "value", "outcome": "correct", "value": "040 1234567", "changed_in": store.run}]))
            store.insert(tables.holds, pd.DataFrame([{
                "record_key": key, "reason": "x", "owner": "Liisa Kaski", "review_on": rows.DAY, "held_at": "x",
                "lifted_at": "y"}]))
            store.insert(tables.doubts, pd.DataFrame([{
                "left_key": key, "right_key": "o1", "is_elsewhere": True, "probability": 0.5, "model": "m",
                "since_on": rows.DAY}]))
            store.insert(tables.verdicts, pd.DataFrame([{
                "contact_id": ids[key], "outcome": "keep", "rule": "partner", "facts": "{}", "policy_no": 1,
                "judged_on": rows.DAY}]))
            store.insert(tables.faults, pd.DataFrame([{
                "contact_id": ids[key], "depth": "value", "part": "details", "rule": "ceased", "facts": "{}"}]))
            store.insert(tables.due, pd.DataFrame([{
                "contact_id": ids[key], "rule": "partner", "last_day": rows.DAY, "published_on": rows.DAY}]))
            store.insert(tables.redirects, pd.DataFrame([
                {"old_id": f"older of {key}", "new_id": f"old of {key}", "kind": "contact", "redirected_on": rows.DAY},
                {"old_id": f"old of {key}", "new_id": ids[key], "kind": "contact", "redirected_on": rows.DAY},
                {"old_id": f"person of {key}", "new_id": people[ids[key]], "kind": "person", "redirected_on": rows.DAY}]))
        both = json.dumps({"left": ["m1"], "right": ["l1"]})
        store.insert(tables.decisions, pd.DataFrame([{
            "kind": "different", "content": both, "decided_by": "Liisa Kaski", "os_user": "liisa", "decided_at": "x"}]))
        store.insert(tables.exports, pd.DataFrame([{
            "export_no": 1, "what": "matches", "file": "a.xlsx", "columns": "[]", "rows": 1, "purpose": "review",
            "exported_by": "liisa", "exported_at": "x", "ends_on": rows.DAY, "asked": '[["m1", "l1"], ["l1", "o1"]]'}]))
        archive = Archive(tmp_path)
        (tmp_path / "ytj").mkdir()
        pq.write_table(pa.table({"business_id": ["id of l1", "id of m1", "other"]}), tmp_path / "ytj" / LOOKUP)
        name = archive.write("web", rows.DAY, pd.DataFrame({"record_key": ["m1", "l1"], "file_no": 1, "row_no": [2, 3]}))
        store.insert(tables.deliveries, pd.DataFrame([{
            "feed": "web", "day": rows.DAY, "state": "read", "is_held": True, "read": 2, "accepted": 2, "quarantined": 0,
            "withheld": 0, "values_waiting": 0, "reasons": "{}", "structure": "{}", "suite": "[]", "archive_file": name}]))
    return database, archive


def test_erasing_one_finds_them_everywhere_and_leaves_the_others_whole(filled):
    database, archive = filled
    with database.writing("erase", rows.DAY) as store:
        subject, other = (Subject.of(store, pd.Series([key], dtype="str"), pd.Series([rows.ids(database)[key]], dtype="str"))
                          for key in ("m1", "l1"))
        found = {copy.name: copy.find(store, subject) for copy in all_copies(archive)}
        left = {copy.name: copy.find(store, other) for copy in all_copies(archive)}
        assert min(found.values()) > 0
        erased = copies.erase(store, archive, subject)
        assert erased["archive"] == 1
        assert {copy.name: copy.find(store, subject) for copy in all_copies(archive)} == dict.fromkeys(found, 0)
        assert {copy.name: copy.find(store, other) for copy in all_copies(archive)} == left
    assert set(rows.table(database, tables.redirects).old_id) == {"older of l1", "old of l1", "person of l1"}
    assert rows.table(database, tables.decisions)["content"].tolist() == ['{"left": [], "right": ["l1"]}']
    assert rows.table(database, tables.exports)[["asked", "ends_on"]].values.tolist() == [['[["l1", "o1"]]', "0001-01-01"]]


def test_erasing_one_of_whom_nothing_was_decided_or_asked_is_no_matter(database):
    with database.writing("erase", rows.DAY) as store:
        subject = Subject.of(store, pd.Series(["m1"], dtype="str"), pd.Series(["m"], dtype="str"))
        assert [copy.erase(store, subject) for copy in NAMED] == [0, 0]


def test_a_person_who_stays_at_another_firm_keeps_their_redirects(database):
    for key, firm in (("m1", "Ostaja Oy"), ("m2", "Toinen Oy")):
        rows.put(database, rows.observation(key, name="Matti Meikäläinen", company=firm, phone="040 1234567"))
    rows.compute(database)
    [person] = set(rows.table(database, tables.contacts).person_id)
    with database.writing("erase", rows.DAY) as store:
        store.insert(tables.redirects, pd.DataFrame([{"old_id": "old", "new_id": person, "kind": "person",
                                                      "redirected_on": rows.DAY}]))
        subject = Subject.of(store, pd.Series(["m1"], dtype="str"), pd.Series([rows.ids(database)["m1"]], dtype="str"))
        assert {copy.name: copy.erase(store, subject) for copy in TABLES}["redirects"] == 0


@pytest.mark.parametrize(("kind", "stays"), [("invoice", True), ("assignment", True), ("inquiry", False)])
def test_what_colleagues_stand_on_goes_with_the_last_of_them(database, kind, stays):
    for key, name in (("m1", "Matti Meikäläinen"), ("l1", "Liisa Laine")):
        rows.put(database, rows.observation(key, name=name, company="Ostaja Oy", email=f"{key}@ostaja.example"))
    rows.put(database, rows.engagement("m1", kind=kind, company="Ostaja Oy"), table=tables.engagements)
    rows.compute(database)
    ids = rows.ids(database)
    with database.writing("erase", rows.DAY) as store:
        for key, expected in (("m1", [kind] if stays else []), ("l1", [])):
            subject = Subject.of(store, pd.Series([key], dtype="str"), pd.Series([ids[key]], dtype="str"))
            for copy in TABLES:
                copy.erase(store, subject)
            assert store.read(tables.engagements.select()).kind.tolist() == expected
            store.insert(tables.suppressions, pd.DataFrame([{
                "record_key": key, "feed": "web", "removal_id": key, "suppressed_on": rows.DAY}]))


def test_the_archive_lets_go_of_earlier_days_and_tables_of_nothing_by_age(filled):
    database, archive = filled
    with database.writing("expire", rows.DAY) as store:
        later = "2026-11-25"
        assert {copy.name: copy.expire(store, later) for copy in all_copies(archive)} == {
            **dict.fromkeys((copy.name for copy in (*NAMED, *TABLES)), 0), "lookup": 0, "archive": 1}
