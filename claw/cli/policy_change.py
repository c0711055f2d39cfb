"""Changing the policy: what would be otherwise, what would have been, and the one way that puts a draft in force.

``apply`` is the only thing in Claw that writes the policy file.  It runs as the owner of that file, at a console, and
shows what would be newly allowed before it asks.  Neither the daemon nor anything that it started gets here.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claw.base.action import Json, to_json
from claw.base.clock import SystemClock
from claw.base.errors import ClawError, Invalid, Refused
from claw.cli import show
from claw.cli.client import NoDaemon
from claw.cli.options import CONFIG, AsJson, ConfigFile, StateDir, client, config_file, console, directory

if TYPE_CHECKING:
    from claw.audit.checkpoint import Checkpointer
    from claw.audit.log import AuditLog, Entry
    from claw.cli.ground import Draft, Ground
    from claw.cli.policy_file import PolicyFile
    from claw.policy.decide import Policy

HouseFile = Annotated[Path | None, typer.Option("--house", help="Hold it against this house file.")]
PAGE = 5_000


def diff(
    old: Annotated[Path, typer.Argument(help="A policy file.")],
    new: Annotated[Path, typer.Argument(help="Another one.")],
    house: HouseFile = None,
    config: ConfigFile = CONFIG,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what one policy allows, asks or denies that another does not, in this house."""
    from claw.cli import compared  # noqa: PLC0415  most commands need none of these rooms
    from claw.cli.ground import ground  # noqa: PLC0415  the same
    from claw.policy.difference import differences, unseen  # noqa: PLC0415  the same

    there = ground(house, config_file(config, state_dir), client(state_dir)).renamed_to_present()
    before, after = there.read(old), there.read(new)
    found = differences(before.policy, after.policy, there.known, SystemClock().now(), there.actions)
    also = unseen(before.policy, after.policy, found)
    show.show(to_json(found), as_json=as_json, human=lambda _: compared.differences(found, also))


