"""Finvoice: each sample value by value, whose contact is read, and what a hostile or broken file comes to."""

from pathlib import Path
from typing import Any

import pytest

from register.errors import UnreadableDelivery
from tests.sources.build import DATA, OURS, frames, rows, texts, written

SALE = {"invoice_type": "INV01", "party": "customer", "seller_id": OURS, "street": "Ostajankatu 2 A 5", "postcode": "13100",
        "city": "HÄMEENLINNA", "country": "FI"}
SAMPLES = {
    "finvoice3_invoice.xml": {1: SALE | {
        "full_name": "Åke Östman", "company": "Ostaja Öljy Oy", "business_id": "9900012-2", "case_number": "TARJ-2026-77",
        "email": "ake.ostman@ostaja.example", "phone": "040 123 4572", "event_on": "2026-11-03", "invoice_number": "1042",
        "buyer_id": "9900012-2"}},
    "finvoice3_creditnote.xml": {1: SALE | {
        "full_name": "Åke Östman", "company": "Ostaja Öljy Oy", "business_id": "9900012-2", "case_number": "TARJ-2026-77",
        "email": "ake.ostman@ostaja.example", "event_on": "2026-11-10", "invoice_number": "1043", "invoice_type": "INV02",
        "buyer_id": "9900012-2"}},
    "finvoice3_customerno_as_partyid.xml": {1: SALE | {
        "full_name": "Maija Mallikas", "company": "Tanssiorkesteri Testi", "case_number": "TARJ-2026-79",
        "phone": "(09) 542 1222", "event_on": "2026-11-06", "invoice_number": "1045", "buyer_id": "CL12221"}},
    "finvoice3_consumer_hetu.xml": {1: SALE | {
        "company": "Maija Mallikas", "case_number": "TARJ-2026-78", "email": "maija.mallikas@gmail.com",
        "phone": "050 123 4579", "event_on": "2026-11-05", "invoice_number": "1044", "buyer_id": "010190-901R",
        "private_person": "1"}},
    "finvoice_soap_batch_iso8859-15.xml": {  # the first one's recipient is an accountant: not read
        1: SALE | {
            "company": "Toinen Ostaja Oy", "business_id": "9900013-0", "case_number": "TARJ-2026-80", "event_on": "2026-11-07",
            "invoice_number": "1046", "buyer_id": "9900013-0"},
        2: SALE | {
            "full_name": "Kalle Kolmas", "company": "Kolmas Ostaja Oy", "business_id": "9900014-9",
            "case_number": "TARJ-2026-81", "email": "kalle@kolmas.example", "phone": "050-543 2658", "event_on": "2026-11-08",
            "invoice_number": "1047", "buyer_id": "9900014-9"}},
}


def invoices(path: Path, **said: Any) -> Any:
    return texts(rows(path, format="finvoice", kind="invoice", gives="events", **said))


@pytest.mark.parametrize("name", SAMPLES)
def test_sample(name: str) -> None:
    assert invoices(DATA / name) == SAMPLES[name]


INVOICE = """<Finvoice Version="3.0">
<SellerPartyDetails><SellerPartyIdentifier>{seller}</SellerPartyIdentifier>
<SellerOrganisationName>Tukku Oy</SellerOrganisationName>{seller_tax}
<SellerPostalAddressDetails><SellerStreetName>Tukkutie 4</SellerStreetName><SellerTownName>VANTAA</SellerTownName>
<SellerPostCodeIdentifier>01510</SellerPostCodeIdentifier><CountryCode>FI</CountryCode></SellerPostalAddressDetails>
</SellerPartyDetails><SellerContactPersonName>Elina Vuori</SellerContactPersonName>
<SellerCommunicationDetails><SellerPhoneNumberIdentifier>050 555 0151</SellerPhoneNumberIdentifier>
<SellerEmailaddressIdentifier>elina@tukku.example</SellerEmailaddressIdentifier></SellerCommunicationDetails>
<BuyerPartyDetails><BuyerPartyIdentifier>{buyer}</BuyerPartyIdentifier>
<BuyerOrganisationName>{buyer_name}</BuyerOrganisationName>{buyer_tax}</BuyerPartyDetails>{buyer_contact}
<InvoiceDetails><InvoiceTypeCode>{type}</InvoiceTypeCode><OriginCode>{origin}</OriginCode>
<InvoiceNumber>88012</InvoiceNumber><InvoiceDate Format="CCYYMMDD">{day}</InvoiceDate>{order}</InvoiceDetails>
</Finvoice>"""
PLAIN = {
    "seller": "9900045-6", "seller_tax": "", "buyer": OURS, "buyer_name": "Myyjä Esimerkki Oy", "buyer_tax": "",
    "type": "INV01",
    "buyer_contact": "<BuyerContactPersonName>Oma Virkailija</BuyerContactPersonName>", "origin": "Original", "day": "20261112",
    "order": "",
}


def invoice(**said: str) -> str:
    return INVOICE.format(**(PLAIN | said))


def test_of_a_purchase_the_sellers_contact_is_read_and_our_clerk_is_not(tmp_path: Path) -> None:
    assert invoices(written(tmp_path, invoice())) == {1: {
        "full_name": "Elina Vuori", "company": "Tukku Oy", "business_id": "9900045-6", "email": "elina@tukku.example",
        "phone": "050 555 0151", "street": "Tukkutie 4", "postcode": "01510", "city": "VANTAA", "country": "FI",
        "event_on": "2026-11-12", "invoice_number": "88012", "invoice_type": "INV01", "party": "partner",
        "seller_id": "9900045-6", "buyer_id": OURS}}


