"""What is changed in a program to make a wrong one of it, and what one service, thing or value is exchanged for.

An edit returns what stands in place of one node of a copy of the program; the program itself is never touched.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from typing import cast

from claw.house.model import House
from claw.house.services import CATALOGUE

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

Edit = Callable[[ast.AST], ast.AST]
"""Returns what stands in place of one node of a copy: the node itself, changed, or another."""


def other_service(name: str) -> str:
    """Return the service that is meant least by ``name``: its opposite, or another one of its domain."""
    domain, _, service = name.partition(".")
    for one, other in _OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            if service == mine and f"{domain}.{theirs}" in CATALOGUE:
                return f"{domain}.{theirs}"
    others = [other for other in sorted(CATALOGUE) if other != name]
    return next((other for other in others if other.startswith(f"{domain}.")), others[0])


def other_things(node: ast.expr, house: House) -> Iterator[tuple[str, ast.expr]]:
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


def other_value(node: ast.expr) -> ast.expr:
    """Return another value: a number one higher, the other truth, another text."""
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


def left_out(node: ast.AST) -> ast.AST:
    """Say of an act that it worked without making it."""
    return ast.copy_location(ast.Constant(value=True), node)


def twice(node: ast.AST) -> ast.AST:
    """Make an act twice; the answer is that of the second."""
    both = ast.Tuple([cast("ast.Await", node), cast("ast.Await", copy.deepcopy(node))], ast.Load())
    return ast.copy_location(ast.Subscript(both, ast.Constant(1), ast.Load()), node)


def less(place: int) -> Edit:
    """Leave out one of the calls that are made together."""

    def edit(node: ast.AST) -> ast.AST:
        del cast("ast.Call", node).args[place]
        return node

    return edit


def more(place: int) -> Edit:
    """Make one of the calls that are made together twice."""

    def edit(node: ast.AST) -> ast.AST:
        args = cast("ast.Call", node).args
        args.insert(place, copy.deepcopy(args[place]))
        return node

    return edit


def instead(value: ast.expr) -> Edit:
    """Put ``value`` in its place."""
    return lambda node: ast.copy_location(value, node)


def argument(place: int, value: ast.expr) -> Edit:
    """Give a call another argument."""

    def edit(node: ast.AST) -> ast.AST:
        cast("ast.Call", node).args[place] = value
        return node

    return edit


def keyword(place: int, value: ast.expr) -> Edit:
    """Give a call another value for one of its keywords."""

    def edit(node: ast.AST) -> ast.AST:
        cast("ast.Call", node).keywords[place].value = value
        return node

    return edit


def without_keyword(place: int) -> Edit:
    """Leave out one of the keywords of a call."""

    def edit(node: ast.AST) -> ast.AST:
        del cast("ast.Call", node).keywords[place]
        return node

    return edit


def swapped(field: str, first: int, second: int) -> Edit:
    """Swap two of the nodes in a list of it."""

    def edit(node: ast.AST) -> ast.AST:
        steps: list[ast.AST] = getattr(node, field)
        steps[first], steps[second] = steps[second], steps[first]
        return node

    return edit


def backwards(node: ast.AST) -> ast.AST:
    """Let a loop begin at the end."""
    loop = cast("ast.For", node)
    step = ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))
    loop.iter = ast.Subscript(ast.Call(ast.Name("list", ast.Load()), [loop.iter], []), step, ast.Load())
    return node
