"""Which organisation a row speaks of: by business id, else by name, else by e-mail domain; where several fit it stands alone.

Where several bear the name, the web domain or the place tells which of them is meant.

A pure function of the rows, of who bears which name and of who has which domain (design, rule 11). Reads no table.
"""

from dataclasses import dataclass

import pandas as pd

from register.columns import SEPARATOR
from register.contacts.survivorship import ALWAYS_NEWEST
from register.normalise import company
from register.normalise.email import FREEMAIL
from register.policy import Policy
from register.sets import is_among

BY_ID, BY_NAME, ALONE = "bid:", "name:", "row:"
"""How an organisation's key begins: what makes it the same one."""

BEARING = ("company_key", "business_id", "email_domain", "website", "place")
"""What is read of those who bear a name. place: the row's city; of a row with a person it is where they work."""

HINTS = ("domain", "place")
"""What tells firms of one name apart."""


@dataclass(frozen=True)
class Lookup:
    """What a public registry says on one day of the business ids the register knows; `companies` as its reader gives it.

    version: differs where another bulk said it, though it were of the same day.
    """

    feed: str
    day: str
    version: str
    companies: pd.DataFrame


def keys(rows: pd.DataFrame, bearers: pd.DataFrame, domains: pd.DataFrame) -> "pd.Series[str]":
    """The organisation key of each row: "bid:9900001-8", "name:kopare" or "row:<record key>".

    rows, bearers: the columns BEARING, `email_domain` as `employers` leaves it; bearers: who bears which name. domains:
    email_domain and each organisation_key that has it. A row that names a company goes by that name alone, and by domain or
    place only among those who bear it: its e-mail may be its manager's.
    """
    found = BY_ID + rows["business_id"]
    known = rows["company_key"].map(_sole(bearers[["company_key", "business_id"]], "company_key")).astype("str")
    named = (BY_ID + known.fillna(_told_apart(rows, bearers))).fillna(BY_NAME + rows["company_key"])
    by_domain = rows["email_domain"].map(_sole(domains, "email_domain")).astype("str")
    return found.fillna(named).fillna(by_domain).fillna(ALONE + rows["record_key"])


def _told_apart(rows: pd.DataFrame, bearers: pd.DataFrame) -> "pd.Series[str]":
    """Business ids of rows whose name several bear, where domain and place that one of them alone has name the same one."""
    borne = bearers[["company_key", "business_id"]].drop_duplicates()
    shared = borne.loc[borne["company_key"].duplicated(keep=False), "company_key"]
    said, asked = (_hinting(some[is_among(some["company_key"], shared)]) for some in (bearers, rows))
    answers = pd.DataFrame({hint: asked[hint].map(_sole(said[[hint, "business_id"]], hint)) for hint in HINTS}, dtype="str")
    is_one = answers.nunique(axis=1) == 1
    return answers["domain"].fillna(answers["place"])[is_one].reindex(rows.index)


def _hinting(rows: pd.DataFrame) -> pd.DataFrame:
    """business_id, and each hint together with the name, folded."""
    site = rows["website"].str.extract(r"^(?:www\.)?([^/:?#]+)", expand=False)
    hints = {"domain": rows["email_domain"].fillna(site), "place": rows["place"].str.casefold()}
    return rows[["business_id"]].assign(**{hint: rows["company_key"] + SEPARATOR + said for hint, said in hints.items()})


def employers(domains: "pd.Series[str]", policy: Policy) -> "pd.Series[str]":
    """Domains that tell an organisation: none where anybody has an address, none of ours."""
    return domains.mask(is_among(domains, FREEMAIL | set(policy.controller.own_domains)))


def registered_names(lookup: Lookup | None) -> pd.DataFrame:
    """The columns BEARING, of each name and parallel name of the registry."""
    if lookup is None:
        return pd.DataFrame(columns=list(BEARING), dtype="str")
    names = lookup.companies[["company", "parallel_names", "business_id", "website", "city"]].astype("str")
    text = names["company"].fillna("") + SEPARATOR + names["parallel_names"].fillna("")
    each = names.assign(name=text.str.split(SEPARATOR)).explode("name")
    keyed = each.assign(company_key=_keys(each["name"].astype("str"))).rename(columns={"city": "place"})
    named = keyed.reindex(columns=list(BEARING)).astype("str").dropna(subset=["company_key", "business_id"])
    return named.drop_duplicates(ignore_index=True)


def registered(lookup: Lookup, ids: "pd.Series[str]", trust: int) -> pd.DataFrame:
    """The registry's words on organisations as rows that compete for the golden fields.

    ids: organisation ids by business id. The record key is the business id.
    """
    known = lookup.companies[lookup.companies["business_id"].isin(ids.index)]
    return known.assign(
        organisation_id=known["business_id"].map(ids),
        company_key=_keys(known["company"]),
        record_key=known["business_id"],
        feed=lookup.feed,
        trust=trust,
        said_on=lookup.day,
        newest_on=ALWAYS_NEWEST,
    )


def _sole(bearers: pd.DataFrame, name: str) -> "pd.Series[str]":
    """What has the name, where exactly one has it."""
    other = next(column for column in bearers if column != name)
    distinct = bearers.dropna().drop_duplicates()
    return distinct.drop_duplicates(name, keep=False).set_index(name)[other].astype("str")


def _keys(names: "pd.Series[str]") -> "pd.Series[str]":
    read = {text: company.parse(text).key for text in names.dropna().unique()}
    return names.map(read).astype("str")
