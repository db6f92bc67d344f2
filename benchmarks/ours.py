"""The register at work on made-up deliveries, in a process of its own: seconds by stage and peak memory, as JSON on stdout.

`python -m benchmarks.ours HOME DATABASE_URL DAY...`: each day is a lap of its own on the same register, so that the first shows
the load and the following the days after it.
"""

import json
import resource
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.stages import Watch, watched
from register.home import Home

TODAY = date(2026, 11, 30)


def refresh(home: Home, day: str, watch: Watch) -> dict[str, Any]:
    """One day's refresh as the assets do it, without Dagster: seconds by stage, and in all."""
    from expectations import runner
    from register.contacts import contacts, organisations
    from register.intake import lookup, refresh
    from register.intake.ingest import Desk
    from register.intake.refresh import Errand
    from register.retention import judging

    watch.lap()
    policy = home.policy()
    feeds = home.feeds(policy)
    desk = Desk(home, policy, feeds, runner.judge)
    on = date.fromisoformat(day)
    for feed in feeds.living:
        refresh.read_days(desk, feed, [day], Errand("refresh", on, TODAY, lambda _: True))
    with home.database.writing("organisations", day) as store:
        found = lookup.newest(desk, store)
        organisations.update(store, policy, feeds, found, day)
    with home.database.writing("contacts", day) as store:
        contacts.update(store, policy, feeds, home.key, day)
        runner.judge_contacts(*contacts.to_judge(store))
        contacts.note_passed(store)
    with home.database.writing("verdicts", day) as store:
        judging.update(store, policy, feeds, on)
    stages = watch.lap()
    return {"day": day, "stages": stages, "seconds": sum(stages.values())}


def main(home_path: str, database_url: str, *days: str) -> None:
    begun = time.perf_counter()
    from expectations import engine, runner  # noqa: F401  the imports are told apart from the work

    watch = watched()
    imports = time.perf_counter() - begun
    home = Home(Path(home_path), database_url or None)
    home.prepare()
    laps = [refresh(home, day, watch) for day in days]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"imports": imports, "laps": laps, "peak_mib": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
