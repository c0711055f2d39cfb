import pytest

from claw.care.repair_text import CONFIG, POLICY, names, replaced

TEXT = """\
# light.old, über alles
rules:
  - {id: a, allow: [light.old, script.old], on: {entity: [light.old, "light.b"]}}   # light.old
  - id: b
    deny: light.*
    why: light.old
    except: {entity: light.old}
    when: {states: {'light.old': on, sensor.x: light.old}}
never: [{id: n, when: {states: {light.old: on}}}]
safety: {smoke: [{action: light.turn_on, entities: [light.old]}]}
tests:
  - {action: light.turn_on, entities: &them [light.old], states: {light.old: on}, expect: deny}
  - {action: light.turn_off, entities: *them, expect: deny}
"""


def test_only_what_means_a_thing_is_written_anew_and_all_else_stays() -> None:
    after, left = replaced(TEXT, POLICY, {"light.old": "light.much_newer", "light.b": "light.old"})
    assert left == []
    changed = [now for was, now in zip(TEXT.splitlines(), after.splitlines(), strict=True) if was != now]
    assert changed == [
        '  - {id: a, allow: [light.old, script.old], on: {entity: [light.much_newer, "light.old"]}}   # light.old',
        "    except: {entity: light.much_newer}",
        "    when: {states: {'light.much_newer': on, sensor.x: light.old}}",
        "never: [{id: n, when: {states: {light.much_newer: on}}}]",
        "safety: {smoke: [{action: light.turn_on, entities: [light.much_newer]}]}",
        "  - {action: light.turn_on, entities: &them [light.much_newer], states: {light.much_newer: on}, expect: deny}",
    ]


@pytest.mark.parametrize("text", ["", "rules: 3", "rules: {a: b}", "- a", "rules: [a, [b]]"])
def test_a_text_of_another_shape_names_nothing(text: str) -> None:
    assert names(text, POLICY) == []


def test_what_stands_behind_an_escape_is_left_to_a_person() -> None:
    text = 'rules:\n  - {id: a, allow: light.*, on: {entity: "light\\x2eold"}}\n'
    after, (left,) = replaced(text, POLICY, {"light.old": "light.new"})
    assert (after, left.entity_id, left.where) == (text, "light.old", "rules.on.entity in line 2")


def test_a_configuration_names_things_in_many_places_and_actions_and_files_are_none() -> None:
    text = """\
policy: policy.yaml
services: {script.old: {}}
stop: {helper: input_boolean.stop, safe: [{action: light.turn_on, entities: [light.a]}]}
sources: {news: {entity: sensor.news}, file: {file: notes.txt}}
routines: {hands: {light.a: 5 min}}
people: [{id: anna, entity: person.anna}]
voice: {speech: {rooms: {hall: media_player.hall}, voice: tts.one}}
audit: {witness_entity: input_text.head}
"""
    assert [one.entity_id for one in names(text, CONFIG)] == [
        "input_boolean.stop", "light.a", "sensor.news", "light.a", "person.anna", "media_player.hall", "tts.one",
        "input_text.head",
    ]  # fmt: skip
