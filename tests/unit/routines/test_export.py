"""A routine as an automation: one that can be read back, with all that is not in it said on top."""

from typing import Any

import pytest
import yaml

from claw.routines.export import automation
from claw.routines.model import Routine
from tests.routines_to_export import LIGHT, PEOPLE, PLACE, STEPS, TRIGGERS, every_kind, routine


def written(one: Routine) -> tuple[dict[str, Any], tuple[str, ...]]:
    found = automation(one, PEOPLE, PLACE)
    (body,) = yaml.safe_load(found.yaml)
    return body, found.left_out


@pytest.mark.parametrize("name", every_kind())
def test_every_kind_can_be_read_back(name: str) -> None:
    one = every_kind()[name]
    found = automation(one, PEOPLE, PLACE)
    (body,) = yaml.safe_load(found.yaml)
    assert (body["id"], body["alias"]) == ("claw_r1", "Lamp")
    assert "&id" not in found.yaml  # nobody reads anchors
    comments = [line for line in found.yaml.split("\n") if line.startswith("#")]
    assert comments[1:] == [f"# - {note}" for note in found.left_out]


def test_what_is_done_names_entities() -> None:
    body, left = written(routine(TRIGGERS["time"]))
    action = {"action": "light.turn_on", "target": {"entity_id": ["light.bed_light"]}, "data": {"brightness_pct": 40}}
    assert (body["actions"], body["mode"], left) == ([action], "queued", ())


def test_each_trigger_keeps_its_own_days() -> None:
    body, _ = written(routine([TRIGGERS["time"], TRIGGERS["time on days"]]))
    assert [one["id"] for one in body["triggers"]] == ["t0", "t1"]
    first, second = body["conditions"][0]["conditions"]
    assert first["conditions"] == [{"condition": "trigger", "id": "t0"}]
    assert second["conditions"][1] == {"condition": "time", "weekday": ["mon", "wed"]}


def test_triggers_without_days_have_no_ids() -> None:
    body, _ = written(routine([TRIGGERS["time"], TRIGGERS["sunrise"]]))
    assert ("id" in body["triggers"][0], body["conditions"]) == (False, [])


@pytest.mark.parametrize(
    ("more", "note"),
    [
        ({"state": "paused"}, "it is paused in Claw"),
        ({"max_runs": 3}, "over after 3 runs"),
        ({"skips": ["2026-11-28"]}, "skipped on 2026-11-28"),
        ({"do": STEPS["skill"]}, "the skill movie-time runs in Claw only"),
        ({"do": STEPS["prompt"]}, "asked of the model"),
        ({"do": STEPS["own act"]}, "an act of Claw's own"),
        ({"do": STEPS["a code"]}, "carries a code"),
        ({"do": STEPS["said"]}, "what Claw tells everyone"),
    ],
)
def test_what_has_no_counterpart_is_said(more: dict[str, Any], note: str) -> None:
    _, left = written(routine(TRIGGERS["time"], **more))
    assert any(note in one for one in left), left


def test_what_does_not_fire_is_off() -> None:
    assert written(routine(TRIGGERS["time"], state="suspended"))[0]["initial_state"] is False
    assert "initial_state" not in written(routine(TRIGGERS["time"], state="shadow"))[0]


def test_no_code_is_written_down() -> None:
    assert "1234" not in automation(routine(TRIGGERS["time"], STEPS["a code"]), PEOPLE, PLACE).yaml


def test_what_a_person_wrote_is_no_template_and_no_comment_of_its_own() -> None:
    hostile = "x\n- id: evil\u202e {{ states('lock.front_door') }}"
    said = automation(routine(TRIGGERS["time"], {"say": hostile, "to": "place:x"}, name="a\n# b"), PEOPLE, PLACE).yaml
    (body,) = yaml.safe_load(said)
    assert (len(yaml.safe_load(said)), body["alias"]) == (1, "a # b")
    assert "{{ states" not in said


def test_a_routine_without_anything_left_says_so() -> None:
    _, left = written(routine({"presence": ["gus"], "does": "comes"}, [STEPS["skill"]]))
    assert left[-2:] == ("nothing sets it off here any more", "it does nothing here any more")


def test_the_shown_wall_clock_is_the_houses() -> None:
    body, _ = written(routine(TRIGGERS["time"], [LIGHT], until="2027-01-01T00:00:00"))
    assert body["conditions"] == [
        {"condition": "template", "value_template": "{{ now() < as_datetime('2027-01-01T00:00:00+01:00') }}"}
    ]
