"""Reading an answer piece by piece as a server streams it, and finding the one program in it.

The pieces are whatever some server sends.  Each is held against a strict shape, everything is counted against the most
that was asked for, and an answer that just stops is no answer: half a program is never taken for a whole one.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from claw.base.errors import Unavailable
from claw.llm.call import Call, Completion, Cut, clean, estimated

MOST_PER_TOKEN = 16
"""Characters that a token has at most, with room: more than this for what was asked for, and the answer has no end."""
SPARE = 4_000
MOST_TOKENS = 10_000_000
"""A server that claims more for one call is wrong."""

NO_MODEL = "the model server sent something that is no answer of a model"

_FENCE = re.compile(r"^[ \t]*```([\w+-]*)[ \t]*\r?\n(.*?)^[ \t]*```[ \t]*\r?$", re.MULTILINE | re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_BROKEN_OFF = {
    "length": "The answer was longer than allowed and is cut off.",
    "content_filter": "The answer was withheld by the server's filter.",
}
_PYTHON = frozenset({"", "py", "python", "python3"})


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Function(_Lenient):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(_Lenient):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(_Lenient):
    content: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(_Lenient):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Piece(_Lenient):
    choices: list[_Choice] | None = None
    usage: Any = None


class _Usage(_Lenient):
    prompt_tokens: int
    completion_tokens: int


@dataclass
class _Called:
    id: str
    name: str
    arguments: str = ""


@dataclass
class Answer:
    """The answer to ``call`` so far."""

    call: Call
    _text: list[str] = field(default_factory=list[str])
    _calls: list[_Called] = field(default_factory=list[_Called])
    _at: dict[int, _Called] = field(default_factory=dict[int, _Called])
    _finish: str = ""
    _usage: _Usage | None = None
    _length: int = 0
    _pieces: int = 0

    def take(self, piece: object) -> None:
        """Take one piece of the stream; raises Unavailable where it is none, Cut where there are too many."""
        try:
            found = _Piece.model_validate(piece)
        except ValidationError as error:
            raise Cut(NO_MODEL) if self._pieces else Unavailable(NO_MODEL) from error
        if found.choices is None and found.usage is None:
            raise Unavailable(NO_MODEL)
        self._pieces += 1
        self._count_tokens(found.usage)
        for choice in (found.choices or ())[:1]:
            self._finish = choice.finish_reason or self._finish
            if choice.delta is not None:
                self._take_delta(choice.delta, self.call.on_text)
        if self._length > self.call.max_tokens * MOST_PER_TOKEN + SPARE:
            raise Cut("the model did not come to an end")

    def completion(self, ms: float) -> Completion:
        """Return the whole answer; raises Cut where the stream ended before it, Unavailable where there is none."""
        if not self._pieces:
            raise Unavailable(NO_MODEL)
        if not self._finish:
            raise Cut("the model's answer broke off")
        text = clean(_THOUGHT.sub("", "".join(self._text))).strip()
        program, text, problem = self._found(text)
        usage = self._usage
        tokens_in = usage.prompt_tokens if usage else self.call.tokens_in
        tokens_out = usage.completion_tokens if usage else self.written()
        return Completion(text, program, tokens_in, tokens_out, self._finish, ms, problem)

    def written(self) -> int:
        """Return how many tokens have come so far, by their length."""
        return estimated("".join(self._text)) + sum(estimated(one.arguments) for one in self._calls)

    def _take_delta(self, delta: _Delta, on_text: Callable[[str], None] | None) -> None:
        if delta.content:
            self._text.append(delta.content)
            self._length += len(delta.content)
            if on_text is not None:
                on_text(clean(delta.content))
        for part in delta.tool_calls or ():
            self._take_call(part)

    def _take_call(self, part: _ToolCall) -> None:
        """Add to a tool call, or begin one: servers number their parts, or name each, or do neither."""
        function = part.function or _Function()
        index = part.index or 0
        known = self._at.get(index)
        if known is None or (part.id and part.id != known.id) or (function.name and not part.id):
            known = self._at[index] = _Called(part.id or "", function.name or "")
            self._calls.append(known)
        known.arguments += function.arguments or ""
        self._length += len(function.arguments or "") + 1

    def _count_tokens(self, usage: object) -> None:
        if usage is None:
            return
        try:
            found = _Usage.model_validate(usage)
        except ValidationError:
            return
        if 0 <= found.prompt_tokens <= MOST_TOKENS and 0 <= found.completion_tokens <= MOST_TOKENS:
            self._usage = found

    def _found(self, text: str) -> tuple[str | None, str, str]:
        """Return the program, the text around it, and what is wrong with the answer."""
        if self._finish in _BROKEN_OFF:
            return None, text, _BROKEN_OFF[self._finish]
        if self.call.tool and self._calls:
            program, problem = _called(self._calls)
            return program, text, problem
        if self.call.tool:
            programs = [found[2] for found in _FENCE.finditer(text) if found[1].lower() in _PYTHON]
            if len(programs) == 1:
                return programs[0], _FENCE.sub("", text).strip(), ""
            if programs:
                return None, text, f"The answer has {len(programs)} programs; exactly one is expected."
        return None, text, "" if text else "The answer was empty."


def _called(calls: list[_Called]) -> tuple[str | None, str]:
    """Return the program of the one call of ``run``, or what is wrong with the calls."""
    strange = sorted({one.name for one in calls if one.name != "run"})
    if strange:
        return None, "There is only one tool, run; other tools cannot be called."
    if len(calls) > 1:
        return None, f"The tool run was called {len(calls)} times; exactly one call is expected."
    try:
        arguments = json.loads(calls[0].arguments)
    except (ValueError, RecursionError):
        return None, "The arguments of run were not valid JSON."
    program = cast("dict[str, object]", arguments).get("program") if isinstance(arguments, dict) else None
    if not isinstance(program, str) or not program.strip():
        return None, 'The tool run takes one argument, {"program": "..."}, which is Python source.'
    return clean(program), ""
