"""An older copy of the database is put back: it is noticed, and reapply does again what the ledger says."""

import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import make_url

from register.contacts import decisions
from register.errors import RefusedError
from register.home import Home
from register.removal import erasure, objections, safeguards, sweep
from register.removal.ledger import Ledger
from register.removal.reapplying import Reapplied, reapply
from register.retention import holds, judging
from register.retention.decided import Signed
from register.store import tables
from register.texts import Texts
from tests.builders import FEEDS, POLICY, deliver, desk, make_home, read, records_of, refreshed, table
from tests.conftest import _clone, prepared
from tests.removal.asking import ASKED, row

DAY, LATER, LAST = "2026-11-02", "2026-11-05", "2026-11-10"
TODAY = date(2026, 11, 6)
BY = Signed("Liisa Kaski", "kone", TODAY)
OF_EVIDENCE = FEEDS.replace('format = "csv"\n', 'format = "csv"\nhistory_from = 2010-01-01\nlate_after_days = 200\n')
SWEEPING = POLICY + """
[[retention.after_last_contact]]
from = 2026-01-01
months = 24
why = "a quotation may be taken up late"
[[retention.after_last_confirmed]]
from = 2026-01-01
months = 12
why = "a year unconfirmed"
[sweep]
mode = "on"
notice_days = 0
max_share = 0.9
"""
NAMES = ("Kaino Kanarialintu", "Matti Vanha", "Bella Kielto", "Sanna Syy", "Risto Rajattu", "Heikki Esto", "Hilma Vapaa",
         "Lauri Vapaa", "Dora Nimi")


def person(number, name, **more):
    first = name.split()[0].lower()
    on = "1.11.2024" if name == "Matti Vanha" else "1.11.2026"
    return row(name, f"{first}@ostaja.example", phone=f"040 555 01{number:02}", on=on, **more)


@dataclass
class Copied:
    """The home, and what puts the copy of its database and archive back: gives the home of then."""

    home: Home
    put_back: Callable[[], Home]


def copy_of(home, folder, server):
    """As an operator copies it: the database and the archive together, never the ledger."""
    home.database.engine.dispose()
    shutil.copytree(home.archive, folder / "archive")
    if server is None:
        shutil.copy(home.path / "register.db", folder / "register.db")
    else:
        old = _clone(server, f"old_{uuid.uuid4().hex}", str(make_url(home.database_url).database))

    def put_back():
        home.database.engine.dispose()
        shutil.rmtree(home.archive)
        shutil.copytree(folder / "archive", home.archive)
        if server is not None:
            return Home(home.path, old)
        for path in home.path.glob("register.db-*"):
            path.unlink()
        shutil.copy(folder / "register.db", home.path / "register.db")
        return Home(home.path, home.database_url)

    return put_back


@prepared
def home(path, database_url):
    """Everybody is in the register; Hilma is held and Lauri restricted."""
    home = make_home(path, OF_EVIDENCE, SWEEPING, database_url)
    everybody = [person(number, name) for number, name in enumerate(NAMES)]
    deliver(home, "inquiries", DAY, [*everybody, person(0, NAMES[0], company="Toinen Oy")])
    deliver(home, "assignments", DAY, [person(50, "Aino Avoin", company="Muu Oy") | {"Tila": "avoin"}])
    deliver(home, "provider_x", DAY, [person(0, NAMES[0], Asiakasnro="7")])
    refreshed(home, DAY)
    judged(home)
    held(home, "Hilma Vapaa")
    objections.restrict(home, home.policy(), records_of(home, ids(home, "Lauri Vapaa")), ASKED, TODAY)
    return home


@pytest.fixture
def copied(home, tmp_path, request):
    (tmp_path / "copy").mkdir()
    return Copied(home, copy_of(home, tmp_path / "copy", server_of(home, request)))


def server_of(home, request):
    return request.getfixturevalue("postgres_server") if home.database_url else None


def ids(home, name):
    found = table(home, tables.contacts)
    return found.loc[found["full_name"] == name, "contact_id"].tolist()


