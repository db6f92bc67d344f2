"""Whether anybody was removed between looking something up and writing it: then it is looked up anew."""

from sqlalchemy import func, select

from register.store.store import Store
from register.store.tables import removals


def removed_so_far(store: Store) -> int:
    """How many removals there were, of people and of parts; more of them in the writing transaction: somebody went since."""
    return int(store.scalar(select(func.count()).select_from(removals)))
