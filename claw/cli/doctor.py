"""What is wrong with this Claw and how to mend it, the worst first."""

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from claw.base.action import Json
from claw.base.clock import SystemClock
from claw.base.errors import Refused
from claw.cli import show
from claw.cli.client import Client, NoDaemon
from claw.cli.options import CONFIG, AsJson, ConfigFile, StateDir, directory

if TYPE_CHECKING:
    from claw.care.doctor_case import Case, Wanted
    from claw.care.finding import Finding

STYLES = {"problem": "bold red", "warning": "yellow", "note": "cyan", "ok": "green"}
BAD = frozenset({"problem", "warning"})


def doctor(
    only: Annotated[
        str, typer.Option("--only", metavar="SUBJECTS", help="Look at these only, such as house,disk.")
    ] = "",
    security: Annotated[
        bool, typer.Option("--security", help="Look for what is more open than it need be, instead.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Read the whole log and every installed file: minutes, not a second.")
    ] = False,
    ask_model: Annotated[
        bool, typer.Option("--ask-model", help="Also ask the model for one word, which costs a few tokens.")
    ] = False,
    config: ConfigFile = CONFIG,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what is wrong with this Claw and how to mend it, the worst first.  Nothing is changed.

    It works beside a running daemon, which says what only it knows, and without one.  Of the house it asks what it is
    and shows, and never moves anything.  Each line says what is so, and below it the command that mends it.

    Ends with 0 where nothing is worse than a note, with 1 where something is.
    """
    from claw.care.doctor import chosen, examine  # noqa: PLC0415  no other command looks at everything
    from claw.care.doctor_case import Wanted  # noqa: PLC0415  the same

    names = [name.strip() for name in only.split(",") if name.strip()]
    try:
        chosen(names, security=security)
    except Refused as error:
        raise typer.BadParameter(str(error), param_hint="--only") from error
    state, options = directory(state_dir), f" --state-dir {shlex.quote(str(state_dir))}" if state_dir else ""
    wanted = Wanted(state, config, options, full=full, security=security, ask_model=ask_model)
    with show.err.working("looking") as line:
        case = _case(wanted, lambda what: line.update(f"[dim]{show.safe(what)}[/]"))
        found = examine(case, names)
    show.show([one.as_json() for one in found], as_json=as_json, human=lambda _: _told(found))
    raise typer.Exit(1 if any(one.level in BAD for one in found) else 0)


def _case(wanted: "Wanted", progress: "Callable[[str], None]") -> "Case":
    from claw.care.doctor_case import ASK_S, Absent, Case  # noqa: PLC0415  see above

    daemon = Client(wanted.state, seconds=ASK_S)

    def ask(word: str) -> Json:
        try:
            return daemon.ask(word)
        except NoDaemon as error:
            raise Absent(str(error)) from None

    return Case(wanted, ask, SystemClock(), progress=progress)


def _told(found: "Sequence[Finding]") -> None:
    for one in found:
        style = STYLES[one.level]
        show.out.print(f"[{style}]{one.level:<8}[/] [bold]{one.about}[/]  {show.safe(one.text)}", soft_wrap=True)
        if one.mend:
            show.out.print(f"         [dim]→[/] {show.safe(one.mend)}", soft_wrap=True)
    bad = sum(one.level in BAD for one in found)
    if bad:
        show.out.print(f"\n{bad} of {len(found)} findings are worse than a note.")
    else:
        show.out.print("\n[green]Nothing is worse than a note.[/]")
