"""What the register knows already of the firms and people that a delivery names, asked in sets before the rows are judged."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select

from register.feeds import Feed, Feeds
from register.normalise.email import FREEMAIL, domain
from register.policy import Policy
from register.store.store import Store
from register.store.tables import engagements, observations, suppressions


@dataclass
class Standing:
    """What is known of each row of a delivery, on the rows' own index.

    email_domain: of the first e-mail, missing for freemail and our own. has_organisation: the row's firm can be read, from
    itself or as the only one with its domain; organisation_is_ambiguous: two firms have the domain. names_person: it names a
    person, a mailbox or a phone, readable or not. is_suppressed: its record was removed. may_be_added: what the policy asks of
    third parties is fulfilled, else the reason code.
    """

    email_domain: "pd.Series[str]"
    has_organisation: "pd.Series[bool]"
    organisation_is_ambiguous: "pd.Series[bool]"
    names_person: "pd.Series[bool]"
    is_suppressed: "pd.Series[bool]"
    third_party_code: "pd.Series[str]"


def standing(
    store: Store, rows: pd.DataFrame, record_keys: "pd.Series[str]", feed: Feed, feeds: Feeds, policy: Policy
) -> Standing:
    """Asks the register about the rows of one delivery; rows: normalised, with the reason codes."""
    domains = email_domains(rows, policy)
    firms = _firms_of_domains(store, domains[rows["company"].isna() & rows["business_id"].isna()])
    by_domain = firms.reindex(domains).set_axis(rows.index)
    is_named = rows["company"].notna() | rows["business_id"].notna()
    return Standing(
        email_domain=domains,
        has_organisation=is_named | by_domain["firms"].eq(1),
        organisation_is_ambiguous=~is_named & by_domain["firms"].gt(1),
        names_person=names_person(rows),
        is_suppressed=_suppressed(store, record_keys),
        third_party_code=_third_party_code(store, rows, by_domain, feed, feeds, policy),
    )


def email_domains(rows: pd.DataFrame, policy: Policy) -> "pd.Series[str]":
    """The domain that may tell the firm: not a provider of free mail, not our own."""
    domains = domain(rows["email"])
    return domains.mask(domains.isin([*FREEMAIL, *policy.controller.own_domains]))


def names_person(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the row names a person, a mailbox or a phone; text that cannot be read counts, so that nobody is lost."""
    columns = ["name_key", "email", "phone", "full_name_code", "email_code", "phone_code"]
    return rows[columns].notna().any(axis=1)


def _suppressed(store: Store, record_keys: "pd.Series[str]") -> "pd.Series[bool]":
    keys = store.keys(record_keys)
    held = store.read(select(keys.c.record_key).join(suppressions, suppressions.c.record_key == keys.c.record_key))
    return record_keys.isin(held["record_key"])


def _firms_of_domains(store: Store, domains: "pd.Series[str]") -> pd.DataFrame:
    """By domain: `firms`, how many bear it, and one's business_id and company_key."""
    wanted = store.keys(domains, "email_domain")
    rows = [
        store.read(select(table.c.email_domain, table.c.business_id, table.c.company_key).distinct()
                   .join(wanted, wanted.c.email_domain == table.c.email_domain)
                   .where(table.c.business_id.is_not(None) | table.c.company_key.is_not(None)))
        for table in (observations, engagements)
    ]
    return _firms(pd.concat(rows).drop_duplicates())


def _firms(rows: pd.DataFrame) -> pd.DataFrame:
    """Names that stand beside a business id at the domain belong to it; what is left over are firms of their own."""
    named = rows[rows["business_id"].notna()]
    at_id = pd.MultiIndex.from_frame(named[["email_domain", "company_key"]])
    is_alone = rows["business_id"].isna() & ~pd.MultiIndex.from_frame(rows[["email_domain", "company_key"]]).isin(at_id)
    firm = rows["business_id"].fillna("name:" + rows["company_key"])
    firms = rows.assign(firm=firm)[rows["business_id"].notna() | is_alone].sort_values(["email_domain", "firm", "company_key"])
    return firms.groupby("email_domain").agg(
        firms=("firm", "nunique"), business_id=("business_id", "first"), company_key=("company_key", "first"))


def _third_party_code(
    store: Store, rows: pd.DataFrame, by_domain: pd.DataFrame, feed: Feed, feeds: Feeds, policy: Policy
) -> "pd.Series[str]":
    """The reason why the policy's `third_party_may` keeps a row out; missing where it does not."""
    code: pd.Series[str] = pd.Series(None, index=rows.index, dtype="str")
    may = policy.admission.third_party_may
    if not feed.is_third_party or may == "add_anyone":
        return code
    ids = rows["business_id"].fillna(by_domain["business_id"])
    names = rows["company_key"].fillna(by_domain["company_key"])
    is_known = _engaged(store, ids, "business_id") | _engaged(store, names, "company_key")
    code = code.mask(~is_known, "organisation_unknown")
    if may == "update":
        code = code.mask(is_known & names_person(rows) & ~_people_known(store, rows, feeds), "person_unknown")
    return code


def _engaged(store: Store, values: "pd.Series[str]", column: str) -> "pd.Series[bool]":
    """Whether an engagement bears the value: only those make an organisation known."""
    wanted = store.keys(values, column)
    held = store.read(select(wanted.c[column]).distinct().join(engagements, engagements.c[column] == wanted.c[column]))
    return values.isin(held[column]) & values.notna()


def _people_known(store: Store, rows: pd.DataFrame, feeds: Feeds) -> "pd.Series[bool]":
    """Whether our own feeds have the person's e-mail or phone already."""
    own = [feed.name for feed in feeds.good if not feed.is_third_party]
    is_known = pd.Series(False, index=rows.index)
    for column in ("email", "phone"):
        wanted = store.keys(rows[column], column)
        held = store.read(select(wanted.c[column]).distinct().join(observations, observations.c[column] == wanted.c[column])
                          .where(observations.c.feed.in_(own)))
        is_known |= rows[column].isin(held[column]) & rows[column].notna()
    return is_known
