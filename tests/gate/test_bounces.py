"""Mail that came back, through the whole gate; and values that were removed, which their source goes on giving."""

from datetime import date

from register.intake.archive import Archive
from register.removal import parts
from register.retention import fault_evidence
from register.store import tables
from tests.builders import POLICY, counts, deliver, make_home, read, refreshed, table
from tests.conftest import prepared

FEEDS = """
[inquiries]
kind = "inquiry"
format = "csv"
[provider_x]
kind = "provider"
format = "csv"
key = ["Asiakasnro"]
[mail]
kind = "bounce"
format = "csv"
"""
RULES = POLICY + '[[retention.bounced]]\nfrom = 2026-01-01\nmonths = 0\nwhy = "at once"\n'
MATTI = {"Nimi": "Matti Meikäläinen", "Yritys": "Ostaja Oy", "Y-tunnus": "9900021-2", "Sähköposti": "matti@ostaja.example",
         "Puhelin": "040 1234567"}


@prepared
def home(path, database_url):
    home = make_home(path, FEEDS, RULES, database_url)
    deliver(home, "inquiries", "2026-11-02", [MATTI | {"Päivä": "2.11.2026"}])
    deliver(home, "provider_x", "2026-11-02", [MATTI | {"Asiakasnro": "7"}])
    refreshed(home, "2026-11-02")
    return home


def returned(home, day, *rows):
    deliver(home, "mail", day, [{"Email": email, "Bounce Type": kind, "Company": "Ostaja Oy"} for email, kind in rows])
    read(home, "mail", day)


def test_only_hard_bounces_of_addresses_that_somebody_bears_are_kept(home):
    returned(home, "2026-11-03", ("matti@ostaja.example", "hard"), ("Matti@Ostaja.example", "5.2.2 mailbox full"),
             ("muu@muualla.example", "550 5.1.1 user unknown"), ("", "hard"))
    said = counts(home, "mail", "2026-11-03")
    assert (said["read"], said["accepted"], said["withheld"]) == (4, 1, 3)
    assert said["reasons"] == {"address_unknown": 2, "bounce_soft": 1}
    [kept] = table(home, tables.observations).query("feed == 'mail'").to_dict("records")
    assert (kept["email"], kept["event_on"], kept["event_status"]) == ("matti@ostaja.example", "2026-11-03", "hard")
    assert not kept["names_person"] and not isinstance(kept["company"], str)


def removed(home, day):
    with home.database.writing("removals", day) as store:
        found = fault_evidence.judge(store, home.feeds(home.policy()), home.policy(), date.fromisoformat(day))
        going = found.assign(removal_id=[f"r{number}" for number in range(len(found))])
        parts.remove(store, Archive(home.archive), home.key, going, day)
    return found["rule"].tolist()


def test_a_removed_address_stays_out_though_its_provider_gives_it_still_and_another_is_taken(home):
    for day in ("2026-11-03", "2026-11-04"):
        returned(home, day, ("matti@ostaja.example", "hard"))
    assert removed(home, "2026-11-05") == ["bounced"]
    deliver(home, "provider_x", "2026-11-06", [MATTI | {"Asiakasnro": "7", "Puhelin": ""}])
    refreshed(home, "2026-11-06")
    assert counts(home, "provider_x", "2026-11-06")["accepted"] == 1  # it has no channel, and lost one: it lacks none
    assert table(home, tables.observations)["email"].isna().all()
    assert table(home, tables.contacts)["email"].isna().all()
    deliver(home, "provider_x", "2026-11-07", [MATTI | {"Asiakasnro": "7", "Sähköposti": "uusi@ostaja.example"}])
    refreshed(home, "2026-11-07")
    [contact] = table(home, tables.contacts).to_dict("records")
    assert (contact["email"], contact["full_name"]) == ("uusi@ostaja.example", "Matti Meikäläinen")


def test_a_removed_address_stays_out_when_its_day_is_read_again_from_the_archive(home):
    for day in ("2026-11-03", "2026-11-04"):
        returned(home, day, ("matti@ostaja.example", "hard"))
    removed(home, "2026-11-05")
    read(home, "inquiries", "2026-11-02", "backfill")
    read(home, "provider_x", "2026-11-02", "backfill")
    assert table(home, tables.observations)["email"].isna().all()
    assert len(table(home, tables.observations)) == 2


def test_who_gives_the_address_again_has_it(home):
    for day in ("2026-11-03", "2026-11-04"):
        returned(home, day, ("matti@ostaja.example", "hard"))
    removed(home, "2026-11-05")
    deliver(home, "inquiries", "2026-11-06", [MATTI | {"Päivä": "6.11.2026"}])
    refreshed(home, "2026-11-06")
    assert table(home, tables.contacts)["email"].tolist() == ["matti@ostaja.example"]
    assert removed(home, "2026-11-07") == []


def test_a_row_that_its_source_marks_as_a_private_persons_is_withheld_and_the_one_that_is_held_is_withdrawn(home):
    deliver(home, "provider_x", "2026-11-03", [MATTI | {"Asiakasnro": "7", "Yksityishenkilö": "kyllä"}])
    read(home, "provider_x", "2026-11-03")
    assert counts(home, "provider_x", "2026-11-03")["withheld"] == 1
    held = table(home, tables.observations).query("feed == 'provider_x'")
    assert held["withdrawn"].tolist() == [True]
    assert table(home, tables.decisions).empty  # what a feed says is no decision: deliveries commute
