"""A file tried: what would come of it is told, no value unless asked for, and nothing anywhere is changed."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import func, select

from expectations.runner import judge
from register.errors import UnreadableDelivery
from register.feeds import Feed
from register.home import Home
from register.intake.ingest import Desk
from register.intake.trial import LIMIT, Trial, try_file
from register.intake.trial_columns import Column
from register.store import tables
from register.store.database import sqlite_url
from tests.rows import FEEDS, POLICY, engagement, feed, put

DATA = Path(__file__).parents[1] / "data" / "sources"
SAMPLES = Path(__file__).parents[2] / "samples" / "inbox"
DAY = "2026-11-24"
PROVIDER = replace(feed("provider_x", "provider"), key=("Kontaktinro",))

INQUIRIES = """Yhteyshenkilö;Yritys;Y-tunnus;Sähköposti;Puhelin;Saapunut;Matti Meikäläinen
Åkerberg, Åsa;Köpare Oy;99000018;ASA.AKERBERG@kopare.example;040-123 4567;3.11.2026;x
Virtanen Matti;Varuboden Ab;9900002-9;matti@varuboden.example;4.05551E+08;4.11.2026;y
Kalle Kukaan;;;kalle@luukku.com;;5.11.2026;
010190-123A;Köpare Oy;9900001-8;eila@kopare.example;;6.11.2026;
"""


@pytest.fixture
def desk(sqlite_template: Path, tmp_path: Path) -> Iterator[Desk]:
    shutil.copy(sqlite_template, tmp_path / "register.db")
    home = Home(tmp_path / "home", sqlite_url(tmp_path / "register.db"))
    home.prepare()
    put(home.database, engagement("known", company="Oy Köpare Ab", business_id="9900002-6"), table=tables.engagements)
    yield Desk(home, POLICY, FEEDS, judge)
    home.database.engine.dispose()


def written(tmp_path: Path, text: str, name: str = "uusi lähde.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def tried(desk: Desk, of: Feed, path: Path, *, is_shown: bool = False) -> Trial:
    return try_file(desk, of, path, DAY, is_shown=is_shown)


def columns(trial: Trial) -> dict[str, Column]:
    return {column.label: column for column in trial.columns}


def inquiries(desk: Desk, tmp_path: Path, **said: Any) -> Trial:
    of = replace(feed("web", "inquiry"), columns={"event_on": "Saapunut"})
    return tried(desk, of, written(tmp_path, INQUIRIES), **said)


def test_each_column_goes_where_its_header_says(desk: Desk) -> None:
    found = columns(tried(desk, PROVIDER, SAMPLES / "provider_x/2026-11-20/yhteyshenkilot.csv"))
    assert (found["email"].headers, found["email"].fate) == (("Sähköposti",), "kept")
    assert found["phone"].headers == ("Matkapuhelin", "Puhelin")
    assert (found["key.1"].headers, found["key.1"].fate) == (("Kontaktinro",), "key")
    assert (found["unlisted.job_title"].headers, found["unlisted.job_title"].fate) == (("Tehtävänimike",), "dropped")
    assert "unlisted.record_number" not in found


def test_a_header_that_nobody_knows_is_told_by_its_place(desk: Desk, tmp_path: Path) -> None:
    unknown = columns(inquiries(desk, tmp_path, is_shown=True))["column 7"]
    assert (unknown.headers, unknown.fate, unknown.filled, unknown.before) == ((), "dropped", 2, None)
    assert columns(inquiries(desk, tmp_path))["event_on"].headers == ("Saapunut",)


def test_what_the_policy_does_not_list_is_told(desk: Desk, tmp_path: Path) -> None:
    fields = POLICY.fields.model_copy(update={"keep": ("full_name", "company", "email")})
    narrow = replace(desk, policy=POLICY.model_copy(update={"fields": fields}))
    found = columns(inquiries(narrow, tmp_path))
    assert (found["phone"].fate, found["email"].fate) == ("not_listed", "kept")


def test_examples_are_masked_unless_they_are_to_be_shown(desk: Desk, tmp_path: Path) -> None:
    hidden, shown = (columns(inquiries(desk, tmp_path, is_shown=is_shown)) for is_shown in (False, True))
    assert (hidden["full_name"].before, hidden["full_name"].after) == ("Xxxxxxxx, Xxx", "Xxx Xxxxxxxx")
    assert (hidden["phone"].before, hidden["phone"].after) == ("999-999 9999", "+999999999999")
    assert (shown["full_name"].before, shown["full_name"].after) == ("Åkerberg, Åsa", "Åsa Åkerberg")
    assert (shown["business_id"].before, shown["business_id"].after) == ("99000018", "9900001-8")
    assert "010190" not in repr(shown)
    assert not any(value in repr(hidden) for value in ("kerberg", "Virtanen", "kopare", "Meik", "9900001"))


def test_unreadable_values_and_the_fate_of_rows(desk: Desk, tmp_path: Path) -> None:
    trial = inquiries(desk, tmp_path)
    found = columns(trial)
    assert found["phone"].unreadable == {"phone_damaged": 1}
    assert found["business_id"].unreadable == {"business_id_invalid": 1}
    assert (trial.rows, trial.accepted, trial.quarantined, trial.withheld) == (4, 3, 1, 0)
    assert trial.reasons == {
        "business_id_invalid": 1, "company_missing": 1, "identity_number": 1, "name_missing": 1, "phone_damaged": 1}


def test_rows_are_judged_by_what_the_register_knows(desk: Desk) -> None:
    trial = tried(desk, PROVIDER, DATA / "provider_fi_utf8bom.csv")
    assert (trial.accepted, trial.reasons["organisation_unknown"]) == (1, trial.withheld)
    assert trial.rows == trial.accepted + trial.quarantined + trial.withheld


MISSING = {
    "an inquiry list without a day": ("inquiry", "Nimi;Yritys;Sähköposti\nÅsa Åkerberg;Köpare Oy;a@kopare.example\n",
                                      ["event_on", "history_from"]),
    "invoices without a date and number": ("invoice", "Asiakas;Y-tunnus;Nimi;Puhelin\nKöpare Oy;9900001-8;Å Å;0401234567\n",
                                           ["invoice_date", "invoice_number", "history_from"]),
    "people without a company": ("provider", "Etunimi;Sukunimi;Sähköposti\nÅsa;Åkerberg;a@kopare.example\n",
                                 ["company", "no_key"]),
    "companies without people": ("assignment", "Yritys;Y-tunnus;Sähköposti\nKöpare Oy;9900001-8;\n",
                                 ["name", "channel", "event_on", "event_status", "history_from"]),
}


@pytest.mark.parametrize(("kind", "text", "missing"), MISSING.values(), ids=MISSING.keys())
def test_what_a_useful_feed_would_have_is_named(desk: Desk, tmp_path: Path, kind: Any, text: str, missing: list[str]) -> None:
    assert tried(desk, feed("new", kind), written(tmp_path, text)).missing == missing


def test_a_key_column_that_is_not_there_is_named(desk: Desk) -> None:
    other = replace(PROVIDER, key=("Asiakasnumero",))
    assert tried(desk, other, DATA / "provider_fi_utf8bom.csv").missing == ["key_not_found"]


def test_a_spreadsheet_and_a_form_name_their_headers_too(desk: Desk) -> None:
    form = replace(feed("web", "inquiry"), format="webform")
    assert columns(tried(desk, form, DATA / "cf7_post.json"))["email"].headers == ("your-email",)
    path = SAMPLES / "assignments/2026-11-05/toimeksiannot.xlsx"
    works = replace(feed("works", "assignment"), format="xlsx", sheet="Toimeksiannot", columns={"event_status": "Tila"})
    found = columns(tried(desk, works, path))["event_status"]
    assert (found.headers, found.after in ("open", "closed")) == (("Tila",), True)


def test_a_registrys_bulk_is_looked_up(desk: Desk) -> None:
    registry = replace(feed("ytj", "registry"), format="prh_bulk")
    trial = tried(desk, registry, DATA / "prh_v3_all_companies.zip")
    assert (trial.accepted, trial.withheld) == (0, trial.rows)
    assert columns(trial)["legal_form"].fate == "looked_up"
    put(desk.home.database, engagement("a", business_id="9900001-8"), table=tables.engagements)
    assert tried(desk, registry, DATA / "prh_v3_all_companies.zip").accepted == 1


def test_the_first_rows_are_enough(desk: Desk, tmp_path: Path) -> None:
    row = "Åsa Åkerberg;Köpare Oy;a@kopare.example\n"
    whole = tried(desk, feed("web", "inquiry"), written(tmp_path, "Nimi;Yritys;Sähköposti\n" + row * LIMIT))
    more = tried(desk, feed("web", "inquiry"), written(tmp_path, "Nimi;Yritys;Sähköposti\n" + row * (LIMIT + 1)))
    assert (whole.rows, whole.is_all, more.rows, more.is_all) == (LIMIT, True, LIMIT, False)
    assert more.accepted == LIMIT


def test_nothing_is_written_anywhere(desk: Desk, tmp_path: Path) -> None:
    def state() -> tuple[dict[str, int], list[Path]]:
        with desk.home.database.reading() as store:
            counts = {name: store.scalar(select(func.count()).select_from(of)) for name, of in tables.metadata.tables.items()}
        return counts, sorted(desk.home.path.rglob("*"))

    path = written(tmp_path, INQUIRIES)
    before = state()
    tried(desk, feed("web", "inquiry"), path, is_shown=True)
    assert state() == before
    assert path.read_text(encoding="utf-8") == INQUIRIES


def test_an_unreadable_file_says_why(desk: Desk, tmp_path: Path) -> None:
    for text, code in (("", "empty_file"), ("Åsa;040 123 4567;a@kopare.example\n", "no_header_row")):
        with pytest.raises(UnreadableDelivery) as refused:
            tried(desk, PROVIDER, written(tmp_path, text))
        assert refused.value.code == code
    with pytest.raises(UnreadableDelivery):
        tried(desk, PROVIDER, tmp_path / "missing.csv")


def test_examples_prefer_what_was_changed() -> None:
    from register.intake.trial_columns import _example

    rows = pd.DataFrame({"city": [None, "Turku", "HELSINKI"]}, dtype="str")
    assert _example("city", rows, pd.DataFrame({"city": [None, "Turku", "Helsinki"]}, dtype="str")) == ("HELSINKI", "Helsinki")
