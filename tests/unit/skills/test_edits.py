"""Each edit changes one place of a program, and gives what is meant least."""

import ast

import pytest

from claw.house.file import parse_house
from claw.house.services import CATALOGUE
from claw.skills import edits

HOUSE = parse_house({"entities": [{"entity_id": "light.a"}, {"entity_id": "light.b"}]})


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def text(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node))


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("light.turn_on", "light.turn_off"),
        ("light.turn_off", "light.turn_on"),
        ("lock.lock", "lock.unlock"),
        ("cover.open_cover", "cover.close_cover"),
        ("climate.set_temperature", "climate.set_fan_mode"),
        ("claw.notify", "alarm_control_panel.alarm_arm_away"),
    ],
)
def test_a_service_is_exchanged_for_what_is_meant_least(name: str, other: str) -> None:
    assert edits.other_service(name) == other


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_no_service_is_exchanged_for_itself(name: str) -> None:
    other = edits.other_service(name)
    assert other != name
    assert other in CATALOGUE


@pytest.mark.parametrize(
    ("written", "others"),
    [
        ("'light.a'", ["'light.b'"]),
        ("'vacuum.x'", ["'vacuum.another'"]),
        ("['light.a', one]", ["[one]", "['light.b', one]", "['light.a']"]),
        ("lamps", ["lamps[1:]", "lamps[:-1]"]),
        ("find(domain='light')", ["find(domain='light')[1:]", "find(domain='light')[:-1]"]),
    ],
)
def test_things_are_exchanged_and_left_out(written: str, others: list[str]) -> None:
    assert [text(node) for _, node in edits.other_things(expression(written), HOUSE)] == others


@pytest.mark.parametrize(
    ("written", "other"),
    [("40", "41"), ("0.5", "1.5"), ("True", "False"), ("'heat'", "'another'"), ("f'{x}'", "'another'"), ("x", "x + 1")],
)
def test_a_value_is_exchanged(written: str, other: str) -> None:
    assert text(edits.other_value(expression(written))) == other


def test_nodes_are_left_out_doubled_swapped_and_turned_round() -> None:
    def awaited() -> ast.AST:
        statement = ast.parse("await f(1)").body[0]
        assert isinstance(statement, ast.Expr)
        return statement.value

    assert text(edits.left_out(awaited())) == "True"
    assert text(edits.twice(awaited())) == "(await f(1), await f(1))[1]"
    assert text(edits.less(1)(expression("g(a, b, c)"))) == "g(a, c)"
    assert text(edits.more(1)(expression("g(a, b)"))) == "g(a, b, b)"
    assert text(edits.argument(0, ast.Constant(1))(expression("g(a, b)"))) == "g(1, b)"
    assert text(edits.keyword(0, ast.Constant(1))(expression("g(a=2, b=3)"))) == "g(a=1, b=3)"
    assert text(edits.without_keyword(1)(expression("g(a=2, b=3)"))) == "g(a=2)"
    assert text(edits.instead(ast.Constant(1))(expression("x"))) == "1"
    assert text(edits.swapped("body", 0, 1)(ast.parse("a\nb\nc"))) == "b\na\nc"
    assert text(edits.backwards(ast.parse("for x in y:\n    x").body[0])) == "for x in list(y)[::-1]:\n    x"
