"""The look at a program before the sandbox sees it."""

import contextlib
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw.program.events import Mistyped
from claw.program.prescan import MOST_SOURCE, prescan

WIDE = ("ｅｖａｌ('1')", "x.__ｃｌａｓｓ__", "setattr(x, '＿_class__', 1)")  # noqa: RUF001  letters that count as others
FUNCTIONS = {"call", "state", "ask", "find"}

GOOD = """
from __future__ import annotations
import asyncio, json
from datetime import datetime, timedelta
from dataclasses import dataclass

@dataclass
class Room:
    name: str
    def __init__(self, name):
        self.name = name

async def off(entity: str, *, within: int = 5) -> str:
    try:
        result = await call("light.turn_off", entity, transition=within)
    except Exception as error:
        return type(error).__name__
    match result:
        case {"status": status, **rest}:
            return status
        case [first, *others]:
            return first
    return getattr(result, "status", "unknown")

names = [one["id"] for one in find(domain="light")]
if (now := datetime.now()).hour > 22 or state("sun.sun") == "below_horizon":
    await asyncio.gather(*[off(one) for one in names])
f"{len(names)} off at {now:%H:%M}"
"""


def problem(source: str) -> str:
    with pytest.raises(Mistyped) as found:
        prescan(source, FUNCTIONS)
    return found.value.diagnostics


def test_an_honest_program_passes() -> None:
    prescan(GOOD, FUNCTIONS)


@pytest.mark.parametrize(
    "source",
    [
        "f = call",
        "[call]",
        "x = [call, 1]",
        "map(call, [1])",
        "call.x",
        "lambda f=call: f(1)",
        "def f(x=state): pass",
        "@call\ndef f(): pass",
        "x: call = 1",
        "getattr(call, 'x')",
        "(call if 1 else state)(1)",
        "(call)",
        "{'a': call}",
        "return_ = lambda: call",
        "f'{call}'",
        "print(*[call])",
        "x = y = call",
        "await call",
    ],
)
def test_a_function_of_the_house_is_called_and_nothing_else(source: str) -> None:
    assert "by its name" in problem(source)


@pytest.mark.parametrize(
    "source",
    [
        "call = 1",
        "def call(): pass",
        "async def call(): pass",
        "class call: pass",
        "import json as call",
        "from json import loads as call",
        "from json import call",
        "for call in []: pass",
        "with x as call: pass",
        "try:\n    pass\nexcept Exception as call:\n    pass",
        "lambda call: 1",
        "def f(call): pass",
        "def f(*call): pass",
        "def f(**call): pass",
        "def f():\n    global call\n    call = 1",
        "[call for call in []]",
        "(call := 1)",
        "match 1:\n    case call:\n        pass",
        "match [1]:\n    case [*call]:\n        pass",
        "match {}:\n    case {**call}:\n        pass",
        "del call",
        "call += 1",
        "call: int = 1",
        "def f():\n    x = 1\n    def g():\n        nonlocal x, call\n",
    ],
)
def test_a_function_of_the_house_is_given_no_other_meaning(source: str) -> None:
    found = problem(source)
    assert "call" in found


@pytest.mark.parametrize(
    "source",
    [
        "eval('1')",
        "exec('1')",
        "x = eval",
        "compile('1', '', 'eval')",
        "globals()",
        "locals()",
        "vars()",
        "input()",
        "breakpoint()",
        "open('x')",
        "exit()",
        "__import__('os')",
        "__builtins__",
        "x.__class__",
        "x.__dict__",
        "().__class__.__mro__",
        "def f(__import__): pass",
        "claw_begins()",
        "claw_x = 1",
        "def eval(): pass",
        WIDE[0],
        WIDE[1],
        "getattr(x, '__class__')",
        "getattr(x, '_y')",
        WIDE[2],
        "getattr(x, 'a' + 'b')",
        "getattr(x, y)",
        "getattr(x)",
        "getattr(*y)",
        "hasattr(x, f'{y}')",
        "g = getattr",
        "delattr(x, y)",
        "from builtins import eval",
    ],
)
def test_what_hides_a_call_cannot_be_used(source: str) -> None:
    assert problem(source)


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import os.path",
        "from os import path",
        "import json, subprocess",
        "from . import x",
        "from .x import y",
        "import claw",
        "import pydantic_monty",
        "from json.decoder import x\nimport socket",
    ],
)
def test_only_what_is_of_use_is_imported(source: str) -> None:
    assert "no " in problem(source)


@pytest.mark.parametrize(
    "source",
    [
        "x = 1  # {}: ignore".format("type"),
        "x = 1  # {}: ignore[a]".format("ty"),
        "x = 1 #{}:ignore".format("type"),
        "# {}: basic\nx = 1".format("pyright"),
        "x = []  # {}: list[int]".format("type"),
        "from typing import no_type_check",
        "x = 1  # {}: ignore-errors".format("mypy"),
    ],
)
def test_the_check_of_types_is_not_turned_off(source: str) -> None:
    assert "type check" in problem(source)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "   \n",
        "# only words",
        "x = (",
        "x\0",
        "x = '\ud800'",
        "-" * 19_000 + "1",
        "(" * 5_000,
        "x" + ".a" * 9_000,
        "not " * 4_000 + "1",
        "9" * 19_000,
        "#" * (MOST_SOURCE + 1),
        "ä" * MOST_SOURCE,
        "yield = 1",
        "\tx\n y",
    ],
)
def test_what_is_no_program_is_refused_and_harms_nobody(source: str) -> None:
    assert problem(source)


def test_every_problem_is_told_with_its_line_and_not_more_than_a_few() -> None:
    assert problem("x = 1\nf = call\n\nimport os").splitlines()[0].startswith("line 2: call")
    assert problem("x = 1\nf = call\n\nimport os").splitlines()[1].startswith("line 4: there is no module os")
    assert len(problem("\n".join(f"x{n} = call" for n in range(50))).splitlines()) == 5


def test_an_odd_escape_is_no_warning_of_ours() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prescan(r"x = '\d'", FUNCTIONS)


@given(st.text(max_size=200))
def test_any_text_at_all_is_a_program_or_is_refused(source: str) -> None:
    with contextlib.suppress(Mistyped):
        prescan(source, FUNCTIONS)