def judged(home):
    at = desk(home)
    with home.database.writing("verdicts", TODAY.isoformat()) as store:
        judging.update(store, at.policy, at.feeds, TODAY)


def held(home, name):
    with home.database.writing("hold", TODAY.isoformat()) as store:
        return holds.add(store, home.policy(), ids(home, name)[0], "riita", "Liisa Kaski", date(2027, 5, 1), BY)


def swept(home):
    at = desk(home)
    return sweep.apply(home, at.policy, at.feeds, TODAY, None).removed


def live_on(home):
    """What happens after the copy: somebody comes and is erased, and every kind of promise is made."""
    policy = home.policy()
    deliver(home, "inquiries", LATER, [person(51, "Uusi Poistettu"), person(2, "Bella Kielto", company="Kolmas Oy")])
    refreshed(home, LATER)
    judged(home)
    assert swept(home) == 1
    for name in ("Kaino Kanarialintu", "Uusi Poistettu"):
        erasure.erase(home, policy, records_of(home, ids(home, name)), "all", ASKED, TODAY)
    erasure.erase(home, policy, records_of(home, ids(home, "Dora Nimi")), "details", ASKED, TODAY)
    objections.object_to(home, policy, records_of(home, ids(home, "Bella Kielto")[:1]), "marketing", ASKED, TODAY)
    objections.object_to(home, policy, records_of(home, ids(home, "Sanna Syy")), "situation", ASKED, TODAY)
    objections.restrict(home, policy, records_of(home, ids(home, "Risto Rajattu")), ASKED, TODAY)
    held(home, "Heikki Esto")
    with home.database.reading() as store:
        [hilma] = [one["decision_id"] for one in holds.listed(store) if one["contact_ids"] == ids(home, "Hilma Vapaa")]
    with home.database.writing("lift hold", TODAY.isoformat()) as store:
        holds.lift(store, policy, hilma, "Timo Aro", "kone")
    objections.lift(home, policy, records_of(home, ids(home, "Lauri Vapaa")), "Timo Aro", "kone", TODAY)


def said_of(home):
    """Of each contact that was in the copy, what stands of bans, restrictions, holds and contact details."""
    with home.database.reading() as store:
        on_hold = {contact for one in holds.listed(store) for contact in one["contact_ids"]}
    found = table(home, tables.contacts)
    told = zip(found["full_name"], found["marketing_ban"], found["restricted"], found["contact_id"].isin(on_hold),
               found["email"].notna() | found["phone"].notna(), strict=True)
    return sorted({(name, *map(bool, stands)) for name, *stands in told if name in NAMES})


def ledger_check(home):
    found = safeguards.judge(home, home.policy(), home.feeds(home.policy()), date(2026, 11, 6), Texts("en"))
    return next(check for check in found if check.name == "ledger")


def test_nobody_is_back_and_bans_restrictions_and_holds_stand(copied):
    live_on(copied.home)
    before = said_of(copied.home)
    assert before == [
        ("Bella Kielto", True, False, False, True), ("Dora Nimi", False, False, False, False),
        ("Heikki Esto", False, False, True, True), ("Hilma Vapaa", False, False, False, True),
        ("Lauri Vapaa", False, False, False, True), ("Risto Rajattu", False, True, False, True),
        ("Sanna Syy", False, True, False, True)]  # banned, restricted, held, reachable
    assert ledger_check(copied.home).passed
    old = copied.put_back()
    assert len(ids(old, "Kaino Kanarialintu")) == 2 and ids(old, "Matti Vanha")  # noqa: PLR2004
    assert "register reapply" in ledger_check(old).sentence
    done = reapply(old, old.policy(), BY)
    assert (done.removed, done.dropped, done.holds) == (4, 0, 1)  # two of Kaino, Matti, and Uusi whom the copy does not know
    assert said_of(old) == before and ledger_check(old).passed
    for hashed in (tables.suppressed_people, tables.banned_people):
        assert table(old, hashed).sort_values("person_hash").values.tolist() == table_of(copied, hashed)
    assert_nobody_comes_back(old)
    assert said_of(old) == before


