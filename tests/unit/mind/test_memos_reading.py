import threading
from pathlib import Path

import pytest

from claw.base.errors import Broken
from claw.memory.beliefs import Beliefs
from claw.memory.model import ANYBODY, Audience
from claw.mind.memos_reading import Reading
from tests.talked_memory import Household

ANNA = Audience("anna", resident=True, owner=True)


async def test_what_is_read_is_what_the_audience_may_hear(tmp_path: Path) -> None:
    home = Household(tmp_path)
    await home.tell("Sam likes tea", "the bin day is Friday")
    reading = Reading(tmp_path / "claw.db", home.clock)
    assert [one.fact.sentence for one in await reading.shown(ANNA, ("active",), 10)] == [
        "the bin day is Friday",
        "Sam likes tea",
    ]
    assert len(await reading.shown(ANNA, ("active",), 1)) == 1
    assert await reading.shown(ANYBODY, ("active", "superseded", "candidate"), 10) == []


async def test_it_is_read_beside_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, threads = Household(tmp_path), list[bool]()
    select = Beliefs._select  # pyright: ignore[reportPrivateUsage]  where every reading ends

    def seen(self: Beliefs, condition: str, values: tuple[object, ...]) -> object:
        threads.append(threading.current_thread() is threading.main_thread())
        return select(self, condition, values)

    monkeypatch.setattr(Beliefs, "_select", seen)
    await home.say("what do you know about Sam")
    assert threads == [False]


async def test_a_database_that_cannot_be_read_is_broken(tmp_path: Path) -> None:
    home = Household(tmp_path)
    (tmp_path / "other.db").write_bytes(b"no database" * 100)
    with pytest.raises(Broken):
        await Reading(tmp_path / "other.db", home.clock).shown(ANNA, ("active",), 10)
