"""Rows as columns of integer codes: what two rows are compared by. One dictionary for columns whose values may meet.

Compares nothing. A code says which value of its dictionary a row has; -1 that it has none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from register.normalise.email import FREEMAIL
from register.normalise.text import words
from register.sets import is_among

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Coded:
    """codes: one a row, -1 where it has no value. values: the dictionary, each once."""

    codes: np.ndarray[tuple[int], np.dtype[np.int32]]
    values: "pd.Series[str]"

    def by_value(self, made: "Callable[[pd.Series[str]], pd.Series[str]]") -> "Coded":
        """Another column, made of this one's distinct values."""
        codes, values = pd.factorize(made(self.values))
        return Coded(np.append(codes, -1).astype("int32")[self.codes], pd.Series(values, dtype="str"))


Table = Mapping[str, Coded]
"""The columns of a table by name, all with as many codes as it has rows."""


def coded(columns: "Mapping[str, pd.Series[str]]", *, is_sorted: bool = False) -> dict[str, Coded]:
    """Columns under one dictionary. is_sorted: a code's order is its value's, for comparisons that depend on it."""
    codes, values = pd.factorize(pd.concat(columns.values(), ignore_index=True), sort=is_sorted)
    parts = np.split(codes.astype("int32"), len(columns))
    dictionary = pd.Series(values, dtype="str")
    return {name: Coded(part, dictionary) for name, part in zip(columns, parts, strict=True)}


def contact_columns(rows: pd.DataFrame) -> dict[str, Coded]:
    """Columns that contacts are compared by.

    rows: columns of observations. What a firm shares (a role's mailbox, a fixed line) is a row's own where it names nobody.
    """
    mails = [(rows["email"], ~_flags(rows["email_is_role"])), (rows["email_2"], ~_flags(rows["email_2_is_role"]))]
    phones = [(rows[name], _flags(rows[f"{name}_type"] == "mobile")) for name in ("phone", "phone_2")]
    names_nobody = _names_nobody(rows, mails + phones)
    own_mails = _own(mails, names_nobody, ("email", "email_2", "mailbox", "mailbox_2"))
    names, local = name_columns(rows), own_mails["email"].by_value(_local)
    return {
        **names,
        **own_mails,
        "local": local,
        "spelt": _spelt(local, names["first"], names["last"]),
        "domain": own_mails["email"].by_value(_domain),
        "employer": _either(own_mails["email"], own_mails["mailbox"]).by_value(_employer),
        **_own(phones, names_nobody, ("phone", "phone_2", "line", "line_2")),
        **coded({"street": _folded(rows["street"])}),
        **coded({"postcode": rows["postcode"]}),
        **coded({"city": _folded(rows["city"])}),
    }


def name_columns(rows: pd.DataFrame) -> dict[str, Coded]:
    """Those of the name and the firm, which most keys are made of. rows: first_name, last_name, name_key, organisation_id."""
    names = {part: _folded(rows[f"{part}_name"]) for part in ("first", "last")}
    return {
        **coded(names, is_sorted=True),
        **coded({"name_key": rows["name_key"]}),
        **coded({"firm": rows["organisation_id"]}),
    }


def _spelt(local: Coded, first: Coded, last: Coded) -> Coded:
    """The e-mail's local part where it is only the row's own name: matti.virtanen, virtanen.matti, m.virtanen, matti.v."""
    said = local.by_value(lambda texts: texts.str.replace(r"[._-]", "", regex=True))
    has_all = np.flatnonzero((said.codes >= 0) & (first.codes >= 0) & (last.codes >= 0))
    text, one, other = (of.values.take(of.codes[has_all]).str.replace(" ", "").reset_index(drop=True)
                        for of in (said, first, last))
    ways = (one + other, other + one, one.str[:1] + other, other + one.str[:1], one + other.str[:1])
    is_spelt = np.any([text == way for way in ways], axis=0)
    codes = np.full(len(said.codes), -1, dtype="int32")
    codes[has_all[is_spelt]] = said.codes[has_all[is_spelt]]
    return Coded(codes, said.values)


def _own(channels: "list[tuple[pd.Series[str], Flags]]", names_nobody: Flags, names: tuple[str, ...]) -> dict[str, Coded]:
    """Two columns of what is a row's own, two of what it shares, the first filled first."""
    given = coded({str(place): values for place, (values, _) in enumerate(channels)})
    codes = np.stack([given[str(place)].codes for place in range(len(channels))])
    is_own = np.stack([own | names_nobody for _, own in channels])
    split = [_filled_up(np.where(mine, codes, -1)) for mine in (is_own, ~is_own)]
    return {name: Coded(column, given["0"].values) for name, column in zip(names, (*split[0], *split[1]), strict=True)}


def _names_nobody(rows: pd.DataFrame, channels: "list[tuple[pd.Series[str], Flags]]") -> Flags:
    """Neither a name nor anything that is one person's own."""
    has_own = np.any([values.notna().to_numpy() & is_own for values, is_own in channels], axis=0)
    nobody: Flags = rows["name_key"].isna().to_numpy() & ~has_own
    return nobody


def _filled_up(codes: Any) -> Any:
    first, second = codes
    return np.where(first < 0, second, first), np.where((first < 0) | (first == second), -1, second)


def _either(first: Coded, second: Coded) -> Coded:
    return Coded(np.where(first.codes < 0, second.codes, first.codes), first.values)


def _flags(values: "pd.Series[bool]") -> Flags:
    return values.fillna(False).to_numpy(dtype=bool)


def _folded(values: "pd.Series[str]") -> "pd.Series[str]":
    codes, distinct = pd.factorize(values)
    folded = pd.array([words(text) or None for text in distinct.tolist()], dtype="str")
    return pd.Series(folded.take(codes, allow_fill=True))


def _local(emails: "pd.Series[str]") -> "pd.Series[str]":
    return emails.str.replace(r"@.*$", "", regex=True)


def _domain(emails: "pd.Series[str]") -> "pd.Series[str]":
    return emails.str.replace(r"^.*@", "", regex=True)


def _employer(emails: "pd.Series[str]") -> "pd.Series[str]":
    domains = _domain(emails)
    return domains.mask(is_among(domains, FREEMAIL))
