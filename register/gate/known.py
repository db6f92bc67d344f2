"""What the register knows already of the firms and people that a delivery names, asked in sets before the rows are judged."""

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import ColumnElement, func, select

from register.feeds import Feed
from register.gate import bounces
from register.keys import Keys
from register.normalise.email import FREEMAIL, domain
from register.policy import Policy
from register.removal import people
from register.removal.suppressions import IS_IN_FORCE
from register.sets import is_among
from register.store.store import Store
from register.store.tables import engagements, observations, organisations, suppressions

FIRM = ["email_domain", "business_id", "company_key"]


@dataclass
class Standing:
    """What is known of each row of a delivery, on the rows' own index.

    email_domain: of the first e-mail, missing for freemail and our own. has_organisation: the row's firm can be read, from
    itself or as the only one with its domain; organisation_is_ambiguous: two firms have the domain. names_person: it names a
    person, a mailbox or a phone, readable or not. is_suppressed: its record was removed. third_party_code: why the policy
    keeps a third party's row out, missing where it does not. erased_code: why a row of an erased person does not come in,
    likewise. is_banned: its person objected to marketing before. is_nameless: the row is the firm's fact and
    comes in without its person, who was erased; is_bare: it comes in without contact details, which were erased.
    """

    email_domain: "pd.Series[str]"
    has_organisation: "pd.Series[bool]"
    organisation_is_ambiguous: "pd.Series[bool]"
    names_person: "pd.Series[bool]"
    is_suppressed: "pd.Series[bool]"
    third_party_code: "pd.Series[str]"
    erased_code: "pd.Series[str]"
    is_banned: "pd.Series[bool]"
    is_nameless: "pd.Series[bool]"
    is_bare: "pd.Series[bool]"


def standing(
    store: Store, rows: pd.DataFrame, record_keys: "pd.Series[str]", feed: Feed, day: str, policy: Policy, keys: Keys,
    kept: "pd.Series[str] | None" = None,
) -> Standing:
    """Asks the register about the rows of one day's delivery; rows: normalised, with the reason codes.

    kept: the domains of addresses that were removed from the rows' archive.
    """
    is_suppressed = _suppressed(store, record_keys, feed, day)
    if feed.is_bounce:
        return _of_bounces(store, rows, is_suppressed)
    domains = email_domains(rows, policy, kept)
    is_named = rows["company"].notna() | rows["business_id"].notna()
    own = pd.DataFrame({"email_domain": domains, "business_id": rows["business_id"], "company_key": rows["company_key"]})
    speaks = is_named & ~is_our_firm(rows, policy) & (not feed.is_third_party)
    firms = _firms_of_domains(store, domains[~is_named], own[speaks])
    by_domain = firms.reindex(domains.mask(is_named)).set_axis(rows.index)
    has_organisation = is_named | by_domain["firms"].eq(1)
    with_firms = _with_firms(store, rows, by_domain)
    erased = people.erased(store, keys, with_firms, record_keys, feed)
    return Standing(
        email_domain=domains,
        has_organisation=has_organisation,
        organisation_is_ambiguous=by_domain["firms"].gt(1),
        names_person=names_person(rows) & ~erased["is_nameless"],
        is_suppressed=is_suppressed,
        third_party_code=_third_party_code(store, rows, by_domain, feed, policy).where(has_organisation),
        erased_code=erased["code"],
        is_banned=people.is_banned(store, keys, with_firms) & ~erased["is_nameless"],
        is_nameless=erased["is_nameless"],
        is_bare=erased["is_bare"],
    )


def _with_firms(store: Store, rows: pd.DataFrame, by_domain: pd.DataFrame) -> pd.DataFrame:
    """The rows with a business id where they name none: of the only firm at their domain, or of the only one of its name."""
    at_domain = by_domain.where(by_domain["firms"].eq(1))
    ids = rows["business_id"].fillna(at_domain["business_id"])
    names = rows["company_key"].fillna(at_domain["company_key"]).where(ids.isna())
    return rows.assign(business_id=ids.fillna(ids_by_name(store, names)))


def ids_by_name(store: Store, names: "pd.Series[str]") -> "pd.Series[str]":
    """Of each firm's name the business id of the only organisation that bears it; missing where none or several do."""
    if names.isna().all():
        return names.astype("str")
    wanted = select(store.keys(names, "company_key").c.company_key)
    held = store.read(select(organisations.c.company_key, func.min(organisations.c.business_id).label("business_id"))
                      .where(organisations.c.company_key.in_(wanted), organisations.c.business_id.is_not(None))
                      .group_by(organisations.c.company_key).having(func.count() == 1))
    return names.map(held.set_index("company_key")["business_id"]).astype("str")


def _of_bounces(store: Store, rows: pd.DataFrame, is_suppressed: "pd.Series[bool]") -> Standing:
    """A bounce speaks of an address alone: kept only where it is hard, and of an address that the register holds."""
    yes, no = (pd.Series(value, index=rows.index) for value in (True, False))
    nothing: pd.Series[str] = pd.Series(None, index=rows.index, dtype="str")
    is_borne = is_among(rows["email"], bounces.borne(store, rows["email"]))
    code = nothing.mask(~is_borne, "address_unknown").mask(rows["event_status"].ne("hard"), "bounce_soft")
    return Standing(nothing, yes, no, no, is_suppressed, code, nothing, no, no, no)


