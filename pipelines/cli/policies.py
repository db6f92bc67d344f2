"""`register policy`: what a changed policy would do, what a policy leaves open, which were used. Prints, changes nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from assets.clock import today
from pipelines import place
from pipelines.cli.tables import cell, table
from register.policy import read_policy
from register.texts import Texts

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(name="policy", no_args_is_help=True, help="What a policy does, and what it leaves open.")

SHOWN = 50
"""Contacts that fit a terminal."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A changed policy.toml, before it is used.", exists=True, dir_okay=False)],
) -> None:
    """Say what a changed policy would do: whose verdict changes, who stays longer, who goes. Nothing is written."""
    from register.retention import policy_changes

    home = place.open_home()
    used, new = home.policy(), read_policy(file)
    texts, console = Texts(used.language), Console()
    with home.database.reading() as store:
        found = policy_changes.compare(store, home.feeds(used), used, new, today())
    console.print(texts.say("policy.on", day=texts.day(found.day.isoformat())))
    shown = table(texts.say(f"policy.{name}") for name in ("verdict_now", "verdict_new", "contacts"))
    for row in found.moves.to_dict("records"):
        shown.add_row(texts.say(f"outcome.{row['outcome']}"), texts.say(f"outcome.{row['outcome_new']}"), str(row["contacts"]))
    console.print(shown)
    for name in ("goes", "sooner", "longer"):
        _tell(name, getattr(found, name), texts, console)
    if found.not_longer:
        console.print(texts.say_n("policy.not_longer", found.not_longer), soft_wrap=True)
    for row in found.faults.to_dict("records"):
        console.print(texts.say("policy.faults", rule=texts.say(f"rule.{row['rule']}"), now=row["now"], new=row["new"]))


@app.command()
def gaps() -> None:
    """List what the notice and the policy leave open: what is undecided or missing, and what the notice does not say."""
    from register.retention import policy_changes

    policy = place.open_home().policy()
    texts = Texts(policy.language)
    shown = table(texts.say(f"policy.{name}") for name in ("rule", "state", "says"))
    for name, state, says in policy_changes.gaps(policy, today()):
        shown.add_row(f"retention.{name}", texts.say(f"policy.state.{state}"), cell(says))
    Console().print(shown)


@app.command("list")
def used() -> None:
    """List the policies that were used: their number, since when, and who ran with them first."""
    from register import policies

    home = place.open_home()
    texts = Texts(home.policy().language)
    with home.database.reading() as store:
        rows = policies.listed(store)
    shown = table(texts.say(f"policy.{name}") for name in ("number", "since", "by"))
    for row in rows.to_dict("records"):
        shown.add_row(f"v{row['policy_no']}", texts.day(row["used_since_on"]), cell(row["used_first_by"]))
    Console().print(shown)


def _tell(name: str, rows: "pd.DataFrame", texts: Texts, console: Console) -> None:
    if rows.empty:
        return
    console.print(texts.say_n(f"policy.{name}", len(rows)), soft_wrap=True)
    for row in rows.head(SHOWN).to_dict("records"):
        days = (texts.day(day) if isinstance(day, str) else "-" for day in (row["last_day"], row["last_day_new"]))
        console.print(f"  {row['contact_id']}  {' -> '.join(days)}", soft_wrap=True)
