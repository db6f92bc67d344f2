"""Verdicts judged again where something changed are those that judging everybody anew gives, whatever happens and when."""

import shutil
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from register import retention
from register.intake import observations as writers
from register.intake.archive import Archive
from register.removal.copies import Subject, erase
from register.retention import judging
from register.store import tables
from register.store.database import Database, sqlite_url
from tests import rows
from tests.registers import assert_they_stand
from tests.story import FEEDS, deliver, policy, wait

FIRST = date(2026, 11, 2)
FIRMS = ("Virta Oy", "Kivi Oy", "Aho Tmi")
PEOPLE = {"Matti Aho": FIRMS, "Liisa Laine": FIRMS[:2], "Aino Salo": FIRMS[:1]}

POLICIES = (
    policy(after_last_confirmed=[{"from": "2026-01-01", "months": 3, "why": "short"}]),
    policy(after_invoicing=[{"from": "2019-01-22", "calendar_years": 1, "source": "s"}],
           after_last_contact=[{"from": "2026-01-01", "months": 24, "why": "w"},
                               {"from": "2027-02-01", "months": 3, "why": "w"}],
           after_last_confirmed=[{"from": "2027-01-01", "months": 4, "why": "short"}]),
    policy(after_invoicing=[{"from": "2019-01-22", "calendar_years": 0, "source": "s"}],
           review={"open_relationship_months": 2}, partner=[{"from": "2026-01-01", "months": 1, "why": "w"}],
           after_last_contact=[{"from": "2026-01-01", "months": 1, "why": "w"}]),
)

happening = st.fixed_dictionaries({
    "what": st.sampled_from(["inquiry", "assignment", "invoice", "purchase", "provider", "hold", "restrict", "lift", "wait",
                             "lose", "lose", "erase", "rename"]),
    "who": st.sampled_from(sorted(PEOPLE)), "firm": st.integers(0, 2), "no": st.integers(0, 2), "is_open": st.booleans(),
    "case": st.sampled_from([None, "T-1", "T-2"]), "days": st.sampled_from([0, 0, 1, 5, 27, 31, 62, 200]),
})


def _happen(database, act, day):
    """One thing that a day brings."""
    on, name = day.isoformat(), act["who"]
    firm = PEOPLE[name][act["firm"] % len(PEOPLE[name])]
    key, said = f"{act['what']}-{name}-{act['no']}", {"company": firm, "case_number": act["case"]}
    person = {"name": name, "email": f"{name.split()[0].lower()}@{firm.split()[0].lower()}.example", **said}
    match act["what"]:
        case "inquiry":
            rows.put(database, rows.observation(key, on=on, **person))
            rows.put(database, rows.engagement(key, feed="web", kind="inquiry", is_counted=False, on=on, **said),
                     table=tables.engagements)
        case "assignment":
            status = "open" if act["is_open"] else "closed"
            rows.put(database, rows.engagement(key, feed="works", kind="assignment", is_counted=False, on=on,
                                               event_status=status, **said), table=tables.engagements)
        case "invoice" | "purchase":
            is_sale = act["what"] == "invoice"
            rows.put(database, rows.observation(key, feed="invoices", on=on, **person))
            rows.put(database, rows.engagement(key, on=on, is_counted=is_sale, party="customer" if is_sale else "partner",
                                               **said), table=tables.engagements)
        case "provider":
            deliver(database, {"provider_x": on})
            rows.put(database, rows.observation(key, feed="provider_x", on=on, **person))
        case "hold":
            with database.writing("hold", on) as store:
                store.insert(tables.holds, rows.frame([{
                    "record_key": f"inquiry-{name}-0", "reason": "r", "owner": "Liisa Kaski", "review_on": "2027-06-01",
                    "held_at": f"{on}T08:00:00+00:00"}]))
        case "restrict":
            with database.writing("restrict", on) as store:
                store.insert(tables.objections, rows.frame([
                    {"record_key": f"inquiry-{name}-0", "kind": "restriction", "objected_on": on}]))
        case "lift":
            with database.writing("lift", on) as store:
                for of in (tables.holds, tables.objections):
                    store.execute(update(of).values(lifted_at=f"{on}T08:00:00+00:00"))
        case "wait":
            wait(database, record_key=key, email=person["email"], first_seen_on=on, last_seen_on=on)
        case "lose":
            _lose(database, act, on)
        case "rename":
            rows.put(database, rows.observation(f"firm-{act['no']}", feed="works", on=on, company=FIRMS[act["firm"]],
                                                business_id="9900020-2"))


def _lose(database, act, on):
    """As a re-delivery that lacks a row: of what there is, of anybody."""
    held = sorted(rows.table(database, tables.engagements)["record_key"])
    if held:
        gone = rows.frame([{"record_key": held[act["no"] * len(held) // 3]}])["record_key"]
        with database.writing("read", on) as store:
            for table in (tables.observations, tables.engagements):
                writers.remove(store, table, gone)


def _erase(database, act, tmp_path):
    """As a sweep erases a contact, with what hangs on it."""
    members = rows.ids(database)
    with database.writing("removals", FIRST.isoformat()) as store:
        ids = {members[key] for key in members if act["who"] in key}
        keys = [key for key in members if members[key] in ids]
        if ids:
            erase(store, Archive(tmp_path), Subject.of(store, rows.frame([{"k": key} for key in keys])["k"],
                                                       rows.frame([{"k": one} for one in sorted(ids)])["k"]))


@pytest.mark.deep
@settings(max_examples=60, phases=(Phase.generate,), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(happening, min_size=2, max_size=8), of=st.sampled_from(POLICIES), is_late=st.booleans())
def test_whoever_is_not_judged_again_would_get_the_same_verdict(sqlite_template, tmp_path_factory, acts, of, is_late):
    tmp_path, day = tmp_path_factory.mktemp("verdicts"), FIRST
    shutil.copy(sqlite_template, tmp_path / "register.db")
    database = Database(sqlite_url(tmp_path / "register.db"))
    deliver(database, {feed.name: day.isoformat() for feed in FEEDS.good})
    for act in acts:
        day += timedelta(days=act["days"])
        if act["what"] == "erase":
            _erase(database, act, tmp_path)
        else:
            _happen(database, act, day)
        if not is_late:
            deliver(database, {feed.name: day.isoformat() for feed in FEEDS.good if not feed.is_third_party})
        rows.compute(database, FEEDS)
        with database.writing("verdicts", day.isoformat()) as store:
            judging.update(store, of, FEEDS, day)
            assert_they_stand(store, retention.judge(store, FEEDS, of, day))
    database.engine.dispose()
