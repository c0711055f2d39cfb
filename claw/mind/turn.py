"""One turn: a request comes in, a reply written from outcomes goes out.

This is the only file that knows the order: words to Claw itself (stop first), then the thread of the talk, then
sentences, then a program that a model writes.  It is also the only way a late answer comes in.  Nothing here decides
what may be done; the gate does.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from claw.base.action import Action, Origin, Pending, Reply, Request
from claw.base.clock import Clock, Stopwatch
from claw.base.errors import Broken, Refused, Unavailable
from claw.gate.answering import WHOLE, Choice
from claw.gate.perform import Gate, Performed
from claw.gate.stop import Stop
from claw.gate.undo import Reversal
from claw.gate.undoing import Undone
from claw.house.mirror import Mirror
from claw.mind import hygiene
from claw.mind.answers import answer
from claw.mind.intents import Intents
from claw.mind.memos import Memos
from claw.mind.past import BACKWARD
from claw.mind.preferring import Liked
from claw.mind.routine_turn import RoutineTalk
from claw.mind.skill_turn import SkillTurn
from claw.mind.statuses import status
from claw.mind.teaching import Taught
from claw.mind.thread import Threads
from claw.mind.turn_replies import did_reply, performed_reply, plain_reply, reset_reply, unclear_reply
from claw.mind.understood import Command, Control, Question, Unclear, Understood
from claw.mind.undone import Hindsight, undone_reply, undone_status
from claw.mind.whereabouts import check_asker
from claw.program.events import ASK_STANDS, GONE

if TYPE_CHECKING:  # a house without a model need not pay for what writes and runs programs
    from claw.mind.planner import Planner

logger = logging.getLogger(__name__)


Heard = Callable[[str, Origin], None]
"""Takes what was said, and by whom; raises nothing."""


class Turn:
    """Answers requests; one for all channels."""

    def __init__(  # noqa: PLR0913  what a request passes through, one each
        self,
        *,
        gate: Gate,
        stop: Stop,
        mirror: Mirror,
        intents: Intents,
        threads: Threads,
        hindsight: Hindsight,
        clock: Clock,
        planner: "Planner | None" = None,
        memos: Memos | None = None,
        taught: Taught | None = None,
        heard: Heard | None = None,
        skills: SkillTurn | None = None,
        routines: RoutineTalk | None = None,
    ) -> None:
        """``planner`` answers what no sentence covers; without one that is politely not understood.

        ``memos`` answers what is said about memory, and ``taught`` is what people taught Claw of names and likings;
        without them there is nothing of the kind.  ``heard`` is told what is said and is not about memory, and keeps of
        it what its speaker agreed to.  ``skills`` is what was learned to do; without it nothing was.  ``routines``
        answers what is said about later.
        """
        self._gate = gate
        self._stop = stop
        self._mirror = mirror
        self._intents = intents
        self._threads = threads
        self._hindsight = hindsight
        self._clock = clock
        self._planner = planner
        self._memos = memos
        self._taught = taught
        self._heard = heard
        self._skills = skills
        self._routines = routines

    async def handle(self, request: Request) -> Reply:
        """Answer one request; raises nothing for anything a person may have said or the house may have done."""
        watch = Stopwatch()
        try:
            reply = await self._handle(request)
        except Broken as error:
            logger.exception("A turn ended in something broken")
            reply = plain_reply("failed", "broken", request.origin.language or "en", why=str(error))
        total = round(watch.total(), 3)
        return replace(reply, conversation=request.origin.conversation, timings={**reply.timings, "total": total})

    async def hold(self, actions: tuple[Action, ...], origin: Origin, shown: Mapping[str, str]) -> Reply:
        """Do what a held control asks for, whose entities it showed in these states; raises nothing, as ``handle``."""
        language = origin.language or self._intents.languages[0]
        try:
            reply = performed_reply(await self._gate.hold(actions, origin, shown), self._mirror.house(), language)
        except Broken as error:
            logger.exception("A turn ended in something broken")
            reply = plain_reply("failed", "broken", language, why=str(error))
        return replace(reply, conversation=origin.conversation)

    async def answer(self, pending: str, origin: Origin, *, yes: bool, choice: Choice = WHOLE) -> Reply:
        """Take the answer to a waiting question; raises Refused when it is not this origin's to answer."""
        watch = Stopwatch()
        language = origin.language or self._intents.languages[0]
        question = next((one for one in self._gate.questions.waiting() if one.id == pending), None)
        performed = await self._gate.answer(pending, origin, yes=yes, choice=choice)
        reply = await self._answered(question, performed, language, yes=yes)
        total = round(watch.total(), 3)
        return replace(reply, conversation=origin.conversation, timings={**reply.timings, "total": total})

    async def _answered(self, question: Pending | None, performed: Performed, language: str, *, yes: bool) -> Reply:
        """Return the reply to an answer; where a program asked, it goes on."""
        skills = self._skills.runs if self._skills is not None else None
        if skills is not None and question is not None and question.origin.skill:
            if not yes:
                skills.rejected(question)
            elif performed.run is not None:
                reply = await skills.resumed(question, performed.run, language)
                return self._kept(reply, question.question, question.origin)
        elif self._planner is not None and question is not None:
            if not yes:
                self._planner.rejected(question)
            elif performed.run is not None:
                reply = await self._planner.resumed(question, performed.run, language)
                return self._kept(reply, question.question, question.origin)
        if performed.run is not None:  # asked by a program while there was a model, and there is none any more
            return plain_reply("failed", "refused", language, why=GONE)
        return (
            performed_reply(performed, self._mirror.house(), language)
            if yes
            else plain_reply("done", "rejected", language)
        )

    async def _handle(self, request: Request) -> Reply:
        origin = request.origin
        if not isinstance(request.ask, str):
            performed = await self._gate.perform(request.ask, origin)
            return performed_reply(performed, self._mirror.house(), origin.language or self._intents.languages[0])
        watch = Stopwatch()
        answered = await self._to_a_program(request.ask, origin)
        if answered is not None:
            return answered
        control = self._intents.control(request.ask, origin, stopped=self._stop.engaged)
        about = await self._about_claw(request.ask, origin, control)
        if about is not None:
            return about
        understood = control or await self._understand(request.ask, origin)
        recognised = round(watch.total(), 3)
        reply = await self._respond(understood, request.ask, origin)
        return replace(reply, timings={"recognise": recognised, **reply.timings})

    async def _about_claw(self, text: str, origin: Origin, control: Control | None) -> Reply | None:
        """Return the reply to what is about skills, routines or memory, or answers what Claw offered; else None."""
        skills = self._skills
        talked = await skills.said(text, origin, control) if skills is not None else None
        if talked is None and control is None and self._routines is not None and hygiene.refusal(text) is None:
            talked = await self._routines.answer(text, origin)
        # A date that there is not is for memory to refuse where somebody tells of it: "remember that on 31 February".
        later = talked if talked is None or talked.status != "unclear" else None
        answered = later or await self._remembered(text, origin, control) or talked
        if answered is not None or skills is None or control is None or control.word not in {"yes", "no"}:
            return answered
        if self._waiting(origin):
            return None
        return await skills.offered(origin, control.language, yes=control.word == "yes")

    async def _remembered(self, text: str, origin: Origin, control: Control | None) -> Reply | None:
        """Return the reply to what is about memory; words to Claw itself come first, a bare answer excepted."""
        if self._memos is None or hygiene.refusal(text) is not None:
            return None
        if control is None:
            answer = await self._memos.answer(text, origin)
            if answer is None and self._heard is not None and not self._stop.engaged:
                self._heard(text, origin)
            return answer
        if control.word not in {"yes", "no"} or self._waiting(origin):
            return None
        if self._taught is not None:
            agreed = await self._taught.choosing.settled(origin, control.language, yes=control.word == "yes")
            if agreed is not None:
                return agreed
        return await self._memos.offered(origin, control.language, yes=control.word == "yes")

    async def _understand(self, text: str, origin: Origin) -> Understood:
        house, taught = self._mirror.house(), self._taught
        answered = taught.choosing.answered(text, house, origin) if taught is not None else None
        if answered is not None:
            return answered
        text = taught.names.said(text, origin.conversation) if taught is not None else text
        follow_up = self._threads.follow_up(text, origin.conversation, house, origin.language or "en")
        understood = follow_up or await self._intents.listen(text, house, origin)
        if taught is None or not isinstance(understood, Unclear):
            return understood
        return taught.choosing.usual(understood, text, house, origin)

    async def _respond(self, understood: Understood, text: str, origin: Origin) -> Reply:
        match understood:
            case Control():
                return await self._control(understood, origin)
            case Unclear() if not self._mirror.ready:
                # Without the house its names mean nothing, so nearly everything is unclear: this is why.
                return plain_reply("failed", "unreachable", understood.language)
            case Unclear():
                return await self._otherwise(understood, text, origin)
            case Question():
                if not self._mirror.ready:
                    return plain_reply("failed", "unreachable", understood.language)
                return await self._question(understood, text, origin)
            case Command():
                return await self._command(understood, text, origin)

    async def _question(self, question: Question, text: str, origin: Origin) -> Reply:
        language, past = question.language, question.kind in BACKWARD
        try:
            check_asker(question.entities, origin, past=past)
            if past:
                asker = replace(origin, language=language)
                await self._hindsight.whereabouts.check(question.entities, asker, text)
        except (Refused, Unavailable) as error:
            how = "refused" if isinstance(error, Refused) else "failed"
            return plain_reply(how, "refused", language, why=str(error))
        house, now = self._mirror.house(), self._clock.now()
        said = self._hindsight.recollection.answer(question, house, now) if past else answer(question, house, now)
        return Reply(said, "answered", path="intent", language=language)

    async def _command(self, command: Command, text: str, origin: Origin) -> Reply:
        if self._stop.engaged:
            return plain_reply("stopped", "stopped", command.language, why=self._stop.state().reason)
        if not self._mirror.ready:
            return plain_reply("failed", "unreachable", command.language)
        # The talk remembers what was understood: what is liked is put in anew when it is done again, or elsewhere.
        taught, house = self._taught, self._mirror.house()
        liked = taught.preferring.liked(command, house, origin) if taught is not None else Liked(command)
        performed = await self._gate.perform(
            liked.command.actions, replace(origin, language=command.language), said=text, undoes=command.undoes
        )
        corrected = None
        if performed.outcomes:
            corrected = self._threads.remember(origin.conversation, command, performed.outcomes)
        if self._planner is not None:
            self._planner.note(text, origin, performed.outcomes)
        reply = liked.told(performed_reply(performed, self._mirror.house(), command.language))
        if taught is None:
            return reply
        taught.preferring.done(liked, reply, origin)
        if corrected is not None:
            await taught.correcting.note(corrected, house, origin)
        return await taught.choosing.offered(reply, house, origin)

    async def _otherwise(self, unclear: Unclear, text: str, origin: Origin) -> Reply:
        """Answer what no sentence covers: by the skill whose phrase it is, else by a program."""
        skills, language = self._skills, unclear.language
        if skills is None or hygiene.refusal(text) is not None or not any(map(str.isalnum, text)):
            return await self._planned(unclear, text, origin)
        if self._stop.engaged:
            if skills.runs.knows(text, language):
                return plain_reply("stopped", "stopped", language, why=self._stop.state().reason)
            return await self._planned(unclear, text, origin)
        reply = await skills.otherwise(text, origin, language, lambda: self._planned(unclear, text, origin))
        return self._kept(reply, text, origin) if reply.path == "skill" else reply

    async def _planned(self, unclear: Unclear, text: str, origin: Origin) -> Reply:
        """Answer what is no sentence and no phrase by a program, where there is a model to write one.

        Which of several things is meant is a question to the person, and needs no model.
        """
        if self._taught is not None and unclear.choices:
            self._taught.choosing.ask(unclear, text, origin)
            return unclear_reply(unclear, self._mirror.house())
        if self._planner is None or hygiene.refusal(text) is not None or not any(map(str.isalnum, text)):
            return unclear_reply(unclear, self._mirror.house())
        if self._stop.engaged:
            return plain_reply("stopped", "stopped", unclear.language, why=self._stop.state().reason)
        reply = await self._planner.answer(text, replace(origin, language=unclear.language), unclear.language)
        return self._kept(reply, text, origin)

    async def _to_a_program(self, text: str, origin: Origin) -> Reply | None:
        """Return the reply where ``text`` answers what a program asked in this talk.

        A sentence that says something by itself is no answer, and a yes is for whoever asked last: what a program asked
        must never be how a yes to the gate comes about.
        """
        runs = (self._skills.runs if self._skills is not None else None, self._planner)
        asker = next((one for one in runs if one is not None and one.asked(origin.conversation) is not None), None)
        asked = asker.asked(origin.conversation) if asker is not None else None
        if asker is None or asked is None or self._stop.engaged or hygiene.refusal(text) is not None:
            return None
        control, language = self._intents.control(text, origin), origin.language or self._intents.languages[0]
        waiting = self._waiting(origin)
        if control is not None:
            since = asked.expires - ASK_STANDS
            if control.word not in {"yes", "no"} or any(one.created > since for one in waiting):
                return None
        elif text.strip().casefold() not in {option.casefold() for option in asked.options}:
            said = await self._intents.listen(text, self._mirror.house(), origin)
            if not isinstance(said, Unclear):
                return None
        reply = await asker.replied(text, origin, language)
        if reply is None and control is not None and control.word == "yes" and waiting:
            return replace(plain_reply("pending", "answer_elsewhere", language), pending=waiting[-1:])
        return None if reply is None else self._kept(reply, text, origin)

    def _kept(self, reply: Reply, text: str, origin: Origin) -> Reply:
        """Return the reply of a program after the talk has taken note of what was done.

        Not where a stranger's text had a part in this talk: "again" would do without the mark what was refused with it.
        """
        if self._planner is None or not self._planner.marked(origin.conversation):
            actions = tuple(outcome.action for outcome in reply.outcomes)
            self._threads.remember(origin.conversation, Command(actions, reply.language, text), reply.outcomes)
        return reply

    async def _control(self, control: Control, origin: Origin) -> Reply:
        language = control.language
        match control.word:
            case "stop":
                state = self._stop.engage("said in a conversation", origin)
                return plain_reply("stopped", "stopped", language, why=state.reason)
            case "yes" | "no":
                return await self._yes_or_no(origin, language, yes=control.word == "yes")
            case "undo":
                return await self._undo(origin, language)
            case "nevermind" | "help" | "hello" | "thanks":
                return plain_reply("answered", control.word, language)
            case "did":
                return self._did(origin, language)
            case "reset":
                return reset_reply(self._stop.state(), language)

    def _did(self, origin: Origin, language: str) -> Reply:
        """Tell what was done last in this talk, as the log has it."""
        done = self._hindsight.undoing.lately(origin)
        return did_reply(done, self._mirror.house(), self._clock.now(), language)

    async def _undo(self, origin: Origin, language: str) -> Reply:
        """Take back the last plan of this conversation that is not taken back yet."""
        if self._stop.engaged:
            return plain_reply("stopped", "stopped", language, why=self._stop.state().reason)
        if not self._mirror.ready:
            return plain_reply("failed", "unreachable", language)
        reversal = self._hindsight.undoing.last(origin, talk=True)
        if reversal is None:
            return plain_reply("unclear", "nothing_to_undo", language)
        _, reply = await self.take_back(reversal, replace(origin, language=language), "undo")
        if reply.outcomes:
            self._threads.remember(origin.conversation, Command(reversal.actions, language, "undo"), reply.outcomes)
        return reply

    async def take_back(self, reversal: Reversal, origin: Origin, said: str) -> tuple[Undone, Reply]:
        """Take acts back, as far as that may be done now; return what came of it, also in words."""
        language = origin.language or self._intents.languages[0]
        undoing, recollection = self._hindsight.undoing, self._hindsight.recollection
        undone = await undoing.perform(reversal, origin, said)
        outcomes = tuple(outcome for performed in undone.performed for outcome in performed.outcomes)
        how = undone_status(undone, status(outcomes) if outcomes else "failed")
        house, now = self._mirror.house(), self._clock.now()
        return undone, undone_reply(undone, recollection, house, now, language, how)

    async def _yes_or_no(self, origin: Origin, language: str, *, yes: bool) -> Reply:
        """Answer the one question this conversation asked, where its rule lets a chat answer."""
        mine = self._waiting(origin)
        if len(mine) != 1:
            return plain_reply("unclear", "nothing_asked", language)
        if yes and not mine[0].terms.same_chat:
            return replace(plain_reply("pending", "answer_elsewhere", language), pending=(mine[0],))
        try:
            return await self.answer(mine[0].id, replace(origin, language=language), yes=yes)
        except Refused as error:
            return plain_reply("refused", "refused", language, why=str(error))

    def _waiting(self, origin: Origin) -> tuple[Pending, ...]:
        """Return the gate's questions that this conversation led to, oldest first."""
        return tuple(
            question
            for question in self._gate.questions.waiting()
            if origin.conversation and question.origin.conversation == origin.conversation
        )
