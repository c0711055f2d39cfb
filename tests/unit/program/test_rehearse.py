"""A rehearsal, driven by a program that a test plays: the sandbox is another test's business."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from claw.base.action import Action, Json
from claw.gate.messages import SERVICES
from claw.house.file import parse_house
from claw.program.acts import Acts
from claw.program.events import Answer, Call, Ended, Event, Failed, Mistyped, Span, Value, Wave
from claw.program.looks import Looks
from claw.program.rehearse import MOST_ACTIONS, Rehearsal, Rehearser, Twin
from claw.program.tape import Tape
from claw.program.tooling import denied
from tests.gate_room import HOUSE, OWNER
from tests.running_programs import Outside

NOW = datetime(2026, 1, 5, tzinfo=UTC)


class Played:
    """A session that asks for these waves, whatever it is answered."""

    def __init__(self, *events: Event) -> None:
        self.events = list(events)
        self.answers: list[Mapping[int, Answer]] = []

    async def start(self, source: str) -> Event:
        del source
        return self.events.pop(0)

    async def resume(self, answers: Mapping[int, Answer]) -> Event:
        self.answers.append(answers)
        return self.events.pop(0)

    def dump(self) -> bytes:
        return b""

    async def load(self, data: bytes) -> Event:
        raise AssertionError(data)


def call(number: int, name: str, *args: Json, **kwargs: Json) -> Call:
    return Call(number, name, args, kwargs, Span(0, 1, number))


async def rehearsed(*events: Event) -> tuple[Rehearsal, Played, Outside]:
    session, outside = Played(*events), Outside()
    twin = Twin(parse_house(HOUSE), SERVICES, lambda: NOW)
    looks = Looks(lambda: twin.house, outside, Tape(), NOW, ("show",))
    acts = Acts(OWNER, ("anna",), lambda text: text)
    rehearser = Rehearser(session, twin, looks, acts, lambda _asked, _house: None)
    return await rehearser.rehearse(await session.start("")), session, outside


ON = ("light.turn_on", "light.lamp")


async def test_acts_are_noted_and_the_twin_shows_what_they_would_do() -> None:
    found, session, _ = await rehearsed(
        Wave((call(1, "call", *ON, brightness_pct=100),)),
        Wave((call(2, "state", "light.lamp"),), awaited=False),
        Wave((call(3, "state", "light.lamp", "brightness"),), awaited=False),
        Ended(None, ""),
    )
    assert found.actions == [Action("light.turn_on", ("light.lamp",), {"brightness_pct": 100})]
    assert session.answers == [{1: Value(json=True)}, {2: Value("on")}, {3: Value(255.0)}]
    assert found.ended == Ended(None, "")
    assert (found.barrier, found.failed) == (None, None)


async def test_a_message_is_noted_and_not_sent() -> None:
    found, _, outside = await rehearsed(Wave((call(1, "notify", "hello"),)), Ended(None, ""))
    assert [one.name for one in found.actions] == ["claw.notify"]
    assert outside.looks == []


@pytest.mark.parametrize(
    "waits",
    [call(2, "ask", "Which?"), call(2, "wait_until", "light.lamp", "on")],
    ids=lambda one: one.name,
)
async def test_it_goes_up_to_what_only_the_world_can_answer_with_what_is_done_at_the_same_time(waits: Call) -> None:
    wave = Wave((call(1, "call", *ON), waits, call(3, "call", "light.turn_off", "light.lamp")))
    found, session, _ = await rehearsed(wave)
    assert [one.name for one in found.actions] == ["light.turn_on", "light.turn_off"]
    assert found.barrier == wave
    assert session.answers == []


async def test_how_it_breaks_off_is_told() -> None:
    failed = Failed("ValueError", "no", 3, "")
    found, _, _ = await rehearsed(failed)
    assert (found.failed, found.ended) == (failed, None)


async def test_marks_are_those_at_its_end() -> None:
    found, _, _ = await rehearsed(Wave((call(1, "call", *ON),)), Wave((call(2, "read", "calendar"),)), Ended(None, ""))
    assert found.taint == ("calendar",)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (call(4, "call", "light.turn_on", "light.nowhere"), "line 4: unknown entity"),
        (call(4, "call", "light.explode", "light.lamp"), "line 4: unknown action"),
        (call(4, "call", *ON, brightness_pct=400), "line 4"),
        (call(4, "find", 7), "line 4"),
        (call(4, "format_disk"), "there is no format_disk"),
        (call(4, "show"), "there is no show"),
        (Call(4, "find", (), {}, Span(0, 1, 4), "text1"), "there is no find"),
    ],
)
async def test_what_does_not_fit_the_house_ends_it_where_the_program_cannot_catch_it(wrong: Call, says: str) -> None:
    with pytest.raises(Mistyped, match=says):
        await rehearsed(Wave((call(1, "call", *ON),)), Wave((wrong,)), Ended(None, ""))


async def test_a_plan_has_an_end() -> None:
    waves = [Wave((call(at, "call", *ON),)) for at in range(MOST_ACTIONS + 1)]
    with pytest.raises(Mistyped, match=str(MOST_ACTIONS)):
        await rehearsed(*waves, Ended(None, ""))


def test_what_is_gone_does_nothing_and_what_is_unknown_may_still_be_told() -> None:
    house = parse_house(
        {
            "entities": [
                {"entity_id": "switch.gone", "name": "G", "state": "unavailable"},
                {"entity_id": "switch.new", "name": "N", "state": "unknown"},
            ]
        }
    )
    twin = Twin(house, {}, lambda: NOW)
    assert not twin.act(Action("switch.turn_on", ("switch.gone",)))
    assert twin.act(Action("switch.turn_on", ("switch.new",)))
    assert twin.house.states["switch.new"].value == "on"
    assert house.states["switch.new"].value == "unknown"


def test_a_refusal_counts_as_one() -> None:
    assert denied("no").denied
