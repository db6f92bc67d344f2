"""Two hundred made-up people whose values no other text holds, and what each feed delivers of them in each format.

They are searched for by `canary_search.py`.
"""

import html
import json
import zipfile
from dataclasses import dataclass

import pandas as pd
from stdnum.fi import ytunnus

from register.home import Home
from tests.builders import as_csv
from tests.intake.test_lookup import company

SYLLABLES = ("ba", "ce", "di", "fo", "gu", "hä", "jö", "ky", "lu", "me")
FIRST = ("Kaino", "Aamu", "Eerik", "Helmi", "Ilmo")
"""By a person's place in their firm, so that no two colleagues are alike."""

FATES = ("erased", "expired", "erased", "living")
PEOPLE, AT_A_FIRM = 200, 5
IDS = [found for found in (f"{n // 10}-{n % 10}" for n in range(99_200_000, 99_210_000)) if ytunnus.is_valid(found)]

FEEDS = """
[list]
kind = "inquiry"
format = "csv"
[list_utf16]
kind = "inquiry"
format = "csv"
[sheet]
kind = "inquiry"
format = "xlsx"
[web]
kind = "inquiry"
format = "webform"
[quotes]
kind = "quotation_request"
format = "webform"
columns = { first_name = "1.3", last_name = "1.6", email = "2", phone = "3", company = "4", business_id = "5" }
[quotes_cp1252]
kind = "quotation_request"
format = "csv"
[works]
kind = "assignment"
format = "xlsx"
[works_list]
kind = "assignment"
format = "csv"
[invoices]
kind = "invoice"
format = "finvoice"
[bills]
kind = "invoice"
format = "csv"
[provider_x]
kind = "provider"
format = "csv"
key = ["Asiakasnro"]
[provider_y]
kind = "provider"
format = "xlsx"
gives = "changes"
key = ["Asiakasnro"]
[ytj]
kind = "registry"
format = "prh_bulk"
[bounces]
kind = "bounce"
format = "csv"
""".replace("\nkind", "\nhistory_from = 2010-01-01\nlate_after_days = 90\nkind")

POLICY = """
[controller]
name = "Myyjä Esimerkki Oy"
own_business_ids = ["9900011-4"]
[people]
steward = "Liisa Kaski"
approvers = ["Liisa Kaski", "Timo Aro"]
[admission]
third_party_may = "add_anyone"
max_shrink = 1.0
[matching]
review_per_day = 100
[[retention.after_invoicing]]
from = 2019-01-22
calendar_years = 10
invoice_reach_months = 1
source = "notice, section 7"
[[retention.after_last_contact]]
from = 2026-01-01
months = 24
why = "a quotation may be taken up in the second year"
[[retention.after_last_confirmed]]
from = 2026-01-01
months = 1
why = "a test"
[[retention.bounced]]
from = 2026-01-01
months = 0
why = "a test"
[[retention.withdrawn]]
from = 2026-01-01
months = 1
why = "a test"
[sweep]
mode = "on"
max_share = 1.0
[periods]
starts_on = 2026-11-01
archive_days = 120
[exports]
purposes = ["invoicing"]
"""
DOORS = ("list", "list_utf16", "sheet", "web", "quotes", "quotes_cp1252", "works", "works_list", "invoices", "bills",
         "provider_x", "provider_y")
"""Feeds through which people enter: every kind that names people, every format that the register reads."""

INVOICED = ("invoices", "bills")
PROVIDED = ("provider_x", "provider_y")

Row = dict[str, str]
Days = dict[str, list[Row]]


