"""What the steward waits for: the UI from its start to `morning`, and a bulk correction of 90 days of 5 feeds, by the command
and from the UI, beside a loop of the plain script over the same files. `python -m benchmarks.steward [DAYS ROWS]`.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import deliveries, report
from benchmarks.servers import Server, serving

HERE = Path(__file__).parent
DAYS, ROWS = 90, 1000
LAST = date.today() - timedelta(days=1)  # noqa: DTZ011 - yesterday, wherever it is
FEEDS = deliveries.FEEDS + '[quotations]\nkind = "quotation_request"\nformat = "csv"\nhistory_from = 2010-01-01\n'
MADE_LIKE = {"assignments": "assignments", "invoices": "invoices", "inquiries": "inquiries", "quotations": "inquiries",
             "provider_x": "provider_x"}
MADE_ONCE = ("contacts", "morning", "organisations", "removals", "verdicts")
PATIENCE_SECONDS = 1800

ASSETS = "{ assetNodeOrError(assetKey: {path: [\"morning\"]}) { __typename } }"
LAUNCH = """mutation ($assets: [AssetKeyInput!], $days: [String!]) {
launchPartitionBackfill(backfillParams: {assetSelection: $assets, partitionNames: $days}) {
__typename ... on LaunchBackfillSuccess { backfillId } } }"""


def main(days: int = DAYS, rows: int = ROWS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), days, rows)
    (HERE / report.STEWARD).write_text(json.dumps(figures, indent=1) + "\n")
    report.write(HERE)
    print(report.of_the_steward(figures))


def measure(folder: Path, count: int, rows: int) -> dict[str, Any]:
    """All figures, in seconds."""
    days = [(LAST - timedelta(days=back)).isoformat() for back in reversed(range(count))]
    home = folder / "home"
    _deliver(folder, home, days, rows, "first")
    (home / "policy.toml").write_text(deliveries.POLICY.replace("2026-11-01", days[0]))
    (home / "feeds.toml").write_text(FEEDS)
    load = _command(home, "refresh")
    started = _start_of_the_ui(home)
    _deliver(folder, home, days, rows, "second", city="Turku")
    span = ("--from", days[0], "--to", days[-1])
    by_command = _command(home, "backfill", *span)
    again = _command(home, "backfill", *span)
    _deliver(folder, home, days, rows, "third", city="Vaasa")
    by_ui = _backfill_in_the_ui(home, days)
    return {"days": count, "feeds": len(MADE_LIKE), "rows": rows, "load": load, "ui_start": started, "command": by_command,
            "archive": again, "ui": by_ui, "peer": _peer(folder, days)}


def _deliver(folder: Path, home: Path, days: Sequence[str], rows: int, name: str, city: str = "") -> None:
    """Every feed's file of every day; where a city is named the same rows say so instead."""
    made = deliveries.world(rows * 20)
    for day in days:
        for feed, like in MADE_LIKE.items():
            path = home / "inbox" / feed / day / f"{name}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            source = folder / "first" / feed / day / "delivery.csv"
            if not source.exists():
                frame, _ = deliveries.delivery(made, rows, like)
                source.parent.mkdir(parents=True, exist_ok=True)
                frame.to_csv(source, sep=";", index=False)
            path.write_bytes(_moved(source.read_text(), city).encode() if city else source.read_bytes())


def _moved(text: str, city: str) -> str:
    """The same rows in another city."""
    head, *lines = text.splitlines()
    place = head.split(";").index("Postitoimipaikka")
    return "\n".join([head, *(";".join([*parts[:place], city, *parts[place + 1:]]) for parts in
                              (line.split(";") for line in lines))]) + "\n"


def _environment(home: Path) -> dict[str, str]:
    return os.environ | {"REGISTER_HOME": str(home), "PYTHONWARNINGS": "ignore"}


def _command(home: Path, *arguments: str) -> dict[str, float]:
    begun = time.time()
    done = subprocess.run([str(Path(sys.executable).with_name("register")), *arguments], env=_environment(home),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout)
    return {"seconds": time.time() - begun, "contacts": _contacts_ended(home) - begun}


def _contacts_ended(home: Path) -> float:
    """When contacts were last written."""
    with sqlite3.connect(f"file:{home / 'register.db'}?mode=ro", uri=True) as connection:
        [ended] = connection.execute("select max(ended_at) from runs where step = 'contacts' and state = 'done'").fetchone()
    return datetime.fromisoformat(ended).astimezone(UTC).timestamp()


def _start_of_the_ui(home: Path) -> float:
    begun = time.time()
    with serving(home) as server:
        _wait_for_morning(server)
        with urllib.request.urlopen(f"{server.address}/assets/morning", timeout=10) as page:
            page.read()
        return time.time() - begun


def _wait_for_morning(server: Server) -> None:
    """Until the UI knows the asset: while its code loads, it answers that there is none."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := server.ask(ASSETS)["assetNodeOrError"]["__typename"]) != "AssetNode":
        if time.monotonic() > until:
            raise SystemExit(f"morning is no asset of the UI: {found}")
        time.sleep(0.1)


def _backfill_in_the_ui(home: Path, days: Sequence[str]) -> dict[str, float]:
    """From the click to the end, with a UI that is up."""
    assets = [{"path": ["observations", feed]} for feed in MADE_LIKE] + [{"path": [name]} for name in MADE_ONCE]
    with serving(home) as server:
        _wait_for_morning(server)
        begun = time.time()
        launched = server.ask(LAUNCH, assets=assets, days=list(days))["launchPartitionBackfill"]["backfillId"]
        query = "query ($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
        while server.ask(query, id=launched)["partitionBackfillOrError"]["status"] in ("REQUESTED", "IN_PROGRESS"):
            time.sleep(1)
        ended = time.time()
    return {"seconds": ended - begun, "contacts": _contacts_ended(home) - begun}


def _peer(folder: Path, days: Sequence[str]) -> dict[str, float]:
    """The plain script once a day over that day's files."""
    begun, work = time.time(), 0.0
    for day in days:
        inbox = folder / "peer" / day
        for feed in MADE_LIKE:
            path = inbox / feed / day / "delivery.csv"
            path.parent.mkdir(parents=True)
            path.hardlink_to(folder / "first" / feed / day / "delivery.csv")
        done = subprocess.run([sys.executable, "-m", "benchmarks.peer", str(inbox), f"sqlite:///{folder}/peer.db"], check=True,
                              stdout=subprocess.PIPE, cwd=HERE.parent)
        work += json.loads(done.stdout)["seconds"]
    return {"seconds": time.time() - begun, "work": work}


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
