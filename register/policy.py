"""policy.toml, typed: who we are, who decides, what may be kept and for how long. Knows no feeds and reads no database.

Every period has a day from which it holds and a source or a why; `"undecided"` is a legal value and leads to a report.
"""

import hashlib
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from stdnum.fi import ytunnus

from register.columns import LISTABLE
from register.errors import ConfigurationError, RefusedError
from register.texts import Texts


def _business_id(value: str) -> str:
    if not ytunnus.is_valid(value):
        raise ValueError("a Finnish business id such as 1234567-1, with a right check digit")
    return ytunnus.format(value)


BusinessIdText = Annotated[str, BeforeValidator(_business_id)]
Months = Annotated[int, Field(ge=1, le=600)]
Share = Annotated[float, Field(gt=0, le=1)]
Days = Annotated[int, Field(ge=1, le=36500)]


PLACEHOLDERS = ("Yrityksemme Oy", "Etunimi Sukunimi")
"""What the starter holds where somebody's own name belongs."""


class Section(BaseModel):
    """A table of a configuration file: unknown keys are mistakes, values are not changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Controller(Section):
    """Whose register this is."""

    name: str
    own_business_ids: tuple[BusinessIdText, ...] = ()
    own_domains: tuple[str, ...] = ()


class Away(Section):
    """Days on which somebody is not at work, the last included."""

    name: str
    from_: date = Field(alias="from")
    until: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.from_:
            raise ValueError("`until` lies before `from`; allowed is that day or a later one")
        return self


Mail = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


class People(Section):
    """Who answers for the register, who may approve, where they get mail, and when they are not at work."""

    steward: str
    deputy: str | None = None
    approvers: tuple[str, ...] = ()
    mail: dict[str, Mail] = {}
    away: tuple[Away, ...] = ()

    @model_validator(mode="after")
    def _named(self) -> Self:
        if strangers := sorted({*self.mail, *(one.name for one in self.away)} - set(self.all)):
            raise ValueError(f"`mail` and `away` name {', '.join(strangers)}; allowed: {', '.join(self.all)}")
        return self

    def is_away(self, name: str, day: date) -> bool:
        """Whether somebody is not at work on a day."""
        return any(one.name == name and one.from_ <= day <= one.until for one in self.away)

    def on_duty(self, day: date) -> str:
        """Who answers on a day: the steward, else the deputy where there is one."""
        return self.deputy if self.deputy and self.is_away(self.steward, day) else self.steward

    @property
    def all(self) -> tuple[str, ...]:
        """Everybody who may decide, each once."""
        return tuple(dict.fromkeys(filter(None, (self.steward, self.deputy, *self.approvers))))


class Fields(Section):
    """What may be kept: section 4 of the notice."""

    keep: tuple[str, ...] = LISTABLE

    @model_validator(mode="after")
    def _known(self) -> Self:
        if unknown := sorted(set(self.keep) - set(LISTABLE)):
            raise ValueError(f"unknown column {', '.join(unknown)}; allowed: {', '.join(LISTABLE)}")
        return self


class Admission(Section):
    """What third parties may do, and how much a delivery may shrink."""

    third_party_may: Literal["update", "add_people_of_known_organisations", "add_anyone"] = (
        "add_people_of_known_organisations"
    )
    max_shrink: Share = 0.3


class Matching(Section):
    """How many doubtful pairs the steward is asked about at a time."""

    review_per_day: Annotated[int, Field(ge=0, le=1000)] = 20


class Rule(Section):
    """A period of retention with the day from which it is in force; a decided one names its source or why."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    from_: date = Field(alias="from")
    source: str | None = None
    why: str | None = None

    @property
    def is_decided(self) -> bool:
        """Whether the period is known."""
        return True

    @model_validator(mode="after")
    def _explained(self) -> Self:
        if self.is_decided and not (self.source or self.why):
            raise ValueError("a decided period needs a `source` or a `why`")
        return self


class InvoiceRule(Rule):
    """Whole calendar years after the year of the latest invoice that counts."""

    calendar_years: Annotated[int, Field(ge=0, le=100)]
    invoice_reach_months: Months = 24


class MonthsRule(Rule):
    """Months after a fact, or undecided."""

    months: Months | Literal["undecided"]

    @property
    def is_decided(self) -> bool:
        """Whether the months are a number."""
        return self.months != "undecided"


class FaultRule(MonthsRule):
    """Months that what is outdated or erroneous may stay; 0: until the day it was found."""

    months: Annotated[int, Field(ge=0, le=600)] | Literal["undecided"]


class CeasedRule(FaultRule):
    """Months after a firm has ceased."""

    months: Annotated[int, Field(ge=0, le=600)] | Literal["undecided"] = Field(alias="ceased_grace_months")


class Review(Section):
    """What is reported for review, and when a report turns red."""

    open_relationship_months: Months = 24
    report_red_days: Days = 90


class Retention(Section):
    """The rules by name; of each, the ones with the latest `from` on or before the day of judging is in force.

    bounced: an address that two hard bounces came from. withdrawn: what its source gives no longer. ceased: the contact details
    of a ceased firm's people. moved: those of somebody who left. incompatible: somebody found to be a private person.
    """

    after_invoicing: tuple[InvoiceRule, ...] = ()
    after_last_contact: tuple[MonthsRule, ...] = ()
    after_last_confirmed: tuple[MonthsRule, ...] = ()
    partner: tuple[MonthsRule, ...] = ()
    bounced: tuple[FaultRule, ...] = ()
    withdrawn: tuple[FaultRule, ...] = ()
    ceased: tuple[CeasedRule, ...] = ()
    moved: tuple[FaultRule, ...] = ()
    incompatible: tuple[FaultRule, ...] = ()
    review: Review = Review()

    @property
    def rules(self) -> dict[str, tuple[InvoiceRule, ...] | tuple[MonthsRule, ...]]:
        """All rules by name."""
        return {name: getattr(self, name) for name in type(self).model_fields if name != "review"}


