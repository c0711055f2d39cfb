from datetime import UTC, datetime
from typing import cast, get_args

import pytest

from claw.base.action import Action, Outcome, OutcomeStatus, ReplyStatus
from claw.gate.cause import Causes, Who
from claw.gate.perform import Performed
from claw.gate.standing import Why
from claw.gate.undo import CannotUndo
from claw.gate.undoing import Undone
from claw.mind.past import Recollection
from claw.mind.phrases import LANGUAGES
from claw.mind.undone import cannot_text, undone_reply, undone_status, why_text
from tests.talked_house import house

NOW = datetime(2026, 7, 10, 12, tzinfo=UTC)
RECOLLECTION = Recollection(cast("Causes", None))
CODES = (*get_args(Why), "opens", "guarded", "undone")
LAMP = "light.worktop"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_reason_has_words(code: str, language: str) -> None:
    assert why_text(CannotUndo(code), RECOLLECTION, house(), NOW, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["claw", "person", "automation", "script", "stranger", "unnamed", "hand"])
def test_whoever_changed_it_since_has_words(kind: str, language: str) -> None:
    who = Who(kind, person="Ben", channel="web", entry=4, run="automation.x", trigger=LAMP)  # type: ignore[arg-type]
    at = datetime(2026, 7, 10, 9, 30, tzinfo=UTC)
    assert "11:30" in why_text(CannotUndo("changed", LAMP, at=at, who=who), RECOLLECTION, house(), NOW, language)


def test_things_that_stay_for_one_reason_are_told_together() -> None:
    cannot = [
        CannotUndo("gone", LAMP),
        CannotUndo("gone", "switch.kettle"),
        CannotUndo("sent"),
        CannotUndo("gone", LAMP),
    ]
    assert cannot_text(cannot, RECOLLECTION, house(), NOW, "en") == (
        "I left Worktop and the kettle as they are: it cannot be reached. That stays: what was sent was sent."
    )


def test_a_reason_from_outside_is_one_line_and_cut() -> None:
    said = why_text(CannotUndo("refused", LAMP, why="no\nno\x1b" + "x" * 500), RECOLLECTION, house(), NOW, "en")
    assert "\n" not in said
    assert "\x1b" not in said
    assert len(said) <= 210


def done(status: OutcomeStatus = "done") -> Performed:
    return Performed((Outcome(Action("light.turn_off", (LAMP,)), status, after={LAMP: "off"}),))


@pytest.mark.parametrize(
    ("undone", "outcomes", "status"),
    [
        (Undone((done(),), (), (4,)), "done", "done"),
        (Undone((done(),), (CannotUndo("gone", LAMP),), (4,)), "done", "partial"),
        (Undone((done("failed"),), (), (4,)), "failed", "failed"),
        (Undone((), (CannotUndo("gone", LAMP),), ()), "failed", "failed"),
        (Undone((), (CannotUndo("opens", LAMP),), ()), "failed", "refused"),
        (Undone((), (CannotUndo("refused", LAMP),), ()), "failed", "refused"),
        (Undone((), (), ()), "failed", "unclear"),
    ],
)
def test_the_status_counts_what_was_left(undone: Undone, outcomes: ReplyStatus, status: ReplyStatus) -> None:
    assert undone_status(undone, outcomes) == status


def test_the_reply_tells_what_was_done_and_what_was_left() -> None:
    undone = Undone((done(),), (CannotUndo("effects", "scene.movie"),), (4,))
    reply = undone_reply(undone, RECOLLECTION, house(), NOW, "en", "partial")
    assert reply.text == "Worktop is off. I left Movie Night as it is: I do not know what that set off."
    assert (reply.status, len(reply.outcomes)) == ("partial", 1)
    assert undone_reply(Undone((), (), ()), RECOLLECTION, house(), NOW, "en", "unclear").text == (
        "There is nothing to undo."
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["routine", "skill"])
def test_what_only_a_word_of_its_own_changes_is_told_in_one_readable_sentence(code: str, language: str) -> None:
    told = cannot_text([CannotUndo(code)], RECOLLECTION, house(), NOW, language)  # type: ignore[arg-type]
    assert sum(told.count(mark) for mark in ":\uff1a") == 1
