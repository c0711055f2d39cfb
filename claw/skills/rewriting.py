"""The program that somebody wrote, with the values that became parameters replaced: nothing else of it changes.

A text that is the id of a room or thing is that wherever it stands; a figure is a parameter's only as the datum of a
call, or where two programs differ in it.  Where two programs have one shape, each place in which they differ has to be
a parameter's.  What is left over, or cannot be told, is a reason not to do it.
"""

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from claw.base.action import Json
from claw.base.errors import Refused
from claw.skills.already import unless
from claw.skills.figures import done
from claw.skills.mentions import plain
from claw.skills.plan import Before, Found, Given, Learned, Plan
from claw.skills.source import Source, called_name
from claw.skills.straight import THERE, scaled, search

_WITH_THINGS = 2
_UNCLEAR = "it looks before it acts, and it is not clear which of its values were meant"


@dataclass(frozen=True, slots=True)
class _Place:
    """One value of a program: a constant, or a list of texts; ``datum`` is the action and key that it is given as."""

    node: ast.expr
    value: Json
    datum: tuple[str, str] = ("", "")


def rewritten(plan: Plan, sources: Sequence[Source], before: Before) -> str:
    """Return the last request's program with its parameters, each of its calls only where it is not so already.

    ``before`` is the house before the last request.  Raises Refused where it is not clear which values are meant.
    """
    bodies = [_acting(one.tree) for one in sources if one.tree is not None]
    if len(bodies) != len(sources):
        raise Refused("there is no program to go by")
    last = bodies[-1]
    alike = [body for body in bodies if _shape(body) == _shape(last)]
    compared = bodies if len(alike) == len(bodies) else [last]
    columns = [list(_places(body)) for body in compared]
    new = {
        id(places[-1].node): expression
        for places in zip(*columns, strict=True)
        if (expression := _instead(plan, places, len(bodies))) is not None
    }
    tree = _Careful(plan, before).visit(_Replace(new).visit(last))
    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    text = THERE + text if "there(" in text else text
    _check(text, plan)
    return text


def _instead(plan: Plan, places: Sequence[_Place], requests: int) -> ast.expr | None:
    """Return what takes the place of the last of ``places`` (one of each program), None where it stays.

    Raises Refused where they differ and no parameter does.
    """
    values, place = [one.value for one in places], places[-1]
    searched = _search(plan, values, requests) if isinstance(place.value, frozenset) else None
    text = search(searched) if searched is not None else _id(plan, values, requests)
    text = text or _datum(plan, place.datum, values, requests)
    if text:
        return _expression(text)
    if all(one == values[0] for one in values):
        return None
    for known in plan.parameters:
        if _are(values, known.values, requests):
            return _expression(known.name)
    raise Refused(_UNCLEAR)


def _id(plan: Plan, values: Sequence[Json], requests: int) -> str:
    """Return the parameter whose room or thing a text is; empty for none."""
    ids = (one for one in plan.parameters if one.spec.type in {"area", "entity"})
    return next((one.name for one in ids if _are(values, one.values, requests)), "")


def _datum(plan: Plan, datum: tuple[str, str], values: Sequence[Json], requests: int) -> str:
    """Return the expression for what is given to an action as a datum; empty where it is no parameter's."""
    for given in _given(plan, datum):
        known = plan.parameter(given.parameter)
        mine = [done(one, given.scale) if isinstance(one, (int, float)) else one for one in known.values]
        if _are(values, mine, requests):
            return scaled(given.parameter, given.scale)
    return ""


def _search(plan: Plan, values: Sequence[Json], requests: int) -> Found | None:
    """Return the search that stands for a list of things, None where it is none."""
    for doing in plan.doings:
        seen = [frozenset(ids) for ids, _ in doing.seen]
        if isinstance(doing.things, Found) and _are(values, seen, requests):
            return doing.things
    return None


def _given(plan: Plan, datum: tuple[str, str]) -> Iterator[Given]:
    for doing in plan.doings:
        found = doing.data.get(datum[1]) if doing.service == datum[0] else None
        if isinstance(found, Given):
            yield found


def _are(values: Sequence[Json], mine: Sequence[Json], requests: int) -> bool:
    """Return whether these are the values of all requests; where only the last one's program is looked at, its own."""
    theirs = mine if len(values) == requests else mine[-1:]
    return len(values) == len(theirs) and all(
        one == other and isinstance(one, bool) == isinstance(other, bool)
        for one, other in zip(values, theirs, strict=True)
    )


class _Replace(ast.NodeTransformer):
    """Puts the new expressions in, by the identity of the old ones."""

    def __init__(self, new: dict[int, ast.expr]) -> None:
        self._new = new

    def visit(self, node: ast.AST) -> ast.AST:
        """Return what takes the place of ``node``."""
        new = self._new.get(id(node))
        return copy.deepcopy(new) if new is not None else self.generic_visit(node)


