"""Which id became which: written by each ledger of ids (contacts, people, organisations), read when a part splits off."""

from typing import Literal

import pandas as pd
import sqlalchemy as sa

from register.increments import among
from register.matching import Identities
from register.store.store import Store
from register.store.tables import redirects

Kind = Literal["contact", "person", "organisation"]


def write(store: Store, identities: Identities, kind: Kind, day: str) -> None:
    """Adds the merges' redirects and takes away those of ids that are in use again."""
    if not identities.revived.empty:
        store.execute(sa.delete(redirects).where(among(store, redirects.c.old_id, identities.revived)))
    store.upsert(redirects, identities.redirects.assign(kind=kind, redirected_on=day))


def merged_into(store: Store, ids: "pd.Series[str]", kind: Kind) -> pd.DataFrame:
    """old_id and new_id of what was merged into one of the ids."""
    query = sa.select(redirects.c.old_id, redirects.c.new_id)
    return store.read(query.where(among(store, redirects.c.new_id, ids), redirects.c.kind == kind))
