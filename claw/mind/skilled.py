"""A sentence that is a phrase of a skill becomes a run of it, and its outcome the answer: no model, no tokens.

It is asked where nothing else understood a sentence, so no phrase takes one of Claw's own or of the house's.  What may
be done is none of its business: it finds out what is meant, and the gate holds the skill to its manifest.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from claw.base.action import Action, Message, Origin, Pending, Reply
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import ClawError, Refused
from claw.gate.follow import address
from claw.gate.run import Run
from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.mind.answering import answer_to
from claw.mind.language import Language
from claw.mind.replies import reply_text
from claw.mind.skill_call import Called
from claw.skills.binding import Asker, Missing, bind
from claw.skills.model import RUNS, Arguments, Skill, Standing
from claw.skills.phrases import Phrases, folded
from claw.skills.ran import NotNow, SkillRan
from claw.skills.runner import Runner

if TYPE_CHECKING:  # what tells of programs comes with them, when the first one runs
    from claw.mind.skill_telling import SkillTelling
    from claw.program.ran import Question

logger = logging.getLogger(__name__)

STANDS = timedelta(minutes=2)
"""How long a question for a missing value waits for its answer."""
MOST_ASKED = 200
MOST_LISTED = 12
LONGEST_LISTED = 90
LONGEST_PROGRAM = 1_000
_OWN_FAULT = frozenset({"mistyped", "failed", "limit"})
"""Problems of a program that could not even be rehearsed: the house is not one that the skill knows."""


class Books(Protocol):
    """The library (``claw/skills/library.py``), as far as sentences need it."""

    def all(self) -> tuple[Skill, ...]:
        """Return every skill that can be read."""
        ...

    def get(self, name: str) -> Skill | None:
        """Return the skill as it was last read."""
        ...


class Lives(Protocol):
    """Who says which skill may run for whom (``claw/skills/life.py``)."""

    def may_run(self, skill: Skill, origin: Origin) -> str | None:
        """Return why the skill does not run for ``origin``, in a sentence for them; None where it does."""
        ...

    def shadows(self, skill: Skill, origin: Origin) -> bool:
        """Return whether a dry run for ``origin`` counts."""
        ...


class Shadows(Protocol):
    """Who keeps dry runs until the ordinary way is through (``claw/skills/shadow.py``)."""

    def begin(self, skill: Skill, arguments: Arguments, calls: Sequence[Action], origin: Origin, said: str) -> None:
        """Keep what the skill would do."""
        ...


@dataclass(frozen=True)
class Parts:
    """What sentences about skills are answered with.

    ``telling`` is asked for when the first run has to be told of; ``send`` takes what is told later; ``alone``: there
    is no model, so that a skill that cannot run says why instead of leaving it to somebody else.
    """

    library: Books
    lives: Lives
    standing: Callable[[str], Standing | None]
    runner: Runner
    shadow: Shadows
    mirror: Mirror
    telling: "Callable[[], SkillTelling]"
    send: Callable[[Message], None]
    languages: Sequence[Language]
    clock: Clock
    alone: bool = False


@dataclass(frozen=True)
class _Asked:
    """A value that is missing: of which skill, what was said so far, which parameter is asked for, and until when."""

    skill: str
    slots: Mapping[str, str]
    name: str
    said: str
    person: str | None
    until: datetime


class Skilled:
    """Answers what skills are for; one for all conversations."""

    def __init__(self, parts: Parts) -> None:
        self._in = parts
        self._phrases: Phrases | None = None
        self._asked: dict[str, _Asked] = {}
        self._missed = ("", "")
        self._courtesies = {one.code: (*one.address, *one.polite) for one in parts.languages}
        parts.runner.late.append(self._late)

    def changed(self, name: str = "") -> None:
        """Read the phrases again: a skill has come, has gone, or is not what it was (``Library.changed``)."""
        del name
        self._phrases = None

    @property
    def phrases(self) -> Phrases:
        """The phrases of all skills, whether they may run or not."""
        if self._phrases is None:
            found = [(skill.name, skill.manifest) for skill in self._in.library.all() if not skill.problems]
            self._phrases = Phrases(found, self._courtesies)
        return self._phrases

    def knows(self, text: str, language: str) -> bool:
        """Return whether ``text`` is a phrase of a skill that would run."""
        for match in self.phrases.match(text, [language]):
            standing = self._in.standing(match.skill)
            if standing is not None and standing.enabled and standing.state in RUNS:
                return True
        return False

    async def answer(self, text: str, origin: Origin, language: str) -> Reply | None:
        """Return the reply where ``text`` is a phrase of a skill that runs here and now, None where it is not.

        Of a skill that waits for agreement it is found out beside what it would do.  It answers in the language of its
        phrase: nobody else knows in which one that was said.
        """
        asked = await self._completed(text, origin, language)
        if asked is not None:
            return asked
        order = [language, *(one.code for one in self._in.languages if one.code != language)]
        why_not = ""
        for match in self.phrases.match(text, order):
            skill, standing = self._in.library.get(match.skill), self._in.standing(match.skill)
            if skill is None or standing is None or not standing.enabled or skill.manifest.kind != "program":
                continue
            if standing.state in RUNS:
                reply = await self._meant(skill, match.slots, text, origin, match.language)
                if isinstance(reply, Reply):
                    return reply
                why_not = why_not or reply
                self._missed = (text, skill.name)
            elif self._in.lives.shadows(skill, origin):
                await self._beside(skill, match.slots, text, origin, match.language)
        if why_not and self._in.alone:
            return Reply(reply_text("refused", language, why=why_not), "refused", path="skill", language=language)
        return None

    async def call(
        self, call: Called, said: str, origin: Origin, language: str, *, remembered: bool = False
    ) -> Reply | str:
        """Return the reply about a skill that a model wants run, or why it does not run: a sentence for the model."""
        skill = self._in.library.get(call.name)
        if skill is None or self._in.lives.may_run(skill, origin) is not None:
            return f"there is no skill called {plain(call.name, 64)} that may run here"
        asked = replace(origin, language=language)
        ran = await self._in.runner.run(skill, call.given, asked, said, remembered=remembered)
        if isinstance(ran, SkillRan):
            return self._told(ran, language)
        return ran.why if ran.values else f"{call.name} cannot run as things are now"  # names are not for every model

    def context(self, text: str, origin: Origin, language: str) -> tuple[str, ...]:
        """Return the lines that a model reads about skills: which may run for ``origin``, the nearest one's program."""
        mine = {
            skill.name: skill
            for skill in self._in.library.all()
            if skill.manifest.kind == "program" and self._in.lives.may_run(skill, origin) is None
        }
        if not mine:
            return ()
        near = [name for name in self.phrases.near(text, [language, "en"]) if name in mine]
        listed = [mine[name] for name in dict.fromkeys((*near, *mine))][:MOST_LISTED]
        lines = [
            'Skills of the household; where one does just this, the whole program is: run_skill("name", value=...)'
        ]
        if self._missed[0] == text and self._missed[1] in mine:
            lines.append(f"{self._missed[1]} was meant and cannot run as things are now: write a program for it.")
        for at, skill in enumerate(listed):  # what says most comes first: not all of it may fit
            lines.append(_line(skill))
            if at == 0 and near and len(skill.program) <= LONGEST_PROGRAM:
                program = skill.program.strip()
                lines.append(f"The program of {skill.name}, as an example and no instruction:\n{program}")
        return tuple(lines)

    async def resumed(self, pending: Pending, run: Run, language: str) -> Reply:
        """Return the reply to a yes: the skill that asked for it goes on."""
        try:
            return self._told(await self._in.runner.resumed(pending, run), language)
        except Refused as refusal:
            return Reply(reply_text("refused", language, why=str(refusal)), "refused", path="skill", language=language)

    def rejected(self, pending: Pending) -> None:
        """Let go of the run that asked, which was told no."""
        self._in.runner.voided(pending, "rejected")

    def asked(self, conversation: str) -> "Question | None":
        """Return what a skill asked in this talk and still waits for."""
        return self._in.runner.asked_in(conversation)

    async def replied(self, said: str, origin: Origin, language: str) -> Reply | None:
        """Return the reply to what answers a skill's question in this talk, None where ``said`` answers none."""
        question = self._in.runner.asked_in(origin.conversation)
        if question is None:
            return None
        answer = answer_to(said, question.options)
        if answer is None:
            return None
        try:
            ran = await self._in.runner.answered(question.id, answer, origin)
        except Refused:
            return None
        return None if ran is None else self._told(ran, language)

    def erase(self, erasure: Erasure) -> int:
        """Let go of questions for a value that hold what is to be forgotten."""
        kept = {
            talk: one
            for talk, one in self._asked.items()
            if not erasure.means(one.said, conversation=talk, person=one.person or "")
        }
        gone, self._asked, self._missed = len(self._asked) - len(kept), kept, ("", "")
        return gone + self._in.runner.erase(erasure)

    async def _meant(
        self, skill: Skill, slots: Mapping[str, str], text: str, origin: Origin, language: str
    ) -> Reply | str:
        """Return the reply about a skill that is meant, or why it does not run and somebody else may try."""
        why = self._in.lives.may_run(skill, origin)
        if why is not None:
            return why
        found = bind(skill.manifest, slots, self._in.mirror.house(), Asker(origin.place, language))
        if isinstance(found, Missing):
            return self._ask(skill, slots, found, text, origin, language)
        ran = await self._in.runner.run(skill, found, replace(origin, language=language), text)
        if isinstance(ran, NotNow):
            if ran.elsewhere:
                return ran.why
            return Reply(reply_text("refused", language, why=ran.why), "refused", path="skill", language=language)
        problem = ran.ran.problem
        if problem is not None and problem.kind in _OWN_FAULT and not ran.ran.outcomes and not self._in.alone:
            logger.warning("The skill %s did not fit this house", skill.name)
            logger.info("It did not fit: %s", problem.text)
            return problem.text
        return self._told(ran, language)

    def _ask(
        self, skill: Skill, slots: Mapping[str, str], missing: Missing, text: str, origin: Origin, language: str
    ) -> Reply | str:
        """Ask for a value where the manifest says how, and keep what was said so far."""
        if not missing.ask or not origin.conversation:
            return f"{missing.name.replace('_', ' ')}: {missing.why}"
        now = self._in.clock.now()
        self._asked = {talk: one for talk, one in self._asked.items() if one.until > now}
        while len(self._asked) >= MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        kept = {name: words for name, words in slots.items() if name != missing.name}
        self._asked[origin.conversation] = _Asked(skill.name, kept, missing.name, text, origin.person, now + STANDS)
        names = [self._name(one) for one in missing.choices]
        question = missing.ask + (f" ({', '.join(names)})" if names else "")
        said = reply_text("skill_asks", language, question=question)
        return Reply(said, "unclear", path="skill", language=language)

    async def _completed(self, text: str, origin: Origin, language: str) -> Reply | None:
        """Return the reply where ``text`` is the value that a skill asked for in this talk."""
        asked = self._asked.pop(origin.conversation, None)
        if asked is None or asked.until <= self._in.clock.now() or asked.person != origin.person:
            return None
        skill = self._in.library.get(asked.skill)
        if skill is None or self._in.lives.may_run(skill, origin) is not None:
            return None
        slots = {**asked.slots, asked.name: folded(text)}
        found = bind(skill.manifest, slots, self._in.mirror.house(), Asker(origin.place, language))
        if isinstance(found, Missing) and found.name == asked.name:
            return None  # it was no answer, but something else that was said
        reply = await self._meant(skill, slots, asked.said, origin, language)
        return reply if isinstance(reply, Reply) else None

    async def _beside(self, skill: Skill, slots: Mapping[str, str], text: str, origin: Origin, language: str) -> None:
        """Find out what a skill would do that is not trusted yet; what cannot be found out counts for nothing."""
        found = bind(skill.manifest, slots, self._in.mirror.house(), Asker(origin.place, language))
        if isinstance(found, Missing):
            return
        try:
            calls = await self._in.runner.dry(skill, found, origin)
        except ClawError as error:
            logger.info("A dry run of %s came to nothing: %s", skill.name, error)
            return
        self._in.shadow.begin(skill, found, calls, origin, text)

    def _told(self, ran: SkillRan, language: str) -> Reply:
        reply = self._in.telling().ran(ran, language)
        return replace(reply, timings={**reply.timings, "skill": round(ran.ms, 3)})

    def _late(self, ran: SkillRan) -> None:
        language = ran.origin.language or self._in.languages[0].code
        text = self._in.telling().unheld(ran, language)
        self._in.send(Message(address(ran.origin), text, "late"))

    def _name(self, known: str) -> str:
        registry = self._in.mirror.registry
        found = registry.entities.get(known) or registry.areas.get(known)
        return plain(found.name, 60) if found is not None else known


def _line(skill: Skill) -> str:
    """Return one skill as a model sees it: its name, its values with their types, what it is for."""
    told: list[str] = []
    for name, parameter in skill.manifest.parameters.items():
        kind = "|".join(parameter.values or ()) if parameter.type == "enum" else parameter.type
        told.append(f"{name}: {kind}" + ("" if parameter.default is None else f" = {parameter.default!r}"))
    return f"- {skill.name}({', '.join(told)}): {plain(skill.description, LONGEST_LISTED)}"
