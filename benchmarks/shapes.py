"""Made-up tables of other shapes, with who is really who: products, firms alone, people with only a name and a birthday.

The same number of rows and seed give the same frame. `python -m benchmarks.shapes [ROWS]` prints how well each is matched by
the default of unknown tables, and the contacts of `people.py` as a table that nobody has described.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks import people
from benchmarks.matching import quality
from register.matching import unknown

Dice = np.random.Generator

MAKERS = ("Koneva", "Lumio", "Tervax", "Nordsel", "Aalvik", "Kitra", "Solvent", "Brasko", "Hellix", "Pyry", "Rautio", "Vipu")
THINGS = ("drill", "kettle", "lamp", "monitor", "printer", "router", "saw", "speaker", "tablet", "vacuum", "camera", "heater")
ADDED = ("black", "white", "steel", "compact", "pro", "plus", "wireless", "18V", "new model", "2 year warranty", "with case")
BRANCHES = ("Rakennus", "Kuljetus", "Huolto", "Maalaus", "Siivous", "Sähkö", "Putki", "Kiinteistö", "Tili", "Metalli")
FORMS = ("Oy", "Oy Ab", "Ky", "Osakeyhtiö", "")


def products(count: int, seed: int = 1) -> pd.DataFrame:
    """Offers of several shops: a title in each shop's words, sometimes a maker and a price near the others'."""
    dice = np.random.default_rng(seed)
    entities = max(2, int(count / 1.8))
    letter = np.array(list("ABCDEFGHKLMNPRSTVX"))
    first, second = (pd.Series(letter[dice.integers(0, 18, entities)]) for _ in range(2))
    model = first + second + "-" + pd.Series(dice.integers(100, 9999, entities).astype(str))
    made = pd.DataFrame({"maker": np.array(MAKERS)[dice.integers(0, 12, entities)], "model": model,
                         "thing": np.array(THINGS)[dice.integers(0, 12, entities)], "price": dice.lognormal(4, 1, entities)})
    who = _who(entities, count, dice)
    told = made.iloc[who].reset_index(drop=True)
    model = people._mistyped(told["model"].astype("str"), dice.random(count) < 0.02, dice)
    model = model.mask(dice.random(count) < 0.3, model.str.replace("-", " ")).mask(dice.random(count) < 0.06, "")
    extra = pd.Series(np.array(ADDED)[dice.integers(0, len(ADDED), count)]).where(dice.random(count) < 0.5, "")
    first, last = told["maker"] + " " + told["thing"] + " " + model, told["maker"] + " " + model + " " + told["thing"]
    title = (first.mask(dice.random(count) < 0.4, last) + " " + extra).str.split().str.join(" ")
    price = (told["price"] * dice.normal(1, 0.04, count)).round(2).astype(str)
    return _shown({"title": title, "maker": told["maker"].where(dice.random(count) < 0.7),
                   "price": price.where(dice.random(count) < 0.9), "entity": who}, dice)


def firms(count: int, seed: int = 1) -> pd.DataFrame:
    """Companies of several lists: the name with or without its legal form, shortened, mistyped; address, website, a number."""
    dice = np.random.default_rng(seed)
    entities = max(2, int(count / 2))
    surnames = np.array(people._surnames())
    name = pd.Series(surnames[dice.integers(0, len(surnames), entities)]) + "n " + pd.Series(
        np.array(BRANCHES)[dice.integers(0, len(BRANCHES), entities)])
    place = pd.DataFrame(people._places(entities, dice)).astype("str")
    who = _who(entities, count, dice)
    told = place.assign(name=name, site=name.str.lower().str.replace("[^a-z]", "", regex=True) + ".example",
                        number=dice.permutation(90_000_000)[:entities].astype(str)).iloc[who].reset_index(drop=True)
    short = told["name"].mask(dice.random(count) < 0.06, told["name"].str.replace(r" .*", "", regex=True))
    form = pd.Series(np.array(FORMS)[dice.integers(0, len(FORMS), count)])
    written = people._mistyped((short + " " + form).str.strip().astype("str"), dice.random(count) < 0.05, dice)
    street = people._mistyped(told["street"].astype("str"), dice.random(count) < 0.05, dice)
    is_moved = dice.random(count) < 0.05
    other = pd.DataFrame(people._places(count, dice)).astype("str")
    return _shown({"company": written, "number": told["number"].where(dice.random(count) < 0.4),
                   "street": street.mask(is_moved, other["street"]).where(dice.random(count) < 0.8),
                   "postcode": told["postcode"].mask(is_moved, other["postcode"]).where(dice.random(count) < 0.85),
                   "city": told["city"].mask(is_moved, other["city"]),
                   "website": told["site"].where(dice.random(count) < 0.5), "entity": who}, dice)


def born(count: int, seed: int = 1) -> pd.DataFrame:
    """People of whom only the name, the date of birth and the town are known."""
    dice = np.random.default_rng(seed)
    entities = max(2, int(count / 1.7))
    of = people._people(entities, dice)
    day = pd.Series(pd.Timestamp("1940-01-01") + pd.to_timedelta(dice.integers(0, 25_000, entities), unit="D"))
    who = _who(entities, count, dice)
    city = np.array(people.CITIES)[dice.integers(0, len(people.CITIES), entities)]
    told = of.assign(day=day, city=city).iloc[who].reset_index(drop=True)
    slipped = told["day"] + pd.to_timedelta(np.where(dice.random(count) < 0.03, dice.integers(1, 40, count), 0), unit="D")
    written = slipped.dt.strftime("%d.%m.%Y").where(dice.random(count) < 0.5, slipped.dt.strftime("%Y-%m-%d"))
    first = people._mistyped(people._nicknamed(told["first"], dice), dice.random(count) < 0.03, dice)
    last = people._mistyped(told["last"], dice.random(count) < 0.03, dice)
    elsewhere = np.array(people.CITIES)[dice.integers(0, len(people.CITIES), count)]
    return _shown({"first": first, "last": last, "born": written.where(dice.random(count) < 0.95),
                   "town": told["city"].mask(dice.random(count) < 0.1, pd.Series(elsewhere)), "entity": who}, dice)


def contacts(count: int, seed: int = 1) -> pd.DataFrame:
    """The people of `people.py` as a table that nobody has described."""
    made = people.rows(count, seed)
    names = ["first_name", "last_name", "organisation_id", "email", "phone", "street", "postcode", "city"]
    return made[names].astype("str").assign(entity=made["person"])


SHAPES: dict[str, Callable[[int, int], pd.DataFrame]] = {
    "products": products, "firms": firms, "people with a date of birth": born, "contacts": contacts}


def _who(entities: int, count: int, dice: Dice) -> "np.ndarray":
    """Each entity once, and again as it happens."""
    return np.append(np.arange(entities), dice.integers(0, entities, count - entities))[:count]


def _shown(columns: dict[str, object], dice: Dice) -> pd.DataFrame:
    made = pd.DataFrame(columns)
    text = {name: "str" for name in made if name != "entity"}
    return made.astype(text).iloc[dice.permutation(len(made))].reset_index(drop=True)


def measured(name: str, count: int, seed: int = 1) -> dict[str, object]:
    """Quality, seconds and warnings of one shape."""
    made = SHAPES[name](count, seed)
    began = time.process_time()
    found = unknown.match(made.drop(columns="entity"), np.zeros(len(made), dtype="int64"), {})
    seconds = time.process_time() - began
    figures = {key: round(value, 4) for key, value in quality(found.cluster, made["entity"].to_numpy()).items()}
    return {"shape": name, "rows": count, **figures, "doubtful": int(found.doubtful.sum()),
            "warnings": ", ".join(found.warnings) or "-", "process s": round(seconds, 1)}


def measure(count: int) -> list[dict[str, object]]:
    """Every shape, as `measured` gives it."""
    return [measured(name, count) for name in SHAPES]


def main(count: int) -> None:
    print(pd.DataFrame(measure(count)).to_string(index=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
