"""Makes wrong programs out of a right one: one small change each, of the kind a tired person makes in a guard.

A condition is turned around, an ``and`` becomes an ``or``, a part of it is forgotten, a bound is off by one, a
``raise`` or a check is missing, a flag is the other way round or not set at all, a function returns nothing.  What
only words a message is left as it is: a log line, the text of an error, the ``why`` of a decision.
"""

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

_OTHER: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OTHER_NAME = {"any": "all", "all": "any", "min": "max", "max": "min"}
_WORDS = frozenset({"why", "text", "detail", "question", "reason", "message", "said", "what"})
"""Keyword arguments that carry words for people."""


@dataclass(frozen=True)
class Mutant:
    """One change: in which function of which file, at which lines, from what to what."""

    path: str
    function: str
    first: int
    last: int
    statement: int
    before: str
    after: str
    code: CodeType

    @property
    def where(self) -> str:
        return f"{self.path}::{self.function}"

    @property
    def label(self) -> str:
        return f"{self.path}:{self.first} {self.function}: {self.before}  ->  {self.after}"

    @property
    def number(self) -> int:
        """The same for the same change wherever it stands in the file: what a sample is drawn by."""
        return int(hashlib.sha256(f"{self.where} {self.before} {self.after}".encode()).hexdigest(), 16)


def mutants(root: Path, path: str) -> Iterator[Mutant]:
    """Give every mutant of the file ``path`` below ``root``."""
    tree = ast.parse((root / path).read_text(encoding="utf-8"))
    for name, function in _functions(tree, ""):
        if isinstance(function.returns, ast.Name) and function.returns.id == "str":
            continue  # it words something
        seen = {ast.dump(function)}
        for holder, field, index, old, new in list(_changes(function)):
            _put(holder, field, index, new)
            shape = ast.dump(function)
            if shape not in seen:
                seen.add(shape)
                ast.copy_location(new, old)
                ast.fix_missing_locations(new)
                code = _code(compile(tree, path, "exec"), name, _line(function))
                yield Mutant(
                    path, name, old.lineno, old.end_lineno or old.lineno, _statement(function, old.lineno),
                    _shown(old), _shown(new), code,
                )  # fmt: skip
            _put(holder, field, index, old)


def _functions(node: ast.AST, inside: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in getattr(node, "body", ()):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield inside + child.name, child
        elif isinstance(child, ast.ClassDef) and not any(ast.unparse(base) == "Protocol" for base in child.bases):
            yield from _functions(child, f"{inside}{child.name}.")


def _line(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


def _code(code: CodeType, name: str, line: int) -> CodeType:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            if one.co_qualname == name and one.co_firstlineno == line:
                return one
            if name.startswith(f"{one.co_qualname}."):
                return _code(one, name, line)
    raise LookupError(name)


def _statement(function: ast.AST, line: int) -> int:
    """Return where the innermost statement begins that holds ``line``."""
    begins = [one.lineno for one in ast.walk(function) if isinstance(one, ast.stmt) and one.lineno <= line]
    return max(begins)


def _put(holder: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(holder, field, node)
    else:
        getattr(holder, field)[index] = node


_Change = tuple[ast.AST, str, int | None, ast.expr | ast.stmt, ast.expr | ast.stmt]


def _changes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[_Change]:
    for index, statement in enumerate(function.body):
        yield from _at(function, "body", index, statement)


_NOT_RUN = {
    ast.arg: {"annotation"},
    ast.AnnAssign: {"annotation"},
    ast.FunctionDef: {"args", "returns", "decorator_list"},
    ast.AsyncFunctionDef: {"args", "returns", "decorator_list"},
    ast.Lambda: {"args"},
    ast.Raise: {"exc"},
    ast.match_case: {"pattern"},
}
"""What is no part of what a function does when it is called, or only words its error."""


def _at(holder: ast.AST, field: str, index: int | None, node: ast.AST) -> Iterator[_Change]:
    if _words_something(node):
        return
    if isinstance(node, (ast.expr, ast.stmt)):
        for new in (*_expressions(node), *_statements(node)):
            yield holder, field, index, node, new
    yield from _conditions(node)
    for name, value in ast.iter_fields(node):
        if name in _NOT_RUN.get(type(node), ()):
            continue
        for place, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(child, ast.AST):
                yield from _at(node, name, place, child)


def _conditions(node: ast.AST) -> Iterator[_Change]:
    """Turn what decides where to go around."""
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        yield node, "test", None, node.test, _not(node.test)
    if isinstance(node, ast.match_case) and node.guard is not None:
        yield node, "guard", None, node.guard, _not(node.guard)
    if isinstance(node, ast.comprehension):
        for place, test in enumerate(node.ifs):
            yield node, "ifs", place, test, _not(test)


def _words_something(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr():
            return True
        case ast.keyword(arg=str(name)):
            return name in _WORDS
        case ast.Call(func=ast.Attribute(value=ast.Name(id="logger" | "_logger"))):
            return True
        case _:
            return False


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(ops=ops):
            for index, operator in enumerate(ops):
                new = copy.deepcopy(node)
                new.ops[index] = _OTHER[type(operator)]()
                yield new
        case ast.BoolOp(op=operator, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
            for index in range(len(values)):
                rest = values[:index] + values[index + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(operator, rest)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Call(func=ast.Name(id=name)) if name in _OTHER_NAME and node.args:
            new = copy.deepcopy(node)
            new.func = ast.Name(_OTHER_NAME[name], ast.Load())
            yield new
        case _:
            pass


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    match node:
        case ast.Expr(value=ast.Call() | ast.Await(value=ast.Call())) if not _words_something(node.value):
            yield ast.Pass()
        case ast.Raise():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.AugAssign(target=ast.Attribute()):
            yield ast.Pass()
        case ast.Return(value=ast.expr() as value) if not isinstance(value, (ast.Constant, ast.JoinedStr)):
            yield ast.Return(ast.Constant(None))
        case _:
            pass


def _not(test: ast.expr) -> ast.expr:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Compare(ops=[operator]):
            new = copy.deepcopy(test)
            opposite = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt}
            new.ops = [opposite.get(type(operator), _OTHER[type(operator)])()]
            return new
        case _:
            return ast.UnaryOp(ast.Not(), test)


def _shown(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())
