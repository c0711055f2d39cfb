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
from claw.cli.options import CONFIG, AsJson, ConfigFile, StateDir, config_file, directory

if TYPE_CHECKING:
    from claw.care.doctor_case import Case, Wanted
    from claw.care.finding import Finding

STYLES = {"problem": "bold red", "warning": "yellow", "note": "cyan", "ok": "green"}
BAD = frozenset({"problem", "warning"})


def doctor(  # noqa: PLR0913, PLR0917  each is an option of the command line
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
    repair: Annotated[
        bool, typer.Option("--repair", help="Propose what mends all that names a replaced device, instead.")
    ] = False,
    replace: Annotated[
        list[str] | None,
        typer.Option("--replace", metavar="OLD=NEW", help="With --repair: what took whose place. May be repeated."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="With --repair: do all of it. Asks first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --apply: do not ask.")] = False,
    config: ConfigFile = CONFIG,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what is wrong with this Claw and how to mend it, the worst first.  Nothing is changed, but by --apply.

    It works beside a running daemon, which says what only it knows, and without one.  Of the house it asks what it is
    and shows, and never moves anything.  Each line says what is so, and below it the command that mends it.

    Ends with 0 where nothing is worse than a note, with 1 where something is.
    """
    from claw.care.doctor import chosen, examine  # noqa: PLC0415  no other command looks at everything
    from claw.care.doctor_case import Wanted  # noqa: PLC0415  the same

    if not repair and (replace or apply or yes):
        raise typer.BadParameter("it goes with --repair", param_hint="--replace, --apply, --yes")
    if (yes and not apply) or (repair and (only or security or full or ask_model)):
        raise typer.BadParameter("--repair goes with --replace and --apply, and --yes with --apply")
    names = [name.strip() for name in only.split(",") if name.strip()]
    try:
        chosen(names, security=security)
    except Refused as error:
        raise typer.BadParameter(str(error), param_hint="--only") from error
    state, options = directory(state_dir), f" --state-dir {shlex.quote(str(state_dir))}" if state_dir else ""
    wanted = Wanted(state, config_file(config, state_dir), options, full=full, security=security, ask_model=ask_model)
    if repair:
        from claw.cli.doctor_repair import repair as mend  # noqa: PLC0415  only this looks for what was replaced

        mend(_case(wanted, lambda _: None), state_dir, replace or (), apply=apply, yes=yes, as_json=as_json)
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