@dataclass(frozen=True)
class Canary:
    """One of the people, by number. What is said of them a second time bears a version of its own."""

    number: int

    @property
    def fate(self) -> str:
        """erased, expired or living."""
        return FATES[self.number % len(FATES)]

    @property
    def door(self) -> str:
        """The feed through which they enter; every fate comes through every one."""
        return DOORS[self.number // len(FATES) % len(DOORS)]

    @property
    def firm(self) -> tuple[str, str]:
        """The name and business id; every fifteenth person is a sole trader, whose firm is their own."""
        if self.number % 15 == 0:
            return f"Tmi {self.name}", IDS[100 + self.number]
        number = self.number // AT_A_FIRM
        return f"Häkkirakenne {'ABCDEFGHJK'[number % 10]}{'ABCDE'[number // 10]} Oy", IDS[number]

    @property
    def first(self) -> str:
        """The first name."""
        return FIRST[self.number % AT_A_FIRM]

    @property
    def last(self) -> str:
        """A surname that nobody else has."""
        return "".join(SYLLABLES[int(digit)] for digit in f"{self.number:03}").title() + "kanari"

    @property
    def name(self) -> str:
        """First name and surname."""
        return f"{self.first} {self.last}"

    @property
    def case(self) -> str:
        """The number of their case."""
        return f"TA-{self.number}"

    def email(self, version: int = 0) -> str:
        """An address that nobody else has."""
        plain = f"{self.first}.{self.last}".lower().translate(str.maketrans("äö", "ao"))
        return f"{plain}{version or ''}@firma{self.number // AT_A_FIRM}.example"

    def phone(self, version: int = 0) -> str:
        """A mobile number that nobody else has, as people write it."""
        return f"040 77{version}0 {self.number:03}"

    def said(self, on: str, version: int = 0, **more: str) -> Row:
        """A row in which they are named."""
        firm, business_id = self.firm
        return {"Yhteyshenkilö": self.name, "Yritys": firm, "Y-tunnus": business_id, "Sähköposti": self.email(version),
                "Puhelin": self.phone(version), "Päivä": on, **more}


CANARIES = tuple(map(Canary, range(PEOPLE)))


def of_fate(*fates: str) -> set[int]:
    """The numbers of those to whom this happens."""
    return {one.number for one in CANARIES if one.fate in fates}


def first_word(one: Canary) -> Row:
    """What the feed through which they enter says of them: old enough to expire in the test, or new."""
    is_old = one.fate == "expired"
    row = one.said("1.12.2024" if is_old else "3.11.2026")
    if one.door in INVOICED:
        return row | {"Päivä": "5.5.2016" if is_old else "3.11.2026", "Laskunumero": str(1000 + one.number),
                      "Osapuoli": "asiakas", "Asianumero": one.case}
    if one.door in PROVIDED:
        return row | {"Asiakasnro": str(one.number), "Päivä": "", "Poistettu": ""}
    if one.door in ("works", "works_list"):
        return row | {"Asianumero": one.case, "Tila": "päättynyt" if is_old else "avoin"}
    return row


def entries() -> Days:
    """By feed the rows through which the people enter."""
    found: Days = {door: [] for door in DOORS}
    for one in CANARIES:
        found[one.door].append(first_word(one))
    return found


WAITING = {1: "firm", 3: "phone", 6: "channel", 7: "channel", 10: "never", 11: "never"}
"""Of thirteen people whose second row waits, and for what: a firm, a phone, a channel; the last are never answered."""


def is_never_answered(one: Canary) -> bool:
    """Whether a row of theirs goes on waiting."""
    return WAITING.get(one.number % 13) == "never"


def waiting() -> list[Row]:
    """Rows of the list that wait for the steward: without a firm, with a number that a spreadsheet spoilt, without any channel.

    Those that are never answered bear a mobile of the person's.
    """
    said: list[Row] = []
    for one in CANARIES:
        on = "2.12.2024" if one.fate == "expired" else "4.11.2026"
        row, kind = one.said(on, 2), WAITING.get(one.number % 13, "")
        elsewhere = {"Yritys": "", "Y-tunnus": "", "Sähköposti": one.email().replace("firma", f"muu{one.number}-")}
        if kind == "firm":
            said.append(row | elsewhere)
        elif kind == "never":
            said.append(row | elsewhere | {"Puhelin": one.phone()})
        elif kind == "phone":
            said.append(row | {"Puhelin": "4,0772E+08"})
        elif kind == "channel":
            said.append(row | {"Sähköposti": "", "Puhelin": ""})
    return said


def doubtful() -> list[Row]:
    """Rows of the list that may be about somebody who is known by another address: every ninth person's."""
    people = [one for one in CANARIES if one.number % 9 == 0]
    return [one.said("1.12.2024" if one.fate == "expired" else "3.11.2026", 3) | {"Puhelin": ""} for one in people]


def deliver(home: Home, feed: str, day: str, rows: list[Row], *, is_turned: bool = False) -> None:
    """The rows as a file of the feed's format in its letter box; turned it is another file of the same rows."""
    folder = home.inbox / feed / day
    folder.mkdir(parents=True, exist_ok=True)
    said = rows[::-1] if is_turned else rows
    name = "takaperin" if is_turned else "toimitus"
    if feed in ("sheet", "works", "provider_y"):
        pd.DataFrame(said, dtype="str").to_excel(folder / f"{name}.xlsx", index=False, engine="xlsxwriter")
    elif feed == "web":
        (folder / f"{name}.json").write_text(json.dumps([_posted(row) for row in said]), encoding="utf-8")
    elif feed == "quotes":
        (folder / f"{name}.json").write_text("\n".join(json.dumps(_entry(row)) for row in said), encoding="utf-8")
    elif feed == "invoices":
        (folder / f"{name}.xml").write_text("\n".join(map(_invoice, said)), encoding="utf-8")
    elif feed == "ytj":
        firms = [company(row["Y-tunnus"], row["Yritys"]) for row in said]
        with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("all.json", json.dumps(firms))
    else:
        text = as_csv(said).replace(";", "\t") if feed == "list_utf16" else as_csv(said)
        encoding = {"list_utf16": "utf-16", "quotes_cp1252": "cp1252"}.get(feed, "utf-8")
        (folder / f"{name}.csv").write_text(text, encoding=encoding)


def _posted(row: Row) -> Row:
    return {"your-name": row["Yhteyshenkilö"], "your-company": row["Yritys"], "your-business-id": row["Y-tunnus"],
            "your-email": row["Sähköposti"], "your-phone": row["Puhelin"], "date_created": row["Päivä"]}


def _entry(row: Row) -> Row:
    first, last = row["Yhteyshenkilö"].split()
    day, month, year = row["Päivä"].split(".")
    return {"form_id": "3", "date_created": f"{year}-{month:0>2}-{day:0>2} 10:00:00", "1.3": first, "1.6": last,
            "2": row["Sähköposti"], "3": row["Puhelin"], "4": row["Yritys"], "5": row["Y-tunnus"]}


def _invoice(row: Row) -> str:
    day, month, year = row["Päivä"].split(".")
    said = {name: html.escape(text) for name, text in row.items()}
    return f"""<?xml version="1.0" encoding="UTF-8"?><Finvoice Version="3.0">
<SellerPartyDetails><SellerPartyIdentifier>9900011-4</SellerPartyIdentifier></SellerPartyDetails>
<BuyerPartyDetails><BuyerPartyIdentifier>{said["Y-tunnus"]}</BuyerPartyIdentifier>
<BuyerOrganisationName>{said["Yritys"]}</BuyerOrganisationName></BuyerPartyDetails>
<BuyerContactPersonName>{said["Yhteyshenkilö"]}</BuyerContactPersonName>
<BuyerCommunicationDetails><BuyerPhoneNumberIdentifier>{said["Puhelin"]}</BuyerPhoneNumberIdentifier>
<BuyerEmailaddressIdentifier>{said["Sähköposti"]}</BuyerEmailaddressIdentifier></BuyerCommunicationDetails>
<InvoiceDetails><InvoiceTypeCode>INV01</InvoiceTypeCode><InvoiceNumber>{said["Laskunumero"]}</InvoiceNumber>
<InvoiceDate Format="CCYYMMDD">{year}{month:0>2}{day:0>2}</InvoiceDate>
<OrderIdentifier>{said["Asianumero"]}</OrderIdentifier></InvoiceDetails></Finvoice>"""
