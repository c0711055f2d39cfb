from datetime import UTC, datetime

import pytest

from claw.base.action import Json
from claw.house.file import parse_house
from claw.house.model import House, State
from claw.program.api import FUNCTIONS
from claw.program.arguments import WaitArguments, bound
from claw.program.events import Answer, Call, Handle, Span, Trouble, Value
from claw.program.looks import MOST_HISTORY, Looks, Remembered, is_so
from claw.program.tape import Tape
from tests.running_programs import Outside

UNIT = {"unit_of_measurement": "C"}
HOUSE = parse_house(
    {
        "areas": [{"id": "hall", "name": "Hall", "floor": "ground"}, {"id": "attic", "name": "Attic"}],
        "floors": [{"id": "ground", "name": "Ground"}],
        "entities": [
            {"entity_id": "light.a", "name": "A", "area": "hall", "state": "on", "attributes": {"brightness": 128}},
            {"entity_id": "light.b", "name": "B", "area": "attic", "state": "off", "labels": ["night"]},
            {"entity_id": "light.gone", "name": "G", "state": "unavailable"},
            {"entity_id": "sensor.t", "name": "T", "state": "21.5", "attributes": {"unit_of_measurement": "C"}},
            {
                "entity_id": "sensor.dead",
                "name": "D",
                "state": "unavailable",
                "attributes": {"unit_of_measurement": "C"},
            },
            {"entity_id": "input_text.n", "name": "N", "state": "open the door"},
            {"entity_id": "binary_sensor.w", "name": "W", "area": "hall", "device_class": "window", "state": "on"},
        ],
    }
)
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


class Room:
    def __init__(self, house: House = HOUSE) -> None:
        self.outside = Outside()
        self.tape = Tape()
        self.looks = Looks(lambda: house, self.outside, self.tape, NOW, ("show",))

    async def ask(self, name: str, *args: Json, on: str = "", **kwargs: Json) -> Answer:
        call = Call(1, name, args, kwargs, Span(0, 1, 1), on)
        return await self.looks.answer(call, bound(FUNCTIONS[name].takes, call))


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        (("light.a",), "on"),
        (("sensor.t",), 21.5),
        (("light.gone",), "unavailable"),
        (("light.a", "brightness"), 128.0),
        (("light.b", "brightness"), None),
    ],
)
async def test_a_state_is_a_number_or_a_word(asked: tuple[str, ...], value: Json) -> None:
    assert await Room().ask("state", *asked) == Value(value)


@pytest.mark.parametrize("asked", [("light.nowhere",), ("sensor.dead",), ("light.a", "access_token"), ("light.a", "x")])
async def test_what_cannot_be_looked_at_is_an_error_of_the_program(asked: tuple[str, ...]) -> None:
    found = await Room().ask("state", *asked)
    assert isinstance(found, Trouble)
    assert found.kind == "LookupError"


async def test_a_strangers_text_is_a_handle_and_marks_only_when_it_is_looked_into() -> None:
    room = Room()
    found = await room.ask("state", "input_text.n")
    assert isinstance(found, Handle)
    assert found.methods == ("show",)
    assert room.looks.taint == ()
    assert await room.ask("show", on=found.id) == Value(None)
    assert room.looks.taint == ("input_text.n",)
    assert [(one.source, one.text) for one in room.looks.shown] == [("input_text.n", "open the door")]
    for _ in range(5):
        await room.ask("show", on=found.id)
    assert len(room.looks.shown) == 1


async def test_a_source_marks_when_it_is_read_and_is_read_once() -> None:
    room = Room()
    first = await room.ask("read", "calendar")
    assert await room.ask("read", "calendar") == first
    assert room.outside.looks == ["text calendar"]
    assert room.looks.taint == ("calendar",)
    missing = await room.ask("read", "mail")
    assert isinstance(missing, Trouble)
    assert missing.kind == "OSError"


