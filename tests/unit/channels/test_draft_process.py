"""One question at a time, ended when it takes too long, never believed when it is no answer."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from claw.base.clock import Timer
from claw.base.errors import Broken, Refused, Unavailable
from claw.channels.draft_process import LARGEST_JOB, DraftProcess
from claw.channels.turns import MOST_WAITING
from claw.voice.child import Child
from claw.voice.frames import BadFrame, Frame
from tests.held_clock import HeldClock


@dataclass
class Scripted:
    """A process that says what the test says."""

    says: Any
    pid: int = 77
    alive: bool = True
    log: list[str] = field(default_factory=list[str])
    hold: asyncio.Event | None = None

    async def send(self, frame: Frame) -> None:
        self.log.append(f"asked {len(frame.payload)}")

    async def read(self, timer: Timer, idle_s: float) -> Frame | None:
        del timer, idle_s
        if self.hold is not None:
            await self.hold.wait()
        if isinstance(self.says, Exception):
            raise self.says
        return cast("Frame | None", self.says)

    def kill(self) -> None:
        self.log.append("killed")

    async def end(self, timer: Timer) -> None:
        del timer
        self.log.append("ended")


class Children:
    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.log: list[str] = []
        self.gone = False

    def register(self, pid: int, name: str) -> None:
        if self.gone:
            raise Broken("there is no such process")
        self.names[pid] = name
        self.log.append(name)

    def forget(self, pid: int) -> None:
        self.names.pop(pid, None)


def asking(child: Scripted, children: Children | None = None) -> DraftProcess:
    async def start() -> Child:
        return cast("Child", child)

    return DraftProcess(HeldClock(), children or Children(), start)


ANSWER = Frame("answer", {}, json.dumps({"problem": None}).encode())


async def test_an_answer_is_told_and_the_process_was_under_the_stop_until_it_ended() -> None:
    child, children = Scripted(ANSWER), Children()
    assert await asking(child, children).ask(b"{}") == {"problem": None}
    assert children.log == ["a draft of the policy"]
    assert children.names == {}
    assert child.log == ["asked 2", "killed", "ended"]


@pytest.mark.parametrize(
    ("says", "alive", "error", "words"),
    [
        (Frame("refused", {"why": "line 3: no"}), True, Refused, "line 3: no"),
        (Unavailable("silence"), True, Unavailable, "longer than 20 seconds"),
        (Unavailable("gone"), False, Unavailable, "ended before"),
        (None, False, Unavailable, "ended before"),
        (Frame("song"), True, Unavailable, "ended before"),
        (BadFrame("bad-frame", "what"), True, Unavailable, "ended before"),
    ],
)
async def test_what_is_no_answer_is_said(
    says: object,
    alive: bool,
    error: type[Exception],
    words: str,
) -> None:
    child = Scripted(says, alive=alive)
    with pytest.raises(error, match=words):
        await asking(child).ask(b"{}")
    assert child.log[-2:] == ["killed", "ended"]


async def test_a_process_that_is_gone_at_once_is_no_fault_of_ours() -> None:
    children = Children()
    children.gone = True
    with pytest.raises(Unavailable, match="ended before"):
        await asking(Scripted(ANSWER), children).ask(b"{}")


async def test_one_is_asked_at_a_time_and_only_so_many_wait() -> None:
    child = Scripted(ANSWER, hold=asyncio.Event())
    process = asking(child)
    waiting = [asyncio.create_task(process.ask(b"{}")) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert child.log == ["asked 2"]
    with pytest.raises(Unavailable, match="others are asking"):
        await process.ask(b"{}")
    assert child.hold is not None
    child.hold.set()
    assert len(await asyncio.gather(*waiting)) == MOST_WAITING
    assert await process.ask(b"{}") == {"problem": None}


async def test_whoever_goes_away_leaves_no_process_behind() -> None:
    child, children = Scripted(ANSWER, hold=asyncio.Event()), Children()
    asked = asyncio.create_task(asking(child, children).ask(b"{}"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert (child.log[-2:], children.names) == (["killed", "ended"], {})


async def test_a_question_that_is_too_large_is_not_asked() -> None:
    child = Scripted(ANSWER)
    with pytest.raises(Refused, match="more than can be looked at"):
        await asking(child).ask(b"x" * (LARGEST_JOB + 1))
    assert child.log == []


async def test_the_usual_process_is_the_one_that_judges_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    async def start(module: str) -> Child:
        started.append(module)
        return cast("Child", Scripted(ANSWER))

    monkeypatch.setattr(Child, "start", cast("Callable[..., Any]", start))
    await DraftProcess(HeldClock(), Children()).ask(b"{}")
    assert started == ["claw.channels.draft_child"]
