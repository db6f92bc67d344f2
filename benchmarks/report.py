"""Writes RESULTS.md and stages.svg from the figures of the runs."""

import json
from html import escape
from pathlib import Path
from typing import Any

from benchmarks import matching_figures, matching_report

Figures = dict[str, Any]

COLOURS = (
    "#4e79a7", "#a0cbe8", "#f28e2b", "#ffbe7d", "#59a14f", "#8cd17d", "#e15759", "#b07aa1", "#f1ce63", "#86bcb6", "#bab0ac",
)
WIDTH, BAR, LABEL = 900, 34, 150

STEWARD = "steward.json"
"""The figures of what the steward waits for."""

HEAD = """# Results

Written by `make bench ROWS=...`; every figure is of one run on one machine, the plain script (`peer.py`) and the register one
after the other in processes of their own. Seconds of the wall clock; peak memory of the process. Imports and Dagster's own
overhead are not in the seconds of the stages; imports are told beside them.

![Stages](stages.svg)

The aims: a load of 1,000,000 rows in at most 0.5 of the plain script's time and 2 GiB; 10,000 rows against that register in at
most 2 s warm and 4 s cold; one row in 50 ms; the registry's bulk in 2 minutes and 500 MiB. How far it is there stands below;
matching has a [page of its own](../docs/matching-figures.md).
"""


def write(folder: Path) -> None:
    """RESULTS.md and stages.svg in the folder, and the page of matching, from `results/*.json`, the largest run first."""
    runs = [json.loads(path.read_text()) for path in (folder / "results").glob("*.json")]
    runs.sort(key=lambda run: -int(run["rows"]))
    steward = folder / STEWARD
    waits = [of_the_steward(json.loads(steward.read_text()))] if steward.exists() else []
    (folder / "RESULTS.md").write_text("\n".join([HEAD, *map(_section, runs), *waits]))
    (folder / "stages.svg").write_text(_picture(runs[0]))
    matching_figures.write(matching_report.DOCS, runs)


def of_the_steward(figures: Figures) -> str:
    """What the steward waits for, as `steward.py` measured it."""
    size = f"{figures['days']} days x {figures['feeds']} feeds x {figures['rows']:,} rows"
    lines = ["## What the steward waits for", "",
             f"{size}; the register and Dagster from the start of the process to its end.", "",
             "| | contacts written after s | all s |", "|---|--:|--:|",
             f"| `make ui` to `morning` (aim: 10 s) | - | {figures['ui_start']:.1f} |"]
    names = {"load": "the first reading, `register refresh`", "command": "corrected files, `register backfill` (aim: 30 s)",
             "archive": "again, from the archive, `register backfill`", "ui": "corrected files, from the UI (aim: 120 s)"}
    lines += [f"| {name} | {figures[key]['contacts']:.1f} | {figures[key]['seconds']:.1f} |" for key, name in names.items()]
    peer = figures["peer"]
    lines += [f"| a loop of the plain script, a process a day | - | {peer['seconds']:.1f}, without its starts "
              f"{peer['work']:.1f} |", ""]
    return "\n".join(lines)


def _section(run: Figures) -> str:
    peer, (load, *days) = run["peer"], run["sqlite"]["laps"]
    postgres, cold, registry = run["postgres"], run["cold"], run["registry"]
    lines = [f"## {run['rows']:,} rows", "",
             "| stage | register s | rows/s | plain script s | ratio |", "|---|--:|--:|--:|--:|"]
    lines += [_stage(stage, took, peer["stages"].get(stage), run["rows"]) for stage, took in load["stages"].items()]
    lines.append(_stage("**all**", load["seconds"], peer["seconds"], run["rows"]))
    lines += ["", f"Peak memory: register {run['sqlite']['peak_mib']:,.0f} MiB (the days below included), plain script "
              f"{peer['peak_mib']:,.0f} MiB. On PostgreSQL: {postgres['laps'][0]['seconds']:.1f} s, "
              f"{postgres['laps'][0]['seconds'] / peer['seconds']:.2f} of the plain script, {postgres['peak_mib']:,.0f} MiB.",
              "", "| a day after it | s |", "|---|--:|",
              f"| {run['small']:,} new rows, warm | {days[0]['seconds']:.2f} |",
              f"| {run['small']:,} new rows, cold | {cold['laps'][0]['seconds']:.2f}, imports apart: {cold['imports']:.1f} |",
              f"| one row, warm | {days[1]['seconds']:.3f} |",
              f"| the registry's {registry['companies']:,} companies against {registry['known']:,} known ids | "
              f"{registry['laps'][0]['seconds']:.1f} ({registry['peak_mib']:,.0f} MiB) |", ""]
    return "\n".join([*lines, *_removal(run.get("removal", {}))])


