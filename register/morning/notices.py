"""What the steward is told once a day outside the UI: a subject and a text of counts and links, and who gets it.

Sends nothing: that is `pipelines/notices.py`. Holds no value of a person of the register.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from register.intake import answers
from register.morning.matters import Matter
from register.morning.page import plain, title, waiting
from register.policy import Policy
from register.store.store import Store
from register.texts import Texts


@dataclass(frozen=True)
class Notice:
    """One message, and the people of the policy who get it."""

    subject: str
    text: str
    to: tuple[str, ...]


def half_gone(store: Store, policy: Policy, since: date, day: date) -> int:
    """Entries of quarantine whose time was half over on a day after `since`, `day` included."""
    half = timedelta(days=policy.periods.quarantine_days // 2)
    found = answers.expiring(store, policy)
    ends = pd.to_datetime(found["expires_on"])
    is_now = (ends - half > pd.Timestamp(since)) & (ends - half <= pd.Timestamp(day))
    return int(found.loc[is_now, "entries"].sum())


def notice(policy: Policy, found: Sequence[Matter], reminded: int, day: date) -> Notice | None:
    """The message of a day; None where nothing waits. reminded: entries whose time is half over: the deputy hears, too."""
    if not found and not reminded:
        return None
    texts = Texts(policy.language)
    lines = waiting(found, texts, lambda place: f"{policy.notices.ui}{place}" if place.startswith("/") else place)
    text = [title(found, texts), "", *(f"{number}. {plain(line)}" for number, line in enumerate(lines, start=1)), ""]
    if reminded:
        text += [texts.say_n("notices.half", reminded), ""]
    text.append(f"{policy.notices.ui}/assets/morning")
    deputy = (policy.people.deputy,) if reminded and policy.people.deputy else ()
    return Notice(f"{policy.controller.name}: {title(found, texts)}", "\n".join(text),
                  _reached(policy, (policy.people.on_duty(day), *deputy)))


def _reached(policy: Policy, people: Sequence[str]) -> tuple[str, ...]:
    """Those of the people who have an address, each once; the steward where none has, so that nothing is told to nobody."""
    reached = tuple(dict.fromkeys(name for name in people if name in policy.people.mail))
    return reached or (policy.people.steward,)
