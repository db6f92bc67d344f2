"""How a check's answer is told in the UI: its sentence, its figures, and where the steward reads what to do.

What a check asks, and its sentence, is `register`'s.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import dagster as dg

from register.policy import Policy
from register.texts import Texts

if TYPE_CHECKING:
    from register.intake.feed_state import Check

SEVERITY = {"error": dg.AssetCheckSeverity.ERROR, "warn": dg.AssetCheckSeverity.WARN}


Figures = Mapping[str, dg.MetadataValue | int]


def answered(
    check: "Check", policy: Policy, asset: dg.AssetKey | None = None, figures: Figures | None = None
) -> dg.AssetCheckResult:
    """The answer with its figures and the way to the steward's guide."""
    return dg.AssetCheckResult(
        asset_key=asset, check_name=check.name, passed=check.passed, severity=SEVERITY[check.severity],
        description=check.sentence, metadata={**(figures or {}), **_guide(policy)})


def _guide(policy: Policy) -> dict[str, dg.MetadataValue]:
    """A link where the policy says the guide's address; else its path beside the program."""
    texts, address = Texts(policy.language), policy.notices.docs
    shown = dg.MetadataValue.url(address) if address else dg.MetadataValue.text(texts.say("check.guide.path"))
    return {texts.say("check.guide"): shown}