def _removal(databases: Figures) -> list[str]:
    """What removing costs, by database, as `removal.py` measured it; nothing of a run from before it did."""
    if not databases:
        return []
    lines = ["| removing | contacts | s | beside |", "|---|--:|--:|---|"]
    for name, run in databases.items():
        bare, sweep, erasure = run["bare"], run["sweep"], run["erasure"]
        rate = sweep["seconds"] / sweep["records"] / (bare["seconds"] / bare["records"])
        cleaned = (sweep["seconds"] + sweep["cleaning"]) / sweep["records"] / (bare["seconds"] / bare["records"])
        lines += [
            f"| {name}: verdicts on all, anew (aim: 3 s a million) | {run['contacts']:,} | {run['verdicts']:.2f} | |",
            f"| {name}: a sweep of 5 % | {run['contacts'] // 20:,} "
            f"| {sweep['seconds']:.2f}, then the files {sweep['cleaning']:.2f} "
            f"| {rate:.1f} of a bare `DELETE` of as many records, with the files {cleaned:.1f} (aims: 1.5 and 4) |",
            f"| {name}: one erasure with its proof (aim: 5 s and the reading) | 1 | {erasure['seconds']:.2f} "
            f"| {erasure['mib']:,.0f} MiB read by `cat` in {erasure['reading']:.2f} s |"]
    return [*lines, ""]


def _stage(stage: str, seconds: float, peer: float | None, rows: int) -> str:
    beside = f"{peer:.2f} | {seconds / peer:.2f}" if peer else "- | -"
    return f"| {stage} | {seconds:.2f} | {rows / max(seconds, 0.001):,.0f} | {beside} |"


def _picture(run: Figures) -> str:
    """Three bars of stages, as long as they took."""
    bars = {"plain script": run["peer"]["stages"], "register, SQLite": run["sqlite"]["laps"][0]["stages"],
            "register, PostgreSQL": run["postgres"]["laps"][0]["stages"]}
    stages = list(bars["register, SQLite"])
    longest = max(sum(stages.values()) for stages in bars.values())
    parts = [part for row, (name, seconds) in enumerate(bars.items()) for part in _bar(name, seconds, stages, row, longest)]
    for place, stage in enumerate(stages):
        x, y = LABEL + place % 6 * 120, len(bars) * (BAR + 12) + 30 + place // 6 * 20
        parts.append(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="{COLOURS[place]}"/>'
                     f'<text x="{x + 18}" y="{y}">{stage}</text>')
    height = len(bars) * (BAR + 12) + 70
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + LABEL + 70}" height="{height}" font-family="sans-serif" '
            f'font-size="12"><title>{run["rows"]:,} rows</title>{"".join(parts)}</svg>\n')


def _bar(name: str, seconds: dict[str, float], stages: list[str], row: int, longest: float) -> list[str]:
    y, x = row * (BAR + 12) + 6, float(LABEL)
    parts = [f'<text x="0" y="{y + 21}">{escape(name)}</text>']
    for stage, took in seconds.items():
        width = took / longest * WIDTH
        parts.append(f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[stages.index(stage)]}">'
                     f"<title>{stage}: {took:.2f} s</title></rect>")
        x += width
    return [*parts, f'<text x="{x + 6:.1f}" y="{y + 21}">{sum(seconds.values()):.1f} s</text>']
