"""What is a stop, however it is shouted, and what only has the word in it."""

import pytest

from claw.mind.shouts import LONGEST, Shouts

SHOUTS = Shouts(["stop", "halt", "not-aus", "arrête tout", "arrêt d'urgence", "停", "停止"])


@pytest.mark.parametrize(
    "text",
    [
        "stop",
        "STOP STOP STOP",
        "stop, halt!",
        "'stop'",
        "- stop -",
        "stöp",
        "arrete tout",
        "停停停",
        "not aus",
        "stop停止",
    ],
)
def test_nothing_but_words_to_stop_is_a_stop(text: str) -> None:
    assert SHOUTS.means_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "stop the music",
        "stop 5",
        "stopper",
        "not",
        "aus",
        "tout",
        "do not stop",
        "arrete",
        "stop " * LONGEST,
    ],
)
def test_what_has_anything_else_in_it_is_none(text: str) -> None:
    assert not SHOUTS.means_stop(text)


def test_without_words_nothing_is_a_stop() -> None:
    assert not Shouts([]).means_stop("stop")
