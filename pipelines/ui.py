"""`make ui`: Dagster's webserver and daemon on the register's home, on this machine only, until it is stopped.

`python -m pipelines.ui [PORT]`; the port is 3000 unless another is named.
"""

import os
import sys
import warnings
from importlib.metadata import entry_points
from pathlib import Path

from pipelines import instance, place
from pipelines.cli import report
from pipelines.names import PORT


def main() -> None:
    """Goes on as `dagster dev` on the same instance as the command. Its state is kept between starts.

    In this process: another would import Dagster once more before it starts the servers.
    """
    home = place.open_home()
    with instance.opened(home):
        pass  # its storage is there before webserver and daemon both ask for it
    port = sys.argv[1] if len(sys.argv) > 1 else PORT
    report.opens_at(home, port)
    workspace = str(Path(__file__).parent.parent / "workspace.yaml")
    os.environ[place.HOME_VARIABLE] = str(home.path)
    os.environ["PYTHONWARNINGS"] = "ignore"  # of the servers that it starts
    warnings.simplefilter("ignore")
    [dagster] = entry_points(group="console_scripts", name="dagster")
    sys.argv = ["dagster", "dev", "--log-level", "warning", "-w", workspace, "-h", "127.0.0.1", "-p", port]
    dagster.load()()


if __name__ == "__main__":
    main()
