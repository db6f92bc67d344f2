"""Golden values of contacts and organisations: which fields go together, and what goes before trust. Reads no table.

How one value wins over the others stands in `survivorship.py`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from register.columns import ADDRESS, CHANNELS, CONTACT_FIELDS, NAME
from register.contacts.survivorship import (
    NOTHING,
    PERSONAL,
    RANKS,
    Candidates,
    Chosen,
    Golden,
    Ints,
    Ranked,
    choose,
    codes,
    plain,
    ranked,
    weighed,
)
from register.corrections.told import NEWEST
from register.feeds import OWN_KINDS, Feeds
from register.gate.corrected import SECOND
from register.matching.keys import name_parts
from register.normalise import company, email, name, phone
from register.sets import is_among

PART = "\x1f"

UNSAID = -2
"""The number of a corrected value that no row says."""

CONTACT_VALUES = (*CONTACT_FIELDS, "email_is_role", "phone_type", "marketing_consent", "provenance")
"""What a contact's rows decide; a restricted contact keeps its own."""


def contacts(rows: pd.DataFrame, corrections: pd.DataFrame, feeds: Feeds) -> pd.DataFrame:
    """One row a contact: contact_id, CONTACT_VALUES, first_seen_on, last_seen_on.

    rows: observations with contact_id. corrections: as `told.in_force` gives them.
    """
    order = ranked(weighed(rows, feeds), "contact_id")
    golden = Golden(order)
    golden.take(NAME, choose(order, _names(order.rows)))
    newest = _newest(order, _with_names(corrections))
    firsts = _firsts(newest)
    _two(golden, ("email", "email_2"), ("email_is_role", "email_2_is_role"), lambda kind: kind, firsts)
    _two(golden, ("phone", "phone_2"), ("phone_type", "phone_2_type"), lambda kind: kind == "company", firsts)
    golden.take(ADDRESS, choose(order, _addresses(order.rows, pd.Series(True, index=order.rows.index))))
    golden.take(("case_number",), choose(order, plain(codes(order.rows["case_number"]))))
    found = golden.frame("contact_id", pd.concat([newest[~is_among(newest["column"], CHANNELS)], firsts], ignore_index=True))
    return _kinds_of_corrected(found, firsts).assign(
        marketing_consent=_consents(order, feeds),
        first_seen_on=_extreme(order, "first_seen_on", np.minimum),
        last_seen_on=_extreme(order, "last_seen_on", np.maximum),
    )


def organisations(rows: pd.DataFrame, corrections: pd.DataFrame) -> pd.DataFrame:
    """One row an organisation: organisation_id, its fields, company_key, is_sole_trader, marketing_ban, provenance.

    rows: weighed rows with organisation_id; addresses are taken from those without a person, since others may live there.
    marketing_ban: of the rows without a person (law: a company's ban and a person's are two).
    """
    order = ranked(rows, "organisation_id")
    golden = Golden(order)
    is_company = ~order.rows["names_person"]
    golden.take(("company",), choose(order, plain(codes(order.rows["company_key"]))))
    golden.take(("business_id",), choose(order, plain(codes(order.rows["business_id"]))))
    golden.take(("website",), choose(order, plain(codes(order.rows["website"]))))
    golden.take(ADDRESS, choose(order, _addresses(order.rows, is_company)))
    found = golden.frame("organisation_id", _newest(order, _of_companies(corrections, order.rows)))
    keys = {text: company.parse(text).key for text in found["company"].dropna().unique()}
    return found.assign(
        company_key=found["company"].map(keys).astype("str"),
        is_sole_trader=_any(order, order.rows["is_sole_trader"]),
        marketing_ban=_any(order, order.rows["marketing_ban"] & is_company),
    )


