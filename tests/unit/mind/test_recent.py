"""What a model may read of a talk."""

from datetime import UTC, datetime

import pytest

from claw.base.action import Action, Outcome
from claw.base.erasure import Erasure
from claw.mind.recent import MOST_EXCHANGES, MOST_TALKS, REMEMBERED_S, Recent
from tests.held_clock import HeldClock

LAMP = Outcome(Action("light.turn_on", ("light.lamp",), {"brightness_pct": 20}), "done", after={"light.lamp": "on"})


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(datetime(2026, 5, 1, tzinfo=UTC))


@pytest.fixture
def recent(clock: HeldClock) -> Recent:
    return Recent(clock)


def test_what_was_said_stands_beside_what_was_done(recent: Recent) -> None:
    recent.remember("c", "make it cosy", [LAMP])
    assert recent.lines("c") == ['said "make it cosy" -> light.turn_on light.lamp: done']


def test_every_talk_has_its_own(recent: Recent) -> None:
    recent.remember("c", "one")
    assert recent.lines("d") == []
    recent.remember("", "nobody's")
    assert recent.lines("") == []


async def test_a_talk_fades(recent: Recent, clock: HeldClock) -> None:
    recent.remember("c", "one")
    await clock.advance(REMEMBERED_S + 1)
    recent.remember("c", "two")
    assert recent.lines("c") == ['said "two"']


def test_only_the_last_exchanges_and_talks_are_kept(recent: Recent) -> None:
    for at in range(MOST_EXCHANGES + 3):
        recent.remember("c", f"number {at}")
    assert [line.split()[-1] for line in recent.lines("c")] == ['3"', '4"', '5"', '6"', '7"']
    for at in range(MOST_TALKS):
        recent.remember(f"talk {at}", "hm")
    assert recent.lines("c") == []


def test_a_code_that_was_said_is_not_repeated(recent: Recent) -> None:
    recent.remember("c", "disarm with 482916")
    assert "482916" not in recent.lines("c")[0]


def test_many_acts_are_counted(recent: Recent) -> None:
    recent.remember("c", "all", [LAMP] * 20)
    assert recent.lines("c")[0].endswith("; and 14 more")


def test_a_talk_can_be_let_go(recent: Recent) -> None:
    recent.remember("c", "one", note="the program asked which lamp")
    assert recent.lines("c") == ['said "one" -> the program asked which lamp']
    recent.forget("c")
    assert recent.lines("c") == []


def test_what_is_forgotten_is_in_no_talk_that_a_model_reads(recent: Recent) -> None:
    recent.remember("c", "Sam is allergic to NUTS")
    recent.remember("c", "lamp on", [LAMP])
    recent.remember("d", "buy nuts", note="nuts")
    assert recent.erase(Erasure(words=("allergic to nuts",))) == 1
    assert recent.lines("c") == ['said "lamp on" -> light.turn_on light.lamp: done']
    assert recent.erase(Erasure(conversations=frozenset({"d"}))) == 1
    assert recent.lines("d") == []
    assert recent.erase(Erasure(everything=True)) == 1
    assert recent.lines("c") == []
