"""What happens in a house sets routines off: how soon, and what it costs to look at everything that happens.

    python bench/routines_events.py [--json]

A whole daemon in a process of its own follows a real Home Assistant.  First one switch sets off one lamp: promised are
20 ms at p50 from when the change reaches the daemon to when the call goes out.  Then 200 routines look at 200 switches
that are all toggled again and again; half of them wait for two minutes each time, a quarter for a condition of two
things, the others for a value that does not come.  Promised: at 5,000 changes a second at most 50 % of a core.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvloop
from measure import ROOT, Figure, configuration, home_assistant, p50, p99, report

from claw.base.action import Acknowledgement, Action, Origin, Permit
from claw.base.config import read_config
from claw.daemon.build import Daemon, build
from claw.house.model import Change
from claw.routines.model import Routine
from claw.routines.spec import Spec
from tests.peers.real_hass import RealHomeAssistant, Talk

SWITCHES = 200
TOGGLES = 50
ROUNDS = 3
FIRINGS = 100
PROMISED_PER_S = 5_000
QUIET_S = 0.7
BUTTON, LAMP = "input_boolean.guests", "light.bed_light"
ANNA = Origin("web", "anna", authenticated=True, strength="session")
FOLLOW = "--follow"


def switch(number: int) -> str:
    return f"input_boolean.load_{number}"


def trigger(number: int) -> dict[str, Any]:
    """Return what one of the 200 routines waits for."""
    match number % 4:
        case 0 | 2:
            return {"state": switch(number), "to": "on", "for": "2 min"}
        case 1:
            return {"holds": {"states": {switch(number): "on", "sun.sun": "nowhere"}}}
        case _:
            return {"state": switch(number), "to": "jammed"}


class Followed:
    """The daemon, and what it saw and did since somebody asked last."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.seen: Counter[str] = Counter()
        self.heard = self.pressed = 0.0
        self.ms: list[float] = []
        self.there: list[float] = []
        self._perform = daemon.backend.perform
        daemon.backend.perform = self.perform  # type: ignore[method-assign]
        daemon.mirror.watch(self.take)

    def take(self, change: Change) -> None:
        self.heard = time.perf_counter()
        if change.entity_id == BUTTON:
            self.pressed = self.heard
        elif change.entity_id == LAMP and self.pressed:
            self.there.append((self.heard - self.pressed) * 1000)
            self.pressed = 0.0
        elif change.entity_id.startswith("input_boolean.load_"):
            self.seen[change.entity_id] += 1

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        if action.entities == (LAMP,):
            self.ms.append((time.perf_counter() - self.pressed) * 1000)
        return await self._perform(permit, action)

    def routine(self, name: str, when: object, action: str) -> None:
        do = {"actions": [{"action": action, "entities": [LAMP]}]}
        spec = Spec.model_validate({"name": name, "when": when, "do": do})
        self.daemon.routines.book.add(Routine(name, spec, ANNA, self.daemon.clock.now()))

    def told(self) -> str:
        runs = self.daemon.routines.book.runs(limit=1000)
        fired, came = len(runs), Counter(f"{run.status} {run.reason}" for run in runs).most_common(5)
        ms, there = self.ms, self.there
        self.ms, self.there = [], []
        return json.dumps(
            {"seen": self.seen.total(), "heard": self.heard, "ms": ms, "there": there, "fired": fired, "came": came,
             "processor": time.process_time()}
        )  # fmt: skip


async def follow(config: Path, state: Path) -> None:
    """Follow the house and, for each line read, do what it says and tell what was seen since the last one."""
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as rooms:
        daemon = await build(read_config(config), state, rooms)
        daemon.skills.start()
        await daemon.backend.connect(daemon.mirror)
        await daemon.mirror.wait_ready(30)
        daemon.routines.start()
        followed = Followed(daemon)
        print("ready", flush=True)
        while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            if line == "press":
                followed.routine("on", {"state": BUTTON, "to": "on"}, "light.turn_on")
                followed.routine("off", {"state": BUTTON, "to": "off"}, "light.turn_off")
            elif line == "watch":
                for number in range(SWITCHES):
                    followed.routine(f"watch {number}", trigger(number), "light.turn_on")
            print(followed.told(), flush=True)


