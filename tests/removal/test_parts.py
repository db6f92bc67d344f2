"""What of a contact is outdated or erroneous: found, listed with notice, removed from every copy, and kept out."""

import json
from datetime import date

import pandas as pd
import pytest
from sqlalchemy import update

from register.contacts import decisions, provenance, purpose
from register.intake.archive import Archive
from register.intake.bans import record_bans
from register.removal import sweep
from register.removal.ledger import Ledger
from register.retention import fault_evidence, fault_sentence
from register.store import tables
from register.texts import Texts
from tests import rows
from tests.builders import make_home
from tests.conftest import prepared
from tests.story import FEEDS, deliver, judge, policy

ALL = [{"from": "2026-01-01", "months": 1, "why": "without delay"}]
POLICY = policy(bounced=ALL, withdrawn=ALL, moved=ALL, incompatible=ALL,
                ceased=[{"from": "2026-01-01", "ceased_grace_months": 1, "why": "without delay"}])
FOUND, PUBLISHED, NOTICED = "2026-11-01", "2026-11-05", "2026-12-02"
MATTI = {"name": "Matti Meikäläinen", "company": "Ostaja Oy", "business_id": "9900021-2"}


@prepared
def home(path, database_url):
    return make_home(path, database_url=database_url)


def asked(key="m1", on="2026-10-01", **said):
    """Matti asks us himself: an observation and an engagement."""
    row = rows.observation(key, on=on, **MATTI | {"email": "matti@ostaja.example", "phone": "040 1234567"} | said)
    fact = rows.engagement(key, feed="web", kind="inquiry", company=row["company"], business_id=row["business_id"],
                           is_counted=False, on=on)
    return row, fact


def listed_by(feed, key, on="2026-10-15", **said):
    return rows.observation(key, feed=feed, on=on, **MATTI | {"email": "matti@ostaja.example"} | said)


def bounce(key, on, email="matti@ostaja.example"):
    row = rows.observation(key, feed="mail", on=on, email=email, event_status="hard")
    return row | {"names_person": False, "email_domain": None, "event_on": on}


def put(home, *observed, engaged=()):
    rows.put(home.database, *observed)
    rows.put(home.database, *engaged, table=tables.engagements)
    rows.compute(home.database, FEEDS)


def archived(home, feed, day, **cells):
    deliver(home.database, {feed: day})
    with home.database.writing("read", day) as store:
        name = Archive(home.archive).write(feed, day, pd.DataFrame(cells | {"file_no": 1, "row_no": 2}))
        at = tables.deliveries.c
        store.execute(update(tables.deliveries).where(at.feed == feed, at.day == day).values(archive_file=name))


def fresh(home, day=NOTICED, late=()):
    """Our own feeds have delivered, but for those named."""
    deliver(home.database, {of.name: day for of in FEEDS.good if not of.is_third_party and of.name not in late})


def faults(home, day=NOTICED, rules=POLICY, late=()):
    fresh(home, day, late)
    with home.database.reading() as store:
        found = fault_evidence.judge(store, FEEDS, rules, date.fromisoformat(day))
    return [(row.depth, row.rule, row.last_day if isinstance(row.last_day, str) else None) for row in found.itertuples()]


def swept(home, day=NOTICED, rules=POLICY):
    judge(home.database, day, rules)
    return sweep.apply(home, rules, FEEDS, date.fromisoformat(day), None)


def only(home, table):
    [row] = rows.table(home.database, table).to_dict("records")
    return row


# --- what is found ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "is_dead"), [
    (["2026-10-20"], False), (["2026-10-20", "2026-10-20"], False), (["2026-10-20", "2026-10-25"], True),
    (["2026-09-20", "2026-10-25"], False), (["2026-09-20", "2026-10-01"], False)])
def test_two_hard_bounces_on_two_days_since_the_person_last_gave_the_address(home, days, is_dead):
    row, fact = asked()
    put(home, row, *(bounce(f"b{number}", on) for number, on in enumerate(days)), engaged=[fact])
    assert faults(home) == ([("value", "bounced", "2026-11-25")] if is_dead else [])


def test_a_dead_address_waits_while_a_feed_could_say_that_it_lives(home):
    row, fact = asked()
    deliver(home.database, {"web": "2026-10-01"})
    put(home, row, bounce("b1", "2026-10-20"), bounce("b2", "2026-10-25"), engaged=[fact])
    assert faults(home, late=["web"]) == [("value", "bounced", None)]
    with home.database.reading() as store:
        [found] = fault_evidence.judge(store, FEEDS, POLICY, date.fromisoformat(NOTICED)).to_dict("records")
    assert "lähde web on myöhässä tai sivussa, viimeksi 1.10.2026" in fault_sentence(Texts("fi"), found)
    assert faults(home) == [("value", "bounced", "2026-11-25")], "it delivered"


