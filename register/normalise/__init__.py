"""Normalised rows: of each value what it means, or the reason code of why it cannot be read. Lets nobody in or out.

Each module reads one thing and has the same `normalise(rows, region)`; plausibility and the minimum of a row are judged
by the expectations. Values are read once a distinct value, never once a row.
"""

import pandas as pd

from register.columns import NORMALISED
from register.feeds import Feed
from register.normalise import address, business_id, company, email, name, phone, website, words
from register.normalise import day as days

STEPS = (name, company, business_id, website, email, phone, address, days, words)

UNDATED_MEANS_DELIVERED = ("inquiry", "quotation_request", "assignment", "bounce")
"""Kinds whose rows happened on the day of their delivery where they say no day themselves."""

CODES = tuple(
    f"{column}_code" for column in ("full_name", "email", "phone", "business_id", "postcode", "event_on", "company")
)
"""Columns with the reason code of a value that could not be read, missing where it could."""


def rows(frame: pd.DataFrame, feed: Feed, day: str) -> pd.DataFrame:
    """Stripped rows as `columns.NORMALISED` with `is_dated` (the row itself said its day) and the columns of `CODES`.

    frame: canonical text columns, any may be absent; the index is kept. day: the delivery's, ISO; it is the day of rows
    that say none that can be read; never of an invoice, which would be counted by it, nor of what third parties say, which is
    no event (design, rule 4).
    """
    read = pd.concat([step.normalise(frame.reset_index(drop=True), feed.region) for step in STEPS], axis=1)
    read["is_dated"] = read["event_on"].notna()
    if feed.kind in UNDATED_MEANS_DELIVERED:
        read["event_on"] = read["event_on"].fillna(day)
    wanted: pd.DataFrame = read[[*NORMALISED, "is_dated", *CODES]]
    return wanted.set_axis(frame.index)
