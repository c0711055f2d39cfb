"""The kill switch from the command line; ``stop`` works whatever state the daemon is in."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from claw.audit.log import AuditLog
from claw.base.action import Json, Origin
from claw.base.clock import SystemClock
from claw.base.errors import Broken, ClawError, Refused
from claw.base.places import SERVICE_STATE
from claw.cli import show
from claw.cli.client import Client, NoDaemon
from claw.cli.options import AsJson, Reason, StateDir, client, console, directories, directory
from claw.cli.owner import ROOT, as_owner
from claw.gate.stop import LATCH, UNWATCHED, VOIDED, Stop, read_latch
from claw.store.db import lock_state, open_database, state_holder, writing

DAEMON_S = 1.0
"""A daemon that does not answer a stop within this many seconds is killed."""

STARTS_S = 20.0
"""A daemon that runs and does not listen has so many seconds to come up, or to end."""
LOOK_S = 0.25
NOT_OURS = "not ours to kill"
HELPER_STAYS = (
    "Where a switch shows the stop in Home Assistant it is still on, as no daemon runs to turn it off: turn it off "
    "there before you start Claw, or Claw is stopped by it."
)
"""What nobody would guess after a reset without a daemon."""


def stop(
    reason: Reason = "",
    held: Annotated[
        bool, typer.Option("--held", help="Stop nothing; kill a daemon that does not hold to a stop that is there.")
    ] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Stop everything now. Nothing moves until somebody resets it; safety routines are held, too.

    Without a state directory that is one's own daemon, this machine's service, or both where both run.
    """
    if held:
        show.show(_held(directory(state_dir)), as_json=as_json, human=_stopped)
        return
    failed: ClawError | None = None
    for state in directories(state_dir):  # one that cannot be stopped must not be why another is not
        try:
            answer = _stop(state, reason or "claw stop")
        except ClawError as error:
            failed = failed or error
        else:
            show.show(answer, as_json=as_json, human=_stopped)
    if failed is not None:
        raise failed


def _stop(state: Path, reason: str) -> Json:
    try:
        return Client(state, seconds=DAEMON_S).ask("stop", reason=reason)
    except ClawError:  # whatever it is that keeps the daemon from doing it
        return _by_hand(state, reason)


def _held(state: Path) -> Json:
    """See to it that a daemon holds to the latch that is there; raises Refused without one, Broken where it cannot."""
    latch = read_latch(state / LATCH)
    if not latch.engaged:
        raise Refused("nothing is stopped there")
    daemon, holds = "stopped", _holds(state)
    clock = SystemClock()
    until = clock.monotonic() + STARTS_S
    while holds is None and state_holder(state) is not None and clock.monotonic() < until:
        asyncio.run(clock.sleep(LOOK_S))  # it has read the latch before it listens
        holds = _holds(state)
    if not holds and (daemon := _kill(state)) == NOT_OURS:
        raise _not_stopped(state, daemon)
    return {"engaged": True, "reason": latch.reason, "by": latch.by, "daemon": daemon}


