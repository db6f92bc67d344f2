"""Somebody objects, or has their data restricted: at once, at all their firms, past every delivery, and until it is lifted."""

from datetime import date, timedelta

import pytest

from register.errors import RefusedError
from register.intake import answers
from register.morning import matters
from register.removal import erasure, housekeeping, objections
from register.removal.requests import Request, find, listed
from register.store import tables
from register.workbooks import exports
from register.workbooks.exports import Order
from tests.builders import deliver, desk, records_of, refreshed, table
from tests.removal.asking import ASKED, DAY, KAINO, LAST, LATER, TODAY, ids, lift, object_to, restrict, row


def exported(home, name):
    done = exports.export(home, home.policy(), Order("contacts", f"{name}.csv", "invoicing", "Tilitoimisto", "kone"), TODAY)
    return done.path.read_text(encoding="utf-8-sig")


def test_an_objection_to_marketing_is_at_once_at_all_firms_and_no_restriction(home):
    done = object_to(home, "marketing")
    assert (done.contacts, done.due_legal) == (2, date(2026, 12, 4))
    assert len(ids(home, marketing_ban=True)) == 2 and ids(home, restricted=True) == []
    assert ids(home, "Liisa Laine", marketing_ban=True) == []
    [line] = table(home, tables.requests).to_dict("records")
    told = ("kind", "decision", "ground", "received_on", "answered_on", "identified_by", "os_user")
    assert [line[name] for name in told] == [
        "object", "marketing", "GDPR 21(2)", "2026-11-04", "2026-11-06", "puhelimessa", "kone"]
    letter = (home.outbox / done.letter).read_text(encoding="utf-8")
    assert "4.11.2026" in letter and "markkinoin" in letter and "Kaino" not in letter


def test_the_ban_is_whose_it_is_at_every_later_delivery_and_new_firm(home):
    object_to(home, "marketing")
    refreshed(home, DAY)
    deliver(home, "inquiries", LATER, [row(on="4.11.2026", company="Kolmas Oy"),
                                       row(on="4.11.2026", email="kaino@muu.example", company="Neljäs Oy"),
                                       row("Matti Uusi", "matti@uusi.example", "Uusi Oy", "4.11.2026", "040 555 0103")])
    refreshed(home, LATER)
    assert len(ids(home, marketing_ban=True)) == len(ids(home)) == 4  # noqa: PLR2004
    assert ids(home, "Matti Uusi", marketing_ban=False)


def test_the_ban_outlives_the_person_and_their_removal(home):
    object_to(home, "marketing")
    erasure.erase(home, home.policy(), records_of(home, ids(home)), "all", ASKED, TODAY)
    assert ids(home) == []
    deliver(home, "inquiries", LAST, [row(on="9.11.2026")])
    refreshed(home, LAST)
    assert len(ids(home, marketing_ban=True)) == 1


@pytest.mark.parametrize("act", [lambda home: object_to(home, "situation"), restrict])
def test_restricted_is_stored_only_until_it_is_lifted(home, act):
    assert KAINO in exported(home, "before")
    done = act(home)
    assert done.contacts == len(ids(home, restricted=True)) == 2  # noqa: PLR2004
    assert KAINO not in exported(home, "meanwhile")
    deliver(home, "inquiries", LATER, [row(on="4.11.2026", phone="040 555 0199"),
                                       row(on="4.11.2026", phone="040 555 0199", company="Toinen Oy")])
    refreshed(home, LATER)
    assert len(ids(home, restricted=True, phone="+358405550101")) == 2  # noqa: PLR2004
    lifted = lift(home)
    assert (lifted.numbers, lifted.contacts) == ([done.number], 2)
    assert "puretaan 6.11.2026" in (home.outbox / lifted.letter).read_text(encoding="utf-8")
    refreshed(home, LATER)
    assert len(ids(home, restricted=False, phone="+358405550199")) == 2, "what came meanwhile is not read"  # noqa: PLR2004
    assert KAINO in exported(home, "after")
    with home.database.reading() as store:
        [line] = listed(store)
    assert (line["settled_on"], line["decided_by"]) == ("2026-11-06", "Liisa Kaski")
    assert table(home, tables.requests)["settled_by"].tolist() == ["Timo Aro"]


def test_what_waits_of_whoever_is_restricted_has_its_whole_time_when_it_is_lifted(home):
    deliver(home, "inquiries", LATER, [row(on="4.11.2026", phone="040 7"),
                                       row("Liisa Laine", "liisa@ostaja.example", on="4.11.2026", phone="040 8")])
    refreshed(home, LATER)
    policy, lifted_on = home.policy(), TODAY + timedelta(days=60)
    restrict(home)
    with home.database.reading() as store:
        assert answers.expiring(store, policy)["entries"].tolist() == [1]
        assert [one.n for one in matters.matters(desk(home), store, TODAY) if one.kind == "quarantine"] == [1]
    housekeeping.keep(home, policy, lifted_on, None)
    assert len(table(home, tables.quarantine)) == len(table(home, tables.answers)) == 1, "Liisa's alone had its time"
    objections.lift(home, policy, records_of(home, ids(home)), "Timo Aro", "kone", lifted_on)
    for days, left in ((30, 1), (31, 0)):
        housekeeping.keep(home, policy, lifted_on + timedelta(days=days), None)
        assert len(table(home, tables.quarantine)) == left


def test_a_request_is_settled_with_the_last_contact_that_it_restricts(home):
    first, second = ids(home)
    restrict(home)
    assert lift(home, [first]).numbers == []
    assert ids(home, restricted=True) == [second]
    assert lift(home, [second]).numbers == [1]


def test_erasing_settles_what_was_restricted_until_then(home):
    object_to(home, "situation")
    erasure.erase(home, home.policy(), records_of(home, ids(home)), "all", ASKED, TODAY)
    assert ids(home) == []
    assert table(home, tables.requests).sort_values("request_no")["settled_on"].fillna("").tolist() == ["2026-11-06", ""]
    assert table(home, tables.objections)["lifted_at"].notna().all()


def test_a_marketing_ban_is_no_restriction_and_nothing_lifts_it(home):
    object_to(home, "marketing")
    with pytest.raises(RefusedError, match="ei ole rajoitettu"):
        lift(home)
    restrict(home)
    lift(home)
    refreshed(home, LATER)
    assert len(ids(home, marketing_ban=True)) == 2  # noqa: PLR2004


@pytest.mark.parametrize("asked", [Request(TODAY, "x", "Joku Muu", "kone"), Request(TODAY, " ", "Liisa Kaski", "kone")])
def test_a_stranger_and_somebody_unidentified_are_refused(home, asked):
    for act in (lambda: object_to(home, "marketing", asked=asked),
                lambda: objections.restrict(home, home.policy(), records_of(home, ids(home)), asked, TODAY)):
        with pytest.raises(RefusedError):
            act()
    restrict(home)
    with pytest.raises(RefusedError):
        lift(home, by="Joku Muu")
    assert ids(home, marketing_ban=True) == [] and len(ids(home, restricted=True)) == 2  # noqa: PLR2004


def test_a_person_is_found_with_what_restricts_them(home):
    restrict(home, ids(home)[:1])
    with home.database.reading() as store:
        found = find(store, home.policy(), ids(home)[1])
    assert sorted(found.contacts["restricted"]) == [False, True]
