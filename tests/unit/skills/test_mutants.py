"""Which wrong programs are made of a right one: nothing of what it calls is left untouched."""

import ast

from claw.house.file import parse_house
from claw.skills.mutants import MOST, mutants

HOUSE = parse_house(
    {
        "entities": [
            {"entity_id": one} for one in ("light.a", "light.b", "light.c", "lock.door", "climate.c", "media_player.tv")
        ]
    }
)


def named(source: str) -> dict[str, str]:
    return {one.name: one.source for one in mutants(source, HOUSE)}


def test_a_call_is_left_out_made_twice_swapped_and_given_other_things() -> None:
    found = named('await call("light.turn_on", "light.a", brightness_pct=40, flash=True)')
    assert found == {
        "line 1: light.turn_on is left out": "True",
        "line 1: light.turn_on is made twice": (
            "(await call('light.turn_on', 'light.a', brightness_pct=40, flash=True), "
            "await call('light.turn_on', 'light.a', brightness_pct=40, flash=True))[1]"
        ),
        "line 1: light.turn_on is light.turn_off": (
            "await call('light.turn_off', 'light.a', brightness_pct=40, flash=True)"
        ),
        "line 1: light.turn_on on another thing": (
            "await call('light.turn_on', 'light.b', brightness_pct=40, flash=True)"
        ),
        "line 1: light.turn_on without brightness_pct": "await call('light.turn_on', 'light.a', flash=True)",
        "line 1: light.turn_on without flash": "await call('light.turn_on', 'light.a', brightness_pct=40)",
        "line 1: light.turn_on with another brightness_pct": (
            "await call('light.turn_on', 'light.a', brightness_pct=41, flash=True)"
        ),
        "line 1: light.turn_on with another flash": (
            "await call('light.turn_on', 'light.a', brightness_pct=40, flash=False)"
        ),
    }


def test_each_thing_of_a_list_is_left_out_and_exchanged() -> None:
    found = named('await call("lock.lock", ["lock.door", "lock.back"])').values()
    assert "await call('lock.lock', ['lock.back'])" in found
    assert "await call('lock.lock', ['lock.door'])" in found
    assert "await call('lock.lock', ['lock.another', 'lock.back'])" in found
    assert "await call('lock.unlock', ['lock.door', 'lock.back'])" in found


def test_of_things_that_are_worked_out_the_ends_are_left_off_and_the_search_is_loosened() -> None:
    found = named('on = find(domain="light", state="on")\nif on:\n    await call("light.turn_off", on)')
    assert "find() without state" in " ".join(found)
    assert any("find(domain='light')\n" in one for one in found.values())
    assert any("on[1:]" in one for one in found.values())
    assert any("on[:-1]" in one for one in found.values())


def test_a_search_that_leads_to_no_call_is_left_alone() -> None:
    assert named('lamps = find(domain="light", state="on")\nf"{len(lamps)} are on"') == {}


def test_a_search_leads_to_a_call_through_names_loops_and_comprehensions() -> None:
    source = """
there = find(domain="lock", area="hall")
open_ = [one for one in there if state(one) == "unlocked"]
for one in open_:
    await call("lock.lock", one)
"""
    found = named(source)
    assert "line 2: find() without area" in found
    assert "for one in list(open_)[::-1]:" in found["line 4: the loop goes from the end"]


def test_neighbours_are_swapped() -> None:
    source = 'await call("lock.lock", "lock.door")\nx = 1\nif x:\n    await notify("done", to="me")'
    found = named(source)
    swapped = found["line 3: before what stands on line 1"]
    assert swapped.index("notify") < swapped.index("lock.lock")
    assert "line 4: notify says something else" in found
    assert "line 4: notify without to" in found


def test_calls_made_together_are_left_out_doubled_and_swapped() -> None:
    source = 'await gather(call("lock.lock", "lock.door"), call("light.turn_off", "light.a"))'
    found = named(source)
    assert found["line 1: lock.lock is left out"] == "await gather(call('light.turn_off', 'light.a'))"
    assert found["line 1: light.turn_off is made twice"].count("light.turn_off") == 2
    assert found["line 1: the calls made together swapped"].index("light.turn_off") < 25


def test_a_value_that_is_worked_out_is_changed_too() -> None:
    found = named('await call("climate.set_temperature", "climate.c", temperature=warm - 4)')
    assert "temperature=warm - 4 + 1" in found["line 1: climate.set_temperature with another temperature"]


def test_every_mutant_is_python_differs_and_stands_once() -> None:
    source = """
lamps = find(domain="light", area=area, state="on")
if lamps:
    await call("light.turn_off", lamps, transition=2)
for door in find(domain="lock", state="unlocked"):
    await call("lock.lock", door)
await notify(f"{len(lamps)} lights", to="everyone")
"Good night"
"""
    found = [one.source for one in mutants(source, HOUSE)]
    assert len(found) == len(set(found)) > 15
    assert ast.unparse(ast.parse(source)) not in found
    for one in found:
        ast.parse(one)


def test_a_service_that_a_table_gives_to_a_call_is_exchanged_there() -> None:
    found = named('for one in ("light.turn_on", "lock.lock"):\n    await call(one, "light.a")')
    assert "'light.turn_off', 'lock.lock'" in found["line 1: light.turn_on is light.turn_off"]
    assert "'light.turn_on', 'lock.unlock'" in found["line 1: lock.lock is lock.unlock"]


def test_what_is_no_python_or_calls_nothing_has_none() -> None:
    assert named("if") == {}
    assert named('"hello"') == {}


def test_there_are_not_more_than_anybody_waits_for() -> None:
    assert len(list(mutants('await call("light.turn_on", "light.a")\n' * 70, HOUSE))) <= MOST + 1, (
        "one more says that there are more"
    )


def test_they_come_in_the_order_of_the_lines() -> None:
    loop = 'for x in find(domain="light", state="on"):\n    await call("light.turn_off", x)'
    source = f'await call("lock.lock", "lock.door")\n{loop}'
    lines = [one.line for one in mutants(source, HOUSE)]
    assert lines == sorted(lines)
    assert set(lines) == {1, 2, 3}


def test_only_the_search_that_leads_to_a_call_is_loosened() -> None:
    source = """
told = find(domain="lock", state="unlocked")
lamps = find(domain="light", state="on")
names = [one for one in told]
if lamps:
    await call("light.turn_off", lamps)
f"{len(names)} doors"
"""
    searches = [name for name in named(source) if "find()" in name]
    assert searches == ["line 3: find() without state"]


def test_a_loop_that_calls_nothing_is_left_alone() -> None:
    source = 'for x in ["a"]:\n    y = x\nfor z in ["light.a"]:\n    w = z\n    await call("light.turn_off", z)'
    assert [name for name in named(source) if "from the end" in name] == ["line 3: the loop goes from the end"]


def test_a_call_that_says_nothing_breaks_nothing() -> None:
    assert set(named("await call()")) == {"line 1: call is left out", "line 1: call is made twice"}
    assert "line 1: light.turn_on is light.turn_off" in named('await call("light.turn_on")')
    assert (
        "await call('light.turn_on', entities='light.b')"
        in named('await call("light.turn_on", entities="light.a")').values()
    )


def test_a_service_is_exchanged_once_where_it_stands_in_the_call() -> None:
    found = [one.name for one in mutants('await call("lock.lock", "lock.door")', HOUSE)]
    assert found.count("line 1: lock.lock is lock.unlock") == 1
    assert len(found) == len(set(found))
