import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Json
from claw.base.clock import SystemClock
from claw.base.errors import Refused
from claw.house.backend import Link
from claw.house.mirror import Mirror
from claw.house.model import Change, Entity, House, Registry, State
from claw.program.arguments import AskArguments, ExtractArguments, WaitArguments
from claw.program.events import Trouble, Value
from claw.program.waits import Wanted, answer_of, check_wait, fitting, question, until, wanted
from tests.held_clock import HeldClock


def same(text: str) -> str:
    return text


def mirror(**states: str) -> Mirror:
    found = Mirror(SystemClock())
    things = {f"sensor.{name}": State(value) for name, value in states.items()}
    found.synced(House(Registry(entities={one: Entity(one, one) for one in things}), things))
    found.linked(Link("ready"))
    return found


@pytest.mark.parametrize(
    "text",
    [
        "What is the alarm code?",
        "Your PIN please",
        "Enter the wifi password",
        "Wie lautet das Passwort?",
        "Nenne mir deinen Türcode",
        "Quel est le mot de passe ?",
        "Wat is je wachtwoord?",
        "密码是什么",
        "the access token",
        "the api key",
    ],
)
def test_nobody_is_asked_for_a_code_or_a_password(text: str) -> None:
    with pytest.raises(Refused, match="codes or passwords"):
        question(AskArguments(question=text), same)
    with pytest.raises(Refused):
        question(AskArguments(question="Which?", options=[text]), same)


@pytest.mark.parametrize("text", ["Which lamp?", "How warm shall it be?", "Shall I spin the wheel?", "The opinion?"])
def test_other_questions_are_asked_as_they_may_be_said(text: str) -> None:
    asked = AskArguments(question=text, options=["a"])
    assert question(asked, str.upper) == (text.upper(), ("A",))


def test_a_question_of_which_nothing_is_left_is_not_asked() -> None:
    with pytest.raises(Refused, match="empty"):
        question(AskArguments(question="Alexa"), lambda _: " ")


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("LAMP ", "lamp"),
        ("4711", "****"),
        ("it is 4 7 1 1, really", "it is ****, really"),
        ("at 7:30", "at 7:30"),
        ("12-34", "****"),
        ("x" * 900, "x" * 500),
    ],
)
def test_an_answer_is_an_option_or_a_text_without_codes(said: str, heard: str) -> None:
    assert answer_of(said, ("lamp", "1234 lamps")) == heard
    assert answer_of("1234 LAMPS", ("lamp", "1234 lamps")) == "1234 lamps"


@pytest.mark.parametrize(
    ("asked", "good", "bad"),
    [
        (Wanted("?", "yes_no"), [True, False, None], ["yes", 1, 0, "", []]),
        (Wanted("?", "number", low=1, high=3), [1, 3, 2.5, None], [0, 4, True, "2", float("nan"), float("inf")]),
        (Wanted("?", "choice", ("a", "b")), ["a", "b", None], ["c", "A", "", 0, ["a"]]),
        (
            Wanted("?", "time"),
            ["07:30", "23:59", None],
            ["7:30", "24:00", "07:30 open", "\u0660\u0667:30", 730],
        ),
    ],
)
def test_what_is_read_from_a_text_has_its_form_or_is_refused(asked: Wanted, good: list[Json], bad: list[Json]) -> None:
    for value in good:
        assert fitting(value, asked) == value
    for value in bad:
        with pytest.raises(Refused):
            fitting(value, asked)


@given(st.text())
def test_no_sentence_comes_out_of_a_text(text: str) -> None:
    for kind in ("yes_no", "number", "time"):
        try:
            found = fitting(text, Wanted("?", kind))
        except Refused:
            continue
        assert len(found) == 5


@pytest.mark.parametrize(
    "asked",
    [
        ExtractArguments(question="?", kind="choice"),
        ExtractArguments(question="?", kind="yes_no", options=["a"]),
        ExtractArguments(question="?", kind="number", low=2, high=1),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(asked: ExtractArguments) -> None:
    with pytest.raises(Refused):
        wanted(asked)
    with pytest.raises(Refused):
        check_wait(asked, House(Registry(), {}), same)


@pytest.mark.parametrize(
    "asked",
    [
        WaitArguments(entity="sensor.a"),
        WaitArguments(entity="sensor.a", state="on", above=1.0),
        WaitArguments(entity="sensor.gone", state="on"),
        AskArguments(question="your password"),
    ],
)
def test_a_wait_that_makes_no_sense_is_refused_before_anything_moves(asked: WaitArguments | AskArguments) -> None:
    with pytest.raises(Refused):
        check_wait(asked, mirror(a="1").house(), same)


async def test_a_wait_ends_as_soon_as_it_is_so_and_leaves_nothing_behind() -> None:
    house, clock = mirror(a="30"), HeldClock()
    waiting = asyncio.create_task(until(house, clock, WaitArguments(entity="sensor.a", below=10.0, seconds=50.0)))
    await clock.advance(1)
    house.changed([Change("sensor.a", State("10"))])
    await clock.advance(1)
    assert not waiting.done()
    house.changed([Change("sensor.a", State("9.5"))])
    assert await waiting == Value(json=True)
    assert not house._watchers


async def test_a_wait_is_over_when_its_time_is() -> None:
    house, clock = mirror(a="30"), HeldClock()
    waiting = asyncio.create_task(until(house, clock, WaitArguments(entity="sensor.a", above=40.0, seconds=50.0)))
    await clock.advance(49)
    assert not waiting.done()
    await clock.advance(2)
    assert await waiting == Value(json=False)


async def test_what_is_so_already_is_not_waited_for() -> None:
    asked = WaitArguments(entity="sensor.a", above=20.0, below=40.0)
    assert await until(mirror(a="30"), HeldClock(), asked) == Value(json=True)


async def test_a_thing_that_goes_away_ends_the_wait_with_an_error() -> None:
    house, clock = mirror(a="30"), HeldClock()
    waiting = asyncio.create_task(until(house, clock, WaitArguments(entity="sensor.a", above=40.0)))
    await clock.advance(1)
    house.changed([Change("sensor.a", None)])
    assert isinstance(await waiting, Trouble)


async def test_a_strangers_text_is_never_what_was_waited_for() -> None:
    waiting = until(mirror(a="ready to go"), HeldClock(), WaitArguments(entity="sensor.a", state="ready to go"))
    task = asyncio.create_task(waiting)
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
