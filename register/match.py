"""`register match`: who is who in any table, and the same table with the answer beside each row. The register is not touched.

How a file is read stands in `match_files.py`, how the answer is written too; how rows are matched, in `matching/`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from register import match_files, normalise
from register.errors import RefusedError
from register.match_files import Delivered
from register.matching import tables, unknown
from register.matching.columns import Ints
from register.matching.levels import MISSING, levels_of
from register.matching.model import probability
from register.matching.profile import Column
from register.matching.unknown import Found
from register.matching.why import why
from register.texts import Texts

ADDED = ("cluster_id", "person_id", "match_probability", "why")
"""Columns that come to those of the file; person_id where it has people and firms."""

FILE_NO = "file_no"
"""Where two files are linked: which one a row is of."""

KINDS = {
    "full_name": "text", "first_name": "name", "last_name": "name", "company": "text", "business_id": "code", "website": "web",
    "case_number": "code", "email": "email", "phone": "phone", "street": "text", "city": "text", "postcode": "code",
    "event_on": "date",
}
"""What a column holds whose title the alias table knows."""

PEOPLE_AND_FIRMS = (("full_name", "last_name"), ("company", "business_id"), ("email", "phone"))
"""Of each group a column makes a table one of contacts."""


@dataclass(frozen=True)
class Matched:
    """What came of it. together: rows not alone. columns: of an unknown table. taken: of contacts, title -> canonical name.

    doubtful: rows. warnings: codes, `match.warning.CODE`.
    """

    rows: int
    clusters: int
    together: int
    doubtful: int
    people: int | None
    columns: Sequence[Column]
    taken: Mapping[str, str]
    warnings: Sequence[str]


def match(files: Sequence[Path], out: Path, columns: Mapping[str, str], day: str, texts: Texts) -> Matched:
    """Reads one file or two, writes `out`, says what was found. columns: canonical = delivered, as a feed has them.

    day: of the reading, ISO. Raises UnreadableDelivery, and RefusedError for an `out` that may not be written.
    """
    match_files.check(files, out, texts)
    delivered = [match_files.read(path, number, columns, day, texts) for number, path in enumerate(files, start=1)]
    side = np.repeat(np.arange(len(delivered)), [len(file.raw) for file in delivered])
    _refuse_taken(delivered, texts)
    is_contacts = all(_has_people_and_firms(file.canonical) for file in delivered)
    raw = _together([file.raw for file in delivered])
    found, person, sentences = _contacts(delivered, side, day, texts) if is_contacts else _unknown(delivered, side, texts)
    number = np.concatenate([file.raw.index.to_numpy() for file in delivered])
    added = _added(found, person, sentences, number, side if len(files) > 1 else None, texts)
    match_files.write(out, pd.concat([raw, added], axis=1), texts)
    sizes = np.bincount(found.cluster, minlength=len(raw))
    return Matched(
        len(raw), int((sizes > 0).sum()), int((sizes[found.cluster] > 1).sum()), int(found.doubtful.sum()),
        None if person is None else len(np.unique(person)), found.columns,
        dict(named for file in delivered for named in file.taken.items()) if is_contacts else {}, found.warnings)


def _refuse_taken(delivered: Sequence[Delivered], texts: Texts) -> None:
    wanted = {*ADDED, *([FILE_NO] if len(delivered) > 1 else [])}
    for number, file in enumerate(delivered, start=1):
        if taken := next((place for place, title in enumerate(file.raw.columns, start=1) if title in wanted), None):
            raise RefusedError(texts.say("match.taken", n=number, column=taken, names=", ".join(sorted(wanted))))


def _has_people_and_firms(canonical: pd.DataFrame) -> bool:
    return all(any(name in canonical and canonical[name].notna().any() for name in group) for group in PEOPLE_AND_FIRMS)


def _together(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One below the other, by title; a second file's own columns stand behind."""
    return frames[0].reset_index(drop=True) if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _contacts(delivered: Sequence[Delivered], side: Ints, day: str, texts: Texts) -> tuple[Found, Ints, "pd.Series[str]"]:
    rows = normalise.rows(_together([file.canonical for file in delivered]), match_files.FEED, day)
    people = tables.people(rows, side)
    best = _told(people.found, people.person)
    names = rows[["first_name", "last_name"]].to_dict("records")
    said = [", ".join(texts.say(key, **values) for key, values in why(pattern, names[left], names[right]))
            for left, right, pattern in best[["left", "right", "pattern"]].itertuples(index=False, name=None)]
    return people.found, people.person, pd.Series(said, index=best.index, dtype="str")


