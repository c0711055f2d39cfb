"""Which names of the house a model may be shown."""

from typing import Annotated

import typer

from claw.base.action import Json
from claw.base.errors import Refused
from claw.cli import show
from claw.cli.options import AsJson, StateDir, client

commands = typer.Typer(no_args_is_help=True, help="Names that a model may be shown; without one it sees an id.")


@commands.command("list", epilog="Example: claw names list")
def list_names(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """List what has a name that no model is shown: one that says more than its id and that nobody approved yet."""

    def human(rows: Json) -> None:
        if not rows:
            show.out.print("Every name is approved, or says no more than its id.")
        for row in rows:
            show.out.print(f"{show.safe(row['id']):<40} {show.safe(' | '.join(row['names']))}", soft_wrap=True)

    show.show(client(state_dir).ask("names"), as_json=as_json, human=human)


@commands.command(epilog="Example: claw names approve light.big_lamp living_room")
def approve(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Entity or area ids.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are listed, as they are now.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Approve names exactly as they are now; one that changes afterwards is not approved any more.  Read them first."""
    if bool(ids) == everything:
        raise Refused("name what to approve, or say --all")
    answer = client(state_dir).ask("names_approve", entities=ids or [])
    show.show(answer, as_json=as_json, human=lambda a: show.out.print(f"{len(a['approved'])} approved."))
