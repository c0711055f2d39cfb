from datetime import UTC, datetime
from pathlib import Path

import pytest

from claw.base.action import Action, Decision, Outcome
from claw.base.errors import Refused
from claw.gate.perform import Performed
from claw.mind.language import SHIPPED
from claw.mind.memos_talk import Talk
from claw.mind.memos_tongue import tongue
from tests.talked_memory import ANNA, GUEST, Household

DENIED = Outcome(Action("claw.remember"), "refused", decision=Decision("deny", "r", "guests tell me nothing"))


def talk(home: Household, code: str = "en") -> Talk:
    return home.memos._talk("", ANNA, tongue(code))  # pyright: ignore[reportPrivateUsage]  what answers are made from


@pytest.fixture
def home(tmp_path: Path) -> Household:
    return Household(tmp_path)


@pytest.mark.parametrize("code", SHIPPED)
def test_a_span_is_told_with_its_last_day(home: Household, code: str) -> None:
    start, end = datetime(2026, 4, 30, 22, tzinfo=UTC), datetime(2026, 7, 31, 22, tzinfo=UTC)
    spoken = talk(home, code)
    for text in (spoken.span(start, end), spoken.span(None, end)):
        assert "31" in text
        assert "2026" in text
    assert "1" in spoken.span(start, None)
    assert spoken.span(None, None) == ""


def test_a_day_is_the_households(home: Household) -> None:
    assert talk(home).day(datetime(2026, 3, 2, 23, tzinfo=UTC)) == "Tuesday, 3 March 2026"


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("There is no 31 February.", "There is no 31 February."),
        ("nothing like that is kept", "I may not do that: nothing like that is kept."),
    ],
)
def test_a_reason_is_said_as_a_whole_sentence(home: Household, why: str, text: str) -> None:
    reply = talk(home).refused(Refused(why))
    assert (reply.text, reply.status) == (text, "refused")


def test_what_the_gate_did_not_do_is_told_with_its_reason(home: Household) -> None:
    reply = talk(home).performed(Performed((DENIED,)))
    assert reply.status == "refused"
    assert "guests tell me nothing" in reply.text


async def test_what_somebody_may_not_hear_is_not_there(home: Household) -> None:
    await home.tell("Sam likes tea")
    assert len(await talk(home).memories()) == 1
    stranger = home.memos._talk("", GUEST, tongue("en"))  # pyright: ignore[reportPrivateUsage]  as above
    assert await stranger.memories(("active", "superseded", "candidate")) == []
