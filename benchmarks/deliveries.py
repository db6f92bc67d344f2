"""Made-up deliveries of any size, as sources write them: own names, their slips of the pen, and who is really who.

The same number of rows and seed give the same files. `truth.csv` beside them names the person and the firm of each row, so that
the duplicates are known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

FEEDS = """
[assignments]
kind = "assignment"
format = "csv"
history_from = 2010-01-01
[invoices]
kind = "invoice"
format = "csv"
history_from = 2010-01-01
[inquiries]
kind = "inquiry"
format = "csv"
history_from = 2010-01-01
[provider_x]
kind = "provider"
format = "csv"
key = ["Asiakasnro"]
"""

POLICY = """
[controller]
name = "Myyjä Esimerkki Oy"
own_business_ids = ["9900011-4"]
own_domains = ["oma.example"]
[people]
steward = "Liisa Kaski"
approvers = ["Timo Aro"]
[admission]
third_party_may = "add_anyone"
[[retention.after_invoicing]]
from = 2019-01-22
calendar_years = 10
invoice_reach_months = 24
source = "notice, section 7"
[[retention.after_last_contact]]
from = 2026-01-01
months = 24
why = "a quotation may be taken up in the second year"
[[retention.after_last_confirmed]]
from = 2026-01-01
months = 12
why = "a year without a word from the provider"
[periods]
starts_on = 2026-11-01
"""

DAY = "2026-11-02"
"""The day of the first deliveries; the small ones come on the next."""

SHARES = {"assignments": 0.3, "invoices": 0.1, "inquiries": 0.2, "provider_x": 0.4}
"""Of the rows, by feed."""

ROWS_A_PERSON, PEOPLE_A_FIRM = 2, 6

ONSETS = ("h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "j", "kr", "tr", "st", "")
VOWELS = ("a", "e", "i", "o", "u", "ä", "ö", "aa", "ii", "uo", "ie")
SURNAMES = tuple(f"{a}{b}{c}{d}{e}".capitalize() for a, b, c, d, e in product(
    ONSETS[:9], VOWELS[:5], ("l", "rv", "nk", "s"), ("a", "i", "o"), ("nen", "la", "mäki")))
FIRST_NAMES = tuple(f"{a}{b}{c}{d}".capitalize() for a, b, c, d in product(
    ONSETS[:8], VOWELS[:5], ("r", "nn", "k"), ("a", "i", "o")))
FIRM_WORDS = tuple(f"{a}{b}{c}{d}".capitalize() for a, b, c, d in product(
    ONSETS, VOWELS, ("m", "lt", "sk", "v", "r"), ("a", "u", "os", "is", "ex")))
FORMS = ("Oy", "Oy", "Oy", "Oyj", "Ky", "Ab Oy")
CITIES = ("Helsinki", "Espoo", "Tampere", "Oulu", "Turku", "Kuopio", "Lahti", "Pori")
STREETS = ("Satamakatu", "Mannerheimintie", "Teollisuustie", "Rantatie", "Kauppakatu", "Asemakatu")

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2])
"""Of the digits of a business id (Finnish Tax Administration)."""

PHONES = (
    "0{area} {a}{b}", "+358 {area} {a} {b}", "+358{area}{a}{b}", "0{area}-{a}{b}", "00358 {area} {a}{b}", "(0{area}) {a} {b}",
)
"""How the same number is written."""

Days = np.ndarray[tuple[int], np.dtype[np.datetime64]]
Slip = tuple[float, Callable[["pd.Series[str]"], "pd.Series[str] | str"]]

SLIPS: dict[str, tuple[Slip, ...]] = {
    "Sähköposti": ((0.03, lambda text: text.str.upper()), (0.01, lambda text: text.str.replace("@", " (at) ")),
                   (0.01, lambda text: text.str.replace(".", "..", n=1)), (0.02, lambda text: text + " "),
                   (0.04, lambda _: "")),
    "Puhelin": ((0.02, lambda text: text.str[:-4]), (0.01, lambda _: "ei ole"), (0.05, lambda _: ""),
                (0.01, lambda text: text + " / 09 5421222")),
    "Yritys": ((0.04, lambda text: text.str.upper()), (0.04, lambda text: text.str.replace(" Oy", " oy")),
               (0.02, lambda _: "")),
    "Y-tunnus": ((0.25, lambda _: ""), (0.05, lambda text: "FI" + text.str.replace("-", "")), (0.01, lambda text: text + "1")),
    "Yhteyshenkilö": ((0.05, lambda text: text.str.replace(r"(\S+) (\S+)", r"\2, \1", regex=True)),
                      (0.04, lambda text: text.str.upper()), (0.03, lambda _: "")),
    "Postinumero": ((0.02, lambda text: text.str[1:]), (0.01, lambda text: text + "0")),
}  # fmt: skip
"""By column, what goes wrong with which share of its values."""


@dataclass(frozen=True)
class World:
    """People at firms, one row each, and the dice that made them."""

    people: pd.DataFrame
    firms: pd.DataFrame
    dice: np.random.Generator


def world(rows: int, seed: int = 1) -> World:
    """As many people and firms as so many rows speak of."""
    dice = np.random.default_rng(seed)
    firms = _firms(max(2, rows // ROWS_A_PERSON // PEOPLE_A_FIRM), dice)
    return World(_people(max(4, rows // ROWS_A_PERSON), firms, dice), firms, dice)


def write(folder: Path, of: World, rows: int, feeds: dict[str, float], day: str = DAY) -> int:
    """Writes `<feed>/<day>/delivery.csv` below the folder and `truth-<day>.csv` beside it; how many rows."""
    truths = []
    for feed, share in feeds.items():
        frame, truth = delivery(of, round(rows * share), feed)
        path = folder / feed / day / "delivery.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_csv(path, sep=";", index=False)
        truths.append(truth.assign(feed=feed))
    truth = pd.concat(truths)
    truth.to_csv(folder / f"truth-{day}.csv", index=False)
    return len(truth)


def delivery(of: World, rows: int, feed: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Delivered rows of a feed, and beside them who each is: `person`, `firm`."""
    who = of.dice.integers(0, len(of.people), rows)
    person = of.people.iloc[who].reset_index(drop=True)
    firm = of.firms.iloc[person["firm"]].reset_index(drop=True)
    days = np.datetime64("2025-01-01") + of.dice.integers(0, 660, rows)
    said = pd.DataFrame({
        "Yritys": firm["name"], "Y-tunnus": firm["business_id"], "Yhteyshenkilö": person["name"],
        "Sähköposti": person["email"], "Puhelin": _written(person["phone"], of.dice),
        "Katuosoite": firm["street"], "Postinumero": firm["postcode"], "Postitoimipaikka": firm["city"],
        "Lisätiedot": "soitettu",
    }).assign(**_own_columns(feed, days, of.dice))
    for column, slips in SLIPS.items():
        said[column] = _slipped(said[column], slips, of.dice)
    return said, pd.DataFrame({"person": who, "firm": person["firm"]})


