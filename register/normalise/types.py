"""What a value has been through: only this room makes these types, matching and the command ask for them."""

from typing import NewType

Email = NewType("Email", str)
"""A checked address in lower case, without a display name."""

E164 = NewType("E164", str)
"""A number that its country's plan knows, as "+358401234567", without extension."""

BusinessId = NewType("BusinessId", str)
"""A business id with a right check digit: "9900001-8", of other countries "NO:974760673"."""
