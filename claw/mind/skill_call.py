"""A model's whole program that is one line, ``run_skill("movie-time", area="kitchen")``, is the run of a skill.

Nothing of it goes into the sandbox: it is read as a name and plain values, and what it may do is what the skill may.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from claw.base.action import Json

FUNCTION = "run_skill"
LONGEST = 1_000
"""Characters; one call with at most eight values is never longer."""


@dataclass(frozen=True, slots=True)
class Called:
    """Which skill a model wants run, with which values."""

    name: str
    given: Mapping[str, Json]


def called(source: str) -> Called | None:
    """Return what a program calls that is nothing but one call of a skill with literals; None for any other."""
    if len(source) > LONGEST or FUNCTION not in source:
        return None
    try:
        body = ast.parse(source.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
    if isinstance(value, ast.Await):
        value = value.value
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == FUNCTION):
        return None
    names = [one.value for one in value.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    if len(names) != 1 or len(value.args) != 1:
        return None
    given: dict[str, Json] = {}
    for keyword in value.keywords:
        literal = _literal(keyword.value)
        if keyword.arg is None or literal is None:
            return None
        given[keyword.arg] = literal
    return Called(names[0], given)


def _literal(node: ast.expr) -> Json:
    """Return a text, number, True or False that is written out; None for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _literal(node.operand)
        return -value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, (str, int, float, bool)) else None