def _unknown(delivered: Sequence[Delivered], side: Ints, texts: Texts) -> tuple[Found, None, "pd.Series[str]"]:
    """Of two files the columns that both have."""
    frame, kinds = _together([file.raw for file in delivered]), _kinds(delivered[0])
    shared = [place for place, title in enumerate(frame.columns) if all(title in file.raw for file in delivered)]
    found = unknown.match(frame.iloc[:, shared], side, {at: kinds[place] for at, place in enumerate(shared) if place in kinds})
    best = _told(found, None)
    patterns, which = np.unique(best["pattern"].to_numpy(dtype="int64"), return_inverse=True)
    told = pd.array([_sentence(found, int(pattern), texts) for pattern in patterns], dtype="str")
    titles = enumerate(frame.columns)
    alone = [Column(str(title), place, "", 0.0, 0.0, "one_file") for place, title in titles if place not in shared]
    return replace(found, columns=[*found.columns, *alone]), None, pd.Series(told.take(which), index=best.index)


def _kinds(file: Delivered) -> dict[int, str]:
    return {place: KINDS[name] for place, name in file.known.items() if name in KINDS}


def _sentence(found: Found, pattern: int, texts: Texts) -> str:
    """"same a, b; nearly the same c; other d", by the titles of the columns."""
    titles = {column.name: column.title for column in found.columns}
    said: dict[str, list[str]] = {}
    for comparison, level in zip(found.comparisons, levels_of(found.comparisons, pattern), strict=True):
        named = (*comparison.levels, MISSING)[int(level)]
        said.setdefault(LIKENESS.get(named, "alike"), []).append(titles[comparison.name])
    words = [word for word in ("same", "alike", "other") if word in said]
    return "; ".join(texts.say(f"match.{word}", columns=", ".join(said[word])) for word in words)


LIKENESS = {"same": "same", "other": "other", "other_initial": "other", MISSING: MISSING}
"""How a level is told of an unknown table; every other one is alike."""


def _told(found: Found, person: Ints | None) -> pd.DataFrame:
    """Of each row the most telling pair with another of its cluster, of one alone there with another of its person: left,
    right, pattern, log_odds, by row number.
    """
    best = _best(found.pairs, found.cluster)
    if person is None:
        return best
    others = _best(found.pairs.assign(log_odds=found.pairs["person"]), person)
    return pd.concat([best, others.drop(index=best.index, errors="ignore")]).sort_index()


def _best(pairs: pd.DataFrame, label: Ints) -> pd.DataFrame:
    inside = pairs[label[pairs["left"]] == label[pairs["right"]]]
    ends = pd.concat([inside.assign(row=inside["left"]), inside.assign(row=inside["right"])])
    ends = ends.sort_values(["row", "log_odds", "left", "right"], ascending=[True, False, True, True], kind="stable")
    best: pd.DataFrame = ends.drop_duplicates("row").set_index("row")
    return best


def _added(
    found: Found, person: Ints | None, sentences: "pd.Series[str]", number: Any, side: Ints | None, texts: Texts
) -> pd.DataFrame:
    rows = np.arange(len(found.cluster))
    best = _told(found, person)
    other = np.where(best["left"].to_numpy() == best.index.to_numpy(), best["right"], best["left"])
    at = pd.Series(number[other], index=best.index).astype("str")
    if side is not None:
        at = pd.Series(side[other] + 1, index=best.index).astype("str") + "/" + at
    row_of = pd.Series(texts.say("match.row"), index=best.index, dtype="str") + " " + at + ": " + sentences
    is_alone = np.bincount(found.cluster, minlength=len(rows))[found.cluster] == 1
    odds = best["log_odds"].reindex(rows).where(is_alone, found.log_odds)
    said = probability(odds).round(4).map("{:.4f}".format, na_action="ignore").astype("str")
    made = {FILE_NO: None if side is None else side + 1, "cluster_id": _numbered(found.cluster),
            "person_id": None if person is None else _numbered(person), "match_probability": said,
            "why": row_of.reindex(rows)}
    return pd.DataFrame({name: values for name, values in made.items() if values is not None}).astype("str")


def _numbered(label: Ints) -> Ints:
    """1, 2, 3 in the order of rows."""
    numbered: Ints = pd.factorize(label)[0] + 1
    return numbered
