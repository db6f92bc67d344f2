"""Pages of the UI by their paths: a feed's checks, and a job's launchpad filled in, so that nobody types YAML."""

import json
from collections.abc import Mapping
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