def reset(
    reason: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether to go on.")] = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Release the kill switch. Nothing that was stopped starts again by itself."""
    at_terminal = _at_terminal()
    if at_terminal and not as_json and not yes:
        _preview(state_dir)
    if not reason and at_terminal:
        reason = typer.prompt("Why is it safe to go on")
    if at_terminal and not as_json and not yes and not typer.confirm("Reset"):
        raise typer.Abort
    try:
        answer = client(state_dir).ask("reset", reason=reason)
    except NoDaemon:
        answer = _reset_offline(directory(state_dir), reason)
    show.show(answer, as_json=as_json, human=_running_again)


def _at_terminal() -> bool:
    return sys.stdin.isatty()


def _preview(state_dir: Path | None) -> None:
    """Print what a reset lets go on, where a daemon runs that knows."""
    try:
        state = client(state_dir).ask("status")["stop"]
    except NoDaemon:
        return
    if state["engaged"]:
        show.out.print(f"Stopped by {show.safe(state['by'])}: {show.safe(state['reason'])}. After a reset:")
        _lines(state["resumes"] or ())


def _running_again(answer: Json) -> None:
    show.out.print("[green]Running again.[/]")
    _lines(answer.get("resumes") or ())


def _lines(lines: Sequence[str]) -> None:
    for line in lines:
        show.out.print(f"  - {show.safe(line)}", soft_wrap=True)


def pause(
    reason: Reason = "",
    lasting: Annotated[str, typer.Option("--for", help="How long: 90s, 30m, 2h or 1d.", show_default=False)] = "",
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Do nothing new for a while; what runs goes on. This is not the stop: use `claw stop` when something is wrong."""
    answer = client(state_dir).ask("pause", reason=reason or "claw pause", seconds=_seconds(lasting))
    show.show(answer, as_json=as_json, human=_paused)


def resume(reason: Reason = "", state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """End a pause."""
    answer = client(state_dir).ask("resume", reason=reason or "claw resume")
    show.show(answer, as_json=as_json, human=lambda _: show.out.print("[green]Claw goes on.[/]"))


def _paused(answer: Json) -> None:
    until = f"until {show.safe(answer['until'])}" if answer["until"] else "until `claw resume`"
    goes_on = "Nothing new is begun; what runs and what guards life goes on. This is not a stop."
    text = f"[yellow]Paused[/] {until}. {goes_on}"
    show.out.print(text, soft_wrap=True)


def _seconds(lasting: str) -> float | None:
    """Return a length such as ``30m`` in seconds, None where there is none; raises BadParameter."""
    if not lasting:
        return None
    found = re.fullmatch(r"(\d{1,6})([smhd])", lasting)
    if found is None or int(found[1]) == 0:
        raise typer.BadParameter("expected a number and s, m, h or d: 30m", param_hint="--for")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]


def drill(state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Prove the stop: trip one under load, on devices and a latch of its own. The house is not touched."""
    try:
        answer = client(state_dir).ask("drill")
    except NoDaemon:
        answer = _drill_offline(directory(state_dir))
    show.show(answer, as_json=as_json, human=_drilled)
    if not answer["ok"]:
        raise typer.Exit(1)


def _drilled(answer: Json) -> None:
    verdict = "[green]The stop holds.[/]" if answer["ok"] else "[bold red]THE STOP DOES NOT HOLD.[/]"
    show.out.print(
        f"{verdict} {answer['trips']} trips, {answer['actions_before_latch']} actions before the latch, "
        f"{answer['actions_after_latch']} after it.",
        soft_wrap=True,
    )
    show.out.print(f"latch to last send     {answer['latch_to_last_send_ms']:.3f} ms")
    show.out.print(
        f"latch to workers dead  {answer['workers_dead_ms_p99']:.1f} ms p99 ({answer['sandbox']}, "
        f"{answer['workers']} workers, {answer['workers_alive']} survived)"
    )


def _drill_offline(state: Path) -> dict[str, Json]:
    """Drill with no daemon there; the figures go into the log of the state directory all the same."""
    from claw.daemon.drill import offline  # noqa: PLC0415  the daemon's rooms are imported where they are run

    as_owner(state)
    lock = lock_state(state)
    try:
        return asyncio.run(offline(state))
    finally:
        lock.release()


def _stopped(answer: Json) -> None:
    show.out.print("[bold red]Stopped.[/] Nothing moves until `claw reset`.")
    show.out.print(UNWATCHED, soft_wrap=True)
    if answer.get("daemon"):
        show.out.print(f"The daemon is {answer['daemon']}; the stop holds when it starts again.")


def _holds(state: Path) -> bool | None:
    """Return whether the daemon says that it is stopped, None where none listens (yet)."""
    try:
        return bool(Client(state, seconds=DAEMON_S).ask("status")["stop"]["engaged"])
    except NoDaemon:
        return None
    except (ClawError, KeyError, TypeError):
        return False


def _by_hand(state: Path, reason: str) -> dict[str, Json]:
    """Write the latch ourselves and end the daemon if there is one; raises Broken where it cannot be made to hold."""
    if not _is_there(state):
        raise Refused(f"{state} is no state directory; is this the right --state-dir?")
    if not os.access(state, os.W_OK | os.X_OK):
        raise _not_stopped(state, _kill(state))
    engaged = Stop(state, SystemClock()).engage(reason, console())
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
    again = "as the owner of that directory"
    if state == SERVICE_STATE:
        again = "with `sudo claw stop`, or with `systemctl start claw-stop`"
    return Broken(
        f"NOT STOPPED: {state / LATCH} cannot be written, and the daemon is {daemon}. "
        f"Try again {again}, or cut what it controls from the mains."
    )


def _kill(state: Path) -> str:
    """Kill the daemon, if one runs, and say what became of it."""
    pid = state_holder(state)
    if pid is None:
        return "not running" if os.access(state, os.R_OK | os.X_OK) else "not ours to look at"
    if not _is_theirs(pid, state):
        return NOT_OURS
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return "not running"
    except PermissionError:
        return NOT_OURS
    return "killed, because it did not answer"


def _is_theirs(pid: int, state: Path) -> bool:
    """Return whether ``pid`` may be what holds ``state``: its owner wrote that number, and root would kill anybody."""
    if os.geteuid() != ROOT:
        return True
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines()
        return pid > 1 and f"{state.stat().st_uid}" in next(line for line in lines if line.startswith("Uid:")).split()
    except (OSError, StopIteration):
        return False


def _reset_offline(state: Path, reason: str) -> dict[str, Json]:
    """Reset with no daemon there: the reason is in the log before the latch is gone."""
    who = console()
    as_owner(state)
    lock = lock_state(state)
    try:
        stop = Stop(state, SystemClock())
        stop.may_reset(reason, console=True, adult=False)
        asyncio.run(_log_reset(state, reason, who))
        _void_questions(state)
        stop.reset(reason, console=True, adult=False)
    finally:
        lock.release()
    return {"engaged": False, "resumes": [HELPER_STAYS]}


def _void_questions(state: Path) -> None:
    """Void what was asked before the stop: a yes from then must not count now."""
    path = state / "claw.db"
    if not path.exists():
        return
    db = open_database(path)
    try:
        if db.table("pending").exists():
            with writing(path), db.conn:
                db.conn.execute("update pending set state = 'void', body = ? where state = 'waiting'", (VOIDED,))
    finally:
        db.close()


async def _log_reset(state: Path, reason: str, who: Origin) -> None:
    audit = AuditLog.open(state / "audit.db", SystemClock())
    try:
        await audit.append("reset", {"reason": reason, "console": True, "daemon": False}, origin=who)
    finally:
        await audit.close()
