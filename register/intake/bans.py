"""Marketing bans, recorded from any row before anything else becomes of it; they outlive every later delivery.

A ban hangs on the record key and so follows the person through merges and splits (GDPR art. 21(2)-(3); design, rule 13). It is
the person's: what is held of them under other keys is banned with the row that said it, though that one only waits or may not
be kept, and by keyed hashes whatever comes of them later is too. A personal e-mail tells who somebody is, or a mobile and a
surname; never a mailbox or a switchboard that others share.
"""

import pandas as pd
from sqlalchemy import func, or_, select, union, update

from register.increments import among
from register.keys import Keys
from register.matching import match_keys
from register.removal import people
from register.sets import is_among
from register.store.conditions import MARKETING
from register.store.store import Store
from register.store.tables import match_keys as keys_table
from register.store.tables import objections, observations, runs

CHANNELS = ("email", "email_2", "phone", "phone_2")

ANYBODY = "x"
"""Stands for a name: a channel that is somebody's own finds them without one."""


def record_bans(store: Store, keys: "pd.Series[str]", day: str) -> int:
    """Notes that these records were banned from marketing since the day at the latest; how many were not known to be."""
    if keys.empty:
        return 0
    wanted = store.keys(keys)
    is_known = (objections.c.record_key == wanted.c.record_key) & (objections.c.kind == MARKETING)
    known = store.read(select(objections.c.record_key).join(wanted, is_known))
    store.execute(update(objections).where(is_known, objections.c.objected_on > day).values(objected_on=day))
    new = keys[~is_among(keys, known["record_key"])].drop_duplicates()
    banned = pd.DataFrame({"record_key": new.to_numpy()}).assign(kind=MARKETING, objected_on=day)
    store.insert(objections, banned)
    store.promises.put(objections, banned)
    return len(banned)


def ban_people(store: Store, keys: Keys, rows: pd.DataFrame, day: str, *, is_new: bool) -> None:
    """Bans whoever said so in rows, however they are held and whenever they come again. rows: normalised, `people.TRAITS`.
    is_new: whether a ban of the rows was not known yet; whoever was known to be banned was found then.

    Where the key of objections was lost they are banned by their records alone: no delivery waits for it.
    """
    who = rows.assign(business_id=None, company_key=None, is_sole_trader=False, objected_on=day)
    who = who.astype({"business_id": "str", "company_key": "str"}).reset_index(drop=True)
    if is_new | (not people.has_lost_bans(store, keys) and people.keep_bans(store, keys, who) > 0):
        record_bans(store, _held(store, keys.lasting(), who), day)


def _held(store: Store, key: bytes, who: pd.DataFrame) -> "pd.Series[str]":
    """Records of the same people, found by the keys of `contacts`, or not yet looked at by it."""
    said = match_keys(who.assign(organisation_id=pd.Series(None, index=who.index, dtype="str"), name_key=ANYBODY), key)
    last = select(func.coalesce(func.max(runs.c.run), 0)).where(runs.c.step == "contacts", runs.c.state == "done")
    near = union(
        select(keys_table.c.record_key).where(among(store, keys_table.c.match_key, said["match_key"])),
        select(observations.c.record_key).where(observations.c.changed_in > store.scalar(last)))
    values = pd.concat([who[name] for name in CHANNELS]).dropna()
    bears = or_(*(among(store, observations.c[name], values) for name in CHANNELS))
    told = [observations.c[name] for name in people.TRAITS]
    found = store.read(select(observations.c.record_key, *told).where(
        observations.c.names_person, observations.c.record_key.in_(near), bears))
    traits = people.own_traits(found).merge(people.own_traits(who)[["basis", "text"]], on=["basis", "text"])
    return found["record_key"].loc[traits["position"].unique()]
