"""Pictures of how well contacts and people are matched, for `docs/matching.md`: `python -m benchmarks.matching_report [ROWS]`.

Scores of true and false pairs, the share of true pairs by band of p, precision against recall. Drawn by hand: no library.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import people
from benchmarks.matching import BANDS
from register.matching import matcher
from register.matching.candidates import CONTACT_KEYS, UNSTORED, candidate_keys
from register.matching.columns import contact_columns
from register.matching.model import contacts_model

DOCS = Path(__file__).parents[1] / "docs"
WIDTH, HEIGHT, LEFT, BELOW = 640, 300, 60, 40
SERIES = {"contact": "#4e79a7", "person": "#f28e2b"}
TRUE, FALSE = "#59a14f", "#e15759"
STYLE = ("<style>text{font:12px sans-serif;fill:#333}.axis{stroke:#999}"
         "@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>")
SCORES = np.arange(-12_000, 12_001, 1_000)

Points = Sequence[tuple[float, float]]


def write(folder: Path, rows: int) -> None:
    """matching-scores.svg, matching-calibration.svg and matching-precision-recall.svg in the folder."""
    made = people.rows(rows, 1).sort_values("record_key", ignore_index=True)
    table = contact_columns(made)
    pairs = matcher.scored_pairs(contacts_model(), table, candidate_keys(CONTACT_KEYS, table, UNSTORED))
    scored = {side: (pairs[side].to_numpy(), _is_true(made[side].to_numpy(), pairs)) for side in SERIES}
    real = {side: _pairs(made[side].to_numpy()) for side in SERIES}
    for name, picture in {
        "scores": _scores(*scored["person"]), "calibration": _calibration(scored), "precision-recall": _curves(scored, real),
    }.items():
        (folder / f"matching-{name}.svg").write_text(picture, encoding="utf-8")


def _is_true(truth: Any, pairs: Any) -> Any:
    return truth[pairs["left"]] == truth[pairs["right"]]


def _pairs(truth: Any) -> int:
    sizes = np.bincount(truth).astype("int64")
    return int((sizes * (sizes - 1) // 2).sum())


def _scores(odds: Any, is_true: Any) -> str:
    """How many pairs have each log-odds, on a scale of powers of ten: true and false ones beside each other."""
    counts = {colour: np.histogram(odds[chosen], SCORES)[0] for colour, chosen in ((TRUE, is_true), (FALSE, ~is_true))}
    most = np.log10(max(count.max() for count in counts.values()) + 1)
    width = (WIDTH - LEFT) / (len(SCORES) - 1)
    bars = [_bar(LEFT + place * width + offset * width / 2, np.log10(count + 1) / most, width / 2 - 1, colour)
            for offset, (colour, found) in enumerate(counts.items()) for place, count in enumerate(found)]
    ticks = [(place / (len(SCORES) - 1), f"{SCORES[place] // 1000}") for place in range(0, len(SCORES), 4)]
    high = [(power / most, f"{10 ** power:,}") for power in range(int(most) + 1)]
    return _chart("Scored pairs by log-odds of one person: true green, false red", ticks, high, bars)


def _calibration(scored: dict[str, tuple[Any, Any]]) -> str:
    """What p promises against the share of true pairs: on the line is right."""
    lines = [_line([(0, 0), (1, 1)], "#999")]
    for side, (odds, is_true) in scored.items():
        p = 1 / (1 + np.exp(-odds / 1000))
        band = np.digitize(p, BANDS[1:-1])
        points = [(float(p[band == place].mean()), float(is_true[band == place].mean())) for place in np.unique(band)]
        lines += [_line(points, SERIES[side]), *(_dot(*point, SERIES[side]) for point in points)]
    return _chart("Share of true pairs by band of p: contacts blue, people orange", TENTHS, TENTHS, lines)


def _curves(scored: dict[str, tuple[Any, Any]], real: dict[str, int]) -> str:
    """Pairs from each log-odds on, before clusters: recall to the right, precision from .8 up."""
    lines = []
    for side, (odds, is_true) in scored.items():
        kept = [(odds >= cut) for cut in SCORES]
        points = [(is_true[chosen].sum() / real[side], max(is_true[chosen].mean() - 0.8, 0) / 0.2)
                  for chosen in kept if chosen.any()]
        lines += [_line(points, SERIES[side]), *(_dot(*point, SERIES[side]) for point in points)]
    high = [(place / 4, f"{0.8 + place * 0.05:.2f}") for place in range(5)]
    return _chart("Precision of pairs against recall, by log-odds: contacts blue, people orange", TENTHS, high, lines)


TENTHS = [(tenth / 10, f"{tenth / 10:.1f}") for tenth in range(0, 11, 2)]


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT)


def _y(share: float) -> float:
    return HEIGHT - share * HEIGHT + 30


def _bar(x: float, share: float, width: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{_y(share):.1f}" width="{width:.1f}" height="{share * HEIGHT:.1f}" fill="{colour}"/>'


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="3" fill="{colour}"/>'


def _line(points: Points, colour: str) -> str:
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _chart(title: str, across: Sequence[tuple[float, str]], up: Sequence[tuple[float, str]], parts: Sequence[str]) -> str:
    labels = [f'<text x="{_x(place):.1f}" y="{_y(0) + 18:.1f}" text-anchor="middle">{text}</text>' for place, text in across]
    labels += [f'<text x="{LEFT - 6}" y="{_y(place) + 4:.1f}" text-anchor="end">{text}</text>' for place, text in up]
    axes = (f'<line class="axis" x1="{LEFT}" y1="{_y(0)}" x2="{WIDTH}" y2="{_y(0)}"/>'
            f'<line class="axis" x1="{LEFT}" y1="{_y(1)}" x2="{LEFT}" y2="{_y(0)}"/>')
    size = f'width="{WIDTH + 20}" height="{HEIGHT + 30 + BELOW}"'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{STYLE}<title>{title}</title>'
            f'<text x="{LEFT}" y="16">{title}</text>{axes}{"".join(parts)}{"".join(labels)}</svg>\n')


if __name__ == "__main__":
    write(DOCS, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
