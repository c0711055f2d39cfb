"""From a sentence to the house's acknowledgement over HTTP, beside Home Assistant's own sentences, on the same house.

    python bench/over_http.py [--json]

One real Home Assistant, one ``claw run`` in a process of its own, one kind of client for both.  Rounds take turns; the
state of a lamp changes with every sentence, which is checked in Home Assistant outside the measured time.  Claw's
time includes the policy, the durable intent and seeing the new state; the peer's ends with its own answer.
Promised: said before p50 <= 0.85 times the peer's, new sentences <= 1.25 times.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import aiohttp
from measure import Figure, configuration, daemon, home_assistant, p50, p99, report

ROUNDS = 12
PER_ROUND = 40
STAGES = ("recognise", "decide", "disk", "device", "verify")
LIGHTS = {
    "kitchen lights": "light.kitchen_lights",
    "ceiling lights": "light.ceiling_lights",
    "bed light": "light.bed_light",
    "living room rgbww lights": "light.living_room_rgbww_lights",
    "office rgbw lights": "light.office_rgbw_lights",
}
SHAPES = ("set the {name} brightness to {percent}%", "set the brightness of the {name} to {percent} percent")


@dataclass(frozen=True)
class Sentence:
    """What is said, and what the lamp must show afterwards."""

    text: str
    entity: str
    state: str
    brightness: int | None = None


@dataclass
class Measured:
    """Milliseconds of one side, in the order they were taken, and Claw's own split."""

    ms: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)
    split: dict[str, list[float]] = field(default_factory=lambda: {stage: [] for stage in (*STAGES, "http")})


class Side:
    """One of the two that are spoken to."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str) -> None:
        self._http = http
        self._url = url
        self._key = key

    async def say(self, text: str) -> tuple[float, dict]:
        started = time.perf_counter()
        async with self._http.post(self._url, json={self._key: text}) as answer:
            body = await answer.json()
        return (time.perf_counter() - started) * 1000, body


def acted(body: dict) -> bool:
    """Return whether a side says that it did it."""
    if "response" in body:
        return body["response"]["response_type"] == "action_done"
    return body["status"] == "done"


def before() -> Iterator[Sentence]:
    for state in itertools.cycle(("on", "off")):
        yield Sentence(f"turn {state} the kitchen lights", "light.kitchen_lights", state)


def new() -> list[Sentence]:
    found = [
        Sentence(shape.format(name=name, percent=percent), entity, "on", round(percent * 2.55))
        for shape in SHAPES
        for name, entity in LIGHTS.items()
        for percent in range(1, 101)
    ]
    random.Random(7).shuffle(found)
    return found


async def run(side: Side, sentences: Iterator[Sentence], check: Callable, into: Measured) -> None:
    ms: list[float] = []
    for sentence in itertools.islice(sentences, PER_ROUND):
        took, body = await side.say(sentence.text)
        assert acted(body), (sentence, body)
        await check(sentence)
        ms.append(took)
        timings = body.get("timings")
        if timings:
            for stage in STAGES:
                into.split[stage].append(timings.get(stage, 0.0))
            into.split["http"].append(took - timings["total"])
    into.ms += ms
    into.rounds.append(p50(ms))


async def measure(url: str, token: str, claw_url: str, claw_token: str) -> dict[str, tuple[Measured, Measured]]:
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as theirs,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {claw_token}"}) as ours,
    ):
        claw = Side(ours, f"{claw_url}api/messages", "text")
        peer = Side(theirs, f"{url}/api/conversation/process", "text")

        async def check(sentence: Sentence) -> None:
            async with theirs.get(f"{url}/api/states/{sentence.entity}") as answer:
                state = await answer.json()
            assert state["state"] == sentence.state, (sentence, state)
            if sentence.brightness is not None:
                assert abs(state["attributes"]["brightness"] - sentence.brightness) <= 2, (sentence, state)

        fresh = iter(new())
        found: dict[str, tuple[Measured, Measured]] = {}
        for mode, source in (("said before", before()), ("new", fresh)):
            for side in (claw, peer):
                await side.say("what nonsense is this")
                for sentence in itertools.islice(source, 20):
                    await side.say(sentence.text)
            pair = (Measured(), Measured())
            for number in range(ROUNDS):
                turn = ((claw, pair[0]), (peer, pair[1]))
                for side, into in turn if number % 2 else reversed(turn):
                    await run(side, source, check, into)
            found[mode] = pair
        return found


def figures(found: dict[str, tuple[Measured, Measured]]) -> list[Figure]:
    rows: list[Figure] = []
    for mode, (ours, theirs) in found.items():
        most = {"said before": 0.85, "new": 1.25}[mode]
        ratios = [mine / peer for mine, peer in zip(ours.rounds, theirs.rounds, strict=True)]
        rows += [
            Figure(f"{mode}: Claw / Home Assistant, p50", p50(ratios), "x", most=most),
            Figure(f"{mode}: Claw / Home Assistant, p99", p99(ours.ms) / p99(theirs.ms), "x"),
            Figure(f"{mode}: Claw p50", p50(ours.ms), "ms"),
            Figure(f"{mode}: Claw p99", p99(ours.ms), "ms"),
            Figure(f"{mode}: Home Assistant p50", p50(theirs.ms), "ms"),
            Figure(f"{mode}: Home Assistant p99", p99(theirs.ms), "ms"),
            *(Figure(f"{mode}: of Claw's, {stage}", p50(ms), "ms") for stage, ms in ours.split.items()),
        ]
    return rows


def main() -> None:
    with home_assistant() as (peer, folder):
        config = configuration(folder, peer.url)
        with daemon(folder / "state", "run", "--config", str(config), token=peer.token) as claw:
            token = claw.ask("clients", "add", "bench", "--person", "anna", "--may", "talk").strip()
            found = asyncio.run(measure(peer.url, peer.token, claw.address, token))
        version = peer.version
    report(figures(found), f"{ROUNDS} rounds of {PER_ROUND} on each side in turn; Home Assistant {version}")


if __name__ == "__main__":
    main()
