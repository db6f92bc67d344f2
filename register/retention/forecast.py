"""What falls due in the next 24 months, by month and reason: figures, and a picture small enough to be shown where it stands.

Dagster shows markdown within the page only below 1,000 characters: two pictures of a year each, of as few words as can be.
"""

from base64 import b64encode
from datetime import date

import pandas as pd
from sqlalchemy import func, select

from register.store.store import Store
from register.store.tables import verdicts
from register.texts import Texts

MONTHS, HALF = 24, 12
TALL = 30
"""Height of the highest bar, in units of the picture; a month is 5 wide."""

COLOURS = {
    "after_invoicing": ("#36c", "🟦"), "after_last_contact": ("#e70", "🟧"), "after_last_confirmed": ("#2a4", "🟩"),
    "closed_relationship": ("#93c", "🟪"), "partner": ("#fc0", "🟨"), "decided": ("#853", "🟫"),
}
"""Of each rule that gives a last day, the colour of its bars, and the same as a letter for the legend."""


def months(store: Store, day: date) -> pd.DataFrame:
    """How many contacts fall due, a row for each of 24 months from the day's on (index "2026-11"), a column for each rule.

    The month is the one in which the last day lies; what is overdue stands in the first.
    """
    month = func.substr(verdicts.c.last_day, 1, 7)
    query = select(month.label("month"), verdicts.c.rule, func.count().label("contacts")).where(
        verdicts.c.outcome.in_(("keep", "remove")), verdicts.c.last_day.is_not(None)).group_by(month, verdicts.c.rule)
    found = store.read(query)
    index = pd.period_range(day.strftime("%Y-%m"), periods=MONTHS, freq="M").strftime("%Y-%m")
    found["month"] = found["month"].where(found["month"] > index[0], index[0])
    wide = found.pivot_table(index="month", columns="rule", values="contacts", aggfunc="sum", fill_value=0)
    return wide.reindex(index=index, columns=list(COLOURS), fill_value=0).fillna(0).astype("int64")


def picture(half: pd.DataFrame, all_months: pd.DataFrame, texts: Texts) -> str:
    """Bars of a year as an image in markdown, both years to one scale, with the number of each month below its bar."""
    most = int(all_months.sum(axis=1).max())
    if not int(half.to_numpy().sum()):
        return texts.say("forecast.none")
    heights = (half.cumsum(axis=1) * TALL / most).round().astype("int64")
    paths, below = [], pd.Series(0, index=half.index)
    for rule, (colour, _) in COLOURS.items():
        grown = heights[rule] - below
        line = "".join(f"M{place * 5 + 3} {TALL - below.iloc[place]}v-{grown.iloc[place]}"
                       for place in range(len(half)) if grown.iloc[place])
        paths.append(f'<path stroke="{colour}" d="{line}"/>' if line else "")
        below = heights[rule]
    names = [str(int(month[-2:])) for month in half.index]
    letters, places = "".join(names), " ".join(str(place * 5 + 2 + at) for place, name in enumerate(names)
                                               for at in range(len(name)))
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 62 36" width="500" stroke-width="4">{"".join(paths)}'
           f'<text y="35" stroke="none" font-size="3" x="{places}">{letters}</text></svg>')
    return f"![](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})"


def legend(all_months: pd.DataFrame, texts: Texts) -> str:
    """Which colour is which reason, of those that occur, and how many the highest bar stands for."""
    said = [f"{letter} {texts.say(f'rule.{rule}')}" for rule, (_, letter) in COLOURS.items() if all_months[rule].any()]
    most = int(all_months.sum(axis=1).max())
    return "\n\n".join([*said, f"{texts.say('forecast.most')}: {most}"])


def figures(all_months: pd.DataFrame, texts: Texts) -> list[dict[str, str]]:
    """A line for each month: the month, how many in all, and how many of each reason that occurs, in words."""
    rows = []
    for month, counts in all_months.iterrows():
        year, number = str(month).split("-")
        by_rule = [f"{texts.say(f'rule.{rule}')} {counts[rule]}" for rule in COLOURS if counts[rule]]
        rows.append({texts.say("forecast.month"): f"{int(number)}/{year}", texts.say("forecast.all"): str(counts.sum()),
                     texts.say("due.rule"): ", ".join(by_rule)})
    return rows
