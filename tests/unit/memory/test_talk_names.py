"""Names for the length of a talk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.erasure import Erasure
from claw.memory.talk_names import MOST_NAMES, MOST_TALKS, OVER_S, TalkNames
from tests.held_clock import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def names(clock: HeldClock) -> TalkNames:
    found = TalkNames(clock)
    found.give("c", "Big  Jupiter", "Desk Lamp")
    found.give("c", "木星", "台灯")
    return found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("turn on big jupiter", "turn on Desk Lamp"),
        ("BIG JUPITER off and big  jupiter on", "Desk Lamp off and Desk Lamp on"),
        ("big jupiters", "big jupiters"),
        ("jupiter", "jupiter"),
        ("打开木星", "打开台灯"),
    ],
)
def test_a_name_stands_for_the_things_own_in_its_talk(names: TalkNames, text: str, said: str) -> None:
    assert names.said(text, "c") == said
    assert names.said(text, "d") == text
    assert names.said(text, "") == text


def test_a_name_is_gone_when_the_talk_is_over(names: TalkNames, clock: HeldClock) -> None:
    clock._elapsed = OVER_S - 1
    assert names.said("big jupiter", "c") == "Desk Lamp"
    clock._elapsed += OVER_S - 1
    assert names.said("big jupiter", "c") == "Desk Lamp"
    clock._elapsed += OVER_S + 1
    assert names.said("big jupiter", "c") == "big jupiter"


def test_a_talk_without_an_id_has_no_names_and_each_has_only_so_many(names: TalkNames) -> None:
    assert not names.give("", "Jupiter", "Desk Lamp")
    given = [names.give("d", f"name {number}", "Desk Lamp") for number in range(MOST_NAMES + 1)]
    assert given == [True] * MOST_NAMES + [False]
    assert names.give("d", "name 0", "Floor Lamp")
    for number in range(MOST_TALKS):
        names.give(f"e{number}", "Jupiter", "Desk Lamp")
    assert names.said("big jupiter", "c") == "big jupiter"


def test_what_is_to_be_forgotten_is_gone(names: TalkNames) -> None:
    assert names.erase(Erasure(conversations=frozenset({"d"}))) == 0
    assert names.erase(Erasure(words=("jupiter",))) == 2
    assert names.said("big jupiter", "c") == "big jupiter"


@given(st.text(min_size=1, max_size=20), st.text(max_size=60))
def test_any_words_are_taken_as_text(name: str, text: str) -> None:
    found = TalkNames(HeldClock())
    found.give("c", name, r"\1 Lamp")
    assert isinstance(found.said(text, "c"), str)
