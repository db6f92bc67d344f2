"""Shows what a long run is doing just now, read from the register's own record of steps."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from register.home import Home
from register.store.database import Database

SECONDS = 0.5


@contextmanager
def shown(home: Home) -> Iterator[None]:
    """A line on the terminal for as long as the block runs; nothing where the output is no terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    ended = threading.Event()
    with console.status("...") as line:
        watcher = threading.Thread(target=_watch, args=(home.database, ended, line.update), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()


def _watch(database: Database, ended: threading.Event, update: object) -> None:
    while not ended.wait(SECONDS):
        step = database.current_step()
        if step and callable(update):
            update(step)
