"""Whose the corrected values are: rows of a file to contacts and records, and which values differ from what the register says.

A correction hangs on records: on those that give the contact the wrong value; of a company's fields on all that say otherwise;
on the newest record where none says anything. Only reads.
"""

from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from register.columns import COMPANY_FIELDS, CONTACT_FIELDS, NORMALISED
from register.corrections.reading import PARTS, Asked
from register.explain import current_id
from register.feeds import OWN_KINDS, Feeds
from register.gate.corrected import SECOND
from register.gate.record_keys import PART, hashed
from register.gate.strip import folded
from register.increments import among
from register.normalise import email
from register.sets import is_among
from register.store.store import Store
from register.store.tables import contacts, memberships, observations, organisations

UNKNOWN, AMBIGUOUS, CONTRADICTS = "unknown", "ambiguous", "name_contradicts"

SHOWN = ("contact_id", "organisation_id", *CONTACT_FIELDS)


@dataclass(frozen=True)
class Addressed:
    """What a file would correct.

    lines: line, row, contact_id, full_name, company, column, old, value: one corrected value of one contact. words: line,
    record_key, feed, column, value, overruled: the records it hangs on. own: line, feed, day, value: what the person said
    otherwise. missing: row, code. wrong: row, column, code. same: how many values the register says already.
    """

    lines: pd.DataFrame
    words: pd.DataFrame
    own: pd.DataFrame
    missing: pd.DataFrame
    wrong: pd.DataFrame
    same: int


def address(store: Store, feeds: Feeds, asked: Asked, key: bytes) -> Addressed:
    """Finds whose each row is, and what of it is no news."""
    found, missing = _found(store, asked.rows, key)
    cells = asked.cells.merge(found, on="row")
    held = _held(store, cells["contact_id"])
    cells["old"] = _old(cells, held, "contact_id")
    cells = cells.assign(**{name: cells["contact_id"].map(held[name]).astype("str") for name in ("full_name", "company")})
    of_record = cells["record_key"].notna()  # what the record itself says, whatever its contact shows
    cells.loc[of_record, "old"] = _old(cells[of_record], _said(store, cells.loc[of_record, "record_key"]), "record_key")
    cells, contradicting = _one_name(cells)
    is_news = ~(cells["old"].eq(cells["value"]) | (cells["old"].isna() & cells["value"].isna()))
    lines = cells[is_news].drop_duplicates(["contact_id", "record_key", "column"])
    lines = lines.sort_values(["row", "column"], ignore_index=True)
    lines.insert(0, "line", lines.index + 1)
    members = _members(store, lines["contact_id"])
    words = _words(lines, members)
    return Addressed(lines, words, _own_words(lines, members, feeds), missing,
                     pd.concat([asked.wrong, contradicting], ignore_index=True), int((~is_news).sum()))


def _found(store: Store, rows: pd.DataFrame, key: bytes) -> tuple[pd.DataFrame, pd.DataFrame]:
    """row, contact_id and record_key (missing: the contact's) of those that are known; row and code of the others."""
    is_key, is_id = rows["record_key"].notna(), rows["contact_id"].notna()
    keys = rows["record_key"].str.strip().str.lower()
    own = hashed(rows["feed"].str.strip() + PART + "d" + PART + folded(rows["record_key"].fillna("")).fillna(""), key) \
        if rows["feed"].notna().any() else keys
    keys = keys.where(rows["feed"].isna(), own).where(is_key & ~is_id)
    of_key = _contacts_of(store, memberships.c.record_key, keys)
    ids = rows["contact_id"].str.strip().str.lower()
    of_id = pd.DataFrame({"asked": ids.dropna().unique()})
    of_id["contact_id"] = [current_id(store, one) for one in of_id["asked"]]
    emails = rows["current_email"].map(email.parse, na_action="ignore").astype("str").where(~is_key & ~is_id)
    tables = ((ids, of_id.dropna()), (keys, of_key), (emails, _contacts_by_email(store, emails)))
    given = [pd.DataFrame({"row": rows.index, "asked": asked.array}).dropna().merge(known, on="asked")
             for asked, known in tables]
    given[1]["record_key"] = given[1]["asked"]
    met = pd.concat(given, ignore_index=True).reindex(columns=["row", "contact_id", "record_key"]).astype(
        {"contact_id": "str", "record_key": "str"})
    is_repeated = met.duplicated("row", keep=False)
    nobody = rows.index[~rows.index.isin(met["row"])]
    missing = pd.concat([pd.DataFrame({"row": nobody, "code": UNKNOWN}),
                         pd.DataFrame({"row": met.loc[is_repeated, "row"].unique(), "code": AMBIGUOUS})], ignore_index=True)
    return met[~is_repeated], missing


def _contacts_of(store: Store, column: sa.Column[str], values: "pd.Series[str]") -> pd.DataFrame:
    """asked, contact_id of memberships."""
    query = sa.select(column.label("asked"), memberships.c.contact_id)
    return store.read(query.where(among(store, column, values)))


def _contacts_by_email(store: Store, emails: "pd.Series[str]") -> pd.DataFrame:
    """asked, contact_id: whose records say the e-mail, or who shows it by a correction."""
    wanted = store.keys(emails, "wanted")
    listed = sa.select(wanted.c.wanted)
    found = []
    for column in (observations.c.email, observations.c.email_2):
        query = sa.select(column.label("asked"), memberships.c.contact_id).join(
            memberships, memberships.c.record_key == observations.c.record_key)
        found.append(store.read(query.where(column.in_(listed))))
    shown = sa.select(contacts.c.email.label("asked"), contacts.c.contact_id)
    found.append(store.read(shown.where(contacts.c.email.in_(listed))))
    return pd.concat(found).drop_duplicates(ignore_index=True)


