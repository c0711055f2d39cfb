"""A program that decides is kept as it is, with its parameters in place of its values."""

import pytest

from claw.base.errors import Refused
from claw.skills.generalise import generalise
from claw.skills.plan import Before
from claw.skills.rewriting import rewritten
from claw.skills.source import source_of
from tests.learning_room import HOUSE, did, lights, off, on, trace

LAMP = "light.living_room_lamp"


def rewrite(*asked: tuple[str, list[object], str]) -> str:
    traces = [trace(said, calls, source=source, number=at) for at, (said, calls, source) in enumerate(asked)]  # type: ignore[arg-type]
    return rewritten(generalise(traces, HOUSE), [source_of(one.source) for one in traces], Before(HOUSE))


def dimmed(level: int, area: str = "living_room", words: str = "''") -> str:
    return (
        f"if state('sun.sun') == 'below_horizon':\n    for x in find(domain='light', area='{area}'):\n"
        f"        await call('light.turn_on', x, brightness_pct={level})\n{words}"
    )


def calls(level: int, area: str = "living_room") -> list[object]:
    return [on(*lights(area), brightness_pct=level)]


def test_rooms_and_figures_are_replaced_where_they_stand() -> None:
    text = rewrite(("dusk in the living room at 40", calls(40), dimmed(40)))
    assert text == (
        "if state('sun.sun') == 'below_horizon':\n    for x in find(domain='light', area=area):\n"
        "        not_so = [one for one in ([x] if isinstance(x, str) else x) if not (state(one) == 'on' and "
        "abs((state(one, 'brightness') or 0) - max(1, round(brightness * 255 / 100))) <= 3)]\n"
        "        if not_so:\n            await call('light.turn_on', not_so, brightness_pct=brightness)\n"
    )


def test_of_two_programs_only_what_differs_and_is_a_parameters_may_differ() -> None:
    one = ("dusk in the living room", calls(40), dimmed(40))
    text = rewrite(one, ("dusk in the bedroom", calls(40, "bedroom"), dimmed(40, "bedroom")))
    assert "area=area" in text
    assert "brightness_pct=40" in text
    strange = dimmed(40, "bedroom").replace("below_horizon", "above_horizon")
    with pytest.raises(Refused, match="not clear"):
        rewrite(one, ("dusk in the bedroom", calls(40, "bedroom"), strange))


def test_a_figure_stays_where_it_is_no_datum_of_that_call() -> None:
    source = dimmed(40) + "\nx = [40]"
    assert "x = [40]" in rewrite(("dusk in the living room at 40", calls(40), source))


def test_lists_of_all_that_a_room_has_become_a_search() -> None:
    source = f"if state('sun.sun') != 'x':\n    await call('light.turn_off', {list(lights('bedroom'))!r})"
    assert "find(domain='light', area=area)" in rewrite(("night in the bedroom", [off(*lights("bedroom"))], source))


def test_words_that_still_name_the_room_are_a_reason_not_to() -> None:
    source = dimmed(40, words="print('the living room is dim')")
    with pytest.raises(Refused, match="not clear"):
        rewrite(("dusk in the living room", calls(40), source))
    assert "dim" not in rewrite(("dusk in the living room", calls(40), dimmed(40, words="'the living room is dim'")))


def test_a_parameter_that_stands_nowhere_is_a_reason_not_to() -> None:
    source = f"n = 4 * 10\nif n:\n    await call('light.turn_on', {LAMP!r}, brightness_pct=n)"
    with pytest.raises(Refused, match="not clear"):
        rewrite(("lamp at 40", [on(LAMP, brightness_pct=40)], source))
    with pytest.raises(Refused, match="no program"):
        rewrite(("lamp at 40", [on(LAMP, brightness_pct=40)], ""))


def test_programs_of_other_shapes_go_by_the_last_one() -> None:
    first = ("dusk in the living room", calls(40), "pass\n" + dimmed(40))
    assert "area=area" in rewrite(first, ("dusk in the bedroom", calls(40, "bedroom"), dimmed(40, "bedroom")))


@pytest.mark.parametrize(
    "together",
    [
        "*[call('light.turn_off', x) for x in find(domain='light', area='bedroom') if state(x) == 'on']",
        "*(call('light.turn_off', x) for x in find(domain='light', area='bedroom') if state(x) == 'on')",
    ],
)
def test_calls_that_go_together_go_one_after_the_other(together: str) -> None:
    source = f"import asyncio\nif state('sun.sun') != 'x':\n    await asyncio.gather({together})\n"
    text = rewrite(("night in the bedroom", [off(*lights("bedroom"))], source))
    assert "gather" not in text
    assert "for x in find(domain='light', area=area):" in text
    lit = [one for one in lights("hall") if HOUSE.states[one].value == "on"]
    assert did(text, {"area": "hall"}) == [off(one) for one in lit]


def test_several_calls_that_go_together_are_each_looked_at() -> None:
    source = f"import asyncio\nif state('sun.sun') != 'x':\n    await asyncio.gather(call('light.turn_off', {LAMP!r}), "
    source += "call('light.turn_off', 'light.hall_ceiling'))\n"
    text = rewrite(("dark now", [off(LAMP), off("light.hall_ceiling")], source))
    assert text.count("if there(one)") == 2
    assert did(text, {}) == [off(LAMP), off("light.hall_ceiling")]
