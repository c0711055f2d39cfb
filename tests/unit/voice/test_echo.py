"""What Claw said is known again when it is heard, also badly; what people say in answer to it is not taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.erasure import Erasure
from claw.voice.echo import CHARACTERS_A_SECOND, ECHO_S, LONGEST_SPOKEN, MOST_KEPT, Echo, normalised, words
from tests.held_clock import HeldClock

SAID = "The garage door did not open: it is jammed. Please look at it."
LASTING_S = len(SAID) / CHARACTERS_A_SECOND
ASKED = "Which one do you mean, the kitchen ceiling light or the kitchen table lamp?"
SUGGESTED = "Did you mean “turn on the kitchen lights”?"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def echo(clock: HeldClock) -> Echo:
    echo = Echo(clock)
    for text in (SAID, ASKED, SUGGESTED, "Done.", "好了。厨房的灯开着。"):
        echo.spoke(text)
    return echo


@pytest.mark.parametrize(
    "heard",
    [
        SAID,
        "the garage door did not open it is jammed please look at it",
        "THE GARAGE DOOR DID NOT OPEN IT IS JAMMED",
        "did not open it is jammed please look at it",
        "the garage store did not open it is jammed please look at it",
        "it is jammed",
        "the garage door did not open",
        "please look at it",
        "done",
        "厨房的灯开着",
        "好了厨房的灯开着",
    ],
)
def test_all_of_it_most_of_it_and_a_piece_of_it_are_an_echo(echo: Echo, heard: str) -> None:
    assert echo.is_echo(heard)


@pytest.mark.parametrize(
    "heard",
    [
        "open the garage door",
        "close the garage door",
        "is the garage door jammed",
        "turn off the garage light and lock the front door please",
        "is it jammed",
        "lamp",
        "kitchen",
        "yes",
        "what did you say about the garage door a moment ago when it did not open",
        "厨房",
        "",
        "...",
    ],
)
def test_what_people_say_about_it_is_none(echo: Echo, heard: str) -> None:
    assert not echo.is_echo(heard)


def test_three_of_five_words_are_most_of_it_and_three_of_many_are_no_piece_of_it() -> None:
    echo = Echo(HeldClock())
    echo.spoke("Mowing starts again on Sunday.")
    echo.spoke("The light in the kitchen is on, and the door of the garage stays shut for now.")
    assert echo.is_echo("mowing again sunday")
    assert not echo.is_echo("light on shut")


def test_of_chinese_each_sign_is_a_word_also_beside_other_letters() -> None:
    assert words("打开TV, please") == ("打", "开", "t", "v", "please")


def test_an_answer_in_words_of_the_question_is_none_where_one_is_awaited(echo: Echo) -> None:
    for answer in ("the kitchen table lamp", "turn on the kitchen lights", "the kitchen ceiling light"):
        assert echo.is_echo(answer)
        assert not echo.is_echo(answer, awaited=True)
    assert echo.is_echo(ASKED, awaited=True)
    assert echo.is_echo(SUGGESTED, awaited=True)


def test_a_single_word_of_it_is_one_where_the_word_means_a_lot_by_itself() -> None:
    echo = Echo(HeldClock())
    echo.spoke("It waits for a yes.")
    assert not echo.is_echo("yes")
    assert echo.is_echo("yes", any_part=True)
    assert not echo.is_echo("yeah", any_part=True)
    assert not echo.is_echo("...", any_part=True)


async def test_ten_seconds_after_it_ended_it_is_no_echo_any_more(clock: HeldClock) -> None:
    echo = Echo(clock)
    echo.spoke(SAID)
    echo.spoke("x" * 24)
    await clock.advance(LASTING_S + ECHO_S - 0.1)
    assert echo.is_echo(SAID)
    assert not echo.is_echo("x" * 24)
    await clock.advance(0.2)
    assert not echo.is_echo(SAID)
    assert echo.erase(Erasure(everything=True)) == 0  # nor is it kept


async def test_the_moment_at_which_it_ends_is_past_it(clock: HeldClock) -> None:
    echo = Echo(clock)
    echo.spoke(SAID)
    await clock.advance(LASTING_S + ECHO_S)
    assert not echo.is_echo(SAID)


def test_a_phrase_that_stops_is_one_only_in_exactly_these_words(echo: Echo) -> None:
    assert not echo.held("stop everything")
    assert not echo.held("garage door open")
    assert echo.held("it is jammed")
    assert not echo.held("")


def test_it_keeps_little_and_lets_go_of_all_of_it() -> None:
    echo = Echo(HeldClock())
    for number in range(MOST_KEPT + 10):
        echo.spoke(f"this is sentence number {number}")
    assert not echo.is_echo("this is sentence number 3", awaited=True)
    assert echo.erase(Erasure(everything=True)) == MOST_KEPT
    assert not echo.is_echo(f"this is sentence number {MOST_KEPT}")


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_is_said_and_heard_is_compared_and_what_was_said_is_always_known_again(said: str, heard: str) -> None:
    echo = Echo(HeldClock())
    echo.spoke(said)
    echo.is_echo(heard)
    assert echo.is_echo(said) == bool(words(said)) or len(words(said)) > LONGEST_SPOKEN
    assert normalised(normalised(said)) == normalised(said)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("The garage door is open.", "close the garage door"),
        ("The garage door is open.", "open the garage door"),
        ("The kitchen light is on.", "turn off the kitchen light"),
        ("The kitchen lights are on.", "turn the kitchen lights off"),
        ("The front door is locked.", "is the front door locked"),
        ("The front door is unlocked.", "lock the front door"),
        ("It is 21.5 degrees in the living room.", "set the living room to 20 degrees"),
    ],
)
def test_an_order_right_after_what_was_said_of_the_same_thing_is_none(said: str, heard: str) -> None:
    echo = Echo(HeldClock())
    echo.spoke(said)
    assert not echo.is_echo(heard)
