"""What falls due in the next 24 months, by month and reason: figures, and a picture small enough to be shown where it stands.

Dagster shows markdown within the page only below 1,000 characters: two pictures of a year each, of as few words as can be.
"""

from base64 import b64encode
from datetime import date

import pandas as pd
from sqlalchemy import func, literal, select, union_all

from register.store.store import Store
from register.store.tables import faults, verdicts
from register.texts import Texts

MONTHS, HALF = 24, 12
TALL = 30
"""Height of the highest bar, in units of the picture; a month is 5 wide."""

SHOWN = 1000
"""Characters from which a picture is shown after a click only."""

PART = "part"
"""Stands for whatever goes of contacts who stay: a dead address, a record that its source withdrew, outdated details."""

COLOURS = {
    "after_invoicing": ("#36c", "🟦"), "after_last_contact": ("#e70", "🟧"), "after_last_confirmed": ("#2a4", "🟩"),
    "closed_relationship": ("#93c", "🟪"), "partner": ("#fc0", "🟨"), "decided": ("#853", "🟫"), "withdrawn": ("#222", "⬛"),
    "incompatible": ("#d22", "🟥"), PART: ("#bbb", "⬜"),
}
"""Of each rule that gives a last day, the colour of its bars, and the same as a letter for the legend."""

OTHERS = ("#567", "🔳")
"""The colour that the rarest share where the picture has no room for one each."""


def months(store: Store, day: date) -> pd.DataFrame:
    """What falls due, a row for each of 24 months from the day's on (index "2026-11"): contacts by rule, parts of others.

    The month is the one in which the last day lies; what is overdue stands in the first.
    """
    whole = select(verdicts.c.last_day, verdicts.c.rule).where(
        verdicts.c.outcome.in_(("keep", "remove")), verdicts.c.last_day.is_not(None))
    parts = select(faults.c.last_day, literal(PART).label("rule")).where(faults.c.last_day.is_not(None))
    rows = union_all(whole, parts).subquery()
    month = func.substr(rows.c.last_day, 1, 7)
    found = store.read(select(month.label("month"), rows.c.rule, func.count().label("going")).group_by(month, rows.c.rule))
    index = pd.period_range(day.strftime("%Y-%m"), periods=MONTHS, freq="M").strftime("%Y-%m")
    found["month"] = found["month"].where(found["month"] > index[0], index[0])
    wide = found.pivot_table(index="month", columns="rule", values="going", aggfunc="sum", fill_value=0)
    return wide.reindex(index=index, columns=list(COLOURS), fill_value=0).fillna(0).astype("int64")


def picture(half: pd.DataFrame, all_months: pd.DataFrame, texts: Texts) -> str:
    """Bars of a year as an image in markdown, both years to one scale, with the number of each month below its bar."""
    if not int(half.to_numpy().sum()):
        return texts.say("forecast.none")
    return _drawn(half, all_months, _colours(all_months))


def legend(all_months: pd.DataFrame, texts: Texts) -> str:
    """Which colour is which reason, of those that occur, and how many the highest bar stands for."""
    chosen = _colours(all_months)
    said = [f"{chosen[rule][1]} {texts.say(f'rule.{rule}')}" for rule in COLOURS if rule in chosen]
    most = int(all_months.sum(axis=1).max())
    return "\n\n".join([*said, f"{texts.say('forecast.most')}: {most}"])


def _colours(all_months: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Of each rule that occurs its colour; where the pictures have no room for all of them the rarest share one."""
    counts = all_months.sum().sort_values(ascending=False, kind="stable")
    ranked = [str(rule) for rule in counts.index if counts[rule]]
    for own in range(len(ranked), 0, -1):
        chosen = {rule: COLOURS[rule] if place < own else OTHERS for place, rule in enumerate(ranked)}
        if all(len(_drawn(half, all_months, chosen)) < SHOWN for half in (all_months[:HALF], all_months[HALF:])):
            return chosen
    return dict.fromkeys(ranked, OTHERS)


def _drawn(half: pd.DataFrame, all_months: pd.DataFrame, chosen: dict[str, tuple[str, str]]) -> str:
    most = int(all_months.sum(axis=1).max())
    by_colour = {colour: half[[rule for rule in COLOURS if chosen.get(rule, ("",))[0] == colour]].sum(axis=1)
                 for colour in dict.fromkeys(chosen[rule][0] for rule in COLOURS if rule in chosen)}
    paths, below, grown = [], pd.Series(0, index=half.index), pd.Series(0, index=half.index)
    for colour, counts in by_colour.items():
        grown = grown + counts
        top = (grown * TALL / most).round().astype("int64")
        line = "".join(f"M{place * 5 + 3} {TALL - low}v-{high - low}"
                       for place, (low, high) in enumerate(zip(below, top, strict=True)) if high > low)
        paths.append(f'<path stroke="{colour}" d="{line}"/>' if line else "")
        below = top
    names = [str(int(month[-2:])) for month in half.index]
    letters, places = "".join(names), " ".join(str(place * 5 + 2 + at) for place, name in enumerate(names)
                                               for at in range(len(name)))
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 62 36" width="500" stroke-width="4">{"".join(paths)}'
           f'<text y="35" stroke="none" font-size="3" x="{places}">{letters}</text></svg>')
    return f"![](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})"


def figures(all_months: pd.DataFrame, texts: Texts) -> list[dict[str, str]]:
    """A line for each month: the month, how many in all, and how many of each reason that occurs, in words."""
    rows = []
    for month, counts in all_months.iterrows():
        year, number = str(month).split("-")
        by_rule = [f"{texts.say(f'rule.{rule}')} {counts[rule]}" for rule in COLOURS if counts[rule]]
        rows.append({texts.say("forecast.month"): f"{int(number)}/{year}", texts.say("forecast.all"): str(counts.sum()),
                     texts.say("due.rule"): ", ".join(by_rule)})
    return rows
