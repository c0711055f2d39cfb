"""The log as proof: verify it, print a checkpoint to keep elsewhere, export it, finish a file, erase a payload.

Verifying, exporting and printing need no daemon and only read.  What changes something asks the daemon where one runs.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from claw.audit.checkpoint import Checkpointer
from claw.audit.export import exported
from claw.audit.keys import KEYS
from claw.audit.log import AuditLog
from claw.audit.note import notes
from claw.audit.note import read_key as read_public_key
from claw.audit.prove import Grounds, Proven, prove
from claw.audit.verify import survey
from claw.audit.vouch import Seen
from claw.audit.witness_file import FileWitness, witness_file, witness_path
from claw.audit.witness_places import readable_witnesses
from claw.base.action import Json
from claw.base.clock import SystemClock
from claw.base.config import read_config
from claw.base.errors import Broken
from claw.channels.keeping import Keeping
from claw.cli import show
from claw.cli.client import NoDaemon
from claw.cli.options import AsJson, Reason, StateDir, client, console, directory
from claw.store.db import lock_state

AUDIT = "audit.db"
MOST_CHECKPOINT_BYTES = 1 << 20

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], show_default=False)]


def verify(
    state_dir: StateDir = None,
    as_json: AsJson = False,
    file: Annotated[Path | None, typer.Option("--file", help="Verify this audit.db instead.")] = None,
    witness: Annotated[
        list[Path] | None, typer.Option("--witness", help="Hold it against this witness file too.", show_default=False)
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", help="Hold it against a checkpoint kept elsewhere; - reads it from here."),
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="The public key that you trust.", show_default=False)] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="A configuration that names witnesses.", show_default=False)
    ] = None,
) -> None:
    """Prove that no entry was changed, removed, moved or cut off. Needs no daemon."""
    path = file or directory(state_dir) / AUDIT
    found = survey(path, payloads=True)
    audit = read_config(config).audit if config is not None else None
    uid = path.parent.stat().st_uid
    named = [FileWitness(witness_path(_there(place), found.id), uid=uid) for place in witness or ()]
    expected = frozenset(each.name for each in named)
    known = [each for each in readable_witnesses(found, path.parent, audit) if each.name not in expected]
    brought = [_brought(one) for one in checkpoint or ()]
    proven = prove(path, found, Grounds([*named, *known], expected, brought, _trusted(key)))
    answer: Json = {
        "ok": proven.ok,
        "rows": proven.log.rows,
        "first": proven.log.first,
        "last": proven.log.last,
        "problems": [
            {"seq": problem.seq, "what": problem.what, "warning": problem.warning} for problem in proven.log.problems
        ],
        "rests_on": proven.rests_on,
    }
    show.show(answer, as_json=as_json, human=lambda _: _proven(proven))
    raise typer.Exit(0 if proven.ok else 1)


def checkpoint(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Print a signed checkpoint, to be kept where Claw cannot reach it: on a phone, on paper, on another machine."""
    state = directory(state_dir)
    try:
        answer = client(state_dir).ask("log_checkpoint")
    except NoDaemon:
        answer = _newest(state / AUDIT)
    show.show(answer, as_json=as_json, human=lambda _: show.out.print(answer["note"], markup=False, soft_wrap=True))