def _names(rows: pd.DataFrame) -> Candidates:
    """Of equal trust the name with more parts, which says no other thing but more."""
    parts = name_parts(rows["name_key"]).to_numpy()
    nothing = np.zeros(len(rows), dtype="int64")
    return Candidates(codes(rows["name_key"]), nothing, RANKS - 1 - np.minimum(parts, RANKS - 1))


def _addresses(rows: pd.DataFrame, allowed: "pd.Series[bool]") -> Candidates:
    """An address with a street before one without; of equal trust one with a postcode."""
    lacks_street, lacks_postcode = rows["street"].isna(), rows["postcode"].isna()
    text = rows["street"].fillna("") + PART + rows["postcode"].fillna("") + PART + rows["city"].fillna("")
    values = codes(text.where(allowed & (text != PART + PART)))
    return Candidates(values, np.asarray(lacks_street, dtype="int64"), np.asarray(lacks_postcode, dtype="int64"))


def _firsts(newest: pd.DataFrame) -> pd.DataFrame:
    """The newest corrected e-mail and phone of each contact, which go first; what is removed leaves the place to the next."""
    said = newest[is_among(newest["column"], CHANNELS) & newest["value"].notna()]
    firsts = said.assign(column=said["column"].str.removesuffix(SECOND)).sort_values(NEWEST)
    return firsts.drop_duplicates(["group", "column"], keep="last", ignore_index=True)


def _two(
    golden: Golden, columns: tuple[str, str], kinds: tuple[str, str], is_shared: Callable[[Any], Any], firsts: pd.DataFrame
) -> None:
    """The best and the next different value of a channel with two places a row; a person's own goes before trust.

    is_shared: whether a kind belongs to the company. The kind of the best value becomes a column too. firsts: the corrected
    values, which are put over the best.
    """
    order, rows = golden.ranked, golden.ranked.rows
    values = pd.concat([rows[column] for column in columns], ignore_index=True)
    kind = pd.concat([rows[column] for column in kinds], ignore_index=True)
    woven = np.arange(len(values)).reshape(2, -1).T.ravel()
    values, kind = values.iloc[woven].reset_index(drop=True), kind.iloc[woven].reset_index(drop=True)
    shared = is_shared(kind).fillna(False).to_numpy("int64")
    one = Candidates(codes(values), shared, np.zeros_like(shared), slots=2, word=PERSONAL)
    best = choose(order, one)
    _put(golden, columns[0], values, best)
    golden.values[kinds[0]] = _taken(kind, best.places)
    corrected = firsts[firsts["column"] == columns[0]].set_index("group")["value"].reindex(range(len(order.ids)))
    _put(golden, columns[1], values, choose(order, _without(order, one, best, _codes_among(corrected, values, one.codes))))


def _codes_among(wanted: "pd.Series[str]", values: "pd.Series[str]", known: Ints) -> Ints:
    """The number that each wanted value has among the values; UNSAID of one that no row says, NOTHING where none is wanted."""
    numbers = pd.Series(known, index=values.to_numpy()).groupby(level=0).first()
    return np.where(wanted.isna(), NOTHING, wanted.map(numbers).fillna(UNSAID).to_numpy()).astype("int64")


