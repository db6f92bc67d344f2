"""Made-up rows of people at firms as the register holds them after normalising, with who is really who.

The same number of rows and seed give the same frame. Names have skewed frequencies; people err, share switchboards and
mailboxes, have relatives at the firm, look after forty housing companies and change jobs. Nothing here knows the model.
"""

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA

from register.normalise import nicknames
from register.normalise.name import given_names, key
from register.normalise.text import fold

Dice = np.random.Generator
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

SHARES = {
    # of people
    "job change": 0.12, "mobile kept": 0.88, "relative": 0.03, "has mobile": 0.85, "private e-mail": 0.18,
    "named alike": 0.3,  # of relatives: a name one letter apart
    "property manager": 0.0006, "surname change": 0.01,
    # of rows: the name
    "nickname": 0.04, "initial": 0.03, "first typo": 0.015, "last typo": 0.02, "middle name": 0.03, "swapped": 0.015,
    "surname only": 0.01,
    # of rows: the rest
    "no e-mail": 0.25, "e-mail typo": 0.012, "shared mailbox": 0.08, "other e-mail": 0.05, "no phone": 0.22,
    "switchboard": 0.2, "phone typo": 0.01, "second mobile": 0.04,
    "no street": 0.3, "no place": 0.15, "street typo": 0.03, "other office": 0.04,
    "no firm": 0.02, "mailbox row": 0.02,
}
"""How often what happens."""

ROWS_A_CONTACT, HOUSING_COMPANIES, MOST_PEOPLE = 2.4, 40, 400
FREEMAIL = ("gmail.com", "hotmail.com", "outlook.com", "luukku.com", "iki.fi")
CITIES = ("Helsinki", "Espoo", "Tampere", "Oulu", "Turku", "Kuopio", "Lahti", "Pori", "Vaasa", "Kotka", "Joensuu", "Rauma")
STREETS = tuple(f"{a}{b}" for a, b in product(
    ("Satama", "Teollisuus", "Ranta", "Kauppa", "Asema", "Koulu", "Kirkko", "Mylly", "Tehtaan", "Puisto", "Linnan", "Hallitus"),
    ("katu", "tie", "kuja", "polku")))
ENDINGS = ("nen", "la", "mäki", "lainen", "nen", "lä", "järvi", "vaara", "ranta", "salo")
MISTAKEN = np.array(list("aeiouäntslkrmhjpv"))


@dataclass(frozen=True)
class World:
    """contacts: one row each, with the person and firm; firms: one row each."""

    contacts: pd.DataFrame
    firms: pd.DataFrame


def rows(count: int, seed: int = 1) -> pd.DataFrame:
    """So many rows with the columns of observations that matching reads, and `contact` and `person`: who each is."""
    dice = np.random.default_rng(seed)
    made = _world(int(count * (1 - SHARES["mailbox row"])), dice)
    told = pd.concat([_told(made, count, dice), _mailbox_rows(made, int(count * SHARES["mailbox row"]), dice)])
    told = told.sample(count, random_state=seed) if len(told) > count else told.sample(frac=1, random_state=seed)
    return told.reset_index(drop=True).assign(record_key=[f"{number:08x}" for number in dice.permutation(len(told))])


