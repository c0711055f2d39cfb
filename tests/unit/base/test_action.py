import copy
import pickle
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.base.action import Action, canonical, to_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_an_action_cannot_be_changed_after_it_was_made() -> None:
    data = {"brightness_pct": 40}
    action = Action("light.turn_on", ("light.hall",), data)
    data["brightness_pct"] = 100
    assert action.data["brightness_pct"] == 40
    with pytest.raises(TypeError):
        action.data["brightness_pct"] = 100  # type: ignore[index]


@given(st.dictionaries(st.text(), values, max_size=4))
def test_the_digest_does_not_depend_on_the_order_of_keys(data: dict[str, object]) -> None:
    turned = dict(reversed(list(data.items())))
    assert Action("a.b", ("a.c",), data).digest() == Action("a.b", ("a.c",), turned).digest()


@given(st.dictionaries(st.text(), values, max_size=4), st.dictionaries(st.text(), values, max_size=4))
def test_different_data_has_a_different_digest(one: dict[str, object], other: dict[str, object]) -> None:
    same = canonical(one) == canonical(other)
    assert (Action("a.b", (), one).digest() == Action("a.b", (), other).digest()) == same


def test_the_order_of_entities_counts() -> None:
    assert Action("a.b", ("a.c", "a.d")).digest() != Action("a.b", ("a.d", "a.c")).digest()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_does_not_know_have_no_canonical_form(value: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical(value)


def test_an_action_survives_copying_and_pickling() -> None:
    action = Action("light.turn_on", ("light.hall",), {"rgb_color": [1, 2, 3]})
    assert copy.deepcopy(action) == action
    assert pickle.loads(pickle.dumps(action)) == action  # noqa: S301  our own bytes


def test_the_domain_chooses_the_effector() -> None:
    assert Action("claw.notify").domain == "claw"
    assert Action("mcp.weather.today").domain == "mcp"


def test_a_day_is_written_as_one() -> None:
    assert to_json((date(2026, 3, 29), datetime(2026, 3, 29, 2, tzinfo=UTC))) == [
        "2026-03-29",
        "2026-03-29T02:00:00+00:00",
    ]
