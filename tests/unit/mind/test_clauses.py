"""What a template requires: never more than it does, and lists as well as words."""

import pytest
from hassil.parse_expression import parse_sentence

from claw.mind.clauses import required

RULES = {"the": parse_sentence("(the|my)"), "loop": parse_sentence("<loop> x")}


def clauses(template: str) -> set[frozenset[str]]:
    return required(parse_sentence(template).expression, RULES)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("turn on", {("turn",), ("on",)}),
        ("turn [it] on", {("turn",), ("on",)}),
        ("(turn|switch) on", {("turn", "switch"), ("on",)}),
        ("open {name}", {("open",), ("{name}",)}),
        ("({name}|{area}) on", {("{name}", "{area}"), ("on",)}),
        ("<the> lamp", {("the", "my"), ("lamp",)}),
        ("(lamp|[maybe])", set()),
        ("(a b|a c)", {("a",), ("b", "c")}),
        ("<unknown> on", {("on",)}),
    ],
)
def test_a_template_requires(template: str, expected: set[tuple[str, ...]]) -> None:
    assert clauses(template) == {frozenset(clause) for clause in expected}


def test_rules_that_refer_to_themselves_end() -> None:
    assert frozenset({"x"}) in clauses("<loop>")
