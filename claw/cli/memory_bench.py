"""Measuring how much the search of memory finds again, on talks that the user has; needs no daemon."""

import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from claw.base.action import Json
from claw.base.errors import Refused
from claw.cli import show
from claw.cli.options import AsJson

MOST_FOUND = 100


def bench(
    file: Annotated[Path, typer.Argument(help="Talks with questions, JSON in the shape of the LoCoMo set.")],
    ks: Annotated[list[int] | None, typer.Option("--k", help="Passages looked at; 5, 10 and 20 by default.")] = None,
    pooled: Annotated[bool, typer.Option("--pooled", help="All talks in one store, as in one household.")] = False,
    unit: Annotated[Literal["turn", "session"], typer.Option("--unit", help="What has to be found.")] = "turn",
    as_json: AsJson = False,
) -> None:
    """Say how much of what answers a question is among the first found, over all and by category.

    Nothing is sent anywhere and nothing is kept: the talks are put into a store of their own, which is deleted.
    """
    from claw.memory.measured import KS, measure  # noqa: PLC0415  it brings the database with it
    from claw.memory.talks import read_talks  # noqa: PLC0415  see above

    wanted = sorted(set(ks or KS))
    if not all(1 <= k <= MOST_FOUND for k in wanted):
        raise Refused(f"expected --k from 1 to {MOST_FOUND}")
    talks = read_talks(file)
    total = sum(len(talk.questions) for talk in talks)
    if not total:
        raise Refused(f"{file} has no question that names the turns which answer it")
    with _progress(total) as told:
        found = measure(talks, wanted, pooled=pooled, unit=unit, told=told)
    show.show(found, as_json=as_json, human=_draw)


@contextmanager
def _progress(total: int) -> Generator[Callable[[], object]]:
    """Show on a terminal how far it is; elsewhere it is over before anybody asks."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console  # noqa: PLC0415  only where there is somebody to see it
    from rich.progress import Progress  # noqa: PLC0415  see above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("asking", total=total)
        yield lambda: bar.update(task, advance=1)


def _draw(found: Mapping[str, Any]) -> None:
    from rich.table import Table  # noqa: PLC0415  a program that reads the figures needs none of it

    columns = [name for name in found["overall"] if name.startswith("recall@")]
    table = Table("category", "questions", *columns)
    rows: dict[str, Mapping[str, Json]] = {**found["by_category"], "all": found["overall"]}
    for name, row in rows.items():
        shares = [f"{100 * row[column]:.1f} %" for column in columns]
        table.add_row(show.safe(name), str(row["questions"]), *shares, style="bold" if name == "all" else None)
    show.out.print(table)
    where = "one store" if found["pooled"] else "a store each"
    times = ", ".join(f"{name} {ms:.1f} ms" for name, ms in found["search_ms"].items())
    show.out.print(f"{found['talks']} talks, {found['turns']} turns, {where}, found by {found['unit']}. {times}")
    if found["skipped"]:
        show.out.print(f"{found['skipped']} questions name no turn and were left out.")
