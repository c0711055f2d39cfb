"""The audit log from the command line: read it, follow it, prove it."""

from typing import Annotated

import typer

from claw.base.action import Json
from claw.cli import proof, show
from claw.cli.options import AsJson, StateDir, client

commands = typer.Typer(invoke_without_command=True, help="Read the audit log; prove that it holds.")


@commands.callback(epilog="Example: claw log --limit 20 --json")
def log(
    context: typer.Context,
    state_dir: StateDir = None,
    as_json: AsJson = False,
    follow: Annotated[bool, typer.Option("--follow", help="Go on printing what happens.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many of the last entries.")] = 50,
) -> None:
    """Print the last entries of the audit log; as JSON one list, or with --follow one line for each entry."""
    if context.invoked_subcommand:
        return
    ask = client(state_dir)
    rows: list[dict[str, Json]] = ask.ask("log", limit=limit, newest_first=True)
    rows.reverse()
    if not follow:
        show.show(rows, as_json=as_json, human=show.entries)
        return
    for row in rows:
        show.show(row, as_json=as_json, human=show.entry, indent=None)
    for event in ask.follow():
        if event["type"] == "log":
            show.show(event["entry"], as_json=as_json, human=show.entry, indent=None)


commands.command("verify", epilog="Example: claw log verify --witness /mnt/nas/claw.checkpoints")(proof.verify)
commands.command("checkpoint", epilog="Example: claw log checkpoint > phone.txt")(proof.checkpoint)
commands.command("export", epilog="Example: claw log export --since 2026-01-01 --kind intent")(proof.export)
commands.command("seal", epilog="Example: claw log seal")(proof.seal)
commands.command("erase", epilog='Example: claw log erase 42 --reason "said by a guest"')(proof.erase)


def why(
    what: Annotated[
        str, typer.Argument(metavar="SEQ|THING", help="The number of a log entry, or a thing of the house.")
    ],
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what led to a log entry and what came of it, or who or what last changed a thing."""
    ask = client(state_dir)
    if what.isascii() and what.isdigit():
        show.show(ask.ask("why", seq=int(what)), as_json=as_json, human=show.why)
    else:
        show.show(ask.ask("who", name=what), as_json=as_json, human=show.who)
