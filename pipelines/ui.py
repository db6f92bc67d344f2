"""`make ui`: Dagster's webserver and daemon on the register's home, on this machine only, until it is stopped."""

import os
import sys
from pathlib import Path

from pipelines import place
from pipelines.cli import report

PORT = "3000"


def main() -> None:
    """Becomes `dagster dev` on the same instance as the command. Its state is kept between starts."""
    home = place.open_home()
    report.open_ui(home)
    program = str(Path(sys.executable).with_name("dagster"))
    workspace = str(Path(__file__).parent.parent / "workspace.yaml")
    os.environ[place.HOME_VARIABLE] = str(home.path)
    os.environ["PYTHONWARNINGS"] = "ignore"  # of Dagster's own commands
    os.execv(program, [program, "dev", "--log-level", "warning", "-w", workspace, "-h", "127.0.0.1", "-p", PORT])  # noqa: S606


if __name__ == "__main__":
    main()
