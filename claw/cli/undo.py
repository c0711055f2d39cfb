"""Take acts back from the command line."""

from collections.abc import Mapping
from typing import Annotated

import typer

from claw.base.action import Json
from claw.base.errors import Refused
from claw.cli import show
from claw.cli.options import AsJson, StateDir, client


def undo(
    seq: Annotated[int, typer.Argument(metavar="[SEQ]", help="The number of a log entry.", min=0)] = 0,
    state_dir: StateDir = None,
    as_json: AsJson = False,
    since: Annotated[str, typer.Option("--since", help="Everything since this time of day: 18:00.")] = "",
    tick: Annotated[
        list[str] | None,
        typer.Option("--tick", help="With --since: also this lock, alarm, cover or valve. May be repeated."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Take back the last thing you had done, the acts of one log entry, or all since a time of day.

    It is a new request of yours and judged as one: what may not be done, or needs a yes, is not done by undoing either.
    """
    if seq and since:
        raise Refused("one entry or a span of time, not both")
    answer = client(state_dir).ask("undo", seq=seq, since=since, tick=tick or [], dry_run=dry_run)
    show.show(answer, as_json=as_json, human=_would if dry_run else show.reply)
    if not dry_run:
        raise typer.Exit(show.EXIT[answer["status"]])


def _would(answer: Mapping[str, Json]) -> None:
    """Print what an undo would do, with the verdict of the policy on each part."""
    if not answer["would"]:
        show.out.print("Nothing would be done.")
    for one in answer["would"]:
        action, style = one["action"], {"allow": "green", "confirm": "yellow"}.get(one["effect"], "red")
        data = " ".join(f"{key}={value}" for key, value in action["data"].items())
        what = f"{action['name']} {', '.join(action['entities'])} {data}".strip()
        why = f"{one['rule']}: {one['why']}" if one["rule"] else one["why"]
        show.out.print(f"[{style}]{one['effect']:<8}[/]{show.safe(what)}  [dim]{show.safe(why)}[/]", soft_wrap=True)
    if answer["text"]:
        show.out.print(show.safe(answer["text"]))
