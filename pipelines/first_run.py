"""`make run`: the three days of the samples, refreshed in one process; a home that has seen them is only shown."""

from datetime import date
from pathlib import Path

from assets.clock import today
from pipelines import place, redaction, running
from pipelines.cli import report
from pipelines.cli.progress import shown
from register import summary
from register.home import Home

SAMPLES = Path(__file__).parent.parent / "samples"

DAYS = (date(2026, 11, 5), date(2026, 11, 20), date(2026, 11, 23))


def main() -> None:
    """Refreshes the days that the home has not seen yet, prints each, then the line that opens the UI."""
    home = place.open_home()
    newest = summary.status(home)["day"] or ""
    for day in DAYS if _is_the_samples(home) else ():
        if newest < day.isoformat() <= today().isoformat():
            with shown(home):
                ran = running.refreshed(home, day)
            report.summary(ran.figures, home)
    if newest >= DAYS[-1].isoformat() or not _is_the_samples(home):
        report.standing(home)
    report.open_ui(home)


def _is_the_samples(home: Home) -> bool:
    """Whether the home was laid out from the samples: nobody else's register is refreshed on their days."""
    return home.configuration("feeds.toml").read_bytes() == (SAMPLES / "feeds.toml").read_bytes()


if __name__ == "__main__":
    redaction.plainly(main)
