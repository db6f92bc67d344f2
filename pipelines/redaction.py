"""What reaches stderr of an error: of our own the sentence, of another, which may have seen data, its kind and place (rule 18).

Dagster redacts errors in its own storage, but logs them in full for developers; that logger is filtered here.
"""

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from register.errors import RegisterError

FULL_ERRORS = "dagster.redacted_errors"
"""Dagster's logger of what it has redacted elsewhere."""

COULD_NOT = 2
"""The exit code of what could not be done."""

OWN = ("register", "expectations", "assets", "pipelines")


class KindAndPlace(logging.Filter):
    """Replaces a logged exception by our own sentence, or by its type and the lines of our own code that it went through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record through, less its text."""
        if record.exc_info and record.exc_info[1] is not None:
            record.msg, record.args = said(record.exc_info[1]), ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def plainly(program: Callable[[], object]) -> None:
    """Runs a program for people: our own errors are said in full, of any other its kind and place; both end with code 2."""
    try:
        program()
    except RegisterError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(COULD_NOT)
    except Exception as error:  # whatever it is, its text may quote a value
        sys.stderr.write(f"This went wrong where it should not: {said(error)}. Nothing half done was kept. "
                         "Tell those who look after the register.\n")
        sys.exit(COULD_NOT)


def said(error: BaseException) -> str:
    """An error as its type and our own lines, the innermost last; of one that wraps another, the other. Our own say it.

    A driver's error goes through no line of ours: where it was met is known of the one that wraps it.
    """
    chain = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    if isinstance(chain[-1], RegisterError):
        return str(chain[-1])
    places = next((lines for met in reversed(chain) if (lines := _own_lines(met))), ["a line that is not ours"])
    return f"{type(chain[-1]).__name__} at {' > '.join(places)}"


def install() -> None:
    """Puts the filter before Dagster's full errors; once a process."""
    logger = logging.getLogger(FULL_ERRORS)
    if not any(isinstance(known, KindAndPlace) for known in logger.filters):
        logger.addFilter(KindAndPlace())


def _own_lines(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames if _is_ours(frame.filename)]


def _is_ours(path: str) -> bool:
    return bool(set(Path(path).parts) & set(OWN)) and "site-packages" not in path