CASES: list[tuple[str, dict[str, str], dict[str, str | None]]] = [
    ("neither party is ours", {"buyer": "9900055-2"}, {"party": "neither", "full_name": "Oma Virkailija"}),
    ("we sell", {"seller": "003799000114", "buyer": "9900055-2"}, {"party": "customer", "business_id": "9900055-2"}),
    ("our id as VAT number", {"seller": "T", "seller_tax": "<SellerOrganisationTaxCode>FI99000114</SellerOrganisationTaxCode>"},
     {"party": "customer", "seller_id": OURS}),
    ("a wrong check digit", {"seller": OURS, "buyer": "1234567-8"}, {"business_id": None, "buyer_id": "1234567-8"}),
    ("an OVT number", {"seller": OURS, "buyer": "003799000554"}, {"business_id": None, "buyer_id": "003799000554"}),
    ("with a right check digit", {"seller": OURS, "buyer": "003799000552"}, {"business_id": "9900055-2"}),
    ("an EU id", {"seller": OURS, "buyer": "FIFPRO.9900055-2"}, {"business_id": "9900055-2"}),
    ("an en dash", {"seller": OURS, "buyer": "9900055–2"}, {"business_id": "9900055-2"}),
    ("no identifier: the name", {"seller": OURS, "buyer": " "}, {"business_id": None, "buyer_id": "Myyjä Esimerkki Oy"}),
    ("an identity number beside a contact", {"seller": OURS, "buyer": "010190-901R"}, {"private_person": None}),
    ("beside a tax code", {"seller": OURS, "buyer": "010190-901R", "buyer_contact": "", "buyer_tax":
     "<BuyerOrganisationTaxCode>FI99000552</BuyerOrganisationTaxCode>"}, {"private_person": None, "business_id": "9900055-2"}),
    ("beside nothing", {"seller": OURS, "buyer": "010105 a 901t", "buyer_contact": ""}, {"private_person": "1"}),
    ("a customer number beside nothing", {"seller": OURS, "buyer": "K-17", "buyer_contact": ""}, {"private_person": None}),
    ("a copy", {"origin": "Copy"}, {"invoice_type": "INV01 COPY"}),
    ("cancelled", {"origin": "Cancel", "type": "INV02"}, {"invoice_type": "INV02 CANCEL"}),
    ("an order", {"order": "<OrderIdentifier>A-1</OrderIdentifier><AgreementIdentifier>B-2</AgreementIdentifier>"},
     {"case_number": "A-1"}),
    ("an agreement", {"order": "<OrderIdentifier> </OrderIdentifier><AgreementIdentifier>B-2</AgreementIdentifier>"},
     {"case_number": "B-2"}),
    ("a day of another form", {"day": "2026-11-12"}, {"event_on": "2026-11-12"}),
]


@pytest.mark.parametrize(("said", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_becomes_of(tmp_path: Path, said: dict[str, str], expected: dict[str, str | None]) -> None:
    row = invoices(written(tmp_path, invoice(**said)))[1]
    assert {name: row.get(name) for name in expected} == expected


def test_without_our_own_ids_no_invoice_is_ours() -> None:
    assert invoices(DATA / "finvoice3_invoice.xml", own_business_ids=())[1]["party"] == "neither"


def test_each_invoice_has_its_own_encoding(tmp_path: Path) -> None:
    content = b"".join(
        f'<?xml version="1.0" encoding="{name}"?>\n<!DOCTYPE Finvoice SYSTEM "Finvoice.dtd">\n'.encode()
        + invoice(buyer_name="Öljy Oy", seller=OURS).encode(name) for name in ("ISO-8859-15", "UTF-8", "windows-1252"))
    assert [row["company"] for row in invoices(written(tmp_path, content)).values()] == ["Öljy Oy"] * 3


ENTITY = '<!DOCTYPE Finvoice [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "yy">]>'
BROKEN = [
    ("no invoice", "<Invoice><InvoiceNumber>1</InvoiceNumber></Invoice>", 1),
    ("cut off", invoice()[:-20], 1),
    ("the second cut off", invoice() + invoice()[:-20], 2),
    ("the first cut off", invoice()[:-20] + invoice(), 1),
    ("the second without its beginning", invoice() + invoice().replace("<Finvoice ", "<F "), 2),
    ("an element that does not end", invoice(order="<OrderIdentifier>"), 1),
    ("a file of the machine", ENTITY + invoice(buyer_name="&x;"), 1),
    ("a text that grows", ENTITY + invoice(buyer_name="&y;&y;"), 1),
    ("bytes of another encoding", invoice(buyer_name="Öljy Oy").encode("cp1252"), 1),
    ("an encoding that is none", b'<?xml version="1.0" encoding="x-none"?>' + invoice().encode(), 1),
]


@pytest.mark.parametrize(("content", "row"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_broken(tmp_path: Path, content: str | bytes, row: int) -> None:
    with pytest.raises(UnreadableDelivery) as error:
        frames(written(tmp_path, content, "lasku.xml"), format="finvoice", kind="invoice")
    assert (error.value.code, error.value.row) == ("broken_xml", row)
