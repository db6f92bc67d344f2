"""How an asker was identified, which outlives what is erased: whom the request names must not stand there."""

import re
from collections.abc import Mapping

from register.normalise import email, name, phone
from register.normalise.text import fold

SHORTEST = 3
"""Letters of a part of a name from which on it is looked for: shorter ones begin too many words."""

DIGITS = 7
"""The last digits of a number are the same however it is written."""


def names_asker(said: Mapping[str, str]) -> bool:
    """Whether the name, e-mail or phone of a request stands in how its asker was identified. said: answers by column."""
    told = said.get("who_asks", "")
    words = re.findall(r"\w+", fold(told))
    parts = [part for part in name.key(said.get("name", "")).split("-") if len(part) >= SHORTEST]
    address = email.parse(said.get("email", "")) or said.get("email", "").strip()
    numbers = [found.number[-DIGITS:] for found in phone.read(said.get("phone", ""), "FI") if found and found.number]
    digits = re.sub(r"\D", "", told)
    return (any(word.startswith(part) for word in words for part in parts)  # inflected, too
            or bool(address) and address.casefold() in told.casefold()
            or any(number in digits for number in numbers))
