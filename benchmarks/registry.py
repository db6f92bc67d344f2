"""A registry's bulk of any size in the exact shape of the PRH open data (API v3): one JSON array in a ZIP, streamed out."""

import json
import zipfile
from pathlib import Path
from typing import Any

from benchmarks.deliveries import CITIES, STREETS, business_ids

SOURCES = {"source": "0"}


def write(path: Path, companies: int) -> list[str]:
    """Writes so many companies; their business ids."""
    ids = business_ids(companies).to_list()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive, archive.open(
            "all.json", "w", force_zip64=True) as file:
        for number, business_id in enumerate(ids):
            text = json.dumps(_company(number, business_id), ensure_ascii=False, separators=(",", ":"))
            file.write((("[" if number == 0 else ",") + text).encode())
        file.write(b"]")
    return ids


def _company(number: int, business_id: str) -> dict[str, Any]:
    """One company as the registry gives it, sources and descriptions in three languages included."""
    registered = f"{1978 + number % 48}-{number % 12 + 1:02}-{number % 28 + 1:02}"
    return {
        "businessId": {"value": business_id, "registrationDate": registered, "source": "3"},
        "euId": {"value": f"FIFPRO.{business_id}", "source": "1"},
        "names": [
            {"name": f"Yhtiö {number} Oy", "type": "1", "registrationDate": registered, "version": 1, "source": "1"},
            {"name": f"Bolaget {number} Ab", "type": "2", "registrationDate": registered, "version": 1, "source": "1"},
        ],
        "mainBusinessLine": {"type": "68202", "descriptions": _told("Asuntojen ja asuinkiinteistöjen hallinta"),
                             "typeCodeSet": "TOIMI4", "registrationDate": registered, "source": "2"},
        "website": {"url": f"www.yhtio{number}.example", "registrationDate": registered, "source": "0"},
        "companyForms": [{"type": "16", "descriptions": _told("Osakeyhtiö"), "registrationDate": registered, "version": 1,
                          "source": "1"}],
        "companySituations": [],
        "registeredEntries": [
            {"type": "1", "descriptions": _told("Rekisterissä"), "registrationDate": registered, "register": register,
             "authority": "2"} for register in ("1", "4")],
        "addresses": [_address(number, kind) for kind in (1, 2)],
        "tradeRegisterStatus": "1", "status": "2", "registrationDate": registered, "lastModified": "2026-11-02T04:00:00Z",
    }  # fmt: skip


def _told(text: str) -> list[dict[str, str]]:
    return [{"languageCode": code, "description": text} for code in "123"]


def _address(number: int, kind: int) -> dict[str, Any]:
    return {
        "type": kind, "street": STREETS[number % len(STREETS)], "postCode": f"{number % 99_000 + 100:05}",
        "postOffices": [{"city": CITIES[number % len(CITIES)], "languageCode": code, "municipalityCode": "091"}
                        for code in "12"],
        "postOfficeBox": "", "buildingNumber": str(number % 90 + 1), "entrance": "", "apartmentNumber": "",
        "apartmentIdSuffix": "", "co": "", "country": None, "registrationDate": "2020-01-01", "source": "0",
    }  # fmt: skip