def test_what_a_source_withdrew_waits_while_its_next_snapshot_is_set_aside(home):
    row, fact = asked()
    for day in ("2026-10-15", "2026-10-20"):
        deliver(home.database, {"provider_x": day})
    put(home, row, listed_by("provider_x", "p1", withdrawn=True), engaged=[fact])
    deliver(home.database, {"provider_x": "2026-11-01"}, state="set aside", is_held=False)
    assert faults(home) == [("observation", "withdrawn", None)]
    deliver(home.database, {"provider_x": "2026-11-01"})
    assert faults(home) == [("observation", "withdrawn", "2026-11-20")]


def test_a_bounce_of_a_coming_day_is_not_known_yet(home):
    row, fact = asked()
    put(home, row, bounce("b1", "2026-10-20"), bounce("b2", "2026-10-25"), engaged=[fact])
    assert faults(home, "2026-10-24") == []


def test_a_source_that_withdrew_while_another_gives(home):
    row, fact = asked()
    deliver(home.database, {"provider_x": "2026-10-15"})
    deliver(home.database, {"provider_x": "2026-10-20"})
    put(home, row, listed_by("provider_x", "p1", withdrawn=True), engaged=[fact])
    assert faults(home) == [("observation", "withdrawn", "2026-11-20")]


def test_what_was_a_dealing_of_ours_is_no_fault_when_its_list_lacks_it(home):
    row, fact = asked()
    other, other_fact = asked("m2", on="2026-10-02")
    put(home, row | {"withdrawn": True}, other, engaged=[fact, other_fact])
    assert faults(home) == []


def test_who_is_given_by_nobody_any_more_goes_whole_or_not_at_all(home):
    put(home, listed_by("provider_x", "p1", withdrawn=True), listed_by("provider_y", "p2", withdrawn=True))
    assert faults(home) == []


def ceased_on(home, day):
    with home.database.writing("organisations", "2026-11-01") as store:
        firms = tables.organisations.c
        store.execute(update(tables.organisations).where(firms.business_id == "9900021-2").values(ceased_on=day))


def test_a_ceased_firm_outdates_the_contact_details_of_its_people(home):
    row, fact = asked()
    put(home, row, engaged=[fact])
    ceased_on(home, "2026-10-31")
    assert faults(home) == [("value", "ceased", "2026-11-30")]


def test_where_its_people_are_met_at_another_firm_the_steward_decides(home):
    row, fact = asked()
    at_heir, heir_fact = asked("m9", on="2026-11-01", company="Seuraaja Oy", business_id="9900031-1",
                               email="matti@seuraaja.example")
    put(home, row, at_heir, engaged=[fact, heir_fact])
    people = rows.table(home.database, tables.contacts)["person_id"]
    assert people.nunique() == 1  # the same mobile and name
    ceased_on(home, "2026-10-31")
    [found] = _judged(home)
    assert (found["rule"], found["last_day"], json.loads(found["facts"])["successor"]) == ("ceased", None, "Seuraaja Oy")


def _judged(home):
    with home.database.reading() as store:
        found = fault_evidence.judge(store, FEEDS, POLICY, date.fromisoformat(NOTICED))
    return [{name: value if isinstance(value, str) else None for name, value in row.items()}
            for row in found.to_dict("records")]


@pytest.mark.parametrize("is_moved", [True, False])
def test_the_stewards_word_that_somebody_is_elsewhere_outdates_the_firm_of_which_nothing_came_since(home, is_moved):
    old, old_fact = asked("m1", on="2026-09-01")
    again, again_fact = asked("m2", on="2026-09-02" if is_moved else "2026-10-20")
    new, new_fact = asked("m9", on="2026-10-10", company="Uusi Oy", business_id="9900031-1", email="matti@uusi.example",
                          phone="050 7654321")
    put(home, old, again, new, engaged=[old_fact, again_fact, new_fact])
    with home.database.writing("decide", "2026-11-01") as store:
        decisions.decide(store, "other_firm", ["m1", "m2"], ["m9"], "Liisa Kaski", "liisa")
        store.execute(update(tables.decisions).values(decided_at="2026-11-01T08:00:00+00:00"))
    ids = rows.ids(home.database)
    fresh(home)
    with home.database.reading() as store:
        found = fault_evidence.judge(store, FEEDS, POLICY, date.fromisoformat(NOTICED))
    assert found[["contact_id", "rule", "last_day"]].values.tolist() == (
        [[ids["m1"], "moved", "2026-12-01"]] if is_moved else [])