def _without(order: Ranked, candidates: Candidates, best: Chosen, corrected: Ints) -> Candidates:
    """What is left for the second place: other values, withdrawn ones only where the best is withdrawn."""
    group = np.repeat(order.group, candidates.slots)
    won = np.where(best.places == NOTHING, NOTHING, candidates.codes[best.places])
    won = np.where(corrected == NOTHING, won, corrected)
    is_withdrawn = order.withdrawn[best.places // candidates.slots]
    is_out = (candidates.codes == won[group]) | (np.repeat(order.withdrawn, candidates.slots) > is_withdrawn[group])
    return Candidates(
        np.where(is_out, NOTHING, candidates.codes), candidates.before, candidates.after, candidates.slots, candidates.word
    )


def _put(golden: Golden, column: str, values: "pd.Series[str]", chosen: Chosen) -> None:
    rows = np.where(chosen.places == NOTHING, NOTHING, chosen.places // 2)
    golden.put(column, _taken(values, chosen.places), Chosen(rows, chosen.why))


def _taken(values: "pd.Series[Any]", places: Ints) -> "pd.Series[Any]":
    """Values at the places, missing where there is none; a missing yes or no is no."""
    if values.dtype == bool:
        return pd.Series(values.to_numpy()[places] & (places != NOTHING))
    return pd.Series(values.array.take(places, allow_fill=True))


def _newest(order: Ranked, corrections: pd.DataFrame) -> pd.DataFrame:
    """The newest correction of each group and column, with the group's number and the record's feed."""
    records = pd.DataFrame({"record_key": order.rows["record_key"], "feed": order.rows["feed"], "group": order.group})
    own = corrections.merge(records.drop_duplicates("record_key"), on="record_key")
    own = own.sort_values(NEWEST)
    return own.drop_duplicates(["group", "column"], keep="last", ignore_index=True)


def _with_names(corrections: pd.DataFrame) -> pd.DataFrame:
    """A corrected full name corrects its parts too, where they are not corrected as well: names go together."""
    whole = corrections[corrections["column"] == "full_name"].assign(correction_id=NOTHING)
    read = [name.parse(value) if isinstance(value, str) else name.Name() for value in whole["value"]]
    first, last = ([getattr(of, part) for of in read] for part in ("first", "last"))
    parts = (whole.assign(column="first_name", value=first), whole.assign(column="last_name", value=last))
    return pd.concat([*parts, corrections], ignore_index=True).astype({"value": "str", "column": "str"})


def _of_companies(corrections: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Without the corrected addresses of people."""
    people = rows.loc[is_among(rows["record_key"], corrections["record_key"]) & rows["names_person"], "record_key"]
    return corrections[~(corrections["column"].isin(ADDRESS) & corrections["record_key"].isin(people))]


def _kinds_of_corrected(found: pd.DataFrame, corrections: pd.DataFrame) -> pd.DataFrame:
    """A corrected e-mail or phone brings its own kind."""
    emails = corrections.loc[corrections["column"] == "email", "group"]
    phones = corrections.loc[corrections["column"] == "phone", "group"]
    found.loc[emails, "email_is_role"] = email.is_role(found.loc[emails, "email"])
    found.loc[phones, "phone_type"] = found.loc[phones, "phone"].map(_phone_type).astype("str")
    return found


def _phone_type(number: Any) -> str | None:
    read = phone.read(number, "FI") if isinstance(number, str) else []
    return next((found.kind for found in read if found), None)


def _consents(order: Ranked, feeds: Feeds) -> "pd.Series[bool]":
    """The newest word on marketing: a consent, a ban, or an own feed's row without consent; a third party's silence is none."""
    own = {feed.name for feed in feeds.good if feed.kind in OWN_KINDS}
    says_yes = order.rows["marketing_consent"] & ~order.rows["marketing_ban"]
    speaks = says_yes | order.rows["marketing_ban"] | is_among(order.rows["feed"], own)
    word = pd.factorize(order.rows["newest_on"], sort=True)[0] * 2 + (~says_yes).to_numpy("int64")
    newest = np.maximum.reduceat(np.where(speaks, word, NOTHING), order.starts)
    return pd.Series((newest != NOTHING) & (newest % 2 == 0), dtype=bool)


def _extreme(order: Ranked, column: str, least_or_most: "np.ufunc") -> "pd.Series[str]":
    numbers, days = pd.factorize(order.rows[column], sort=True)
    return pd.Series(days.take(least_or_most.reduceat(numbers, order.starts)), dtype="str")


def _any(order: Ranked, values: "pd.Series[bool]") -> "pd.Series[bool]":
    return pd.Series(np.logical_or.reduceat(values.to_numpy(bool), order.starts)).astype(bool)