def seal(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Finish the running file of the log and go on in a new one; Claw does this by itself when a file is full."""
    state = directory(state_dir)
    try:
        answer = client(state_dir).ask("log_seal")
    except NoDaemon:
        answer = by_hand(state, lambda audit, checkpoints: Keeping(audit, checkpoints).seal())
    text = f"Finished: {show.safe(str(answer['sealed']))}"
    show.show(answer, as_json=as_json, human=lambda _: show.out.print(text, soft_wrap=True))


def erase(
    seq: Annotated[int, typer.Argument(min=1, help="The number of a log entry.")],
    reason: Reason = "",
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Erase what one entry says, for ever. That it was there, and that it was erased, stays provable."""
    state = directory(state_dir)
    try:
        answer = client(state_dir).ask("log_erase", seq=seq, reason=reason)
    except NoDaemon:
        answer = by_hand(state, lambda audit, checkpoints: Keeping(audit, checkpoints).erase(seq, reason, console()))
    show.show(answer, as_json=as_json, human=lambda _: show.out.print(f"Erased; entry {answer['entry']} says so."))


def export(
    since: Day = None,
    until: Day = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="Only entries of this kind.")] = None,
    state_dir: StateDir = None,
    file: Annotated[Path | None, typer.Option("--file", help="Export this audit.db instead.")] = None,
) -> None:
    """Print the log as JSON lines, hashes and salts included. Dates are local; --until is not included."""
    bounds = [moment.astimezone() if moment is not None else None for moment in (since, until)]
    for line in exported(file or directory(state_dir) / AUDIT, since=bounds[0], until=bounds[1], kinds=kind or ()):
        sys.stdout.write(show.spelled_out(line) + "\n")


def _proven(proven: Proven) -> None:
    for problem in proven.log.problems:
        where = "file" if problem.seq is None else f"entry {problem.seq}"
        show.out.print(
            f"[{'yellow' if problem.warning else 'red'}]{where}[/]: {show.safe(problem.what)}", soft_wrap=True
        )
    for ground in proven.rests_on:
        show.out.print(f"[dim]{show.safe(ground)}[/]", soft_wrap=True)
    log = proven.log
    if proven.ok:
        begins = f" from {log.first}" if log.first > 1 else ""
        show.out.print(f"[green]The log holds[/]: {log.rows} entries{begins}.")
    else:
        serious = sum(not problem.warning for problem in log.problems)
        show.out.print(f"[bold red]The log does not hold[/] ({serious} problems in {log.rows} entries).")


def _there(place: Path) -> Path:
    if not place.exists():
        raise Broken(f"there is no witness at {place}")
    return place


def _brought(place: Path) -> Seen:
    """Return the notes in a file, or on standard input where ``place`` is ``-``; raises Broken when there are none."""
    try:
        if str(place) == "-":
            text = sys.stdin.read(MOST_CHECKPOINT_BYTES)
        else:
            with place.open(encoding="utf-8", errors="replace") as file:
                text = file.read(MOST_CHECKPOINT_BYTES)
    except OSError as error:
        raise Broken(f"{place} cannot be read: {error.strerror}") from error
    found = list(notes(text))
    if not found:
        raise Broken(f"{place} holds no checkpoint")
    return Seen(f"the checkpoint in {place}", found)


def _trusted(key: str | None) -> bytes | None:
    try:
        return read_public_key(key) if key is not None else None
    except ValueError as error:
        raise Broken(str(error)) from error


def _newest(path: Path) -> dict[str, Json]:
    """Return the newest checkpoint that is in the log; raises Broken when there is none."""
    for proof in reversed(survey(path, payloads=False).proofs):
        for note in notes(str(proof.payload.get("note"))):
            return {"note": note.text, "entries": note.checkpoint.size}
    raise Broken(f"there is no checkpoint in {path} yet")


def by_hand(state: Path, work: Callable[[AuditLog, Checkpointer], Awaitable[dict[str, Json]]]) -> dict[str, Json]:
    """Do ``work`` on the log with no daemon there, and leave a checkpoint behind it; raises Broken where it cannot."""
    if not (state / AUDIT).exists():
        raise Broken(f"there is no audit log at {state / AUDIT}")

    async def run() -> dict[str, Json]:
        clock = SystemClock()
        audit = AuditLog.open(state / AUDIT, clock)
        try:
            checkpoints = Checkpointer(audit, state / KEYS, [witness_file(None, audit.id, state)], clock, clock)
            await checkpoints.open_key()
            await checkpoints.compare()
            answer = await work(audit, checkpoints)
            await checkpoints.end()
            return answer
        finally:
            await audit.close()

    lock = lock_state(state)
    try:
        return asyncio.run(run())
    finally:
        lock.release()
