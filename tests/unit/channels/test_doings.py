import pytest

from claw.base.action import Json, Origin
from claw.channels.doings import Doings, event
from claw.gate.doing import Doing, Stage, tell
from claw.mind.phrases import LANGUAGES

ANNA = Origin("web", "anna", authenticated=True, conversation="web:1:kitchen")


@pytest.mark.parametrize("language", [*LANGUAGES, None])
@pytest.mark.parametrize("stage", ["thinks", "rehearses", "asks", "acts", "waits"])
def test_each_stage_has_words_in_each_language(stage: Stage, language: str | None) -> None:
    assert event(Doing("c", stage, language=language))["text"]


def test_how_far_a_plan_is_is_said_where_there_is_more_than_one_act() -> None:
    assert event(Doing("c", "acts", 2, 3))["text"] == "Doing it (2 of 3)."
    assert event(Doing("c", "acts", 1, 1))["text"] == "Doing it."
    assert event(Doing("c", "ends"))["text"] == ""


@pytest.mark.parametrize(
    ("viewer", "sees"),
    [
        (ANNA, True),
        (Origin("web", "anna", authenticated=True, conversation="web:1:main"), True),  # another talk of this browser
        (Origin("web", "anna", authenticated=True, conversation="web:2:kitchen"), False),
        (Origin("web", "ben", authenticated=True, conversation="web:11:main"), False),
        (Origin("cli", conversation="cli:0:main"), False),
        (Origin(""), False),
    ],
)
def test_only_the_client_whose_conversation_it_is_is_told(viewer: Origin, *, sees: bool) -> None:
    found: list[dict[str, Json]] = []
    doings = Doings()
    with doings.told(viewer, found.append):
        with doings.turn():
            tell(ANNA, "thinks")
        assert bool(found) is sees
    count = len(found)
    with doings.turn():
        tell(ANNA, "thinks")
    assert len(found) == count
