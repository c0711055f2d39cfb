"""What is said of a program: from outcomes where it did anything, and otherwise as the program's own words.

A program was written by a model and may say what it likes.  So once anything was done or refused, the outcomes are told
as they are always told, and what the program returned is quoted after them.  Where it did nothing, its words are the
answer to a question; and where they could be taken for a report of something done, it is said that nothing was.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from claw.base.action import Action, Json, Outcome, Reply, ReplyStatus
from claw.house.mirror import Mirror
from claw.house.text import quoted
from claw.mind.harmless import Harmless
from claw.mind.replies import outcome_text, reply_text
from claw.mind.statuses import status
from claw.program.looks import Shown
from claw.program.ran import Ran

LONGEST = 600
LONGEST_BACK = 1200
MOST_SOURCES = 5
LONGEST_SOURCE = 40

_ASKING = re.compile(
    r"^(?!\s*(?:can|could|would|will)\s+you\b).*[?\uff1f]\s*$"
    r"|^\s*(?:who|what|when|where|which|why|how|is|are|was|were|did|does|has|have|tell me"
    r"|wer|was|wann|wo|welche\w*|warum|wie|ist|sind|war|waren|hat|haben|gibt"
    r"|qui|que|quel\w*|quand|o\u00f9|pourquoi|combien|comment|est-ce|y a-t-il"
    r"|wie|wat|wanneer|waar|welke|waarom|hoe|is|zijn|was|waren|heeft)\b",
    re.IGNORECASE | re.DOTALL,
)
_CLAIMING = re.compile(
    r"\b(?:i(?:'ve| have)?|we(?:'ve| have)?|successfully|done|now)\b.{0,80}\b(?:turned|switched|set|locked|unlocked"
    r"|opened|closed|armed|disarmed|dimmed|started|stopped|done|activated|sent|scheduled)\b"
    r"|^\s*(?:done|ok|okay|all set|ready)\b"
    r"|\b(?:erledigt|habe ich|ich habe|fait|j'ai|gedaan|ik heb)\b|\u5df2|\u6211\u628a",
    re.IGNORECASE,
)


class Telling:
    """Writes the replies about programs."""

    def __init__(self, mirror: Mirror, harmless: Harmless) -> None:
        self._mirror = mirror
        self._harmless = harmless
        self.reads_back: Callable[[Outcome], str] = lambda _outcome: ""
        """What is told of an act of Claw's own in the place of the usual words; empty where those will do."""

    def ran(self, ran: Ran, said: str, language: str) -> Reply:
        """Return the reply to ``said`` about a program that ran, as far as it has come."""
        if ran.pending is not None:
            return self._waits(ran, language)
        parts = [self._outcomes(ran.outcomes, language)] if ran.outcomes else []
        if ran.question is not None:
            return self._reply([*parts, self._question(ran, language)], "pending", ran, language)
        if ran.waiting:
            parts.append(reply_text("program_waits", language, what=self._harmless.text(ran.waiting, 150)))
            return self._reply(parts, "started", ran, language)
        if ran.problem is not None:
            key = "program_left" if ran.outcomes else "program_broke"
            parts.append(reply_text(key, language, why=self._harmless.text(ran.problem.text, LONGEST)))
        parts += self._shown(ran.shown)
        words = self._words(ran)
        if words and ran.outcomes:
            parts.append(reply_text("program_says", language, text=words))
        elif words and ran.problem is None:
            parts.append(self._answer(words, said, language))
        elif not parts:
            parts.append(reply_text("nothing_changed", language))
        return self._reply(parts, self._status(ran, said, words), ran, language)

    def plain(self, key: str, how: ReplyStatus, language: str, **values: str | None) -> Reply:
        """Return a fixed sentence."""
        return Reply(reply_text(key, language, **values), how, language=language)

    def _waits(self, ran: Ran, language: str) -> Reply:
        question = ran.pending
        assert question is not None  # noqa: S101  asked by the one caller
        asked = question.question
        if any(self._tame(action) is not action for action in question.actions):
            asked = self._harmless.text(asked)
        text = f"{asked} {reply_text('pending', language, id=question.id)}"
        if question.number:
            text += " " + reply_text("number", language, number=question.number)
        if question.origin.taint:
            text += " " + reply_text("influenced", language, sources=sources_of(question.origin.taint))
        done = [self._outcomes(ran.outcomes, language)] if ran.outcomes else []
        return Reply(" ".join([*done, text]), "pending", ran.outcomes, (question,), "program", language=language)

    def _reply(self, parts: Sequence[str], how: ReplyStatus, ran: Ran, language: str) -> Reply:
        return Reply(" ".join(parts), how, ran.outcomes, path="program", language=language)

    def _outcomes(self, outcomes: Sequence[Outcome], language: str) -> str:
        back = [self.reads_back(one) for one in outcomes]
        usual = [
            replace(one, action=self._tame(one.action)) for one, told in zip(outcomes, back, strict=True) if not told
        ]
        said = [outcome_text(usual, self._mirror.house(), language)] if usual else []
        return " ".join([*said, *(self._harmless.text(told, LONGEST_BACK) for told in back if told)])

    def _tame(self, action: Action) -> Action:
        """Return an act with the words that a program gave it made harmless: they are said again when it is told."""
        data = {key: self._harmless.text(one) if isinstance(one, str) else one for key, one in action.data.items()}
        return action if data == action.data else replace(action, data=data)

    def _question(self, ran: Ran, language: str) -> str:
        question = ran.question
        assert question is not None  # noqa: S101  as above
        options = ", ".join(self._harmless.text(option, 80) for option in question.options)
        return reply_text("program_asks", language, question=self._harmless.text(question.text, 200), options=options)

    def _shown(self, shown: Sequence[Shown]) -> list[str]:
        return [f"{one.source}: “{self._harmless.text(one.text, LONGEST)}”" for one in shown]

    def _words(self, ran: Ran) -> str:
        """Return what the program returned, else what it printed, as text that may be said.

        After an act only a text is meant to be said: anything else is what the last calls gave.
        """
        value = None if ran.outcomes and not isinstance(ran.value, str) else ran.value
        return self._harmless.text(_written(value) or ran.printed.strip(), LONGEST)

    def _answer(self, words: str, said: str, language: str) -> str:
        """Return the words of a program that did nothing, and that nothing was done where one might think so."""
        asked = bool(_ASKING.search(said))
        if _CLAIMING.search(words):
            words = reply_text("program_says", language, text=words)
        elif asked:
            return words
        return f"{words} {reply_text('nothing_changed', language)}"

    @staticmethod
    def _status(ran: Ran, said: str, words: str) -> ReplyStatus:
        if ran.outcomes:
            how = status(ran.outcomes)
            return "partial" if ran.problem is not None and ran.moved and how in {"done", "started"} else how
        if ran.problem is not None:
            return _TROUBLE.get(ran.problem.kind, "failed")
        return "answered" if words or ran.shown or _ASKING.search(said) else "unclear"


def sources_of(taint: Sequence[str]) -> str:
    """Return where text from outside came from, to be said beside the question that it had a part in."""
    return ", ".join(quoted(source, LONGEST_SOURCE) for source in taint[:MOST_SOURCES])


_TROUBLE: dict[str, ReplyStatus] = {"denied": "refused", "halted": "stopped"}


def _written(value: Json) -> str:
    if value is None or value is True or value is False:
        return {None: "", True: "yes", False: "no"}[value]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
