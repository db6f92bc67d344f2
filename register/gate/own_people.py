"""Our own people on the papers of a client or partner: nobody's contacts; what is said of them is cut.

The row goes on by its firm: it is a fact of that firm's relationship all the same. Rows without a foreign firm are withheld
whole, in `admit.py`.
"""

import pandas as pd

from register.columns import DELIVERED
from register.feeds import OWN_KINDS, Feed
from register.gate.admit import Rows
from register.gate.known import is_our_firm, is_ours
from register.policy import Policy

PERSONAL = {column.name for column in DELIVERED if column.pii == "person"}
"""Delivered columns of a person."""

OF_A_PERSON = ("full_name", "first_name", "last_name", "name_key", "email", "email_2", "phone", "phone_type", "phone_2",
               "phone_2_type", "street", "postcode", "city", "full_name_code", "email_code", "phone_code", "postcode_code")
"""Normalised columns of a person."""

ROLES = ["email_is_role", "email_2_is_role"]


def cut(rows: Rows, feed: Feed, policy: Policy) -> Rows:
    """The rows without our own people beside another firm; record keys stay those of what was delivered."""
    is_own = _is_own(rows.normalised, feed, policy)
    if not is_own.any():
        return rows
    said = rows.normalised
    blank = {name: said[name].mask(is_own) for name in OF_A_PERSON} | {name: said[name] & ~is_own for name in ROLES}
    text = {name: rows.text[name].mask(is_own) for name in rows.text if name in PERSONAL}
    return Rows(rows.text.assign(**text), said.assign(**blank), rows.record_key, rows.is_private, rows.identity_numbers,
                own_people=int(is_own.sum()))


def _is_own(said: pd.DataFrame, feed: Feed, policy: Policy) -> "pd.Series[bool]":
    if feed.kind not in OWN_KINDS:
        return pd.Series(False, index=said.index)
    names_firm = said["company"].notna() | said["business_id"].notna()
    return is_ours(said, policy) & names_firm & ~is_our_firm(said, policy)
