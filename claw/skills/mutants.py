"""Programs with something wrong in what they call: for each of them a test of the skill must fail.

A test that passes whatever a skill calls shows nothing.  So each call is left out, made twice, swapped with the next
one, given another service, other data, another thing; what decides on which things it is made is loosened.  None of
these is waved through as meaning the same: where one does, the program says more than it needs.
"""

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from claw.house.model import House
from claw.house.services import CATALOGUE
from claw.skills.edits import (
    Edit,
    argument,
    backwards,
    instead,
    keyword,
    left_out,
    less,
    more,
    other_service,
    other_things,
    other_value,
    swapped,
    twice,
    without_keyword,
)

ACTS = frozenset({"call", "notify", "remember"})
"""Functions of a program that do something."""

MOST = 300
"""Mutants of one program; a program with more is too long to be a skill."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One program with one thing wrong: what, on which line, and its text."""

    name: str
    line: int
    source: str


@dataclass(frozen=True, slots=True)
class _Change:
    at: int  # the place of the node in ``ast.walk``
    line: int
    name: str
    edit: Edit


def mutants(source: str, house: House) -> Iterator[Mutant]:
    """Give every mutant of a program, in the order of its lines; none for what is no Python.

    The things of ``house`` are what an id is exchanged for.  Gives no more than ``MOST`` and one: who finds that one
    has not tried them all.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    found = [*_of_calls(tree, house), *_of_finds(tree), *_of_order(tree)]
    found.sort(key=lambda change: (change.line, change.name))
    seen = {ast.unparse(tree)}
    for change in found[: MOST + 1]:
        changed = copy.deepcopy(tree)
        node = next(node for at, node in enumerate(ast.walk(changed)) if at == change.at)
        text = ast.unparse(ast.fix_missing_locations(_Put(node, change.edit(node)).visit(changed)))
        if text not in seen:
            seen.add(text)
            yield Mutant(f"line {change.line}: {change.name}", change.line, text)


class _Put(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else super().visit(node)


def _of_calls(tree: ast.Module, house: House) -> Iterator[_Change]:
    # A service may stand where a loop or a table gives it to a call.
    direct = {id(first) for node in ast.walk(tree) if (act := _act(node)) is not None for first in act.args[:1]}
    for at, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Await) and (call := _act(node.value)) is not None:
            name = _told(call)
            yield _Change(at, node.lineno, f"{name} is left out", left_out)
            yield _Change(at, node.lineno, f"{name} is made twice", twice)
        elif isinstance(node, ast.Call) and _act(node) is not None:
            yield from _of_arguments(at, node, house)
        elif isinstance(node, ast.Constant) and _is_service(node.value) and id(node) not in direct:
            other = other_service(str(node.value))
            yield _Change(at, node.lineno, f"{node.value} is {other}", instead(ast.Constant(other)))


def _is_service(value: object) -> bool:
    return isinstance(value, str) and value in CATALOGUE


def _of_arguments(at: int, call: ast.Call, house: House) -> Iterator[_Change]:
    told = _told(call)
    if _named(call) == "call":
        yield from _of_target(at, call, house)
    elif call.args:
        yield _Change(at, call.lineno, f"{told} says something else", argument(0, ast.Constant("something else")))
    for place, word in enumerate(call.keywords):
        if word.arg in {None, "entities"}:
            continue
        yield _Change(at, call.lineno, f"{told} without {word.arg}", without_keyword(place))
        yield _Change(at, call.lineno, f"{told} with another {word.arg}", keyword(place, other_value(word.value)))


def _of_target(at: int, call: ast.Call, house: House) -> Iterator[_Change]:
    """Exchange the service of a call, and its things, which are its second argument or have a name."""
    told = _told(call)
    if call.args and isinstance(call.args[0], ast.Constant):
        other = other_service(str(call.args[0].value))
        yield _Change(at, call.lineno, f"{told} is {other}", argument(0, ast.Constant(other)))
    if len(call.args) > 1:
        for what, value in other_things(call.args[1], house):
            yield _Change(at, call.lineno, f"{told} {what}", argument(1, value))
    for place, word in enumerate(call.keywords):
        if word.arg == "entities":
            for what, value in other_things(word.value, house):
                yield _Change(at, call.lineno, f"{told} {what}", keyword(place, value))


def _of_finds(tree: ast.Module) -> Iterator[_Change]:
    """Loosen what decides on which things a call is made: each condition of each search that leads to one.

    Not of which domain they are: a service is for one domain only, so that what else is found there breaks off.
    """
    leading = _leading(tree)
    for at, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Call) and _named(node) == "find" and id(node) in leading:
            for place, word in enumerate(node.keywords):
                if word.arg == "domain":
                    continue
                yield _Change(at, node.lineno, f"find() without {word.arg}", without_keyword(place))


def _of_order(tree: ast.Module) -> Iterator[_Change]:
    """Swap neighbours that call something, and go through what is looped over from its end."""
    for at, node in enumerate(ast.walk(tree)):
        for field in ("body", "orelse", "finalbody"):
            block: object = getattr(node, field, None)
            if not isinstance(block, list):
                continue
            steps = cast("list[ast.AST]", block)
            acting = [place for place, step in enumerate(steps) if _acts(step)]
            for first, second in pairwise(acting):
                line = getattr(steps[second], "lineno", 0)
                yield _Change(
                    at,
                    line,
                    f"before what stands on line {getattr(steps[first], 'lineno', 0)}",
                    swapped(field, first, second),
                )
        if isinstance(node, ast.Call) and not _act(node):
            acting = [place for place, one in enumerate(node.args) if _acts(one)]
            for place in acting:
                if _act(node.args[place]) is not None:
                    told = _told(cast("ast.Call", node.args[place]))
                    yield _Change(at, node.lineno, f"{told} is left out", less(place))
                    yield _Change(at, node.lineno, f"{told} is made twice", more(place))
            for first, second in pairwise(acting):
                yield _Change(at, node.lineno, "the calls made together swapped", swapped("args", first, second))
        if isinstance(node, ast.For) and any(map(_acts, node.body)):
            yield _Change(at, node.lineno, "the loop goes from the end", backwards)


# ---------------------------------------------------------------------- what is looked for


def _named(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _act(node: ast.AST) -> ast.Call | None:
    return cast("ast.Call", node) if _named(node) in ACTS else None


def _acts(node: ast.AST) -> bool:
    return any(_act(one) is not None for one in ast.walk(node))


def _told(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    if _named(call) == "call" and isinstance(first, ast.Constant):
        return str(first.value)
    return _named(call)


def _leading(tree: ast.Module) -> set[int]:
    """Return the ids of all nodes whose values lead to a call: those in it, and what its names were given."""
    given: list[tuple[set[str], ast.AST]] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value is not None:
            targets: Sequence[ast.AST] = node.targets if isinstance(node, ast.Assign) else [node.target]
            given.append((set[str]().union(*map(_names, targets)), node.value))
        elif isinstance(node, (ast.For, ast.comprehension)):
            given.append((_names(node.target), node.iter))
    found: set[int] = set()
    names: set[str] = set()
    waiting: list[ast.AST] = [node for node in ast.walk(tree) if _act(node) is not None]
    while waiting:
        node = waiting.pop()
        if id(node) in found:
            continue
        found.update(id(one) for one in ast.walk(node))
        names |= _names(node)
        waiting += [value for targets, value in given if targets & names and id(value) not in found]
    return found


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
