"""Where the command line begins: as much of it as is asked for, and how what Claw raises becomes an exit code.

A daemon holds for months what it once imported, so ``claw run`` and ``claw demo`` leave out the other commands.

Exit codes: 0 ok, 1 failed or partial, 2 misuse, 3 refused by policy, 4 stopped, 5 unclear.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from claw.base.errors import ClawError, Refused
from claw.cli import running, show

REFUSED = 3
OBJECTS = 10_000
"""So many new objects before Python looks for garbage: at its usual 700 that is a tenth of a start, and finds none.  A
daemon that is ready goes back to the usual (``claw/daemon/heap.py``)."""

Examples = Sequence[tuple[Callable[..., None], str]]
"""Plain commands in the order of the help, each with an example."""

DAEMON: Examples = (
    (running.demo, "claw demo --port 8400 --no-browser"),
    (running.run, "claw run --config config.yaml"),
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415  20 ms that no other command has to wait for

        typer.echo(f"claw {version('claw')}")
        raise typer.Exit


def command_line(examples: Examples) -> typer.Typer:
    """Return a command line of these commands."""
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode="rich",
        help="Claw runs your home, and can be trusted with it.",
        epilog="Try it: claw demo",
    )
    app.callback()(_claw)
    for command, example in examples:
        app.command(epilog=f"Example: {example}")(command)
    return app


def _claw(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    del version  # answered before anything else is looked at


def asked_for(words: Sequence[str]) -> typer.Typer:
    """Return the command line that ``words`` ask something of: the daemon's two commands, or all of them."""
    if words and words[0] in {"--version", *(command.__name__ for command, _ in DAEMON)}:
        return command_line(DAEMON)
    from claw.cli.commands import build  # noqa: PLC0415  see the top of the file

    return build()


def main() -> None:
    """Run the command line; what Claw raises becomes one line on stderr and an exit code."""
    gc.set_threshold(OBJECTS)
    try:
        asked_for(sys.argv[1:])(prog_name="claw")  # however it was started: python -m names itself otherwise
    except Refused as error:
        show.err.print(f"[red]refused:[/] {show.safe(str(error))}", soft_wrap=True)
        sys.exit(REFUSED)
    except ClawError as error:
        show.err.print(f"[red]{show.safe(str(error))}[/]", soft_wrap=True)
        sys.exit(1)