def _world(count: int, dice: Dice) -> World:
    contacts = max(6, int(count / ROWS_A_CONTACT))
    people = int(contacts / (1 + SHARES["job change"] + SHARES["property manager"] * HOUSING_COMPANIES))
    firms = _firms(max(3, people // 5), dice)
    of = _people(people, dice)
    weight = np.minimum(dice.pareto(1.1, len(firms)) + 0.3, MOST_PEOPLE)
    staff = _at_work(of.assign(person=np.arange(people), firm=_drawn(weight, people, dice)), firms, dice)
    everybody = pd.concat([staff, _movers(staff, firms, dice), _managed(staff, firms, dice)])
    return World(_numbered(everybody, dice), firms)


def _people(count: int, dice: Dice) -> pd.DataFrame:
    given = np.array(sorted(name.capitalize() for name in given_names()))
    dice.shuffle(given)
    surnames = np.array(_surnames())
    dice.shuffle(surnames)
    first = given[_drawn(1 / (np.arange(len(given)) + 12), count, dice)]
    last = surnames[_drawn(1 / (np.arange(len(surnames)) + 40), count, dice)]
    middle = given[dice.integers(0, len(given), count)]
    mobile = np.where(_happens("has mobile", count, dice), _numbers("+35840", 7, count, dice), None)
    return pd.DataFrame({"first": first, "last": last, "middle": middle, "mobile": mobile}).astype("str")


@cache
def _surnames() -> tuple[str, ...]:
    middles = ("l", "rv", "nk", "s", "t", "kk", "mp", "h")
    parts = product("HKLMNPRSTVJ", ("a", "e", "i", "o", "u", "ä", "aa", "uo", "ii"), middles, "aiou", ENDINGS)
    return tuple(dict.fromkeys("".join(part) for part in parts))


def _firms(count: int, dice: Dice) -> pd.DataFrame:
    number = np.arange(count).astype(str)
    word = np.array([fold(name) for name in _surnames()])[dice.integers(0, len(_surnames()), count)]
    domain = pd.Series(np.char.add(np.char.add(word, number), ".example"), dtype="str").where(dice.random(count) < 0.85)
    role = pd.Series(np.where(dice.random(count) < 0.6, "info@", "myynti@"), dtype="str")
    return pd.DataFrame({
        "organisation_id": np.char.add("firm-", number), "domain": domain, "mailbox": role + domain,
        "switchboard": np.where(dice.random(count) < 0.7, _numbers("+3589", 7, count, dice), None),
        **_places(count, dice)}).astype("str")


def _places(count: int, dice: Dice) -> dict[str, np.ndarray]:
    city = _drawn(1 / (np.arange(len(CITIES)) + 2), count, dice)
    street = np.array(STREETS)[dice.integers(0, len(STREETS), count)]
    number = dice.integers(1, 90, count).astype(str)
    postcode = 10_000 + city * 7000 + dice.integers(0, 60, count) * 10
    return {"street": np.char.add(np.char.add(street, " "), number), "postcode": postcode.astype(str),
            "city": np.array(CITIES)[city]}


def _at_work(people: pd.DataFrame, firms: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Each with an e-mail: the firm's, or a private one; some are relatives who share surname, phone or mailbox."""
    people = _relatives(people.sort_values("firm", kind="stable", ignore_index=True), dice)
    first, last = _letters(people["first"]), _letters(people["last"])
    domain = firms["domain"].array.take(people["firm"])
    shape = dice.choice(4, len(people), p=[0.75, 0.13, 0.07, 0.05])
    local = np.select([shape == 0, shape == 1, shape == 2], [first + "." + last, first.str[0] + "." + last, first], last)
    again = pd.DataFrame({"local": local, "domain": domain}).groupby(["local", "domain"], dropna=False).cumcount()
    local = pd.Series(local).where(again == 0, pd.Series(local) + (again + 1).astype("str"))
    private = first + "." + last + dice.integers(1, 2000, len(people)).astype(str) + "@" + pd.Series(
        np.array(FREEMAIL)[dice.integers(0, len(FREEMAIL), len(people))])
    has_private = _happens("private e-mail", len(people), dice)
    work = local + "@" + domain
    own = work.mask(has_private & (dice.random(len(people)) < 0.3)).fillna(private.where(has_private))
    return people.assign(email=people["email"].fillna(own), private=private.where(has_private))


def _letters(names: "pd.Series[str]") -> "pd.Series[str]":
    return names.map(fold).str.replace("[^a-z]", "", regex=True)


def _relatives(people: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Father and son or siblings in one firm: one surname, some with names a letter apart, and of three pairs one shares the
    phone, one the mailbox.
    """
    is_next = people["firm"].eq(people["firm"].shift()) & (dice.random(len(people)) < SHARES["relative"])
    which = dice.random(len(people))
    is_alike = is_next & _happens("named alike", len(people), dice)
    sibling = people["first"].map({name: _sibling(name) for name in people["first"].unique()}).astype("str")
    first = people["first"].mask(is_alike, sibling.shift()).fillna(people["first"])
    last = people["last"].mask(is_next, people["last"].shift())
    mobile = people["mobile"].mask(is_next & (which < 0.33), people["mobile"].shift())
    is_shared = is_next & (which > 0.67)
    box = _letters(people["last"]) + people["person"].astype("str") + "@luukku.com"
    email = box.where(is_shared.shift(-1, fill_value=False))
    email = email.fillna(email.shift().where(is_shared)).astype("str")
    return people.assign(first=first, last=last, mobile=mobile, email=email)


def _sibling(name: str) -> str | None:
    """Another given name one letter apart, that no list takes for a form of it: Jari has Sari."""
    mine = fold(name)
    near = [other for other in sorted(given_names()) if OSA.distance(mine, other) == 1
            and (min(mine, other), max(mine, other)) not in nicknames.pairs()]
    return near[sum(map(ord, mine)) % len(near)].capitalize() if near else None


def _movers(staff: pd.DataFrame, firms: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """The same person at another firm: a new work e-mail, mostly the old mobile, the private e-mail as before."""
    moved = staff[_happens("job change", len(staff), dice)].drop(columns="email")
    moved = moved.assign(firm=dice.integers(0, len(firms), len(moved)))
    renewed = pd.Series(_numbers("+35850", 7, len(moved), dice), index=moved.index, dtype="str")
    mobile = moved["mobile"].where(_happens("mobile kept", len(moved), dice), renewed.where(moved["mobile"].notna()))
    first, last = _letters(moved["first"]), _letters(moved["last"])
    work = first + "." + last + "@" + pd.Series(firms["domain"].array.take(moved["firm"]), index=moved.index)
    return moved.assign(mobile=mobile, email=work.fillna(moved["private"]))


def _managed(staff: pd.DataFrame, firms: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Property managers: the same mobile and e-mail at forty housing companies."""
    managers = staff[_happens("property manager", len(staff), dice)]
    each = managers.loc[managers.index.repeat(HOUSING_COMPANIES)]
    return each.assign(firm=dice.integers(0, len(firms), len(each)), is_managed=True)


def _numbered(contacts: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    contacts = contacts.drop_duplicates(["person", "firm"]).reset_index(drop=True)
    is_managed = contacts["is_managed"].eq(True)
    changed = np.array(_surnames())[np.arange(len(contacts)) * 7 % len(_surnames())]
    second = pd.Series(_numbers("+35844", 7, len(contacts), dice), dtype="str")
    changed = pd.Series(changed, dtype="str")
    return contacts.assign(contact=contacts.index, is_managed=is_managed, changed=changed, second=second)


def _told(world: World, count: int, dice: Dice) -> pd.DataFrame:
    """What is said of the contacts: each once at least, the others as it happens, with its slips."""
    extra = dice.geometric(1 / ROWS_A_CONTACT, len(world.contacts)).clip(1, 12)
    who = np.repeat(np.arange(len(world.contacts)), np.where(world.contacts["is_managed"], 1, extra))
    who = np.append(who, dice.integers(0, len(world.contacts), max(0, count - len(who)) + count // 20))
    said = world.contacts.iloc[who].reset_index(drop=True)
    firm = world.firms.iloc[said["firm"]].reset_index(drop=True)
    told = _names(said, dice) | _emails(said, firm, dice) | _phones(said, firm, dice) | _addresses(firm, dice)
    organisation = firm["organisation_id"].mask(_happens("no firm", len(said), dice))
    rows = pd.DataFrame({"contact": said["contact"], "person": said["person"], "organisation_id": organisation, **told})
    return _admitted(rows, said, firm)


def _admitted(rows: pd.DataFrame, said: pd.DataFrame, firm: pd.DataFrame) -> pd.DataFrame:
    """With one channel at least, as the register asks of every row: else the switchboard, the own e-mail or mobile."""
    has_none = rows["email"].isna() & rows["phone"].isna()
    line = firm["switchboard"].where(has_none)
    email = said["email"].where(has_none & line.isna())
    mobile = said["mobile"].where(has_none & line.isna() & email.isna())
    kind = rows["phone_type"].mask(line.notna(), "fixed").mask(mobile.notna(), "mobile")
    rows = rows.assign(phone=rows["phone"].fillna(line).fillna(mobile), phone_type=kind, email=rows["email"].fillna(email))
    return rows[rows["email"].notna() | rows["phone"].notna()]


def _names(said: pd.DataFrame, dice: Dice) -> dict[str, "pd.Series[str]"]:
    count = len(said)
    first = _nicknamed(said["first"], dice)
    first = first.mask(_happens("middle name", count, dice), first + " " + said["middle"])
    first = first.mask(_happens("initial", count, dice), said["first"].str[0] + ".")
    first = _mistyped(first, _happens("first typo", count, dice), dice)
    is_changed = (said["contact"] * 2654435761 % 1000 < SHARES["surname change"] * 1000) & (dice.random(count) < 0.5)
    last = _mistyped(said["last"].mask(is_changed, said["changed"]), _happens("last typo", count, dice), dice)
    first = first.mask(_happens("surname only", count, dice))
    is_swapped = _happens("swapped", count, dice) & first.notna()
    first, last = first.mask(is_swapped, last), last.mask(is_swapped, first)
    full = (first.fillna("") + " " + last).str.strip()
    keys = {name: key(name) for name in full.unique()}
    return {"first_name": first, "last_name": last, "full_name": full, "name_key": full.map(keys).astype("str")}


def _nicknamed(first: "pd.Series[str]", dice: Dice) -> "pd.Series[str]":
    """Of four, three by a short form that people know, one by a form of somebody's own."""
    known: dict[str, list[str]] = {}
    for group in nicknames.groups():
        known.setdefault(group[0].capitalize(), []).extend(name.capitalize() for name in group[1:])
    form = first.map({name: names[sum(map(ord, name)) % len(names)] for name, names in known.items()}).astype("str")
    form = form.where(dice.random(len(first)) < 0.75, first.str[:3] + "de").fillna(first)
    return first.mask(_happens("nickname", len(first), dice), form)


def _emails(said: pd.DataFrame, firm: pd.DataFrame, dice: Dice) -> dict[str, "pd.Series[str]"]:
    count = len(said)
    own = _mistyped(said["email"], _happens("e-mail typo", count, dice), dice, until="@")
    own = own.mask(_happens("other e-mail", count, dice) & said["private"].notna(), said["private"])
    own = own.mask(_happens("no e-mail", count, dice))
    is_shared = _happens("shared mailbox", count, dice)
    email = own.mask(is_shared, firm["mailbox"])
    both = is_shared & (dice.random(count) < 0.3)
    first = email.mask(both, own).fillna(email)
    second = firm["mailbox"].where(both & own.notna())
    is_role = first.eq(firm["mailbox"]).fillna(False).astype(bool)
    return {"email": first, "email_is_role": is_role, "email_2": second, "email_2_is_role": second.notna()}


def _phones(said: pd.DataFrame, firm: pd.DataFrame, dice: Dice) -> dict[str, "pd.Series[str]"]:
    count = len(said)
    mobile = said["mobile"].mask(_happens("second mobile", count, dice) & said["mobile"].notna(), said["second"])
    mobile = _misdialled(mobile, _happens("phone typo", count, dice), dice)
    mobile = mobile.mask(_happens("no phone", count, dice) & ~said["is_managed"])  # a housing company has its manager's number
    is_switchboard = _happens("switchboard", count, dice) & firm["switchboard"].notna() & ~said["is_managed"]
    both = is_switchboard & (dice.random(count) < 0.4) & mobile.notna()
    first = firm["switchboard"].where(is_switchboard & ~both, mobile)
    second = firm["switchboard"].where(both)
    kinds = [number.str[:5].map({"+3589": "fixed"}).fillna("mobile").where(number.notna()) for number in (first, second)]
    return {"phone": first, "phone_type": kinds[0], "phone_2": second, "phone_2_type": kinds[1]}


def _addresses(firm: pd.DataFrame, dice: Dice) -> dict[str, "pd.Series[str]"]:
    count = len(firm)
    other, elsewhere = pd.DataFrame(_places(count, dice)).astype("str"), _happens("other office", count, dice)
    place = {column: firm[column].mask(elsewhere, other[column]) for column in ("street", "postcode", "city")}
    nowhere = _happens("no place", count, dice)
    street = _mistyped(place["street"], _happens("street typo", count, dice), dice)
    return {"street": street.mask(nowhere | _happens("no street", count, dice)),
            "postcode": place["postcode"].mask(nowhere), "city": place["city"].mask(nowhere)}


def _mailbox_rows(world: World, count: int, dice: Dice) -> pd.DataFrame:
    """Rows that name nobody: the firm's own mailbox, with or without the switchboard."""
    firm = world.firms[world.firms["mailbox"].notna()].sample(count, replace=True, random_state=int(dice.integers(1 << 30)))
    phone = firm["switchboard"].where(dice.random(count) < 0.5)
    number = len(world.contacts) + firm.index
    rows = firm[["organisation_id", "street", "postcode", "city"]].assign(
        contact=number, person=number, email=firm["mailbox"], email_is_role=True, email_2_is_role=False, phone=phone,
        phone_type=phone.notna().map({True: "fixed"}))
    return rows.reset_index(drop=True).astype({"phone_type": "str"})


def _drawn(weight: "np.ndarray", count: int, dice: Dice) -> Ints:
    return np.searchsorted(np.cumsum(weight / weight.sum())[:-1], dice.random(count)).astype("int64")


def _happens(what: str, count: int, dice: Dice) -> "np.ndarray":
    return dice.random(count) < SHARES[what]


def _numbers(prefix: str, digits: int, count: int, dice: Dice) -> "np.ndarray":
    numbers = dice.integers(10**digits, size=count).astype(str)
    return np.char.add(prefix, np.char.zfill(numbers, digits)).astype(object)


def _mistyped(texts: "pd.Series[str]", where: "np.ndarray", dice: Dice, until: str = "") -> "pd.Series[str]":
    """One letter left out, doubled, taken for another or exchanged with the next, before `until`."""
    chosen = texts[where & texts.notna()]
    slips = [_slip(text, text.find(until) if until else len(text), dice) for text in chosen]
    return texts.where(~texts.index.isin(chosen.index), pd.Series(slips, index=chosen.index, dtype="str").reindex(texts.index))


def _slip(text: str, end: int, dice: Dice) -> str:
    place, kind = int(dice.integers(0, max(1, end - 1))), int(dice.integers(4))
    letter = str(dice.choice(MISTAKEN))
    middle = ("", text[place] * 2, letter, text[place + 1:place + 2] + text[place])[kind]
    return text[:place] + middle + text[place + 1 + (kind == 3):]


def _misdialled(numbers: "pd.Series[str]", where: "np.ndarray", dice: Dice) -> "pd.Series[str]":
    return numbers.mask(where, numbers.str[:9] + dice.integers(0, 10, len(numbers)).astype(str) + numbers.str[10:])
