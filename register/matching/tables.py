"""A table that somebody hands over -> who is who in it, by the contacts model where it has people and firms, else as unknown.

Rows are sorted by what they say, so that their order decides nothing. Two files: a cluster holds rows of both. Writes nothing.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from register.matching import matcher, organisations, unknown
from register.matching.candidates import CONTACT_KEYS, UNSTORED, candidate_keys
from register.matching.columns import Ints, contact_columns
from register.matching.model import contacts_model
from register.matching.unknown import PAIRS, Found
from register.normalise.email import FREEMAIL, domain
from register.sets import is_among


@dataclass(frozen=True)
class People:
    """found: by contact, its pairs with the log-odds `person` besides. person: of each row the first row of its person."""

    found: Found
    person: Ints


def people(rows: pd.DataFrame, side: Ints) -> People:
    """Contacts and people at p .5. rows: as `normalise.rows` gives them. side: the file of each row, 0 and 1 of two."""
    text = rows.select_dtypes(exclude="bool").astype("str")
    order = unknown.order(text, side)
    sorted_ = _with_firm(rows.iloc[order].reset_index(drop=True))
    table = contact_columns(sorted_)
    pairs = matcher.scored_pairs(contacts_model(), table, candidate_keys(CONTACT_KEYS, table, UNSTORED))
    contact = unknown.linked(matcher.contacts(table, pairs), side[order])
    person = unknown.linked(matcher.people(table, pairs, contact), side[order])
    told = pairs.rename(columns={"contact": "log_odds"})
    is_apart = told["is_apart"].to_numpy(dtype=bool)
    found = unknown.found_of(told[[*PAIRS, "person"]], contact, is_apart, side[order])
    return People(unknown.unsorted(found, order), unknown.first_rows(person[np.argsort(order)]))


def _with_firm(rows: pd.DataFrame) -> pd.DataFrame:
    """The organisation of each row as the register tells it: by business id, by name, by e-mail domain."""
    domains = domain(rows["email"]).fillna(domain(rows["email_2"]))
    said = {"email_domain": domains.mask(is_among(domains, FREEMAIL)), "place": rows["city"], "website": rows.get("website")}
    rows = rows.assign(**said, record_key=rows.index.astype("str")).astype({"website": "str"})
    bearers = rows[list(organisations.BEARING)].dropna(subset=["company_key", "business_id"])
    none = pd.DataFrame({"email_domain": [], "organisation_key": []}, dtype="str")
    known = organisations.keys(rows, bearers, none)
    told = rows[["email_domain"]].assign(organisation_key=known)[~known.str.startswith(organisations.ALONE)]
    return rows.assign(organisation_id=organisations.keys(rows, bearers, told))