def test_what_the_ledger_may_not_hold_is_named_and_entered_again(copied):
    live_on(copied.home)
    old, asked = copied.put_back(), len(table(copied.home, tables.requests))
    assert reapply(old, old.policy(), BY).holds == 1
    assert asked > 0 and table(old, tables.requests)["request_no"].isin(table(copied.home, tables.requests)["request_no"]).all()
    with old.database.reading() as store:
        [bare] = holds.with_reason(store, Texts("fi").say("hold.reapplied"))
    held(old, "Heikki Esto")
    with old.database.writing("lift hold", TODAY.isoformat()) as store:
        holds.lift(store, old.policy(), bare["decision_id"], "Liisa Kaski", "kone")
    assert reapply(old, old.policy(), BY) == Reapplied()
    noted = objections.restrict(old, old.policy(), records_of(old, ids(old, "Risto Rajattu")), ASKED, TODAY)
    assert said_of(old) == said_of(copied.home), "as before, with the line"
    lifted = objections.lift(old, old.policy(), records_of(old, ids(old, "Risto Rajattu")), "Timo Aro", "kone", TODAY)
    assert (lifted.numbers, lifted.contacts) == ([noted.number], 1)


def table_of(copied, of):
    """What the promises of all lines say a table of hashes holds."""
    lines = [line for entry in Ledger(copied.home.ledger).entries() for line in entry.promises.rows.get(of.name, [])]
    return sorted(([line[column.name] for column in of.c] for line in lines), key=lambda values: values[0])


def assert_nobody_comes_back(home):
    """Old days are read again, from the archive and delivered anew, also by a provider."""
    read(home, "inquiries", DAY, mode="backfill")
    deliver(home, "inquiries", DAY, [person(number, name) for number, name in enumerate(NAMES)])
    deliver(home, "inquiries", LATER, [person(51, "Uusi Poistettu"), person(2, "Bella Kielto", company="Kolmas Oy")])
    deliver(home, "provider_x", LAST, [person(0, NAMES[0], Asiakasnro="7")])
    read(home, "inquiries", [DAY, LATER], mode="backfill")
    refreshed(home, LAST)
    names = set(table(home, tables.contacts)["full_name"])
    assert not names & {"Kaino Kanarialintu", "Matti Vanha", "Uusi Poistettu"} and "Bella Kielto" in names
    assert table(home, tables.contacts).query("full_name == 'Bella Kielto'")["marketing_ban"].all()


def test_a_second_reapply_changes_nothing_and_one_on_a_living_database_neither(copied):
    live_on(copied.home)
    everything = contents(copied.home)
    assert reapply(copied.home, copied.home.policy(), BY) == Reapplied() and contents(copied.home) == everything
    old = copied.put_back()
    reapply(old, old.policy(), BY)
    everything, lines = contents(old), Ledger(old.ledger).path.read_bytes()
    assert reapply(old, old.policy(), BY) == Reapplied(holds=1)
    assert (contents(old), Ledger(old.ledger).path.read_bytes()) == (everything, lines)


def test_what_was_never_true_before_the_erasure_goes_by_whose_it_is(copied):
    """The copy holds a row that its day delivered again lacked: no line names its record."""
    home = copied.home
    deliver(home, "inquiries", DAY, [person(number, name) for number, name in enumerate(NAMES)])
    read(home, "inquiries", DAY, mode="backfill")
    refreshed(home, LATER)
    erasure.erase(home, home.policy(), records_of(home, ids(home, "Kaino Kanarialintu")), "all", ASKED, TODAY)
    old = copied.put_back()
    assert len(ids(old, "Kaino Kanarialintu")) == 2  # noqa: PLR2004
    reapply(old, old.policy(), BY)
    assert ids(old, "Kaino Kanarialintu") == []
    assert not table(old, tables.observations)["full_name"].eq("Kaino Kanarialintu").any()