class Sweep(Section):
    """Whether and how carefully the sweep removes."""

    mode: Literal["preview", "on"] = "preview"
    notice_days: Annotated[int, Field(ge=0, le=365)] = 14
    max_share: Share = 0.02


class Periods(Section):
    """Where the register begins, and how long its working copies live."""

    starts_on: date
    archive_days: Days = 90
    quarantine_days: Days = 30
    set_aside_days: Days = 14
    inbox_days: Days = 60
    export_days: Days = 30
    undo_days: Days = 30
    suppression_years: Annotated[int, Field(ge=1, le=100)] | Literal["undecided"] = "undecided"

    def last_year_over(self, day: date) -> int | None:
        """The last year whose removed people are kept out no more; None where the policy does not say."""
        return None if self.suppression_years == "undecided" else day.year - self.suppression_years - 1


class Exports(Section):
    """What an export may be for."""

    purposes: tuple[str, ...] = ("assignment", "invoicing", "data request")


class Smtp(Section):
    """The mail server; a password is read from the environment, never from the policy."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    sender: Mail
    starttls: bool = False
    user: str | None = None


def _address(text: str) -> str:
    """An address of the web with a host and, where it names one, a port that is a number."""
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_good = False
    if not is_good or any(sign.isspace() for sign in text):
        raise ValueError("no address of the web; allowed: one like https://chat.example/hooks/register or http://HOST:PORT")
    return text


Address = Annotated[str, AfterValidator(_address)]


class Notices(Section):
    """Where the steward is told of what waits, once a day: by mail, by a webhook, or not at all.

    ui: where pages are opened. docs: where the steward's guide is read; each check links to it.
    """

    smtp: Smtp | None = None
    webhook: Address | None = None
    ui: Address = "http://127.0.0.1:3000"
    docs: Address | None = None


class Policy(Section):
    """The whole of policy.toml. `digest` tells one content from another, whatever its comments and order."""

    language: Literal["fi", "en"] = "fi"
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "FI"
    controller: Controller
    people: People
    fields: Fields = Fields()
    admission: Admission = Admission()
    matching: Matching = Matching()
    retention: Retention = Retention()
    sweep: Sweep = Sweep()
    periods: Periods
    exports: Exports = Exports()
    notices: Notices = Notices()

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.notices.smtp and self.people.steward not in self.people.mail:
            raise ValueError("notices.smtp needs the steward's address: people.mail = { \"NAME\" = \"ADDRESS\" }")
        return self

    def refused(self, why: str, **words: object) -> RefusedError:
        """A refusal in the policy's language; why: its key in the catalogues, after `refused.`."""
        return RefusedError(Texts(self.language).say(f"refused.{why}", **words))

    def refuse_stranger(self, name: str) -> None:
        """Raises RefusedError for somebody who is not among its people."""
        if name not in self.people.all:
            raise self.refused("stranger", allowed=", ".join(self.people.all))

    def refuse_no_approver(self, name: str) -> None:
        """Raises RefusedError for somebody who is not among its approvers."""
        if name not in self.people.approvers:
            raise self.refused("no_approver", allowed=", ".join(self.people.approvers))

    @property
    def unfilled(self) -> tuple[str, ...]:
        """The keys that still say what the starter said, though an own word belongs there."""
        said = {"controller.name": (self.controller.name,), "people.steward": (self.people.steward,),
                "people.approvers": self.people.approvers}
        own = {"controller.own_business_ids": self.controller.own_business_ids,
               "controller.own_domains": self.controller.own_domains}
        return (*(key for key, names in said.items() if set(names) & set(PLACEHOLDERS)),
                *(key for key, values in own.items() if not values))

    @property
    def rules(self) -> str:
        """All that decides about a row, as JSON: not where people get mail, nor when they are away."""
        return self.model_dump_json(by_alias=True, exclude={"notices": True, "people": {"mail", "away"}})

    @property
    def digest(self) -> str:
        """One short text for each distinct content of the rules."""
        return hashlib.sha256(self.rules.encode()).hexdigest()[:16]


def read_policy(path: Path) -> Policy:
    """The policy of a file. Raises ConfigurationError with all mistakes at once."""
    content = read_toml(path)
    try:
        return Policy.model_validate(content)
    except ValidationError as mistakes:
        raise ConfigurationError(path.name, mistake_lines(mistakes)) from None


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file's content. Raises ConfigurationError where it is missing or no TOML, with the line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(path.name, [f"is not in {path.parent}; `register init` writes a starter"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise ConfigurationError(path.name, [f"is no TOML: {cause}"]) from None


def mistake_lines(mistakes: ValidationError) -> list[str]:
    """One line a mistake: the key and what is allowed."""
    return [f"{'.'.join(str(part) for part in mistake['loc'])}: {_allowed(dict(mistake))}" for mistake in mistakes.errors()]


def _allowed(mistake: dict[str, Any]) -> str:
    if mistake["type"] == "extra_forbidden":
        return "unknown key"
    if mistake["type"] == "missing":
        return "is missing"
    return str(mistake["msg"]).removeprefix("Value error, ")
