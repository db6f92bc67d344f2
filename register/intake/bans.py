"""Marketing bans, recorded from any row before anything else becomes of it; they outlive every later delivery.

A ban hangs on the record key and so follows the person through merges and splits (GDPR art. 21(2)-(3); design, rule 13).
"""

import pandas as pd
from sqlalchemy import select, update

from register.sets import is_among
from register.store.store import Store
from register.store.tables import objections

MARKETING = "marketing"


def record_bans(store: Store, keys: "pd.Series[str]", day: str) -> None:
    """Notes that these records were banned from marketing since the day at the latest; a known ban is not noted twice."""
    if keys.empty:
        return
    wanted = store.keys(keys)
    is_known = (objections.c.record_key == wanted.c.record_key) & (objections.c.kind == MARKETING)
    known = store.read(select(objections.c.record_key).join(wanted, is_known))
    store.execute(update(objections).where(is_known, objections.c.objected_on > day).values(objected_on=day))
    new = keys[~is_among(keys, known["record_key"])].drop_duplicates()
    banned = pd.DataFrame({"record_key": new.to_numpy()}).assign(kind=MARKETING, objected_on=day)
    store.insert(objections, banned)
    store.promises.put(objections, banned)
