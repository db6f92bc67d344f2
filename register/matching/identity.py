"""Clusters and the ids their members had -> ids that stay. The same for contacts, people and organisations.

An id never changes for pure additions; a merge keeps the id with the most members; a split gives the redirected part its old
id back (design, rule 12). The order of rows decides nothing. Knows no table.
"""

import uuid
from dataclasses import dataclass

import pandas as pd

from register.sets import is_among


@dataclass(frozen=True)
class Identities:
    """members: record_key, cluster, id, first_id (what a split gives back), in the order given. redirects: old_id, new_id.

    revived: ids in use again. created: ids that had no member before, new ones and revived ones.
    """

    members: pd.DataFrame
    redirects: pd.DataFrame
    revived: "pd.Series[str]"
    created: "pd.Series[str]"


def identify(members: pd.DataFrame, redirected: pd.DataFrame | None = None) -> Identities:
    """Gives each cluster an id.

    members: record_key, cluster, old_id and first_id (missing for new records), first_seen_on; of every old id all members;
    `members` where one stands for several.
    redirected: old_id, new_id of earlier merges, for ledgers that keep no first_id: offered to parts that are left without.
    """
    members = members.reset_index(drop=True)
    if "members" not in members:
        members = members.assign(members=1)
    claims = _claims(members)
    if redirected is not None:
        claims = pd.concat([claims, _offers(claims, redirected)], ignore_index=True)
    ids = _granted(claims)
    known = pd.Series(members["cluster"].unique())
    fresh = known[~known.isin(ids.index)]
    ids = pd.concat([ids, pd.Series([str(uuid.uuid4()) for _ in fresh], index=fresh, dtype="str")])
    named = members.assign(id=members["cluster"].map(ids).astype("str"))
    before = pd.Series(members["old_id"].dropna().unique(), dtype="str")
    created = pd.Series(ids[~is_among(ids, before)].to_numpy(), dtype="str")
    return Identities(
        members=named.assign(first_id=_first_ids(named, ids))[["record_key", "cluster", "id", "first_id"]],
        redirects=_redirects(named, ids),
        revived=created[~is_among(created, ids[fresh])],
        created=created,
    )


def _claims(members: pd.DataFrame) -> pd.DataFrame:
    """One row a cluster and an id it may keep: `members` who speak for it, `since` when, `record_key` of the first.

    Where the members of an id are in several clusters, each speaks for the id it came with.
    """
    held = members.dropna(subset="old_id").sort_values("record_key")
    is_spread = held.groupby("old_id")["cluster"].transform("nunique") > 1
    held = held.assign(id=held["old_id"].mask(is_spread, held["first_id"]))
    counted = held.groupby(["cluster", "id"], as_index=False, sort=False)
    claims = counted.agg(members=("members", "sum"), record_key=("record_key", "first"))
    since = held.sort_values("first_seen_on").groupby(["cluster", "id"], sort=False)["first_seen_on"].first()
    return claims.merge(since.rename("since").reset_index(), on=["cluster", "id"])


def _offers(claims: pd.DataFrame, redirected: pd.DataFrame) -> pd.DataFrame:
    """Ids that were merged into a claimed one, for a part of it that gets no other."""
    offered = claims.merge(redirected, left_on="id", right_on="new_id")
    return offered.assign(id=offered["old_id"], members=0)[claims.columns]


def _granted(claims: pd.DataFrame) -> "pd.Series[str]":
    """The id of each cluster that gets an old one: most members, then first seen, then the id."""
    is_sole = ~claims.duplicated("cluster", keep=False) & ~claims.duplicated("id", keep=False)
    granted = dict(zip(claims.loc[is_sole, "cluster"], claims.loc[is_sole, "id"], strict=True))
    contested = claims[~is_sole].sort_values(["members", "since", "id", "record_key"], ascending=[False, True, True, True])
    taken: set[str] = set()
    for cluster, wanted in zip(contested["cluster"], contested["id"], strict=True):
        if cluster not in granted and wanted not in taken:
            granted[cluster] = wanted
            taken.add(wanted)
    return pd.Series(list(granted.values()), index=pd.Index(list(granted), dtype=claims["cluster"].dtype), dtype="str")


def _first_ids(named: pd.DataFrame, ids: "pd.Series[str]") -> "pd.Series[str]":
    """The id each record came with: a new one's is its cluster's, and so is that of one whose old id others got."""
    if named["first_id"].isna().all():
        return named["id"]
    is_others = is_among(named["first_id"], ids) & (named["first_id"] != named["id"])
    return named["first_id"].mask(is_others | named["first_id"].isna(), named["id"])


def _redirects(named: pd.DataFrame, ids: "pd.Series[str]") -> pd.DataFrame:
    """Old ids that nobody has any more, each to where most of its members went."""
    gone = named[named["old_id"].notna() & ~is_among(named["old_id"], ids)]
    counted = gone.groupby(["old_id", "id"], as_index=False).agg(members=("members", "sum"))
    counted = counted.sort_values(["old_id", "members", "id"], ascending=[True, False, True], ignore_index=True)
    most = counted.drop_duplicates("old_id")
    return pd.DataFrame({"old_id": most["old_id"], "new_id": most["id"]}, dtype="str").reset_index(drop=True)
