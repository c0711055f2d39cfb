"""A daemon proves a skill beside everything else: nothing of its own house moves, and the stop ends it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from claw.base.errors import ClawError
from claw.daemon import proving as room
from claw.daemon.build import Daemon
from claw.skills import proof
from tests.living import OWNER, living


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Let a proof be short, and leave what it leaves where a test can look."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(room, "BREATH_S", 0.0)
    monkeypatch.setattr(room, "MEMORY", folder)
    monkeypatch.setattr(proof.Way, "sample", lambda _way, many, _seed: tuple(range(min(many, 3))))
    return folder


def left(place: Path) -> list[Path]:
    return list(place.iterdir())


def acts(daemon: Daemon) -> list[str]:
    """Return what the daemon's own log says of acts and programs."""
    kinds = ("intent", "program", "refusal", "rehearsal")
    return [entry.kind for entry in daemon.audit.entries(0, 1000, newest_first=False, kinds=kinds)]


async def test_a_proof_moves_nothing_of_the_house_that_it_stands_for(tmp_path: Path, quick: Path) -> None:
    async with living(tmp_path) as daemon:
        before, logged = dict(daemon.mirror.states), acts(daemon)
        report = await daemon.skills.lives.life.prove("leaving-home", OWNER)
        assert report.green, [f"{case.name}: {case.why}" for case in report.failed()]
        assert {"test", "trouble", "mutant", "undo", "rights", "phrases"} <= {case.kind for case in report.cases}
        assert daemon.mirror.states == before
        assert daemon.backend.performed == []  # type: ignore[attr-defined]  it is the simulated one
        assert acts(daemon) == logged
        assert not left(quick)


async def test_people_are_answered_while_a_skill_is_proved(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        proving = asyncio.ensure_future(daemon.skills.lives.life.prove("leaving-home", OWNER))
        answered = 0
        while not proving.done():
            reply = await daemon.desk.say(
                "turn on the kitchen ceiling" if answered % 2 else "turn off the kitchen ceiling", OWNER
            )
            assert reply.status == "done", reply
            answered += 1
            await asyncio.sleep(0.01)
        assert (await proving).green
        assert answered > 3


async def test_the_stop_ends_a_proof_and_kills_its_processes(tmp_path: Path, quick: Path) -> None:
    async with living(tmp_path) as daemon:
        stepped, made = asyncio.Event(), list[Any]()
        whole = proof.Way.run

        async def run(self: proof.Way, *given: Any) -> Any:
            made.append(given)
            if len(made) == 5:
                stepped.set()
            return await whole(self, *given)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(proof.Way, "run", run)
            proving = asyncio.ensure_future(daemon.skills.lives.life.prove("leaving-home", OWNER))
            await stepped.wait()
            assert daemon.stopping.children.alive(), "it has processes under the stop"
            await daemon.desk.say("stop", OWNER)
            with pytest.raises((ClawError, asyncio.CancelledError)):
                await proving
        assert len(made) < 10
        assert not daemon.stopping.children.alive()
        assert not left(quick)


async def test_under_the_stop_nothing_is_proved(tmp_path: Path) -> None:
    async with living(tmp_path) as daemon:
        await daemon.desk.say("stop", OWNER)
        with pytest.raises(ClawError):
            await daemon.skills.lives.life.prove("leaving-home", OWNER)
