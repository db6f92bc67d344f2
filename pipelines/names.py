"""The names by which Dagster's runs are asked for: the job, what is made of the feeds, and the tags of a correction."""

from collections.abc import Sequence

from assets.clock import today
from assets.names import CORRECTION_TAG, DAY_TAG, MODE_TAG, MORNING, WORKBOOK_TAG

JOB = "daily_refresh"
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

MADE_OF_FEEDS = ("organisations", "contacts", "verdicts", "removals", MORNING)
"""The assets below all feeds; the first of them takes in what was decided."""

UI = "http://127.0.0.1:{port}"
PORT = "3000"


def morning_address(port: str = PORT) -> str:
    """Where the steward begins her day."""
    return f"{UI.format(port=port)}/assets/{MORNING}"


def decision_tags(workbooks: str) -> dict[str, str]:
    """What a run carries that takes in decisions, or computes what follows from them: which workbooks came back."""
    return {DAY_TAG: today().isoformat(), MODE_TAG: "backfill", WORKBOOK_TAG: workbooks}


def correction_tags(number: int, days: Sequence[str], today: str) -> dict[str, str]:
    """What the run of a correction carries: its number, its day, and the range that holds its days."""
    tags = {CORRECTION_TAG: str(number), DAY_TAG: today, MODE_TAG: "backfill"}
    return tags | ({RANGE_START: min(days), RANGE_END: max(days)} if days else {})
