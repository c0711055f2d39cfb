from typing import Any

import pytest

from claw.house.script_text import MOST_LETTERS, MOST_PARTS, ScriptText, read_text


def said(*steps: Any, **more: Any) -> ScriptText:
    found = read_text({"config": {"alias": "Some script", "sequence": list(steps), **more}})
    assert found is not None
    return found


def test_every_id_in_a_text_is_a_word_of_it_however_it_is_written() -> None:
    text = said(
        {"action": "lock.unlock", "target": {"area_id": "hall", "device_id": ["d1", "d2"]}},
        {"choose": [{"conditions": [], "sequence": [{"service": "light.turn_on", "entity_id": "light.a, light.b"}]}]},
        {"action": "scene.apply", "data": {"entities": {"lock.c": "unlocked"}}},
        {"if": "{{ is_state('lock.d', 'locked') }}", "then": []},
    )
    assert {"hall", "d1", "d2", "light.a", "light.b", "lock.c", "lock.d"} <= text.words
    assert not text.open


def test_a_name_of_a_script_that_speaks_of_a_room_does_not_name_it() -> None:
    assert (
        "hall" not in said({"action": "light.turn_on", "target": {"entity_id": "light.a"}}, alias="The hall on").words
    )


@pytest.mark.parametrize(
    "step",
    [
        {"action": "lock.unlock", "target": {"entity_id": "{{ door }}"}},
        {"action": "lock.unlock", "target": {"entity_id": ["light.a", "{% if x %}lock.a{% endif %}"]}},
        {"action": "lock.unlock", "target": {"area_id": "{{ room }}"}},
        {"action": "lock.unlock", "target": "{{ where }}"},
        {"service": "lock.unlock", "entity_id": "{{ door }}"},
        {"service": "lock.unlock", "data": {"device_id": "{{ door }}"}},
        {"service": "lock.unlock", "data_template": {"entity_id": "{{ door }}"}},
        {"service": "lock.unlock", "data": "{{ all_of_it }}"},
        {"service_template": "lock.{{ what }}", "target": {"entity_id": "lock.a"}},
        {"action": "{{ what }}", "target": {"entity_id": "lock.a"}},
        {"scene": "scene.{{ which }}"},
        {"repeat": {"count": 2, "sequence": [{"action": "lock.unlock", "target": {"label_id": "{{ x }}"}}]}},
        {"event": "somebody_comes", "event_data": {}},
        {"action": "conversation.process", "data": {"text": "unlock the door"}},
        {"action": "shell_command.open_the_gate"},
        {"action": "mqtt.publish", "data": {"topic": "gate", "payload": "open"}},
    ],
)
def test_what_only_running_it_tells_leaves_a_text_open(step: Any) -> None:
    assert said({"delay": 1}, step).open


@pytest.mark.parametrize(
    "step",
    [
        {"action": "light.turn_on", "target": {"entity_id": "light.a"}, "data": {"brightness_pct": "{{ level }}"}},
        {"action": "notify.phone", "data": {"message": "{{ now() }}", "data": {"actions": [{"action": "YES"}]}}},
        {"wait_for_trigger": [{"platform": "sun", "event": "sunset"}, {"trigger": "zone", "event": "enter"}]},
        {"delay": "{{ minutes }}"},
        {"variables": {"x": "{{ y }}"}},
        {"action": "some_bulbs.blink", "target": {"entity_id": "light.a"}},
        {"condition": "template", "value_template": "{{ true }}"},
    ],
)
def test_a_template_anywhere_else_leaves_nothing_open(step: Any) -> None:
    assert not said(step).open


def test_a_script_that_is_called_by_its_own_name_is_told() -> None:
    text = said({"action": "script.let_in"}, {"service": "script.turn_on", "target": {"entity_id": "script.other"}})
    assert (text.calls, text.open) == ({"script.let_in"}, False)
    assert {"script.let_in", "script.other"} <= text.words


@pytest.mark.parametrize(
    "answer",
    [
        None, [], "sequence", {}, {"config": None}, {"config": "x"}, {"config": {}}, {"config": {"alias": "broken"}},
        {"config": {"sequence": "x"}}, {"config": {"use_blueprint": {"path": "x.yaml"}, "sequence": []}},
    ],
)  # fmt: skip
def test_what_holds_no_steps_is_no_text(answer: Any) -> None:
    assert read_text(answer) is None


def test_an_automation_is_read_in_its_old_and_its_new_words() -> None:
    for key in ("action", "actions"):
        for steps in ([{"action": "lock.unlock", "target": {"area_id": "hall"}}], {"scene": "hall"}):
            found = read_text({"config": {"triggers": [{"trigger": "event", "event_type": "x"}], key: steps}})
            assert found is not None
            assert "hall" in found.words
            assert not found.open


def test_a_text_that_nobody_waits_for_is_not_had() -> None:
    assert read_text({"config": {"sequence": [{"delay": 1}] * MOST_PARTS}}) is None
    assert read_text({"config": {"sequence": [], "description": "x" * (MOST_LETTERS + 1)}}) is None
