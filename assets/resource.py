"""The register as Dagster hands it to an asset: the home, and what a run's tags say of its day and its purpose."""

import os
import socket
import sys
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from assets.clock import is_quiet, stands_still, today
from assets.names import (
    ADD_TAG,
    APPROVED_TAG,
    CORRECTION_TAG,
    DAY_TAG,
    HOST_TAG,
    MODE_TAG,
    PROCESS_TAG,
    REMATCH_TAG,
    SCHEDULED_TAG,
    SWEEP_TAG,
)
from register.home import Home
from register.texts import Texts

if TYPE_CHECKING:
    from register.intake.ingest import Desk
    from register.intake.refresh import Errand, Mode

Context = dg.AssetExecutionContext | dg.AssetCheckExecutionContext


class Register(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Where the register lies. `database_url` replaces the embedded database, `key_folder` the home's own."""

    home_path: str
    database_url: str = ""
    key_folder: str = ""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Notes with the run which process it is, so that a later start can tell that it has died."""
        if context.run is not None and context.instance is not None:
            context.instance.add_run_tags(context.run.run_id, {HOST_TAG: socket.gethostname(), PROCESS_TAG: str(os.getpid())})

    @cached_property
    def home(self) -> Home:
        """The prepared home."""
        home = Home(Path(self.home_path), self.database_url or None,
                    Path(self.key_folder) if self.key_folder else None)
        home.prepare()
        return home

    def desk(self) -> "Desk":
        """What taking deliveries needs, with the policy and feeds as they stand now."""
        from expectations import runner
        from register.intake.ingest import Desk

        policy = self.home.policy()
        return Desk(self.home, policy, self.home.feeds(policy), runner.judge, say)

    def texts(self) -> Texts:
        """What people read, in the policy's language."""
        return Texts(self.home.policy().language)

    def day(self, context: Context) -> date:
        """The day of the run: its tag, else today in Helsinki."""
        tag = context.run.tags.get(DAY_TAG)
        return date.fromisoformat(tag) if tag else today()

    def errand(self, context: Context) -> "Errand":
        """Why this run reads: a refresh where its tag says so, else a backfill, as every run that the UI starts."""
        from register.intake.refresh import Errand

        tags = context.run.tags
        mode: Mode = "refresh" if tags.get(MODE_TAG) == "refresh" else "backfill"
        is_settled = is_quiet if SCHEDULED_TAG in tags else stands_still
        return Errand(mode, self.day(context), today(), is_settled, adds=tags.get(ADD_TAG) == "yes")

    def days(self, context: dg.AssetExecutionContext, feed: str) -> list[str]:
        """The days of a feed that this run reads: of its range, in a correction's run exactly the correction's.

        A run that somebody started for days that a correction waits for gets the correction's tag.
        """
        from register.corrections import bulk

        days, tag = list(context.partition_keys), context.run.tags.get(CORRECTION_TAG)
        with self.home.database.reading() as store:
            if tag is not None:
                known = bulk.find(store, int(tag))
                return [day for day in days if known and day in known.scope.get(feed, ())]
            waiting = bulk.of_days(store, feed, days)
        if waiting and context.run.tags.get(MODE_TAG) != "refresh":
            numbers = ", ".join(str(one.number) for one in waiting)
            context.instance.add_run_tags(context.run.run_id, {CORRECTION_TAG: numbers})
        return days

    def may_sweep(self, context: Context) -> bool:
        """Whether this run may remove anybody: only the schedule, `refresh` and `sweep --apply` say so (design, rule 16)."""
        return context.run.tags.get(SWEEP_TAG) == "yes"

    def rematches(self, context: Context) -> bool:
        """Whether this run computes all contacts anew, whatever has changed."""
        return context.run.tags.get(REMATCH_TAG) == "yes"

    def approved_by(self, context: Context) -> str | None:
        """The approver of the policy who let a large sweep go."""
        return context.run.tags.get(APPROVED_TAG)


def say(sentence: str) -> None:
    """Tells whoever watches the process, beside the log, that something waits; holds no value of a person."""
    sys.stderr.write(sentence + "\n")
