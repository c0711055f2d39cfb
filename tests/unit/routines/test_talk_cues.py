"""The words that make talk look at a sentence at all."""

import re

import pytest

from claw.routines.talk_cues import CUES


@pytest.mark.parametrize("said", ["turn on the lights", "is the front door open", "what is the time", "set it to 21"])
def test_what_is_about_now_is_not_looked_at(said: str) -> None:
    assert re.search(CUES["en"], said) is None


@pytest.mark.parametrize(
    "said", ["open the blinds at seven", "remind me", "in 20 minutes", "what is scheduled", "when i leave", "skip it"]
)
def test_what_may_be_about_later_is_looked_at(said: str) -> None:
    assert re.search(CUES["en"], said) is not None
