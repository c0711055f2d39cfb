"""The kill switch from the command line; ``stop`` works whatever state the daemon is in."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import typer

from claw.audit.log import AuditLog
from claw.base.action import Json, Origin
from claw.base.clock import SystemClock
from claw.base.errors import Broken, ClawError, Refused
from claw.cli import show
from claw.cli.client import NoDaemon
from claw.cli.options import AsJson, Reason, StateDir, client, directory
from claw.gate.stop import LATCH, Stop
from claw.store.db import lock_state, state_holder

DAEMON_S = 1.0
"""A daemon that does not answer a stop within this many seconds is killed."""


def stop(reason: Reason = "", state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Stop everything now. Nothing moves until somebody resets it."""
    reason = reason or "claw stop"
    state = directory(state_dir)
    try:
        answer = client(state_dir, DAEMON_S).ask("stop", reason=reason)
    except ClawError:  # whatever it is that keeps the daemon from doing it
        answer = _by_hand(state, reason)
    show.show(answer, as_json=as_json, human=_stopped)


def reset(reason: Reason = "", state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Release the kill switch. Nothing that was stopped starts again by itself."""
    if not reason and sys.stdin.isatty():
        reason = typer.prompt("Why is it safe to go on")
    try:
        answer = client(state_dir).ask("reset", reason=reason)
    except NoDaemon:
        answer = _reset_offline(directory(state_dir), reason)
    show.show(answer, as_json=as_json, human=lambda _: show.out.print("[green]Running again.[/]"))


def _stopped(answer: Json) -> None:
    show.out.print("[bold red]Stopped.[/] Nothing moves until `claw reset`.")
    if answer.get("daemon"):
        show.out.print(f"The daemon is {answer['daemon']}; the stop holds when it starts again.")


def _by_hand(state: Path, reason: str) -> dict[str, Json]:
    """Write the latch ourselves and end the daemon if there is one; raises Broken where it cannot be made to hold."""
    if not _is_there(state):
        raise Refused(f"{state} is no state directory; is this the right --state-dir?")
    if not os.access(state, os.W_OK | os.X_OK):
        raise _not_stopped(state, _kill(state))
    engaged = Stop(state, SystemClock()).engage(reason, Origin(channel="cli", source=f"uid {os.getuid()}"))
    daemon = _kill(state)
    if not os.path.lexists(state / LATCH):
        raise _not_stopped(state, daemon)
    return {"engaged": engaged.engaged, "reason": engaged.reason, "by": engaged.by, "daemon": daemon}


def _is_there(state: Path) -> bool:
    try:
        return state.is_dir()
    except OSError:
        return False


def _not_stopped(state: Path, daemon: str) -> Broken:
    return Broken(
        f"NOT STOPPED: {state / LATCH} cannot be written, and the daemon is {daemon}. "
        "Try again as the owner of that directory, or cut what it controls from the mains."
    )


def _kill(state: Path) -> str:
    """Kill the daemon, if one runs, and say what became of it."""
    pid = state_holder(state)
    if pid is None:
        return "not running" if os.access(state, os.R_OK | os.X_OK) else "not ours to look at"
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return "not running"
    except PermissionError:
        return "not ours to kill"
    return "killed, because it did not answer"


def _reset_offline(state: Path, reason: str) -> dict[str, Json]:
    """Reset with no daemon there: the reason is in the log before the latch is gone."""
    lock = lock_state(state)
    try:
        stop = Stop(state, SystemClock())
        stop.may_reset(reason, console=True, adult=False)
        asyncio.run(_log_reset(state, reason))
        stop.reset(reason, console=True, adult=False)
    finally:
        lock.release()
    return {"engaged": False}


async def _log_reset(state: Path, reason: str) -> None:
    audit = AuditLog.open(state / "audit.db", SystemClock())
    try:
        origin = Origin(channel="cli", source=f"uid {os.getuid()}")
        await audit.append("reset", {"reason": reason, "console": True, "daemon": False}, origin=origin)
    finally:
        await audit.close()
