from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.base.action import Action, Outcome
from claw.channels.shown import KINDS_OF_VIEWERS, LONGEST_LINE, ShownOnce, shown

HOSTILE = "a\x1b[2J\x9b\u202eb\u200bc"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def test_texts_and_keys_are_harmless_however_deep_they_lie() -> None:
    assert shown({"x": [{HOSTILE: (HOSTILE, 1, None, True, 0.5)}]}) == {
        "x": [{"a[2Jbc": ["a[2Jbc", 1, None, True, 0.5]}]
    }


def test_a_question_keeps_its_lines() -> None:
    assert shown(f"Do this?\n- {HOSTILE}\n- that") == "Do this?\n- a[2Jbc\n- that"


def test_the_lines_of_a_program_stay_where_they_stand() -> None:
    assert shown("if x:\n    y  # caf\xe9 \x1b\n        z") == "if x:\n    y # caf\xe9\n        z"


def test_nouns_are_shown_by_field() -> None:
    outcome = Outcome(Action("light.turn_on", ("light.lamp",)), "failed", HOSTILE, after={"light.lamp": HOSTILE})
    answer = shown(outcome)
    assert answer["detail"] == "a[2Jbc"
    assert answer["after"] == {"light.lamp": "a[2Jbc"}


def test_a_line_without_end_is_cut() -> None:
    assert len(shown("\x1b" + "x" * LONGEST_LINE * 2)) == LONGEST_LINE


@settings(max_examples=50)
@given(JSON)
def test_showing_twice_is_showing_once(value: object) -> None:
    once = shown(value)
    assert shown(once) == once


def test_what_has_no_json_form_is_an_error() -> None:
    with pytest.raises(TypeError):
        shown({"x": object()})
    assert shown(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00+00:00"


def test_what_many_see_alike_is_made_once_and_what_they_see_otherwise_is_not_mixed_up() -> None:
    once, whole, less = ShownOnce(), {"seq": 1, "text": HOSTILE}, {"seq": 1, "private": True}
    seen = [once(value) for value in (whole, less, dict(whole), dict(less), dict(whole))]
    assert seen == [shown(whole), shown(less)] * 2 + [shown(whole)]
    assert seen[0] is seen[2] is seen[4]
    assert seen[1] is seen[3]
    for other in range(KINDS_OF_VIEWERS):
        once(other)
    assert once(whole) is not seen[0], "nothing of it is kept for long"
