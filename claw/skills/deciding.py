"""Deciding about skills as the rooms above do it: each an act through the gate, one sentence back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from claw.base.action import Action, Json, Origin
from claw.base.errors import Invalid, Refused
from claw.gate.perform import Performed
from claw.skills.effector import IMPORT, LEARN, SkillEffector
from claw.skills.ground import called
from claw.skills.life_words import sentence
from claw.skills.model import RUNS, Draft, Files, Standing

Deed = Literal["accept", "enable", "disable", "rollback", "retire"]


class Door(Protocol):
    """The one door, as far as skills need it."""

    async def perform(self, actions: Sequence[Action], origin: Origin, *, said: str = "") -> Performed:
        """Do ``actions`` for ``origin``; ``said`` is the sentence that led to them, for the log."""
        ...


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of an act on a skill: one sentence for whoever asked, and how it stands where it was done.

    ``performed`` holds the question that somebody must answer first, or the outcome that says why not.
    """

    text: str
    performed: Performed
    standing: Standing | None = None


class Deciding:
    """What talk, the page and the command line call; refusals are sentences, never exceptions."""

    def __init__(
        self,
        gate: Door,
        effector: SkillEffector,
        prepare: Callable[[Draft], Awaitable[Draft]] | None = None,
        language: str = "en",
    ) -> None:
        """``gate`` is the one door, ``effector`` what it sends these acts to.

        ``prepare`` makes of a draft what would be written, so that what is judged and logged is that; ``language`` is
        spoken to whoever speaks none that is known.
        """
        self._language = language
        self._gate = gate
        self._effector = effector
        self._prepare = prepare

    async def do(self, deed: Deed, name: str, origin: Origin, *, hash: str = "", said: str = "") -> Decided:  # noqa: A002  the noun of this room (Skill.hash)
        """Accept, enable, disable, roll back or retire; ``hash`` is that of the version that was shown or is meant.

        A yes falls on the bytes with that ``hash`` and no other.
        """
        data: dict[str, Json] = {"skill": name}
        if deed in {"accept", "rollback"} and hash:
            data["hash"] = hash
        return await self._ask(deed, Action(f"claw.skill_{deed}", (), data), origin, said)

    async def take(self, name: str, files: Files, origin: Origin) -> Decided:
        """Import the files of a folder as a draft."""
        return await self._put("import", IMPORT, Draft(name, files, "imported", (), ""), origin, "")

    async def learn(self, draft: Draft, origin: Origin, *, said: str = "") -> Decided:
        """Take a skill that was put together into the library."""
        return await self._put("learn", LEARN, draft, origin, said)

    async def _put(self, deed: str, action: str, draft: Draft, origin: Origin, said: str) -> Decided:
        try:
            ready = await self._prepare(draft) if self._prepare is not None else draft
        except (Refused, Invalid) as error:
            return Decided(_sentence(str(error)), Performed(()))
        data = {"skill": ready.name, "hash": self._effector.stage(ready)}
        return await self._ask(deed, Action(action, (), data), origin, said)

    async def _ask(self, deed: str, action: Action, origin: Origin, said: str) -> Decided:
        performed = await self._gate.perform((action,), origin, said=said)
        if performed.pending is not None:
            return Decided(performed.pending.question, performed)
        outcome = performed.outcomes[0] if performed.outcomes else None
        standing = self._effector.take(outcome.audit) if outcome is not None else None
        if standing is None:
            return Decided(_sentence(outcome.detail if outcome is not None else ""), performed)
        language = origin.language or self._language
        tried = deed == "enable" and standing.state not in RUNS  # it is on, and still does nothing when it is said
        said_of = "enable_tried" if tried else deed
        text = sentence(language, said_of, name=called(standing.name), version=standing.version)
        return Decided(text, performed, standing)


def _sentence(why: str) -> str:
    told = why.strip().rstrip(".") or "that was not done"
    return f"{told[0].upper()}{told[1:]}."