class _Careful(ast.NodeTransformer):
    """Puts a look before each call that stands for itself: what is so already is left alone."""

    def __init__(self, plan: Plan, before: Before) -> None:
        self._plan = plan
        self._before = before

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        """Return what stands for a statement: calls that go together go one after the other."""
        apart = list(_apart(node))
        if not apart:
            return self._one(node)
        found: list[ast.stmt] = []
        for statement in apart:
            new = self.visit(statement)
            found += new if isinstance(new, list) else [new]
        return found

    def _one(self, node: ast.Expr) -> ast.AST | list[ast.stmt]:
        call = node.value.value if isinstance(node.value, ast.Await) else None
        if not isinstance(call, ast.Call) or called_name(call) != "call" or len(call.args) != _WITH_THINGS:
            return node
        service, of = call.args
        not_so = self._unless(service, call.keywords)
        if not isinstance(of, ast.Name):  # what stands there by its id may be gone; a variable is of what was found
            not_so = f"there(one) and {not_so}" if not_so else "there(one)"
        if not not_so:
            return node
        several = ast.unparse(of)
        if isinstance(of, ast.Constant):
            several = f"[{several}]"
        elif isinstance(of, ast.Name):
            several = f"[{several}] if isinstance({several}, str) else {several}"
        call.args[1] = ast.Name("not_so", ast.Load())
        new = ast.parse(f"not_so = [one for one in ({several}) if {not_so}]\nif not_so:\n    pass")
        choice = new.body[1]
        assert isinstance(choice, ast.If)  # noqa: S101  as it stands in the line above
        choice.body = [node]
        return new.body

    def _unless(self, service: ast.expr, keywords: Sequence[ast.keyword]) -> str:
        keys = {one.arg for one in keywords}
        for doing in self._plan.doings:
            entities, data = doing.seen[-1]
            if isinstance(service, ast.Constant) and doing.service == service.value and keys == set(doing.data):
                state = self._before.state(entities[0]) if entities else None
                own = {one.arg: one.value for one in keywords if one.arg is not None}
                given = {key: ast.unparse(value) for key, value in own.items() if not isinstance(value, ast.Constant)}
                return unless(doing.service, data, given, state, "one") if state is not None else ""
        return ""


def _apart(node: ast.Expr) -> Iterator[ast.stmt]:
    """Yield the calls of a ``gather`` that does nothing else, as statements; a call for each of some is a loop."""
    whole = node.value.value if isinstance(node.value, ast.Await) else None
    if not isinstance(whole, ast.Call) or called_name(whole) != "gather" or whole.keywords:
        return
    found: list[ast.stmt] = []
    for given in whole.args:
        each = given.value if isinstance(given, ast.Starred) else given
        inner = each.elt if isinstance(each, (ast.ListComp, ast.GeneratorExp)) else each
        if not isinstance(inner, ast.Call) or called_name(inner) not in {"call", "notify"}:
            return
        statement: ast.stmt = ast.Expr(ast.Await(inner))
        if isinstance(each, (ast.ListComp, ast.GeneratorExp)):
            loop = each.generators[0]
            if len(each.generators) > 1 or not isinstance(given, ast.Starred):
                return
            for condition in loop.ifs:
                statement = ast.If(condition, [statement], [])
            statement = ast.For(loop.target, loop.iter, [statement], [])
        found.append(statement)
    yield from found


def _places(tree: ast.Module) -> Iterator[_Place]:
    """Yield the values of a program in order; a list of texts is one value."""
    given: dict[int, tuple[str, str]] = {}
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called_name(node) == "call" and node.args:
            first = node.args[0]
            service = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
            given |= {id(one.value): (service, one.arg or "") for one in node.keywords}
        ids = _ids(node)
        if ids is not None and isinstance(node, (ast.List, ast.Tuple)):
            inside |= {id(one) for one in node.elts}
            yield _Place(node, ids)
        elif isinstance(node, ast.Constant) and id(node) not in inside:
            yield _Place(node, node.value, given.get(id(node), ("", "")))


def _acting(tree: ast.Module) -> ast.Module:
    """Return a copy without a last line that only says something fixed: the house tells what came of acts."""
    body = copy.deepcopy(tree.body)
    end = body[-1]
    if isinstance(end, ast.Expr) and not any(isinstance(one, (ast.Call, ast.Name)) for one in ast.walk(end)):
        body = body[:-1] or body
    return ast.Module(body, [])


def _shape(tree: ast.Module) -> str:
    """Return a program with all its values left out, lists of texts of any length being one."""
    return ast.dump(_Bare().visit(copy.deepcopy(tree)))


class _Bare(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(type(node.value).__name__)

    def visit_List(self, node: ast.List) -> ast.AST:
        return ast.Constant("list") if _ids(node) is not None else self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        return ast.Constant("list") if _ids(node) is not None else self.generic_visit(node)


def _ids(node: ast.AST) -> frozenset[str] | None:
    """Return the texts of a list or tuple that holds nothing else."""
    if not isinstance(node, (ast.List, ast.Tuple)) or not node.elts:
        return None
    texts = [one.value for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return frozenset(texts) if len(texts) == len(node.elts) else None


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _check(text: str, plan: Plan) -> None:
    """Raise Refused where a parameter is in no place, or a text still names what one of them means."""
    tree = ast.parse(text)
    if not {one.name for one in plan.parameters} <= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}:
        raise Refused(_UNCLEAR)
    texts = [plain(one.value) for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    for value in _meant(plan.parameters):
        if any(value in text for text in texts):
            raise Refused(_UNCLEAR)


def _meant(parameters: Sequence[Learned]) -> Iterator[str]:
    for known in parameters:
        if known.spec.type in {"area", "entity"}:
            value = plain(str(known.values[-1]))
            short = value.partition(".")[2] or value
            yield from {value, short, short.replace("_", " ")}
