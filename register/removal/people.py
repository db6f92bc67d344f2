"""Who was erased, and who objected, known again by who they are: keyed hashes, checked at the gate. Holds no value.

*Erased* keeps out providers and registries. A row of our own dealings comes in only when it says itself that it is later than
the erasure, so that no backfill over old days brings anybody back, and with its person only when it is the person's own word.
A marketing objection outlives the person's data. Role mailboxes and landlines are never hashed: the innocent share them.
"""

import hmac
from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Table, func, select

from register.errors import HomeError
from register.feeds import Feed
from register.increments import among
from register.keys import OBJECTIONS, Keys, lost
from register.normalise.text import fold
from register.retention.reach import OWN_WORD
from register.sets import is_among
from register.store.conditions import IS_BAN
from register.store.store import Store
from register.store.tables import (
    banned_people,
    contacts,
    memberships,
    objections,
    observations,
    organisations,
    suppressed_people,
)

PART = "\x1f"

TRAITS = (
    "email", "email_is_role", "email_2", "email_2_is_role", "phone", "phone_type", "phone_2", "phone_2_type", "last_name",
    "name_key", "business_id", "company_key", "is_sole_trader",
)
"""What tells who somebody is, as `normalise` gives it and `observations` holds it."""

OF_ORGANISATION = ("business_id", "company_key", "is_sole_trader")

OWN = ("email", "mobile_surname")
"""What is somebody's own wherever they are."""

UNSURE = "mobile"
"""A basis that does not tell who by itself: numbers pass to successors."""

TRADER = "trader"
"""The basis of a sole trader's firm, which is its person: by business id, by name where a row has none."""

DETAILS = "bare"
"""Before the basis of those whose contact details were erased, and not they."""


def people_of(store: Store, record_keys: "pd.Series[str]") -> pd.DataFrame:
    """What the observations of the records say of who they are: record_key, TRAITS, objected_on (missing without a ban).

    The business id and the name are the organisation's where the row has none; whether it is a sole trader, too.
    """
    wanted = store.keys(record_keys)
    banned = (select(contacts.c.person_id, func.min(objections.c.objected_on).label("objected_on"))
              .join(memberships, memberships.c.contact_id == contacts.c.contact_id)
              .join(objections, objections.c.record_key == memberships.c.record_key)
              .where(IS_BAN)
              .group_by(contacts.c.person_id)).subquery()
    own = [observations.c[name] for name in TRAITS if name not in OF_ORGANISATION]
    firm = [func.coalesce(observations.c[name], organisations.c[name]).label(name) for name in ("business_id", "company_key")]
    is_trader = func.coalesce(organisations.c.is_sole_trader, observations.c.is_sole_trader).label("is_sole_trader")
    said = (observations.c.marketing_ban, observations.c.last_seen_on, banned.c.objected_on)
    query = (select(observations.c.record_key, *own, *firm, is_trader, *said)
             .join(wanted, wanted.c.record_key == observations.c.record_key)
             .outerjoin(organisations, organisations.c.organisation_id == observations.c.organisation_id)
             .outerjoin(memberships, memberships.c.record_key == observations.c.record_key)
             .outerjoin(contacts, contacts.c.contact_id == memberships.c.contact_id)
             .outerjoin(banned, banned.c.person_id == contacts.c.person_id)
             .where(observations.c.names_person))
    found = store.read(query)
    objected_on = found["objected_on"].fillna(found["last_seen_on"].where(found["marketing_ban"]))
    return found.drop(columns=["marketing_ban", "last_seen_on"]).assign(objected_on=objected_on)


def suppress_people(
    store: Store, keys: Keys, people: pd.DataFrame, day: str, removal_id: str, *, only_details: bool = False
) -> int:
    """Keeps erased people out, or only their contact details, until the day's year's key is destroyed; how many hashes.

    people: as `people_of` gives it, before the erasure. Raises HomeError where the year's key was lost: a new one would
    know none again whom the old one does.
    """
    year = int(day[:4])
    is_used = select(suppressed_people.c.person_hash).where(suppressed_people.c.key_year == year).limit(1)
    if year not in keys.years() and store.scalar(is_used):
        raise HomeError(lost(f"suppression-{year}.key"))
    said = traits(people)
    said = _of_details(said) if only_details else said
    hashes = _hashed(said, keys.of_year(year)).drop_duplicates("person_hash")
    known_again = hashes[["person_hash", "basis"]].assign(key_year=year, removal_id=removal_id, suppressed_on=day)
    store.upsert(suppressed_people, known_again)
    store.promises.put(suppressed_people, known_again)
    return len(hashes)


