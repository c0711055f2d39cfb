"""Commands that run the daemon, and the one that asks how it does.

The daemon's rooms are imported where they are run, so that a command that only asks a question starts at once.
"""

import logging
import os
import shlex
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claw.base.config import model_of, read_config, state_directory
from claw.base.config_listen import PORT
from claw.base.errors import Broken, Refused
from claw.cli import journal, show
from claw.cli.options import CONFIG, AsJson, ConfigFile, StateDir, client

if TYPE_CHECKING:
    from claw.daemon.build import Daemon

TRY = (
    "turn on the kitchen lights",
    "which lights are on",
    "set the bedroom to 21 degrees",
    "unlock the front door",
    "stop",
)


def run(
    config: ConfigFile = CONFIG,
    state_dir: StateDir = None,
    log_level: Annotated[journal.Level, typer.Option(help="How much is logged of how the program does.")] = "notice",
    log_format: Annotated[journal.Form, typer.Option(help="What a line of it is.")] = "text",
) -> None:
    """Run the daemon for the house that the configuration names.

    Its log goes to stderr, or as entries with fields to the journal where systemd connected that.  It holds no secret.
    """
    from claw.daemon.run import run as run_daemon  # noqa: PLC0415  see above

    in_journal = journal.begin(log_level, log_format)
    settings = read_config(config)

    def ready(daemon: "Daemon") -> None:
        page = _without_page(daemon)
        ready_on = ("Claw is ready on %s%s", daemon.web.address, f", but {page}" if page else "")
        logging.getLogger("claw").log(journal.NOTICE, *ready_on)
        if (admission := daemon.web.admission) is not None and admission.entering.is_first:
            _tell_nobody_known(admission.entering.first_code, said=not in_journal and log_format == "text")

    run_daemon(settings, state_directory(state_dir, "claw"), ready)


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = PORT,
    state_dir: StateDir = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> None:
    """Run the whole thing on a simulated house: no Home Assistant, no key, no network.

    With CLAW_MODEL, and OPENAI_BASE_URL or OPENAI_API_KEY, set it asks that model for what no sentence covers.
    """
    from claw.daemon.demo import demo_config  # noqa: PLC0415  see above
    from claw.daemon.run import run as run_daemon  # noqa: PLC0415  see above

    journal.begin()
    state, model = state_directory(state_dir, "claw-demo"), model_of(os.environ)

    def ready(daemon: "Daemon") -> None:
        if page := _without_page(daemon):
            raise Broken(page)  # a demo is its page
        owners = [person for person in daemon.people if person.role == "owner"]
        owner = next((person for person in owners if not person.barred), None)
        if owner is None:
            raise Refused(f"{owners[0].name} was shut out of this house; take another --state-dir")
        _welcome(daemon.web.address, daemon.clients.sign_in_code(owner.id), state)
        if browser and sys.stdout.isatty() and os.environ.get("DISPLAY"):
            webbrowser.open(daemon.web.address)

    run_daemon(demo_config(port, model), state, ready)


def status(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Tell how the daemon is doing: the house, the switch, the log."""
    show.show(client(state_dir).ask("status"), as_json=as_json, human=show.status)


def _without_page(daemon: "Daemon") -> str:
    """Return why the page is not there, empty where it is."""
    return next((fault.text for fault in daemon.degraded.now() if fault.part == "page"), "")


def _welcome(address: str, code: str, state: Path) -> None:
    claw = f"{shlex.quote(sys.argv[0])} "
    option = f" --state-dir {shlex.quote(str(state))}"
    typer.echo(f"\n{typer.style('Claw runs a simulated house.', bold=True)}  {address}")
    typer.echo(f"Sign in there with the code {typer.style(code, bold=True)}; it works once, for ten minutes.\n")
    typer.echo("Five things to try, there or in another terminal:\n")
    for sentence in TRY:
        typer.echo(f'  {claw}say "{sentence}"{option}')
    typer.echo(f"\nA waiting question: {claw}pending{option}, then approve ID")
    typer.echo(f'After a stop:       {claw}reset --reason "I looked"{option}')
    typer.echo(f"The log:            {claw}log{option}, log verify, why N")
    typer.echo("\nCtrl-C ends it.")
    sys.stdout.flush()


def _tell_nobody_known(code: Callable[[], str], *, said: bool) -> None:
    """Say how the first account is made: with its code, which no log may hold, only where a person reads this."""
    if said:
        told = f"make the first account there with the code {code()}, within a quarter of an hour"
        typer.echo(f"Nobody is known yet: {told}", err=True)
    else:
        told = "Nobody is known yet: `claw people first` prints what the first account is made with"
        logging.getLogger("claw").log(journal.NOTICE, told)
