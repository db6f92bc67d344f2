"""Whole rows: the columns every later step relies on, the day of a row, and a provider's real-looking file."""

from pathlib import Path

import pandas as pd
import pytest

from register import normalise
from register.columns import NORMALISED, SEPARATOR
from register.feeds import Feed, read_feeds
from register.reasons import REASONS

PROVIDER = Path(__file__).parents[1] / "data" / "provider_fi_utf8bom.csv"

DAY = "2026-11-24"

ROWS = [
    {
        "full_name": "Åsa Åkerberg", "company": "Mäenpään Åkerberg Rakennus Oy", "business_id": "9900001-8",
        "email": "asa.akerberg@maenpaa.example", "phone": "+35895421222", "phone_type": "fixed", "phone_2": "+358401234567",
        "phone_2_type": "mobile", "street": "Esimerkkikatu 18 B 52", "postcode": "00100", "city": "Helsinki",
        "event_on": "2026-11-03", "is_dated": True,
    },
    {
        "full_name": "Matti Juhani Meikäläinen", "company_key": "kopare", "business_id": "9900002-6",
        "email": "matti.meikalainen@kopare.example", "phone": "+358501234578", "phone_type": "mobile", "street": "PL 123",
        "postcode": "00101", "city": "Helsingfors", "event_on": "2026-11-03",
    },
    {
        "full_name": "Anna-Liisa von Virtanen", "company_key": "virtanen", "is_sole_trader": True, "business_id": "9900003-4",
        "email": "anna.virtanen@luukku.com", "phone": "+358401234571", "postcode": "00100", "city": "Vaasa",
        "event_on": None, "is_dated": False,
    },
    {
        "full_name": None, "full_name_code": None, "company_key": "asoy kotikadun", "business_id": "9900004-2",
        "email": "isannointi@koti.example", "email_is_role": True, "email_2": "laskut@koti.example", "email_2_is_role": True,
        "phone": "+358401234577", "phone_2": "+3589123456", "phone_code": "phone_damaged", "street": "Kotikatu 1",
        "postcode": "33100", "city": "Tampere", "country": "FI", "event_on": "2026-11-03",
    },
]


def _feed(tmp_path: Path, kind: str = "provider") -> Feed:
    (tmp_path / "feeds.toml").write_text(f'[feed]\nkind = "{kind}"\nformat = "csv"\n', encoding="utf-8")
    return read_feeds(tmp_path / "feeds.toml", None).named("feed")


def _provider() -> pd.DataFrame:
    """The file's rows as a reader gives them, beginning with record 2."""
    delivered = pd.read_csv(PROVIDER, sep=";", dtype="str", keep_default_na=False, encoding="utf-8-sig")
    phones = [SEPARATOR.join(filter(None, pair)) for pair in zip(delivered["Puhelin"], delivered["Matkapuhelin"], strict=True)]
    columns = {"Yritys": "company", "Y-tunnus": "business_id", "Yhteyshenkilö": "full_name", "Sähköposti": "email",
               "Katuosoite": "street", "Postinumero": "postcode", "Postitoimipaikka": "city", "Päivitetty": "event_on"}
    rows = delivered[list(columns)].rename(columns=columns).assign(phone=phones)
    return rows.set_axis(rows.index + 2)


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_every_row_of_a_providers_file_is_read(number: int, tmp_path: Path) -> None:
    row = normalise.rows(_provider(), _feed(tmp_path), DAY).loc[number + 2]
    assert {column: None if pd.isna(row[column]) else row[column] for column in ROWS[number]} == ROWS[number]


@pytest.mark.parametrize("size", [0, 4])
def test_columns_kinds_and_index_are_the_same_for_every_delivery(size: int, tmp_path: Path) -> None:
    delivered = _provider().head(size).set_axis(["a", "a", "b", "c"][:size])
    rows = normalise.rows(delivered, _feed(tmp_path), DAY)
    expected = NORMALISED | {"is_dated": "bool"} | dict.fromkeys(normalise.CODES, "str")
    assert {column: str(kind) for column, kind in rows.dtypes.items()} == expected
    assert rows.index.tolist() == delivered.index.tolist()


def test_a_delivery_of_one_column_gives_all(tmp_path: Path) -> None:
    rows = normalise.rows(pd.DataFrame({"email": ["info@kopare.example", None]}), _feed(tmp_path), DAY)
    assert rows["email_is_role"].tolist() == [True, False]
    assert rows["marketing_ban"].tolist() == [False, False]
    assert rows["full_name"].isna().all()


def test_the_code_columns_are_those_of_the_values_that_have_reasons() -> None:
    with_reasons = {f"{reason.column}_code" for reason in REASONS.values() if reason.scope == "value"}
    assert with_reasons <= set(normalise.CODES)


DAYS = [
    # kind, delivered, day, is dated, code
    ("inquiry", "3.11.2026", "2026-11-03", True, None),
    ("inquiry", None, DAY, False, None),
    ("inquiry", "eilen", DAY, False, "event_on_unreadable"),
    ("invoice", "3.11.2026", "2026-11-03", True, None),
    ("invoice", None, None, False, None),
    ("invoice", "eilen", None, False, "event_on_unreadable"),
]


@pytest.mark.parametrize(("kind", "delivered", "day", "is_dated", "code"), DAYS)
def test_a_row_without_a_day_takes_the_deliverys_but_no_invoice_does(
    kind: str, delivered: str | None, day: str | None, is_dated: bool, code: str | None, tmp_path: Path
) -> None:
    row = normalise.rows(pd.DataFrame({"event_on": [delivered]}, dtype="str"), _feed(tmp_path, kind), DAY).iloc[0]
    read = tuple(None if pd.isna(row[column]) else row[column] for column in ("event_on", "is_dated", "event_on_code"))
    assert read == (day, is_dated, code)
