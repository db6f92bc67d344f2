"""Corrected values over delivered ones, before rows are judged: pure functions. What is corrected: `corrections/told.py`.

The archive keeps what was delivered; lifting a correction and reading the day again brings it back.
"""

from dataclasses import replace

import pandas as pd

from register import normalise
from register.columns import NAME
from register.feeds import Feed
from register.gate.admit import Rows

SAYS: dict[str, tuple[str, ...]] = {
    "full_name": (*NAME, "name_key"), "first_name": ("first_name",), "last_name": ("last_name",),
    "company": ("company", "company_key", "is_sole_trader"), "business_id": ("business_id",), "website": ("website",),
    "case_number": ("case_number",), "email": ("email", "email_is_role"), "phone": ("phone", "phone_type"),
    "email_2": ("email_2", "email_2_is_role"), "phone_2": ("phone_2", "phone_2_type"),
    "street": ("street",), "postcode": ("postcode",), "city": ("city",), "country": ("country",),
}
"""What else of a row follows from a column, the column first; parts of a name are put over what the whole name gave.

A row has two places for an e-mail and a phone: what is corrected in one leaves the other as it is.
"""

SECOND = "_2"


def over(rows: Rows, told: pd.DataFrame, feed: Feed, day: str) -> Rows:
    """The rows with what is told of them. told: record_key, column, value (missing: it is removed), each pair once."""
    place = pd.Series(rows.normalised.index, index=rows.record_key)
    normalised = rows.normalised.copy()
    for column in SAYS:
        of_it = told[told["column"] == column]
        if len(of_it):
            said = meaning(column, of_it["value"], feed, day)
            normalised.loc[of_it["record_key"].map(place), said.columns] = said.to_numpy()
    return replace(rows, normalised=normalised)


def delivered(rows: Rows, told: pd.DataFrame) -> "pd.Series[str]":
    """What the rows themselves say of what is told of them, on its index."""
    place = pd.Series(rows.normalised.index, index=rows.record_key)
    said = pd.Series(pd.NA, index=told.index, dtype="str")
    for column, of_it in told.groupby("column"):
        said[of_it.index] = rows.normalised.loc[of_it["record_key"].map(place), str(column)].array
    return said


def meaning(column: str, values: "pd.Series[str]", feed: Feed, day: str) -> pd.DataFrame:
    """What corrected values say: the columns of `SAYS` and the column's reason code, on the values' index.

    Parts of a name are taken as they stand: only the whole tells what can be read.
    """
    if column in ("first_name", "last_name"):
        return values.rename(column).to_frame()
    delivered_as = column.removesuffix(SECOND)
    read = normalise.rows(pd.DataFrame({delivered_as: values}), feed, day)
    if column != delivered_as:
        read = read.drop(columns=[*SAYS[column], f"{column}_code"], errors="ignore").rename(
            columns=dict(zip(SAYS[delivered_as], SAYS[column], strict=True)))
    code = [f"{column}_code"] if f"{column}_code" in read else []
    return read[[*SAYS[column], *code]]
