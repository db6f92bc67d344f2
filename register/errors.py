"""The register's own errors: what is wrong, where, what is allowed and what to do; never a value of a person."""

from dataclasses import dataclass, field
from typing import Any


class RegisterError(Exception):
    """Base of all errors that people may read: the text holds no value of a person."""


class ConfigurationError(RegisterError):
    """Mistakes of `policy.toml` or `feeds.toml`, all at once, a line each."""

    def __init__(self, file: str, mistakes: list[str]) -> None:
        self.file, self.mistakes = file, mistakes
        super().__init__("\n".join(f"{file}: {mistake}" for mistake in mistakes))


class HomeError(RegisterError):
    """The home, its key, its lock or its database cannot be used."""


class RefusedError(RegisterError):
    """What was asked for is not allowed now; the text says why and what is."""


@dataclass
class UnreadableDelivery(RegisterError):
    """A file that cannot be read: where and why, as counts and codes.

    code: one of `reasons.UNREADABLE`. file_no: 1 is the first file of the day. row: the record's number, the header being 1.
    detail: counts only, for the sentence of the code ("found" 14, "allowed" 12).
    """

    feed: str
    day: str
    file_no: int
    code: str
    row: int | None = None
    column_no: int | None = None
    detail: dict[str, int | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        where = f"{self.feed}, {self.day}, file {self.file_no}" + (f", row {self.row}" if self.row else "")
        super().__init__(f"{where}: {self.code}")

    @property
    def fault(self) -> dict[str, Any]:
        """What is kept and told of it: file_no, code, row, column and the counts."""
        return {"file_no": self.file_no, "code": self.code, "row": self.row, "column": self.column_no, **self.detail}
