"""Contacts: one record for each person at each organisation, a function of observations, corrections and policy.

Looks only at what changed and whom that touches (`contact_scope.py`). Who is who stands in `matching/`, which value wins in
`golden.py`; people over several organisations in `people.py`.
"""

from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
import sqlalchemy as sa

from register import increments
from register.columns import CONTACT_FIELDS
from register.contacts import contact_scope, golden, job_changes, parting, people, redirects
from register.contacts.contact_scope import Scope, decisions_on
from register.corrections import told
from register.feeds import Feeds
from register.increments import among
from register.matching import MODEL, Identities, Joined, alike, clusters, contact_pairs, contacts_model, identify, join
from register.policy import Policy
from register.sets import is_among
from register.store.store import Store
from register.store.tables import contacts, doubts, memberships, organisations, removed_values, runs

VERSION = "contacts 5"
"""A new version computes all contacts anew."""

CHUNK = 50_000
"""Contacts whose golden values are computed at a time: bounds the memory of a whole computation."""

PASSED = '"suite": "passed"'
"""How a run's counts say that the suite on contacts found nothing wrong."""

JUDGED = ("contact_id", "organisation_id", *CONTACT_FIELDS, "email_is_role", "provenance")
"""What the suite on contacts reads."""

SHOWN = ("contact_id", "organisation_id", *CONTACT_FIELDS, "marketing_ban", "marketing_consent", "restricted")
"""What people see of a contact: another day of it, or another source of the same value, is no change."""

PAIR = ("left_key", "right_key")

ALONE = "alone"
"""The rule of a record that no other record is joined to."""


@dataclass(frozen=True)
class ContactCounts:
    """contacts: held after the run. merged: records that joined another record's contact. changed: contacts that are new, or of
    which something is said otherwise (SHOWN).
    """

    contacts: int
    merged: int
    changed: int


def update(store: Store, policy: Policy, feeds: Feeds, key: bytes, day: str, *, is_whole: bool = False) -> ContactCounts:
    """Brings contacts, memberships and match keys up to date; key: the home's, of the hashes; day: of redirects and doubts.

    is_whole: everything anew, whatever has changed. Source: design, rules 11 to 14.
    """
    basis = increments.basis(policy, feeds, VERSION, _model())
    since = increments.since(store, "contacts", basis)
    scope = contact_scope.read(store, key, replace(since, is_whole=since.is_whole or is_whole))
    merged, changed = (0, 0) if scope is None else _renew(store, feeds, scope, key, day)
    held = int(store.scalar(sa.select(sa.func.count()).select_from(contacts)))
    counts = ContactCounts(held, merged, changed)
    increments.record(store, basis, asdict(counts))
    return counts


def _renew(store: Store, feeds: Feeds, scope: Scope, key: bytes, day: str) -> tuple[int, int]:
    """How many records were merged and contacts changed."""
    records = scope.records
    exact = clusters(records["name_key"], contact_pairs(scope.keys, records["organisation_id"], records["name_key"]))
    place = pd.Series(records.index, index=records["record_key"])
    firm = pd.factorize(records["organisation_id"])[0]
    found = join(exact, alike(records, exact), decisions_on(scope.told, place, ("same",)), firm)
    identities = identify(records.assign(cluster=found.labels))
    named = records.assign(id=identities.members["id"], first_id=identities.members["first_id"])
    hung = parting.before(store, scope)
    _write_memberships(store, scope, named, found)
    redirects.write(store, identities, "contact", day)
    parting.hand_on(store, hung, named)
    belongings, elsewhere = people.update(store, scope, named, identities.redirects, day)
    belongings = parting.keep_bans(store, hung, named, belongings)
    changed = _write_contacts(store, feeds, named, key, belongings)
    _delete_vanished(store, scope, named)
    changes = job_changes.suggested(store, feeds, None if scope.is_whole else belongings["person_id"], scope.told)
    _write_doubts(store, scope, _keyed(found.doubts, records), pd.concat([elsewhere, changes]), belongings["contact_id"], day)
    return _merged(named, identities), changed


def _model() -> str:
    """Names what decides who is one, in `memberships.decided_by`."""
    return f"{MODEL}, {contacts_model().version}"


def _merged(named: pd.DataFrame, identities: Identities) -> int:
    """Records that were not in their contact before, less the first one of each contact made of new records only."""
    is_created = is_among(named["id"], identities.created)
    is_new = named["contact_id"].isna()
    moved = ~is_new & (named["contact_id"] != named["id"]) & ~is_created
    of_old = named.loc[is_created & ~is_new, "id"]
    made_of_new = named.loc[is_created & is_new & ~is_among(named["id"], of_old), "id"].nunique()
    return int((is_new | moved).sum() - made_of_new)


def _write_memberships(store: Store, scope: Scope, named: pd.DataFrame, found: Joined) -> None:
    weight, rule = _strongest(found.pairs, len(named))
    joined = pd.DataFrame({
        "record_key": named["record_key"], "contact_id": named["id"], "first_contact_id": named["first_id"],
        "weight": weight, "rule": rule, "decided_by": _model(), "is_gone": False})
    before = contact_scope.memberships_of(store, None if scope.is_whole else named["record_key"])
    increments.write(store, memberships, joined, before, "record_key")
    store.execute(sa.delete(memberships).where(among(store, memberships.c.record_key, scope.gone["record_key"])))