def keep_bans(store: Store, keys: Keys, people: pd.DataFrame) -> int:
    """Keeps the marketing bans of people by who they are, whatever becomes of their rows; how many hashes are new. people: as
    `people_of` gives it.

    Raises HomeError where the key was lost: a new one would know none again whom the old one does.
    """
    said = traits(people)
    banned = said[said["position"].map(people["objected_on"]).notna() & said["basis"].ne(UNSURE)]
    if banned.empty:
        return 0
    if has_lost_bans(store, keys):
        raise HomeError(lost(OBJECTIONS))
    found = _hashed(banned, keys.made(OBJECTIONS)).assign(objected_on=banned["position"].map(people["objected_on"]))
    first = found.sort_values("objected_on").drop_duplicates("person_hash")
    is_theirs = among(store, banned_people.c.person_hash, first["person_hash"])
    known = store.read(select(banned_people.c.person_hash).where(is_theirs))
    new = first.loc[~is_among(first["person_hash"], known["person_hash"]), ["person_hash", "basis", "objected_on"]]
    store.insert(banned_people, new)
    store.promises.put(banned_people, new)
    return len(new)


def has_lost_bans(store: Store, keys: Keys) -> bool:
    """Whether bans are held by who people are, and the key that knows them again was lost."""
    return keys.objections() is None and store.scalar(select(banned_people.c.person_hash).limit(1)) is not None


def erased(store: Store, keys: Keys, rows: pd.DataFrame, record_keys: "pd.Series[str]", feed: Feed) -> pd.DataFrame:
    """What of each row does not come in, since it is of somebody who was erased: code, is_nameless, is_bare.

    code: why the row does not; missing where it does. `erased_person` is withheld; `erased_mobile` (only the number is theirs)
    and `erased_undated` wait for the steward. A row of our own that says that it is later comes in: with its person where it is
    their own word, or where only the number was theirs, which is its next holder's by now; else, is_nameless, as a fact of the
    firm. is_bare: it comes in without contact details. What a record that the register holds says already is of somebody who
    stays.
    """
    none = pd.DataFrame({"code": pd.Series(None, index=rows.index, dtype="str"), "is_nameless": False, "is_bare": False})
    asked = store.read(select(suppressed_people.c.basis).distinct())["basis"]
    if asked.empty:
        return none
    said = traits(rows.assign(is_sole_trader=True))  # whether it is one, its row need not say
    said = pd.concat([said, _of_details(said)], ignore_index=True)
    found = _suppressed(store, keys, said[is_among(said["basis"], asked)])
    found = _not_borne(store, keys, found, rows, record_keys)
    is_later, is_own_word = _is_later(rows, found) & (not feed.is_third_party), feed.kind in OWN_WORD
    of_details, of_trader = found["basis"].str.startswith(DETAILS), found["basis"] == TRADER
    is_sure = _are_in(rows, found[~of_details & (found["basis"] != UNSURE)])
    is_of_firm = ~_are_in(rows, found[of_trader]) & ~rows["is_sole_trader"] & (not is_own_word)
    is_nameless, opens = is_sure & is_later & is_of_firm, is_later & (~is_sure | is_own_word)
    code = none["code"].mask(_are_in(rows, found[~of_details]), "erased_mobile").mask(is_sure, "erased_person")
    if not feed.is_third_party:
        code = code.mask(code.notna() & ~rows["is_dated"], "erased_undated").mask(opens)
    is_bare = _are_in(rows, found[of_details]) & ~(is_later & is_own_word)
    return none.assign(code=code.mask(is_nameless), is_nameless=is_nameless, is_bare=is_bare)


