"""What programs want done later, as the act that makes a routine of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from claw.base.action import Action, Origin, Outcome
from claw.base.errors import Refused
from claw.daemon.demo import FOLDER
from claw.house.file import load_house
from claw.house.mirror import Mirror
from claw.program.later import Later
from claw.routines.making import Shelf
from claw.routines.model import Routine
from claw.routines.of_programs import OfPrograms
from claw.routines.spec import Spec
from tests.held_clock import HeldClock

ANNA = Origin("web", "anna", authenticated=True)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUSE = load_house(FOLDER / "house.yaml")
LAMP = Action("light.turn_on", ("light.kitchen_ceiling",), {"brightness_pct": 40})


class Checks:
    def __init__(self, *wrong: str) -> None:
        self.wrong = wrong
        self.asked: list[tuple[Spec, Origin]] = []

    def check(self, spec: Spec, origin: Origin) -> tuple[str, ...]:
        self.asked.append((spec, origin))
        return self.wrong


def _programs(*wrong: str, made: tuple[Routine, ...] = ()) -> OfPrograms:
    mirror = cast("Mirror", SimpleNamespace(house=lambda: HOUSE))
    book = cast("Shelf", SimpleNamespace(all=lambda: made))
    return OfPrograms(Checks(*wrong), mirror, book, lambda _: (NOW,), HeldClock(NOW))


def _later(when: str, *actions: Action, say: str = "", name: str = "", once: bool = False) -> Later:
    return Later(when, actions, say, name, once, NOW)


def _spec(later: Later) -> dict[str, Any]:
    found = _programs().scheduled(later, ANNA)
    assert found.name == "claw.schedule"
    return json.loads(str(found.data["spec"]))


def test_acts_and_a_message_are_steps_of_a_routine() -> None:
    assert _spec(_later("weekdays 07:00", LAMP, say="Good morning", name="Wake up")) == {
        "name": "Wake up",
        "when": [{"at": "07:00", "days": ["mon", "tue", "wed", "thu", "fri"]}],
        "do": [
            {
                "actions": [
                    {
                        "action": "light.turn_on",
                        "entities": ["light.kitchen_ceiling"],
                        "data": {"brightness_pct": 40},
                    }
                ]
            },
            {"say": "Good morning"},
        ],
    }


def test_only_once_is_over_after_the_first_time() -> None:
    assert _spec(_later("when light.kitchen_ceiling on", say="it is on", once=True))["max_runs"] == 1


def test_a_span_counts_from_when_the_program_began() -> None:
    assert _spec(_later("in 20 min", LAMP))["when"] == [{"once": "2026-11-22T12:20:00Z"}]


def test_without_a_name_it_is_called_by_what_it_does() -> None:
    assert _spec(_later("07:00", LAMP))["name"].startswith("set Kitchen Ceiling to 40")


@pytest.mark.parametrize(
    ("programs", "origin", "when", "why"),
    [
        (_programs(), ANNA, "whenever", "when: found 'whenever', expected 07:00, weekdays 07:00"),
        (_programs("There is no light.x.", "Nor light.y."), ANNA, "07:00", r"There is no light.x. Nor light.y$"),
        (_programs(), replace(ANNA, routine="r1"), "07:00", "a routine makes no routines"),
        (_programs(), Origin("routine", "anna"), "07:00", "a routine makes no routines"),
    ],
)
def test_what_cannot_be_is_refused_while_it_is_rehearsed(
    programs: OfPrograms, origin: Origin, when: str, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        programs.scheduled(_later(when, LAMP), origin)


def test_what_was_made_is_read_back_with_its_next_time_and_nothing_else_is() -> None:
    act = _programs().scheduled(_later("07:00", LAMP), ANNA)
    spec = Spec.model_validate_json(str(act.data["spec"]))
    programs = _programs(made=(Routine("r7", spec, ANNA, NOW, entry=7),))
    told = programs.read_back(Outcome(act, "sent", audit=7))
    assert told == "Every day at 07:00: set Kitchen Ceiling to 40 %. Next: today 13:00."
    assert programs.read_back(Outcome(act, "sent", audit=8)) == ""
    assert programs.read_back(Outcome(act, "refused", audit=7)) == ""
    assert programs.read_back(Outcome(LAMP, "done", audit=7)) == ""