def replay(
    file: Annotated[Path, typer.Argument(help="The changed policy file.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far back.")] = 30,
    house: HouseFile = None,
    config: ConfigFile = CONFIG,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a changed policy would have decided otherwise, from the audit log. Reads only."""
    from claw.cli import compared  # noqa: PLC0415  most commands need none of these rooms
    from claw.cli.ground import ground  # noqa: PLC0415  the same
    from claw.policy.replay import replay as judge_anew  # noqa: PLC0415  the same

    there = ground(house, config_file(config, state_dir), client(state_dir)).renamed_to_present()
    policy = there.hold(there.read(file))
    rows = _rows(directory(state_dir) / "audit.db", SystemClock().now() - timedelta(days=days))
    found = judge_anew(rows, policy, there.known.registry)
    show.show(to_json(found), as_json=as_json, human=lambda _: compared.replayed(found, days))


def _rows(path: Path, since: datetime) -> "list[Entry]":
    """Return the decisions in the log since then, oldest first; raises Refused where there is no log."""
    from claw.audit.entries import Entries  # noqa: PLC0415  most commands need none of these rooms
    from claw.policy.replay import ROWS  # noqa: PLC0415  the same

    if not path.exists():
        raise Refused(f"{path} is not there; is this the right --state-dir?")
    log = Entries(path)
    try:
        last = log.entries(0, 1, newest_first=True, kinds=())
        low, high = 0, last[0].seq if last else 0
        while low < high:  # the first number that is not older; what was given up for good is older
            middle = (low + high) // 2
            entry = log.entry(middle + 1)
            low, high = (low, middle) if entry is not None and entry.time >= since else (middle + 1, high)
        found: list[Entry] = []
        while page := log.entries(found[-1].seq if found else low, PAGE, newest_first=False, kinds=ROWS):
            found += page
        return found
    finally:
        log.close()


def apply(
    draft: Annotated[Path, typer.Argument(help="The policy file that is to count from now on.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask. Refused where the draft leaves something open.")
    ] = False,
    house: HouseFile = None,
    config: ConfigFile = CONFIG,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Put a draft in force: check it, run its tests, show what it newly allows, ask, and replace the policy file."""
    from claw.cli import compared  # noqa: PLC0415  most commands need none of these rooms
    from claw.cli.ground import ground  # noqa: PLC0415  the same
    from claw.cli.policy_file import PolicyFile  # noqa: PLC0415  the same
    from claw.policy.difference import differences, unseen  # noqa: PLC0415  the same

    there = ground(house, config_file(config, state_dir), client(state_dir)).renamed_to_present()
    if there.path is None:
        raise Refused("no daemon runs here and no configuration names a policy: which file should it replace?")
    file = PolicyFile.of(there.path, directory(state_dir))
    wanted = there.read(draft)
    policy = _sound(wanted, there)
    before = _before(there, file.text)
    found = differences(before, policy, there.known, SystemClock().now(), there.actions)
    also = unseen(before, policy, found)
    if not as_json:
        compared.differences(found, also)
    open_risks = _open_risks(wanted, policy, there)
    _ask(file.path, open_risks, yes=yes)
    file.replace(wanted.text)
    answer = in_force(policy.hash, file, state_dir)
    if answer["daemon"] is False:
        answer |= noted(directory(state_dir), wanted, policy, before)
    show.show(
        {**answer, "differences": to_json(found), "also": also},
        as_json=as_json,
        human=lambda _: _applied(answer, file.path),
    )


def _sound(draft: "Draft", there: "Ground") -> "Policy":
    """Return the policy of a draft that fits the house and passes its tests; prints what fails, raises Invalid."""
    from claw.cli import compared  # noqa: PLC0415  most commands need none of these rooms
    from claw.policy.testing import results  # noqa: PLC0415  the same

    failed = [one for one in results(draft.document, draft.policy, there.known.registry) if not one.passed]
    if failed:
        compared.tested(draft.name, failed, show.err)
        raise Invalid(draft.name, failed[0].line, f"{len(failed)} of its tests do not hold; nothing was changed")
    return there.hold(draft)


def _before(there: "Ground", text: str) -> "Policy":
    """Return the policy that counts now; one that cannot be read any more allows nothing."""
    from claw.policy.decide import Policy  # noqa: PLC0415  most commands need none of these rooms

    try:
        return there.parse(there.text or text, str(there.path)).policy
    except Invalid as error:
        show.err.print(f"[yellow]what counts now cannot be read: {show.safe(str(error))}[/]", soft_wrap=True)
        return Policy((), there.people)


def _open_risks(draft: "Draft", policy: "Policy", there: "Ground") -> list[str]:
    from claw.policy.review import check  # noqa: PLC0415  most commands need none of these rooms

    found = check(policy, there.known.registry, there.actions, draft.document.value.tests)
    return [f"{one.rule}: {one.text}" for one in found if one.level == "error"]


def _ask(path: Path, open_risks: list[str], *, yes: bool) -> None:
    for risk in open_risks:
        show.err.print(f"[bold red]open[/] {show.safe(risk)}", soft_wrap=True)
    if yes and open_risks:
        raise Refused("what is left open is for a person to accept: run it without --yes")
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused("nobody can be asked here: run it in a terminal, or with --yes")
    if not typer.confirm(f"Let this be the policy ({path})?", default=False, err=True):
        raise Refused("nothing was changed")


def in_force(wanted: str, file: "PolicyFile", state_dir: Path | None) -> dict[str, Json]:
    """Have the running daemon read the file; where it refuses, the old one is put back."""
    try:
        answer = client(state_dir).ask("policy_reload")
    except NoDaemon:
        return {"applied": True, "daemon": False, "hash": wanted}
    except ClawError as error:
        return {"applied": True, "daemon": None, "hash": wanted, "problem": str(error)}
    if answer["hash"] == wanted:
        return {"applied": True, "daemon": True, "hash": wanted}
    file.put_back()
    client(state_dir).ask("policy_reload")
    raise Refused(
        f"the daemon does not take it, so the old file is back: {answer['problem'] or 'it was changed again'}"
    )


def noted(state: Path, draft: "Draft", policy: "Policy", before: "Policy") -> dict[str, Json]:
    """Write into the log what was put in force with no daemon there, so that the next one is not surprised by it."""
    from claw.cli.proof import AUDIT, by_hand  # noqa: PLC0415  most commands need none of these rooms
    from claw.daemon.in_force import described  # noqa: PLC0415  the same

    if not (state / AUDIT).exists():
        return {"noted": False}
    row = {"before": before.hash, "after": policy.hash, **described(draft.text, draft.document.value)}

    async def note(audit: "AuditLog", _: "Checkpointer") -> dict[str, Json]:
        await audit.append("policy", row, origin=console(), versions={"policy": policy.hash})
        return {"noted": True}

    try:
        return by_hand(state, note)
    except ClawError as error:
        return {"noted": False, "problem": str(error)}


def _applied(answer: dict[str, Json], path: Path) -> None:
    show.out.print(f"[green]{show.safe(str(path))} is replaced[/]; the old one is beside it with .bak at its end.")
    if answer["daemon"]:
        show.out.print("The running daemon decides by it from now on.")
    elif answer["daemon"] is None:
        show.out.print(f"[yellow]The daemon did not say that it took it: {show.safe(str(answer['problem']))}[/]")
    else:
        show.out.print("No daemon runs; the next one starts with it.")
        if "problem" in answer:
            show.out.print(f"[yellow]It will say that the file changed: {show.safe(str(answer['problem']))}[/]")