def test_whom_the_copy_still_merges_with_the_removed_stays(copied, tmp_path, request):
    home = copied.home
    with home.database.writing("merge", DAY) as store:
        pair = (ids(home, "Heikki Esto")[0], ids(home, "Matti Vanha")[0])
        number = decisions.merge(store, home.policy(), pair, "Timo Aro", "kone", is_elsewhere=False)
    refreshed(home, DAY)
    assert len(ids(home, "Heikki Esto") + ids(home, "Matti Vanha")) == 1
    (tmp_path / "merged").mkdir()
    put_back = copy_of(home, tmp_path / "merged", server_of(home, request))
    with home.database.writing("undo", DAY) as store:
        decisions.undo(store, home.policy(), number, "Timo Aro", "kone")
    refreshed(home, DAY)
    judged(home)
    assert swept(home) == 1 and len(ids(home, "Heikki Esto")) == 1
    old = put_back()
    assert reapply(old, old.policy(), BY).removed == 1
    refreshed(old, LATER)
    assert ids(old, "Heikki Esto") and not ids(old, "Matti Vanha")
    for of, column in ((tables.observations, "email"), (tables.contacts, "email"), (tables.contacts, "email_2")):
        assert not table(old, of)[column].eq("matti@ostaja.example").any()


def contents(home):
    return {of.name: sorted(map(str, table(home, of).to_dict("records"))) for of in tables.metadata.sorted_tables}


def test_a_copy_that_was_worked_on_is_still_known_to_be_behind(copied):
    live_on(copied.home)
    before = said_of(copied.home)
    old = copied.put_back()
    refreshed(old, LATER)
    objections.object_to(old, old.policy(), records_of(old, ids(old, "Bella Kielto")), "marketing", ASKED, TODAY)
    assert swept(old) == 1  # Matti once more, by its own rules
    assert not ledger_check(old).passed
    reapply(old, old.policy(), BY)
    assert said_of(old) == before and ledger_check(old).passed


def half_done(home, name):
    """An erasure of which the ledger says only that it was intended."""
    ledger = Ledger(home.ledger)
    erasure.erase(home, home.policy(), records_of(home, ids(home, name)), "all", ASKED, TODAY)
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    [at] = [number for number, line in enumerate(lines) if b'"rules": {"erased"' in line]
    ledger.path.write_bytes(b"".join(lines[:at + 1]))


@pytest.mark.parametrize("is_held", [False, True])
def test_an_erasure_that_may_not_have_happened_is_judged_again(copied, is_held):
    half_done(copied.home, "Risto Rajattu")
    old = copied.put_back()
    assert ledger_check(old).passed, "nothing that was done is missing"
    if is_held:
        held(old, "Risto Rajattu")
    done = reapply(old, old.policy(), BY)
    assert (bool(ids(old, "Risto Rajattu")), done.dropped) == (is_held, int(is_held))
    assert [entry.what for entry in Ledger(old.ledger).entries()][-1] == ("abandoned" if is_held else "done")
    assert ledger_check(old).passed and reapply(old, old.policy(), BY) == Reapplied()


def test_a_sweep_that_may_not_have_happened_is_left_to_the_next(copied):
    assert swept(copied.home) == 1
    ledger = Ledger(copied.home.ledger)
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[:-1]))
    old = copied.put_back()
    assert reapply(old, old.policy(), BY).dropped == 1
    assert ids(old, "Matti Vanha") and swept(old) == 1


def test_a_tampered_ledger_and_a_stranger_reapply_nothing(copied):
    live_on(copied.home)
    old = copied.put_back()
    with pytest.raises(RefusedError):
        reapply(old, old.policy(), Signed("Joku Muu", "kone", TODAY))
    ledger = Ledger(old.ledger)
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join([*lines[:-3], *lines[-2:]]))
    with pytest.raises(RefusedError, match="register ledger verify"):
        reapply(old, old.policy(), BY)
    assert "register ledger verify" in ledger_check(old).sentence and ids(old, "Matti Vanha")