def _is_later(rows: pd.DataFrame, found: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a row says itself that it is later than the erasure."""
    erased_on = found.groupby("position")["suppressed_on"].max().reindex(rows.index).astype("str")
    return rows["is_dated"] & rows["event_on"].gt(erased_on).fillna(False).astype(bool)


def _not_borne(
    store: Store, keys: Keys, found: pd.DataFrame, rows: pd.DataFrame, record_keys: "pd.Series[str]"
) -> pd.DataFrame:
    """Those of the traits found that the row's record, as the register holds it, does not say: it may be given to another."""
    given = record_keys[found["position"].unique()].rename("record_key").rename_axis("position").reset_index()
    held = given.merge(people_of(store, given["record_key"]), on="record_key").set_index("position")
    firms = rows.loc[held.index, list(OF_ORGANISATION)]
    said = [traits(held.assign(is_sole_trader=True)), traits(held.assign(is_sole_trader=True, business_id=None)),
            traits(held.assign(**firms).assign(is_sole_trader=False))]  # who moves to another firm is who they were
    borne = pd.concat([*said, *map(_of_details, said)], ignore_index=True)
    borne = _suppressed(store, keys, borne.drop_duplicates(["position", "basis", "text"], ignore_index=True))
    same = ["position", "person_hash"]
    return found[~pd.MultiIndex.from_frame(found[same]).isin(pd.MultiIndex.from_frame(borne[same]))]


def _are_in(rows: pd.DataFrame, found: pd.DataFrame) -> "pd.Series[bool]":
    return pd.Series(rows.index.isin(found["position"]), index=rows.index)


def _suppressed(store: Store, keys: Keys, said: pd.DataFrame) -> pd.DataFrame:
    """The traits by which somebody is kept out: position, basis, person_hash, suppressed_on."""
    hashes = [_hashed(said, key) for key in keys.living().values()]
    return _held(store, suppressed_people, pd.concat(hashes, ignore_index=True) if hashes else said.head(0), "suppressed_on")


def erased_records(store: Store, keys: Keys, removal_ids: Sequence[str]) -> "pd.Series[str]":
    """Records of people whom these removals erased, by who they surely are, that say nothing later than that."""
    if not removal_ids:
        return pd.Series(dtype="str", name="record_key")
    rows = people_of(store, store.read(select(observations.c.record_key))["record_key"])
    found = of_removals(store, keys, traits(rows), removal_ids)
    erased_on = found[found["basis"] != UNSURE].groupby("position")["suppressed_on"].max()
    said = pd.DataFrame({"record_key": rows["record_key"].reindex(erased_on.index), "erased_on": erased_on})
    dated = store.read(select(observations.c.record_key, observations.c.event_on).where(
        observations.c.is_dated, among(store, observations.c.record_key, said["record_key"])))
    told = said.merge(dated, on="record_key", how="left")
    return told.loc[~told["event_on"].gt(told["erased_on"]).fillna(False).astype(bool), "record_key"].astype("str")


def of_removals(store: Store, keys: Keys, said: pd.DataFrame, removal_ids: Sequence[str]) -> pd.DataFrame:
    """The traits under which people were erased by these removals: position, basis, suppressed_on. said: as `traits`."""
    living = [_hashed(said, key) for key in keys.living().values()]
    if not living:
        return said.head(0).assign(suppressed_on=pd.Series(dtype="str"))
    query = select(suppressed_people.c.person_hash, suppressed_people.c.suppressed_on)
    held = store.read(query.where(suppressed_people.c.removal_id.in_(removal_ids)))
    return pd.concat(living, ignore_index=True).merge(held, on="person_hash")


def is_banned(store: Store, keys: Keys, rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a row is of somebody who objected to marketing before."""
    key, bases = keys.objections(), store.read(select(banned_people.c.basis).distinct())["basis"]
    if bases.empty or key is None:
        return pd.Series(False, index=rows.index)
    said = traits(rows)
    found = _held(store, banned_people, _hashed(said[is_among(said["basis"], bases)], key), "objected_on")
    return pd.Series(rows.index.isin(found["position"]), index=rows.index)


def traits(rows: pd.DataFrame) -> pd.DataFrame:
    """What tells who each row's person is: position (the row's label), basis, text. rows: the columns TRAITS."""
    emails = [rows[name].mask(rows[f"{name}_is_role"].astype(bool)) for name in ("email", "email_2")]
    mobiles = [rows[name].where(rows[f"{name}_type"].eq("mobile")) for name in ("phone", "phone_2")]
    surname = rows["last_name"].map({name: fold(name) for name in rows["last_name"].dropna().unique()}).astype("str")
    full_name = rows["name_key"].astype("str").where(rows["name_key"].str.contains("-", regex=False).fillna(False).astype(bool))
    said = [
        *(("email", email) for email in emails),
        *(("mobile_surname", mobile.astype("str") + PART + surname) for mobile in mobiles),
        ("name_firm", full_name + PART + rows["business_id"].fillna(rows["company_key"]).astype("str")),
        *((UNSURE, mobile) for mobile in mobiles),
        (TRADER, rows["business_id"].fillna(rows["company_key"]).where(rows["is_sole_trader"].astype(bool))),
    ]
    parts = [pd.DataFrame({"position": rows.index, "basis": basis, "text": text.astype("str").to_numpy()})
             for basis, text in said]
    return pd.concat(parts, ignore_index=True).dropna(subset="text")


def own_traits(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of the traits that tell who somebody is by themselves."""
    said = traits(rows)
    return said[is_among(said["basis"], OWN)]


def _of_details(said: pd.DataFrame) -> pd.DataFrame:
    """The sure traits under which contact details are kept out."""
    sure = said[said["basis"] != UNSURE]
    return sure.assign(basis=DETAILS + "_" + sure["basis"])


def _hashed(said: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """The traits with their person_hash, HMAC-SHA256, each distinct one hashed once."""
    texts = said["basis"] + PART + said["text"]
    hashes = {text: hmac.digest(key, text.encode(), "sha256").hex() for text in texts.unique()}
    return said[["position", "basis"]].assign(person_hash=texts.map(hashes).astype("str"))


def _held(store: Store, table: Table, hashes: pd.DataFrame, day: str) -> pd.DataFrame:
    """Those of the hashes that the table holds: position, basis, person_hash, and the table's day."""
    if hashes.empty:
        columns = {"position": "int64", "basis": "str", "person_hash": "str", day: "str"}
        return pd.DataFrame(columns=list(columns)).astype(columns)
    wanted = store.keys(hashes["person_hash"], "person_hash")
    held = store.read(select(table.c.person_hash, table.c[day]).join(wanted, wanted.c.person_hash == table.c.person_hash))
    return hashes.merge(held, on="person_hash")