def email_domains(rows: pd.DataFrame, policy: Policy, kept: "pd.Series[str] | None" = None) -> "pd.Series[str]":
    """The domain that may tell the firm: not a provider of free mail, not our own. kept: of addresses that were removed."""
    domains = domain(rows["email"])
    domains = domains if kept is None else domains.fillna(kept)
    return domains.mask(is_among(domains, FREEMAIL) | _is_our_domain(domains, policy))


def names_person(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the row names a person, a mailbox or a phone; text that cannot be read counts, so that nobody is lost."""
    columns = ["name_key", "email", "phone", "full_name_code", "email_code", "phone_code"]
    return rows[columns].notna().any(axis=1)


def is_ours(rows: pd.DataFrame, policy: Policy) -> "pd.Series[bool]":
    """Whether a row speaks of our own firm or of somebody at our own domains."""
    mailboxes = [_is_our_domain(domain(rows[column]), policy) for column in ("email", "email_2")]
    return is_our_firm(rows, policy) | mailboxes[0] | mailboxes[1]


def is_our_firm(rows: pd.DataFrame, policy: Policy) -> "pd.Series[bool]":
    """Whether a row bears one of our own business ids."""
    return is_among(rows["business_id"], policy.controller.own_business_ids)


def _is_our_domain(domains: "pd.Series[str]", policy: Policy) -> "pd.Series[bool]":
    """Our domains and what lies below them."""
    ours = tuple(name.lower() for name in policy.controller.own_domains)
    below = tuple(f".{name}" for name in ours)
    found: pd.Series[bool] = is_among(domains, ours)
    return found | domains.str.endswith(below).fillna(False).astype(bool) if ours else found


def _suppressed(store: Store, record_keys: "pd.Series[str]", feed: Feed, day: str) -> "pd.Series[bool]":
    """Whether a record was removed: until its source gave it no more, and of the days until then still."""
    if store.scalar(select(suppressions.c.record_key).where(suppressions.c.feed == feed.name).limit(1)) is None:
        return pd.Series(False, index=record_keys.index)
    keys = store.keys(record_keys)
    held = store.read(select(keys.c.record_key).join(suppressions, suppressions.c.record_key == keys.c.record_key)
                      .where(IS_IN_FORCE | (suppressions.c.ended_on >= day)))
    return is_among(record_keys, held["record_key"])


def _firms_of_domains(store: Store, domains: "pd.Series[str]", own: pd.DataFrame) -> pd.DataFrame:
    """By domain: `firms`, how many bear it, and one's business_id and company_key. own: firms of the delivery itself."""
    wanted = select(store.keys(domains, "email_domain").c.email_domain)  # in a list, so that the index is gone by
    held = [
        store.read(select(table.c.email_domain, table.c.business_id, table.c.company_key).distinct()
                   .where(table.c.email_domain.in_(wanted))
                   .where(table.c.business_id.is_not(None) | table.c.company_key.is_not(None)))
        for table in (observations, engagements)
    ]
    return _firms(pd.concat([*held, own.loc[is_among(own["email_domain"], domains), FIRM]]).drop_duplicates())


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
    store: Store, rows: pd.DataFrame, by_domain: pd.DataFrame, feed: Feed, policy: Policy
) -> "pd.Series[str]":
    """The reason why the policy's `third_party_may` keeps a row out; missing where it does not."""
    code: pd.Series[str] = pd.Series(None, index=rows.index, dtype="str")
    may = policy.admission.third_party_may
    if not feed.is_third_party or may == "add_anyone":
        return code
    is_known = _organisations_known(store, rows, by_domain)
    code = code.mask(~is_known, "organisation_unknown")
    if may == "update":
        code = code.mask(is_known & names_person(rows) & ~_people_known(store, rows), "person_unknown")
    return code


def _organisations_known(store: Store, rows: pd.DataFrame, by_domain: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the row's firm has an engagement, which alone makes it known; different business ids never are one firm."""
    ids, names = rows["business_id"].fillna(by_domain["business_id"]), rows["company_key"].fillna(by_domain["company_key"])
    return (
        _engaged(store, ids, "business_id")
        | _engaged(store, names.mask(ids.notna()), "company_key")
        | _engaged(store, names.where(ids.notna()), "company_key", engagements.c.business_id.is_(None))
    )


def _engaged(store: Store, values: "pd.Series[str]", column: str, *where: "ColumnElement[bool]") -> "pd.Series[bool]":
    """Whether an engagement bears the value."""
    wanted = store.keys(values, column)
    held = store.read(
        select(wanted.c[column]).distinct().join(engagements, engagements.c[column] == wanted.c[column]).where(*where))
    return is_among(values, held[column]) & values.notna()


def _people_known(store: Store, rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether our own dealings name the mailbox or the mobile already; a switchboard is everybody's."""
    mobile = rows["phone"].where(rows["phone_type"].eq("mobile"))
    return _observed_by_us(store, rows["email"], "email") | _observed_by_us(store, mobile, "phone")


def _observed_by_us(store: Store, values: "pd.Series[str]", column: str) -> "pd.Series[bool]":
    """Whether an observation that is an engagement of ours too bears the value: only our own feeds give both."""
    wanted = store.keys(values, column)
    held = store.read(
        select(wanted.c[column]).distinct().join(observations, observations.c[column] == wanted.c[column])
        .join(engagements, engagements.c.record_key == observations.c.record_key))
    return is_among(values, held[column]) & values.notna()