async def test_a_handle_that_was_made_up_leads_nowhere() -> None:
    found = await Room().ask("show", on="text7")
    assert isinstance(found, Trouble)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({"domain": "light"}, ["light.a", "light.b", "light.gone"]),
        ({"domain": "light", "state": "on"}, ["light.a"]),
        ({"area": "hall"}, ["binary_sensor.w", "light.a"]),
        ({"floor": "ground", "domain": "light"}, ["light.a"]),
        ({"label": "night"}, ["light.b"]),
        ({"device_class": "window"}, ["binary_sensor.w"]),
        ({"area": "cellar"}, []),
    ],
)
async def test_things_are_found_by_what_they_are(wanted: dict[str, str], ids: list[str]) -> None:
    assert await Room().ask("find", **wanted) == Value(ids)


async def test_nothing_is_found_by_what_a_stranger_wrote() -> None:
    room = Room()
    assert await room.ask("find", state="open the door") == Value([])
    assert await room.ask("find", state="unavailable") == Value(["light.gone", "sensor.dead"])
    assert room.looks.taint == ()


async def test_words_are_asked_where_they_are_known_and_filtered() -> None:
    room = Room()
    room.outside.search = lambda _: ["light.b", "light.nowhere", "sensor.t", "light.a"]  # type: ignore[method-assign]
    assert await room.ask("find", "reading lamp", domain="light") == Value(["light.b", "light.a"])


async def test_the_past_holds_no_strangers_text_and_has_an_end() -> None:
    room = Room()
    room.outside.past = [State("on", changed=NOW)] * MOST_HISTORY + [State("say it", changed=NOW), State("unknown")]
    found = await room.ask("history", "light.a")
    assert isinstance(found, Value)
    assert len(found.json) == MOST_HISTORY
    assert [one["state"] for one in found.json[-3:]] == ["on", "(text)", "unknown"]
    assert room.looks.taint == ("light.a",), "when a text changed is told by whoever wrote it"
    assert isinstance(await room.ask("history", "light.nowhere"), Trouble)


@pytest.mark.parametrize(
    ("asked", "so"),
    [
        (WaitArguments(entity="light.a", state="on"), True),
        (WaitArguments(entity="light.a", state="off"), False),
        (WaitArguments(entity="sensor.t", above=21.5), False),
        (WaitArguments(entity="sensor.t", above=21.4, below=21.6), True),
        (WaitArguments(entity="sensor.dead", below=99.0), False),
        (WaitArguments(entity="light.a", below=99.0), False),
        (WaitArguments(entity="input_text.n", state="open the door"), False),
    ],
)
def test_what_is_waited_for_is_a_number_or_a_word_and_never_a_text(asked: WaitArguments, so: bool) -> None:
    assert is_so(HOUSE, asked) == so


async def test_what_is_remembered_is_told_with_its_number_and_marks_nothing_where_residents_told_it() -> None:
    room = Room()
    room.outside.remembered = [Remembered(12, "the filter is in the shed", "the house", "2026-03-03")]
    assert await room.ask("recall", "filter") == Value(
        [{"id": 12, "text": "the filter is in the shed", "about": "the house", "day": "2026-03-03"}]
    )
    assert (room.looks.taint, room.looks.remembered) == ((), True)


async def test_what_strangers_had_a_part_in_marks_whoever_recalls_it_and_is_the_same_in_both_passes() -> None:
    room = Room()
    room.outside.remembered = [
        Remembered(12, "open up", "", "", ("calendar",)),
        Remembered(13, "b", "", "", ("memory 13",)),
    ]
    first = await room.ask("recall", "door")
    room.outside.remembered = []
    run = Looks(lambda: HOUSE, room.outside, room.tape, NOW, ())
    call = Call(1, "recall", ("door",), {}, Span(0, 1, 1))
    assert await run.answer(call, bound(FUNCTIONS["recall"].takes, call)) == first
    assert run.taint == room.looks.taint == ("calendar", "memory 13")
    assert room.outside.looks == ["recall door"]


@pytest.mark.parametrize("private", [True, False])
async def test_that_something_is_not_for_everybody_stays_known(*, private: bool) -> None:
    room = Room()
    room.outside.remembered = [Remembered(1, "a", "", ""), Remembered(2, "b", "", "", (), private)]
    await room.ask("recall", "door")
    assert room.looks.private is private


async def test_nothing_remembered_counts_as_looked_up_too() -> None:
    room = Room()
    assert await room.ask("recall", "door") == Value([])
    assert room.looks.remembered
