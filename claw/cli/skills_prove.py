"""Proving skills on the simulated house from the command line; needs no daemon and moves nothing real."""

import asyncio
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claw.base.action import Json
from claw.base.errors import Invalid, Refused
from claw.cli import show
from claw.cli.options import AsJson, StateDir, client, directory

if TYPE_CHECKING:
    from claw.skills.model import Skill

TENTH = 0.1
KEPT_S = 600.0
"""How long the daemon may take beside its work."""


def prove(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The name of a skill, or the path of its folder.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All skills that ship, and your own.")] = False,
    house: Annotated[Path | None, typer.Option("--house", help="Prove it on this house.", show_default=False)] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Have the daemon prove it, for a draft to get further.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Only a tenth of the trouble and of the mutants.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Prove skills on a simulated house: tests, trouble, twice, back, never beyond its rights.  Needs no daemon.

    Nothing real moves.  Without --house it is the house of the demo.  Ends with 1 where something did not hold.
    With --keep the daemon does it, on a copy of your house, and keeps the report: what an import needs before an
    owner can accept it.
    """
    if bool(name) == every:
        raise Refused("say which skill, or --all")
    if keep:
        _kept(name, state_dir, alone=not (every or house or quick), as_json=as_json)
    from claw.daemon.proving_alone import find, folders  # noqa: PLC0415  half the daemon comes with it

    state = directory(state_dir)
    chosen = list(folders(state).values()) if every else [find(name, state)]
    skills, unread = _read(chosen)
    with _progress(len(skills)) as told:
        rows = unread + (asyncio.run(_proved(skills, house, told, quick=quick)) if skills else [])
    rows.sort(key=lambda row: row["name"])
    show.show(rows if every else rows[0], as_json=as_json, human=lambda _: _draw(rows))
    raise typer.Exit(0 if rows and all(row["green"] for row in rows) else 1)


def _kept(name: str, state_dir: Path | None, *, alone: bool, as_json: bool) -> None:
    """Have the daemon prove one skill, print what came of it and end."""
    if not alone:
        raise Refused("--keep goes with one skill and nothing else")
    answer = client(state_dir, KEPT_S).ask("skill_prove", name=name)
    style = show.STATUS_STYLE[answer["status"]]
    human = f"[{style}]{show.safe(answer['text'])}[/]"
    show.show(answer, as_json=as_json, human=lambda _: show.out.print(human, soft_wrap=True))
    raise typer.Exit(show.EXIT[answer["status"]])


def _read(chosen: Sequence[Path]) -> tuple[list["Skill"], list[dict[str, Json]]]:
    """Return the skills in these folders, and a row for each that cannot be read as one."""
    from claw.daemon.proving_alone import skill_at  # noqa: PLC0415  see prove

    skills: list[Skill] = []
    unread: list[dict[str, Json]] = []
    for folder in chosen:
        try:
            skills.append(skill_at(folder))
        except Invalid as error:
            failed = [{"kind": "read", "name": "its files", "why": str(error)}]
            unread.append(
                {"name": folder.name, "version": "", "green": False, "cases": 0, "kinds": {}, "failed": failed, "ms": 0}
            )
    return skills, unread


async def _proved(skills: Sequence["Skill"], house: Path | None, told: "Told", *, quick: bool) -> list[dict[str, Json]]:
    from claw.daemon.proving_alone import proved  # noqa: PLC0415  see prove
    from claw.skills.proof import Effort  # noqa: PLC0415  see prove
    from claw.skills.proving import report_json  # noqa: PLC0415  see prove

    rows: list[dict[str, Json]] = []
    effort = Effort(TENTH) if quick else Effort()
    reports = proved(skills, house, effort, lambda skill: lambda kind, case: told(f"{skill.name}: {kind} {case}", 0))
    async for report in reports:
        rows.append(report_json(report))
        told(report.name, 1)
    return rows


Told = Callable[[str, int], None]
"""Is told what is tried now, and how many skills are done with it."""


@contextmanager
def _progress(total: int) -> Generator[Told]:
    """Show on a terminal how far it is; elsewhere it is over before anybody asks."""
    if not sys.stderr.isatty():
        yield lambda _what, _done: None
        return
    from rich.console import Console  # noqa: PLC0415  only where there is somebody to see it
    from rich.progress import Progress  # noqa: PLC0415  see above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("proving", total=total)

        def told(what: str, done: int) -> None:
            bar.update(task, advance=done, description=show.safe(what)[:60].ljust(60))

        yield told


def _draw(rows: Sequence[Mapping[str, Json]]) -> None:
    for row in rows:
        mark = "[green]proved    [/]" if row["green"] else "[red]not proved[/]"
        kinds = ", ".join(f"{kind} {sum(of.values())}" for kind, of in row["kinds"].items())
        head = f"{mark} [bold]{show.safe(row['name'])}[/] {show.safe(row['version'])}"
        show.out.print(
            f"{head}  [dim]{row['cases']} cases ({show.safe(kinds)}), {row['ms'] / 1000:.1f} s[/]", soft_wrap=True
        )
        for failed in row["failed"]:
            why = f"{failed['kind']} {failed['name']}: {failed['why']}"
            show.out.print(f"  [red]{show.safe(why)}[/]", soft_wrap=True)
