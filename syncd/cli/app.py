"""The command line as a whole: which verbs there are, and what is said before any of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from syncd import __version__
from syncd.cli import (
    action_verbs,
    booking_verbs,
    calendar_verbs,
    client_verbs,
    config_verbs,
    conflict_verbs,
    database_verbs,
    delivery_verbs,
    hours_verb,
    journal_verbs,
    practice_verbs,
    relationship_verbs,
    render,
    running_verbs,
    simulate_verb,
    slot_verbs,
    status_verb,
    sync_verbs,
    token_verbs,
    webhook_verb,
)
from syncd.cli.opening import config_file
from syncd.log import configure

app = typer.Typer(
    name="syncd",
    help="Keeps a practice's appointment ledger in two-way sync with its calendars.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_DAILY, _SETUP, _CARE = "Every day", "Set up", "Look after"


def _print_version(wanted: bool) -> None:  # noqa: FBT001  typer calls it so
    if wanted:
        render.show_text(f"syncd {__version__}")
        raise typer.Exit


@app.callback()
def before(
    *,
    config: Annotated[
        Path | None,
        typer.Option(help="syncd.toml; else $SYNCD_CONFIG, ./syncd.toml, /etc/syncd/syncd.toml."),
    ] = None,
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="Log what happens; twice for more.")
    ] = 0,
    version: Annotated[  # noqa: ARG001  its callback ends the process
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    config_file.set(config)
    configure(("critical", "info", "debug")[min(verbose, 2)], environ=os.environ)


app.command("status", rich_help_panel=_DAILY)(status_verb.status)
app.command("slots", rich_help_panel=_DAILY)(slot_verbs.slots)
app.command("explain", rich_help_panel=_DAILY)(slot_verbs.explain)
app.command("book", rich_help_panel=_DAILY)(booking_verbs.book)
app.add_typer(action_verbs.app, name="appointments", rich_help_panel=_DAILY)
app.add_typer(conflict_verbs.app, name="conflicts", rich_help_panel=_DAILY)
app.command("plan", rich_help_panel=_DAILY)(sync_verbs.plan)
app.command("apply", rich_help_panel=_DAILY)(sync_verbs.apply)
app.command("sync", rich_help_panel=_DAILY)(sync_verbs.sync)
app.command("run", rich_help_panel=_DAILY)(running_verbs.run)

app.command("demo", rich_help_panel=_SETUP)(running_verbs.demo)
app.command("init", rich_help_panel=_SETUP)(running_verbs.init)
app.add_typer(practice_verbs.app, name="practice", rich_help_panel=_SETUP)
calendar_verbs.app.command("webhook")(webhook_verb.webhook)
calendar_verbs.app.command("hours")(hours_verb.hours)
app.add_typer(calendar_verbs.app, name="calendars", rich_help_panel=_SETUP)
app.add_typer(token_verbs.app, name="tokens", rich_help_panel=_SETUP)
app.add_typer(config_verbs.app, name="config", rich_help_panel=_SETUP)

app.add_typer(client_verbs.app, name="clients", rich_help_panel=_CARE)
app.add_typer(relationship_verbs.app, name="relationships", rich_help_panel=_CARE)
app.add_typer(delivery_verbs.app, name="deliveries", rich_help_panel=_CARE)
app.add_typer(journal_verbs.app, name="journal", rich_help_panel=_CARE)
app.add_typer(database_verbs.app, name="db", rich_help_panel=_CARE)
app.command("simulate", rich_help_panel=_CARE)(simulate_verb.simulate)
