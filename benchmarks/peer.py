"""The plain script for the same job: read, check every row with the same libraries, drop duplicates, write one table.

No reasons, archive, provenance, stable ids, retention or second day: what a good engineer writes in an afternoon, and the
measure of what the register may cost. `python -m benchmarks.peer INBOX DATABASE_URL` prints seconds by stage as JSON.
"""

import json
import re
import resource
import sys
import time
from pathlib import Path

import pandas as pd
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import create_engine

COLUMNS = {
    "Yritys": "company", "Y-tunnus": "business_id", "Yhteyshenkilö": "name", "Sähköposti": "email", "Puhelin": "phone",
    "Katuosoite": "street", "Postinumero": "postcode", "Postitoimipaikka": "city", "Päivä": "day", "Laskun päivä": "day",
}  # fmt: skip


def read(inbox: Path) -> pd.DataFrame:
    """All rows of all files under the names of COLUMNS."""
    frames = [pd.read_csv(path, sep=";", dtype=str, keep_default_na=False) for path in sorted(inbox.glob("*/*/*.csv"))]
    return pd.concat([frame.rename(columns=COLUMNS)[[name for name in dict.fromkeys(COLUMNS.values()) if name in frame.rename(
        columns=COLUMNS)]] for frame in frames], ignore_index=True)


def email(text: str) -> str | None:
    """A checked address in lower case."""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None


def phone(text: str) -> str | None:
    """A number that its country's plan knows, as E.164."""
    try:
        number = phonenumbers.parse(text, "FI")
    except phonenumbers.NumberParseException:
        return None
    is_valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if is_valid else None


def business_id(text: str) -> str | None:
    """A Finnish business id with the right check digit."""
    digits = re.sub(r"\D", "", text)
    if len(digits) != 8:
        return None
    rest = sum(int(digit) * weight for digit, weight in zip(digits, (7, 9, 10, 5, 8, 4, 2), strict=False)) % 11
    return f"{digits[:7]}-{digits[7]}" if int(digits[7]) == (11 - rest) % 11 else None


def name(text: str) -> str | None:
    """Given name first, in the usual letters."""
    parts = " ".join(reversed([part.strip() for part in text.split(",")])).split()
    return " ".join(parts).title() or None


def normalise(rows: pd.DataFrame) -> pd.DataFrame:
    """Each value checked, row by row."""
    return rows.assign(
        email=rows["email"].apply(email), phone=rows["phone"].apply(phone), business_id=rows["business_id"].apply(business_id),
        name=rows["name"].apply(name), company=rows["company"].str.strip().str.replace(r"\s+", " ", regex=True),
        postcode=rows["postcode"].str.zfill(5), day=pd.to_datetime(rows["day"], format="%d.%m.%Y", errors="coerce"),
    )


def deduplicate(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a person and firm, the newest: by e-mail, then by phone."""
    rows = rows[rows["name"].notna() & (rows["email"].notna() | rows["phone"].notna())].sort_values("day", ascending=False)
    firm = rows["business_id"].fillna(rows["company"].str.lower())
    for channel in ("email", "phone"):
        key = rows[channel].fillna("row " + rows.index.astype("str").to_series(index=rows.index)) + firm
        rows = rows.loc[~key.duplicated()]
    return rows


def main(inbox: str, database_url: str) -> None:
    seconds = {}
    begun = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal begun
        seconds[stage], begun = time.perf_counter() - begun, time.perf_counter()

    rows = read(Path(inbox))
    lap("read")
    rows = normalise(rows)
    lap("normalise")
    contacts = deduplicate(rows)
    lap("match")
    contacts.to_sql("contacts", create_engine(database_url), if_exists="replace", index=False, chunksize=10_000)
    lap("write")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"stages": seconds, "seconds": sum(seconds.values()), "peak_mib": peak, "contacts": len(contacts)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
