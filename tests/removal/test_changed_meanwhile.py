"""Between looking and doing something happens: contacts are merged, rows come, decisions are taken, another removal runs."""

from functools import partial

import pytest

from register.contacts import contacts, decisions, organisations
from register.errors import RefusedError
from register.removal import carrying_out, erasure, objections, requests, ties
from register.removal.ledger import Ledger
from register.store import tables
from register.store.checkpoint import purge
from tests.builders import desk, records_of, table
from tests.removal.asking import ASKED, DAY, KAINO, TODAY, ids


def computed(home):
    at = desk(home)
    with home.database.writing("organisations", DAY) as store:
        organisations.update(store, at.policy, at.feeds, None, DAY)
    with home.database.writing("contacts", DAY) as store:
        contacts.update(store, at.policy, at.feeds, home.key, DAY)


def joined(home, *pair):
    """The steward says meanwhile that the two are one."""
    with home.database.writing("merge", DAY) as store:
        decisions.merge(store, home.policy(), pair, "Liisa Kaski", "kone")
    computed(home)


@pytest.fixture
def shown(home):
    """What somebody was shown of Kaino at Ostaja Oy, who is merged with Liisa of the same firm before they go on."""
    [liisa] = ids(home, "Liisa Laine")
    with home.database.reading() as store:
        person = requests.find(store, home.policy(), ids(home)[0])
        found = ties.groups(store, person.ids)
    firm = table(home, tables.contacts).set_index("contact_id")["organisation_id"]
    [colleague] = [one for one in ids(home) if firm[one] == firm[liisa]]
    joined(home, liisa, colleague)
    return person, found


@pytest.mark.parametrize("decision", ["all", "details", "restrict"])
def test_who_was_merged_since_they_were_shown_is_not_erased_with_somebody_else(home, shown, decision):
    _, found = shown
    before = table(home, tables.observations)
    with pytest.raises(RefusedError, match="hae uudelleen"):
        erasure.erase(home, home.policy(), [key for group in found for key in group.records], decision, ASKED, TODAY)
    assert table(home, tables.observations).equals(before) and table(home, tables.requests).empty
    assert not list(home.outbox.glob("answer-*"))


def test_nothing_is_split_off_of_what_is_no_longer_as_it_was_shown(home, shown):
    _, found = shown
    at = desk(home)
    with pytest.raises(RefusedError, match="hae uudelleen"):
        ties.split_off(home, at.policy, at.feeds, [*found, _unsure(found[0])], {0}, "Liisa Kaski", "kone", TODAY)
    assert len(table(home, tables.decisions)) == 1


def _unsure(group):
    return ties.Group(group.contact_id, "", "", "", "", (), group.records, is_sure=False)


@pytest.mark.parametrize("act", [
    partial(objections.object_to, to="marketing"), partial(objections.object_to, to="situation"), objections.restrict])
def test_an_objection_follows_the_records_to_whom_they_are_merged(home, shown, act):
    person, _ = shown
    act(home, home.policy(), person.records_of(person.ids), asked=ASKED, day=TODAY)
    held = table(home, tables.contacts)
    assert (held["restricted"] | held["marketing_ban"]).all() and len(held) == 2  # noqa: PLR2004 - merged, and elsewhere


def test_a_record_that_nobody_bears_any_more_is_refused_and_writes_no_letter(home):
    for act in (partial(objections.object_to, to="marketing"), objections.restrict, partial(erasure.erase, decision="all")):
        with pytest.raises(RefusedError, match="hae uudelleen"):
            act(home, home.policy(), ["gone"], asked=ASKED, day=TODAY)
    assert table(home, tables.requests).empty and not list(home.outbox.glob("answer-*"))


def test_a_removal_that_is_kept_while_another_cleans_up_is_closed_by_its_own_clean_up(home):
    """Else its bytes lay where the first had emptied already, and nobody came back for them."""
    liisa, told, cleaned = ids(home, "Liisa Laine"), Ledger(home.ledger), []

    def emptied(database):
        done = purge(database)
        if not cleaned:
            cleaned.append("first")
            with pytest.MonkeyPatch.context() as patch:  # dies before its clean-up
                patch.setattr(erasure, "finish", lambda *_, **__: True)
                erasure.erase(home, home.policy(), records_of(home, liisa), "all", ASKED, TODAY)
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(erasure, "finish", lambda *_, **__: True)
        erasure.erase(home, home.policy(), records_of(home, ids(home)), "all", ASKED, TODAY)
    carrying_out.finish(home, TODAY, None, emptied)
    [left] = told.unfinished()
    carrying_out.finish(home, TODAY, None, lambda database: cleaned.append("second") or purge(database))
    assert cleaned == ["first", "second"] and not told.unfinished()
    assert left.promises.contacts == liisa and KAINO not in table(home, tables.contacts)["full_name"].tolist()


def test_an_answer_that_leaves_a_sure_line_out_is_asked_again(home):
    """Whoever is told that everything is gone must not stay at another firm."""
    from register.requests import choosing
    from register.texts import Texts

    with home.database.reading() as store:
        found = table(home, tables.contacts)
        lines = choosing.lines(store, home.policy(), 2, "erase", {"day": ""}, found[found["contact_id"].isin(ids(home)[:1])])
    rows = [{"row": 2, "facts": {}, "contact_id": one["keys"][3], "records": one["keys"][4:]} for one in lines]
    assert len(rows) == 2  # noqa: PLR2004 - at both firms
    again, left = choosing.unanswered(desk(home), [(rows[0], "all")], Texts("fi"))
    assert (left, sorted(one["decision"] for one in again)) == (1, ["", "all"])
    assert choosing.unanswered(desk(home), [(rows[0], "all"), (rows[1], "no")], Texts("fi")) == ([], 0)
