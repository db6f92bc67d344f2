"""Pages of the UI by their paths: a feed's checks, a launchpad filled in, feeds and days chosen, so that nobody types YAML."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from urllib.parse import quote

LOCATION = "register"
"""The code location, as `workspace.yaml` names it."""


def checks_of(feed: str) -> str:
    """The page of a feed's checks."""
    return f"/assets/observations/{feed}?view=checks"


STEPS = {"accept_delivery": "accept", "approve_list": "approve", "lift": "take_back"}
"""Jobs of one step, and the step's name: no two things of the location may share one."""


def launch(job: str, config: Mapping[str, object]) -> str:
    """The launchpad of such a job with its config; JSON is YAML too."""
    filled = json.dumps({"ops": {STEPS[job]: {"config": dict(config)}}}, ensure_ascii=False, separators=(",", ":"))
    return f"/locations/{LOCATION}/jobs/{job}/playground/setup?config={quote(filled, safe='')}"


def backfill(feeds: Sequence[str], days: Sequence[str]) -> str:
    """The page on which these feeds, all that is made of them, and exactly these days are chosen; no feed: all below them."""
    chosen = [f'key:"observations/{feed}"+' for feed in feeds] or ['key:"organisations"+']
    assets = quote(" or ".join(chosen), safe="")  # a bare stroke ends the selection
    page = f"/asset-groups~{assets}"
    return f"{page}?default_range={quote(','.join(_stretches(days)), safe='')}" if feeds and days else page


def _stretches(days: Iterable[str]) -> list[str]:
    """Days as Dagster writes them: each unbroken stretch as `[first...last]`, a day by itself as it is."""
    stretches: list[list[date]] = []
    for day in sorted({date.fromisoformat(day) for day in days}):
        if stretches and (day - stretches[-1][-1]).days == 1:
            stretches[-1].append(day)
        else:
            stretches.append([day])
    return [f"[{of[0]}...{of[-1]}]" if len(of) > 1 else str(of[0]) for of in stretches]
