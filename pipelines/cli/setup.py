"""`register init`: a home with commented starters to be filled in."""

from pathlib import Path
from typing import Annotated

import typer
from rich import print as say

from pipelines import place
from register.home import Home

STARTERS = Path(__file__).parent.parent / "starters"


def init(
    directory: Annotated[Path | None, typer.Argument(help="Where the home shall be; REGISTER_HOME, else ./home.")] = None,
) -> None:
    """Make a home: folders, a key, and commented starters of policy.toml and feeds.toml. What is there stays."""
    path = (directory or place.home_path()).absolute()
    Home(path, place.database_url(), place.key_folder()).prepare()
    for starter in sorted(STARTERS.glob("*.toml")):
        target = path / starter.name
        if target.exists():
            say(f"{target} is there already and stays as it is.")
        else:
            target.write_text(starter.read_text(encoding="utf-8"), encoding="utf-8")
            say(f"{target}: fill it in.")
    say(f"Then put a delivery into {path / 'inbox'}/FEED/DAY/ and run: REGISTER_HOME={path} register refresh")