class Follower:
    """The process of the daemon, as this one asks it."""

    def __init__(self, folder: Path, peer: RealHomeAssistant) -> None:
        config = configuration(folder, peer.url)
        # The policy that ships takes a lamp that is switched again and again for a game.
        policy = folder / "policy.yaml"
        policy.write_text('version: 1\nrules: [{id: lamps, allow: ["light.*", claw.notify]}]\n')
        shipped = str(ROOT / "policy.example.yaml")
        config.write_text(f"{config.read_text().replace(shipped, str(policy))}audit: {{journald: false}}\n")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__)), FOLLOW, str(config), str(folder / "state")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "CLAW_HOUSE_TOKEN": peer.token},
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def ask(self, what: str = "look") -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


async def pressed(talk: Talk, follower: Follower) -> dict[str, Any]:
    """Press the button again and again, and return how soon the lamp was called for and how soon it was lit."""
    follower.ask("press")
    await talk.act("light.turn_off", LAMP)
    await talk.act("input_boolean.turn_off", BUTTON)
    await asyncio.sleep(QUIET_S)
    follower.ask()
    for _ in range(FIRINGS):
        await talk.act("input_boolean.toggle", BUTTON)
        await asyncio.sleep(0.6)  # a routine that is set off sixty times a minute is held for a loop
    return follower.ask()


async def toggled(talk: Talk, follower: Follower) -> tuple[int, float, float]:
    """Toggle all switches again and again; return how many changes were lost, their rate, and seconds for each."""
    await asyncio.sleep(QUIET_S)
    before, started = follower.ask(), time.perf_counter()
    for _ in range(TOGGLES):
        await talk.act("input_boolean.toggle", *map(switch, range(SWITCHES)))
    await asyncio.sleep(QUIET_S)
    after = follower.ask()
    seen = after["seen"] - before["seen"]
    each_s = (after["processor"] - before["processor"]) / max(1, seen)
    return SWITCHES * TOGGLES - seen, seen / (after["heard"] - started), each_s


def share(rounds: Sequence[tuple[int, float, float]]) -> float:
    return p50([each_s for _, _, each_s in rounds]) * PROMISED_PER_S * 100


async def measure(peer: RealHomeAssistant, follower: Follower) -> list[Figure]:
    async with peer.talk() as talk:
        without = [await toggled(talk, follower) for _ in range(ROUNDS)]
        found = await pressed(talk, follower)
        assert len(found["ms"]) > FIRINGS * 0.9, f"only {len(found['ms'])} of {FIRINGS} were done: {found['came']}"
        follower.ask("watch")
        fired = follower.ask()["fired"]
        watched = [await toggled(talk, follower) for _ in range(ROUNDS)]
        more = follower.ask()["fired"] - fired
    return [
        Figure("a change reaches us → the call goes out, p50", p50(found["ms"]), "ms", most=20),
        Figure("a change reaches us → the call goes out, p99", p99(found["ms"]), "ms"),
        Figure("a change reaches us → the lamp is seen lit, p50", p50(found["there"]), "ms"),
        Figure("changes lost", sum(lost for lost, _, _ in (*without, *watched)), "", most=0),
        Figure("the peer's rate", p50([rate for _, rate, _ in watched]), "/s"),
        Figure("5,000 changes/s, whole daemon, no routines", share(without), "% core"),
        Figure("5,000 changes/s, whole daemon, 200 state triggers", share(watched), "% core", most=50),
        Figure("firings meanwhile that should not be", more, "", most=0),
    ]


def main() -> None:
    if FOLLOW in sys.argv:
        uvloop.run(follow(Path(sys.argv[-2]), Path(sys.argv[-1])))
        return
    with home_assistant(SWITCHES) as (peer, _), tempfile.TemporaryDirectory(prefix="claw-bench-") as folder:
        follower = Follower(Path(folder), peer)
        try:
            figures = asyncio.run(measure(peer, follower))
        finally:
            follower.end()
    report(figures, "the whole daemon: log, memory and learning look at the same changes")


if __name__ == "__main__":
    main()
