"""How a file that a person wrote becomes typed values, or one sentence that says where it is wrong.

Policy, configuration and house files are YAML or JSON and may be broken, hostile or half-written.  The text is read
as a stream of events rather than with a ready-made loader: those follow aliases without a limit, die of deep nesting,
keep the last of two equal keys, and read ``on``, ``off`` and ``22:00`` as something other than text.  Here a plain
scalar is null, true, false, a number, or text, and every value keeps the line it stood on.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from claw.base.action import Json
from claw.base.errors import Invalid
from claw.base.regular import open_regular

LIMIT_BYTES = 1_000_000
LIMIT_DEPTH = 32
HANDED_OVER = ("/dev/stdin", "/dev/fd", "/proc/self/fd")
SHOWN = 60  # characters of a wrong value that a message repeats

M = TypeVar("M", bound=BaseModel)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?\Z")
_PAIR = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
_WORDS: Mapping[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class _Mark(NamedTuple):
    line: int
    children: Mapping[str, "_Mark"] | Sequence["_Mark"] = ()


@dataclass(slots=True)
class _Open:
    """A mapping or list that is still being read."""

    line: int
    value: dict[str, Json] | list[Json]
    marks: dict[str, _Mark] | list[_Mark]
    key: str | None = None
    key_line: int = 0


@dataclass(frozen=True)
class Document(Generic[M]):
    """A read file: its typed ``value``, and on which line each part of it stood."""

    name: str
    value: M
    _mark: _Mark = field(repr=False)

    def line(self, *path: str | int) -> int:
        """Return the line of the part at ``path`` (keys and list indexes), or of the nearest part around it."""
        return _line(self._mark, path)

    def invalid(self, problem: str, *path: str | int) -> Invalid:
        """Return the error that says ``problem`` about the part at ``path``."""
        return Invalid(self.name, self.line(*path), problem)


def read_document(path: Path, model: type[M]) -> M:
    """Return the file at ``path`` as ``model``; raises Invalid with file and line when it is not exactly that."""
    return parse_marked(read_text(path), str(path), model).value


def parse_document(text: str, name: str, model: type[M]) -> M:
    """Return ``text`` as ``model``; raises Invalid with ``name`` and line when it is not exactly that."""
    return parse_marked(text, name, model).value


def read_text(path: Path) -> str:
    """Return the text of the file at ``path``; raises Invalid when unreadable, no file, over 1 MB or not UTF-8.

    What was handed over by whoever began this (``/dev/stdin``, a shell's ``<(...)``) may be a pipe.
    """
    try:
        with path.open("rb") if any(map(path.is_relative_to, HANDED_OVER)) else open_regular(path) as file:
            raw = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise Invalid(str(path), None, f"cannot be read: {error.strerror}") from error
    return decode(raw, str(path))


def decode(raw: bytes, name: str) -> str:
    """Return ``raw`` as text; raises Invalid when over 1 MB or not UTF-8."""
    if len(raw) > LIMIT_BYTES:
        raise Invalid(name, None, "found more than 1 MB, expected a file that a person wrote")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Invalid(name, line, f"found the byte 0x{raw[error.start]:02x}, expected UTF-8 text") from error


def parse_marked(text: str, name: str, model: type[M]) -> Document[M]:
    """Return ``text`` as ``model`` together with its lines; raises Invalid with ``name`` and line."""
    if len(text) > LIMIT_BYTES:
        raise Invalid(name, None, "found more than 1 MB, expected a file that a person wrote")
    value, mark = _parse(text, name)
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise Invalid(name, mark.line, f"found {_shown(value)}, expected keys with values")
    try:
        return Document(name, model.model_validate(value), mark)
    except ValidationError as error:
        raise _explain(error, name, mark, model) from error


def _parse(text: str, name: str) -> tuple[Json, _Mark]:
    if text.lstrip()[:1] in {"{", "["}:
        text = _PAIR.sub(_joined, text)  # JSON writes one character beyond 0xffff as two; YAML wants it as one
    try:
        loader = yaml.CSafeLoader(text)
        try:
            return _Builder(name).build(loader)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.context, error.problem) if part)
        line = min(mark.line, text.rstrip().count("\n")) + 1 if mark else None  # the end of the file has no text
        if mark and text[mark.index : mark.index + 1] == "\t":
            raise Invalid(name, line, "found a tab, expected spaces") from error
        raise Invalid(name, line, f"is not YAML: {_cut(problem, 2 * SHOWN)}") from error
    except (yaml.YAMLError, UnicodeError) as error:
        at = getattr(error, "position", None)
        line = text.count("\n", 0, at) + 1 if isinstance(at, int) else None
        raise Invalid(name, line, "found a character that no text file holds, expected YAML") from error


def _joined(pair: re.Match[str]) -> str:
    code = 0x10000 + ((int(pair[1], 16) - 0xD800) << 10) + int(pair[2], 16) - 0xDC00
    return f"\\U{code:08x}"


class _Builder:
    """Turns the events of one document into plain values and their marks, without recursion."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[_Open] = []
        self._root: tuple[Json, _Mark] = (None, _Mark(1))
        self._documents = 0

    def build(self, loader: Any) -> tuple[Json, _Mark]:
        while True:
            event = loader.get_event()
            if event is None or isinstance(event, yaml.StreamEndEvent):
                return self._root
            self._take(event, event.start_mark.line + 1)

    def _take(self, event: Any, line: int) -> None:
        match event:
            case yaml.ScalarEvent():
                self._scalar(event, line)
            case yaml.MappingStartEvent():
                self._start(event, _Open(line, {}, {}))
            case yaml.SequenceStartEvent():
                self._start(event, _Open(line, [], []))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                done = self._open.pop()
                self._put(done.value, _Mark(done.line, done.marks))
            case yaml.AliasEvent():
                raise self._wrong(line, f"found the alias *{_cut(str(event.anchor))}, expected it written out")
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._wrong(line, "found a second document (---), expected one")
            case _:
                pass

    def _start(self, event: Any, opened: _Open) -> None:
        self._plain_tag(event, opened.line)
        if self._open and isinstance(self._open[-1].value, dict) and self._open[-1].key is None:
            raise self._wrong(opened.line, "found a list or mapping as a key, expected text")
        if len(self._open) >= LIMIT_DEPTH:
            raise self._wrong(opened.line, f"found more than {LIMIT_DEPTH} levels of nesting")
        self._open.append(opened)

    def _scalar(self, event: Any, line: int) -> None:
        self._plain_tag(event, line)
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            if event.value in top.value:
                first = top.marks[event.value].line  # pyright: ignore[reportArgumentType, reportCallIssue]
                raise self._wrong(line, f"found the key {_shown(event.value)} twice (first on line {first})")
            top.key, top.key_line = event.value, line
            return
        self._put(_plain(event.value) if event.implicit[0] else event.value, _Mark(line))

    def _put(self, value: Json, mark: _Mark) -> None:
        if not self._open:
            self._root = (value, mark)
            return
        top = self._open[-1]
        if isinstance(top.value, dict) and isinstance(top.marks, dict):
            key = top.key or ""
            top.value[key] = value
            top.marks[key] = mark._replace(line=top.key_line)
            top.key = None
        elif isinstance(top.value, list) and isinstance(top.marks, list):
            top.value.append(value)
            top.marks.append(mark)

    def _plain_tag(self, event: Any, line: int) -> None:
        tag: str = event.tag or "!"
        if tag != "!":
            raise self._wrong(line, f"found the tag {_cut(tag)}, expected a plain value")

    def _wrong(self, line: int, problem: str) -> Invalid:
        return Invalid(self._name, line, problem)


def _plain(text: str) -> Json:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _NUMBER.match(text):
        number = float(text)
        return number if isfinite(number) else text
    return text


def _line(mark: _Mark, path: Sequence[str | int]) -> int:
    for part in path:
        children = mark.children
        if isinstance(children, Mapping):
            mark = children.get(str(part), mark)  # pydantic puts names of unions and validators into its paths too
        elif isinstance(part, int) and part < len(children):
            mark = children[part]
    return mark.line


def _explain(error: ValidationError, name: str, mark: _Mark, model: type[BaseModel]) -> Invalid:
    """Return one Invalid about the first wrong place in the file."""
    found = error.errors(include_url=False)
    first = min(found, key=lambda one: _line(mark, one["loc"]))
    line = _line(mark, first["loc"])
    path = _written(mark, first["loc"])
    where = ".".join(str(part) for part in path)
    key = str(first["loc"][-1]) if first["loc"] else ""
    match first["type"]:
        case "extra_forbidden":
            known = _known_keys(model.model_json_schema(by_alias=True), path[:-1])
            close = get_close_matches(key, known, 1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            problem = f"found the unknown key {_shown(key)}, {hint}expected one of {', '.join(known)}"
        case "missing":
            problem = f"found no {key!r}, expected it here"
        case "value_error" | "assertion_error":
            problem = first["msg"].partition(", ")[2]
            problem = f"{where}: {problem}" if where else problem
        case _:
            wishes = dict.fromkeys(_wish(one["msg"]) for one in found if _written(mark, one["loc"]) == path)
            problem = f"{where}: found {_shown(first['input'])}, expected {' or '.join(wishes)}"
    return Invalid(name, line, problem)


def _wish(message: str) -> str:
    return message.removeprefix("Input should be ")


def _written(mark: _Mark, path: Sequence[str | int]) -> tuple[str | int, ...]:
    """Return the parts of ``path`` that stand in the file, and a last one that may be missing there."""
    kept: list[str | int] = []
    for part in path:
        children = mark.children
        if isinstance(children, Mapping) and str(part) in children:
            mark = children[str(part)]
            kept.append(part)
        elif isinstance(part, int) and not isinstance(children, Mapping) and part < len(children):
            mark = children[part]
            kept.append(part)
    return tuple(kept)


def _known_keys(schema: dict[str, Json], path: Sequence[str | int]) -> list[str]:
    """Return the keys that ``schema`` (JSON Schema) knows at ``path``, sorted."""
    definitions = schema.get("$defs", {})
    nodes = _expanded(schema, definitions)
    for part in path:
        below: list[dict[str, Json]] = []
        for node in nodes:
            inner = node.get("properties", {}).get(part) if isinstance(part, str) else node.get("items")
            inner = inner or node.get("additionalProperties")
            if isinstance(inner, dict):
                below += _expanded(inner, definitions)
        nodes = below
    return sorted({key for node in nodes for key in node.get("properties", {})})


def _expanded(node: dict[str, Json], definitions: Mapping[str, Json]) -> list[dict[str, Json]]:
    if "$ref" in node:
        return _expanded(definitions[node["$ref"].rpartition("/")[2]], definitions)
    options = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
    return [inner for option in options for inner in _expanded(option, definitions)] or [node]


def _shown(value: Json) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, list):
        return "a list"
    return repr(_cut(value)) if isinstance(value, str) else _cut(str(value))


def _cut(text: str, limit: int = SHOWN) -> str:
    return text if len(text) <= limit else text[:limit] + "…"
