"""Scoring Claw on cases: each in a simulated house of its own, no daemon needed, with a model or without."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from claw.base.action import Json
from claw.base.clock import Stopwatch
from claw.base.config import model_of
from claw.base.errors import Refused
from claw.cli import show
from claw.cli.options import AsJson

if TYPE_CHECKING:
    from claw.evaluation.cases import Case, Unreadable
    from claw.evaluation.score import Verdict

MOST_SHOWN = 100
"""Failures that a person is shown; a program gets all of them."""

TENTHS = 10


def evaluate(
    cases: Annotated[Path, typer.Argument(help="The cases: one JSON object on each line.")],
    house: Annotated[Path, typer.Option("--house", help="The homes: one JSON object of house files by name.")],
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Processes; as many as cores by default.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Run only so many, the first of them.")] = None,
    only: Annotated[
        str | None, typer.Option("--only", help="Run only this id, category or set; * is any text.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score Claw on cases: how many it solves, how often it does something wrong, by category, with the failures.

    With CLAW_MODEL, and OPENAI_BASE_URL or OPENAI_API_KEY, set it asks that model for what no sentence covers.
    """
    from claw.evaluation.cases import read_cases, read_homes  # noqa: PLC0415  they bring a whole daemon with them
    from claw.evaluation.report import report  # noqa: PLC0415  see above
    from claw.evaluation.workers import run_cases  # noqa: PLC0415  see above

    model, homes = model_of(os.environ), read_homes(house)
    picked = [case for case in read_cases(cases) if only is None or _is_one(case, only)][:limit]
    if not picked:
        raise Refused(f"no case is called {only!r}, nor is one of that category or set")
    watch = Stopwatch()
    with _progress(len(picked)) as told:
        verdicts = run_cases(picked, homes, model, jobs=jobs or os.cpu_count() or 1, told=told)
    told_of = report(verdicts, watch.total() / 1000)
    show.show(told_of, as_json=as_json, human=_draw)


def _is_one(case: "Case | Unreadable", only: str) -> bool:
    names = (case.id, *case.category, getattr(case, "set", None) or "")
    return any(fnmatchcase(name, only) for name in names)


def _progress(total: int) -> AbstractContextManager[Callable[["Verdict"], None]]:
    """Return what shows on stderr how far it is: a bar on a terminal, elsewhere a line at each tenth."""
    if sys.stderr.isatty():
        return _Bar(total)
    return nullcontext(_lines(total))


def _lines(total: int) -> Callable[["Verdict"], None]:
    done = solved = 0

    def told(verdict: "Verdict") -> None:
        nonlocal done, solved
        done, solved = done + 1, solved + verdict.solved
        if done * TENTHS // total > (done - 1) * TENTHS // total:
            show.err.print(f"{done}/{total} cases, {solved} solved", soft_wrap=True)

    return told


class _Bar:
    """A bar on a terminal."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._solved = 0

    def __enter__(self) -> Callable[["Verdict"], None]:
        from rich.console import Console  # noqa: PLC0415  only where there is somebody to see it
        from rich.progress import Progress  # noqa: PLC0415  see above

        self._bar = Progress(console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=self._total)
        self._bar.start()
        return self._told

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _told(self, verdict: "Verdict") -> None:
        self._solved += verdict.solved
        self._bar.update(self._task, advance=1, description=f"{self._solved} solved")


def _draw(found: Mapping[str, Json]) -> None:
    from rich.table import Table  # noqa: PLC0415  a program that reads the figures needs none of it

    summary, cases = found["summary"], cast("Sequence[Mapping[str, Json]]", found["cases"])
    for title, key in (("category", "by_category"), ("path", "by_path")):
        table = Table(title, "cases", "solved", "wrong actions")
        for name, one in cast("Mapping[str, Any]", summary[key]).items():
            table.add_row(show.safe(name), str(one["total"]), _share(one), str(one["wrong_actions"]))
        if key == "by_category":
            table.add_row("[bold]all[/]", str(summary["total"]), _share(summary), str(summary["wrong_actions"]))
        show.out.print(table)
    show.out.print(f"{summary['tokens']} tokens, {summary['seconds']} s")
    _draw_failures([case for case in cases if not case["solved"]])
    not_scored = summary["not_scored"]
    if not_scored["cases"]:
        fields = ", ".join(f"{name} in {count}" for name, count in not_scored["by_field"].items())
        show.out.print(f"[yellow]Of {not_scored['cases']} cases a part was not scored:[/] {show.safe(fields)}")


def _draw_failures(failed: Sequence[Mapping[str, Json]]) -> None:
    for case in failed[:MOST_SHOWN]:
        mark = "[red]wrong action[/]" if case["wrong_action"] else "not solved"
        show.out.print(f"{mark} {show.safe(case['id'])}: {show.safe(case['why'])}", soft_wrap=True)
    if len(failed) > MOST_SHOWN:
        show.out.print(f"and {len(failed) - MOST_SHOWN} more; --json tells of all")


def _share(one: Mapping[str, Json]) -> str:
    return f"{one['solved']} ({100 * one['solved'] / one['total']:.0f} %)" if one["total"] else "0"
