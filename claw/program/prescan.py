"""A look at a program before the sandbox sees it: what could get round the type check or hide a call is refused.

None of this keeps a program in (the sandbox does) and none of it decides what may be done (the gate does).  It keeps a
program readable: every call of the API stands there by its name, so a check of types, a rehearsal and a person see the
same calls.
"""

import ast
import re
import unicodedata
import warnings
from collections.abc import Collection, Iterator

from claw.program.events import Mistyped

MOST_SOURCE = 20_000
"""Bytes of a program."""
MOST_PROBLEMS = 5
RESERVED = "claw_"
"""Names that begin with this are Claw's own in the sandbox."""

MODULES = frozenset(
    {"__future__", "asyncio", "base64", "bisect", "collections", "copy", "csv", "dataclasses", "datetime", "decimal"}
    | {"functools", "hashlib", "itertools", "json", "math", "random", "re", "time", "typing"}
)
"""What a program may import; the sandbox has few others, and none of them is of use in a house."""

_BY_NAME = frozenset({"getattr", "setattr", "delattr", "hasattr"})
_NEVER = frozenset(
    {"eval", "exec", "compile", "globals", "locals", "vars", "input", "breakpoint", "open", "exit", "quit"}
)
_DUNDERS = frozenset({"__name__", "__init__", "__post_init__"})
_UNCHECKED = re.compile(r"#.*\b(?:type|ty|pyright|mypy)\s*:\s*ignore|#.*\bpyright\s*:|\bno_type_check\b|#\s*type\s*:")


def prescan(source: str, functions: Collection[str]) -> None:
    """Raise Mistyped where ``source`` is no program for the API of these ``functions``; each problem with its line."""
    if len(source.encode("utf-8", "replace")) > MOST_SOURCE:
        raise Mistyped(f"it is longer than {MOST_SOURCE} bytes")
    problems = sorted(set(_Scan(frozenset(functions)).problems(_tree(source))) | set(_unchecked(source)))
    if problems:
        shown = [f"line {line}: {problem}" for line, problem in problems[:MOST_PROBLEMS]]
        raise Mistyped("\n".join(shown))


def _tree(source: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a text is the writer's business
            tree = ast.parse(source)
    except SyntaxError as error:
        raise Mistyped(f"line {error.lineno or 1}: {error.msg}") from None
    except (MemoryError, RecursionError):
        raise Mistyped("it is too deeply nested") from None
    except ValueError:  # half of a character pair, a null byte
        raise Mistyped("it holds characters that no program has") from None
    if not tree.body:
        raise Mistyped("it is empty")
    return tree


def _unchecked(source: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(source.splitlines(), 1):
        if _UNCHECKED.search(line):
            yield number, "comments and decorators that turn the type check off are not allowed"


class _Scan:
    """Goes once over a tree."""

    def __init__(self, functions: frozenset[str]) -> None:
        self._functions = functions

    def problems(self, tree: ast.Module) -> Iterator[tuple[int, str]]:
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            line = getattr(node, "lineno", 1)
            if isinstance(node, ast.Name):
                problem = self._name(node, called=id(node) in called)
            elif isinstance(node, ast.Call):
                problem = _named_by_text(node)
            elif isinstance(node, ast.Attribute):
                problem = self._attribute(node.attr)
            else:
                problem = self._bound(node)
            if problem:
                yield line, problem

    def _name(self, node: ast.Name, *, called: bool) -> str:
        if node.id in self._functions and not called:
            return f"{node.id} may only be called by its name; it can be neither assigned nor passed on"
        if node.id in _BY_NAME and not called:
            return f"{node.id} may only be called by its name"
        return _forbidden(node.id)

    @staticmethod
    def _attribute(name: str) -> str:
        return f"{name} cannot be used" if _dunder(name) and name not in _DUNDERS else ""

    def _bound(self, node: ast.AST) -> str:
        """Return what is wrong with the names that a statement gives to something."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            problem = _imported(node)
            if problem:
                return problem
        for name in _bindings(node):
            if name in self._functions:
                return f"{name} is a function of the house and cannot be given another meaning"
            if problem := _forbidden(name):
                return problem
        return ""


def _forbidden(name: str) -> str:
    if name in _NEVER or name.startswith(RESERVED) or (_dunder(name) and name not in _DUNDERS):
        return f"{name} cannot be used"
    return ""


def _dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _named_by_text(node: ast.Call) -> str:
    if not isinstance(node.func, ast.Name) or node.func.id not in _BY_NAME:
        return ""
    named = node.args[1] if len(node.args) > 1 else None
    if not isinstance(named, ast.Constant) or not isinstance(named.value, str):
        return f"{node.func.id} takes the attribute's name as a text that stands there"
    name = unicodedata.normalize("NFKC", named.value)
    return f"{name} cannot be used" if name.startswith("_") else ""


def _imported(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.ImportFrom) and node.level:
        return "there is no package to import from"
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    for name in names:
        if name.partition(".")[0] not in MODULES:
            return f"there is no module {name[:40]} here; there are {', '.join(sorted(MODULES - {'__future__'}))}"
    return ""


def _bindings(node: ast.AST) -> Iterator[str]:
    """Yield every name that ``node`` itself binds, other than by an assignment to it."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.arg(arg=name):
            yield name
        case ast.alias(name=name, asname=asname):
            yield asname or name.partition(".")[0]
            yield name.rpartition(".")[2]
        case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name):
            if name:
                yield name
        case ast.MatchMapping(rest=rest):
            if rest:
                yield rest
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
        case _:
            pass
