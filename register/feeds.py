"""feeds.toml, typed: one table per source, no code. Knows the policy's answers, reads no delivery.

A feed with a mistake is a `BrokenFeed`, so that one typo never stops the others (design, rule 7).
"""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from register.columns import ALWAYS, LISTABLE
from register.errors import ConfigurationError
from register.policy import Policy, Section, mistake_lines, read_toml

Kind = Literal["inquiry", "quotation_request", "assignment", "invoice", "provider", "registry", "bounce"]
Gives = Literal["events", "snapshot", "changes"]
Format = Literal["csv", "xlsx", "webform", "finvoice", "prh_bulk"]

KINDS: tuple[Kind, ...] = ("inquiry", "quotation_request", "assignment", "invoice", "provider", "registry", "bounce")
"""In the order in which a refresh reads them: own relationships first, since they make organisations known; bounces last, of
addresses that all others made known."""

TRUST: dict[Kind, int] = {
    "assignment": 80, "inquiry": 80, "quotation_request": 80, "invoice": 70, "registry": 60, "provider": 40,
    "bounce": 0,
}
"""Trust by kind (design, rule 14)."""

REGISTRY_COMPANY_TRUST = 90
"""What a public registry says of a company's own fields (design, rule 14)."""

RESERVED = ("decisions", "requests", "corrections")
"""Folders of the inbox that are no feeds."""

OWN_KINDS = ("inquiry", "quotation_request", "assignment", "invoice")
"""Kinds that come from the people themselves or from our own dealings with them; the rest are third parties."""

NAME = re.compile("[a-z][a-z0-9_]{0,39}")
"""A feed's name: also a folder's and an asset's."""


class FeedTable(Section):
    """One table of feeds.toml, as written."""

    kind: Kind
    format: Format
    gives: Gives | None = None
    key: tuple[str, ...] = ()
    path: str = "*"
    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    trust: Annotated[int, Field(ge=0, le=100)] | None = None
    columns: dict[str, str] = {}
    patterns: dict[str, str] = {}
    sheet: str | None = None
    history_from: date | None = None
    late_after_days: Annotated[int, Field(ge=1, le=366)] = 7
    owner: str | None = None
    retired: bool = False

    @field_validator("columns")
    @classmethod
    def _canonical(cls, columns: dict[str, str]) -> dict[str, str]:
        allowed = (*LISTABLE, *ALWAYS)
        if unknown := sorted(set(columns) - set(allowed)):
            raise ValueError(f"unknown column {', '.join(unknown)}; allowed: {', '.join(allowed)}")
        return columns

    @field_validator("patterns")
    @classmethod
    def _regular(cls, patterns: dict[str, str]) -> dict[str, str]:
        for column, pattern in patterns.items():
            try:
                re.compile(pattern)
            except re.error:
                raise ValueError(f"{column}: no regular expression") from None
        return patterns


@dataclass(frozen=True)
class Feed:
    """A feed with every default filled in from its kind and from the policy."""

    name: str
    kind: Kind
    format: Format
    gives: Gives
    key: tuple[str, ...]
    path: str
    region: str
    trust: int
    columns: dict[str, str]
    patterns: dict[str, str]
    sheet: str | None
    history_from: date | None
    late_after_days: int
    owner: str | None
    retired: bool
    own_business_ids: tuple[str, ...]

    @property
    def is_lookup(self) -> bool:
        """A registry's bulk: looked up for the business ids the register knows, never delivered row by row (rule 8)."""
        return self.kind == "registry"

    @property
    def is_third_party(self) -> bool:
        """Providers and registries: they complete and update what customers and partners started. Bounces add nothing."""
        return self.kind not in OWN_KINDS

    @property
    def is_bounce(self) -> bool:
        """Mail that came back: it speaks of an address, not of a person or a firm."""
        return self.kind == "bounce"

    @property
    def is_outside(self) -> bool:
        """The files lie outside the home: they are copied in, never moved, changed or deleted (rule 19)."""
        return self.path.startswith("/")


@dataclass(frozen=True)
class BrokenFeed:
    """A table of feeds.toml with mistakes; its kind is kept where it could be read, to group its asset."""

    name: str
    kind: Kind | None
    mistakes: tuple[str, ...]


@dataclass(frozen=True)
class Feeds:
    """All feeds in reading order, and those with mistakes."""

    good: tuple[Feed, ...]
    broken: tuple[BrokenFeed, ...] = ()

    def named(self, name: str) -> Feed:
        """Raises KeyError for a name that is no good feed."""
        return {feed.name: feed for feed in self.good}[name]

    @property
    def living(self) -> tuple[Feed, ...]:
        """Feeds that are still read."""
        return tuple(feed for feed in self.good if not feed.retired)


def read_feeds(path: Path, policy: Policy | None) -> Feeds:
    """The feeds of a file; without a policy (it is read leniently when definitions load) with neutral defaults.

    Raises ConfigurationError only where the file itself is missing or no TOML.
    """
    good: list[Feed] = []
    broken: list[BrokenFeed] = []
    for name, table in read_toml(path).items():
        try:
            good.append(_feed(name, table, policy))
        except ConfigurationError as mistakes:
            kind = table.get("kind") if isinstance(table, dict) else None
            broken.append(BrokenFeed(name, kind if kind in KINDS else None, tuple(mistakes.mistakes)))
    good.sort(key=lambda feed: (KINDS.index(feed.kind), feed.name))
    return Feeds(tuple(good), tuple(broken))


def _feed(name: str, table: Any, policy: Policy | None) -> Feed:
    if not NAME.fullmatch(name) or name in RESERVED:
        raise ConfigurationError("feeds.toml", [
            f"[{name}]: not a name for a feed; allowed: a-z, 0-9 and _, first a letter, and none of {', '.join(RESERVED)}"])
    if not isinstance(table, dict):
        raise ConfigurationError("feeds.toml", [f"{name}: must be a table, [{name}]"])
    try:
        written = FeedTable.model_validate(table)
    except ValidationError as mistakes:
        raise ConfigurationError("feeds.toml", [f"[{name}] {line}" for line in mistake_lines(mistakes)]) from None
    return _with_defaults(name, written, policy)


def _with_defaults(name: str, written: FeedTable, policy: Policy | None) -> Feed:
    values = written.model_dump()
    values["gives"] = written.gives or ("snapshot" if written.kind in ("provider", "registry") else "events")
    values["region"] = written.region or (policy.country if policy else "FI")
    values["trust"] = TRUST[written.kind] if written.trust is None else written.trust
    own = policy.controller.own_business_ids if policy else ()
    return Feed(name=name, own_business_ids=own, **values)
