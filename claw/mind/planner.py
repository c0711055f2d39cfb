"""The long tail: what no sentence covers becomes a program that a model writes, and this makes it an answer.

At most three calls of the model for one request.  A program that could not run is shown to its writer once for each
kind of failure, with the reason; the same program twice ends it, and so does anything that has already moved something.
The model's words are never an answer by themselves: it writes a program, and what is said comes from what that did.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from claw.base.action import Origin, Outcome, Pending, Reply
from claw.base.erasure import Erasure
from claw.base.errors import Refused, Unavailable
from claw.gate.doing import tell
from claw.gate.run import Run
from claw.house.mirror import Mirror
from claw.house.model import House
from claw.llm.call import Call, Completion
from claw.llm.model import CUT
from claw.mind import checker
from claw.mind.answering import answer_to
from claw.mind.asking import Asking
from claw.mind.prompt import again
from claw.mind.remembered import Remembered
from claw.mind.sight import Sight
from claw.mind.skill_call import Called, called
from claw.mind.telling import Telling
from claw.program.ran import Question, Ran, Written
from claw.program.taint import Marks, joined
from claw.program.waits import answer_of, uncoded
from claw.skills.traces import Done

MOST_CALLS = 3
MOST_WRITTEN = 1_500
"""Tokens of an answer: the longest program that is worth running is half of that."""

WORDS = "words"
"""The kind of failure of an answer that is no program."""

REPAIRABLE = frozenset({WORDS, "mistyped", "failed", "limit"})
"""Kinds of failure that a model can do something about."""

_QUOTED = re.compile(r"""`[^`]*`|"[^"]*"|(?<!\w)'[^']*'""")
_ID = re.compile(r"[a-z0-9_.]{0,60}", re.ASCII)
_WANTED = "Answer with a program; what is to be said is the string in its last line."


class Asks(Protocol):
    """Who asks the model (``claw/llm/model.py``)."""

    async def ask(self, call: Call, origin: Origin) -> Completion:
        """Return the answer; raises Refused or Unavailable with one sentence for a person."""
        ...


class Programs(Protocol):
    """Who runs programs (``claw/program/run.py``)."""

    @property
    def marks(self) -> Marks:
        """Return the untrusted sources of each conversation."""
        ...

    async def run(self, source: str, origin: Origin, said: str, written: Written) -> Ran:
        """Check, rehearse, judge and run a program; raises nothing that a program can bring about."""
        ...

    async def warm(self) -> None:
        """Make ready what a program needs, while it is still being written; never raises."""
        ...

    async def resume(self, pending: Pending, run: Run) -> Ran:
        """Go on with the program that asked for a yes, which has been given."""
        ...

    async def answered(self, question: str, text: str, origin: Origin) -> Ran:
        """Go on with the program that asked a person; raises Refused where it asks no more."""
        ...

    def asked_in(self, conversation: str) -> Question | None:
        """Return the question of a program that stands in a conversation."""
        ...

    def void(self, pending: Pending, why: str) -> None:
        """Let go of the program that waits for an answer to ``pending``."""
        ...


class Skills(Protocol):
    """Who knows what the household's skills are (``claw/mind/skilled.py``)."""

    def context(self, text: str, origin: Origin, language: str) -> Sequence[str]:
        """Return the lines that a model reads about skills."""
        ...

    async def call(self, call: Called, said: str, origin: Origin, language: str, *, remembered: bool) -> Reply | str:
        """Return the reply about a skill that a model wants run, or why it does not run."""
        ...


@dataclass
class _Request:
    """One request on its way: what the model was told, what it cost, and what has failed."""

    said: str
    origin: Origin
    language: str
    messages: tuple[Mapping[str, str], ...]
    tokens_in: int = 0
    tokens_out: int = 0
    model_ms: float = 0.0
    remembered: bool = False
    calls: int = 0
    written: list[str] = field(default_factory=list[str])
    repaired: set[str] = field(default_factory=set[str])

    def may_repair(self, kind: str) -> bool:
        """Return whether this kind of failure may be shown to the model: once each, while calls are left."""
        if kind not in REPAIRABLE or kind in self.repaired or self.calls >= MOST_CALLS:
            return False
        self.repaired.add(kind)
        return True


class Planner:
    """Answers requests by programs; one for all conversations."""

    def __init__(
        self,
        model: Asks,
        programs: Programs,
        sight: Sight,
        mirror: Mirror,
        telling: Telling,
        without: str = "",
    ) -> None:
        """``without`` is why no program can run on this machine; then no model is asked for one.

        ``finished`` are told what was done for a request, ``skills`` knows those of the household.
        """
        self._without_sandbox = without
        self._model = model
        self._programs = programs
        self.sight = sight
        self._mirror = mirror
        self._telling = telling
        self.finished: list[Callable[[Done], None]] = []
        self.skills: Skills | None = None
        self._asking = Asking()

    def note(self, said: str, origin: Origin, outcomes: Sequence[Outcome], note: str = "") -> None:
        """Take note of an exchange that needed no program, so that the next request may lean on it."""
        self.sight.recent.remember(origin.conversation, said, outcomes, note)

    async def answer(self, said: str, origin: Origin, language: str) -> Reply:
        """Return the reply to a request that is not understood without a model; raises Broken where the log fails."""
        if self._without_sandbox:
            return self._telling.plain("no_sandbox", "unclear", language)
        said = uncoded(said)
        remembered = await self.sight.remembered(said, origin)
        origin = self._touched(origin, remembered)
        skills = self.skills.context(said, origin, language) if self.skills is not None else ()
        messages = await self.sight.messages(said, origin, language, remembered, skills)
        request = _Request(said, origin, language, messages, remembered=bool(remembered))
        warming = asyncio.ensure_future(self._programs.warm())
        try:
            reply = await self._work(request)
        except (Refused, Unavailable) as error:
            reply = self._without(error, language)
        finally:
            warming.cancel()
        self.note(said, origin, reply.outcomes, reply.status)
        timings = {**reply.timings, "model": round(request.model_ms, 3)}
        return replace(reply, tokens_in=request.tokens_in, tokens_out=request.tokens_out, timings=timings)

    async def resumed(self, pending: Pending, run: Run, language: str) -> Reply:
        """Return the reply to a yes: the program that asked for it goes on."""
        ran = await self._programs.resume(pending, run)
        done = self._asking.resumed(pending, ran)
        if done is not None:
            self._tell(done)
        self.note("yes", pending.origin, ran.outcomes)
        return self._telling.ran(ran, "", language)

    def rejected(self, pending: Pending) -> None:
        """Let go of the program that asked, which was told no."""
        self._asking.drop(pending)
        self._programs.void(pending, "rejected")

    def erase(self, erasure: Erasure) -> int:
        """Let go of requests that wait for a yes and are to be forgotten; return how many."""
        return self._asking.erase(erasure)

    def marked(self, conversation: str) -> bool:
        """Return whether a program in this talk looked into what a stranger wrote."""
        return bool(self._programs.marks.of(conversation))

    def asked(self, conversation: str) -> Question | None:
        """Return what a program asked in this talk and still waits for."""
        return self._programs.asked_in(conversation)

    async def replied(self, said: str, origin: Origin, language: str) -> Reply | None:
        """Return the reply to what answers a program's question in this talk, None where ``said`` answers none."""
        question = self._programs.asked_in(origin.conversation)
        answer = answer_to(said, question.options) if question is not None else None
        if question is None or answer is None:
            return None
        try:
            ran = await self._programs.answered(question.id, answer, origin)
        except Refused:
            return None
        self.note(answer_of(said, question.options), origin, ran.outcomes, f"answered {question.text}")
        return self._telling.ran(ran, said, language)

    def _touched(self, origin: Origin, remembered: Sequence[Remembered]) -> Origin:
        """Return ``origin`` marked by what a model is told that nobody who lives here told; its talk is marked too."""
        marks = joined((), (mark for one in remembered for mark in one.marks))
        if not marks:
            return origin
        self._programs.marks.add(origin.conversation, marks)
        return replace(origin, taint=joined(origin.taint, marks))

    async def _work(self, request: _Request) -> Reply:
        """Ask for a program and run it, until one does something or no more may be asked for."""
        while True:
            completion = await self._ask(request, Call(request.messages, "plan", MOST_WRITTEN, tool=True))
            source = completion.program
            if source is None:
                kind, why, last = (
                    WORDS,
                    completion.problem or _WANTED,
                    self._telling.plain("no_program", "unclear", request.language),
                )
            elif source.strip() in request.written:
                return self._telling.plain("same_program", "failed", request.language)
            elif (call := called(source)) is not None and self.skills is not None:
                request.written.append(source.strip())
                of = (request.said, request.origin, request.language)
                found = await self.skills.call(call, *of, remembered=request.remembered)
                if isinstance(found, Reply):
                    return found
                kind, why, last = WORDS, found, self._telling.plain("no_program", "unclear", request.language)
            else:
                request.written.append(source.strip())
                before = self._mirror.twin()
                ran = await self._programs.run(source, request.origin, request.said, _by(completion, request))
                if ran.problem is None or ran.outcomes:
                    return await self._looked_at(request, ran, self._done(request, ran, completion, before))
                kind, why = ran.problem.kind, _reason(ran, source)
                last = self._telling.ran(ran, request.said, request.language)
            if not request.may_repair(kind):
                return last
            request.messages += again(
                source or completion.text, f"Nothing was done: {why.rstrip('.')}. Write the whole program again."
            )

    async def _looked_at(self, request: _Request, ran: Ran, done: Done) -> Reply:
        """Return the reply about a program that ran, after one more where something is missing."""
        if request.calls + 1 < MOST_CALLS and checker.doubtful(ran):
            try:
                more = await self._missing(request, ran)
            except (Refused, Unavailable):
                more = None  # an opinion less; what was done is told all the same
            if more is not None:
                ran, done = _together(ran, more), replace(done, programs=2)
        self._tell(done)
        return self._telling.ran(ran, request.said, request.language)

    def _done(self, request: _Request, ran: Ran, completion: Completion, before: House) -> Done:
        """Return what was done for a request, for whoever learns from it."""
        tokens, source = request.tokens_in + request.tokens_out, completion.program or ""
        done = Done(request.said, request.origin, request.language, source, ran, before)
        return replace(done, model=completion.model, tokens=tokens, entry=completion.entry)

    def _tell(self, done: Done) -> None:
        """Tell of a request that is answered; one that waits for a yes is told of when it has it."""
        if done.ran.pending is not None:
            self._asking.put(done)
            return
        for told in self.finished:
            told(done)

    async def _missing(self, request: _Request, ran: Ran) -> Ran | None:
        """Return what came of the program for what the checker found missing; None where it found nothing."""
        opinion = await self._ask(request, checker.question(request.said, ran, self._mirror.house()))
        missing = checker.missing(opinion.text)
        if not missing:
            return None
        messages = (
            *request.messages,
            *again(request.written[-1], f"it ran, but {missing.rstrip('.')}; write only what is missing."),
        )
        completion = await self._ask(request, Call(messages, "plan", MOST_WRITTEN, tool=True))
        source = completion.program
        if source is None or source.strip() in request.written:
            return None
        return await self._programs.run(source, request.origin, request.said, _by(completion, request))

    async def _ask(self, request: _Request, call: Call) -> Completion:
        request.calls += 1
        tell(request.origin, "thinks")
        completion = await self._model.ask(call, request.origin)
        request.tokens_in += completion.tokens_in
        request.tokens_out += completion.tokens_out
        request.model_ms += completion.ms
        return completion

    def _without(self, error: Refused | Unavailable, language: str) -> Reply:
        why = str(error)
        if why == CUT:
            return self._telling.plain("stopped", "stopped", language)
        how = "refused" if isinstance(error, Refused) else "failed"
        return self._telling.plain("model_unreachable", how, language, why=why)


def _by(completion: Completion, request: _Request) -> Written:
    return Written(completion.model, completion.prompt, completion.entry, request.remembered)


def _reason(ran: Ran, source: str) -> str:
    """Return why a program failed, as its writer may read it: what a stranger wrote may be in the words of an error.

    Of what stands in quotes (the options of a device, the error of a server) only ids and the program's own words stay.
    """
    assert ran.problem is not None  # noqa: S101  asked by the one caller
    if ran.taint:
        return f"it did not work ({ran.problem.kind})"
    return _QUOTED.sub(lambda found: found[0] if _ours(found[0], source) else "(text)", ran.problem.text)


def _ours(quote: str, source: str) -> bool:
    """Return whether a quotation holds nothing of a stranger's; what is in backticks the type checker wrote."""
    words = quote[1:-1]
    return quote[0] == "`" or _ID.fullmatch(words) is not None or words in source


def _together(first: Ran, second: Ran) -> Ran:
    """Return both programs as one: the acts of both, and how the second ended."""
    return replace(second, outcomes=(*first.outcomes, *second.outcomes), taint=joined(first.taint, second.taint))
