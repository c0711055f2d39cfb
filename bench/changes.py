"""Following a real Home Assistant at 5,000 state changes a second, without losing one.

    python bench/changes.py [--json]

One call toggles 200 switches at once, again and again.  The daemon's backend and mirror follow in a process of their
own, which counts every change of every switch and measures its processor time.  Promised: none lost, at most 30 % of a
core.  The share is given at exactly 5,000 changes a second (time per change), whatever rate the peer came to.  A house
where changes come one by one, each in a message of its own, costs more per change; that is measured too.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import uvloop
from measure import Figure, home_assistant, p50, report

from claw.base.clock import SystemClock
from claw.base.permit import PermitDesk
from claw.house.home_assistant import HomeAssistant
from claw.house.mirror import Mirror
from claw.house.model import Change
from tests.peers.real_hass import RealHomeAssistant, Talk

SWITCHES = 200
TOGGLES = 50
SINGLE = 4_000
ROUNDS = 5
PROMISED_PER_S = 5_000
QUIET_S = 0.5

FOLLOW = "--follow"


async def follow(url: str, token: str) -> None:
    """Follow the house and, for each line read, tell what was seen since the last one."""
    clock = SystemClock()
    mirror = Mirror(clock)
    backend = HomeAssistant(url, token, PermitDesk(clock), clock, clock)
    seen: Counter[str] = Counter()
    skipped = 0
    last: dict[str, str] = {}
    heard = 0.0

    def count(change: Change) -> None:
        nonlocal skipped, heard
        assert change.state is not None
        if not change.entity_id.startswith("input_boolean.load_"):
            return
        seen[change.entity_id] += 1
        skipped += last.get(change.entity_id) == change.state.value  # a toggle that left no trace of another
        last[change.entity_id] = change.state.value
        heard = time.perf_counter()

    await backend.connect(mirror)
    await mirror.wait_ready(30)
    mirror.watch(count)
    loop = asyncio.get_running_loop()
    while True:
        print(json.dumps({"seen": seen.total(), "entities": len(seen), "skipped": skipped, "heard": heard}), flush=True)
        if not await loop.run_in_executor(None, sys.stdin.readline):
            break
        print(time.process_time(), flush=True)
    await backend.close()


@dataclass(frozen=True)
class Round:
    """How many changes were lost, at which rate they came, and the follower's seconds per change."""

    lost: int
    rate: float
    each_s: float


async def drive(peer: RealHomeAssistant, follower: "subprocess.Popen[str]") -> tuple[list[Round], list[Round]]:
    """Return rounds of toggling all switches at once, and rounds of toggling one at a time."""
    switches = [f"input_boolean.load_{number}" for number in range(SWITCHES)]
    together, single = [switches] * TOGGLES, [[switches[at % SWITCHES]] for at in range(SINGLE)]
    assert follower.stdout is not None
    follower.stdout.readline()
    async with peer.talk() as talk:
        turns = [
            (await toggled(talk, follower, together), await toggled(talk, follower, single)) for _ in range(ROUNDS)
        ]
    return [both[0] for both in turns], [both[1] for both in turns]


async def toggled(talk: Talk, follower: "subprocess.Popen[str]", groups: Sequence[list[str]]) -> Round:
    await asyncio.sleep(QUIET_S)
    spent, at_start = look(follower)
    started = time.perf_counter()
    for group in groups:
        await talk.act("input_boolean.toggle", *group)
    await asyncio.sleep(QUIET_S)
    spent_after, at_end = look(follower)
    seen = at_end["seen"] - at_start["seen"]
    lost = abs(sum(map(len, groups)) - seen) + at_end["skipped"] - at_start["skipped"]
    return Round(lost, seen / (at_end["heard"] - started), (spent_after - spent) / seen)


def look(follower: "subprocess.Popen[str]") -> tuple[float, dict[str, Any]]:
    """Return the follower's processor seconds and what it has counted."""
    assert follower.stdin is not None
    assert follower.stdout is not None
    follower.stdin.write("\n")
    follower.stdin.flush()
    return float(follower.stdout.readline()), json.loads(follower.stdout.readline())


def main() -> None:
    with home_assistant(SWITCHES) as (peer, _folder):
        follower = subprocess.Popen(
            [sys.executable, __file__, FOLLOW, peer.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "CLAW_HOUSE_TOKEN": peer.token},
        )
        try:
            together, single = asyncio.run(drive(peer, follower))
        finally:
            follower.terminate()
            follower.wait()
        version = peer.version
    rows = [
        Figure("changes lost", sum(one.lost for one in together + single), "", most=0),
        Figure("changes sent and followed", ROUNDS * (TOGGLES * SWITCHES + SINGLE), ""),
    ]
    for name, rounds, most in (("200 at once", together, 30), ("one by one", single, None)):
        each_s = p50([one.each_s for one in rounds])
        rows += [
            Figure(f"{name}: rate that Home Assistant came to", p50([one.rate for one in rounds]), "/s"),
            Figure(f"{name}: processor time per change", each_s * 1e6, "us"),
            Figure(f"{name}: share of a core at 5,000 changes/s", each_s * PROMISED_PER_S * 100, "%", most=most),
        ]
    report(rows, f"{ROUNDS} rounds of {TOGGLES} x {SWITCHES} and of {SINGLE} x 1; Home Assistant {version}")


if __name__ == "__main__":
    if FOLLOW in sys.argv:
        uvloop.run(follow(sys.argv[2], os.environ["CLAW_HOUSE_TOKEN"]))
    else:
        main()
