"""What judges a draft answers once, within bounds, and says why where it cannot."""

import json
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from claw.base.clock import SystemClock
from claw.channels import draft_child
from claw.channels.draft_child import answer
from claw.channels.draft_job import packed
from claw.house.model import Entity, House, Registry
from claw.policy.people import People
from claw.policy.supposing import Ground
from claw.voice.child import Child
from claw.voice.frames import Frame

TEXT = "version: 1\nrules:\n  - {id: lights, allow: light.*}\n"
GROUND = Ground(
    People(),
    frozenset({"light.turn_on"}),
    House(Registry(entities={"light.hall": Entity("light.hall", "Hall")}), MappingProxyType({})),
    datetime(2026, 1, 5, 12, tzinfo=UTC),
)
JOB = packed("check", TEXT, GROUND, before=TEXT)


def test_a_question_is_answered() -> None:
    frame = answer(JOB)
    assert frame.type == "answer"
    assert json.loads(frame.payload)["problem"] is None


def test_what_has_no_answer_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "line 1" in answer(packed("replay", "rules: 5", GROUND)).data["why"]
    monkeypatch.setattr(draft_child, "MOST_ANSWERED", 10)
    assert answer(JOB).data["why"] == "there is too much to say about it"

    def full(_: bytes) -> dict[str, object]:
        raise MemoryError

    monkeypatch.setattr(draft_child, "answered", full)
    assert "more than can be looked at" in answer(JOB).data["why"]


async def test_the_process_answers_its_one_question_and_ends() -> None:
    timer = SystemClock()
    child = await Child.start("claw.channels.draft_child")
    try:
        await child.send(Frame("question", {}, JOB))
        frame = await child.read(timer, 20)
        assert frame is not None
        assert frame.type == "answer"
        assert await child.read(timer, 20) is None
    finally:
        await child.end(timer)