def _own_columns(feed: str, days: Days, dice: np.random.Generator) -> "dict[str, pd.Series[str] | str]":
    """What only that feed's rows say."""
    number = pd.Series(np.arange(len(days)), dtype="str")
    day = pd.Series(pd.DatetimeIndex(days).strftime("%-d.%-m.%Y"))
    columns: dict[str, dict[str, pd.Series[str] | str]] = {
        "assignments": {"Tarjousnumero": "TARJ-" + number, "Päivä": day,
                        "Tila": pd.Series(dice.choice(["avoin", "valmis"], len(days), p=[0.1, 0.9]))},
        "invoices": {"Laskunumero": "L-" + number, "Laskun päivä": day, "Osapuoli": "asiakas"},
        "inquiries": {"Päivä": day},
        "provider_x": {"Asiakasnro": "C" + number,
                       "Markkinointikielto": pd.Series(dice.choice(["", "x"], len(days), p=[0.98, 0.02]))},
    }
    return columns[feed]


def _firms(count: int, dice: np.random.Generator) -> pd.DataFrame:
    words = dice.choice(FIRM_WORDS, (count, 2))
    name = pd.Series(words[:, 0]) + pd.Series(words[:, 1]).str.lower()
    ids = business_ids(count)
    return pd.DataFrame({
        "name": name + " " + pd.Series(dice.choice(FORMS, count)),
        "business_id": ids,
        "domain": name.map(_ascii) + pd.Series(np.arange(count), dtype="str") + ".example",
        "street": pd.Series(dice.choice(STREETS, count)) + " " + pd.Series(dice.integers(1, 99, count), dtype="str"),
        "postcode": pd.Series(dice.integers(100, 99999, count), dtype="str").str.zfill(5),
        "city": dice.choice(CITIES, count),
    })


def _people(count: int, firms: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    firm = dice.integers(0, len(firms), count)
    first, last = pd.Series(dice.choice(FIRST_NAMES, count)), pd.Series(dice.choice(SURNAMES, count))
    at = firms["domain"].iloc[firm].reset_index(drop=True)
    return pd.DataFrame({
        "firm": firm,
        "name": first + " " + last,
        "email": (first + "." + last).map(_ascii) + "@" + at,
        "phone": pd.Series(dice.choice(["40", "50", "44", "45"], count))
        + pd.Series(dice.permutation(10_000_000)[:count], dtype="str").str.zfill(7),
    })


def business_ids(count: int) -> "pd.Series[str]":
    """Business ids with the right check digit, from 9900000 downwards and never our own."""
    numbers = np.arange(9_899_999, 9_899_999 - 2 * count - 20, -1)
    digits = (numbers[:, None] // 10 ** np.arange(6, -1, -1)) % 10
    rest = (digits * WEIGHTS).sum(axis=1) % 11
    good = rest != 1
    check = np.where(rest == 0, 0, 11 - rest)
    texts = pd.Series(numbers[good], dtype="str") + "-" + pd.Series(check[good], dtype="str")
    return texts.head(count).reset_index(drop=True)


def _written(phones: "pd.Series[str]", dice: np.random.Generator) -> "pd.Series[str]":
    """Each number in one of the ways in which people write it."""
    parts = {"area": phones.str[:2], "a": phones.str[2:5], "b": phones.str[5:]}
    ways = [_filled(way, parts) for way in PHONES]
    which = dice.integers(0, len(ways), len(phones))
    return pd.Series(np.choose(which, [way.to_numpy(dtype=object) for way in ways]), dtype="str")


def _filled(way: str, parts: "dict[str, pd.Series[str]]") -> "pd.Series[str]":
    text, rest = pd.Series("", index=parts["a"].index, dtype="str"), way
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        text = text + before + parts[name]
    return text + rest


def _slipped(values: "pd.Series[str]", slips: tuple[Slip, ...], dice: np.random.Generator) -> "pd.Series[str]":
    lot, start = dice.random(len(values)), 0.0
    for share, slip in slips:
        is_hit = (lot >= start) & (lot < start + share)
        values = values.mask(is_hit, slip(values))
        start += share
    return values


def _ascii(text: str) -> str:
    return text.lower().replace("ä", "a").replace("ö", "o").replace("å", "a")