def _held(store: Store, ids: "pd.Series[str]") -> pd.DataFrame:
    """What the register says of the contacts, by contact_id."""
    query = sa.select(*(contacts.c[name] for name in SHOWN), *(organisations.c[name] for name in COMPANY_FIELDS))
    query = query.outerjoin(organisations, organisations.c.organisation_id == contacts.c.organisation_id)
    return store.read(query.where(among(store, contacts.c.contact_id, ids))).set_index("contact_id")


def _said(store: Store, keys: "pd.Series[str]") -> pd.DataFrame:
    """What the records say, by record_key."""
    names = (name for name in (*CONTACT_FIELDS, *COMPANY_FIELDS) if name in observations.c)
    query = sa.select(observations.c.record_key, *(observations.c[name] for name in names))
    return store.read(query.where(among(store, observations.c.record_key, keys))).set_index("record_key")


def _old(cells: pd.DataFrame, held: pd.DataFrame, by: str) -> "pd.Series[str]":
    """The value that each cell would change."""
    old = pd.Series(pd.NA, index=cells.index, dtype="str")
    for column, of_it in cells.groupby("column"):
        old[of_it.index] = of_it[by].map(held["full_name" if column == PARTS else column]).array
    return old


def _one_name(cells: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of a name written whole and in parts the one that says something new; the rows where both do, and not the same."""
    is_name = cells["column"].isin(["full_name", PARTS])
    names, rest = cells[is_name], cells[~is_name]
    is_new = names["value"].ne(names["old"])
    news = names[is_new | ~names["row"].isin(names.loc[is_new, "row"])].drop_duplicates(["row", "value"], keep="last")
    twice = news["row"].duplicated(keep=False)
    wrong = pd.DataFrame({"row": news.loc[twice, "row"].unique(), "column": "full_name", "code": CONTRADICTS})
    kept = news[~twice].assign(column="full_name")
    return pd.concat([rest, kept], ignore_index=True), wrong


def _members(store: Store, ids: "pd.Series[str]") -> pd.DataFrame:
    """The records of the contacts: contact_id and all that an observation says."""
    columns = ("record_key", "feed", "last_seen_on", "event_on", *dict.fromkeys((*CONTACT_FIELDS, *COMPANY_FIELDS)))
    names = [name for name in dict.fromkeys(columns) if name in observations.c and name in {*NORMALISED, *columns}]
    query = sa.select(memberships.c.contact_id, *(observations.c[name] for name in names)).join(
        observations, observations.c.record_key == memberships.c.record_key)
    return store.read(query.where(among(store, memberships.c.contact_id, ids)))


def _words(lines: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The records that each line hangs on, names with their parts where the whole would be read otherwise."""
    found = [_hangs_on(of_it, members, str(column)) for column, of_it in lines.groupby("column")]
    columns = ["line", "record_key", "feed", "column", "value", "overruled"]
    words = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*columns, "first_name", "last_name"])
    names = words[words["column"].eq("full_name") & words["value"].notna()]
    parts = [names.assign(column=part, value=names[part], overruled=None) for part in ("first_name", "last_name")]
    return pd.concat([words, *parts], ignore_index=True)[columns].astype(
        {"record_key": "str", "feed": "str", "column": "str", "value": "str", "overruled": "str"})


def _hangs_on(lines: pd.DataFrame, members: pd.DataFrame, column: str) -> pd.DataFrame:
    """Of a channel, the place of a record that says it: either of two."""
    places = [name for name in (column, f"{column}{SECOND}") if name in members]
    said = pd.concat([members[["contact_id", "record_key", "feed", "last_seen_on"]].assign(column=name, overruled=members[name])
                      for name in places])
    both = lines.drop(columns="column").merge(said, on="contact_id", suffixes=("_asked", ""))
    is_first = both["column"].eq(column)
    is_asked = both["record_key_asked"].eq(both["record_key"]) & is_first
    if column in COMPANY_FIELDS:
        is_wrong = both["overruled"].notna() & both["overruled"].ne(both["value"])
    else:
        is_wrong = both["overruled"].notna() & both["overruled"].eq(both["old"])
    is_wrong = is_asked | (is_wrong & both["record_key_asked"].isna())
    newest = both[is_first].sort_values(["last_seen_on", "record_key"]).drop_duplicates("line", keep="last")
    newest = newest[~is_among(newest["line"].astype("str"), both.loc[is_wrong, "line"].astype("str"))]
    return pd.concat([both[is_wrong], newest], ignore_index=True)


def _own_words(lines: pd.DataFrame, members: pd.DataFrame, feeds: Feeds) -> pd.DataFrame:
    """line, feed, day, value: the newest that the person's own rows say and that the line would put aside."""
    own = members[is_among(members["feed"], {feed.name for feed in feeds.good if feed.kind in OWN_KINDS})]
    day = own["event_on"].fillna(own["last_seen_on"])
    found = [of_it[["line", "contact_id", "value"]].merge(
        own.assign(day=day, said=own[column])[["contact_id", "feed", "day", "said"]], on="contact_id")
        for column, of_it in lines.groupby("column")]
    if not found:
        return pd.DataFrame({"line": [], "feed": [], "day": [], "value": []})
    words = pd.concat(found, ignore_index=True)
    words = words[words["said"].notna() & words["said"].ne(words["value"])].sort_values("day")
    newest = words.drop_duplicates("line", keep="last")
    return newest[["line", "feed", "day"]].assign(value=newest["said"])
