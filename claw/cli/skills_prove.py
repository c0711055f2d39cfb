"""Proving skills on the simulated house from the command line; needs no daemon and moves nothing."""

from pathlib import Path
from typing import Annotated

import typer

from claw.base.errors import Refused
from claw.cli.options import AsJson, StateDir


def prove(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The name of a skill, or the path of its folder.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All skills that ship, and your own.")] = False,
    house: Annotated[Path | None, typer.Option("--house", help="Prove it on this house.", show_default=False)] = None,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Prove skills on a simulated house: tests, trouble, twice, back, never beyond its rights.  Needs no daemon.

    Nothing real moves.  Without --house it is the house of the demo.  Ends with 1 where something did not hold.
    """
    if bool(name) == every:
        raise Refused("say which skill, or --all")
    raise NotImplementedError(house, state_dir, as_json)
