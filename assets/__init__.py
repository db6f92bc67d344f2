"""The whole way on one screen: every asset by group, in the order in which the data goes. Assets fetch, call, report."""

from collections.abc import Sequence
from typing import Any

from register.feeds import BrokenFeed, Feed
from register.texts import Texts

GROUPS = ("inquiry", "quotation_request", "assignment", "invoice", "provider", "registry", "bounce", "contacts", "retention")
"""In the order of the picture in the design: feeds by kind, then what is made of them."""


def all_assets(feeds: Sequence[Feed | BrokenFeed], starts_on: str, texts: Texts) -> list[Any]:
    """One asset a feed, then the register itself."""
    from assets.contacts import contacts_asset
    from assets.morning import morning_asset
    from assets.observations import feed_asset
    from assets.organisations import organisations_asset
    from assets.removals import removals_asset
    from assets.verdicts import forecast_asset, verdicts_asset

    read = [feed_asset(feed, starts_on, texts) for feed in feeds]
    made = [
        *read,                                                     # inbox -> observations, engagements, quarantine
        organisations_asset([asset.key for asset in read], texts),  # who is which firm
        contacts_asset(texts),                                     # one true record for each person at a firm
        verdicts_asset(texts),                                     # kept until when, and why
        forecast_asset(texts),                                     # what falls due in the months to come, as a picture
        removals_asset(texts),                                     # the sweep
    ]
    checks = [key for asset in made for key in asset.check_keys]
    return [*made, morning_asset(checks, texts)]                   # what waits for the steward, on one page
