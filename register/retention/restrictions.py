"""Who is restricted until something is settled: nothing of theirs goes meanwhile, and nothing changes (GDPR art. 18).

How a restriction is put and lifted stands in `removal/objections.py`. Only reads.
"""

from typing import Literal

from sqlalchemy import ColumnElement, CompoundSelect, Select, exists, func, not_, or_, select, union

from register.instants import said_by, stood_on
from register.store.tables import contacts, holds, memberships, objections, observations, quarantine

Restriction = Literal["situation", "restriction"]
"""Objected to for a particular situation and not yet assessed (art. 21(1)), or restricted on request (art. 18(1))."""

RESTRICTIONS: tuple[Restriction, ...] = ("situation", "restriction")


def waiting() -> CompoundSelect[str]:
    """Records of whom nothing goes: under a hold, or of whoever is restricted; they are few."""
    held = select(holds.c.record_key).where(is_held())
    return union(held, select(objections.c.record_key).where(stands()))


def of_contacts(on: str | None = None) -> Select[tuple[str, str]]:
    """contact_id and since_on of those who are restricted, or were on a day."""
    since = select(memberships.c.contact_id, func.min(objections.c.objected_on).label("since_on")).join(
        objections, objections.c.record_key == memberships.c.record_key)
    return since.where(stands(on)).group_by(memberships.c.contact_id)


def is_held(on: str | None = None) -> ColumnElement[bool]:
    """The condition that a hold is in force, or was on a day."""
    return holds.c.lifted_at.is_(None) if on is None else said_by(on, holds.c.held_at) & stood_on(on, holds.c.lifted_at)


def is_restricted() -> ColumnElement[bool]:
    """The condition that a contact is restricted."""
    return exists().where(memberships.c.contact_id == contacts.c.contact_id,
                          objections.c.record_key == memberships.c.record_key, stands())


def waits_of_restricted() -> ColumnElement[bool]:
    """The condition that a row in quarantine is of a restricted contact: by its record, or by an e-mail or mobile that is
    nobody else's. Nobody is asked about it, and it does not expire.
    """
    restricted = select(memberships.c.record_key).join(contacts, contacts.c.contact_id == memberships.c.contact_id)
    restricted = restricted.where(contacts.c.restricted)
    own = observations.c.record_key.in_(restricted)
    emails = select(observations.c.email).where(own, observations.c.email.is_not(None), not_(observations.c.email_is_role))
    mobiles = select(observations.c.phone).where(own, observations.c.phone_type == "mobile")
    return or_(
        quarantine.c.record_key.in_(restricted),
        func.coalesce(quarantine.c.email, "").in_(emails),
        func.coalesce(quarantine.c.phone, "").in_(mobiles),
    )


def stands(on: str | None = None) -> ColumnElement[bool]:
    """The condition that an objection restricts, or did on a day."""
    is_kind = objections.c.kind.in_(RESTRICTIONS)
    if on is None:
        return is_kind & objections.c.lifted_at.is_(None)
    return is_kind & said_by(on, objections.c.objected_on) & stood_on(on, objections.c.lifted_at)
