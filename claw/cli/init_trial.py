"""The end of the first hour: a person presses stop and reset once, and one harmless thing moves, there and back.

All of it is real: the daemon of this home, its latch on the disk, its gate.  Where no daemon runs one is started for
the trial and ended after it.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired
from tempfile import TemporaryFile
from typing import IO

from claw.base.action import Action, Json
from claw.base.clock import SystemClock
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.base.places import SERVICE_STATE, listened_on, socket_of
from claw.cli.client import Client, NoDaemon
from claw.cli.init_asking import Asking
from claw.cli.owner import ROOT
from claw.cli.show import out
from claw.gate.stop import LATCH
from claw.house.text import plain, quoted
from claw.store.db import state_holder

START_S = 60.0
END_S = 15.0
_LOOK_S = 0.1
_COMMAND = "from claw.cli.main import main; main()"


def to_start(state: Path) -> str:
    """Return what has to be started before a trial, empty where a daemon is there or one may be started here."""
    owner = state.stat().st_uid if state.is_dir() else os.geteuid()
    if owner == os.geteuid() or (os.geteuid() == ROOT and _runs(state)):
        return ""
    if state == SERVICE_STATE:
        how = "start the service first (systemctl enable --now claw-stop.path claw.service)"
    else:
        how = f"{state} belongs to another user, who has to start the daemon"
    return f"Stop was not tried yet: {how}, then run `claw init` again."


def _runs(state: Path) -> bool:
    return state_holder(state) is not None or listened_on(socket_of(state))


@contextmanager
def daemon(config: Path, state: Path) -> Generator[Client]:
    """Give a client of the daemon on ``state``, started for the time being where none runs.

    Raises Broken, and Refused where the state is somebody else's: only they start a daemon on it.
    """
    client = Client(state)
    if first := to_start(state):
        raise Refused(first)
    if _runs(state):
        yield client
        return
    words = ["run", "--config", str(config), "--state-dir", str(state)]
    with TemporaryFile() as said, Popen(  # noqa: S603  Claw itself, with these words
        [sys.executable, "-P", "-c", _COMMAND, *words], stdin=DEVNULL, stdout=said, stderr=said, start_new_session=True
    ) as process:  # fmt: skip
        try:
            _wait(client, process, said)
            yield client
        finally:
            process.terminate()
            try:
                process.wait(END_S)
            except TimeoutExpired:
                process.kill()


def _wait(client: Client, process: "Popen[bytes]", said: IO[bytes]) -> None:
    """Wait until the daemon follows the house; raises Broken with its last words where it ends."""

    def ended() -> None:
        if process.poll() is not None:
            said.seek(0)
            last = plain(said.read().decode(errors="replace").strip().rpartition("\n")[2], 300)
            raise Broken(f"the daemon ended at once: {last}")

    _follows(client, ended)


def _follows(client: Client, look: Callable[[], None] = lambda: None) -> None:
    """Wait until the house is followed, which a stop interrupts; raises Broken."""
    clock = SystemClock()
    until = clock.monotonic() + START_S
    while clock.monotonic() < until:
        look()
        try:
            if client.ask("status")["link"]["ready"]:
                return
        except (NoDaemon, Unavailable):
            pass
        asyncio.run(clock.sleep(_LOOK_S))
    raise Broken(f"the daemon does not follow the house after {START_S:g} s; see `claw doctor`")


def trial(
    client: Client, state: Path, thing: tuple[str, Action, Action] | None, asking: Asking, *, quiet: bool
) -> dict[str, Json]:
    """Have stop and reset pressed once and move ``thing`` there and back; return what was seen, ``ok`` for it all."""
    found: dict[str, Json] = {"latched": False, "held": None, "reset": False, "device": "", "verified": None}
    asking.ask("stop", "\nNow press the stop once, so that you know it: type stop", _stop)
    client.ask("stop", reason="the first hour: tried once")
    latch = state / LATCH
    found["latched"] = latch.exists() and client.ask("status")["stop"]["engaged"] is True
    if thing is not None:
        found["device"] = thing[1].entities[0]
        found["held"] = _status(client, thing[1]) == "stopped"
    if not quiet:
        held = f"; {quoted(thing[0])} was asked to move and did not" if thing and found["held"] else ""
        out.print(f"Stopped: nothing moves{held}.", markup=False, soft_wrap=True)
    reason = asking.ask("reset", "Now release it: why is it safe to go on", _said)
    client.ask("reset", reason=reason)
    found["reset"] = not latch.exists() and client.ask("status")["stop"]["engaged"] is False
    if thing is not None:
        _follows(client)
        found["verified"] = [_status(client, act) for act in thing[1:]] == ["done", "done"]
    found["ok"] = all(found[key] is not False for key in ("latched", "held", "reset", "verified"))
    return found


def _status(client: Client, act: Action) -> str:
    try:
        answer = client.ask("act", action=act.name, entities=list(act.entities), data=dict(act.data))
    except Refused:
        return "refused"
    except ClawError:
        return "failed"
    return str(answer["status"])


def _stop(said: str) -> str:
    if said.strip().lower() != "stop":
        raise ValueError("that was not it: type stop, and press Enter")
    return said


def _said(said: str) -> str:
    if not said.strip():
        raise ValueError("a few words, such as: I tried it")
    return said.strip()[:200]
