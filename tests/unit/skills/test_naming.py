"""Names of parameters that a program can have."""

import ast

from hypothesis import given
from hypothesis import strategies as st

from claw.program.api import FUNCTIONS
from claw.skills.naming import Unused, noun


def test_a_name_is_plain_and_taken_only_once() -> None:
    unused = Unused(["area", "lamp"])
    assert [unused.name(one) for one in ("area", "lamp", "lamp", "brightness_pct", "volume_level")] == [
        "area_2", "lamp_2", "lamp_3", "brightness", "volume",
    ]  # fmt: skip
    assert (noun("light"), noun("water_heater"), noun("vacuum")) == ("lamp", "boiler", "vacuum")
    assert Unused.shown("brightness_pct") == "brightness"


@given(st.text(max_size=40))
def test_whatever_a_field_is_called_the_name_is_one_of_a_variable(wanted: str) -> None:
    name = Unused([]).name(wanted)
    ast.parse(f"{name} = 1")
    assert name not in FUNCTIONS
    assert len(name) <= 31
