"""One routine as it is shown: its rules in sentences, its text harmless, and nobody's words but the viewer's."""

from datetime import UTC, datetime
from typing import Any

import pytest

from claw.channels.routine_shown import Known, row_json, seen, whole_json, worded, written
from claw.routines.place import place_of
from claw.routines.spec import Spec
from claw.routines.whose import Asker
from tests.routine_room import ANNA, BEN, HOUSE, LAMP, NOW, PEOPLE, VOICE, routine

KNOWN = Known(PEOPLE, HOUSE, place_of(HOUSE.registry), NOW)
TO_BEN = {"say": "secret", "to": "person:ben"}


def asker(origin: Any) -> Asker:
    return Asker(origin, PEOPLE.role(origin.person))


@pytest.mark.parametrize(
    ("by", "step", "viewer", "hidden"),
    [
        (ANNA, {"say": "secret"}, ANNA, False),
        (ANNA, {"say": "secret"}, BEN, True),
        (ANNA, TO_BEN, BEN, False),
        (ANNA, {"say": "secret", "to": "person:carl"}, BEN, True),
        (ANNA, {"say": "secret", "to": "everyone"}, BEN, False),
        (ANNA, {"say": "secret", "to": "place:kitchen"}, BEN, False),
        (ANNA, {"prompt": "secret", "gate": "'secret' == ''"}, BEN, True),
        (VOICE, {"say": "secret"}, BEN, False),
    ],
)
def test_words_are_for_whom_they_are_said_to(by: Any, step: Any, viewer: Any, hidden: bool) -> None:
    made = routine(by=by, do=[LAMP, step])
    shown = seen(made, asker(viewer))
    assert ("secret" not in str(shown.spec)) is hidden
    assert worded(made, asker(viewer)) is not hidden


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"quiet": ["22:00", "07:00"]}, "not from 22:00 to 07:00"),
        ({"cooldown": "10 min"}, "rests 10 min after it ran"),
        ({"max_runs": 3, "runs": 1}, "3 times at most, 1 so far"),
        ({"until": "2027-01-01T00:00:00"}, "until 2027-01-01 00:00"),
        ({"expires": datetime(2026, 12, 1, tzinfo=UTC)}, "until 2026-12-01 00:00"),
        ({"shadow_left": 1}, "runs dry once before it acts"),
        ({"skips": frozenset({NOW.date()})}, "not on 2026-11-23"),
        ({"missed": "skip"}, "what was missed is left out"),
        ({"grace": "5 min"}, "what was missed is made up for, once, where it is not older than 5 min"),
        ({"missed": "all"}, "what was missed is made up for, as often as it was, where it is not older than 15 min"),
        ({"overlap": "skip"}, "while it still runs, it is not run again"),
        ({"overlap": "restart"}, "a new run takes the place of one that still runs"),
    ],
)
def test_each_rule_is_a_sentence(more: dict[str, Any], rule: str) -> None:
    assert rule in whole_json(routine(**more), KNOWN)["rules"]


def test_what_guards_life_has_no_rules_of_the_clock() -> None:
    assert whole_json(routine("safety-smoke", kind="safety"), KNOWN)["rules"] == []


def test_it_is_written_as_a_file_would_hold_it() -> None:
    made = routine(when={"state": "binary_sensor.x", "to": "on", "for": "2 min"}, cooldown="1 h")
    assert written(made.spec)["when"] == [{"state": "binary_sensor.x", "to": ["on"], "for": "2 min"}]
    assert Spec.model_validate(written(made.spec)) == made.spec


def test_no_text_in_it_drives_a_terminal() -> None:
    made = routine(name="\x1b[2J\u202eevil", state="paused", why="a\x07b\u202e", do={"say": "x\x1b[1m"})
    told = str({**row_json(made, KNOWN, asker(ANNA), (NOW,), ()), **whole_json(made, KNOWN)})
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_who_made_it_is_named_or_the_room_is() -> None:
    assert KNOWN.maker(BEN) == "Ben"
    assert KNOWN.maker(VOICE) == "somebody in Kitchen"
    assert KNOWN.person("gone") == "gone"


def test_a_moment_is_told_on_the_wall_clock_of_the_house() -> None:
    assert KNOWN.at(NOW)["wall"] == "2026-11-23T13:00:00"