def _strongest(pairs: pd.DataFrame, records: int) -> "tuple[pd.Series[float], pd.Series[str]]":
    """weight and rule of each record's strongest pair."""
    ends = pd.concat([pairs.assign(record=pairs["left"]), pairs.assign(record=pairs["right"])])
    ends = ends.sort_values(["weight", "rule"], ascending=[False, True]).drop_duplicates("record").set_index("record")
    best = ends[["weight", "rule"]].reindex(range(records))
    return best["weight"].fillna(1.0), best["rule"].fillna(ALONE)


def _write_contacts(store: Store, feeds: Feeds, named: pd.DataFrame, key: bytes, belongings: pd.DataFrame) -> int:
    """Writes golden values, and what belongs to the person; also of a touched person's contacts elsewhere. How many changed."""
    corrected = told.in_force(store)
    first = named.drop_duplicates("id").set_index("id")
    restricted = named.loc[named["restricted"], "id"].unique()
    rows_of = named.drop(columns=["contact_id", "restricted"]).rename(columns={"id": "contact_id"})
    rows_of = told.without_removed(rows_of, corrected, key)
    changed = 0
    with store.indexing_later(contacts, len(belongings)):
        for start in range(0, len(belongings), CHUNK):
            part = belongings.iloc[start:start + CHUNK]
            before = contact_scope.contacts_of(store, part["contact_id"])
            touched = part.loc[is_among(part["contact_id"], first.index), "contact_id"]
            values = golden.contacts(rows_of[is_among(rows_of["contact_id"], touched)], corrected, feeds)
            values["organisation_id"] = values["contact_id"].map(first["organisation_id"]).astype("str")
            values["restricted"] = is_among(values["contact_id"], restricted)
            rows = pd.concat([_kept(values, before), before[~is_among(before["contact_id"], touched)]], ignore_index=True)
            rows = rows.drop(columns=["person_id", "marketing_ban"], errors="ignore").merge(part, on="contact_id")
            changed += len(increments.differing(rows[list(SHOWN)], before, "contact_id"))
            increments.put(store, contacts, rows.assign(touched_in=store.run), before, "contact_id")
    return changed


def _kept(values: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Restricted contacts with the values they had: whatever is delivered changes none (law: article 18)."""
    frozen = values.loc[values["restricted"], "contact_id"]
    had = before[is_among(before["contact_id"], frozen)].set_index("contact_id")
    kept = values.set_index("contact_id")
    for column in golden.CONTACT_VALUES:
        kept.loc[had.index, column] = had[column]
    return kept.reset_index()


def _delete_vanished(store: Store, scope: Scope, named: pd.DataFrame) -> None:
    had = pd.concat([scope.records["contact_id"], scope.gone["contact_id"]]).dropna().drop_duplicates()
    store.execute(sa.delete(contacts).where(among(store, contacts.c.contact_id, had[~is_among(had, named["id"])])))


def _keyed(doubts: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    keys = {f"{end}_key": records["record_key"].array.take(doubts[end].to_numpy(dtype="int64")) for end in ("left", "right")}
    return pd.DataFrame({**keys, "probability": doubts["probability"]})


def _write_doubts(
    store: Store, scope: Scope, here: pd.DataFrame, elsewhere: pd.DataFrame, known: "pd.Series[str]", day: str
) -> None:
    """Pairs in doubt of the records and of the people that were looked at; one that was there keeps its day.

    here, elsewhere: within an organisation, and of two, with who seems to have changed firms. known: the contacts whose people
    were looked at.
    """
    found = pd.concat([here.assign(is_elsewhere=False), elsewhere.assign(is_elsewhere=True)], ignore_index=True)
    ends = np.sort(found[list(PAIR)].to_numpy(dtype=object), axis=1)
    found = found.assign(**{end: pd.array(ends[:, place], dtype="str") for place, end in enumerate(PAIR)}, model=_model())
    before = store.read(sa.select(doubts))
    members = sa.select(memberships.c.record_key).where(among(store, memberships.c.record_key, before["left_key"]))
    of_known = store.read(members.where(among(store, memberships.c.contact_id, known)))["record_key"]
    looked_at = np.where(before["is_elsewhere"], is_among(before["left_key"], of_known),
                         is_among(before["left_key"], scope.records["record_key"]))
    new = found.merge(before[[*PAIR, "since_on"]], on=list(PAIR), how="left").fillna({"since_on": day})
    store.replace(doubts, pd.concat([before[~looked_at & (not scope.is_whole)], new]))


def to_judge(store: Store) -> tuple[pd.DataFrame, "pd.Series[str]"]:
    """Contacts touched since the suite last passed, and the ids of their organisations: what the suite on contacts reads.

    has_lost: whether a value of theirs was removed for good, so that its lack is no fault.
    """
    lost = sa.select(memberships.c.contact_id).where(memberships.c.record_key.in_(sa.select(removed_values.c.record_key)))
    has_lost = contacts.c.contact_id.in_(lost).label("has_lost")
    rows = store.read(sa.select(*(contacts.c[name] for name in JUDGED), has_lost).where(is_unjudged(store)))
    ids = sa.select(organisations.c.organisation_id).where(
        among(store, organisations.c.organisation_id, rows["organisation_id"]))
    return rows, store.read(ids)["organisation_id"]


def is_unjudged(store: Store) -> sa.ColumnElement[bool]:
    """Which contacts were touched since the suite last passed, or have no organisation."""
    passed = sa.select(sa.func.coalesce(sa.func.max(runs.c.run), 0)).where(
        runs.c.step == "contacts", runs.c.state == "done", runs.c.counts.contains(PASSED))
    return sa.or_(contacts.c.touched_in > store.scalar(passed), contacts.c.organisation_id.is_(None))


def note_passed(store: Store) -> None:
    """Keeps with this run that the suite found nothing wrong: these contacts need not be judged again."""
    increments.note(store, suite="passed")
