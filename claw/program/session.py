"""One program in the sandbox, driven from wait to wait.

A program runs until it needs an answer, says what it waits for (``claw/program/events.py``) and stands still, so
whoever drives it can judge, write down or simply not answer.  Calls that are awaited together come together: one wave,
answered at once, so that a rehearsal and a run go through the same waves in the same order.

The package itself is handed in (``claw/program/sandbox.py`` alone imports it, where a program runs for the first time).
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

from claw.base.action import Json
from claw.base.errors import Broken, Unavailable
from claw.program.confined import Worker
from claw.program.events import Answer, Call, Ended, Event, Failed, Handle, Mistyped, Trouble, Value, Wave
from claw.program.frozen import Frozen
from claw.program.prescan import prescan
from claw.program.values import Unfit, cleaned, inward, outward, seen
from claw.program.waiting import Functions, Waiting

MOST_PRINTED = 64_000
"""Bytes; a program that prints more is ended."""
MOST_DIAGNOSTICS = 8

BEGINS = "claw_begins"
STUB = f"\ndef {BEGINS}() -> None: ...\n"
_BEFORE = f"{BEGINS}()\n"
"""The first line of what the sandbox is fed: it stops there, after the check of types and before the program."""
_DIAGNOSTIC = re.compile(r"^main\.py:(\d+):\d+: \w+\[[\w-]+\] (.*)$", re.MULTILINE)
_LONG_CHOICE = re.compile(r"(Literal\[[^\]]{80})[^\]]*\]")
_RAISED = frozenset(
    {"ArithmeticError", "AttributeError", "Exception", "IndexError", "KeyError", "LookupError", "NameError"}
    | {"NotImplementedError", "OSError", "PermissionError", "RuntimeError", "TimeoutError", "TypeError", "ValueError"}
)
_HANDLES = UUID(int=1)
"""The class of all handles, the same one in every session."""


class Outside:
    """What a session stands on: the package, its process, the stop, and the clock and chance of the turn."""

    def __init__(self, package: Any, worker: Worker, halted: Callable[[], bool], frozen: Frozen) -> None:
        """``halted`` tells whether the stop came: nothing is heard from the process then."""
        self.package = package
        self.worker = worker
        self.halted = halted
        self.frozen = frozen


class Session:
    """One program in one process; made by ``Sandbox.session``."""

    def __init__(self, raw: Any, outside: Outside, functions: Functions) -> None:
        self._raw = raw
        self._package = outside.package
        self._worker = outside.worker
        self._halted = outside.halted
        self._frozen = outside.frozen
        self._functions = functions
        self._waiting = Waiting()
        self._wave: set[int] = set()
        self._awaited = True
        self._printed: Any = self._package.CollectString(max_bytes=MOST_PRINTED)
        self._snapshot: Any = None
        self._state: Literal["new", "checked", "waits", "ended", "failed"] = "new"

    @property
    def pid(self) -> int:
        """The process; in bubblewrap the wrapper, with which all inside ends."""
        return self._worker.pid

    @property
    def timeless(self) -> bool:
        """Whether the program has asked for neither time nor chance, nor for anything else of the machine."""
        return not self._frozen.asked

    @property
    def tidy(self) -> bool:
        """Whether its process may serve another program: nothing is left in it, and no limit was met."""
        return self._state in {"new", "ended"}

    def discard(self) -> None:
        """End the process at once; nothing that the program still wants is answered."""
        self._state = "failed"
        self._worker.kill()

    async def check(self, source: str) -> None:
        """Look at a program and check its types; nothing of it runs.

        Raises Mistyped with what is wrong, after which another may be checked here; Unavailable when stopped.
        """
        if self._state != "new":
            raise ValueError("a session runs one program")
        prescan(source, self._functions.functions)
        self._waiting.source = source
        monty = self._package
        self._state = "failed"  # also when this is cancelled: nobody knows then how far it got
        try:
            snapshot = await self._raw.feed_start(_BEFORE + source, print_callback=self._printed)
            while snapshot.function_name != BEGINS:  # the check asks for modules first
                snapshot = await snapshot.resume_not_handled()
        except monty.MontyTypingError as error:
            self._state = "new"
            raise Mistyped(_diagnostics(str(error))) from None
        except (monty.MontyCrashedError, RuntimeError):  # the package says so of a process that makes no sense
            self.discard()
            if self._halted():
                raise Unavailable("the sandbox was stopped") from None
            raise Mistyped("it is too much to be checked") from None
        except monty.MontyError as error:
            self.discard()
            raise Mistyped(_failed(error).message) from None
        self._snapshot = snapshot
        self._state = "checked"

    async def start(self, source: str) -> Event:
        """Run a program until it waits or is over, checking it first where that was not done; raises as ``check``."""
        if self._state != "checked" or source != self._waiting.source:
            await self.check(source)
        return await self._on(self._snapshot.resume({"return_value": None}))

    async def resume(self, answers: Mapping[int, Answer]) -> Event:
        """Answer all calls of the wave that waits and run on; raises ValueError where they are not exactly those."""
        if self._state != "waits" or set(answers) != self._wave:
            raise ValueError("exactly the calls that wait are answered, once")
        for answer in answers.values():
            if isinstance(answer, Trouble) and answer.denied and not self._waiting.deny():
                return self._abandon("it went on asking for what it may not do")
        results = {number: self._result(answer) for number, answer in answers.items()}
        for number in answers:
            del self._waiting.calls[number]
        settled = results if self._awaited else next(iter(results.values()))
        return await self._on(self._snapshot.resume(settled))

    def dump(self) -> bytes:
        """Return the program as it waits, for ``load`` in another session, in another process, after a restart."""
        if self._state != "waits":
            raise ValueError("only a program that waits can be kept")
        # A copy: the program may go on here too, and must not have printed everything twice then.
        return replace(self._waiting, printed=self._words()).pack(self._snapshot.dump())

    async def load(self, data: bytes) -> Event:
        """Take up a program where ``dump`` left it: its wave again.

        Raises Broken where ``data`` cannot be read.  It is believed otherwise: whoever stored it has sealed it.
        """
        if self._state != "new":
            raise ValueError("a session runs one program")
        waiting, dump = Waiting.unpack(data)
        self._state = "failed"  # until it is known to be what it says
        try:
            snapshot = await self._raw.load_snapshot(dump, print_callback=self._printed)
        except self._package.MontyError:
            raise Broken("what was kept of the program cannot be restored") from None
        self._waiting = waiting
        if isinstance(snapshot, self._package.AsyncFutureSnapshot):
            return self._wave_of(snapshot, sorted(snapshot.pending_call_ids), awaited=True)
        if isinstance(snapshot, self._package.AsyncFunctionSnapshot):
            return self._wave_of(snapshot, [snapshot.call_id], awaited=False)
        raise Broken("what was kept of the program does not wait")

    # ------------------------------------------------------------------ what the sandbox says

    async def _on(self, advance: Awaitable[Any]) -> Event:
        """Let the program run until it waits for something that only the driver can answer."""
        monty = self._package
        self._state = "failed"
        try:
            snapshot = await advance
            while True:
                if isinstance(snapshot, monty.MontyComplete):
                    return self._ended(snapshot)
                if isinstance(snapshot, monty.AsyncFutureSnapshot):
                    return self._wave_of(snapshot, sorted(snapshot.pending_call_ids), awaited=True)
                if isinstance(snapshot, monty.AsyncNameLookupSnapshot):
                    snapshot = await snapshot.resume()
                    continue
                event = self._asked(snapshot)
                if isinstance(event, (Wave, Failed)):
                    return event
                snapshot = await event
        except (monty.MontyCrashedError, RuntimeError):
            return self._crashed()
        except monty.MontyError as error:
            found = _failed(error)
            return Failed(found.kind, found.message, found.line, self._words())

    def _asked(self, snapshot: Any) -> Wave | Failed | Awaitable[Any]:
        """Return what becomes of one function call: the event that it is, or how the program goes on by itself."""
        name = str(snapshot.function_name)
        if snapshot.is_os_function:
            return self._machine(snapshot, name)
        handle = self._waiting.handle(snapshot.object_id)
        known = self._functions.functions if snapshot.object_id is None else self._functions.methods
        if name not in known or (handle is not None and name not in handle.methods):
            return snapshot.resume({"exc_type": "NameError", "message": f"there is no {name[:40]} here"})
        return self._api(snapshot, name, handle, awaited=known[name])

    def _api(self, snapshot: Any, name: str, handle: Handle | None, *, awaited: bool) -> Wave | Failed | Awaitable[Any]:
        try:
            call = self._call(snapshot, name, handle)
        except Unfit as error:
            if not self._waiting.deny():
                return self._abandon(f"it went on calling {name} with what is no data")
            return snapshot.resume({"exc_type": "ValueError", "message": f"{name} was given {error}"})
        if not self._waiting.add(call, awaited=awaited):
            return self._abandon("it called too many functions")
        if awaited:
            return snapshot.resume({"future": ...})
        return self._wave_of(snapshot, [call.id], awaited=False)

    def _call(self, snapshot: Any, name: str, handle: Handle | None) -> Call:
        values: Json = outward([list(snapshot.args), dict(snapshot.kwargs)], self._known)
        place = snapshot.position
        span = self._waiting.span(place.start, place.end, len(_BEFORE))
        return Call(snapshot.call_id, name, tuple(values[0]), values[1], span, handle.id if handle else "")

    def _machine(self, snapshot: Any, name: str) -> Wave | Failed | Awaitable[Any]:
        """Time and chance are answered; whatever else a program wants of the machine it does not get."""
        answer = self._frozen.answer(name, snapshot.args)
        if answer is not None:
            return snapshot.resume({"return_value": answer})
        if name not in {"import", "import_stubs"} and not self._waiting.deny():
            return self._abandon("it went on reaching for the machine")
        return snapshot.resume_not_handled()

    def _wave_of(self, snapshot: Any, ids: list[int], *, awaited: bool) -> Wave | Failed:
        if self._halted():
            return self._crashed()  # the stop came while this was on its way
        if not ids or not all(number in self._waiting.calls for number in ids):
            return self._abandon("it waits for what never comes")
        self._snapshot = snapshot
        self._wave, self._awaited = set(ids), awaited
        self._state = "waits"
        return Wave(tuple(self._waiting.calls[number] for number in ids), awaited)

    def _ended(self, snapshot: Any) -> Event:
        lost = next(iter(self._waiting.calls.values()), None)
        if lost is not None:
            message = f"{lost.name} was called and never awaited, so nothing came of it: write await {lost.name}(...)"
            return Failed("RuntimeError", message, lost.span.line, self._words())
        try:
            value = outward(snapshot.output, self._known)
        except Unfit as error:
            return Failed("ValueError", f"it ends with {error}", 0, self._words())
        self._state = "ended"
        return Ended(value, self._words())

    def _crashed(self) -> Failed:
        self.discard()
        return Failed("crashed", "the sandbox's process was ended", 0, self._words())

    def _abandon(self, why: str) -> Failed:
        self.discard()
        return Failed("abandoned", f"the program was abandoned: {why}", 0, self._words())

    # ------------------------------------------------------------------ what goes in and out

    def _result(self, answer: Answer) -> Any:
        if isinstance(answer, Value):
            return {"return_value": inward(answer.json)}
        if isinstance(answer, Handle):
            monty = self._package
            kind = monty.ClassType(Handle, id=_HANDLES)
            known = self._waiting.give(answer)
            same = self._waiting.handle(known) or answer
            instance = monty.ClassInstance(same, id=known, allowed_methods=answer.methods, class_type=kind)
            return {"return_value": instance}
        kind = answer.kind if answer.kind in _RAISED else "RuntimeError"
        return {"exc_type": kind, "message": cleaned(answer.message)}

    def _known(self, value: object) -> str | None:
        if isinstance(value, Handle):
            return value.id
        if not isinstance(value, self._package.MontyClassProxy):
            return None
        proxy: Any = value  # what a handle becomes in a session that was loaded
        handle = self._waiting.handle(proxy.id)
        return handle.id if handle else None

    def _words(self) -> str:
        return seen(self._waiting.printed + self._printed.output)


def _diagnostics(text: str) -> str:
    """Return the checker's words with the program's own line numbers, without what would fill a page."""
    found = [
        f"line {max(1, int(line) - 1)}: {_LONG_CHOICE.sub(chr(92) + 'g<1>…]', words)[:400]}"
        for line, words in _DIAGNOSTIC.findall(text)
    ]
    return seen("\n".join(found[:MOST_DIAGNOSTICS]) or text, 4_000)


def _failed(error: Any) -> Failed:
    """Return what ended a program, in the program's own words: they may say anything."""
    frames: list[Any] = error.traceback() if hasattr(error, "traceback") else []
    line = max(0, frames[-1].line - 1) if frames else 0
    kind, _, message = seen(str(error), 500).partition(": ")
    return Failed(kind if kind.isidentifier() else "Exception", message or kind, line, "")
