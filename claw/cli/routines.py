"""Routines from the command line: what runs in the background, when it is due, what became of it, and to change it.

Only the daemon knows when something is due and whose it is, so that every command is a question to it; a file that is
named is read here, with the rights of whoever types.
"""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from claw.base.action import Json
from claw.base.errors import Refused
from claw.cli import show
from claw.cli.options import AsJson, StateDir, client
from claw.cli.routines_print import came, due, exported, listed, one, past

commands = typer.Typer(no_args_is_help=True, help="What Claw does by itself: by the clock, or when something happens.")

LONGEST_NAME = 60

Named = Annotated[str, typer.Argument(metavar="ROUTINE", help="Its id, or its name where only one is called that.")]
Maybe = Annotated[str, typer.Argument(metavar="ROUTINE", help="Only this one: its id or name.")]


@commands.command("list", epilog="Example: claw routines list")
def list_routines(
    ended: Annotated[bool, typer.Option("--all", help="Also those that are over or removed.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """List the routines that you may know of: when each is due, what it does, how it stands and why."""
    show.show(client(state_dir).ask("routines", everything=ended), as_json=as_json, human=listed)


@commands.command("show", epilog="Example: claw routines show r42")
def show_routine(name: Named, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Tell all of a routine: its rules, its next firings and what became of the last ones."""
    show.show(client(state_dir).ask("routine", name=name), as_json=as_json, human=one)


@commands.command(epilog='Example: claw routines add "every weekday at seven open the blinds"')
def add(  # noqa: PLR0913, PLR0917  the options of one command
    words: Annotated[str, typer.Argument(metavar="WORDS", help="When and what, as you would say it.")] = "",
    name: Annotated[
        str, typer.Option("--name", help="What it is to be called; else it is called by what it does.")
    ] = "",
    when: Annotated[
        list[str] | None, typer.Option("--when", help='What sets it off: "weekdays 07:00". May be repeated.')
    ] = None,
    do: Annotated[
        list[str] | None,
        typer.Option("--do", help='A step: "light.turn_on light.hall brightness_pct=40". May be repeated, in order.'),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A YAML or JSON file with all of it (docs/routines.md).")
    ] = None,
    shadow: Annotated[int, typer.Option("--shadow", min=0, max=50, help="So often it runs dry before it acts.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would do now, and keep nothing.")
    ] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a routine: from a sentence, from --when and --do, or from a file.  It acts with your rights.

    It says what was understood and when it fires next.

    \b
    claw routines add "in 20 minutes turn off the kitchen lights"
    claw routines add "when the last person leaves turn everything off"
    claw routines add --name "Porch" --when sunset --do "light.turn_on light.porch"
    claw routines add --when "when binary_sensor.door on for 2 min" --do "say The door is open"
    claw routines add --file porch.yaml --dry-run
    """  # noqa: D301  the sign itself keeps the lines of the examples apart
    if sum((bool(words), bool(when or do), file is not None)) != 1 or bool(when) != bool(do):
        raise typer.BadParameter("give a sentence, or --when and --do, or --file")
    if words and (name or shadow or dry_run):
        raise typer.BadParameter("--name, --shadow and --dry-run go with --when and --do, or with --file")
    if words:
        _said(client(state_dir).ask("routine_say", text=words), as_json=as_json)
    written: dict[str, Json] = _read(file) if file is not None else {"when": when or [], "do": do or []}
    if name or "name" not in written:
        written["name"] = (name or (do[0] if do else ""))[:LONGEST_NAME]
    if shadow:
        written["shadow"] = shadow
    _said(client(state_dir).ask("routine_add", data=written, dry_run=dry_run), as_json=as_json)


@commands.command("next", epilog="Example: claw routines next")
def next_firings(
    name: Maybe = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 10,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what is due next by the clock, of all routines or of one."""
    show.show(client(state_dir).ask("routine_next", name=name, limit=limit), as_json=as_json, human=due)


@commands.command(epilog="Example: claw routines history --limit 50")
def history(
    name: Maybe = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many rows at most.")] = 20,
    before: Annotated[
        str, typer.Option("--before", help="Only what was due before this moment (UTC): 2026-11-27T18:00.")
    ] = "",
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what came of the last firings: done, late, missed, held, refused, each with the reason."""
    more = {"before": _moment(before)} if before else {}
    answer = client(state_dir).ask("routine_history", name=name, limit=limit, **more)
    show.show(answer, as_json=as_json, human=past)


@commands.command(epilog="Example: claw routines run r42")
def run(name: Named, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Have a routine run now, once, whatever sets it off."""
    _decide("run", name, state_dir, as_json=as_json)


@commands.command(epilog="Example: claw routines pause blinds")
def pause(name: Named, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Let a routine rest until it is resumed."""
    _decide("pause", name, state_dir, as_json=as_json)


@commands.command(epilog="Example: claw routines resume blinds")
def resume(name: Named, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Let a routine fire again."""
    _decide("resume", name, state_dir, as_json=as_json)


@commands.command(epilog="Example: claw routines skip blinds --on 2026-11-27")
def skip(
    name: Named,
    days: Annotated[
        list[str] | None, typer.Option("--on", help="A day such as 2026-11-27; else the day it is due next.")
    ] = None,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Leave out a day: the next one on which it is due, or those that you name."""
    _decide("skip", name, state_dir, as_json=as_json, dates=[_day(day) for day in days or ()])


@commands.command(epilog="Example: claw routines remove blinds")
def remove(name: Named, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Take a routine away; its history stays."""
    _decide("remove", name, state_dir, as_json=as_json)


@commands.command(epilog="Example: claw routines adopt r42")
def adopt(name: Named, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Make a routine yours: it acts for you from now on, and does not expire.  For grown-ups."""
    _decide("adopt", name, state_dir, as_json=as_json)


@commands.command("dry-run", epilog="Example: claw routines dry-run blinds")
def dry_run(name: Named, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Tell what a routine would do now, judged and rehearsed; nothing is done."""
    _said(client(state_dir).ask("routine_dry_run", name=name), as_json=as_json)


@commands.command(epilog="Example: claw routines export blinds > blinds.yaml")
def export(name: Named, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Write a routine as an automation of Home Assistant; what has no counterpart there is said on top."""
    show.show(client(state_dir).ask("routine_export", name=name), as_json=as_json, human=exported)


@commands.command("test-safety", epilog="Example: claw routines test-safety")
def try_safety(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Try what guards life, dry: that detectors answer, that what is listed is allowed, that messages go out."""
    _said(client(state_dir).ask("routine_test_safety"), as_json=as_json)


def _read(file: Path) -> dict[str, Json]:
    """Return what a file says, still unchecked; raises Invalid with the line where it cannot be read."""
    from pydantic import BaseModel, ConfigDict  # noqa: PLC0415  as below

    from claw.base.documents import read_document  # noqa: PLC0415  no other command of these reads a file

    class Anything(BaseModel):
        model_config = ConfigDict(extra="allow")

    written = read_document(file, Anything).model_dump()
    if not written:
        raise Refused(f"{file} says nothing")
    return written


def _day(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise typer.BadParameter(f"found {written!r}, expected a day such as 2026-11-27") from None


def _moment(written: str) -> str:
    try:
        return datetime.fromisoformat(written).isoformat()
    except ValueError:
        raise typer.BadParameter(f"found {written!r}, expected a moment such as 2026-11-27T18:00") from None


def _decide(deed: str, name: str, state_dir: Path | None, *, as_json: bool, dates: list[str] | None = None) -> None:
    more = {"dates": dates} if dates else {}
    _said(client(state_dir).ask("routine_decide", deed=deed, name=name, **more), as_json=as_json)


def _said(answer: Mapping[str, Json], *, as_json: bool) -> None:
    """Print what came of it, and end with the exit code that it means."""
    show.show(answer, as_json=as_json, human=came)
    raise typer.Exit(show.EXIT[answer["status"]])
