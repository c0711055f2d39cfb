"""What a line of a set of cases may hold: unknown fields are passed over, known ones that are wrong are told."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.errors import Broken, Invalid
from claw.evaluation.cases import Case, Grant, Unreadable, grant, read_cases, read_homes
from tests.stories.test_eval import CASES, HOMES, KINDS

PLAIN: dict[str, Any] = {"id": "one", "home": "flat", "utterance": "lights on", "expect": {"kind": "no_change"}}


def read(folder: Path, *lines: object) -> list[Case | Unreadable]:
    path = folder / "cases.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts), encoding="utf-8")
    return read_cases(path)


def case(folder: Path, **more: Any) -> Case:
    (found,) = read(folder, {**PLAIN, **more})
    assert isinstance(found, Case), found
    return found


def wrong(folder: Path, **more: Any) -> str:
    (found,) = read(folder, {**PLAIN, **more})
    assert isinstance(found, Unreadable), found
    return found.why


def test_a_case_needs_an_id_a_home_a_sentence_and_what_is_expected(tmp_path: Path) -> None:
    assert case(tmp_path).utterance == "lights on"
    for key in PLAIN:
        (found,) = read(tmp_path, {name: value for name, value in PLAIN.items() if name != key})
        assert isinstance(found, Unreadable)
        assert f"line 1: {key}: Field required" in found.why


@given(extra=st.dictionaries(st.text(min_size=1), st.none() | st.booleans() | st.text() | st.lists(st.integers())))
def test_fields_that_nobody_knows_change_nothing(extra: dict[str, Any]) -> None:
    more = {key: value for key, value in extra.items() if key not in Case.model_fields}
    expect = {**PLAIN["expect"], "of_another_room": more}
    assert Case.model_validate({**more, **PLAIN, "expect": expect}) == Case.model_validate(PLAIN)


def test_short_forms_are_read_like_the_long_ones(tmp_path: Path) -> None:
    expect = {
        "kind": "change",
        "changes": {"light.a": True, "sensor.b": {"state": 21}},
        "answer_any": 21,
        "calls_forbidden": "lock.*",
    }
    found = case(tmp_path, category="single", turns=["and now", {"utterance": "off"}], context=None, expect=expect)
    assert found.category == ("single",)
    assert found.turns == ("and now", "off")
    assert found.expect.changes["light.a"].state == "on"
    assert found.expect.changes["sensor.b"].state == "21"
    assert found.expect.answer_any == ("21",)
    assert found.expect.calls_forbidden[0].service == "lock.*"
    assert case(tmp_path, category=["a", "b"]).category == ("a", "b")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"expect": {"kind": "nothing"}}, "expect.kind: Input should be 'change', 'no_change' or 'answer'"),
        ({"expect": {"kind": "change"}}, "found neither changes nor calls_required"),
        ({"expect": {"kind": "no_change", "changes": {"light.a": "on"}}}, "expected none where nothing may move"),
        ({"setup": {"not an id": "on"}}, "expected an entity id such as light.hall"),
        ({"policy": {"lock.*": "maybe"}}, "found 'maybe', expected allow, deny or confirm"),
        ({"setup_history": [{"at": "yesterday", "entity_id": "light.a", "state": "on"}]}, "setup_history.0.at"),
        ({"turns": [{"nothing": 1}]}, "turns.0"),
        ({"utterance": ""}, "utterance"),
    ],
)
def test_a_known_field_that_is_wrong_is_told_with_its_place(tmp_path: Path, more: dict[str, Any], said: str) -> None:
    assert said in wrong(tmp_path, **more)


def test_a_line_that_is_no_case_leaves_the_others_alone(tmp_path: Path) -> None:
    found = read(tmp_path, PLAIN, "", "{", {**PLAIN, "id": "two", "category": "risky", "home": 5}, [1], PLAIN)
    first, broken, half, listed, last = found
    assert isinstance(first, Case)
    assert isinstance(last, Case)
    assert isinstance(broken, Unreadable)
    assert (broken.line, broken.id) == (3, "line 3")
    assert isinstance(half, Unreadable)
    assert (half.line, half.id, half.category) == (4, "two", ("risky",))
    assert isinstance(listed, Unreadable)
    assert "expected a JSON object" in listed.why


def test_a_sentence_may_hold_what_elsewhere_ends_a_line(tmp_path: Path) -> None:
    said = "on\u2028and off\x85"
    (found,) = read(tmp_path, json.dumps({**PLAIN, "utterance": said}, ensure_ascii=False))
    assert isinstance(found, Case)
    assert found.utterance == said


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("allow", Grant("allow")),
        (" deny ", Grant("deny")),
        ("confirm on unlock", Grant("confirm", ("unlock",))),
        ("confirm on lock.unlock, lock.open", Grant("confirm", ("lock.unlock", "lock.open"))),
    ],
)
def test_a_line_of_a_policy_says_an_effect_and_maybe_actions(text: str, meant: Grant) -> None:
    assert grant(text) == meant


def test_what_cannot_be_scored_yet_is_known_of_each_case(tmp_path: Path) -> None:
    expect = {"kind": "no_change", "schedule": {"cron": "0 7 * * *"}, "memory": ["tea"], "memory_absent": []}
    assert case(tmp_path, expect=expect, setup_memory=["tea"]).not_scored == ("schedule", "memory", "setup_memory")
    assert case(tmp_path).not_scored == ()


def test_a_file_without_a_case_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="one case in JSON on each"):
        read(tmp_path, "", "")
    with pytest.raises(Broken, match="cannot be read"):
        read_cases(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "said"),
    [("[]", "one JSON object"), ("{}", "one JSON object"), ("{", "no JSON"), ('{"a": 1}', "a: expected a house file")],
)
def test_homes_are_one_object_of_house_files(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "homes.json").write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=said):
        read_homes(tmp_path / "homes.json")


def test_the_own_cases_are_sixty_over_eight_kinds_in_homes_that_are_there() -> None:
    found = read_cases(CASES)
    good = [one for one in found if isinstance(one, Case)]
    assert len(found) == len(good) == len({one.id for one in good}) == 60
    assert {kind for one in good for kind in one.category} == KINDS
    assert {one.home for one in good} == set(read_homes(HOMES))
