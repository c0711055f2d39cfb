"""Programs with something wrong in what they call: for each of them a test of the skill must fail.

A test that passes whatever a skill calls shows nothing.  So each call is left out, made twice, swapped with the next
one, given another service, other data, another thing; what decides on which things it is made is loosened.  None of
these is waved through as meaning the same: where one does, the program says more than it needs.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from claw.house.model import House
from claw.house.services import CATALOGUE

ACTS = frozenset({"call", "notify", "remember"})
"""Functions of a program that do something."""

MOST = 300
"""Mutants of one program; a program with more is too long to be a skill."""

_OPPOSITES = (
    ("turn_on", "turn_off"),
    ("open_cover", "close_cover"),
    ("open_valve", "close_valve"),
    ("lock", "unlock"),
    ("media_play", "media_pause"),
    ("volume_up", "volume_down"),
    ("start", "return_to_base"),
    ("increment", "decrement"),
    ("alarm_arm_away", "alarm_arm_home"),
    ("alarm_arm_night", "alarm_arm_away"),
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One program with one thing wrong: what, on which line, and its text."""

    name: str
    line: int
    source: str


Edit = Callable[[ast.AST], ast.AST]
"""Returns what stands in place of one node of a copy: the node itself, changed, or another."""


@dataclass(frozen=True, slots=True)
class _Change:
    at: int  # the place of the node in ``ast.walk``
    line: int
    name: str
    edit: Edit


def mutants(source: str, house: House) -> Iterator[Mutant]:
    """Give every mutant of a program, in the order of its lines; none for what is no Python.

    The things of ``house`` are what an id is exchanged for.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    found = [*_of_calls(tree, house), *_of_finds(tree), *_of_order(tree)]
    found.sort(key=lambda change: (change.line, change.name))
    seen = {ast.unparse(tree)}
    for change in found[:MOST]:
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
    for at, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Await) and (call := _act(node.value)) is not None:
            name = _told(call)
            yield _Change(at, node.lineno, f"{name} is left out", _left_out)
            yield _Change(at, node.lineno, f"{name} is made twice", _twice)
        elif isinstance(node, ast.Call) and _act(node) is not None:
            yield from _of_arguments(at, node, house)


def _of_arguments(at: int, call: ast.Call, house: House) -> Iterator[_Change]:
    told = _told(call)
    if _named(call) == "call":
        yield from _of_target(at, call, house)
    elif call.args:
        yield _Change(at, call.lineno, f"{told} says something else", _argument(0, ast.Constant("something else")))
    for place, word in enumerate(call.keywords):
        if word.arg in {None, "entities"}:
            continue
        yield _Change(at, call.lineno, f"{told} without {word.arg}", _without_keyword(place))
        yield _Change(at, call.lineno, f"{told} with another {word.arg}", _keyword(place, _other_value(word.value)))


def _of_target(at: int, call: ast.Call, house: House) -> Iterator[_Change]:
    """Exchange the service of a call, and its things, which are its second argument or have a name."""
    told = _told(call)
    if call.args and isinstance(call.args[0], ast.Constant):
        for other in _other_services(str(call.args[0].value)):
            yield _Change(at, call.lineno, f"{told} is {other}", _argument(0, ast.Constant(other)))
    if len(call.args) > 1:
        for what, value in _other_things(call.args[1], house):
            yield _Change(at, call.lineno, f"{told} {what}", _argument(1, value))
    for place, word in enumerate(call.keywords):
        if word.arg == "entities":
            for what, value in _other_things(word.value, house):
                yield _Change(at, call.lineno, f"{told} {what}", _keyword(place, value))


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
                yield _Change(at, node.lineno, f"find() without {word.arg}", _without_keyword(place))


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
                    _swapped(field, first, second),
                )
        if isinstance(node, ast.Call) and not _act(node):
            acting = [place for place, one in enumerate(node.args) if _acts(one)]
            for place in acting:
                if _act(node.args[place]) is not None:
                    told = _told(cast("ast.Call", node.args[place]))
                    yield _Change(at, node.lineno, f"{told} is left out", _less(place))
                    yield _Change(at, node.lineno, f"{told} is made twice", _more(place))
            for first, second in pairwise(acting):
                yield _Change(at, node.lineno, "the calls made together swapped", _swapped("args", first, second))
        if isinstance(node, ast.For) and any(map(_acts, node.body)):
            yield _Change(at, node.lineno, "the loop goes from the end", _backwards)


# ---------------------------------------------------------------------- what is looked for


def _named(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _act(node: ast.AST) -> ast.Call | None:
    return node if isinstance(node, ast.Call) and _named(node) in ACTS else None


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


# ---------------------------------------------------------------------- what it is exchanged for


def _other_services(name: str) -> Iterator[str]:
    domain, _, service = name.partition(".")
    for one, other in _OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            if service == mine and f"{domain}.{theirs}" in CATALOGUE:
                yield f"{domain}.{theirs}"
                return
    others = (other for other in sorted(CATALOGUE) if other.startswith(f"{domain}.") and other != name)
    yield next(others, "logbook.log")


def _other_things(node: ast.expr, house: House) -> Iterator[tuple[str, ast.expr]]:
    """Give other things for those of a call; of what is worked out, all but the first and all but the last."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield "on another thing", ast.Constant(_other_thing(node.value, house))
    elif isinstance(node, (ast.List, ast.Tuple)):
        for place, one in enumerate(node.elts):
            rest = [*node.elts[:place], *node.elts[place + 1 :]]
            yield f"without its thing {place + 1}", ast.List(copy.deepcopy(rest), ast.Load())
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                other = [*node.elts[:place], ast.Constant(_other_thing(one.value, house)), *node.elts[place + 1 :]]
                yield f"on another thing {place + 1}", ast.List(copy.deepcopy(other), ast.Load())
    else:
        yield "without its first thing", _part(node, ast.Slice(ast.Constant(1)))
        yield "without its last thing", _part(node, ast.Slice(None, ast.UnaryOp(ast.USub(), ast.Constant(1))))


