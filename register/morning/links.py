"""Pages of the UI by their paths: a feed's checks, and a job's launchpad filled in, so that nobody types YAML."""

import json
from collections.abc import Mapping
from urllib.parse import quote

LOCATION = "register"
"""The code location, as `workspace.yaml` names it."""


def checks_of(feed: str) -> str:
    """The page of a feed's checks."""
    return f"/assets/observations/{feed}?view=checks"


def launch(job: str, config: Mapping[str, object]) -> str:
    """The launchpad of a job of one step, which bears the job's name, with its config; JSON is YAML too."""
    filled = json.dumps({"ops": {job: {"config": dict(config)}}}, ensure_ascii=False, separators=(",", ":"))
    return f"/locations/{LOCATION}/jobs/{job}/playground/setup?config={quote(filled, safe='')}"
