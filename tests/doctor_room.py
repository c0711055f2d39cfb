"""Somebody to examine: a configuration, a state directory, a daemon that answers from a list; and what mends parse."""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typer.main

from claw.base.clock import Clock, SystemClock
from claw.care.doctor_case import Absent, Case, Wanted
from claw.care.finding import Finding
from claw.cli.commands import build
from tests.cli_room import STATUS

QUOTED = re.compile(r"`(claw [^`]*)`")
Level = str


def told(**changed: Any) -> dict[str, Any]:
    """Return a daemon's status, all well but for ``changed``."""
    vouched = {**STATUS["audit"]["vouched"], "out_of_reach": True}
    audit = {**STATUS["audit"], "vouched": vouched, "failures": 0}
    well = {"uptime_s": 600.0, "voice": None, "channels": [], "degraded": [], "audit": audit}
    return {**STATUS, **well, **changed}


def case(
    folder: Path,
    answers: Mapping[str, Any] | None = None,
    *,
    config: str | None = None,
    clock: Clock | None = None,
    environment: Mapping[str, str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
    **wanted: Any,
) -> Case:
    """Return what is to be examined in ``folder``: the state in ``state``, the configuration in ``config.yaml``.

    ``answers`` are the daemon's, by what it is asked; None where no daemon runs.  An exception among them is raised.
    """
    file = folder / "config.yaml"
    if config is not None:
        file.write_text(config, encoding="utf-8")
        file.chmod(0o600)

    def ask(word: str) -> Any:
        if answers is None:
            raise Absent("no daemon")
        answer = answers.get(word, {})
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    asked = Wanted(wanted.pop("state", folder / "state"), file, **wanted)
    return Case(asked, ask, clock or SystemClock(), environment or {}, progress)


def found(look: Callable[[Case], Iterable[Finding]], about: Case) -> list[tuple[Level, str]]:
    """Return level and text of what ``look`` finds; every command that it names is one that there is."""
    findings = list(look(about))
    mends_parse(findings)
    return [(one.level, one.text) for one in findings]


def worse(look: Callable[[Case], Iterable[Finding]], about: Case) -> list[tuple[Level, str]]:
    """Return the same without what is well."""
    return [one for one in found(look, about) if one[0] != "ok"]


def mends(look: Callable[[Case], Iterable[Finding]], about: Case) -> list[str]:
    """Return how to mend what is worse than a note."""
    return [one.mend for one in look(about) if one.level in {"warning", "problem"}]


def mends_parse(findings: Iterable[Finding]) -> None:
    """Fail for a finding that names a command of Claw's that does not parse."""
    for one in findings:
        for command in commands_in(one.mend) + commands_in(one.text):
            parses(command)


def commands_in(text: str) -> list[str]:
    """Return the commands of Claw's own that a text names: all of it, or in backticks."""
    return [text] if text.startswith("claw ") else QUOTED.findall(text)


def parses(command: str) -> None:
    """Fail where a command is not one that there is, with options that it takes."""
    words = shlex.split(command)[1:]
    at = _app()
    context = at.context_class(at, info_name="claw")
    while hasattr(at, "resolve_command"):
        assert words, f"{command} ends too early"
        name, at, words = at.resolve_command(context, words)
        assert at is not None, f"{command}: there is no {name}"
        context = at.context_class(at, parent=context, info_name=name)
    at.make_context(at.name, words, parent=context.parent)


@cache
def _app() -> Any:
    """Return the command line; typer brings a click of its own, so nothing here asks what class anything is."""
    return typer.main.get_command(build())