def test_silence_in_the_policy_reports_and_lists_nothing(home):
    row, fact = asked()
    put(home, row, bounce("b1", "2026-10-20"), bounce("b2", "2026-10-25"), engaged=[fact])
    assert faults(home, rules=policy()) == [("value", "bounced", None)]
    assert judge(home.database, NOTICED, policy()).due == 0
    assert only(home, tables.faults)["reported_since_on"] == NOTICED
    judge(home.database, "2026-12-05", policy())
    assert only(home, tables.faults)["reported_since_on"] == NOTICED


def test_nothing_of_somebody_under_a_hold_goes(home):
    row, fact = asked()
    put(home, row, bounce("b1", "2026-10-20"), bounce("b2", "2026-10-25"), engaged=[fact])
    with home.database.writing("hold", NOTICED) as store:
        store.insert(tables.holds, rows.frame([{"record_key": "m1", "reason": "r", "owner": "Liisa Kaski",
                                                "review_on": "2027-01-01", "held_at": "2026-11-01T08:00:00+00:00"}]))
    assert faults(home) == []


# --- what goes, and what stays -----------------------------------------------------------------------------------------------


@pytest.fixture
def bounced(home):
    """Matti's address is dead; a provider gives it too, and the archive holds it beside another one."""
    row, fact = asked()
    put(home, row, listed_by("provider_x", "p1", email_2="mm@ostaja.example"), bounce("b1", "2026-10-20"),
        bounce("b2", "2026-10-25"), engaged=[fact])
    archived(home, "provider_x", "2026-11-01", record_key=["p1"], email=["Matti@ostaja.example ; mm@ostaja.example"])
    archived(home, "web", "2026-11-01", record_key=["m1"], email=["matti@ostaja.example"])
    judge(home.database, PUBLISHED, POLICY)
    return home


def test_a_dead_address_goes_from_every_copy_and_the_person_stays(bounced):
    [row] = rows.table(bounced.database, tables.due).to_dict("records")
    assert (row["depth"], row["rule"], row["published_on"]) == ("value", "bounced", PUBLISHED)
    done = swept(bounced)
    assert (done.removed, done.parts) == (0, 1)
    seen = rows.table(bounced.database, tables.observations).set_index("record_key")
    assert sorted(seen.index) == ["m1", "p1"]  # the bounces went with the last who bore the address
    assert seen.email.isna().all() and seen.email_2["p1"] == "mm@ostaja.example" and seen.phone.notna()["m1"]
    contact = only(bounced, tables.contacts)
    assert contact["full_name"] == "Matti Meikäläinen" and "email" not in provenance.read(contact["provenance"])
    assert not _found_in_archive(bounced, "matti@ostaja.example") and _found_in_archive(bounced, "mm@ostaja.example")
    assert only(bounced, tables.removals)["records"] == 2
    [intended, finished] = Ledger(bounced.ledger).entries()
    assert list(intended.removals.values()) == [[]] and finished.what == "done"
    rows.compute(bounced.database, FEEDS)
    assert only(bounced, tables.contacts)["email"] == "mm@ostaja.example"
    assert faults(bounced) == []


def test_a_dead_address_goes_with_what_was_typed_and_what_a_correction_overruled(home):
    """Matti's own row has been corrected since; the provider's address was typed in quarantine."""
    row, fact = asked(email="matti.uusi@ostaja.example")
    put(home, row, listed_by("provider_x", "p1", phone="040 1234567"), bounce("b1", "2026-10-20"), bounce("b2", "2026-10-25"),
        engaged=[fact])
    assert only(home, tables.contacts)["email"]
    archived(home, "web", "2026-11-01", record_key=["m1"], email=["matti@ostaja.example"])
    typed = {"feed": "provider_x", "record_key": "p1", "code": "email_invalid", "value_hash": "h", "scope": "value",
             "outcome": "correct", "changed_in": 1}
    rows.put(home.database, typed | {"column": "email", "value": "Matti@Ostaja.example"},
             typed | {"column": "phone", "value": "040 1234567", "code": "phone_invalid"}, table=tables.answers)
    rows.put(home.database, {"correction_id": 1, "record_key": "m1", "column": "email", "value": "matti.uusi@ostaja.example",
                             "overruled": "matti@ostaja.example", "overruled_hash": "h", "decided_at": "2026-10-02T08:00:00Z"},
             table=tables.corrections)
    rows.compute(home.database, FEEDS)
    judge(home.database, PUBLISHED, POLICY)
    assert swept(home).parts == 1
    assert rows.table(home.database, tables.answers)["column"].tolist() == ["phone"]
    kept = only(home, tables.corrections)
    assert (kept["value"], kept["overruled_hash"]) == ("matti.uusi@ostaja.example", "h") and pd.isna(kept["overruled"])
    assert not _found_in_archive(home, "matti@ostaja.example")


def _found_in_archive(home, text):
    with home.database.reading() as store:
        names = store.read(tables.deliveries.select()).archive_file.dropna()
    return any(text in cell.lower() for name in names for cell in Archive(home.archive).read(name).email.dropna())


