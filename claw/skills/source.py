"""What a program says of itself before it is generalised: the ids and searches that stand in it, and how it decides.

A program without a decision is what it called, and is written anew from that.  One that looks before it acts has to be
kept, with its values replaced; what it looks at cannot be told from what it did.
"""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from claw.skills.plan import Found

_ELSEWHERE = frozenset({"ask", "read", "extract", "show", "remember", "recall", "history", "schedule"})
"""What a program asks of somebody else than the house as it is: no rule of a skill could be made of it."""
_LOOKS = _ELSEWHERE | {"state", "find", "wait_until"}
_DECIDES = (ast.If, ast.IfExp, ast.While, ast.Try, ast.Match, ast.BoolOp, ast.Compare)
_FILTERS = frozenset({"domain", "area", "floor", "label", "device_class", "state"})
_CHANGING = frozenset({"datetime", "random", "time"})


@dataclass(frozen=True)
class Source:
    """A program, looked at.

    ``tree`` is None where there is none.  ``names`` are its variables, ``texts`` all texts that stand in it, ``finds``
    its searches by literal values; ``decides`` is whether what it does depends on anything, ``elsewhere`` what of the
    world outside it asks, empty where nothing.
    """

    tree: ast.Module | None = None
    names: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    finds: tuple[Found, ...] = ()
    looks: bool = False
    decides: bool = False
    elsewhere: str = ""
    calls: frozenset[str] = field(default_factory=frozenset[str])


def source_of(text: str) -> Source:
    """Return what stands in a program; an empty one for what is none."""
    tree = parsed(text)
    if tree is None or not tree.body:
        return Source()
    nodes = list(ast.walk(tree))
    called = frozenset(name for node in nodes if isinstance(node, ast.Call) and (name := called_name(node)))
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    looks = bool(called & _LOOKS) or bool(modules & _CHANGING)
    return Source(
        tree,
        frozenset(node.id for node in nodes if isinstance(node, ast.Name)),
        frozenset(texts),
        tuple(_finds(nodes)),
        looks,
        any(isinstance(node, _DECIDES) for node in nodes) or bool(modules & _CHANGING),
        next(iter(sorted(called & _ELSEWHERE)), ""),
        called,
    )


def parsed(text: str) -> ast.Module | None:
    """Return a program as a tree, None for what is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a text is its writer's business
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def called_name(node: ast.Call) -> str:
    """Return the name of the function that is called, or of the method; empty for anything else."""
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _finds(nodes: list[ast.AST]) -> Iterator[Found]:
    """Yield the searches whose every filter stands there as a text; by words nothing is found twice the same."""
    for node in nodes:
        if not isinstance(node, ast.Call) or called_name(node) != "find" or node.args:
            continue
        given: dict[str, str] = {
            one.arg: one.value.value
            for one in node.keywords
            if one.arg in _FILTERS and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str)
        }
        if len(given) == len(node.keywords):
            yield Found(
                domain=given.get("domain", ""),
                area=given.get("area", ""),
                floor=given.get("floor", ""),
                label=given.get("label", ""),
                device_class=given.get("device_class", ""),
                state=given.get("state", ""),
            )