def _part(node: ast.expr, part: ast.Slice) -> ast.expr:
    return ast.Subscript(copy.deepcopy(node), part, ast.Load())


def _other_thing(entity: str, house: House) -> str:
    domain = entity.partition(".")[0]
    others = (one for one in sorted(house.states) if one.startswith(f"{domain}.") and one != entity)
    return next(others, f"{domain}.another")


def _other_value(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Constant):
        match node.value:
            case bool():
                return ast.Constant(not node.value)
            case int() | float():
                return ast.Constant(node.value + 1)
            case _:
                return ast.Constant("another")
    if isinstance(node, ast.JoinedStr):
        return ast.Constant("another")
    return ast.BinOp(copy.deepcopy(node), ast.Add(), ast.Constant(1))


# ---------------------------------------------------------------------- how it is changed


def _left_out(node: ast.AST) -> ast.AST:
    """Say of an act that it worked without making it."""
    return ast.copy_location(ast.Constant(value=True), node)


def _twice(node: ast.AST) -> ast.AST:
    both = ast.Tuple([cast("ast.Await", node), cast("ast.Await", copy.deepcopy(node))], ast.Load())
    return ast.copy_location(ast.Subscript(both, ast.Constant(1), ast.Load()), node)


def _less(place: int) -> Edit:
    def edit(node: ast.AST) -> ast.AST:
        del cast("ast.Call", node).args[place]
        return node

    return edit


def _more(place: int) -> Edit:
    def edit(node: ast.AST) -> ast.AST:
        args = cast("ast.Call", node).args
        args.insert(place, copy.deepcopy(args[place]))
        return node

    return edit


def _argument(place: int, value: ast.expr) -> Edit:
    def edit(node: ast.AST) -> ast.AST:
        cast("ast.Call", node).args[place] = value
        return node

    return edit


def _keyword(place: int, value: ast.expr) -> Edit:
    def edit(node: ast.AST) -> ast.AST:
        cast("ast.Call", node).keywords[place].value = value
        return node

    return edit


def _without_keyword(place: int) -> Edit:
    def edit(node: ast.AST) -> ast.AST:
        del cast("ast.Call", node).keywords[place]
        return node

    return edit


def _swapped(field: str, first: int, second: int) -> Edit:
    def edit(node: ast.AST) -> ast.AST:
        steps: list[ast.AST] = getattr(node, field)
        steps[first], steps[second] = steps[second], steps[first]
        return node

    return edit


def _backwards(node: ast.AST) -> ast.AST:
    loop = cast("ast.For", node)
    step = ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))
    loop.iter = ast.Subscript(ast.Call(ast.Name("list", ast.Load()), [loop.iter], []), step, ast.Load())
    return node
