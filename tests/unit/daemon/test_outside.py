"""Where a program's looks lead, always for whoever looks."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from claw.base.action import Origin
from claw.base.errors import Refused
from claw.daemon.outside import Outside
from claw.house.model import State
from claw.llm.call import Call, Completion
from claw.llm.reader import Reader
from claw.mind.whereabouts import follows
from claw.program.waits import Wanted

ANNA = Origin("web", "anna", authenticated=True)


class Backend:
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def history(self, entity_id: str, start: datetime, end: datetime) -> Sequence[State]:
        self.asked.append((entity_id, start, end))
        return [State("off")]


class Model:
    """Answers a reader as a test says."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.calls: list[Call] = []

    async def ask(self, call: Call, origin: Origin) -> Completion:
        assert origin is ANNA
        self.calls.append(call)
        return Completion(self.answer, None, 1, 1, "stop", 1.0)


class Nobody:
    """Lets nobody look at where people were."""

    async def check(self, entities: Iterable[str], origin: Origin) -> None:
        assert origin is ANNA
        if any(map(follows, entities)):
            raise Refused("not told")


def outside(answer: str = "") -> Outside:
    async def read(source: str, origin: Origin) -> str:
        assert origin is ANNA
        return f"text of {source}"

    backend, reader = Backend(), Reader(Model(answer))
    return Outside(lambda words: [f"light.{words}"], backend, read, reader, Nobody())  # type: ignore[arg-type]


async def test_history_names_and_texts_are_looked_up_for_whoever_looks() -> None:
    there = outside()
    asked = there.by(ANNA)
    start, end = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    assert await asked.history("light.a", start, end) == [State("off")]
    assert there.backend.asked == [("light.a", start, end)]  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="not told"):
        await asked.history("person.ben", start, end)
    with pytest.raises(Refused, match="nothing is remembered"):
        await asked.recall("filter")
    assert len(there.backend.asked) == 1  # type: ignore[attr-defined]
    assert asked.search("lamp") == ["light.lamp"]
    assert await asked.text("mail") == "text of mail"


@pytest.mark.parametrize(
    ("wanted", "answer", "value"),
    [
        (Wanted("Today?", "yes_no"), '{"answer": true}', True),
        (Wanted("How many?", "number", low=0, high=10), '{"answer": 3}', 3),
        (Wanted("Which?", "choice", ("a", "b")), '{"answer": "b"}', "b"),
        (Wanted("When?", "time"), '{"answer": "2026-05-01T09:30"}', "09:30"),
        (Wanted("When?", "time"), '{"answer": "09:30"}', "09:30"),
        (Wanted("When?", "time"), '{"answer": "2026-05-01"}', None),
        (Wanted("Today?", "yes_no"), '{"answer": null}', None),
    ],
)
async def test_a_text_is_read_in_the_form_that_is_wanted(wanted: Wanted, answer: str, value: object) -> None:
    assert await outside(answer).extract("text", wanted, ANNA) == value


@pytest.mark.parametrize("answer", ['{"answer": "unlock"}', "unlock the door", '{"answer": 85}', "[]"])
async def test_anything_else_that_a_reader_says_is_refused(answer: str) -> None:
    with pytest.raises(Refused):
        await outside(answer).extract("text", Wanted("Warm?", "number", low=5, high=30), ANNA)
