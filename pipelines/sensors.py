"""What the daemon looks for between the mornings: workbooks that came back to `inbox/decisions`."""

import time
from hashlib import blake2b
from pathlib import Path
from typing import Any

import dagster as dg

from assets.resource import DAY_TAG, MODE_TAG, WORKBOOK_TAG, Register, today

MADE_OF_FEEDS = ("organisations", "contacts", "verdicts", "removals")
"""The assets below all feeds; the first of them takes in what was decided."""

BOX_TAG = "register/box"
"""Names what lay in the letter box, so that it is not asked for twice."""

SECONDS = 30
STILL_SECONDS = 5
"""A file that has not changed for so long is written to its end; the run looks again."""

TRIES = 3
"""Runs for the same content: one that was killed took nothing."""

DIED = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


def decision_tags(workbooks: str) -> dict[str, str]:
    """What a run carries that takes in decisions, or computes what follows from them: which workbooks came back."""
    return {DAY_TAG: today().isoformat(), MODE_TAG: "backfill", WORKBOOK_TAG: workbooks}


def decisions_sensor(register: Register, job: Any) -> dg.SensorDefinition:
    """Starts a run that takes in what came back and computes what follows; it removes nobody."""

    @dg.sensor(job=job, minimum_interval_seconds=SECONDS, name="decisions_box", default_status=dg.DefaultSensorStatus.RUNNING)
    def decisions_box(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        from register.workbooks import returned

        lying = returned.lying(register.home, _is_still)
        if not lying:
            return dg.SkipReason("Nothing lies in inbox/decisions.")
        box = _content(lying, register.home.key)
        runs = context.instance.get_runs(dg.RunsFilter(tags={BOX_TAG: box}))
        if len(runs) >= TRIES or any(run.status not in DIED for run in runs):
            return dg.SkipReason("What lies in inbox/decisions was read, or is being read; the run says what is wrong with it.")
        numbers = [returned.number(path) for path in lying]
        workbooks = ", ".join("?" if number is None else str(number) for number in numbers)
        return dg.RunRequest(run_key=f"{box}-{len(runs)}", tags=decision_tags(workbooks) | {BOX_TAG: box},
                             asset_selection=[dg.AssetKey(name) for name in MADE_OF_FEEDS])

    return decisions_box


def _is_still(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > STILL_SECONDS


def _content(paths: list[Path], key: bytes) -> str:
    """One short text for what lies there, from which nobody learns anything of it."""
    digest = blake2b(key=key, digest_size=12)
    for path in paths:
        digest.update(path.read_bytes() + str(path.stat().st_mtime_ns).encode())
    return digest.hexdigest()
