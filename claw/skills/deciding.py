"""Deciding about skills as the rooms above do it: each an act through the gate, one sentence back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from claw.base.action import Action, Origin
from claw.gate.perform import Performed
from claw.skills.effector import SkillEffector
from claw.skills.model import Draft, Files, Standing

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

    def __init__(self, gate: Door, effector: SkillEffector) -> None:
        """``gate`` is the one door, ``effector`` what it sends these acts to."""

    async def do(self, deed: Deed, name: str, origin: Origin, *, hash: str = "", said: str = "") -> Decided:  # noqa: A002  the noun of this room (Skill.hash)
        """Accept, enable, disable, roll back or retire; ``hash`` is that of the version that was shown or is meant."""
        raise NotImplementedError

    async def take(self, name: str, files: Files, origin: Origin) -> Decided:
        """Import the files of a folder as a draft."""
        raise NotImplementedError

    async def learn(self, draft: Draft, origin: Origin, *, said: str = "") -> Decided:
        """Take a skill that was put together into the library."""
        raise NotImplementedError