def test_a_bounced_address_that_the_person_gives_again_stays(bounced):
    row, fact = asked("m2", on="2026-11-10")
    put(bounced, row, engaged=[fact])
    assert swept(bounced).parts == 0
    assert only(bounced, tables.contacts)["email"] == "matti@ostaja.example"


def test_nothing_goes_that_has_not_stood_on_the_list(home):
    row, fact = asked()
    put(home, row, bounce("b1", "2026-10-20"), bounce("b2", "2026-10-25"), engaged=[fact])
    done = swept(home)
    assert (done.parts, done.reasons) == (0, {"notice": 1})


def test_a_withdrawn_observation_goes_and_the_contact_is_what_the_others_say(home):
    row, fact = asked(email="matti@ostaja.example")
    deliver(home.database, {"provider_x": "2026-10-15"})
    deliver(home.database, {"provider_x": "2026-10-20"})
    put(home, row, listed_by("provider_x", "p1", withdrawn=True, street="Testikatu 1", city="Oulu"), engaged=[fact])
    archived(home, "provider_x", "2026-10-15", record_key=["p1"], email=["matti@ostaja.example"])
    judge(home.database, PUBLISHED, POLICY)
    assert only(home, tables.contacts)["street"] == "Testikatu 1"
    assert swept(home).parts == 1
    assert rows.table(home.database, tables.observations).record_key.tolist() == ["m1"]
    contact = only(home, tables.contacts)
    assert (contact["full_name"], isinstance(contact["street"], str)) == ("Matti Meikäläinen", False)
    assert only(home, tables.suppressions)["record_key"] == "p1"
    assert not _found_in_archive(home, "matti@")
    rows.compute(home.database, FEEDS)
    assert list(rows.ids(home.database)) == ["m1"]
    assert faults(home) == []


def test_the_ban_that_a_withdrawn_observation_said_outlives_it(home):
    row, fact = asked(email="matti@ostaja.example")
    for day in ("2026-10-15", "2026-10-20"):
        deliver(home.database, {"provider_x": day})
    put(home, row, listed_by("provider_x", "p1", withdrawn=True), engaged=[fact])
    with home.database.writing("ban", "2026-10-15") as store:
        record_bans(store, pd.Series(["p1"], dtype="str"), "2026-10-15")
    rows.compute(home.database, FEEDS)
    judge(home.database, PUBLISHED, POLICY)
    assert swept(home).parts == 1
    for _ in ("at once", "and computed anew"):
        assert only(home, tables.contacts)["marketing_ban"]
        rows.compute(home.database, FEEDS)
    said = rows.table(home.database, tables.objections)
    assert said[["record_key", "objected_on"]].to_numpy().tolist() == [["p1", "2026-10-15"], ["m1", "2026-10-15"]]


def test_the_contact_details_of_a_ceased_firms_people_go_name_and_engagements_stay(home):
    row, fact = asked(street="Testikatu 1", postcode="90100", city="Oulu")
    put(home, row, engaged=[fact])
    archived(home, "web", "2026-11-01", record_key=["m1"], email=["matti@ostaja.example"], full_name=["Matti Meikäläinen"])
    ceased_on(home, "2026-10-31")
    judge(home.database, PUBLISHED, POLICY)
    ceased_on(home, "2026-10-31")
    assert swept(home).parts == 1
    for _ in ("at once", "and computed anew"):
        contact = only(home, tables.contacts)
        assert contact["full_name"] == "Matti Meikäläinen"
        assert not [name for name in ("email", "phone", "street", "postcode", "city") if isinstance(contact[name], str)]
        rows.compute(home.database, FEEDS)
    assert len(rows.table(home.database, tables.engagements)) == 1
    assert not _found_in_archive(home, "matti@")
    ceased_on(home, "2026-10-31")
    assert faults(home) == []


# --- found to be a private person --------------------------------------------------------------------------------------------


def test_the_stewards_word_that_somebody_is_a_private_person_is_a_verdict_and_can_be_taken_back(home):
    row, fact = asked()
    put(home, row, engaged=[fact])
    judge(home.database, "2026-11-01", POLICY)
    with home.database.writing("private", "2026-11-02") as store:
        number = purpose.say_private(store, POLICY, rows.ids(home.database)["m1"], "Liisa Kaski", "liisa", "2026-11-02")
    judge(home.database, "2026-11-02", POLICY)
    verdict = only(home, tables.verdicts)
    assert (verdict["outcome"], verdict["rule"], verdict["last_day"]) == ("keep", "incompatible", "2026-12-02")
    with home.database.writing("undo", "2026-11-03") as store:
        decisions.lift(store, number, "Liisa Kaski", "liisa")
    judge(home.database, "2026-11-03", POLICY)
    assert only(home, tables.verdicts)["rule"] == "after_last_contact"
